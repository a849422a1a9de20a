//! Creates: F20 to F31.

use std::time::Duration;

use mock_server::{Effect, FaultRule, Operation, Phase};
use provisioner::{Origin, Waiter as _};
use serde_json::json;

use super::{CHANGED, FULL, World, people, sees_nobody, status, titled};

/// The ways to lose an answer.
fn losses() -> [Effect; 5] {
    [
        Effect::Reset,
        Effect::CloseWithoutAnswer,
        Effect::HtmlErrorPage { code: 504 },
        Effect::HtmlErrorPage { code: 500 },
        Effect::Empty200,
    ]
}

#[tokio::test]
async fn f20_a_create_that_was_done_is_found_and_not_sent_again() {
    for effect in losses() {
        let name = effect.name();
        let world = World::new();
        let mut engine = world.engine();
        let rule = FaultRule::new("f20", effect).on(Operation::CreateUser);
        let _fault = world.fault(rule.phase(Phase::After).times(3));
        let report = engine.sync(&people(0..9), CHANGED).await.unwrap();
        assert_eq!(
            (report.summary.success, world.count(Operation::CreateUser)),
            (9, 9),
            "{name}"
        );
        let links = world.links.load().await.unwrap().links;
        assert!(links.values().all(|link| link.origin == Origin::Created));
        world.all_is_well(&mut engine, &people(0..9)).await;
    }
}

#[tokio::test]
async fn f20_an_answer_that_is_cut_is_a_lost_answer() {
    let world = World::new();
    let mut engine = world.engine();
    let cut = Effect::Truncate {
        bytes: Some(30),
        fraction: None,
    };
    let _fault = world.fault(
        FaultRule::new("f20", cut)
            .on(Operation::CreateUser)
            .times(2),
    );
    engine.sync(&people(0..4), CHANGED).await.unwrap();
    assert_eq!(world.count(Operation::CreateUser), 4);
    world.all_is_well(&mut engine, &people(0..4)).await;
}

#[tokio::test]
async fn f20_a_create_that_was_not_done_is_sent_once_more_after_the_window() {
    for effect in losses() {
        let name = effect.name();
        let world = World::new();
        let mut engine = world.engine();
        let rule = FaultRule::new("f20", effect).on(Operation::CreateUser);
        let _fault = world.fault(rule.phase(Phase::Before).times(3));
        let report = engine.sync(&people(0..9), CHANGED).await.unwrap();
        assert_eq!(
            (report.summary.success, report.summary.failed),
            (9, 0),
            "{name}"
        );
        assert_eq!(world.count(Operation::CreateUser), 12, "{name}");
        assert!(world.time.now() >= Duration::from_secs(60), "{name}");
        world.all_is_well(&mut engine, &people(0..9)).await;
    }
}

#[tokio::test]
async fn f21_a_look_up_that_is_behind_is_waited_for() {
    let world = World::new();
    let mut engine = world.engine();
    let lost = FaultRule::new("f21a", Effect::Reset).on(Operation::CreateUser);
    let _lost = world.fault(lost.phase(Phase::After).times(1));
    let _behind = world.fault(sees_nobody("f21b").times(4));
    let report = engine.sync(&people(0..3), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.success, world.count(Operation::CreateUser)),
        (3, 3)
    );
    assert!(world.time.now() < Duration::from_secs(60));
    world.all_is_well(&mut engine, &people(0..3)).await;
}

#[tokio::test]
async fn f21_a_look_up_that_is_behind_beyond_the_window_meets_the_duplicate() {
    let world = World::new();
    let mut engine = world.engine();
    let lost = FaultRule::new("f21a", Effect::Reset).on(Operation::CreateUser);
    let _lost = world.fault(lost.phase(Phase::After).times(1));
    // The list of the run, and more look-ups than the window holds.
    let _behind = world.fault(sees_nobody("f21b").times(13));
    let report = engine.sync(&people(0..3), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.success, report.summary.failed),
        (3, 0),
        "{report:#?}"
    );
    assert_eq!(
        world.count(Operation::CreateUser),
        4,
        "the second is refused as a duplicate"
    );
    world.all_is_well(&mut engine, &people(0..3)).await;
}

#[tokio::test]
async fn f20_an_account_that_somebody_else_made_meanwhile_is_adopted() {
    let world = World::new();
    let mut engine = world.engine();
    let lost = FaultRule::new("f20", Effect::Reset).on(Operation::CreateUser);
    let _lost = world.fault(lost.phase(Phase::Before).times(1));
    let _behind = world.fault(sees_nobody("behind").times(1));
    let other = json!({ "userName": "user000@example.com", "name": { "givenName": "Somebody" } });
    world.account.add_user(&other).unwrap();
    let report = engine.sync(&people(0..1), FULL).await.unwrap();
    assert_eq!(report.summary.success, 1);
    let links = world.links.load().await.unwrap().links;
    assert_eq!(links["u000"].origin, Origin::Adopted);
    world.all_is_well(&mut engine, &people(0..1)).await;
}

#[tokio::test]
async fn f23_a_duplicate_whom_a_look_up_finds_is_adopted() {
    let world = World::new();
    let mut engine = world.engine();
    world
        .account
        .add_user(&json!({ "userName": "user000@example.com" }))
        .unwrap();
    let _behind = world.fault(sees_nobody("f23").times(1));
    let report = engine.sync(&people(0..1), FULL).await.unwrap();
    assert_eq!(report.summary.success, 1);
    let links = world.links.load().await.unwrap().links;
    assert_eq!(links["u000"].origin, Origin::Adopted);
    world.all_is_well(&mut engine, &people(0..1)).await;
}

#[tokio::test]
async fn f24_a_duplicate_whom_no_look_up_finds_fails_alone_and_once() {
    let world = World::new();
    world.account.add_foreign_address("user001@example.com");
    let _fault = world.fault(
        FaultRule::new("f24", Effect::DuplicateInvisible)
            .on(Operation::CreateUser)
            .times(1),
    );
    let report = world.engine().sync(&people(0..1), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.failed, world.count(Operation::CreateUser)),
        (1, 1)
    );
    assert!(
        report.actions[0]
            .error
            .as_ref()
            .unwrap()
            .contains("consolidate")
    );
    assert!(
        world.links.load().await.unwrap().intents.is_empty(),
        "its outcome is known"
    );
}

#[tokio::test]
async fn f25_two_who_have_one_address_are_both_left_alone() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..1), CHANGED).await.unwrap();
    let twin = |id: &str| json!({ "id": id, "userName": "user001@example.com", "active": true });
    let body = json!({ "totalResults": 2, "Resources": [twin("one"), twin("two")] });
    let effect = Effect::Status {
        code: 200,
        headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        body: body.to_string(),
    };
    let _two = world.fault(FaultRule::new("f25a", effect).on(Operation::ListUsers));
    let refused = FaultRule::new("f25b", Effect::DuplicateInvisible).on(Operation::CreateUser);
    let _refused = world.fault(refused);
    let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (1, 1));
    let error = report.actions[0].error.as_ref().unwrap();
    assert!(error.contains("two Zoom users"), "{error}");
    let writes = world.count(Operation::UpdateUser) + world.count(Operation::PatchUser);
    assert_eq!(writes, 0);
}

#[tokio::test]
async fn an_address_that_several_people_have_is_looked_up_once() {
    let world = World::new();
    let mut directory = people(0..3);
    for user in &mut directory.users {
        user.username = "ann@example.com".into();
    }
    directory.users[2].username = "ANN@example.com".into();
    let report = world.engine().sync(&directory, CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (1, 2));
    assert_eq!(world.count(Operation::ListUsers), 1);
}

#[tokio::test]
async fn f26_a_duplicate_who_is_linked_to_somebody_else_names_them() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    let id = world.links.load().await.unwrap().links["u000"]
        .zoom_id
        .clone();
    let renamed = json!({ "userName": "user005@example.com" });
    world.account.edit_user(&id, &renamed).unwrap();
    let report = engine.sync(&people([0, 1, 5]), CHANGED).await.unwrap();
    assert_eq!(report.summary.failed, 1, "{report:#?}");
    let error = report.actions[0].error.as_ref().unwrap();
    assert!(error.contains("another directory user, u000"), "{error}");
    assert_eq!(world.names().len(), 2);
}

#[tokio::test]
async fn f28_odd_ids_are_kept_and_a_missing_one_is_looked_up() {
    let world = World::new();
    let mut engine = world.engine();
    let odd = FaultRule::new("f28a", Effect::IdNeedsEncoding).on(Operation::CreateUser);
    let _odd = world.fault(odd.times(1));
    engine.sync(&people(0..1), CHANGED).await.unwrap();
    engine.sync(&titled(0..1, "Lead"), CHANGED).await.unwrap();
    let missing = Effect::MissingField {
        name: "id".to_owned(),
    };
    let missing = FaultRule::new("f28b", missing).on(Operation::CreateUser);
    let _missing = world.fault(missing.times(1));
    let mut directory = people(0..2);
    directory.users[0].title = Some("Lead".into());
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.success, world.count(Operation::CreateUser)),
        (2, 2)
    );
    world.all_is_well(&mut engine, &directory).await;
}

#[tokio::test]
async fn f30_where_no_seat_is_left_others_go_on() {
    let world = World::new();
    let rule = FaultRule::new("f30", Effect::NoSeats).on(Operation::CreateUser);
    let _fault = world.fault(rule.times(3));
    let report = world.engine().sync(&people(0..10), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (7, 3));
    assert_eq!(world.count(Operation::CreateUser), 10);
}

#[tokio::test]
async fn f49_a_user_whom_zoom_cannot_do_fails_alone() {
    let world = World::new();
    let mut rule = status("f49", 500).on(Operation::CreateUser);
    rule.when.user = Some("user003@example.com".to_owned());
    let fault = world.fault(rule);
    let mut engine = world.engine();
    let report = engine.sync(&people(0..10), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.success, report.summary.failed),
        (9, 1),
        "{report:#?}"
    );
    assert_eq!(
        world.links.load().await.unwrap().intents.len(),
        1,
        "nobody knows"
    );
    drop(fault);
    let report = engine.sync(&people(0..10), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (10, 0));
    world.all_is_well(&mut engine, &people(0..10)).await;
}
