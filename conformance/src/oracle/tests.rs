use std::collections::BTreeSet;

use super::*;
use crate::configuration::Configuration;
use crate::generate::cast::{account, ann, bob};
use crate::generate::{CELLS, Cell, Event, Prior, cells, stories};
use crate::scenario::{Attribute, Change, DirectoryUser, Policies, Rule, Scenario, Step, ZoomEdit};

const STANDINGS: [Standing; 5] = [
    Standing::Enabled,
    Standing::Disabled,
    Standing::Removed,
    Standing::RemovedAndDisabled,
    Standing::RuleDeleted,
];
const LINKED: [ZoomSide; 3] = [ZoomSide::Active, ZoomSide::Inactive, ZoomSide::Gone];
const DIFFERENCES: [Difference; 4] = [
    Difference::Equal,
    Difference::Attributes,
    Difference::Address,
    Difference::TakenAddress,
];

fn situations() -> Vec<Situation> {
    let mut situations = Vec::new();
    for standing in STANDINGS {
        for difference in DIFFERENCES {
            let unlinked = [ZoomSide::Nothing, ZoomSide::Refused];
            let in_scope = matches!(standing, Standing::Enabled | Standing::Disabled);
            let sides = LINKED
                .into_iter()
                .chain(unlinked.into_iter().filter(|_| in_scope));
            situations.extend(sides.map(|zoom| Situation {
                standing,
                zoom,
                difference,
            }));
        }
    }
    situations
}

fn cell(id: &str) -> Cell {
    cells()
        .find(|cell| cell.to_string() == id)
        .expect("a cell of this id")
}

fn last_effects(id: &str) -> Vec<(Vec<Row>, Effect, Status)> {
    let expectations = expect(&cell(id).scenario());
    let event = &expectations[expectations.len() - 2];
    let ann = event
        .decisions
        .iter()
        .filter(|decision| decision.user.starts_with("u-ann"));
    ann.map(|decision| (decision.rows.clone(), decision.effect, decision.status))
        .collect()
}

#[test]
fn every_situation_is_decided_under_every_configuration() {
    for configuration in Configuration::all() {
        for situation in situations() {
            let decided = decide(situation, configuration, Policies::default());
            assert!(decided.is_some(), "{configuration} {situation:?}");
        }
    }
}

#[test]
fn every_line_of_the_table_decides_something() {
    let policies = [
        Policies::default(),
        Policies {
            disabled_at_creation: crate::scenario::DisabledAtCreation::CreateInactive,
            ..Policies::default()
        },
    ];
    let mut deciding = BTreeSet::new();
    for policies in policies {
        for configuration in Configuration::all() {
            for situation in situations() {
                let line = decide(situation, configuration, policies).unwrap();
                deciding.insert(LINES.iter().position(|other| std::ptr::eq(other, line)));
            }
        }
    }
    assert_eq!(deciding.len(), LINES.len());
}

#[test]
fn no_gate_of_creating_or_updating_stands_before_a_removal() {
    for line in LINES {
        let removal = matches!(
            line.standing,
            Standing::Removed | Standing::RemovedAndDisabled | Standing::RuleDeleted
        );
        if removal {
            assert!(
                !line.gates.contains(&Gate::C) && !line.gates.contains(&Gate::U),
                "{line:?}"
            );
        }
    }
}

#[test]
fn nobody_in_scope_is_ever_deleted() {
    for line in LINES.iter().filter(|line| line.effect == Effect::Delete) {
        assert!(
            !matches!(line.standing, Standing::Enabled | Standing::Disabled),
            "{line:?}"
        );
    }
}

#[test]
fn a_disable_asks_the_disable_flag_alone() {
    assert_eq!(
        last_effects("C0U0D1P0R0X0/disable/linked-equal"),
        [(vec![Row::O7], Effect::Disable, Status::Success)]
    );
    assert_eq!(
        last_effects("C1U1D0P1R1X1/disable/linked-equal"),
        [(vec![Row::O7], Effect::Nothing, Status::Partial)]
    );
}

#[test]
fn who_comes_back_after_a_removal_by_disable_keeps_the_account() {
    assert_eq!(
        last_effects("C0U1D0P1R0X0/re-enter/linked-equal"),
        [(vec![Row::O22, Row::O6], Effect::Enable, Status::Success)]
    );
}

#[test]
fn who_is_recreated_takes_the_account_over() {
    assert_eq!(
        last_effects("C0U1D1P1R1X1/recreate/linked-equal"),
        [(vec![Row::O17, Row::O5], Effect::Nothing, Status::Success)]
    );
}

#[test]
fn a_deleted_rule_removes_what_it_created_but_not_what_it_adopted() {
    let created = last_effects("C1U1D1P1R1X1/delete-rule/linked-equal");
    assert_eq!(created, [(vec![Row::O13], Effect::Delete, Status::Gone)]);
    let adopted = last_effects("C1U1D1P1R1X1/delete-rule/unlinked-match");
    assert_eq!(adopted, [(vec![Row::O13], Effect::Nothing, Status::Gone)]);
}

#[test]
fn the_last_run_of_every_cell_has_nothing_left_to_do() {
    let mut seen = 0;
    for cell in cells() {
        let expectations = expect(&cell.scenario());
        let last = expectations.last().expect("a last run");
        for decision in &last.decisions {
            assert!(!decision.effect.is_write(), "{cell}: {decision:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, CELLS);
    assert_eq!((Event::ALL.len(), Prior::ALL.len()), (12, 6));
}

#[test]
fn cells_and_stories_have_distinct_ids_and_decide_every_row() {
    let scenarios: Vec<_> = cells().map(Cell::scenario).chain(stories()).collect();
    let ids: BTreeSet<_> = scenarios
        .iter()
        .map(|scenario| scenario.id.clone())
        .collect();
    assert_eq!(ids.len(), scenarios.len());
    let rows: BTreeSet<Row> = scenarios
        .iter()
        .flat_map(expect)
        .flat_map(|expectation| expectation.decisions)
        .flat_map(|decision| decision.rows)
        .collect();
    assert_eq!(rows.into_iter().collect::<Vec<_>>(), Row::ALL);
}

#[test]
fn addresses_fold_by_ascii_alone() {
    assert_eq!(fold("Ann@Example.COM"), "ann@example.com");
    assert_eq!(fold("İ@example.com"), "İ@example.com");
}

#[test]
fn what_an_adopted_account_has_is_emptied_where_that_is_asked_for() {
    let bare = DirectoryUser {
        phone: None,
        ..ann()
    };
    let found = Step::Zoom {
        edit: account(
            "ann@example.com",
            &[
                (Attribute::Phone, "+1 2015550199"),
                (Attribute::GivenName, "Ann"),
            ],
        ),
    };
    let held = |clear_attributes| {
        let scenario = Scenario {
            policies: Policies {
                clear_attributes,
                ..Policies::default()
            },
            rules: vec![Rule::with_default_mapping("r1")],
            steps: vec![found.clone(), Step::Put { user: bare.clone() }, Step::FULL],
            ..Scenario::empty()
        };
        let last = expect(&scenario).pop().unwrap();
        let account = last.accounts.into_values().next().unwrap();
        account.value(Attribute::Phone).map(str::to_owned)
    };
    assert_eq!(held(false), Some("+1 2015550199".to_owned()));
    assert_eq!(held(true), None);
}

#[test]
fn what_is_emptied_is_emptied_at_zoom_where_that_is_asked_for() {
    let full = ann();
    let emptied = DirectoryUser {
        department: None,
        title: None,
        user_type: None,
        ..full.clone()
    };
    let put = |user: &DirectoryUser| Step::Put { user: user.clone() };
    let held = |clear_attributes| {
        let scenario = Scenario {
            policies: Policies {
                clear_attributes,
                ..Policies::default()
            },
            rules: vec![Rule::with_default_mapping("r1")],
            steps: vec![put(&full), Step::FULL, put(&emptied), Step::CHANGED],
            ..Scenario::empty()
        };
        let last = expect(&scenario).pop().unwrap();
        let account = last.accounts.into_values().next().unwrap();
        let effect = last.decisions.last().map(|decision| decision.effect);
        let values = [Attribute::Department, Attribute::Title, Attribute::UserType];
        (
            effect,
            values.map(|value| account.value(value).map(str::to_owned)),
        )
    };
    let kept = [&full.department, &full.title, &full.user_type].map(Clone::clone);
    let [_, _, user_type] = kept.clone();
    assert_eq!(held(false), (Some(Effect::Nothing), kept));
    assert_eq!(held(true), (Some(Effect::Update), [None, None, user_type]));
}

#[test]
fn what_was_open_stays_open_while_an_address_is_refused() {
    let put = |user: DirectoryUser| Step::Put { user };
    let by_hand = |change| Step::Zoom {
        edit: ZoomEdit::Change {
            user_name: "bob+zoom@example.com".to_owned(),
            change,
        },
    };
    let titled = by_hand(Change {
        attributes: [(Attribute::Title, "By hand".to_owned())].into(),
        ..Change::default()
    });
    let deactivated = by_hand(Change {
        active: Some(false),
        ..Change::default()
    });
    let somebody_elses = "taken@example.com";
    let theirs = Step::Zoom {
        edit: account(somebody_elses, &[]),
    };
    let untitled = DirectoryUser {
        title: None,
        ..bob()
    };
    let taken = DirectoryUser {
        username: somebody_elses.to_owned(),
        email: Some(somebody_elses.to_owned()),
        ..untitled.clone()
    };
    let scenario = Scenario {
        policies: Policies {
            clear_attributes: true,
            ..Policies::default()
        },
        rules: vec![Rule::with_default_mapping("r1")],
        steps: [
            vec![theirs, put(untitled), Step::FULL],
            vec![put(taken), titled, Step::FULL, deactivated, Step::FULL],
        ]
        .concat(),
        ..Scenario::empty()
    };
    let last = expect(&scenario).pop().unwrap();
    let mut accounts = last.accounts.into_values();
    let bobs = accounts.find(|account| account.user_name == "bob+zoom@example.com");
    let title = &bobs.unwrap().attributes[&Attribute::Title];
    assert!(
        title.allows(Some("By hand")) && title.allows(None),
        "{title}"
    );
}
