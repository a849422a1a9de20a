//! A run in parts on the command line, and what is no part of a run.

use std::path::Path;

use conformance::cli::{EXIT_OK, EXIT_UNCOVERED, EXIT_USAGE, EXIT_VIOLATED};
use serde_json::Value;

use super::cli::{assert_code, conformance, text};
use super::fixtures::root;
use super::foreign::python_or_skip;

const ONLY: &str = "C1U0D1P1R1X1/*e/*";

fn shard(folder: &Path, shard: &str, seed: &str) -> String {
    let file = format!("{}-{seed}.json", shard.replace('/', "-of-"));
    let arguments = ["run", "--only", ONLY, "--shard", shard, "--seed", seed];
    let output = conformance(folder, &[&arguments[..], &["--json", &file]].concat());
    assert_code(&output, EXIT_OK);
    file
}

fn read(folder: &Path, file: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let mut json: Value = serde_json::from_str(&text).unwrap();
    json.as_object_mut().unwrap().remove("seconds");
    json
}

#[test]
fn the_parts_put_together_are_the_run_in_one_piece() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let [one, two, three] = ["1/3", "2/3", "3/3"].map(|part| shard(folder, part, "0"));
    let whole = conformance(folder, &["run", "--only", ONLY, "--json", "whole.json"]);
    assert_code(&whole, EXIT_OK);
    let reports = [
        "--json",
        "merged.json",
        "--junit",
        "merged.xml",
        "--html",
        "merged.html",
    ];
    let merged = conformance(
        folder,
        &[&["merge", &two, &three, &one], &reports[..]].concat(),
    );
    assert_code(&merged, EXIT_OK);
    assert!(text(&merged.stdout).contains("all hold"));
    assert_eq!(read(folder, "merged.json"), read(folder, "whole.json"));
    assert!(std::fs::metadata(folder.join("merged.xml")).unwrap().len() > 0);
    assert!(std::fs::metadata(folder.join("merged.html")).unwrap().len() > 0);

    let refused = |files: &[&str], why: &str| {
        let output = conformance(folder, &[&["merge"], files].concat());
        assert_code(&output, EXIT_USAGE);
        let stderr = text(&output.stderr);
        assert!(stderr.contains(why), "{why} is not in {stderr}");
    };
    refused(&[&one, &three], "missing: shard 2/3");
    refused(&[&one, &two, &three, &two], "shard 2/3, which");
    refused(
        &[&one, "whole.json"],
        "whole.json: the result of a whole run",
    );
    let other = shard(folder, "2/3", "7");
    refused(&[&one, &other, &three], "the seed differs (7 there, 0 in");
    refused(&["not-there.json"], "not-there.json");
    std::fs::write(folder.join("odd.json"), "{\"format\":99}").unwrap();
    refused(&["odd.json"], "format version 99");
    std::fs::write(folder.join("odd.json"), "[]").unwrap();
    refused(&["odd.json"], "not a result of `run --json`");
    refused(&[], "FILE");
}

#[test]
fn what_is_no_shard_is_refused_and_explained() {
    let folder = tempfile::tempdir().unwrap();
    for shard in ["9/8", "0/8", "a/b", "8", "1/0", ""] {
        let output = conformance(folder.path(), &["run", "--shard", shard]);
        assert_code(&output, EXIT_USAGE);
        let stderr = text(&output.stderr);
        assert!(stderr.contains("2/8 for the second of eight"), "{stderr}");
    }
}

#[test]
fn a_failure_names_the_command_that_runs_it_again() {
    let Some(python) = python_or_skip("a provisioner that fails") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let adapter =
        std::fs::read_to_string(root().join("conformance/adapters/provisioner.py")).unwrap();
    let wrong = adapter.replace("self.flag(\"UPDATE_USERS\")", "True");
    assert_ne!(adapter, wrong);
    std::fs::write(folder.path().join("a wrong one.py"), wrong).unwrap();
    let command = format!("{python} 'a wrong one.py'");
    let cell = "C1U0D1P1R1X1/change/linked-equal";
    let run = ["run", "--driver", &command, "--only", cell];
    let output = conformance(folder.path(), &[&run[..], &["--json", "r.json"]].concat());
    assert_code(&output, EXIT_VIOLATED);
    let result = read(folder.path(), "r.json");
    let again = result["failures"][0]["again"].as_str().unwrap();
    assert!(text(&output.stdout).contains(&format!("again: {again}")));
    let words = shlex::split(again).unwrap();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(words[0], "zoom-conformance");
    let output = conformance(folder.path(), &words[1..]);
    assert_code(&output, EXIT_VIOLATED);
    assert!(text(&output.stdout).contains("update is off"));
}

#[test]
fn a_time_that_is_too_short_is_not_green() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody runs 5,000 scenarios in a second.
    let output = conformance(
        folder.path(),
        &["run", "--time-budget", "1", "--json", "r.json"],
    );
    assert_code(&output, EXIT_UNCOVERED);
    let result = read(folder.path(), "r.json");
    let total = result["cells"]["total"].as_u64().unwrap();
    let passed = result["cells"]["passed"].as_u64().unwrap();
    assert!(passed < total, "{passed}");
    assert!(text(&output.stdout).contains("of 4608 cells were run"));
    let refused = conformance(folder.path(), &["run", "--time-budget", "0"]);
    assert_code(&refused, EXIT_USAGE);
}

#[test]
fn the_schema_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let output = conformance(folder.path(), &["schema"]);
    assert_code(&output, EXIT_OK);
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["properties"]["format"]["const"], 1);
}
