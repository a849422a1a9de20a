//! More leave at once than may be removed.

use super::{Mishap, changed};
use crate::generate::cast::{ann, bob, dan};
use crate::generate::words::{cem, out, put};
use crate::scenario::{DirectoryUser, Step};

pub(super) fn mishaps() -> Vec<Mishap> {
    let mut three = vec![put(cem()), Step::FULL];
    three.extend(changed([ann(), bob(), cem()].map(out)));
    three.push(Step::FULL);
    let gone = [ann(), bob(), dan()].map(|user| Step::Delete { user: user.id });
    let mut nobody = gone.to_vec();
    nobody.extend([Step::CHANGED, Step::FULL]);
    vec![
        Mishap::new(
            "more-leave-than-may",
            "three leave at once, and two may be removed",
            three,
        )
        .with_removals(2),
        Mishap::new(
            "empty-directory",
            "the directory is empty, and one may be removed",
            nobody,
        )
        .with_removals(1),
        Mishap::new(
            "allowed-once",
            "two removals are allowed in one run, and not in a later one",
            allowed_once(),
        )
        .with_removals(1),
    ]
}

/// Ann and Bob leave, are let go, come back, and leave once more.
fn allowed_once() -> Vec<Step> {
    let both = |now: fn(DirectoryUser) -> DirectoryUser| [ann(), bob()].map(now).map(put);
    let mut steps: Vec<Step> = both(out).into();
    steps.extend([
        Step::AllowRemovals { removals: 2 },
        Step::CHANGED,
        Step::FULL,
    ]);
    steps.extend(both(|user| user));
    steps.extend([Step::CHANGED, Step::FULL]);
    steps.extend(both(out));
    steps.push(Step::CHANGED);
    steps
}
