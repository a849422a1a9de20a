//! The state that a history builds up, and what each step does to it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::account::{
    Account, AccountKey, Value, fold, mapped_address, mapped_values, maps_renames,
};
use super::super::row::Row;
use super::super::table::{Difference, Effect, Situation, Standing, Status, ZoomSide, decide};
use super::{Decision, Expectation, ExpectedSummary};
use crate::configuration::Configuration;
use crate::scenario::{
    Attribute, DirectoryUser, Listed, Policies, Rule, RuleDeletionRemoves, Scenario, ZoomEdit,
};

/// Who made the account that a link points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Created,
    Adopted,
}

/// The remembered pair of a directory user and an account.
#[derive(Debug, Clone)]
struct Link {
    account: AccountKey,
    origin: Origin,
    /// The rule in whose care the user is.
    rule: String,
    /// The attributes that no list shows, as last written or read.
    known: BTreeMap<Attribute, String>,
    /// The account was deactivated because the user was removed.
    removed: bool,
}

/// A user matched by a rule.
struct InScope {
    id: String,
    rule: Rule,
    /// Somebody else with the same username goes first (O23).
    yields: bool,
}

/// Everything that a run depends on.
pub(super) struct World {
    policies: Policies,
    rules: Vec<Rule>,
    configuration: Configuration,
    enabled: bool,
    directory: BTreeMap<String, DirectoryUser>,
    accounts: BTreeMap<AccountKey, Account>,
    next_key: AccountKey,
    foreign: BTreeSet<String>,
    links: BTreeMap<String, Link>,
    /// Users whose record changed since the last run.
    changed: BTreeSet<String>,
    /// How each user in scope was last counted.
    statuses: BTreeMap<String, Status>,
    /// The connection came on, so that the next run evaluates everybody.
    full_due: bool,
    /// An action flag was flipped since the last run (O20).
    flipped: bool,
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
            changed: BTreeSet::new(),
            statuses: BTreeMap::new(),
            full_due: true,
            flipped: false,
        }
    }

    pub(super) fn put(&mut self, user: &DirectoryUser) {
        self.changed.insert(user.id.clone());
        self.directory.insert(user.id.clone(), user.clone());
    }

    pub(super) fn delete(&mut self, user: &str) {
        self.changed.insert(user.to_owned());
        self.directory.remove(user);
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

    pub(super) fn sync(&mut self, step: usize, full: bool, deep: bool) -> Expectation {
        if !self.enabled {
            return self.silence(step);
        }
        let full = full || std::mem::take(&mut self.full_due);
        let mut owners = self.owners();
        let in_scope = self.in_scope();
        let mut decisions = Vec::new();
        let mut rows = self.relink(&in_scope);
        self.statuses
            .retain(|id, _| in_scope.iter().any(|user| user.id == *id));

        for user in &in_scope {
            let failed = self.statuses.get(&user.id) == Some(&Status::Failed);
            if full || failed || self.changed.contains(&user.id) {
                let because = rows.remove(&user.id).unwrap_or_default();
                let decision = self.decide_in_scope(user, because, deep);
                self.statuses.insert(user.id.clone(), decision.status);
                decisions.push(decision);
            } else if self.flipped {
                decisions.push(self.unchanged(&user.id, Row::O20));
            }
        }
        let removed: Vec<String> = self
            .links
            .keys()
            .chain(self.directory.keys())
            .filter(|id| !in_scope.iter().any(|user| user.id == **id))
            .filter(|id| full || self.changed.contains(*id))
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        for id in removed {
            decisions.push(self.decide_removed(&id));
        }

        self.changed.clear();
        self.flipped = false;
        owners.extend(self.owners());
        let expectation = Expectation {
            step,
            configuration: self.configuration,
            traffic: true,
            full,
            accounts: self.accounts.clone(),
            owners,
            decisions,
            summary: Some(ExpectedSummary::of(&self.statuses)),
        };
        if full {
            for account in self.accounts.values_mut() {
                account.edited_by_hand = false;
            }
        }
        expectation
    }

    pub(super) fn delete_rule(&mut self, step: usize, rule: &str) -> Expectation {
        self.rules.retain(|alive| alive.id != rule);
        let owners = self.owners();
        let in_scope = self.in_scope();
        let cared: Vec<String> = self
            .links
            .iter()
            .filter(|(_, link)| link.rule == rule)
            .map(|(id, _)| id.clone())
            .collect();
        let mut decisions = Vec::new();
        for id in cared {
            if let Some(user) = in_scope.iter().find(|user| user.id == id) {
                if let Some(link) = self.links.get_mut(&id) {
                    link.rule.clone_from(&user.rule.id);
                }
                decisions.push(self.unchanged(&id, Row::O14));
            } else {
                decisions.push(self.decide_rule_deleted(&id));
            }
        }
        self.statuses
            .retain(|id, _| in_scope.iter().any(|user| user.id == *id));
        Expectation {
            step,
            configuration: self.configuration,
            traffic: self.enabled,
            full: false,
            accounts: self.accounts.clone(),
            owners,
            decisions,
            summary: self.enabled.then(|| ExpectedSummary::of(&self.statuses)),
        }
    }

    /// O19: nothing happens, and what changed is remembered.
    fn silence(&self, step: usize) -> Expectation {
        Expectation {
            step,
            configuration: self.configuration,
            traffic: false,
            full: false,
            accounts: self.accounts.clone(),
            owners: self.owners(),
            decisions: self
                .in_scope()
                .iter()
                .map(|user| self.unchanged(&user.id, Row::O19))
                .collect(),
            summary: None,
        }
    }

    fn unchanged(&self, id: &str, row: Row) -> Decision {
        Decision {
            user: id.to_owned(),
            rows: vec![row],
            standing: None,
            effect: Effect::Nothing,
            status: self.statuses.get(id).copied().unwrap_or(Status::Unsynced),
            account: self.links.get(id).map(|link| link.account),
        }
    }

    /// The users that a living rule matches, each with the first such rule, in the order of their ids.
    fn in_scope(&self) -> Vec<InScope> {
        let mut matched: Vec<InScope> = self
            .directory
            .values()
            .filter_map(|user| {
                let rule = self
                    .rules
                    .iter()
                    .find(|rule| user.in_scope_of.contains(&rule.id))?;
                Some(InScope {
                    id: user.id.clone(),
                    rule: rule.clone(),
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

    /// O17: who comes back under a new id takes over the link of the removed one.
    fn relink(&mut self, in_scope: &[InScope]) -> BTreeMap<String, Vec<Row>> {
        let mut rows = BTreeMap::new();
        for user in in_scope.iter().filter(|user| !user.yields) {
            if self.links.contains_key(&user.id) {
                continue;
            }
            let username = self.username(&user.id);
            let old = self.links.iter().find(|(id, link)| {
                !in_scope.iter().any(|other| other.id == **id)
                    && self
                        .accounts
                        .get(&link.account)
                        .is_some_and(|account| fold(&account.user_name) == username)
            });
            if let Some(old) = old.map(|(id, _)| id.clone())
                && let Some(link) = self.links.remove(&old)
            {
                self.links.insert(user.id.clone(), link);
                rows.insert(user.id.clone(), vec![Row::O17]);
            }
        }
        rows
    }

    fn decide_in_scope(&mut self, user: &InScope, mut rows: Vec<Row>, deep: bool) -> Decision {
        let Some(record) = self.directory.get(&user.id).cloned() else {
            return self.unchanged(&user.id, Row::O12);
        };
        if user.yields {
            let mut decision = self.unchanged(&user.id, Row::O23);
            decision.status = Status::Failed;
            return decision;
        }
        self.adopt(&record, &user.rule, &mut rows);
        if let Some(link) = self.links.get_mut(&user.id)
            && link.rule != user.rule.id
        {
            link.rule.clone_from(&user.rule.id);
            rows.push(Row::O14);
        }
        let standing = if record.enabled {
            Standing::Enabled
        } else {
            Standing::Disabled
        };
        let zoom = self.zoom_side(&record, &user.rule);
        let removed = self.links.get(&user.id).is_some_and(|link| link.removed);
        if removed && standing == Standing::Enabled && zoom == ZoomSide::Inactive {
            rows.push(Row::O22);
        }
        let difference = self.difference(&record, &user.rule, deep);
        let decision = self.conclude(
            &user.id,
            Situation {
                standing,
                zoom,
                difference,
            },
            rows,
        );
        if zoom == ZoomSide::Gone {
            self.links.remove(&user.id);
        }
        self.act(decision, &record, &user.rule, deep)
    }

    fn decide_removed(&mut self, id: &str) -> Decision {
        let Some(link) = self.links.get(id) else {
            return self.unchanged(id, Row::O12);
        };
        let disabled = self.directory.get(id).is_some_and(|user| !user.enabled);
        let standing = if disabled {
            Standing::RemovedAndDisabled
        } else {
            Standing::Removed
        };
        let situation = Situation {
            standing,
            zoom: self.side_of(link.account),
            difference: Difference::Equal,
        };
        let decision = self.conclude(id, situation, Vec::new());
        if situation.zoom == ZoomSide::Gone {
            self.links.remove(id);
        }
        self.remove(&decision);
        decision
    }

    fn decide_rule_deleted(&mut self, id: &str) -> Decision {
        let Some(link) = self.links.remove(id) else {
            return self.unchanged(id, Row::O12);
        };
        let removes = link.origin == Origin::Created
            || self.policies.rule_deletion_removes == RuleDeletionRemoves::Linked;
        if !removes || !self.enabled {
            let mut decision = self.unchanged(id, Row::O13);
            decision.standing = Some(Standing::RuleDeleted);
            decision.status = Status::Gone;
            decision.account = Some(link.account);
            return decision;
        }
        let situation = Situation {
            standing: Standing::RuleDeleted,
            zoom: self.side_of(link.account),
            difference: Difference::Equal,
        };
        let mut decision = self.conclude(id, situation, Vec::new());
        decision.account = Some(link.account);
        self.remove(&decision);
        decision
    }

    /// Looks the situation up in the table.
    fn conclude(&self, id: &str, situation: Situation, mut rows: Vec<Row>) -> Decision {
        let account = self.links.get(id).map(|link| link.account);
        let (effect, status) = match decide(situation, self.configuration, self.policies) {
            Some(line) => {
                rows.push(line.row);
                (line.effect, line.status)
            }
            None => (Effect::Nothing, Status::Failed),
        };
        Decision {
            user: id.to_owned(),
            rows,
            standing: Some(situation.standing),
            effect,
            status,
            account,
        }
    }

    /// O3: an account of the same userName that nobody is linked to.
    fn adopt(&mut self, record: &DirectoryUser, rule: &Rule, rows: &mut Vec<Row>) {
        if self.links.contains_key(&record.id) || !self.policies.adopt_existing {
            return;
        }
        let Some(address) = mapped_address(record, &rule.mapping) else {
            return;
        };
        let Some(key) = self.account_at(&address) else {
            return;
        };
        if self.owners().contains_key(&key) {
            return;
        }
        let Some(account) = self.accounts.get(&key) else {
            return;
        };
        let known = mapped_values(record, &rule.mapping)
            .into_iter()
            .filter_map(|(attribute, value)| match attribute.listed() {
                Listed::InList => None,
                Listed::InGet => Some((attribute, account.value(attribute)?.to_owned())),
                // No read shows it, so the directory's value counts as what Zoom has until it changes.
                Listed::Nowhere => Some((attribute, value)),
            })
            .collect();
        let link = Link {
            account: key,
            origin: Origin::Adopted,
            rule: rule.id.clone(),
            known,
            removed: false,
        };
        self.links.insert(record.id.clone(), link);
        rows.push(Row::O3);
    }

    fn zoom_side(&self, record: &DirectoryUser, rule: &Rule) -> ZoomSide {
        if let Some(link) = self.links.get(&record.id) {
            return self.side_of(link.account);
        }
        let address = mapped_address(record, &rule.mapping).unwrap_or_default();
        if self.is_taken(&address) {
            ZoomSide::Refused
        } else {
            ZoomSide::Nothing
        }
    }

    fn side_of(&self, account: AccountKey) -> ZoomSide {
        match self.accounts.get(&account) {
            Some(account) if account.active => ZoomSide::Active,
            Some(_) => ZoomSide::Inactive,
            None => ZoomSide::Gone,
        }
    }

    fn difference(&self, record: &DirectoryUser, rule: &Rule, deep: bool) -> Difference {
        let Some(link) = self.links.get(&record.id) else {
            return Difference::Equal;
        };
        let Some(account) = self.accounts.get(&link.account) else {
            return Difference::Equal;
        };
        let address = mapped_address(record, &rule.mapping).unwrap_or_default();
        if maps_renames(&rule.mapping) && fold(&address) != fold(&account.user_name) {
            return if self.is_taken(&address) {
                Difference::TakenAddress
            } else {
                Difference::Address
            };
        }
        let differs = mapped_values(record, &rule.mapping)
            .iter()
            .any(|(attribute, value)| differs(account, link, *attribute, value, deep));
        if differs {
            Difference::Attributes
        } else {
            Difference::Equal
        }
    }

    /// Does to Zoom what was decided for a user in scope.
    fn act(
        &mut self,
        mut decision: Decision,
        record: &DirectoryUser,
        rule: &Rule,
        deep: bool,
    ) -> Decision {
        let values = mapped_values(record, &rule.mapping);
        match decision.effect {
            Effect::Create | Effect::CreateInactive => {
                let active = decision.effect == Effect::Create;
                let key = self.add_account(Account::created(record, &rule.mapping, active));
                let link = Link {
                    account: key,
                    origin: Origin::Created,
                    rule: rule.id.clone(),
                    known: values,
                    removed: false,
                };
                self.links.insert(record.id.clone(), link);
                decision.account = Some(key);
            }
            Effect::Update | Effect::Enable | Effect::RefusedUpdate => {
                self.write_attributes(decision.effect, record, rule, deep);
            }
            Effect::Disable => {
                if let Some(account) = decision.account.and_then(|key| self.accounts.get_mut(&key))
                {
                    account.deactivate();
                }
            }
            Effect::Nothing | Effect::RefusedCreate | Effect::Delete => {}
        }
        decision
    }

    fn write_attributes(
        &mut self,
        effect: Effect,
        record: &DirectoryUser,
        rule: &Rule,
        deep: bool,
    ) {
        let Some(link) = self.links.get_mut(&record.id) else {
            return;
        };
        let Some(account) = self.accounts.get_mut(&link.account) else {
            return;
        };
        let refused = effect == Effect::RefusedUpdate;
        if effect == Effect::Enable {
            account.active = true;
            link.removed = false;
        }
        if maps_renames(&rule.mapping)
            && !refused
            && let Some(address) = mapped_address(record, &rule.mapping)
            && fold(&address) != fold(&account.user_name)
        {
            account.user_name = address;
        }
        for (attribute, value) in mapped_values(record, &rule.mapping) {
            let held = account.value(attribute).map(str::to_owned);
            if held.as_deref() == Some(value.as_str()) {
                continue;
            }
            let due = differs(account, link, attribute, &value, deep) && !refused;
            let after = if due {
                Value::Exactly(Some(value.clone()))
            } else {
                Value::Either(held, Some(value.clone()))
            };
            account.attributes.insert(attribute, after);
            if !refused {
                link.known.insert(attribute, value);
            }
        }
    }

    /// Does to Zoom what was decided for a user who is no longer cared for.
    fn remove(&mut self, decision: &Decision) {
        let Some(key) = decision.account else { return };
        match decision.effect {
            Effect::Disable => {
                if let Some(account) = self.accounts.get_mut(&key) {
                    account.deactivate();
                }
                if let Some(link) = self.links.get_mut(&decision.user) {
                    link.removed = true;
                }
            }
            Effect::Delete => {
                self.accounts.remove(&key);
                self.links.remove(&decision.user);
            }
            Effect::Nothing
            | Effect::Create
            | Effect::CreateInactive
            | Effect::RefusedCreate
            | Effect::Update
            | Effect::RefusedUpdate
            | Effect::Enable => {}
        }
    }

    fn add_account(&mut self, account: Account) -> AccountKey {
        let key = self.next_key;
        self.next_key += 1;
        self.accounts.insert(key, account);
        key
    }

    fn account_at(&self, address: &str) -> Option<AccountKey> {
        let address = fold(address);
        self.accounts
            .iter()
            .find(|(_, account)| fold(&account.user_name) == address)
            .map(|(key, _)| *key)
    }

    fn is_taken(&self, address: &str) -> bool {
        self.account_at(address).is_some() || self.foreign.contains(&fold(address))
    }

    /// Who each linked account belongs to.
    fn owners(&self) -> BTreeMap<AccountKey, String> {
        self.links
            .iter()
            .map(|(id, link)| (link.account, id.clone()))
            .collect()
    }

    fn username(&self, id: &str) -> String {
        self.directory
            .get(id)
            .map(|user| fold(&user.username))
            .unwrap_or_default()
    }
}

/// Whether a mapped attribute differs, as far as anybody can know without looking deeper.
fn differs(account: &Account, link: &Link, attribute: Attribute, value: &str, deep: bool) -> bool {
    if !account.active && attribute == Attribute::UserType {
        // The deactivation took it; it comes back with the re-enable.
        return false;
    }
    let held = match attribute.listed() {
        Listed::InList => account.value(attribute),
        Listed::InGet if deep => account.value(attribute),
        Listed::InGet | Listed::Nowhere => link.known.get(&attribute).map(String::as_str),
    };
    held != Some(value)
}
