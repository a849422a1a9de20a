//! What goes wrong: faults that are aimed at what is under way, and kills.

use std::sync::OnceLock;

use serde_json::Value;

use super::chance::Chance;
use super::state::State;
use super::theme::Theme;
use super::transition::run;
use super::{by_hand, people};
use crate::generate::{FaultKind, OPERATIONS, fault_kinds};
use crate::invariant::MAX_IN_VAIN;
use crate::scenario::{DirectoryUser, Fault, FaultPhase, Step, ZoomEdit};

/// How many faults are set at once at the most.
const MAX_FAULTS: usize = 2;
/// At which request the provisioner is killed at the latest.
const LAST_KILL: usize = 8;
/// How many people something happens to under one fault, at the most.
const MAX_TOUCHED: usize = 3;
/// One hour passes.
const HOUR: Step = Step::Advance { seconds: 3_600 };

/// Faults that the catalogue's examples do not have: other statuses, other ways to tell a wait, lies that show only
/// on small pages.
const AIMED: &[(&str, FaultPhase, &str)] = {
    use FaultPhase::{After, Before, Body};
    &[
        ("users.list", Before, r#""filter_ignored""#),
        ("users.list", Before, r#"{"page_cap":{"count":1}}"#),
        ("users.list", Before, r#"{"page_cap":{"count":2}}"#),
        ("users.list", Before, r#"{"page_drift":{"by":1}}"#),
        ("users.list", Before, r#"{"page_drift":{"by":-1}}"#),
        (
            "users.list",
            Before,
            r#"{"total_results_lies":{"total":50}}"#,
        ),
        ("users.list", Before, r#""duplicate_in_list""#),
        ("users.list", Before, r#"{"html_error_page":{"code":200}}"#),
        (
            "users.list",
            Before,
            r#"{"redirect":{"location":"/scim2/Users/elsewhere"}}"#,
        ),
        (
            "users.list",
            Before,
            r#"{"status":{"code":503,"headers":{},"body":""}}"#,
        ),
        ("users.create", After, r#""reset""#),
        (
            "users.create",
            After,
            r#"{"status":{"code":502,"headers":{},"body":""}}"#,
        ),
        ("users.create", Before, r#""id_needs_encoding""#),
        ("users.create", Before, r#""duplicate_invisible""#),
        ("users.create", Body, r#"{"missing_field":{"name":"id"}}"#),
        (
            "users.update",
            Before,
            r#"{"status":{"code":404,"headers":{},"body":""}}"#,
        ),
        (
            "users.update",
            Before,
            r#"{"status":{"code":502,"headers":{},"body":""}}"#,
        ),
        (
            "users.update",
            Before,
            r#"{"status":{"code":503,"headers":{},"body":""}}"#,
        ),
        (
            "users.update",
            Before,
            r#"{"status":{"code":504,"headers":{},"body":""}}"#,
        ),
        (
            "users.update",
            After,
            r#"{"status":{"code":204,"headers":{},"body":""}}"#,
        ),
        (
            "users.update",
            Before,
            r#"{"retry_after":{"code":429,"value":{"seconds":1}}}"#,
        ),
        (
            "users.update",
            Before,
            r#"{"retry_after":{"code":429,"value":{"seconds":7}}}"#,
        ),
        (
            "users.update",
            Before,
            r#"{"retry_after":{"code":429,"value":{"http_date_in_s":7}}}"#,
        ),
        (
            "users.update",
            Before,
            r#"{"retry_after":{"code":429,"value":{"iso_date_in_s":7}}}"#,
        ),
        (
            "users.update",
            Before,
            r#"{"retry_after":{"code":503,"value":{"http_date_in_s":7}}}"#,
        ),
        (
            "users.update",
            Before,
            r#"{"retry_after":{"code":429,"value":"far_future"}}"#,
        ),
        (
            "users.update",
            Before,
            r#"{"retry_after":{"code":429,"value":"garbage"}}"#,
        ),
        (
            "users.update",
            Before,
            r#"{"redirect":{"location":"/scim2/Users/elsewhere"}}"#,
        ),
        (
            "users.patch",
            Before,
            r#"{"status":{"code":503,"headers":{},"body":""}}"#,
        ),
        (
            "users.patch",
            After,
            r#"{"status":{"code":204,"headers":{},"body":""}}"#,
        ),
        (
            "users.patch",
            Before,
            r#"{"retry_after":{"code":429,"value":{"seconds":7}}}"#,
        ),
        ("users.delete", After, r#""reset""#),
        (
            "users.delete",
            Before,
            r#"{"status":{"code":503,"headers":{},"body":""}}"#,
        ),
    ]
};
/// By which Zoom says that it did an update, and did not.
const IN_VAIN: &str = r#""patch_accepted_not_applied""#;
/// By which it says that it cannot.
const UNAVAILABLE: &str = r#"{"status":{"code":503,"headers":{},"body":""}}"#;
/// Departments that somebody is given at first, and in the end.
const MOVED_TO: [&str; 2] = ["Logistics", "Research"];

/// Something is wrong from now on, and somebody is touched whom it concerns; mostly the provisioner runs then.
pub(super) fn fault(state: &mut State, chance: &mut Chance) -> bool {
    let set = state.trouble.as_ref().map_or(0, |trouble| trouble.faults);
    if !state.may_go_wrong() || set >= MAX_FAULTS {
        return false;
    }
    let aims: Vec<(u32, &str)> = state
        .theme
        .aims()
        .into_iter()
        .zip(OPERATIONS.map(|operation| operation.as_str()))
        .collect();
    let Some(operation) = chance.weighted(&aims) else {
        return false;
    };
    if state.trouble.is_none() {
        let done = match chance.below(8) {
            0 if operation == "users.update" => in_vain(state, chance),
            1 if operation == "users.update" => overtaken(state, chance),
            0 if operation == "users.list" => rule_deletion(state, chance),
            1 | 2 if state.theme == Theme::Doubt => somebody_elses(state, chance),
            _ => false,
        };
        if done {
            return true;
        }
    }
    let Some(mut fault) = kind(operation, chance) else {
        return false;
    };
    fault.id = format!("f{}", set + 1);
    (fault.skip, fault.times) = chance
        .of(&[
            (0, Some(1)),
            (0, Some(1)),
            (0, Some(2)),
            (0, None),
            (1, Some(1)),
            (1, None),
        ])
        .copied()
        .unwrap_or_default();
    // Who asks for a token is nobody's user.
    let has_happened = match chance.once_in(4) && operation != "token.issue" {
        true => about_one(state, fault, operation, chance),
        false => about_all(state, fault, operation, chance),
    };
    if has_happened && !chance.once_in(5) {
        run(state, chance);
    }
    has_happened
}

/// A fault on an operation: one of the catalogue, or one of those beside it.
fn kind(operation: &str, chance: &mut Chance) -> Option<Fault> {
    static KINDS: OnceLock<Vec<FaultKind>> = OnceLock::new();
    if !chance.once_in(3) {
        let aimed = AIMED.iter().filter(|(on, ..)| *on == operation);
        let aimed: Vec<_> = aimed.collect();
        if let Some((_, phase, then)) = chance.of(&aimed) {
            return Some(fault_on(operation, *phase, then));
        }
    }
    let kinds = KINDS.get_or_init(fault_kinds).iter();
    let kinds: Vec<&FaultKind> = kinds.filter(|kind| kind.operation == operation).collect();
    chance.of(&kinds).map(|kind| kind.fault(""))
}

fn fault_on(operation: &str, phase: FaultPhase, then: &str) -> Fault {
    Fault {
        on: Some(operation.to_owned()),
        phase: Some(phase),
        ..Fault::new("f1", serde_json::from_str(then).unwrap_or(Value::Null))
    }
}

/// The fault hits one person alone, who is touched.
fn about_one(state: &mut State, mut fault: Fault, operation: &str, chance: &mut Chance) -> bool {
    if !state.goes_wrong(Vec::new()) {
        return false;
    }
    if let Some(user) = touch(state, operation, chance) {
        fault.user = Some(user.username);
    }
    state.takes(vec![Step::Fault { fault }])
}

/// The fault hits everybody, and a few are touched.
fn about_all(state: &mut State, fault: Fault, operation: &str, chance: &mut Chance) -> bool {
    if !state.goes_wrong(vec![Step::Fault { fault }]) {
        return false;
    }
    let many = match state.theme {
        Theme::Tokens => 2 * MAX_TOUCHED,
        _ => chance.below(MAX_TOUCHED + 1),
    };
    for _ in 0..many {
        touch(state, operation, chance);
    }
    true
}

/// Somebody is touched so that the operation is needed, if that can be.
fn touch(state: &mut State, operation: &str, chance: &mut Chance) -> Option<DirectoryUser> {
    match (operation, chance.below(4)) {
        ("users.create", _) | ("users.list", 0) => {
            let address = people::free_address(state, chance)?;
            let user = people::newcomer(state, &address, chance);
            let step = Step::Put { user: user.clone() };
            state.takes(vec![step]).then_some(user)
        }
        ("users.list", 1 | 2) | ("users.delete", _) | ("users.patch", 0 | 1) => {
            people::departure(state, chance)
        }
        ("users.patch", _) | ("users.update", 0) => people::flip(state, chance),
        _ => people::edited(state, chance),
    }
}

/// Somebody comes whose address is somebody else's, while Zoom does not say whose.
fn somebody_elses(state: &mut State, chance: &mut Chance) -> bool {
    let Some(address) = people::new_address(state, chance) else {
        return false;
    };
    let foreign = ZoomEdit::Foreign {
        user_name: address.clone(),
    };
    let lies = fault_on("users.list", FaultPhase::Before, r#""filter_ignored""#);
    let user = DirectoryUser {
        enabled: true,
        ..people::newcomer(state, &address, chance)
    };
    state.takes(vec![Step::Zoom { edit: foreign }])
        && state.goes_wrong(vec![
            Step::Fault { fault: lies },
            Step::Put { user },
            Step::CHANGED,
        ])
}

/// Zoom says in run after run that it did an update, and did not.
fn in_vain(state: &mut State, chance: &mut Chance) -> bool {
    moves_twice(state, IN_VAIN, MAX_IN_VAIN + 2, chance)
}

/// An update fails, and before it is tried again there is another.
fn overtaken(state: &mut State, chance: &mut Chance) -> bool {
    moves_twice(state, UNAVAILABLE, 1, chance)
}

/// Somebody moves to a department while something is wrong with updates, and to another one once it is healed.
fn moves_twice(state: &mut State, wrong: &str, runs: usize, chance: &mut Chance) -> bool {
    let people: Vec<DirectoryUser> = state.tracked.directory.values().cloned().collect();
    let Some(user) = chance.of(&people) else {
        return false;
    };
    let put = |department: &str| Step::Put {
        user: DirectoryUser {
            department: Some(department.to_owned()),
            ..user.clone()
        },
    };
    let fault = Fault {
        user: Some(user.username.clone()),
        ..fault_on("users.update", FaultPhase::Before, wrong)
    };
    let [first, last] = MOVED_TO;
    let mut steps = vec![Step::Fault { fault }, put(first)];
    steps.extend(std::iter::repeat_n(Step::FULL, runs));
    steps.extend([Step::Heal, put(last)]);
    let done = state.goes_wrong(steps);
    if done {
        state.heals();
    }
    done
}

/// A rule is deleted that has one user in its care, while something is wrong with lists.
fn rule_deletion(state: &mut State, chance: &mut Chance) -> bool {
    let rules = state.rules.iter();
    let walk = &state.tracked.walk;
    let rules: Vec<&String> = rules.filter(|rule| walk.in_care(rule) == 1).collect();
    let (Some(rule), Some(fault)) = (chance.of(&rules), kind("users.list", chance)) else {
        return false;
    };
    let fault = Fault {
        id: "f1".to_owned(),
        ..fault
    };
    let rule = (*rule).clone();
    let steps = vec![Step::Fault { fault }, Step::DeleteRule { rule }];
    state.goes_wrong(steps)
}

/// The provisioner is killed in its next run, mostly while somebody is created.
pub(super) fn kill(state: &mut State, chance: &mut Chance) -> bool {
    let request = u32::try_from(1 + chance.below(LAST_KILL)).unwrap_or(1);
    let applied = chance.once_in(2);
    let kill = Step::Kill { request, applied };
    let touched = [
        "users.create",
        "users.create",
        "users.update",
        "users.delete",
    ];
    next_goes_wrong(state, kill, &touched, chance)
}

/// The next run's read of the directory breaks off, so that it does not come to some, or to nobody.
pub(super) fn cut_short(state: &mut State, chance: &mut Chance) -> bool {
    let directory = state.tracked.directory.keys();
    let mut unread: Vec<String> = directory.cloned().collect();
    if unread.is_empty() {
        return false;
    }
    for _ in 0..chance.below(unread.len()) {
        unread.remove(chance.below(unread.len()));
    }
    let cut_short = Step::CutShort { unread };
    next_goes_wrong(state, cut_short, &["users.update", "users.delete"], chance)
}

/// Something happens in the next run, while some are touched by these operations.
fn next_goes_wrong(
    state: &mut State,
    what: Step,
    operations: &[&'static str],
    chance: &mut Chance,
) -> bool {
    let is_pending = state
        .trouble
        .as_ref()
        .is_some_and(|trouble| trouble.is_next);
    if is_pending || !state.may_go_wrong() || !state.goes_wrong(vec![what]) {
        return false;
    }
    for _ in 0..chance.below(MAX_TOUCHED) {
        let operation = chance.of(operations).copied().unwrap_or_default();
        touch(state, operation, chance);
    }
    if !chance.once_in(5) {
        run(state, chance);
    }
    true
}

/// What is wrong is put right; or something happens that a provisioner sleeps through.
pub(super) fn heal(state: &mut State, chance: &mut Chance) -> bool {
    if state.trouble.is_none() {
        return by_hand::switch(state, chance);
    }
    match chance.below(8) {
        0 => state.takes(vec![Step::Restart]),
        1 => state.takes(vec![HOUR]),
        _ => {
            state.heals();
            true
        }
    }
}
