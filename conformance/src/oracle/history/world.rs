//! The state that a history builds up, and what changes it outside of the provisioner.

use std::collections::{BTreeMap, BTreeSet};

use super::super::account::{Account, AccountKey, fold, mapped_address};
use super::super::table::Status;
use crate::configuration::Configuration;
use crate::scenario::{Attribute, DirectoryUser, Policies, Rule, Scenario, ZoomEdit};

/// Who made the account that a link points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Created,
    Adopted,
}

/// The remembered pair of a directory user and an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) account: AccountKey,
    pub(super) origin: Origin,
    /// The rule in whose care the user is.
    pub(super) rule: String,
    /// The attributes that no list shows, as last written or read.
    pub(super) known: BTreeMap<Attribute, String>,
    /// The account was deactivated because the user was removed.
    pub(super) removed: bool,
}

/// A user matched by a rule.
pub(super) struct InScope {
    pub(super) id: String,
    pub(super) rule: Rule,
    /// Somebody else with the same username goes first (O23).
    pub(super) yields: bool,
}

/// Everything that a run depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct World {
    pub(super) policies: Policies,
    pub(super) rules: Vec<Rule>,
    pub(super) configuration: Configuration,
    pub(super) enabled: bool,
    pub(super) directory: BTreeMap<String, DirectoryUser>,
    pub(super) accounts: BTreeMap<AccountKey, Account>,
    pub(super) next_key: AccountKey,
    pub(super) foreign: BTreeSet<String>,
    pub(super) links: BTreeMap<String, Link>,
    /// The directory as the last run found it.
    pub(super) told: BTreeMap<String, DirectoryUser>,
    /// Users whose removal the last run held back, so that they stay due.
    pub(super) still_due: BTreeSet<String>,
    /// How many removals the next run may have, whatever the limit.
    pub(super) removals_allowed: Option<usize>,
    /// How each user in scope was last counted.
    pub(super) statuses: BTreeMap<String, Status>,
    /// The connection came on, so that the next run evaluates everybody.
    pub(super) full_due: bool,
    /// The line of the table that is read wrongly, so that the suite can be held to noticing.
    pub(super) flips: Option<usize>,
    /// An action flag was flipped since the last run (O20).
    pub(super) flipped: bool,
}

impl World {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            policies: scenario.policies,
            rules: scenario.rules.clone(),
            configuration: Configuration::PERMISSIVE,
            enabled: true,
            directory: BTreeMap::new(),
            accounts: BTreeMap::new(),
            next_key: 0,
            foreign: BTreeSet::new(),
            links: BTreeMap::new(),
            told: BTreeMap::new(),
            still_due: BTreeSet::new(),
            removals_allowed: None,
            statuses: BTreeMap::new(),
            flips: None,
            full_due: true,
            flipped: false,
        }
    }

    pub(super) fn put(&mut self, user: &DirectoryUser) {
        self.directory.insert(user.id.clone(), user.clone());
    }

    pub(super) fn delete(&mut self, user: &str) {
        self.directory.remove(user);
    }

    /// The users whose record is not what the last run found.
    pub(super) fn changed(&self) -> BTreeSet<String> {
        let ids = self.directory.keys().chain(self.told.keys());
        ids.filter(|id| self.directory.get(*id) != self.told.get(*id))
            .chain(&self.still_due)
            .cloned()
            .collect()
    }

    pub(super) fn edit(&mut self, edit: &ZoomEdit) {
        match edit {
            ZoomEdit::Add { user } => {
                self.add_account(Account::added(user));
            }
            ZoomEdit::Change { user_name, change } => {
                if let Some(account) = self
                    .account_at(user_name)
                    .and_then(|key| self.accounts.get_mut(&key))
                {
                    account.change_by_hand(change);
                }
            }
            ZoomEdit::Remove { user_name } => {
                if let Some(key) = self.account_at(user_name) {
                    self.accounts.remove(&key);
                }
            }
            ZoomEdit::Foreign { user_name } => {
                self.foreign.insert(fold(user_name));
            }
        }
    }

    pub(super) fn configure(&mut self, configuration: Configuration, enabled: bool) {
        self.flipped |= configuration != self.configuration;
        self.full_due |= enabled && !self.enabled;
        self.configuration = configuration;
        self.enabled = enabled;
    }

    /// The first living rule that matches a user.
    pub(super) fn rule_of(&self, user: &DirectoryUser) -> Option<&Rule> {
        let mut rules = self.rules.iter();
        rules.find(|rule| user.in_scope_of.contains(&rule.id))
    }

    /// The address that somebody in scope is to have, folded.
    pub(super) fn due_address(&self, user: &DirectoryUser) -> Option<String> {
        let rule = self.rule_of(user)?;
        mapped_address(user, &rule.mapping).map(|address| fold(&address))
    }

    /// The users that a living rule matches, each with the first such rule, in the order of their ids.
    pub(super) fn in_scope(&self) -> Vec<InScope> {
        let mut matched: Vec<InScope> = self
            .directory
            .values()
            .filter_map(|user| {
                Some(InScope {
                    id: user.id.clone(),
                    rule: self.rule_of(user)?.clone(),
                    yields: false,
                })
            })
            .collect();
        // O23: of those who share a username, the linked one goes first, else the smallest id.
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        for linked in [true, false] {
            for user in &matched {
                if self.links.contains_key(&user.id) == linked {
                    first
                        .entry(self.username(&user.id))
                        .or_insert_with(|| user.id.clone());
                }
            }
        }
        for user in &mut matched {
            user.yields = first
                .get(&self.username(&user.id))
                .is_some_and(|id| *id != user.id);
        }
        matched
    }

    pub(super) fn add_account(&mut self, account: Account) -> AccountKey {
        let key = self.next_key;
        self.next_key += 1;
        self.accounts.insert(key, account);
        key
    }

    pub(super) fn account_at(&self, address: &str) -> Option<AccountKey> {
        let address = fold(address);
        self.accounts
            .iter()
            .find(|(_, account)| fold(&account.user_name) == address)
            .map(|(key, _)| *key)
    }

    pub(super) fn is_taken(&self, address: &str) -> bool {
        self.account_at(address).is_some() || self.foreign.contains(&fold(address))
    }

    /// Who each linked account belongs to.
    pub(super) fn owners(&self) -> BTreeMap<AccountKey, String> {
        self.links
            .iter()
            .map(|(id, link)| (link.account, id.clone()))
            .collect()
    }

    pub(super) fn address_of(&self, id: &str) -> Option<String> {
        let link = self.links.get(id)?;
        let account = self.accounts.get(&link.account)?;
        Some(fold(&account.user_name))
    }

    pub(super) fn loose_addresses(&self) -> BTreeSet<String> {
        let is_held = |id: &str, address: &String| {
            let user = self.directory.get(id);
            user.and_then(|user| self.due_address(user)).as_ref() == Some(address)
        };
        let held = self.links.keys();
        held.filter_map(|id| Some((id, self.address_of(id)?)))
            .filter(|(id, address)| !is_held(id, address))
            .map(|(_, address)| address)
            .collect()
    }

    pub(super) fn is_awaited(&self, address: &str) -> bool {
        let mut holders = self.links.keys();
        let holder = holders.find(|id| self.address_of(id).as_deref() == Some(address));
        let Some(holder) = holder else { return false };
        let wants = |user: &DirectoryUser| {
            user.id != *holder && self.due_address(user).as_deref() == Some(address)
        };
        self.directory.values().any(wants)
    }

    pub(super) fn username(&self, id: &str) -> String {
        self.directory
            .get(id)
            .map(|user| fold(&user.username))
            .unwrap_or_default()
    }
}
