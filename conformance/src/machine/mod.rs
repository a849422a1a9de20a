//! Sequences by chance: whatever can happen, in any order, to a few people whose addresses collide.
//!
//! - `state`: what is the case while a sequence is made, so that only what can happen does.
//! - `transition`: what can happen, and how often it is chosen.
//! - `fair`: what a history with faults has to keep to so that its judgement is sound.
//! - `shrink`: the shortest history that still fails.

mod fair;
mod shrink;
mod state;
mod transition;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;

pub use fair::is_fair;
pub use shrink::{MAX_CHECKS, shrink};

use self::state::{Calm, Faulty};
use crate::scenario::Scenario;

/// How many transitions a sequence has at the most.
pub const MAX_TRANSITIONS: usize = 40;

/// The sequence of a number under a seed, with or without faults: the same for the same three, always.
#[must_use]
pub fn scenario(seed: u64, case: u64, faults: bool) -> Scenario {
    let mut bytes = [0; 32];
    let parts = seed.to_be_bytes().into_iter().chain(case.to_be_bytes());
    for (byte, part) in bytes.iter_mut().zip(parts.chain([u8::from(faults)])) {
        *byte = part;
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut scenario = match faults {
        false => sequence::<Calm>(&mut runner),
        true => sequence::<Faulty>(&mut runner),
    };
    let kind = if faults { "faulty" } else { "calm" };
    scenario.id = format!("{}/random/{kind}-{seed}-{case}", scenario.configuration);
    scenario
}

/// What a machine's states become in the end.
trait Ends {
    fn end(self) -> Scenario;
}

fn sequence<M>(runner: &mut TestRunner) -> Scenario
where
    M: ReferenceStateMachine,
    M::State: Ends + 'static,
    M::Transition: 'static,
{
    // Nothing is refused while a sequence is made, so that there always is one.
    let Ok(tree) = M::sequential_strategy(1..=MAX_TRANSITIONS).new_tree(runner) else {
        return state::State::empty().end();
    };
    let (state, transitions, _) = tree.current();
    let last = transitions.iter().fold(state, M::apply);
    last.end()
}
