//! Stories: histories that one user and one event do not make, each under all 64 configurations.

use super::cast::{
    ANN, OTHER_RULE, RULE, account, ann, ann_changed, bob, bystanders, dan, person, some,
};
use crate::configuration::Configuration;
use crate::generate::words::put;
use crate::scenario::{
    Attribute, Change, DirectoryUser, Limits, Policies, Rule, Scenario, Step, ZoomEdit,
};

/// How many stories there are.
pub const STORIES: usize = Story::ALL.len();

/// A history that needs several users, several rules, or the connection's own switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Story {
    /// The connection is off while everything happens, and comes on again (O19).
    ConnectionOff,
    /// All flags are flipped, and nobody changes (O20).
    FlagsFlipped,
    /// A user is disabled and leaves the scope at once (O21).
    DisabledAndOut,
    /// A user leaves, and comes back after a run (O22).
    LeaveAndReturn,
    /// Two directory users have one username (O23).
    OneUsernameTwice,
    /// A user moves from one rule to another, then the first rule is deleted (O14).
    BetweenRules,
    /// Accounts are deleted by hand: of a user in scope, and of one who leaves (O11, O15).
    DeletedByHand,
    /// A new username belongs to somebody else's account (O16).
    RenamedToTaken,
    /// An attribute that no list shows is edited by hand; a deep run repairs it.
    DeepDrift,
    /// A user is deleted; weeks later somebody with the same username is hired (O17).
    Rehired,
    /// People come, change, are disabled, come back and leave, and in the end the rule is deleted.
    WholeLife,
}

impl Story {
    /// All stories.
    pub const ALL: [Self; 11] = [
        Self::ConnectionOff,
        Self::FlagsFlipped,
        Self::DisabledAndOut,
        Self::LeaveAndReturn,
        Self::OneUsernameTwice,
        Self::BetweenRules,
        Self::DeletedByHand,
        Self::RenamedToTaken,
        Self::DeepDrift,
        Self::Rehired,
        Self::WholeLife,
    ];

    /// The last part of the scenario's id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::ConnectionOff => "connection-off",
            Self::FlagsFlipped => "flags-flipped",
            Self::DisabledAndOut => "disabled-and-out",
            Self::LeaveAndReturn => "leave-and-return",
            Self::OneUsernameTwice => "one-username-twice",
            Self::BetweenRules => "between-rules",
            Self::DeletedByHand => "deleted-by-hand",
            Self::RenamedToTaken => "renamed-to-taken",
            Self::DeepDrift => "deep-drift",
            Self::Rehired => "rehired",
            Self::WholeLife => "whole-life",
        }
    }

    /// The story in a few words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::ConnectionOff => "the connection is off while users change, then comes on",
            Self::FlagsFlipped => "flags are flipped while nobody changes",
            Self::DisabledAndOut => "ann is disabled and out of scope at once",
            Self::LeaveAndReturn => "ann leaves, a run passes, she returns",
            Self::OneUsernameTwice => "two directory users have one username",
            Self::BetweenRules => "ann moves to another rule, then the first is deleted",
            Self::DeletedByHand => "accounts are deleted by hand in Zoom",
            Self::RenamedToTaken => "ann's new username belongs to somebody else",
            Self::DeepDrift => "an attribute that no list shows is edited by hand",
            Self::Rehired => "ann is deleted, a run passes, she is hired again",
            Self::WholeLife => "people come, change, pause and leave; the rule is deleted",
        }
    }

    /// The story under a configuration.
    #[must_use]
    pub fn scenario(self, configuration: Configuration) -> Scenario {
        let mut steps: Vec<Step> = bystanders().map(|edit| Step::Zoom { edit }).into();
        steps.extend([dan(), bob(), ann()].map(put));
        steps.extend([configure(Configuration::PERMISSIVE), Step::FULL]);
        steps.extend(self.history(configuration));
        steps.push(Step::FULL);
        Scenario {
            version: Scenario::VERSION,
            id: format!("{configuration}/story/{}", self.id()),
            title: self.says().to_owned(),
            configuration,
            policies: Policies::default(),
            limits: Limits::default(),
            rules: [RULE, OTHER_RULE].map(Rule::with_default_mapping).to_vec(),
            steps,
        }
    }

    /// What happens after Ann and Bob were provisioned.
    #[expect(
        clippy::too_many_lines,
        reason = "a list of histories, one beside the other"
    )]
    fn history(self, configuration: Configuration) -> Vec<Step> {
        let begin = configure(configuration);
        match self {
            Self::ConnectionOff => vec![
                Step::Configure {
                    configuration,
                    enabled: false,
                },
                put(ann_changed()),
                put(DirectoryUser {
                    enabled: false,
                    ..bob()
                }),
                put(person("u-cem", "cem@example.com", "Cem", "Çelik")),
                Step::FULL,
                Step::CHANGED,
                begin,
                Step::CHANGED,
            ],
            Self::FlagsFlipped => vec![
                configure(Configuration {
                    update: false,
                    ..configuration
                }),
                put(ann_changed()),
                Step::CHANGED,
                configure(Configuration {
                    update: true,
                    ..configuration
                }),
                Step::CHANGED,
                begin,
            ],
            Self::DisabledAndOut => {
                vec![
                    begin,
                    put(out(DirectoryUser {
                        enabled: false,
                        ..ann()
                    })),
                    Step::CHANGED,
                ]
            }
            Self::LeaveAndReturn => vec![
                begin,
                put(out(ann())),
                Step::CHANGED,
                put(ann()),
                Step::CHANGED,
            ],
            Self::OneUsernameTwice => vec![
                begin,
                put(person("u-aaa", "ANN@example.com", "Annette", "Ames")),
                put(person("u-zoe", "zoe@example.com", "Zoe", "Zahn")),
                put(person("u-yan", "Zoe@Example.com", "Yan", "Zahn")),
                Step::CHANGED,
            ],
            Self::BetweenRules => vec![
                begin,
                put(DirectoryUser {
                    in_scope_of: vec![OTHER_RULE.to_owned()],
                    ..ann()
                }),
                Step::CHANGED,
                Step::DeleteRule {
                    rule: RULE.to_owned(),
                },
            ],
            Self::DeletedByHand => vec![
                begin,
                zoom(ZoomEdit::Remove {
                    user_name: ANN.to_owned(),
                }),
                zoom(ZoomEdit::Remove {
                    user_name: bob().username,
                }),
                put(out(bob())),
                Step::FULL,
            ],
            Self::RenamedToTaken => vec![
                begin,
                zoom(account(
                    "taken@example.com",
                    &[(Attribute::GivenName, "Tom")],
                )),
                put(DirectoryUser {
                    username: "taken@example.com".to_owned(),
                    email: some("taken@example.com"),
                    ..ann()
                }),
                Step::CHANGED,
            ],
            Self::DeepDrift => vec![
                begin,
                zoom(ZoomEdit::Change {
                    user_name: ANN.to_owned(),
                    change: Change {
                        attributes: [(Attribute::Organization, "Elsewhere Ltd".to_owned())].into(),
                        ..Change::default()
                    },
                }),
                Step::FULL,
                Step::DEEP,
            ],
            Self::Rehired => vec![
                begin,
                Step::Delete { user: ann().id },
                Step::CHANGED,
                put(DirectoryUser {
                    id: "u-ann-2".to_owned(),
                    ..ann()
                }),
                Step::CHANGED,
            ],
            Self::WholeLife => vec![
                begin,
                put(ann_changed()),
                put(DirectoryUser {
                    enabled: false,
                    ..bob()
                }),
                put(person("u-cem", "cem@example.com", "Cem", "Çelik")),
                Step::CHANGED,
                put(out(ann_changed())),
                put(bob()),
                Step::CHANGED,
                Step::DeleteRule {
                    rule: RULE.to_owned(),
                },
            ],
        }
    }
}

fn zoom(edit: ZoomEdit) -> Step {
    Step::Zoom { edit }
}

fn configure(configuration: Configuration) -> Step {
    Step::Configure {
        configuration,
        enabled: true,
    }
}

fn out(user: DirectoryUser) -> DirectoryUser {
    DirectoryUser {
        in_scope_of: Vec::new(),
        ..user
    }
}
