//! The connection file.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{FileError, parse, read, read_bytes, read_secret};
use crate::audit::Values;
use crate::connection::{ActionFlags, Connection, Policies, RemoveAction};
use crate::safety::Safety;
use crate::zoom::TrustedRoots;

/// The variable that the client secret is taken from, unless a file is named.
pub(crate) const SECRET_VARIABLE: &str = "ZOOM_CLIENT_SECRET";
/// The one way to authenticate that Zoom still has.
const OAUTH: &str = "OAuth Bearer Token";

/// A connection file, before the secret is added.
#[derive(Debug)]
pub struct ConnectionFile {
    /// The connection; its secret is empty until [`ConnectionFile::with_secret`].
    connection: Connection,
    /// On, off, or on once a test has passed.
    pub enabled: Option<bool>,
    /// Where it is written down what is sent.
    pub audit: Option<AuditSettings>,
    secret_file: Option<PathBuf>,
    path: PathBuf,
}

/// The keys of a connection file; each has the key of PingOne's API as an alias.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectionKeys {
    name: Option<String>,
    #[serde(alias = "SCIM_URL")]
    scim_url: Option<String>,
    #[serde(alias = "OAUTH_TOKEN_URL")]
    oauth_token_url: Option<String>,
    #[serde(alias = "OAUTH_ACCOUNT_ID")]
    oauth_account_id: Option<String>,
    #[serde(alias = "OAUTH_CLIENT_ID")]
    oauth_client_id: Option<String>,
    #[serde(alias = "OAUTH_CLIENT_SECRET")]
    oauth_client_secret: Option<IgnoredAny>,
    client_secret_file: Option<PathBuf>,
    #[serde(alias = "CA_FILE")]
    ca_file: Option<PathBuf>,
    #[serde(alias = "AUTHENTICATION_METHOD")]
    authentication_method: Option<String>,
    #[serde(alias = "CREATE_USERS")]
    create_users: Option<bool>,
    #[serde(alias = "UPDATE_USERS")]
    update_users: Option<bool>,
    #[serde(alias = "DISABLE_USERS")]
    disable_users: Option<bool>,
    #[serde(alias = "DEPROVISION_USERS")]
    deprovision_users: Option<bool>,
    #[serde(alias = "REMOVE_ACTION")]
    remove_action: Option<String>,
    #[serde(alias = "managed")]
    deprovision_on_rule_deletion: Option<bool>,
    enabled: Option<bool>,
    status: Option<String>,
    #[serde(default)]
    policies: Policies,
    #[serde(default)]
    safety: Safety,
    audit: Option<AuditSettings>,
}

/// Where it is written down what is sent to Zoom: the table `[audit]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditSettings {
    /// The file.
    pub file: PathBuf,
    /// How values of users appear there.
    #[serde(default)]
    pub values: Values,
}

impl ConnectionFile {
    /// Reads a connection file. The secret is not in it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, lacks a key, has an unknown one or a secret, or a value that cannot be.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let keys: ConnectionKeys = parse(path, &read(path)?)?;
        if keys.oauth_client_secret.is_some() {
            return Err(FileError::SecretInside {
                path: path.to_owned(),
            });
        }
        let value = |key: &str, message: String| FileError::Value {
            path: path.to_owned(),
            key: key.to_owned(),
            message,
        };
        let needed = |key: &'static str, held: Option<String>, remedy: &'static str| {
            let held = held.filter(|held| !held.trim().is_empty());
            held.ok_or(FileError::Missing {
                path: path.to_owned(),
                key,
                remedy,
            })
        };
        let refused = |(key, message): (&str, String)| value(key, message);
        checked_method(&keys).map_err(refused)?;
        let remove_action = remove_action(&keys).map_err(refused)?;
        let enabled = enabled(&keys).map_err(refused)?;
        keys.safety.check().map_err(refused)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let trusted_roots = match keys.ca_file.map(|file| folder.join(file)) {
            None => TrustedRoots::default(),
            Some(file) => roots(path, &file)?,
        };
        let on = |flag: Option<bool>| flag.unwrap_or(true);
        let connection = Connection {
            name: keys.name.unwrap_or_else(|| "Zoom".to_owned()),
            scim_url: needed(
                "scim_url",
                keys.scim_url,
                "for Zoom it is \"https://api.zoom.us/scim2\"",
            )?,
            token_url: needed(
                "oauth_token_url",
                keys.oauth_token_url,
                "for Zoom it is \"https://zoom.us/oauth/token\"",
            )?,
            account_id: needed(
                "oauth_account_id",
                keys.oauth_account_id,
                "the app's page in Zoom shows it",
            )?,
            client_id: needed(
                "oauth_client_id",
                keys.oauth_client_id,
                "the app's page in Zoom shows it",
            )?,
            client_secret: SecretString::default(),
            trusted_roots,
            flags: ActionFlags {
                create: on(keys.create_users),
                update: on(keys.update_users),
                disable: on(keys.disable_users),
                deprovision: on(keys.deprovision_users),
            },
            remove_action,
            deprovision_on_rule_deletion: keys.deprovision_on_rule_deletion.unwrap_or(false),
            enabled: false,
            policies: keys.policies,
            safety: keys.safety,
        };
        let secret_file = keys.client_secret_file.map(|file| folder.join(file));
        let audit = keys.audit.map(|audit| AuditSettings {
            file: folder.join(audit.file),
            ..audit
        });
        Ok(Self {
            connection,
            enabled,
            audit,
            secret_file,
            path: path.to_owned(),
        })
    }

    /// The connection with its secret: from the file that the connection names, else from the environment's
    /// value.
    ///
    /// # Errors
    ///
    /// When there is no secret, its file cannot be read, or a setting cannot be used ([`Connection::check`]).
    pub fn with_secret(&self, environment: Option<String>) -> Result<Connection, FileError> {
        let connection = self.as_written(environment)?;
        connection.check().map_err(|error| FileError::Value {
            path: self.path.clone(),
            key: self.key(error.key).to_owned(),
            message: error.message,
        })?;
        Ok(connection)
    }

    /// The connection with its secret, unchecked: for a test of the connection, which says more of what is
    /// wrong.
    ///
    /// # Errors
    ///
    /// When there is no secret, or its file cannot be read.
    pub fn as_written(&self, environment: Option<String>) -> Result<Connection, FileError> {
        let secret = match &self.secret_file {
            Some(file) => Some(read_secret(&self.path, file)?),
            None => environment,
        };
        let secret = secret.filter(|secret| !secret.is_empty());
        let secret = secret.ok_or_else(|| FileError::NoSecret {
            path: self.path.clone(),
        })?;
        Ok(Connection {
            client_secret: secret.into(),
            ..self.connection.clone()
        })
    }

    /// Where the administrator has written a setting.
    fn key(&self, key: &'static str) -> &'static str {
        match (key, &self.secret_file) {
            ("client_secret", Some(_)) => "client_secret_file",
            ("client_secret", None) => SECRET_VARIABLE,
            (key, _) => key,
        }
    }
}

/// A file ends with a line break, which is no part of the secret; a second one is stray white space.
pub(super) fn without_line_end(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

pub(crate) fn roots(connection: &Path, file: &Path) -> Result<TrustedRoots, FileError> {
    TrustedRoots::from_pem(&read_bytes(file)?).map_err(|error| FileError::Value {
        path: connection.to_owned(),
        key: "ca_file".to_owned(),
        message: format!("{} {error}", file.display()),
    })
}

/// The key that is not right, and what is wrong with it.
type Refusal = (&'static str, String);

fn checked_method(keys: &ConnectionKeys) -> Result<(), Refusal> {
    match keys.authentication_method.as_deref() {
        None | Some(OAUTH) => Ok(()),
        Some(method) => Err((
            "authentication_method",
            format!("is `{method}`, but Zoom has ended every other method: use \"{OAUTH}\""),
        )),
    }
}

fn remove_action(keys: &ConnectionKeys) -> Result<RemoveAction, Refusal> {
    let text = keys.remove_action.as_deref().map(str::to_ascii_lowercase);
    match text.as_deref() {
        None | Some("disable") => Ok(RemoveAction::Disable),
        Some("delete") => Ok(RemoveAction::Delete),
        Some(other) => {
            let message = format!("is `{other}`; it is \"disable\" or \"delete\"");
            Err(("remove_action", message))
        }
    }
}

fn enabled(keys: &ConnectionKeys) -> Result<Option<bool>, Refusal> {
    match (keys.enabled, keys.status.as_deref()) {
        (enabled, None) => Ok(enabled),
        (None, Some("ACTIVE")) => Ok(Some(true)),
        (None, Some("INACTIVE")) => Ok(Some(false)),
        (Some(_), Some(_)) => {
            let message = "says the same as `enabled`; keep one of them".to_owned();
            Err(("status", message))
        }
        (None, Some(other)) => {
            let message = format!("is `{other}`; it is \"ACTIVE\" or \"INACTIVE\"");
            Err(("status", message))
        }
    }
}
