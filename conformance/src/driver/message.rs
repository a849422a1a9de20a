//! What a driver is told and what it answers.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::VirtualTime;
use crate::configuration::Configuration;
use crate::scenario::{DirectoryUser, Limits, Policies, Rule};

/// The connection as the form of PingOne's console has it: five fields, six switches, on or off.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// The base of the SCIM operations.
    pub scim_url: String,
    /// Where tokens are issued.
    pub token_url: String,
    /// Zoom's account id.
    pub account_id: String,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: String,
    /// The certificates, in PEM, of the authority that is to be trusted beside the machine's own.
    pub ca_file: Option<PathBuf>,
    /// The switches.
    pub configuration: Configuration,
    /// Whether the connection is on, and has passed its test.
    pub enabled: bool,
}

impl fmt::Debug for ConnectionSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionSettings")
            .field("scim_url", &self.scim_url)
            .field("account_id", &self.account_id)
            .field("client_id", &self.client_id)
            .field("configuration", &self.configuration)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

/// A scenario begins.
#[derive(Debug, Clone)]
pub struct Start {
    /// The scenario's id, for the provisioner's own records.
    pub scenario: String,
    /// The connection.
    pub connection: ConnectionSettings,
    /// What the provisioner is held to where the documents leave a choice.
    pub policies: Policies,
    /// How much of something there is at once; one who cannot be told goes on as they like.
    pub limits: Limits,
    /// The rules, in their order.
    pub rules: Vec<Rule>,
    /// Only the test of the connection follows, and no run: nothing is to be tested before it is asked for.
    pub only_test: bool,
    /// It was killed, and goes on with what it kept.
    pub resume: bool,
    /// The time of the scenario, for a provisioner in this process; `None` where its time is the machine's.
    pub time: Option<Arc<VirtualTime>>,
}

/// A run is asked for.
#[derive(Debug, Clone)]
pub struct SyncRequest {
    /// Everybody in scope or linked is to be evaluated.
    pub full: bool,
    /// Every linked account is to be read singly.
    pub deep: bool,
    /// So many removals, no more and no fewer, pass in this run whatever the limit.
    pub removals_allowed: Option<usize>,
    /// Whether the directory was read to its end: who is not among `users` is gone then, and may be there where it
    /// was not.
    pub complete: bool,
    /// The directory, by id.
    pub users: Vec<DirectoryUser>,
    /// What happened since the last run.
    pub changes: Vec<DirectoryChange>,
}

/// One change of one user since the last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryChange {
    /// What kind of change.
    pub kind: ChangeKind,
    /// The user's id.
    pub user: String,
}

/// The kinds of change that the driver protocol names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The user is new.
    Created,
    /// An attribute changed.
    Changed,
    /// The username changed.
    Renamed,
    /// The user was disabled.
    Disabled,
    /// The user was enabled.
    Enabled,
    /// A rule no longer matches the user.
    LeftScope,
    /// A rule matches the user that did not before.
    EnteredScope,
    /// The user is gone.
    Deleted,
}

impl DirectoryChange {
    /// The changes that lead from one record of a user to the next; either may be absent.
    #[must_use]
    pub fn between(before: Option<&DirectoryUser>, after: Option<&DirectoryUser>) -> Vec<Self> {
        let change = |kind, user: &DirectoryUser| Self {
            kind,
            user: user.id.clone(),
        };
        let (before, after) = match (before, after) {
            (None, None) => return Vec::new(),
            (None, Some(after)) => return vec![change(ChangeKind::Created, after)],
            (Some(before), None) => return vec![change(ChangeKind::Deleted, before)],
            (Some(before), Some(after)) => (before, after),
        };
        let lost = before
            .in_scope_of
            .iter()
            .any(|rule| !after.in_scope_of.contains(rule));
        let gained = after
            .in_scope_of
            .iter()
            .any(|rule| !before.in_scope_of.contains(rule));
        let as_before = DirectoryUser {
            username: before.username.clone(),
            enabled: before.enabled,
            in_scope_of: before.in_scope_of.clone(),
            ..after.clone()
        };
        [
            (before.username != after.username, ChangeKind::Renamed),
            (as_before != *before, ChangeKind::Changed),
            (before.enabled && !after.enabled, ChangeKind::Disabled),
            (!before.enabled && after.enabled, ChangeKind::Enabled),
            (lost, ChangeKind::LeftScope),
            (gained, ChangeKind::EnteredScope),
        ]
        .into_iter()
        .filter(|(happened, _)| *happened)
        .map(|(_, kind)| change(kind, after))
        .collect()
    }
}

/// The answer to a run. What a provisioner does not have is absent, and then not judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synced {
    /// The counts, if the provisioner reports any.
    pub summary: Option<Summary>,
    /// The exit code, of what ends with one.
    pub exit_code: Option<i32>,
    /// The audit of the run: a line of JSON for each write, whose `outcome` is `done` where Zoom has done it.
    pub audit: Option<String>,
    /// All that was put out or logged, for the search for secrets.
    pub output: String,
}

/// What a provisioner says that a run would write; nothing is written meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Planned {
    /// Accounts that would be created.
    pub creates: usize,
    /// Updates, re-enables and deactivations.
    pub changes: usize,
    /// Accounts that would be deleted.
    pub deletes: usize,
}

/// The answer to a test of the connection.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tested {
    /// Whether the connection can be used.
    pub ok: bool,
    /// What is wrong with it, in the provisioner's own words.
    pub diagnosis: Option<String>,
    /// The whole finding in the form of `zoom-provisioner test-connection --json`, of whoever has that form.
    pub report: Option<Value>,
    /// The exit code, of what ends with one.
    pub exit_code: Option<i32>,
    /// All that was put out, for the search for secrets.
    pub output: String,
}

/// The counts of a run in PingOne's words, each user once over all living rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Users in scope.
    pub impacted: usize,
    /// Zoom matches the source.
    pub success: usize,
    /// No account at Zoom.
    pub unsynced: usize,
    /// An account that may be out of date because a flag kept it so.
    pub partial: usize,
    /// An error.
    pub failed: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann() -> DirectoryUser {
        DirectoryUser {
            id: "u1".to_owned(),
            username: "ann@example.com".to_owned(),
            enabled: true,
            in_scope_of: vec!["r1".to_owned()],
            ..DirectoryUser::default()
        }
    }

    fn kinds(before: Option<&DirectoryUser>, after: Option<&DirectoryUser>) -> Vec<ChangeKind> {
        DirectoryChange::between(before, after)
            .into_iter()
            .map(|change| change.kind)
            .collect()
    }

    #[test]
    fn names_every_change_between_two_records() {
        let after = DirectoryUser {
            username: "ann.archer@example.com".to_owned(),
            title: Some("Lead".to_owned()),
            enabled: false,
            in_scope_of: vec!["r2".to_owned()],
            ..ann()
        };
        assert_eq!(kinds(None, Some(&ann())), [ChangeKind::Created]);
        assert_eq!(kinds(Some(&ann()), None), [ChangeKind::Deleted]);
        assert_eq!(kinds(Some(&ann()), Some(&ann())), []);
        assert_eq!(
            kinds(Some(&ann()), Some(&after)),
            [
                ChangeKind::Renamed,
                ChangeKind::Changed,
                ChangeKind::Disabled,
                ChangeKind::LeftScope,
                ChangeKind::EnteredScope
            ]
        );
    }
}
