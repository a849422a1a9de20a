//! The real programs: `zoom-provisioner` and `zoom-mock` as cargo builds them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use conformance::configuration::Configuration;
use conformance::driver::{Driver, MakeDriver, Program};
use conformance::generate::Story;
use conformance::run::{Layer, Suite};

use super::fixtures::root;

/// The path of another package's program, as this build made it.
///
/// `cargo test --workspace` makes the programs of all packages before it runs tests, and puts them beside
/// this one. A test run of this package alone does not, and may find an old one: then it is built here.
pub(crate) fn built(package: &str, program: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let here = std::env::current_exe().unwrap();
    let beside = here
        .ancestors()
        .nth(2)
        .unwrap()
        .join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    let sources = root().join(package).join("src");
    let made = std::fs::metadata(&beside).and_then(|metadata| metadata.modified());
    if made.is_ok_and(|made| made >= newest(&sources)) {
        return beside;
    }
    let build = escargot::CargoBuild::new()
        .manifest_path(root().join("Cargo.toml"))
        .package(package)
        .bin(program)
        .current_target();
    let build = if cfg!(debug_assertions) {
        build
    } else {
        build.release()
    };
    build.run().unwrap().path().to_owned()
}

/// When the newest file in a folder was changed.
fn newest(folder: &Path) -> SystemTime {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let changed = |path: PathBuf| match path.is_dir() {
        true => newest(&path),
        false => std::fs::metadata(&path).unwrap().modified().unwrap(),
    };
    entries.map(changed).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

#[test]
fn all_64_configurations_live_a_whole_life_through_the_program() {
    let program = built("provisioner", "zoom-provisioner");
    let make: Arc<MakeDriver> =
        Arc::new(
            move || Ok(Box::new(Program::new(program.clone(), Vec::new())) as Box<dyn Driver>),
        );
    let suite = Suite { jobs: 4, seed: 0 };
    let scenarios = Configuration::all()
        .map(|configuration| Story::WholeLife.scenario(configuration))
        .collect();
    let tally = suite
        .run(Layer::Program, scenarios, &make, &mut || {})
        .unwrap();
    assert!(tally.not_run.is_empty(), "{:?}", tally.not_run);
    let failed: Vec<_> = tally
        .failures
        .iter()
        .map(|failure| (&failure.scenario.id, &failure.verdict.judgement.violations))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(tally.passed(Layer::Program), 64);
}

#[test]
fn a_switched_off_connection_is_told_by_the_exit_code() {
    let program = built("provisioner", "zoom-provisioner");
    let make: Arc<MakeDriver> =
        Arc::new(
            move || Ok(Box::new(Program::new(program.clone(), Vec::new())) as Box<dyn Driver>),
        );
    let suite = Suite { jobs: 1, seed: 0 };
    let scenarios = vec![Story::ConnectionOff.scenario(Configuration::PERMISSIVE)];
    let tally = suite
        .run(Layer::Program, scenarios, &make, &mut || {})
        .unwrap();
    assert!(tally.not_run.is_empty(), "{:?}", tally.not_run);
    assert_eq!(tally.passed(Layer::Program), 1, "{:#?}", tally.failures);
}
