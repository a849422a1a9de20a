//! The program while it runs: what it says line by line, and what signals do to it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod log;
mod metrics;
mod stop;
mod watch;

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::program::{Desk, SECRET, said};

/// How long one line may take: far more than it takes.
const LIMIT: Duration = Duration::from_secs(60);

/// A program that runs.
struct Running {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
}

impl Running {
    fn start(desk: &Desk, command: &str, more: &[&str]) -> Self {
        let mut arguments = vec![
            command,
            "--connection",
            "connection.toml",
            "--rule",
            "rule.toml",
        ];
        arguments.extend(["--directory", "directory.json", "--state", "state.db"]);
        arguments.extend(more);
        Self::start_with(desk, &arguments)
    }

    fn start_with(desk: &Desk, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_zoom-provisioner"))
            .args(arguments)
            .current_dir(desk.path())
            .env("ZOOM_CLIENT_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        Self {
            child,
            stdout,
            stderr,
        }
    }

    /// A watch that has nothing to do but what it is told, on a desk whose connection has passed its test.
    async fn watch(desk: &Desk, more: &[&str]) -> Self {
        said(&desk.test().await, 0);
        Self::start(desk, "watch", &[&["--json"], more].concat())
    }

    async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let kill = Command::new("kill").args([name, &id]).status().await;
        assert!(kill.unwrap().success());
    }

    /// What the next run came to.
    async fn ran(&mut self) -> Value {
        let line = tokio::time::timeout(LIMIT, self.stdout.next_line()).await;
        let line = line.expect("no line came").unwrap();
        match line {
            Some(line) => serde_json::from_str(&line).unwrap(),
            None => {
                let mut told = String::new();
                while let Ok(Some(line)) = self.stderr.next_line().await {
                    told += &line;
                }
                panic!("the program ended: {told}");
            }
        }
    }

    /// The next line on stderr that has this in it.
    async fn tells(&mut self, words: &str) -> String {
        let looks = async {
            loop {
                let line = self.stderr.next_line().await.unwrap();
                let line = line.expect("the program ended");
                if line.contains(words) {
                    return line;
                }
            }
        };
        tokio::time::timeout(LIMIT, looks).await.expect(words)
    }

    async fn ended(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(LIMIT, self.child.wait()).await;
        ended.expect("it does not end").unwrap()
    }

    /// Stops it between two runs.
    async fn stop(mut self) {
        self.signal("-TERM").await;
        assert_eq!(self.ended().await.code(), Some(0));
    }
}

/// A directory of so many people, put in place in one step.
fn people(desk: &Desk, count: usize) {
    let people: Vec<Value> = (0..count)
        .map(|number| json!({ "id": format!("u{number}"), "username": format!("user{number}@example.com") }))
        .collect();
    desk.write("new.json", &Value::from(people).to_string());
    std::fs::rename(
        desk.path().join("new.json"),
        desk.path().join("directory.json"),
    )
    .unwrap();
}
