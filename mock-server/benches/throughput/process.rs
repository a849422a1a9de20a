//! The program from outside: how soon it accepts, how fast it makes up users, and what they cost.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use super::load;

/// How often the start is measured.
const STARTS: usize = 21;

struct Running {
    process: Child,
    ready: Value,
}

impl Running {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_zoom-mock"))
            .args(["serve", "--port", "0", "--ready-json"])
            .stdout(Stdio::piped())
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

    fn control(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        let authority = self.text("base_url").trim_start_matches("http://");
        let account = self.text("account_id");
        let request = format!(
            "{method} /_mock/accounts/{account}{path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        load::raw(authority, request.as_bytes())
    }

    /// The resident memory in bytes, where the system tells.
    fn resident(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kilobytes * 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Prints what the program costs.
pub(crate) fn report(users: usize) {
    let mut starts: Vec<f64> = (0..STARTS)
        .map(|_| {
            let start = Instant::now();
            let running = Running::start();
            let took = start.elapsed();
            drop(running);
            took.as_secs_f64() * 1e3
        })
        .collect();
    starts.sort_by(f64::total_cmp);
    println!("\n{:34} {:>10} {:>9}", "the program", "seen", "at most");
    println!(
        "{:34} {:>7.1} ms {:>6} ms",
        "from its start to accepting",
        starts[STARTS / 2],
        20
    );
    let running = Running::start();
    running.control("PATCH", "/settings", "{\"seats\":{\"basic\":10000000}}");
    let empty = running.resident();
    let start = Instant::now();
    let answer = running.control("POST", "/users/seed", &format!("{{\"count\":{users}}}"));
    let took = start.elapsed().as_secs_f64();
    assert_eq!(
        &answer[9..12],
        b"201",
        "{}",
        String::from_utf8_lossy(&answer)
    );
    println!(
        "{:34} {took:>8.1} s {:>7} s",
        format!("{users} users seeded"),
        10
    );
    if let (Some(empty), Some(full)) = (empty, running.resident()) {
        let each = (full - empty) / users as f64;
        println!("{:34} {each:>8.0} B {:>7} B", "memory of a user", 1536);
    }
}
