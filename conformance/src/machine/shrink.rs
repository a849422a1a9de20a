//! The shortest history that still fails: what is not needed is left out, what is needed made plain.

use std::collections::BTreeSet;

use super::fair::is_fair;
use crate::configuration::Configuration;
use crate::scenario::{DirectoryUser, Policies, Scenario, Step};

/// How many histories are tried at the most.
const MAX_CHECKS: usize = 2_000;

/// Makes a failing history as short and plain as it gets while `fails` still says so of it. Histories whose
/// judgement would not be sound are not tried.
pub fn shrink(scenario: Scenario, fails: &mut dyn FnMut(&Scenario) -> bool) -> Scenario {
    let mut best = scenario;
    let mut checks = 0;
    loop {
        let before = best.clone();
        let mut chunk = best.steps.len().max(1);
        while chunk > 0 {
            best = without_chunks(best, chunk, &mut checks, fails);
            chunk /= 2;
        }
        best = without_people(best, &mut checks, fails);
        best = plainer(best, &mut checks, fails);
        if best == before || checks >= MAX_CHECKS {
            return best;
        }
    }
}

fn try_it(
    candidate: &Scenario,
    checks: &mut usize,
    fails: &mut dyn FnMut(&Scenario) -> bool,
) -> bool {
    if *checks >= MAX_CHECKS || !is_fair(candidate) {
        return false;
    }
    *checks += 1;
    fails(candidate)
}

/// Leaves out so many steps that follow each other, wherever that can be, from the end to the beginning.
fn without_chunks(
    mut best: Scenario,
    chunk: usize,
    checks: &mut usize,
    fails: &mut dyn FnMut(&Scenario) -> bool,
) -> Scenario {
    let mut end = best.steps.len();
    while end > 0 {
        let begin = end.saturating_sub(chunk);
        let mut candidate = best.clone();
        candidate.steps.drain(begin..end.min(best.steps.len()));
        if try_it(&candidate, checks, fails) {
            best = candidate;
        }
        end = begin;
    }
    best
}

/// Leaves out all steps about one person.
fn without_people(
    mut best: Scenario,
    checks: &mut usize,
    fails: &mut dyn FnMut(&Scenario) -> bool,
) -> Scenario {
    let people: BTreeSet<String> = best.steps.iter().filter_map(person).collect();
    for id in people {
        let mut candidate = best.clone();
        candidate
            .steps
            .retain(|step| person(step).as_ref() != Some(&id));
        if try_it(&candidate, checks, fails) {
            best = candidate;
        }
    }
    best
}

fn person(step: &Step) -> Option<String> {
    match step {
        Step::Put { user } => Some(user.id.clone()),
        Step::Delete { user } => Some(user.clone()),
        _ => None,
    }
}

/// Makes the policies, the rules and each step as plain as can be.
fn plainer(
    mut best: Scenario,
    checks: &mut usize,
    fails: &mut dyn FnMut(&Scenario) -> bool,
) -> Scenario {
    let mut candidate = best.clone();
    candidate.policies = Policies::default();
    if candidate != best && try_it(&candidate, checks, fails) {
        best = candidate;
    }
    let mut candidate = best.clone();
    candidate.rules.truncate(1);
    if candidate != best && try_it(&candidate, checks, fails) {
        best = candidate;
    }
    for index in 0..best.steps.len() {
        let Some(now) = best.steps.get(index).cloned() else {
            break;
        };
        // What comes after the step itself is not plainer than it is.
        for step in plain(&now).into_iter().take_while(|plain| *plain != now) {
            let mut candidate = best.clone();
            if let Some(place) = candidate.steps.get_mut(index) {
                *place = step;
            }
            if try_it(&candidate, checks, fails) {
                best = candidate;
                break;
            }
        }
    }
    best
}

/// Plainer forms of a step, the plainest first.
fn plain(step: &Step) -> Vec<Step> {
    match step {
        Step::Put { user } => plain_users(user)
            .into_iter()
            .map(|user| Step::Put { user })
            .collect(),
        Step::Configure {
            configuration,
            enabled,
        } => plain_switches(*configuration)
            .map(|configuration| Step::Configure {
                configuration,
                enabled: *enabled,
            })
            .collect(),
        Step::Sync { .. } => vec![Step::FULL, Step::CHANGED],
        Step::Fault { fault } => {
            let mut plain = fault.clone();
            (plain.skip, plain.user) = (0, None);
            let once = crate::scenario::Fault {
                times: Some(1),
                ..plain.clone()
            };
            vec![Step::Fault { fault: once }, Step::Fault { fault: plain }]
        }
        Step::Kill { request, applied } => (1..*request)
            .map(|request| Step::Kill {
                request,
                applied: *applied,
            })
            .collect(),
        Step::Advance { seconds } if *seconds > 60 => vec![Step::Advance { seconds: 60 }],
        _ => Vec::new(),
    }
}

fn plain_users(user: &DirectoryUser) -> Vec<DirectoryUser> {
    let bare = DirectoryUser {
        id: user.id.clone(),
        username: user.username.clone(),
        email: user.email.clone(),
        enabled: user.enabled,
        in_scope_of: user.in_scope_of.clone(),
        ..DirectoryUser::default()
    };
    let first_rule = DirectoryUser {
        in_scope_of: user.in_scope_of.iter().take(1).cloned().collect(),
        ..user.clone()
    };
    let bare_but = [
        DirectoryUser {
            family_name: user.family_name.clone(),
            ..bare.clone()
        },
        DirectoryUser {
            department: user.department.clone(),
            ..bare.clone()
        },
        DirectoryUser {
            title: user.title.clone(),
            ..bare.clone()
        },
        DirectoryUser {
            user_type: user.user_type.clone(),
            ..bare.clone()
        },
        DirectoryUser {
            phone: user.phone.clone(),
            ..bare.clone()
        },
    ];
    let mut plain = vec![bare];
    plain.extend(bare_but);
    plain.push(first_rule);
    plain
}

/// The switches with one more of them as in [`Configuration::PERMISSIVE`], all of them first.
fn plain_switches(now: Configuration) -> impl Iterator<Item = Configuration> {
    let all = Configuration::PERMISSIVE;
    [
        all,
        Configuration {
            create: all.create,
            ..now
        },
        Configuration {
            update: all.update,
            ..now
        },
        Configuration {
            disable: all.disable,
            ..now
        },
        Configuration {
            deprovision: all.deprovision,
            ..now
        },
        Configuration {
            remove_action: all.remove_action,
            ..now
        },
        Configuration {
            deprovision_on_rule_deletion: all.deprovision_on_rule_deletion,
            ..now
        },
    ]
    .into_iter()
}
