//! A run of the provisioner: whom it looks at, and in what order.

use std::collections::{BTreeMap, BTreeSet};

use super::super::account::fold;
use super::super::row::Row;
use super::super::table::{Effect, Status};
use super::order::Order;
use super::world::{InScope, World};
use super::{Decision, Expectation, ExpectedSummary};

impl World {
    pub(super) fn sync(
        &mut self,
        step: usize,
        full: bool,
        deep: bool,
        order: Order,
    ) -> Expectation {
        if !self.enabled {
            return self.silence(step);
        }
        // Asked for or not, a full run is what was due.
        let full = std::mem::take(&mut self.full_due) || full;
        let changed = self.changed();
        let mut owners = self.owners();
        let in_scope = self.in_scope();
        let mut decisions = Vec::new();
        let mut rows = self.relink(&in_scope);
        self.statuses
            .retain(|id, _| in_scope.iter().any(|user| user.id == *id));

        let removed: Vec<String> = self
            .links
            .keys()
            .chain(self.directory.keys())
            .filter(|id| !in_scope.iter().any(|user| user.id == **id))
            .filter(|id| full || changed.contains(*id))
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if order == Order::Backwards {
            decisions.extend(self.decide_removals(order, &removed));
        }
        for user in order.of(in_scope) {
            let failed = self.statuses.get(&user.id) == Some(&Status::Failed);
            if full || failed || changed.contains(&user.id) {
                let because = rows.remove(&user.id).unwrap_or_default();
                let decision = self.decide_in_scope(&user, because, deep);
                self.statuses.insert(user.id.clone(), decision.status);
                decisions.push(decision);
            } else if self.flipped {
                decisions.push(self.unchanged(&user.id, Row::O20));
            }
        }
        if order == Order::Forwards {
            decisions.extend(self.decide_removals(order, &removed));
        }

        let held = decisions.iter().filter(|decision| {
            self.still_due.contains(&decision.user) && decision.effect == Effect::Nothing
        });
        let held = held.filter_map(|decision| decision.account).collect();
        self.told.clone_from(&self.directory);
        self.flipped = false;
        owners.extend(self.owners());
        let expectation = Expectation {
            step,
            configuration: self.configuration,
            traffic: true,
            full,
            only_test: false,
            accounts: self.accounts.clone(),
            owners,
            held,
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

    /// Removals beyond the limit of a run are held back, all of them, and stay due; where so many are allowed in it, no
    /// others than so many pass.
    fn decide_removals(&mut self, order: Order, removed: &[String]) -> Vec<Decision> {
        self.still_due = BTreeSet::new();
        let allowed = self.removals_allowed;
        let before = self.clone();
        let removed = order.of(removed.iter().collect()).into_iter();
        let mut decisions: Vec<Decision> = removed.map(|id| self.decide_removed(id)).collect();
        let writes = decisions
            .iter()
            .filter(|decision| decision.effect.is_write());
        let planned = writes.count();
        let is_over = |limit| match allowed {
            Some(allowed) => planned > 0 && planned != allowed,
            None => planned > limit,
        };
        if self.policies.removal_limit.is_some_and(is_over) {
            *self = before;
            for decision in &mut decisions {
                if decision.effect.is_write() {
                    self.still_due.insert(decision.user.clone());
                }
                decision.effect = Effect::Nothing;
            }
        }
        decisions
    }

    pub(super) fn delete_rule(&mut self, step: usize, rule: &str) -> Expectation {
        self.forget_rule(rule);
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
            only_test: false,
            accounts: self.accounts.clone(),
            owners,
            held: BTreeSet::new(),
            decisions,
            summary: self.enabled.then(|| ExpectedSummary::of(&self.statuses)),
        }
    }

    /// O19: nothing happens, and what changed is remembered.
    pub(super) fn silence(&self, step: usize) -> Expectation {
        Expectation {
            step,
            configuration: self.configuration,
            traffic: false,
            full: false,
            only_test: false,
            accounts: self.accounts.clone(),
            owners: self.owners(),
            held: BTreeSet::new(),
            decisions: self
                .in_scope()
                .iter()
                .map(|user| self.unchanged(&user.id, Row::O19))
                .collect(),
            summary: None,
        }
    }

    /// A test of the connection reads at the most.
    pub(super) fn test(&self, step: usize) -> Expectation {
        Expectation {
            traffic: true,
            only_test: true,
            decisions: Vec::new(),
            ..self.silence(step)
        }
    }

    pub(super) fn forget_rule(&mut self, rule: &str) {
        self.rules.retain(|alive| alive.id != rule);
    }

    pub(super) fn unchanged(&self, id: &str, row: Row) -> Decision {
        Decision {
            user: id.to_owned(),
            rows: vec![row],
            standing: None,
            effect: Effect::Nothing,
            status: self.statuses.get(id).copied().unwrap_or(Status::Unsynced),
            account: self.links.get(id).map(|link| link.account),
        }
    }

    /// O17: who comes back under a new id takes over the link of the removed one.
    pub(super) fn relink(&mut self, in_scope: &[InScope]) -> BTreeMap<String, Vec<Row>> {
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
}
