//! `zoom-conformance server --prove`.

use std::path::Path;
use std::time::Duration;

use super::outputs::write_json;
use super::server::progress;
use super::{EXIT_NOT_RUN, EXIT_OK, EXIT_VIOLATED, say, say_error};
use crate::server_suite::defects::{Breadth, defects, prove};
use crate::server_suite::report::{ProofResult, proof};

/// What the defects' names and ids are drawn from, unless told otherwise.
const SEED: u64 = 0;

pub(super) fn run(seed: Option<u64>, json: Option<&Path>) -> anyhow::Result<u8> {
    let runtime = tokio::runtime::Runtime::new()?;
    let started = crate::clock::Stopwatch::start();
    let bar = progress(defects().count() + 1, "servers");
    let mut ended = || bar.inc(1);
    let proved = runtime.block_on(prove(Breadth::All, seed.unwrap_or(SEED), &mut ended));
    bar.finish_and_clear();
    let proved = match proved {
        Ok(proved) => proved,
        Err(error) => {
            say_error(&format!("error: {error}"));
            return Ok(EXIT_NOT_RUN);
        }
    };
    let elapsed: Duration = started.elapsed();
    if json != Some(Path::new("-")) {
        say(&proof(&proved, elapsed));
    }
    if let Some(path) = json {
        write_json(path, &ProofResult::new(&proved, elapsed.as_secs_f64()))?;
    }
    Ok(if proved.holds() {
        EXIT_OK
    } else {
        EXIT_VIOLATED
    })
}
