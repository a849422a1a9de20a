//! What a Zoom account is: its settings, its apps, its users and groups, and the rules of their life.
//!
//! Everything that changes stands behind one lock, because Zoom has no races inside an account. A rule
//! checks first and commits second: on an error nothing has changed. Nothing here knows HTTP.

mod app;
mod apps;
mod by_hand;
mod choices;
mod handle;
mod index;
mod licence;
mod object;
mod order;
mod roster;
mod settings;
mod shown;
mod spec;
mod stale;
mod state;
mod tokens;
mod usage;
mod user;
mod waiting;

pub(crate) use app::check_scopes;
pub use app::{App, AppChange, AppError};
pub use choices::{
    Choice, ChoiceValue, Choices, CreateInactive, DeactivatedAddress, DeletedAddress,
    EarlierTokens, EmptyResources, ForeignAddress, GatewayErrors, GroupCreateMembers, GroupMembers,
    InactiveApp, JsonTokenRequest, ListOrder, MediaType, MissingAccountId, PagingOutOfRange,
    PatchForm, ReactivatedType, Refusals, RotatedTokens, TakenEmailQuotes, UnassociatedDomain,
    UnknownGroup, UnknownLicence, UnknownMember, UnknownRole, UnknownUserType, UserNameCase,
};
pub use handle::Account;
pub(crate) use handle::Common;
pub(crate) use licence::{Answer, is_shown};
pub(crate) use roster::{
    Group, GroupChange, GroupSpec, MemberChange, NoRoster, Page, Roster, SavedRoster, Stored,
};
pub use roster::{GroupError, UserError};
pub use settings::{InvalidSettings, Permission, Plan, Seats, Settings};
pub use spec::{AccountSpec, ControlError, Credentials};
pub(crate) use stale::Seen;
pub(crate) use state::{OwnIds, State};
pub(crate) use tokens::Oddity;
pub use tokens::TokenSpec;
pub(crate) use usage::Usage;
pub use usage::{MissingScope, ScopeReport, UsedScope};
pub(crate) use user::{Phone, User, UserChange};
pub use waiting::{Expected, NotAsExpected, TimedOut};
