//! Sequences by chance: whatever can happen, in any order, to a few people whose addresses collide.
//!
//! - `theme`: what a sequence is about, so that corners are reached that a mixture of everything reaches seldom.
//! - `state`: what is the case while a sequence is made, so that only what can happen does.
//! - `transition`: what can happen, and how often it is thrown; `people`, `by_hand` and `trouble` bring it about.
//! - `fair`: what a history has to keep to so that its judgement is sound.
//! - `shrink`: the shortest history that still fails.

mod by_hand;
mod chance;
mod fair;
mod people;
mod shrink;
mod state;
mod theme;
mod transition;
mod trouble;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;

pub use fair::is_fair;
pub use shrink::shrink;

use self::state::{Calm, Faulty};
use crate::scenario::{Policies, Scenario};

/// How many transitions a sequence has at the most.
pub const MAX_TRANSITIONS: usize = 40;
/// How many most of them have.
const FEW_TRANSITIONS: usize = 12;

/// The sequence of a number under a seed, with or without faults: the same for the same three, always.
#[must_use]
pub fn scenario(seed: u64, case: u64, faults: bool) -> Scenario {
    scenario_under(&|drawn| drawn, seed, case, faults)
}

/// The same under other policies than those that are drawn.
#[must_use]
pub fn scenario_under(
    policies: &dyn Fn(Policies) -> Policies,
    seed: u64,
    case: u64,
    faults: bool,
) -> Scenario {
    let mut bytes = [0; 32];
    let parts = seed.to_be_bytes().into_iter().chain(case.to_be_bytes());
    for (byte, part) in bytes.iter_mut().zip(parts.chain([u8::from(faults)])) {
        *byte = part;
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut scenario = match faults {
        false => sequence::<Calm>(policies, &mut runner),
        true => sequence::<Faulty>(policies, &mut runner),
    };
    scenario.id = format!("{}{}", scenario.configuration, ending(seed, case, faults));
    scenario
}

/// How the id of such a sequence ends, which is known before it is made.
#[must_use]
pub fn ending(seed: u64, case: u64, faults: bool) -> String {
    let kind = if faults { "faulty" } else { "calm" };
    format!("/random/{kind}-{seed}-{case}")
}

/// A sequence while it is made.
trait Sequence {
    /// The beginning of it, under other policies.
    fn under(self, policies: Policies) -> Self;

    fn policies(&self) -> Policies;

    /// What it is in the end.
    fn end(self) -> Scenario;
}

/// A sequence is made state by state. What fails is shrunk as a history, so that no tree of states is kept.
fn sequence<M>(policies: &dyn Fn(Policies) -> Policies, runner: &mut TestRunner) -> Scenario
where
    M: ReferenceStateMachine,
    M::State: Sequence + 'static,
    M::Transition: 'static,
{
    let lengths = prop_oneof![3 => 1..=FEW_TRANSITIONS, 1 => 1..=MAX_TRANSITIONS];
    let begun = (draw(&M::init_state(), runner), draw(&lengths, runner));
    // Nothing is refused while a sequence is made, so that there always is one.
    let (Some(begun), Some(length)) = begun else {
        return Scenario::empty();
    };
    let policies = policies(begun.policies());
    let mut state = begun.under(policies);
    for _ in 0..length {
        if let Some(transition) = draw(&M::transitions(&state), runner) {
            state = M::apply(state, &transition);
        }
    }
    state.end()
}

fn draw<S: Strategy>(strategy: &S, runner: &mut TestRunner) -> Option<S::Value> {
    strategy.new_tree(runner).ok().map(|tree| tree.current())
}
