//! A scenario: configuration and history as plain data.
//!
//! A scenario needs no generator: it is saved as JSON when it fails and replayed from there.

mod directory;
mod fault;
mod limits;
mod zoom;

use serde::{Deserialize, Serialize};

pub use directory::{Attribute, DirectoryUser, Listed, Mapped, Rule, Source, Target};
pub use fault::{Fault, FaultPhase};
pub use limits::Limits;
pub use zoom::{Change, ZoomEdit, ZoomUser};

use crate::configuration::Configuration;

/// Configuration, policies, rules and a history that ends in judged runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The format's version: one of [`Scenario::READ_VERSIONS`], others are refused.
    pub version: u32,
    /// `configuration/event/prior` for a cell, `configuration/story/name` for a story.
    pub id: String,
    /// What the scenario is about, in a few words.
    pub title: String,
    /// The configuration under test; the history says when it takes effect.
    pub configuration: Configuration,
    /// How the provisioner reads what the documents leave open.
    #[serde(default)]
    pub policies: Policies,
    /// How much there is of something at once, where that is other than usual.
    #[serde(default, skip_serializing_if = "Limits::are_usual")]
    pub limits: Limits,
    /// The rules that are alive at the start, in their order.
    pub rules: Vec<Rule>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// The version that this program writes.
    pub const VERSION: u32 = 2;
    /// The versions that it reads: the first knows neither faults nor tests of the connection.
    pub const READ_VERSIONS: [u32; 2] = [1, 2];

    /// One in which nothing happens.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            version: Self::VERSION,
            id: String::new(),
            title: String::new(),
            configuration: Configuration::PERMISSIVE,
            policies: Policies::default(),
            limits: Limits::default(),
            rules: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Whether something in it takes time, so that a provisioner in this process lives in a time of its own.
    #[must_use]
    pub fn takes_time(&self) -> bool {
        self.steps.iter().any(|step| match step {
            Step::Fault { .. } | Step::Advance { .. } | Step::Kill { .. } => true,
            Step::Put { .. }
            | Step::Delete { .. }
            | Step::Zoom { .. }
            | Step::Configure { .. }
            | Step::Sync { .. }
            | Step::DeleteRule { .. }
            | Step::Heal
            | Step::CutShort { .. }
            | Step::AllowRemovals { .. }
            | Step::Restart
            | Step::Plan { .. }
            | Step::TestConnection => false,
        })
    }
}

/// One thing that happens: at the directory, at Zoom, to the connection, or a run of the provisioner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// The directory's record of a user is created or replaced.
    Put {
        /// The whole record, after the change.
        user: DirectoryUser,
    },
    /// The directory's record of a user is deleted.
    Delete {
        /// The user's id in the directory.
        user: String,
    },
    /// An administrator works in Zoom's own pages.
    Zoom {
        /// What is done there.
        edit: ZoomEdit,
    },
    /// The connection's switches are set.
    Configure {
        /// The switches from now on.
        configuration: Configuration,
        /// Whether the connection is on.
        enabled: bool,
    },
    /// The provisioner runs.
    Sync {
        /// Everybody in scope or linked is evaluated, not only what changed.
        full: bool,
        /// Every linked account is read singly as well.
        #[serde(default)]
        deep: bool,
    },
    /// A rule is deleted, and the provisioner told so.
    DeleteRule {
        /// The rule's id.
        rule: String,
    },
    /// Something is wrong with Zoom, or with the way there, from now on.
    Fault {
        /// What is wrong.
        fault: Fault,
    },
    /// All faults end.
    Heal,
    /// Zoom's clock moves, and with it that of a provisioner in this process.
    Advance {
        /// By so many seconds.
        seconds: u64,
    },
    /// In the next judged step the provisioner is killed, and then started again with what it kept.
    Kill {
        /// At its how manieth request to Zoom in that step, from 1; those for tokens count.
        request: u32,
        /// Whether the request is applied before the provisioner dies; it never learns the answer.
        applied: bool,
    },
    /// In the next run the read of the directory breaks off, and the provisioner is told that it is not complete; a
    /// foreign one needs the capability `incomplete_directory`.
    CutShort {
        /// The ids of the users that the read does not come to.
        unread: Vec<String>,
    },
    /// Whoever runs the provisioner has seen how many users the next run would remove, and lets it remove so many,
    /// whatever the limit; a foreign provisioner needs the capability `removal_limit`.
    AllowRemovals {
        /// How many, no more and no fewer.
        removals: usize,
    },
    /// The provisioner is killed between two runs, and started again with what it kept.
    Restart,
    /// The connection is tested. Where nobody touches a socket, one that needs them for that is not asked.
    TestConnection,
    /// The provisioner says what the run that follows would write, and writes nothing. One that cannot is
    /// not asked.
    Plan {
        /// Everybody in scope or linked is evaluated, as that run does it.
        full: bool,
    },
}

impl Step {
    /// A full run.
    pub const FULL: Self = Self::Sync {
        full: true,
        deep: false,
    };
    /// A full run that reads every linked account singly as well.
    pub const DEEP: Self = Self::Sync {
        full: true,
        deep: true,
    };
    /// A run that looks at what changed.
    pub const CHANGED: Self = Self::Sync {
        full: false,
        deep: false,
    };

    /// Whether the provisioner acts in this step, so that its outcome is judged.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        matches!(
            self,
            Self::Sync { .. } | Self::DeleteRule { .. } | Self::TestConnection
        )
    }
}

/// How a provisioner reads what the documents leave open; the defaults are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policies {
    /// A user who is disabled when first seen: skipped, or created inactive.
    pub disabled_at_creation: DisabledAtCreation,
    /// An unlinked Zoom user of the same userName is linked.
    pub adopt_existing: bool,
    /// Deprovision on rule deletion acts only where deprovisioning is allowed.
    pub rule_deletion_needs_deprovision: bool,
    /// Whom a rule's deletion removes.
    pub rule_deletion_removes: RuleDeletionRemoves,
    /// Whether `active` travels as an ordinary attribute.
    pub active_gate: ActiveGate,
    /// An attribute emptied at the source is emptied at Zoom.
    pub clear_attributes: bool,
    /// A linked user who is gone from Zoom is created again.
    pub recreate_missing: bool,
    /// A run that would remove more users than this removes nobody; absent where nothing is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removal_limit: Option<usize>,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            disabled_at_creation: DisabledAtCreation::Skip,
            adopt_existing: true,
            rule_deletion_needs_deprovision: true,
            rule_deletion_removes: RuleDeletionRemoves::Created,
            active_gate: ActiveGate::Disable,
            clear_attributes: false,
            recreate_missing: true,
            removal_limit: None,
        }
    }
}

/// The policy for a user who is disabled when first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisabledAtCreation {
    /// Nothing is created until the user is enabled.
    Skip,
    /// An account is created and deactivated.
    CreateInactive,
}

/// The policy for whom a rule's deletion removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleDeletionRemoves {
    /// Accounts that the rule created.
    Created,
    /// Adopted accounts too.
    Linked,
}

/// The policy for how `active` travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActiveGate {
    /// Only as a disable, gated by the disable flag.
    Disable,
    /// As an ordinary attribute, gated by the update flag.
    Update,
}
