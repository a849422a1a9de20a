//! What people do in Zoom's pages, and answers without a body: F31, F32, F35, F42 and F43.

use mock_server::{Effect, FaultRule, Operation, Phase};
use provisioner::{RemoveAction, SyncOptions};
use serde_json::{Value, json};

use super::{CHANGED, FULL, World, people, titled};

fn answered(id: &str, code: u16, body: &Value) -> FaultRule {
    let effect = Effect::Status {
        code,
        headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        body: match body {
            Value::Null => String::new(),
            body => body.to_string(),
        },
    };
    FaultRule::new(id, effect).phase(Phase::After)
}

async fn id(world: &World, user: &str) -> String {
    let links = world.links.load().await.unwrap().links;
    links[user].zoom_id.to_string()
}

#[tokio::test]
async fn f31_a_create_that_is_answered_200_without_a_location_is_done() {
    let world = World::new();
    let mut engine = world.engine();
    let body = json!({ "id": "z1", "userName": "user000@example.com", "active": true });
    let fault = world.fault(answered("f31", 200, &body).on(Operation::CreateUser));
    let report = engine.sync(&people(0..1), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (1, 1));
    assert_eq!(id(&world, "u000").await, "z1");
    assert_eq!(world.count(Operation::CreateUser), 1);
    drop(fault);
}

#[tokio::test]
async fn f32_an_update_that_is_answered_204_without_a_body_is_done() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    let fault = world.fault(answered("f32", 204, &Value::Null).on(Operation::UpdateUser));
    let report = engine.sync(&titled(0..3, "Lead"), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (3, 3));
    drop(fault);
    world.all_is_well(&mut engine, &titled(0..3, "Lead")).await;
    let mut connection = world.connection();
    connection.remove_action = RemoveAction::Disable;
    engine.set_connection(connection);
    let _fault = world.fault(answered("f32", 204, &Value::Null).on(Operation::PatchUser));
    let report = engine.sync(&titled(0..2, "Lead"), CHANGED).await.unwrap();
    assert_eq!((report.summary.removed, report.writes), (1, 1));
}

#[tokio::test]
async fn f35_who_was_deleted_by_hand_is_made_again() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    world
        .account
        .remove_user(&id(&world, "u001").await)
        .unwrap();
    let report = engine.sync(&titled(0..3, "Lead"), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (3, 0));
    assert_eq!(world.count(Operation::CreateUser), 4);
    world.all_is_well(&mut engine, &titled(0..3, "Lead")).await;
}

#[tokio::test]
async fn f42_who_is_enabled_by_hand_is_disabled_again() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    let mut directory = people(0..3);
    directory.users[1].enabled = false;
    engine.sync(&directory, CHANGED).await.unwrap();
    let disabled = id(&world, "u001").await;
    let edit = json!({ "active": true });
    world.account.edit_user(&disabled, &edit).unwrap();
    let report = engine.sync(&directory, FULL).await.unwrap();
    assert_eq!((report.summary.failed, report.writes), (0, 1));
    let users = world.account.users();
    let user = users.iter().find(|user| user["id"] == disabled.as_str());
    assert_eq!(user.unwrap()["active"], false);
}

#[tokio::test]
async fn f43_what_was_edited_by_hand_is_corrected_by_a_full_run_alone() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&titled(0..3, "Lead"), CHANGED).await.unwrap();
    let edit = json!({ "name": { "givenName": "Other", "familyName": "Kept" } });
    world
        .account
        .edit_user(&id(&world, "u001").await, &edit)
        .unwrap();
    let report = engine.sync(&titled(0..3, "Lead"), CHANGED).await.unwrap();
    assert_eq!(report.writes, 0);
    let deep = SyncOptions { deep: true, ..FULL };
    let report = engine.sync(&titled(0..3, "Lead"), deep).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (3, 1));
    let users = world.account.users();
    let user = users
        .iter()
        .find(|user| user["userName"] == "user001@example.com");
    let name = &user.unwrap()["name"];
    assert_eq!(
        (&name["givenName"], &name["familyName"]),
        (&json!("Given1"), &json!("Kept"))
    );
}
