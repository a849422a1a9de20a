//! What a Zoom account is: its app's credentials and scopes, its users, and the rules of their life.
//!
//! Everything that changes stands behind one lock, because Zoom has no races inside an account. A rule
//! checks first and commits second: on an error nothing has changed. Nothing here knows HTTP.

mod handle;
mod order;
mod user;
mod users;

pub use handle::{Account, AccountSpec, ControlError, Credentials};
pub(crate) use handle::{Client, State};
pub(crate) use user::UserChange;
pub(crate) use user::{Phone, User, UserType};
pub use users::UserError;
#[cfg(test)]
pub(crate) use users::Users;
