//! What an audit holds of writes that go wrong: F38, F39 and F75.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mock_server::{Effect, FaultRule, Operation, Phase};
use provisioner::{
    Audit, AuditError, AuditFile, Entry, Event, Fate, RemoveAction, SyncError, Values, Written,
    verify,
};

use super::{CHANGED, World, people, titled};

/// An audit in memory, with room for so many entries.
struct Kept {
    entries: Mutex<Vec<Entry>>,
    room: usize,
}

impl Kept {
    fn new(room: usize) -> Arc<Self> {
        Arc::new(Self {
            entries: Mutex::default(),
            room,
        })
    }

    fn writes(&self) -> Vec<Written> {
        let entries = self.entries.lock().unwrap();
        let writes = entries.iter().filter_map(|entry| match &entry.event {
            Event::Write(written) => Some(written.as_ref().clone()),
            _ => None,
        });
        writes.collect()
    }
}

#[async_trait]
impl Audit for Kept {
    async fn record(&self, entry: Entry) -> Result<(), AuditError> {
        let mut entries = self.entries.lock().unwrap();
        if entries.len() == self.room {
            return Err(AuditError::Unwritable {
                path: "kept".into(),
                message: "no room".to_owned(),
            });
        }
        entries.push(entry);
        Ok(())
    }
}

#[tokio::test]
async fn f38_a_deactivation_that_went_out_twice_is_one_line() {
    let world = World::new();
    world.engine().sync(&people(0..3), CHANGED).await.unwrap();
    let mut connection = world.connection();
    connection.remove_action = RemoveAction::Disable;
    let kept = Kept::new(usize::MAX);
    let mut engine = world
        .engine_with(connection, Arc::clone(&world.links))
        .with_audit(Arc::clone(&kept) as Arc<_>);
    let rule = FaultRule::new("f38", Effect::Reset).on(Operation::PatchUser);
    let _fault = world.fault(rule.phase(Phase::After).times(1));
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    let writes = kept.writes();
    assert_eq!(writes.len(), 1, "{writes:#?}");
    assert_eq!((writes[0].outcome, writes[0].attempts), (Fate::Done, 2));
    assert_eq!(writes[0].action, "disable");
    assert!(writes[0].request_id.is_some());
}

#[tokio::test]
async fn f39_a_delete_that_went_out_twice_is_one_line() {
    let world = World::new();
    let kept = Kept::new(usize::MAX);
    let mut engine = world.engine().with_audit(Arc::clone(&kept) as Arc<_>);
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    let rule = FaultRule::new("f39", Effect::Reset).on(Operation::DeleteUser);
    let _fault = world.fault(rule.phase(Phase::After).times(1));
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    let writes = kept.writes();
    let deletes: Vec<&Written> = writes
        .iter()
        .filter(|written| written.action == "delete")
        .collect();
    assert_eq!((writes.len(), deletes.len()), (4, 1), "{writes:#?}");
    assert_eq!((deletes[0].outcome, deletes[0].attempts), (Fate::Gone, 2));
    let before = deletes[0].changes["username"].before.as_deref();
    assert_eq!(before, Some("user002@example.com"));
}

#[tokio::test]
async fn f39_a_delete_that_may_have_worked_before_it_failed_is_not_known_to_have_failed() {
    let world = World::new();
    let kept = Kept::new(usize::MAX);
    let mut engine = world.engine().with_audit(Arc::clone(&kept) as Arc<_>);
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    let rule = FaultRule::new("lost", Effect::Reset).on(Operation::DeleteUser);
    let _lost = world.fault(rule.phase(Phase::After).times(1));
    let _refused = world.fault(super::status("refused", 400).on(Operation::DeleteUser));
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    let writes = kept.writes();
    let delete = writes
        .iter()
        .find(|written| written.action == "delete")
        .unwrap();
    assert_eq!((delete.outcome, delete.attempts), (Fate::Unknown, 2));
    assert_eq!(delete.status, Some(400));
}

#[tokio::test]
async fn f75_an_audit_that_fails_stops_the_writes() {
    let world = World::new();
    let kept = Kept::new(0);
    let mut engine = world.engine().with_audit(Arc::clone(&kept) as Arc<_>);
    let error = engine.sync(&people(0..50), CHANGED).await.unwrap_err();
    assert!(matches!(error, SyncError::Audit(_)), "{error}");
    assert!(world.names().is_empty());
    // On the way: what was sent is remembered, and the next run does the rest and nothing twice.
    let kept = Kept::new(8);
    let mut engine = world.engine().with_audit(Arc::clone(&kept) as Arc<_>);
    let error = engine.sync(&people(0..150), CHANGED).await.unwrap_err();
    assert!(matches!(error, SyncError::Audit(_)), "{error}");
    let made = world.names().len();
    assert!(made < 8 + 32, "{made}");
    assert_eq!(world.links.load().await.unwrap().links.len(), made);
    let mut engine = world.engine();
    engine.sync(&people(0..150), CHANGED).await.unwrap();
    assert_eq!(world.count(Operation::CreateUser), 150);
    world.all_is_well(&mut engine, &people(0..150)).await;
}

#[tokio::test]
async fn the_audit_of_a_run_tells_all_that_the_server_has_seen() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zoom.audit");
    let audit = AuditFile::open(&path, Values::Plain, &world.connection()).unwrap();
    let mut engine = world.engine().with_audit(Arc::new(audit));
    for directory in [people(0..30), titled(0..20, "Boss"), titled(5..20, "Boss")] {
        engine.sync(&directory, CHANGED).await.unwrap();
    }
    drop(engine);
    assert_eq!(verify(&path).unwrap().unwrap().runs, 3);
    let text = std::fs::read_to_string(&path).unwrap();
    let sent = |method: &str| text.matches(&format!("\"method\":\"{method}\"")).count();
    for (method, operation) in [
        ("POST", Operation::CreateUser),
        ("PUT", Operation::UpdateUser),
        ("PATCH", Operation::PatchUser),
        ("DELETE", Operation::DeleteUser),
    ] {
        assert_eq!(sent(method), world.count(operation), "{method}");
    }
    let secret = world.account.credentials().client_secret;
    assert!(!text.contains(&secret));
}
