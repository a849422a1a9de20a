//! The test of a connection against real sockets: what is wrong is named, nothing but a POST for a token and
//! GETs are sent, and no secret is told.

mod answers;
mod reach;
mod secrets;
mod tls;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use provisioner::{
    ActionFlags, Code, Connection, Diagnosis, Policies, RemoveAction, StepName, StepOutcome,
    TestLimits, Transport, TrustedRoots, test_connection,
};
use serde_json::{Value, json};

use super::door::{Door, Reply, json};

const CLIENT: &str = "cl1ent";
const SECRET: &str = "c4n4ry/s3cret+of the \"app\"";
const TOKEN: &str = "eyJ0b2tlbiI6ImM0bjRyeSJ9.of-the_test";

/// Limits that no test meets which is not about them.
const PATIENT: TestLimits = TestLimits::each(Duration::from_secs(20));
/// Limits that a test meets which waits for them: long enough for what does answer on a busy machine.
const SHORT: TestLimits = TestLimits {
    tls: Duration::from_millis(500),
    answer: Duration::from_secs(1),
    ..PATIENT
};

fn connection(token_url: String, scim_url: String) -> Connection {
    Connection {
        name: "Zoom".to_owned(),
        scim_url,
        token_url,
        account_id: "acc".to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: SECRET.to_owned().into(),
        trusted_roots: TrustedRoots::default(),
        flags: ActionFlags::default(),
        remove_action: RemoveAction::Disable,
        deprovision_on_rule_deletion: false,
        enabled: true,
        policies: Policies::default(),
        safety: provisioner::Safety::default(),
    }
}

fn at(door: &Door) -> Connection {
    connection(door.url("/oauth/token"), door.url("/scim2"))
}

fn granted() -> Reply {
    json(
        200,
        &json!({ "access_token": TOKEN, "expires_in": 3600, "scope": "scim2" }),
    )
}

/// Two users, page by page.
fn users(request: &str) -> Reply {
    let id = if request.contains("startIndex=1&") {
        "a"
    } else {
        "b"
    };
    json(
        200,
        &json!({ "totalResults": 2, "Resources": [{ "id": id, "userName": "x@example.com" }] }),
    )
}

/// Zoom, as far as a test asks.
fn zoom(request: &str) -> Reply {
    if request.starts_with("POST /oauth/token ") {
        granted()
    } else {
        users(request)
    }
}

/// A Zoom whose token URL answers so.
async fn with_token(reply: Reply) -> Door {
    Door::http(move |request| {
        if request.starts_with("POST /oauth/token ") {
            reply.clone()
        } else {
            users(request)
        }
    })
    .await
}

/// A Zoom whose users are answered so.
async fn with_users(reply: Reply) -> Door {
    Door::http(move |request| {
        if request.starts_with("POST /oauth/token ") {
            granted()
        } else {
            reply.clone()
        }
    })
    .await
}

/// Tests a connection, and looks for secrets in whatever may be printed of the result.
async fn tested(connection: &Connection, limits: TestLimits) -> Diagnosis {
    let transport = Transport::with_roots(&connection.trusted_roots).unwrap();
    let diagnosis = test_connection(connection, &transport, limits).await;
    assert_shows_no_secret(&serde_json::to_string(&diagnosis).unwrap());
    assert_shows_no_secret(&format!("{diagnosis:?} {connection:?}"));
    assert_eq!(diagnosis.ok, diagnosis.diagnosis.is_none());
    let last = diagnosis.steps.last().unwrap();
    assert_eq!(last.outcome == StepOutcome::Failed, !diagnosis.ok);
    if let Some(problem) = &diagnosis.diagnosis {
        assert_eq!(problem.family, problem.code.family());
        assert_eq!(last.detail, problem.code.name());
        assert!(!problem.evidence.is_empty() && problem.evidence.len() < 2100);
    }
    diagnosis
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[track_caller]
fn assert_shows_no_secret(text: &str) {
    for secret in [SECRET, TOKEN, &format!("{CLIENT}:{SECRET}")] {
        let quoted = Value::from(secret).to_string();
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for shown in [
            secret.to_owned(),
            quoted.trim_matches('"').to_owned(),
            form.clone(),
            form.to_lowercase(),
            percent(secret),
            percent(secret).to_lowercase(),
            STANDARD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
        ] {
            assert!(!text.contains(&shown), "{shown} in {text}");
        }
    }
    // The middle of each, whatever stands around it.
    for part in ["s3cret", "of-the_test"] {
        assert!(!text.contains(part), "{part} in {text}");
    }
}

#[track_caller]
fn code(diagnosis: &Diagnosis) -> Code {
    let problem = diagnosis.diagnosis.as_ref();
    assert!(problem.is_some(), "it passed: {diagnosis:#?}");
    problem.unwrap().code
}

#[track_caller]
fn last(diagnosis: &Diagnosis) -> StepName {
    diagnosis.steps.last().unwrap().name
}

/// Nothing but tokens is posted, and users are only read.
#[track_caller]
fn assert_only_reads(door: &Door) {
    for request in door.requests() {
        let line = request.lines().next().unwrap_or_default();
        let is_right = line.starts_with("POST /oauth/token ")
            || (line.starts_with("GET ") && line.contains("/Users?startIndex="));
        assert!(is_right, "{line}");
    }
}

#[tokio::test]
async fn a_connection_that_works_passes_every_step() {
    let door = Door::http(zoom).await;
    let diagnosis = tested(&at(&door), PATIENT).await;
    assert!(
        diagnosis.ok && diagnosis.warnings.is_empty(),
        "{diagnosis:#?}"
    );
    let steps = diagnosis.steps.iter();
    let steps: Vec<_> = steps.map(|step| (step.name, step.outcome)).collect();
    let ok = |name| (name, StepOutcome::Ok);
    assert_eq!(
        steps,
        [
            ok(StepName::Configuration),
            ok(StepName::NameResolution),
            ok(StepName::Tcp),
            (StepName::Tls, StepOutcome::Skipped),
            ok(StepName::Token),
            ok(StepName::Scopes),
            ok(StepName::Scim),
            ok(StepName::Paging),
        ]
    );
    assert_eq!((door.count("POST"), door.count("GET")), (1, 2));
    let shape = serde_json::to_value(&diagnosis).unwrap();
    assert_eq!(shape["steps"][1]["name"], "name_resolution");
    assert_eq!(shape["steps"][1]["host"], door.address.to_string());
    assert_eq!(shape["steps"][3]["outcome"], "skipped");
    assert!(shape["steps"][0]["elapsed_ms"].is_u64());
    assert_only_reads(&door);
}

/// Reads a little from whoever comes, says this and closes; without words it stays silent.
async fn speaks(words: Option<&'static [u8]>) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                match words {
                    Some(words) => stream.write_all(words).await.unwrap(),
                    None => std::future::pending().await,
                }
            });
        }
    });
    address
}
