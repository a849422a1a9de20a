//! The README's five-minute tour, typed as it is written.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::fixtures::root;
use super::programs::built;

/// The port that the README names; the test takes a free one in its place.
const PORT: &str = "8080";

/// The blocks of the README that stand under a `<!-- tour -->` mark, and the one that starts the server.
fn blocks() -> (String, Vec<String>) {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let block = |text: &str| {
        let (_, rest) = text.split_once("```sh\n").unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let (_, serve) = readme.split_once("<!-- tour: serve -->").unwrap();
    let blocks = readme.split("<!-- tour -->").skip(1).map(block).collect();
    (block(serve), blocks)
}

/// A shell in which `cargo run` starts the programs as this test's build made them.
fn shell(folder: &Path, script: &str) -> Command {
    let mut preamble = String::from("set -eu\ncargo() {\n  shift 4\n  case \"$1\" in\n");
    for (package, program) in [
        ("mock-server", "zoom-mock"),
        ("provisioner", "zoom-provisioner"),
    ] {
        let path = built(package, program).display().to_string();
        let _ = writeln!(preamble, "    {package}) shift 2; '{path}' \"$@\";;");
    }
    preamble.push_str("  esac\n}\n");
    let mut command = Command::new("sh");
    command
        .arg("-c")
        // `cargo run --release -p NAME -- ARGUMENTS`: what is shifted away leaves NAME first.
        .arg(preamble.replace("shift 4", "shift 3") + script)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the server as the README does, but on a free port; gives its port.
fn serve(folder: &Path, block: &str) -> (Serving, String) {
    let script = format!("exec_{}", block.trim());
    let script = script.replace(
        "exec_cargo run --release -p mock-server --",
        "exec \"$ZOOM_MOCK\"",
    );
    assert!(
        script.starts_with("exec \"$ZOOM_MOCK\" serve"),
        "the tour begins otherwise: {block}"
    );
    let mut process = shell(folder, &format!("{script} --port 0 --ready-json"))
        .env("ZOOM_MOCK", built("mock-server", "zoom-mock"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let port = ready["base_url"]
        .as_str()
        .unwrap()
        .rsplit(':')
        .next()
        .unwrap()
        .to_owned();
    (Serving(process), port)
}

/// The fixtures in a folder of their own, with the port in place.
fn copy_fixtures(folder: &Path, port: &str) {
    std::fs::create_dir(folder.join("fixtures")).unwrap();
    for entry in std::fs::read_dir(root().join("fixtures")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap().replace(PORT, port);
        std::fs::write(
            folder.join("fixtures").join(path.file_name().unwrap()),
            text,
        )
        .unwrap();
    }
}

#[cfg(unix)]
#[test]
fn the_tour_works_as_written() {
    let (start, blocks) = blocks();
    assert_eq!(blocks.len(), 3);
    let folder = tempfile::tempdir().unwrap();
    let (_serving, port) = serve(folder.path(), &start);
    copy_fixtures(folder.path(), &port);
    let script = blocks.join("\necho ======\n").replace(PORT, &port);
    let output = shell(folder.path(), &script).output().unwrap();
    let (stdout, stderr) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(output.status.success(), "{stdout}\n{stderr}");
    let parts: Vec<&str> = stdout.split("======\n").collect();
    // curl lists nobody yet.
    assert!(parts[0].contains("\"totalResults\":0"), "{stdout}");
    assert!(parts[1].contains("The connection can be used."), "{stdout}");
    assert!(
        parts[1].contains("A sync would send 23 writes."),
        "{stdout}"
    );
    let (first, second) = parts[2].split_once("Writes").unwrap();
    assert!(first.contains("Success"), "{stdout}");
    assert!(second.trim_start().starts_with("23"), "{stdout}");
    let (_, after) = second.split_once("Writes").unwrap();
    assert!(
        after.trim_start().starts_with("0\n"),
        "the second sync writes: {stdout}"
    );
    let (_, users) = after.split_once('{').unwrap();
    assert_eq!(users.matches("\"userName\"").count(), 23, "{stdout}");
}

/// The numbers that the README states are those of the code.
#[test]
fn the_readme_states_the_suites_size() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for figure in ["64 configurations", "12 events", "6 prior states", "4,608"] {
        assert!(readme.contains(figure), "{figure}");
    }
}
