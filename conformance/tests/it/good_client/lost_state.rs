//! F70: without its state a provisioner knows nobody. It links who matches, and removes nobody for being absent.

use std::sync::Arc;

use mock_server::Operation;
use provisioner::{Directory, Links, MemoryLinks};

use super::{CHANGED, World, people};

fn removals(world: &World) -> usize {
    world.count(Operation::DeleteUser) + world.count(Operation::PatchUser)
}

#[tokio::test]
async fn f70_links_are_made_again_by_matching_and_nobody_is_removed() {
    let mut world = World::new();
    world.engine().sync(&people(0..20), CHANGED).await.unwrap();
    world.links = Arc::new(MemoryLinks::default());
    let mut engine = world.engine();
    // Five have left; whom nothing links is nobody's.
    let directory = people(5..20);
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (15, 0));
    let told = report.warnings.join("\n");
    assert!(
        told.contains("first run") && told.contains("15 Zoom accounts"),
        "{told}"
    );
    assert_eq!(world.links.load().await.unwrap().links.len(), 15);
    for _ in 0..2 {
        let report = engine.sync(&directory, CHANGED).await.unwrap();
        assert_eq!((report.writes, report.warnings.len()), (0, 0));
    }
    assert_eq!((world.names().len(), removals(&world)), (20, 0));
    // From now on who leaves is removed.
    let report = engine.sync(&people(6..20), CHANGED).await.unwrap();
    assert_eq!((report.summary.removed, removals(&world)), (1, 1));
}

#[tokio::test]
async fn f70_nobody_is_removed_before_a_run_has_matched_everybody() {
    let world = World::new();
    let mut engine = world.engine();
    // The first run sees a part of the directory only.
    let part = Directory {
        complete: false,
        ..people(0..5)
    };
    engine.sync(&part, CHANGED).await.unwrap();
    let directory = people(2..8);
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!((report.summary.removed, report.summary.retained), (0, 2));
    assert_eq!((report.summary.success, removals(&world)), (6, 0));
    assert!(report.over_limit.is_none(), "nobody has to decide anything");
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!((report.summary.removed, removals(&world)), (2, 2));
    world.all_is_well(&mut engine, &directory).await;
}

#[tokio::test]
async fn f70_a_first_run_that_would_disable_many_holds_them_back() {
    let mut world = World::new();
    world.engine().sync(&people(0..30), CHANGED).await.unwrap();
    for (disabled, held) in [(10, false), (11, true)] {
        world.links = Arc::new(MemoryLinks::default()) as Arc<dyn Links>;
        let mut directory = people(0..30);
        for user in &mut directory.users[..disabled] {
            user.enabled = false;
        }
        let plan = world.engine().plan(&directory, CHANGED).await.unwrap();
        assert_eq!(plan.over_limit.is_some(), held, "{disabled}");
        if held {
            let report = world.engine().sync(&directory, CHANGED).await.unwrap();
            assert_eq!((report.summary.partial, removals(&world)), (11, 0));
            assert_eq!(world.links.load().await.unwrap().links.len(), 30);
        }
    }
}
