//! The operations, and the scopes that each needs.

/// An operation of the surface that is stood in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `POST /oauth/token`
    IssueToken,
    /// `GET /Users`
    ListUsers,
    /// `POST /Users`
    CreateUser,
    /// `GET /Users/{id}`
    GetUser,
    /// `PUT /Users/{id}`
    UpdateUser,
    /// `PATCH /Users/{id}`
    PatchUser,
    /// `DELETE /Users/{id}`
    DeleteUser,
}

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

impl Operation {
    /// All operations.
    pub const ALL: [Self; 7] = [
        Self::IssueToken,
        Self::ListUsers,
        Self::CreateUser,
        Self::GetUser,
        Self::UpdateUser,
        Self::PatchUser,
        Self::DeleteUser,
    ];

    /// The operation's name in the journal and the control API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IssueToken => "token.issue",
            Self::ListUsers => "users.list",
            Self::CreateUser => "users.create",
            Self::GetUser => "users.get",
            Self::UpdateUser => "users.update",
            Self::PatchUser => "users.patch",
            Self::DeleteUser => "users.delete",
        }
    }

    /// The operation of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operation| operation.as_str() == name)
    }

    /// Whether the operation changes users.
    #[must_use]
    pub fn is_write(self) -> bool {
        match self {
            Self::IssueToken | Self::ListUsers | Self::GetUser => false,
            Self::CreateUser | Self::UpdateUser | Self::PatchUser | Self::DeleteUser => true,
        }
    }

    /// The scopes of which one suffices: classic or granular (Zoom's SCIM2 reference). Empty where none is
    /// needed.
    #[must_use]
    pub fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::IssueToken => &[],
            Self::ListUsers
            | Self::CreateUser
            | Self::GetUser
            | Self::UpdateUser
            | Self::PatchUser
            | Self::DeleteUser => &["scim2", "scim2:admin"],
        }
    }
}

/// The scopes of which one would have been needed, or `None` where the operation is allowed.
pub(crate) fn missing_scopes(
    operation: Operation,
    granted: &[String],
) -> Option<&'static [&'static str]> {
    let needed = operation.scopes();
    let allowed = needed.is_empty() || granted.iter().any(|scope| needed.contains(&scope.as_str()));
    (!allowed).then_some(needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scim_operation_needs_one_of_two_scopes() {
        for operation in Operation::ALL {
            let needs = operation != Operation::IssueToken;
            assert_eq!(
                missing_scopes(operation, &[]).is_some(),
                needs,
                "{operation:?}"
            );
            for scope in ["scim2", "scim2:admin"] {
                assert_eq!(missing_scopes(operation, &[scope.to_owned()]), None);
            }
            assert_eq!(
                missing_scopes(operation, &["user:read:admin".to_owned()]).is_some(),
                needs
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
