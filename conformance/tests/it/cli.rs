//! The command line of `zoom-conformance`.

use std::path::Path;
use std::process::{Command, Output};

use conformance::cli::{EXIT_NOT_RUN, EXIT_OK, EXIT_USAGE, EXIT_VIOLATED};
use conformance::generate;
use serde_json::Value;

pub(crate) fn conformance(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zoom-conformance"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn assert_code(output: &Output, code: u8) {
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
    let of = |kind: &str| listed.lines().filter(|line| line.contains(kind)).count();
    let (stories, mishaps) = (of("/story/"), of("/mishap/"));
    assert_eq!((stories, mishaps), (64 * 11, generate::mishaps().count()));
    let others = stories + mishaps + of("/seeded/");
    assert_eq!(listed.lines().count() - others, 4608);
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

/// A provisioner that updates although update is off, made of the real one and a changed connection file.
#[cfg(unix)]
fn wrong_program(folder: &Path) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let real = super::programs::built("provisioner", "zoom-provisioner");
    let script = format!(
        "#!/bin/sh\nfor argument; do case \"$argument\" in */connection.toml)\n\
         sed 's/^update_users = false/update_users = true/' \"$argument\" > \"$argument.new\"\n\
         mv \"$argument.new\" \"$argument\";; esac; done\nexec '{}' \"$@\"\n",
        real.display()
    );
    let path = folder.join("wrong-provisioner");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[cfg(unix)]
#[test]
fn a_violation_is_told_as_a_story_saved_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let program = wrong_program(folder.path());
    let id = "C1U0D1P1R0X0/story/whole-life";
    let arguments = [
        "run",
        "--only",
        id,
        "--program",
        &program,
        "--json",
        "result.json",
    ];
    let output = conformance(folder.path(), &arguments);
    assert_code(&output, EXIT_VIOLATED);
    let told = text(&output.stdout);
    for words in [
        id,
        "I2",
        "expected  no update of attributes: update is off",
        "PUT /scim2/Users/",
        "1 violated",
    ] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
    let result: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("result.json")).unwrap())
            .unwrap();
    let failure = &result["failures"][0];
    assert_eq!(failure["id"], id);
    assert!(result["invariants"]["I2"]["violated"].as_u64().unwrap() > 0);

    let file = failure["file"].as_str().unwrap();
    let again = conformance(folder.path(), &["replay", file, "--program", &program]);
    assert_code(&again, EXIT_VIOLATED);
    assert!(text(&again.stdout).contains("update is off"));
    let mended = conformance(folder.path(), &["replay", file]);
    assert_code(&mended, EXIT_OK);
    assert!(text(&mended.stdout).contains("what broke it has been mended"));
}

#[test]
fn a_saved_story_that_cannot_be_read_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |content: &str, message: &str| {
        std::fs::write(folder.path().join("story.json"), content).unwrap();
        let output = conformance(folder.path(), &["replay", "story.json"]);
        assert_code(&output, EXIT_USAGE);
        let stderr = text(&output.stderr);
        assert!(stderr.contains(message), "{stderr}");
    };
    refused("{", "not a saved story");
    refused(
        "{\"scenario\":{\"version\":99}}",
        "format version 99, but this program reads version 1",
    );
    refused(
        "{\"written_by\":\"x\",\"seed\":0,\"surprise\":1}",
        "unknown field `surprise`",
    );
}
