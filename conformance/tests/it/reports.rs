//! The reports of one run that fails and has odd names in it: each is read by what it is meant for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use conformance::driver::{Driver, MakeDriver};
use conformance::generate::{Cell, cells};
use conformance::report::{
    Asked, LayerSummary, Outcome, Planned, Proof, Square, Summary, html, junit, overview,
};
use conformance::run::{Layer, Shard, Suite};
use conformance::scenario::{Policies, Scenario};
use conformance::seeded_bugs::{Bug, Reference, Variant};
use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use serde_json::Value;

const ODD: &str = "<script>alert('\u{1b}[31m&\"')</script>";

const PROOF: &str = r#"{
    "bugs": [
        {"id":"B01<i>","caught":true,"caught_by_random":true,"invariant":"I2","sequences":3,"steps":2},
        {"id":"B02","caught":false,"more":1}
    ],
    "controls": [{"id":"G01","passed":true}]
}"#;

fn selected() -> Vec<Scenario> {
    let fits = |cell: &Cell| {
        let id = cell.to_string();
        id.starts_with("C1U0D1P1R1X") && (id.contains("/change/") || id.contains("/create/"))
    };
    let mut scenarios: Vec<Scenario> = cells().filter(fits).map(Cell::scenario).collect();
    for scenario in &mut scenarios {
        scenario.title = format!("{ODD}: {}", scenario.title);
    }
    scenarios
}

/// A run, or a part of it, of a provisioner that updates although it must not.
fn summary(shard: Option<Shard>) -> Summary {
    let make: Arc<MakeDriver> =
        Arc::new(|| Ok(Box::new(Reference::new(Variant::wrong(Bug::B03))?) as Box<dyn Driver>));
    let all = selected();
    let size = all.len();
    let part = all.into_iter().enumerate();
    let part = part.filter(|(place, _)| shard.is_none_or(|shard| shard.takes(*place)));
    let part: Vec<Scenario> = part.map(|(_, scenario)| scenario).collect();
    let layer = LayerSummary {
        size,
        total: part.len(),
        skipped: [("rule_deletion".to_owned(), 3)].into(),
        ..LayerSummary::default()
    };
    let suite = Suite { jobs: 4, seed: 0 };
    let tally = suite.run(Layer::Cell, part, &make, &mut || {}).unwrap();
    let file = |id: &str| Some(format!("failures/{}.json", id.replace('/', "-")));
    let files = tally.failures.iter().map(|one| file(&one.scenario.id));
    let files: Vec<_> = files.collect();
    let planned = Planned {
        asked: Asked {
            suite: "zoom-conformance".to_owned(),
            provisioner: ODD.to_owned(),
            driver: Some("--driver 'python3 it.py'".to_owned()),
            only: Some("C1U0D1P1R1X".to_owned()),
            policies: Policies::default(),
        },
        shard,
        layers: BTreeMap::from([(Layer::Cell, layer)]),
        seed: 0,
        seconds: 1.5,
    };
    Summary::new(planned, &tally, &files)
}

fn whole() -> &'static Summary {
    static WHOLE: OnceLock<Summary> = OnceLock::new();
    WHOLE.get_or_init(|| summary(None))
}

fn part(index: u32, of: u32) -> (PathBuf, Summary) {
    let shard = Shard { index, of };
    (PathBuf::from(format!("{index}.json")), summary(Some(shard)))
}

/// The result without what has a time in it: durations, Zoom's answers with their time stamps, and how a
/// token was shown.
fn without_times(summary: &Summary) -> Summary {
    let mut summary = summary.clone();
    summary.seconds = 0.0;
    for layer in summary.layers.values_mut() {
        layer.seconds = None;
    }
    let told = summary.failures.iter_mut().flat_map(|one| &mut one.told);
    for run in told.filter_map(|step| step.run.as_mut()) {
        for exchange in &mut run.exchanges {
            (exchange.at_ms, exchange.response) = (0, String::new());
        }
    }
    summary
}

#[test]
fn the_json_is_what_its_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("../../result.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let part = part(1, 2).1;
    for summary in [whole(), &part] {
        let json = serde_json::to_value(summary).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&json)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let again: Summary = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), json);
        let mut odd = json;
        odd["surprise"] = Value::from(1);
        assert!(!schema.is_valid(&odd));
        assert!(serde_json::from_value::<Summary>(odd).is_err());
    }
    assert_eq!(whole().result, Outcome::Violated);
    assert!(whole().failures.iter().all(|one| !one.told.is_empty()));
}

#[test]
fn the_junit_is_read_back_with_failures_skips_and_odd_names() {
    let text = junit(whole()).unwrap();
    let report = Report::deserialize_from_str(&text).unwrap();
    let cells = &report.test_suites[0];
    assert_eq!(cells.name.as_str(), "cells");
    // Two configurations with two events each, and what was skipped.
    assert_eq!(cells.tests, 5);
    let failing = whole().layers[&Layer::Cell].squares.values();
    let failing = failing.filter(|square| !square.holds()).count();
    assert_eq!(cells.failures, failing);
    assert!(failing > 0);
    let change = cells.test_cases.iter().find(|case| {
        case.name.as_str() == "change"
            && case.classname.as_ref().unwrap().as_str() == "cells.C1U0D1P1R1X0"
    });
    match &change.unwrap().status {
        TestCaseStatus::NonSuccess {
            kind: NonSuccessKind::Failure,
            description,
            ..
        } => {
            let told = description.as_ref().unwrap().as_str();
            for words in [
                "<script>alert('",
                "update is off",
                "again: zoom-conformance replay",
            ] {
                assert!(told.contains(words), "{words} is not in {told}");
            }
            assert!(!told.contains('\u{1b}'));
        }
        other => panic!("{other:?}"),
    }
    let skipped = cells
        .test_cases
        .iter()
        .filter(|case| matches!(case.status, TestCaseStatus::Skipped { .. }));
    assert_eq!(skipped.count(), 1);
}

#[test]
fn the_page_needs_nothing_and_takes_no_name_for_markup() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, PROOF).unwrap();
    let proof = Proof::read(file.path());
    let page = html(whole(), Some(&proof.unwrap())).unwrap();
    assert!(page.contains("&#60;script&#62;alert(") || page.contains("&lt;script&gt;alert("));
    assert!(!page.contains("<script>alert("));
    assert!(!page.contains("B01<i>"));
    for outside in ["src=", "http-equiv", "@import", "url(", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let links = page.split("href=\"#").skip(1);
    for link in links {
        let anchor = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor}");
    }
    for words in [
        "update is off",
        "POST /scim2/Users",
        "Seeded bugs",
        "G01",
        "I20",
        "O23",
        "prefers-color-scheme: dark",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn merged_shards_equal_the_run_in_one_piece_but_for_times() {
    let mut shards: Vec<_> = (1..=3).map(|index| part(index, 3)).collect();
    shards.reverse();
    let merged = Summary::merged(shards).unwrap();
    let (merged, whole) = (without_times(&merged), without_times(whole()));
    assert_eq!(merged.failures.len(), whole.failures.len());
    for (one, other) in merged.failures.iter().zip(&whole.failures) {
        assert_eq!(one, other, "{}", other.id);
    }
    assert_eq!(merged, whole);
}

#[test]
fn shards_that_are_not_of_one_run_are_refused_by_name() {
    let refused =
        |shards: Vec<(PathBuf, Summary)>| Summary::merged(shards).unwrap_err().to_string();
    let [one, two, three] = [1, 2, 3].map(|index| part(index, 3));
    let missing = refused(vec![three.clone()]);
    assert!(missing.contains("missing: shard 1/3, 2/3"), "{missing}");
    let again = (PathBuf::from("again.json"), two.1.clone());
    let doubled = refused(vec![two.clone(), again]);
    assert!(
        doubled.starts_with("again.json: shard 2/3, which 2.json is already"),
        "{doubled}"
    );
    let mut other = three.clone();
    other.1.seed = 7;
    let seed = refused(vec![one.clone(), two.clone(), other]);
    assert!(
        seed.contains("3.json") && seed.contains("the seed differs (7 there, 0 in 1.json)"),
        "{seed}"
    );
    let of = refused(vec![one.clone(), part(2, 4)]);
    assert!(of.contains("the number of shards differs"), "{of}");
    let unsharded = refused(vec![one, (PathBuf::from("w.json"), whole().clone())]);
    assert!(
        unsharded.contains("w.json: the result of a whole run"),
        "{unsharded}"
    );
    assert!(refused(Vec::new()).contains("no result"));
}

#[test]
fn a_square_is_written_and_read() {
    assert_eq!("5/6".parse(), Ok(Square { passed: 5, run: 6 }));
    for text in ["", "7/6", "5", "a/b", "5/6/7"] {
        assert!(text.parse::<Square>().is_err(), "{text}");
    }
    let shown = overview(whole());
    assert!(
        shown.contains("skipped") && shown.contains("rule_deletion"),
        "{shown}"
    );
}
