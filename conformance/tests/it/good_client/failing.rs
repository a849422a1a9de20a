//! Users who fail again and again, and updates that do nothing: F33 and F49.

use std::time::Duration;

use mock_server::{Effect, FaultRule, Operation, Phase};
use provisioner::directory::Refused;
use provisioner::{Directory, MAX_SAME_UPDATES, Retry, SyncOptions, next_retry};

use super::{CHANGED, FULL, World, people, status, titled};

const DUE: SyncOptions = SyncOptions {
    due_only: true,
    ..CHANGED
};

async fn retry(world: &World) -> Retry {
    let seen = world.links.load().await.unwrap().seen;
    seen["u000"].retry.unwrap()
}

#[tokio::test]
async fn f49_who_fails_is_tried_again_on_a_schedule() {
    let world = World::new();
    let mut engine = world.engine();
    let _fault = world.fault(status("f49", 400).on(Operation::CreateUser));
    let report = engine.sync(&people(0..1), CHANGED).await.unwrap();
    assert_eq!(report.summary.failed, 1);
    for (number, minutes) in [5, 30, 120, 360, 720, 1440, 1440].into_iter().enumerate() {
        let failed = retry(&world).await;
        assert_eq!(failed.attempts as usize, number + 1);
        let remembered = world.links.load().await.unwrap();
        assert_eq!(next_retry(&remembered), failed.next);
        world.time.pass(Duration::from_secs(minutes * 60 - 30));
        let report = engine.sync(&people(0..1), DUE).await.unwrap();
        assert_eq!((report.summary.failed, report.writes), (1, 0), "{number}");
        assert_eq!(retry(&world).await, failed, "not yet");
        world.time.pass(Duration::from_secs(30));
        let report = engine.sync(&people(0..1), DUE).await.unwrap();
        assert_eq!((report.summary.failed, report.writes), (1, 1), "{number}");
    }
}

#[tokio::test]
async fn f49_who_cannot_be_read_fails_alone() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    let mut rule = status("f49", 500).on(Operation::GetUser);
    rule.when.user = Some("user000@example.com".to_owned());
    let fault = world.fault(rule);
    let report = engine.sync(&titled(0..4, "Lead"), CHANGED).await.unwrap();
    assert_eq!((report.summary.failed, report.writes), (1, 3));
    assert_eq!(world.names().len(), 4);
    drop(fault);
    let report = engine.sync(&titled(0..4, "Lead"), CHANGED).await.unwrap();
    assert_eq!((report.summary.failed, report.writes), (0, 1));
}

#[tokio::test]
async fn f49_a_lost_create_that_cannot_be_looked_up_stops_nobody_else() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(1..3), CHANGED).await.unwrap();
    let about = |id: &str, rule: FaultRule| {
        let mut rule = rule;
        rule.id = id.to_owned();
        rule.when.user = Some("user000@example.com".to_owned());
        world.fault(rule)
    };
    let lost = about(
        "lost",
        status("f20", 500)
            .on(Operation::CreateUser)
            .phase(Phase::After),
    );
    // Before the create it is looked up once.
    let mut list = status("f54", 500).on(Operation::ListUsers);
    list.when.after = Some(1);
    let unseen = about("unseen", list);
    let report = engine.sync(&people(0..3), CHANGED).await.unwrap();
    assert_eq!(report.summary.failed, 1);
    let report = engine.sync(&titled(0..4, "Lead"), CHANGED).await.unwrap();
    assert_eq!((report.summary.failed, report.writes), (1, 3));
    drop((lost, unseen));
    engine.sync(&titled(0..4, "Lead"), CHANGED).await.unwrap();
    world.all_is_well(&mut engine, &titled(0..4, "Lead")).await;
    assert_eq!(world.names().len(), 4);
}

#[tokio::test]
async fn f49_by_hand_at_a_change_and_in_a_full_run_it_is_tried_at_once() {
    let world = World::new();
    let mut engine = world.engine();
    let fault = world.fault(status("f49", 400).on(Operation::CreateUser));
    engine.sync(&people(0..1), CHANGED).await.unwrap();
    for (attempts, options) in [
        (2, CHANGED),
        (3, FULL),
        (4, SyncOptions { full: true, ..DUE }),
    ] {
        let report = engine.sync(&people(0..1), options).await.unwrap();
        assert_eq!((report.writes, retry(&world).await.attempts), (1, attempts));
    }
    // Another record is another case.
    engine.sync(&titled(0..1, "Lead"), DUE).await.unwrap();
    assert_eq!(retry(&world).await.attempts, 1);
    drop(fault);
    engine.sync(&titled(0..1, "Lead"), CHANGED).await.unwrap();
    let seen = world.links.load().await.unwrap().seen;
    assert_eq!(seen["u000"].retry, None);
}

#[tokio::test]
async fn f49_whose_record_cannot_be_used_waits_as_well_and_counts_as_failed() {
    let world = World::new();
    let mut engine = world.engine();
    let directory = Directory {
        refused: vec![Refused {
            id: "u000".into(),
            username: None,
            reason: "`enabled` is text".to_owned(),
        }],
        ..people(1..2)
    };
    for (options, attempts) in [(CHANGED, 1), (DUE, 1), (CHANGED, 2), (FULL, 3), (DUE, 3)] {
        let report = engine.sync(&directory, options).await.unwrap();
        assert_eq!((report.summary.success, report.summary.failed), (1, 1));
        assert_eq!(retry(&world).await.attempts, attempts);
    }
}

#[tokio::test]
async fn f49_after_28_days_it_is_given_up_until_the_record_changes() {
    let world = World::new();
    let mut engine = world.engine();
    let fault = world.fault(status("f49", 400).on(Operation::CreateUser));
    engine.sync(&people(0..1), CHANGED).await.unwrap();
    let mut days = 0;
    while retry(&world).await.next.is_some() {
        days += 1;
        assert!(days < 40);
        world.time.pass(Duration::from_secs(24 * 3600));
        engine.sync(&people(0..1), DUE).await.unwrap();
    }
    assert_eq!(days, 28);
    world.time.pass(Duration::from_secs(100 * 24 * 3600));
    let report = engine.sync(&people(0..1), DUE).await.unwrap();
    assert_eq!((report.summary.failed, report.writes), (1, 0));
    assert_eq!(next_retry(&world.links.load().await.unwrap()), None);
    drop(fault);
    let report = engine.sync(&titled(0..1, "Lead"), DUE).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (1, 1));
}

#[tokio::test]
async fn f33_an_update_that_is_accepted_in_vain_is_not_sent_for_ever() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    let rule = FaultRule::new("f33", Effect::PatchAcceptedNotApplied);
    let fault = world.fault(rule.on(Operation::UpdateUser));
    let mut directory = people(0..2);
    directory.users[0].given_name = Some("Other".into());
    let mut options = CHANGED;
    for number in 1..=MAX_SAME_UPDATES as usize {
        let report = engine.sync(&directory, options).await.unwrap();
        assert_eq!((report.summary.success, report.writes), (2, 1), "{number}");
        // What changed alone shows nothing: the directory has not.
        let report = engine.sync(&directory, CHANGED).await.unwrap();
        assert_eq!(report.writes, 0);
        options = FULL;
    }
    for _ in 0..3 {
        let report = engine.sync(&directory, FULL).await.unwrap();
        assert_eq!((report.summary.partial, report.writes), (1, 0));
        let told = report.warnings.join("\n");
        assert!(told.contains("accepted the same update"), "{told}");
    }
    // Another change at the source is another update.
    directory.users[0].given_name = Some("Third".into());
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (2, 1));
    drop(fault);
    engine.sync(&directory, FULL).await.unwrap();
    world.all_is_well(&mut engine, &directory).await;
    let seen = world.links.load().await.unwrap().seen;
    assert_eq!(seen["u000"].stuck, None);
}
