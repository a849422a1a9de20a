//! Lists and filters: F51 to F58.

use mock_server::{Effect, FaultRule, Operation};
use serde_json::json;

use super::{CHANGED, FULL, World, people, status};

/// Everybody is at Zoom already; nobody is created whatever the list does.
async fn nobody_is_created(effect: Effect) {
    let name = effect.name();
    let world = World::new();
    let users: Vec<_> = (0..230)
        .map(|number| {
            let name = json!({ "givenName": format!("Given{number}") });
            json!({ "userName": format!("user{number:03}@example.com"), "name": name })
        })
        .collect();
    world.account.add_users(&users).unwrap();
    let mut engine = world.engine();
    engine.sync(&people(0..230), FULL).await.unwrap();
    let created = world.count(Operation::CreateUser);
    let _fault = world.fault(FaultRule::new("list", effect).on(Operation::ListUsers));
    let report = engine.sync(&people(0..230), FULL).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (230, 0), "{name}");
    assert_eq!(
        (created, world.count(Operation::CreateUser)),
        (0, 0),
        "{name}"
    );
}

#[tokio::test]
async fn f51_pages_that_are_smaller_than_asked_for_are_all_read() {
    nobody_is_created(Effect::PageCap { count: 50 }).await;
}

#[tokio::test]
async fn f52_a_list_that_moves_while_it_is_read_makes_nobody_new() {
    nobody_is_created(Effect::PageDrift { by: 1 }).await;
    nobody_is_created(Effect::PageDrift { by: -1 }).await;
    nobody_is_created(Effect::DuplicateInList).await;
}

#[tokio::test]
async fn f53_a_total_that_is_wrong_ends_no_list_early_and_none_never() {
    nobody_is_created(Effect::TotalResultsLies { total: 0 }).await;
    nobody_is_created(Effect::TotalResultsLies { total: 120 }).await;
    nobody_is_created(Effect::TotalResultsLies { total: 100_000 }).await;
}

#[tokio::test]
async fn f53_pages_that_repeat_themselves_stop_the_run() {
    let world = World::new();
    world.account.seed_users(250).unwrap();
    let _fault = world.fault(FaultRule::new("f53", Effect::PagingIgnored).on(Operation::ListUsers));
    assert!(world.engine().sync(&people(0..20), FULL).await.is_err());
    assert!(world.count(Operation::ListUsers) <= 3);
    assert_eq!(world.count(Operation::CreateUser), 0);
}

#[tokio::test]
async fn f54_a_page_that_fails_is_asked_for_again_and_at_last_stops_the_run() {
    let world = World::new();
    world.account.seed_users(250).unwrap();
    let mut rule = status("f54", 500).on(Operation::ListUsers).times(2);
    rule.when.after = Some(1);
    let fault = world.fault(rule);
    let report = world.engine().sync(&people(0..3), FULL).await.unwrap();
    assert_eq!((report.summary.success, fault.fired()), (3, 2));
    drop(fault);
    let mut rule = status("f54", 500).on(Operation::ListUsers);
    rule.when.after = Some(1);
    let _fault = world.fault(rule);
    let creates = world.count(Operation::CreateUser);
    assert!(world.engine().sync(&people(0..9), FULL).await.is_err());
    assert_eq!(world.count(Operation::CreateUser), creates);
}

#[tokio::test]
async fn f56_a_filter_that_is_ignored_or_refused_finds_whoever_is_there() {
    for effect in [Effect::FilterIgnored, Effect::FilterRefused] {
        let name = effect.name();
        let world = World::new();
        let mut engine = world.engine();
        engine.sync(&people(0..1), CHANGED).await.unwrap();
        world.account.seed_users(150).unwrap();
        world
            .account
            .add_user(&json!({ "userName": "user001@example.com" }))
            .unwrap();
        let mut rule = FaultRule::new("f56", effect).on(Operation::ListUsers);
        rule.when.times = Some(1);
        let _fault = world.fault(rule);
        // One user is looked up singly.
        let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
        assert_eq!(report.summary.success, 2, "{name}");
        assert_eq!(
            world.count(Operation::CreateUser),
            1,
            "{name}: found on the second page"
        );
    }
}

#[tokio::test]
async fn f57_f58_unusual_addresses_are_found_as_they_are() {
    let names = [
        "o'hara+x&y%z#q@example.com",
        "\"quoted\"@example.com",
        "back\\slash@example.com",
        "Upper.Case@Example.com",
        "ümlaut@example.com",
    ];
    for name in names {
        let world = World::new();
        let mut engine = world.engine();
        engine.sync(&people(5..6), CHANGED).await.unwrap();
        if world
            .account
            .add_user(&json!({ "userName": name.to_lowercase() }))
            .is_err()
        {
            // Zoom does not take it at all.
            continue;
        }
        let mut directory = people(5..7);
        directory.users[1].username = name.into();
        directory.users[1].given_name = None;
        let report = engine.sync(&directory, CHANGED).await.unwrap();
        assert_eq!(
            (report.summary.success, report.summary.failed),
            (2, 0),
            "{name}"
        );
        assert_eq!(world.count(Operation::CreateUser), 1, "{name} was there");
        assert_eq!(
            engine.sync(&directory, FULL).await.unwrap().writes,
            0,
            "{name}"
        );
    }
}
