//! The covering array, liveness and scale: ours holds samples of them, and they do what they are there for.

use std::sync::Arc;

use conformance::driver::{Builtin, Driver, MakeDriver};
use conformance::generate::{Array, arrays, effects, fault_kinds, live, scale};
use conformance::invariant::Invariant;
use conformance::run::{Batch, FaultName, Layer, Room, Suite, Tally};
use conformance::scenario::{Scenario, Step};

#[track_caller]
fn all_hold(layer: Layer, scenarios: Vec<Scenario>) -> Tally {
    let make: Arc<MakeDriver> = Arc::new(|| Ok(Box::new(Builtin::new()?) as Box<dyn Driver>));
    let (many, batch) = (scenarios.len(), Batch::of(layer, scenarios));
    let suite = Suite { jobs: 8, seed: 0 };
    let tally = suite.run_batch(&batch, &make, &mut || {}).unwrap();
    assert!(tally.not_run.is_empty(), "{:#?}", tally.not_run);
    let told = tally.failures.iter();
    let told = told.map(|one| conformance::report::story(&one.scenario, &one.verdict));
    assert!(tally.failures.is_empty(), "{}", told.collect::<String>());
    assert_eq!(tally.passed(layer), many);
    tally
}

#[test]
fn a_row_of_the_arrays_meets_its_fault_and_is_put_right() {
    let is_meant = |array: &&Array| {
        array
            .to_string()
            .ends_with("users.create-reset-after/1-on-page-1-workers-many-restart-extra")
    };
    let all = arrays();
    let scenario = all.iter().find(is_meant).unwrap().scenario();
    assert_eq!(scenario.limits.page_cap.unwrap().get(), 1);
    let room = Room::open(0).unwrap();
    let verdict = room.run(&scenario, &mut Builtin::new().unwrap()).unwrap();
    assert!(verdict.passed(), "{:#?}", verdict.judgement.violations);
    assert_eq!(verdict.judgement.unjudged, 0);
    let name = FaultName {
        operation: "users.create".to_owned(),
        effect: "reset".to_owned(),
        phase: "after".to_owned(),
    };
    assert!(verdict.faults[&name].changed >= 2, "{:?}", verdict.faults);
    let pages = verdict.records.iter().flat_map(|record| &record.exchanges);
    let pages = pages.filter(|exchange| exchange.operation.as_deref() == Some("users.list"));
    assert!(pages.clone().count() > 10);
    assert!(
        pages
            .into_iter()
            .all(|page| !page.response.contains("\"itemsPerPage\":2"))
    );
}

#[test]
fn a_sample_of_the_arrays_holds() {
    let sample = arrays().into_iter().step_by(97);
    let tally = all_hold(Layer::Array, sample.map(|row| row.scenario()).collect());
    assert!(tally.faults.len() > 10, "{:?}", tally.faults);
}

#[test]
fn each_legal_fault_has_a_row_in_which_it_fires_and_changes_an_exchange() {
    let kinds = fault_kinds();
    let all = arrays();
    let extra = &all[all.len() - kinds.len()..];
    // One operation after another for each effect in turn, so that the sample has all of both.
    let sampled = kinds
        .iter()
        .zip(extra)
        .enumerate()
        .filter(|(nth, _)| nth % 6 == 0);
    let (kinds, rows): (Vec<_>, Vec<_>) = sampled.map(|(_, pair)| pair).unzip();
    assert!(kinds.len() >= effects().len() / 2);
    let tally = all_hold(
        Layer::Array,
        rows.iter().map(|row| row.scenario()).collect(),
    );
    for kind in kinds.into_iter().filter(|kind| !kind.is_idle()) {
        let name = FaultName {
            operation: kind.operation.to_owned(),
            effect: kind.effect.to_owned(),
            phase: kind.phase.as_str().to_owned(),
        };
        let firings = tally.faults.get(&name);
        assert!(
            firings.is_some_and(|firings| firings.changed > 0),
            "{name:?}"
        );
    }
}

#[test]
fn what_goes_wrong_for_good_stops_nobody_else() {
    let sample = live().step_by(7).collect();
    let tally = all_hold(Layer::Live, sample);
    for invariant in [Invariant::I6, Invariant::I8, Invariant::I12, Invariant::I18] {
        assert!(tally.counts[&invariant].checked > 0, "{invariant}");
    }
}

#[test]
fn of_many_users_the_second_run_reads_the_pages_and_writes_nothing() {
    const MANY: usize = 250;
    let room = Room::open(0).unwrap();
    for scenario in scale(MANY) {
        let verdict = room.run(&scenario, &mut Builtin::new().unwrap()).unwrap();
        assert!(verdict.passed(), "{:#?}", verdict.judgement.violations);
        let page = scenario
            .limits
            .page_cap
            .map_or(100, std::num::NonZeroUsize::get);
        let second = &verdict.records[1].exchanges;
        assert!(second.iter().all(|exchange| !exchange.is_write()));
        let reads = second
            .iter()
            .filter(|exchange| !exchange.is_token())
            .count();
        assert!(
            reads <= (MANY + 2).div_ceil(page) + 1,
            "{}: {reads}",
            scenario.id
        );
        let runs = scenario
            .steps
            .iter()
            .filter(|step| matches!(step, Step::Sync { .. }));
        assert_eq!(runs.count(), verdict.records.len());
    }
}
