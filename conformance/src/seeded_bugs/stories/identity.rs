//! Who is whom: addresses, ids, duplicates.

use serde_json::json;

use super::{ALL, after_all_is_well, cell, disabled, under};
use crate::configuration::Configuration;
use crate::generate::cast::{ANN_RENAMED, account, ann, some};
use crate::generate::words::{called, cem, fault, put, settled, taken, times};
use crate::generate::{Event as E, Prior as P};
use crate::scenario::{Attribute, DisabledAtCreation, FaultPhase, Policies, Scenario, Step};
use crate::seeded_bugs::Bug;

const ON: Configuration = Configuration::PERMISSIVE;

pub(super) fn story(bug: Bug) -> Option<Scenario> {
    odd_addresses(bug).or_else(|| accounts(bug))
}

fn odd_addresses(bug: Bug) -> Option<Scenario> {
    Some(match bug {
        Bug::B30 => after_all_is_well(
            ON,
            vec![
                taken("ce\"m@example.com"),
                put(called(cem(), "ce\"m@example.com")),
                Step::CHANGED,
            ],
        ),
        Bug::B31 => after_all_is_well(
            ON,
            vec![
                taken("cem+1@example.com"),
                put(called(cem(), "cem+1@example.com")),
                Step::CHANGED,
            ],
        ),
        Bug::B34 => after_all_is_well(
            ON,
            vec![
                put(called(cem(), "Cem@Example.com")),
                Step::CHANGED,
                Step::FULL,
            ],
        ),
        Bug::B104 => after_all_is_well(
            ON,
            vec![
                Step::Zoom {
                    edit: account(
                        "cem@example.com",
                        &[
                            (Attribute::GivenName, "Cem"),
                            (Attribute::FamilyName, "Celik"),
                            (Attribute::Department, "Sales"),
                        ],
                    ),
                },
                put(called(cem(), "Cem@Example.com")),
                Step::CHANGED,
            ],
        ),
        _ => return None,
    })
}

fn accounts(bug: Bug) -> Option<Scenario> {
    Some(match bug {
        Bug::B28 => cell(ALL, E::Resync, P::UnlinkedMatch),
        Bug::B38 | Bug::B39 | Bug::B40 | Bug::B55 => cell(ALL, E::Create, P::ForeignConflict),
        Bug::B29 => under(
            ON,
            fault("users.list", json!("filter_ignored"), FaultPhase::Before),
            vec![taken("cem@example.com"), put(cem()), Step::CHANGED],
        ),
        Bug::B32 => {
            let odd = fault(
                "users.create",
                json!("id_needs_encoding"),
                FaultPhase::Before,
            );
            let mut changed = cem();
            changed.department = some("Marketing");
            let mut steps = vec![
                Step::Fault {
                    fault: times(1, odd),
                },
                put(cem()),
                Step::CHANGED,
            ];
            steps.extend(settled());
            steps.extend([put(changed), Step::CHANGED]);
            after_all_is_well(ON, steps)
        }
        Bug::B35 => cell(ALL, E::Rename, P::LinkedEqual),
        Bug::B37 => after_all_is_well(
            Configuration {
                update: false,
                ..ON
            },
            vec![
                put(called(ann(), ANN_RENAMED)),
                Step::CHANGED,
                put(called(cem(), "ann@example.com")),
                Step::CHANGED,
            ],
        ),
        Bug::B42 => {
            let no_id = json!({ "missing_field": { "name": "id" } });
            let no_id = fault("users.create", no_id, FaultPhase::Body);
            Scenario {
                policies: Policies {
                    disabled_at_creation: DisabledAtCreation::CreateInactive,
                    ..Policies::default()
                },
                ..under(
                    ON,
                    times(1, no_id),
                    vec![put(disabled(cem())), Step::CHANGED],
                )
            }
        }
        Bug::B43 => {
            let mut spaced = cem();
            spaced.department = some("Sales ");
            after_all_is_well(ON, vec![put(spaced), Step::CHANGED])
        }
        _ => return None,
    })
}
