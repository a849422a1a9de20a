//! The result as one page for a browser: nothing outside itself, nothing that needs a script.
//!
//! The template escapes whatever it is given; nothing in here is marked as safe.

use std::collections::BTreeMap;

use askama::Template;

use super::faults::{self, FaultRow};
use super::json::{FailureSummary, LayerSummary, Square, Summary};
use super::matrix::rows;
use super::proof::Proof;
use super::terminal::grouped;
use super::told::{Lane, ToldStep};
use crate::generate::{Event, OPERATIONS};
use crate::invariant::{Invariant, Violation};
use crate::oracle::Row;
use crate::run::{Exchange, Layer, Sometimes};

/// How many failures are listed; the result for machines has them all.
const MAX_LISTED: usize = 500;
/// How many shades the heat map has between nothing holds and all but one hold.
const SHADES: usize = 5;

/// The page.
///
/// # Errors
///
/// When it cannot be written.
pub fn html(summary: &Summary, proof: Option<&Proof>) -> Result<String, askama::Error> {
    let anchors = anchors(summary);
    let listed = summary.failures.iter().take(MAX_LISTED);
    Page {
        summary,
        proof,
        events: Event::ALL.map(Event::id),
        matrix: matrix(summary, &anchors),
        failures: listed.enumerate().map(failure).collect(),
        unlisted: summary.failures.len().saturating_sub(MAX_LISTED),
        layers: summary.layers.iter().map(layer).collect(),
        invariants: invariants(summary),
        rows: Row::ALL
            .into_iter()
            .map(|row| (row.to_string(), row.says(), summary.rows.contains(&row)))
            .collect(),
        sometimes: Sometimes::ALL
            .into_iter()
            .map(|what| {
                (
                    what.says(),
                    summary.sometimes.get(&what).copied().unwrap_or(0),
                )
            })
            .collect(),
        faults: faults::table(summary),
        operations: OPERATIONS.map(mock_server::Operation::as_str),
        is_good: summary.result == super::Outcome::Holds,
        is_doubtful: summary.result == super::Outcome::Uncovered,
    }
    .render()
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    summary: &'a Summary,
    proof: Option<&'a Proof>,
    events: [&'static str; Event::ALL.len()],
    matrix: Vec<(String, Vec<SquareView>)>,
    failures: Vec<FailureView<'a>>,
    unlisted: usize,
    layers: Vec<LayerView>,
    invariants: Vec<InvariantView>,
    rows: Vec<(String, &'static str, bool)>,
    sometimes: Vec<(&'static str, u64)>,
    faults: Vec<FaultRow>,
    operations: [&'static str; OPERATIONS.len()],
    is_good: bool,
    is_doubtful: bool,
}

/// A square of the heat map.
struct SquareView {
    class: String,
    figure: String,
    title: String,
    anchor: Option<String>,
}

struct LayerView {
    name: &'static str,
    says: &'static str,
    passed: String,
    total: String,
    failed: usize,
    skipped: usize,
    seconds: String,
}

struct InvariantView {
    id: String,
    says: &'static str,
    checked: String,
    violated: u64,
}

struct FailureView<'a> {
    anchor: String,
    is_open: bool,
    failure: &'a FailureSummary,
    steps: Vec<StepView<'a>>,
    violations: Vec<ViolationView<'a>>,
}

struct StepView<'a> {
    number: usize,
    lane: &'static str,
    says: &'a str,
    run: Option<RunView<'a>>,
    violations: Vec<ViolationView<'a>>,
}

struct RunView<'a> {
    exchanges: Vec<ExchangeView<'a>>,
    more: usize,
    answer: &'a str,
}

struct ExchangeView<'a> {
    asked: String,
    status: u16,
    class: &'static str,
    operation: &'a str,
    fault: Option<String>,
    request: String,
    response: String,
}

struct ViolationView<'a> {
    invariant: String,
    says: &'static str,
    step: usize,
    expected: &'a str,
    seen: &'a str,
}

/// The place on the page of each square's first failure.
fn anchors(summary: &Summary) -> BTreeMap<(Layer, String), String> {
    let mut anchors = BTreeMap::new();
    for (nth, failure) in summary.failures.iter().take(MAX_LISTED).enumerate() {
        let square = failure.layer.square(&failure.id).to_owned();
        anchors
            .entry((failure.layer, square))
            .or_insert_with(|| anchor(nth));
    }
    anchors
}

fn anchor(nth: usize) -> String {
    format!("failure-{}", nth + 1)
}

fn matrix(
    summary: &Summary,
    anchors: &BTreeMap<(Layer, String), String>,
) -> Vec<(String, Vec<SquareView>)> {
    let row = |(configuration, squares): (crate::configuration::Configuration, Vec<_>)| {
        let views = Event::ALL.into_iter().zip(squares).map(|(event, square)| {
            let id = format!("{configuration}/{}", event.id());
            let anchor = anchors.get(&(Layer::Cell, id.clone()));
            square_view(&id, square, anchor.cloned())
        });
        (configuration.to_string(), views.collect())
    };
    rows(summary).into_iter().map(row).collect()
}

fn square_view(id: &str, square: Option<Square>, anchor: Option<String>) -> SquareView {
    let (class, figure, title) = match square {
        None | Some(Square { run: 0, .. }) => {
            ("none".to_owned(), String::new(), format!("{id}: not run"))
        }
        Some(square) if square.holds() => (
            "good".to_owned(),
            square.passed.to_string(),
            format!("{id}: all {} hold", square.run),
        ),
        Some(square) => {
            let shade = square.passed * SHADES / square.run;
            let title = format!("{id}: {} of {} hold", square.passed, square.run);
            (format!("bad bad-{shade}"), square.to_string(), title)
        }
    };
    SquareView {
        class,
        figure,
        title,
        anchor,
    }
}

fn layer((layer, of): (&Layer, &LayerSummary)) -> LayerView {
    LayerView {
        name: layer.name(),
        says: layer.says(),
        passed: grouped(of.passed),
        total: grouped(of.total),
        failed: of.failed,
        skipped: of.skipped.values().sum(),
        seconds: of
            .seconds
            .map_or_else(String::new, |seconds| format!("{seconds:.1}")),
    }
}

fn invariants(summary: &Summary) -> Vec<InvariantView> {
    let view = |invariant: Invariant| {
        let count = summary.invariants.get(&invariant);
        let count = count.copied().unwrap_or_default();
        InvariantView {
            id: invariant.to_string(),
            says: invariant.says(),
            checked: grouped(usize::try_from(count.checked).unwrap_or(usize::MAX)),
            violated: count.violated,
        }
    };
    Invariant::ALL.into_iter().map(view).collect()
}

fn failure((nth, failure): (usize, &FailureSummary)) -> FailureView<'_> {
    FailureView {
        anchor: anchor(nth),
        is_open: nth == 0,
        failure,
        steps: failure
            .told
            .iter()
            .map(|told| step(told, &failure.violations))
            .collect(),
        violations: failure.violations.iter().map(violation).collect(),
    }
}

fn step<'a>(told: &'a ToldStep, violations: &'a [Violation]) -> StepView<'a> {
    let here = violations.iter().filter(|one| one.step == told.step);
    StepView {
        number: told.step + 1,
        lane: match told.lane {
            Lane::Directory => "directory",
            Lane::Provisioner => "provisioner",
            Lane::Zoom => "zoom",
        },
        says: &told.says,
        run: told.run.as_ref().map(|run| RunView {
            exchanges: run.exchanges.iter().map(exchange).collect(),
            more: run.more,
            answer: &run.answer,
        }),
        violations: here.map(violation).collect(),
    }
}

fn violation(violation: &Violation) -> ViolationView<'_> {
    ViolationView {
        invariant: violation.invariant.to_string(),
        says: violation.invariant.says(),
        step: violation.step + 1,
        expected: &violation.expected,
        seen: &violation.seen,
    }
}

fn exchange(exchange: &Exchange) -> ExchangeView<'_> {
    let query = exchange.query.as_deref();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    ExchangeView {
        asked: format!("{} {}{query}", exchange.method, exchange.path),
        status: exchange.status,
        class: match exchange.status {
            200..=399 => "good",
            _ => "bad",
        },
        operation: exchange
            .operation
            .as_deref()
            .unwrap_or("no route of Zoom's"),
        fault: exchange.fault.as_ref().map(|met| {
            let lost = if met.lost { ", the answer is lost" } else { "" };
            let applied = met.applied.map(|status| format!(", applied with {status}"));
            let applied = applied.unwrap_or_default();
            format!(
                "fault {}: {} ({}{applied}{lost})",
                met.id, met.effect, met.phase
            )
        }),
        request: pretty(&exchange.request),
        response: pretty(&exchange.response),
    }
}

/// A body in lines, where it is JSON.
fn pretty(body: &str) -> String {
    serde_json::from_str::<serde_json::Value>(body)
        .and_then(|json| serde_json::to_string_pretty(&json))
        .unwrap_or_else(|_| body.to_owned())
}
