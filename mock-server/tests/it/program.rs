//! The program `zoom-mock`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::client::http;

fn zoom_mock(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoom-mock"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A server process that is ended when the test is.
struct Serving {
    process: Child,
    ready: Value,
}

impl Serving {
    fn start() -> Self {
        let mut process = zoom_mock(&["serve", "--port", "0", "--ready-json"])
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            process,
            ready: serde_json::from_str(&line).unwrap(),
        }
    }

    fn text(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn ready_json_tells_all_that_a_client_needs() {
    let serving = Serving::start();
    let keys: Vec<&String> = serving.ready.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "account_id",
            "base_url",
            "client_id",
            "client_secret",
            "control_url",
            "scim_url",
            "token_url"
        ]
    );
    let form = [
        ("grant_type", "account_credentials"),
        ("account_id", serving.text("account_id")),
    ];
    let http = http();
    let token: Value = http
        .post(serving.text("token_url"))
        .basic_auth(
            serving.text("client_id"),
            Some(serving.text("client_secret")),
        )
        .form(&form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let users = http
        .get(format!("{}/Users", serving.text("scim_url")))
        .bearer_auth(token["access_token"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(users.status(), 200);
}

#[test]
fn credentials_are_the_same_at_every_start() {
    let (one, other) = (Serving::start(), Serving::start());
    for key in ["account_id", "client_id", "client_secret"] {
        assert_eq!(one.text(key), other.text(key));
    }
    assert_ne!(one.text("base_url"), other.text("base_url"));
}

#[cfg(unix)]
#[test]
fn a_request_to_end_ends_it_well() {
    let mut serving = Serving::start();
    let killed = Command::new("kill")
        .arg(serving.process.id().to_string())
        .status()
        .unwrap();
    assert!(killed.success());
    assert_eq!(serving.process.wait().unwrap().code(), Some(0));
}

#[test]
fn says_what_to_do_when_it_cannot_listen() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = |arguments: &[&str], message: &str| {
        let output = zoom_mock(arguments).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(message), "{stderr}");
    };
    refused(
        &["serve", "--listen", &address],
        "take a free port with --port 0",
    );
    refused(
        &["serve", "--listen", "0.0.0.0:0"],
        "listens on this machine alone",
    );
}

#[test]
fn a_person_sees_what_to_type() {
    let mut process = zoom_mock(&["serve", "--port", "0"]).spawn().unwrap();
    let mut reader = BufReader::new(process.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("Ctrl-C") {
        assert_ne!(
            reader.read_line(&mut text).unwrap(),
            0,
            "ended early: {text}"
        );
    }
    process.kill().unwrap();
    process.wait().unwrap();
    reader.read_to_string(&mut text).unwrap();
    for words in [
        "SCIM URL",
        "client secret",
        "curl -s -u",
        "/Users?count=100",
    ] {
        assert!(text.contains(words), "{text}");
    }
    assert!(!text.contains('\u{1b}'), "no colour in a pipe");
}
