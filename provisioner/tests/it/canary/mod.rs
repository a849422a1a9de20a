//! No secret gets out: with a canary in each, every command is run, well and ill, and everything that it leaves behind
//! is searched.

mod failing;
mod find;
mod shown;
mod well;

use std::process::{Output, Stdio};

use provisioner::{ConnectionFile, Fact, Links as _, Memory, SqliteLinks};
use serde_json::{Value, json};
use tokio::process::Command;

use self::find::Canary;
use super::fake::Instead;
use super::program::Desk;

/// With what JSON, URLs and shells escape.
pub(super) const SECRET: &str = "Zc4n\"4ry\\sEcret/+%&=\u{e9}7~q";
/// What may stand in a header.
pub(super) const TOKEN: &str = "tOk3n-C4n4ry.\"x\\/+%&=~Yz0";
pub(super) const PINGONE_SECRET: &str = "p1ngC4n4ry/+\"\\%&=~\u{e8}Kw";
pub(super) const PINGONE_TOKEN: &str = "p1ngt0k-C4n4ry./+~=Qx9";

const ENVIRONMENT: &str = "b1f5a3c2-9d5e-4c3a-8f11-0a1b2c3d4e5f";
pub(super) const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// What most commands are about.
pub(super) const RUN: [&str; 8] = [
    "--connection",
    "connection.toml",
    "--rule",
    "rule.toml",
    "--directory",
    "directory.json",
    "--state",
    "state.db",
];
pub(super) const AUDITED: [&str; 2] = ["--audit", "zoom.audit"];

/// A desk at which everything that is said and written is searched.
pub(super) struct Booth {
    pub(super) desk: Desk,
    canaries: [Canary; 4],
}

impl Booth {
    /// A desk whose connection counts as tested, and whose Zoom issues one token.
    pub(super) async fn new() -> Self {
        let desk = Desk::new().await;
        desk.zoom.held.lock().unwrap().token = Some(TOKEN.to_owned());
        let booth = Self {
            desk,
            canaries: [
                Canary::new("the client secret", SECRET),
                Canary::new("the token", TOKEN),
                Canary::new("PingOne's secret", PINGONE_SECRET),
                Canary::new("PingOne's token", PINGONE_TOKEN),
            ],
        };
        booth.count_as_tested().await;
        booth
    }

    /// The connection as it is written now counts as tested.
    pub(super) async fn count_as_tested(&self) {
        let file = ConnectionFile::read(&self.desk.path().join("connection.toml")).unwrap();
        let connection = file.with_secret(Some(SECRET.to_owned())).unwrap();
        let passed = Some(connection.authentication_fingerprint());
        let links = SqliteLinks::open(&self.desk.path().join("state.db")).await;
        let fact = Memory::Fact(Fact::TestPassed, passed);
        links.unwrap().save(vec![fact]).await.unwrap();
    }

    /// The fake answers as PingOne too; the directory is there then.
    pub(super) fn pingone(&self) {
        let url = &self.desk.zoom.url;
        self.desk.write(
            "pingone.toml",
            &format!(
                "api_url = \"{url}/v1\"\nauth_url = \"{url}/\"\nenvironment_id = \"{ENVIRONMENT}\"\nclient_id = \"worker\"\n"
            ),
        );
        let token =
            json!({ "access_token": PINGONE_TOKEN, "expires_in": 3600, "token_type": "Bearer" });
        self.often(&format!("POST /{ENVIRONMENT}/as/token"), 200, &token);
        let user = json!({
            "id": "1", "username": "ann@example.com", "email": "ann@example.com", "enabled": true,
            "lifecycle": { "status": "ACCOUNT_OK" },
        });
        let page = json!({ "_embedded": { "users": [user] }, "count": 1, "size": 1 });
        self.often(
            &format!("GET /v1/environments/{ENVIRONMENT}/users"),
            200,
            &page,
        );
    }

    /// All requests that begin so are answered so.
    pub(super) fn often(&self, request: &str, status: u16, body: &Value) {
        let answer = Instead::Answer(status, body.to_string());
        self.desk.zoom.instead(request, vec![answer; 100]);
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoom-provisioner"));
        command
            .args(arguments)
            .current_dir(self.desk.path())
            .env("ZOOM_CLIENT_SECRET", SECRET)
            .env("PINGONE_CLIENT_SECRET", PINGONE_SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs the program, searches, and gives its exit code with what it said.
    #[expect(
        clippy::panic,
        reason = "a test that cannot go on says so by panicking"
    )]
    pub(super) async fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.command(arguments).output().await.unwrap();
        let what = arguments.join(" ");
        self.search(&what, &output);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        let Some(code) = output.status.code() else {
            panic!("{what}: {:?}: {said}", output.status);
        };
        (code, said)
    }

    /// Searches what was said, and every file.
    pub(super) fn search(&self, what: &str, output: &Output) {
        self.search_text(&format!("stdout of {what}"), &output.stdout);
        self.search_text(&format!("stderr of {what}"), &output.stderr);
        let mut files = 0;
        for entry in std::fs::read_dir(self.desk.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            self.search_text(&format!("{} after {what}", path.display()), &bytes);
            files += 1;
        }
        assert!(
            files >= 4,
            "there are a connection, a rule, a directory and a state"
        );
    }

    pub(super) fn search_text(&self, place: &str, bytes: &[u8]) {
        for canary in &self.canaries {
            canary.is_not_in(place, bytes);
        }
    }
}
