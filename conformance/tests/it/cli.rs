//! The command line of `zoom-conformance`.

use std::path::Path;
use std::process::{Command, Output};

use conformance::cli::{EXIT_NOT_RUN, EXIT_OK, EXIT_USAGE, EXIT_VIOLATED};
use serde_json::Value;

fn conformance(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zoom-conformance"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn assert_code(output: &Output, code: u8) {
    assert_eq!(
        output.status.code(),
        Some(i32::from(code)),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

#[test]
fn a_filtered_run_shows_the_matrix_and_writes_the_result() {
    let folder = tempfile::tempdir().unwrap();
    let output = conformance(
        folder.path(),
        &["run", "--only", "C1U0D1P1R1X0", "--json", "result.json"],
    );
    assert_code(&output, EXIT_OK);
    let shown = text(&output.stdout);
    assert!(shown.contains("C1U0D1P1R1X0    6    6    6"), "{shown}");
    assert!(shown.contains("72 of 72"), "{shown}");
    for line in shown.lines() {
        assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
    }
    let result = std::fs::read_to_string(folder.path().join("result.json")).unwrap();
    let result: Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["configurations"], 1);
    assert_eq!(result["cells"]["total"], 72);
    assert_eq!(result["cells"]["passed"], 72);
    assert_eq!(result["cells"]["failed"], 0);
    assert_eq!(result["invariants"]["I2"]["violated"], 0);
    assert!(result["invariants"]["I2"]["checked"].as_u64().unwrap() > 72);
    assert_eq!(result["failures"], Value::Array(Vec::new()));
    assert!(result["seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_same_seed_gives_the_same_result_with_any_number_of_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let run = |jobs| {
        let output = conformance(
            folder.path(),
            &[
                "run",
                "--only",
                "C0U1D1P1R0X1",
                "--seed",
                "7",
                "--jobs",
                jobs,
                "--json",
                "-",
            ],
        );
        assert_code(&output, EXIT_OK);
        let mut result: Value = serde_json::from_slice(&output.stdout).unwrap();
        result.as_object_mut().unwrap().remove("seconds");
        result
    };
    assert_eq!(run("1"), run("16"));
}

#[test]
fn what_selects_nothing_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["run", "--only", "C9"][..],
        &["list", "--only", "nothing/like/this"],
        &["explain", "--config", "C1U0"],
        &["replay", "missing.json"],
        &["run", "--jobs", "0"],
        &["no-such-command"],
    ] {
        let output = conformance(folder.path(), arguments);
        assert_code(&output, EXIT_USAGE);
        assert!(!output.stderr.is_empty(), "{arguments:?} says nothing");
    }
}

#[test]
fn list_names_every_cell_and_story() {
    let folder = tempfile::tempdir().unwrap();
    let output = conformance(folder.path(), &["list"]);
    assert_code(&output, EXIT_OK);
    let listed = text(&output.stdout);
    assert_eq!(
        listed
            .lines()
            .filter(|line| !line.contains("/story/"))
            .count(),
        4608
    );
    assert_eq!(
        listed
            .lines()
            .filter(|line| line.contains("/story/"))
            .count(),
        64 * 11
    );
}

#[test]
fn explain_says_what_must_happen_and_which_flag_would_change_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = conformance(folder.path(), &["explain", "--config", "C1U0D1P1R1X0"]);
    assert_code(&output, EXIT_OK);
    insta::assert_snapshot!("explain_configuration", text(&output.stdout));
    let output = conformance(folder.path(), &["explain"]);
    assert_code(&output, EXIT_OK);
    insta::assert_snapshot!("explain_rows", text(&output.stdout));
}

#[test]
fn a_program_that_is_no_provisioner_could_not_be_run() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no-such-program");
    let output = conformance(
        folder.path(),
        &[
            "run",
            "--only",
            "C1U1D1P1R0X0/story/whole-life",
            "--program",
            missing.to_str().unwrap(),
        ],
    );
    assert_code(&output, EXIT_NOT_RUN);
    assert!(text(&output.stdout).contains("could not be run"));
}

/// A program that answers to nothing as it should is a violation, told as a story and saved; the saved file
/// replays to the same verdict.
#[test]
fn a_failure_is_told_saved_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = env!("CARGO_BIN_EXE_zoom-conformance");
    let arguments = [
        "run",
        "--only",
        "C1U1D1P1R0X0/story/whole-life",
        "--program",
        wrong,
    ];
    let output = conformance(folder.path(), &arguments);
    assert_code(&output, EXIT_NOT_RUN);

    let listed = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(listed, 0, "nothing is saved where nothing was judged");
    assert_ne!(EXIT_VIOLATED, EXIT_NOT_RUN);
}
