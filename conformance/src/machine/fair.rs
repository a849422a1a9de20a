//! What a history with faults has to keep to so that its judgement is sound.
//!
//! From the last full run before a fault to the third full run after it each person is touched once at the
//! most, in the directory or by hand, and the switches and rules stay; and no rule is deleted after a fault,
//! since whether an account was made or found is not always known then.
//!
//! With faults or without, a run that looks only at what changed may see or not see what was done by hand; so a
//! full run comes first. A connection that is switched off is seen to be off by a run. And a rule is deleted when everything else has been looked at,
//! since who deletes it is told of nothing else, and may look at everybody afterwards: full runs surround it, and
//! the connection is on. And between two full runs each address comes into use or goes out of it once: whether
//! somebody gets an address that another one leaves in the same run depends on the order of work.

use std::collections::{BTreeMap, BTreeSet};

use super::state::moves;
use crate::invariant::SETTLING_RUNS;
use crate::oracle::fold;
use crate::scenario::{DirectoryUser, Scenario, Step, ZoomEdit};

/// Whether a history keeps to what its judgement rests on.
#[must_use]
pub fn is_fair(scenario: &Scenario) -> bool {
    let mut tracked = Tracked::default();
    scenario.steps.iter().all(|step| tracked.takes(step))
}

/// How a history stands.
#[derive(Default)]
struct Tracked {
    /// How often each address and id was touched since everything was last as it has to be.
    touched: BTreeMap<String, u32>,
    directory: BTreeMap<String, DirectoryUser>,
    moved: BTreeSet<String>,
    faults: bool,
    kill: bool,
    is_off: bool,
    /// The full runs without a fault since one; `None` where everything is as it has to be.
    settling: Option<u32>,
    was_bad: bool,
    /// Something was done by hand since the last full run.
    was_by_hand: bool,
    /// No run has seen yet that the connection is off.
    off_unseen: bool,
    /// The addresses of the step before, if it moved some.
    swapping: BTreeSet<String>,
    /// A full run is due before a smaller one: a rule was deleted.
    full_first: bool,
    /// Something happened since the last full run.
    pending: bool,
}

impl Tracked {
    /// Takes a step; whether it may be taken.
    fn takes(&mut self, step: &Step) -> bool {
        let is_quiet = !self.pending;
        self.pending |= !matches!(step, Step::Restart | Step::TestConnection);
        match step {
            Step::Put { user } => {
                let before = self.directory.insert(user.id.clone(), user.clone());
                let may_move = self.moves(&moves(before.as_ref(), user));
                let mut names = vec![user.id.as_str(), &user.username];
                names.extend(before.as_ref().map(|before| before.username.as_str()));
                self.touch(&names) && may_move
            }
            Step::Delete { user } => {
                let Some(before) = self.directory.remove(user) else {
                    return true;
                };
                let may_move = self.moves(&[fold(&before.username)]);
                self.touch(&[user.as_str(), &before.username]) && may_move
            }
            Step::Zoom { edit } => match edit {
                ZoomEdit::Add { user } => {
                    self.was_by_hand = true;
                    self.touch(&[&user.user_name]) && self.moves(&[fold(&user.user_name)])
                }
                ZoomEdit::Remove { user_name } | ZoomEdit::Foreign { user_name } => {
                    self.was_by_hand = true;
                    self.touch(&[user_name]) && self.moves(&[fold(user_name)])
                }
                ZoomEdit::Change { user_name, .. } => {
                    self.was_by_hand = true;
                    self.touch(&[user_name])
                }
            },
            Step::Configure { enabled, .. } => {
                let was_seen = !self.off_unseen;
                self.off_unseen = !enabled && (!self.is_off || self.off_unseen);
                self.is_off = !enabled;
                self.settling.is_none() && (self.is_off || was_seen)
            }
            Step::Sync { full, .. } => self.runs(*full),
            Step::DeleteRule { .. } => {
                self.full_first = true;
                is_quiet && !self.is_off && !self.was_bad && !self.faults && !self.kill
            }
            Step::Fault { .. } => {
                self.faults = true;
                true
            }
            Step::Heal => {
                self.faults = false;
                true
            }
            Step::Kill { .. } => {
                self.kill = true;
                true
            }
            Step::TestConnection => !self.kill,
            Step::Advance { .. } | Step::Restart | Step::Plan { .. } => true,
        }
    }

    /// Whether these addresses may come into use or go out of it now. Two people may swap theirs: then an address
    /// goes out of use and comes into it in two steps that follow each other.
    fn moves(&mut self, addresses: &[String]) -> bool {
        let set: BTreeSet<String> = addresses.iter().cloned().collect();
        let swapped = std::mem::take(&mut self.swapping);
        let is_swap = !set.is_empty() && swapped == set;
        let may = is_swap || set.is_disjoint(&self.moved);
        self.moved.extend(set.iter().cloned());
        if !is_swap {
            self.swapping = set;
        }
        may
    }

    fn touch(&mut self, names: &[&str]) -> bool {
        let mut folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
        folded.sort();
        folded.dedup();
        let mut once = true;
        for name in folded {
            let times = self.touched.entry(name).or_default();
            *times += 1;
            once &= *times == 1;
        }
        once || self.settling.is_none()
    }

    fn runs(&mut self, full: bool) -> bool {
        if self.is_off {
            // Nothing happens in it.
            self.off_unseen = false;
            return !std::mem::take(&mut self.kill);
        }
        if !full && (self.was_by_hand || self.full_first) {
            return false;
        }
        if full {
            (self.was_by_hand, self.full_first, self.pending) = (false, false, false);
            self.moved.clear();
            self.swapping.clear();
        }
        let is_killed = std::mem::take(&mut self.kill);
        let is_bad = self.faults || is_killed;
        if is_bad {
            self.was_bad = true;
            self.settling = Some(0);
            return self.touched.values().all(|times| *times <= 1);
        }
        if !full {
            return true;
        }
        self.settling = self
            .settling
            .map(|runs| runs + 1)
            .filter(|runs| *runs < SETTLING_RUNS);
        if self.settling.is_none() {
            self.touched.clear();
        }
        true
    }
}
