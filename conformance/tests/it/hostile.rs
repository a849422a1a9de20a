//! Provisioners that break the driver protocol: each has a verdict by name, none is a hang, none is green.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child as Process, Command, Output, Stdio};

use conformance::cli::{EXIT_NOT_RUN, EXIT_OK, EXIT_USAGE};
use conformance::driver::{ANSWER_DEADLINE, Child, Misconduct};
use conformance::generate::{Cell, Event, Prior};
use conformance::run::{Stage, execute};
use conformance::scenario::Step;
use mock_server::{Config, MockServer};
use serde_json::Value;

use super::cli::{assert_code, conformance, text};
use super::fixtures::root;
use super::foreign::{Foreign, python_or_skip};

const CELL: &str = "C1U1D1P1R1X1/create/absent";
/// Long enough for Python to start on a machine that is busy.
const PATIENT: &str = "20000";

fn run(folder: &Path, how: &[&str], timeout_ms: &str) -> Output {
    let mut arguments = vec!["run", "--only", CELL, "--timeout-ms", timeout_ms];
    arguments.extend(["--json", "result.json"]);
    arguments.extend(how);
    conformance(folder, &arguments)
}

#[track_caller]
fn has_verdict(output: &Output, misconduct: Misconduct, why: &str) {
    assert_code(output, EXIT_NOT_RUN);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    let verdict = format!("could not be run: {}: ", misconduct.name());
    assert!(said.contains(&verdict), "{verdict} is not in {said}");
    assert!(said.contains(why), "{why} is not in {said}");
    assert!(!said.contains("all hold"), "{said}");
}

#[test]
fn a_process_that_misbehaves_has_a_verdict_by_name() {
    use Misconduct as M;
    let Some(python) = python_or_skip("processes that misbehave") else {
        return;
    };
    let says = Foreign::says;
    let other_protocol = r#"{"type":"hello","protocol":7}"#;
    for (foreign, timeout_ms, misconduct, why) in [
        (
            Foreign::silent_at("hello"),
            "500",
            M::TimedOut,
            "`hello` in 0.5 s",
        ),
        (
            Foreign::silent_at("sync"),
            "4000",
            M::TimedOut,
            "`sync` in 4 s",
        ),
        (
            Foreign::ends_at("start"),
            PATIENT,
            M::Crashed,
            "exit code 7 at `start`",
        ),
        (
            Foreign::ends_at("sync"),
            PATIENT,
            M::Crashed,
            "its stderr: goodbye",
        ),
        (
            Foreign::closes_at("sync"),
            PATIENT,
            M::Crashed,
            "closed its stdout",
        ),
        (
            Foreign::endless_at("sync"),
            PATIENT,
            M::Flood,
            "1048576 bytes",
        ),
        (
            Foreign::says_lines_at("sync"),
            PATIENT,
            M::OutOfOrder,
            "`ok` to `sync`",
        ),
        (
            Foreign::answers_twice_at("sync"),
            PATIENT,
            M::OutOfOrder,
            "it ",
        ),
        (
            says("sync", r#"{"type":"ok"}"#),
            PATIENT,
            M::OutOfOrder,
            "`ok` to `sync`",
        ),
        (says("sync", "all good!"), PATIENT, M::Rubbish, "all good!"),
        (
            says("sync", r#"{"type":"synced","summary":7}"#),
            PATIENT,
            M::Rubbish,
            "invalid type",
        ),
        (says("start", "[]"), PATIENT, M::Rubbish, "not the protocol"),
        (
            says("hello", other_protocol),
            PATIENT,
            M::WrongProtocol,
            "version 7",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let command = foreign.command(&python, folder.path());
        let output = run(folder.path(), &["--driver", &command], timeout_ms);
        has_verdict(&output, misconduct, why);
    }
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["--driver", "./not-there"], PATIENT);
    has_verdict(&output, M::Unreachable, "./not-there");
}

/// A server that answers well but for one message.
const SERVER: &str = r#"
import http.server, json, sys, time

AT, WAY = sys.argv[1:3]

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        kind = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["type"]
        good = {"hello": {"type": "hello", "protocol": 1, "name": "x"}, "sync": {"type": "synced"}}
        content, status = json.dumps(good.get(kind, {"type": "ok"})).encode(), 200
        if kind == AT and WAY == "silent":
            time.sleep(60)
        elif kind == AT and WAY == "hang up":
            return
        elif kind == AT and WAY == "500":
            status, content = 500, b"oops"
        elif kind == AT and WAY == "redirect":
            status = 307
        elif kind == AT and WAY == "rubbish":
            content = b"<html>"
        elif kind == AT and WAY == "flood":
            content = b"x" * 2000000
        self.send_response(status)
        self.send_header("Location", "http://192.0.2.1/")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
"#;

/// A running server, which ends with this.
struct Running {
    process: Process,
    url: String,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        Self {
            process,
            url: url.trim().to_owned(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_server_that_misbehaves_has_a_verdict_by_name() {
    use Misconduct as M;
    let Some(python) = python_or_skip("servers that misbehave") else {
        return;
    };
    for (at, way, misconduct, why) in [
        ("sync", "silent", M::TimedOut, "`sync` in 4 s"),
        ("sync", "hang up", M::Crashed, "error sending request"),
        ("hello", "500", M::Rubbish, "HTTP 500"),
        ("sync", "redirect", M::Rubbish, "HTTP 307"),
        ("sync", "rubbish", M::Rubbish, "<html>"),
        ("start", "flood", M::Flood, "1048576 bytes"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Running::start(Command::new(&python).args(["-c", SERVER, at, way]));
        let output = run(folder.path(), &["--driver-url", &server.url], "4000");
        has_verdict(&output, misconduct, why);
    }
    let folder = tempfile::tempdir().unwrap();
    let gone = Running::start(Command::new(&python).args(["-c", SERVER, "", ""]));
    let url = gone.url.clone();
    drop(gone);
    let output = run(folder.path(), &["--driver-url", &url], "4000");
    has_verdict(&output, M::Unreachable, "onnect");
    let output = run(
        folder.path(),
        &["--driver-url", "http://example.com"],
        "4000",
    );
    assert_code(&output, EXIT_USAGE);
    assert!(text(&output.stderr).contains("another machine"));
}

fn adapter() -> String {
    let path = root().join("conformance/adapters/provisioner.py");
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_server_passes_what_a_process_passes() {
    let Some(python) = python_or_skip("the example as a server") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(&python);
    let server = Running::start(command.args([&adapter(), "--port", "0"]));
    let selected = [
        "run",
        "--only",
        "C1U1D1P1R1X0/*",
        "--driver-url",
        &server.url,
    ];
    let output = conformance(folder.path(), &[&selected[..], &["--json", "-"]].concat());
    assert_code(&output, EXIT_OK);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["cells"]["passed"], 72);
    assert_eq!(result["run"]["provisioner"], "example in Python 1");
}

/// A cell in whose event the provisioner is killed at a request, and which gets its runs to settle.
fn killed(event: Event, request: u32, applied: bool) -> conformance::scenario::Scenario {
    let cell = Cell {
        configuration: "C1U1D1P1R1X1".parse().unwrap(),
        event,
        prior: Prior::LinkedEqual,
    };
    let mut scenario = cell.scenario();
    let at = scenario.steps.iter().rposition(|step| {
        matches!(
            step,
            Step::Sync { full: false, .. } | Step::DeleteRule { .. }
        )
    });
    scenario
        .steps
        .insert(at.unwrap(), Step::Kill { request, applied });
    let full = Step::FULL;
    scenario.steps.extend(std::iter::repeat_n(full, 3));
    scenario
        .steps
        .insert(scenario.steps.len() - 1, Step::Restart);
    scenario
}

#[test]
fn the_example_is_killed_and_goes_on_from_its_state() {
    let Some(python) = python_or_skip("the example in Python, killed") else {
        return;
    };
    let server = MockServer::start(&Config::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let command = format!("{python} '{}'", adapter());
    let mut driver = Child::new(&command, ANSWER_DEADLINE).unwrap();
    let mut kills = 0;
    for event in [
        Event::Change,
        Event::Delete,
        Event::Recreate,
        Event::DeleteRule,
    ] {
        for (request, applied) in [(1, false), (2, false), (2, true)] {
            let scenario = killed(event, request, applied);
            let stage = Stage::open(&server).unwrap();
            let verdict = runtime
                .block_on(execute(&scenario, stage, &mut driver))
                .unwrap();
            let violations = &verdict.judgement.violations;
            assert!(
                violations.is_empty(),
                "{event:?} {request} {applied}: {violations:#?}"
            );
            kills += verdict.records.iter().filter(|one| one.killed).count();
        }
    }
    // A user who comes back is found by one request, so that there is no second one.
    assert_eq!(kills, 10);
}
