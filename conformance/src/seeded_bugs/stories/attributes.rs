//! Attributes: what is sent, what is left out.

use super::{ALL, cell, mishaps};
use crate::configuration::Configuration;
use crate::generate::{Event as E, Prior as P};
use crate::scenario::{Policies, Scenario};
use crate::seeded_bugs::Bug;

const ON: Configuration = Configuration::PERMISSIVE;

pub(super) fn story(bug: Bug) -> Option<Scenario> {
    Some(match bug {
        Bug::B101 => cell(ON, E::Change, P::LinkedEqual),
        Bug::B122 => Scenario {
            policies: Policies {
                clear_attributes: true,
                ..Policies::default()
            },
            ..mishaps::told(ON, "emptied")?
        },
        Bug::B105 => cell(ALL, E::Create, P::Absent),
        _ => return None,
    })
}
