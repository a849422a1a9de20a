//! The scenarios' files, and `SCENARIOS.md`, which is made of them.

use std::collections::BTreeSet;
use std::path::Path;

use mock_server::{Placeholders, Scenario};

use super::client::Zoom;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_file_of_the_folder_is_a_scenario() {
    let files: BTreeSet<String> = std::fs::read_dir(root().join("scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let scenarios: BTreeSet<String> = Scenario::all()
        .iter()
        .map(|scenario| format!("{}.toml", scenario.name))
        .collect();
    assert_eq!(files, scenarios);
}

#[test]
fn the_page_is_made_of_the_files() {
    let made = Scenario::page();
    let path = root().join("SCENARIOS.md");
    if std::env::var_os("UPDATE_SCENARIOS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        held == made,
        "SCENARIOS.md is not what the files say; write it anew: UPDATE_SCENARIOS=1 cargo test -p mock-server scenario_files"
    );
}

/// What the server itself answers to what is entered wrong is what the files say. What needs a rule or a
/// listener of its own is tested with those.
#[tokio::test]
async fn what_is_entered_wrong_is_answered_as_the_files_say() {
    let zoom = Zoom::start();
    let right = zoom.account.credentials();
    let placeholders = Placeholders {
        base: zoom.server.base_url(),
        door: "",
        account_id: &right.account_id,
        client_id: &right.client_id,
        client_secret: &right.client_secret,
    };
    let mut asked = 0;
    for scenario in Scenario::all() {
        let form = scenario.connection(&placeholders);
        let is_here = |url: &str| url.starts_with(placeholders.base);
        if !scenario.rules.is_empty() || !is_here(&form.scim_url) || !is_here(&form.token_url) {
            continue;
        }
        asked += 1;
        let parameters = [
            ("grant_type", "account_credentials"),
            ("account_id", &form.account_id),
        ];
        let request = zoom.http.post(&form.token_url).form(&parameters);
        let request = request.basic_auth(&form.client_id, Some(&form.client_secret));
        let mut answer = zoom.send(request).await;
        if let Some(token) = answer.json()["access_token"].as_str() {
            let users = format!("{}/Users?startIndex=1&count=1", form.scim_url);
            answer = zoom.send(zoom.http.get(users).bearer_auth(token)).await;
        }
        let said = &scenario.client_sees;
        assert!(
            said.contains(&answer.status.to_string()),
            "{answer:?}: {said}"
        );
        let json = answer.json();
        let literal = match json["detail"].as_str() {
            Some(detail) => said.contains(detail),
            None => said.contains(&answer.text) || !json["users"].is_null(),
        };
        assert!(literal, "{answer:?}: {said}");
    }
    assert_eq!(asked, 11);
}
