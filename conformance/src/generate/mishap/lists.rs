//! Lists of several pages, and lists that are not as they should be.

use serde_json::{Value, json};

use super::{ALL, Mishap, ON, changed, under};
use crate::configuration::Configuration;
use crate::generate::cast::{OTHER_RULE, RULE, ann, ann_changed, bob};
use crate::generate::words::{fault, moved, out, status, times};
use crate::scenario::{DirectoryUser, Fault, FaultPhase, Step};

/// A rule's deletion deactivates.
const DISABLES: Configuration = Configuration {
    deprovision_on_rule_deletion: true,
    ..ON
};

/// Ann and Bob are on the second page of two. Whoever is not seen must not be taken for gone.
pub(super) fn mishaps() -> Vec<Mishap> {
    let list = |then: Value| fault("users.list", then, FaultPhase::Before);
    let leave = || changed([out(ann()), out(bob())]);
    let delete_rule = Step::DeleteRule {
        rule: RULE.to_owned(),
    };
    // Bob is the last of all, and the only one in its care.
    let elsewhere = DirectoryUser {
        in_scope_of: vec![OTHER_RULE.to_owned()],
        ..ann()
    };
    let mut deleted = changed([elsewhere]);
    deleted.push(Step::FULL);
    deleted.extend(under(list(json!("duplicate_in_list")), vec![delete_rule]));
    let mut later = changed([ann_changed(), out(bob())]);
    later.extend(changed([moved(ann())]));
    vec![
        Mishap::new(
            "small-pages",
            "Zoom gives two users a page, whatever is asked for",
            later,
        )
        .on_small_pages(),
        Mishap::new(
            "pages-move-on",
            "somebody is deleted between two pages, while ann and bob leave",
            under(list(json!({ "page_drift": { "by": 1 } })), leave()),
        )
        .on_small_pages(),
        Mishap::new(
            "pages-move-back",
            "somebody is added between two pages, while ann and bob leave",
            under(list(json!({ "page_drift": { "by": -1 } })), leave()),
        )
        .on_small_pages(),
        Mishap::new(
            "second-page-fails",
            "the second page is answered with 503, while ann and bob leave",
            under(
                Fault {
                    skip: 1,
                    ..list(status(503))
                },
                leave(),
            ),
        )
        .on_small_pages(),
        Mishap::new(
            "second-page-refused",
            "the second page is refused, once, while ann and bob leave",
            under(
                Fault {
                    skip: 1,
                    ..times(1, list(status(400)))
                },
                leave(),
            ),
        )
        .on_small_pages()
        .only(&[ON]),
        Mishap::new(
            "total-too-high",
            "lists say that there are more users than they show",
            under(
                list(json!({ "total_results_lies": { "total": 50 } })),
                leave(),
            ),
        ),
        Mishap::new(
            "listed-twice",
            "the last user of a list stands there twice when the rule is deleted",
            deleted,
        )
        .only(&[DISABLES, ALL]),
    ]
}
