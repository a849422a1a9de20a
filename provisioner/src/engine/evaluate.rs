//! Whom a run looks at: pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use compact_str::CompactString;
use jiff::Timestamp;

use super::{SyncOptions, rule_deletion};
use crate::connection::Connection;
use crate::digest;
use crate::directory::{Directory, DirectoryUser, Refused};
use crate::links::{Fact, Remembered, Seen};
use crate::plan::{Action, Desired, LinkChange, Removed, Row, Status};
use crate::rule::Rule;

/// Who is in scope, who is not any more, and who of them is evaluated.
#[derive(Debug, Default)]
pub(super) struct Evaluation {
    pub(super) desired: Vec<Desired>,
    pub(super) removed: Vec<Removed>,
    /// The failures of those whose records cannot be used.
    pub(super) refused: Vec<Action>,
    pub(super) evaluated: BTreeSet<CompactString>,
    pub(super) full: bool,
    /// The directory was read completely.
    pub(super) complete: bool,
    /// Of those who failed, and whose records have not changed: whose next attempt is later.
    pub(super) resting: BTreeSet<CompactString>,
    /// Of everybody in scope or linked: what their decision depends on, and the rules that match.
    pub(super) digests: BTreeMap<CompactString, Digest>,
    /// Stands for the settings that, when they change, ask for a full evaluation.
    pub(super) settings: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) digest: CompactString,
    pub(super) rules: Vec<CompactString>,
}

/// Of a directory that is given away each user goes as soon as they have been looked at.
pub(super) fn evaluate(
    connection: &Connection,
    rules: &[Rule],
    directory: Cow<'_, Directory>,
    remembered: &Remembered,
    options: SyncOptions,
    now: Timestamp,
) -> Evaluation {
    let settings = settings(connection, rules);
    let full = options.full
        || options.deep
        || remembered.facts.contains_key(&Fact::WasOff)
        || remembered.facts.get(&Fact::Settings) != Some(&settings);
    let mut evaluation = Evaluation {
        full,
        complete: directory.complete,
        settings,
        ..Evaluation::default()
    };
    // A rule whose deletion has begun is none any more, and its users wait for the end of that.
    let deleted = rule_deletion::begun(remembered);
    let mut in_scope = Vec::new();
    // Of those who are linked and out of scope: whether they are disabled.
    let mut out_of_scope: HashMap<CompactString, bool> = HashMap::new();
    let mut look_at = |user: &DirectoryUser| {
        let matching = rules
            .iter()
            .filter(|rule| rule.enabled && !deleted.contains_key(&rule.id) && rule.matches(user));
        let matching: Vec<&Rule> = matching.collect();
        if let Some(rule) = matching.first() {
            let desired = desired(connection, rule, user);
            let rules = matching.iter().map(|rule| rule.id.as_str().into());
            let digest = Digest {
                digest: digest::short(&desired),
                rules: rules.collect(),
            };
            in_scope.push((user.id.clone(), digest));
            evaluation.desired.push(desired);
        } else if remembered.links.contains_key(&user.id) {
            out_of_scope.insert(user.id.clone(), !user.enabled);
        }
    };
    let refused = match directory {
        Cow::Borrowed(directory) => {
            directory.users.iter().for_each(look_at);
            Cow::Borrowed(&directory.refused)
        }
        Cow::Owned(directory) => {
            let users = directory.users.into_iter();
            users.for_each(|user| look_at(&user));
            Cow::Owned(directory.refused)
        }
    };
    evaluation.digests = in_scope.into_iter().collect();
    for refused in refused.iter() {
        evaluation.refuse(refused, remembered);
    }
    evaluation
        .desired
        .sort_unstable_by(|one, other| one.user.cmp(&other.user));
    evaluation.desired.shrink_to_fit();
    for (id, link) in &remembered.links {
        if evaluation.digests.contains_key(id) {
            continue;
        }
        let record = out_of_scope.get(id);
        let disabled = record.copied().unwrap_or_default();
        let digest = Digest {
            digest: digest::short(&("removed", disabled)),
            rules: Vec::new(),
        };
        evaluation.digests.insert(id.clone(), digest);
        let waits = deleted.contains_key(link.rule.as_str());
        // Who is missing from a read that did not come to its end may still be there.
        if !waits && (record.is_some() || evaluation.complete) {
            let user = id.clone();
            evaluation.removed.push(Removed { user, disabled });
        }
    }
    evaluation.choose(remembered, options, now);
    evaluation
}

impl Evaluation {
    /// Chooses whom the run looks at.
    fn choose(&mut self, remembered: &Remembered, options: SyncOptions, now: Timestamp) {
        let changed = |id: &CompactString| {
            let digest = self.digests.get(id).map(|digest| &digest.digest);
            let seen = remembered.seen.get(id);
            seen.is_none_or(|seen| Some(&seen.digest) != digest)
        };
        let failed = remembered
            .seen
            .iter()
            .filter(|(_, seen)| seen.status == Status::Failed);
        let rests = |seen: &Seen| seen.retry.is_some_and(|retry| !retry.is_due(now));
        let resting: BTreeSet<CompactString> = failed
            .filter(|(id, seen)| options.due_only && !self.full && rests(seen) && !changed(id))
            .map(|(id, _)| id.clone())
            .collect();
        let everybody = self.desired.iter().map(|desired| &desired.user);
        let everybody = everybody.chain(self.removed.iter().map(|removed| &removed.user));
        let failed = |id: &CompactString| {
            let seen = remembered.seen.get(id);
            seen.is_some_and(|seen| seen.status == Status::Failed)
        };
        let is_due = |id: &&CompactString| {
            self.full || changed(id) || (failed(id) && !resting.contains(*id))
        };
        self.evaluated = everybody.filter(is_due).cloned().collect();
        self.resting = resting;
    }

    /// F63: somebody who is there, but whose record cannot be used. They fail, and are not removed.
    fn refuse(&mut self, refused: &Refused, remembered: &Remembered) {
        let id = &refused.id;
        let seen = remembered.seen.get(id);
        let digest = Digest {
            digest: digest::short(&("refused", &refused.reason)),
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
            held: None,
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
        rule: rule.id.as_str().into(),
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
