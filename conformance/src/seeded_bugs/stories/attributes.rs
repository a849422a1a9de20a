//! Attributes: what is sent, what is left out.

use super::{ALL, after_all_is_well, cell};
use crate::configuration::Configuration;
use crate::generate::cast::{account, ann, ann_changed, some};
use crate::generate::words::{cem, put};
use crate::generate::{Event as E, Prior as P};
use crate::scenario::{DirectoryUser, Policies, Scenario, Step};
use crate::seeded_bugs::Bug;

const ON: Configuration = Configuration::PERMISSIVE;

pub(super) fn story(bug: Bug) -> Option<Scenario> {
    Some(match bug {
        Bug::B101 => cell(ON, E::Change, P::LinkedEqual),
        Bug::B102 => {
            let mut nowhere = ann();
            nowhere.department = None;
            after_all_is_well(ON, vec![put(nowhere), Step::CHANGED])
        }
        Bug::B122 => {
            let mut nowhere = ann();
            (nowhere.department, nowhere.title) = (None, None);
            Scenario {
                policies: Policies {
                    clear_attributes: true,
                    ..Policies::default()
                },
                ..after_all_is_well(ON, vec![put(nowhere), Step::CHANGED])
            }
        }
        Bug::B105 => cell(ALL, E::Create, P::Absent),
        Bug::B106 => after_all_is_well(ON, vec![put(cem()), Step::CHANGED]),
        Bug::B108 => {
            let taken = "taken@example.com";
            after_all_is_well(
                ON,
                vec![
                    Step::Zoom {
                        edit: account(taken, &[]),
                    },
                    put(DirectoryUser {
                        username: taken.to_owned(),
                        email: some(taken),
                        ..ann_changed()
                    }),
                    Step::CHANGED,
                ],
            )
        }
        _ => return None,
    })
}
