//! Everything that requests are answered from.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use dashmap::DashMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::watch;

use super::config::{Config, Timeouts};
use super::door::Doors;
use crate::account::{Account, AccountSpec, Common, ControlError, Settings};
use crate::clock::Clock;
use crate::fault::Faults;
use crate::ids::Ids;
use crate::journal::{Exchange, ExchangeQuery, Journal, Sequence};
use crate::oauth::{Secrets, Signer, Tokens};

/// How many accounts a server has at the most.
const MAX_ACCOUNTS: usize = 10_000;

/// What is encoded in a segment of a path: everything but the unreserved (RFC 3986 section 2.3).
pub(crate) const PATH_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The URLs of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Urls {
    pub(crate) base_url: String,
}

impl Urls {
    pub(crate) fn token_url(&self) -> String {
        format!("{}/oauth/token", self.base_url)
    }

    pub(crate) fn scim_url(&self) -> String {
        format!("{}/scim2", self.base_url)
    }

    /// The base of the paths that name an account.
    pub(crate) fn tenant_url(&self, account_id: &str) -> String {
        let id = utf8_percent_encode(account_id, PATH_SEGMENT);
        format!("{}/t/{id}", self.base_url)
    }
}

/// The accounts of a server and what they share.
#[derive(Debug)]
pub(crate) struct Zoom {
    pub(crate) common: Arc<Common>,
    pub(crate) urls: Urls,
    /// The exchanges that belong to no account.
    pub(crate) unclaimed: Arc<Journal>,
    /// Whether the first token request under `/t/{account}` makes the account.
    pub(crate) makes_tenants: bool,
    /// The settings of an account that is made that way.
    pub(crate) tenant_settings: Settings,
    pub(crate) control_token: Option<String>,
    pub(crate) timeouts: Timeouts,
    /// Whether the server is about to stop: what goes on without end ends then.
    pub(super) stopping: watch::Sender<bool>,
    /// Whether magic values name scenarios.
    pub(crate) magic: bool,
    pub(crate) faults: Faults,
    pub(crate) doors: Doors,
    /// The account that the server was started with.
    default_account: OnceLock<String>,
    accounts: DashMap<String, Account>,
}

impl Zoom {
    pub(super) fn new(config: &Config, base_url: String, control_token: Option<String>) -> Self {
        let unclaimed = Arc::new(Journal::new(config.journal, Arc::new(Sequence::default())));
        let common = Common {
            unclaimed: Arc::clone(&unclaimed),
            seed: config.seed,
            clock: Arc::new(Clock::new(config.clock)),
            tokens: Tokens::default(),
            signer: Signer::new(config.seed),
            clients: DashMap::new(),
            ids: Mutex::new(Ids::new(config.seed, "accounts")),
        };
        Self {
            common: Arc::new(common),
            urls: Urls { base_url },
            unclaimed,
            makes_tenants: config.makes_tenants,
            tenant_settings: config.account.first_settings(),
            control_token,
            timeouts: config.timeouts,
            stopping: watch::Sender::new(false),
            magic: config.magic,
            faults: Faults::default(),
            doors: Doors::default(),
            default_account: OnceLock::new(),
            accounts: DashMap::new(),
        }
    }

    pub(crate) fn create_account(&self, spec: AccountSpec) -> Result<Account, ControlError> {
        // One account is made at a time, so that ids are drawn in order and taken ones are seen.
        let mut ids = self
            .common
            .ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.accounts.len() >= MAX_ACCOUNTS {
            return Err(ControlError::TooManyAccounts(MAX_ACCOUNTS));
        }
        spec.check_ids()?;
        let taken = |field, value: &Option<String>, is_taken: bool| match value {
            Some(value) if is_taken => Err(ControlError::Taken {
                field,
                value: value.clone(),
            }),
            _ => Ok(()),
        };
        let account_taken = spec
            .account_id
            .as_ref()
            .is_some_and(|id| self.accounts.contains_key(id));
        let client_taken = spec
            .client_id
            .as_ref()
            .is_some_and(|id| self.common.clients.contains_key(id));
        taken("account_id", &spec.account_id, account_taken)?;
        taken("client_id", &spec.client_id, client_taken)?;
        let account = Account::new(spec, &mut ids, &self.common, self.unclaimed.another())?;
        self.accounts
            .insert(account.id().to_owned(), account.clone());
        Ok(account)
    }

    /// Makes the account that the server starts with.
    pub(super) fn create_default_account(
        &self,
        spec: AccountSpec,
    ) -> Result<Account, ControlError> {
        let account = self.create_account(spec)?;
        self.start_with(&account);
        Ok(account)
    }

    /// Takes an account that was made by other means, whose ids are nobody's here.
    pub(crate) fn take(&self, account: Account) {
        self.accounts.insert(account.id().to_owned(), account);
    }

    /// Says which account is the one that the server was started with; it is said once.
    pub(crate) fn start_with(&self, account: &Account) {
        let _ = self.default_account.set(account.id().to_owned());
    }

    /// The account that the server was started with, unless it was removed.
    pub(crate) fn default_account(&self) -> Option<Account> {
        self.account(self.default_account.get()?)
    }

    pub(crate) fn remove_account(&self, id: &str) -> bool {
        let Some((_, account)) = self.accounts.remove(id) else {
            return false;
        };
        account.leave();
        true
    }

    pub(crate) fn account(&self, id: &str) -> Option<Account> {
        self.accounts.get(id).map(|account| account.clone())
    }

    /// All accounts, by id.
    pub(crate) fn accounts(&self) -> Vec<Account> {
        let mut accounts: Vec<Account> = self
            .accounts
            .iter()
            .map(|entry| entry.value().clone())
            .collect();
        accounts.sort_by(|one, other| one.id().cmp(other.id()));
        accounts
    }

    pub(crate) fn account_of_client(&self, client_id: &str) -> Option<Account> {
        let id = self.common.clients.get(client_id)?.clone();
        self.account(&id)
    }

    /// Waits until the server is about to stop.
    pub(crate) async fn stops(&self) {
        let mut stopping = self.stopping.subscribe();
        // It is not dropped before the server.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    /// The secrets of all apps, account by account.
    pub(crate) fn secrets(&self) -> Vec<Secrets> {
        let accounts = self.accounts.iter();
        accounts
            .map(|account| account.state().apps.secrets().clone())
            .collect()
    }

    /// The exchanges of all accounts and of none that a query asks for, in order.
    pub(crate) fn exchanges(&self, query: &ExchangeQuery) -> Vec<Arc<Exchange>> {
        let mut exchanges = self.unclaimed.find(query);
        for account in self.accounts() {
            exchanges.extend(account.find_exchanges(query));
        }
        exchanges.sort_by_key(|exchange| exchange.seq);
        exchanges.truncate(query.limit);
        exchanges
    }

    pub(crate) fn clear_journal(&self) {
        self.unclaimed.clear();
        for account in self.accounts() {
            account.journal().clear();
        }
    }

    pub(crate) fn reset(&self) {
        self.unclaimed.clear();
        for account in self.accounts() {
            account.reset();
        }
    }
}

impl Drop for Zoom {
    fn drop(&mut self) {
        // Tokens hold their accounts, and accounts what holds the tokens.
        self.common.tokens.clear();
    }
}
