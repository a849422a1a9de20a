//! The reference provisioner as a stranger's process: right, it passes what everybody is held to; wrong, it is caught.

use std::path::Path;
use std::process::Output;

use conformance::cli::{EXIT_OK, EXIT_USAGE, EXIT_VIOLATED};
use conformance::generate::mishaps;
use conformance::regressions::regressions;
use serde_json::{Value, json};

use super::cli::{assert_code, conformance, text};
use super::fixtures::root;
use super::foreign::python_or_skip;

/// Runs a part of the main job against the reference provisioner, made other than plain by these options.
fn run(folder: &Path, options: &str, only: &str) -> (Output, Value) {
    let program = shlex::try_quote(env!("CARGO_BIN_EXE_zoom-conformance")).unwrap();
    run_command(folder, &format!("{program} reference {options}"), only)
}

fn run_command(folder: &Path, command: &str, only: &str) -> (Output, Value) {
    let run = ["run", "--driver", command, "--only", only];
    let output = conformance(folder, &[&run[..], &["--json", "r.json"]].concat());
    let result = std::fs::read_to_string(folder.join("r.json")).unwrap();
    (output, serde_json::from_str(&result).unwrap())
}

#[test]
fn the_right_one_passes_every_mishap_kills_included() {
    let folder = tempfile::tempdir().unwrap();
    let (output, result) = run(folder.path(), "", "*/mishap/*");
    assert_code(&output, EXIT_OK);
    assert_eq!(result["stories"]["passed"], mishaps().count());
    assert_eq!(
        result["run"]["provisioner"],
        concat!("reference ", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(result["layers"]["stories"]["skipped"], json!({}));
}

#[test]
fn the_example_in_python_passes_every_mishap_but_for_the_limit_that_it_does_not_know() {
    let Some(python) = python_or_skip("the example in Python") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let adapter = root().join("conformance/adapters/provisioner.py");
    let adapter = shlex::try_quote(adapter.to_str().unwrap()).unwrap();
    let command = format!("{python} {adapter}");
    let (output, result) = run_command(folder.path(), &command, "*/mishap/*");
    assert_code(&output, EXIT_OK);
    let limited = mishaps().filter(|mishap| mishap.policies.removal_limit.is_some());
    let limited = limited.count();
    assert_eq!(result["stories"]["passed"], mishaps().count() - limited);
    let skipped = &result["layers"]["stories"]["skipped"];
    assert_eq!(*skipped, json!({ "removal_limit": limited }));
}

#[test]
fn what_was_kept_when_it_was_killed_is_what_it_goes_on_from() {
    let folder = tempfile::tempdir().unwrap();
    let (output, result) = run(folder.path(), "--control G13", "*/saved/killed-*");
    assert_code(&output, EXIT_OK);
    let saved = regressions().unwrap().into_iter();
    let killed = saved.filter(|story| story.id.contains("/saved/killed-"));
    assert_eq!(result["layers"]["saved"]["passed"], killed.count());
    assert!(text(&output.stdout).contains("all hold"));
}

#[test]
fn a_wrong_one_is_caught_by_the_mishap_that_it_meets() {
    for (bug, mishap, invariant) in [
        ("B30", "address-with-a-quote", "I16"),
        ("B32", "id-that-needs-encoding", "I4"),
        ("B42", "answer-without-an-id-and-odd-lists", "I16"),
        ("B49", "wait-in-seconds", "I6"),
        ("B59", "token-refused-once", "I4"),
        ("B60", "every-token-refused-for-ann", "I7"),
        ("B65", "html-with-200", "I4"),
        ("B67", "no-content", "I9"),
        ("B78", "second-page-refused", "I4"),
        ("B79", "pages-move-on", "I4"),
        ("B80", "listed-twice", "I4"),
        ("B82", "empty-directory", "I10"),
        ("B83", "read-breaks-off", "I21"),
        ("B84", "more-leave-than-may", "I10"),
        ("B85", "more-leave-than-may", "I10"),
        ("B86", "more-leave-than-may", "I10"),
        ("B87", "more-leave-than-may", "I10"),
        ("B88", "allowed-once", "I10"),
        ("B95", "killed-at-create-*", "I4"),
        ("B96", "killed-at-create-*", "I4"),
        ("B117", "tested", "I2"),
        ("B121", "failed-and-overtaken", "I14"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let only = format!("*/mishap/{mishap}");
        let (output, result) = run(folder.path(), &format!("--bug {bug}"), &only);
        assert_code(&output, EXIT_VIOLATED);
        let failures = result["failures"].as_array().unwrap();
        let mut violations = failures
            .iter()
            .flat_map(|failure| failure["violations"].as_array().unwrap());
        assert!(
            violations.any(|violation| violation["invariant"] == invariant),
            "{bug}: {failures:#?}"
        );
        assert!(text(&output.stdout).contains(&format!("reference --bug {bug}")));
    }
}

/// Long enough for a process to start on a machine that is busy.
const PATIENCE_MS: &str = "4000";

#[test]
fn one_that_hangs_because_zoom_does_not_answer_is_told_to_have_to_end_and_the_others_are_run() {
    let folder = tempfile::tempdir().unwrap();
    let program = shlex::try_quote(env!("CARGO_BIN_EXE_zoom-conformance")).unwrap();
    let command = format!("{program} reference --bug B71");
    let run = ["run", "--driver", &command, "--only", "*/mishap/*ce"];
    let limits = ["--timeout-ms", PATIENCE_MS, "--json", "r.json"];
    let output = conformance(folder.path(), &[&run[..], &limits].concat());
    assert_code(&output, EXIT_VIOLATED);
    let result = std::fs::read_to_string(folder.path().join("r.json")).unwrap();
    let result: Value = serde_json::from_str(&result).unwrap();
    let failures = result["failures"].as_array().unwrap();
    let ids: Vec<&Value> = failures.iter().map(|failure| &failure["id"]).collect();
    assert_eq!(ids, ["C1U1D1P1R0X0/mishap/silence"]);
    let violation = &failures[0]["violations"][0];
    assert_eq!(violation["invariant"], "I18");
    assert_eq!(
        violation["seen"],
        "timed out: it did not answer `sync` in 4 s"
    );
    assert_eq!(result["not_run"], json!([]));
    assert!(result["stories"]["passed"].as_u64() > Some(1));
}

#[test]
fn nobody_is_served_who_is_not_known() {
    let folder = tempfile::tempdir().unwrap();
    for (options, why) in [
        (&["--bug", "B97"][..], "a driver has one run at a time"),
        (&["--bug", "G05"], "no seeded bug `G05`"),
        (&["--control", "B46"], "no control `B46`"),
        (&["--bug", "B46", "--control", "G05"], "cannot be used with"),
    ] {
        let output = conformance(folder.path(), &[&["reference"], options].concat());
        assert_code(&output, EXIT_USAGE);
        assert!(
            text(&output.stderr).contains(why),
            "{}",
            text(&output.stderr)
        );
    }
}
