//! Provisioners of a few lines behind the driver protocol, each with a way of its own to misbehave.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What every one of them does: answers as it should, except to one message.
const SCRIPT: &str = r#"
import json, os, sys, time

AT, WAY, LINE = sys.argv[1:4]
GOOD = {
    "hello": {"type": "hello", "protocol": 1, "name": "x", "version": "1", "capabilities": {"test_connection": True}},
    "sync": {"type": "synced"},
    "test_connection": {"type": "tested", "ok": True},
}

for line in sys.stdin:
    kind = json.loads(line)["type"]
    if kind == AT and WAY == "silent":
        time.sleep(60)
    elif kind == AT and WAY == "end":
        print("goodbye", file=sys.stderr, flush=True)
        sys.exit(7)
    elif kind == AT and WAY == "endless":
        while True:
            sys.stdout.write("x" * 65536)
    elif kind == AT and WAY == "lines":
        for _ in range(1000000):
            print('{"type":"ok"}')
    elif kind == AT and WAY == "twice":
        print(json.dumps(GOOD.get(kind, {"type": "ok"})))
    elif kind == AT and WAY == "deaf":
        os.close(1)
        time.sleep(60)
    elif kind == AT and WAY == "stderr":
        print(line, file=sys.stderr, flush=True)
        time.sleep(0.1)
    if kind == AT and WAY == "say":
        print(LINE, flush=True)
    else:
        print(json.dumps(GOOD.get(kind, {"type": "ok"})), flush=True)
"#;

/// A provisioner that misbehaves at one message.
pub(crate) struct Foreign {
    at: &'static str,
    way: &'static str,
    line: &'static str,
}

impl Foreign {
    const fn new(at: &'static str, way: &'static str, line: &'static str) -> Self {
        Self { at, way, line }
    }

    pub(crate) fn good() -> Self {
        Self::new("", "", "")
    }

    pub(crate) fn silent_at(at: &'static str) -> Self {
        Self::new(at, "silent", "")
    }

    pub(crate) fn ends_at(at: &'static str) -> Self {
        Self::new(at, "end", "")
    }

    pub(crate) fn endless_at(at: &'static str) -> Self {
        Self::new(at, "endless", "")
    }

    pub(crate) fn says(at: &'static str, line: &'static str) -> Self {
        Self::new(at, "say", line)
    }

    /// It says a million lines and more.
    pub(crate) fn says_lines_at(at: &'static str) -> Self {
        Self::new(at, "lines", "")
    }

    /// It answers two times.
    pub(crate) fn answers_twice_at(at: &'static str) -> Self {
        Self::new(at, "twice", "")
    }

    /// It closes its stdout and goes on.
    pub(crate) fn closes_at(at: &'static str) -> Self {
        Self::new(at, "deaf", "")
    }

    pub(crate) fn tells_its_start_to_stderr() -> Self {
        Self::new("start", "stderr", "")
    }

    /// The command that runs it; its script is written into a folder.
    pub(crate) fn command(&self, python: &str, folder: &Path) -> String {
        let script = folder.join("foreign.py");
        std::fs::write(&script, SCRIPT).unwrap();
        let Self { at, way, line } = self;
        format!("{python} '{}' '{at}' '{way}' '{line}'", script.display())
    }
}

/// The name of Python on this machine; where there is none, says that something is skipped.
pub(crate) fn python_or_skip(what: &str) -> Option<String> {
    for name in ["python3", "python"] {
        let mut version = Command::new(name);
        version.arg("--version").stdout(Stdio::null());
        if version.status().is_ok_and(|status| status.success()) {
            return Some(name.to_owned());
        }
    }
    // Not by `eprintln!`, which the test harness keeps to itself.
    let told = format!("SKIPPED: {what}: there is no python3 on this machine\n");
    std::io::stderr().write_all(told.as_bytes()).unwrap();
    None
}
