//! Addresses, values and accounts that are not as in the book.

use serde_json::json;

use super::{Mishap, ON, changed, under};
use crate::configuration::Configuration;
use crate::generate::cast::{ANN, ANN_RENAMED, account, ann, ann_changed, some};
use crate::generate::words::{called, cem, fault, put, taken};
use crate::scenario::FaultPhase::Before;
use crate::scenario::{Attribute, DirectoryUser, Step, ZoomEdit};

/// An account keeps its address when its user is renamed.
const NO_UPDATE: Configuration = Configuration {
    update: false,
    ..ON
};

pub(super) fn mishaps() -> Vec<Mishap> {
    let is_taken = |address: &str| {
        let mut steps = vec![taken(address), Step::FULL];
        steps.extend(changed([called(cem(), address)]));
        steps
    };
    let mut bare = cem();
    bare.department = None;
    let mut emptied = ann();
    (emptied.department, emptied.title) = (None, None);
    let mut spaced = cem();
    spaced.department = some("Sales ");
    let mut ignored = vec![taken("cem@example.com"), Step::FULL];
    let filter = fault("users.list", json!("filter_ignored"), Before);
    ignored.extend(under(filter, changed([cem()])));
    let mut with_capitals = vec![Step::Zoom { edit: cems_own() }, Step::FULL];
    with_capitals.extend(changed([
        called(cem(), "Cem@Example.com"),
        DirectoryUser {
            id: "u-eda".to_owned(),
            ..called(cem(), "Eda@Example.com")
        },
    ]));
    let mut renamed = changed([called(ann(), ANN_RENAMED)]);
    renamed.push(Step::FULL);
    renamed.extend(changed([called(cem(), ANN)]));
    let other = "taken@example.com";
    let edit = account(other, &[]);
    let mut taken_and_changed = vec![Step::Zoom { edit }, Step::FULL];
    taken_and_changed.extend([put(called(ann_changed(), other)), Step::CHANGED]);
    vec![
        Mishap::new(
            "address-with-a-quote",
            "an address with a quotation mark is somebody else's",
            is_taken("ce\"m@example.com"),
        ),
        Mishap::new(
            "address-with-a-plus",
            "an address with a plus is somebody else's",
            is_taken("cem+1@example.com"),
        ),
        Mishap::new(
            "address-with-capitals",
            "addresses are written with capitals, and Zoom has one of them without",
            with_capitals,
        ),
        Mishap::new(
            "filter-ignored",
            "an address is somebody else's, and a look-up shows everybody",
            ignored,
        ),
        Mishap::new(
            "space-at-the-end",
            "a department ends with a space",
            changed([spaced]),
        ),
        Mishap::new(
            "nothing-to-say",
            "a new user has no department, no title and no user type",
            changed([bare]),
        ),
        Mishap::new(
            "emptied",
            "ann has no department and no title any more",
            changed([emptied]),
        ),
        Mishap::new(
            "address-still-held",
            "ann is renamed, but not her account, and cem gets her old address",
            renamed,
        )
        .only(&[NO_UPDATE]),
        Mishap::new(
            "renamed-to-taken-and-changed",
            "ann's new address is somebody else's, and more of her changes",
            taken_and_changed,
        ),
    ]
}

fn cems_own() -> ZoomEdit {
    account(
        "cem@example.com",
        &[
            (Attribute::GivenName, "Cem"),
            (Attribute::FamilyName, "Celik"),
            (Attribute::Department, "Sales"),
        ],
    )
}
