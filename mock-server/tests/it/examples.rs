//! The examples of the help texts: whoever types them in gets what they say.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::program::{Serving, zoom_mock};

fn help(command: &[&str]) -> String {
    let output = zoom_mock(&[command, &["--help"]].concat())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The subcommands that a help text lists.
fn subcommands(help: &str) -> Vec<String> {
    let listed = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// The commands that a help text shows: lines that begin with the program, with what continues them.
fn examples(help: &str) -> Vec<String> {
    let joined = help.replace("\\\n", " ");
    let lines = joined
        .lines()
        .filter(|line| line.starts_with("  zoom-mock "));
    lines.map(|line| line.trim().to_owned()).collect()
}

fn all() -> Vec<String> {
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    let mut found = Vec::new();
    while let Some(command) = waiting.pop() {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let text = help(&words);
        found.extend(examples(&text));
        for name in subcommands(&text) {
            waiting.push([&command[..], &[name]].concat());
        }
    }
    found.sort();
    found.dedup();
    found
}

/// A shell in a folder that finds the program and the files that examples name.
fn shell(folder: &Path, command: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_zoom-mock")).parent().unwrap();
    let path = std::env::join_paths(std::iter::once(program.to_owned()).chain(
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()),
    ));
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("exec {command}")])
        .current_dir(folder)
        .env("PATH", path.unwrap())
        .stdin(Stdio::null());
    shell
}

#[test]
fn every_example_of_a_help_text_works() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("account.json", r#"{"account_id":"acme"}"#);
    write("users.json", r#"[{"userName":"ann@example.com"}]"#);
    write(
        "faults.toml",
        "[[faults]]\nid = \"slow\"\nthen = { delay = { ms = 1 } }\n",
    );
    let all = all();
    assert!(all.len() >= 15, "{all:?}");
    for example in all {
        if example.starts_with("zoom-mock serve") {
            serves(folder.path(), &example);
            continue;
        }
        let serving = Serving::start();
        let command = example.replace("CLIENT_ID", serving.text("client_id"));
        let output = shell(folder.path(), &command)
            .env("ZOOM_MOCK_URL", serving.text("base_url"))
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {stderr}");
    }
}

/// On a free port, so that no test is in the way of another.
fn serves(folder: &Path, example: &str) {
    let mut command = example.to_owned();
    for option in ["--port 0", "--ready-json"] {
        if !command.contains(option) {
            command = format!("{command} {option}");
        }
    }
    let mut process = shell(folder, &command)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let read = BufReader::new(process.stdout.take().unwrap()).read_line(&mut line);
    process.kill().unwrap();
    process.wait().unwrap();
    read.unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap_or_default();
    assert!(ready["base_url"].is_string(), "{command}: {line}");
}
