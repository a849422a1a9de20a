//! The stage of one scenario: a Zoom account of its own, gone when the scenario is over.

use serde_json::{Value, json};

use super::observe::{ENTERPRISE, Exchange, Observed, scim};
use crate::configuration::Configuration;
use crate::driver::ConnectionSettings;
use crate::oracle::fold;
use crate::scenario::{Attribute, Change, ZoomEdit};

/// The longest account id that the mock takes.
const MAX_ACCOUNT_ID_BYTES: usize = 128;

/// A fresh Zoom account on a running mock.
pub struct Stage<'a> {
    server: &'a mock_server::MockServer,
    account: mock_server::Account,
    read_until: u64,
}

/// The stage could not be set: the scenario asks for something that Zoom does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the scenario's Zoom side could not be set up: {0}")]
pub struct StageError(String);

impl<'a> Stage<'a> {
    /// Opens an account with credentials of its own.
    pub fn open(server: &'a mock_server::MockServer) -> Result<Self, StageError> {
        Self::open_as(server, mock_server::AccountSpec::default())
    }

    /// As [`Stage::open`], under an account id made of the scenario's: Zoom's ids follow from that and the
    /// seed, whoever else is on the server and in whatever order they came.
    pub fn open_for(
        server: &'a mock_server::MockServer,
        scenario: &str,
    ) -> Result<Self, StageError> {
        let account_id = scenario.replace('/', ".");
        // Longer ids there are not; such an account gets any.
        let fits = (1..=MAX_ACCOUNT_ID_BYTES).contains(&account_id.len());
        let spec = mock_server::AccountSpec {
            account_id: Some(account_id).filter(|_| fits),
            ..mock_server::AccountSpec::default()
        };
        Self::open_as(server, spec)
    }

    fn open_as(
        server: &'a mock_server::MockServer,
        spec: mock_server::AccountSpec,
    ) -> Result<Self, StageError> {
        let account = server
            .create_account(spec)
            .map_err(|error| StageError(error.to_string()))?;
        Ok(Self {
            server,
            account,
            read_until: 0,
        })
    }

    /// The connection that leads to this account.
    #[must_use]
    pub fn connection(&self, configuration: Configuration, enabled: bool) -> ConnectionSettings {
        let credentials = self.account.credentials();
        ConnectionSettings {
            scim_url: self.server.scim_url(),
            token_url: self.server.token_url(),
            account_id: credentials.account_id.clone(),
            client_id: credentials.client_id.clone(),
            client_secret: credentials.client_secret.clone(),
            ca_file: None,
            configuration,
            enabled,
        }
    }

    /// Does what an administrator does by hand.
    pub fn edit(&self, edit: &ZoomEdit) -> Result<(), StageError> {
        let done = match edit {
            ZoomEdit::Add { user } => {
                let change = Change {
                    active: Some(user.active),
                    attributes: user.attributes.clone(),
                    cost_center: user.cost_center.clone(),
                };
                let mut json = change_json(&change);
                set(&mut json, "userName", Value::from(user.user_name.as_str()));
                self.account.add_user(&json).map(drop)
            }
            ZoomEdit::Change { user_name, change } => {
                // A deactivation takes the licence, so attributes go first.
                let id = self.id_of(user_name)?;
                self.account.edit_user(&id, &change_json(change))
            }
            ZoomEdit::Remove { user_name } => self.account.remove_user(&self.id_of(user_name)?),
            ZoomEdit::Foreign { user_name } => {
                self.account.add_foreign_address(user_name);
                Ok(())
            }
        };
        done.map_err(|error| StageError(error.to_string()))
    }

    /// Zoom's users, through the control side.
    #[must_use]
    pub fn users(&self) -> Vec<Observed> {
        self.account
            .users()
            .into_iter()
            .map(Observed::read)
            .collect()
    }

    /// The exchanges since the last call.
    pub fn exchanges(&mut self) -> Vec<Exchange> {
        let seen = self.account.exchanges(self.read_until);
        if let Some(last) = seen.last() {
            self.read_until = last.seq;
        }
        seen.iter()
            .map(|exchange| Exchange::from(exchange.as_ref()))
            .collect()
    }

    fn id_of(&self, user_name: &str) -> Result<String, StageError> {
        self.users()
            .into_iter()
            .find(|user| fold(&user.user_name) == fold(user_name))
            .map(|user| user.id)
            .ok_or_else(|| StageError(format!("Zoom has no user {user_name}")))
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.server.remove_account(self.account.id());
    }
}

fn change_json(change: &Change) -> Value {
    let mut json = Value::Object(scim(&change.attributes));
    if let Some(active) = change.active {
        set(&mut json, "active", Value::from(active));
    }
    if let Some(cost_center) = &change.cost_center {
        let department = change.attributes.get(&Attribute::Department);
        let organization = change.attributes.get(&Attribute::Organization);
        let mut extension = json!({ "costCenter": cost_center });
        for (key, value) in [("department", department), ("organization", organization)] {
            if let Some(value) = value {
                set(&mut extension, key, Value::from(value.as_str()));
            }
        }
        set(&mut json, ENTERPRISE, extension);
    }
    json
}

fn set(json: &mut Value, key: &str, value: Value) {
    if let Some(map) = json.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}
