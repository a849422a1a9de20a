//! What a run does with a directory that could not be read completely, or not everybody in it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use provisioner::cli::{EXIT_INPUT, EXIT_OK, EXIT_SOME_FAILED};
use provisioner::directory::Refused;
use provisioner::{Directory, SyncOptions};
use serde_json::Value;

use super::pingone_fake::{Answer, PingOne, SECRET};
use crate::fake::{Fake, people};

const CHANGED: SyncOptions = SyncOptions {
    full: false,
    deep: false,
    due_only: false,
    allow_removals: None,
    accept_count: None,
};
const FULL: SyncOptions = SyncOptions {
    full: true,
    deep: false,
    due_only: false,
    allow_removals: None,
    accept_count: None,
};

fn refused(number: usize) -> Refused {
    Refused {
        id: format!("u{number}").into(),
        username: None,
        reason: "d.csv, line 3: `enabled` is text".to_owned(),
    }
}

#[tokio::test]
async fn i21_nobody_is_removed_who_is_missing_from_an_incomplete_read() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    for users in [0..0, 0..1, 3..4] {
        let cut = Directory {
            complete: false,
            gaps: vec!["cut off".to_owned()],
            ..people(users)
        };
        for options in [CHANGED, FULL] {
            let plan = engine.plan(&cut, options).await.unwrap();
            assert!(
                plan.actions
                    .iter()
                    .all(|action| action.write.is_none() || action.user == "u3")
            );
            assert_eq!(engine.sync(&cut, options).await.unwrap().summary.removed, 0);
        }
    }
    assert_eq!(zoom.count("PATCH") + zoom.count("DELETE"), 0);
    assert_eq!(
        engine
            .sync(&people(0..1), CHANGED)
            .await
            .unwrap()
            .summary
            .removed,
        3
    );
}

#[tokio::test]
async fn f63_who_cannot_be_read_fails_and_stays_as_they_are() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    let before = zoom.names();
    zoom.forget_requests();
    let some = || Directory {
        refused: vec![refused(1), refused(7)],
        ..people(0..1)
    };
    for options in [CHANGED, FULL] {
        let report = engine.sync(&some(), options).await.unwrap();
        let summary = report.summary;
        assert_eq!(
            (summary.impacted, summary.success, summary.failed),
            (3, 1, 2)
        );
        assert_eq!((report.writes, summary.removed), (0, 0));
        let told = report
            .actions
            .iter()
            .find(|action| action.user == "u1")
            .unwrap();
        assert_eq!(
            told.username, "user1@example.com",
            "the name that is remembered"
        );
        assert_eq!(
            told.error.as_deref(),
            Some("d.csv, line 3: `enabled` is text")
        );
    }
    assert_eq!(zoom.names(), before);
    let plan = engine.plan(&some(), FULL).await.unwrap();
    assert!(plan.actions.iter().any(|action| action.user == "u7"));
    // The record is put right: no trace is left.
    let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.success, report.summary.failed, report.writes),
        (2, 0, 0)
    );
}

/// The program on a desk of its own.
struct Desk {
    zoom: Fake,
    folder: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Self {
        let zoom = Fake::start().await;
        let folder = tempfile::tempdir().unwrap();
        let desk = Self { zoom, folder };
        let url = &desk.zoom.url;
        desk.write(
            "connection.toml",
            &format!(
                "scim_url = \"{url}/scim2\"\noauth_token_url = \"{url}/oauth/token\"\noauth_account_id = \"acc\"\n\
                 oauth_client_id = \"cid\"\n"
            ),
        );
        desk.write("rule.toml", "id = \"r1\"\n");
        let test = [
            "test-connection",
            "--connection",
            "connection.toml",
            "--state",
            "state.db",
        ];
        said(&run(desk.path(), &test).await, EXIT_OK);
        desk
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    async fn command(&self, command: &str, directory: &str, more: &[&str]) -> Output {
        let mut arguments = vec![
            command,
            "--connection",
            "connection.toml",
            "--rule",
            "rule.toml",
        ];
        arguments.extend(["--state", "state.db", "--directory", directory]);
        arguments.extend(more);
        run(self.path(), &arguments).await
    }
}

async fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoom-provisioner"));
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
        .env("ZOOM_CLIENT_SECRET", "s3cret")
        .env("PINGONE_CLIENT_SECRET", SECRET);
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap()
}

#[track_caller]
fn said(output: &Output, code: u8) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let all = text(&output.stdout) + &text(&output.stderr);
    assert!(!all.contains(SECRET), "{all}");
    assert_eq!(output.status.code(), Some(i32::from(code)), "{all}");
    all
}

#[tokio::test]
async fn the_program_says_what_was_incomplete_and_that_removals_wait() {
    let desk = Desk::new().await;
    desk.write(
        "users.csv",
        "id,username\n1,ann@example.com\n2,bob@example.com\n# count: 2\n",
    );
    said(&desk.command("sync", "users.csv", &[]).await, EXIT_OK);
    desk.write("users.csv", "id,username\n1,ann@example.com\n");
    for command in ["plan", "sync"] {
        let told = said(
            &desk.command(command, "users.csv", &["--full"]).await,
            EXIT_OK,
        );
        assert!(told.contains("removals wait for a complete read"), "{told}");
        assert!(
            told.contains("users.csv: nothing says how many users are in it"),
            "{told}"
        );
    }
    let told = said(
        &desk.command("sync", "users.csv", &["--json"]).await,
        EXIT_OK,
    );
    let told: Value = serde_json::from_str(told.lines().next().unwrap()).unwrap();
    assert!(
        told["warnings"][0]
            .as_str()
            .unwrap()
            .contains("not read completely")
    );
    assert_eq!(desk.zoom.count("PATCH"), 0);
    said(
        &desk
            .command("sync", "users.csv", &["--directory-count", "1"])
            .await,
        EXIT_OK,
    );
    assert_eq!(desk.zoom.count("PATCH"), 1, "a count makes it whole");
    desk.write(
        "users",
        "{\"id\":\"1\",\"username\":\"ann@example.com\",\"enabled\":1}\n{\"count\":1}\n",
    );
    said(&desk.command("sync", "users", &[]).await, EXIT_INPUT);
    let told = said(
        &desk
            .command("sync", "users", &["--directory-format", "ndjson"])
            .await,
        EXIT_SOME_FAILED,
    );
    assert!(
        told.contains("users, line 1: `enabled` is a number; it takes true or false"),
        "{told}"
    );
    assert!(told.contains("1 user of the directory failed"), "{told}");
}

#[tokio::test]
async fn the_program_provisions_from_pingone() {
    let (desk, pingone) = (Desk::new().await, PingOne::start(5).await);
    let directory = format!("pingone:{}", pingone.settings("").display());
    said(&desk.command("sync", &directory, &[]).await, EXIT_OK);
    assert_eq!(desk.zoom.names().len(), 5);
    pingone.change(|held| {
        held.users.pop();
    });
    pingone.instead(2, [Answer::new(403, "")]);
    let told = said(&desk.command("sync", &directory, &[]).await, EXIT_OK);
    assert!(
        told.contains("PingOne, page 2: answered 403") && told.contains("removals wait"),
        "{told}"
    );
    assert_eq!(desk.zoom.count("PATCH"), 0);
    said(&desk.command("sync", &directory, &[]).await, EXIT_OK);
    assert_eq!(desk.zoom.count("PATCH"), 1);
    pingone.instead(1, [Answer::new(403, "")]);
    said(&desk.command("sync", &directory, &[]).await, EXIT_INPUT);
    said(
        &desk
            .command("sync", &directory, &["--directory-count", "5"])
            .await,
        EXIT_INPUT,
    );
    said(
        &desk.command("sync", "pingone:missing.toml", &[]).await,
        EXIT_INPUT,
    );
}
