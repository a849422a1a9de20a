//! The walk over a history: what must hold after each run in it.

mod decide;
mod effect;
mod order;
mod run;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use super::account::{Account, AccountKey, fold};
use super::row::Row;
use super::table::{Effect, Standing, Status};
use crate::configuration::Configuration;
use crate::scenario::{DirectoryUser, Scenario, Step};

/// What is decided for one user in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The user's id in the directory.
    pub user: String,
    /// The rows that led there, the deciding one last.
    pub rows: Vec<Row>,
    /// How the user stands; `None` where they never were in anybody's care.
    pub standing: Option<Standing>,
    /// What is done to Zoom.
    pub effect: Effect,
    /// How the user is counted.
    pub status: Status,
    /// The account it concerns, the new one after a create.
    pub account: Option<AccountKey>,
}

/// The summary as it must be. A user whose status has two right readings is in `success_or_partial`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are PingOne's status words")]
pub struct ExpectedSummary {
    pub impacted: usize,
    pub success: usize,
    pub unsynced: usize,
    pub partial: usize,
    pub failed: usize,
    pub success_or_partial: usize,
}

impl ExpectedSummary {
    fn of(statuses: &BTreeMap<String, Status>) -> Self {
        let mut summary = Self {
            impacted: statuses.len(),
            ..Self::default()
        };
        for status in statuses.values() {
            match status {
                Status::Success => summary.success += 1,
                Status::Unsynced => summary.unsynced += 1,
                Status::Partial => summary.partial += 1,
                Status::SuccessOrPartial => summary.success_or_partial += 1,
                Status::Failed => summary.failed += 1,
                Status::Gone => summary.impacted -= 1,
            }
        }
        summary
    }
}

/// What must hold after one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The index of the step in the scenario.
    pub step: usize,
    /// The switches in force during the run.
    pub configuration: Configuration,
    /// Whether any SCIM traffic is allowed at all (O19).
    pub traffic: bool,
    /// Whether everybody was evaluated.
    pub full: bool,
    /// Whether the connection was tested and nothing else: whatever is off, a test may ask Zoom.
    pub only_test: bool,
    /// What Zoom holds.
    pub accounts: BTreeMap<AccountKey, Account>,
    /// The accounts that were in somebody's care at some moment of the run, each with the id of its
    /// directory user; the others are nobody's business (O12).
    pub owners: BTreeMap<AccountKey, String>,
    /// The accounts whose removal is held back, for there are more than the limit allows.
    pub held: BTreeSet<AccountKey>,
    /// What was decided, for whom and why.
    pub decisions: Vec<Decision>,
    /// What must be reported; `None` where nothing is shown.
    pub summary: Option<ExpectedSummary>,
}

/// What must hold after each judged step of a scenario, in order, if nothing goes wrong.
#[must_use]
pub fn expect(scenario: &Scenario) -> Vec<Expectation> {
    let mut walk = Walk::new(scenario);
    let steps = scenario.steps.iter().enumerate();
    steps
        .filter_map(|(index, step)| walk.step(index, step))
        .collect()
}

/// A walk over a history, step by step. Clones go on by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk(world::World);

impl Walk {
    /// Before the first step.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        Self(world::World::new(scenario))
    }

    /// The same with an oracle that is wrong: it flips what one line of the table says.
    #[must_use]
    pub fn flipping(self, line: usize) -> Self {
        let mut world = self.0;
        world.flips = Some(line);
        Self(world)
    }

    /// Whether the connection is on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.enabled
    }

    /// The accounts at Zoom, as they must be now.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.0.accounts.values()
    }

    /// Whether an address is somebody's at Zoom, in this account or another.
    #[must_use]
    pub fn is_taken(&self, address: &str) -> bool {
        self.0.is_taken(address)
    }

    /// Whether a living rule matches a user.
    #[must_use]
    pub fn is_in_scope(&self, user: &DirectoryUser) -> bool {
        self.0.rule_of(user).is_some()
    }

    /// The addresses that linked accounts still have and a later run may give up, folded: their users are out of
    /// scope, or have another address by now.
    #[must_use]
    pub fn loose_addresses(&self) -> BTreeSet<String> {
        self.0.loose_addresses()
    }

    /// Whether somebody in scope has this address in the directory, while the account that has it is another
    /// one's.
    #[must_use]
    pub fn is_awaited(&self, address: &str) -> bool {
        self.0.is_awaited(&fold(address))
    }

    /// Whether a directory user is linked to an account, be it gone or not.
    #[must_use]
    pub fn is_linked(&self, user: &str) -> bool {
        self.0.links.contains_key(user)
    }

    /// Whether a full run now comes to the same in whatever order it takes people.
    #[must_use]
    pub fn is_orderly(&self) -> bool {
        self.0.is_orderly()
    }

    /// Whether a full run now would change nothing.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.0.is_at_rest()
    }

    /// Whether somebody's account cannot be given its address, for it is taken.
    #[must_use]
    pub fn refuses_an_address(&self) -> bool {
        self.0.bars(false)
    }

    /// Whether somebody's account is gone, and cannot be made anew, for its address is taken.
    #[must_use]
    pub fn bars_a_new_account(&self) -> bool {
        self.0.bars(true)
    }

    /// How many users are linked to an account.
    #[must_use]
    pub fn linked(&self) -> usize {
        self.0.links.len()
    }

    /// How many users are in a rule's care.
    #[must_use]
    pub fn in_care(&self, rule: &str) -> usize {
        self.0
            .links
            .values()
            .filter(|link| link.rule == rule)
            .count()
    }

    /// Takes a step that does all that it has to; what must hold after it, if it is a judged one.
    pub fn step(&mut self, index: usize, step: &Step) -> Option<Expectation> {
        let world = &mut self.0;
        match step {
            Step::Put { user } => world.put(user),
            Step::Delete { user } => world.delete(user),
            Step::Zoom { edit } => world.edit(edit),
            Step::Configure {
                configuration,
                enabled,
            } => world.configure(*configuration, *enabled),
            Step::Sync { full, deep } => {
                let expectation = world.sync(index, *full, *deep, order::Order::Forwards);
                world.removals_allowed = None;
                return Some(expectation);
            }
            Step::DeleteRule { rule } => return Some(world.delete_rule(index, rule)),
            Step::AllowRemovals { removals } => world.removals_allowed = Some(*removals),
            Step::TestConnection => return Some(world.test(index)),
            Step::Fault { .. }
            | Step::Heal
            | Step::Advance { .. }
            | Step::Kill { .. }
            | Step::CutShort { .. }
            | Step::Plan { .. }
            | Step::Restart => {}
        }
        None
    }

    /// Takes a step of which nothing reached Zoom or the memory: what is due stays due.
    pub fn skip(&mut self, step: &Step) {
        match step {
            Step::DeleteRule { rule } => self.0.forget_rule(rule),
            Step::Sync { .. } => self.0.removals_allowed = None,
            _ => {}
        }
    }
}
