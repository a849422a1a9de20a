//! F73: the deletion of a rule that is interrupted is finished by the same again, and nothing undoes it meanwhile.

use std::sync::Arc;
use std::time::Duration;

use mock_server::{Account, Operation};
use provisioner::{
    CompactString, Connection, Fact, Link, Links, MemoryLinks, Provisioner, RemoveAction,
};

use super::kill::Dying;
use super::{CHANGED, FULL, World, people, status};

fn connection(world: &World, action: RemoveAction, removes: bool) -> Connection {
    Connection {
        remove_action: action,
        deprovision_on_rule_deletion: removes,
        ..world.connection()
    }
}

fn active(account: &Account) -> usize {
    let users = account.users();
    users.iter().filter(|user| user["active"] == true).count()
}

async fn is_begun(world: &World) -> bool {
    let facts = world.links.load().await.unwrap().facts;
    facts.contains_key(&Fact::RuleDeletions)
}

/// Kills a deletion at one of its saves; gives whether it came to its end before.
async fn killed_at(
    world: &World,
    connection: &Connection,
    allow_removals: Option<usize>,
    (save, after): (usize, bool),
) -> bool {
    let dying = Dying::at(&world.links, save, after);
    let mut engine = world.engine_with(connection.clone(), dying.clone());
    let has_ended = tokio::select! {
        result = engine.delete_rule("staff", allow_removals) => result.is_ok(),
        () = dying.dead.notified() => false,
    };
    drop(engine);
    // Time for what Zoom was asked for before, and does after.
    tokio::time::sleep(Duration::from_millis(20)).await;
    has_ended
}

/// What must hold when a sync comes between: with the rule and without it nobody is linked, made or removed.
async fn a_sync_leaves_them(world: &World, engine: &mut Provisioner, what: &str) {
    let before = world.links.load().await.unwrap().links;
    let accounts = world.account.users();
    for with_rule in [true, false] {
        if !with_rule {
            engine.set_rules(Vec::new());
        }
        let report = engine.sync(&people(0..4), FULL).await.unwrap();
        assert_eq!(report.writes, 0, "{what}: {report:#?}");
        let told = report.warnings.join("\n");
        assert!(told.contains("delete-rule"), "{what}: {told}");
    }
    // A delete that was under way when it was killed may turn out to be done; nothing else happens.
    let links = world.links.load().await.unwrap().links;
    let is_before = |(user, link): (&CompactString, &Link)| before.get(user) == Some(link);
    assert!(links.iter().all(is_before), "{what}: {links:?}");
    assert_eq!(world.account.users(), accounts, "{what}");
}

#[tokio::test]
async fn f73_killed_at_any_save_it_goes_on_and_removes_each_once() {
    let cases = [
        (RemoveAction::Delete, true),
        (RemoveAction::Disable, true),
        (RemoveAction::Disable, false),
    ];
    for (action, removes) in cases {
        for (after, meanwhile) in [(false, false), (true, false), (false, true), (true, true)] {
            for save in 1.. {
                let what = format!("{action:?}, {removes}, save {save}, after it: {after}");
                assert!(save < 50, "{what}");
                let mut world = World::new();
                world.links = Arc::new(MemoryLinks::default()) as Arc<dyn Links>;
                let connection = connection(&world, action, removes);
                let mut engine = world.engine_with(connection.clone(), Arc::clone(&world.links));
                engine.sync(&people(0..4), CHANGED).await.unwrap();
                let has_ended = killed_at(&world, &connection, None, (save, after)).await;
                if meanwhile && is_begun(&world).await {
                    a_sync_leaves_them(&world, &mut engine, &what).await;
                }
                let report = engine.delete_rule("staff", None).await.unwrap();
                assert_eq!(report.summary.failed_removals, 0, "{what}");
                assert!(!is_begun(&world).await, "{what}");
                assert!(world.links.load().await.unwrap().links.is_empty(), "{what}");
                let sent = (
                    world.count(Operation::DeleteUser),
                    world.count(Operation::PatchUser),
                );
                let (left, expected) = match (action, removes) {
                    (RemoveAction::Delete, _) => (0, (4, 0)),
                    (RemoveAction::Disable, true) => (0, (0, 4)),
                    (RemoveAction::Disable, false) => (4, (0, 0)),
                };
                assert_eq!(sent, expected, "{what}");
                assert_eq!(active(&world.account), left, "{what}");
                assert_eq!(world.count(Operation::CreateUser), 4, "{what}");
                if has_ended {
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn f73_who_cannot_be_removed_keeps_it_open() {
    let world = World::new();
    let connection = connection(&world, RemoveAction::Delete, true);
    let mut engine = world.engine_with(connection, Arc::clone(&world.links));
    engine.sync(&people(0..4), CHANGED).await.unwrap();
    let fault = world.fault(status("f73", 400).on(Operation::DeleteUser).times(1));
    let report = engine.delete_rule("staff", None).await.unwrap();
    assert_eq!(
        (report.summary.removed, report.summary.failed_removals),
        (3, 1)
    );
    assert!(is_begun(&world).await);
    drop(fault);
    a_sync_leaves_them(&world, &mut engine, "one failed").await;
    let report = engine.delete_rule("staff", None).await.unwrap();
    assert_eq!((report.summary.removed, report.warnings.len()), (1, 0));
    assert!(!is_begun(&world).await && world.names().is_empty());
}

#[tokio::test]
async fn f73_what_it_does_is_what_both_its_beginning_and_the_switches_say() {
    for removed_then in [true, false] {
        let world = World::new();
        let then = connection(&world, RemoveAction::Delete, removed_then);
        let now = connection(&world, RemoveAction::Delete, !removed_then);
        let mut engine = world.engine_with(now, Arc::clone(&world.links));
        engine.sync(&people(0..3), CHANGED).await.unwrap();
        // The save that says that it has begun, and no more.
        assert!(!killed_at(&world, &then, None, (1, true)).await);
        assert!(is_begun(&world).await);
        engine.delete_rule("staff", None).await.unwrap();
        assert_eq!(world.names().len(), 3);
        assert!(world.links.load().await.unwrap().links.is_empty());
    }
}

#[tokio::test]
async fn f73_what_is_left_of_a_large_deletion_is_held_to_the_limit_again() {
    let world = World::new();
    let connection = connection(&world, RemoveAction::Delete, true);
    let mut engine = world.engine_with(connection.clone(), Arc::clone(&world.links));
    engine.sync(&people(0..30), CHANGED).await.unwrap();
    assert!(!killed_at(&world, &connection, Some(30), (1, true)).await);
    let report = engine.delete_rule("staff", None).await.unwrap();
    assert_eq!(report.over_limit.unwrap().planned, 30);
    let told = report.warnings.join("\n");
    assert!(told.contains("has begun and is not finished"), "{told}");
    assert!(is_begun(&world).await && world.names().len() == 30);
    let report = engine.delete_rule("staff", Some(30)).await.unwrap();
    assert_eq!((report.summary.removed, report.warnings.len()), (30, 0));
    assert!(!is_begun(&world).await && world.names().is_empty());
}

#[tokio::test]
async fn f61_a_rule_of_many_users_is_deleted_once_their_number_is_named() {
    let world = World::new();
    let connection = connection(&world, RemoveAction::Delete, true);
    let mut engine = world.engine_with(connection, Arc::clone(&world.links));
    engine.sync(&people(0..12), CHANGED).await.unwrap();
    let before = world.links.load().await.unwrap();
    for allowed in [None, Some(11), Some(13)] {
        let report = engine.delete_rule("staff", allowed).await.unwrap();
        assert_eq!(report.over_limit.unwrap().planned, 12);
        assert_eq!((report.summary.retained, report.writes), (12, 0));
        assert!(report.warnings.join("\n").contains("--allow-removals 12"));
        assert_eq!(
            world.links.load().await.unwrap(),
            before,
            "nothing was done"
        );
    }
    world.all_is_well(&mut engine, &people(0..12)).await;
    let report = engine.delete_rule("staff", Some(12)).await.unwrap();
    assert_eq!((report.summary.removed, report.over_limit), (12, None));
    assert!(world.names().is_empty());
}

#[tokio::test]
async fn f41_an_admin_survives_the_deletion_of_the_rule() {
    let world = World::new();
    let mut connection = connection(&world, RemoveAction::Delete, true);
    connection.safety.protect = vec!["u001".to_owned()];
    let mut engine = world.engine_with(connection, Arc::clone(&world.links));
    engine.sync(&people(0..4), CHANGED).await.unwrap();
    let users = world.account.users();
    let id = users[0]["id"].as_str().unwrap();
    let change = serde_json::json!({ "roles": [{ "value": "Admin" }] });
    world.account.edit_user(id, &change).unwrap();
    let report = engine.delete_rule("staff", None).await.unwrap();
    assert_eq!((report.summary.removed, report.summary.retained), (2, 2));
    assert_eq!(world.names().len(), 2);
    assert!(!is_begun(&world).await);
    assert!(world.links.load().await.unwrap().links.is_empty());
}
