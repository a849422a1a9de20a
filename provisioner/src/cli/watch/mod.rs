//! `zoom-provisioner watch`: a run at the start, when a file changes, when somebody asks, and from time to time.

mod changes;
mod line;
mod runs;
mod schedule;

use std::path::PathBuf;
use std::time::Duration;

use compact_str::CompactString;
use jiff::Timestamp;

use self::changes::Files;
pub(super) use self::line::{Outcome, writes};
use self::line::{Ran, Trigger};
use self::runs::Watch;
use self::schedule::{Ended, Next, Schedule};
use super::input::{AuditArguments, Looks, RunArguments};
use super::metrics::Loopback;
use super::show::{say, say_json, say_note, say_warnings};
use super::signal::{self, Hangup};
use super::{EXIT_OK, EXIT_STOPPED, Failure, General, failed};
use crate::clock;
use crate::engine::SyncError;
use crate::links::LinksError;
use crate::plan::Status;
use crate::summary::Report;

/// How to watch.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The state belongs to this program while it runs. Each run reads the files anew and keeps to what it \
                  read. One that fails does not end the program: the wait doubles, up to an hour, and Zoom's own \
                  waits are kept. A file that cannot be read, perhaps because it is being written, skips the run. \
                  When the connection's credentials change, they are tested before they are used. SIGHUP asks for a \
                  run now; SIGTERM and Ctrl-C end the program within 10 s.\n\n\
                  Exit codes:\n  0  told to stop between two runs\n  2  the command line or a file is not right, at \
                  the start\n  4  the state could not be used, at the start; or its database was lost, so start it again\n  5  the connection is untested, \
                  at the start\n  8  told to stop during a run; started again, it goes on\n  9  the \
                  audit cannot be kept, at the start\n\n\
                  Examples:\n  zoom-provisioner watch --connection zoom.toml --rule staff.toml \\\n    --directory \
                  users.json --state zoom.db --interval 60\n  zoom-provisioner watch --connection zoom.toml --rule \
                  staff.toml \\\n    --directory users.json --state zoom.db --metrics 127.0.0.1:0 --json"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    looks: Looks,
    #[command(flatten)]
    audit: AuditArguments,
    /// The wait between two runs, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=MAX_INTERVAL_S))]
    interval: u64,
    /// Serve /healthz, /readyz and /metrics (Prometheus) on this loopback address; port 0 is a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<Loopback>,
}

/// The longest wait between two runs: a week.
const MAX_INTERVAL_S: u64 = 7 * 24 * 3600;

pub(super) async fn run(arguments: &Arguments, general: General) -> Result<u8, Failure> {
    let program = signal::stop()?;
    let mut hangup = Hangup::new()?;
    let mut watch = Watch::begin(arguments).await?;
    let mut files = Files::new(arguments.run.files());
    let mut schedule = Schedule::new(Duration::from_secs(arguments.interval));
    let mut trigger = Trigger::Start;
    let mut told = Told::default();
    loop {
        files.note().await;
        let is_first = trigger == Trigger::Start;
        let ran = watch.run(trigger, &program).await;
        if is_first && ran.result.as_ref().is_err_and(ends_the_start) {
            return ran.result.map(|_| EXIT_OK);
        }
        let is_over = program.cause().is_some();
        let next = schedule.after(ended(&ran, watch.next_retry()), clock::wall());
        let wait = (!is_over).then_some(next.wait);
        if arguments.run.json {
            say_json(&ran.for_machines(wait))?;
        } else if !general.quiet || ran.outcome() != Outcome::Ok {
            say(&ran.for_people(wait))?;
        }
        match &ran.result {
            Ok(report) => told.ran(report),
            Err(Failure::Deferred(error)) => told.warn(error.warnings()),
            Err(_) => {}
        }
        if ran.result.as_ref().is_err_and(has_lost_the_state) {
            return ran.result.map(|_| EXIT_OK);
        }
        if is_over {
            let was_cut = ran.outcome() == Outcome::Stopped;
            return Ok(if was_cut { EXIT_STOPPED } else { EXIT_OK });
        }
        trigger = tokio::select! {
            trigger = due(&files, &mut hangup, next, &arguments.run.connection) => trigger,
            _ = program.stopped() => return Ok(EXIT_OK),
        };
    }
}

/// Returns when a run is due, and why.
async fn due(files: &Files, hangup: &mut Hangup, next: Next, connection: &PathBuf) -> Trigger {
    let waits = tokio::time::sleep(next.wait);
    // Zoom would refuse the run again, whatever changed, unless it is another Zoom by now.
    let changed = async {
        loop {
            let changed = files.changed().await;
            if !next.is_deferred || changed.contains(connection) {
                return changed;
            }
        }
    };
    tokio::select! {
        () = waits => Trigger::Interval,
        () = hangup.next() => Trigger::Hangup,
        changed = changed => {
            let names = changed.iter().map(|path| path.display().to_string());
            Trigger::Changed(names.collect())
        }
    }
}

/// Whether a failure of the first run ends the program: one that somebody at the keyboard has to see.
fn ends_the_start(failure: &Failure) -> bool {
    failure.is_input()
        || matches!(
            failure,
            Failure::Untested | Failure::Links(_) | Failure::Audit(_)
        )
}

/// Whether the state is not ours any more: no later run could use it, and another process may have it.
fn has_lost_the_state(failure: &Failure) -> bool {
    matches!(failure, Failure::Links(LinksError::Lost { .. }))
}

fn ended(ran: &Ran, retry: Option<Timestamp>) -> Ended {
    match &ran.result {
        Err(Failure::Deferred(SyncError::Deferred { until, .. })) => Ended::Deferred(*until),
        Err(failure)
            if !failure.is_input() && !matches!(failure, Failure::Off | Failure::Stopped(_)) =>
        {
            Ended::Badly
        }
        Ok(_) => Ended::Well(retry),
        Err(_) => Ended::Well(None),
    }
}

/// What an administrator was told: it is told again when it changes, and not with every run.
#[derive(Default)]
struct Told {
    warnings: Vec<String>,
    /// Who failed, and why.
    failures: Vec<(CompactString, Option<String>)>,
}

impl Told {
    fn warn(&mut self, warnings: &[String]) {
        let new = warnings.iter();
        let new: Vec<String> = new
            .filter(|warning| !self.warnings.contains(warning))
            .cloned()
            .collect();
        say_warnings(&new);
        self.warnings = warnings.to_vec();
    }

    fn ran(&mut self, report: &Report) {
        self.warn(&report.warnings);
        let failed = report.actions.iter();
        let failed = failed.filter(|outcome| outcome.status == Status::Failed);
        let failures_now: Vec<_> = failed
            .map(|outcome| (outcome.user.clone(), outcome.error.clone()))
            .collect();
        if failures_now != self.failures {
            let failures = failed::outcomes(&report.actions);
            if !failures.is_empty() {
                say_note(failures.trim_end());
            }
            self.failures = failures_now;
        }
    }
}
