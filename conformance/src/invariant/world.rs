//! The judgement of a history in which something goes wrong.
//!
//! What became of a run that met a fault, or that was killed, nobody knows in advance: each user may have
//! been dealt with or not. So a run that was faulty is judged by the safety invariants alone, and from then
//! on there are several *worlds*: one in which it did all that it had to, and one in which it did nothing.
//! A later run is right if it is right in one of them. Once [`SETTLING_RUNS`] full runs have passed without
//! a fault, the last of them has to be what the oracle says in one of the worlds, and from then on those
//! worlds alone count. Faults that pass by themselves need not end for that: so many full runs under them have to
//! get everything right, too.
//!
//! This is fair to a run that did a part of its work, as long as each user's outcome does not depend on
//! which part. That is so where, between the last run before the faults and the last of those full runs,
//! the switches and rules stay and each person is touched at most once, in the directory or by hand: then
//! what is due for a user is the same in every one of those runs, and doing it now or later comes to the
//! same. Whoever writes a history with faults has to keep to that; the generators do.

use std::collections::BTreeMap;

use super::{
    Before, Depth, Findings, Judgement, Run, accounting, attempts, change, convergence, crash,
    dry_run, gate, idempotence, isolation, limit, order, ownership, passing, removal, report,
    termination, throttle, wire,
};
use crate::oracle::{AccountKey, Expectation, Walk, fold};
use crate::run::Record;
use crate::scenario::{Scenario, Step};

/// How many full runs without a fault a provisioner has for getting everything right again (I4).
pub const SETTLING_RUNS: u32 = 3;
/// How many worlds are kept apart at the most: four faulty runs before everything is right again.
const MAX_WORLDS: usize = 16;

/// What may be the case.
#[derive(Debug, Clone, PartialEq, Eq)]
struct World {
    walk: Walk,
    /// Zoom's ids of the oracle's accounts.
    ids: BTreeMap<AccountKey, String>,
}

/// Judges the records of a scenario, one for each of its judged steps.
#[must_use]
pub fn judge(scenario: &Scenario, records: &[Record], secrets: &[&str]) -> Judgement {
    judge_by(Walk::new(scenario), scenario, records, secrets)
}

/// The same by a given oracle, which may be a wrong one.
#[must_use]
pub fn judge_by(
    oracle: Walk,
    scenario: &Scenario,
    records: &[Record],
    secrets: &[&str],
) -> Judgement {
    let mut total = Judgement::default();
    let mut worlds = vec![World {
        walk: oracle,
        ids: BTreeMap::new(),
    }];
    let redirects: Vec<String> = redirects(scenario).collect();
    let mut settling = None;
    let mut before_it = Before::default();
    attempts::over_runs(records, &mut total);
    let mut records = records.iter().peekable();
    for (index, step) in scenario.steps.iter().enumerate() {
        if !step.is_judged() {
            for world in &mut worlds {
                world.walk.step(index, step);
            }
            if *step == Step::Restart {
                before_it.kill = Some(index);
            }
            continue;
        }
        if records.peek().is_none() {
            break;
        }
        // A step that was not asked of the provisioner has no record.
        let Some(record) = records.next_if(|record| record.step == index) else {
            continue;
        };
        let is_on = worlds.first().is_some_and(|world| world.walk.is_on());
        let depth = depth(step, record, is_on, &mut settling);
        let mut futures = Vec::new();
        for world in &worlds {
            let mut after = world.clone();
            let Some(expectation) = after.walk.step(index, step) else {
                continue;
            };
            recognise(&mut after.ids, &expectation, record);
            let run = Run {
                expectation: &expectation,
                record,
                ids: &after.ids,
                secrets,
                redirects: &redirects,
                scenario,
                before_it: &before_it,
            };
            let judgement = examine(&run, depth);
            futures.push((after, judgement));
        }
        let fewest = futures
            .iter()
            .map(|(_, judgement)| judgement.violations.len())
            .min();
        let is_ruled_out = |judgement: &Judgement| {
            depth != Depth::Safety && Some(judgement.violations.len()) != fewest
        };
        let mut next: Vec<World> = Vec::new();
        let may_have_done_nothing = record.faulty && depth == Depth::Safety;
        if may_have_done_nothing && !matches!(step, Step::TestConnection) {
            next.extend(worlds.iter().map(|world| world.skipping(step)));
        }
        next.extend(
            futures
                .iter()
                .filter(|(_, judgement)| !is_ruled_out(judgement))
                .map(|(world, _)| world.clone()),
        );
        let best = futures
            .into_iter()
            .map(|(_, judgement)| judgement)
            .min_by_key(|judgement| judgement.violations.len());
        let mut best = best.unwrap_or_default();
        if record.killed {
            before_it.kill = Some(index);
        }
        if let Some(kill) = before_it.kill {
            crash::check(kill, &mut best, index);
        }
        let is_right = depth != Depth::Safety && best.violations.is_empty();
        total.add(best);
        before_it.past.note(record, &scenario.rules);
        if is_right && is_on && matches!(step, Step::Sync { .. }) {
            before_it.settled.clone_from(&record.directory);
        }
        worlds.clear();
        for world in next {
            if !worlds.contains(&world) {
                worlds.push(world);
            }
        }
        if worlds.len() > MAX_WORLDS {
            total.unjudged = records.len();
            break;
        }
    }
    total
}

/// The paths that the faults of a scenario redirect to.
fn redirects(scenario: &Scenario) -> impl Iterator<Item = String> {
    scenario.steps.iter().filter_map(|step| match step {
        Step::Fault { fault } => {
            let location = fault.then.pointer("/redirect/location")?.as_str()?;
            Some(location.to_owned())
        }
        _ => None,
    })
}

impl World {
    /// The world in which a run did nothing. What was seen of its accounts may be others' there.
    fn skipping(&self, step: &Step) -> Self {
        let mut world = self.clone();
        world.walk.skip(step);
        world
    }
}

/// How much is asked of a run. `settling` counts the full runs without a fault since the last faulty one.
fn depth(step: &Step, record: &Record, is_on: bool, settling: &mut Option<u32>) -> Depth {
    let is_test = matches!(step, Step::TestConnection);
    if passing::is_all(record) && settling.is_none() {
        return Depth::Settled;
    }
    if record.faulty && record.passes && !is_test {
        // What passes keeps nobody from getting everything right, in as many runs as that may take.
        settling.get_or_insert(0);
    } else if record.faulty {
        if !is_test {
            *settling = Some(0);
        }
        return Depth::Safety;
    }
    let Some(runs) = settling.as_mut() else {
        return Depth::All;
    };
    if is_on && matches!(step, Step::Sync { full: true, .. }) {
        *runs += 1;
        if *runs >= SETTLING_RUNS {
            *settling = None;
            return Depth::Settled;
        }
    }
    Depth::Safety
}

fn examine(run: &Run<'_>, depth: Depth) -> Judgement {
    let mut judgement = Judgement::default();
    if depth != Depth::Safety {
        let decisions = run.expectation.decisions.iter();
        judgement
            .rows
            .extend(decisions.flat_map(|decision| &decision.rows));
    }
    let mut findings = Findings {
        judgement: &mut judgement,
        step: run.record.step,
    };
    convergence::uniqueness(run, &mut findings);
    if depth != Depth::Safety {
        convergence::check(run, &mut findings);
        change::check(run, &mut findings);
    }
    removal::check(run, &mut findings);
    gate::check(run, &mut findings);
    ownership::check(run, &mut findings);
    if depth == Depth::All {
        idempotence::check(run, &mut findings);
    }
    idempotence::bounds(run, &mut findings);
    if depth != Depth::Safety {
        accounting::check(run, &mut findings);
    }
    order::check(run, &mut findings);
    wire::check(run, &mut findings);
    attempts::check(run, &mut findings);
    throttle::check(run, &mut findings);
    isolation::check(run, &mut findings);
    limit::check(run, &mut findings);
    dry_run::check(run, &mut findings);
    report::check(run, depth, &mut findings);
    termination::check(run, &mut findings);
    judgement
}

/// Learns Zoom's ids of accounts that the oracle names for the first time.
fn recognise(ids: &mut BTreeMap<AccountKey, String>, expectation: &Expectation, record: &Record) {
    for observed in record.before.iter().chain(&record.after) {
        if ids.values().any(|id| *id == observed.id) {
            continue;
        }
        let same = expectation.accounts.iter().find(|(key, account)| {
            !ids.contains_key(key) && fold(&account.user_name) == fold(&observed.user_name)
        });
        if let Some((key, _)) = same {
            ids.insert(*key, observed.id.clone());
        }
    }
}
