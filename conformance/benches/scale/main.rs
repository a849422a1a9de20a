//! The provisioner with many users: how fast a first sync is, what a second one reads, what it takes in memory; under
//! Zoom's limits; and under faults of all kinds at once.
//!
//! `cargo bench -p conformance --bench scale`; with `-- first`, `-- memory`, `-- limits` or `-- faults` for one of
//! them, and `-- first 10000` for another number of users. Exits with 1 where a number is not as wanted.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark measures time, and says by panicking that it cannot go on"
)]

mod faults;
mod limits;
mod program;
mod sync;
#[expect(dead_code, reason = "tests let time pass as well")]
#[path = "../../tests/it/good_client/time.rs"]
mod time;

use std::process::ExitCode;
use std::sync::Arc;

use mock_server::{Account, Config, JournalLimits, MockServer};
use provisioner::{
    ActionFlags, Connection, Directory, DirectoryUser, Mapping, Policies, RemoveAction, Rule,
    Safety, TrustedRoots,
};
use serde_json::{Value, json};

/// How many users there are, unless another number is given.
const USERS: usize = 100_000;

/// What is measured, with so many users.
type Measure = fn(usize) -> Vec<Line>;

/// A number that was seen beside the one that is wanted.
struct Line {
    name: String,
    seen: String,
    wanted: String,
    holds: bool,
}

impl Line {
    fn new(name: &str, seen: String, wanted: &str, holds: bool) -> Self {
        Self {
            name: name.to_owned(),
            seen,
            wanted: wanted.to_owned(),
            holds,
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let number = words.iter().find_map(|word| word.parse().ok());
    let users: usize = number.unwrap_or(USERS);
    let chosen: Vec<&&str> = words
        .iter()
        .filter(|word| word.parse::<usize>().is_err())
        .collect();
    let all: [(&str, Measure); 4] = [
        ("first", sync::first_and_second),
        ("memory", sync::memory_of_many_runs),
        ("limits", limits::under_business_limits),
        ("faults", faults::mixed),
    ];
    println!(
        "{:46} {:>16} {:>14}",
        format!("{users} users"),
        "seen",
        "wanted"
    );
    let mut holds = true;
    for (name, measure) in all {
        if !chosen.is_empty() && !chosen.contains(&&name) {
            continue;
        }
        for line in measure(users) {
            let mark = if line.holds { "" } else { "  missed" };
            println!(
                "{:46} {:>16} {:>14}{mark}",
                line.name, line.seen, line.wanted
            );
            holds &= line.holds;
        }
    }
    ExitCode::from(u8::from(!holds))
}

/// How much a Zoom remembers of what it was asked: all.
const EVERYTHING: usize = 2 * 1024 * 1024 * 1024;

/// A Zoom that remembers so many bytes of what it was asked.
fn zoom(settings: &Value, bytes: usize) -> (Arc<MockServer>, Account) {
    let config = Config {
        journal: JournalLimits {
            entries: 2_000_000,
            bytes,
        },
        ..Config::default()
    };
    let server = Arc::new(MockServer::start(&config).unwrap());
    let account = server.default_account();
    let seats = json!({ "seats": { "basic": 10_000_000 } });
    account.change_settings(&seats).unwrap();
    account.change_settings(settings).unwrap();
    (server, account)
}

fn connection(server: &MockServer, account: &Account) -> Connection {
    let credentials = account.credentials();
    Connection {
        name: "Zoom".to_owned(),
        scim_url: server.scim_url(),
        token_url: server.token_url(),
        account_id: credentials.account_id,
        client_id: credentials.client_id,
        client_secret: credentials.client_secret.into(),
        trusted_roots: TrustedRoots::default(),
        flags: ActionFlags::default(),
        remove_action: RemoveAction::Disable,
        deprovision_on_rule_deletion: false,
        enabled: true,
        policies: Policies::default(),
        safety: Safety::default(),
    }
}

fn everybody() -> Rule {
    Rule {
        id: "everybody".to_owned(),
        filter: None,
        mapping: Mapping::default(),
        enabled: true,
    }
}

fn record(number: usize) -> Value {
    json!({
        "id": format!("u{number:07}"), "username": format!("user{number:07}@example.com"),
        "given_name": format!("Given{number}"), "family_name": format!("Family{number}"),
        "department": format!("Department {}", number % 50), "enabled": true,
    })
}

fn directory(users: usize) -> Directory {
    let user = |number| serde_json::from_value::<DirectoryUser>(record(number)).unwrap();
    Directory {
        complete: true,
        users: (0..users).map(user).collect(),
        ..Directory::default()
    }
}
