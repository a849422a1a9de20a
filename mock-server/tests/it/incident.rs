//! An incident: a server that starts from another's goes on as that one does, byte for byte.

use jiff::SignedDuration;
use mock_server::{
    AccountSpec, AppChange, ClockStart, Config, Effect, FaultRule, Incident, MockServer, Operation,
    Phase, StartError,
};
use proptest::prelude::*;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::client::{Zoom, http};
use super::program::{Serving, zoom_mock};

fn config() -> Config {
    Config {
        seed: 7,
        account: AccountSpec {
            owner: Some("owner@example.com".to_owned()),
            ..AccountSpec::default()
        },
        clock: ClockStart::At("2026-01-31T12:00:00Z".parse().unwrap()),
        ..Config::default()
    }
}

fn of(server: MockServer) -> Zoom {
    Zoom {
        account: server.default_account(),
        server,
        http: http(),
    }
}

/// What came back, whole; or that nothing did.
async fn sent(request: RequestBuilder) -> String {
    let Ok(response) = request.send().await else {
        return "lost".to_owned();
    };
    let mut headers: Vec<String> = response
        .headers()
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    format!(
        "{} {headers:?} {}",
        response.status(),
        response.text().await.unwrap()
    )
}

/// Traffic of every kind, the same each time: what came back.
async fn drive(zoom: &Zoom, round: u32) -> Vec<String> {
    let token = zoom.token().await;
    let base = zoom.server.scim_url();
    let mut seen = vec![token.clone()];
    let user = |number: u32| json!({ "userName": format!("user{round}-{number}@example.com"), "title": "T" });
    for number in 0..12 {
        let create = zoom.http.post(format!("{base}/Users")).bearer_auth(&token);
        seen.push(sent(create.json(&user(number))).await);
        zoom.account
            .clock()
            .advance(SignedDuration::from_millis(300))
            .unwrap();
    }
    let ann = zoom.account.users()[1]["id"].as_str().unwrap().to_owned();
    for path in [
        "/Users?count=100",
        "/Groups?count=100",
        "/Users?filter=userName%20eq%20%22pending@elsewhere.example%22",
    ] {
        seen.push(sent(zoom.http.get(format!("{base}{path}")).bearer_auth(&token)).await);
    }
    let group = json!({ "displayName": format!("Group {round}") });
    let create = zoom.http.post(format!("{base}/Groups")).bearer_auth(&token);
    seen.push(sent(create.json(&group)).await);
    let off = json!({ "Operations": [{ "op": "replace", "value": { "active": round.is_multiple_of(2) } }] });
    let patch = zoom
        .http
        .patch(format!("{base}/Users/{ann}"))
        .bearer_auth(&token);
    seen.push(sent(patch.json(&off)).await);
    let run = zoom
        .http
        .get(format!("{}/r/1/scim2/Users", zoom.server.base_url()));
    seen.push(sent(run.bearer_auth(&token)).await);
    seen.push(
        sent(
            zoom.http
                .get(format!("{base}/Users/{ann}"))
                .bearer_auth("stranger"),
        )
        .await,
    );
    seen.push(format!(
        "{:?}",
        zoom.account.create_app(AppChange {
            name: Some(format!("App {round}")),
            ..AppChange::default()
        })
    ));
    let made = zoom.server.create_account(AccountSpec::default()).unwrap();
    seen.push(format!("{made:?}", made = made.id()));
    seen
}

/// A server that has been through something.
async fn eventful() -> Zoom {
    let zoom = of(MockServer::start(&config()).unwrap());
    zoom.set(&json!({
        "associated_domains": ["example.com"], "default_group": "Everybody",
        "rate_limits": { "light_per_second": 8 }, "choices": { "unassociated_domain": "pending" },
    }));
    let account = &zoom.account;
    let ann = json!({
        "userName": "Ann@example.com", "userType": "Licensed", "roles": [{ "value": "Admin" }],
        "phoneNumbers": [{ "type": "mobile", "value": "+1 555" }],
        "urn:ietf:params:scim:schemas:extension:zoom:1.0:User": { "zoomUnited": "32" },
    });
    let ann = account.add_user(&ann).unwrap();
    account
        .add_user(&json!({ "userName": "off@example.com", "active": false }))
        .unwrap();
    account
        .add_group(&json!({ "displayName": "Sales", "members": [{ "value": ann }] }))
        .unwrap();
    account.add_foreign_address("Else@example.com");
    zoom.create(&json!({ "userName": "pending@elsewhere.example" }))
        .await;
    assert_eq!(account.pending_users().len(), 1);
    account.take_snapshot("before").unwrap();
    let rule = FaultRule::read(
        &json!({
            "id": "chance", "when": { "operation": "users.create", "probability": 0.4, "seed": 3 },
            "then": { "status": { "code": 500 } },
        }),
        None,
    );
    zoom.server.set_fault(rule.unwrap()).unwrap();
    let lost = FaultRule::new("lost", Effect::Reset).on(Operation::CreateUser);
    zoom.server
        .set_fault(lost.phase(Phase::After).times(3))
        .unwrap();
    let stale = FaultRule::read(
        &json!({ "id": "stale", "when": { "operation": "users.patch" }, "then": { "stale_reads": { "reads": 9 } } }),
        None,
    );
    zoom.server.set_fault(stale.unwrap()).unwrap();
    let steps = json!({ "users.list": ["server_error", "unavailable", { "then": { "delay": { "ms": 1 } } }, "ok"] });
    zoom.server.start_run(&steps).unwrap();
    zoom.server.create_account(AccountSpec::default()).unwrap();
    account
        .clock()
        .advance(SignedDuration::from_secs(5))
        .unwrap();
    drive(&zoom, 1).await;
    zoom
}

fn again(incident: &Incident) -> Zoom {
    let read = Incident::read(&incident.to_json()).unwrap();
    of(MockServer::start_from(&Config::default(), &read).unwrap())
}

#[tokio::test]
async fn another_server_goes_on_byte_for_byte() {
    let original = eventful().await;
    let saved = original.server.incident();
    let other = again(&saved);
    assert_eq!(other.server.incident().to_json(), saved.to_json());
    let last = original.account.last_seq();
    for round in 2..5 {
        let (one, two) = (drive(&original, round).await, drive(&other, round).await);
        assert_eq!(one, two);
        let statuses = one.iter().filter(|line| line.starts_with("500")).count();
        assert!(statuses > 0, "the chance has hit nobody in round {round}");
    }
    // Whatever is not seen over HTTP is the same as well.
    assert_eq!(
        original.server.incident().to_json(),
        other.server.incident().to_json()
    );
    original.account.restore("before").unwrap();
    other.account.restore("before").unwrap();
    assert_eq!(original.account.users(), other.account.users());
    // The journal goes on where it was, and what was before can be asked about.
    let exchanges = other.account.exchanges(0);
    assert!(exchanges.is_sorted_by_key(|exchange| exchange.seq));
    assert!(exchanges.first().unwrap().seq == 1 && exchanges.last().unwrap().seq > last);
    assert_eq!(
        original.server.why(2).unwrap(),
        other.server.why(2).unwrap()
    );
    assert_eq!(original.account.report_card(), other.account.report_card());
    original.account.reset();
    other.account.reset();
    assert_eq!(other.account.users()[0]["userName"], "owner@example.com");
    assert_eq!(
        original.server.incident().to_json(),
        other.server.incident().to_json()
    );
}

#[tokio::test]
async fn a_scenario_is_on_again_with_its_listener() {
    let original = of(MockServer::start(&config()).unwrap());
    original.server.set_scenario("tls-expired", None).unwrap();
    let other = again(&original.server.incident());
    let on = other.control(Method::GET, "/scenario", None).await.json();
    assert_eq!(on["name"], "tls-expired");
    assert!(other.server.ca_pem().is_some());
    // A call that has named another by a magic value meets it where it was.
    original.server.set_scenario("no-seats-left", None).unwrap();
    original
        .create(&json!({ "userName": "a+mock-no-seats-left@example.com" }))
        .await;
    let other = again(&original.server.incident());
    let user = json!({ "userName": "b+mock-no-seats-left@example.com" });
    assert_eq!(
        original.create(&user).await.text,
        other.create(&user).await.text
    );
    assert_eq!(
        original.server.incident().to_json(),
        other.server.incident().to_json()
    );
}

#[tokio::test]
async fn tokens_are_no_part_of_it_and_secrets_are() {
    let zoom = eventful().await;
    let text = zoom.server.incident().to_json().to_string();
    let credentials = zoom.account.credentials();
    assert!(text.contains(&credentials.client_secret) && !text.contains("eyJzdiI6"));
    assert!(!format!("{:?}", zoom.server.incident()).contains(&credentials.client_secret));
    let token = zoom.token().await;
    let other = again(&zoom.server.incident());
    let url = format!("{}/Users", other.server.scim_url());
    assert_eq!(
        other
            .send(other.http.get(url).bearer_auth(token))
            .await
            .status,
        401
    );
    assert_eq!(other.get("/Users").await.status, 200);
}

#[tokio::test]
async fn a_clock_that_goes_goes_on() {
    let zoom = Zoom::start();
    let hour = SignedDuration::from_hours(1);
    zoom.server.clock().advance(-hour * 24 * 365).unwrap();
    zoom.account.clock().advance(hour).unwrap();
    let saved = zoom.server.now();
    let other = MockServer::start_from(&Config::default(), &zoom.server.incident()).unwrap();
    let ahead = other.now().duration_since(saved);
    assert!(SignedDuration::ZERO <= ahead && ahead < hour, "{ahead}");
    let listed = http().get(format!("{}/accounts", other.control_url()));
    let accounts: Value = listed.send().await.unwrap().json().await.unwrap();
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 2);
}

/// The document of a small server.
fn small() -> Value {
    let server = MockServer::start(&config()).unwrap();
    let account = server.default_account();
    let ann = account
        .add_user(&json!({ "userName": "ann@example.com" }))
        .unwrap();
    account
        .add_group(&json!({ "displayName": "Sales", "members": [{ "value": ann }] }))
        .unwrap();
    account.add_foreign_address("else@example.com");
    let rule = FaultRule::new("r", Effect::Delay { ms: 1 }).on(Operation::GetUser);
    server.set_fault(rule).unwrap();
    server
        .start_run(&json!({ "users.list": ["timeout"] }))
        .unwrap();
    let mut document = server.incident().to_json();
    document["last_request"] = json!(1);
    document["journal"] = json!([{
        "seq": 1, "at": "2026-01-31T12:00:00Z", "account": null, "operation": "users.list", "method": "GET",
        "path": "/scim2/Users", "query": null, "request_headers": [["accept", "*/*"]],
        "request_body": { "base64": "/w==" }, "status": 401, "response_body": { "text": "{}" }, "client_id": null,
        "retry_after": null, "rate_limit": null, "fault": null, "passed_over": [], "run": null, "scope": null,
    }]);
    document
}

/// Why a document is refused, when it is read or when a server starts from it.
fn refused(document: &Value) -> Option<String> {
    let started = match Incident::read(document) {
        Ok(incident) => MockServer::start_from(&Config::default(), &incident),
        Err(error) => Err(StartError::Incident(error)),
    };
    match started {
        Ok(_) => None,
        Err(StartError::Incident(error)) => Some(error.to_string()),
        Err(error) => unreachable!("{error}"),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn a_bad_file_is_refused_by_the_path() {
    let good = small();
    assert_eq!(refused(&good), None);
    let user = good["accounts"][0]["roster"]["users"][0].clone();
    let mut otherwise = Vec::new();
    for (pointer, value, says) in [
        (
            "/format",
            json!(2),
            "`format` is 2, and this zoom-mock reads 1",
        ),
        ("/extra", json!(1), "`extra` unknown field `extra`"),
        ("/seed", json!("x"), "`seed` invalid type"),
        ("/clock/now", json!("noon"), "`clock.now` "),
        ("/clock/frosen", json!(true), "`clock.frosen` unknown field"),
        (
            "/default_account",
            json!("nobody"),
            "`default_account` is `nobody`, which is none of the accounts",
        ),
        ("/accounts", json!([]), "`default_account` is"),
        (
            "/tenant_settings/default_count",
            json!(0),
            "`tenant_settings.default_count` is from 1",
        ),
        ("/accounts/0/id", json!(""), "`accounts[0].id` `` is empty"),
        (
            "/accounts/0/clock",
            json!({ "behind": "PT1S" }),
            "`accounts[0].clock` unknown variant",
        ),
        (
            "/accounts/0/apps/0/scopes",
            json!(["SCIM"]),
            "`accounts[0].apps[0].scopes` ",
        ),
        (
            "/accounts/0/apps/0/secret",
            json!("x"),
            "`accounts[0].apps[0].secret` unknown field",
        ),
        (
            "/accounts/0/settings/default_count",
            json!(0),
            "`accounts[0].settings.default_count` is from 1",
        ),
        (
            "/accounts/0/settings/plan",
            json!("gold"),
            "`accounts[0].settings.plan` unknown variant",
        ),
        (
            "/accounts/0/roster/users/0/user_type",
            json!("Gold"),
            "`accounts[0].roster.users[0].user_type` unknown",
        ),
        (
            "/accounts/0/roster/users/0/nick",
            json!("A"),
            "`accounts[0].roster.users[0].nick` unknown field",
        ),
        (
            "/accounts/0/roster/users/0/user_name",
            json!("ann"),
            "`accounts[0].roster.users[0].user_name` `ann` is no",
        ),
        (
            "/accounts/0/roster/users/1",
            user,
            "`accounts[0].roster.users[1].id` ",
        ),
        (
            "/accounts/0/roster/users/0/groups",
            json!(["x"]),
            "`accounts[0].roster.users[0].groups` holds `x`",
        ),
        (
            "/accounts/0/roster/groups/0/members",
            json!(["x"]),
            "`accounts[0].roster.groups[0].members` holds `x`",
        ),
        (
            "/accounts/0/roster/groups/0/display_name",
            json!(""),
            "`accounts[0].roster.groups[0].display_name` ",
        ),
        (
            "/accounts/0/roster/foreign_addresses/0",
            json!("A@b"),
            "`accounts[0].roster.foreign_addresses` holds",
        ),
        (
            "/accounts/0/usage/users.lst",
            json!({ "let_in": 1, "kept_out": 0 }),
            "`accounts[0].usage.users.lst` names",
        ),
        (
            "/faults/rules/0/rule/then",
            json!("dely"),
            "`faults.rules[0].rule.then` names an effect",
        ),
        (
            "/faults/rules/0/fired",
            json!(5),
            "`faults.rules[0].fired` is more",
        ),
        (
            "/faults/rules/1",
            good["faults"]["rules"][0].clone(),
            "`faults.rules` has an id twice",
        ),
        (
            "/faults/scenario",
            json!({ "name": "x", "account": null, "rules": [] }),
            "`faults.scenario.name` `x` is no",
        ),
        ("/faults/runs/0/id", json!(9), "`faults.runs[0].id` "),
        (
            "/faults/runs/0/left/users.lst",
            json!([]),
            "`faults.runs[0].left.users.lst` names no",
        ),
        (
            "/faults/runs/0/left/users.list/0/phase",
            json!("body"),
            "`faults.runs[0].left.users.list[0].phase` cannot",
        ),
        ("/journal/0/seq", json!(2), "`journal[0].seq` is not"),
        (
            "/journal/0/account",
            json!("x"),
            "`journal[0].account` is `x`",
        ),
        (
            "/journal/0/operation",
            json!("x"),
            "`journal[0].operation` `x` is no",
        ),
        (
            "/journal/0/request_body",
            json!({ "base64": "?" }),
            "`journal[0].request_body` is no base64",
        ),
        (
            "/journal/0/request_headers",
            json!([["cookie", "x"]]),
            "`journal[0].request_headers` has `cookie`",
        ),
        (
            "/journal/0/scope",
            json!({ "let_in": "x" }),
            "`journal[0].scope` is `x`",
        ),
    ] {
        let mut bad = good.clone();
        put(&mut bad, pointer, value);
        let refused = refused(&bad).unwrap_or_default();
        if !refused.starts_with(says) {
            otherwise.push(format!("{pointer}: {refused}"));
        }
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    assert_eq!(
        refused(&json!([])).unwrap(),
        "`format` is missing: this is no incident of zoom-mock's"
    );
}

/// Sets a value, also one that is not there.
fn put(document: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Array(items) => match items.get_mut(name.parse::<usize>().unwrap()) {
            Some(item) => *item = value,
            None => items.push(value),
        },
        parent => parent[name] = value,
    }
}

/// Every place in a document.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            places(value, &format!("{at}/{key}"), found);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| {
            places(value, &format!("{at}/{index}"), found);
        }),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a value is changed to, the document is refused, or a server starts that gives one like it.
    #[test]
    fn nothing_in_a_file_makes_a_start_panic(
        which in any::<prop::sample::Index>(),
        value in prop_oneof![
            Just(Value::Null), Just(json!(-1)), Just(json!(u64::MAX)), Just(json!("x")), Just(json!([])), Just(json!({})),
            Just(json!(true)), Just(json!("9999-12-31T23:59:59Z")),
        ],
    ) {
        let mut document = small();
        let mut all = Vec::new();
        places(&document, "", &mut all);
        let place: &String = which.get(&all);
        *document.pointer_mut(place).unwrap() = value;
        if let Ok(incident) = Incident::read(&document)
            && let Ok(server) = MockServer::start_from(&Config::default(), &incident)
        {
            let again = server.incident();
            prop_assert!(Incident::read(&again.to_json()).is_ok());
        }
    }
}

fn output(arguments: &[&str], url: &str) -> (Option<i32>, String, String) {
    let output = zoom_mock(arguments)
        .env("ZOOM_MOCK_URL", url)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[tokio::test]
async fn a_file_is_saved_and_started_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("incident.json");
    let name = file.to_str().unwrap();
    // One that is there is replaced, and others cannot read what takes its place.
    std::fs::write(&file, "old").unwrap();
    let serving = Serving::with(&["--seed", "9", "--seed-users", "3"]);
    let url = serving.text("base_url").to_owned();
    let (code, stdout, stderr) = output(&["incident", "save", name], &url);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(
        stdout.contains("It holds the mock's client secrets, and no token"),
        "{stdout}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing else is left"
    );
    let (_, summary, _) = output(&["incident", "save", name, "--json"], &url);
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(
        (&summary["accounts"], &summary["exchanges"]),
        (&json!(1), &json!(0))
    );

    let other = Serving::with(&["--incident", name]);
    for key in ["account_id", "client_id", "client_secret"] {
        assert_eq!(serving.text(key), other.text(key));
    }
    let listed = format!(
        "{}/_mock/accounts/{}/users",
        other.text("base_url"),
        other.text("account_id")
    );
    let users: Value = http()
        .get(listed)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(users["users"].as_array().unwrap().len(), 3);

    let mut bad: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    bad["accounts"][0]["roster"]["users"][1]["id"] =
        bad["accounts"][0]["roster"]["users"][0]["id"].clone();
    std::fs::write(&file, bad.to_string()).unwrap();
    let (code, _, stderr) = output(&["serve", "--port", "0", "--incident", name], &url);
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("`accounts[0].roster.users[1].id`"),
        "{stderr}"
    );
    bad["format"] = json!(3);
    std::fs::write(&file, bad.to_string()).unwrap();
    let (code, _, stderr) = output(&["serve", "--port", "0", "--incident", name], &url);
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("incident.json: `format` is 3, and this zoom-mock reads 1"),
        "{stderr}"
    );
    let (code, _, stderr) = output(&["serve", "--incident", name, "--seed", "1"], &url);
    assert!(
        code == Some(2) && stderr.contains("cannot be used with"),
        "{stderr}"
    );
    let nowhere = folder.path().join("none").join("x.json");
    let (code, _, stderr) = output(&["incident", "save", nowhere.to_str().unwrap()], &url);
    assert!(
        code == Some(1) && stderr.contains("cannot write"),
        "{stderr}"
    );
}
