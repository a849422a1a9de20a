//! Whom a run looks at: pure.

use std::collections::{BTreeMap, BTreeSet};

use super::SyncOptions;
use crate::connection::Connection;
use crate::digest;
use crate::directory::{Directory, DirectoryUser, Refused};
use crate::links::{Fact, Remembered};
use crate::plan::{Action, Desired, LinkChange, Removed, Row, Status};
use crate::rule::Rule;

/// Who is in scope, who is not any more, and who of them is evaluated.
#[derive(Debug, Default)]
pub(super) struct Evaluation {
    pub(super) desired: Vec<Desired>,
    pub(super) removed: Vec<Removed>,
    /// The failures of those whose records cannot be used.
    pub(super) refused: Vec<Action>,
    pub(super) evaluated: BTreeSet<String>,
    pub(super) full: bool,
    /// Of everybody in scope or linked: what their decision depends on, and the rules that match.
    pub(super) digests: BTreeMap<String, Digest>,
    /// Stands for the settings that, when they change, ask for a full evaluation.
    pub(super) settings: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) digest: String,
    pub(super) rules: Vec<String>,
}

pub(super) fn evaluate(
    connection: &Connection,
    rules: &[Rule],
    directory: &Directory,
    remembered: &Remembered,
    options: SyncOptions,
) -> Evaluation {
    let settings = settings(connection, rules);
    let full = options.full
        || options.deep
        || remembered.facts.contains_key(&Fact::WasOff)
        || remembered.facts.get(&Fact::Settings) != Some(&settings);
    let mut evaluation = Evaluation {
        full,
        settings,
        ..Evaluation::default()
    };
    let mut out_of_scope: BTreeMap<&str, &DirectoryUser> = BTreeMap::new();
    for user in &directory.users {
        let matching: Vec<&Rule> = rules
            .iter()
            .filter(|rule| rule.enabled && rule.matches(user))
            .collect();
        match matching.first() {
            Some(rule) => {
                let desired = desired(connection, rule, user);
                let rules = matching.iter().map(|rule| rule.id.clone()).collect();
                let digest = Digest {
                    digest: digest::of(&desired),
                    rules,
                };
                evaluation.digests.insert(user.id.clone(), digest);
                evaluation.desired.push(desired);
            }
            None => drop(out_of_scope.insert(&user.id, user)),
        }
    }
    for refused in &directory.refused {
        evaluation.refuse(refused, remembered);
    }
    evaluation
        .desired
        .sort_by(|one, other| one.user.cmp(&other.user));
    for id in remembered
        .links
        .keys()
        .filter(|id| !evaluation.digests.contains_key(*id))
        .cloned()
        .collect::<Vec<_>>()
    {
        let record = out_of_scope.get(id.as_str());
        let disabled = record.is_some_and(|user| !user.enabled);
        let digest = Digest {
            digest: digest::of(&("removed", disabled)),
            rules: Vec::new(),
        };
        evaluation.digests.insert(id.clone(), digest);
        // Who is missing from a read that did not come to its end may still be there.
        if record.is_some() || directory.complete {
            evaluation.removed.push(Removed { user: id, disabled });
        }
    }
    let everybody = evaluation.desired.iter().map(|desired| &desired.user);
    let everybody = everybody.chain(evaluation.removed.iter().map(|removed| &removed.user));
    let is_due = |id: &&String| {
        full || remembered.seen.get(*id).is_none_or(|seen| {
            let digest = evaluation.digests.get(*id).map(|digest| &digest.digest);
            seen.status == Status::Failed || Some(&seen.digest) != digest
        })
    };
    evaluation.evaluated = everybody.filter(is_due).cloned().collect();
    evaluation
}

impl Evaluation {
    /// F63: somebody who is there, but whose record cannot be used. They fail, and are not removed.
    fn refuse(&mut self, refused: &Refused, remembered: &Remembered) {
        let id = &refused.id;
        let seen = remembered.seen.get(id);
        let digest = Digest {
            digest: digest::of(&("refused", &refused.reason)),
            rules: seen.map_or_else(Vec::new, |seen| seen.rules.clone()),
        };
        self.digests.insert(id.clone(), digest);
        let username = refused.username.as_ref();
        let username = username.or(seen.map(|seen| &seen.username)).unwrap_or(id);
        self.refused.push(Action {
            user: id.clone(),
            username: username.clone(),
            row: match remembered.links.contains_key(id) {
                true => Row::O4,
                false => Row::O1,
            },
            via: None,
            write: None,
            link: LinkChange::Keep,
            status: Status::Failed,
            refused_by: None,
            note: Some(refused.reason.clone()),
        });
    }
}

fn desired(connection: &Connection, rule: &Rule, user: &DirectoryUser) -> Desired {
    Desired {
        user: user.id.clone(),
        address: rule.mapping.address(user),
        email: rule.mapping.email(user),
        enabled: user.enabled,
        attributes: rule
            .mapping
            .attributes(user, connection.policies.clear_attributes),
        rule: rule.id.clone(),
    }
}

/// Authentication, rules, mapping and filters; the action flags are not among them (O20).
fn settings(connection: &Connection, rules: &[Rule]) -> String {
    let rules = described(rules);
    digest::of(&(connection.authentication_fingerprint(), rules))
}

/// Stands for the rules, with their filters and mappings.
pub(super) fn rules_digest(rules: &[Rule]) -> String {
    digest::of(&described(rules))
}

fn described(rules: &[Rule]) -> Vec<impl serde::Serialize> {
    rules
        .iter()
        .map(|rule| {
            (
                &rule.id,
                rule.enabled,
                rule.filter.as_ref().map(ToString::to_string),
                &rule.mapping,
            )
        })
        .collect()
}
