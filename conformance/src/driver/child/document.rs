//! What `conformance/DRIVER.md` shows is what is spoken: its examples are read with the types of the protocol.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::heard::{Message, settings as read_settings};
use super::misconduct::Misconduct;
use super::protocol::{Answer, connection_keys, start_message, sync_message};
use crate::configuration::Configuration;
use crate::driver::{ConnectionSettings, DirectoryChange, Start, SyncRequest};
use crate::scenario::{DirectoryUser, Limits, Policies, Rule};

const DOCUMENT: &str = include_str!("../../../DRIVER.md");

/// The examples of one side.
fn examples(side: &str) -> Vec<&'static str> {
    let opening = format!("<!-- {side} -->\n```json\n");
    let mut parts = DOCUMENT.split(opening.as_str());
    parts.next();
    parts
        .map(|part| part.split("\n```").next().unwrap())
        .collect()
}

fn message(kind: &str) -> Value {
    let all = examples("suite").into_iter();
    let mut all = all.map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.find(|message| message["type"] == kind).unwrap()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn settings() -> ConnectionSettings {
    ConnectionSettings {
        scim_url: "http://127.0.0.1:40000/scim2".to_owned(),
        token_url: "http://127.0.0.1:40000/oauth/token".to_owned(),
        account_id: "acc".to_owned(),
        client_id: "cid".to_owned(),
        client_secret: "sec".to_owned(),
        ca_file: Some("/tmp/ca.pem".into()),
        configuration: "C1U0D1P1R1X0".parse().unwrap(),
        enabled: true,
    }
}

#[test]
fn the_answers_are_read_and_each_kind_is_shown() {
    let answers = examples("provisioner").into_iter();
    let kinds: BTreeSet<&str> = answers
        .map(|line| serde_json::from_str::<Answer>(line).unwrap().name())
        .collect();
    assert_eq!(kinds, ["error", "hello", "ok", "synced", "tested"].into());
}

#[test]
fn the_start_is_the_one_that_is_sent() {
    let shown = message("start");
    let rules: Vec<Rule> = serde_json::from_value(shown["rules"].clone()).unwrap();
    let policies: Policies = serde_json::from_value(shown["policies"].clone()).unwrap();
    assert_eq!(policies, Policies::default());
    let start = Start {
        scenario: "C1U0D1P1R1X0/disable/linked-equal".to_owned(),
        connection: settings(),
        policies,
        limits: Limits::default(),
        rules,
        only_test: false,
        resume: false,
        time: None,
    };
    let state_dir = Path::new("/tmp/zoom-conformance-x");
    assert_eq!(
        shown,
        start_message(&start, &connection_keys(&settings()), state_dir)
    );
}

#[test]
fn the_sync_is_the_one_that_is_sent_with_every_key_of_a_user() {
    let shown = message("sync");
    let users = shown["directory"]["users"].clone();
    let users: Vec<DirectoryUser> = serde_json::from_value(users).unwrap();
    let changes: Vec<DirectoryChange> = serde_json::from_value(shown["changes"].clone()).unwrap();
    assert_eq!(keys(&shown["directory"]["users"][0]).len(), 14);
    let request = SyncRequest {
        complete: true,
        removals_allowed: None,
        full: false,
        deep: false,
        users,
        changes,
    };
    assert_eq!(shown, sync_message(&request));
}

#[test]
fn each_message_is_heard_as_it_is_shown() {
    for line in examples("suite") {
        serde_json::from_str::<Message>(line).unwrap();
    }
    let Message::Start(shown) = serde_json::from_value(message("start")).unwrap() else {
        panic!("a start");
    };
    assert_eq!(
        connection_keys(&shown.start().unwrap().connection),
        connection_keys(&settings())
    );
    for configuration in Configuration::all() {
        let told = ConnectionSettings {
            configuration,
            enabled: configuration.update,
            ca_file: None,
            ..settings()
        };
        assert!(read_settings(&connection_keys(&told)).unwrap() == told);
    }
    let odd = serde_json::json!({ "REMOVE_ACTION": "Keep" });
    let mut keys = connection_keys(&settings());
    keys.extend(odd.as_object().unwrap().clone());
    assert!(read_settings(&keys).is_err());
}

#[test]
fn every_message_is_shown_and_configure_has_keys_of_the_connection() {
    let kinds: BTreeSet<String> = examples("suite")
        .into_iter()
        .map(|line| serde_json::from_str::<Map<String, Value>>(line).unwrap()["type"].to_string())
        .collect();
    assert_eq!(kinds.len(), 7, "{kinds:?}");
    let connection = Value::Object(connection_keys(&ConnectionSettings {
        configuration: Configuration::PERMISSIVE,
        ..settings()
    }));
    assert!(keys(&message("configure")["connection"]).is_subset(&keys(&connection)));
}

#[test]
fn every_verdict_and_policy_has_its_line() {
    for misconduct in Misconduct::ALL {
        let line = format!("| not run: {} |", misconduct.name());
        assert!(DOCUMENT.contains(&line), "{line}");
    }
    let policies = serde_json::to_value(Policies::default()).unwrap();
    for name in keys(&policies) {
        assert!(DOCUMENT.contains(&format!("| `{name}` |")), "{name}");
    }
}
