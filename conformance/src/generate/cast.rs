//! The people in the generated scenarios.

use std::collections::BTreeMap;

use crate::scenario::{Attribute, DirectoryUser, ZoomEdit, ZoomUser};

/// The rule of the cells.
pub(crate) const RULE: &str = "r1";
/// A second rule, where a story needs one.
pub(crate) const OTHER_RULE: &str = "r2";
/// The address of the user that events happen to.
pub(crate) const ANN: &str = "ann@example.com";
/// The address that a rename gives her.
pub(crate) const ANN_RENAMED: &str = "ann.archer@example.com";

/// The user that events happen to.
pub(crate) fn ann() -> DirectoryUser {
    DirectoryUser {
        id: "u-ann".to_owned(),
        title: some("Engineer"),
        phone: some("+1 2015550123"),
        user_type: some("Licensed"),
        organization: some("Example Ltd"),
        locale: some("San Jose"),
        ..person("u-ann", ANN, "Ann", "Ames")
    }
}

/// The same with new values in attributes that a list shows, a get shows, and nothing shows.
pub(crate) fn ann_changed() -> DirectoryUser {
    DirectoryUser {
        family_name: some("Archer"),
        department: some("Marketing"),
        phone: some("+1 2015550199"),
        title: some("Lead Engineer"),
        ..ann()
    }
}

/// A colleague in the same scope to whom nothing happens.
pub(crate) fn bob() -> DirectoryUser {
    DirectoryUser {
        user_type: some("Basic"),
        ..person("u-bob", "bob+zoom@example.com", "Bob", "O'Brien")
    }
}

/// A directory user that no rule ever matches, who has an account of their own.
pub(crate) fn dan() -> DirectoryUser {
    DirectoryUser {
        in_scope_of: Vec::new(),
        ..person("u-dan", "dan@example.com", "Dan", "Dahl")
    }
}

/// The accounts that are nobody's business: one of a user out of scope, one that no directory knows.
pub(crate) fn bystanders() -> [ZoomEdit; 2] {
    [
        account("dan@example.com", &[(Attribute::FamilyName, "Elsewhere")]),
        account("eve@partner.example", &[(Attribute::Department, "Guests")]),
    ]
}

/// An account that Ann already has, its address written with capitals and one attribute off.
pub(crate) fn anns_own_account() -> ZoomEdit {
    account(
        "Ann@Example.com",
        &[
            (Attribute::GivenName, "Ann"),
            (Attribute::FamilyName, "Ames"),
            (Attribute::Department, "Before"),
            (Attribute::UserType, "Licensed"),
            (Attribute::Phone, "+1 2015550123"),
            (Attribute::Organization, "Example Ltd"),
            (Attribute::Title, "Engineer"),
            (Attribute::Locale, "San Jose"),
        ],
    )
}

pub(crate) fn account(user_name: &str, attributes: &[(Attribute, &str)]) -> ZoomEdit {
    ZoomEdit::Add {
        user: ZoomUser {
            user_name: user_name.to_owned(),
            active: true,
            attributes: attributes
                .iter()
                .map(|(attribute, value)| (*attribute, (*value).to_owned()))
                .collect::<BTreeMap<_, _>>(),
            cost_center: some("CC-1"),
        },
    }
}

pub(crate) fn person(id: &str, username: &str, given: &str, family: &str) -> DirectoryUser {
    DirectoryUser {
        id: id.to_owned(),
        username: username.to_owned(),
        email: some(username),
        given_name: some(given),
        family_name: some(family),
        department: some("Sales"),
        enabled: true,
        in_scope_of: vec![RULE.to_owned()],
        ..DirectoryUser::default()
    }
}

pub(crate) fn some(value: &str) -> Option<String> {
    Some(value.to_owned())
}
