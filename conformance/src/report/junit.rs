//! The result as JUnit, for CI systems: a suite for each layer, a test case for each square.
//!
//! A square is a configuration and an event: 768 of them keep the file under a megabyte, and their names are
//! the same in every run. What fails in a square is told in its test case.

use std::fmt::Write as _;
use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Property, Report, SerializeError, TestCase, TestCaseStatus, TestSuite,
};

use super::json::{FailureSummary, LayerSummary, NotRunSummary, Square, Summary};
use crate::run::Layer;

/// How many scenarios of one square are told with what is violated in them.
const MAX_TOLD_EACH: usize = 6;
/// How many violations of one scenario are told.
const MAX_VIOLATIONS: usize = 4;

/// The result as an XML document.
///
/// # Errors
///
/// When it cannot be written as XML.
pub fn junit(summary: &Summary) -> Result<String, SerializeError> {
    let mut report = Report::new(summary.run.suite.as_str());
    report.set_time(duration(summary.seconds));
    for (layer, of) in &summary.layers {
        report.add_test_suite(suite(summary, *layer, of));
    }
    if !summary.lacking.is_empty() {
        report.add_test_suite(coverage(summary));
    }
    report.to_string()
}

fn suite(summary: &Summary, layer: Layer, of: &LayerSummary) -> TestSuite {
    let mut suite = TestSuite::new(layer.name());
    if let Some(seconds) = of.seconds {
        suite.set_time(duration(seconds));
    }
    suite.add_property(Property::new("seed", summary.seed.to_string()));
    suite.add_property(Property::new(
        "provisioner",
        summary.run.provisioner.as_str(),
    ));
    if let Some(shard) = summary.shard {
        suite.add_property(Property::new("shard", shard.to_string()));
    }
    for (square, counts) in &of.squares {
        suite.add_test_case(square_case(summary, layer, square, *counts));
    }
    for not_run in summary.not_run.iter().filter(|one| one.layer == layer) {
        suite.add_test_case(not_run_case(not_run));
    }
    for (capability, skipped) in &of.skipped {
        let mut status = TestCaseStatus::skipped();
        status.set_message(format!("{skipped} scenarios that need {capability}"));
        let mut case = TestCase::new(format!("needs {capability}"), status);
        case.set_classname(layer.name());
        suite.add_test_case(case);
    }
    suite
}

fn square_case(summary: &Summary, layer: Layer, square: &str, counts: Square) -> TestCase {
    let failures: Vec<&FailureSummary> = summary
        .failures
        .iter()
        .filter(|one| one.layer == layer && layer.square(&one.id) == square)
        .collect();
    let status = match failures.first() {
        None => TestCaseStatus::success(),
        Some(first) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let failed = failures.len();
            let violated = first.violations.first();
            let kind = violated.map(|violation| violation.invariant.to_string());
            status.set_type(kind.unwrap_or_else(|| "violated".to_owned()));
            let says = violated.map_or("", |violation| violation.invariant.says());
            status.set_message(format!("{failed} of {} violated: {says}", counts.run));
            status.set_description(description(&failures));
            status
        }
    };
    let (class, name) = square.split_once('/').unwrap_or(("", square));
    let mut case = TestCase::new(name, status);
    case.set_classname(format!("{}.{class}", layer.name()));
    case
}

fn description(failures: &[&FailureSummary]) -> String {
    let mut text = String::new();
    for failure in failures.iter().take(MAX_TOLD_EACH) {
        let _ = writeln!(text, "{}  {}", failure.id, failure.title);
        for violation in failure.violations.iter().take(MAX_VIOLATIONS) {
            let step = violation.step + 1;
            let _ = writeln!(
                text,
                "  {} in step {step}\n    expected  {}\n    seen      {}",
                violation.invariant, violation.expected, violation.seen
            );
        }
        if let Some(again) = &failure.again {
            let _ = writeln!(text, "  again: {again}");
        }
    }
    if failures.len() > MAX_TOLD_EACH {
        let _ = writeln!(text, "and {} more", failures.len() - MAX_TOLD_EACH);
    }
    text
}

fn not_run_case(not_run: &NotRunSummary) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("not run");
    status.set_message(not_run.error.as_str());
    let mut case = TestCase::new(not_run.id.as_str(), status);
    case.set_classname(not_run.layer.name());
    case
}

/// What was not covered, as a suite of its own: a CI system that looks at nothing else must not see green.
fn coverage(summary: &Summary) -> TestSuite {
    let mut suite = TestSuite::new("coverage");
    for lacking in &summary.lacking {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("not covered");
        status.set_message(lacking.as_str());
        let mut case = TestCase::new(lacking.as_str(), status);
        case.set_classname("coverage");
        suite.add_test_case(case);
    }
    suite
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
