//! Attributes: what is sent, what is left out.

use super::{ALL, after_all_is_well, cell};
use crate::configuration::Configuration;
use crate::generate::cast::ann;
use crate::generate::words::put;
use crate::generate::{Event as E, Prior as P};
use crate::scenario::{Policies, Scenario, Step};
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
        _ => return None,
    })
}
