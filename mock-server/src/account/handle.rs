//! One Zoom account on a running server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dashmap::DashMap;
use jiff::Timestamp;
use serde_json::Value;

use super::app::{App, AppChange, AppError};
use super::settings::Settings;
use super::spec::{AccountSpec, ControlError, Credentials};
use super::state::{OwnIds, State};
use super::usage::ScopeReport;
use crate::clock::{Clock, whole_second};
use crate::ids::Ids;
use crate::journal::{Exchange, ExchangeQuery, Journal};
use crate::oauth::{Signer, Tokens};
use crate::operation::DEFAULT_SCOPES;
use crate::scim::read;

/// What the accounts of a server share.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) seed: u64,
    pub(crate) clock: Arc<Clock>,
    pub(crate) tokens: Tokens,
    pub(crate) signer: Signer,
    /// From client ids to account ids.
    pub(crate) clients: DashMap<String, String>,
    /// The ids of accounts and of their first apps.
    pub(crate) ids: Mutex<Ids>,
    /// The exchanges that belong to no account: also those whose token is ours no more.
    pub(crate) unclaimed: Arc<Journal>,
}

/// A Zoom account on a running server: the handle clones cheaply and does without HTTP what the control
/// API does with it.
#[derive(Debug, Clone)]
pub struct Account(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: Arc<str>,
    /// The user in whose name tokens are issued: the account's owner.
    owner_id: String,
    /// The owner's address, where they are one of the users.
    owner: Option<String>,
    clock: Clock,
    journal: Journal,
    state: Mutex<State>,
    /// Whether an address of one of its users has named a scenario.
    magic_users: AtomicBool,
    common: Arc<Common>,
}

impl Account {
    /// An account as specified; what is absent is drawn from `ids`.
    pub(crate) fn new(
        spec: AccountSpec,
        ids: &mut Ids,
        common: &Arc<Common>,
        journal: Journal,
    ) -> Result<Self, ControlError> {
        let settings = spec.first_settings();
        let id = spec.account_id.unwrap_or_else(|| ids.id());
        let client_id = spec.client_id.unwrap_or_else(|| ids.id());
        let client_secret = spec.client_secret.unwrap_or_else(|| ids.secret());
        let scopes = spec
            .scopes
            .unwrap_or_else(|| DEFAULT_SCOPES.map(str::to_owned).to_vec());
        super::app::check_scopes(&scopes)?;
        let mut own_ids = OwnIds {
            resources: Ids::new(common.seed, &id),
            tokens: Ids::new(common.seed, &format!("{id} tokens")),
            apps: Ids::new(common.seed, &format!("{id} apps")),
        };
        let owner_id = own_ids.resources.id();
        let app = App::ready(client_id.clone(), client_secret, scopes);
        let mut state = State::new(Settings::default(), own_ids, app);
        let clock = Clock::of(Arc::clone(&common.clock));
        let now = whole_second(clock.now());
        state.set_settings(settings, now)?;
        if let Some(owner) = &spec.owner {
            super::by_hand::add_owner(&mut state, owner, &owner_id, now)?;
        }
        common.clients.insert(client_id, id.clone());
        Ok(Self(Arc::new(Inner {
            id: id.into(),
            owner_id,
            owner: spec.owner,
            clock,
            journal,
            state: Mutex::new(state),
            magic_users: AtomicBool::new(false),
            common: Arc::clone(common),
        })))
    }

    /// An account as it was.
    pub(crate) fn restored(
        id: &str,
        owner_id: String,
        owner: Option<String>,
        clock: Clock,
        journal: Journal,
        state: State,
        common: &Arc<Common>,
    ) -> Self {
        for app in state.apps.all() {
            common.clients.insert(app.client_id.clone(), id.to_owned());
        }
        Self(Arc::new(Inner {
            id: id.into(),
            owner_id,
            owner,
            clock,
            journal,
            state: Mutex::new(state),
            magic_users: AtomicBool::new(false),
            common: Arc::clone(common),
        }))
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.0.journal
    }

    pub(crate) fn common(&self) -> &Common {
        &self.0.common
    }

    pub(crate) fn has_magic_users(&self) -> bool {
        self.0.magic_users.load(Ordering::Relaxed)
    }

    /// From now on users are looked at for whether their address names a scenario.
    pub(crate) fn note_magic_user(&self) {
        self.0.magic_users.store(true, Ordering::Relaxed);
    }

    pub(crate) fn owner_id(&self) -> &str {
        &self.0.owner_id
    }

    /// The owner's address, where the account was made with one.
    pub(crate) fn owner(&self) -> Option<&str> {
        self.0.owner.as_deref()
    }

    /// The account's state. The lock is never held over an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic inside a rule would leave the account as it was: rules commit in their last line.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account's time in whole seconds, which is how time stamps are kept.
    pub(crate) fn stamp(&self) -> Timestamp {
        whole_second(self.0.clock.now())
    }

    /// The account id, to be shared.
    pub(crate) fn shared_id(&self) -> Arc<str> {
        Arc::clone(&self.0.id)
    }

    /// The account id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The account's virtual clock, which goes with the server's until it is set itself.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// What a client needs to get a token for the account's first app. Empty texts where the last app is
    /// deleted.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        let state = self.state();
        let (client_id, client_secret) = state
            .apps
            .all()
            .first()
            .map(|app| (app.client_id.clone(), app.client_secret.clone()))
            .unwrap_or_default();
        Credentials {
            account_id: self.id().to_owned(),
            client_id,
            client_secret,
        }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.state().settings.clone()
    }

    /// Changes settings: what the JSON leaves out stays, and `null` sets a setting to its default
    /// (RFC 7396).
    ///
    /// # Errors
    ///
    /// When the JSON has a key or a value that settings do not have. Nothing has changed then.
    pub fn change_settings(&self, change: &Value) -> Result<Settings, ControlError> {
        if !change.is_object() {
            return Err(ControlError::Invalid {
                field: "settings".to_owned(),
                message: "must be a JSON object".to_owned(),
            });
        }
        let mut state = self.state();
        let mut merged = serde_json::to_value(&state.settings).unwrap_or_default();
        merge(&mut merged, change);
        let settings: Settings =
            serde_path_to_error::deserialize(&merged).map_err(|error| ControlError::Invalid {
                field: error.path().to_string(),
                message: error.inner().to_string(),
            })?;
        state.set_settings(settings.clone(), self.stamp())?;
        Ok(settings)
    }

    /// The account's apps, the first one first.
    #[must_use]
    pub fn apps(&self) -> Vec<App> {
        self.state().apps.all().to_vec()
    }

    /// Makes an app: credentials appear with the name, and nothing else is filled in.
    ///
    /// # Errors
    ///
    /// When the name is empty, a field has a wrong value, or there are too many apps.
    pub fn create_app(&self, fields: AppChange) -> Result<App, AppError> {
        let mut state = self.state();
        let name = fields.name.clone().unwrap_or_default();
        if name.trim().is_empty() {
            return Err(AppError::Invalid {
                field: "name",
                message: "must not be empty".to_owned(),
            });
        }
        let ids = &mut state.ids.apps;
        let mut app = App::draft(&name, ids.id(), ids.secret());
        app.change(fields)?;
        state.apps.add(app.clone())?;
        let (client_id, account_id) = (app.client_id.clone(), self.id().to_owned());
        self.0.common.clients.insert(client_id, account_id);
        Ok(app)
    }

    /// Fills in what is said about an app. Other scopes count for the tokens that are issued from now on.
    ///
    /// # Errors
    ///
    /// When there is no such app, a field has a wrong value, or an active app would be incomplete. Nothing has
    /// changed then.
    pub fn change_app(&self, client_id: &str, change: AppChange) -> Result<App, AppError> {
        let mut state = self.state();
        state.apps.change(client_id, |app| app.change(change))
    }

    /// Activates an app.
    ///
    /// # Errors
    ///
    /// When there is no such app, or something required is missing.
    pub fn activate_app(&self, client_id: &str) -> Result<App, AppError> {
        self.state().apps.change(client_id, App::activate)
    }

    /// Deactivates an app; its tokens are invalid from now on.
    ///
    /// # Errors
    ///
    /// When there is no such app.
    pub fn deactivate_app(&self, client_id: &str) -> Result<App, AppError> {
        let app = self.state().apps.change(client_id, |app| {
            app.active = false;
            Ok(())
        })?;
        self.0.common.tokens.forget_client(client_id);
        Ok(app)
    }

    /// Gives an app another secret.
    ///
    /// # Errors
    ///
    /// When there is no such app.
    pub fn rotate_secret(&self, client_id: &str) -> Result<App, AppError> {
        let mut state = self.state();
        let secret = state.ids.apps.secret();
        let app = state.apps.change(client_id, |app| {
            app.client_secret = secret;
            Ok(())
        })?;
        let choices = state.settings.choices;
        drop(state);
        if choices.rotated_tokens == super::RotatedTokens::Invalid {
            self.0.common.tokens.forget_client(client_id);
        }
        Ok(app)
    }

    /// Deletes an app with its tokens.
    ///
    /// # Errors
    ///
    /// When there is no such app.
    pub fn remove_app(&self, client_id: &str) -> Result<(), AppError> {
        self.state().apps.remove(client_id)?;
        self.0.common.clients.remove(client_id);
        self.0.common.tokens.forget_client(client_id);
        Ok(())
    }

    /// Which scopes were granted, used, missing and unneeded so far.
    #[must_use]
    pub fn scope_report(&self) -> ScopeReport {
        let state = self.state();
        let mut granted: Vec<String> = state
            .apps
            .all()
            .iter()
            .flat_map(|app| app.scopes.iter().cloned())
            .collect();
        granted.sort();
        granted.dedup();
        state.usage.report(granted)
    }

    /// Remembers users, groups and settings under a name, replacing what was remembered under it.
    ///
    /// # Errors
    ///
    /// When the account keeps too many snapshots.
    pub fn take_snapshot(&self, name: &str) -> Result<(), ControlError> {
        self.state().take_snapshot(name)
    }

    /// Brings back what was remembered under a name.
    ///
    /// # Errors
    ///
    /// When nothing was.
    pub fn restore(&self, name: &str) -> Result<(), ControlError> {
        self.state().restore(name)
    }

    /// The names of the snapshots, with how many users each has.
    #[must_use]
    pub fn snapshots(&self) -> Vec<(String, usize)> {
        let state = self.state();
        state
            .snapshots()
            .map(|(name, users)| (name.to_owned(), users))
            .collect()
    }

    /// Forgets a snapshot.
    ///
    /// # Errors
    ///
    /// When there is none of the name.
    pub fn remove_snapshot(&self, name: &str) -> Result<(), ControlError> {
        self.state().remove_snapshot(name)
    }

    /// The account's exchanges after a sequence number, in order, as far as the journal still has them.
    #[must_use]
    pub fn exchanges(&self, since_seq: u64) -> Vec<Arc<Exchange>> {
        self.0.journal.find(&ExchangeQuery::since(since_seq))
    }

    /// The account's exchanges that a query asks for, in order.
    #[must_use]
    pub fn find_exchanges(&self, query: &ExchangeQuery) -> Vec<Arc<Exchange>> {
        self.0.journal.find(query)
    }

    /// The sequence number of the account's latest exchange, 0 where there is none.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.0.journal.last_seq()
    }

    /// Forgets users, groups, addresses, counters and journal. Settings, apps, tokens and snapshots stay, and
    /// the owner, where the account was made with one, is there as at the start.
    pub fn reset(&self) {
        let now = self.stamp();
        let mut state = self.state();
        state.clear(now);
        if let Some(owner) = &self.0.owner {
            // They were added to an empty account before, under the same address.
            let _ = super::by_hand::add_owner(&mut state, owner, &self.0.owner_id, now);
        }
        drop(state);
        self.0.journal.clear();
    }

    /// Takes the account's apps and tokens from the server.
    pub(crate) fn leave(&self) {
        for app in self.apps() {
            self.0.common.clients.remove(&app.client_id);
        }
        self.0.common.tokens.forget_account(&self.0.id);
    }

    pub(super) fn read_by_hand(user: &Value) -> Result<super::UserChange, ControlError> {
        read::read_by_hand(user).map_err(|invalid| super::by_hand::wrong_value(&invalid))
    }
}

/// RFC 7396: objects merge, `null` takes away, anything else replaces.
fn merge(held: &mut Value, change: &Value) {
    let Value::Object(changes) = change else {
        *held = change.clone();
        return;
    };
    if !held.is_object() {
        *held = Value::Object(serde_json::Map::new());
    }
    let Value::Object(held) = held else { return };
    for (key, change) in changes {
        if change.is_null() {
            held.remove(key);
        } else {
            merge(held.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}
