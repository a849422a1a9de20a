//! Accounts that are never disabled or deleted.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Safety;
use crate::plan::{Account, fold};
use crate::rule::Attribute;

/// The roles without which a Zoom account cannot be administered. Zoom writes them so; other roles are of the
/// account's own making, and the protect list is for those.
const PROTECTED_ROLES: [&str; 2] = ["Owner", "Admin"];

/// Why an account is protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Its role at Zoom.
    Role(String),
    /// The connection's protect list.
    List,
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => write!(f, "protected: {role} role"),
            Self::List => f.write_str("protected by the connection's protect list"),
        }
    }
}

/// Whether the protect list names a user, by the directory's id or by one of their addresses.
pub(crate) fn listed<'a>(
    safety: &Safety,
    user: &str,
    mut addresses: impl Iterator<Item = &'a str>,
) -> bool {
    let protect = &safety.protect;
    let names = |address: &str| protect.iter().any(|entry| fold(entry) == fold(address));
    protect.iter().any(|entry| entry == user) || addresses.any(names)
}

/// The role that protects an account, as far as a read of this one user showed it.
pub(crate) fn protecting_role(account: &Account) -> Option<Protection> {
    let roles = account.attributes.get(&Attribute::Roles)?;
    let held = |role: &&str| {
        roles
            .split(',')
            .any(|held| held.trim().eq_ignore_ascii_case(role))
    };
    let role = PROTECTED_ROLES.iter().find(|role| held(role))?;
    Some(Protection::Role((*role).to_owned()))
}

#[cfg(test)]
mod tests {
    use crate::rule::Attributes;

    use super::*;

    #[test]
    fn owners_and_admins_are_protected_and_nobody_else_by_role() {
        let role = |roles: &str| {
            let account = Account {
                id: "z1".into(),
                user_name: "a@b".into(),
                active: true,
                attributes: Attributes::from_iter([(Attribute::Roles, roles.into())]),
            };
            protecting_role(&account).map(|protection| protection.to_string())
        };
        assert_eq!(role("Owner").as_deref(), Some("protected: Owner role"));
        assert_eq!(
            role("Member, admin").as_deref(),
            Some("protected: Admin role")
        );
        for roles in ["", "Member", "Administrator of rooms", "Admins"] {
            assert_eq!(role(roles), None, "{roles}");
        }
    }

    #[test]
    fn the_list_has_addresses_and_ids() {
        let safety = Safety {
            protect: vec!["Boss@Example.com".to_owned(), "u7".to_owned()],
            ..Safety::default()
        };
        let is_listed = |user: &str, address: &str| listed(&safety, user, [address].into_iter());
        assert!(is_listed("u1", "boss@example.COM") && is_listed("u7", "x@y"));
        assert!(!is_listed("U7", "x@y"), "an id is exact");
        assert!(!is_listed("u1", "boss@example.com.evil"));
    }
}
