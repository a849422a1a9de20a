//! An account without seats: F30.

use mock_server::{Effect, FaultRule, Operation};
use provisioner::MAX_SEATLESS_CREATES;

use super::{CHANGED, World, people, titled};

/// How many requests may be under way when the last seat turns out to be gone.
const MAX_UNDER_WAY: usize = 40;

#[tokio::test]
async fn f30_where_no_seat_is_left_creates_pause_and_the_rest_goes_on() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..5), CHANGED).await.unwrap();
    let before = world.count(Operation::CreateUser);
    let fault = world.fault(FaultRule::new("f30", Effect::NoSeats).on(Operation::CreateUser));
    let report = engine.sync(&titled(0..300, "Lead"), CHANGED).await.unwrap();
    let sent = world.count(Operation::CreateUser) - before;
    assert!(
        sent >= MAX_SEATLESS_CREATES as usize && sent <= MAX_UNDER_WAY,
        "{sent}"
    );
    let summary = report.summary;
    assert_eq!(
        (summary.success, summary.failed),
        (5, sent),
        "updates are done"
    );
    assert_eq!(summary.unsynced, 295 - sent);
    let told = report.warnings.join("\n");
    let left = format!(
        "{} users are not created, for Zoom has no seat left",
        295 - sent
    );
    assert!(told.contains(&left), "{told}");
    let held = report.actions.iter().filter(|one| one.held.is_some());
    assert_eq!(held.count(), 295 - sent);
    drop(fault);
    // Once there are seats, the next run makes everybody.
    let report = engine.sync(&titled(0..300, "Lead"), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (300, 0));
    world
        .all_is_well(&mut engine, &titled(0..300, "Lead"))
        .await;
}

#[tokio::test]
async fn f30_who_leaves_still_leaves_where_no_seat_is_left() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..5), CHANGED).await.unwrap();
    let _fault = world.fault(FaultRule::new("f30", Effect::NoSeats).on(Operation::CreateUser));
    let report = engine.sync(&people(2..60), CHANGED).await.unwrap();
    assert_eq!(report.summary.removed, 2);
}
