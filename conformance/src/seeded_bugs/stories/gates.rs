//! Flags, events and priors: most of these are cells of the matrix.

use super::{ALL, after_all_is_well, cell};
use crate::configuration::Configuration;
use crate::generate::cast::{ann, ann_changed, bob};
use crate::generate::words::put;
use crate::generate::{Event as E, Prior as P, Story};
use crate::scenario::{DisabledAtCreation, Policies, Scenario, Step};
use crate::seeded_bugs::Bug;

const ON: Configuration = Configuration::PERMISSIVE;

pub(super) fn story(bug: Bug) -> Option<Scenario> {
    let off = |flag: fn(&mut Configuration)| {
        let mut configuration = ALL;
        flag(&mut configuration);
        configuration
    };
    let no_create = off(|c| c.create = false);
    let no_update = off(|c| c.update = false);
    let no_disable = off(|c| c.disable = false);
    let no_deprovision = off(|c| c.deprovision = false);
    let not_on_rule_deletion = off(|c| c.deprovision_on_rule_deletion = false);
    Some(match bug {
        Bug::B01 => cell(no_create, E::Create, P::Absent),
        Bug::B02 => cell(no_create, E::Change, P::UnlinkedMatch),
        Bug::B03 | Bug::B23 => cell(no_update, E::Change, P::LinkedEqual),
        Bug::B04 => cell(no_update, E::Disable, P::LinkedEqual),
        Bug::B05 => cell(no_update, E::Resync, P::LinkedInactive),
        Bug::B06 => cell(no_disable, E::Disable, P::LinkedEqual),
        Bug::B08 => cell(no_update, E::Disable, P::LinkedDrifted),
        Bug::B09 | Bug::B18 => cell(no_deprovision, E::Leave, P::LinkedEqual),
        Bug::B10 => cell(no_disable, E::Delete, P::LinkedEqual),
        Bug::B11 => cell(ALL, E::Leave, P::LinkedEqual),
        Bug::B13 => cell(ON, E::Leave, P::LinkedEqual),
        Bug::B14 => cell(not_on_rule_deletion, E::DeleteRule, P::LinkedEqual),
        Bug::B15 | Bug::B16 => cell(ALL, E::DeleteRule, P::LinkedEqual),
        Bug::B17 => cell(no_deprovision, E::DeleteRule, P::LinkedEqual),
        Bug::B19 => cell(ALL, E::Delete, P::LinkedEqual),
        Bug::B20 => Scenario {
            policies: Policies {
                disabled_at_creation: DisabledAtCreation::CreateInactive,
                ..Policies::default()
            },
            ..cell(ALL, E::CreateDisabled, P::Absent)
        },
        Bug::B21 => cell(ALL, E::CreateDisabled, P::Absent),
        Bug::B22 => Story::ConnectionOff.scenario(ALL),
        Bug::B26 => Story::FlagsFlipped.scenario(ALL),
        Bug::B27 => cell(ON, E::Reenter, P::LinkedEqual),
        Bug::B28 => cell(ALL, E::Resync, P::UnlinkedMatch),
        Bug::B35 => cell(ALL, E::Rename, P::LinkedEqual),
        Bug::B38 | Bug::B39 | Bug::B40 | Bug::B55 => cell(ALL, E::Create, P::ForeignConflict),
        Bug::B62 => cell(ON, E::Change, P::LinkedEqual),
        Bug::B74 => cell(ON, E::Resync, P::LinkedEqual),
        // Two change at once, of whom the second is lost.
        Bug::B90 => {
            let mut changed = bob();
            changed.department = ann_changed().department;
            after_all_is_well(
                ON,
                vec![
                    put(ann_changed()),
                    put(changed),
                    Step::CHANGED,
                    put(ann()),
                    Step::CHANGED,
                ],
            )
        }
        _ => return None,
    })
}
