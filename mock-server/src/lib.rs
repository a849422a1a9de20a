//! A stand-in for Zoom that starts inside a test: its token endpoint and its SCIM2 users.
//!
//! ```
//! use mock_server::{AccountSpec, Config, MockServer};
//! use serde_json::json;
//!
//! // A server listens from here on, on a free port, until it is dropped.
//! let zoom = MockServer::start(&Config::default())?;
//! assert!(zoom.token_url().starts_with("http://127.0.0.1:"));
//!
//! // Each test takes an account of its own: its credentials lead to nobody else's users.
//! let account = zoom.create_account(AccountSpec::default())?;
//! let credentials = account.credentials();
//! println!("{} {}", credentials.account_id, credentials.client_id);
//!
//! // What an administrator does by hand in Zoom's own pages.
//! let id = account.add_user(&json!({ "userName": "ann@example.com", "active": false }))?;
//! account.edit_user(&id, &json!({ "name": { "givenName": "Ann" } }))?;
//!
//! // ... here the client under test works against zoom.scim_url() ...
//!
//! // What Zoom then holds, and what went over the wire.
//! assert_eq!(account.users()[0]["name"]["givenName"], "Ann");
//! assert_eq!(account.exchanges(0).len(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where Zoom's documents are silent the server makes a choice, and the code says at the place that it is
//! one. Time is virtual ([`Clock`]): advancing it lets tokens expire at once. Ids and credentials come from
//! a seed: with a clock that stands still ([`ClockStart::At`]), the same requests get the same bytes.

mod account;
pub mod cli;
mod clock;
mod control;
mod http;
mod ids;
mod journal;
mod limit;
mod oauth;
mod operation;
mod scim;
mod server;

pub use account::{
    Account, AccountSpec, App, AppChange, AppError, Choice, ChoiceValue, Choices, ControlError,
    Credentials, Expected, GroupError, InvalidSettings, MissingScope, NotAsExpected, Permission,
    Plan, ScopeReport, Seats, Settings, TimedOut, TokenSpec, UsedScope, UserError,
};
/// The values of the [`Choices`].
pub mod choices {
    pub use crate::account::{
        CreateInactive, DeletedAddress, EarlierTokens, EmptyResources, ForeignAddress,
        GatewayErrors, GroupCreateMembers, GroupMembers, JsonTokenRequest, ListOrder, MediaType,
        PagingOutOfRange, PatchForm, ReactivatedType, RotatedTokens, TakenEmailQuotes,
        UnassociatedDomain, UnknownGroup, UnknownLicence, UnknownMember, UnknownRole,
        UnknownUserType, UserNameCase,
    };
}
pub use clock::{Clock, ClockStart, OutOfRange};
pub use journal::{Exchange, ExchangeQuery, JournalLimits};
pub use limit::{Preset, RateLimits};
pub use operation::Operation;
pub use server::{Config, MockServer, ScopedAccount, StartError, Timeouts};
