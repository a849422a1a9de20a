//! What a sequence is about: a few people to begin with, and what happens to them most.
//!
//! One mixture of everything reaches the corners seldom: a lie about a page shows where there are pages and
//! somebody leaves. So most sequences have a theme, and are short.

use proptest::prelude::*;

use super::chance::Chance;
use super::people;
use super::state::State;
use super::transition::Kind;
use crate::generate::OPERATIONS;
use crate::scenario::Step;

/// What a sequence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Theme {
    /// Everything, without faults.
    Calm,
    /// Who is who: adoptions, addresses of others, renames, returns.
    Identity,
    /// Many leave at once, under a limit.
    Removals,
    /// Dry runs, tests of the connection, odd values.
    Plans,
    /// Everything, with faults.
    Faulty,
    /// Who is who, while answers are lost or wrong.
    Doubt,
    /// Answers to writes.
    Answers,
    /// Tokens, while many change.
    Tokens,
    /// Lists of several pages.
    Pages,
    /// Kills, directories that are read in part, and what is remembered of what was under way.
    Kills,
}

/// The operations of [`OPERATIONS`], in their order, by how often faults hit them.
type Aims = [u32; OPERATIONS.len()];

impl Theme {
    /// Themes as often as they are taken.
    pub(super) fn strategy(has_faults: bool) -> BoxedStrategy<Self> {
        if has_faults {
            prop_oneof![
                3 => Just(Self::Faulty),
                3 => Just(Self::Doubt),
                5 => Just(Self::Answers),
                1 => Just(Self::Tokens),
                4 => Just(Self::Pages),
                3 => Just(Self::Kills),
            ]
            .boxed()
        } else {
            prop_oneof![
                4 => Just(Self::Calm),
                3 => Just(Self::Identity),
                2 => Just(Self::Removals),
                2 => Just(Self::Plans),
            ]
            .boxed()
        }
    }

    pub(super) fn has_faults(self) -> bool {
        match self {
            Self::Calm | Self::Identity | Self::Removals | Self::Plans => false,
            Self::Faulty
            | Self::Doubt
            | Self::Answers
            | Self::Tokens
            | Self::Pages
            | Self::Kills => true,
        }
    }

    /// Whether it is about everything.
    pub(super) fn is_plain(self) -> bool {
        matches!(self, Self::Calm | Self::Faulty)
    }

    /// How many removals a run may have at the most. Beside a limit nothing goes wrong and no rule is deleted.
    pub(super) fn removal_limits(self) -> BoxedStrategy<Option<usize>> {
        match self {
            Self::Removals => (1..=2_usize).prop_map(Some).boxed(),
            _ => Just(None).boxed(),
        }
    }

    /// How many accounts nobody knows of, and how many people, there are to begin with at the most and least.
    fn cast(self) -> (usize, [usize; 2]) {
        match self {
            Self::Calm | Self::Faulty => (0, [0, 0]),
            Self::Identity | Self::Doubt => (2, [1, 3]),
            Self::Removals => (1, [3, 6]),
            Self::Plans | Self::Kills => (1, [1, 3]),
            Self::Answers => (1, [2, 4]),
            Self::Tokens => (0, [4, 8]),
            Self::Pages => (2, [3, 7]),
        }
    }

    /// Sets the stage: people who are provisioned, and accounts beside theirs.
    pub(super) fn begin(self, state: &mut State, chance: &mut Chance) {
        let (strangers, [least, most]) = self.cast();
        for _ in 0..chance.below(strangers + 1) {
            people::stranger(state, chance);
        }
        for _ in 0..least + chance.below(most - least + 1) {
            people::creation(state, chance);
        }
        if most > 0 {
            state.takes(vec![Step::FULL]);
        }
    }

    /// How often each kind of transition is taken, the simple before the complex.
    pub(super) fn kinds(self) -> Vec<(u32, Kind)> {
        use Kind as K;
        let everything = [
            (30, K::Run),
            (14, K::Creation),
            (22, K::Change),
            (8, K::Rename),
            (6, K::Departure),
            (8, K::ByHand),
            (6, K::Switch),
            (2, K::Test),
            (2, K::RuleDeletion),
            (3, K::Meeting),
            (3, K::Return),
        ];
        let more: &[(u32, Kind)] = match self {
            Self::Calm => &[],
            Self::Identity => &[(30, K::Meeting), (12, K::Return), (12, K::Rename)],
            Self::Removals => &[(40, K::Exodus)],
            Self::Plans => &[(40, K::Plan), (12, K::Test), (20, K::Change)],
            Self::Faulty => &[
                (20, K::Fault),
                (12, K::Heal),
                (6, K::Kill),
                (6, K::CutShort),
            ],
            Self::Doubt | Self::Answers | Self::Tokens | Self::Pages => {
                &[(120, K::Fault), (20, K::Heal)]
            }
            Self::Kills => &[
                (90, K::Kill),
                (20, K::CutShort),
                (20, K::Heal),
                (30, K::RuleDeletion),
            ],
        };
        everything.into_iter().chain(more.iter().copied()).collect()
    }

    /// How often a fault hits each operation.
    pub(super) fn aims(self) -> Aims {
        match self {
            // Tokens, lists, creates, gets, updates, patches, deletes.
            Self::Tokens => [6, 2, 1, 0, 2, 1, 1],
            Self::Pages => [0, 1, 0, 0, 0, 0, 0],
            Self::Answers => [0, 0, 1, 0, 8, 2, 3],
            Self::Doubt => [0, 4, 6, 1, 1, 0, 0],
            Self::Calm
            | Self::Identity
            | Self::Removals
            | Self::Plans
            | Self::Faulty
            | Self::Kills => [1, 2, 2, 1, 2, 2, 1],
        }
    }
}
