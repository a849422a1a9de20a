//! Removals that nobody can have meant, and accounts that are never removed: F41, F61 and F64.

use std::sync::Arc;

use mock_server::Operation;
use provisioner::{
    Connection, Directory, DisabledAtCreation, Filter, Mapping, RemoveAction, Rule, SyncOptions,
};
use serde_json::json;

use super::{CHANGED, FULL, World, people, sees_nobody};

fn allowing(removals: usize) -> SyncOptions {
    SyncOptions {
        allow_removals: Some(removals),
        ..CHANGED
    }
}

fn removals(world: &World) -> usize {
    world.count(Operation::DeleteUser) + world.count(Operation::PatchUser)
}

/// Makes somebody an admin by hand.
fn promote(world: &World, address: &str, role: &str) {
    let users = world.account.users();
    let user = users.iter().find(|user| user["userName"] == address);
    let id = user.unwrap()["id"].as_str().unwrap().to_owned();
    let change = json!({ "roles": [{ "value": role }] });
    world.account.edit_user(&id, &change).unwrap();
}

#[tokio::test]
async fn f61_too_many_removals_are_held_back_until_their_number_is_named() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..100), CHANGED).await.unwrap();
    // Fifteen leave, one comes, and one gets another name.
    let mut directory = people(15..101);
    directory.users[0].given_name = Some("Other".into());
    let planned = engine.plan(&directory, CHANGED).await.unwrap();
    assert_eq!(planned.over_limit.unwrap().planned, 15);
    for options in [CHANGED, FULL] {
        let report = engine.sync(&directory, options).await.unwrap();
        let over = report.over_limit.unwrap();
        assert_eq!((over.planned, over.max_removals), (15, 10));
        assert_eq!((report.summary.removed, report.summary.retained), (0, 15));
        assert_eq!(removals(&world), 0);
        assert_eq!(world.count(Operation::CreateUser), 101, "creates go on");
        assert_eq!(world.count(Operation::UpdateUser), 1, "updates go on");
        assert_eq!(report.summary.success, 86);
        let told = report.warnings.join("\n");
        assert!(told.contains("--allow-removals 15"), "{told}");
    }
    // A number that is not the right one is as none.
    for number in [14, 16] {
        let report = engine.sync(&directory, allowing(number)).await.unwrap();
        let over = report.over_limit.unwrap();
        assert_eq!((over.planned, over.allowed), (15, Some(number)));
        assert_eq!(report.writes, 0);
    }
    let report = engine.sync(&directory, allowing(15)).await.unwrap();
    assert_eq!((report.summary.removed, report.over_limit), (15, None));
    world.all_is_well(&mut engine, &directory).await;
}

#[tokio::test]
async fn f61_who_comes_back_while_removals_are_held_back_is_not_removed() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..60), CHANGED).await.unwrap();
    let over = engine.sync(&people(11..60), CHANGED).await.unwrap();
    assert!(over.over_limit.is_some());
    let report = engine.sync(&people(1..60), CHANGED).await.unwrap();
    assert_eq!((report.summary.removed, report.over_limit), (1, None));
    world.all_is_well(&mut engine, &people(1..60)).await;
}

#[tokio::test]
async fn f61_disabling_counts_as_removing() {
    let world = World::new();
    let mut engine = world.engine();
    let mut directory = people(0..30);
    engine.sync(&directory, CHANGED).await.unwrap();
    // Ten leave and one is disabled: more than ten, together.
    directory.users.drain(..5);
    for user in &mut directory.users[..6] {
        user.enabled = false;
    }
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!(report.over_limit.unwrap().planned, 11);
    assert_eq!((report.summary.partial, report.summary.retained), (6, 5));
    assert_eq!(removals(&world), 0);
    let report = engine.sync(&directory, allowing(11)).await.unwrap();
    assert_eq!((report.summary.success, report.summary.removed), (25, 5));
    assert_eq!(removals(&world), 11);
}

#[tokio::test]
async fn f64_a_rule_that_matches_nobody_any_more_removes_nobody() {
    let world = World::new();
    let mut engine = world.engine();
    let directory = people(0..25);
    engine.sync(&directory, CHANGED).await.unwrap();
    let rule = |filter: &str| Rule {
        id: "staff".to_owned(),
        filter: Some(Filter::parse(filter).unwrap()),
        mapping: Mapping::default(),
        enabled: true,
    };
    engine.set_rules(vec![rule("groups eq \"stuff\"")]);
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    let over = report.over_limit.unwrap();
    assert_eq!((over.planned, over.linked, report.writes), (25, 25, 0));
    engine.set_rules(vec![rule("groups eq \"staff\"")]);
    world.all_is_well(&mut engine, &directory).await;
    assert_eq!(removals(&world), 0);
}

#[tokio::test]
async fn f41_owners_and_admins_are_not_removed_and_the_others_are() {
    for (role, leave) in [("Admin", 3), ("Owner", 3), ("Admin", 30), ("Owner", 30)] {
        let world = World::new();
        let mut connection = world.connection();
        connection.safety.max_removals = 100;
        let mut engine = world.engine_with(connection, Arc::clone(&world.links));
        engine.sync(&people(0..40), CHANGED).await.unwrap();
        promote(&world, "user001@example.com", role);
        for (times, removed) in [leave - 1, 0].into_iter().enumerate() {
            let report = engine.sync(&people(leave..40), CHANGED).await.unwrap();
            let summary = report.summary;
            let what = format!("{role}, {leave} leave, run {times}");
            assert_eq!(
                (summary.removed, summary.retained, summary.failed_removals),
                (removed, 1, 0),
                "{what}"
            );
            let held = report.actions.iter().find_map(|one| one.held.as_ref());
            assert_eq!(
                held.unwrap().to_string(),
                format!("protected: {role} role"),
                "{what}"
            );
            assert!(report.warnings.iter().any(|one| one.contains("protected")));
            assert_eq!(removals(&world), leave - 1, "{what}");
        }
        // The office is given up: then they go.
        promote(&world, "user001@example.com", "Member");
        let report = engine.sync(&people(leave..40), CHANGED).await.unwrap();
        assert_eq!(report.summary.removed, 1);
    }
}

#[tokio::test]
async fn f41_an_admin_who_is_disabled_is_not_deactivated() {
    let world = World::new();
    let mut engine = world.engine();
    let mut directory = people(0..3);
    engine.sync(&directory, CHANGED).await.unwrap();
    promote(&world, "user001@example.com", "Admin");
    for user in &mut directory.users {
        user.enabled = false;
    }
    for options in [CHANGED, FULL] {
        let report = engine.sync(&directory, options).await.unwrap();
        assert_eq!((report.summary.success, report.summary.partial), (2, 1));
        assert_eq!(removals(&world), 2);
    }
}

#[tokio::test]
async fn f41_whom_the_list_names_is_not_removed() {
    for protect in ["USER001@example.com", "u001"] {
        let world = World::new();
        let mut connection = world.connection();
        connection.safety.protect = vec![protect.to_owned()];
        let links = Arc::clone(&world.links);
        let mut engine = world.engine_with(connection, links);
        engine.sync(&people(0..4), CHANGED).await.unwrap();
        let report = engine.sync(&people(3..4), CHANGED).await.unwrap();
        assert_eq!((report.summary.removed, report.summary.retained), (2, 1));
        assert_eq!(
            world.names(),
            ["user001@example.com", "user003@example.com"],
            "{protect}"
        );
        // Off the list, they go with the next run.
        let mut engine = world.engine();
        let report = engine.sync(&people(3..4), CHANGED).await.unwrap();
        assert_eq!(report.summary.removed, 1);
    }
}

#[tokio::test]
async fn the_protected_do_not_count_among_the_removals() {
    let world = World::new();
    let mut connection = world.connection();
    connection.safety.protect = vec!["u000".to_owned()];
    let mut engine = world.engine_with(connection, Arc::clone(&world.links));
    engine.sync(&people(0..40), CHANGED).await.unwrap();
    let report = engine.sync(&people(11..40), CHANGED).await.unwrap_err();
    assert!(report.to_string().contains("--accept-count 29"));
    let accepted = SyncOptions {
        accept_count: Some(29),
        ..CHANGED
    };
    let report = engine.sync(&people(11..40), accepted).await.unwrap();
    assert_eq!((report.summary.removed, report.summary.retained), (10, 1));
}

/// A deactivation that was in no plan: the account turns up when its create is refused.
#[tokio::test]
async fn what_was_not_counted_is_not_removed_in_the_same_run() {
    let world = World::new();
    let mut connection = Connection {
        remove_action: RemoveAction::Disable,
        ..world.connection()
    };
    connection.policies.disabled_at_creation = DisabledAtCreation::CreateInactive;
    let mut engine = world.engine_with(connection, Arc::clone(&world.links));
    let user = json!({ "userName": "user000@example.com" });
    world.account.add_user(&user).unwrap();
    let mut directory: Directory = people(0..1);
    directory.users[0].enabled = false;
    directory.users[0].given_name = None;
    let _fault = world.fault(sees_nobody("late").times(1));
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!((report.summary.partial, removals(&world)), (1, 0));
    let links = world.links.load().await.unwrap().links;
    assert_eq!(links.len(), 1, "the account is linked");
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!((report.summary.success, removals(&world)), (1, 1));
}
