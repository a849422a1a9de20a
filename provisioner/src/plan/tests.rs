use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::connection::{
    ActionFlags, ActiveGate, Connection, DisabledAtCreation, Policies, RemoveAction,
    RuleDeletionRemoves,
};
use crate::links::{Link, Origin};
use crate::rule::Attribute;

fn connection() -> Connection {
    Connection {
        name: "Zoom".to_owned(),
        scim_url: "http://localhost/scim2".to_owned(),
        token_url: "http://localhost/oauth/token".to_owned(),
        account_id: "a".to_owned(),
        client_id: "c".to_owned(),
        client_secret: "s".into(),
        trusted_roots: crate::TrustedRoots::default(),
        flags: ActionFlags::default(),
        remove_action: RemoveAction::Disable,
        deprovision_on_rule_deletion: false,
        enabled: true,
        policies: Policies::default(),
        safety: crate::Safety::default(),
    }
}

fn only(flags: &str) -> Connection {
    Connection {
        flags: ActionFlags {
            create: flags.contains('C'),
            update: flags.contains('U'),
            disable: flags.contains('D'),
            deprovision: flags.contains('P'),
        },
        remove_action: if flags.contains('R') {
            RemoveAction::Delete
        } else {
            RemoveAction::Disable
        },
        deprovision_on_rule_deletion: flags.contains('X'),
        ..connection()
    }
}

fn ann() -> Desired {
    Desired {
        user: "u-ann".into(),
        address: "ann@example.com".into(),
        email: Some("ann@example.com".into()),
        enabled: true,
        attributes: [
            (Attribute::FamilyName, "Ames".into()),
            (Attribute::UserType, "Licensed".into()),
            (Attribute::Title, "Engineer".into()),
            (Attribute::Organization, "Example".into()),
        ]
        .into_iter()
        .collect(),
        rule: "r1".into(),
    }
}

fn disabled() -> Desired {
    Desired {
        enabled: false,
        ..ann()
    }
}

/// Ann's account as it should be, as a list shows it.
fn account() -> Account {
    Account {
        id: "z1".into(),
        user_name: "Ann@Example.com".into(),
        active: true,
        attributes: [
            (Attribute::FamilyName, "Ames".into()),
            (Attribute::UserType, "Licensed".into()),
        ]
        .into_iter()
        .collect(),
    }
}

fn drifted() -> Account {
    let mut account = account();
    account
        .attributes
        .insert(Attribute::FamilyName, "Drifted".into());
    account
}

fn inactive() -> Account {
    let mut account = Account {
        active: false,
        ..account()
    };
    account
        .attributes
        .insert(Attribute::UserType, "Basic".into());
    account
}

fn link() -> Link {
    Link {
        user: "u-ann".into(),
        zoom_id: "z1".into(),
        origin: Origin::Created,
        rule: "r1".into(),
        known: ann().attributes,
        removed: false,
    }
}

/// A stage for one plan.
#[derive(Debug, Default)]
struct Stage {
    desired: Vec<Desired>,
    removed: Vec<Removed>,
    links: Vec<Link>,
    accounts: Vec<Account>,
    deep: bool,
}

impl Stage {
    fn plan(&self, connection: &Connection) -> Plan {
        let links: BTreeMap<CompactString, Link> = self
            .links
            .iter()
            .map(|link| (link.user.clone(), link.clone()))
            .collect();
        let mut zoom = ZoomView::default();
        self.accounts
            .iter()
            .cloned()
            .for_each(|account| zoom.insert(account));
        let desired = self.desired.iter().map(|desired| desired.user.clone());
        let removed = self.removed.iter().map(|removed| removed.user.clone());
        let evaluated: BTreeSet<CompactString> = desired.chain(removed).collect();
        plan(&PlanInput {
            connection,
            desired: &self.desired,
            removed: &self.removed,
            evaluated: &evaluated,
            links: &links,
            zoom: &zoom,
            deep: self.deep,
        })
    }

    fn only_action(&self, connection: &Connection) -> Action {
        let mut plan = self.plan(connection);
        assert_eq!(plan.actions.len(), 1);
        plan.actions.remove(0)
    }
}

/// Row, what is sent, status, refusing flag.
type Gist = (Row, &'static str, Status, Option<Flag>);

fn gist(action: &Action) -> Gist {
    (
        action.row,
        crate::summary::word(action.write.as_ref()),
        action.status,
        action.refused_by,
    )
}

fn in_scope(desired: Desired, links: Vec<Link>, accounts: Vec<Account>) -> Stage {
    Stage {
        desired: vec![desired],
        links,
        accounts,
        ..Stage::default()
    }
}

fn left(disabled: bool, accounts: Vec<Account>) -> Stage {
    let removed = Removed {
        user: "u-ann".into(),
        disabled,
    };
    Stage {
        removed: vec![removed],
        links: vec![link()],
        accounts,
        ..Stage::default()
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn each_row_with_each_flag_that_it_asks() {
    use Flag::{CreateUsers, DeprovisionUsers, DisableUsers, UpdateUsers};
    use Status::{Partial, Removed as Left, Success, Unsynced};
    let renamed = || Desired {
        address: "new@example.com".into(),
        email: Some("new@example.com".into()),
        ..ann()
    };
    let cases: Vec<(&str, Stage, &str, Gist)> = vec![
        (
            "create",
            in_scope(ann(), vec![], vec![]),
            "C",
            (Row::O1, "create", Success, None),
        ),
        (
            "create refused",
            in_scope(ann(), vec![], vec![]),
            "UDP",
            (Row::O1, "none", Unsynced, Some(CreateUsers)),
        ),
        (
            "disabled at creation",
            in_scope(disabled(), vec![], vec![]),
            "CUDP",
            (Row::O2, "none", Unsynced, None),
        ),
        (
            "update",
            in_scope(ann(), vec![link()], vec![drifted()]),
            "U",
            (Row::O4, "update", Success, None),
        ),
        (
            "update refused",
            in_scope(ann(), vec![link()], vec![drifted()]),
            "CDP",
            (Row::O4, "none", Partial, Some(UpdateUsers)),
        ),
        (
            "equal",
            in_scope(ann(), vec![link()], vec![account()]),
            "CUDP",
            (Row::O5, "none", Success, None),
        ),
        (
            "re-enable",
            in_scope(ann(), vec![link()], vec![inactive()]),
            "U",
            (Row::O6, "enable", Success, None),
        ),
        (
            "re-enable refused",
            in_scope(ann(), vec![link()], vec![inactive()]),
            "CDP",
            (Row::O6, "none", Partial, Some(UpdateUsers)),
        ),
        (
            "disable",
            in_scope(disabled(), vec![link()], vec![account()]),
            "D",
            (Row::O7, "disable", Success, None),
        ),
        (
            "disable, others wait",
            in_scope(disabled(), vec![link()], vec![drifted()]),
            "DU",
            (Row::O7, "disable", Partial, None),
        ),
        (
            "disable, nothing waits",
            in_scope(disabled(), vec![link()], vec![drifted()]),
            "D",
            (Row::O7, "disable", Success, None),
        ),
        (
            "disable refused",
            in_scope(disabled(), vec![link()], vec![account()]),
            "CUP",
            (Row::O7, "none", Partial, Some(DisableUsers)),
        ),
        (
            "disable refused, others go",
            in_scope(disabled(), vec![link()], vec![drifted()]),
            "U",
            (Row::O7, "update", Partial, Some(DisableUsers)),
        ),
        (
            "inactive already",
            in_scope(disabled(), vec![link()], vec![inactive()]),
            "CUDP",
            (Row::O8, "none", Success, None),
        ),
        (
            "gone",
            in_scope(ann(), vec![link()], vec![]),
            "C",
            (Row::O15, "create", Success, None),
        ),
        (
            "gone, create refused",
            in_scope(ann(), vec![link()], vec![]),
            "UDP",
            (Row::O15, "none", Unsynced, Some(CreateUsers)),
        ),
        (
            "gone and disabled",
            in_scope(disabled(), vec![link()], vec![]),
            "CUDP",
            (Row::O2, "none", Unsynced, None),
        ),
        (
            "rename",
            in_scope(renamed(), vec![link()], vec![account()]),
            "U",
            (Row::O16, "update", Success, None),
        ),
        (
            "rename refused",
            in_scope(renamed(), vec![link()], vec![account()]),
            "CDP",
            (Row::O16, "none", Partial, Some(UpdateUsers)),
        ),
        (
            "left, disable",
            left(false, vec![account()]),
            "P",
            (Row::O9, "disable", Left, None),
        ),
        (
            "left, delete",
            left(false, vec![account()]),
            "PR",
            (Row::O9, "delete", Left, None),
        ),
        (
            "left, refused",
            left(false, vec![account()]),
            "CUDR",
            (Row::O9, "none", Left, Some(DeprovisionUsers)),
        ),
        (
            "left inactive",
            left(false, vec![inactive()]),
            "P",
            (Row::O10, "none", Left, None),
        ),
        (
            "left inactive, delete",
            left(false, vec![inactive()]),
            "PR",
            (Row::O10, "delete", Left, None),
        ),
        (
            "left and gone",
            left(false, vec![]),
            "CUDPR",
            (Row::O11, "none", Left, None),
        ),
        (
            "out and disabled",
            left(true, vec![account()]),
            "D",
            (Row::O21, "disable", Left, None),
        ),
        (
            "out and disabled, P decides",
            left(true, vec![account()]),
            "DPR",
            (Row::O21, "delete", Left, None),
        ),
        (
            "out and disabled, neither",
            left(true, vec![account()]),
            "CU",
            (Row::O21, "none", Left, Some(DeprovisionUsers)),
        ),
    ];
    for (name, stage, flags, expected) in cases {
        assert_eq!(gist(&stage.only_action(&only(flags))), expected, "{name}");
    }
}

#[test]
fn an_account_of_the_same_name_is_adopted_whatever_create_says() {
    let stage = in_scope(ann(), vec![], vec![account()]);
    let action = stage.only_action(&only("UDP"));
    assert_eq!(
        (action.via, gist(&action)),
        (Some(Row::O3), (Row::O4, "update", Status::Success, None))
    );
    let LinkChange::Set(link) = &action.link else {
        panic!("no link")
    };
    assert_eq!(link.origin, Origin::Adopted);
    let mut policies = connection();
    policies.policies.adopt_existing = false;
    assert_eq!(stage.only_action(&policies).row, Row::O1);
}

#[test]
fn what_no_read_shows_is_no_reason_to_write_until_it_changes() {
    let mut whole = account();
    whole
        .attributes
        .insert(Attribute::Organization, "Example".into());
    let stage = in_scope(ann(), vec![], vec![whole.clone()]);
    let action = stage.only_action(&connection());
    assert_eq!(gist(&action), (Row::O5, "none", Status::Success, None));
    let LinkChange::Set(link) = action.link else {
        panic!("no link")
    };
    let mut promoted = ann();
    promoted.attributes.insert(Attribute::Title, "Lead".into());
    let action = in_scope(promoted, vec![*link], vec![whole]).only_action(&connection());
    let Some(Write::Update { change, .. }) = action.write else {
        panic!("no update")
    };
    assert_eq!(
        change.attributes.keys().copied().collect::<Vec<_>>(),
        [Attribute::Title]
    );
}

#[test]
fn a_deep_run_compares_what_only_a_get_shows() {
    let mut stage = in_scope(ann(), vec![link()], vec![account()]);
    stage.accounts[0]
        .attributes
        .insert(Attribute::Organization, "Elsewhere".into());
    assert_eq!(stage.only_action(&connection()).row, Row::O5);
    stage.deep = true;
    assert_eq!(stage.only_action(&connection()).row, Row::O4);
}

#[test]
fn a_re_enable_restores_the_licence() {
    let action = in_scope(ann(), vec![link()], vec![inactive()]).only_action(&connection());
    let Some(Write::Update { change, .. }) = action.write else {
        panic!("no update")
    };
    assert!(change.activate);
    assert_eq!(change.attributes[&Attribute::UserType], "Licensed");
}

#[test]
fn who_comes_back_under_a_new_id_takes_the_account_over() {
    let mut stage = left(false, vec![account()]);
    stage.desired = vec![Desired {
        user: "u-ann-2".into(),
        ..ann()
    }];
    let plan = stage.plan(&only("P"));
    let relink = Relink {
        from: "u-ann".into(),
        to: "u-ann-2".into(),
    };
    assert_eq!(plan.relinked, [relink]);
    assert_eq!(plan.actions.len(), 1, "the removal is cancelled: {plan:?}");
    assert_eq!(
        (plan.actions[0].via, plan.actions[0].row),
        (Some(Row::O17), Row::O5)
    );
}

#[test]
fn of_two_with_one_username_the_linked_one_goes_first() {
    let other = Desired {
        user: "u-aaa".into(),
        address: "ANN@example.com".into(),
        ..ann()
    };
    let stage = Stage {
        desired: vec![ann(), other],
        links: vec![link()],
        accounts: vec![account()],
        ..Stage::default()
    };
    let rows: Vec<_> = stage.plan(&connection()).actions.iter().map(gist).collect();
    assert_eq!(
        rows,
        [
            (Row::O23, "none", Status::Failed, None),
            (Row::O5, "none", Status::Success, None)
        ]
    );
    let unlinked = Stage {
        links: vec![],
        accounts: vec![],
        ..stage
    };
    let rows: Vec<_> = unlinked
        .plan(&connection())
        .actions
        .iter()
        .map(gist)
        .collect();
    assert_eq!(
        rows,
        [
            (Row::O1, "create", Status::Success, None),
            (Row::O23, "none", Status::Failed, None)
        ]
    );
}

#[test]
fn who_changes_rules_is_not_removed_and_keeps_the_origin() {
    let moved = Desired {
        rule: "r2".into(),
        ..ann()
    };
    let adopted = Link {
        origin: Origin::Adopted,
        ..link()
    };
    let action = in_scope(moved, vec![adopted], vec![account()]).only_action(&only("PR"));
    assert_eq!((action.via, action.row), (Some(Row::O14), Row::O5));
    let LinkChange::Set(link) = action.link else {
        panic!("no link")
    };
    assert_eq!((link.rule.as_str(), link.origin), ("r2", Origin::Adopted));
}

#[test]
fn a_rule_deletion_asks_both_switches_and_the_origin() {
    let decide =
        |flags: &str, link: &Link| gist(&decide_rule_deleted(&only(flags), link, Some(&account())));
    let left = Status::Removed;
    assert_eq!(decide("PX", &link()), (Row::O13, "disable", left, None));
    assert_eq!(decide("PRX", &link()), (Row::O13, "delete", left, None));
    assert_eq!(
        decide("PR", &link()),
        (
            Row::O13,
            "none",
            left,
            Some(Flag::DeprovisionOnRuleDeletion)
        )
    );
    assert_eq!(
        decide("RX", &link()),
        (Row::O13, "none", left, Some(Flag::DeprovisionUsers))
    );
    let adopted = Link {
        origin: Origin::Adopted,
        ..link()
    };
    assert_eq!(decide("PRX", &adopted), (Row::O13, "none", left, None));
    let mut connection = only("RX");
    connection.policies.rule_deletion_needs_deprovision = false;
    connection.policies.rule_deletion_removes = RuleDeletionRemoves::Linked;
    let action = decide_rule_deleted(&connection, &adopted, Some(&account()));
    assert_eq!((gist(&action).1, action.link), ("delete", LinkChange::Drop));
}

#[test]
fn policies_read_the_open_questions_otherwise() {
    let mut connection = connection();
    connection.policies.disabled_at_creation = DisabledAtCreation::CreateInactive;
    let action = in_scope(disabled(), vec![], vec![]).only_action(&connection);
    assert!(matches!(
        action.write,
        Some(Write::Create {
            then_deactivate: true,
            ..
        })
    ));
    connection.policies.recreate_missing = false;
    let action = in_scope(ann(), vec![link()], vec![]).only_action(&connection);
    assert_eq!(
        (gist(&action), action.link),
        ((Row::O15, "none", Status::Unsynced, None), LinkChange::Drop)
    );
    let mut gated = only("U");
    gated.policies.active_gate = ActiveGate::Update;
    let action = in_scope(disabled(), vec![link()], vec![account()]).only_action(&gated);
    assert_eq!(gist(&action).1, "disable");
}

#[test]
fn a_username_that_is_no_address_fails_alone() {
    for address in ["", "ann", "ann@", "@x", "a b@x", "a@b@c"] {
        let wrong = Desired {
            address: address.into(),
            ..ann()
        };
        let action = in_scope(wrong, vec![], vec![]).only_action(&connection());
        assert_eq!(
            (action.status, action.write),
            (Status::Failed, None),
            "{address}"
        );
    }
}

fn some_connection() -> impl Strategy<Value = Connection> {
    proptest::collection::vec(any::<bool>(), 6).prop_map(|on| {
        let letters = "CUDPRX".chars().zip(on);
        let flags: String = letters
            .filter(|(_, on)| *on)
            .map(|(letter, _)| letter)
            .collect();
        only(&flags)
    })
}

fn some_stage() -> impl Strategy<Value = Stage> {
    let user = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        0..4_u8,
        any::<bool>(),
    );
    proptest::collection::vec(user, 1..6).prop_map(|users| {
        let mut stage = Stage::default();
        for (number, (enabled, stays, linked, there, drifts)) in users.into_iter().enumerate() {
            let user = format!("u{number}");
            let address = format!("user{number}@example.com");
            if stays {
                stage.desired.push(Desired {
                    user: user.clone().into(),
                    address: address.clone().into(),
                    email: Some(address.clone().into()),
                    enabled,
                    ..ann()
                });
            } else if linked {
                stage.removed.push(Removed {
                    user: user.clone().into(),
                    disabled: !enabled,
                });
            }
            let id = format!("z{number}");
            if linked {
                stage.links.push(Link {
                    user: user.into(),
                    zoom_id: id.clone().into(),
                    ..link()
                });
            }
            let base = match there {
                0 => continue,
                1 => inactive(),
                _ if drifts => drifted(),
                _ => account(),
            };
            stage.accounts.push(Account {
                id: id.into(),
                user_name: address.into(),
                ..base
            });
        }
        stage
    })
}

/// Does to the model what a plan says: what Zoom would then hold, and what would be remembered.
fn applied(mut stage: Stage, plan: &Plan) -> Stage {
    let mut created = 0;
    for action in &plan.actions {
        let mut new_id = None;
        match &action.write {
            Some(Write::Create { desired, .. }) => {
                created += 1;
                let id = format!("new{created}");
                let mut account = Account {
                    id: id.clone().into(),
                    user_name: desired.address.clone(),
                    ..account()
                };
                account.attributes.clone_from(&desired.attributes);
                stage.accounts.push(account);
                new_id = Some(created_link(desired, id.into()));
            }
            Some(Write::Update { zoom_id, change }) => {
                let account = stage
                    .accounts
                    .iter_mut()
                    .find(|account| account.id == *zoom_id)
                    .unwrap();
                account.active |= change.activate;
                account.attributes.extend(change.attributes.clone());
            }
            Some(Write::Deactivate { zoom_id }) => {
                let account = stage
                    .accounts
                    .iter_mut()
                    .find(|account| account.id == *zoom_id)
                    .unwrap();
                account.active = false;
                account
                    .attributes
                    .insert(Attribute::UserType, "Basic".into());
            }
            Some(Write::Delete { zoom_id }) => {
                stage.accounts.retain(|account| account.id != *zoom_id)
            }
            None => {}
        }
        let link = match &action.link {
            LinkChange::Keep => continue,
            LinkChange::Set(link) => Some((**link).clone()),
            LinkChange::Create => new_id,
            LinkChange::Drop => None,
        };
        stage.links.retain(|held| held.user != action.user);
        stage.links.extend(link);
    }
    stage
        .removed
        .retain(|removed| stage.links.iter().any(|link| link.user == removed.user));
    stage
}

proptest! {
    /// No write of a kind whose flag is off.
    #[test]
    fn flags_gate_what_they_name(connection in some_connection(), stage in some_stage()) {
        for action in stage.plan(&connection).actions {
            let flags = connection.flags;
            let allowed = match &action.write {
                None => true,
                Some(Write::Create { .. }) => flags.create,
                Some(Write::Update { .. }) => flags.update,
                Some(Write::Deactivate { .. }) => flags.disable || flags.deprovision,
                Some(Write::Delete { .. }) => flags.deprovision && connection.remove_action == RemoveAction::Delete,
            };
            prop_assert!(allowed, "{:?}", action);
        }
    }

    /// The same input gives the same plan, and once it is applied there is nothing left to do.
    #[test]
    fn a_plan_is_deterministic_and_converges(connection in some_connection(), stage in some_stage()) {
        let plan = stage.plan(&connection);
        prop_assert_eq!(&plan, &stage.plan(&connection));
        let again = applied(stage, &plan).plan(&connection);
        let writes: Vec<_> = again.actions.iter().filter(|action| action.write.is_some()).collect();
        prop_assert!(writes.is_empty(), "first {:#?}, then {:#?}", plan, writes);
    }
}
