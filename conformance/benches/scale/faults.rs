//! Under faults of all kinds at once, in a time in which waits take none.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use mock_server::{Effect, FaultGuard, FaultRule, MockServer, Phase};
use provisioner::{MemoryLinks, Provisioner, SyncOptions, Transport};
use serde_json::{Value, json};

use super::time::SwiftTime;
use super::{EVERYTHING, Line, connection, directory, everybody, zoom};

/// The part of requests that is answered with 429, and that each other fault hits; five of them.
const THROTTLED: f64 = 0.10;
const EACH: f64 = 0.01;
/// How many runs may be needed until everybody is done.
const MAX_RUNS: usize = 5;

pub(crate) fn mixed(users: usize) -> Vec<Line> {
    let (server, account) = zoom(&json!({}), EVERYTHING);
    let guards = break_it(&server);
    let time = Arc::new(SwiftTime::new(Arc::clone(&server)));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut engine = Provisioner::new(
        connection(&server, &account),
        vec![everybody()],
        Arc::new(MemoryLinks::default()),
        Transport::new().unwrap(),
    )
    .with_waiter(time, 7);
    let directory = directory(users);
    let start = Instant::now();
    let mut runs = 0;
    let mut unexplained = 0;
    let changed = SyncOptions::default();
    loop {
        runs += 1;
        let left = match runtime.block_on(engine.sync(&directory, changed)) {
            Ok(report) => {
                let failed = report
                    .actions
                    .iter()
                    .filter(|outcome| outcome.status == provisioner::plan::Status::Failed);
                unexplained += failed
                    .clone()
                    .filter(|outcome| outcome.error.is_none())
                    .count();
                failed.count()
            }
            // It goes on with the next run.
            Err(error) => {
                println!("  run {runs}: {error}");
                1
            }
        };
        if left == 0 || runs == MAX_RUNS {
            break;
        }
    }
    let took = start.elapsed().as_secs_f64();
    // A guard that no request has met says so.
    drop(guards);
    let full = SyncOptions {
        full: true,
        ..changed
    };
    let again = runtime.block_on(engine.sync(&directory, full)).unwrap();
    let held: Vec<String> = account
        .users()
        .iter()
        .map(|user| user["userName"].as_str().unwrap().to_owned())
        .collect();
    let different: BTreeSet<&str> = held.iter().map(String::as_str).collect();
    let lost = directory
        .users
        .iter()
        .filter(|user| !different.contains(user.username.as_str()))
        .count();
    let twice = held.len() - different.len();
    let none = |name: &str, count: usize| Line::new(name, count.to_string(), "0", count == 0);
    vec![
        Line::new(
            "faults: 10 % 429 and 5 % others, runs needed",
            runs.to_string(),
            "",
            runs < MAX_RUNS,
        ),
        Line::new("  took", format!("{took:.0} s"), "", true),
        none("  lost", lost),
        none("  twice", twice),
        none("  failed without a reason", unexplained),
        none("  failed in the next run", again.summary.failed),
        none("  written by the next run", again.writes),
    ]
}

/// Lets requests about users fail in six ways, by chance.
fn break_it(server: &MockServer) -> Vec<FaultGuard<'_>> {
    let effect = |json: Value| serde_json::from_value::<Effect>(json).unwrap();
    let rules = [
        (
            "429",
            json!({"status": {"code": 429, "headers": {"Retry-After": "1"}, "body": ""}}),
            Phase::Before,
            THROTTLED,
        ),
        ("500", json!({"status": {"code": 500}}), Phase::Before, EACH),
        (
            "page",
            json!({"html_error_page": {"code": 502}}),
            Phase::Before,
            EACH,
        ),
        ("closed", json!("close_without_answer"), Phase::Before, EACH),
        ("lost", json!("reset"), Phase::After, EACH),
        (
            "cut",
            json!({"truncate": {"fraction": 0.5}}),
            Phase::Body,
            EACH,
        ),
    ];
    let mut guards = Vec::new();
    for (id, then, phase, probability) in rules {
        let mut rule = FaultRule::new(id, effect(then));
        rule.phase = phase;
        rule.when.operation = Some("users.*".to_owned());
        rule.when.probability = Some(probability);
        rule.when.seed = Some(7);
        guards.push(server.fault(rule).unwrap());
    }
    guards
}
