//! What a program that keeps running tells of itself: whether it is ready, and metrics for Prometheus.

mod serve;

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
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

pub(super) use self::serve::serve;
use super::Failure;
use super::watch::{Outcome, writes};
use crate::summary::{Report, Summary};
use crate::zoom::{ErrorKind, Reason, Traffic};

/// The bounds of the durations of runs, in seconds.
const DURATIONS: [f64; 9] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];

/// An address of this machine that no other reaches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loopback(SocketAddr);

impl FromStr for Loopback {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address: SocketAddr = text
            .parse()
            .map_err(|_| "it is an address and a port, such as 127.0.0.1:9464".to_owned())?;
        match address.ip().is_loopback() {
            true => Ok(Self(address)),
            false => Err(format!(
                "{} is reached from other machines, and nothing asks who is there; take 127.0.0.1 or [::1], and let a \
                 proxy that does ask stand before it",
                address.ip()
            )),
        }
    }
}

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
            (Outcome::Ok | Outcome::SomeFailed, _) => None,
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

/// What ended a run, in a word that does not change.
fn kind(failure: &Failure) -> &'static str {
    match failure {
        Failure::Zoom(error) => match error.kind {
            ErrorKind::Systemic(reason) => of_reason(reason),
            ErrorKind::Token => "token",
            ErrorKind::Throttled(_) => "limits",
            ErrorKind::Stopped => "stopped",
            ErrorKind::Gone
            | ErrorKind::Conflict
            | ErrorKind::Unknown
            | ErrorKind::Transient
            | ErrorKind::User => "outage",
        },
        Failure::Deferred(_) => "limits",
        Failure::Stopped(_) => "stopped",
        Failure::Off => "off",
        Failure::Untested | Failure::NewSettings(_) => "untested",
        Failure::Links(_) => "state",
        Failure::Transport(_) => "tls",
        Failure::File(_)
        | Failure::Directory(_)
        | Failure::NotForPingOne
        | Failure::DuplicateRule(_)
        | Failure::Metrics { .. }
        | Failure::Output(_) => "input",
    }
}

fn of_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Credentials => "credentials",
        Reason::Token => "token",
        Reason::Contention => "contention",
        Reason::Scope => "scope",
        Reason::Permission => "permission",
        Reason::Account => "account",
        Reason::Tls => "tls",
        Reason::Protocol => "protocol",
        Reason::NotSent => "not_sent",
        Reason::Outage => "outage",
    }
}

/// Whether a `Host` names this machine as nobody else can: a page of somebody else's that resolves to it does not.
fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_alone_is_taken() {
        for text in ["127.0.0.1:0", "127.0.0.2:9464", "[::1]:9464"] {
            assert!(text.parse::<Loopback>().is_ok(), "{text}");
        }
        for text in ["0.0.0.0:9464", "192.168.1.2:1", "[::]:9464"] {
            let why = text.parse::<Loopback>().unwrap_err();
            assert!(why.contains("from other machines"), "{text}: {why}");
        }
        assert!(
            "9464"
                .parse::<Loopback>()
                .unwrap_err()
                .contains("127.0.0.1:9464")
        );
    }

    #[test]
    fn names_of_others_are_no_host_of_ours() {
        for host in [
            "localhost",
            "LOCALHOST:9464",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]:9464",
        ] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:9464",
            "localhost.evil.example",
            "10.0.0.1",
            "[::2]:1",
            "[",
        ] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}
