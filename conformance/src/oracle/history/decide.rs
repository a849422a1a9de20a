//! The decision about one user: the situation, looked up in the table.

use super::super::account::{Account, AccountKey, due_values, fold, mapped_address, maps_renames};
use super::super::row::Row;
use super::super::table::{
    Difference, Effect, LINES, Situation, Standing, Status, ZoomSide, decide, flipped,
};
use super::Decision;
use super::world::{InScope, Link, Origin, World};
use crate::scenario::{Attribute, DirectoryUser, Listed, Rule, RuleDeletionRemoves};

impl World {
    pub(super) fn decide_in_scope(
        &mut self,
        user: &InScope,
        mut rows: Vec<Row>,
        deep: bool,
    ) -> Decision {
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

    pub(super) fn decide_removed(&mut self, id: &str) -> Decision {
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

    pub(super) fn decide_rule_deleted(&mut self, id: &str) -> Decision {
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
    pub(super) fn conclude(&self, id: &str, situation: Situation, mut rows: Vec<Row>) -> Decision {
        let account = self.links.get(id).map(|link| link.account);
        let (effect, status) = match decide(situation, self.configuration, self.policies) {
            Some(line) => {
                rows.push(line.row);
                let is_wrong = self.flips.and_then(|index| LINES.get(index));
                if is_wrong.is_some_and(|wrong| std::ptr::eq(wrong, line)) {
                    flipped(line)
                } else {
                    (line.effect, line.status)
                }
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
    pub(super) fn adopt(&mut self, record: &DirectoryUser, rule: &Rule, rows: &mut Vec<Row>) {
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
        let known = due_values(record, &rule.mapping, self.policies.clear_attributes)
            .into_iter()
            .filter_map(|(attribute, value)| match attribute.listed() {
                Listed::InList => None,
                Listed::InGet => Some((attribute, account.value(attribute)?.to_owned())),
                // No read shows it, so the directory's value counts as what Zoom has until it changes.
                Listed::Nowhere => Some((attribute, value?)),
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

    pub(super) fn zoom_side(&self, record: &DirectoryUser, rule: &Rule) -> ZoomSide {
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

    pub(super) fn side_of(&self, account: AccountKey) -> ZoomSide {
        match self.accounts.get(&account) {
            Some(account) if account.active => ZoomSide::Active,
            Some(_) => ZoomSide::Inactive,
            None => ZoomSide::Gone,
        }
    }

    pub(super) fn difference(&self, record: &DirectoryUser, rule: &Rule, deep: bool) -> Difference {
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
        let due = due_values(record, &rule.mapping, self.policies.clear_attributes);
        let differs = due
            .iter()
            .any(|(attribute, value)| differs(account, link, *attribute, value.as_deref(), deep));
        if differs {
            Difference::Attributes
        } else {
            Difference::Equal
        }
    }
}

/// Whether a mapped attribute differs, as far as anybody can know without looking deeper.
pub(super) fn differs(
    account: &Account,
    link: &Link,
    attribute: Attribute,
    value: Option<&str>,
    deep: bool,
) -> bool {
    if !account.active && attribute == Attribute::UserType {
        // The deactivation took it; it comes back with the re-enable.
        return false;
    }
    let is_held = match attribute.listed() {
        Listed::InList => account.has(attribute, value),
        Listed::InGet if deep => account.has(attribute, value),
        Listed::InGet | Listed::Nowhere => link.known.get(&attribute).map(String::as_str) == value,
    };
    !is_held
}
