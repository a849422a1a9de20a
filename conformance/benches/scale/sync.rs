//! A first sync, a second one that finds nothing to do, and many of those in one process.

use std::sync::Arc;

use mock_server::ExchangeQuery;
use provisioner::{MemoryLinks, Provisioner, SyncOptions, Transport};
use serde_json::json;

use super::program::{Program, memory};
use super::{EVERYTHING, Line, connection, directory, everybody, zoom};

const MIB: f64 = 1024.0 * 1024.0;
/// Users a second of a first sync, at least.
const RATE: f64 = 5000.0;
/// Seconds of a second sync, at most.
const SECOND_S: f64 = 15.0;
/// The most memory, in MiB.
const PEAK_MIB: f64 = 200.0;
/// How many runs are made in one process, of how many users.
const RUNS: usize = 100;
const USERS_OF_RUNS: usize = 5_000;
/// After how many runs the memory is what it is to stay, and by how much it may be more in the end.
const WARM: usize = 10;
const GROWTH: f64 = 1.05;
/// How much the mock, which is in the same process, remembers: less than one run asks.
const REMEMBERED: usize = 1024 * 1024;

pub(crate) fn first_and_second(users: usize) -> Vec<Line> {
    let (server, account) = zoom(&json!({}), EVERYTHING);
    let program = Program::new(&server, &account, users);
    let first = program.sync(&[]);
    assert_eq!(account.user_count(), users);
    let rate = users as f64 / first.took.as_secs_f64();
    let since = account.last_seq();
    let second = program.sync(&["--full"]);
    let asked = account.find_exchanges(&ExchangeQuery {
        since,
        ..ExchangeQuery::default()
    });
    let reads = asked
        .iter()
        .filter(|exchange| exchange.method == "GET")
        .count();
    let most = users.div_ceil(100) + 1;
    let (second_s, writes) = (second.took.as_secs_f64(), second.report["writes"].as_u64());
    let mut lines = vec![
        Line::new(
            "first sync, users a second",
            format!("{rate:.0}"),
            "5000",
            rate >= RATE,
        ),
        Line::new(
            "unchanged second sync",
            format!("{second_s:.1} s"),
            "15 s",
            second_s <= SECOND_S,
        ),
        Line::new(
            "  its reads",
            reads.to_string(),
            &most.to_string(),
            reads <= most,
        ),
        Line::new(
            "  its writes",
            format!("{}", writes.unwrap_or(1)),
            "0",
            writes == Some(0),
        ),
    ];
    for (name, peak) in [
        ("peak memory, first", first.peak),
        ("peak memory, second", second.peak),
    ] {
        if let Some(peak) = peak {
            let seen = format!("{:.0} MiB", peak / MIB);
            lines.push(Line::new(name, seen, "200 MiB", peak <= PEAK_MIB * MIB));
        }
    }
    lines
}

pub(crate) fn memory_of_many_runs(_: usize) -> Vec<Line> {
    let (server, account) = zoom(&json!({}), REMEMBERED);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let everybody = vec![everybody()];
    let mut engine = Provisioner::new(
        connection(&server, &account),
        everybody,
        Arc::new(MemoryLinks::default()),
        Transport::new().unwrap(),
    );
    let directory = directory(USERS_OF_RUNS);
    let full = SyncOptions {
        full: true,
        ..SyncOptions::default()
    };
    let mut warm = None;
    for number in 0..RUNS {
        let report = runtime.block_on(engine.sync(&directory, full)).unwrap();
        assert!(number == 0 || report.writes == 0);
        if number == WARM {
            warm = memory("self", "VmRSS:");
        }
    }
    let Some((warm, after)) = warm.zip(memory("self", "VmRSS:")) else {
        return Vec::new();
    };
    let name = format!("memory after {RUNS} runs beside {WARM}");
    let seen = format!("{:.2}", after / warm);
    vec![Line::new(&name, seen, "1.05", after <= warm * GROWTH)]
}
