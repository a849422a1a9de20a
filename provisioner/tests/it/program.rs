//! The program `zoom-provisioner`: files, exit codes, and what it says.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use provisioner::cli::{
    EXIT_CREDENTIALS, EXIT_INPUT, EXIT_NOT_USABLE, EXIT_OK, EXIT_SOME_FAILED, EXIT_STATE,
    EXIT_UNREACHABLE, EXIT_WRONG_URL,
};
use serde_json::{Value, json};

use super::fake::{Fake, Instead};

/// Stands for the secret, and must never be printed.
pub(crate) const SECRET: &str = "c4n4ry-s3cret";

/// A folder with the files of a working connection.
pub(crate) struct Desk {
    pub(crate) zoom: Fake,
    folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let zoom = Fake::start().await;
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            zoom,
        };
        let url = &desk.zoom.url;
        desk.write(
            "connection.toml",
            &format!(
                "scim_url = \"{url}/scim2\"\noauth_token_url = \"{url}/oauth/token\"\noauth_account_id = \"acc\"\n\
                 oauth_client_id = \"cid\"\n"
            ),
        );
        desk.write("rule.toml", "id = \"r1\"\n");
        desk.write(
            "directory.json",
            &json!([{ "id": "1", "username": "ann@example.com" }]).to_string(),
        );
        desk
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn append(&self, name: &str, text: &str) {
        let old = std::fs::read_to_string(self.path().join(name)).unwrap();
        self.write(name, &(old + text));
    }

    /// The program in this folder, to be run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoom-provisioner"));
        self.equip(&mut command).args(arguments);
        command
    }

    /// Gives a command the folder and the secret.
    pub(crate) fn equip<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .current_dir(self.path())
            .env("ZOOM_CLIENT_SECRET", SECRET)
            .stdin(Stdio::null())
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        self.output(self.command(arguments)).await
    }

    /// Runs a command, and sees to it that the secret is not printed.
    pub(crate) async fn output(&self, mut command: Command) -> Output {
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap()
            .unwrap();
        let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(text);
            for form in [
                SECRET.to_owned(),
                percent.clone(),
                STANDARD.encode(SECRET),
                STANDARD.encode(format!("cid:{SECRET}")),
            ] {
                assert!(!text.contains(&form), "the secret is printed as {form}");
            }
        }
        output
    }

    pub(crate) async fn sync(&self, more: &[&str]) -> Output {
        let mut arguments = vec![
            "sync",
            "--connection",
            "connection.toml",
            "--rule",
            "rule.toml",
        ];
        arguments.extend(["--directory", "directory.json", "--state", "state.db"]);
        arguments.extend(more);
        self.run(&arguments).await
    }

    pub(crate) async fn test(&self) -> Output {
        self.run(&[
            "test-connection",
            "--connection",
            "connection.toml",
            "--state",
            "state.db",
        ])
        .await
    }
}

/// Asserts the exit code and gives what was said.
#[track_caller]
pub(crate) fn said(output: &Output, code: u8) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let all = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(i32::from(code)), "{all}");
    all
}

#[tokio::test]
async fn a_connection_is_tested_planned_synced_and_shown() {
    let desk = Desk::new().await;
    assert!(said(&desk.test().await, EXIT_OK).contains("The connection can be used."));
    let mut plan = vec![
        "plan",
        "--connection",
        "connection.toml",
        "--rule",
        "rule.toml",
    ];
    plan.extend(["--directory", "directory.json", "--state", "state.db"]);
    let planned = said(&desk.run(&plan).await, EXIT_OK);
    assert!(
        planned.contains("create  1  O1") && planned.contains("A sync would send 1 write."),
        "{planned}"
    );
    assert_eq!(desk.zoom.count("POST /scim2"), 0);
    let result = desk.sync(&["--json"]).await;
    let result: Value = serde_json::from_str(&said(&result, EXIT_OK)).unwrap();
    assert_eq!(
        result["summary"],
        json!({ "impacted": 1, "success": 1, "unsynced": 0, "partial": 0, "failed": 0, "removed": 0, "retained": 0,
            "failed_removals": 0 })
    );
    assert_eq!(result["actions"][0]["row"], "O1");
    assert_eq!(result["writes"], 1);
    let again: Value =
        serde_json::from_str(&said(&desk.sync(&["--full", "--json"]).await, EXIT_OK)).unwrap();
    assert_eq!(
        (&again["writes"], &again["actions"][0]["action"]),
        (&json!(0), &json!("none"))
    );
    let status = said(&desk.run(&["status", "--state", "state.db"]).await, EXIT_OK);
    assert!(status.contains("Links                    1"), "{status}");
    let mut delete = vec![
        "delete-rule",
        "--connection",
        "connection.toml",
        "--rule",
        "rule.toml",
    ];
    delete.extend(["--state", "state.db"]);
    assert!(said(&desk.run(&delete).await, EXIT_OK).contains("The rule r1 is forgotten."));
    let status: Value = serde_json::from_str(&said(
        &desk.run(&["status", "--state", "state.db", "--json"]).await,
        EXIT_OK,
    ))
    .unwrap();
    assert_eq!(status["links"], 0);
}

#[tokio::test]
async fn a_connection_that_was_not_tested_or_is_off_sends_nothing() {
    let desk = Desk::new().await;
    assert!(said(&desk.sync(&[]).await, EXIT_NOT_USABLE).contains("test-connection"));
    assert_eq!(desk.zoom.count(""), 0);
    assert!(
        !desk.path().join("state.db").exists(),
        "a refusal makes no file"
    );
    said(&desk.test().await, EXIT_OK);
    desk.zoom.forget_requests();
    desk.append("connection.toml", "enabled = false\n");
    assert!(said(&desk.sync(&[]).await, EXIT_NOT_USABLE).contains("enabled = false"));
    assert_eq!(desk.zoom.count(""), 0);
    let text = std::fs::read_to_string(desk.path().join("connection.toml")).unwrap();
    desk.write(
        "connection.toml",
        &text
            .replace("\"cid\"", "\"other\"")
            .replace("enabled = false", ""),
    );
    said(&desk.sync(&[]).await, EXIT_NOT_USABLE);
}

#[tokio::test]
async fn bad_input_is_explained_and_nothing_is_sent() {
    let desk = Desk::new().await;
    said(&desk.test().await, EXIT_OK);
    desk.zoom.forget_requests();
    let whole = std::fs::read_to_string(desk.path().join("directory.json")).unwrap();
    for (file, content, words) in [
        (
            "directory.json",
            &whole[..whole.len() - 3],
            "ends in the middle of the JSON (line 1",
        ),
        (
            "directory.json",
            r#"[{"id":"1","username":"a@b"}] []"#,
            "line 1, column 31: trailing characters",
        ),
        (
            "directory.json",
            r#"[{"id":"1","username":"a@b","mail":"x"}]"#,
            "user number 1 (line 1): `mail` is no key of a directory user; is `email` meant?",
        ),
        (
            "rule.toml",
            "id = \"r1\"\nfilter = \"dept pr\"",
            "`dept` is no key of a directory user",
        ),
        (
            "connection.toml",
            "scim_url = \"https://x/scim2\"",
            "`oauth_token_url` is missing",
        ),
        (
            "connection.toml",
            "OAUTH_CLIENT_SECRET = \"x\"",
            "the client secret is in the file",
        ),
    ] {
        let old = std::fs::read_to_string(desk.path().join(file)).unwrap();
        desk.write(file, content);
        let told = said(&desk.sync(&[]).await, EXIT_INPUT);
        assert!(told.contains(file) && told.contains(words), "{told}");
        desk.write(file, &old);
    }
    assert_eq!(desk.zoom.count(""), 0);
    said(&desk.sync(&[]).await, EXIT_OK);
}

#[tokio::test]
async fn a_secret_on_the_command_line_is_refused() {
    let desk = Desk::new().await;
    for argument in [
        format!("--client-secret={SECRET}"),
        "--client-secret".to_owned(),
    ] {
        let told = said(&desk.sync(&[&argument, SECRET]).await, EXIT_INPUT);
        assert!(told.contains("ZOOM_CLIENT_SECRET"), "{told}");
    }
    assert_eq!(desk.zoom.count(""), 0);
}

#[tokio::test]
async fn a_state_that_is_none_is_refused_and_left_as_it_is() {
    let desk = Desk::new().await;
    said(&desk.test().await, EXIT_OK);
    desk.zoom.forget_requests();
    desk.write("state.db", "precious");
    let told = said(&desk.sync(&[]).await, EXIT_STATE);
    assert!(
        told.contains("state.db") && told.contains("was left as it is"),
        "{told}"
    );
    assert_eq!(
        std::fs::read_to_string(desk.path().join("state.db")).unwrap(),
        "precious"
    );
    assert_eq!(desk.zoom.count(""), 0);
    said(
        &desk.run(&["status", "--state", "missing.db"]).await,
        EXIT_STATE,
    );
    assert!(
        !desk.path().join("missing.db").exists(),
        "looking makes no file"
    );
}

#[tokio::test]
async fn zooms_own_words_come_with_a_diagnosis() {
    let desk = Desk::new().await;
    let refused =
        json!({ "reason": "Invalid client_id or client_secret", "error": "invalid_client" });
    desk.zoom.instead(
        "POST /oauth",
        vec![Instead::Answer(400, refused.to_string())],
    );
    let told = said(&desk.test().await, EXIT_CREDENTIALS);
    assert!(
        told.contains("(invalid_client)") && told.contains("Copy client id and client secret"),
        "{told}"
    );
    // A test that failed is not a passed one.
    said(&desk.sync(&[]).await, EXIT_NOT_USABLE);
    said(&desk.test().await, EXIT_OK);
    let taken = json!({ "detail": "Cannot add paid users." });
    desk.zoom
        .instead("POST /scim2", vec![Instead::Answer(409, taken.to_string())]);
    let told = said(&desk.sync(&[]).await, EXIT_SOME_FAILED);
    assert!(told.contains("Cannot add paid users."), "{told}");
    let status = said(&desk.run(&["status", "--state", "state.db"]).await, EXIT_OK);
    assert!(
        status.contains("ann@example.com") && status.contains("Cannot add paid users."),
        "{status}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_from_one_that_refuses() {
    let desk = Desk::new().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let text = std::fs::read_to_string(desk.path().join("connection.toml")).unwrap();
    desk.write(
        "connection.toml",
        &text.replace(&desk.zoom.url, &format!("http://{free}")),
    );
    assert!(said(&desk.test().await, EXIT_UNREACHABLE).contains("(refused)"));
}

#[tokio::test]
async fn a_test_is_remembered_until_settings_change_or_it_fails() {
    let desk = Desk::new().await;
    said(&desk.test().await, EXIT_OK);
    said(&desk.sync(&[]).await, EXIT_OK);
    let refused = || {
        let body = json!({ "reason": "The app has been disabled", "error": "invalid_request" });
        vec![Instead::Answer(400, body.to_string())]
    };
    // Other settings ask for another test; with the old ones back, the old test counts.
    let text = std::fs::read_to_string(desk.path().join("connection.toml")).unwrap();
    for (old, new) in [
        ("\"acc\"", "\"acc2\""),
        ("\"cid\"", "\"cid2\""),
        ("/scim2\"", "/v2/scim2\""),
        ("127.0.0.1", "localhost"),
    ] {
        desk.write("connection.toml", &text.replace(old, new));
        assert!(said(&desk.sync(&[]).await, EXIT_NOT_USABLE).contains("test-connection"));
        desk.zoom.instead("POST /oauth", refused());
        said(&desk.test().await, EXIT_CREDENTIALS);
        desk.write("connection.toml", &text);
        said(&desk.sync(&[]).await, EXIT_OK);
    }
    // The same settings fail: that they passed once is forgotten.
    desk.zoom.instead("POST /oauth", refused());
    assert!(said(&desk.test().await, EXIT_CREDENTIALS).contains("(app_inactive)"));
    desk.zoom.forget_requests();
    said(&desk.sync(&[]).await, EXIT_NOT_USABLE);
    assert_eq!(desk.zoom.count(""), 0);
    said(&desk.test().await, EXIT_OK);
    said(&desk.sync(&[]).await, EXIT_OK);
}

#[tokio::test]
async fn other_roots_ask_for_another_test() {
    let desk = Desk::new().await;
    said(&desk.test().await, EXIT_OK);
    let made = || rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    desk.write("ca.pem", &made().cert.pem());
    desk.append("connection.toml", "ca_file = \"ca.pem\"\n");
    said(&desk.sync(&[]).await, EXIT_NOT_USABLE);
    assert!(said(&desk.test().await, EXIT_OK).contains("1 further trusted root"));
    said(&desk.sync(&[]).await, EXIT_OK);
    desk.write("ca.pem", &made().cert.pem());
    said(&desk.sync(&[]).await, EXIT_NOT_USABLE);
    desk.write("ca.pem", "");
    assert!(said(&desk.test().await, EXIT_INPUT).contains("`ca_file`"));
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_diagnosed_by_the_test_and_refused_by_the_rest() {
    let desk = Desk::new().await;
    said(&desk.test().await, EXIT_OK);
    desk.zoom.forget_requests();
    let text = std::fs::read_to_string(desk.path().join("connection.toml")).unwrap();
    for (old, new, code, exit) in [
        ("\"cid\"", "\"cid \"", "stray_white_space", EXIT_CREDENTIALS),
        (
            "\"acc\"",
            "\"\\tacc\"",
            "stray_white_space",
            EXIT_CREDENTIALS,
        ),
        ("127.0.0.1", "192.0.2.1", "insecure_url", EXIT_WRONG_URL),
        (
            "http://127",
            "http://u:c4n4ry-s3cret@127",
            "invalid_url",
            EXIT_WRONG_URL,
        ),
        (
            "/scim2\"",
            "/scim2?x=c4n4ry-s3cret\"",
            "invalid_url",
            EXIT_WRONG_URL,
        ),
        ("/scim2\"", "/scim2#x\"", "invalid_url", EXIT_WRONG_URL),
    ] {
        desk.write("connection.toml", &text.replace(old, new));
        let told = said(&desk.test().await, exit);
        assert!(told.contains(&format!("({code})")), "{told}");
        assert_eq!(told.matches(" ms ").count(), 1, "one step alone: {told}");
        assert!(said(&desk.sync(&[]).await, EXIT_INPUT).contains("connection.toml: `"));
    }
    desk.write("connection.toml", &text);
    desk.append("connection.toml", "client_secret_file = \"secret\"\n");
    desk.write("secret", &format!("{SECRET}\n\n"));
    assert!(said(&desk.test().await, EXIT_CREDENTIALS).contains("(stray_white_space)"));
    assert!(said(&desk.sync(&[]).await, EXIT_INPUT).contains("`client_secret_file`"));
    assert_eq!(desk.zoom.count(""), 0);
    desk.write("secret", &format!("{SECRET}\n"));
    said(&desk.test().await, EXIT_OK);
}

#[tokio::test]
async fn a_test_warns_of_mappings_that_lose_renames() {
    let desk = Desk::new().await;
    for (mapping, code) in [
        ("Email = \"email\"", "unmapped_username"),
        ("Username = \"username\"", "unmapped_email"),
        (
            "Username = \"username\"\nEmail = \"email\"",
            "different_sources",
        ),
    ] {
        desk.write("rule.toml", &format!("id = \"r1\"\n[mapping]\n{mapping}\n"));
        let mut test = vec!["test-connection", "--connection", "connection.toml"];
        test.extend(["--rule", "rule.toml", "--timeout-s", "20"]);
        let told = said(&desk.run(&test).await, EXIT_OK);
        assert!(told.contains(&format!("({code})")), "{told}");
        test.push("--json");
        let told: Value = serde_json::from_str(&said(&desk.run(&test).await, EXIT_OK)).unwrap();
        let warnings = told["warnings"].as_array().unwrap();
        assert_eq!((warnings.len(), &warnings[0]["code"]), (1, &json!(code)));
    }
    let mut test = vec!["test-connection", "--connection", "connection.toml"];
    test.extend(["--timeout-s", "0"]);
    said(&desk.run(&test).await, EXIT_INPUT);
}

#[tokio::test]
async fn a_secret_that_is_repeated_to_the_program_is_not_printed() {
    let desk = Desk::new().await;
    let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let header = STANDARD.encode(format!("cid:{SECRET}"));
    for told in [SECRET.to_owned(), percent, header] {
        let refused = json!({ "reason": format!("no <{told}>"), "error": told });
        let again = || vec![Instead::Answer(400, refused.to_string())];
        let mut test = vec!["test-connection", "--connection", "connection.toml"];
        for more in [&[][..], &["--json"]] {
            desk.zoom.instead("POST /oauth", again());
            test.extend(more);
            assert!(said(&desk.run(&test).await, EXIT_CREDENTIALS).contains("HTTP 400"));
        }
    }
}

#[tokio::test]
async fn help_and_usage_have_their_exit_codes() {
    let desk = Desk::new().await;
    let help = said(&desk.run(&["--help"]).await, EXIT_OK);
    assert!(
        help.contains("Exit codes:") && help.contains("Examples:"),
        "{help}"
    );
    said(&desk.run(&["synch"]).await, EXIT_INPUT);
    said(&desk.run(&["sync"]).await, EXIT_INPUT);
    // Without a rule everybody would be out of scope.
    let mut forgotten = vec!["sync", "--connection", "connection.toml"];
    forgotten.extend(["--directory", "directory.json", "--state", "state.db"]);
    assert!(said(&desk.run(&forgotten).await, EXIT_INPUT).contains("--rule"));
}
