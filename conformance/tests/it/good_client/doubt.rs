//! What a good client does not take for done, or for its own, where it cannot know: lost answers beside accounts that
//! were there before, and a state that can be kept no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use mock_server::{Effect, FaultRule, Operation, Phase, RetryAfter};
use provisioner::{
    Attributes, Intended, Intent, Links, LinksError, Memory, MemoryLinks, Origin, Policies,
    Remembered, SyncError, SyncOptions,
};
use serde_json::json;

use super::{CHANGED, FULL, World, people, titled};

/// An account of user000's address and names, made by somebody else.
fn somebody_elses(world: &World) {
    let account = json!({ "userName": "user000@example.com", "name": { "givenName": "Given0" } });
    world.account.add_user(&account).unwrap();
}

#[tokio::test]
async fn f20_who_was_there_before_a_lost_create_is_not_its_work() {
    let world = World::new();
    somebody_elses(&world);
    let mut connection = world.connection();
    connection.policies = Policies {
        adopt_existing: false,
        ..Policies::default()
    };
    let rule = FaultRule::new("f20", Effect::Reset).on(Operation::CreateUser);
    let _fault = world.fault(rule.phase(Phase::Before).times(1));
    let mut engine = world.engine_with(connection, Arc::clone(&world.links));
    let report = engine.sync(&people(0..1), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (0, 1));
    assert!(world.links.load().await.unwrap().links.is_empty());
}

#[tokio::test]
async fn f22_who_was_there_before_a_run_that_was_killed_is_not_its_work() {
    for (was_free, origin) in [(false, Origin::Adopted), (true, Origin::Created)] {
        let world = World::new();
        somebody_elses(&world);
        let intent = Intent {
            user: "u000".into(),
            at: "2026-01-31T12:00:00Z".parse().unwrap(),
            write: Intended::Create {
                address: "user000@example.com".into(),
                rule: "staff".into(),
                attributes: Attributes::default(),
                was_free,
                replaces: None,
            },
        };
        let intent = vec![Memory::Intend(intent)];
        world.links.save(intent).await.unwrap();
        world.engine().sync(&people(0..1), CHANGED).await.unwrap();
        let links = world.links.load().await.unwrap().links;
        assert_eq!(links["u000"].origin, origin);
    }
}

#[tokio::test]
async fn f22_an_account_made_anew_by_a_run_that_was_killed_is_its_work() {
    let world = World::new();
    world.engine().sync(&people(0..1), CHANGED).await.unwrap();
    let link = world.links.load().await.unwrap().links["u000"].clone();
    world.account.remove_user(&link.zoom_id).unwrap();
    somebody_elses(&world);
    let intent = Intent {
        user: "u000".into(),
        at: "2026-01-31T12:00:00Z".parse().unwrap(),
        write: Intended::Create {
            address: "user000@example.com".into(),
            rule: "staff".into(),
            attributes: Attributes::default(),
            was_free: true,
            replaces: Some(link.zoom_id.clone()),
        },
    };
    let intent = vec![Memory::Intend(intent)];
    world.links.save(intent).await.unwrap();
    world.engine().sync(&people(0..1), FULL).await.unwrap();
    let made = world.links.load().await.unwrap().links["u000"].clone();
    assert_eq!(made.origin, Origin::Created);
    assert_ne!(made.zoom_id, link.zoom_id);
}

/// A store that cannot keep anything any more, from some moment on.
#[derive(Default)]
struct Full {
    links: MemoryLinks,
    is_full: AtomicBool,
}

#[async_trait]
impl Links for Full {
    async fn load(&self) -> Result<Remembered, LinksError> {
        self.links.load().await
    }

    async fn save(&self, changes: Vec<Memory>) -> Result<(), LinksError> {
        match self.is_full.load(Ordering::Relaxed) {
            true => Err(LinksError::Lost {
                place: "full".to_owned(),
                message: "no room".to_owned(),
            }),
            false => self.links.save(changes).await,
        }
    }
}

#[tokio::test]
async fn f71_who_waits_is_not_written_once_nothing_can_be_remembered() {
    let world = World::new();
    let full = Arc::new(Full::default());
    let mut connection = world.connection();
    connection.flags.disable = false;
    let mut engine = world.engine_with(connection, Arc::clone(&full) as Arc<_>);
    engine.sync(&people(0..21), CHANGED).await.unwrap();
    // All wait for Zoom, and meanwhile it is to be remembered of one that there is nothing to do.
    let effect = Effect::RetryAfter {
        code: 429,
        value: RetryAfter::Seconds(2),
    };
    let rule = FaultRule::new("busy", effect).on(Operation::UpdateUser);
    let _busy = world.fault(rule.times(20));
    full.is_full.store(true, Ordering::Relaxed);
    let mut directory = titled(0..21, "Lead");
    (directory.users[20].title, directory.users[20].enabled) = (None, false);
    let error = engine.sync(&directory, CHANGED).await.unwrap_err();
    assert!(
        matches!(error, SyncError::Links(LinksError::Lost { .. })),
        "{error}"
    );
    let users = world.account.users();
    assert!(
        users.iter().all(|user| user.get("title").is_none()),
        "{users:#?}"
    );
}

#[tokio::test]
async fn f45_what_was_held_back_is_told_of_a_run_that_ends_early_too() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..40), CHANGED).await.unwrap();
    let effect = Effect::RetryAfter {
        code: 429,
        value: RetryAfter::FarFuture,
    };
    let _fault = world.fault(FaultRule::new("far", effect).on(Operation::UpdateUser));
    let fewer = SyncOptions {
        accept_count: Some(20),
        ..CHANGED
    };
    let directory = titled(20..40, "Lead");
    let error = engine.sync(&directory, fewer).await.unwrap_err();
    assert!(matches!(error, SyncError::Deferred { .. }), "{error}");
    let told = error.warnings().join("\n");
    assert!(told.contains("20"), "{told}");
    assert_eq!(world.count(Operation::DeleteUser), 0);
}

#[tokio::test]
async fn f18_an_update_that_is_answered_with_something_else_is_not_taken_for_done() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    let effect = Effect::Status {
        code: 200,
        headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        body: json!({ "status": "fine" }).to_string(),
    };
    let rule = FaultRule::new("f18", effect).on(Operation::UpdateUser);
    let fault = world.fault(rule.phase(Phase::Before));
    let directory = titled(0..2, "Lead");
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (0, 2));
    drop(fault);
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (2, 2));
    world.all_is_well(&mut engine, &directory).await;
}

#[tokio::test]
async fn what_is_empty_is_not_sent_with_a_create_and_not_missed_afterwards() {
    let world = World::new();
    let mut connection = world.connection();
    connection.policies.clear_attributes = true;
    let mut engine = world.engine_with(connection, Arc::clone(&world.links));
    let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (2, 2));
    world.all_is_well(&mut engine, &people(0..2)).await;
}
