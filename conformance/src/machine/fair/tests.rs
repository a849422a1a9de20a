use serde_json::{Value, json};

use super::is_fair;
use crate::configuration::{Configuration, RemoveAction};
use crate::generate::cast::{account, person, some};
use crate::scenario::{Change, DirectoryUser, Fault, FaultPhase, Rule, Scenario, Step, ZoomEdit};

fn history(steps: Vec<Step>) -> Scenario {
    Scenario {
        rules: ["r1", "r2"].map(Rule::with_default_mapping).to_vec(),
        steps,
        ..Scenario::empty()
    }
}

fn fair(steps: Vec<Step>) -> bool {
    is_fair(&history(steps))
}

fn of(name: &str) -> DirectoryUser {
    person(
        &format!("u-{name}"),
        &format!("{name}@example.com"),
        "Ann",
        "Ames",
    )
}

fn put(user: DirectoryUser) -> Step {
    Step::Put { user }
}

fn called(user: DirectoryUser, name: &str) -> Step {
    let username = format!("{name}@example.com");
    put(DirectoryUser {
        email: some(&username),
        username,
        ..user
    })
}

fn under(configuration: Configuration) -> Step {
    Step::Configure {
        configuration,
        enabled: true,
    }
}

fn fault(on: &str, then: Value) -> Step {
    Step::Fault {
        fault: Fault {
            on: Some(on.to_owned()),
            phase: Some(FaultPhase::Before),
            ..Fault::new("f1", then)
        },
    }
}

fn moved_to(user: DirectoryUser, department: &str) -> Step {
    put(DirectoryUser {
        department: some(department),
        ..user
    })
}

#[test]
fn a_plan_is_followed_by_the_run_that_it_is_about() {
    let plan = |full| Step::Plan { full };
    assert!(fair(vec![put(of("ann")), plan(true), Step::FULL]));
    assert!(!fair(vec![put(of("ann")), plan(false), Step::FULL]));
    assert!(!fair(vec![plan(true), put(of("ann")), Step::FULL]));
    let down = || fault("users.list", json!("reset"));
    assert!(!fair(vec![down(), plan(true), Step::FULL]));
}

#[test]
fn no_switch_frees_an_address_that_somebody_waits_for() {
    let no_removals = Configuration {
        deprovision: false,
        ..Configuration::PERMISSIVE
    };
    let left = |ann_waits: bool| {
        let gone = Step::Delete {
            user: "u-ann".to_owned(),
        };
        let mut steps = vec![
            under(no_removals),
            put(of("ann")),
            put(of("bob")),
            Step::FULL,
        ];
        steps.extend([gone, Step::FULL]);
        steps.extend(ann_waits.then(|| called(of("bob"), "ann")));
        steps.push(Step::FULL);
        steps
    };
    let deletes = under(Configuration {
        remove_action: RemoveAction::Delete,
        ..Configuration::PERMISSIVE
    });
    // Who is disabled keeps the address.
    let disables = under(Configuration::PERMISSIVE);
    assert!(fair(
        [left(false), vec![deletes.clone(), Step::FULL]].concat()
    ));
    assert!(!fair([left(true), vec![deletes, Step::FULL]].concat()));
    assert!(fair([left(true), vec![disables, Step::FULL]].concat()));
}

#[test]
fn no_rule_is_deleted_whose_accounts_somebody_waits_for() {
    let deletes = under(Configuration {
        remove_action: RemoveAction::Delete,
        deprovision_on_rule_deletion: true,
        ..Configuration::PERMISSIVE
    });
    let deleted = |bobs_name: &str| {
        let bob = DirectoryUser {
            in_scope_of: vec!["r2".to_owned()],
            ..of("bob")
        };
        let rule = "r1".to_owned();
        vec![
            deletes.clone(),
            put(of("ann")),
            put(bob.clone()),
            Step::FULL,
            called(bob, bobs_name),
            Step::FULL,
            Step::DeleteRule { rule },
        ]
    };
    assert!(fair(deleted("bobby")));
    assert!(!fair(deleted("ann")));
}

#[test]
fn what_becomes_of_somebody_out_of_scope_is_no_event() {
    let out = || DirectoryUser {
        in_scope_of: Vec::new(),
        ..of("ann")
    };
    let left = |what, run| {
        let begun = vec![put(of("ann")), Step::FULL, put(out()), Step::FULL];
        fair([begun, vec![what, run]].concat())
    };
    let gone = || Step::Delete {
        user: "u-ann".to_owned(),
    };
    for what in [gone(), moved_to(out(), "Sales")] {
        assert!(left(what.clone(), Step::FULL));
        assert!(!left(what, Step::CHANGED));
    }
    let disabled = put(DirectoryUser {
        enabled: false,
        ..out()
    });
    assert!(left(disabled, Step::CHANGED));
    // Who never had an account is nobody's business.
    let stranger = vec![put(out()), Step::FULL, gone(), Step::CHANGED];
    assert!(fair(stranger));
}

#[test]
fn nobody_gets_an_address_that_another_one_gives_up_in_the_same_run() {
    let both = vec![put(of("ann")), put(of("bob")), Step::FULL];
    let moves = [called(of("ann"), "eve"), called(of("bob"), "ann")];
    let [first, last] = moves.clone();
    let seen = [vec![first.clone()], vec![Step::FULL, last, Step::FULL]].concat();
    assert!(fair([both.clone(), seen].concat()));
    assert!(!fair([both.clone(), moves.to_vec()].concat()));
    // Who already waits for it is told nothing of it.
    let waits = [vec![called(of("bob"), "ann"), Step::FULL], vec![first]].concat();
    assert!(!fair([both, waits].concat()));
}

#[test]
fn who_is_made_anew_has_an_address_that_is_free() {
    let gone = || Step::Zoom {
        edit: ZoomEdit::Remove {
            user_name: "ann@example.com".to_owned(),
        },
    };
    let both = vec![put(of("ann")), put(of("bob")), Step::FULL];
    let remade = vec![gone(), Step::FULL];
    assert!(fair([both.clone(), remade.clone()].concat()));
    let waits = vec![called(of("ann"), "bob"), Step::FULL];
    assert!(!fair([both, waits, remade].concat()));
}

#[test]
fn two_who_swap_addresses_both_have_accounts_or_neither() {
    let swap = || {
        vec![
            called(of("ann"), "bob"),
            called(of("bob"), "ann"),
            Step::FULL,
        ]
    };
    let both = vec![put(of("ann")), put(of("bob")), Step::FULL];
    assert!(fair([both, swap()].concat()));
    let one = Configuration {
        create: false,
        ..Configuration::PERMISSIVE
    };
    let found = Step::Zoom {
        edit: account("bob@example.com", &[]),
    };
    let one = vec![
        under(one),
        put(of("ann")),
        found,
        put(of("bob")),
        Step::FULL,
        under(Configuration::PERMISSIVE),
    ];
    assert!(!fair([one, swap()].concat()));
}

#[test]
fn while_something_is_wrong_only_what_a_list_shows_changes_twice() {
    let begun = |then| vec![put(of("ann")), Step::FULL, fault("users.update", then)];
    let titled = |title: &str| {
        put(DirectoryUser {
            title: some(title),
            ..of("ann")
        })
    };
    let lost = || begun(json!("reset"));
    let twice = [
        moved_to(of("ann"), "One"),
        Step::FULL,
        moved_to(of("ann"), "Two"),
    ];
    assert!(fair([lost(), twice.to_vec(), vec![Step::FULL]].concat()));
    let twice = vec![titled("One"), Step::FULL, titled("Two"), Step::FULL];
    assert!(!fair([lost(), twice].concat()));
    let emptied = put(DirectoryUser {
        department: None,
        ..of("ann")
    });
    let twice = vec![moved_to(of("ann"), "One"), Step::FULL, emptied, Step::FULL];
    assert!(!fair([lost(), twice].concat()));
    // What is confirmed and not done is found again where a list shows it.
    let confirmed = || begun(json!("patch_accepted_not_applied"));
    let seen = vec![moved_to(of("ann"), "One"), Step::FULL];
    assert!(fair([confirmed(), seen].concat()));
    assert!(!fair(
        [confirmed(), vec![titled("One"), Step::FULL]].concat()
    ));
}

#[test]
fn nothing_is_done_by_hand_to_an_account_that_may_not_have_come_about() {
    let by_hand = || Step::Zoom {
        edit: ZoomEdit::Change {
            user_name: "bob@example.com".to_owned(),
            change: Change {
                active: Some(false),
                ..Change::default()
            },
        },
    };
    let history = |begun: Vec<Step>| {
        let lost = fault("users.create", json!("reset"));
        let rest = vec![lost, put(of("ann")), Step::FULL, by_hand(), Step::FULL];
        let mut history = self::history([begun, rest].concat());
        history.policies.recreate_missing = false;
        is_fair(&history)
    };
    let gone = Step::Zoom {
        edit: ZoomEdit::Remove {
            user_name: "bob@example.com".to_owned(),
        },
    };
    let begun = vec![put(of("bob")), Step::FULL];
    assert!(history(begun.clone()));
    // Whose account is missing gets one the run after: the one that goes wrong.
    let missing = [begun, vec![gone, Step::FULL]].concat();
    assert!(!history(missing));
}

#[test]
fn a_rule_is_deleted_after_a_kill_but_not_after_a_fault() {
    let deleted = || {
        let rule = "r1".to_owned();
        vec![
            Step::FULL,
            Step::FULL,
            Step::FULL,
            Step::DeleteRule { rule },
            Step::FULL,
        ]
    };
    let kill = Step::Kill {
        request: 1,
        applied: true,
    };
    let killed = vec![Step::FULL, kill.clone(), put(of("ann")), Step::CHANGED];
    assert!(fair([killed, deleted()].concat()));
    let odd = |then| {
        vec![
            Step::FULL,
            fault("users.list", then),
            put(of("ann")),
            Step::FULL,
            Step::Heal,
        ]
    };
    assert!(!fair([odd(json!("reset")), deleted()].concat()));
    let at_once = |step| {
        let rule = "r1".to_owned();
        fair(vec![
            put(of("ann")),
            Step::FULL,
            step,
            Step::DeleteRule { rule },
        ])
    };
    assert!(at_once(fault("users.list", json!("duplicate_in_list"))));
    assert!(!at_once(fault("users.list", json!("reset"))));
    assert!(!at_once(kill));
}

#[test]
fn beside_a_limit_nobody_is_disabled_and_nothing_goes_wrong() {
    let limited = |steps| {
        let mut history = history(steps);
        history.policies.removal_limit = Some(1);
        is_fair(&history)
    };
    assert!(limited(vec![put(of("ann")), Step::FULL]));
    let disabled = DirectoryUser {
        enabled: false,
        ..of("ann")
    };
    assert!(!limited(vec![put(disabled), Step::FULL]));
    let lost = fault("users.create", json!("reset"));
    assert!(!limited(vec![lost, put(of("ann")), Step::FULL]));
}
