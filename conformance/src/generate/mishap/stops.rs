//! Kills and restarts, a directory whose read breaks off, and the test of the connection.

use super::{ALL, Mishap, ON, changed};
use crate::generate::cast::{RULE, ann, ann_changed, bob};
use crate::generate::words::{cem, moved, out, put, settled};
use crate::scenario::Step;

/// At which requests of a run the provisioner is killed: a token, the pages of a list and a look-up may come before
/// the write.
const KILLS: std::ops::RangeInclusive<u32> = 1..=6;

pub(super) fn mishaps() -> Vec<Mishap> {
    let unread = vec![bob().id];
    let mut cut_short = vec![put(ann_changed()), Step::CutShort { unread }, Step::FULL];
    cut_short.extend(settled());
    let mut all = vec![
        Mishap::new(
            "restarted",
            "the provisioner is started again between two runs",
            [
                changed([ann_changed()]),
                vec![Step::Restart],
                changed([out(ann_changed()), moved(bob())]),
                vec![Step::Restart],
            ]
            .concat(),
        ),
        Mishap::new(
            "read-breaks-off",
            "the read of the directory does not come to bob",
            cut_short,
        ),
        Mishap::new(
            "tested",
            "the connection is tested",
            vec![Step::TestConnection],
        )
        .only(&[ON]),
    ];
    all.extend(KILLS.map(killed_at_create));
    all.extend(KILLS.map(killed_at_removal));
    all
}

/// Cem's account is ours, whether that could be written down or not: when the rule is deleted it is removed.
fn killed_at_create(request: u32) -> Mishap {
    let mut steps = vec![put(cem()), kill(request), Step::CHANGED];
    steps.extend(settled());
    steps.push(Step::DeleteRule {
        rule: RULE.to_owned(),
    });
    Mishap::new(
        &format!("killed-at-create-{request}"),
        "killed at a request of the run that creates cem; later the rule is deleted",
        steps,
    )
    .only(&[ALL])
}

fn killed_at_removal(request: u32) -> Mishap {
    let mut steps = vec![put(out(ann())), kill(request), Step::CHANGED];
    steps.extend(settled());
    Mishap::new(
        &format!("killed-at-removal-{request}"),
        "killed at a request of the run that removes ann",
        steps,
    )
    .only(&[ON])
}

fn kill(request: u32) -> Step {
    Step::Kill {
        request,
        applied: true,
    }
}
