//! A stand-in for Zoom that starts inside a test: its token endpoint, SCIM2, and what an administrator does in
//! Zoom's own pages.
//!
//! # A test against it
//!
//! ```
//! use mock_server::{AccountSpec, Config, Expected, MockServer, Operation};
//! use serde_json::json;
//!
//! // A server listens from here on, on a free port, until it is dropped. One serves a whole test program.
//! let zoom = MockServer::start(&Config::default())?;
//!
//! // Each test takes an account of its own, which is gone with the guard: its credentials lead to nobody
//! // else's users.
//! let account = zoom.scoped_account(AccountSpec::default())?;
//! let credentials = account.credentials();
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//!
//! // What an administrator does by hand in Zoom's own pages.
//! let ann = account.add_user(&json!({ "userName": "ann@example.com", "userType": "Licensed" }))?;
//!
//! // The client under test works against zoom.token_url() and zoom.scim_url() with these credentials. Here
//! // it is six lines of reqwest.
//! # let _ = rustls::crypto::ring::default_provider().install_default();
//! # runtime.block_on(async {
//! let http = reqwest::Client::builder().no_proxy().build()?;
//! let form = [("grant_type", "account_credentials"), ("account_id", &credentials.account_id)];
//! let asked = http.post(zoom.token_url()).form(&form);
//! let asked = asked.basic_auth(&credentials.client_id, Some(&credentials.client_secret));
//! let token: serde_json::Value = asked.send().await?.json().await?;
//! let deactivate = json!({ "Operations": [{ "op": "replace", "value": { "active": false } }] });
//! let patch = http.patch(format!("{}/Users/{ann}", zoom.scim_url())).json(&deactivate);
//! let answer = patch.bearer_auth(token["access_token"].as_str().unwrap()).send().await?;
//! assert_eq!(answer.status(), 200);
//! # Ok::<(), reqwest::Error>(())
//! # })?;
//!
//! // What Zoom then holds: a deactivation takes the licence.
//! assert_eq!(account.users()[0]["active"], false);
//! assert_eq!(account.users()[0]["userType"], "Basic");
//!
//! // What went over the wire. Where it is something else, the error prints all that came.
//! account.check(&[Expected::times(Operation::PatchUser, 1), Expected::never(Operation::DeleteUser)])?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Waiting without sleeping
//!
//! A client that works on its own time is waited for by what it asks, with a limit:
//!
//! ```
//! # use mock_server::{AccountSpec, Config, MockServer};
//! use std::time::Duration;
//! use mock_server::{ExchangeQuery, Operation};
//!
//! # let zoom = MockServer::start(&Config::default())?;
//! # let account = zoom.scoped_account(AccountSpec::default())?;
//! let creates = ExchangeQuery::operation(Operation::CreateUser);
//! let error = account.wait_for(&creates, 2, Duration::from_millis(10)).unwrap_err();
//! assert_eq!(error.to_string(), "waited for 2 exchanges, 0 came in time\nnothing came at all");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How a client behaved
//!
//! [`Account::report_card`] judges a client by its exchanges: told waits, back-off, tokens, duplicates after a lost
//! answer, requests in vain, scopes. Each line names the exchanges that show it:
//!
//! ```
//! # use mock_server::{AccountSpec, Check, Config, MockServer, Verdict};
//! # let zoom = MockServer::start(&Config::default())?;
//! # let account = zoom.scoped_account(AccountSpec::default())?;
//! let card = account.report_card();
//! assert_eq!(card.bad().count(), 0, "{card}");
//! assert!(card.of(Check::ToldWait).all(|line| line.verdict == Verdict::NotMet), "nothing told to wait");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every answer has a number in the header `x-zoom-mock-request-id`. [`MockServer::why`] says by it which account,
//! credential, scope, limit and rule decided the request, and for each rule that did not fire why not.
//!
//! # An account that refuses
//!
//! Plan, Single Sign-On, domains, seats, roles, rate limits and what the owner may do are [`Settings`]:
//!
//! ```
//! # use mock_server::{AccountSpec, Config, MockServer};
//! # use serde_json::json;
//! # let zoom = MockServer::start(&Config::default())?;
//! # let account = zoom.scoped_account(AccountSpec::default())?;
//! account.change_settings(&json!({
//!     "associated_domains": ["example.com"],
//!     "seats": { "licensed": 5 },
//!     "rate_limits": { "preset": "business" },
//! }))?;
//! let error = account.change_settings(&json!({ "plans": "pro" })).unwrap_err();
//! assert!(error.to_string().starts_with("`plans` unknown field `plans`, expected one of `plan`"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where Zoom is silent
//!
//! Where Zoom's documents say nothing, the server does something all the same. Each such choice is a setting,
//! listed in [`Choices`] with its default:
//!
//! ```
//! # use mock_server::{AccountSpec, Config, MockServer};
//! # use serde_json::json;
//! use mock_server::{Choices, choices};
//!
//! # let zoom = MockServer::start(&Config::default())?;
//! # let account = zoom.scoped_account(AccountSpec::default())?;
//! assert_eq!(Choices::default().media_type, choices::MediaType::Json);
//! account.change_settings(&json!({ "choices": { "media_type": "scim+json" } }))?;
//! assert_eq!(account.settings().choices.media_type, choices::MediaType::ScimJson);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Time and chance
//!
//! Time is virtual, for the server ([`MockServer::clock`]) and for each account ([`Account::clock`]): advancing
//! it lets tokens expire at once. Ids and credentials come from a seed: with a clock that stands still
//! ([`ClockStart::At`]), the same requests get the same bytes.
//!
//! ```
//! # use mock_server::{AccountSpec, Config, MockServer, TokenSpec};
//! # let zoom = MockServer::start(&Config::default())?;
//! # let account = zoom.scoped_account(AccountSpec::default())?;
//! let token = account.mint_token(&TokenSpec { expires_in_s: Some(60), ..TokenSpec::default() })?;
//! account.clock().advance(jiff::SignedDuration::from_secs(61))?;
//! // From here on the token is answered with 401, `Access token is expired.`
//! # drop(token);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # An incident in one file
//!
//! [`MockServer::incident`] is all that a server is, but for its tokens; another server starts from it and goes on
//! byte for byte. `zoom-mock incident save FILE` and `zoom-mock serve --incident FILE` do the same:
//!
//! ```
//! # use mock_server::{Config, MockServer};
//! # use serde_json::json;
//! use mock_server::Incident;
//!
//! # let zoom = MockServer::start(&Config::default())?;
//! zoom.default_account().add_user(&json!({ "userName": "ann@example.com" }))?;
//! let document = zoom.incident().to_json();
//! let again = MockServer::start_from(&Config::default(), &Incident::read(&document)?)?;
//! assert_eq!(again.default_account().users(), zoom.default_account().users());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
pub mod cli;
mod clock;
mod control;
mod fault;
mod http;
mod ids;
mod incident;
mod journal;
mod limit;
mod oauth;
mod operation;
mod report_card;
mod scenario;
mod scim;
mod server;
mod why;

pub use account::{
    Account, AccountSpec, App, AppChange, AppError, Choice, ChoiceValue, Choices, ControlError,
    Credentials, Expected, GroupError, InvalidSettings, MissingScope, NotAsExpected, Permission,
    Plan, ScopeReport, Seats, Settings, TimedOut, TokenSpec, UsedScope, UserError,
};
/// The values of the [`Choices`].
pub mod choices {
    pub use crate::account::{
        CreateInactive, DeactivatedAddress, DeletedAddress, EarlierTokens, EmptyResources,
        ForeignAddress, GatewayErrors, GroupCreateMembers, GroupMembers, InactiveApp,
        JsonTokenRequest, ListOrder, MediaType, MissingAccountId, PagingOutOfRange, PatchForm,
        ReactivatedType, Refusals, RotatedTokens, TakenEmailQuotes, UnassociatedDomain,
        UnknownGroup, UnknownLicence, UnknownMember, UnknownRole, UnknownUserType, UserNameCase,
    };
}
pub use clock::{Clock, ClockStart, OutOfRange};
pub use fault::{
    ActsOn, CATALOG, CatalogEntry, Effect, FaultRule, HeaderMatch, InvalidRule, PassedOver, Phase,
    RetryAfter, RunReport, When,
};
pub use incident::{Incident, InvalidIncident};
pub use journal::{Exchange, ExchangeQuery, FaultNote, JournalLimits, ScopeCheck};
pub use limit::{Preset, RateLimits};
pub use operation::Operation;
pub use report_card::{CardLine, CardQuery, Check, ReportCard, Verdict};
pub use scenario::{
    ConnectionForm, DiagnosisCode, Door, DoorKind, Expectation, Family, Group, Placeholders,
    Scenario,
};
pub use server::{
    Config, FaultGuard, MockServer, NoAnswer, Played, ScenarioGuard, ScopedAccount, StartError,
    Timeouts,
};
pub use why::{NoRequest, RuleWhy, Why, WhyAccount, WhyCredential, WhyNot, WhyScope};
