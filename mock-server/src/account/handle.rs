//! One Zoom account, with everything that belongs to it alone.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::Value;

use super::users::{UserError, Users};
use crate::clock::Clock;
use crate::ids::Ids;
use crate::journal::{Exchange, Journal};
use crate::oauth::DEFAULT_SCOPES;
use crate::scim::resource;

/// How long a token lives, in seconds, unless an account says otherwise (Zoom's token endpoint).
const TOKEN_EXPIRES_IN_S: u32 = 3600;

/// How to make an account. What is absent is generated from the server's seed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountSpec {
    /// The account id.
    pub account_id: Option<String>,
    /// The client id of the account's app.
    pub client_id: Option<String>,
    /// The client secret of the account's app.
    pub client_secret: Option<String>,
    /// The scopes of the app; absent: those that PingOne asks for.
    pub scopes: Option<Vec<String>>,
    /// How long tokens live, in seconds; absent: 3600.
    pub token_expires_in_s: Option<u32>,
}

/// What a client needs to get a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The account id.
    pub account_id: String,
    /// The client id.
    pub client_id: String,
    /// The client secret, in the clear: it guards nothing but a test double.
    pub client_secret: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("account_id", &self.account_id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Why the control side refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Another account has the id.
    #[error("`{field}` is taken: {value}; leave the field out to have one generated")]
    Taken {
        /// The field of [`AccountSpec`].
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// No account has the id.
    #[error("there is no account `{0}`; GET /_mock/accounts lists them")]
    NoAccount(String),
    /// An attribute of a user is not right.
    #[error("`{field}`: {message}")]
    Invalid {
        /// The attribute, as a path into the JSON.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// The account's own rules refuse.
    #[error(transparent)]
    User(#[from] UserError),
}

/// A Zoom account on a running server: the handle clones cheaply and does without HTTP what the control
/// API does with it.
#[derive(Debug, Clone)]
pub struct Account(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    clock: Arc<Clock>,
    journal: Journal,
    state: Mutex<State>,
}

/// The account's app.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) credentials: Credentials,
    /// Sorted, each once.
    pub(crate) scopes: Vec<String>,
    pub(crate) token_expires_in_s: u32,
    /// The user in whose name tokens are issued: the account's owner.
    pub(crate) owner_id: String,
}

/// What changes.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) users: Users,
    pub(crate) ids: Ids,
}

impl Account {
    /// An account as specified; what is absent is drawn from `ids`.
    pub(crate) fn new(
        spec: AccountSpec,
        seed: u64,
        ids: &mut Ids,
        clock: Arc<Clock>,
        journal: Journal,
    ) -> Self {
        let account_id = spec.account_id.unwrap_or_else(|| ids.id());
        let mut scopes = spec
            .scopes
            .unwrap_or_else(|| DEFAULT_SCOPES.map(str::to_owned).to_vec());
        scopes.sort();
        scopes.dedup();
        // An account's ids depend on the server's seed and its own id alone, not on other accounts.
        let mut own_ids = Ids::new(seed, &account_id);
        let client = Client {
            credentials: Credentials {
                client_id: spec.client_id.unwrap_or_else(|| ids.id()),
                client_secret: spec.client_secret.unwrap_or_else(|| ids.secret()),
                account_id,
            },
            scopes,
            token_expires_in_s: spec.token_expires_in_s.unwrap_or(TOKEN_EXPIRES_IN_S),
            owner_id: own_ids.id(),
        };
        let state = State {
            users: Users::default(),
            ids: own_ids,
        };
        Self(Arc::new(Inner {
            client,
            clock,
            journal,
            state: Mutex::new(state),
        }))
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// The account's state. The lock is never held over an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic inside a rule would leave the account as it was: rules commit in their last line.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.client.credentials.account_id
    }

    /// What a client needs to get a token.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.0.client.credentials
    }

    /// All users in the order of their creation, each with every attribute that is stored.
    #[must_use]
    pub fn users(&self) -> Vec<Value> {
        let state = self.state();
        let stored = state.users.starting_at(0);
        stored
            .map(|stored| resource::snapshot(&stored.user))
            .collect()
    }

    /// Adds a user as an administrator does in Zoom's own pages; `active` may be false. Returns the id.
    ///
    /// # Errors
    ///
    /// When the JSON is no SCIM user, or the address is none or taken. Nothing has changed then.
    pub fn add_user(&self, user: &Value) -> Result<String, ControlError> {
        let change = by_hand(user)?;
        let now = self.0.clock.now();
        let mut state = self.state();
        let State { users, ids } = &mut *state;
        let stored = users.add_by_hand(change, ids, now)?;
        Ok(stored.user.id.clone())
    }

    /// Changes a user as an administrator does in Zoom's own pages; what the JSON lacks stays.
    ///
    /// # Errors
    ///
    /// When the JSON is no SCIM user, no user has the id, or the new address is taken. Nothing has changed
    /// then.
    pub fn edit_user(&self, id: &str, change: &Value) -> Result<(), ControlError> {
        let change = by_hand(change)?;
        let now = self.0.clock.now();
        self.state().users.edit_by_hand(id, change, now)?;
        Ok(())
    }

    /// Deletes a user as an administrator does in Zoom's own pages.
    ///
    /// # Errors
    ///
    /// When no user has the id.
    pub fn remove_user(&self, id: &str) -> Result<(), ControlError> {
        Ok(self.state().users.delete(id)?)
    }

    /// From now on the address belongs to somebody else's Zoom account: it cannot be taken, and no lookup
    /// finds it.
    pub fn add_foreign_address(&self, address: &str) {
        self.state().users.add_foreign(address);
    }

    /// The account's exchanges after a sequence number, in order, as far as the journal still has them.
    #[must_use]
    pub fn exchanges(&self, since_seq: u64) -> Vec<Arc<Exchange>> {
        self.0.journal.since(since_seq)
    }

    /// The sequence number of the account's latest exchange, 0 where there is none.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.0.journal.last_seq()
    }

    /// Forgets users, foreign addresses and journal. Credentials and tokens stay.
    pub fn reset(&self) {
        self.state().users.clear();
        self.0.journal.clear();
    }
}

fn by_hand(user: &Value) -> Result<super::UserChange, ControlError> {
    resource::read(user).map_err(|invalid| ControlError::Invalid {
        message: "not a value that Zoom takes here".to_owned(),
        field: invalid.attribute.to_owned(),
    })
}
