use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::settings::Settings;
use super::super::user::{User, UserChange, UserType};
use super::*;
use crate::ids::Ids;

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

/// A roster with its settings and ids.
struct Case {
    roster: Roster,
    settings: Settings,
    ids: Ids,
}

impl Case {
    fn new(settings: Value) -> Self {
        Self {
            roster: Roster::default(),
            settings: serde_json::from_value(settings).unwrap(),
            ids: Ids::new(1, "test"),
        }
    }

    fn of(addresses: &[&str]) -> (Self, Vec<String>) {
        let mut case = Self::new(json!({}));
        let ids = addresses
            .iter()
            .map(|address| case.create(named(address)).unwrap())
            .collect();
        (case, ids)
    }

    /// Creates, and gives the id.
    fn create(&mut self, change: UserChange) -> Result<String, UserError> {
        let Self {
            roster,
            settings,
            ids,
        } = self;
        let stored = roster.create_user(change, settings, || ids.id(), now())?;
        Ok(stored.user.id.to_string())
    }

    fn by_hand(&mut self, change: UserChange) -> String {
        let Self {
            roster,
            settings,
            ids,
        } = self;
        let stored = roster
            .add_by_hand(change, settings, || ids.id(), now())
            .unwrap();
        stored.user.id.to_string()
    }

    fn update(&mut self, id: &str, change: UserChange) -> Result<User, UserError> {
        let stored = self.roster.update_user(id, change, &self.settings, now())?;
        Ok(stored.user.clone())
    }

    fn set_active(&mut self, id: &str, active: bool) -> Result<User, UserError> {
        let stored = self.roster.set_active(id, active, &self.settings, now())?;
        Ok(stored.user.clone())
    }

    fn delete(&mut self, id: &str) -> Result<(), UserError> {
        self.roster.delete_user(id, &self.settings)
    }

    fn group(&mut self, name: &str, members: &[String]) -> Result<String, GroupError> {
        let spec = GroupSpec {
            display_name: Some(name.to_owned()),
            ..GroupSpec::default()
        };
        let Self {
            roster,
            settings,
            ids,
        } = self;
        let group = roster.create_group(spec, settings, ids, now())?;
        let change = GroupChange::Members(MemberChange::Add, members.to_vec());
        roster.update_group(&group.id, vec![change], settings, now())?;
        Ok(group.id.to_string())
    }

    fn user(&self, id: &str) -> &User {
        &self.roster.users.get(id).unwrap().user
    }
}

fn named(address: &str) -> UserChange {
    UserChange {
        user_name: Some(address.to_owned()),
        ..UserChange::default()
    }
}

fn typed(user_type: &str) -> UserChange {
    UserChange {
        user_type: Some(user_type.to_owned()),
        ..UserChange::default()
    }
}

fn moved(address: &str) -> UserChange {
    UserChange {
        email: Some(address.to_owned()),
        ..UserChange::default()
    }
}

fn with_role(address: &str, role: &str) -> UserChange {
    UserChange {
        roles: Some(vec![role.to_owned()]),
        ..named(address)
    }
}

fn licensed(attribute: &str, value: impl Into<Value>) -> UserChange {
    let value: Value = value.into();
    let zoom = json!({ attribute: value }).as_object().unwrap().clone();
    UserChange {
        zoom,
        ..UserChange::default()
    }
}

#[test]
fn a_create_takes_the_address_from_user_name_alone() {
    let (mut case, _) = Case::of(&[]);
    let change = UserChange {
        email: Some("other@example.com".to_owned()),
        active: Some(false),
        ..named("ann@example.com")
    };
    let id = case.create(change).unwrap();
    let user = case.user(&id);
    assert_eq!((&*user.user_name, user.active), ("ann@example.com", true));
    assert_eq!(user.user_type, UserType::Basic);
}

#[test]
fn addresses_are_unique_whatever_their_case() {
    let (mut case, _) = Case::of(&["ann@example.com"]);
    let again = case.create(named("ANN@Example.com"));
    assert_eq!(
        again,
        Err(UserError::TakenOnCreate("ANN@Example.com".to_owned()))
    );
    assert_eq!(case.roster.users.len(), 1);
}

#[test]
fn a_deactivation_takes_every_licence_and_updates_wait_for_the_activation() {
    let (mut case, ids) = Case::of(&["ann@example.com"]);
    case.update(&ids[0], typed("Licensed")).unwrap();
    case.update(&ids[0], licensed("zoomUnited", "32")).unwrap();
    let inactive = case.set_active(&ids[0], false).unwrap();
    assert_eq!(
        (inactive.user_type, inactive.zoom.len()),
        (UserType::Basic, 0)
    );
    assert_eq!(
        case.update(&ids[0], typed("Licensed")),
        Err(UserError::Inactive)
    );
    let both = UserChange {
        active: Some(true),
        ..typed("Licensed")
    };
    let active = case.update(&ids[0], both).unwrap();
    assert_eq!(
        (active.active, active.user_type),
        (true, UserType::Licensed)
    );
}

#[test]
fn the_type_comes_back_where_the_account_has_chosen_so() {
    let mut case = Case::new(json!({"choices": {"reactivated_type": "restored"}}));
    let id = case
        .create(UserChange {
            user_name: named("ann@example.com").user_name,
            ..typed("Pro")
        })
        .unwrap();
    case.set_active(&id, false).unwrap();
    assert_eq!(
        case.set_active(&id, true).unwrap().user_type,
        UserType::Licensed
    );
}

#[test]
fn an_email_change_frees_the_old_address() {
    let (mut case, ids) = Case::of(&["ann@example.com", "bob@example.com"]);
    assert_eq!(
        case.update(&ids[0], moved("BOB@example.com")),
        Err(UserError::TakenOnUpdate("BOB@example.com".to_owned()))
    );
    case.update(&ids[0], moved("ann.archer@example.com"))
        .unwrap();
    assert!(case.roster.users.by_name("ann@example.com").is_none());
    let found = case.roster.users.by_name("Ann.Archer@example.com").unwrap();
    assert_eq!(*found.user.id, *ids[0]);
}

#[test]
fn a_foreign_address_is_refused_or_pending() {
    let (mut case, ids) = Case::of(&["ann@example.com"]);
    case.roster.add_foreign("Taken@example.com");
    assert!(matches!(
        case.create(named("taken@example.com")),
        Err(UserError::TakenOnCreate(_))
    ));
    assert!(matches!(
        case.update(&ids[0], moved("taken@example.com")),
        Err(UserError::TakenOnUpdate(_))
    ));

    let mut case = Case::new(json!({"choices": {"foreign_address": "pending"}}));
    case.roster.add_foreign("taken@example.com");
    let id = case.create(named("taken@example.com")).unwrap();
    assert!(case.roster.users.get(&id).is_none());
    assert!(case.roster.is_elsewhere("Taken@example.com"));
    assert!(matches!(
        case.create(named("taken@example.com")),
        Err(UserError::TakenOnCreate(_))
    ));
    let accepted = case.roster.accept("TAKEN@example.com", now()).unwrap();
    assert_eq!(*accepted.user.id, *id);
    assert!(!case.roster.is_elsewhere("taken@example.com"));
}

#[test]
fn an_address_outside_the_associated_domains_is_refused_or_pending() {
    let domains = json!({"associated_domains": ["example.com"]});
    let mut case = Case::new(domains.clone());
    let id = case.create(named("ann@example.com")).unwrap();
    assert_eq!(
        case.create(named("ann@other.example")),
        Err(UserError::UnassociatedDomain)
    );
    assert_eq!(
        case.update(&id, moved("ann@other.example")),
        Err(UserError::UnassociatedDomain)
    );
    let mut settings = domains;
    settings["choices"] = json!({"unassociated_domain": "pending"});
    let mut case = Case::new(settings);
    case.create(named("ann@other.example")).unwrap();
    assert_eq!(
        (case.roster.users.len(), case.roster.pending().count()),
        (0, 1)
    );
}

#[test]
fn admins_and_rooms_are_protected() {
    let mut case = Case::new(json!({}));
    let admin = case.by_hand(with_role("admin@example.com", "Admin"));
    assert_eq!(case.set_active(&admin, false), Err(UserError::Protected));
    let off = UserChange {
        active: Some(false),
        ..UserChange::default()
    };
    assert_eq!(case.update(&admin, off), Err(UserError::Protected));
    assert_eq!(
        case.update(&admin, moved("other@example.com")),
        Err(UserError::ProtectedEmail)
    );
    assert_eq!(case.delete(&admin), Err(UserError::ProtectedFromDelete));
    case.update(&admin, typed("Licensed")).unwrap();

    let room = UserChange {
        zoom_room: Some(true),
        user_type: typed("Licensed").user_type,
        ..named("room@example.com")
    };
    let room = case.by_hand(room);
    assert_eq!(case.set_active(&room, false), Err(UserError::Protected));
    assert_eq!(
        case.update(&room, typed("Basic")),
        Err(UserError::RoomToFree)
    );
    assert_eq!(case.delete(&room), Ok(()));

    let forced = UserChange {
        force_inactive: Some(true),
        ..named("forced@example.com")
    };
    let forced = case.by_hand(forced);
    assert!(!case.user(&forced).active);
    assert_eq!(
        case.set_active(&forced, true),
        Err(UserError::ForceInactive)
    );
    let on = UserChange {
        active: Some(true),
        ..UserChange::default()
    };
    assert_eq!(case.update(&forced, on), Err(UserError::Inactive));
}

#[test]
fn seats_run_out_by_type_and_by_plan() {
    let mut case = Case::new(json!({"seats": {"licensed": 1, "zoom_united": 1, "basic": 2}}));
    let ann = case
        .create(UserChange {
            user_name: named("ann@example.com").user_name,
            ..typed("Licensed")
        })
        .unwrap();
    let bob = case.create(named("bob@example.com")).unwrap();
    case.create(named("carl@example.com")).unwrap();
    assert_eq!(
        case.update(&bob, typed("Licensed")),
        Err(UserError::NoPaidSeats)
    );
    assert_eq!(
        case.create(named("dora@example.com")),
        Err(UserError::NoBasicSeats)
    );
    case.update(&ann, typed("Licensed")).unwrap();
    case.update(&ann, licensed("zoomUnited", "1")).unwrap();
    assert_eq!(
        case.update(&bob, licensed("zoomUnited", "1")),
        Err(UserError::NoPlanSeats("Zoom United Plan"))
    );
    assert_eq!(
        case.update(&bob, licensed("zoomUnited", "3")),
        Err(UserError::InvalidPlan("Zoom United Plan"))
    );
    case.delete(&ann).unwrap();
    case.update(&bob, licensed("zoomUnited", "1")).unwrap();
    case.update(&bob, typed("Licensed")).unwrap();
}

#[test]
fn whiteboards_exclude_each_other_also_across_updates() {
    let (mut case, ids) = Case::of(&["ann@example.com"]);
    case.update(&ids[0], licensed("zoomWhiteboard", true))
        .unwrap();
    assert_eq!(
        case.update(&ids[0], licensed("zoomWhiteboardPlus", true)),
        Err(UserError::BothWhiteboards)
    );
    case.update(&ids[0], licensed("zoomWhiteboard", false))
        .unwrap();
    case.update(&ids[0], licensed("zoomWhiteboardPlus", true))
        .unwrap();
}

#[test]
fn a_membership_is_the_same_from_both_sides() {
    let (mut case, ids) = Case::of(&["ann@example.com", "bob@example.com"]);
    let staff = case.group("Staff", &ids).unwrap();
    assert_eq!(case.user(&ids[0]).groups, [staff.clone().into_boxed_str()]);
    let members = |case: &Case, group: &str| case.roster.groups.get(group).unwrap().members.len();
    let nobody = UserChange {
        groups: Some(Vec::new()),
        ..UserChange::default()
    };
    case.update(&ids[0], nobody).unwrap();
    assert_eq!(members(&case, &staff), 1);
    let back = UserChange {
        groups: Some(vec!["STAFF".to_owned(), "unknown".to_owned()]),
        ..UserChange::default()
    };
    case.update(&ids[0], back).unwrap();
    assert_eq!(members(&case, &staff), 2);
    case.delete(&ids[1]).unwrap();
    assert_eq!(members(&case, &staff), 1);
    case.roster
        .delete_group(&staff, &case.settings, now())
        .unwrap();
    assert!(case.user(&ids[0]).groups.is_empty());
}

#[test]
fn a_groups_patch_is_done_as_a_whole_or_not_at_all() {
    let mut case = Case::new(json!({"choices": {"unknown_member": "refused"}}));
    let ann = case.create(named("ann@example.com")).unwrap();
    let staff = case.group("Staff", std::slice::from_ref(&ann)).unwrap();
    case.group("Sales", &[]).unwrap();
    assert_eq!(
        case.group("staff", &[]),
        Err(GroupError::Exists("staff".to_owned()))
    );
    let before = case.roster.groups.get(&staff).unwrap().clone();
    for (last, error) in [
        (
            GroupChange::Name("Sales".to_owned()),
            GroupError::Exists("Sales".to_owned()),
        ),
        (GroupChange::Name(" ".to_owned()), GroupError::InvalidName),
        (
            GroupChange::Members(MemberChange::Add, vec!["nobody".to_owned()]),
            GroupError::UnknownMember,
        ),
    ] {
        let changes = vec![
            GroupChange::Members(MemberChange::Remove, vec![ann.clone()]),
            last,
        ];
        let refused = case
            .roster
            .update_group(&staff, changes, &case.settings, now());
        assert_eq!(refused, Err(error));
        assert_eq!(case.roster.groups.get(&staff), Some(&before));
        assert_eq!(case.user(&ann).groups.len(), 1);
    }
}

#[test]
fn the_default_group_is_there_and_stays() {
    let mut case = Case::new(json!({"default_group": "Everyone"}));
    let Case {
        roster,
        settings,
        ids,
    } = &mut case;
    roster.ensure_default_group(settings, ids, now()).unwrap();
    roster.ensure_default_group(settings, ids, now()).unwrap();
    assert_eq!(roster.groups.len(), 1);
    let id = roster.groups.by_name("everyone").unwrap().id.clone();
    assert_eq!(
        roster.delete_group(&id, settings, now()),
        Err(GroupError::Default)
    );
}

#[test]
fn unknown_names_are_taken_as_the_account_has_chosen() {
    let role = |role: &str| UserChange {
        roles: Some(vec![role.to_owned()]),
        ..UserChange::default()
    };
    let group = UserChange {
        groups: Some(vec!["Nobody's".to_owned()]),
        ..UserChange::default()
    };
    let (mut case, ids) = Case::of(&["ann@example.com"]);
    assert_eq!(
        &*case.update(&ids[0], role("Guest")).unwrap().roles[0],
        "Guest"
    );
    assert_eq!(
        case.update(&ids[0], typed("Gold")),
        Err(UserError::InvalidAttribute("userType"))
    );
    case.settings.choices.unknown_role = super::super::UnknownRole::Ignored;
    assert_eq!(
        &*case.update(&ids[0], role("Other")).unwrap().roles[0],
        "Guest"
    );
    case.settings.choices.unknown_role = super::super::UnknownRole::Refused;
    assert_eq!(
        case.update(&ids[0], role("Other")),
        Err(UserError::InvalidAttribute("roles"))
    );
    case.settings.choices.unknown_group = super::super::UnknownGroup::Refused;
    assert_eq!(
        case.update(&ids[0], group),
        Err(UserError::InvalidAttribute("groups"))
    );
    case.settings.choices.unknown_user_type = super::super::UnknownUserType::Ignored;
    assert_eq!(
        case.update(&ids[0], typed("Gold")).unwrap().user_type,
        UserType::Basic
    );
}

#[test]
fn a_deleted_address_is_free_or_somebody_elses() {
    let (mut case, ids) = Case::of(&["ann@example.com", "bob@example.com"]);
    case.delete(&ids[0]).unwrap();
    case.create(named("ann@example.com")).unwrap();
    case.settings.choices.deleted_address = super::super::DeletedAddress::InUse;
    case.delete(&ids[1]).unwrap();
    assert!(matches!(
        case.create(named("bob@example.com")),
        Err(UserError::TakenOnCreate(_))
    ));
}

#[test]
fn what_is_no_address_is_refused() {
    use super::user_rules::is_address;
    for text in [
        "",
        "ann",
        "@example.com",
        "ann@",
        "a b@example.com",
        "a@b@c",
        "a\0@example.com",
    ] {
        assert!(!is_address(text), "{text:?}");
    }
    for text in [
        "ann@example.com",
        "o'connor+x@example.com",
        "ünï@example.com",
    ] {
        assert!(is_address(text), "{text:?}");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Create(u8),
    Move(prop::sample::Index, u8),
    Toggle(prop::sample::Index, bool),
    Delete(prop::sample::Index),
    Join(prop::sample::Index, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let who = any::<prop::sample::Index>;
    prop_oneof![
        3 => any::<u8>().prop_map(Step::Create),
        1 => (who(), any::<u8>()).prop_map(|(who, to)| Step::Move(who, to)),
        1 => (who(), any::<bool>()).prop_map(|(who, on)| Step::Toggle(who, on)),
        1 => (who(), any::<bool>()).prop_map(|(who, joins)| Step::Join(who, joins)),
        2 => who().prop_map(Step::Delete),
    ]
}

/// Addresses from a small space, in two spellings, so that they collide.
fn address(number: u8) -> String {
    let name = if number.is_multiple_of(2) {
        "User"
    } else {
        "user"
    };
    format!("{name}{}@example.com", number / 2 % 60)
}

fn listed(case: &Case) -> Vec<User> {
    case.roster
        .users
        .starting_at(0)
        .map(|stored| stored.user.clone())
        .collect()
}

proptest! {
    /// After any sequence the indexes agree with the list, addresses are unique, seats and memberships are
    /// counted right, and an error has changed nothing.
    #[test]
    fn indexes_agree_with_the_list(steps in proptest::collection::vec(step(), 0..200)) {
        let mut case = Case::new(json!({}));
        let staff = case.group("Staff", &[]).unwrap();
        for step in steps {
            let before = listed(&case);
            let who = |which: prop::sample::Index| match before.len() {
                0 => "nobody".to_owned(),
                len => before[which.index(len)].id.to_string(),
            };
            let done = match step {
                Step::Create(number) => case.create(named(&address(number))).map(drop),
                Step::Move(which, to) => case.update(&who(which), moved(&address(to))).map(drop),
                Step::Toggle(which, on) => case.set_active(&who(which), on).map(drop),
                Step::Delete(which) => case.delete(&who(which)),
                Step::Join(which, joins) => {
                    let change = if joins { MemberChange::Add } else { MemberChange::Remove };
                    let changes = vec![GroupChange::Members(change, vec![who(which)])];
                    case.roster.update_group(&staff, changes, &case.settings, now()).unwrap();
                    Ok(())
                }
            };
            let after = listed(&case);
            if done.is_err() {
                prop_assert_eq!(&after, &before);
            }
            prop_assert_eq!(case.roster.users.len(), after.len());
            let members = after.iter().filter(|user| !user.groups.is_empty()).count();
            prop_assert_eq!(case.roster.groups.get(&staff).unwrap().members.len(), members);
            let mut tally = tally::Tally::default();
            for user in &after {
                let users = &case.roster.users;
                prop_assert_eq!(&users.get(&user.id).unwrap().user, user);
                prop_assert_eq!(&users.by_name(&user.user_name).unwrap().user.id, &user.id);
                tally.add(user);
            }
            prop_assert_eq!(case.roster.users.tally(), &tally);
            let mut names: Vec<String> = after.iter().map(|user| fold(&user.user_name)).collect();
            names.sort();
            names.dedup();
            prop_assert_eq!(names.len(), after.len());
        }
    }
}
