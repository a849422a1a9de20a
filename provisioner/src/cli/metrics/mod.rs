//! What a program that keeps running tells of itself: whether it is ready, and metrics for Prometheus.

mod kind;
mod loopback;
mod serve;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use self::kind::kind;
pub(super) use self::loopback::Loopback;
pub(super) use self::serve::serve;
use super::Failure;
use super::watch::{Outcome, writes};
use crate::summary::{Report, Summary};
use crate::zoom::Traffic;

/// The bounds of the durations of runs, in seconds.
const DURATIONS: [f64; 9] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];

/// One label and its value.
type Labels = [(&'static str, &'static str); 1];
type Counters = Family<Labels, Counter>;
type Gauges = Family<Labels, Gauge>;

/// The metrics of one program, and whether it is ready.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    runs: Counters,
    durations: Histogram,
    users: Gauges,
    writes: Counters,
    failures: Counters,
    requests: Counter,
    throttled: Counter,
    retries: Counter,
    last_success: Gauge,
    links: Gauge,
    /// Why it is not ready, if it is not.
    unready: Mutex<Option<String>>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("zoom_provisioner");
        let build = vec![("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The program", Info::new(build));
        let metrics = Self {
            runs: Family::default(),
            durations: Histogram::new(DURATIONS),
            users: Family::default(),
            writes: Family::default(),
            failures: Family::default(),
            requests: Counter::default(),
            throttled: Counter::default(),
            retries: Counter::default(),
            last_success: Gauge::default(),
            links: Gauge::default(),
            unready: Mutex::new(Some("no run has ended yet".to_owned())),
            registry: Registry::default(),
        };
        let mut add = |name, help, metric: Metric| metric.register(&mut registry, name, help);
        let m = &metrics;
        add(
            "runs",
            "Runs by how they ended",
            Metric::Counters(m.runs.clone()),
        );
        add(
            "users",
            "Users in scope by status at the last run",
            Metric::Gauges(m.users.clone()),
        );
        add(
            "writes",
            "Writes to Zoom by kind",
            Metric::Counters(m.writes.clone()),
        );
        add(
            "failures",
            "Failures of users and of runs by kind",
            Metric::Counters(m.failures.clone()),
        );
        add(
            "requests",
            "Requests to Zoom",
            Metric::Counter(m.requests.clone()),
        );
        add(
            "throttled",
            "Answers of Zoom that there were too many requests",
            Metric::Counter(m.throttled.clone()),
        );
        add(
            "retries",
            "Requests to Zoom that were sent again",
            Metric::Counter(m.retries.clone()),
        );
        add(
            "links",
            "Users who are linked to a Zoom user",
            Metric::Gauge(m.links.clone()),
        );
        add(
            "last_success_timestamp_seconds",
            "When a run last ended without a failure, in Unix time",
            Metric::Gauge(m.last_success.clone()),
        );
        registry.register(
            "run_duration_seconds",
            "How long runs took",
            metrics.durations.clone(),
        );
        Self {
            registry,
            ..metrics
        }
    }

    /// Takes note of a run.
    pub(super) fn ran(
        &self,
        outcome: Outcome,
        time: Duration,
        result: &Result<Report, Failure>,
        now: Timestamp,
    ) {
        self.runs
            .get_or_create(&[("outcome", outcome.name())])
            .inc();
        self.durations.observe(time.as_secs_f64());
        match result {
            Ok(report) => self.reported(report),
            Err(failure) => {
                self.failures
                    .get_or_create(&[("kind", kind(failure))])
                    .inc();
            }
        }
        if outcome == Outcome::Ok {
            self.last_success.set(now.as_second());
        }
        self.judge(outcome, result);
    }

    fn reported(&self, report: &Report) {
        for (status, count) in by_status(&report.summary) {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.users.get_or_create(&[("status", status)]).set(count);
        }
        for (kind, count) in writes(report) {
            self.writes
                .get_or_create(&[("kind", kind)])
                .inc_by(count as u64);
        }
        let failed = report.summary.failed + report.summary.failed_removals;
        self.failures
            .get_or_create(&[("kind", "user")])
            .inc_by(failed as u64);
    }

    /// What went over the wire in a run.
    pub(super) fn traffic(&self, before: Traffic, after: Traffic) {
        let count = |counter: &Counter, before: u64, after: u64| {
            // Another engine counts from the beginning.
            counter.inc_by(after.checked_sub(before).unwrap_or(after));
        };
        count(&self.requests, before.requests, after.requests);
        count(&self.throttled, before.throttled, after.throttled);
        count(&self.retries, before.retries, after.retries);
    }

    /// How many users are linked.
    pub(super) fn links(&self, links: usize) {
        self.links.set(i64::try_from(links).unwrap_or(i64::MAX));
    }

    /// Ready is who can provision: users who fail, a file that is being written and limits that pass are no reason
    /// to be taken out of service.
    fn judge(&self, outcome: Outcome, result: &Result<Report, Failure>) {
        let why = match (outcome, result) {
            (Outcome::Ok | Outcome::SomeFailed | Outcome::HeldBack, _) => None,
            (Outcome::Skipped | Outcome::Deferred | Outcome::Stopped, _) => return,
            (_, Err(failure)) => Some(failure.to_string()),
            (_, Ok(_)) => None,
        };
        *self.unready.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Why it is not ready, if it is not.
    fn unready(&self) -> Option<String> {
        let held = self.unready.lock().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    /// All metrics as text (OpenMetrics 1.0).
    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// What the registry takes.
enum Metric {
    Counter(Counter),
    Counters(Counters),
    Gauge(Gauge),
    Gauges(Gauges),
}

impl Metric {
    fn register(self, registry: &mut Registry, name: &str, help: &str) {
        match self {
            Self::Counter(metric) => registry.register(name, help, metric),
            Self::Counters(metric) => registry.register(name, help, metric),
            Self::Gauge(metric) => registry.register(name, help, metric),
            Self::Gauges(metric) => registry.register(name, help, metric),
        }
    }
}

fn by_status(summary: &Summary) -> [(&'static str, usize); 4] {
    [
        ("success", summary.success),
        ("unsynced", summary.unsynced),
        ("partial", summary.partial),
        ("failed", summary.failed),
    ]
}
