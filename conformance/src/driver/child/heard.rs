//! The messages of the driver protocol as a provisioner hears them.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::configuration::{Configuration, RemoveAction};
use crate::driver::{ConnectionSettings, DirectoryChange, Start, SyncRequest};
use crate::scenario::{DirectoryUser, Limits, Policies, Rule};

/// What the suite asks for; keys that are not known are not minded.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Message {
    Hello,
    Start(Box<Beginning>),
    Configure { connection: Map<String, Value> },
    Sync(Asked),
    DeleteRule { rule: String },
    TestConnection,
    Stop,
}

/// A scenario begins, or goes on.
#[derive(Debug, Deserialize)]
pub(crate) struct Beginning {
    scenario: String,
    pub(crate) resume: bool,
    pub(crate) state_dir: PathBuf,
    pub(crate) connection: Map<String, Value>,
    policies: Policies,
    rules: Vec<Rule>,
}

/// A run is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    full: bool,
    deep: bool,
    #[serde(default)]
    removals_allowed: Option<usize>,
    directory: Directory,
    changes: Vec<DirectoryChange>,
}

#[derive(Debug, Deserialize)]
struct Directory {
    complete: bool,
    users: Vec<DirectoryUser>,
}

impl Beginning {
    /// What a driver in this process would be told.
    ///
    /// # Errors
    ///
    /// When a key of the connection is missing, or is none of its values.
    pub(crate) fn start(self) -> serde_json::Result<Start> {
        Ok(Start {
            connection: settings(&self.connection)?,
            scenario: self.scenario,
            policies: self.policies,
            limits: Limits::default(),
            rules: self.rules,
            only_test: false,
            resume: self.resume,
            time: None,
        })
    }
}

impl From<Asked> for SyncRequest {
    fn from(asked: Asked) -> Self {
        Self {
            full: asked.full,
            deep: asked.deep,
            removals_allowed: asked.removals_allowed,
            complete: asked.directory.complete,
            users: asked.directory.users,
            changes: asked.changes,
        }
    }
}

/// The keys of PingOne's API.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct Keys {
    scim_url: String,
    oauth_token_url: String,
    oauth_account_id: String,
    oauth_client_id: String,
    oauth_client_secret: String,
    create_users: bool,
    update_users: bool,
    disable_users: bool,
    deprovision_users: bool,
    remove_action: Removes,
    #[serde(rename = "managed")]
    managed: bool,
    #[serde(rename = "status")]
    status: Status,
    ca_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
enum Removes {
    Disable,
    Delete,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
    Active,
    Inactive,
}

/// The connection that these keys describe.
///
/// # Errors
///
/// When one is missing, or is none of its values.
pub(crate) fn settings(keys: &Map<String, Value>) -> serde_json::Result<ConnectionSettings> {
    let keys: Keys = serde_json::from_value(Value::Object(keys.clone()))?;
    Ok(ConnectionSettings {
        scim_url: keys.scim_url,
        token_url: keys.oauth_token_url,
        account_id: keys.oauth_account_id,
        client_id: keys.oauth_client_id,
        client_secret: keys.oauth_client_secret,
        ca_file: keys.ca_file,
        configuration: Configuration {
            create: keys.create_users,
            update: keys.update_users,
            disable: keys.disable_users,
            deprovision: keys.deprovision_users,
            remove_action: match keys.remove_action {
                Removes::Disable => RemoveAction::Disable,
                Removes::Delete => RemoveAction::Delete,
            },
            deprovision_on_rule_deletion: keys.managed,
        },
        enabled: keys.status == Status::Active,
    })
}
