//! Answers that are lost, late, or not what they seem; waits and tokens.

use serde_json::json;

use super::{ALL, Mishap, ON, changed, under};
use crate::configuration::Configuration;
use crate::generate::cast::{ann, ann_changed, bob, some};
use crate::generate::words::{
    cem, crowded, fault, moved, of_ann, out, put, settled, status, times,
};
use crate::scenario::FaultPhase::{After, Before, Body};
use crate::scenario::{DirectoryUser, Fault, Step};

/// Updates may go on where creates may not.
const NO_CREATE: Configuration = Configuration {
    create: false,
    ..ON
};
/// So many at once that some requests are under way side by side.
const CROWD: u32 = 8;
/// In how many runs Zoom confirms an update and does not do it.
const IN_VAIN: usize = 8;

pub(super) fn mishaps() -> Vec<Mishap> {
    let mut all = lost();
    all.extend(odd());
    all.extend(waits());
    all.extend(tokens());
    all
}

fn lost() -> Vec<Mishap> {
    let lost = |on| times(1, fault(on, json!("reset"), After));
    let update = |then| fault("users.update", then, Before);
    let first = DirectoryUser {
        department: some("Logistics"),
        ..ann()
    };
    let mut overtaken = vec![Step::Fault {
        fault: of_ann(update(status(503))),
    }];
    overtaken.extend(changed([first]));
    overtaken.push(Step::Heal);
    overtaken.extend(changed([moved(ann())]));
    overtaken.extend(settled());
    vec![
        Mishap::new(
            "lost-create",
            "cem's account is created, and the answer lost",
            under(lost("users.create"), changed([cem()])),
        ),
        Mishap::new(
            "lost-update",
            "ann's account is updated, and the answer lost",
            under(lost("users.update"), changed([ann_changed()])),
        ),
        Mishap::new(
            "lost-disable",
            "ann leaves and is deactivated, and the answer lost",
            under(lost("users.patch"), changed([out(ann())])),
        )
        .only(&[ON]),
        Mishap::new(
            "lost-delete",
            "ann leaves and is deleted, and the answer lost",
            under(lost("users.delete"), changed([out(ann())])),
        )
        .only(&[ALL]),
        Mishap::new(
            "unavailable-once",
            "ann's update is answered with 503, once",
            under(times(1, update(status(503))), changed([ann_changed()])),
        ),
        Mishap::new(
            "unavailable-for-a-while",
            "ann's updates are answered with 503, four times",
            under(
                of_ann(times(4, update(status(503)))),
                changed([ann_changed()]),
            ),
        ),
        Mishap::new(
            "unavailable-for-ann",
            "ann's updates are answered with 503, and bob's are not",
            under(
                of_ann(update(status(503))),
                changed([ann_changed(), moved(bob())]),
            ),
        )
        .only(&[ON]),
        Mishap::new(
            "failed-and-overtaken",
            "ann's update is answered with 503 until there is another one",
            overtaken,
        )
        .only(&[ON]),
        Mishap::new(
            "silence",
            "Zoom does not answer a list, once",
            under(
                times(1, fault("users.list", json!("never_answer"), Before)),
                changed([ann_changed()]),
            ),
        )
        .only(&[ON]),
    ]
}

/// What is said that is not so, or not in the usual way.
fn odd() -> Vec<Mishap> {
    let update = |then| fault("users.update", then, Before);
    let list = |then| fault("users.list", then, Before);
    let mut in_vain = vec![put(moved(ann()))];
    in_vain.extend((0..IN_VAIN).map(|_| Step::FULL));
    in_vain.extend([Step::Heal, put(ann())]);
    let mut titled = ann();
    titled.title = some("Lead Engineer");
    let mut with_odd_id = under(
        times(1, fault("users.create", json!("id_needs_encoding"), Before)),
        changed([cem()]),
    );
    with_odd_id.extend(changed([moved(cem())]));
    let without_id = || {
        let no_id = json!({ "missing_field": { "name": "id" } });
        times(1, fault("users.create", no_id, Body))
    };
    // Whoever does not believe the lists reads accounts singly, and cem's by an id.
    let doubted = Fault {
        id: "f2".to_owned(),
        ..list(json!({ "total_results_lies": { "total": 50 } }))
    };
    let mut without_id_or_list = vec![Step::Fault { fault: doubted }];
    without_id_or_list.extend(under(
        without_id(),
        [changed([cem()]), vec![Step::FULL]].concat(),
    ));
    vec![
        Mishap::new(
            "no-content",
            "ann's update is done, and answered with 204",
            under(
                times(1, fault("users.update", status(204), After)),
                changed([ann_changed()]),
            ),
        ),
        Mishap::new(
            "gone-for-a-moment",
            "ann's update is answered with 404, once, and nothing of her is in a list",
            under(times(1, update(status(404))), changed([titled])),
        )
        .only(&[ON, NO_CREATE]),
        Mishap::new(
            "redirect",
            "a list is answered with a redirect, once",
            under(
                times(
                    1,
                    list(json!({ "redirect": { "location": "/scim2/Users/elsewhere" } })),
                ),
                changed([ann_changed()]),
            ),
        )
        .only(&[ON]),
        Mishap::new(
            "html-with-200",
            "lists are answered with a page of HTML and 200 while ann leaves",
            under(
                list(json!({ "html_error_page": { "code": 200 } })),
                changed([out(ann())]),
            ),
        ),
        Mishap::new(
            "answer-without-an-id",
            "the answer to cem's create has no id",
            under(without_id(), changed([cem()])),
        ),
        Mishap::new(
            "answer-without-an-id-and-odd-lists",
            "the answer to cem's create has no id, and lists say that there are more users than they show",
            without_id_or_list,
        )
        .only(&[ON]),
        Mishap::new(
            "id-that-needs-encoding",
            "cem's id has characters that a path does not take as they are",
            with_odd_id,
        ),
        Mishap::new(
            "update-in-vain",
            "ann's update is confirmed again and again, and not done",
            under(update(json!("patch_accepted_not_applied")), in_vain),
        )
        .only(&[ON]),
    ]
}

fn waits() -> Vec<Mishap> {
    let told = |code: u16, value| {
        let told = json!({ "retry_after": { "code": code, "value": value } });
        fault("users.update", told, Before)
    };
    let wait =
        |id, says, told| Mishap::new(id, says, under(told, changed([ann_changed()]))).only(&[ON]);
    vec![
        wait(
            "wait-in-seconds",
            "ann's update is told to wait two seconds",
            times(1, told(429, json!({ "seconds": 2 }))),
        ),
        wait(
            "wait-until-a-date",
            "ann's update is told to wait until a date",
            times(1, told(429, json!({ "http_date_in_s": 2 }))),
        ),
        wait(
            "wait-twice",
            "ann's update is told to wait, and again",
            times(2, told(429, json!({ "seconds": 1 }))),
        ),
        wait(
            "wait-while-unavailable",
            "ann's update is answered with 503, which tells to wait",
            times(1, told(503, json!({ "seconds": 1 }))),
        ),
    ]
}

fn tokens() -> Vec<Mishap> {
    let refused = |on| fault(on, json!("token_revoked"), Before);
    let both = || changed([ann_changed(), moved(bob())]);
    let crowd = || (0..CROWD).map(crowded);
    let mut of_a_crowd: Vec<Step> = crowd().map(put).collect();
    of_a_crowd.push(Step::FULL);
    of_a_crowd.push(Step::Fault {
        fault: times(u64::from(CROWD), refused("users.update")),
    });
    of_a_crowd.extend(crowd().map(moved).map(put));
    of_a_crowd.extend([Step::CHANGED, Step::Heal]);
    of_a_crowd.extend(settled());
    vec![
        Mishap::new(
            "token-refused-once",
            "the token is refused in the middle of a run",
            under(times(1, refused("users.update")), both()),
        ),
        Mishap::new(
            "every-token-refused",
            "every token is refused in a run",
            under(refused("users.list"), both()),
        )
        .only(&[ON]),
        Mishap::new(
            "every-token-refused-for-ann",
            "every token is refused that comes with ann's update",
            under(of_ann(refused("users.update")), both()),
        )
        .only(&[ON]),
        Mishap::new(
            "token-refused-in-a-crowd",
            "tokens are refused while many are updated",
            of_a_crowd,
        )
        .only(&[ON]),
    ]
}
