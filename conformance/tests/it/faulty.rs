//! Scenarios in which something goes wrong: what is judged then, and that ours gets everything right again.

use std::sync::Arc;

use conformance::configuration::Configuration;
use conformance::driver::{Builtin, Driver, DriverError, MakeDriver};
use conformance::generate::{Cell, Event, Prior};
use conformance::invariant::{Invariant, SETTLING_RUNS};
use conformance::run::{Layer, Stage, Suite, Tally, Verdict, execute};
use conformance::scenario::{Fault, FaultPhase, Scenario, Step};
use mock_server::{Config, MockServer};
use serde_json::{Value, json};

/// A cell whose event's run, the last but one, meets what goes wrong.
fn with(configuration: &str, event: Event, prior: Prior, wrong: Vec<Step>) -> Scenario {
    let configuration: Configuration = configuration.parse().unwrap();
    let cell = Cell {
        configuration,
        event,
        prior,
    };
    let mut scenario = cell.scenario();
    let last = scenario.steps.pop().unwrap();
    let event = scenario.steps.pop().unwrap();
    scenario.steps.extend(wrong);
    scenario.steps.extend([event, Step::Heal]);
    scenario
        .steps
        .extend(std::iter::repeat_n(Step::FULL, SETTLING_RUNS as usize));
    scenario.steps.push(last);
    scenario
}

fn fault(on: &str, then: Value, phase: FaultPhase, times: Option<u64>) -> Step {
    Step::Fault {
        fault: Fault {
            on: Some(on.to_owned()),
            phase: Some(phase),
            times,
            ..Fault::new("f1", then)
        },
    }
}

fn run(scenario: &Scenario, driver: &mut dyn Driver) -> Verdict {
    let server = MockServer::start(&Config::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let stage = Stage::open(&server).unwrap();
    runtime.block_on(execute(scenario, stage, driver)).unwrap()
}

#[track_caller]
fn holds(scenario: &Scenario) -> Verdict {
    let verdict = run(scenario, &mut Builtin::new().unwrap());
    assert!(verdict.passed(), "{:#?}", verdict.judgement.violations);
    assert_eq!(verdict.judgement.unjudged, 0);
    verdict
}

fn met(verdict: &Verdict) -> usize {
    let exchanges = verdict.records.iter().flat_map(|record| &record.exchanges);
    exchanges
        .filter(|exchange| exchange.fault.as_ref().is_some_and(|met| met.id == "f1"))
        .count()
}

#[test]
fn a_create_whose_answer_is_lost_leaves_one_account() {
    let lost = fault("users.create", json!("reset"), FaultPhase::After, Some(1));
    let scenario = with("C1U1D1P1R1X1", Event::Create, Prior::Absent, vec![lost]);
    assert_eq!(met(&holds(&scenario)), 1);
}

#[test]
fn waits_that_zoom_tells_take_no_time() {
    let later = json!({ "retry_after": { "code": 429, "value": { "seconds": 600 } } });
    let later = fault("users.*", later, FaultPhase::Before, Some(3));
    let scenario = with(
        "C1U1D1P1R1X1",
        Event::Change,
        Prior::LinkedEqual,
        vec![later],
    );
    let verdict = holds(&scenario);
    assert_eq!(met(&verdict), 3);
    let longest = verdict.records.iter().map(|record| record.took).max();
    assert!(longest.unwrap().as_secs() >= 600, "{longest:?}");
}

#[test]
fn an_outage_ends_a_run_and_what_was_due_is_done_later() {
    let down = json!({ "status": { "code": 503, "headers": {}, "body": "" } });
    let down = fault("users.*", down, FaultPhase::Before, None);
    let scenario = with("C1U1D1P1R1X1", Event::Leave, Prior::LinkedEqual, vec![down]);
    let verdict = holds(&scenario);
    assert!(verdict.records.iter().any(|record| record.answer.is_err()));
}

#[test]
fn a_clock_that_jumps_uses_up_the_token() {
    let jump = vec![Step::Advance { seconds: 3600 }];
    let scenario = with("C1U1D1P1R1X1", Event::Disable, Prior::LinkedEqual, jump);
    holds(&scenario);
}

#[test]
fn who_is_killed_at_any_request_gets_everything_right_again() {
    for (event, prior) in [
        (Event::Create, Prior::Absent),
        (Event::Change, Prior::LinkedEqual),
        (Event::Delete, Prior::LinkedEqual),
        (Event::Recreate, Prior::LinkedDrifted),
    ] {
        for applied in [false, true] {
            for request in 1..=20 {
                let kill = vec![Step::Restart, Step::Kill { request, applied }];
                let verdict = holds(&with("C1U1D1P1R1X1", event, prior, kill));
                if !verdict.records.iter().any(|record| record.killed) {
                    assert!(request > 2, "{event:?}");
                    break;
                }
            }
        }
    }
}

#[test]
fn a_test_of_the_connection_writes_nothing() {
    let scenario = with(
        "C1U1D1P1R1X1",
        Event::Create,
        Prior::Absent,
        vec![Step::TestConnection],
    );
    let verdict = holds(&scenario);
    let tested = verdict.records.get(2).unwrap();
    assert!(tested.exchanges.iter().any(|exchange| !exchange.is_write()));
}

/// Ours, whose updates all end a step early once something has gone wrong.
struct GivesUp(Builtin);

#[async_trait::async_trait]
impl Driver for GivesUp {
    async fn start(&mut self, start: conformance::driver::Start) -> Result<(), DriverError> {
        self.0.start(start).await
    }
    async fn configure(
        &mut self,
        connection: conformance::driver::ConnectionSettings,
    ) -> Result<(), DriverError> {
        self.0.configure(connection).await
    }
    async fn sync(
        &mut self,
        mut request: conformance::driver::SyncRequest,
    ) -> Result<conformance::driver::Synced, DriverError> {
        request.full = false;
        // Who forgets a user that failed never comes back to them.
        request
            .users
            .retain(|user| user.title.as_deref() != Some("Lead Engineer"));
        self.0.sync(request).await
    }
    async fn delete_rule(
        &mut self,
        rule: &str,
    ) -> Result<conformance::driver::Synced, DriverError> {
        self.0.delete_rule(rule).await
    }
}

#[test]
fn what_is_not_right_in_the_end_is_a_violation_though_a_fault_was_there() {
    let lost = fault("users.update", json!("reset"), FaultPhase::After, Some(1));
    let scenario = with(
        "C1U1D1P0R1X1",
        Event::Change,
        Prior::LinkedEqual,
        vec![lost],
    );
    let verdict = run(&scenario, &mut GivesUp(Builtin::new().unwrap()));
    let violations = &verdict.judgement.violations;
    assert!(
        violations
            .iter()
            .any(|violation| violation.invariant == Invariant::I4),
        "{violations:#?}"
    );
}

#[test]
fn a_fault_that_cannot_be_is_named() {
    let fault = fault("users.create", json!("explodes"), FaultPhase::After, None);
    let scenario = with("C1U1D1P1R1X1", Event::Create, Prior::Absent, vec![fault]);
    let make: Arc<MakeDriver> = Arc::new(|| Ok(Box::new(Builtin::new()?) as Box<dyn Driver>));
    let suite = Suite { jobs: 1, seed: 0 };
    let tally: Tally = suite
        .run(Layer::Story, vec![scenario], &make, &mut || {})
        .unwrap();
    let error = tally.not_run.first().unwrap().error.to_string();
    assert!(
        error.contains("f1") && error.contains("explodes"),
        "{error}"
    );
}
