//! Servers that are right, in each of the ways in which one may be.

use std::collections::BTreeMap;

use mock_server::{AccountSpec, Choices, Config, Effect, FaultRule, MockServer};
use serde_json::{Value, json};

use super::super::cli::{assert_code, text};
use super::{USERS, command, run, zoom};
use conformance::cli::{EXIT_OK, EXIT_UNCOVERED};

/// How many servers are checked at once.
const AT_ONCE: usize = 8;

#[test]
fn a_good_server_passes_and_is_as_it_was_before() {
    let (server, account) = zoom();
    let before = account.users();
    let output = run(&server, &account, &["--allow-writes", "--json", "-"]);
    assert_code(&output, EXIT_OK);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["verdict"], "holds");
    assert_eq!(result["counts"]["violated"], 0);
    assert_eq!(result["left_behind"], json!([]));
    assert!(result["made"].as_u64().unwrap() > 20);
    assert_eq!(account.users(), before);
    assert_eq!(before.len(), USERS as usize);
}

#[test]
fn the_table_fits_80_columns_and_a_second_run_is_the_first_again() {
    let (server, account) = zoom();
    let table = || {
        let output = run(&server, &account, &["--allow-writes", "--seed", "7"]);
        assert_code(&output, EXIT_OK);
        let shown = text(&output.stdout);
        for line in shown.lines() {
            assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
        }
        let rest = shown.lines().filter(|line| !line.starts_with("time"));
        rest.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(table(), table());
}

#[test]
fn without_leave_to_write_nothing_is_written_and_too_little_is_checked() {
    let (server, account) = zoom();
    let output = run(&server, &account, &[]);
    assert_code(&output, EXIT_UNCOVERED);
    let shown = text(&output.stdout);
    assert!(shown.contains("needs --allow-writes"), "{shown}");
    assert!(shown.contains("too little was checked"), "{shown}");
    let writes = account.exchanges(0);
    let writes = writes
        .iter()
        .filter(|one| one.path.contains("scim2") && one.method != "GET");
    assert_eq!(writes.count(), 0);
    // What reading alone can check is enough where nothing else was asked for.
    for only in ["users.list.*", "transport.accept"] {
        assert_code(&run(&server, &account, &["--only", only]), EXIT_OK);
    }
    let two = [
        "--only",
        "discovery",
        "--only",
        "users.filter.username-eq",
        "--json",
    ];
    let output = run(&server, &account, &two);
    assert_code(&output, EXIT_OK);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["counts"]["total"], 4);
}

/// Where Zoom is silent, a server may do the one thing or the other.
#[test]
fn every_choice_that_a_server_may_make_passes() {
    let server = MockServer::start(&Config::default()).unwrap();
    let choices: Vec<(&str, &str)> = Choices::DOCUMENTATION
        .iter()
        .flat_map(|choice| {
            let others = choice.values[1..].iter();
            others.map(|value| (choice.name, value.name))
        })
        .collect();
    assert!(choices.len() > 25);
    // Most of a run is waiting.
    for some in choices.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            for (name, value) in some {
                scope.spawn(|| passes(&server, name, value));
            }
        });
    }
}

fn passes(server: &MockServer, name: &str, value: &str) {
    let account = server.create_account(AccountSpec::default()).unwrap();
    let chosen = json!({ "choices": { name: value } });
    account.change_settings(&chosen).unwrap();
    let output = run(server, &account, &["--allow-writes", "--json"]);
    let told = text(&output.stderr);
    assert!(told.is_empty(), "{chosen}: {told}");
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = result["checks"].as_array().unwrap().iter();
    let violated: Vec<&Value> = checks.filter(|one| one["outcome"] == "violated").collect();
    // Zoom says that tokens stay valid; that they did not is years ago.
    let once = name == "earlier_tokens";
    assert_eq!(violated.len(), usize::from(once), "{chosen}: {violated:#?}");
}

#[test]
fn a_scope_and_an_expired_token_are_checked_where_they_can_be() {
    let (server, account) = zoom();
    let fields = json!({
        "name": "Reader", "short_description": "Reads", "company_name": "Example",
        "developer_name": "Dana", "developer_email": "dana@example.com", "scopes": ["user:read:admin"],
    });
    let second = account
        .create_app(serde_json::from_value(fields).unwrap())
        .unwrap();
    account.activate_app(&second.client_id).unwrap();
    let spec = mock_server::TokenSpec {
        expires_in_s: Some(0),
        ..Default::default()
    };
    let expired = account.mint_token(&spec).unwrap();
    let arguments = [
        "--read-only-client-id",
        &second.client_id,
        "--only",
        "scope",
        "--only",
        "expired",
        "--allow-writes",
    ];
    let output = command(&server, &account, &arguments)
        .env("ZOOM_READ_ONLY_CLIENT_SECRET", &second.client_secret)
        .env("ZOOM_EXPIRED_TOKEN", &expired)
        .output()
        .unwrap();
    assert_code(&output, EXIT_OK);
    let shown = text(&output.stdout);
    assert!(shown.contains("hold; 0 violated, 0 not checked"), "{shown}");
}

#[test]
fn a_domain_that_is_not_the_accounts_is_named_and_another_works() {
    let (server, account) = zoom();
    let domains = json!({ "associated_domains": ["corp.example"] });
    account.change_settings(&domains).unwrap();
    let output = run(&server, &account, &["--allow-writes"]);
    assert_code(&output, EXIT_UNCOVERED);
    let shown = text(&output.stdout);
    assert!(shown.contains("example.com is not associated"), "{shown}");
    assert!(shown.contains("--domain"), "{shown}");
    let arguments = ["--allow-writes", "--domain", "corp.example"];
    assert_code(&run(&server, &account, &arguments), EXIT_OK);
}

#[test]
fn an_account_without_seats_passes_with_what_needs_none() {
    let (server, account) = zoom();
    account
        .change_settings(&json!({ "seats": { "licensed": 0 } }))
        .unwrap();
    let output = run(&server, &account, &["--allow-writes"]);
    assert_code(&output, EXIT_OK);
    assert!(text(&output.stdout).contains("needs a seat"));
}

#[test]
fn a_server_that_asks_for_less_is_left_alone_and_judged() {
    let (server, account) = zoom();
    let effect = Effect::Status {
        code: 429,
        headers: BTreeMap::from([
            ("content-type".to_owned(), "application/json".to_owned()),
            ("retry-after".to_owned(), "0".to_owned()),
        ]),
        body: json!({ "code": 429, "message": "Too Many Requests." }).to_string(),
    };
    let mut rule = FaultRule::new("less", effect);
    rule.when.after = Some(20);
    rule.when.times = Some(2);
    server.set_fault(rule).unwrap();
    let output = run(&server, &account, &["--allow-writes", "--json"]);
    assert_code(&output, EXIT_OK);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let limits = result["checks"].as_array().unwrap().iter();
    let limits: Vec<&Value> = limits.filter(|one| one["topic"] == "rate limits").collect();
    assert!(
        limits.iter().all(|one| one["outcome"] == "holds"),
        "{limits:#?}"
    );
}

/// The README's command, typed as it is written, against the mock on another port.
#[cfg(unix)]
#[test]
fn the_readmes_command_works_as_written() {
    let (server, _) = zoom();
    let readme = std::fs::read_to_string(super::super::fixtures::root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- tour: server -->\n```sh\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    let typed = "cargo run --release -p conformance --";
    assert!(block.contains(typed), "{block}");
    let script = block
        .replace(typed, env!("CARGO_BIN_EXE_zoom-conformance"))
        .replace("http://127.0.0.1:8080", server.base_url());
    let output = std::process::Command::new("sh")
        .arg("-c")
        .arg(script)
        .output()
        .unwrap();
    assert_code(&output, EXIT_OK);
    assert!(text(&output.stdout).contains("all that is binding holds"));
}
