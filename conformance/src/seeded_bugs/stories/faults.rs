//! Lost answers, waits, tokens, lists that lie.

use serde_json::{Value, json};

use super::{ALL, under};
use crate::configuration::Configuration;
use crate::generate::cast::{ann, ann_changed, bob, some};
use crate::generate::words::{cem, crowded, fault, moved, of_ann, out, put, status, times};
use crate::generate::{Event as E, Prior as P};
use crate::scenario::{DirectoryUser, Fault, FaultPhase, Scenario, Step};
use crate::seeded_bugs::Bug;

const ON: Configuration = Configuration::PERMISSIVE;

pub(super) fn story(bug: Bug) -> Option<Scenario> {
    answers(bug)
        .or_else(|| waits(bug))
        .or_else(|| tokens(bug))
        .or_else(|| lists(bug))
}

/// What is lost, and what is said that is not so.
fn answers(bug: Bug) -> Option<Scenario> {
    let change = vec![put(ann_changed()), Step::CHANGED];
    let create = vec![put(cem()), Step::CHANGED];
    let update = |then, phase| fault("users.update", then, phase);
    Some(match bug {
        Bug::B46 | Bug::B48 => under(
            ON,
            times(1, fault("users.create", json!("reset"), FaultPhase::After)),
            create,
        ),
        Bug::B54 | Bug::B72 => under(ON, of_ann(update(status(503), FaultPhase::Before)), change),
        Bug::B56 => under(
            ON,
            times(1, update(status(503), FaultPhase::Before)),
            change,
        ),
        Bug::B73 => {
            let fault = times(4, update(status(503), FaultPhase::Before));
            under(ON, of_ann(fault), change)
        }
        Bug::B64 => {
            let elsewhere = json!({ "redirect": { "location": "/scim2/Users/elsewhere" } });
            let elsewhere = fault("users.list", elsewhere, FaultPhase::Before);
            under(ON, times(1, elsewhere), change)
        }
        Bug::B65 => {
            let page = json!({ "html_error_page": { "code": 200 } });
            let page = fault("users.list", page, FaultPhase::Before);
            under(ON, page, vec![put(out(ann())), Step::CHANGED])
        }
        Bug::B67 => under(ON, times(1, update(status(204), FaultPhase::After)), change),
        Bug::B68 => {
            let lost = fault("users.delete", json!("reset"), FaultPhase::After);
            under(ALL, times(1, lost), vec![put(out(ann())), Step::CHANGED])
        }
        Bug::B69 => {
            let mut changed = ann();
            changed.title = some("Lead Engineer");
            under(
                ON,
                times(1, update(status(404), FaultPhase::Before)),
                vec![put(changed), Step::CHANGED],
            )
        }
        Bug::B70 => under(
            Configuration {
                create: false,
                ..ON
            },
            times(1, update(status(404), FaultPhase::Before)),
            change,
        ),
        Bug::B71 => {
            let silent = fault("users.list", json!("never_answer"), FaultPhase::Before);
            under(ON, times(1, silent), change)
        }
        Bug::B91 => under(
            ON,
            of_ann(update(status(500), FaultPhase::Before)),
            vec![put(ann_changed()), put(moved(bob())), Step::CHANGED],
        ),
        Bug::B121 => {
            let first = DirectoryUser {
                department: some("Logistics"),
                ..ann()
            };
            let mut steps = vec![put(first), Step::CHANGED, Step::Heal];
            steps.extend([put(moved(ann())), Step::CHANGED]);
            under(ON, of_ann(update(status(503), FaultPhase::Before)), steps)
        }
        // Once it is sure to be in vain, an update waits until there is another.
        Bug::B107 => {
            let ignored = update(json!("patch_accepted_not_applied"), FaultPhase::Before);
            let mut changed = vec![put(ann_changed())];
            changed.extend((0..8).map(|_| Step::FULL));
            changed.extend([Step::Heal, put(moved(ann()))]);
            under(ON, ignored, changed)
        }
        _ => return None,
    })
}

fn waits(bug: Bug) -> Option<Scenario> {
    let told = |value: Value, often| {
        let told = json!({ "retry_after": { "code": 429, "value": value } });
        let told = fault("users.update", told, FaultPhase::Before);
        under(
            ON,
            times(often, told),
            vec![put(ann_changed()), Step::CHANGED],
        )
    };
    Some(match bug {
        Bug::B49 | Bug::B51 => told(json!({ "seconds": 7 }), 1),
        Bug::B50 => told(json!({ "http_date_in_s": 7 }), 1),
        Bug::B52 => told(json!("far_future"), 1),
        Bug::B57 => told(json!({ "seconds": 1 }), 2),
        _ => return None,
    })
}

fn tokens(bug: Bug) -> Option<Scenario> {
    let revoked = |on, times| Fault {
        times,
        ..fault(on, json!("token_revoked"), FaultPhase::Before)
    };
    let both = vec![put(ann_changed()), put(moved(bob())), Step::CHANGED];
    Some(match bug {
        Bug::B59 => under(ON, revoked("users.update", Some(1)), both),
        Bug::B60 => under(ON, revoked("users.list", None), both),
        // So many at once that some of them ask side by side.
        Bug::B61 => {
            let crowd = || (0..8).map(crowded);
            let mut steps: Vec<Step> = crowd().map(put).collect();
            steps.push(Step::FULL);
            steps.push(Step::Fault {
                fault: revoked("users.update", Some(8)),
            });
            steps.extend((0..8).map(|number| put(moved(crowded(number)))));
            steps.extend([Step::CHANGED, Step::Heal]);
            steps.extend(super::settled());
            super::after_all_is_well(ON, steps)
        }
        Bug::B62 => super::cell(ON, E::Change, P::LinkedEqual),
        _ => return None,
    })
}

/// Ann is on the first page of three, Bob on the second. The one that is not seen leaves.
fn lists(bug: Bug) -> Option<Scenario> {
    let list = |then, skip| Fault {
        skip,
        ..fault("users.list", then, FaultPhase::Before)
    };
    let leaves = vec![put(out(bob())), Step::CHANGED];
    Some(match bug {
        Bug::B74 => super::cell(ON, E::Resync, P::LinkedEqual),
        Bug::B75 => {
            let fault = list(json!({ "page_cap": { "count": 2 } }), 0);
            under(ON, fault, vec![put(out(ann())), Step::CHANGED])
        }
        Bug::B76 => under(ON, list(json!({ "page_cap": { "count": 2 } }), 0), leaves),
        Bug::B77 => under(
            ON,
            list(json!({ "total_results_lies": { "total": 50 } }), 0),
            leaves,
        ),
        Bug::B78 => under(ON, list(status(503), 1), leaves),
        Bug::B79 => under(ON, list(json!({ "page_drift": { "by": 1 } }), 0), leaves),
        Bug::B80 => {
            let delete_rule = Step::DeleteRule {
                rule: crate::generate::cast::RULE.to_owned(),
            };
            let twice = list(json!("duplicate_in_list"), 0);
            let by_disable = Configuration {
                deprovision_on_rule_deletion: true,
                ..ON
            };
            under(by_disable, twice, vec![delete_rule])
        }
        _ => return None,
    })
}
