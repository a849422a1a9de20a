//! The operations of the surface that is stood in for, and what each needs: one table.

use crate::account::Permission;
use crate::journal::ScopeCheck;
use crate::limit::Category;

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `POST /oauth/token`
    IssueToken,
    /// `GET /scim2/Users`
    ListUsers,
    /// `POST /scim2/Users`
    CreateUser,
    /// `GET /scim2/Users/{id}`
    GetUser,
    /// `PUT /scim2/Users/{id}`
    UpdateUser,
    /// `PATCH /scim2/Users/{id}`
    PatchUser,
    /// `DELETE /scim2/Users/{id}`
    DeleteUser,
    /// `GET /scim2/Groups`
    ListGroups,
    /// `POST /scim2/Groups`
    CreateGroup,
    /// `GET /scim2/Groups/{id}`
    GetGroup,
    /// `PATCH /scim2/Groups/{id}`
    PatchGroup,
    /// `DELETE /scim2/Groups/{id}`
    DeleteGroup,
    /// `GET /v2/users`
    RestListUsers,
    /// `GET /v2/users/{id}`
    RestGetUser,
    /// `GET /v2/accounts/{account}/managed_domains`
    RestListManagedDomains,
}

/// Which of Zoom's interfaces an operation belongs to, and with it the envelope of its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interface {
    /// The token endpoint.
    OAuth,
    /// SCIM2.
    Scim,
    /// The REST API.
    Rest,
}

/// What is known of an operation (Zoom's SCIM2 and REST references).
struct Facts {
    operation: Operation,
    /// The name in the journal and the control API.
    name: &'static str,
    interface: Interface,
    /// Of these scopes one suffices, classic or granular; empty where none is needed.
    scopes: &'static [&'static str],
    /// What the role of the app's owner has to allow.
    permission: Option<Permission>,
    category: Category,
    is_write: bool,
}

const fn scim(
    operation: Operation,
    name: &'static str,
    permission: Permission,
    category: Category,
) -> Facts {
    let is_write = matches!(permission, Permission::UserEdit | Permission::GroupEdit);
    Facts {
        operation,
        name,
        interface: Interface::Scim,
        scopes: &["scim2", "scim2:admin"],
        permission: Some(permission),
        category,
        is_write,
    }
}

const fn rest(
    operation: Operation,
    name: &'static str,
    scopes: &'static [&'static str],
    permission: Option<Permission>,
    category: Category,
) -> Facts {
    Facts {
        operation,
        name,
        interface: Interface::Rest,
        scopes,
        permission,
        category,
        is_write: false,
    }
}

use Category::{Light, Medium};
use Permission::{GroupEdit, GroupRead, UserEdit, UserRead};

/// In the order of [`Operation`].
const TABLE: [Facts; 15] = [
    Facts {
        operation: Operation::IssueToken,
        name: "token.issue",
        interface: Interface::OAuth,
        scopes: &[],
        permission: None,
        category: Light,
        is_write: false,
    },
    scim(Operation::ListUsers, "users.list", UserRead, Medium),
    scim(Operation::CreateUser, "users.create", UserEdit, Light),
    scim(Operation::GetUser, "users.get", UserRead, Light),
    scim(Operation::UpdateUser, "users.update", UserEdit, Light),
    scim(Operation::PatchUser, "users.patch", UserEdit, Light),
    scim(Operation::DeleteUser, "users.delete", UserEdit, Light),
    scim(Operation::ListGroups, "groups.list", GroupRead, Medium),
    scim(Operation::CreateGroup, "groups.create", GroupEdit, Medium),
    scim(Operation::GetGroup, "groups.get", GroupRead, Light),
    scim(Operation::PatchGroup, "groups.patch", GroupEdit, Medium),
    scim(Operation::DeleteGroup, "groups.delete", GroupEdit, Medium),
    // A scope to write implies the one to read.
    rest(
        Operation::RestListUsers,
        "rest.users.list",
        &[
            "user:read:admin",
            "user:write:admin",
            "user:read:list_users:admin",
        ],
        Some(UserRead),
        Medium,
    ),
    rest(
        Operation::RestGetUser,
        "rest.users.get",
        &[
            "user:read:admin",
            "user:write:admin",
            "user:read:user:admin",
        ],
        Some(UserRead),
        Light,
    ),
    rest(
        Operation::RestListManagedDomains,
        "rest.managed_domains.list",
        &[
            "account:read:admin",
            "account:write:admin",
            "account:read:managed_domains:master",
        ],
        None,
        Light,
    ),
];

/// The scopes that PingOne asks an administrator to grant.
pub(crate) const DEFAULT_SCOPES: [&str; 7] = [
    "account:master",
    "account:read:admin",
    "account:write:admin",
    "scim2",
    "user:master",
    "user:read:admin",
    "user:write:admin",
];

/// How many operations there are.
pub(crate) const OPERATIONS: usize = TABLE.len();

impl Operation {
    /// All operations.
    #[expect(
        clippy::indexing_slicing,
        reason = "at compile time, where an index out of bounds does not compile"
    )]
    pub const ALL: [Self; OPERATIONS] = {
        let mut all = [Self::IssueToken; OPERATIONS];
        let mut index = 0;
        while index < OPERATIONS {
            all[index] = TABLE[index].operation;
            index += 1;
        }
        all
    };

    fn facts(self) -> &'static Facts {
        // A test holds the table to the order of the operations.
        TABLE.get(self as usize).unwrap_or(&TABLE[0])
    }

    /// The operation's name in the journal and the control API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.facts().name
    }

    /// The operation of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operation| operation.as_str() == name)
    }

    /// Whether the operation changes users or groups.
    #[must_use]
    pub fn is_write(self) -> bool {
        self.facts().is_write
    }

    /// The scopes of which one suffices: classic or granular. Empty where none is needed.
    #[must_use]
    pub fn scopes(self) -> &'static [&'static str] {
        self.facts().scopes
    }

    /// What the role of the app's owner has to allow.
    pub(crate) fn permission(self) -> Option<Permission> {
        self.facts().permission
    }

    pub(crate) fn category(self) -> Category {
        self.facts().category
    }

    pub(crate) fn interface(self) -> Interface {
        self.facts().interface
    }

    /// Whether the operation is one of SCIM2's about users, which need Single Sign-On.
    pub(crate) fn is_about_users(self) -> bool {
        self.interface() == Interface::Scim
            && matches!(self.permission(), Some(UserRead | UserEdit))
    }

    /// The granted scope that lets the operation in. Where none is needed, the empty one.
    pub(crate) fn allowed_by<'a>(
        self,
        granted: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let needed = self.scopes();
        if needed.is_empty() {
            return Some("");
        }
        granted.into_iter().find(|scope| needed.contains(scope))
    }

    /// What granted scopes say to the operation.
    pub(crate) fn check_scopes(self, granted: &[String]) -> ScopeCheck {
        let by = self.allowed_by(granted.iter().map(String::as_str));
        let known = |by: &str| self.scopes().iter().find(|scope| **scope == by).copied();
        by.map_or(ScopeCheck::Missing, |by| {
            ScopeCheck::LetIn(known(by).unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_operations() {
        for (index, facts) in TABLE.iter().enumerate() {
            assert_eq!(facts.operation as usize, index, "{}", facts.name);
        }
    }

    #[test]
    fn every_scim_operation_needs_one_of_two_scopes() {
        for operation in Operation::ALL {
            let scim = operation.interface() == Interface::Scim;
            assert_eq!(
                operation.allowed_by(["scim2"]).is_some(),
                scim || operation == Operation::IssueToken
            );
            assert_eq!(
                operation.allowed_by(["user:master", "scim2:admin"]),
                match operation {
                    Operation::IssueToken => Some(""),
                    _ if scim => Some("scim2:admin"),
                    _ => None,
                }
            );
        }
    }

    #[test]
    fn names_read_back() {
        for operation in Operation::ALL {
            assert_eq!(Operation::parse(operation.as_str()), Some(operation));
        }
    }
}
