//! Directories that are less than they were: F59, F60 and the source guard.

use mock_server::Operation;
use provisioner::{Directory, SyncError, SyncOptions};

use super::{CHANGED, FULL, World, people};

fn accepting(count: usize) -> SyncOptions {
    SyncOptions {
        accept_count: Some(count),
        ..CHANGED
    }
}

fn incomplete(directory: Directory) -> Directory {
    Directory {
        complete: false,
        ..directory
    }
}

async fn refusal(world: &World, directory: &Directory, options: SyncOptions) -> String {
    let requests = world.account.exchanges(0).len();
    let before = world.links.load().await.unwrap();
    let mut engine = world.engine();
    let planned = engine.plan(directory, options).await.unwrap_err();
    let error = engine.sync(directory, options).await.unwrap_err();
    assert!(matches!(error, SyncError::Source(_)), "{error:?}");
    assert_eq!(planned.to_string(), error.to_string());
    assert_eq!(
        world.account.exchanges(0).len(),
        requests,
        "nothing is sent"
    );
    assert_eq!(world.links.load().await.unwrap(), before);
    error.to_string()
}

#[tokio::test]
async fn f59_an_empty_directory_stops_the_run_where_many_are_linked() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..11), CHANGED).await.unwrap();
    for options in [CHANGED, FULL] {
        let told = refusal(&world, &people(0..0), options).await;
        assert!(told.contains("has 0 users, and had 11"), "{told}");
        assert!(told.ends_with("--accept-count 0"), "{told}");
    }
    world.all_is_well(&mut engine, &people(0..11)).await;
    // Who says that it is empty still says how many go.
    let report = engine.sync(&people(0..0), accepting(0)).await.unwrap();
    assert_eq!((report.over_limit.unwrap().planned, report.writes), (11, 0));
}

#[tokio::test]
async fn f59_an_empty_directory_is_believed_where_ten_are_linked() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..10), CHANGED).await.unwrap();
    let report = engine.sync(&people(0..0), CHANGED).await.unwrap();
    assert_eq!((report.summary.removed, report.over_limit), (10, None));
}

#[tokio::test]
async fn f59_a_directory_that_has_shrunk_stops_the_run_until_it_is_accepted() {
    let world = World::new();
    let mut engine = world.engine();
    // Most of them are out of scope: it is the directory that is guarded.
    let mut directory = people(0..100);
    for user in &mut directory.users[5..] {
        user.groups.clear();
    }
    engine.sync(&directory, CHANGED).await.unwrap();
    directory.users.truncate(79);
    let told = refusal(&world, &directory, CHANGED).await;
    assert!(told.contains("has 79 users, and had 100"), "{told}");
    let told = refusal(&world, &directory, accepting(78)).await;
    assert!(told.contains("says 78"), "{told}");
    engine.sync(&directory, accepting(79)).await.unwrap();
    // It is one answer to one question, and the count from now on.
    engine.sync(&directory, CHANGED).await.unwrap();
    directory.users.truncate(63);
    refusal(&world, &directory, CHANGED).await;
    directory.users.truncate(64);
    let again = people(63..64).users;
    directory.users.extend(again);
    engine.sync(&directory, CHANGED).await.unwrap();
}

#[tokio::test]
async fn f60_an_incomplete_read_removes_nobody_and_is_not_what_the_next_is_held_to() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..40), CHANGED).await.unwrap();
    for options in [CHANGED, FULL] {
        let cut = incomplete(people(0..3));
        let report = engine.sync(&cut, options).await.unwrap();
        assert_eq!((report.writes, report.over_limit), (0, None));
    }
    refusal(&world, &people(0..3), CHANGED).await;
    // Nor does a read that is cut off make a larger one of it.
    engine
        .sync(&incomplete(people(0..60)), CHANGED)
        .await
        .unwrap();
    assert_eq!(world.count(Operation::CreateUser), 60);
    engine
        .sync(&people(0..36), accepting(36))
        .await
        .unwrap()
        .over_limit
        .unwrap();
}
