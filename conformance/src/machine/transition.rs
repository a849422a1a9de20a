//! What can happen in a state, and how often it is chosen. Nothing that cannot happen is ever made.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::Index;

use super::state::{FULL, RULES, State};
use crate::configuration::{Configuration, RemoveAction};
use crate::generate::fault_kinds;
use crate::scenario::{Attribute, Change, DirectoryUser, Step, ZoomEdit, ZoomUser};

/// How many people there are at once at the most.
const MAX_PEOPLE: usize = 8;
/// How many faults are set at once at the most.
const MAX_FAULTS: u32 = 2;
/// At which request the provisioner is killed at the latest.
const LAST_KILL: u32 = 8;

/// Addresses that are one address to some and two to others: by case, by `+`, by how an accent is written.
const LOCAL_PARTS: [&str; 6] = ["ann", "Ann", "ann+zoom", "zo\u{eb}", "zoe\u{308}", "o'neil"];
const DOMAINS: [&str; 3] = ["example.com", "example.org", "Partner.Example"];

/// One thing that happens, as the steps it comes to, and whether trouble begins or ends with it.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are a few dozen at a time, and most are of the other kind"
)]
pub(super) enum Transition {
    /// These steps.
    Steps(Vec<Step>),
    /// Something goes wrong from now on.
    GoesWrong(Step),
    /// It is put right.
    Heals,
}

impl Transition {
    pub(super) fn apply(&self, mut state: State) -> State {
        match self {
            Self::Steps(steps) => {
                for step in steps {
                    state.push(step.clone());
                }
            }
            Self::GoesWrong(step) => {
                state.begin_trouble();
                state.push(step.clone());
            }
            Self::Heals => state.end_trouble(),
        }
        state
    }
}

/// What is alike is chosen among together, so that many possibilities of one kind do not push out another.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Run,
    Creation,
    Change,
    Rename,
    Departure,
    ByHand,
    Switch,
    RuleDeletion,
    Fault,
    Trouble,
}

/// The kinds that there are in a state with how often they are chosen, the simple before the complex.
fn kinds(state: &State) -> Vec<(u32, Kind)> {
    let mut kinds = vec![
        (30, Kind::Run),
        (14, Kind::Creation),
        (22, Kind::Change),
        (8, Kind::Rename),
        (6, Kind::Departure),
        (8, Kind::ByHand),
    ];
    if state.trouble.is_none() {
        kinds.push((6, Kind::Switch));
    }
    if state.has_faults {
        kinds.extend([(10, Kind::Fault), (10, Kind::Trouble)]);
    } else {
        kinds.push((1, Kind::RuleDeletion));
    }
    kinds
}

/// What can happen in a state. Where nothing of the chosen kind can, the provisioner runs.
pub(super) fn possible(state: &State) -> BoxedStrategy<Transition> {
    let kinds = kinds(state);
    let total: u32 = kinds.iter().map(|(weight, _)| weight).sum();
    let state = state.clone();
    (0..total, any::<Index>())
        .prop_map(move |(at, index)| {
            let mut sum = 0;
            let chosen = kinds.iter().find(|(weight, _)| {
                sum += weight;
                at < sum
            });
            let chosen = chosen.map_or(Kind::Run, |(_, kind)| *kind);
            let transitions = transitions(&state, chosen);
            match transitions.is_empty() {
                true => index.get(&runs(&state)).clone(),
                false => index.get(&transitions).clone(),
            }
        })
        .boxed()
}

fn transitions(state: &State, kind: Kind) -> Cow<'static, [Transition]> {
    match kind {
        Kind::Run => runs(state).into(),
        Kind::Creation => creations(state).into(),
        Kind::Change => changes(state).into(),
        Kind::Rename => renames(state).into(),
        Kind::Departure => departures(state).into(),
        Kind::ByHand => by_hand(state).into(),
        Kind::Switch => switches(state).into(),
        Kind::RuleDeletion => deletions_of_rules(state).into(),
        Kind::Fault => faults(state).into(),
        Kind::Trouble => troubles(state).into(),
    }
}

fn one(step: Step) -> Transition {
    Transition::Steps(vec![step])
}

fn put(user: DirectoryUser) -> Transition {
    one(Step::Put { user })
}

fn runs(state: &State) -> Vec<Transition> {
    let mut possible = Vec::new();
    let sync = |full, deep| one(Step::Sync { full, deep });
    let is_bad = state
        .trouble
        .as_ref()
        .is_some_and(|trouble| trouble.faults > 0 || trouble.kill);
    if !is_bad || state.may_go_wrong() {
        if !state.was_by_hand {
            possible.extend(std::iter::repeat_n(sync(false, false), 6));
        }
        possible.extend(std::iter::repeat_n(sync(true, false), 4));
        possible.push(sync(true, true));
    } else {
        possible.push(Transition::Heals);
    }
    possible
}

/// Every address that there can be.
fn addresses() -> impl Iterator<Item = String> {
    DOMAINS.into_iter().flat_map(|domain| {
        LOCAL_PARTS
            .into_iter()
            .map(move |local| format!("{local}@{domain}"))
    })
}

fn creations(state: &State) -> Vec<Transition> {
    if state.directory.len() >= MAX_PEOPLE {
        return Vec::new();
    }
    let id = format!("u{}", state.ids + 1);
    let free = addresses().filter(|address| state.may_touch(&[address]));
    free.flat_map(|address| {
        let user = person(&id, &address);
        let disabled = DirectoryUser {
            enabled: false,
            ..user.clone()
        };
        let out = DirectoryUser {
            in_scope_of: Vec::new(),
            ..user.clone()
        };
        [user.clone(), user, disabled, out].map(put)
    })
    .collect()
}

fn person(id: &str, address: &str) -> DirectoryUser {
    let some = |value: &str| Some(value.to_owned());
    DirectoryUser {
        id: id.to_owned(),
        username: address.to_owned(),
        email: some(address),
        given_name: some("Ann"),
        family_name: some("Ames"),
        enabled: true,
        in_scope_of: vec![RULES[0].to_owned()],
        ..DirectoryUser::default()
    }
}

/// The people who may be touched.
fn people(state: &State) -> impl Iterator<Item = &DirectoryUser> {
    state
        .directory
        .values()
        .filter(|user| state.may_touch(&[&user.id, &user.username]))
}

fn changes(state: &State) -> Vec<Transition> {
    let mut possible = Vec::new();
    for user in people(state) {
        let mut with = |change: &dyn Fn(&mut DirectoryUser)| {
            let mut changed = user.clone();
            change(&mut changed);
            if changed != *user {
                possible.push(put(changed));
            }
        };
        with(&|user| user.enabled = !user.enabled);
        with(&|user| user.family_name = other(&user.family_name, ["Ames", "Archer"]));
        with(&|user| user.department = other(&user.department, ["Sales", "Support"]));
        with(&|user| user.title = other(&user.title, ["Engineer", "Lead"]));
        with(&|user| user.phone = other(&user.phone, ["+1 2015550123", "+1 2015550199"]));
        with(&|user| user.user_type = other(&user.user_type, ["Licensed", "Basic"]));
        with(&|user| {
            user.organization = other(&user.organization, ["Example Ltd", "Else Ltd"]);
            user.locale = other(&user.locale, ["San Jose", "Ulm"]);
        });
        with(&|user| user.in_scope_of.clear());
        with(&|user| user.in_scope_of = vec![RULES[0].to_owned()]);
        with(&|user| user.in_scope_of = vec![RULES[1].to_owned()]);
        with(&|user| user.in_scope_of = RULES.map(str::to_owned).to_vec());
    }
    possible
}

/// The other of two values.
fn other(value: &Option<String>, [one, two]: [&str; 2]) -> Option<String> {
    let next = if value.as_deref() == Some(one) {
        two
    } else {
        one
    };
    Some(next.to_owned())
}

fn renamed(user: &DirectoryUser, address: &str) -> DirectoryUser {
    DirectoryUser {
        username: address.to_owned(),
        email: Some(address.to_owned()),
        ..user.clone()
    }
}

fn renames(state: &State) -> Vec<Transition> {
    let mut possible: Vec<Transition> = people(state)
        .flat_map(|user| {
            let free = addresses().filter(|address| state.may_touch(&[address]));
            free.filter(|address| *address != user.username)
                .map(|address| put(renamed(user, &address)))
        })
        .collect();
    let all: Vec<&DirectoryUser> = people(state).collect();
    for (index, user) in all.iter().enumerate() {
        for partner in all.iter().skip(index + 1) {
            if user.username != partner.username {
                let swapped = [
                    renamed(user, &partner.username),
                    renamed(partner, &user.username),
                ];
                let steps = swapped.map(|user| Step::Put { user });
                possible.push(Transition::Steps(steps.to_vec()));
            }
        }
    }
    possible
}

fn departures(state: &State) -> Vec<Transition> {
    let id = format!("u{}", state.ids + 1);
    people(state)
        .flat_map(|user| {
            let delete = Step::Delete {
                user: user.id.clone(),
            };
            let again = DirectoryUser {
                id: id.clone(),
                ..user.clone()
            };
            [
                one(delete.clone()),
                Transition::Steps(vec![delete, Step::Put { user: again }]),
            ]
        })
        .collect()
}

fn by_hand(state: &State) -> Vec<Transition> {
    let zoom = |edit| one(Step::Zoom { edit });
    let mut possible = Vec::new();
    let known = state
        .walk
        .accounts()
        .filter(|account| state.may_touch(&[&account.user_name]));
    for account in known {
        let change = |change| {
            zoom(ZoomEdit::Change {
                user_name: account.user_name.clone(),
                change,
            })
        };
        let set = |attribute, value: &str| Change {
            attributes: BTreeMap::from([(attribute, value.to_owned())]),
            ..Change::default()
        };
        possible.push(change(Change {
            active: Some(!account.active),
            ..Change::default()
        }));
        possible.push(change(set(Attribute::Department, "By hand")));
        possible.push(change(set(Attribute::Title, "By hand")));
        possible.push(change(Change {
            cost_center: Some("CC-7".to_owned()),
            ..Change::default()
        }));
        possible.push(zoom(ZoomEdit::Remove {
            user_name: account.user_name.clone(),
        }));
    }
    let free = addresses().filter(|address| !state.walk.is_taken(address));
    for address in free.filter(|address| state.may_touch(&[address])) {
        possible.push(zoom(ZoomEdit::Add {
            user: ZoomUser {
                user_name: address.clone(),
                active: true,
                attributes: BTreeMap::from([(Attribute::FamilyName, "Elsewhere".to_owned())]),
                cost_center: Some("CC-1".to_owned()),
            },
        }));
        if possible.len() % 4 == 0 {
            possible.push(zoom(ZoomEdit::Foreign { user_name: address }));
        }
    }
    possible
}

fn switches(state: &State) -> Vec<Transition> {
    let configure = |configuration, enabled| {
        one(Step::Configure {
            configuration,
            enabled,
        })
    };
    let now = state.configuration;
    let flipped = [
        Configuration {
            create: !now.create,
            ..now
        },
        Configuration {
            update: !now.update,
            ..now
        },
        Configuration {
            disable: !now.disable,
            ..now
        },
        Configuration {
            deprovision: !now.deprovision,
            ..now
        },
        Configuration {
            remove_action: match now.remove_action {
                RemoveAction::Disable => RemoveAction::Delete,
                RemoveAction::Delete => RemoveAction::Disable,
            },
            ..now
        },
        Configuration {
            deprovision_on_rule_deletion: !now.deprovision_on_rule_deletion,
            ..now
        },
    ];
    let mut possible: Vec<Transition> = flipped
        .into_iter()
        .map(|configuration| configure(configuration, state.is_on))
        .collect();
    possible.extend(std::iter::repeat_n(
        configure(now, !state.is_on),
        if state.is_on { 1 } else { 6 },
    ));
    possible.extend([60, 3600, 24 * 3600].map(|seconds| one(Step::Advance { seconds })));
    possible.push(one(Step::Restart));
    possible
}

fn deletions_of_rules(state: &State) -> Vec<Transition> {
    let rules = state.rules.iter();
    rules
        .map(|rule| {
            let rule = rule.clone();
            // Who deletes a rule is not told what else happened, and may look at everybody afterwards.
            Transition::Steps(vec![FULL, Step::DeleteRule { rule }, FULL])
        })
        .collect()
}

/// Kills, and what may come before everything is put right again.
fn troubles(state: &State) -> Vec<Transition> {
    if !state.is_on {
        return Vec::new();
    }
    let mut possible = Vec::new();
    let kill = state.trouble.as_ref().is_some_and(|trouble| trouble.kill);
    if !kill && state.may_go_wrong() {
        for request in 1..=LAST_KILL {
            for applied in [true, false] {
                let step = Step::Kill { request, applied };
                possible.push(Transition::GoesWrong(step));
            }
        }
    }
    if let Some(trouble) = &state.trouble {
        let heals = if trouble.runs == 0 { 2 } else { 24 };
        possible.extend(std::iter::repeat_n(Transition::Heals, heals));
        possible.extend(std::iter::repeat_n(one(Step::Restart), 3));
        possible.extend(std::iter::repeat_n(one(Step::Advance { seconds: 3600 }), 3));
    }
    possible
}

/// Every legal fault, once, twice, from the second request on, and for good; the list is long, and made once.
fn faults(state: &State) -> &'static [Transition] {
    static LISTS: OnceLock<[Vec<Transition>; MAX_FAULTS as usize]> = OnceLock::new();
    let lists = LISTS.get_or_init(|| ["f1", "f2"].map(faults_called));
    let set = state.trouble.as_ref().map_or(0, |trouble| trouble.faults);
    if !state.is_on || !state.may_go_wrong() {
        return &[];
    }
    usize::try_from(set)
        .ok()
        .and_then(|set| lists.get(set))
        .map_or(&[], Vec::as_slice)
}

fn faults_called(id: &str) -> Vec<Transition> {
    let kinds = fault_kinds();
    let all = kinds.iter().flat_map(|kind| {
        [(0, Some(1)), (0, None), (1, Some(1)), (0, Some(2))].map(|(skip, times)| {
            let mut fault = kind.fault(id);
            fault.skip = skip;
            fault.times = times;
            Transition::GoesWrong(Step::Fault { fault })
        })
    });
    all.collect()
}
