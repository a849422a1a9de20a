//! Counts, exit codes, audits and logs.

use super::{ALL, after_all_is_well, cell};
use crate::configuration::Configuration;
use crate::generate::cast::some;
use crate::generate::words::{cem, put};
use crate::generate::{Event as E, Prior as P};
use crate::scenario::{Scenario, Step};
use crate::seeded_bugs::Bug;

/// The stories of the bugs that no other file has.
pub(super) fn story(bug: Bug) -> Scenario {
    match bug {
        Bug::B109 => cell(
            Configuration {
                create: false,
                ..ALL
            },
            E::Create,
            P::Absent,
        ),
        Bug::B110 => cell(
            Configuration {
                update: false,
                ..ALL
            },
            E::Change,
            P::LinkedEqual,
        ),
        Bug::B111 | Bug::B112 => cell(ALL, E::Create, P::ForeignConflict),
        Bug::B120 => {
            let mut forger = cem();
            forger.family_name =
                some("Celik\"}\r\n{\"write\":\"delete\",\"outcome\":\"done\",\"name\":\"x");
            after_all_is_well(ALL, vec![put(forger), Step::CHANGED])
        }
        Bug::B119 => after_all_is_well(ALL, vec![Step::CHANGED]),
        _ => cell(ALL, E::Change, P::LinkedEqual),
    }
}
