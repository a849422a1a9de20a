//! Files that are not right, each in every way: what is told names the file, the exit code is one that is documented,
//! nothing is sent to Zoom, and once the file is right again everything goes on.

mod cut;
mod settings;

use std::process::Output;

use provisioner::cli::{EXIT_AUDIT, EXIT_INPUT, EXIT_OK, EXIT_SOME_FAILED, EXIT_STATE};
use serde_json::json;

use super::program::{Desk, said};

const PEOPLE: usize = 3;

/// The commands that read a file.
const PLAN: [&str; 9] = [
    "plan",
    "--connection",
    "connection.toml",
    "--rule",
    "rule.toml",
    "--directory",
    "directory.json",
    "--state",
    "state.db",
];

/// A desk on which everybody is provisioned, and every file is there.
async fn settled() -> Desk {
    let desk = Desk::new().await;
    desk.append("connection.toml", "client_secret_file = \"secret\"\n");
    desk.write("secret", &format!("{}\n", super::program::SECRET));
    let people: Vec<_> = (0..PEOPLE)
        .map(|number| json!({ "id": format!("u{number}"), "username": format!("user{number}@example.com") }))
        .collect();
    desk.write("directory.json", &json!(people).to_string());
    said(&desk.test().await, EXIT_OK);
    said(&desk.sync(&["--audit", "zoom.audit"]).await, EXIT_OK);
    desk.zoom.forget_requests();
    desk
}

fn writes(desk: &Desk) -> usize {
    ["POST /scim2", "PUT", "PATCH", "DELETE"]
        .iter()
        .map(|method| desk.zoom.count(method))
        .sum()
}

/// The ways in which the bytes of a text file are spoilt, each with a name.
fn spoilt(whole: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = String::from_utf8(whole.to_vec()).unwrap();
    let units = || text.encode_utf16();
    let mut latin = whole.to_vec();
    let quote = whole.iter().rposition(|byte| *byte == b'"').unwrap_or(0);
    latin.insert(quote, 0xe9);
    let mut ways = vec![
        ("empty".to_owned(), Vec::new()),
        ("blank".to_owned(), b" \n".to_vec()),
        ("zeroes".to_owned(), vec![0; whole.len()]),
        ("Latin-1".to_owned(), latin),
        (
            "UTF-16LE".to_owned(),
            [
                vec![0xff, 0xfe],
                units().flat_map(u16::to_le_bytes).collect(),
            ]
            .concat(),
        ),
        (
            "UTF-16BE".to_owned(),
            [
                vec![0xfe, 0xff],
                units().flat_map(u16::to_be_bytes).collect(),
            ]
            .concat(),
        ),
        ("twice".to_owned(), [whole, whole].concat()),
        (
            "of the wrong type".to_owned(),
            b"[[1, 2], {\"id\": []}]".to_vec(),
        ),
    ];
    for part in [1, 3, 5, 7] {
        let kept = whole.len() * part / 8;
        ways.push((format!("cut to {kept}"), whole[..kept].to_vec()));
    }
    ways
}

/// Spoils a file in every way, and asserts what comes of it.
async fn every_way(desk: &Desk, name: &str, command: &[&str], code: u8, named: &str) {
    let path = desk.path().join(name);
    let whole = std::fs::read(&path).unwrap();
    for (way, bytes) in spoilt(&whole) {
        std::fs::write(&path, bytes).unwrap();
        let output = desk.run(command).await;
        let told = told(&output);
        assert_eq!(
            output.status.code(),
            Some(i32::from(code)),
            "{name} is {way}: {told}"
        );
        assert!(told.contains(named), "{name} is {way}: {told}");
        assert_eq!(writes(desk), 0, "{name} is {way}");
    }
    std::fs::write(&path, whole).unwrap();
}

fn told(output: &Output) -> String {
    let told = [&output.stdout[..], &output.stderr].concat();
    let told = String::from_utf8(told).unwrap();
    assert!(!told.contains("panicked"), "{told}");
    told
}

#[tokio::test]
async fn every_file_in_every_way() {
    let desk = settled().await;
    let sync = [&["sync"][..], &PLAN[1..]].concat();
    said(
        &desk
            .run(&[&PLAN[..], &["--out", "zoom.plan"]].concat())
            .await,
        EXIT_OK,
    );
    let apply = [&["apply", "zoom.plan"][..], &PLAN[1..]].concat();
    every_way(
        &desk,
        "connection.toml",
        &sync,
        EXIT_INPUT,
        "connection.toml",
    )
    .await;
    every_way(&desk, "rule.toml", &sync, EXIT_INPUT, "rule.toml").await;
    every_way(&desk, "directory.json", &sync, EXIT_INPUT, "directory.json").await;
    every_way(&desk, "zoom.plan", &apply, EXIT_INPUT, "zoom.plan").await;
    said(
        &desk.sync(&["--full", "--audit", "zoom.audit"]).await,
        EXIT_OK,
    );
    assert_eq!(writes(&desk), 0, "nobody was lost");
    assert_eq!(desk.zoom.names().len(), PEOPLE);
}

#[tokio::test]
async fn an_audit_that_is_spoilt_is_noticed_unless_a_crash_may_have_cut_it() {
    let desk = settled().await;
    let path = desk.path().join("zoom.audit");
    let whole = std::fs::read(&path).unwrap();
    let is_changed = ["UTF-16LE", "UTF-16BE", "twice"];
    for (way, bytes) in spoilt(&whole) {
        std::fs::write(&path, &bytes).unwrap();
        let checked = desk.run(&["audit", "verify", "zoom.audit"]).await;
        let told = told(&checked);
        let is_refused = checked.status.code() == Some(i32::from(EXIT_AUDIT));
        assert!(is_refused || checked.status.success(), "{way}: {told}");
        assert!(
            is_refused || !is_changed.contains(&way.as_str()),
            "{way}: {told}"
        );
        // What a crash may have done is told. In a file without lines nothing was ever written.
        let is_told = told.contains("cut by a crash") || told.contains("has no end");
        assert!(is_refused || is_told || way == "empty", "{way}: {told}");
    }
}

#[tokio::test]
async fn a_state_that_is_spoilt_is_refused_and_left() {
    let desk = settled().await;
    let path = desk.path().join("state.db");
    let whole = std::fs::read(&path).unwrap();
    let sync = [&["sync"][..], &PLAN[1..]].concat();
    for kept in [0, 10, 100, 4096, whole.len() / 2] {
        let part = &whole[..kept.min(whole.len())];
        std::fs::write(&path, part).unwrap();
        let output = desk.run(&sync).await;
        let code = output.status.code();
        assert_eq!(
            code,
            Some(i32::from(EXIT_STATE)),
            "{kept}: {}",
            told(&output)
        );
        assert_eq!(writes(&desk), 0, "{kept}");
        assert_eq!(std::fs::read(&path).unwrap(), part, "it is left as it is");
    }
    std::fs::write(&path, whole).unwrap();
    said(&desk.sync(&["--full"]).await, EXIT_OK);
    assert_eq!(writes(&desk), 0);
}

#[tokio::test]
async fn a_byte_order_mark_is_taken_or_named() {
    let desk = settled().await;
    for name in ["connection.toml", "rule.toml", "directory.json"] {
        let path = desk.path().join(name);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [b"\xef\xbb\xbf", &whole[..]].concat()).unwrap();
        said(&desk.run(&PLAN).await, EXIT_OK);
        std::fs::write(&path, whole).unwrap();
    }
}

#[tokio::test]
async fn a_name_without_end_fails_alone_or_is_taken() {
    let desk = settled().await;
    let long = "n".repeat(10_000);
    let people = json!([
        { "id": "u0", "username": "user0@example.com", "given_name": long },
        { "id": "u1", "username": format!("{long}@example.com") },
        { "id": "u2", "username": "user2@example.com", "title": "Lead" },
        { "id": "u3", "username": "user3@example.com", "family_name": long },
    ]);
    desk.write("directory.json", &people.to_string());
    let output = desk.sync(&[]).await;
    let told = told(&output);
    let code = output.status.code().unwrap();
    assert!(
        [EXIT_OK, EXIT_SOME_FAILED].map(i32::from).contains(&code),
        "{told}"
    );
    assert!(
        told.len() < 4 * 10_000,
        "what is told is cut: {}",
        told.len()
    );
    assert_eq!(desk.zoom.count("DELETE"), 0);
    assert!(desk.zoom.held.lock().unwrap().users["z0003"]["title"] == "Lead");
    said(&desk.run(&["status", "--state", "state.db"]).await, EXIT_OK);
}
