//! What happens in the directory: people come, change, are renamed and leave.

use super::chance::Chance;
use super::state::{RULES, State};
use crate::scenario::{Attribute, DirectoryUser, Step, ZoomEdit, ZoomUser};

/// How many people there are at once at the most.
const MAX_PEOPLE: usize = 8;

/// Addresses that are one address to some and two to others: by case, by `+`, by how an accent is written; and some
/// that have to be written with care.
const LOCAL_PARTS: [&str; 7] = [
    "ann",
    "Ann",
    "ann+zoom",
    "zo\u{eb}",
    "zoe\u{308}",
    "o'neil",
    "a\"nn",
];
const DOMAINS: [&str; 3] = ["example.com", "example.org", "Partner.Example"];

/// Values, some of which a list of lines, a trim or a missing licence makes something else of.
const FAMILY_NAMES: [&str; 3] = ["Ames", "Archer", "Ames\"}\r\n{\"write\":\"x"];
const DEPARTMENTS: [&str; 3] = ["Sales", "Support", "Sales "];
const TITLES: [&str; 2] = ["Engineer", "Lead"];
const PHONES: [&str; 2] = ["+1 2015550123", "+1 2015550199"];
const USER_TYPES: [&str; 2] = ["Licensed", "Basic"];
const ORGANIZATIONS: [&str; 2] = ["Example Ltd", "Else Ltd"];
const LOCALES: [&str; 2] = ["San Jose", "Ulm"];
/// An attribute is emptied once in so many changes of it.
const EMPTIED: usize = 5;

/// Every address that there can be.
fn addresses() -> impl Iterator<Item = String> {
    DOMAINS.into_iter().flat_map(|domain| {
        LOCAL_PARTS
            .into_iter()
            .map(move |local| format!("{local}@{domain}"))
    })
}

/// An address that may come into use.
pub(super) fn free_address(state: &State, chance: &mut Chance) -> Option<String> {
    let tracked = &state.tracked;
    let is_free = |address: &String| tracked.may_touch(&[address]) && tracked.may_move(&[address]);
    let free: Vec<String> = addresses().filter(is_free).collect();
    chance.of(&free).cloned()
}

/// One that Zoom does not have yet.
pub(super) fn new_address(state: &State, chance: &mut Chance) -> Option<String> {
    let address = free_address(state, chance)?;
    let is_taken = state.tracked.walk.is_taken(&address);
    (!is_taken).then_some(address)
}

fn some(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn person(id: String, address: &str) -> DirectoryUser {
    DirectoryUser {
        id,
        username: address.to_owned(),
        email: some(address),
        given_name: some("Ann"),
        family_name: some("Ames"),
        enabled: true,
        in_scope_of: vec![RULES[0].to_owned()],
        ..DirectoryUser::default()
    }
}

fn put(user: DirectoryUser) -> Step {
    Step::Put { user }
}

/// Somebody new, under this address.
pub(super) fn newcomer(state: &State, address: &str, chance: &mut Chance) -> DirectoryUser {
    let mut user = person(state.next_id(), address);
    let is_limited = state.scenario.policies.removal_limit.is_some();
    match chance.below(8) {
        0 | 1 if !is_limited => user.enabled = false,
        2 => user.in_scope_of.clear(),
        3 => user.in_scope_of = vec![RULES[1].to_owned()],
        4 => user.department = some(DEPARTMENTS[0]),
        5 => user.user_type = some(USER_TYPES[0]),
        _ => {}
    }
    user
}

/// Somebody comes.
pub(super) fn creation(state: &mut State, chance: &mut Chance) -> bool {
    if state.tracked.directory.len() >= MAX_PEOPLE {
        return false;
    }
    let Some(address) = free_address(state, chance) else {
        return false;
    };
    let user = newcomer(state, &address, chance);
    state.takes(vec![put(user)])
}

/// An account that nobody knows of.
pub(super) fn stranger(state: &mut State, chance: &mut Chance) -> bool {
    let Some(address) = new_address(state, chance) else {
        return false;
    };
    let user = ZoomUser {
        user_name: address,
        active: true,
        attributes: [(Attribute::FamilyName, "Elsewhere".to_owned())].into(),
        cost_center: some("CC-1"),
    };
    let edit = ZoomEdit::Add { user };
    state.takes(vec![Step::Zoom { edit }])
}

/// Somebody comes whose address has an account, or belongs to an account elsewhere.
pub(super) fn meeting(state: &mut State, chance: &mut Chance) -> bool {
    let Some(address) = new_address(state, chance) else {
        return false;
    };
    let user = newcomer(state, &address, chance);
    let edit = match chance.once_in(2) {
        true => ZoomEdit::Foreign { user_name: address },
        false => ZoomEdit::Add {
            user: ZoomUser {
                user_name: address.to_ascii_uppercase(),
                active: !chance.once_in(4),
                attributes: [(Attribute::Department, "Before".to_owned())].into(),
                cost_center: None,
            },
        },
    };
    state.tracked.directory.len() < MAX_PEOPLE
        && state.takes(vec![Step::Zoom { edit }, put(user), Step::FULL])
}

/// One of those who may be touched.
fn somebody(state: &State, chance: &mut Chance) -> Option<DirectoryUser> {
    let may_be = |user: &&DirectoryUser| state.tracked.may_touch(&[&user.id, &user.username]);
    let people: Vec<&DirectoryUser> = state.tracked.directory.values().filter(may_be).collect();
    chance.of(&people).map(|user| (*user).clone())
}

/// One of these values, or none.
fn value(values: &[&str], chance: &mut Chance) -> Option<String> {
    if chance.once_in(EMPTIED) {
        return None;
    }
    chance.of(values).map(|value| (*value).to_owned())
}

/// Somebody's record changes.
pub(super) fn change(state: &mut State, chance: &mut Chance) -> bool {
    let Some(before) = somebody(state, chance) else {
        return false;
    };
    let mut user = before.clone();
    match chance.below(8) {
        0 | 1 => user.enabled = !user.enabled,
        2 => user.in_scope_of.clear(),
        3 => user.in_scope_of = vec![RULES[0].to_owned()],
        4 => user.in_scope_of = vec![RULES[1].to_owned()],
        _ => edit(&mut user, chance),
    }
    user != before && state.takes(vec![put(user)])
}

/// An attribute of somebody in scope changes.
pub(super) fn edited(state: &mut State, chance: &mut Chance) -> Option<DirectoryUser> {
    let before = somebody(state, chance)?;
    let mut user = before.clone();
    edit(&mut user, chance);
    (user != before && state.takes(vec![put(user.clone())])).then_some(user)
}

fn edit(user: &mut DirectoryUser, chance: &mut Chance) {
    match chance.below(6) {
        0 => user.family_name = chance.of(&FAMILY_NAMES).map(|name| (*name).to_owned()),
        1 => user.department = value(&DEPARTMENTS, chance),
        2 => user.title = value(&TITLES, chance),
        3 => user.phone = value(&PHONES, chance),
        4 => user.user_type = value(&USER_TYPES, chance),
        _ => {
            user.organization = value(&ORGANIZATIONS, chance);
            user.locale = value(&LOCALES, chance);
        }
    }
}

/// Somebody is disabled, or enabled again.
pub(super) fn flip(state: &mut State, chance: &mut Chance) -> Option<DirectoryUser> {
    let mut user = somebody(state, chance)?;
    user.enabled = !user.enabled;
    state.takes(vec![put(user.clone())]).then_some(user)
}

fn renamed(user: &DirectoryUser, address: &str) -> DirectoryUser {
    DirectoryUser {
        username: address.to_owned(),
        email: some(address),
        ..user.clone()
    }
}

/// Somebody gets another address; or two people swap theirs, if nothing is wrong: of a swap one half may be done.
pub(super) fn rename(state: &mut State, chance: &mut Chance) -> bool {
    let Some(user) = somebody(state, chance) else {
        return false;
    };
    if state.trouble.is_none()
        && chance.once_in(3)
        && let Some(partner) = somebody(state, chance)
    {
        let swapped = [
            put(renamed(&user, &partner.username)),
            put(renamed(&partner, &user.username)),
        ];
        return user.username != partner.username && state.takes(swapped.to_vec());
    }
    let Some(address) = free_address(state, chance) else {
        return false;
    };
    address != user.username && state.takes(vec![put(renamed(&user, &address))])
}

/// Somebody leaves the scope, or the directory; there some come back at once under another id.
pub(super) fn departure(state: &mut State, chance: &mut Chance) -> Option<DirectoryUser> {
    let user = somebody(state, chance)?;
    let delete = Step::Delete {
        user: user.id.clone(),
    };
    let steps = match chance.below(4) {
        0 if state.trouble.is_none() => {
            let again = DirectoryUser {
                id: state.next_id(),
                ..user.clone()
            };
            vec![delete, put(again)]
        }
        0 | 1 => vec![delete],
        _ => vec![put(out(&user))],
    };
    state.takes(steps).then_some(user)
}

fn out(user: &DirectoryUser) -> DirectoryUser {
    DirectoryUser {
        in_scope_of: Vec::new(),
        ..user.clone()
    }
}

/// Somebody leaves the scope and comes back, and each is seen.
pub(super) fn comes_back(state: &mut State, chance: &mut Chance) -> bool {
    let Some(user) = somebody(state, chance) else {
        return false;
    };
    let back = put(user.clone());
    !user.in_scope_of.is_empty()
        && state.trouble.is_none()
        && state.takes(vec![put(out(&user)), Step::FULL, back, Step::FULL])
}

/// Several people leave at once, or everybody, and it is seen.
pub(super) fn exodus(state: &mut State, chance: &mut Chance) -> bool {
    let all: Vec<DirectoryUser> = state.tracked.directory.values().cloned().collect();
    let many = match chance.below(3) {
        0 => all.len(),
        _ => 2 + chance.below(2),
    };
    let deletes = chance.once_in(2);
    let steps = all.iter().take(many).map(|user| match deletes {
        true => Step::Delete {
            user: user.id.clone(),
        },
        false => put(out(user)),
    });
    let run = if chance.once_in(2) {
        Step::FULL
    } else {
        Step::CHANGED
    };
    let mut steps: Vec<Step> = steps.collect();
    if chance.once_in(3) {
        let mut walk = state.tracked.walk.clone();
        let end = state.scenario.steps.len();
        let all = steps.iter().chain([&run]).enumerate();
        let expected = all.filter_map(|(index, step)| walk.step(end + index, step));
        let held = expected.last().map_or(0, |expected| expected.held.len());
        steps.extend((held > 0).then_some(Step::AllowRemovals { removals: held }));
    }
    steps.push(run);
    state.takes(steps)
}
