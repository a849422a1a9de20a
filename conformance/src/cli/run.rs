//! `zoom-conformance run`, the main job.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::diagnose::foreign;
use super::layers::{batches, for_whom, shrink_failures};
use super::{
    AS_PROVISIONER, EXIT_NOT_RUN, EXIT_OK, EXIT_UNCOVERED, EXIT_VIOLATED, Selection, say,
    say_error, select,
};
use crate::driver::{
    ANSWER_DEADLINE, Builtin, Capabilities, Child, Driver, DriverError, MakeDriver, Program,
};
use crate::generate::{CELLS, Cell, Story, stories};
use crate::invariant::Invariant;
use crate::oracle::Row;
use crate::report::{BAD, DIM, DOUBTFUL, GOOD, HEADING, Saved, Summary, matrix, story};
use crate::run::{Layer, Suite, Tally};
use crate::scenario::{Scenario, Step};

/// How many failed scenarios are told as stories; the others are in their files and in the matrix.
const SHOWN_STORIES: usize = 5;
/// How many scenarios are under way for each core: most of a scenario is waiting for an answer.
const JOBS_PER_CORE: usize = 4;

/// How the suite is run.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Arguments {
    /// Only ids that fit: a part of the id, or a pattern with `*`
    #[arg(long, value_name = "FILTER")]
    only: Option<String>,
    /// How many scenarios are under way at once [default: four for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Write the result to a file as JSON (`-` for stdout, and then nothing else is printed there)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The seed of the mock's ids and credentials
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Where failed scenarios are saved
    #[arg(long, value_name = "DIR", default_value = "zoom-conformance-failures")]
    failures: PathBuf,
    /// The zoom-provisioner for the stories through the program [default: the built-in one]
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,
    /// Run so many sequences by chance as well, half of them with faults, drawn from the seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    cases: usize,
    /// How many events follow each other in the exhaustive layers: with 2, every pair of events is run as well
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    depth: u8,
    /// Run a foreign provisioner instead: a command that speaks the driver protocol, one process for each job
    #[arg(long, value_name = "COMMAND", conflicts_with = "program")]
    driver: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let arguments = &arguments.with_defaults();
    let Selection {
        mut cells,
        mut stories,
    } = select(arguments.only.as_deref())?;
    let (driver, programs) = match &arguments.driver {
        None => (built_in(), program_stories(arguments.only.as_deref())),
        Some(command) => (foreign(command, ANSWER_DEADLINE)?, Vec::new()),
    };
    let mut batches = batches(
        arguments.depth,
        arguments.cases,
        arguments.seed,
        arguments.only.as_deref(),
    );
    if let Some(command) = &arguments.driver {
        // They ask for more than the driver protocol promises: kills, tests of the connection, dry runs.
        stories.retain(|story| !story.id.contains("/seeded/"));
        let able = match capabilities(command)? {
            Ok(able) => able,
            Err(error) => {
                say_error(&format!("error: {error}"));
                return Ok(EXIT_NOT_RUN);
            }
        };
        if !able.rule_deletion {
            skip_rule_deletions(&mut cells, &mut stories);
        }
        batches = for_whom(batches, able);
    }
    let started = crate::clock::Stopwatch::start();
    let mut planned: BTreeMap<Layer, usize> = [
        (Layer::Cell, cells.len()),
        (Layer::Story, stories.len()),
        (Layer::Program, programs.len()),
    ]
    .into();
    planned.extend(batches.iter().map(|batch| (batch.layer, batch.len)));
    let suite = Suite {
        jobs: arguments.jobs(),
        seed: arguments.seed,
    };
    let bar = progress(planned.values().sum());
    let mut tally = Tally::default();
    let scenarios = cells.iter().map(|cell| cell.scenario()).collect();
    let mut ended = || bar.inc(1);
    tally.merge(suite.run(Layer::Cell, scenarios, &driver, &mut ended)?);
    tally.merge(suite.run(Layer::Story, stories, &driver, &mut ended)?);
    let program = through_program(arguments.program.as_deref())?;
    tally.merge(suite.run(Layer::Program, programs, &program, &mut ended)?);
    for batch in &batches {
        tally.merge(suite.run_batch(batch, &driver, &mut ended)?);
    }
    bar.finish_and_clear();
    shrink_failures(&suite, &mut tally, &driver);
    let seconds = started.elapsed();
    let files = save(&tally, arguments)?;
    let summary = Summary::new(
        &cells,
        &tally,
        &files,
        &planned,
        arguments.seed,
        seconds.as_secs_f64(),
    );
    let to_stdout = arguments.json.as_deref() == Some(Path::new("-"));
    if !to_stdout {
        say(&render(
            &cells, &tally, &files, &planned, arguments, seconds,
        ));
    }
    if let Some(path) = &arguments.json {
        write_json(path, &summary)?;
    }
    Ok(exit_code(&tally, &planned, arguments.only.is_some()))
}

impl Arguments {
    /// What `clap` fills in when the command is named, for when it is not.
    fn with_defaults(&self) -> Self {
        let mut arguments = Self {
            only: self.only.clone(),
            jobs: self.jobs,
            json: self.json.clone(),
            seed: self.seed,
            failures: self.failures.clone(),
            program: self.program.clone(),
            driver: self.driver.clone(),
            cases: self.cases,
            depth: self.depth.max(1),
        };
        if arguments.failures.as_os_str().is_empty() {
            arguments.failures = PathBuf::from("zoom-conformance-failures");
        }
        arguments
    }

    fn jobs(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or(cores * JOBS_PER_CORE, usize::from)
    }
}

/// What a foreign provisioner says that it can do.
fn capabilities(command: &str) -> anyhow::Result<Result<Capabilities, DriverError>> {
    let mut child = Child::new(command, ANSWER_DEADLINE)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(child.capabilities()))
}

/// Leaves out what a provisioner cannot do that is not told of deleted rules, and says so.
fn skip_rule_deletions(cells: &mut Vec<Cell>, stories: &mut Vec<Scenario>) {
    let deletes = |scenario: &Scenario| {
        let mut steps = scenario.steps.iter();
        steps.any(|step| matches!(step, Step::DeleteRule { .. }))
    };
    let all = cells.len() + stories.len();
    cells.retain(|cell| !deletes(&cell.scenario()));
    stories.retain(|story| !deletes(story));
    let left_out = all - cells.len() - stories.len();
    say_error(&format!(
        "skipped: {left_out} scenarios that delete a rule, for the provisioner does not have `rule_deletion`"
    ));
}

/// The provisioner's library, in this process, over real loopback HTTP.
pub(super) fn built_in() -> Arc<MakeDriver> {
    Arc::new(|| Ok(Box::new(Builtin::new()?) as Box<dyn Driver>))
}

/// The provisioner as a program: a given one, or this one under the other's name.
pub(super) fn through_program(program: Option<&Path>) -> anyhow::Result<Arc<MakeDriver>> {
    let (program, arguments) = program_command(program)?;
    Ok(Arc::new(move || {
        Ok(Box::new(Program::new(program.clone(), arguments.clone())) as Box<dyn Driver>)
    }))
}

/// A given program, or this one under the other's name; and the arguments that come before the program's own.
pub(super) fn program_command(program: Option<&Path>) -> std::io::Result<(PathBuf, Vec<OsString>)> {
    Ok(match program {
        Some(program) => (program.to_owned(), Vec::new()),
        None => (std::env::current_exe()?, vec![AS_PROVISIONER.into()]),
    })
}

/// The stories that also go through the program: the one that has the most in it.
fn program_stories(only: Option<&str>) -> Vec<Scenario> {
    let suffix = format!("/{}", Story::WholeLife.id());
    stories()
        .filter(|story| story.id.ends_with(&suffix))
        .filter(|story| only.is_none_or(|only| super::matches(only, &story.id)))
        .collect()
}

pub(super) fn progress(scenarios: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(scenarios as u64), ProgressDrawTarget::stderr());
    let template = "{bar:30} {pos}/{len} scenarios  {per_sec}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Saves every failure, and says where.
fn save(tally: &Tally, arguments: &Arguments) -> anyhow::Result<Vec<Option<String>>> {
    let mut files = Vec::new();
    for failure in &tally.failures {
        let path = Saved::new(failure, arguments.seed).write(&arguments.failures)?;
        files.push(Some(path.display().to_string()));
    }
    Ok(files)
}

pub(super) fn write_json(path: &Path, summary: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(summary)?;
    text.push('\n');
    if path == Path::new("-") {
        say(&text);
        return Ok(());
    }
    std::fs::write(path, text).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
}

fn exit_code(tally: &Tally, planned: &BTreeMap<Layer, usize>, filtered: bool) -> u8 {
    if !tally.failures.is_empty() {
        EXIT_VIOLATED
    } else if !tally.not_run.is_empty() {
        EXIT_NOT_RUN
    } else if uncovered(tally, planned, filtered).is_empty() {
        EXIT_OK
    } else {
        EXIT_UNCOVERED
    }
}

/// What a green result would lack: scenarios that were not run, and in an unfiltered run cells that do not
/// exist, rows that decided nothing, invariants that judged nothing.
fn uncovered(tally: &Tally, planned: &BTreeMap<Layer, usize>, filtered: bool) -> Vec<String> {
    let mut lacking = Vec::new();
    for (layer, planned) in planned {
        let run = tally.passed(*layer) + tally.failed(*layer);
        if run < *planned {
            lacking.push(format!(
                "{run} of {planned} in the layer {layer:?} were run"
            ));
        }
    }
    if filtered {
        return lacking;
    }
    let cells = planned.get(&Layer::Cell).copied().unwrap_or(0);
    if cells < CELLS {
        lacking.push(format!("{cells} of {CELLS} cells exist"));
    }
    let rows = Row::ALL.iter().filter(|row| !tally.rows.contains(row));
    lacking.extend(rows.map(|row| format!("{row} decided nothing")));
    let judged = |invariant: &&Invariant| {
        tally
            .counts
            .get(invariant)
            .is_some_and(|count| count.checked > 0)
    };
    let idle = Invariant::ALL
        .iter()
        .filter(|invariant| !invariant.needs_trouble() && !judged(invariant));
    lacking.extend(idle.map(|invariant| format!("{invariant} had nothing to judge")));
    lacking
}

fn render(
    cells: &[Cell],
    tally: &Tally,
    files: &[Option<String>],
    planned: &BTreeMap<Layer, usize>,
    arguments: &Arguments,
    elapsed: Duration,
) -> String {
    let mut text = String::new();
    for (failure, file) in tally.failures.iter().zip(files).take(SHOWN_STORIES) {
        text.push_str(&story(&failure.scenario, &failure.verdict));
        if let Some(file) = file {
            let by = arguments.driver.as_ref();
            let by = by.map(|command| format!(" --driver '{command}'"));
            let by = by.unwrap_or_default();
            let _ = writeln!(text, "      again: zoom-conformance replay {file}{by}");
        }
        text.push('\n');
    }
    if tally.failures.len() > SHOWN_STORIES {
        let more = tally.failures.len() - SHOWN_STORIES;
        let folder = arguments.failures.display();
        let _ = writeln!(
            text,
            "{DIM}{more} more failures, each saved in {folder}{DIM:#}\n"
        );
    }
    if !cells.is_empty() {
        text.push_str(&matrix(cells, tally));
        let _ = writeln!(
            text,
            "{DIM}C create, U update, D disable, P deprovision: 1 = allowed. R: the remove action,\n\
             1 = delete. X: deprovision on rule deletion. A square says how many of 6 prior\n\
             states hold.{DIM:#}\n"
        );
    }
    for layer in Layer::ALL {
        let (name, what) = (layer.name(), layer.says());
        let planned = planned.get(&layer).copied().unwrap_or(0);
        let passed = tally.passed(layer);
        let style = if passed == planned { GOOD } else { BAD };
        if planned > 0 {
            let figure = format!("{} of {}", grouped(passed), grouped(planned));
            let _ = writeln!(
                text,
                "{name:10} {style}{figure:>16}{style:#}  {DIM}{what}{DIM:#}"
            );
        }
    }
    let checks: u64 = tally.counts.values().map(|count| count.checked).sum();
    let _ = writeln!(
        text,
        "{:10} {:>16}  {DIM}of {} invariants, {} of {} oracle rows{DIM:#}",
        "judgements",
        grouped(usize::try_from(checks).unwrap_or(usize::MAX)),
        tally.counts.len(),
        tally.rows.len(),
        Row::ALL.len(),
    );
    let took = format!("{:.1} s", elapsed.as_secs_f64());
    let _ = writeln!(
        text,
        "{:10} {took:>16}  {DIM}seed {}{DIM:#}",
        "time", arguments.seed
    );
    for not_run in &tally.not_run {
        let _ = writeln!(
            text,
            "{BAD}not run{BAD:#}  {}: {}",
            not_run.id, not_run.error
        );
    }
    for lacking in uncovered(tally, planned, arguments.only.is_some()) {
        let _ = writeln!(text, "{DOUBTFUL}not covered{DOUBTFUL:#}  {lacking}");
    }
    let verdict = match exit_code(tally, planned, arguments.only.is_some()) {
        EXIT_OK => format!("{GOOD}all hold{GOOD:#}"),
        EXIT_VIOLATED => format!("{BAD}{} violated{BAD:#}", tally.failures.len()),
        EXIT_NOT_RUN => format!("{BAD}the provisioner could not be run{BAD:#}"),
        _ => format!("{DOUBTFUL}too little was covered{DOUBTFUL:#}"),
    };
    let _ = writeln!(text, "{HEADING}result{HEADING:#}     {verdict}");
    text
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
