//! Why an account refuses.

/// Why the account refuses something about a user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// The userName of a create is no e-mail address.
    #[error("the userName is no e-mail address")]
    InvalidUserName,
    /// The e-mail of an update is no e-mail address.
    #[error("the e-mail is no e-mail address")]
    InvalidEmail,
    /// An attribute has a value that cannot be its.
    #[error("the {0} is not one that there is")]
    InvalidAttribute(&'static str),
    /// A create for an address that is taken, here or in somebody else's account.
    #[error("the address {0} is taken")]
    TakenOnCreate(String),
    /// An e-mail change to an address that is taken.
    #[error("the address {0} is taken")]
    TakenOnUpdate(String),
    /// The domain of the address is not associated with the account.
    #[error("the domain of the address is not associated with the account")]
    UnassociatedDomain,
    /// No user has the id.
    #[error("there is no such user")]
    NotFound,
    /// An inactive user's attributes are not updated.
    #[error("the user is inactive")]
    Inactive,
    /// The user was switched off in a way that SCIM2 does not undo.
    #[error("the user is inactive by force")]
    ForceInactive,
    /// Admins and Zoom Rooms are not switched on or off.
    #[error("the user is an admin or a Zoom Room")]
    Protected,
    /// Admins are not deleted.
    #[error("the user is an admin, who is not deleted")]
    ProtectedFromDelete,
    /// An admin's address does not change.
    #[error("the user is an admin, whose address does not change")]
    ProtectedEmail,
    /// A Zoom Room is not Basic.
    #[error("a Zoom Room cannot be Basic")]
    RoomToFree,
    /// Two licences that exclude each other.
    #[error("Zoom Whiteboard and Zoom Whiteboard Plus exclude each other")]
    BothWhiteboards,
    /// No seat is left for a paid user.
    #[error("no paid seat is left")]
    NoPaidSeats,
    /// No seat is left for a Basic user.
    #[error("no Basic seat is left")]
    NoBasicSeats,
    /// A licence plan's value is none of its enumeration.
    #[error("the value of the plan {0} is none of its enumeration")]
    InvalidPlan(&'static str),
    /// No seat of a licence plan is left.
    #[error("no seat of the plan {0} is left")]
    NoPlanSeats(&'static str),
    /// The server holds no more users in one account.
    #[error("the account holds as many users as the server keeps")]
    TooMany,
}

/// Why the account refuses something about a group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// No group has the id.
    #[error("there is no such group")]
    NotFound,
    /// The name is none.
    #[error("the displayName is empty or too long")]
    InvalidName,
    /// Another group has the name.
    #[error("a group of the name {0} exists")]
    Exists(String),
    /// The account's default group is not deleted.
    #[error("the group is the account's default group")]
    Default,
    /// A member is no user of the account.
    #[error("a member is no user of the account")]
    UnknownMember,
    /// The server holds no more groups in one account.
    #[error("the account has as many groups as the server keeps")]
    TooMany,
}
