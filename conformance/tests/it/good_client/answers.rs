//! Servers that take what they are sent otherwise than it was meant: F29, F34, F36, F37 and F55.

use std::collections::BTreeMap;

use mock_server::{Effect, FaultRule, Operation};
use provisioner::{Directory, Policies};
use serde_json::{Value, json};

use super::{CHANGED, FULL, World, people, titled};

fn account(world: &World, user_name: &str) -> Value {
    let users = world.account.users();
    let mut users = users.into_iter();
    users.find(|user| user["userName"] == user_name).unwrap()
}

fn answers(id: &str, code: u16, body: &Value) -> FaultRule {
    let effect = Effect::Status {
        code,
        headers: BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]),
        body: body.to_string(),
    };
    FaultRule::new(id, effect)
}

/// The given name of the first, as it is written in the directory.
fn named(given_name: &str, title: &str) -> Directory {
    let mut directory = titled(0..3, title);
    directory.users[0].given_name = Some(given_name.into());
    directory
}

#[tokio::test]
async fn f29_what_the_server_normalises_is_not_sent_for_ever() {
    for (operation, given_name) in [
        (Operation::CreateUser, "  Ann MARIE "),
        (Operation::UpdateUser, "Ann MARIE"),
        (Operation::CreateUser, "Ame\u{301}lie"),
    ] {
        let world = World::new();
        let mut engine = world.engine();
        if operation == Operation::UpdateUser {
            engine.sync(&people(0..3), CHANGED).await.unwrap();
        }
        let normalised =
            |operation| FaultRule::new("f29", Effect::AttributesNormalised).on(operation);
        let first = world.fault(normalised(operation));
        let directory = named(given_name, "Head Of IT");
        let report = engine.sync(&directory, FULL).await.unwrap();
        assert_eq!(report.summary.success, 3);
        drop(first);
        // One update is sent in vain, for nobody knows before what becomes of it.
        let then = world.fault(normalised(Operation::UpdateUser));
        let mut writes = Vec::new();
        for _ in 0..4 {
            let report = engine.sync(&directory, FULL).await.unwrap();
            assert_eq!((report.summary.success, report.summary.failed), (3, 0));
            writes.push(report.writes);
        }
        drop(then);
        assert_eq!(writes[1..], [0; 3], "{given_name}: {writes:?}");
    }
}

#[tokio::test]
async fn f34_an_update_loses_nothing_that_is_not_mapped_where_the_server_merges() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    let before = by_hand(&world);
    engine.sync(&titled(0..2, "Lead"), CHANGED).await.unwrap();
    kept(&world, &before);
}

#[tokio::test]
async fn f34_an_update_loses_nothing_that_is_not_mapped_where_the_server_replaces() {
    let world = World::new();
    let mut connection = world.connection();
    connection.policies = Policies {
        put_replaces: true,
        ..Policies::default()
    };
    let mut engine = world.engine_with(connection, world.links.clone());
    engine.sync(&located(people(0..2)), CHANGED).await.unwrap();
    let before = by_hand(&world);
    let _fault = world.fault(FaultRule::new("f34", Effect::PutReplaces).on(Operation::UpdateUser));
    let lead = located(titled(0..2, "Lead"));
    let report = engine.sync(&lead, CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (2, 2));
    kept(&world, &before);
    // An update that changes the address alone keeps the rest as well.
    let mut renamed = lead.clone();
    renamed.users[0].username = "other@example.com".into();
    renamed.users[0].email = Some("other@example.com".into());
    engine.sync(&renamed, CHANGED).await.unwrap();
    let user = account(&world, "other@example.com");
    assert_eq!(user["title"], "Lead", "{user:#}");
    assert_eq!(user["name"]["familyName"], "By Hand");
    assert_eq!(user["locale"], "de-DE", "which no read of Zoom's shows");
}

/// The same people in Germany: a locale is shown by no read.
fn located(mut directory: Directory) -> Directory {
    for user in &mut directory.users {
        user.locale = Some("de-DE".into());
    }
    directory
}

/// What an administrator of Zoom wrote, which the rule does not map, or the directory does not say.
fn by_hand(world: &World) -> Value {
    let id = account(world, "user000@example.com")["id"].clone();
    let edit = json!({
        "name": { "familyName": "By Hand" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Sales" },
    });
    world
        .account
        .edit_user(id.as_str().unwrap(), &edit)
        .unwrap();
    account(world, "user000@example.com")
}

/// The same but for the title.
#[track_caller]
fn kept(world: &World, before: &Value) {
    let mut after = account(world, "user000@example.com");
    assert_eq!(after["title"], "Lead", "{after:#}");
    let mut before = before.clone();
    for user in [&mut after, &mut before] {
        let user = user.as_object_mut().unwrap();
        user.remove("title");
        user.remove("meta");
    }
    assert_eq!(after, before);
}

#[tokio::test]
async fn f36_whose_new_address_is_taken_fails_alone() {
    for code in [409, 412] {
        let world = World::new();
        let mut engine = world.engine();
        engine.sync(&people(0..4), CHANGED).await.unwrap();
        let body = json!({ "detail": "This email has already been used.", "status": code });
        let mut rule = answers("f36", code, &body).on(Operation::UpdateUser);
        let links = world.links.load().await.unwrap().links;
        rule.when.user = Some(links["u001"].zoom_id.to_string());
        let _fault = world.fault(rule);
        let mut directory = titled(0..4, "Lead");
        directory.users[1].username = "taken@example.com".into();
        let report = engine.sync(&directory, CHANGED).await.unwrap();
        assert_eq!(
            (report.summary.success, report.summary.failed),
            (3, 1),
            "{code}"
        );
        let failed = report.actions.iter().find_map(|one| one.error.as_ref());
        assert!(failed.unwrap().contains("already been used"), "{failed:?}");
    }
}

#[tokio::test]
async fn f37_an_address_that_is_refused_for_its_domain_does_not_hold_up_the_rest() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    let refused = FaultRule::new("f37", Effect::DomainNotAssociated).on(Operation::UpdateUser);
    let links = world.links.load().await.unwrap().links;
    let mut refused = refused.times(1);
    refused.when.user = Some(links["u001"].zoom_id.to_string());
    let _fault = world.fault(refused);
    let mut directory = titled(0..3, "Lead");
    directory.users[1].username = "user001@elsewhere.example".into();
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (2, 1));
    let failed = report.actions.iter().find_map(|one| one.error.as_ref());
    assert!(failed.unwrap().contains("associated domain"), "{failed:?}");
    let user = account(&world, "user001@example.com");
    assert_eq!(user["title"], "Lead", "the rest of the change is done");
    let links = world.links.load().await.unwrap().links;
    assert!(links.contains_key("u001"), "and the link stays");
}

#[tokio::test]
async fn f55_a_list_without_resources_is_empty() {
    for resources in [None, Some(Value::Null), Some(json!([]))] {
        let world = World::new();
        let mut body = json!({ "totalResults": 0, "startIndex": 1, "itemsPerPage": 0 });
        if let Some(resources) = resources {
            body["Resources"] = resources;
        }
        let rule = answers("f55", 200, &body).on(Operation::ListUsers);
        let fault = world.fault(rule.times(1));
        let mut engine = world.engine();
        let report = engine.sync(&people(0..3), FULL).await.unwrap();
        assert_eq!((report.summary.success, report.writes), (3, 3));
        drop(fault);
        world.all_is_well(&mut engine, &people(0..3)).await;
    }
    let world = World::new();
    let odd = json!({ "totalResults": 0, "Resources": "none" });
    let _fault = world.fault(answers("f55", 200, &odd).on(Operation::ListUsers));
    assert!(world.engine().sync(&people(0..3), FULL).await.is_err());
    assert_eq!(world.count(Operation::CreateUser), 0);
}
