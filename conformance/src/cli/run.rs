//! `zoom-conformance run`, the main job.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::batch::{Selected, Selection, batches};
use super::budget::Budget;
use super::layers::{More, beyond, shrink_failures};
use super::outputs::Outputs;
use super::policy::{Choice, HeldTo, policies};
use super::whose::{Greeting, Whose, through_program};
use super::{EXIT_NOT_RUN, exit_code, nothing_selected, say, say_error};
use crate::report::{Asked, DIM, Planned, Saved, Summary, overview, story};
use crate::run::{Batch, Layer, Shard, Suite, SuiteError, Tally};
use crate::scenario::Policies;

/// How many failed scenarios are told as stories; the others are in their files and in the matrix.
const SHOWN_STORIES: usize = 5;
/// How many scenarios are under way for each core: most of a scenario is waiting for an answer.
const JOBS_PER_CORE: usize = 4;

/// The most sequences by chance that one run has.
const MAX_CASES: u64 = 100_000_000;

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Tier {
    /// For every change.
    Quick,
    /// For every night.
    Full,
    /// For as long as there is a machine.
    Soak,
}

impl Tier {
    fn depth(self) -> u8 {
        match self {
            Self::Quick => 1,
            Self::Full | Self::Soak => 2,
        }
    }

    fn has_scale(self) -> bool {
        match self {
            Self::Quick => false,
            Self::Full | Self::Soak => true,
        }
    }

    fn cases(self) -> u64 {
        match self {
            Self::Quick => 20_000,
            Self::Full => 500_000,
            Self::Soak => 10_000_000,
        }
    }
}

/// How the suite is run.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only ids that fit: a part of the id, or a pattern with `*`
    #[arg(long, value_name = "FILTER")]
    only: Option<String>,
    /// How many scenarios are under way at once [default: four for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Run one part of many, such as 2/8: every layer is dealt out; `merge` puts the results together
    #[arg(long, value_name = "N/OF")]
    shard: Option<Shard>,
    /// How much is run: `quick` adds kills, the covering array, liveness and 20,000 sequences by chance to what always runs, `full` every
    /// pair of events and 500,000 sequences, `soak` 10,000,000
    #[arg(long, value_name = "TIER", value_enum)]
    tier: Option<Tier>,
    /// Run so many sequences by chance as well, half of them with faults, drawn from the seed [default: 0, or
    /// as the tier says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=MAX_CASES))]
    cases: Option<u64>,
    /// How many events follow each other in the exhaustive layers: with 2, every pair of events is run as well
    /// [default: 1, or as the tier says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2))]
    depth: Option<u8>,
    /// Kill the provisioner at each of its requests as well, and start it again; each tier does
    #[arg(long)]
    kills: bool,
    /// Run the covering array as well, in which every three values of switches, events, prior states, faults, pages and
    /// restarts meet; each tier does
    #[arg(long)]
    arrays: bool,
    /// Run what goes wrong for good as well: a user who always fails, a token that is taken away again and again, three of
    /// ten answers that tell to wait; each tier does
    #[arg(long)]
    live: bool,
    /// Run thousands of users as well; the tiers `full` and `soak` do
    #[arg(long)]
    scale: bool,
    /// Begin no scenario after so many seconds; what is left out is told, and the result is not complete
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=604_800))]
    time_budget: Option<u64>,
    /// What the provisioner is held to where the documents leave a choice; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    policy: Vec<Choice>,
    /// The seed of the mock's ids and credentials
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Where failed scenarios are saved
    #[arg(long, value_name = "DIR", default_value = "zoom-conformance-failures")]
    failures: PathBuf,
    #[command(flatten)]
    outputs: Outputs,
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let driver = arguments.whose.make()?;
    let proof = arguments.outputs.proof()?;
    let policies = policies(&arguments.policy)?;
    let greeting = match arguments.whose.greet()? {
        Ok(greeting) => greeting,
        Err(error) => {
            say_error(&format!("error: {error}"));
            return Ok(EXIT_NOT_RUN);
        }
    };
    let only = arguments.only.as_deref();
    let able = greeting.as_ref().map(|greeting| greeting.able);
    // A foreign provisioner has not chosen what it does not say.
    let is_held = able.is_some() || !arguments.policy.is_empty();
    let held_to = is_held.then_some(HeldTo {
        choices: policies,
        limits_removals: able.is_none_or(|able| able.removal_limit),
    });
    let beyond = beyond(arguments.more()?, arguments.seed, held_to);
    let selection = Selection {
        only,
        able,
        held_to,
    };
    let batches = batches(beyond, selection)?;
    if let (Some(only), true) = (only, batches.iter().all(Selected::is_empty)) {
        return Err(nothing_selected(only));
    }
    let suite = Suite {
        jobs: arguments.jobs(),
        seed: arguments.seed,
    };
    let mut planned = BTreeMap::new();
    for batch in &batches {
        planned.insert(batch.layer(), batch.planned(arguments.shard));
    }
    let bar = progress(planned.values().map(|layer| layer.total).sum());
    let budget = Budget::start(arguments.time_budget);
    let mut tally = Tally::default();
    for batch in batches {
        let layer = batch.layer();
        let driver = match layer {
            Layer::Program => through_program(arguments.whose.program.as_deref())?,
            Layer::Saved
            | Layer::Cell
            | Layer::Story
            | Layer::DepthTwo
            | Layer::Random
            | Layer::Kill
            | Layer::Array
            | Layer::Live
            | Layer::Scale => driver.clone(),
        };
        let batch = batch.part(arguments.shard, held_to);
        let began = crate::clock::Stopwatch::start();
        let mut ended = || bar.inc(1);
        tally.merge(within(&budget, &batch, &mut |part| {
            suite.run_batch(part, &driver, &mut ended)
        })?);
        if let Some(layer) = planned.get_mut(&layer) {
            layer.seconds = Some(began.elapsed().as_secs_f64());
            // Of chance there is as much as there is time for; everything else has to be whole.
            if batch.layer == Layer::Random && budget.is_spent() {
                layer.total = begun(&tally, batch.layer);
            }
        }
    }
    bar.finish_and_clear();
    shrink_failures(&suite, &mut tally, &driver, selection);
    let files = save(&tally, arguments)?;
    let planned = Planned {
        asked: arguments.asked(greeting, policies),
        shard: arguments.shard,
        layers: planned,
        seed: arguments.seed,
        seconds: budget.elapsed().as_secs_f64(),
    };
    let summary = Summary::new(planned, &tally, &files);
    if !arguments.outputs.take_stdout() {
        say(&stories(&summary, &tally, arguments));
        say(&overview(&summary));
    }
    arguments.outputs.write(&summary, proof.as_ref())?;
    Ok(exit_code(summary.result))
}

/// How many scenarios of a layer were begun.
fn begun(tally: &Tally, layer: Layer) -> usize {
    let not_run = tally.not_run.iter().filter(|one| one.layer == layer);
    tally.passed(layer) + tally.failed(layer) + not_run.count()
}

/// Runs a batch as far as the time goes.
fn within(
    budget: &Budget,
    batch: &Batch,
    run: &mut dyn FnMut(&Batch) -> Result<Tally, SuiteError>,
) -> Result<Tally, SuiteError> {
    let mut tally = Tally::default();
    let at_once = budget.at_once(batch.len);
    for begun in (0..batch.len).step_by(at_once) {
        if budget.is_spent() {
            break;
        }
        let whole = batch.clone();
        let len = at_once.min(batch.len - begun);
        let part = Batch::new(batch.layer, len, move |index| whole.scenario(begun + index));
        let mut some = run(&part)?;
        for failure in &mut some.failures {
            failure.index += begun;
        }
        for not_run in &mut some.not_run {
            not_run.index += begun;
        }
        tally.merge(some);
    }
    Ok(tally)
}

impl Arguments {
    fn more(&self) -> anyhow::Result<More> {
        let tier = self.tier;
        let cases = self.cases.or(tier.map(Tier::cases)).unwrap_or(0);
        Ok(More {
            depth: self.depth.or(tier.map(Tier::depth)).unwrap_or(1),
            cases: usize::try_from(cases)?,
            kills: self.kills || tier.is_some(),
            arrays: self.arrays || tier.is_some(),
            live: self.live || tier.is_some(),
            scale: self.scale || tier.is_some_and(Tier::has_scale),
        })
    }

    fn jobs(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.jobs.map_or(cores * JOBS_PER_CORE, usize::from);
        jobs.min(self.whose.most_jobs().unwrap_or(jobs))
    }

    fn asked(&self, greeting: Option<Greeting>, policies: Policies) -> Asked {
        let own = || concat!("zoom-provisioner ", env!("CARGO_PKG_VERSION")).to_owned();
        Asked {
            suite: concat!("zoom-conformance ", env!("CARGO_PKG_VERSION")).to_owned(),
            provisioner: greeting.map_or_else(own, |greeting| greeting.name),
            driver: self.whose.written(),
            only: self.only.clone(),
            policies,
        }
    }
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

/// The first failures as stories, each with the command that runs it again.
fn stories(summary: &Summary, tally: &Tally, arguments: &Arguments) -> String {
    let mut text = String::new();
    let failures = tally.failures.iter().zip(&summary.failures);
    for (failure, told) in failures.take(SHOWN_STORIES) {
        text.push_str(&story(&failure.scenario, &failure.verdict));
        if let Some(again) = &told.again {
            let _ = writeln!(text, "      again: {again}");
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
    text
}
