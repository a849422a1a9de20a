//! F22 and F67: a run that is killed at any point and started again leaves one account and one link for each, and
//! removes each once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use mock_server::{Effect, FaultRule, Operation, Phase};
use provisioner::{Directory, Links, LinksError, Memory, MemoryLinks, Remembered, SqliteLinks};
use tokio::sync::Notify;

use super::{CHANGED, World, people};

/// A store in which a run dies: at a save, before or after it is done.
pub(super) struct Dying {
    links: Arc<dyn Links>,
    saves_left: AtomicUsize,
    after: bool,
    pub(super) dead: Notify,
}

impl Dying {
    /// Dies at this save, counted from one.
    pub(super) fn at(links: &Arc<dyn Links>, save: usize, after: bool) -> Arc<Self> {
        Arc::new(Self {
            links: Arc::clone(links),
            saves_left: AtomicUsize::new(save),
            after,
            dead: Notify::new(),
        })
    }
}

#[async_trait]
impl Links for Dying {
    async fn load(&self) -> Result<Remembered, LinksError> {
        self.links.load().await
    }

    async fn save(&self, changes: Vec<Memory>) -> Result<(), LinksError> {
        let left = self.saves_left.fetch_sub(1, Ordering::Relaxed);
        if left > 1 {
            return self.links.save(changes).await;
        }
        if left == 1 && self.after {
            self.links.save(changes).await?;
        }
        self.saves_left.store(1, Ordering::Relaxed);
        self.dead.notify_one();
        std::future::pending().await
    }
}

/// Four people of whom one leaves and one comes.
pub(super) fn story() -> [Directory; 2] {
    [people(0..4), people(1..5)]
}

/// What holds whenever the program has been started again and has come to its end.
pub(super) async fn nothing_is_lost_and_nothing_twice(
    world: &World,
    directory: &Directory,
    what: &str,
) {
    let mut engine = world.engine();
    let report = engine.sync(directory, CHANGED).await.unwrap();
    assert_eq!(
        report.summary.failed + report.summary.failed_removals,
        0,
        "{what}: {report:#?}"
    );
    let links = world.links.load().await.unwrap().links;
    assert_eq!(links.len(), directory.users.len(), "{what}");
    world.all_is_well(&mut engine, directory).await;
}

/// Kills a run at one of its saves; gives whether it came to its end before.
async fn killed_at(world: &World, directory: &Directory, save: usize, after: bool) -> bool {
    let dying = Dying::at(&world.links, save, after);
    let mut engine = world.engine_with(world.connection(), dying.clone());
    tokio::select! {
        result = engine.sync(directory, CHANGED) => result.is_ok(),
        () = dying.dead.notified() => false,
    }
}

/// Kills each step of the story at every save, with a store of its own each time; opens the store again after.
async fn killed_at_any_save(open: impl AsyncFn(&Path) -> Arc<dyn Links>, is_kept: bool) {
    for (step, after) in [(0, false), (0, true), (1, false), (1, true)] {
        for save in 1.. {
            let what = format!("step {step}, save {save}, after it: {after}");
            assert!(save < 100, "{what}");
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("state.db");
            let mut world = World::new();
            world.links = open(&path).await;
            let [first, second] = story();
            if step == 1 {
                world.engine().sync(&first, CHANGED).await.unwrap();
            }
            let directory = if step == 0 { first } else { second };
            let has_ended = killed_at(&world, &directory, save, after).await;
            if !is_kept {
                // Whoever holds a file keeps it from all others.
                world.links = Arc::new(MemoryLinks::default());
                world.links = open(&path).await;
            }
            nothing_is_lost_and_nothing_twice(&world, &directory, &what).await;
            if has_ended {
                break;
            }
        }
    }
}

#[tokio::test]
async fn f22_f67_killed_at_any_save_with_links_in_memory() {
    killed_at_any_save(
        async |_| Arc::new(MemoryLinks::default()) as Arc<dyn Links>,
        true,
    )
    .await;
}

#[tokio::test]
async fn f22_f67_killed_at_any_save_with_links_in_a_file() {
    let open =
        async |path: &Path| Arc::new(SqliteLinks::open(path).await.unwrap()) as Arc<dyn Links>;
    killed_at_any_save(open, false).await;
}

#[tokio::test]
async fn f22_f67_killed_while_any_request_is_under_way() {
    let operations = [
        (0, Operation::IssueToken, 1),
        (0, Operation::ListUsers, 1),
        (0, Operation::CreateUser, 4),
        (1, Operation::CreateUser, 1),
        (1, Operation::DeleteUser, 1),
    ];
    for (step, operation, times) in operations {
        for phase in [Phase::Before, Phase::After] {
            for nth in 1..=times {
                let what = format!("step {step}, {} {nth}, {phase:?}", operation.as_str());
                let world = World::new();
                let [first, second] = story();
                if step == 1 {
                    world.engine().sync(&first, CHANGED).await.unwrap();
                }
                let directory = if step == 0 { first } else { second };
                let mut rule = FaultRule::new("kill", Effect::NeverAnswer)
                    .on(operation)
                    .phase(phase);
                rule.when.nth = Some(nth);
                let fault = world.fault(rule);
                let mut engine = world.engine();
                let fires = async {
                    while fault.fired() == 0 {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    // Time for what is done after the fault has fired.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                };
                tokio::select! {
                    result = engine.sync(&directory, CHANGED) => panic!("{what}: {result:?}"),
                    () = fires => {}
                }
                drop(engine);
                drop(fault);
                nothing_is_lost_and_nothing_twice(&world, &directory, &what).await;
            }
        }
    }
}
