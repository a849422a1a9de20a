//! Every command where all is well, at every level of the log.

use provisioner::cli::EXIT_OK;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

use super::find::Canary;
use super::{AUDITED, Booth, LEVELS, RUN};

/// What each command is given, in an order in which each has something to do.
fn commands() -> Vec<Vec<&'static str>> {
    let run = |command: &[&'static str], more: &[&'static str]| [command, &RUN, more].concat();
    vec![
        [&["test-connection"][..], &RUN[..4], &RUN[6..]].concat(),
        run(&["plan"], &[]),
        run(&["plan", "--out", "zoom.plan"], &[]),
        run(&["apply", "zoom.plan"], &AUDITED),
        run(&["sync", "--full", "--deep"], &AUDITED),
        run(&["explain", "ann@example.com"], &AUDITED),
        [&["status"][..], &RUN[6..]].concat(),
        vec!["audit", "verify", "zoom.audit"],
        [&["delete-rule"][..], &RUN[..4], &RUN[6..]].concat(),
    ]
}

async fn every_command(level: &str, json: bool) {
    let booth = Booth::new().await;
    booth.desk.zoom.held.lock().unwrap().request_id = Some(super::TOKEN.to_owned());
    for command in commands() {
        let log = ["--log", level];
        let json: &[&str] = if json { &["--json"] } else { &[] };
        let (code, said) = booth.run(&[&command[..], &log, json].concat()).await;
        assert_eq!(code, i32::from(EXIT_OK), "{command:?}: {said}");
        let sends = !["status", "audit", "delete-rule"].contains(&command[0]);
        let is_told = ["debug", "trace"].contains(&level);
        assert_eq!(said.contains(" DEBUG "), sends && is_told, "{command:?}");
    }
    let audit = std::fs::read_to_string(booth.desk.path().join("zoom.audit")).unwrap();
    assert!(
        audit.contains("[secret]"),
        "the server's number was the token: {audit}"
    );
}

#[tokio::test]
async fn at_every_level_of_the_log() {
    for (number, level) in LEVELS.into_iter().enumerate() {
        every_command(level, number % 2 == 0).await;
    }
}

#[tokio::test]
async fn as_text_and_as_json_where_most_is_logged() {
    every_command("trace", false).await;
    every_command("trace", true).await;
}

#[tokio::test]
async fn with_users_from_pingone() {
    let booth = Booth::new().await;
    booth.pingone();
    let source = ["--directory", "pingone:pingone.toml"];
    for command in ["plan", "sync"] {
        let all = [
            &[command][..],
            &RUN[..4],
            &RUN[6..],
            &source,
            &["--log", "trace"],
        ];
        let (code, said) = booth.run(&all.concat()).await;
        assert_eq!(code, i32::from(EXIT_OK), "{said}");
    }
    assert_eq!(booth.desk.zoom.names(), ["ann@example.com"]);
}

/// The log names nobody, and an audit that is told so holds no value.
#[tokio::test]
async fn users_are_named_where_that_is_promised_alone() {
    let booth = Booth::new().await;
    let person = |given_name: &str| serde_json::json!([{ "id": "1", "username": "p3rson@example.com", "given_name": given_name }]);
    let sync = [&["sync", "--full", "--deep"][..], &RUN, &AUDITED].concat();
    let more = ["--audit-values", "none", "--log", "trace", "--quiet"];
    for given_name in ["G1ven-Marker", "An0ther-Marker"] {
        booth
            .desk
            .write("directory.json", &person(given_name).to_string());
        let (code, said) = booth.run(&[&sync[..], &more].concat()).await;
        assert_eq!(code, i32::from(EXIT_OK), "{said}");
        let audit = std::fs::read(booth.desk.path().join("zoom.audit")).unwrap();
        Canary::new("a user", "p3rson@example.com").is_not_in("what is said", said.as_bytes());
        for (place, bytes) in [("what is said", said.as_bytes()), ("the audit", &audit)] {
            Canary::new("a name", given_name).is_not_in(place, bytes);
        }
    }
}

/// What a process was started with is for everybody on the machine to read.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn watch_and_its_metrics_and_the_arguments_of_the_process() {
    let booth = Booth::new().await;
    let more = [
        "--log",
        "trace",
        "--json",
        "--interval",
        "86400",
        "--metrics",
        "127.0.0.1:0",
    ];
    let mut child = booth
        .command(&[&["watch"][..], &RUN, &AUDITED, &more].concat())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut lines = String::new();
    let address = loop {
        let line = told.next_line().await.unwrap().expect("the program ended");
        lines += &line;
        if let Some((_, address)) = line.split_once("metrics on http://") {
            break address.trim_end_matches("/metrics").to_owned();
        }
    };
    let mut ran = String::new();
    stdout.read_line(&mut ran).await.unwrap();
    assert!(ran.contains("\"ok\""), "{ran}");
    for path in ["/metrics", "/readyz", "/healthz", "/"] {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        booth.search_text(path, &answer);
        Canary::new("a user", "ann@example.com").is_not_in(path, &answer);
    }
    let id = child.id().unwrap();
    let arguments = std::fs::read(format!("/proc/{id}/cmdline")).unwrap();
    assert!(arguments.starts_with(env!("CARGO_BIN_EXE_zoom-provisioner").as_bytes()));
    booth.search_text("cmdline", &arguments);
    let mut kill = tokio::process::Command::new("kill");
    kill.args(["-TERM", &id.to_string()]);
    assert!(kill.status().await.unwrap().success());
    while let Some(line) = told.next_line().await.unwrap() {
        lines += &line;
    }
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).await.unwrap();
    booth.search_text("stderr of watch", lines.as_bytes());
    booth.search_text("stdout of watch", &[ran.as_bytes(), &rest].concat());
    booth.search("watch", &child.wait_with_output().await.unwrap());
}
