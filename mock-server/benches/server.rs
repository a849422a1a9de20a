//! How long `zoom-mock` takes from its start until it accepts, and how fast it answers a get.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on says so by panicking"
)]

use std::hint::black_box;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use mock_server::{Config, MockServer};

/// From starting the process to the line that says that it accepts.
fn ready(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("zoom-mock");
    group
        .measurement_time(Duration::from_secs(5))
        .sample_size(50);
    group.bench_function("process start to accepting", |bencher| {
        bencher.iter(|| {
            let mut process = Command::new(env!("CARGO_BIN_EXE_zoom-mock"))
                .args(["serve", "--port", "0", "--ready-json"])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(process.stdout.as_mut().unwrap())
                .read_line(&mut line)
                .unwrap();
            process.kill().unwrap();
            process.wait().unwrap();
            line
        });
    });
    group.finish();
}

/// Starting and stopping a server inside a test.
fn library(criterion: &mut Criterion) {
    criterion.bench_function("MockServer::start and drop", |bencher| {
        bencher.iter(|| black_box(MockServer::start(&Config::default()).unwrap()));
    });
}

criterion_group!(benches, ready, library);
criterion_main!(benches);
