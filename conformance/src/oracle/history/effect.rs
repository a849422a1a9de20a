//! What a decision does to Zoom and to the links.

use super::super::account::{
    Account, Value, due_values, fold, mapped_address, mapped_values, maps_renames,
};
use super::super::table::Effect;
use super::Decision;
use super::decide::differs;
use super::world::{Link, Origin, World};
use crate::scenario::{DirectoryUser, Rule};

impl World {
    /// Does to Zoom what was decided for a user in scope.
    pub(super) fn act(
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

    pub(super) fn write_attributes(
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
        // Zoom takes the rest of an update whose address it refuses, where the account is active.
        let refused = effect == Effect::RefusedUpdate;
        let rest = account.active || !refused;
        if effect == Effect::Enable {
            account.active = true;
            link.removed = false;
        }
        // An address that is refused keeps nothing else back.
        account.active |= refused && record.enabled;
        if maps_renames(&rule.mapping)
            && !refused
            && let Some(address) = mapped_address(record, &rule.mapping)
            && fold(&address) != fold(&account.user_name)
        {
            account.user_name = address;
        }
        let clears = self.policies.clear_attributes;
        for (attribute, value) in due_values(record, &rule.mapping, clears) {
            if account.has(attribute, value.as_deref()) {
                continue;
            }
            let due = differs(account, link, attribute, value.as_deref(), deep) && rest;
            let after = match due {
                true => Value::Exactly(value.clone()),
                false => account.opened(attribute, value.clone()),
            };
            account.attributes.insert(attribute, after);
            match value {
                Some(value) if rest => drop(link.known.insert(attribute, value)),
                None if rest => drop(link.known.remove(&attribute)),
                Some(_) | None => {}
            }
        }
    }

    /// Does to Zoom what was decided for a user who is no longer cared for.
    pub(super) fn remove(&mut self, decision: &Decision) {
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
}
