//! The test of a connection against real sockets: what is wrong is named, nothing but a POST for a token and
//! GETs are sent, and no secret is told.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use provisioner::{
    ActionFlags, Code, Connection, Diagnosis, Family, Policies, RemoveAction, StepName,
    StepOutcome, TestLimits, Transport, TrustedRoots, WarningCode, test_connection,
};
use serde_json::{Value, json};

use super::door::{Authority, Door, Reply, Server, authority, http, json};

const CLIENT: &str = "cl1ent";
const SECRET: &str = "c4n4ry/s3cret+of the \"app\"";
const TOKEN: &str = "eyJ0b2tlbiI6ImM0bjRyeSJ9.of-the_test";

/// Limits that no test meets which is not about them.
const PATIENT: TestLimits = TestLimits::each(Duration::from_secs(20));
/// Limits that a test meets which waits for them.
const SHORT: TestLimits = TestLimits {
    tls: Duration::from_millis(200),
    connect: Duration::from_millis(200),
    answer: Duration::from_millis(200),
    resolve: Duration::from_secs(5),
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

#[tokio::test]
async fn both_hosts_are_reached_for_where_they_differ() {
    let (token, scim) = (Door::http(zoom).await, Door::http(zoom).await);
    let split = connection(token.url("/oauth/token"), scim.url("/scim2"));
    let diagnosis = tested(&split, PATIENT).await;
    let reached = diagnosis.steps.iter();
    let reached: Vec<_> = reached
        .filter(|step| step.name == StepName::Tcp)
        .filter_map(|step| step.host.clone())
        .collect();
    assert_eq!(
        reached,
        [token.address.to_string(), scim.address.to_string()]
    );
    assert_eq!((token.count(""), scim.count("")), (1, 2));
    // Where the second is not there, no secret has been sent to the first.
    let gone = connection(token.url("/oauth/token"), refused().await + "/scim2");
    let diagnosis = tested(&gone, PATIENT).await;
    assert_eq!((code(&diagnosis), token.count("")), (Code::Refused, 1));
}

/// The URL of a port that nobody listens at.
async fn refused() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn says_why_a_host_is_not_reached() {
    let gone = refused().await;
    let diagnosis = tested(&connection(gone.clone() + "/t", gone + "/scim2"), PATIENT).await;
    assert_eq!(
        (code(&diagnosis), last(&diagnosis)),
        (Code::Refused, StepName::Tcp)
    );

    let nowhere = "https://no-such-host.invalid";
    let nowhere = connection(format!("{nowhere}/t"), format!("{nowhere}/scim2"));
    let diagnosis = tested(&nowhere, SHORT).await;
    assert_eq!(
        (code(&diagnosis), last(&diagnosis)),
        (Code::HostNotFound, StepName::NameResolution)
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_host_that_takes_no_connection_is_not_waited_for_long() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody accepts: once the queue is full, connecting stalls.
    let mut queue = Vec::new();
    let limit = Duration::from_millis(200);
    while let Ok(stream) =
        tokio::time::timeout(limit, tokio::net::TcpStream::connect(address)).await
    {
        queue.push(stream.unwrap());
    }
    let url = format!("http://{address}");
    let full = connection(format!("{url}/t"), format!("{url}/scim2"));
    let diagnosis = tested(&full, SHORT).await;
    assert_eq!(
        (code(&diagnosis), last(&diagnosis)),
        (Code::ConnectTimeout, StepName::Tcp)
    );
}

#[tokio::test]
async fn says_how_an_answer_did_not_come() {
    for (reply, limits, expected) in [
        (Reply::Silence, SHORT, Code::ReadTimeout),
        (Reply::Close, PATIENT, Code::Dropped),
        (Reply::Reset, PATIENT, Code::Dropped),
    ] {
        let door = with_token(reply.clone()).await;
        let diagnosis = tested(&at(&door), limits).await;
        assert_eq!(code(&diagnosis), expected, "{reply:?}");
        assert_eq!(last(&diagnosis), StepName::Token);
        assert_eq!(door.requests().len(), 1, "once: {reply:?}");
        let door = with_users(reply.clone()).await;
        let diagnosis = tested(&at(&door), limits).await;
        assert_eq!(code(&diagnosis), expected, "{reply:?}");
        assert_eq!(last(&diagnosis), StepName::Scim);
    }
    // An answer that stops half-way is late as well.
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec();
    let door = with_users(Reply::Bytes(half)).await;
    assert_eq!(code(&tested(&at(&door), PATIENT).await), Code::AnswerCut);
}

fn trusting(door: &Door, authority: &Authority) -> Connection {
    Connection {
        trusted_roots: TrustedRoots::from_pem(authority.pem().as_bytes()).unwrap(),
        ..connection(door.https("/oauth/token"), door.https("/scim2"))
    }
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_if_named() {
    let ours = authority("ours");
    let door = Door::tls(&Server::under(&ours, |_| {}), zoom).await;
    let diagnosis = tested(&trusting(&door, &ours), PATIENT).await;
    assert!(diagnosis.ok, "{diagnosis:#?}");
    let tls = &diagnosis.steps[3];
    assert_eq!((tls.name, tls.outcome), (StepName::Tls, StepOutcome::Ok));
    assert!(
        tls.detail.contains("TLS 1.3") && tls.detail.contains("CN=ours"),
        "{tls:?}"
    );
    assert_only_reads(&door);
    let untrusting = Connection {
        trusted_roots: TrustedRoots::default(),
        ..trusting(&door, &ours)
    };
    let diagnosis = tested(&untrusting, PATIENT).await;
    assert_eq!(code(&diagnosis), Code::TlsUntrustedRoot);
}

#[tokio::test]
async fn says_what_is_wrong_with_a_certificate_and_sends_nothing_to_it() {
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    // An authority of the same name, with another key.
    let double = authority("ours");
    let year = |year| rcgen::date_time_ymd(year, 1, 31);
    for (server, expected, evidence) in [
        (
            Server::under(&ours, |params| {
                (params.not_before, params.not_after) = (year(2001), year(2002));
            }),
            Code::TlsExpired,
            "to 2002-01-31T00:00:00Z",
        ),
        (
            Server::under(&ours, |params| {
                (params.not_before, params.not_after) = (year(2101), year(2102));
            }),
            Code::TlsNotYetValid,
            "from 2101-01-31T00:00:00Z",
        ),
        (
            Server::under(&ours, |params| {
                let name = rcgen::string::Ia5String::try_from("zoom.example").unwrap();
                params.subject_alt_names = vec![rcgen::SanType::DnsName(name)];
            }),
            Code::TlsWrongHost,
            "for zoom.example",
        ),
        (
            Server::self_signed(false),
            Code::TlsSelfSigned,
            "issued by CN=rcgen self signed cert",
        ),
        (
            Server::self_signed(true),
            Code::TlsSelfSigned,
            "issued by CN=rcgen self signed cert",
        ),
        (
            Server::under(&theirs, |_| {}),
            Code::TlsUntrustedRoot,
            "issued by CN=theirs",
        ),
        (
            Server::under(&double, |_| {}),
            Code::TlsUntrustedRoot,
            "issued by CN=ours",
        ),
    ] {
        let door = Door::tls(&server, zoom).await;
        let diagnosis = tested(&trusting(&door, &ours), PATIENT).await;
        assert_eq!(code(&diagnosis), expected, "{diagnosis:#?}");
        assert_eq!(last(&diagnosis), StepName::Tls);
        let problem = diagnosis.diagnosis.unwrap();
        assert_eq!(problem.family, Family::Tls);
        assert!(problem.evidence.contains(evidence), "{}", problem.evidence);
        assert_eq!((door.connections(), door.requests().len()), (1, 0));
    }
}

#[tokio::test]
async fn says_that_a_port_does_not_speak_tls() {
    let https = |address: std::net::SocketAddr| {
        connection(
            format!("https://{address}/oauth/token"),
            format!("https://{address}/scim2"),
        )
    };
    for (says, expected) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], Code::TlsNotSpoken),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Code::TlsNotSpoken),
        // An alert: handshake failure.
        (&[21, 3, 3, 0, 2, 2, 40], Code::TlsFailed),
        (b"", Code::TlsFailed),
    ] {
        let address = speaks(Some(says)).await;
        let diagnosis = tested(&https(address), PATIENT).await;
        assert_eq!(code(&diagnosis), expected, "{diagnosis:#?}");
        assert_eq!(last(&diagnosis), StepName::Tls);
    }
    let diagnosis = tested(&https(speaks(None).await), SHORT).await;
    assert_eq!(code(&diagnosis), Code::TlsStalled);
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

#[tokio::test]
async fn what_is_not_http_is_not_zoom() {
    let address = speaks(Some(b"SSH-2.0-OpenSSH_9.6\r\n")).await;
    let url = format!("http://{address}");
    let ssh = connection(format!("{url}/t"), format!("{url}/scim2"));
    assert_eq!(code(&tested(&ssh, PATIENT).await), Code::TokenNotJson);
}

#[tokio::test]
async fn nothing_follows_a_redirect() {
    let thief = Door::http(zoom).await;
    for (status, path) in [(301, ""), (302, "/x?y=z"), (307, "/oauth/token"), (308, "")] {
        let location = thief.url(path);
        let away = http(status, &[("location", &location)], "");
        let door = with_token(away.clone()).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert_eq!(code(&diagnosis), Code::Redirected);
        let evidence = diagnosis.diagnosis.unwrap().evidence;
        assert_eq!(evidence, format!("HTTP {status} to {}", thief.address));
        let door = with_users(away).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert_eq!(
            (code(&diagnosis), last(&diagnosis)),
            (Code::Redirected, StepName::Scim)
        );
    }
    assert_eq!(thief.connections(), 0);
}

#[tokio::test]
async fn says_what_else_answers_than_zoom() {
    const PAGE: &str = "<html><title>Welcome to the hotel</title></html>";
    let html = [("content-type", "text/html")];
    let huge = || {
        let body = "x".repeat(9 * 1024 * 1024);
        http(200, &[("content-type", "application/json")], &body)
    };
    let cut = "{\"totalResults\":2,\"Resources\":[{\"id\":\"a";
    for (reply, expected) in [
        (http(200, &html, PAGE), Code::TokenHtml),
        (http(511, &html, PAGE), Code::CaptivePortal),
        (huge(), Code::AnswerTooLarge),
        (http(200, &[], ""), Code::TokenNotJson),
    ] {
        let door = with_token(reply).await;
        assert_eq!(code(&tested(&at(&door), PATIENT).await), expected);
    }
    for (reply, expected) in [
        (http(200, &html, PAGE), Code::ScimHtml),
        (http(511, &html, PAGE), Code::CaptivePortal),
        (huge(), Code::AnswerTooLarge),
        (http(200, &[], cut), Code::AnswerCut),
        (json(200, &json!({ "users": [] })), Code::NotScim),
    ] {
        let door = with_users(reply).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert_eq!(code(&diagnosis), expected);
        if expected == Code::ScimHtml {
            let evidence = diagnosis.diagnosis.unwrap().evidence;
            assert!(
                evidence.contains("page \"Welcome to the hotel\""),
                "{evidence}"
            );
        }
    }
}

#[tokio::test]
async fn says_what_zoom_refuses() {
    let oauth = |reason, error| json(400, &json!({ "reason": reason, "error": error }));
    for (reply, expected) in [
        (
            oauth("Invalid client_id or client_secret", "invalid_client"),
            Code::InvalidClient,
        ),
        (
            oauth("Bad Request", "invalid_request"),
            Code::InvalidAccount,
        ),
        (
            json(
                200,
                &json!({ "access_token": TOKEN, "expires_in": 3600, "scope": "x" }),
            ),
            Code::MissingScope,
        ),
    ] {
        let door = with_token(reply).await;
        assert_eq!(code(&tested(&at(&door), PATIENT).await), expected);
        assert_eq!(door.count("GET"), 0);
    }
    let unknown = json(
        401,
        &json!({ "code": 124, "message": "Invalid access token." }),
    );
    let door = with_users(unknown.clone()).await;
    let diagnosis = tested(&at(&door), PATIENT).await;
    assert_eq!(code(&diagnosis), Code::TokenNotAccepted);
    let evidence = diagnosis.diagnosis.unwrap().evidence;
    assert_eq!(evidence, "HTTP 401 \"Invalid access token.\" (code 124)");
    // The token comes from elsewhere.
    let (token, scim) = (Door::http(zoom).await, with_users(unknown).await);
    let split = connection(token.url("/oauth/token"), scim.url("/scim2"));
    assert_eq!(
        code(&tested(&split, PATIENT).await),
        Code::TokenOfAnotherZoom
    );
    for (path, expected) in [
        ("", Code::ScimUrlIncomplete),
        ("/scim2/scim2", Code::ScimUrlDoubled),
        ("/v3/scim2", Code::ScimUrlNotFound),
    ] {
        let door = with_users(json(404, &json!({ "code": 2300, "message": "x" }))).await;
        let wrong = connection(door.url("/oauth/token"), door.url(path));
        assert_eq!(code(&tested(&wrong, PATIENT).await), expected, "{path}");
    }
    let daily = http(429, &[("retry-after", "2026-02-01T00:00:00Z")], "{}");
    for (reply, expected) in [
        (daily, Code::DailyLimit),
        (http(429, &[], "{}"), Code::PerSecondLimit),
    ] {
        let door = with_users(reply).await;
        assert_eq!(code(&tested(&at(&door), PATIENT).await), expected);
        assert_eq!(door.count("GET"), 1, "a limit is not met twice");
    }
}

#[tokio::test]
async fn settings_are_judged_before_anything_is_sent() {
    let door = Door::http(zoom).await;
    let right = || at(&door);
    for (wrong, expected) in [
        (
            Connection {
                client_secret: format!("{SECRET}\n").into(),
                ..right()
            },
            Code::StrayWhiteSpace,
        ),
        (
            Connection {
                account_id: " acc".to_owned(),
                ..right()
            },
            Code::StrayWhiteSpace,
        ),
        (
            Connection {
                scim_url: format!("http://u:{SECRET}@127.0.0.1/scim2"),
                ..right()
            },
            Code::InvalidUrl,
        ),
        (
            Connection {
                token_url: "http://zoom.us/oauth/token".to_owned(),
                ..right()
            },
            Code::InsecureUrl,
        ),
        (
            Connection {
                token_url: String::new(),
                ..right()
            },
            Code::InvalidUrl,
        ),
    ] {
        let transport = Transport::new().unwrap();
        let diagnosis = test_connection(&wrong, &transport, PATIENT).await;
        assert_eq!(code(&diagnosis), expected);
        assert_eq!(diagnosis.steps.len(), 1);
        assert_shows_no_secret(&serde_json::to_string(&diagnosis).unwrap());
    }
    assert_eq!(door.connections(), 0);
}

#[tokio::test]
async fn a_moment_of_unavailability_is_waited_for() {
    let unavailable = |times: usize, headers: &'static [(&str, &str)]| {
        let seen = std::sync::Mutex::new(0);
        Door::http(move |request| {
            let mut seen = seen.lock().unwrap();
            *seen += 1;
            if *seen <= times {
                http(503, headers, "")
            } else {
                zoom(request)
            }
        })
    };
    let door = unavailable(2, &[]).await;
    assert!(tested(&at(&door), PATIENT).await.ok);
    assert_eq!(door.count("POST"), 3);
    let door = unavailable(1, &[("retry-after", "0")]).await;
    assert!(tested(&at(&door), PATIENT).await.ok);
    for (times, headers, requests) in [
        (9, &[][..], 3),
        (1, &[("retry-after", "60")], 1),
        (1, &[("retry-after", "Sun, 01 Feb 2026 00:00:00 GMT")], 1),
    ] {
        let door = unavailable(times, headers).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert_eq!(code(&diagnosis), Code::ZoomUnavailable);
        assert_eq!(door.requests().len(), requests);
    }
}

#[tokio::test]
async fn pages_that_repeat_users_are_noticed() {
    let page = |ids: Value| json(200, &json!({ "totalResults": 2, "Resources": ids }));
    for reply in [
        page(json!([{ "id": "a" }])),
        page(json!([])),
        page(json!([{ "id": "a" }, { "id": "b" }])),
    ] {
        let door = with_users(reply).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert_eq!(
            (code(&diagnosis), last(&diagnosis)),
            (Code::PagingBroken, StepName::Paging)
        );
    }
    let one = json(
        200,
        &json!({ "totalResults": 1, "Resources": [{ "id": "a" }] }),
    );
    let door = with_users(one).await;
    let diagnosis = tested(&at(&door), PATIENT).await;
    assert!(diagnosis.ok);
    let paging = diagnosis.steps.last().unwrap();
    assert_eq!(paging.outcome, StepOutcome::Skipped);
    assert_eq!(door.count("GET"), 1);
}

#[tokio::test]
async fn what_is_odd_is_warned_of_and_passes() {
    let token = |expires_in: Value| {
        let body = json!({ "access_token": TOKEN, "expires_in": expires_in });
        json(200, &body)
    };
    let old = [
        ("date", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("content-type", "application/json"),
    ];
    let mock = [
        ("x-zoom-mock-request-id", "r1"),
        ("content-type", "application/json"),
    ];
    let body = json!({ "access_token": TOKEN, "expires_in": 3600 }).to_string();
    for (reply, warning) in [
        (token(json!(0)), WarningCode::TokenOddExpiry),
        (token(json!("3600")), WarningCode::TokenOddExpiry),
        (token(json!(null)), WarningCode::TokenOddExpiry),
        (http(200, &old, &body), WarningCode::ClockSkew),
        (http(200, &mock, &body), WarningCode::Mock),
    ] {
        let door = with_token(reply).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert!(diagnosis.ok, "{diagnosis:#?}");
        let codes: Vec<_> = diagnosis.warnings.iter().map(|seen| seen.code).collect();
        assert_eq!(codes, [warning]);
    }
}

/// A server that repeats everything it was told, in many forms and places.
#[tokio::test]
async fn a_server_that_repeats_secrets_gets_none_of_them_told() {
    for place in ["token", "users"] {
        for form in 0..6 {
            let door = Door::http(move |request| {
                let is_token = request.starts_with("POST");
                if is_token != (place == "token") {
                    return zoom(request);
                }
                // A token that was not issued yet is no secret of ours.
                let token = if is_token { "" } else { TOKEN };
                let header = |line: &&str| line.to_ascii_lowercase().starts_with("authorization");
                let header = request.lines().find(header).unwrap_or_default();
                let told = format!("{header} {SECRET} {CLIENT}:{SECRET} {token} {request}");
                let told = match form {
                    0 => told,
                    1 => percent(&told),
                    2 => STANDARD.encode(format!("xy{SECRET}z")) + &STANDARD.encode(token),
                    3 => URL_SAFE_NO_PAD.encode(format!("{CLIENT}:{SECRET}")),
                    4 => url::form_urlencoded::byte_serialize(told.as_bytes()).collect(),
                    _ => percent(SECRET).to_lowercase() + &percent(token).to_lowercase(),
                };
                let page = format!("<html><title>{told}</title></html>");
                match form % 3 {
                    0 => json(
                        400,
                        &json!({ "reason": told, "error": told, "detail": told, told.clone(): told }),
                    ),
                    1 => http(400, &[("content-type", "text/html")], &page),
                    _ => json(200, &json!({ told.clone(): told, "message": told })),
                }
            })
            .await;
            let diagnosis = tested(&at(&door), PATIENT).await;
            assert!(!diagnosis.ok, "{place} {form}");
            assert_only_reads(&door);
        }
    }
    // An answer with the token that breaks off, or has it under another name.
    let cut = format!("{{\"access_token\":\"{TOKEN}\",\"expi");
    for (reply, expected) in [
        (http(200, &[], &cut), Code::AnswerCut),
        (json(200, &json!({ "token": TOKEN })), Code::TokenMissing),
    ] {
        let door = with_token(reply).await;
        assert_eq!(code(&tested(&at(&door), PATIENT).await), expected);
    }
    // The secret may also be repeated where the host of a redirect, a scope or a lifetime stands.
    let away = http(302, &[("location", &format!("https://{TOKEN}/"))], "");
    let door = with_users(away).await;
    assert_eq!(code(&tested(&at(&door), PATIENT).await), Code::Redirected);
    for reply in [
        json(
            200,
            &json!({ "access_token": TOKEN, "scope": format!("{SECRET} {TOKEN}") }),
        ),
        json(200, &json!({ "access_token": TOKEN, "expires_in": SECRET })),
    ] {
        let door = with_token(reply).await;
        tested(&at(&door), PATIENT).await;
    }
}

#[tokio::test]
async fn what_steers_a_terminal_is_not_repeated() {
    let steering = json!({ "reason": "\u{1b}[2Jgone\r\nok  all is well", "error": "x" });
    let door = with_token(json(400, &steering)).await;
    let evidence = tested(&at(&door), PATIENT)
        .await
        .diagnosis
        .unwrap()
        .evidence;
    assert!(!evidence.contains(char::is_control), "{evidence:?}");
    let long = json!({ "reason": "x".repeat(100_000), "error": "x" });
    let door = with_token(json(400, &long)).await;
    let evidence = tested(&at(&door), PATIENT)
        .await
        .diagnosis
        .unwrap()
        .evidence;
    assert!(evidence.len() < 600, "{}", evidence.len());
}
