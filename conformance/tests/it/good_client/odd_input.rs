//! Directories and clocks that do odd things: F62, F65 and F66.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use mock_server::{Effect, FaultRule, Operation, Phase};
use provisioner::{Directory, Provisioner, SyncOptions, Waiter};

use super::time::SwiftTime;
use super::{CHANGED, FULL, World, people, status};

/// The time of a world, on a machine whose clock is off.
#[derive(Debug)]
struct WrongClock {
    time: Arc<SwiftTime>,
    off: Mutex<SignedDuration>,
    /// It goes to and fro by so much at each look.
    sways: SignedDuration,
}

impl WrongClock {
    fn new(world: &World, sways: SignedDuration) -> Arc<Self> {
        Arc::new(Self {
            time: Arc::clone(&world.time),
            off: Mutex::default(),
            sways,
        })
    }

    fn set(&self, off: SignedDuration) {
        *self.off.lock().unwrap() = off;
    }
}

#[async_trait]
impl Waiter for WrongClock {
    fn now(&self) -> Duration {
        self.time.now()
    }

    fn wall(&self) -> Timestamp {
        let mut off = self.off.lock().unwrap();
        let wall = self.time.wall() + *off;
        *off = match off.is_negative() {
            true => *off + self.sways,
            false => *off - self.sways,
        };
        wall
    }

    async fn wait(&self, time: Duration) {
        self.time.wait(time).await;
    }
}

fn engine(world: &World, clock: &Arc<WrongClock>) -> Provisioner {
    world.engine().with_waiter(Arc::clone(clock) as Arc<_>, 7)
}

const HOURS: [i64; 6] = [0, -24 * 365, 1, 24 * 365 * 4, -1, 0];

#[tokio::test]
async fn f66_a_clock_that_jumps_between_runs_loses_and_doubles_nobody() {
    let world = World::new();
    let clock = WrongClock::new(&world, SignedDuration::ZERO);
    let mut engine = engine(&world, &clock);
    for (number, hours) in HOURS.into_iter().enumerate() {
        clock.set(SignedDuration::from_hours(hours));
        let lost = FaultRule::new("f66", Effect::Reset).on(Operation::CreateUser);
        let phase = [Phase::Before, Phase::After][number % 2];
        let fault = world.fault(lost.phase(phase).times(1));
        let directory = people(0..(number + 1) * 3);
        let report = engine.sync(&directory, CHANGED).await.unwrap();
        assert_eq!(report.summary.failed, 0, "{hours}");
        drop(fault);
        world.all_is_well(&mut engine, &directory).await;
    }
}

#[tokio::test]
async fn f66_a_clock_that_jumps_during_a_run_loses_and_doubles_nobody() {
    for hours in [1, 24 * 365] {
        let world = World::new();
        let clock = WrongClock::new(&world, SignedDuration::from_hours(hours));
        let mut engine = engine(&world, &clock);
        for phase in [Phase::Before, Phase::After] {
            let lost = FaultRule::new("f66", Effect::Reset).on(Operation::CreateUser);
            let _fault = world.fault(lost.phase(phase).times(1));
            let count = if phase == Phase::Before { 6 } else { 12 };
            engine.sync(&people(0..count), CHANGED).await.unwrap();
            world.all_is_well(&mut engine, &people(0..count)).await;
        }
    }
}

#[tokio::test]
async fn f66_who_failed_is_tried_again_whatever_the_clock_did() {
    let due = SyncOptions {
        due_only: true,
        ..CHANGED
    };
    for (failed_at, tried_at) in [(24 * 365, 0), (0, -24 * 365), (0, 24 * 20)] {
        let world = World::new();
        let clock = WrongClock::new(&world, SignedDuration::ZERO);
        let mut engine = engine(&world, &clock);
        clock.set(SignedDuration::from_hours(failed_at));
        let fault = world.fault(status("f66", 400).on(Operation::CreateUser));
        engine.sync(&people(0..2), CHANGED).await.unwrap();
        drop(fault);
        clock.set(SignedDuration::from_hours(tried_at));
        let report = engine.sync(&people(0..2), due).await.unwrap();
        assert_eq!(
            (report.summary.success, report.writes),
            (2, 2),
            "failed at {failed_at} h, tried at {tried_at} h"
        );
    }
}

#[tokio::test]
async fn f62_two_who_swap_their_addresses_keep_their_accounts() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    let accounts = |world: &World| {
        let users = world.account.users();
        let pairs = users
            .iter()
            .map(|user| (user["id"].to_string(), user["userName"].to_string()));
        pairs.collect::<std::collections::BTreeMap<_, _>>()
    };
    let (before, links) = (accounts(&world), world.links.load().await.unwrap().links);
    let mut swapped = people(0..3);
    swapped.users[0].username = "user001@example.com".into();
    swapped.users[1].username = "user000@example.com".into();
    for _ in 0..3 {
        let report = engine.sync(&swapped, FULL).await.unwrap();
        let now = world.links.load().await.unwrap().links;
        let ids =
            |links: &std::collections::BTreeMap<provisioner::CompactString, provisioner::Link>| {
                let ids = links
                    .values()
                    .map(|link| (link.user.clone(), link.zoom_id.clone()));
                ids.collect::<Vec<_>>()
            };
        assert_eq!(ids(&now), ids(&links), "nobody gets the other's account");
        assert_eq!(world.names().len(), 3, "and nobody a second one");
        // Either both have their new address, or both are told to be in each other's way.
        match report.summary.failed {
            0 => assert_ne!(accounts(&world), before),
            failed => {
                assert_eq!((failed, accounts(&world)), (2, before.clone()));
                let told = report.actions.iter().filter_map(|one| one.error.as_ref());
                assert_eq!(told.count(), 2);
            }
        }
    }
    // By way of a third address they can be told apart.
    swapped.users[0].username = "between@example.com".into();
    engine.sync(&swapped, FULL).await.unwrap();
    swapped.users[0].username = "user001@example.com".into();
    let report = engine.sync(&swapped, FULL).await.unwrap();
    assert_eq!(report.summary.failed, 0);
}

#[tokio::test]
async fn f65_what_comes_and_goes_between_two_runs_is_nothing() {
    let world = World::new();
    let mut engine = world.engine();
    let directory = people(0..3);
    engine.sync(&directory, CHANGED).await.unwrap();
    let writes = |world: &World| {
        world.count(Operation::UpdateUser)
            + world.count(Operation::PatchUser)
            + world.count(Operation::DeleteUser)
            + world.count(Operation::CreateUser)
    };
    let before = writes(&world);
    // Disabled and enabled again, renamed and back, made and gone: a run sees the last state alone.
    let unchanged: Directory = people(0..3);
    for options in [CHANGED, FULL] {
        let report = engine.sync(&unchanged, options).await.unwrap();
        assert_eq!(report.writes, 0);
    }
    assert_eq!(writes(&world), before);
    // Renamed and then gone: one removal, of the account that there is.
    let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!((report.summary.removed, writes(&world) - before), (1, 1));
}
