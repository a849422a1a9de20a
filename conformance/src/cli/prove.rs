//! `zoom-conformance prove`: holds wrong provisioners, and right ones, to the suite.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::outputs::write_json;
use super::{EXIT_OK, EXIT_VIOLATED, say};
use crate::machine;
use crate::prove::{OfBug, Proof, Task, prove};
use crate::report::{BAD, DIM, DOUBTFUL, GOOD, HEADING, ProofSummary, left_out, proof};
use crate::scenario::Scenario;
use crate::seeded_bugs::{Bug, Control, LEFT_OUT, NoBug};

/// What is to be proved.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only this bug, such as B46, or this control, such as G05; may be given several times
    #[arg(long, value_name = "BUG")]
    bug: Vec<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// The seed of the random histories
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How many random histories a bug gets before it counts as not caught by them
    #[arg(long, value_name = "N", default_value_t = 5000)]
    sequences: u64,
    /// List the bugs and controls, and run nothing
    #[arg(long, conflicts_with_all = ["bug", "json"])]
    list: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    if arguments.list {
        say(&list());
        return Ok(EXIT_OK);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut task = Task {
        bugs: Bug::ALL.to_vec(),
        controls: Control::ALL.to_vec(),
        seed: arguments.seed,
        sequences: arguments.sequences,
        jobs: cores,
        draw: Some(by_chance),
    };
    if !arguments.bug.is_empty() {
        (task.bugs, task.controls) = named(&arguments.bug)?;
    }
    let started = crate::clock::Stopwatch::start();
    let bar = progress(task.bugs.len() + task.controls.len());
    let proved = prove(&task, &mut || bar.inc(1))?;
    bar.finish_and_clear();
    if arguments.json {
        write_json(Path::new("-"), &ProofSummary::from(&proved))?;
    } else {
        let seconds = started.elapsed().as_secs_f64();
        say(&render(&proved, &task, seconds));
    }
    Ok(if proved.holds() {
        EXIT_OK
    } else {
        EXIT_VIOLATED
    })
}

/// The bugs and the controls of these names.
fn named(names: &[String]) -> Result<(Vec<Bug>, Vec<Control>), NoBug> {
    let (mut bugs, mut controls) = (Vec::new(), Vec::new());
    for name in names {
        match name.parse::<Control>() {
            Ok(control) => controls.push(control),
            Err(_) => bugs.push(name.parse()?),
        }
    }
    Ok((bugs, controls))
}

/// Random histories, every other one with faults.
fn by_chance(seed: u64, case: u64) -> Scenario {
    machine::scenario(seed, case, case % 2 == 1)
}

fn list() -> String {
    let mut text = String::new();
    for bug in Bug::ALL {
        let _ = writeln!(text, "{bug:5} {}", bug.says());
    }
    for control in Control::ALL {
        let _ = writeln!(text, "{control:5} {}", control.says());
    }
    text + &left_out()
}

fn render(proved: &Proof, task: &Task, seconds: f64) -> String {
    let mut text = proof(proved);
    if !proved.controls.is_empty() {
        text.push_str(&left_out());
    }
    let caught = proved.bugs.iter().filter(|of| of.is_caught()).count();
    let figure = |style, figure: usize, of: usize| format!("{style}{figure} of {of}{style:#}");
    let good = |figure, of| if figure == of { GOOD } else { BAD };
    let bugs = proved.bugs.len();
    let _ = writeln!(
        text,
        "\ncaught     {}  {DIM}seeded bugs; {} more of the catalogue are not here{DIM:#}",
        figure(good(caught, bugs), caught, bugs),
        LEFT_OUT.len()
    );
    let only_story: Vec<String> = names(proved, |of| of.is_caught() && of.by_random.is_none());
    if task.draw.is_some() {
        let random = bugs - only_story.len() - (bugs - caught);
        let style = if random == bugs { GOOD } else { DOUBTFUL };
        let _ = writeln!(
            text,
            "by chance  {}  {DIM}by random histories, at most {} each{DIM:#}",
            figure(style, random, bugs),
            task.sequences
        );
    }
    if !only_story.is_empty() && task.draw.is_some() {
        let _ = writeln!(
            text,
            "{DOUBTFUL}weak{DOUBTFUL:#}       random histories do not reach {}",
            only_story.join(", ")
        );
    }
    let clear = proved.controls.iter().filter(|of| of.accused.is_none());
    let (clear, controls) = (clear.count(), proved.controls.len());
    if controls > 0 {
        let _ = writeln!(
            text,
            "right      {}  {DIM}controls that pass{DIM:#}",
            figure(good(clear, controls), clear, controls)
        );
    }
    let _ = writeln!(
        text,
        "time       {seconds:.1} s  {DIM}seed {}{DIM:#}",
        task.seed
    );
    let missed = names(proved, |of| !of.is_caught());
    let accused = proved.controls.iter().filter(|of| of.accused.is_some());
    let accused: Vec<String> = accused.map(|of| of.control.to_string()).collect();
    let mut verdict = Vec::new();
    if !missed.is_empty() {
        verdict.push(format!("missed {}", missed.join(", ")));
    }
    if !accused.is_empty() {
        verdict.push(format!("wrongly accused {}", accused.join(", ")));
    }
    let verdict = match verdict.as_slice() {
        [] => format!("{GOOD}the suite notices{GOOD:#}"),
        wrong => format!("{BAD}{}{BAD:#}", wrong.join("; ")),
    };
    let _ = writeln!(text, "{HEADING}result{HEADING:#}     {verdict}");
    text
}

fn names(proved: &Proof, fits: impl Fn(&OfBug) -> bool) -> Vec<String> {
    let bugs = proved.bugs.iter().filter(|of| fits(of));
    bugs.map(|of| of.bug.to_string()).collect()
}

fn progress(provisioners: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let length = Some(provisioners as u64);
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    let template = "{bar:30} {pos}/{len} provisioners  {elapsed}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
