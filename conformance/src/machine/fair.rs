//! What a history with faults has to keep to so that its judgement is sound.
//!
//! From the last full run before a fault to the third full run after it each person is touched once at the
//! most, in the directory or by hand, and the switches and rules stay; and no rule is deleted after a fault,
//! since whether an account was made or found is not always known then.
//!
//! With faults or without, a run that looks only at what changed may see or not see that an account was added
//! or removed by hand; so a full run comes first. And a rule is deleted when everything else has been looked at,
//! since who deletes it is told of nothing else, and may look at everybody afterwards: full runs surround it.

use std::collections::BTreeMap;

use crate::invariant::SETTLING_RUNS;
use crate::oracle::fold;
use crate::scenario::{Scenario, Step, ZoomEdit};

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
    usernames: BTreeMap<String, String>,
    faults: bool,
    kill: bool,
    is_off: bool,
    /// The full runs without a fault since one; `None` where everything is as it has to be.
    settling: Option<u32>,
    was_bad: bool,
    /// An account was added or removed by hand since the last full run.
    was_by_hand: bool,
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
                let before = self
                    .usernames
                    .insert(user.id.clone(), user.username.clone());
                let mut names = vec![user.id.as_str(), &user.username];
                names.extend(before.as_deref());
                self.touch(&names)
            }
            Step::Delete { user } => {
                let before = self.usernames.remove(user);
                let mut names = vec![user.as_str()];
                names.extend(before.as_deref());
                self.touch(&names)
            }
            Step::Zoom { edit } => match edit {
                ZoomEdit::Add { user } => {
                    self.was_by_hand = true;
                    self.touch(&[&user.user_name])
                }
                ZoomEdit::Remove { user_name } | ZoomEdit::Foreign { user_name } => {
                    self.was_by_hand = true;
                    self.touch(&[user_name])
                }
                ZoomEdit::Change { user_name, .. } => self.touch(&[user_name]),
            },
            Step::Configure { enabled, .. } => {
                self.is_off = !enabled;
                self.settling.is_none()
            }
            Step::Sync { full, .. } => self.runs(*full),
            Step::DeleteRule { .. } => {
                self.full_first = true;
                is_quiet && !self.was_bad && !self.faults && !self.kill
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
            return !std::mem::take(&mut self.kill);
        }
        if !full && (self.was_by_hand || self.full_first) {
            return false;
        }
        if full {
            (self.was_by_hand, self.full_first, self.pending) = (false, false, false);
        }
        let is_bad = self.faults || std::mem::take(&mut self.kill);
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
