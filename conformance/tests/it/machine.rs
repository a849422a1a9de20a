//! The random machine and the layers of many scenarios: the same for the same seed, held by ours, and able to fail.

use std::sync::Arc;

use conformance::driver::{
    Builtin, ConnectionSettings, Driver, DriverError, MakeDriver, Start, SyncRequest, Synced,
};
use conformance::generate::{PAIRS, fault_kinds, kills, pairs};
use conformance::machine::{MAX_TRANSITIONS, is_fair, scenario, shrink};
use conformance::run::{Batch, Layer, Room, Suite, Tally, differing};
use conformance::scenario::{Scenario, Step};

const SUITE: Suite = Suite { jobs: 8, seed: 0 };

fn ours() -> Arc<MakeDriver> {
    Arc::new(|| Ok(Box::new(Builtin::new()?) as Box<dyn Driver>))
}

#[track_caller]
fn all_hold(layer: Layer, scenarios: Vec<Scenario>) -> Tally {
    let many = scenarios.len();
    let batch = Batch::of(layer, scenarios);
    let tally = SUITE.run_batch(&batch, &ours(), &mut || {}).unwrap();
    assert!(tally.not_run.is_empty(), "{:#?}", tally.not_run);
    let told: Vec<String> = tally
        .failures
        .iter()
        .map(|failure| conformance::report::story(&failure.scenario, &failure.verdict))
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert_eq!(tally.passed(layer), many);
    tally
}

#[test]
fn a_sequence_is_the_same_for_the_same_seed_and_another_for_another() {
    for faults in [false, true] {
        let json = |seed, case| serde_json::to_string(&scenario(seed, case, faults)).unwrap();
        assert_eq!(json(7, 3), json(7, 3));
        assert_ne!(json(7, 3), json(7, 4));
        assert_ne!(json(7, 3), json(8, 3));
    }
}

#[test]
fn sequences_keep_to_what_their_judgement_rests_on() {
    for case in 0..200 {
        for faults in [false, true] {
            let made = scenario(1, case, faults);
            let unfair = (1..=made.steps.len()).find(|many| {
                let mut begun = made.clone();
                begun.steps.truncate(*many);
                !is_fair(&begun)
            });
            let step =
                unfair.map(|many| made.steps[..many].iter().rev().take(6).collect::<Vec<_>>());
            assert!(step.is_none(), "{}: {step:?}", made.id);
            let users = |step: &&Step| matches!(step, Step::Put { .. });
            assert!(made.steps.iter().filter(users).count() <= 2 * MAX_TRANSITIONS);
            assert_eq!(serde_json::to_value(&made).unwrap()["version"], 2);
        }
    }
}

#[test]
fn ours_holds_sequences_with_and_without_faults() {
    let cases = (0..200).map(|case| scenario(3, case, case % 2 == 1));
    let tally = all_hold(Layer::Random, cases.collect());
    assert!(!tally.sometimes.is_empty());
    assert!(tally.rows.len() >= 15, "{:?}", tally.rows);
}

#[test]
fn every_pair_of_events_is_there_and_a_sample_holds() {
    assert_eq!(pairs().count(), PAIRS);
    assert_eq!(PAIRS, 55_296);
    let sample = pairs().step_by(401).map(|pair| pair.scenario());
    all_hold(Layer::DepthTwo, sample.collect());
}

#[test]
fn a_sample_of_the_kills_holds_and_kills() {
    let tally = all_hold(Layer::Kill, kills().step_by(13).collect());
    for what in [
        conformance::run::Sometimes::KilledBefore,
        conformance::run::Sometimes::KilledAfter,
    ] {
        assert!(tally.sometimes.contains_key(&what), "{what:?}");
    }
}

#[test]
fn every_legal_fault_is_one_that_the_mock_takes() {
    let kinds = fault_kinds();
    assert!(kinds.len() > 150, "{}", kinds.len());
    let mut names: Vec<_> = kinds
        .iter()
        .map(|kind| (kind.operation, kind.effect, kind.phase))
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), kinds.len());
    let first = scenario(0, 0, false);
    let set = kinds.iter().map(|kind| Scenario {
        id: format!("{}-{}-{:?}", kind.operation, kind.effect, kind.phase),
        steps: vec![Step::Fault {
            fault: kind.fault("f1"),
        }],
        ..first.clone()
    });
    all_hold(Layer::Random, set.collect());
}

/// Ours, told that nobody is ever disabled.
struct NobodyIsDisabled(Builtin);

#[async_trait::async_trait]
impl Driver for NobodyIsDisabled {
    async fn start(&mut self, start: Start) -> Result<(), DriverError> {
        self.0.start(start).await
    }
    async fn restart(&mut self, start: Start) -> Result<(), DriverError> {
        self.0.restart(start).await
    }
    async fn configure(&mut self, connection: ConnectionSettings) -> Result<(), DriverError> {
        self.0.configure(connection).await
    }
    async fn sync(&mut self, mut request: SyncRequest) -> Result<Synced, DriverError> {
        for user in &mut request.users {
            user.enabled = true;
        }
        self.0.sync(request).await
    }
    async fn delete_rule(&mut self, rule: &str) -> Result<Synced, DriverError> {
        self.0.delete_rule(rule).await
    }
    fn lives_inside(&self) -> bool {
        true
    }
}

#[test]
fn what_fails_is_shrunk_to_a_story_of_a_few_steps() {
    let room = Room::open(0).unwrap();
    let mut wrong = NobodyIsDisabled(Builtin::new().unwrap());
    let mut fails = |scenario: &Scenario| {
        let verdict = room.run(scenario, &mut wrong);
        verdict.is_ok_and(|verdict| !verdict.passed())
    };
    for faults in [false, true] {
        let failing = (0..100).map(|case| scenario(5, case, faults));
        let failing = failing
            .into_iter()
            .find(|scenario| fails(scenario))
            .unwrap();
        let shrunk = shrink(failing, &mut |scenario| fails(scenario));
        assert!(fails(&shrunk));
        assert!(shrunk.steps.len() <= 5, "{:#?}", shrunk.steps);
    }
}

#[test]
fn sequences_put_the_same_bytes_on_the_wire_whatever_was_before_them() {
    let drawn = |number: usize| {
        let case = u64::try_from(number).unwrap();
        scenario(9, case, case % 2 == 1)
    };
    let differ = differing(0, 60, &drawn, &ours(), &|| {}).unwrap();
    assert!(differ.is_empty(), "{differ:#?}");
}
