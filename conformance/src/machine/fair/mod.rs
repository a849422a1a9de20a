//! What a history has to keep to so that its judgement is sound.
//!
//! From the last full run before a fault to the third full run after it each person is touched once at the
//! most, in the directory or by hand, and the switches and rules stay. Only what a list shows may change more
//! often: whatever has become of it, the last value is sent. Who is made inactive takes two requests, so that
//! the second has to be allowed by itself.
//!
//! Who is told that an account is gone finds it again by its address, so that nobody is renamed then.
//!
//! Where a directory is read in part, nobody who is read has the address of somebody who is not.
//!
//! A fault may make a provisioner forget whether it made an account or found it, so that no rule is deleted after
//! one; a kill may not. Whether what an interrupted deletion left is still a matter of the rule nobody says, so that
//! a rule is deleted under no fault but an odd list, through which everybody comes, and neither a kill nor a read that
//! breaks off.
//!
//! With faults or without, a run that looks only at what changed may see or not see what was done by hand; so a
//! full run comes first. A connection that is switched off is seen to be off by a run. And a rule is deleted when everything else has been looked at,
//! since who deletes it is told of nothing else, and may look at everybody afterwards: full runs surround it, and
//! the connection is on. Between two full runs each address comes into use or goes out of it once. Whether somebody
//! gets an address that another one leaves in the same run depends on the order of work: the next run is played forwards
//! and backwards, and has to come to the same. Nobody says what becomes of somebody whose account is gone while somebody
//! else has the address, so that this does not come about either.
//!
//! By hand nothing is done to an account of which nobody knows for sure that it is there.
//!
//! A plan is followed by the run that it is about, and is asked for where everything is as it has to be.

mod signs;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use self::signs::{affirms, confirms, denies, is_listed, is_odd_list, moves};
use crate::configuration::Configuration;
use crate::invariant::SETTLING_RUNS;
use crate::oracle::{Gate, Walk, fold, holds};
use crate::scenario::{DirectoryUser, DisabledAtCreation, Policies, Scenario, Step, ZoomEdit};

/// Whether a history keeps to what its judgement rests on.
#[must_use]
pub fn is_fair(scenario: &Scenario) -> bool {
    let mut tracked = Tracked::new(scenario);
    scenario.steps.iter().all(|step| tracked.takes(step))
}

/// How a history stands.
#[derive(Debug, Clone)]
pub(super) struct Tracked {
    /// What the oracle makes of it, where nothing goes wrong.
    pub(super) walk: Walk,
    pub(super) directory: BTreeMap<String, DirectoryUser>,
    pub(super) configuration: Configuration,
    policies: Policies,
    /// How many steps there were.
    steps: usize,
    /// How often each address and id was touched since everything was last as it has to be.
    touched: BTreeMap<String, u32>,
    /// Of whom something was changed since then that a list shows, and nothing else.
    listed: BTreeSet<String>,
    /// Addresses that came into use or went out of it since the last full run.
    moved: BTreeSet<String>,
    faults: bool,
    /// A fault is set by which Zoom confirms an update that it does not do,
    confirms: bool,
    /// or whatever has become of it.
    affirms: bool,
    /// A fault is set by which Zoom says of an account that it is gone.
    denies: bool,
    /// A fault is set by which more goes wrong than that a list is odd.
    fails: bool,
    /// The next run is killed, or its read of the directory breaks off.
    next_goes_wrong: bool,
    /// Whom the next run's read of the directory does not come to.
    unread: BTreeSet<String>,
    pub(super) is_off: bool,
    /// The full runs without a fault since one; `None` where everything is as it has to be.
    settling: Option<u32>,
    /// The addresses of the accounts that there were before something went wrong.
    sure: BTreeSet<String>,
    /// Something was touched since then that no list shows.
    unlisted: bool,
    /// A fault may have let the provisioner forget which accounts it made.
    origins_open: bool,
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
    /// A plan was asked for, of a run that is full or not.
    planned: Option<bool>,
}

impl Tracked {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            walk: Walk::new(scenario),
            directory: BTreeMap::new(),
            configuration: Configuration::PERMISSIVE,
            policies: scenario.policies,
            steps: 0,
            touched: BTreeMap::new(),
            listed: BTreeSet::new(),
            moved: BTreeSet::new(),
            faults: false,
            confirms: false,
            affirms: false,
            denies: false,
            fails: false,
            next_goes_wrong: false,
            unread: BTreeSet::new(),
            is_off: false,
            settling: None,
            sure: BTreeSet::new(),
            unlisted: false,
            origins_open: false,
            was_by_hand: false,
            off_unseen: false,
            swapping: BTreeSet::new(),
            full_first: false,
            pending: false,
            planned: None,
        }
    }

    /// Takes a step; whether it may be taken.
    pub(super) fn takes(&mut self, step: &Step) -> bool {
        let is_as_planned = match self.planned.take() {
            Some(planned) => matches!(step, Step::Sync { full, deep: false } if *full == planned),
            None => true,
        };
        let is_fair = self.takes_by_itself(step) && is_as_planned;
        self.walk.step(self.steps, step);
        self.steps += 1;
        is_fair
            && self.walk.is_orderly()
            && !self.walk.bars_a_new_account()
            && (!matches!(step, Step::DeleteRule { .. }) || self.walk.is_at_rest())
            && self.limits_plainly()
            && !self.hides_a_namesake()
    }

    /// Whether a limit can be judged, if there is one. Whom it keeps, and for how long, depends on the others, so
    /// that nobody waits for an address of theirs. Some count a disable as a removal, so that nobody is disabled.
    /// And a directory that is empty may be doubted for all who are linked, however few are due.
    fn limits_plainly(&self) -> bool {
        let Some(limit) = self.policies.removal_limit else {
            return true;
        };
        let loose = self.walk.loose_addresses();
        let is_held = || {
            let runs = [Step::FULL, Step::CHANGED];
            runs.iter().all(|run| {
                let expectation = self.walk.clone().step(self.steps, run);
                expectation.is_none_or(|expectation| !expectation.held.is_empty())
            })
        };
        self.directory.values().all(|user| user.enabled)
            && !loose.iter().any(|address| self.walk.is_awaited(address))
            && (!self.directory.is_empty() || self.walk.linked() <= limit || is_held())
    }

    fn takes_by_itself(&mut self, step: &Step) -> bool {
        let is_quiet = !self.pending;
        self.pending |= matches!(
            step,
            Step::Put { .. }
                | Step::Delete { .. }
                | Step::Zoom { .. }
                | Step::Configure { .. }
                | Step::Sync { .. }
                | Step::DeleteRule { .. }
        );
        match step {
            Step::Put { user } => {
                let before = self.directory.insert(user.id.clone(), user.clone());
                self.full_first |= before.as_ref().is_some_and(|before| {
                    self.is_let_go(before)
                        && !self.walk.is_in_scope(user)
                        && before.enabled == user.enabled
                });
                if before
                    .as_ref()
                    .is_some_and(|before| is_listed(before, user))
                {
                    let may = self.may_touch_again(&user.id);
                    self.listed.insert(fold(&user.id));
                    return may;
                }
                let may_move = self.moves(&moves(before.as_ref(), user));
                let mut names = vec![user.id.as_str(), &user.username];
                names.extend(before.as_ref().map(|before| before.username.as_str()));
                self.touch(&names) && may_move
            }
            Step::Delete { user } => {
                let Some(before) = self.directory.remove(user) else {
                    return true;
                };
                self.full_first |= self.is_let_go(&before);
                let may_move = self.moves(&[fold(&before.username)]);
                self.touch(&[user.as_str(), &before.username]) && may_move
            }
            Step::Zoom { edit } => self.edits(edit),
            Step::Configure {
                configuration,
                enabled,
            } => {
                let was_seen = !self.off_unseen;
                self.configuration = *configuration;
                self.off_unseen = !enabled && (!self.is_off || self.off_unseen);
                self.is_off = !enabled;
                self.settling.is_none() && (self.is_off || was_seen)
            }
            Step::Sync { full, .. } => self.runs(*full),
            Step::DeleteRule { rule } => {
                self.full_first = true;
                is_quiet && self.deletes(rule)
            }
            Step::Fault { fault } => {
                self.faults = true;
                self.confirms |= confirms(fault);
                self.affirms |= affirms(fault);
                self.denies |= denies(fault);
                self.fails |= !is_odd_list(fault);
                self.may_go_wrong()
            }
            Step::Heal => {
                (self.faults, self.fails) = (false, false);
                (self.confirms, self.affirms, self.denies) = (false, false, false);
                true
            }
            Step::Kill { .. } | Step::CutShort { .. } => {
                if let Step::CutShort { unread } = step {
                    self.unread = unread.iter().cloned().collect();
                }
                let is_first = !std::mem::replace(&mut self.next_goes_wrong, true);
                is_first && self.may_go_wrong()
            }
            Step::TestConnection => !self.next_goes_wrong,
            Step::Plan { full } => {
                self.planned = Some(*full);
                self.settling.is_none() && !self.faults && !self.next_goes_wrong
            }
            Step::AllowRemovals { .. } => self.policies.removal_limit.is_some(),
            Step::Advance { .. } | Step::Restart => true,
        }
    }

    /// Whether a user has an account and is out of scope: what becomes of them is no event to everybody.
    fn is_let_go(&self, user: &DirectoryUser) -> bool {
        self.walk.is_linked(&user.id) && !self.walk.is_in_scope(user)
    }

    fn edits(&mut self, edit: &ZoomEdit) -> bool {
        self.was_by_hand = true;
        match edit {
            ZoomEdit::Add { user } => {
                self.touch(&[&user.user_name]) && self.moves(&[fold(&user.user_name)])
            }
            ZoomEdit::Foreign { user_name } => {
                self.touch(&[user_name]) && self.moves(&[fold(user_name)])
            }
            ZoomEdit::Remove { user_name } => {
                self.is_sure(user_name)
                    && self.touch(&[user_name])
                    && self.moves(&[fold(user_name)])
            }
            ZoomEdit::Change { user_name, .. } => {
                self.is_sure(user_name) && self.touch(&[user_name])
            }
        }
    }

    /// Whether there is an account of this address, whatever went wrong.
    fn is_sure(&self, user_name: &str) -> bool {
        self.settling.is_none() || self.sure.contains(&fold(user_name))
    }

    /// Whether something may go wrong: what comes of half a run is right then.
    fn may_go_wrong(&self) -> bool {
        let takes_two = self.policies.disabled_at_creation == DisabledAtCreation::CreateInactive;
        let may_disable = holds(Gate::D, self.configuration, self.policies);
        self.policies.removal_limit.is_none() && (may_disable || !takes_two)
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

    /// Whether a person may be touched now, of whom these are addresses and ids.
    pub(super) fn may_touch(&self, names: &[&str]) -> bool {
        let is_first = |name: &&str| {
            let name = fold(name);
            !self.touched.contains_key(&name) && !self.listed.contains(&name)
        };
        !self.is_bad() || names.iter().all(is_first)
    }

    /// Whether something may be changed now that a list shows, however often that was.
    pub(super) fn may_touch_again(&self, id: &str) -> bool {
        !self.is_bad() || !self.touched.contains_key(&fold(id))
    }

    fn is_bad(&self) -> bool {
        self.settling.is_some() || self.faults || self.next_goes_wrong
    }

    /// Whether these addresses may come into use or go out of it now.
    pub(super) fn may_move(&self, addresses: &[&str]) -> bool {
        addresses
            .iter()
            .all(|address| !self.moved.contains(&fold(address)))
    }

    fn touch(&mut self, names: &[&str]) -> bool {
        let may = self.may_touch(names);
        let folded: BTreeSet<String> = names.iter().map(|name| fold(name)).collect();
        for name in folded {
            *self.touched.entry(name).or_default() += 1;
        }
        self.unlisted = true;
        may
    }

    /// Whether a rule may be deleted, where nothing else has happened since the last full run.
    fn deletes(&mut self, rule: &str) -> bool {
        let goes_wrong = std::mem::take(&mut self.next_goes_wrong);
        let is_bad = self.faults || goes_wrong;
        let may = !self.is_off
            && !self.origins_open
            && self.settling.is_none()
            && self.policies.removal_limit.is_none();
        if !is_bad {
            return may;
        }
        self.goes_wrong();
        may && !goes_wrong && !self.fails && self.walk.in_care(rule) <= 1
    }

    fn goes_wrong(&mut self) {
        self.origins_open |= self.faults;
        if self.settling.is_none() {
            let accounts = self.walk.accounts();
            self.sure = accounts.map(|account| fold(&account.user_name)).collect();
        }
        self.settling = Some(0);
    }

    /// Whether somebody who is read has the address of somebody who is not: who of them goes first nobody can say
    /// who sees one of them.
    fn hides_a_namesake(&self) -> bool {
        let (hidden, seen): (Vec<_>, Vec<_>) = self
            .directory
            .values()
            .map(|user| (self.unread.contains(&user.id), fold(&user.username)))
            .partition(|(is_hidden, _)| *is_hidden);
        let seen: BTreeSet<String> = seen.into_iter().map(|(_, address)| address).collect();
        hidden.iter().any(|(_, address)| seen.contains(address))
    }

    fn runs(&mut self, full: bool) -> bool {
        self.unread.clear();
        if self.is_off {
            // Nothing happens in it.
            self.off_unseen = false;
            return !std::mem::take(&mut self.next_goes_wrong);
        }
        if !full && (self.was_by_hand || self.full_first) {
            return false;
        }
        if full {
            (self.was_by_hand, self.full_first, self.pending) = (false, false, false);
            self.moved.clear();
            self.swapping.clear();
        }
        let goes_wrong = std::mem::take(&mut self.next_goes_wrong);
        if self.faults || goes_wrong {
            self.goes_wrong();
            let is_once =
                |(name, times): (&String, &u32)| *times <= 1 && !self.listed.contains(name);
            let once = self.touched.iter().all(is_once);
            let forgets = self.denies && !self.walk.loose_addresses().is_empty();
            let confirms = self.confirms || self.affirms && self.walk.refuses_an_address();
            return once && !(confirms && self.unlisted) && !forgets;
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
            self.listed.clear();
            self.unlisted = false;
        }
        true
    }
}
