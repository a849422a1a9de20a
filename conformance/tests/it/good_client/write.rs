//! Updates and removals: F38 to F41.

use mock_server::{Effect, FaultRule, Operation, Phase};
use provisioner::RemoveAction;

use super::{CHANGED, World, people};

#[tokio::test]
async fn f38_a_deactivation_whose_answer_is_lost_is_repeated() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    let mut connection = world.connection();
    connection.remove_action = RemoveAction::Disable;
    engine.set_connection(connection);
    let rule = FaultRule::new("f38", Effect::Reset).on(Operation::PatchUser);
    let _fault = world.fault(rule.phase(Phase::After).times(1));
    let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.removed, report.summary.failed_removals),
        (1, 0)
    );
    assert_eq!(report.writes, 1, "one deactivation, whatever it took");
}

#[tokio::test]
async fn f39_a_delete_whose_answer_is_lost_is_done() {
    for effect in [
        Effect::Reset,
        Effect::CloseWithoutAnswer,
        Effect::HtmlErrorPage { code: 500 },
    ] {
        let name = effect.name();
        let world = World::new();
        let mut engine = world.engine();
        engine.sync(&people(0..3), CHANGED).await.unwrap();
        let rule = FaultRule::new("f39", effect).on(Operation::DeleteUser);
        let _fault = world.fault(rule.phase(Phase::After).times(1));
        let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
        assert_eq!(
            (report.summary.removed, report.summary.failed_removals),
            (1, 0),
            "{name}"
        );
        assert_eq!(world.count(Operation::DeleteUser), 2, "{name}");
        world.all_is_well(&mut engine, &people(0..2)).await;
    }
}

#[tokio::test]
async fn f40_who_is_gone_already_is_deleted() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    // Gone between the read and the delete.
    let rule = FaultRule::new(
        "f40",
        Effect::Status {
            code: 404,
            headers: std::collections::BTreeMap::new(),
            body: String::new(),
        },
    );
    let _fault = world.fault(rule.on(Operation::DeleteUser).phase(Phase::After));
    let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.removed, report.summary.failed_removals),
        (1, 0)
    );
    assert_eq!(world.links.load().await.unwrap().links.len(), 2);
}

#[tokio::test]
async fn f41_an_admin_is_not_deleted_and_the_others_are() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..4), CHANGED).await.unwrap();
    let body = serde_json::json!({ "detail": "Cannot delete Admin user.", "status": 400 });
    let refused = Effect::Status {
        code: 400,
        headers: std::collections::BTreeMap::new(),
        body: body.to_string(),
    };
    let _fault = world.fault(
        FaultRule::new("f41", refused)
            .on(Operation::DeleteUser)
            .times(1),
    );
    let report = engine.sync(&people(0..1), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.removed, report.summary.failed_removals),
        (2, 1)
    );
    let mut failed = report.actions.iter().filter_map(|one| one.error.as_ref());
    assert!(failed.next().unwrap().starts_with("protected: "));
    assert_eq!(world.count(Operation::DeleteUser), 3, "none is tried twice");
    assert_eq!(world.count(Operation::PatchUser), 0, "nor disabled instead");
}
