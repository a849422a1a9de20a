//! Scale: thousands of users, and what is to cost no more for it.

use std::num::NonZeroUsize;

use super::cast::{RULE, bystanders, person, some};
use crate::configuration::{Configuration, RemoveAction};
use crate::generate::words::put;
use crate::scenario::{DirectoryUser, Limits, Rule, Scenario, Step};

/// How many users the layer has.
pub const USERS: usize = 2_000;
/// One of so many is changed.
const CHANGED_ONE_IN: usize = 20;
/// How many are deleted, fewer than a limit of removals holds back.
const DELETED: usize = 8;
/// A page that is shorter than what is asked for, and no part of how many there are.
const SHORT_PAGE: usize = 37;

/// So many users come; nothing happens; some are changed; a few are deleted: once with pages as Zoom has them, once
/// with shorter ones and one write at a time.
pub fn scale(users: usize) -> impl Iterator<Item = Scenario> {
    let short = Limits {
        page_cap: NonZeroUsize::new(SHORT_PAGE),
        workers: NonZeroUsize::new(1),
    };
    [("long-pages", Limits::default()), ("short-pages", short)]
        .into_iter()
        .map(move |(id, limits)| scenario(id, limits, users))
}

fn scenario(id: &str, limits: Limits, users: usize) -> Scenario {
    let configuration = Configuration {
        remove_action: RemoveAction::Delete,
        ..Configuration::PERMISSIVE
    };
    let mut steps: Vec<Step> = bystanders().map(|edit| Step::Zoom { edit }).into();
    steps.extend((0..users).map(|nth| put(user(nth))));
    steps.push(Step::Configure {
        configuration,
        enabled: true,
    });
    steps.extend([Step::FULL, Step::FULL]);
    steps.extend((0..users).step_by(CHANGED_ONE_IN).map(|nth| {
        put(DirectoryUser {
            department: some("Support"),
            ..user(nth)
        })
    }));
    steps.push(Step::CHANGED);
    steps.extend((1..=DELETED).map(|nth| Step::Delete { user: user(nth).id }));
    steps.extend([Step::CHANGED, Step::FULL]);
    Scenario {
        id: format!("{configuration}/scale/{id}"),
        title: format!("{users} users come, some change, a few leave"),
        configuration,
        limits,
        rules: vec![Rule::with_default_mapping(RULE)],
        steps,
        ..Scenario::empty()
    }
}

fn user(nth: usize) -> DirectoryUser {
    person(
        &format!("u-{nth:05}"),
        &format!("user{nth}@example.com"),
        "Uma",
        &format!("Number {nth}"),
    )
}
