//! `zoom-provisioner` as cargo builds it, with files of its own.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mock_server::{Account, MockServer};
use serde_json::Value;
use tempfile::TempDir;

use super::record;

/// How often the memory of a run is looked at.
const LOOK: Duration = Duration::from_millis(20);

pub(crate) struct Program {
    path: PathBuf,
    files: TempDir,
    secret: String,
}

/// A run of the program.
pub(crate) struct Run {
    pub(crate) took: Duration,
    /// The most memory that was resident, in bytes, where the system tells.
    pub(crate) peak: Option<f64>,
    /// What `--json` says.
    pub(crate) report: Value,
}

impl Program {
    /// A program whose connection has passed its test, and a directory of so many users.
    pub(crate) fn new(server: &MockServer, account: &Account, users: usize) -> Self {
        let path = escargot::CargoBuild::new()
            .package("provisioner")
            .bin("zoom-provisioner")
            .release()
            .current_target()
            .run()
            .unwrap()
            .path()
            .to_owned();
        let files = tempfile::tempdir().unwrap();
        let credentials = account.credentials();
        let connection = format!(
            "name = \"Zoom\"\nscim_url = \"{}\"\noauth_token_url = \"{}\"\noauth_account_id = \"{}\"\n\
             oauth_client_id = \"{}\"\n",
            server.scim_url(),
            server.token_url(),
            credentials.account_id,
            credentials.client_id
        );
        let mut lines = String::new();
        for number in 0..users {
            writeln!(lines, "{}", record(number)).unwrap();
        }
        writeln!(lines, "{{\"count\":{users}}}").unwrap();
        let program = Self {
            path,
            files,
            secret: credentials.client_secret,
        };
        std::fs::write(program.file("connection.toml"), connection).unwrap();
        std::fs::write(
            program.file("rule.toml"),
            "id = \"everybody\"\nname = \"Everybody\"\n",
        )
        .unwrap();
        std::fs::write(program.file("directory.ndjson"), lines).unwrap();
        let tested = program
            .command("test-connection")
            .args(["--json"])
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(tested.success(), "{tested}");
        program
    }

    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.path);
        command
            .arg(name)
            .arg("--connection")
            .arg(self.file("connection.toml"))
            .arg("--state")
            .arg(self.file("state.db"))
            .env("ZOOM_CLIENT_SECRET", &self.secret);
        command
    }

    /// `sync --json`, with more arguments.
    pub(crate) fn sync(&self, more: &[&str]) -> Run {
        let output = std::fs::File::create(self.file("report.json")).unwrap();
        let start = Instant::now();
        let mut child = self
            .command("sync")
            .arg("--rule")
            .arg(self.file("rule.toml"))
            .arg("--directory")
            .arg(self.file("directory.ndjson"))
            .arg("--json")
            .args(more)
            .stdout(output)
            .spawn()
            .unwrap();
        let mut peak = None;
        let status = loop {
            peak = resident_peak(&child).or(peak);
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(LOOK),
            }
        };
        let took = start.elapsed();
        assert!(status.success(), "{status}");
        let report = std::fs::read(self.file("report.json")).unwrap();
        Run {
            took,
            peak,
            report: serde_json::from_slice(&report).unwrap(),
        }
    }
}

fn resident_peak(child: &Child) -> Option<f64> {
    memory(&child.id().to_string(), "VmHWM:")
}

/// A line of what the system says of a process, in bytes.
pub(crate) fn memory(process: &str, name: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1024.0)
}
