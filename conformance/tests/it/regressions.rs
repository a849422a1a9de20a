//! The saved stories: each holds, with what goes wrong in it really going wrong; and what is no story is refused.

use std::sync::Arc;

use conformance::cli::EXIT_USAGE;
use conformance::driver::{Builtin, Driver, MakeDriver};
use conformance::regressions::regressions;
use conformance::run::{Layer, Stage, Suite, execute};
use conformance::scenario::Step;
use mock_server::{Config, MockServer};

use super::cli::{assert_code, conformance, text};

#[test]
fn every_saved_story_holds_and_its_fault_or_kill_happens() {
    let server = MockServer::start(&Config::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    for scenario in regressions().unwrap() {
        let stage = Stage::open(&server).unwrap();
        let mut driver = Builtin::new().unwrap();
        let verdict = runtime
            .block_on(execute(&scenario, stage, &mut driver))
            .unwrap();
        assert!(
            verdict.passed(),
            "{}: {:#?}",
            scenario.id,
            verdict.judgement.violations
        );
        let mut records = verdict.records.iter();
        let kills = scenario
            .steps
            .iter()
            .any(|step| matches!(step, Step::Kill { .. }));
        let happened = match kills {
            true => records.any(|record| record.killed),
            false => records.any(|record| record.exchanges.iter().any(|one| one.fault.is_some())),
        };
        assert!(happened, "{}: nothing goes wrong", scenario.id);
    }
}

#[test]
fn the_saved_stories_hold_in_a_run_as_well() {
    let make: Arc<MakeDriver> = Arc::new(|| Ok(Box::new(Builtin::new()?) as Box<dyn Driver>));
    let stories = regressions().unwrap();
    let all = stories.len();
    let suite = Suite { jobs: 4, seed: 0 };
    let tally = suite.run(Layer::Saved, stories, &make, &mut || {}).unwrap();
    assert_eq!(tally.passed(Layer::Saved), all, "{:#?}", tally.failures);
}

#[test]
fn what_a_saved_story_must_not_have_is_named() {
    let story = include_str!("../../../fixtures/regressions/lost-create.json");
    let folder = tempfile::tempdir().unwrap();
    for (there, instead, names) in [
        (
            "\"version\": 2",
            "\"version\": 0",
            "format version 0, but this program reads version",
        ),
        (
            "\"version\": 2",
            "\"version\": 3",
            "run the suite again to save the story anew",
        ),
        (
            "\"adopt_existing\"",
            "\"adopt\"",
            "unknown field `adopt`, expected one of `disabled_at_creation`",
        ),
        ("\"skip\"", "\"sometimes\"", "unknown variant `sometimes`"),
        (
            "\"step\": \"heal\"",
            "\"step\": \"mend\"",
            "unknown variant `mend`",
        ),
        ("\"C1U1D1P1R1X1\"", "\"C9\"", "`C9` is not a configuration"),
        (
            "\"layer\": \"saved\"",
            "\"layer\": \"attic\"",
            "no layer of the suite",
        ),
        (
            "\"violations\": []",
            "\"violations\": [{\"invariant\": \"I99\"}]",
            "unknown variant `I99`",
        ),
    ] {
        assert!(story.contains(there), "{there}");
        std::fs::write(
            folder.path().join("story.json"),
            story.replacen(there, instead, 1),
        )
        .unwrap();
        let output = conformance(folder.path(), &["replay", "story.json"]);
        assert_code(&output, EXIT_USAGE);
        let stderr = text(&output.stderr);
        assert!(stderr.contains(names), "{names} is not in {stderr}");
        assert!(stderr.contains("story.json"), "{stderr}");
    }
}
