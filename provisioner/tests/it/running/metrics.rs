//! Readiness and metrics.

use provisioner::cli::EXIT_INPUT;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::super::fake::Instead;
use super::super::program::{Desk, said};
use super::{Running, people};

/// Sends this, and reads till the other end closes.
async fn exchange(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The status and the body of an answer.
async fn ask(address: &str, method: &str, path: &str, host: &str) -> (u16, String) {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let answer = exchange(address, &request).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}

async fn get(address: &str, path: &str) -> (u16, String) {
    ask(address, "GET", path, address).await
}

/// The value of a metric, and that every line of the text is one, or says something about one.
fn value(text: &str, metric: &str) -> Option<f64> {
    let (body, _) = text.split_once("# EOF\n").unwrap();
    let mut found = None;
    for line in body.lines().filter(|line| !line.starts_with("# ")) {
        let (name, number) = line.rsplit_once(' ').unwrap();
        let number: f64 = number.parse().unwrap();
        if name == format!("zoom_provisioner_{metric}") {
            found = Some(number);
        }
    }
    found
}

#[tokio::test]
async fn it_is_ready_once_a_run_has_ended_and_says_why_not() {
    let desk = Desk::new().await;
    people(&desk, 3);
    desk.zoom.instead("POST /scim2", [Instead::Held]);
    let mut watch =
        Running::watch(&desk, &["--interval", "86400", "--metrics", "127.0.0.1:0"]).await;
    let told = watch.tells("metrics on http://127.0.0.1:").await;
    let address = told.strip_prefix("metrics on http://").unwrap();
    let address = address.trim_end_matches("/metrics");
    desk.zoom.until("POST /scim2", 3).await;
    assert_eq!(get(address, "/healthz").await.0, 200);
    let (status, why) = get(address, "/readyz").await;
    assert_eq!(
        (status, why.as_str()),
        (503, "not ready: no run has ended yet\n")
    );
    desk.zoom.open();
    watch.ran().await;
    assert_eq!(get(address, "/readyz").await.0, 200);
    let (_, text) = get(address, "/metrics").await;
    for (metric, expected) in [
        ("runs_total{outcome=\"ok\"}", 1.0),
        ("users{status=\"success\"}", 3.0),
        ("writes_total{kind=\"create\"}", 3.0),
        ("links", 3.0),
        ("run_duration_seconds_count", 1.0),
        ("throttled_total", 0.0),
        ("build_info{version=\"0.1.0\"}", 1.0),
    ] {
        assert_eq!(value(&text, metric), Some(expected), "{metric} in {text}");
    }
    assert!(value(&text, "requests_total") >= Some(5.0), "{text}");
    assert!(
        value(&text, "last_success_timestamp_seconds") > Some(1.0e9),
        "{text}"
    );
    // Scopes are taken away: it can provision nobody.
    let refused =
        json!({ "code": 4711, "message": "Invalid access token, does not contain scopes." });
    desk.zoom
        .instead("GET /scim2", [Instead::Answer(400, refused.to_string())]);
    people(&desk, 4);
    assert_eq!(watch.ran().await["outcome"], "failed");
    let (status, why) = get(address, "/readyz").await;
    assert!(status == 503 && why.contains("scopes"), "{why}");
    let (_, text) = get(address, "/metrics").await;
    assert_eq!(
        value(&text, "failures_total{kind=\"scope\"}"),
        Some(1.0),
        "{text}"
    );
    // DNS rebinding, another path, another method.
    assert_eq!(ask(address, "GET", "/metrics", "evil.example").await.0, 421);
    assert_eq!(ask(address, "GET", "/", "localhost").await.0, 404);
    assert_eq!(ask(address, "POST", "/readyz", "localhost").await.0, 405);
    // Who is slow to ask is not waited for.
    let slow = exchange(address, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n").await;
    assert!(!slow.contains("200 OK"), "{slow}");
    watch.stop().await;
}

#[tokio::test]
async fn an_address_that_others_reach_is_refused() {
    let desk = Desk::new().await;
    said(&desk.test().await, 0);
    let mut arguments = vec![
        "watch",
        "--connection",
        "connection.toml",
        "--rule",
        "rule.toml",
    ];
    arguments.extend([
        "--directory",
        "directory.json",
        "--state",
        "state.db",
        "--metrics",
    ]);
    let refused = desk.run(&[&arguments[..], &["0.0.0.0:0"]].concat()).await;
    assert!(said(&refused, EXIT_INPUT).contains("reached from other machines"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = desk
        .run(&[&arguments[..], &[address.as_str()]].concat())
        .await;
    assert!(said(&refused, EXIT_INPUT).contains("name another port with --metrics"));
}
