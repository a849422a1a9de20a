//! Proof that the suite can fail: each wrong provisioner is caught, by the cells that should catch it,
//! and the right one passes.

use std::collections::BTreeSet;
use std::sync::Arc;

use conformance::driver::{Builtin, Driver, MakeDriver};
use conformance::generate::{Cell, Event, Prior, cells, stories};
use conformance::invariant::Invariant;
use conformance::prove::{Task, prove};
use conformance::run::{Layer, Room, Suite, Tally};
use conformance::scenario::Scenario;
use conformance::seeded_bugs::{
    Bug, Control, LEFT_OUT, Reference, Variant, stories as directed, story,
};

const SUITE: Suite = Suite { jobs: 8, seed: 0 };

fn reference(bug: Option<Bug>) -> Arc<MakeDriver> {
    let variant = bug.map_or_else(Variant::default, Variant::wrong);
    Arc::new(move || Ok(Box::new(Reference::new(variant)?) as Box<dyn Driver>))
}

fn run(bug: Option<Bug>, scenarios: Vec<Scenario>) -> Tally {
    let tally = SUITE
        .run(Layer::Cell, scenarios, &reference(bug), &mut || {})
        .unwrap();
    assert!(tally.not_run.is_empty(), "{:?}", tally.not_run);
    tally
}

/// Where a bug must show: the configurations by a pattern of `0`, `1` and `?` over C U D P R X, an event
/// and a prior state; and the invariants of which one must be violated there.
struct Trap {
    bug: Bug,
    configurations: &'static str,
    event: Event,
    prior: Prior,
    invariants: &'static [Invariant],
}

impl Trap {
    fn cells(&self) -> Vec<Cell> {
        let fits = |cell: &Cell| {
            let written = cell.configuration.to_string();
            let digits = written.chars().filter(char::is_ascii_digit);
            cell.event == self.event
                && cell.prior == self.prior
                && digits
                    .zip(self.configurations.chars())
                    .all(|(is, asked)| asked == '?' || asked == is)
        };
        cells().filter(fits).collect()
    }
}

const fn trap(
    bug: Bug,
    configurations: &'static str,
    event: Event,
    prior: Prior,
    invariants: &'static [Invariant],
) -> Trap {
    Trap {
        bug,
        configurations,
        event,
        prior,
        invariants,
    }
}

const TRAPS: &[Trap] = {
    use Event as E;
    use Invariant::{I1, I2, I3, I4, I5, I7, I9};
    use Prior as P;
    &[
        trap(Bug::B01, "0?????", E::Create, P::Absent, &[I2]),
        trap(Bug::B02, "01????", E::Change, P::UnlinkedMatch, &[I4]),
        trap(Bug::B03, "?0????", E::Change, P::LinkedEqual, &[I2]),
        trap(Bug::B04, "?01???", E::Disable, P::LinkedEqual, &[I4]),
        trap(Bug::B05, "?0????", E::Resync, P::LinkedInactive, &[I2]),
        trap(Bug::B06, "??0???", E::Disable, P::LinkedEqual, &[I2]),
        trap(Bug::B08, "?01???", E::Disable, P::LinkedDrifted, &[I2]),
        trap(Bug::B09, "???0??", E::Leave, P::LinkedEqual, &[I2]),
        trap(Bug::B10, "??10??", E::Delete, P::LinkedEqual, &[I2]),
        trap(Bug::B10, "??01??", E::Delete, P::LinkedEqual, &[I4]),
        trap(Bug::B11, "???1??", E::Leave, P::LinkedEqual, &[I2]),
        trap(Bug::B13, "???10?", E::Leave, P::LinkedEqual, &[I5]),
        trap(Bug::B14, "???1?0", E::DeleteRule, P::LinkedEqual, &[I2]),
        trap(Bug::B16, "???1?1", E::DeleteRule, P::LinkedEqual, &[I3]),
        trap(Bug::B17, "???0?1", E::DeleteRule, P::LinkedEqual, &[I2]),
        trap(Bug::B18, "??10??", E::Leave, P::LinkedEqual, &[I2]),
        trap(Bug::B19, "???1??", E::Delete, P::LinkedEqual, &[I4]),
        trap(Bug::B21, "1?????", E::CreateDisabled, P::Absent, &[I2]),
        trap(Bug::B23, "?0????", E::Change, P::LinkedEqual, &[I2]),
        trap(
            Bug::B27,
            "?1?10?",
            E::Reenter,
            P::LinkedEqual,
            &[I1, I5, I7, I9],
        ),
        trap(Bug::B28, "??????", E::Resync, P::UnlinkedMatch, &[I4, I9]),
        trap(Bug::B35, "11?11?", E::Rename, P::LinkedEqual, &[I2, I1]),
        trap(Bug::B109, "0?????", E::Create, P::Absent, &[I9]),
        trap(Bug::B110, "?0????", E::Change, P::LinkedEqual, &[I9]),
    ]
};

#[test]
fn each_wrong_provisioner_is_caught_by_every_cell_that_should() {
    for trap in TRAPS {
        let cells = trap.cells();
        assert!(!cells.is_empty(), "{} has no cells", trap.bug);
        let tally = run(
            Some(trap.bug),
            cells.iter().map(|cell| cell.scenario()).collect(),
        );
        for cell in &cells {
            let id = cell.to_string();
            let failure = tally
                .failures
                .iter()
                .find(|failure| failure.scenario.id == id);
            let failure = failure.unwrap_or_else(|| panic!("{} passes {id}", trap.bug));
            let violated: BTreeSet<Invariant> = failure
                .verdict
                .judgement
                .violations
                .iter()
                .map(|violation| violation.invariant)
                .collect();
            assert!(
                trap.invariants
                    .iter()
                    .any(|invariant| violated.contains(invariant)),
                "{} in {id}: violated {violated:?} instead of {:?}",
                trap.bug,
                trap.invariants
            );
        }
    }
}

#[test]
fn what_no_cell_can_show_is_caught_by_a_story() {
    for (bug, story) in [(Bug::B22, "/connection-off"), (Bug::B26, "/flags-flipped")] {
        let scenarios: Vec<Scenario> = stories()
            .filter(|scenario| scenario.id.ends_with(story))
            .collect();
        let tally = run(Some(bug), scenarios);
        assert!(!tally.failures.is_empty(), "{bug} passes {story}");
    }
}

fn verdicts(variant: Variant, scenarios: Vec<Scenario>) -> Tally {
    let make: Arc<MakeDriver> =
        Arc::new(move || Ok(Box::new(Reference::new(variant)?) as Box<dyn Driver>));
    let tally = SUITE
        .run(Layer::Story, scenarios, &make, &mut || {})
        .unwrap();
    assert!(tally.not_run.is_empty(), "{:?}", tally.not_run);
    tally
}

#[track_caller]
fn all_hold(what: &str, tally: &Tally) {
    let failed: Vec<_> = tally
        .failures
        .iter()
        .map(|failure| (&failure.scenario.id, &failure.verdict.judgement.violations))
        .collect();
    assert!(failed.is_empty(), "{what}: {failed:#?}");
}

#[test]
fn each_wrong_provisioner_is_caught_by_its_story() {
    let task = Task {
        bugs: Bug::ALL.to_vec(),
        controls: Vec::new(),
        seed: 0,
        sequences: 0,
        jobs: 8,
        draw: None,
    };
    let proof = prove(&task, &mut || {}).unwrap();
    assert_eq!(proof.bugs.len(), Bug::ALL.len());
    let missed: Vec<Bug> = proof
        .bugs
        .iter()
        .filter(|of| of.by_story.is_none())
        .map(|of| of.bug)
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
    for of in &proof.bugs {
        assert!(of.is_caught() && of.by_random.is_none(), "{of:?}");
    }
}

/// What is violated in a story, beside what comes first.
fn violated(bug: Bug) -> BTreeSet<Invariant> {
    let room = Room::open(0).unwrap();
    let mut provisioner = Reference::new(Variant::wrong(bug)).unwrap();
    let verdict = room.run(&story(bug), &mut provisioner).unwrap();
    let violations = verdict.judgement.violations.into_iter();
    violations.map(|violation| violation.invariant).collect()
}

#[test]
fn every_invariant_is_violated_by_somebody() {
    use Invariant::{I13, I14, I15, I21};
    for (bug, invariant) in [
        (Bug::B83, I21),
        (Bug::B90, I13),
        (Bug::B95, I15),
        (Bug::B96, I15),
        (Bug::B121, I14),
    ] {
        let violated = violated(bug);
        assert!(violated.contains(&invariant), "{bug}: {violated:?}");
    }
    let somewhere: BTreeSet<Invariant> = Bug::ALL.iter().flat_map(|bug| violated(*bug)).collect();
    let everywhere: BTreeSet<Invariant> = Invariant::ALL.into();
    assert_eq!(somewhere, everywhere);
}

#[test]
fn a_bug_is_known_by_its_name_and_one_that_is_left_out_by_the_reason() {
    assert_eq!("b46".parse(), Ok(Bug::B46));
    let left_out = "B97".parse::<Bug>().unwrap_err().to_string();
    assert_eq!(
        left_out,
        "B97 is not here, because a driver has one run at a time"
    );
    assert!("B07".parse::<Bug>().is_err());
    let mut named: BTreeSet<String> = LEFT_OUT.iter().map(|(id, _)| (*id).to_owned()).collect();
    named.extend(Bug::ALL.iter().map(ToString::to_string));
    assert_eq!(named.len(), Bug::ALL.len() + LEFT_OUT.len());
}

#[test]
fn the_right_reference_provisioner_passes_every_directed_story() {
    all_hold("right", &verdicts(Variant::default(), directed().collect()));
}

#[test]
fn the_built_in_provisioner_passes_every_directed_story() {
    let make: Arc<MakeDriver> = Arc::new(|| Ok(Box::new(Builtin::new()?) as Box<dyn Driver>));
    let tally = SUITE
        .run(Layer::Story, directed().collect(), &make, &mut || {})
        .unwrap();
    assert!(tally.not_run.is_empty(), "{:?}", tally.not_run);
    all_hold("built in", &tally);
}

#[test]
fn each_control_passes_every_directed_story() {
    for control in Control::ALL {
        let tally = verdicts(Variant::right(control), directed().collect());
        all_hold(&control.to_string(), &tally);
    }
}

#[test]
fn the_right_reference_provisioner_passes_every_cell_and_every_story() {
    let scenarios: Vec<Scenario> = cells().map(Cell::scenario).chain(stories()).collect();
    let tally = run(None, scenarios);
    let failed: Vec<_> = tally
        .failures
        .iter()
        .map(|failure| (&failure.scenario.id, &failure.verdict.judgement.violations))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
