//! What can happen in a state, and how often it is thrown. What cannot be, or could not be judged, does not happen:
//! then the provisioner runs.

use super::chance::Chance;
use super::state::State;
use super::{by_hand, people, trouble};
use crate::scenario::Step;

/// What is alike is thrown for together, so that many possibilities of one kind do not push out another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Run,
    Creation,
    Change,
    Rename,
    Departure,
    ByHand,
    Switch,
    Test,
    RuleDeletion,
    Meeting,
    Return,
    Plan,
    Exodus,
    Fault,
    Heal,
    Kill,
    CutShort,
}

/// One thing happens.
pub(super) fn happen(state: &mut State, chance: &mut Chance) {
    let kind = chance.weighted(&state.theme.kinds());
    let has_happened = match kind.unwrap_or(Kind::Run) {
        Kind::Run => false,
        Kind::Creation => people::creation(state, chance),
        Kind::Change => people::change(state, chance),
        Kind::Rename => people::rename(state, chance),
        Kind::Departure => people::departure(state, chance).is_some(),
        Kind::ByHand => by_hand::edit(state, chance),
        Kind::Switch => by_hand::switch(state, chance),
        Kind::Test => state.takes(vec![Step::TestConnection]),
        Kind::RuleDeletion => by_hand::rule_deletion(state, chance),
        Kind::Meeting => people::meeting(state, chance),
        Kind::Return => people::comes_back(state, chance),
        Kind::Plan => planned(state, chance),
        Kind::Exodus => people::exodus(state, chance),
        Kind::Fault => trouble::fault(state, chance),
        Kind::Heal => trouble::heal(state, chance),
        Kind::Kill => trouble::kill(state, chance),
        Kind::CutShort => trouble::cut_short(state, chance),
    };
    if !has_happened {
        run(state, chance);
    }
}

/// A run that first says what it would do.
fn planned(state: &mut State, chance: &mut Chance) -> bool {
    let full = chance.once_in(2);
    let run = Step::Sync { full, deep: false };
    state.takes(vec![Step::Plan { full }, run])
}

/// The provisioner runs; where enough has gone wrong, it is put right first.
pub(super) fn run(state: &mut State, chance: &mut Chance) {
    if state.trouble.is_some() && !state.may_go_wrong() {
        state.heals();
        return;
    }
    let run = match chance.below(11) {
        0 => Step::DEEP,
        1..=4 => Step::FULL,
        _ => Step::CHANGED,
    };
    if !state.takes(vec![run]) {
        state.takes(vec![Step::FULL]);
    }
}
