//! An incident: all that a server is, in one document, and a server that starts exactly there.
//!
//! In it are accounts with their apps, settings, users and groups, what was counted and drawn, the clock, fault rules,
//! scenario and runs, and the journal. Not in it are tokens: whoever had one asks for another, and the journal shows
//! nothing but fingerprints. The mock's client secrets are in it.

mod account;
mod exchange;

use std::fmt;
use std::sync::PoisonError;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::account::SavedAccount;
use self::exchange::SavedExchange;
use crate::account::{Account, AccountSpec, Settings};
use crate::clock::{ClockStart, Gait};
use crate::fault::SavedFaults;
use crate::ids::Ids;
use crate::journal::ExchangeQuery;
use crate::server::{Config, Zoom};

/// The form of the document. Another number is another form.
const FORMAT: u64 = 1;

/// All that a server is, as [`MockServer::incident`](crate::MockServer::incident) and `GET /_mock/incident` give it.
/// It holds the mock's client secrets.
#[derive(Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Incident(Box<Saved>);

/// A document that is no incident.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` {message}")]
pub struct InvalidIncident {
    /// Where, as a path into the document.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    format: u64,
    /// The version of the program that saved it.
    zoom_mock: String,
    seed: u64,
    clock: SavedClock,
    /// Whether the first token request under `/t/{account}` makes the account.
    tenants: bool,
    /// The settings of an account that is made that way.
    tenant_settings: Settings,
    /// Whether magic values name scenarios.
    magic: bool,
    /// How much is drawn of the ids of accounts.
    drawn: u64,
    /// The number of the latest exchange.
    last_request: u64,
    /// The account that the server was started with, unless it was removed.
    default_account: Option<String>,
    accounts: Vec<SavedAccount>,
    faults: SavedFaults,
    journal: Vec<SavedExchange>,
}

/// The server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedClock {
    now: Timestamp,
    /// Whether it stands still; otherwise it goes on from there.
    frozen: bool,
}

impl fmt::Debug for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incident")
            .field("accounts", &self.0.accounts.len())
            .field("journal", &self.0.journal.len())
            .finish_non_exhaustive()
    }
}

fn invalid(path: impl Into<String>, message: impl Into<String>) -> InvalidIncident {
    InvalidIncident {
        path: path.into(),
        message: message.into(),
    }
}

impl Incident {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// When it is of another form, a key is missing or unknown, or a value has another type; the error names the path.
    /// Whether a server can be in it is found out when one starts from it.
    pub fn read(json: &Value) -> Result<Self, InvalidIncident> {
        match json.get("format") {
            Some(format) if format.as_u64() == Some(FORMAT) => {}
            Some(format) => {
                let message = format!("is {format}, and this zoom-mock reads {FORMAT}");
                return Err(invalid("format", message));
            }
            None => {
                let message = "is missing: this is no incident of zoom-mock's";
                return Err(invalid("format", message));
            }
        }
        let saved: Saved = serde_path_to_error::deserialize(json)
            .map_err(|error| invalid(error.path().to_string(), error.inner().to_string()))?;
        Ok(Self(Box::new(saved)))
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> Value {
        // Keys are texts, and numbers are finite.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The configuration of a server that starts from it.
    pub(crate) fn config(&self, config: &Config) -> Config {
        let SavedClock { now, frozen } = self.0.clock;
        Config {
            seed: self.0.seed,
            clock: if frozen {
                ClockStart::At(now)
            } else {
                ClockStart::From(now)
            },
            makes_tenants: self.0.tenants,
            account: AccountSpec {
                settings: self.0.tenant_settings.clone(),
                ..AccountSpec::default()
            },
            magic: self.0.magic,
            ..config.clone()
        }
    }

    /// Brings everything back on a server that is empty, and gives the account that it starts with.
    pub(crate) fn restore(&self, zoom: &Zoom) -> Result<Account, InvalidIncident> {
        let saved = &*self.0;
        let settings = saved.tenant_settings.check();
        settings
            .map_err(|error| invalid(format!("tenant_settings.{}", error.field), error.message))?;
        for (index, account) in saved.accounts.iter().enumerate() {
            let place = |path: String| match path.is_empty() {
                true => format!("accounts[{index}]"),
                false => format!("accounts[{index}].{path}"),
            };
            let restored = account.restored(zoom);
            zoom.take(restored.map_err(|error| invalid(place(error.path), error.message))?);
        }
        zoom.faults
            .restore(&saved.faults)
            .map_err(|error| invalid(format!("faults.{}", error.field), error.message))?;
        exchange::restore(&saved.journal, saved.last_request, zoom)?;
        zoom.unclaimed.go_on_after(saved.last_request);
        let ids = Ids::new(saved.seed, "accounts").after(saved.drawn);
        *zoom
            .common
            .ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = ids;
        let first = match &saved.default_account {
            Some(id) => {
                let message = format!("is `{id}`, which is none of the accounts");
                let account = zoom.account(id);
                account.ok_or_else(|| invalid("default_account", message))?
            }
            None => {
                let message = "is empty, and a server has an account to start with";
                let first = zoom.accounts().into_iter().next();
                return first.ok_or_else(|| invalid("accounts", message));
            }
        };
        zoom.start_with(&first);
        Ok(first)
    }
}

impl Zoom {
    /// All that the server is.
    pub(crate) fn incident(&self) -> Incident {
        let clock = &self.common.clock;
        let journal = self.exchanges(&ExchangeQuery::default());
        let accounts = self.accounts();
        Incident(Box::new(Saved {
            format: FORMAT,
            zoom_mock: env!("CARGO_PKG_VERSION").to_owned(),
            seed: self.common.seed,
            clock: SavedClock {
                now: clock.now(),
                frozen: matches!(clock.gait(), Gait::StillAt(_)),
            },
            tenants: self.makes_tenants,
            tenant_settings: self.tenant_settings.clone(),
            magic: self.magic,
            drawn: self
                .common
                .ids
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .drawn(),
            last_request: self.unclaimed.drawn(),
            default_account: self
                .default_account()
                .map(|account| account.id().to_owned()),
            accounts: accounts.iter().map(SavedAccount::of).collect(),
            faults: self.faults.saved(),
            journal: journal
                .iter()
                .map(|exchange| SavedExchange::of(exchange))
                .collect(),
        }))
    }
}
