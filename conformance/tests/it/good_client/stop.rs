//! F68: a run that is told to stop while any request is under way, or while it waits, ends by itself and leaves
//! nothing that the next run cannot finish.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use mock_server::{Effect, FaultRule, Operation, Phase};
use provisioner::{MemoryLinks, STOP_LIMIT, Stop, StopCause, SyncError, Waiter};

use super::kill::{nothing_is_lost_and_nothing_twice, story};
use super::{CHANGED, World, people};

#[tokio::test]
async fn f68_stopped_while_any_request_is_under_way() {
    let operations = [
        (0, Operation::IssueToken, 1),
        (0, Operation::ListUsers, 1),
        (0, Operation::CreateUser, 4),
        (1, Operation::CreateUser, 1),
        (1, Operation::DeleteUser, 1),
    ];
    for (step, operation, times) in operations {
        for phase in [Phase::Before, Phase::After] {
            for nth in 1..=times {
                let what = format!("step {step}, {} {nth}, {phase:?}", operation.as_str());
                stopped_at(step, operation, phase, nth, &what).await;
            }
        }
    }
}

async fn stopped_at(step: usize, operation: Operation, phase: Phase, nth: u64, what: &str) {
    let world = World::new();
    let [first, second] = story();
    if step == 1 {
        world.engine().sync(&first, CHANGED).await.unwrap();
    }
    let directory = if step == 0 { first } else { second };
    let mut rule = FaultRule::new("hang", Effect::NeverAnswer)
        .on(operation)
        .phase(phase);
    rule.when.nth = Some(nth);
    let fault = world.fault(rule);
    let stop = Stop::new();
    let mut engine = world.engine().with_stop(stop.clone());
    let tells = async {
        while fault.fired() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.stop(StopCause::Asked);
    };
    let run = async { tokio::join!(engine.sync(&directory, CHANGED), tells) };
    let ended = tokio::time::timeout(STOP_LIMIT, run).await;
    assert!(
        matches!(ended, Ok((Err(SyncError::Stopped { .. }), ()))),
        "{what}: {ended:?}"
    );
    drop(fault);
    nothing_is_lost_and_nothing_twice(&world, &directory, what).await;
}

/// A time in which nobody who waits is ever through.
#[derive(Debug)]
struct StillTime;

#[async_trait]
impl Waiter for StillTime {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wall(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn wait(&self, _: Duration) {
        std::future::pending().await
    }
}

#[tokio::test]
async fn f68_a_wait_that_zoom_told_ends_at_once() {
    for operation in [
        Operation::IssueToken,
        Operation::ListUsers,
        Operation::CreateUser,
    ] {
        let world = World::new();
        let effect = Effect::Status {
            code: 429,
            headers: [("retry-after".to_owned(), "3000".to_owned())].into(),
            body: String::new(),
        };
        let fault = world.fault(FaultRule::new("slower", effect).on(operation));
        let stop = Stop::new();
        let engine = world.engine().with_waiter(Arc::new(StillTime), 7);
        let mut engine = engine.with_stop(stop.clone());
        let directory = people(0..4);
        let tells = async {
            while fault.fired() == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            stop.stop(StopCause::Asked);
        };
        let run = async { tokio::join!(engine.sync(&directory, CHANGED), tells) };
        let (result, ()) = tokio::time::timeout(STOP_LIMIT, run).await.unwrap();
        let error = result.unwrap_err();
        assert!(
            matches!(
                error,
                SyncError::Stopped {
                    cause: StopCause::Asked,
                    done: 0,
                    ..
                }
            ),
            "{operation:?}: {error}"
        );
        assert!(world.names().is_empty());
        let remembered = world.links.load().await.unwrap();
        assert!(
            remembered.intents.is_empty(),
            "nothing was sent, so nothing is to be looked up"
        );
    }
}

#[tokio::test]
async fn f68_a_stop_that_came_before_lets_nothing_be_sent() {
    let world = World::new();
    let stop = Stop::new();
    stop.stop(StopCause::SwitchedOff);
    let links = Arc::new(MemoryLinks::default());
    let engine = world.engine_with(world.connection(), links);
    let error = engine.with_stop(stop).sync(&people(0..4), CHANGED).await;
    let error = error.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the connection was switched off"),
        "{error}"
    );
    assert_eq!(world.count(Operation::IssueToken), 0);
}
