//! The program `zoom-mock`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::client::http;

pub(crate) fn zoom_mock(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoom-mock"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A server process that is ended when the test is.
pub(crate) struct Serving {
    process: Child,
    ready: Value,
}

impl Serving {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(arguments: &[&str]) -> Self {
        let mut process = zoom_mock(&["serve", "--port", "0", "--ready-json"])
            .args(arguments)
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

    pub(crate) fn text(&self, key: &str) -> &str {
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
    let (code, stderr) = refused(&["serve", "--listen", &address]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("take a free port with --port 0"),
        "{stderr}"
    );
    if cfg!(target_os = "linux") {
        let holder = format!("(process {})", std::process::id());
        assert!(stderr.contains(&holder), "{stderr}");
    }
}

/// The exit code and what was said on stderr.
fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let output = zoom_mock(arguments).output().unwrap();
    assert_eq!(output.stdout, b"", "{arguments:?}");
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_wrong_file_or_option_is_named_and_nothing_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let unknown = file("unknown.json", r#"{"settings":{"plans":"pro"}}"#);
    let wrong = file("wrong.json", r#"{"settings":{"default_count":0}}"#);
    let cut = file("cut.json", r#"[{"userName":"a@example.com"}"#);
    let user = file(
        "user.json",
        r#"[{"userName":"a@example.com"},{"userName":"A@example.com"}]"#,
    );
    for (arguments, says) in [
        (
            ["--account", &unknown],
            "unknown.json: is not an account: `settings.plans`: unknown field",
        ),
        (
            ["--account", &wrong],
            "`settings.default_count` is from 1 to 100",
        ),
        (
            ["--account", "/no/such/file"],
            "/no/such/file: No such file",
        ),
        (["--users", &cut], "cut.json: is not an array of users: EOF"),
        (["--users", &user], "user.json: `users[1]`"),
        (["--seed-users", "9999999"], "--seed-users 9999999"),
        (
            ["--rate-limits", "gold"],
            "known are off, free, pro, business, one_a_second",
        ),
        (["--control-token", ""], "a value is required"),
        (["--ca-file", "x.pem"], "--tls"),
    ] {
        let (code, stderr) = refused(&[&["serve", "--port", "0"], &arguments[..]].concat());
        assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
    }
}

#[tokio::test]
async fn starts_with_the_account_and_the_users_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let account = r#"{"account_id":"acme","client_id":"cid","client_secret":"sec","scopes":["scim2"],
        "settings":{"default_count":50}}"#;
    std::fs::write(path("account.json"), account).unwrap();
    std::fs::write(
        path("users.json"),
        r#"[{"userName":"ann@example.com","active":false}]"#,
    )
    .unwrap();
    let (account, users) = (path("account.json"), path("users.json"));
    let serving = Serving::with(&[
        "--account",
        &account,
        "--users",
        &users,
        "--seed-users",
        "3",
        "--rate-limits",
        "business",
    ]);
    assert_eq!(serving.text("account_id"), "acme");
    let http = http();
    let get = async |path: &str| -> Value {
        let url = format!("{}/accounts/acme{path}", serving.text("control_url"));
        http.get(url).send().await.unwrap().json().await.unwrap()
    };
    assert_eq!(get("").await["users"], 4);
    assert_eq!(get("/users").await["users"][0]["active"], false);
    let settings = get("/settings").await;
    assert_eq!(settings["default_count"], 50);
    assert_eq!(settings["rate_limits"]["preset"], "business");
}

#[tokio::test]
async fn where_others_can_reach_it_a_token_is_drawn_and_asked_for() {
    let serving = Serving::with(&["--listen", "0.0.0.0:0"]);
    let http = http();
    let token = serving.text("control_token");
    assert_eq!(token.len(), 32);
    let url = format!("{}/accounts", serving.text("control_url"));
    assert_eq!(http.get(&url).send().await.unwrap().status(), 401);
    let answer = http.get(&url).bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let other = Serving::with(&["--listen", "0.0.0.0:0"]);
    assert_ne!(other.text("control_token"), token);
    assert_ne!(other.text("client_secret"), serving.text("client_secret"));
    let seed = serving.ready["seed"].to_string();
    let again = Serving::with(&["--listen", "0.0.0.0:0", "--seed", &seed]);
    assert_eq!(again.text("client_secret"), serving.text("client_secret"));
    assert_eq!(again.ready.get("seed"), None, "nothing was drawn");
    let zero = Serving::start();
    let on_loopback = Serving::with(&["--seed", "0"]);
    assert_eq!(
        zero.text("client_secret"),
        on_loopback.text("client_secret")
    );
    let chosen = Serving::with(&["--control-token", "chosen"]);
    assert_eq!(chosen.text("control_token"), "chosen");
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
