//! Dry runs, and a memory that is lost.

use super::{ALL, after_all_is_well, cell, disabled};
use crate::configuration::Configuration;
use crate::generate::cast::{ANN, ann};
use crate::generate::words::put;
use crate::generate::{Event as E, Prior as P};
use crate::scenario::{Change, Scenario, Step, ZoomEdit};
use crate::seeded_bugs::Bug;

const ON: Configuration = Configuration::PERMISSIVE;

pub(super) fn story(bug: Bug) -> Option<Scenario> {
    Some(match bug {
        Bug::B93 => {
            let inactive = Change {
                active: Some(false),
                ..Change::default()
            };
            let edit = ZoomEdit::Change {
                user_name: ANN.to_owned(),
                change: inactive,
            };
            after_all_is_well(ON, vec![Step::Zoom { edit }, Step::Plan { full: true }])
        }
        Bug::B94 => after_all_is_well(
            ON,
            vec![
                put(disabled(ann())),
                Step::Plan { full: false },
                Step::CHANGED,
            ],
        ),
        Bug::B99 => cell(ALL, E::Resync, P::LinkedEqual),
        _ => return None,
    })
}
