use proptest::prelude::*;

use super::super::user::UserType;
use super::*;

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn named(address: &str) -> UserChange {
    UserChange {
        user_name: Some(address.to_owned()),
        ..UserChange::default()
    }
}

fn account_of(addresses: &[&str]) -> (Users, Vec<String>) {
    let mut users = Users::default();
    let mut ids = Ids::new(1, "test");
    let ids = addresses
        .iter()
        .map(|address| {
            users
                .create(named(address), &mut ids, now())
                .unwrap()
                .user
                .id
                .clone()
        })
        .collect();
    (users, ids)
}

#[test]
fn a_create_takes_the_address_from_user_name_alone() {
    let mut users = Users::default();
    let change = UserChange {
        email: Some("other@example.com".to_owned()),
        active: Some(false),
        ..named("ann@example.com")
    };
    let stored = users
        .create(change, &mut Ids::new(1, "test"), now())
        .unwrap();
    assert_eq!(stored.user.user_name, "ann@example.com");
    assert!(stored.user.active);
    assert_eq!(stored.user.user_type, UserType::Basic);
}

#[test]
fn addresses_are_unique_whatever_their_case() {
    let (mut users, _) = account_of(&["ann@example.com"]);
    let again = users.create(named("ANN@Example.com"), &mut Ids::new(2, "test"), now());
    assert_eq!(
        again.unwrap_err(),
        UserError::TakenOnCreate("ANN@Example.com".to_owned())
    );
    assert_eq!(users.len(), 1);
}

#[test]
fn a_deactivation_takes_the_licence_and_updates_wait_for_the_activation() {
    let (mut users, ids) = account_of(&["ann@example.com"]);
    let licensed = UserChange {
        user_type: Some(UserType::Licensed),
        ..UserChange::default()
    };
    users.update(&ids[0], licensed.clone(), now()).unwrap();
    let inactive = users.set_active(&ids[0], false, now()).unwrap();
    assert_eq!(inactive.user.user_type, UserType::Basic);
    assert_eq!(
        users.update(&ids[0], licensed.clone(), now()).unwrap_err(),
        UserError::Inactive
    );
    let both = UserChange {
        active: Some(true),
        ..licensed
    };
    let active = users.update(&ids[0], both, now()).unwrap();
    assert_eq!(
        (active.user.active, active.user.user_type),
        (true, UserType::Licensed)
    );
}

#[test]
fn an_email_change_frees_the_old_address() {
    let (mut users, ids) = account_of(&["ann@example.com", "bob@example.com"]);
    let moved = |address: &str| UserChange {
        email: Some(address.to_owned()),
        ..UserChange::default()
    };
    assert_eq!(
        users
            .update(&ids[0], moved("BOB@example.com"), now())
            .unwrap_err(),
        UserError::TakenOnUpdate("BOB@example.com".to_owned())
    );
    users
        .update(&ids[0], moved("ann.archer@example.com"), now())
        .unwrap();
    assert!(users.by_name("ann@example.com").is_none());
    assert_eq!(
        users.by_name("Ann.Archer@example.com").unwrap().user.id,
        ids[0]
    );
}

#[test]
fn a_foreign_address_is_refused() {
    let (mut users, ids) = account_of(&["ann@example.com"]);
    users.add_foreign("Taken@example.com");
    let created = users.create(named("taken@example.com"), &mut Ids::new(2, "test"), now());
    assert!(matches!(created, Err(UserError::TakenOnCreate(_))));
    let change = UserChange {
        email: Some("taken@example.com".to_owned()),
        ..UserChange::default()
    };
    assert!(matches!(
        users.update(&ids[0], change, now()),
        Err(UserError::TakenOnUpdate(_))
    ));
}

#[test]
fn what_is_no_address_is_refused() {
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
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<u8>().prop_map(Step::Create),
        1 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(who, to)| Step::Move(who, to)),
        1 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(who, on)| Step::Toggle(who, on)),
        2 => any::<prop::sample::Index>().prop_map(Step::Delete),
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

fn listed(users: &Users) -> Vec<User> {
    users
        .starting_at(0)
        .map(|stored| stored.user.clone())
        .collect()
}

proptest! {
    /// After any sequence the indexes agree with the list, addresses are unique, and an error has changed
    /// nothing.
    #[test]
    fn indexes_agree_with_the_list(steps in proptest::collection::vec(step(), 0..200)) {
        let mut users = Users::default();
        let mut ids = Ids::new(1, "property");
        for step in steps {
            let before = listed(&users);
            let who = |which: prop::sample::Index| match before.len() {
                0 => "nobody".to_owned(),
                len => before[which.index(len)].id.clone(),
            };
            let done = match step {
                Step::Create(number) => users.create(named(&address(number)), &mut ids, now()).map(drop),
                Step::Move(which, to) => {
                    let change = UserChange { email: Some(address(to)), ..UserChange::default() };
                    users.update(&who(which), change, now()).map(drop)
                }
                Step::Toggle(which, on) => users.set_active(&who(which), on, now()).map(drop),
                Step::Delete(which) => users.delete(&who(which)),
            };
            let after = listed(&users);
            if done.is_err() {
                prop_assert_eq!(&before, &after);
            }
            prop_assert_eq!(users.len(), after.len());
            prop_assert_eq!(users.by_id.len(), after.len());
            prop_assert_eq!(users.by_name.len(), after.len());
            for user in &after {
                prop_assert_eq!(&users.get(&user.id).unwrap().user, user);
                prop_assert_eq!(&users.by_name(&user.user_name).unwrap().user, user);
            }
        }
    }
}
