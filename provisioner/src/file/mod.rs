//! The files that an administrator writes: the connection and the rules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use url::Url;

use crate::connection::{ActionFlags, Connection, Policies, RemoveAction};
use crate::rule::{Filter, FilterError, Mapping, MappingError, Rule, Source, Target, Value};

/// How large one of these files may be.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// The variable that the client secret is taken from, unless a file is named.
pub(crate) const SECRET_VARIABLE: &str = "ZOOM_CLIENT_SECRET";
/// The one way to authenticate that Zoom still has.
const OAUTH: &str = "OAuth Bearer Token";

/// A file cannot be used. Nothing has been sent to Zoom when this is told.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum FileError {
    #[error("{path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{path}: larger than {MAX_FILE_BYTES} bytes")]
    TooLarge { path: PathBuf },
    #[error("{path}: line {line}: {message}")]
    Format {
        path: PathBuf,
        line: usize,
        message: String,
    },
    #[error("{path}: `{key}` is missing; {remedy}")]
    Missing {
        path: PathBuf,
        key: &'static str,
        remedy: &'static str,
    },
    #[error("{path}: `{key}`: {message}")]
    Value {
        path: PathBuf,
        key: String,
        message: String,
    },
    #[error(
        "{path}: the client secret is in the file; take it out, and set {SECRET_VARIABLE} in the environment or \
         name a file of its own with client_secret_file = \"PATH\""
    )]
    SecretInside { path: PathBuf },
    #[error(
        "{path}: there is no client secret: set {SECRET_VARIABLE} in the environment, or name a file with \
         client_secret_file = \"PATH\""
    )]
    NoSecret { path: PathBuf },
    #[error("{path}: `filter`: {error}")]
    Filter { path: PathBuf, error: FilterError },
    #[error("{path}: `mapping`: {error}")]
    Mapping { path: PathBuf, error: MappingError },
}

/// A connection file, before the secret is added.
#[derive(Debug)]
pub struct ConnectionFile {
    /// The connection; its secret is empty until [`ConnectionFile::with_secret`].
    connection: Connection,
    /// On, off, or on once a test has passed.
    pub enabled: Option<bool>,
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
            let held = held.ok_or(FileError::Missing {
                path: path.to_owned(),
                key,
                remedy,
            })?;
            if held.trim() == held {
                Ok(held)
            } else {
                Err(value(
                    key,
                    "has white space at its beginning or end; take it out".to_owned(),
                ))
            }
        };
        let url = |key: &'static str, held: Option<String>, remedy: &'static str| {
            let text = needed(key, held, remedy)?;
            checked_url(&text).map_err(|message| value(key, message))
        };
        let refused = |(key, message): (&str, String)| value(key, message);
        checked_method(&keys).map_err(refused)?;
        let remove_action = remove_action(&keys).map_err(refused)?;
        let enabled = enabled(&keys).map_err(refused)?;
        let on = |flag: Option<bool>| flag.unwrap_or(true);
        let connection = Connection {
            name: keys.name.unwrap_or_else(|| "Zoom".to_owned()),
            scim_url: url(
                "scim_url",
                keys.scim_url,
                "for Zoom it is \"https://api.zoom.us/scim2\"",
            )?,
            token_url: url(
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
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let secret_file = keys.client_secret_file.map(|file| folder.join(file));
        Ok(Self {
            connection,
            enabled,
            secret_file,
            path: path.to_owned(),
        })
    }

    /// Adds the secret: from the file that the connection names, else from the environment's value.
    ///
    /// # Errors
    ///
    /// When there is none, or its file cannot be read.
    pub fn with_secret(&self, environment: Option<String>) -> Result<Connection, FileError> {
        let secret = match (&self.secret_file, environment) {
            // A file ends with a line break, which is no part of the secret.
            (Some(file), _) => Some(read(file)?.trim_end_matches(['\r', '\n']).to_owned()),
            (None, environment) => environment,
        };
        let secret = secret.filter(|secret| !secret.is_empty());
        let secret = secret.ok_or_else(|| FileError::NoSecret {
            path: self.path.clone(),
        })?;
        if secret.trim() != secret {
            let key = if self.secret_file.is_some() {
                "client_secret_file"
            } else {
                SECRET_VARIABLE
            };
            return Err(FileError::Value {
                path: self.path.clone(),
                key: key.to_owned(),
                message: "the secret has white space at its beginning or end; take it out"
                    .to_owned(),
            });
        }
        Ok(Connection {
            client_secret: secret.into(),
            ..self.connection.clone()
        })
    }
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

/// A URL that may be used: http or https, no credentials in it, plain http to this machine alone. A slash at
/// the end is dropped.
fn checked_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text)
        .map_err(|error| format!("`{text}` is no URL: {error}; it begins with https://"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has credentials in the URL; take them out".to_owned());
    }
    let is_local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if is_local => {}
        "http" => {
            return Err(format!(
                "`{text}` is plain http, which would show the secret; use https://"
            ));
        }
        other => {
            return Err(format!(
                "`{text}` begins with {other}:; it begins with https://"
            ));
        }
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("`{text}` has a query or fragment; take it out"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A rule file.
#[derive(Debug)]
pub struct RuleFile;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleKeys {
    id: Option<String>,
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(default = "on_by_default")]
    enabled: bool,
    filter: Option<String>,
    mapping: Option<BTreeMap<String, toml::Value>>,
}

fn on_by_default() -> bool {
    true
}

impl RuleFile {
    /// Reads a rule.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, has an unknown key, a filter that is none, or a mapping that cannot be.
    pub fn read(path: &Path) -> Result<Rule, FileError> {
        let keys: RuleKeys = parse(path, &read(path)?)?;
        let id = keys
            .id
            .filter(|id| !id.is_empty())
            .ok_or(FileError::Missing {
                path: path.to_owned(),
                key: "id",
                remedy: "give the rule a name that never changes, such as id = \"staff\"",
            })?;
        let filter = keys.filter.as_deref().map(Filter::parse).transpose();
        let filter = filter.map_err(|error| FileError::Filter {
            path: path.to_owned(),
            error,
        })?;
        let mapping = match keys.mapping {
            None => Mapping::default(),
            Some(lines) => mapping(path, lines)?,
        };
        Ok(Rule {
            id,
            filter,
            mapping,
            enabled: keys.enabled,
        })
    }
}

fn mapping(path: &Path, lines: BTreeMap<String, toml::Value>) -> Result<Mapping, FileError> {
    let mut values = BTreeMap::new();
    for (name, value) in lines {
        let refuse = |message: String| FileError::Value {
            path: path.to_owned(),
            key: format!("mapping.{name}"),
            message,
        };
        let names = || Target::ALL.map(Target::name).join(", ");
        let target = Target::parse(&name)
            .ok_or_else(|| refuse(format!("is no Zoom attribute; there are {}", names())))?;
        let keys = || Source::ALL.map(Source::key).join(", ");
        let value = match &value {
            toml::Value::String(key) => Value::Key(Source::parse(key).ok_or_else(|| {
                refuse(format!(
                    "`{key}` is no key of a directory user; there are {}",
                    keys()
                ))
            })?),
            toml::Value::Table(table) => match (
                table.get("value").and_then(toml::Value::as_str),
                table.len(),
            ) {
                (Some(constant), 1) => Value::Constant(constant.to_owned()),
                _ => {
                    return Err(refuse(
                        "is neither a key nor { value = \"...\" }".to_owned(),
                    ));
                }
            },
            _ => {
                return Err(refuse(
                    "is neither a key in quotes nor { value = \"...\" }".to_owned(),
                ));
            }
        };
        values.insert(target, value);
    }
    Mapping::new(values).map_err(|error| FileError::Mapping {
        path: path.to_owned(),
        error,
    })
}

fn read(path: &Path) -> Result<String, FileError> {
    let failed = |error| FileError::File {
        path: path.to_owned(),
        error,
    };
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
        return Err(FileError::TooLarge {
            path: path.to_owned(),
        });
    }
    std::fs::read_to_string(path).map_err(failed)
}

/// Parses TOML. What is told of an error is the line's number and not the line: a secret might stand in it.
fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, FileError> {
    toml::from_str(text).map_err(|error| {
        let before = error
            .span()
            .and_then(|span| text.get(..span.start))
            .unwrap_or_default();
        FileError::Format {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            message: error.message().to_owned(),
        }
    })
}

#[cfg(test)]
mod tests;
