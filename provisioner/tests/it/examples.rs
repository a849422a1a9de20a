//! The examples of the help texts: whoever types them in gets what they say.

#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Stdio};

use provisioner::cli::EXIT_OK;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::program::{Desk, SECRET, said};

const PROGRAM: &str = env!("CARGO_BIN_EXE_zoom-provisioner");

fn help(command: &[&str]) -> String {
    let output = Command::new(PROGRAM)
        .args(command)
        .arg("--help")
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
    // What describes them may take several lines, which are indented further.
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names
        .filter(|name| !name.is_empty() && *name != "help")
        .map(str::to_owned)
        .collect()
}

/// The commands that a help text shows: lines that begin with the program, with what continues them.
fn examples(help: &str) -> Vec<String> {
    let joined = help.replace("\\\n", " ");
    let lines = joined
        .lines()
        .filter(|line| line.starts_with("  zoom-provisioner "));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// A shell in a folder that finds the program and the files that examples name.
fn shell(folder: &Path, command: &str) -> Command {
    let path = std::env::join_paths(
        std::iter::once(Path::new(PROGRAM).parent().unwrap().to_owned()).chain(
            std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()),
        ),
    );
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("exec {command}")])
        .current_dir(folder)
        .env("PATH", path.unwrap())
        .env("ZOOM_CLIENT_SECRET", SECRET)
        .stdin(Stdio::null());
    shell
}

#[tokio::test]
async fn every_example_of_a_help_text_works() {
    let main = help(&[]);
    let mut all = examples(&main);
    for name in subcommands(&main) {
        let found = examples(&help(&[&name]));
        assert!(!found.is_empty(), "{name} has no example");
        all.extend(found);
    }
    all.sort();
    all.dedup();
    for example in all {
        let desk = Desk::new().await;
        let at = |name: &str| desk.path().join(name);
        for (name, shown) in [
            ("connection.toml", "zoom.toml"),
            ("rule.toml", "staff.toml"),
            ("directory.json", "users.json"),
        ] {
            std::fs::copy(at(name), at(shown)).unwrap();
        }
        said(&desk.test().await, EXIT_OK);
        std::fs::rename(at("state.db"), at("zoom.db")).unwrap();
        let before = match &example {
            example if example.contains(" apply ") => Some(
                "zoom-provisioner plan --connection zoom.toml --rule staff.toml --directory users.json --state zoom.db --out zoom.plan",
            ),
            example if example.contains("audit verify") || example.contains(" explain ") => Some(
                "zoom-provisioner sync --connection zoom.toml --rule staff.toml --directory users.json --state zoom.db --audit zoom.audit",
            ),
            _ => None,
        };
        if let Some(before) = before {
            let mut before = shell(desk.path(), before);
            let status = tokio::task::spawn_blocking(move || before.output().unwrap().status);
            assert!(status.await.unwrap().success(), "{example}");
        }
        let command = shell(desk.path(), &example);
        if example.contains(" watch ") {
            watches(command, &example).await;
            continue;
        }
        let mut command = command;
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        let output = output.unwrap().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{example}: {stderr}");
    }
}

/// It keeps running: what it says of its first run is that all is well.
async fn watches(command: Command, example: &str) {
    let mut command = tokio::process::Command::from(command);
    let command = command.stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap_or_default();
    assert!(line.contains("ok"), "{example}: {line}");
}
