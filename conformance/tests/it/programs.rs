//! The real programs: `zoom-provisioner` and `zoom-mock` as cargo builds them.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use conformance::configuration::Configuration;
use conformance::driver::{Driver, MakeDriver, Program};
use conformance::generate::Story;
use conformance::run::{Layer, Suite};

/// The path of another package's program, built the way this test was.
pub(crate) fn built(package: &'static str, program: &'static str) -> PathBuf {
    static BUILT: OnceLock<std::sync::Mutex<std::collections::BTreeMap<&'static str, PathBuf>>> =
        OnceLock::new();
    let built = BUILT.get_or_init(Default::default);
    let mut built = built.lock().unwrap();
    built
        .entry(program)
        .or_insert_with(|| {
            let build = escargot::CargoBuild::new()
                .manifest_path(super::fixtures::root().join("Cargo.toml"))
                .package(package)
                .bin(program)
                .current_target();
            let build = if cfg!(debug_assertions) {
                build
            } else {
                build.release()
            };
            build.run().unwrap().path().to_owned()
        })
        .clone()
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
