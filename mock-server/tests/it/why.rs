//! Why a request got what it got, asked over HTTP by the number that its answer carries.

use mock_server::{Effect, FaultRule, NoRequest, Operation, Phase};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Zoom};

async fn why(zoom: &Zoom, answer: &Answer) -> Value {
    let id = answer.header("x-zoom-mock-request-id").unwrap();
    let answer = zoom
        .control(Method::GET, &format!("/requests/{id}/why"), None)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// What became of a rule: whether it fired or why not, and whether that was noted.
fn rule<'a>(why: &'a Value, name: &str) -> (&'a str, bool) {
    let rules = why["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["rule"] == name).unwrap();
    let noted = rule["noted"].as_bool().unwrap();
    match rule["fired"].as_bool().unwrap() {
        true => ("fired", noted),
        false => (rule["why_not"].as_str().unwrap(), noted),
    }
}

async fn set(zoom: &Zoom, id: &str, when: Value) {
    let rule = json!({ "when": when, "then": { "status": { "code": 500 } } });
    let answer = zoom
        .control(Method::PUT, &format!("/faults/{id}"), Some(&rule))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn tells_account_credential_scope_and_limit() {
    let zoom = Zoom::start();
    zoom.set(&json!({ "rate_limits": { "medium_per_day": 1 } }));
    let answer = zoom.get("/Users").await;
    let told = why(&zoom, &answer).await;
    let account = json!({ "id": zoom.account.id(), "found_by": "token" });
    assert_eq!((&told["account"], &told["status"]), (&account, &json!(200)));
    let credential = &told["credential"];
    assert_eq!(
        credential["client_id"],
        zoom.account.credentials().client_id
    );
    let shown = credential["authorization"].as_str().unwrap();
    assert!(shown.starts_with("Bearer sha256:"), "{shown}");
    let scope =
        json!({ "one_of": ["scim2", "scim2:admin"], "let_in_by": "scim2", "missing": false });
    assert_eq!(told["scope"], scope);
    assert_eq!(told["limit"], "Medium: 0 of 1 left in the day");
    let refused = why(&zoom, &zoom.get("/Users").await).await;
    assert_eq!(refused["status"], 429);
    assert_eq!(refused["limit"], "Medium: all 1 of the day used");
    assert!(refused["told_to_wait"].is_string(), "{refused}");
}

#[tokio::test]
async fn tells_how_the_account_was_found() {
    let zoom = Zoom::start();
    let tenant = format!("/t/{}/scim2/Users", zoom.account.id());
    let found_by = async |answer: Answer| why(&zoom, &answer).await["account"]["found_by"].clone();
    assert_eq!(found_by(zoom.fetch(&tenant).await).await, "path");
    let credentials = zoom.account.credentials();
    let form = [
        ("grant_type", "account_credentials"),
        ("account_id", zoom.account.id()),
    ];
    let ask = async |id: &str| zoom.ask_token(id, &credentials.client_secret, &form).await;
    assert_eq!(
        found_by(ask(&credentials.client_id).await).await,
        "client_id"
    );
    assert_eq!(found_by(ask("mock:wrong-secret").await).await, "scenario");
    assert_eq!(found_by(ask("nobody").await).await, "nothing");
    let url = format!("{}/Users", zoom.server.scim_url());
    let stranger = zoom.send(zoom.http.get(&url).bearer_auth("stranger")).await;
    let told = why(&zoom, &stranger).await;
    assert_eq!(
        told["account"],
        json!({ "id": null, "found_by": "nothing" })
    );
    let says = told["says"][0].as_str().unwrap();
    assert!(
        says.starts_with("no account has the token Bearer sha256:"),
        "{says}"
    );
    let nothing = why(&zoom, &zoom.fetch("/scim3/Users").await).await;
    assert_eq!(nothing["says"], json!(["no operation is GET /scim3/Users"]));
}

#[tokio::test]
async fn tells_of_a_missing_scope() {
    let zoom = Zoom::start();
    let client_id = zoom.account.credentials().client_id;
    let scopes = mock_server::AppChange {
        scopes: Some(vec!["user:read:admin".to_owned()]),
        ..mock_server::AppChange::default()
    };
    zoom.account.change_app(&client_id, scopes).unwrap();
    let told = why(&zoom, &zoom.get("/Users").await).await;
    assert_eq!(
        (&told["scope"]["missing"], &told["scope"]["let_in_by"]),
        (&json!(true), &json!(null))
    );
    let says = "the token has none of the scopes that it needs: scim2, scim2:admin";
    assert!(
        told["says"].as_array().unwrap().contains(&json!(says)),
        "{told}"
    );
}

#[tokio::test]
async fn tells_for_each_rule_why_it_did_not_fire() {
    let zoom = Zoom::start();
    let elsewhere = zoom.server.default_account().id().to_owned();
    for (id, when) in [
        ("operation", json!({ "operation": "users.create" })),
        ("account", json!({ "account": elsewhere })),
        ("client", json!({ "client_id": "another" })),
        ("user", json!({ "user": "bob@example.com" })),
        ("header", json!({ "header": { "name": "x-test" } })),
        ("run", json!({ "run": "7" })),
        ("window", json!({ "until": "2001-01-01T00:00:00Z" })),
        ("after", json!({ "operation": "users.list", "after": 9 })),
        ("nth", json!({ "operation": "users.list", "nth": 9 })),
        (
            "chance",
            json!({ "operation": "users.list", "probability": 0.0 }),
        ),
        ("fires", json!({ "operation": "users.list", "times": 1 })),
        ("last", json!({})),
    ] {
        set(&zoom, id, when).await;
    }
    let query = "/Users?filter=userName%20eq%20%22ann@example.com%22";
    let token = zoom
        .account
        .mint_token(&mock_server::TokenSpec::default())
        .unwrap();
    let list = async || {
        let url = format!("{}{query}", zoom.server.scim_url());
        zoom.send(zoom.http.get(url).bearer_auth(&token)).await
    };
    let first = list().await;
    let told = why(&zoom, &first).await;
    for (name, reason, noted) in [
        ("operation", "operation", false),
        ("account", "account", false),
        ("client", "client_id", false),
        ("user", "user", false),
        ("header", "header", true),
        ("run", "run", false),
        ("window", "window", false),
        ("after", "after", true),
        ("nth", "nth", true),
        ("chance", "probability", true),
        ("fires", "fired", true),
        ("last", "earlier", false),
    ] {
        assert_eq!(
            rule(&told, &format!("rule {name}")),
            (reason, noted),
            "{name}"
        );
    }
    assert_eq!(told["fault"]["source"], "rule fires");
    let second = list().await;
    let told_second = why(&zoom, &second).await;
    assert_eq!(rule(&told_second, "rule fires"), ("times", true));
    assert_eq!(rule(&told_second, "rule last"), ("fired", true));
    assert_eq!(
        told["rules"][0]["says"],
        "`when.operation` is `users.create`, and it was `users.list`"
    );

    // Rules are looked at as they are now, and what was noted stays.
    zoom.control(Method::DELETE, "/faults/after", None).await;
    set(&zoom, "operation", json!({ "operation": "users.list" })).await;
    let told = why(&zoom, &first).await;
    assert_eq!(rule(&told, "rule after"), ("after", true));
    assert_eq!(rule(&told, "rule operation"), ("set_later", false));
    zoom.control(Method::DELETE, "/faults/fires", None).await;
    let told = why(&zoom, &first).await;
    assert_eq!(rule(&told, "rule account"), ("account", false));
    assert_eq!(rule(&told, "rule last"), ("earlier", false));
}

#[tokio::test]
async fn tells_what_a_fault_did() {
    let zoom = Zoom::start();
    let rule_of = |id, effect| FaultRule::new(id, effect).on(Operation::CreateUser);
    let lost = rule_of("lost", Effect::HtmlErrorPage { code: 502 }).phase(Phase::After);
    let _lost = zoom.server.fault(lost).unwrap();
    let told = why(
        &zoom,
        &zoom.create(&json!({ "userName": "ann@example.com" })).await,
    )
    .await;
    let fault = json!({
        "source": "rule lost", "effect": "html_error_page", "phase": "after", "count": 1, "applied": 201,
        "lost": false,
    });
    assert_eq!((&told["fault"], &told["status"]), (&fault, &json!(502)));
    assert_eq!(told["scope"]["let_in_by"], "scim2");
    let says = told["says"].as_array().unwrap().last().unwrap();
    assert_eq!(
        says,
        "rule lost did `html_error_page`, for the first time; the request itself was applied and had 201"
    );
}

#[tokio::test]
async fn a_step_of_a_run_and_a_scenario_go_before_the_rules() {
    let zoom = Zoom::start();
    set(&zoom, "all", json!({})).await;
    let steps = json!({ "steps": { "token.issue": ["server_error"] } });
    let run = zoom
        .control(Method::POST, "/runs", Some(&steps))
        .await
        .json();
    let asked = zoom
        .http
        .post(format!("{}/oauth/token", run["base_url"].as_str().unwrap()));
    let credentials = zoom.account.credentials();
    let asked = asked.basic_auth(credentials.client_id, Some(credentials.client_secret));
    let told = why(&zoom, &zoom.send(asked).await).await;
    assert_eq!(rule(&told, "rule all"), ("earlier", false));
    assert_eq!(told["fault"]["source"], "run 1");
    zoom.control(Method::DELETE, "/faults", None).await;
    let _played = zoom.server.play("no-seats-left", None).unwrap();
    set(&zoom, "all", json!({ "operation": "users.create" })).await;
    let told = why(
        &zoom,
        &zoom.create(&json!({ "userName": "ann@example.com" })).await,
    )
    .await;
    let source = told["fault"]["source"].as_str().unwrap();
    assert!(
        source.starts_with("scenario no-seats-left, rule"),
        "{source}"
    );
    assert_eq!(rule(&told, source), ("fired", true));
    assert_eq!(rule(&told, "rule all"), ("earlier", false));
}

#[tokio::test]
async fn a_request_that_is_unknown_or_forgotten_is_said_to_be() {
    let zoom = Zoom::start();
    let refused = async |id: &str| {
        let answer = zoom
            .control(Method::GET, &format!("/requests/{id}/why"), None)
            .await;
        (
            answer.status,
            answer.json()["error"]["message"]
                .as_str()
                .unwrap()
                .to_owned(),
        )
    };
    let (status, says) = refused("1").await;
    assert_eq!(status, 404);
    assert!(
        says.starts_with("there has been no request 1; an answer has its number"),
        "{says}"
    );
    zoom.get("/Users").await;
    assert!(zoom.server.why(2).is_ok());
    zoom.account.reset();
    let (status, says) = refused("2").await;
    assert_eq!(status, 404);
    assert!(
        says.starts_with("the journal has forgotten request 2"),
        "{says}"
    );
    assert_eq!(zoom.server.why(3).unwrap_err(), NoRequest::Never(3));
    let (status, says) = refused("two").await;
    assert_eq!(
        (status, &says[..]),
        (
            400,
            "`two` is no number, as the header x-zoom-mock-request-id has it"
        )
    );
}
