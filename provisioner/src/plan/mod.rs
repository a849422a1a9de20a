//! The plan: what has to be done to Zoom, for whom and why. Pure, total and deterministic.
//!
//! [`plan`] compares what the directory wants with what is remembered and what Zoom holds. Every action in
//! the result carries the row of the semantics that caused it ([`Row`]), and what the flags refuse is in it
//! as well, with the flag's name.

mod account;
mod decide;
mod row;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

pub use account::{Account, ZoomView, fold};
pub(crate) use decide::{
    adopted_link, decide, decide_removed, decide_rule_deleted, missing, removes_on_rule_deletion,
};
pub use row::{Flag, Row, Status};

use crate::connection::Connection;
use crate::links::{Link, Origin};
use crate::rule::{Attributes, Shown, snug};
use crate::safety::{Held, OverLimit};

/// A directory user in scope, as Zoom should have them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desired {
    /// The directory's id.
    pub user: CompactString,
    /// The address that a create gives.
    pub address: CompactString,
    /// The address that an update may give; absent where Email is not mapped.
    pub email: Option<CompactString>,
    /// Whether the person may use their accounts.
    pub enabled: bool,
    /// The mapped attributes.
    pub attributes: Attributes,
    /// The rule in whose care the user is: the first that matches.
    pub rule: CompactString,
}

/// A user with a link who is not in scope any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The directory's id.
    pub user: CompactString,
    /// Still in the directory, and disabled there (O21).
    pub disabled: bool,
}

/// Everything that a plan depends on.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// What is allowed.
    pub connection: &'a Connection,
    /// Everybody in scope, whether evaluated or not.
    pub desired: &'a [Desired],
    /// Everybody who is linked and not in scope, whether evaluated or not.
    pub removed: &'a [Removed],
    /// The ids of those whom this run evaluates.
    pub evaluated: &'a BTreeSet<CompactString>,
    /// What was provisioned, by the directory's id.
    pub links: &'a BTreeMap<CompactString, Link>,
    /// What Zoom holds, as far as it was read.
    pub zoom: &'a ZoomView,
    /// Attributes that only a get shows are compared with Zoom, not with what was last written.
    pub deep: bool,
}

/// What is to be sent to Zoom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Write {
    /// `POST /Users`.
    Create {
        /// The account.
        desired: Box<Desired>,
        /// Deactivate it at once.
        then_deactivate: bool,
    },
    /// `PUT /Users/{id}`.
    Update {
        /// Zoom's id.
        zoom_id: CompactString,
        /// What changes.
        change: Box<Change>,
    },
    /// `PATCH /Users/{id}` with `active: false`.
    Deactivate {
        /// Zoom's id.
        zoom_id: CompactString,
    },
    /// `DELETE /Users/{id}`.
    Delete {
        /// Zoom's id.
        zoom_id: CompactString,
    },
}

/// The part of a user that an update carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Activate as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub activate: bool,
    /// A new address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<CompactString>,
    /// New values.
    pub attributes: Attributes,
}

impl Change {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.activate && self.email.is_none() && self.attributes.is_empty()
    }
}

/// What becomes of the link once the action has succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkChange {
    /// It stays, or there is none.
    Keep,
    /// It is this one from now on.
    Set(Box<Link>),
    /// A create makes one.
    Create,
    /// It goes.
    Drop,
}

/// One user's part of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The directory's id.
    pub user: CompactString,
    /// The address, for people.
    pub username: CompactString,
    /// The row that decided.
    pub row: Row,
    /// The row that led there, such as O3 or O17.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Row>,
    /// What is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write: Option<Write>,
    /// What becomes of the link.
    pub link: LinkChange,
    /// How the user is counted, if the write succeeds.
    pub status: Status,
    /// The flag that refused something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_by: Option<Flag>,
    /// Why the user fails, or what else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why what the row asks for is not done in this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

impl Action {
    /// Whether somebody is disabled or deleted.
    #[must_use]
    pub fn removes(&self) -> bool {
        matches!(
            self.write,
            Some(Write::Deactivate { .. } | Write::Delete { .. })
        )
    }

    /// Takes a write back of which nobody knows whether it may be sent: the user fails, and nothing changes.
    pub(crate) fn fail(&mut self, why: String) {
        self.write = None;
        self.status = Status::Failed;
        self.link = LinkChange::Keep;
        self.note = Some(why);
    }

    /// Takes a write back that must not be sent now: the user keeps their link, and in scope counts as not up to
    /// date.
    pub(crate) fn hold(&mut self, reason: Held) {
        self.write = None;
        match self.status {
            // What makes the link is kept, such as the adoption of an account that was to be disabled.
            Status::Success | Status::Partial => self.status = Status::Partial,
            Status::Removed => self.link = LinkChange::Keep,
            Status::Unsynced | Status::Failed => {}
        }
        self.held = Some(reason);
    }
}

/// What has to be done, in the order of the directory's ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What is done for whom.
    pub actions: Vec<Action>,
    /// Links that pass from a removed id to the id under which the same user came back (O17).
    pub relinked: Vec<Relink>,
    /// Why no removal is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_limit: Option<OverLimit>,
    /// What an administrator should know.
    pub warnings: Vec<String>,
}

/// A link that passes to another id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relink {
    /// The id that is gone.
    pub from: CompactString,
    /// The id under which the user came back.
    pub to: CompactString,
}

/// Makes the plan.
#[must_use]
pub fn plan(input: &PlanInput<'_>) -> Plan {
    let yielding = yielding(input);
    let relinked = relinks(input, &yielding);
    let taken_over: BTreeSet<&str> = relinked.iter().map(|relink| relink.from.as_str()).collect();
    let came_back: BTreeMap<&str, &str> = relinked
        .iter()
        .map(|relink| (relink.to.as_str(), relink.from.as_str()))
        .collect();
    let mut actions = Vec::with_capacity(input.evaluated.len());
    for desired in input
        .desired
        .iter()
        .filter(|desired| input.evaluated.contains(&desired.user))
    {
        if let Some(winner) = yielding.get(desired.user.as_str()) {
            actions.push(duplicate_identity(desired, winner));
            continue;
        }
        let from = came_back.get(desired.user.as_str());
        let link = match from {
            Some(from) => input.links.get(*from).map(|link| Link {
                user: desired.user.clone(),
                ..link.clone()
            }),
            None => input.links.get(&desired.user).cloned(),
        };
        let mut action = decide(input, desired, link);
        if from.is_some() {
            action.via = Some(Row::O17);
        }
        actions.push(action);
    }
    for removed in input
        .removed
        .iter()
        .filter(|removed| input.evaluated.contains(&removed.user))
    {
        if !taken_over.contains(removed.user.as_str())
            && let Some(link) = input.links.get(&removed.user)
        {
            actions.push(decide_removed(input, removed, link));
        }
    }
    actions.sort_unstable_by(|one, other| one.user.cmp(&other.user));
    Plan {
        actions,
        relinked,
        ..Plan::default()
    }
}

/// O23: who shares a username with somebody who goes first, namely the linked one, else the smallest id.
/// Maps the id of each who yields to the id that goes first.
fn yielding<'a>(input: &PlanInput<'a>) -> BTreeMap<&'a str, &'a str> {
    let mut first: HashMap<CompactString, &Desired> = HashMap::new();
    let rank = |desired: &'a Desired| (!input.links.contains_key(&desired.user), &desired.user);
    for desired in input.desired {
        let held = first.entry(fold(&desired.address)).or_insert(desired);
        if rank(desired) < rank(held) {
            *held = desired;
        }
    }
    input
        .desired
        .iter()
        .filter_map(|desired| {
            let winner = first.get(&fold(&desired.address))?;
            (winner.user != desired.user).then_some((desired.user.as_str(), winner.user.as_str()))
        })
        .collect()
}

/// O17: who has no link of their own, but the username of an account whose link belongs to a removed id.
fn relinks(input: &PlanInput<'_>, yielding: &BTreeMap<&str, &str>) -> Vec<Relink> {
    let removed: BTreeMap<&str, &str> = input
        .removed
        .iter()
        .filter_map(|removed| {
            Some((
                input.links.get(&removed.user)?.zoom_id.as_str(),
                removed.user.as_str(),
            ))
        })
        .collect();
    input
        .desired
        .iter()
        .filter(|desired| {
            !input.links.contains_key(&desired.user)
                && !yielding.contains_key(desired.user.as_str())
        })
        .filter_map(|desired| {
            let account = input.zoom.by_name(&desired.address)?;
            let from = removed.get(account.id.as_str())?;
            Some(Relink {
                from: (*from).into(),
                to: desired.user.clone(),
            })
        })
        .collect()
}

fn duplicate_identity(desired: &Desired, winner: &str) -> Action {
    Action {
        user: desired.user.clone(),
        username: desired.address.clone(),
        row: Row::O23,
        via: None,
        write: None,
        link: LinkChange::Keep,
        status: Status::Failed,
        refused_by: None,
        note: Some(format!("has the same username as {winner}, who goes first")),
        held: None,
    }
}

/// Of the attributes of a user those that no list shows, which a link remembers.
fn unlisted(desired: &Desired) -> Attributes {
    let attributes = desired.attributes.iter();
    let unlisted = attributes.filter(|(attribute, _)| attribute.shown() != Shown::ByList);
    snug(unlisted.map(|(attribute, value)| (*attribute, value.clone())))
}

/// The link that a created account gets.
pub(crate) fn created_link(desired: &Desired, zoom_id: CompactString) -> Link {
    Link {
        user: desired.user.clone(),
        zoom_id,
        origin: Origin::Created,
        rule: desired.rule.clone(),
        known: unlisted(desired),
        removed: false,
    }
}
