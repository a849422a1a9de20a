//! The exhaustive layer: every event under every configuration, from every prior state.

use std::fmt;

use super::cast::{
    ANN, ANN_RENAMED, RULE, ann, ann_changed, anns_own_account, bob, bystanders, dan,
};
use crate::configuration::{CONFIGURATIONS, Configuration};
use crate::generate::words::put;
use crate::scenario::{
    Attribute, Change, DirectoryUser, Limits, Policies, Rule, Scenario, Step, ZoomEdit,
};

/// How many events there are.
pub const EVENTS: usize = Event::ALL.len();
/// How many prior states there are.
pub const PRIORS: usize = Prior::ALL.len();
/// How many cells there are.
pub const CELLS: usize = CONFIGURATIONS * EVENTS * PRIORS;

/// What happens in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// An enabled user appears, in scope.
    Create,
    /// A disabled user appears, in scope.
    CreateDisabled,
    /// Attributes change.
    Change,
    /// The username changes.
    Rename,
    /// The user is disabled.
    Disable,
    /// The user is enabled.
    Enable,
    /// The user leaves the rule's scope.
    Leave,
    /// The user comes into the rule's scope, where they may have been before.
    Reenter,
    /// The user is deleted.
    Delete,
    /// The user is deleted and created again with the same username, between two runs.
    Recreate,
    /// The rule is deleted.
    DeleteRule,
    /// Nothing happens.
    Resync,
}

impl Event {
    /// All events, in the order of the matrix.
    pub const ALL: [Self; 12] = [
        Self::Create,
        Self::CreateDisabled,
        Self::Change,
        Self::Rename,
        Self::Disable,
        Self::Enable,
        Self::Leave,
        Self::Reenter,
        Self::Delete,
        Self::Recreate,
        Self::DeleteRule,
        Self::Resync,
    ];

    /// The event's part of a cell's id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::CreateDisabled => "create-disabled",
            Self::Change => "change",
            Self::Rename => "rename",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Leave => "leave",
            Self::Reenter => "re-enter",
            Self::Delete => "delete",
            Self::Recreate => "recreate",
            Self::DeleteRule => "delete-rule",
            Self::Resync => "resync",
        }
    }

    /// The event in a few words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Create => "ann appears in scope",
            Self::CreateDisabled => "ann appears in scope, disabled",
            Self::Change => "ann's name, department, phone and title change",
            Self::Rename => "ann's username changes",
            Self::Disable => "ann is disabled",
            Self::Enable => "ann is enabled",
            Self::Leave => "ann leaves the rule's scope",
            Self::Reenter => "ann comes into the rule's scope",
            Self::Delete => "ann is deleted",
            Self::Recreate => "ann is deleted and created again under a new id",
            Self::DeleteRule => "the rule is deleted",
            Self::Resync => "nothing happens",
        }
    }

    /// Ann's record before the event, absent where she is not in the directory.
    pub(super) fn before(self) -> Option<DirectoryUser> {
        match self {
            Self::Create | Self::CreateDisabled => None,
            Self::Enable => Some(DirectoryUser {
                enabled: false,
                ..ann()
            }),
            Self::Reenter => Some(DirectoryUser {
                in_scope_of: Vec::new(),
                ..ann()
            }),
            Self::Change
            | Self::Rename
            | Self::Disable
            | Self::Leave
            | Self::Delete
            | Self::Recreate
            | Self::DeleteRule
            | Self::Resync => Some(ann()),
        }
    }

    /// The event itself, with the run that follows it.
    pub(super) fn steps(self) -> Vec<Step> {
        let sync = Step::CHANGED;
        let delete = Step::Delete { user: ann().id };
        match self {
            Self::Create | Self::Enable | Self::Reenter => vec![put(ann()), sync],
            Self::CreateDisabled | Self::Disable => {
                vec![
                    put(DirectoryUser {
                        enabled: false,
                        ..ann()
                    }),
                    sync,
                ]
            }
            Self::Change => vec![put(ann_changed()), sync],
            Self::Rename => vec![
                put(DirectoryUser {
                    username: ANN_RENAMED.to_owned(),
                    email: Some(ANN_RENAMED.to_owned()),
                    ..ann()
                }),
                sync,
            ],
            Self::Leave => vec![
                put(DirectoryUser {
                    in_scope_of: Vec::new(),
                    ..ann()
                }),
                sync,
            ],
            Self::Delete => vec![delete, sync],
            Self::Recreate => vec![
                delete,
                put(DirectoryUser {
                    id: "u-ann-2".to_owned(),
                    ..ann()
                }),
                sync,
            ],
            Self::DeleteRule => vec![Step::DeleteRule {
                rule: RULE.to_owned(),
            }],
            Self::Resync => vec![sync],
        }
    }
}

/// What Zoom and the provisioner's memory hold of Ann before the configuration takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Prior {
    /// Nothing.
    Absent,
    /// An account that the provisioner created, as it should be.
    LinkedEqual,
    /// The same, edited by hand in Zoom.
    LinkedDrifted,
    /// The same, deactivated by hand in Zoom.
    LinkedInactive,
    /// An account that the provisioner does not know, of the same userName and with an attribute off.
    UnlinkedMatch,
    /// Somebody else's Zoom account has the address: no lookup finds it, a create is refused.
    ForeignConflict,
}

impl Prior {
    /// All prior states.
    pub const ALL: [Self; 6] = [
        Self::Absent,
        Self::LinkedEqual,
        Self::LinkedDrifted,
        Self::LinkedInactive,
        Self::UnlinkedMatch,
        Self::ForeignConflict,
    ];

    /// The prior state's part of a cell's id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::LinkedEqual => "linked-equal",
            Self::LinkedDrifted => "linked-drifted",
            Self::LinkedInactive => "linked-inactive",
            Self::UnlinkedMatch => "unlinked-match",
            Self::ForeignConflict => "foreign-409",
        }
    }

    /// The prior state in a few words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Absent => "ann has no account",
            Self::LinkedEqual => "ann has a linked account",
            Self::LinkedDrifted => "ann's linked account was edited by hand",
            Self::LinkedInactive => "ann's linked account was deactivated by hand",
            Self::UnlinkedMatch => "ann has an account that nobody is linked to",
            Self::ForeignConflict => "ann's address belongs to somebody else's account",
        }
    }

    pub(super) fn is_linked(self) -> bool {
        matches!(
            self,
            Self::LinkedEqual | Self::LinkedDrifted | Self::LinkedInactive
        )
    }

    pub(super) fn edits(self) -> Vec<ZoomEdit> {
        let change = |change| ZoomEdit::Change {
            user_name: ANN.to_owned(),
            change,
        };
        // A value in an attribute that no rule maps must survive everything (I20).
        let unmapped = change(Change {
            cost_center: Some("CC-7".to_owned()),
            ..Change::default()
        });
        match self {
            Self::Absent => Vec::new(),
            Self::LinkedEqual => vec![unmapped],
            Self::LinkedDrifted => vec![
                unmapped,
                change(Change {
                    attributes: [
                        (Attribute::FamilyName, "Drifted".to_owned()),
                        (Attribute::Department, "Elsewhere".to_owned()),
                    ]
                    .into(),
                    ..Change::default()
                }),
            ],
            Self::LinkedInactive => {
                vec![
                    unmapped,
                    change(Change {
                        active: Some(false),
                        ..Change::default()
                    }),
                ]
            }
            Self::UnlinkedMatch => vec![anns_own_account()],
            Self::ForeignConflict => vec![ZoomEdit::Foreign {
                user_name: ANN.to_owned(),
            }],
        }
    }
}

/// One configuration, one event, one prior state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// The switches.
    pub configuration: Configuration,
    /// What happens.
    pub event: Event,
    /// What was there before.
    pub prior: Prior,
}

impl Cell {
    /// The cell's scenario.
    ///
    /// Under a connection that allows everything the accounts are set up; then the prior state is made
    /// by hand, the cell's configuration takes effect, and a full run brings the two together. The event
    /// happens, a run that looks only at what changed follows, and once more a full run, which must
    /// find nothing left to do.
    #[must_use]
    pub fn scenario(self) -> Scenario {
        let full = Step::FULL;
        let configure = |configuration| Step::Configure {
            configuration,
            enabled: true,
        };
        let mut steps: Vec<Step> = Vec::new();
        steps.extend(bystanders().map(|edit| Step::Zoom { edit }));
        steps.extend([dan(), bob()].map(|user| Step::Put { user }));
        if self.prior.is_linked() {
            steps.push(Step::Put { user: ann() });
        }
        steps.extend([configure(Configuration::PERMISSIVE), full.clone()]);
        steps.extend(
            self.prior
                .edits()
                .into_iter()
                .map(|edit| Step::Zoom { edit }),
        );
        steps.push(configure(self.configuration));
        match self.event.before() {
            Some(user) => steps.push(Step::Put { user }),
            None if self.prior.is_linked() => steps.push(Step::Delete { user: ann().id }),
            None => {}
        }
        steps.push(full.clone());
        steps.extend(self.event.steps());
        steps.push(full);
        Scenario {
            version: Scenario::VERSION,
            id: self.to_string(),
            title: format!("{}; then {}", self.prior.says(), self.event.says()),
            configuration: self.configuration,
            policies: Policies::default(),
            limits: Limits::default(),
            rules: vec![Rule::with_default_mapping(RULE)],
            steps,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}",
            self.configuration,
            self.event.id(),
            self.prior.id()
        )
    }
}
