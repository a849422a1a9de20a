//! A plan in a file: to be looked at, and applied later as it is, or not at all.

mod file;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connection::Policies;
use crate::engine::SyncOptions;
use crate::plan::Plan;
use crate::safety::Safety;

/// A plan, and what it was made from. No secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// When it was made, by that machine's clock.
    pub made_at: Timestamp,
    /// Which connection it is for.
    pub connection: PlannedFor,
    /// Stands for the directory.
    pub source: String,
    /// The settings.
    pub configuration: Configuration,
    /// Stands for what was remembered.
    pub links: String,
    /// How it was evaluated, and what was allowed for this once.
    pub options: SyncOptions,
    /// What is to be done.
    pub plan: Plan,
}

/// Which connection a plan is for, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFor {
    /// The connection's name.
    pub name: String,
    /// The base of the SCIM operations.
    pub scim_url: String,
    /// Zoom's id of the account.
    pub account_id: String,
}

/// The settings that a plan depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Stands for the authentication settings.
    pub authentication: String,
    /// The flags and the remove action, such as `C1U0D1P1R1X0`.
    pub switches: String,
    /// How open questions are read.
    pub policies: Policies,
    /// What is not done without being asked twice.
    pub safety: Safety,
    /// Stands for the rules, with their filters and mappings.
    pub rules: String,
}

impl Configuration {
    /// What is not the same in another configuration, in words.
    pub(crate) fn differs(&self, now: &Self) -> Option<String> {
        let mut what = Vec::new();
        if self.authentication != now.authentication {
            what.push("other authentication settings".to_owned());
        }
        if self.switches != now.switches {
            what.push(format!(
                "the action flags were {} and are {}",
                self.switches, now.switches
            ));
        }
        if self.policies != now.policies {
            what.push("other policies".to_owned());
        }
        if self.safety != now.safety {
            what.push("other limits, or other protected users".to_owned());
        }
        if self.rules != now.rules {
            what.push("other rules, filters or mappings".to_owned());
        }
        (!what.is_empty()).then(|| what.join("; "))
    }
}

/// A file of a plan cannot be used. Nothing has been sent to Zoom when this is told.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum PlanFileError {
    #[error("{path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{path}: larger than {} bytes, which no plan is", file::MAX_PLAN_BYTES)]
    TooLarge { path: PathBuf },
    #[error("{path}: is no plan; `zoom-provisioner plan --out FILE` makes one")]
    Foreign { path: PathBuf },
    #[error(
        "{path}: there is another file of this name, which is no plan; it was left as it is. Name another file \
         with --out"
    )]
    Occupied { path: PathBuf },
    #[error("{path}: the plan is cut off: the file ends in the middle. Plan again")]
    Cut { path: PathBuf },
    #[error("{path}: the plan is damaged or was edited ({reason}). Plan again")]
    Damaged { path: PathBuf, reason: String },
    #[error(
        "{path}: was written by a newer version (plan format {found}); use that version, or plan again"
    )]
    Newer { path: PathBuf, found: u64 },
}

#[cfg(test)]
impl PlanFile {
    /// A plan made from nothing.
    pub(crate) fn for_tests(plan: Plan) -> Self {
        Self {
            made_at: Timestamp::UNIX_EPOCH,
            connection: PlannedFor {
                name: "Zoom".to_owned(),
                scim_url: "https://api.zoom.us/scim2".to_owned(),
                account_id: "acc".to_owned(),
            },
            source: "s".to_owned(),
            configuration: Configuration {
                authentication: "a".to_owned(),
                switches: "C1U1D1P1R0X0".to_owned(),
                policies: Policies::default(),
                safety: Safety::default(),
                rules: "r".to_owned(),
            },
            links: "l".to_owned(),
            options: SyncOptions::default(),
            plan,
        }
    }
}
