//! The removal limit, dry runs, kills, and a memory that is lost.

use super::{ALL, after_all_is_well, cell, disabled};
use crate::configuration::Configuration;
use crate::generate::cast::{ANN, RULE, ann, bob, dan};
use crate::generate::words::{cem, out, put, settled};
use crate::generate::{Event as E, Prior as P};
use crate::scenario::{Change, DirectoryUser, Policies, Scenario, Step, ZoomEdit};
use crate::seeded_bugs::Bug;

const ON: Configuration = Configuration::PERMISSIVE;

pub(super) fn story(bug: Bug) -> Option<Scenario> {
    Some(match bug {
        Bug::B82 => limited(
            1,
            vec![dan(), bob(), ann()]
                .into_iter()
                .map(|user| Step::Delete { user: user.id })
                .chain([Step::CHANGED])
                .collect(),
        ),
        Bug::B83 => {
            let cut_short = Step::CutShort {
                unread: vec![bob().id],
            };
            let mut steps = vec![cut_short, Step::FULL];
            steps.extend(settled());
            after_all_is_well(ON, steps)
        }
        Bug::B84 | Bug::B85 | Bug::B87 => {
            limited(1, vec![put(out(ann())), put(out(bob())), Step::CHANGED])
        }
        Bug::B86 => limited(
            2,
            vec![
                put(cem()),
                Step::CHANGED,
                put(out(ann())),
                put(out(bob())),
                put(out(cem())),
                Step::CHANGED,
            ],
        ),
        Bug::B88 => {
            let both = |change: fn(DirectoryUser) -> DirectoryUser| {
                [ann(), bob()].map(|user| put(change(user)))
            };
            let mut steps: Vec<Step> = both(out).into();
            steps.extend([Step::AllowRemovals { removals: 2 }, Step::CHANGED]);
            steps.extend(both(|user| user));
            steps.push(Step::CHANGED);
            steps.extend(both(out));
            steps.push(Step::CHANGED);
            limited(1, steps)
        }
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
        // The list takes two requests, the create is the third.
        Bug::B95 => {
            let kill = Step::Kill {
                request: 3,
                applied: true,
            };
            let mut steps = vec![put(cem()), kill, Step::CHANGED];
            steps.extend(settled());
            steps.push(Step::DeleteRule {
                rule: RULE.to_owned(),
            });
            after_all_is_well(ALL, steps)
        }
        Bug::B96 => {
            let kill = Step::Kill {
                request: 1,
                applied: true,
            };
            let mut steps = vec![put(out(ann())), kill, Step::CHANGED];
            steps.extend(settled());
            after_all_is_well(ON, steps)
        }
        Bug::B99 => cell(ALL, E::Resync, P::LinkedEqual),
        _ => return None,
    })
}

fn limited(limit: usize, history: Vec<Step>) -> Scenario {
    let mut scenario = after_all_is_well(ON, history);
    scenario.steps.push(Step::FULL);
    Scenario {
        policies: Policies {
            removal_limit: Some(limit),
            ..Policies::default()
        },
        ..scenario
    }
}
