//! Removals: of those who left, of a deleted rule's accounts, and the limit on both.

use serde_json::Value;

use super::super::bug::Bug;
use super::super::zoom::{Trouble, id, user_name};
use super::Running;
use super::attributes::is_active;
use super::kept::Outcome;
use super::send::{Act, Action};
use crate::configuration::RemoveAction;
use crate::driver::{DriverError, Synced};
use crate::scenario::RuleDeletionRemoves;

/// How many removals are held against the limit at once by the wrong variant that does so by batch.
const BATCH: usize = 2;

impl Running {
    /// What somebody needs who is linked and no longer in scope.
    pub(super) async fn evaluate_removed(
        &mut self,
        key: &str,
        full: bool,
    ) -> Result<Option<Action>, Trouble> {
        let Some(link) = self.kept.links.get(key) else {
            return Ok(None);
        };
        let record = self.kept.directory.get(key);
        if self.has(Bug::B19) && record.is_none() {
            return Ok(None);
        }
        let (linked, known) = (link.id.clone(), record.is_some());
        let disabled = record.is_some_and(|user| !user.enabled);
        let Some(account) = self.linked(&linked, false).await? else {
            self.kept.links.remove(key);
            self.kept.due.remove(key);
            return Ok(None);
        };
        let flags = self.flags();
        let deprovision = match self.zoom.variant.bug {
            Some(Bug::B09) => true,
            Some(Bug::B10) => flags.disable,
            _ => flags.deprovision,
        };
        let disable_only = if self.has(Bug::B18) && known {
            Some(flags.disable)
        } else if deprovision {
            None
        } else {
            Some(disabled && self.may_disable())
        };
        let again = full && self.has(Bug::B13);
        Ok(match disable_only {
            None if self.deletes() => Some(removal(key, &account, Act::Delete)),
            None | Some(true) if is_active(&account) || again => {
                Some(removal(key, &account, Act::Disable))
            }
            _ => {
                self.kept.due.remove(key);
                None
            }
        })
    }

    fn deletes(&self) -> bool {
        (self.flags().remove_action == RemoveAction::Delete) != self.has(Bug::B11)
    }

    /// Leaves out the removals of a run that are over the limit: all of them.
    pub(super) fn hold_removals(&self, actions: Vec<Action>) -> Vec<Action> {
        let Some(limit) = self.policies.removal_limit else {
            return actions;
        };
        if self.has(Bug::B82) && self.kept.directory.is_empty() {
            return actions;
        }
        let counted = actions.iter().filter(|action| {
            action.removes && (matches!(action.act, Act::Delete) || !self.has(Bug::B85))
        });
        let planned = match counted.count() {
            planned if self.has(Bug::B86) => planned.min(BATCH),
            planned if self.has(Bug::B84) => planned.saturating_sub(1),
            planned => planned,
        };
        let passes = match self.kept.removals_allowed {
            Some(_) if self.has(Bug::B88) => true,
            Some(allowed) => planned == 0 || planned == allowed,
            None => planned <= limit,
        };
        if passes {
            return actions;
        }
        let mut passed = if self.has(Bug::B87) { limit } else { 0 };
        let mut keep = |action: &Action| {
            let keeps = !action.removes || passed > 0;
            passed = passed.saturating_sub(usize::from(action.removes));
            keeps
        };
        actions.into_iter().filter(|action| keep(action)).collect()
    }

    pub(super) async fn delete_rule(&mut self, rule: &str) -> Result<Synced, DriverError> {
        self.rules.retain(|alive| alive.id != rule);
        let flags = self.flags();
        let acts = (flags.deprovision_on_rule_deletion || self.has(Bug::B14))
            && (flags.deprovision
                || !self.policies.rule_deletion_needs_deprovision
                || self.has(Bug::B17))
            && self.zoom.connection.enabled;
        let links = self.kept.links.iter();
        let cared: Vec<String> = links
            .filter(|(_, link)| link.rule == rule)
            .map(|(key, _)| key.clone())
            .collect();
        for key in cared {
            let user = self.kept.directory.get(&key);
            if let Some(next) = user.and_then(|user| self.rule_of(user)) {
                if let Some(link) = self.kept.links.get_mut(&key) {
                    link.rule = next.id;
                }
            } else if let Some(link) = self.kept.links.remove(&key)
                && (link.created
                    || self.policies.rule_deletion_removes == RuleDeletionRemoves::Linked)
                && acts
            {
                self.kept.leaving.push(link.id);
            }
        }
        self.write_down()?;
        if acts {
            self.finish_leaving().await?;
        }
        let (directory, rules) = (&self.kept.directory, &self.rules);
        self.kept.outcomes.retain(|key, _| {
            let user = directory.get(key);
            user.is_some_and(|user| rules.iter().any(|rule| user.in_scope_of.contains(&rule.id)))
        });
        self.write_down()?;
        Ok(self.report())
    }

    /// Removes the accounts of a deleted rule; what an earlier run did not get to, as well.
    pub(super) async fn finish_leaving(&mut self) -> Result<(), Trouble> {
        self.view = self.zoom.list().await?;
        if self.has(Bug::B15) {
            self.view.users.truncate(self.zoom.variant.page());
        }
        let leaving = self.kept.leaving.clone();
        let mut accounts: Vec<Value> = self.view.users.clone();
        if !self.has(Bug::B16) {
            accounts.retain(|account| leaving.contains(&id(account)));
        }
        for linked in &leaving {
            if !self.view.complete && !accounts.iter().any(|account| id(account) == *linked) {
                accounts.extend(self.zoom.get(linked).await?);
            }
        }
        let act = if self.deletes() {
            Act::Delete
        } else {
            Act::Disable
        };
        let actions = accounts
            .iter()
            .filter(|account| matches!(act, Act::Delete) || is_active(account))
            .map(|account| removal("", account, act.clone()))
            .collect();
        self.carry_out(actions).await?;
        self.kept.leaving.clear();
        Ok(())
    }
}

fn removal(key: &str, account: &Value, act: Act) -> Action {
    Action {
        key: key.to_owned(),
        user: None,
        id: id(account),
        name: user_name(account).to_owned(),
        act,
        then: Outcome::Success,
        removes: true,
    }
}
