//! Faults over HTTP: rules, runs, scenarios and magic values, as a client and a test meet them.

use std::time::Duration;

use mock_server::{
    AccountSpec, Config, DoorKind, Effect, FaultRule, MockServer, Operation, Phase, Scenario,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Zoom, http};

async fn set(zoom: &Zoom, id: &str, rule: &Value) {
    let answer = zoom
        .control(Method::PUT, &format!("/faults/{id}"), Some(rule))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_rule_is_set_shown_counted_and_taken_away() {
    let zoom = Zoom::start();
    let rule = json!({ "when": { "operation": "users.list", "times": 1 }, "then": { "status": { "code": 500 } } });
    set(&zoom, "broken", &rule).await;
    assert_eq!(zoom.get("/Users").await.status, 500);
    assert_eq!(zoom.get("/Users").await.status, 200);
    let held = zoom
        .control(Method::GET, "/faults/broken", None)
        .await
        .json();
    assert_eq!((&held["fitted"], &held["fired"]), (&json!(2), &json!(1)));
    assert_eq!(
        (&held["phase"], &held["when"]["times"]),
        (&json!("before"), &json!(1))
    );
    let all = zoom.control(Method::GET, "/faults", None).await.json();
    assert_eq!(all["faults"][0], held);
    let lifted = zoom.control(Method::DELETE, "/faults/broken", None).await;
    assert_eq!(lifted.json()["fired"], 1);
    let gone = zoom.control(Method::GET, "/faults/broken", None).await;
    assert_eq!(
        (gone.status, &gone.json()["error"]["field"]),
        (404, &json!("id"))
    );
}

#[tokio::test]
async fn rules_are_replaced_all_or_none() {
    let zoom = Zoom::start();
    set(
        &zoom,
        "old",
        &json!({ "then": "reset", "when": { "user": "nobody" } }),
    )
    .await;
    let wrong =
        json!({ "faults": [{ "then": "not_json" }, { "then": { "delay": { "ms": "long" } } }] });
    let refused = zoom.control(Method::PUT, "/faults", Some(&wrong)).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["field"]),
        (400, &json!("faults[1].then.delay.ms"))
    );
    let held = zoom.control(Method::GET, "/faults", None).await.json();
    assert_eq!(held["faults"][0]["id"], "old");
    let right = json!({ "faults": [{ "then": "not_json" }, { "id": "b", "then": { "delay": { "ms": 1 } } }] });
    let set = zoom
        .control(Method::PUT, "/faults", Some(&right))
        .await
        .json();
    assert_eq!(
        (&set["faults"][0]["id"], &set["faults"][1]["id"]),
        (&json!("1"), &json!("b"))
    );
    assert_eq!(
        zoom.control(Method::DELETE, "/faults", None).await.status,
        204
    );
    assert_eq!(
        zoom.control(Method::GET, "/faults", None).await.json()["faults"],
        json!([])
    );
}

#[tokio::test]
async fn a_rule_hits_whom_it_names() {
    let zoom = Zoom::start();
    let (ann, bob) = (
        zoom.user("ann@example.com").await,
        zoom.user("bob@example.com").await,
    );
    let client_id = zoom.account.credentials().client_id;
    let (mut hit, mut spared) = (Vec::new(), Vec::new());
    for (when, hits) in [
        (json!({ "user": "ANN@example.com" }), true),
        (json!({ "user": ann }), true),
        (json!({ "user": bob }), false),
        (json!({ "client_id": client_id }), true),
        (json!({ "client_id": "another" }), false),
        (json!({ "account": zoom.account.id() }), true),
        (
            json!({ "account": zoom.server.default_account().id() }),
            false,
        ),
        (json!({ "header": { "name": "authorization" } }), true),
        (
            json!({ "header": { "name": "accept", "value": "text/html" } }),
            false,
        ),
        (json!({ "operation": "users.*" }), true),
        (json!({ "operation": "groups.*" }), false),
    ] {
        set(
            &zoom,
            "one",
            &json!({ "when": when, "then": "token_expired" }),
        )
        .await;
        let status = zoom.get(&format!("/Users/{ann}")).await.status;
        if hits { &mut hit } else { &mut spared }.push((when, status));
    }
    assert!(hit.iter().all(|(_, status)| *status == 401), "{hit:?}");
    assert!(
        spared.iter().all(|(_, status)| *status == 200),
        "{spared:?}"
    );
}

#[tokio::test]
async fn a_rule_finds_its_user_in_a_create_and_in_a_look_up() {
    let zoom = Zoom::start();
    set(
        &zoom,
        "ann",
        &json!({ "when": { "user": "ann@example.com" }, "then": { "status": { "code": 500 } } }),
    )
    .await;
    let create = |name: &str| json!({ "userName": name });
    assert_eq!(zoom.create(&create("Ann@example.com")).await.status, 500);
    assert_eq!(zoom.create(&create("bob@example.com")).await.status, 201);
    let look_up = |name: &str| format!("/Users?filter=userName%20eq%20%22{name}%22");
    assert_eq!(zoom.get(&look_up("ann@example.com")).await.status, 500);
    assert_eq!(zoom.get(&look_up("bob@example.com")).await.status, 200);
}

#[tokio::test]
async fn a_forgotten_rule_heals_itself() {
    let zoom = Zoom::start();
    set(
        &zoom,
        "forgotten",
        &json!({ "when": { "operation": "users.list", "ttl_s": 60 }, "then": "sso_disabled" }),
    )
    .await;
    assert_eq!(zoom.get("/Users").await.status, 400);
    zoom.server
        .clock()
        .advance(jiff::SignedDuration::from_secs(60))
        .unwrap();
    assert_eq!(zoom.get("/Users").await.status, 200);
    assert_eq!(
        zoom.control(Method::GET, "/faults", None).await.json()["faults"],
        json!([])
    );
}

#[tokio::test]
async fn a_run_is_met_by_header_or_by_path() {
    let zoom = Zoom::start();
    let steps = json!({ "steps": {
        "token.issue": ["rate_limited", "ok"],
        "users.create": ["applied_then_lost", "ok"],
    } });
    let started = zoom.control(Method::POST, "/runs", Some(&steps)).await;
    assert_eq!(started.status, 201, "{}", started.text);
    let started = started.json();
    let (base, id) = (
        started["base_url"].as_str().unwrap(),
        started["id"].as_str().unwrap(),
    );
    let credentials = zoom.account.credentials();
    let ask = || {
        let form = [
            ("grant_type", "account_credentials"),
            ("account_id", credentials.account_id.as_str()),
        ];
        let request = zoom.http.post(format!("{base}/oauth/token")).form(&form);
        zoom.send(request.basic_auth(&credentials.client_id, Some(&credentials.client_secret)))
    };
    assert_eq!(ask().await.status, 429);
    let token = ask().await.json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let user = json!({ "userName": "ann@example.com" });
    let by_path = zoom
        .http
        .post(format!("{base}/scim2/Users"))
        .bearer_auth(&token)
        .json(&user);
    assert!(by_path.send().await.is_err(), "the answer is lost");
    assert_eq!(zoom.account.user_count(), 1);
    let report = zoom
        .control(Method::GET, &format!("/runs/{id}"), None)
        .await
        .json();
    assert_eq!(
        (&report["completed"], &report["left"]),
        (&json!(false), &json!({ "users.create": ["ok"] }))
    );
    let header = &started["header"];
    let by_header = zoom.http.post(format!("{}/Users", zoom.server.scim_url()));
    let by_header = by_header.header(
        header["name"].as_str().unwrap(),
        header["value"].as_str().unwrap(),
    );
    let again = zoom.send(by_header.bearer_auth(&token).json(&user)).await;
    assert_eq!(again.status, 400, "it is there already");
    let report = zoom
        .control(Method::DELETE, &format!("/runs/{id}"), None)
        .await
        .json();
    assert_eq!(report["completed"], true);
    assert_eq!(
        zoom.control(Method::GET, &format!("/runs/{id}"), None)
            .await
            .status,
        404
    );
    // What is of no run is hit by none.
    assert_eq!(
        zoom.create(&json!({ "userName": "bob@example.com" }))
            .await
            .status,
        201
    );
}

#[test]
fn a_fault_that_nothing_meets_fails_its_test() {
    let server = MockServer::start(&Config::default()).unwrap();
    let account = server.scoped_account(AccountSpec::default()).unwrap();
    let rule = || FaultRule::new("never", Effect::Reset).on(Operation::DeleteUser);
    let unmet = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        drop(account.fault(rule()).unwrap());
    }));
    let message = unmet.unwrap_err();
    let message = message.downcast_ref::<String>().unwrap();
    assert_eq!(message, "the fault `never` was set and nothing met it");
    drop(account.fault(rule()).unwrap().may_go_unmet());
    let refused = account
        .fault(FaultRule::new("x", Effect::NoSeats).phase(Phase::After))
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`phase` cannot be `after` for `no_seats`, which acts before"
    );
}

/// A token request with credentials that may be magic.
async fn token(
    zoom: &Zoom,
    base: &str,
    account: &str,
    client: &str,
    secret: &str,
) -> super::client::Answer {
    let form = [
        ("grant_type", "account_credentials"),
        ("account_id", account),
    ];
    let request = zoom.http.post(format!("{base}/oauth/token")).form(&form);
    zoom.send(request.basic_auth(client, Some(secret))).await
}

#[tokio::test]
async fn magic_values_in_each_field_play_a_scenario() {
    let server = MockServer::start(&Config::default()).unwrap();
    let zoom = Zoom {
        account: server.default_account(),
        server,
        http: http(),
    };
    let base = zoom.server.base_url().to_owned();
    let right = zoom.account.credentials();
    let (account, client, secret) = (
        &right.account_id[..],
        &right.client_id[..],
        &right.client_secret[..],
    );
    let wrong = "{\"reason\":\"Invalid client_id or client_secret\",\"error\":\"invalid_client\"}";
    for (account, client, secret) in [
        ("mock:wrong-secret", client, secret),
        (account, "mock:wrong-secret", secret),
        (account, client, "mock:wrong-secret"),
    ] {
        token(&zoom, &base, account, client, secret)
            .await
            .is(400, wrong);
    }
    let by_path = format!("{base}/s/wrong-secret");
    token(&zoom, &by_path, account, client, secret)
        .await
        .is(400, wrong);
    assert_eq!(
        token(&zoom, &base, account, client, secret).await.status,
        200
    );

    // A scenario of what the token is for follows the token.
    let issued = token(&zoom, &base, account, "mock:sso-not-enabled", "whatever").await;
    assert_eq!(issued.status, 200, "{}", issued.text);
    let bearer = issued.json()["access_token"].as_str().unwrap().to_owned();
    let list = zoom
        .http
        .get(format!("{base}/scim2/Users"))
        .bearer_auth(&bearer);
    zoom.send(list)
        .await
        .is_scim_error(400, "Account has not enabled Single Sign-On.");
    let exchange = zoom.account.exchanges(0).pop().unwrap();
    let source = &exchange.fault.as_ref().unwrap().source;
    assert_eq!(source, "scenario sso-not-enabled, rule 1");

    // And one of a user follows the user.
    let ann = json!({ "userName": "ann+mock-no-seats-left@example.com" });
    zoom.create(&ann)
        .await
        .is_scim_error(409, "Cannot add paid users.");
    assert_eq!(
        zoom.create(&json!({ "userName": "ann@example.com" }))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn a_magic_value_that_plays_nothing_says_so() {
    let server = MockServer::start(&Config::default()).unwrap();
    let zoom = Zoom {
        account: server.default_account(),
        server,
        http: http(),
    };
    let base = zoom.server.base_url().to_owned();
    let right = zoom.account.credentials();
    let (account, client, secret) = (
        right.account_id.as_str(),
        right.client_id.as_str(),
        right.client_secret.as_str(),
    );
    let unknown = "zoom-mock: there is no scenario `wrong-secrt`; did you mean `wrong-secret`?";
    for (account, client, secret) in [
        ("mock:wrong-secrt", client, secret),
        (account, "mock:wrong-secrt", secret),
        (account, client, "mock:wrong-secrt"),
    ] {
        let answer = token(&zoom, &base, account, client, secret).await;
        assert_eq!(
            (answer.status, &answer.json()["reason"]),
            (400, &json!(unknown))
        );
    }
    let by_path = format!("{base}/s/wrong-secrt");
    let answer = token(&zoom, &by_path, account, client, secret).await;
    assert_eq!(
        (answer.status, &answer.json()["reason"]),
        (400, &json!(unknown))
    );
    let list = zoom.http.get(format!("{by_path}/scim2/Users"));
    let answer = zoom.send(list.bearer_auth(zoom.token().await)).await;
    assert_eq!(
        (answer.status, &answer.json()["message"]),
        (404, &json!(unknown))
    );
    // A failure from before a request arrives cannot be one of a request.
    let answer = token(&zoom, &base, account, "mock:tls-expired", "x").await;
    let reason = answer.json()["reason"].as_str().unwrap().to_owned();
    assert!(
        answer.status == 400 && reason.contains("no call can play the scenario tls-expired"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_user_who_is_there_names_a_scenario_by_their_id() {
    let zoom = Zoom::start();
    let path = zoom.by_hand(&json!({ "userName": "ann+mock-token-revoked@example.com" }));
    assert_eq!(zoom.get(&path).await.status, 401);
    let other = zoom.by_hand(&json!({ "userName": "bob@example.com" }));
    assert_eq!(zoom.get(&other).await.status, 200);
}

#[tokio::test]
async fn without_magic_a_name_is_a_wrong_credential() {
    let server = MockServer::start(&Config {
        magic: false,
        ..Config::default()
    })
    .unwrap();
    let zoom = Zoom {
        account: server.default_account(),
        server,
        http: http(),
    };
    let right = zoom.account.credentials();
    let base = zoom.server.base_url().to_owned();
    let answer = token(&zoom, &base, &right.account_id, "mock:sso-not-enabled", "x").await;
    assert_eq!(answer.status, 400);
    let answer = token(
        &zoom,
        &format!("{base}/s/wrong-secret"),
        &right.account_id,
        &right.client_id,
        &right.client_secret,
    )
    .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        zoom.create(&json!({ "userName": "a+mock-no-seats-left@example.com" }))
            .await
            .status,
        201
    );
}

/// What a careful client makes of a door that it was told to trust.
async fn through(server: &MockServer, scenario: &str) -> String {
    let played = server.play(scenario, None).unwrap();
    let mut client = reqwest::Client::builder()
        .no_proxy()
        .connect_timeout(Duration::from_millis(600))
        .timeout(Duration::from_millis(1200));
    if let Some(pem) = &played.ca_pem {
        client = client.tls_certs_only([reqwest::Certificate::from_pem(pem.as_bytes()).unwrap()]);
    }
    let asked = client
        .build()
        .unwrap()
        .get(format!("{}/Users", played.form.scim_url))
        .send()
        .await;
    match asked {
        Ok(answer) => format!("status {}", answer.status().as_u16()),
        // Which of the client's limits ends it is a matter of how busy the machine is.
        Err(error) if error.is_timeout() => "(waited in vain)".to_owned(),
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(deeper) = cause {
                text = format!("{text}: {deeper}");
                cause = deeper.source();
            }
            text
        }
    }
}

#[tokio::test]
async fn each_door_does_what_it_is_named_for() {
    let _ = http();
    let server = MockServer::start(&Config::default()).unwrap();
    let mut met = Vec::new();
    for (scenario, says) in [
        ("connection-refused", "Connection refused"),
        ("connect-timeout", "(waited in vain)"),
        ("tls-expired", "certificate expired"),
        ("tls-not-yet-valid", "certificate not valid yet"),
        ("tls-wrong-host", "not valid for name"),
        ("tls-self-signed", "certificate"),
        ("tls-untrusted-root", "UnknownIssuer"),
        ("tls-not-spoken", "received corrupt message"),
        ("tls-handshake-stalls", "(waited in vain)"),
    ] {
        let seen = through(&server, scenario).await;
        assert!(seen.contains(says), "{scenario}: {seen}");
        met.push(Scenario::find(scenario).unwrap().door.unwrap().kind);
    }
    let unmet: Vec<DoorKind> = DoorKind::ALL
        .into_iter()
        .filter(|kind| !met.contains(kind))
        .collect();
    assert_eq!(unmet, [DoorKind::HalfOpen, DoorKind::TlsGood]);
}

#[tokio::test]
async fn the_scenario_that_is_on_holds_until_it_is_turned_off() {
    let zoom = Zoom::start();
    let played = zoom
        .control(
            Method::PUT,
            "/scenario",
            Some(&json!({ "name": "per-second-limit" })),
        )
        .await;
    assert_eq!(played.json()["diagnosis"], "per_second_limit");
    assert_eq!(zoom.get("/Users").await.status, 429);
    assert_eq!(
        zoom.control(Method::GET, "/scenario", None).await.json()["name"],
        "per-second-limit"
    );
    assert_eq!(
        zoom.control(Method::DELETE, "/scenario", None).await.status,
        204
    );
    assert_eq!(zoom.get("/Users").await.status, 200);
    let unknown = zoom
        .control(
            Method::PUT,
            "/scenario",
            Some(&json!({ "name": "per-second-limits" })),
        )
        .await;
    assert_eq!(unknown.status, 404);
    assert_eq!(
        unknown.json()["error"]["message"],
        "`name` `per-second-limits` is no scenario; did you mean `per-second-limit`?"
    );
}
