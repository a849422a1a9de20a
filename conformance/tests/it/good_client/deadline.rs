//! Answers that come too slowly, or never: F11 and F15.

use std::time::Duration;

use mock_server::{Effect, FaultRule, Operation};
use provisioner::{Provisioner, Reason, Transport, TrustedRoots};

use super::{CHANGED, FULL, World, people, reason};

/// How long a request may take here.
const LIMIT: Duration = Duration::from_millis(150);

fn hasty(world: &World) -> Provisioner {
    let transport = Transport::within(&TrustedRoots::default(), LIMIT).unwrap();
    world.engine_over(transport, world.connection(), world.links.clone())
}

#[tokio::test]
async fn f11_a_token_that_comes_byte_by_byte_is_not_waited_for() {
    let world = World::new();
    // Each byte comes well within any limit for a read; it is the whole that takes too long.
    let drip = Effect::Dribble {
        chunk_bytes: 1,
        interval_ms: 20,
    };
    let fault = world.fault(FaultRule::new("f11", drip).on(Operation::IssueToken));
    let mut engine = hasty(&world);
    let result = engine.sync(&people(0..3), CHANGED).await;
    assert_eq!(reason(result), Reason::Outage);
    assert_eq!(world.count(Operation::ListUsers), 0);
    drop(fault);
    let report = engine.sync(&people(0..3), CHANGED).await.unwrap();
    assert_eq!(report.summary.success, 3);
}

#[tokio::test]
async fn f15_an_answer_that_never_comes_is_given_up_and_asked_for_again() {
    let world = World::new();
    let mut engine = hasty(&world);
    let silent = FaultRule::new("f15", Effect::NeverAnswer).on(Operation::ListUsers);
    let fault = world.fault(silent.times(1));
    let report = engine.sync(&people(0..20), FULL).await.unwrap();
    assert_eq!(report.summary.success, 20);
    drop(fault);
    let silent = FaultRule::new("f15", Effect::NeverAnswer).on(Operation::ListUsers);
    let _fault = world.fault(silent);
    assert!(engine.sync(&people(0..20), FULL).await.is_err());
}

#[tokio::test]
async fn f15_a_create_that_is_never_answered_is_looked_up() {
    let world = World::new();
    let mut engine = hasty(&world);
    let silent = FaultRule::new("f15", Effect::NeverAnswer).on(Operation::CreateUser);
    let _fault = world.fault(silent.phase(mock_server::Phase::After).times(2));
    let report = engine.sync(&people(0..4), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.success, world.count(Operation::CreateUser)),
        (4, 4)
    );
    world.all_is_well(&mut engine, &people(0..4)).await;
}
