//! `zoom-conformance diagnose`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mock_server::Scenario;

use super::outputs::write_json;
use super::run::progress;
use super::whose::{foreign, program_command};
use super::{EXIT_NOT_RUN, EXIT_OK, EXIT_UNCOVERED, EXIT_VIOLATED, matches, say};
use crate::diagnose::{DEFAULT_JOBS, Examination, Examined, Measure, Outcome};
use crate::driver::{ANSWER_DEADLINE, Builtin, Driver, MakeDriver, Program};
use crate::report::{Diagnoses, diagnoses};

/// How long our own test waits at each place, unless told otherwise: everything is on this machine.
const LIMIT: Duration = Duration::from_secs(2);
/// How many times as long it waits where it may have lacked time, since the machine was busy.
const PATIENCE: u32 = 10;

/// What to diagnose, and how.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The scenarios are those that `zoom-mock scenarios` lists. Our own provisioner is held to the diagnosis \
                  of each, by the library or as the program with its files and exit codes. Any other is started with \
                  --driver, speaks the driver protocol by the line, and is held to failing where it must and passing \
                  where it must. None may write anything or put out a secret.\n\n\
                  Exit codes:\n  0  each diagnosis is the expected one\n  1  some are not, or something was written \
                  or put out\n  2  usage\n  3  the provisioner does not test connections\n  4  the provisioner could \
                  not be run\n\n\
                  Examples:\n  zoom-conformance diagnose\n  zoom-conformance diagnose --only 'tls-*'\n  \
                  zoom-conformance diagnose --through program --json result.json\n  zoom-conformance diagnose --driver \
                  'python3 conformance/adapters/provisioner.py'"
)]
pub(super) struct Arguments {
    /// Only scenarios whose names fit: a part of the name, or a pattern with `*`
    #[arg(long, value_name = "PATTERN")]
    only: Option<String>,
    /// How many scenarios are under way at once
    #[arg(long, value_name = "N", default_value_t = DEFAULT_JOBS, value_parser = jobs)]
    jobs: usize,
    /// The most that a test waits at each place, in whole seconds for a program; with --driver the most that
    /// one answer may take [default: 2000, and 30000 with --driver]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(100..=600_000))]
    timeout_ms: Option<u64>,
    /// Write the result as JSON to a file, or to stdout, and then nothing else is printed there
    #[arg(long, value_name = "FILE|-", num_args = 0..=1, default_missing_value = "-")]
    json: Option<PathBuf>,
    /// How our own provisioner is asked
    #[arg(long, value_name = "WAY", value_enum, default_value_t = Through::Library)]
    through: Through,
    /// The zoom-provisioner for `--through program` [default: the built-in one]
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,
    /// A foreign provisioner: a command that speaks the driver protocol
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["through", "program"])]
    driver: Option<String>,
    /// The seed of the mocks' ids and credentials
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// The ways to our own provisioner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Through {
    /// In this process
    Library,
    /// As a user starts it
    Program,
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs @ 1..=256) => Ok(jobs),
        _ => Err("must be from 1 to 256".to_owned()),
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let scenarios = select(arguments.only.as_deref())?;
    let (make, measure) = examinee(arguments, 1)?;
    let examination = Examination {
        jobs: arguments.jobs,
        seed: arguments.seed,
        measure,
    };
    let bar = progress(scenarios.len());
    let started = crate::clock::Stopwatch::start();
    let mut examined = examination.run(scenarios, &make, &mut || bar.inc(1))?;
    if examined.iter().any(Examined::may_have_lacked_time) {
        let (patient, measure) = examinee(arguments, PATIENCE)?;
        let examination = Examination {
            measure,
            ..examination
        };
        examination.again(&mut examined, &patient)?;
    }
    let elapsed = started.elapsed();
    bar.finish_and_clear();
    if arguments.json.as_deref() != Some(Path::new("-")) {
        say(&diagnoses(&examined, arguments.driver.is_some(), elapsed));
    }
    if let Some(path) = &arguments.json {
        write_json(path, &Diagnoses::new(&examined, elapsed.as_secs_f64()))?;
    }
    Ok(exit_code(&examined))
}

/// The scenarios that a pattern selects, in their order.
fn select(only: Option<&str>) -> anyhow::Result<Vec<Scenario>> {
    let all = Scenario::all().iter();
    let selected: Vec<Scenario> = all
        .filter(|scenario| only.is_none_or(|only| matches(only, scenario.name)))
        .cloned()
        .collect();
    if let (Some(only), true) = (only, selected.is_empty()) {
        let near = Scenario::nearest(only).map(|near| format!("; did you mean `{near}`?"));
        anyhow::bail!(
            "`--only {only}` selects no scenario{}; `zoom-mock scenarios` lists them all",
            near.unwrap_or_default()
        );
    }
    Ok(selected)
}

/// Who is examined, and what for; with so many times the limit.
fn examinee(arguments: &Arguments, times: u32) -> anyhow::Result<(Arc<MakeDriver>, Measure)> {
    let timeout = arguments.timeout_ms.map(Duration::from_millis);
    let limit = timeout.unwrap_or(LIMIT) * times;
    Ok(match (&arguments.driver, arguments.through) {
        (Some(command), _) => {
            let make = foreign(command, timeout.unwrap_or(ANSWER_DEADLINE))?;
            (make, Measure::Outcome)
        }
        (None, Through::Library) => {
            let make: Arc<MakeDriver> =
                Arc::new(move || Ok(Box::new(Builtin::with_limit(limit)?) as Box<dyn Driver>));
            (make, Measure::Code { limit })
        }
        (None, Through::Program) => {
            let (program, before) = program_command(arguments.program.as_deref())?;
            let limit_s = limit.as_millis().div_ceil(1_000);
            let limit_s = u64::try_from(limit_s)?;
            let make: Arc<MakeDriver> = Arc::new(move || {
                let program = Program::new(program.clone(), before.clone());
                Ok(Box::new(program.with_limit_s(limit_s)) as Box<dyn Driver>)
            });
            let limit = Duration::from_secs(limit_s);
            (make, Measure::Code { limit })
        }
    })
}

fn exit_code(examined: &[Examined]) -> u8 {
    let any = |of: fn(&Examined) -> bool| examined.iter().any(of);
    let wrong = |one: &Examined| matches!(one.outcome, Outcome::Tested { .. }) && !one.holds();
    if any(wrong) {
        EXIT_VIOLATED
    } else if any(|one| matches!(one.outcome, Outcome::NotRun(_))) {
        EXIT_NOT_RUN
    } else if any(|one| matches!(one.outcome, Outcome::Skipped(_))) {
        EXIT_UNCOVERED
    } else {
        EXIT_OK
    }
}
