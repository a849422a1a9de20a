//! F68 and F74: told to stop, a run ends in time, begins nothing new, and leaves nothing that the next cannot finish.

use std::time::Instant;

use provisioner::STOP_LIMIT;
use provisioner::cli::{EXIT_OK, EXIT_STOPPED};
use serde_json::Value;

use super::super::fake::Instead;
use super::super::program::{Desk, said};
use super::{Running, people};

/// How many creates are under way at once at first.
const CROWD: usize = 8;
const PEOPLE: usize = 20;

/// Everybody is there once, each made by one request, and nothing is left to be done.
async fn everybody_is_there_once(desk: &Desk, count: usize) {
    let report = desk.sync(&["--json"]).await;
    let report: Value = serde_json::from_str(&said(&report, EXIT_OK)).unwrap();
    assert_eq!(report["summary"]["success"], count, "{report}");
    let mut names = desk.zoom.names();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    assert_eq!(desk.zoom.count("POST /scim2"), count);
    let again = desk.sync(&["--full", "--json"]).await;
    let again: Value = serde_json::from_str(&said(&again, EXIT_OK)).unwrap();
    assert_eq!(again["writes"], 0);
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "what is tested is how long it takes"
)]
async fn f68_a_run_whose_creates_hang_ends_in_time_and_the_next_goes_on() {
    let desk = Desk::new().await;
    said(&desk.test().await, EXIT_OK);
    people(&desk, PEOPLE);
    desk.zoom
        .instead("POST /scim2", (0..CROWD).map(|_| Instead::DoneButSilent));
    let mut running = Running::start(&desk, "sync", &[]);
    desk.zoom.until("POST /scim2", CROWD).await;
    let begun = Instant::now();
    running.signal("-TERM").await;
    running.tells("stopping").await;
    let told = running.tells("error").await;
    assert_eq!(running.ended().await.code(), Some(i32::from(EXIT_STOPPED)));
    assert!(begun.elapsed() < STOP_LIMIT, "{:?}", begun.elapsed());
    assert!(
        told.contains("0 of 20 users are done") && told.contains("start it again"),
        "{told}"
    );
    assert_eq!(
        desk.zoom.count("POST /scim2"),
        CROWD,
        "none began after the signal"
    );
    everybody_is_there_once(&desk, PEOPLE).await;
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "what is tested is how long it takes"
)]
async fn f68_answers_that_come_are_taken_and_reads_are_given_up_at_once() {
    let desk = Desk::new().await;
    said(&desk.test().await, EXIT_OK);
    people(&desk, PEOPLE);
    desk.zoom.instead("GET /scim2", [Instead::DoneButSilent]);
    let mut running = Running::start(&desk, "sync", &[]);
    desk.zoom
        .until("GET /scim2/Users startIndex=1&count=100", 1)
        .await;
    let begun = Instant::now();
    running.signal("-INT").await;
    assert_eq!(running.ended().await.code(), Some(i32::from(EXIT_STOPPED)));
    assert!(begun.elapsed() < STOP_LIMIT / 2, "{:?}", begun.elapsed());
    desk.zoom
        .instead("POST /scim2", (0..CROWD).map(|_| Instead::Held));
    let mut running = Running::start(&desk, "sync", &[]);
    desk.zoom.until("POST /scim2", CROWD).await;
    running.signal("-TERM").await;
    running.tells("stopping").await;
    desk.zoom.open();
    let told = running.tells("error").await;
    assert!(told.contains("8 of 20 users are done"), "{told}");
    assert_eq!(running.ended().await.code(), Some(i32::from(EXIT_STOPPED)));
    everybody_is_there_once(&desk, PEOPLE).await;
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "what is tested is how long it takes"
)]
async fn f68_a_second_signal_ends_the_program_at_once() {
    let desk = Desk::new().await;
    said(&desk.test().await, EXIT_OK);
    // No more than can be under way: whoever only waits to be sent would be looked for, and for a minute.
    people(&desk, CROWD);
    desk.zoom
        .instead("POST /scim2", (0..CROWD).map(|_| Instead::DoneButSilent));
    let mut running = Running::start(&desk, "sync", &[]);
    desk.zoom.until("POST /scim2", CROWD).await;
    running.signal("-TERM").await;
    running.tells("stopping").await;
    let begun = Instant::now();
    running.signal("-TERM").await;
    assert_eq!(running.ended().await.code(), Some(i32::from(EXIT_STOPPED)));
    assert!(begun.elapsed() < STOP_LIMIT / 2, "{:?}", begun.elapsed());
    everybody_is_there_once(&desk, CROWD).await;
}

#[tokio::test]
async fn f68_a_rule_deletion_that_is_stopped_goes_on() {
    let desk = Desk::new().await;
    desk.append(
        "connection.toml",
        "remove_action = \"delete\"\ndeprovision_on_rule_deletion = true\n[safety]\nmax_removals = 100\n",
    );
    said(&desk.test().await, EXIT_OK);
    people(&desk, PEOPLE);
    said(&desk.sync(&[]).await, EXIT_OK);
    desk.zoom
        .instead("DELETE /scim2", (0..PEOPLE).map(|_| Instead::Held));
    let arguments = [
        "delete-rule",
        "--connection",
        "connection.toml",
        "--rule",
        "rule.toml",
        "--state",
        "state.db",
    ];
    let mut running = Running::start_with(&desk, &arguments);
    desk.zoom.until("DELETE /scim2", CROWD).await;
    running.signal("-TERM").await;
    running.tells("stopping").await;
    let under_way = desk.zoom.count("DELETE /scim2");
    desk.zoom.open();
    assert_eq!(running.ended().await.code(), Some(i32::from(EXIT_STOPPED)));
    assert!(under_way < PEOPLE);
    assert_eq!(desk.zoom.names().len(), PEOPLE - under_way);
    said(&desk.run(&arguments).await, EXIT_OK);
    assert_eq!(
        (desk.zoom.names().len(), desk.zoom.count("DELETE /scim2")),
        (0, PEOPLE)
    );
}

#[tokio::test]
async fn f74_a_connection_that_is_switched_off_stops_the_run_and_goes_on_when_it_is_on_again() {
    let desk = Desk::new().await;
    let on = std::fs::read_to_string(desk.path().join("connection.toml")).unwrap();
    people(&desk, PEOPLE);
    desk.zoom
        .instead("POST /scim2", (0..CROWD).map(|_| Instead::Held));
    let mut watch = Running::watch(&desk, &[]).await;
    desk.zoom.until("POST /scim2", CROWD).await;
    desk.append("connection.toml", "enabled = false\n");
    watch.tells("switched off").await;
    desk.zoom.open();
    let ran = watch.ran().await;
    assert_eq!(ran["outcome"], "stopped", "{ran}");
    assert!(
        ran["error"]
            .as_str()
            .unwrap()
            .contains("switched off; 8 of 20"),
        "{ran}"
    );
    let off = watch.ran().await;
    assert_eq!(
        (&off["outcome"], &off["trigger"]),
        (&"not_usable".into(), &"changed".into())
    );
    assert_eq!(desk.zoom.count("POST /scim2"), CROWD);
    desk.write("connection.toml", &on);
    let ran = watch.ran().await;
    assert_eq!(
        (&ran["outcome"], &ran["writes"]["create"]),
        (&"ok".into(), &12.into()),
        "{ran}"
    );
    watch.stop().await;
    everybody_is_there_once(&desk, PEOPLE).await;
}
