//! A run that is killed leaves no lock behind, and what it was about to send is known.

use std::process::Stdio;

use provisioner::cli::{EXIT_OK, EXIT_STATE};
use provisioner::{Intended, Links, PostgresLinks, SqliteLinks};

use super::cluster::Database;
use super::on;
use crate::fake::Instead;
use crate::program::{Desk, said};

/// Kills the program (SIGKILL) while a create is under way.
async fn killed_in_a_create(desk: &Desk, state: &str) {
    said(&desk.run(&on("test-connection", state)).await, EXIT_OK);
    desk.zoom.instead("POST /scim2", vec![Instead::Held]);
    let mut run = desk
        .command(&on("sync", state))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    desk.zoom.until("POST /scim2", 1).await;
    desk.zoom.forget_requests();
    for command in ["sync", "status", "delete-rule"] {
        let told = said(&desk.run(&on(command, state)).await, EXIT_STATE);
        assert!(told.contains("works on this state"), "{told}");
    }
    assert_eq!(desk.zoom.count(""), 0);
    run.kill().unwrap();
    run.wait().unwrap();
    said(&desk.run(&on("status", state)).await, EXIT_OK);
}

async fn knows_of_the_create(links: &dyn Links) {
    let remembered = links.load().await.unwrap();
    let intent = &remembered.intents["1"];
    assert!(
        matches!(intent.write, Intended::Create { .. }),
        "{intent:?}"
    );
    assert!(remembered.links.is_empty());
}

#[tokio::test]
async fn a_killed_run_leaves_a_file_that_the_next_may_use() {
    let desk = Desk::new().await;
    killed_in_a_create(&desk, "state.db").await;
    let path = desk.path().join("state.db");
    knows_of_the_create(&SqliteLinks::open(&path).await.unwrap()).await;
}

#[tokio::test]
async fn a_killed_run_leaves_a_database_that_the_next_may_use() {
    let Some(database) = Database::new().await else {
        return;
    };
    let desk = Desk::new().await;
    killed_in_a_create(&desk, &database.url).await;
    knows_of_the_create(&PostgresLinks::open(&database.url).await.unwrap()).await;
}
