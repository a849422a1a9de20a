//! `zoom-provisioner watch`.

use std::path::Path;

use provisioner::cli::{EXIT_INPUT, EXIT_NOT_USABLE, EXIT_STATE};
use serde_json::{Value, json};

use super::super::fake::Instead;
use super::super::program::{Desk, said};
use super::{Running, people};

/// The options by which no run comes but for a reason.
const SELDOM: [&str; 2] = ["--interval", "86400"];

fn watch_arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec![
        "watch",
        "--connection",
        "connection.toml",
        "--rule",
        "rule.toml",
    ];
    all.extend(["--directory", "directory.json", "--state", "state.db"]);
    all.extend(more);
    all
}

#[tokio::test]
async fn what_changes_is_seen_however_it_is_put_in_place() {
    let desk = Desk::new().await;
    let mut watch = Running::watch(&desk, &SELDOM).await;
    let ran = watch.ran().await;
    assert_eq!(
        (&ran["trigger"], &ran["outcome"], &ran["writes"]),
        (&json!("start"), &json!("ok"), &json!({ "create": 1 })),
        "{ran}"
    );
    people(&desk, 2);
    let ran = watch.ran().await;
    assert_eq!(
        (&ran["trigger"], &ran["changed"]),
        (&json!("changed"), &json!(["directory.json"]))
    );
    assert_eq!(ran["writes"], json!({ "create": 2, "disable": 1 }), "{ran}");
    // As Kubernetes mounts files: through a link that is swapped.
    let at = |name: &str| desk.path().join(name);
    std::fs::rename(at("directory.json"), at("old.json")).unwrap();
    let link = |to: &Path| {
        std::os::unix::fs::symlink(to, at("link")).unwrap();
        std::fs::rename(at("link"), at("directory.json")).unwrap();
    };
    link(&at("old.json"));
    assert_eq!(watch.ran().await["writes"], json!({}));
    let three: Vec<Value> = (0..3).map(|number| json!({ "id": format!("u{number}"), "username": format!("user{number}@example.com") })).collect();
    desk.write("three.json", &Value::from(three).to_string());
    link(&at("three.json"));
    assert_eq!(watch.ran().await["writes"], json!({ "create": 1 }));
    desk.write(
        "rule.toml",
        "id = \"r1\"\nfilter = 'username ne \"user2@example.com\"'\n",
    );
    let ran = watch.ran().await;
    assert_eq!(
        (&ran["changed"], &ran["writes"]),
        (&json!(["rule.toml"]), &json!({ "disable": 1 }))
    );
    watch.signal("-HUP").await;
    assert_eq!(watch.ran().await["trigger"], "hangup");
    watch.stop().await;
}

#[tokio::test]
async fn a_file_that_is_half_written_skips_a_run() {
    let desk = Desk::new().await;
    let mut watch = Running::watch(&desk, &SELDOM).await;
    watch.ran().await;
    let whole = std::fs::read_to_string(desk.path().join("directory.json")).unwrap();
    desk.write("directory.json", &whole[..whole.len() - 3]);
    let ran = watch.ran().await;
    assert_eq!(ran["outcome"], "skipped", "{ran}");
    assert!(ran["error"].as_str().unwrap().contains("directory.json"));
    desk.write("connection.toml.new", "scim_url = ");
    std::fs::remove_file(desk.path().join("directory.json")).unwrap();
    assert_eq!(watch.ran().await["outcome"], "skipped");
    people(&desk, 3);
    let ran = watch.ran().await;
    assert_eq!(
        (&ran["outcome"], &ran["writes"]["create"]),
        (&json!("ok"), &json!(3)),
        "{ran}"
    );
    watch.stop().await;
}

#[tokio::test]
async fn a_failure_of_all_is_outlived() {
    let desk = Desk::new().await;
    let mut watch = Running::watch(&desk, &["--interval", "1"]).await;
    assert_eq!(watch.ran().await["outcome"], "ok");
    let refused =
        json!({ "code": 4711, "message": "Invalid access token, does not contain scopes." });
    desk.zoom
        .instead("GET /scim2", [Instead::Answer(400, refused.to_string())]);
    people(&desk, 2);
    let failed = loop {
        let ran = watch.ran().await;
        if ran["outcome"] == "failed" {
            break ran;
        }
        assert_eq!(ran["writes"], json!({}), "{ran}");
    };
    assert_eq!(
        failed["next_run_in_seconds"], 2.0,
        "the wait doubles: {failed}"
    );
    let ran = watch.ran().await;
    assert_eq!(
        (&ran["outcome"], &ran["writes"]["create"]),
        (&json!("ok"), &json!(2)),
        "{ran}"
    );
    assert_eq!(ran["next_run_in_seconds"], 1.0);
    watch.stop().await;
}

#[tokio::test]
async fn an_audit_goes_where_the_connection_says_by_now() {
    let desk = Desk::new().await;
    let bare = std::fs::read_to_string(desk.path().join("connection.toml")).unwrap();
    let connection = |file: &str| {
        desk.write(
            "connection.toml",
            &format!("{bare}\n[audit]\nfile = \"{file}\"\n"),
        );
    };
    connection("one.audit");
    let mut watch = Running::watch(&desk, &SELDOM).await;
    assert_eq!(watch.ran().await["writes"], json!({ "create": 1 }));
    connection("two.audit");
    assert_eq!(watch.ran().await["changed"], json!(["connection.toml"]));
    people(&desk, 2);
    let ran = watch.ran().await;
    assert_eq!(ran["outcome"], "ok", "{ran}");
    let posts = |file: &str| {
        let text = std::fs::read_to_string(desk.path().join(file)).unwrap();
        text.matches("\"method\":\"POST\"").count()
    };
    assert_eq!((posts("one.audit"), posts("two.audit")), (1, 2));
    watch.stop().await;
}

#[tokio::test]
async fn f72_a_run_keeps_to_what_it_has_read() {
    let desk = Desk::new().await;
    people(&desk, 1);
    desk.zoom.instead("POST /scim2", [Instead::Held]);
    let mut watch = Running::watch(&desk, &SELDOM).await;
    desk.zoom.until("POST /scim2", 1).await;
    desk.append("connection.toml", "create_users = false\n");
    people(&desk, 2);
    desk.zoom.open();
    let ran = watch.ran().await;
    assert_eq!(
        (&ran["summary"]["impacted"], &ran["summary"]["success"]),
        (&json!(1), &json!(1)),
        "{ran}"
    );
    let ran = watch.ran().await;
    let summary = &ran["summary"];
    assert_eq!(
        (&summary["impacted"], &summary["unsynced"]),
        (&json!(2), &json!(1)),
        "{ran}"
    );
    assert_eq!(desk.zoom.count("POST /scim2"), 1);
    watch
        .tells("create_users is off: 1 user was not created")
        .await;
    watch.stop().await;
}

#[tokio::test]
async fn credentials_that_change_are_tested_before_they_are_used() {
    let desk = Desk::new().await;
    let mut watch = Running::watch(&desk, &SELDOM).await;
    watch.ran().await;
    let text = std::fs::read_to_string(desk.path().join("connection.toml")).unwrap();
    let refused =
        json!({ "reason": "Invalid client_id or client_secret", "error": "invalid_client" });
    desk.zoom
        .instead("POST /oauth", [Instead::Answer(400, refused.to_string())]);
    desk.write("connection.toml", &text.replace("\"cid\"", "\"other\""));
    let ran = watch.ran().await;
    assert_eq!(ran["outcome"], "not_usable", "{ran}");
    assert!(
        ran["error"].as_str().unwrap().contains("invalid_client"),
        "{ran}"
    );
    desk.append("connection.toml", "# now the app is there\n");
    assert_eq!(watch.ran().await["outcome"], "ok");
    watch.stop().await;
    // What has passed is remembered.
    said(&desk.sync(&[]).await, 0);
}

#[tokio::test]
async fn what_is_wrong_at_the_start_ends_it() {
    let desk = Desk::new().await;
    said(&desk.run(&watch_arguments(&[])).await, EXIT_NOT_USABLE);
    said(&desk.test().await, 0);
    said(
        &desk.run(&watch_arguments(&["--interval", "0"])).await,
        EXIT_INPUT,
    );
    for file in ["connection.toml", "rule.toml", "directory.json"] {
        let old = std::fs::read_to_string(desk.path().join(file)).unwrap();
        desk.write(file, "nonsense");
        assert!(said(&desk.run(&watch_arguments(&[])).await, EXIT_INPUT).contains(file));
        desk.write(file, &old);
    }
    // The state is its own while it runs.
    let mut watch = Running::watch(&desk, &SELDOM).await;
    watch.ran().await;
    assert!(said(&desk.sync(&[]).await, EXIT_STATE).contains("another run"));
    watch.stop().await;
}

#[tokio::test]
async fn people_get_one_line_a_run() {
    let desk = Desk::new().await;
    said(&desk.test().await, 0);
    let mut watch = Running::start(&desk, "watch", &SELDOM);
    let line = watch.stdout.next_line().await.unwrap().unwrap();
    let (_, told) = line.split_once("Z  ok").unwrap();
    assert!(
        told.ends_with("s  1 in scope: 1 success  1 write  (start)"),
        "{line}"
    );
    watch.stop().await;
}
