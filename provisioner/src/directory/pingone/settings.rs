//! The file that says where PingOne is, and whose users are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;
use url::Url;

use super::PingOne;
use crate::connection::checked_url;
use crate::directory::record::key;
use crate::file::{FileError, parse, read, read_secret, roots};
use crate::rule::Source as Key;
use crate::zoom::TrustedRoots;

/// The variable that the client secret is taken from, unless a file is named.
pub(crate) const SECRET_VARIABLE: &str = "PINGONE_CLIENT_SECRET";
/// The regions and their top level domains (PingOne platform API, "PingOne API domains").
const REGIONS: [(&str, &str); 6] = [
    ("NA", "com"),
    ("CA", "ca"),
    ("EU", "eu"),
    ("AU", "com.au"),
    ("SG", "sg"),
    ("AP", "asia"),
];
/// The largest page that PingOne's list of users has.
const MAX_PAGE_SIZE: u16 = 200;
/// How many populations one filter takes.
const MAX_POPULATIONS: usize = 50;
/// How long an id of PingOne may be.
const MAX_ID_BYTES: usize = 64;
/// Which attribute of PingOne's users data model fills which key. PingOne's `type` is no user type of Zoom's,
/// and roles, department and organization are attributes of an environment's own, if at all.
const ATTRIBUTES: [(Key, &str); 7] = [
    (Key::Username, "username"),
    (Key::Email, "email"),
    (Key::GivenName, "name.given"),
    (Key::FamilyName, "name.family"),
    (Key::Phone, "primaryPhone"),
    (Key::Title, "title"),
    (Key::Locale, "locale"),
];

/// A PingOne file, before the secret is added.
#[derive(Debug)]
pub struct PingOneFile {
    pingone: PingOne,
    secret_file: Option<PathBuf>,
    path: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PingOneKeys {
    region: Option<String>,
    api_url: Option<String>,
    auth_url: Option<String>,
    environment_id: Option<String>,
    client_id: Option<String>,
    client_secret: Option<IgnoredAny>,
    client_secret_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    populations: Vec<String>,
    filter: Option<String>,
    page_size: Option<u16>,
    #[serde(default)]
    disabled_statuses: Vec<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

impl PingOneFile {
    /// Reads a PingOne file. The secret is not in it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, lacks a key, has an unknown one or a secret, or a value that cannot be.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let keys: PingOneKeys = parse(path, &read(path)?)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let trusted_roots = match keys.ca_file.as_ref().map(|file| folder.join(file)) {
            None => TrustedRoots::default(),
            Some(file) => roots(path, &file)?,
        };
        let secret_file = keys
            .client_secret_file
            .as_ref()
            .map(|file| folder.join(file));
        let pingone = pingone(keys, trusted_roots).map_err(|refusal| match refusal {
            Refusal::Missing(key, remedy) => FileError::Missing {
                path: path.to_owned(),
                key,
                remedy,
            },
            Refusal::Value(key, message) => FileError::Value {
                path: path.to_owned(),
                key,
                message,
            },
        })?;
        Ok(Self {
            pingone,
            secret_file,
            path: path.to_owned(),
        })
    }

    /// The source with its secret: from the file that the settings name, else from the environment's value.
    ///
    /// # Errors
    ///
    /// When there is no secret, its file cannot be read, or white space stands around it.
    pub fn with_secret(&self, environment: Option<String>) -> Result<PingOne, FileError> {
        let (key, secret) = match &self.secret_file {
            Some(file) => ("client_secret_file", Some(read_secret(&self.path, file)?)),
            None => (SECRET_VARIABLE, environment),
        };
        let secret = secret.filter(|secret| !secret.is_empty());
        let secret = secret.ok_or_else(|| FileError::Missing {
            path: self.path.clone(),
            key: "client_secret",
            remedy: "set PINGONE_CLIENT_SECRET in the environment, or name a file with client_secret_file = \"PATH\"",
        })?;
        if secret.trim() != secret {
            return Err(FileError::Value {
                path: self.path.clone(),
                key: key.to_owned(),
                message: "has white space around it; take it out".to_owned(),
            });
        }
        Ok(PingOne {
            client_secret: secret.into(),
            ..self.pingone.clone()
        })
    }
}

/// What is not right.
enum Refusal {
    Missing(&'static str, &'static str),
    Value(String, String),
}

fn value(key: &str, message: impl Into<String>) -> Refusal {
    Refusal::Value(key.to_owned(), message.into())
}

fn pingone(keys: PingOneKeys, trusted_roots: TrustedRoots) -> Result<PingOne, Refusal> {
    if keys.client_secret.is_some() {
        return Err(value(
            "client_secret",
            format!(
                "is in the file; take it out, and set {SECRET_VARIABLE} in the environment or name a file of its own \
                 with client_secret_file = \"PATH\""
            ),
        ));
    }
    let (api_url, auth_url) = servers(&keys)?;
    let environment_id = needed(
        "environment_id",
        keys.environment_id,
        "PingOne shows it under Environment Properties",
    )?;
    let client_id = needed(
        "client_id",
        keys.client_id,
        "the worker application's page in PingOne shows it",
    )?;
    if client_id.trim() != client_id {
        return Err(value("client_id", "has white space around it; take it out"));
    }
    if keys.populations.len() > MAX_POPULATIONS {
        return Err(value(
            "populations",
            format!("has more than {MAX_POPULATIONS}; use a filter"),
        ));
    }
    let page_size = keys.page_size.unwrap_or(MAX_PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&page_size) {
        return Err(value(
            "page_size",
            format!("is {page_size}; it is between 1 and {MAX_PAGE_SIZE}"),
        ));
    }
    for population in &keys.populations {
        checked_id("populations", population)?;
    }
    Ok(PingOne {
        api_url,
        auth_url,
        environment_id: checked_id("environment_id", &environment_id)?.to_owned(),
        client_id,
        client_secret: SecretString::default(),
        trusted_roots,
        populations: keys.populations,
        filter: keys.filter.filter(|filter| !filter.trim().is_empty()),
        page_size,
        disabled_statuses: keys.disabled_statuses,
        attributes: attributes(keys.attributes)?,
    })
}

fn needed(
    key: &'static str,
    held: Option<String>,
    remedy: &'static str,
) -> Result<String, Refusal> {
    let held = held.filter(|held| !held.trim().is_empty());
    held.ok_or(Refusal::Missing(key, remedy))
}

/// The API's server and the tokens' server: by the region, or each by its own URL.
fn servers(keys: &PingOneKeys) -> Result<(Url, Url), Refusal> {
    let domain = keys.region.as_deref().map(domain).transpose()?;
    let one = |key: &'static str, written: Option<&String>, name: &str| {
        let url = match (written, domain) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(domain)) => format!("https://{name}.pingone.{domain}"),
            (None, None) => {
                return Err(Refusal::Missing(
                    key,
                    "or say region = \"NA\", \"CA\", \"EU\", \"AU\", \"SG\" or \"AP\"",
                ));
            }
        };
        // The documentation's apiPath has the version in it; the console shows it without.
        let url = url.strip_suffix("/v1").unwrap_or(&url);
        checked_url(key, url).map_err(|error| value(error.key, error.message))
    };
    let api_url = one("api_url", keys.api_url.as_ref(), "api")?;
    Ok((api_url, one("auth_url", keys.auth_url.as_ref(), "auth")?))
}

fn domain(region: &str) -> Result<&'static str, Refusal> {
    let found = REGIONS
        .into_iter()
        .find(|(code, _)| code.eq_ignore_ascii_case(region));
    found.map(|(_, domain)| domain).ok_or_else(|| {
        let codes = REGIONS.map(|(code, _)| code).join(", ");
        value("region", format!("is no region; there are {codes}"))
    })
}

/// An id goes into a path and into a filter, and must not reach beyond its place.
fn checked_id<'a>(key: &str, id: &'a str) -> Result<&'a str, Refusal> {
    let is_id = (1..=MAX_ID_BYTES).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_id.then_some(id).ok_or_else(|| {
        value(
            key,
            "is no id of PingOne; it is like b1f5a3c2-9d5e-4c3a-8f11-0a1b2c3d4e5f",
        )
    })
}

/// The attributes, of which the file may change some.
fn attributes(changed: BTreeMap<String, String>) -> Result<BTreeMap<Key, String>, Refusal> {
    let mut attributes: BTreeMap<Key, String> = ATTRIBUTES
        .into_iter()
        .map(|(key, path)| (key, path.to_owned()))
        .collect();
    for (name, path) in changed {
        let refuse = |message: &str| value(&format!("attributes.{name}"), message);
        match key(&name) {
            None => return Err(refuse("is no key of a directory user")),
            Some(Key::Id | Key::Enabled | Key::Groups) => {
                return Err(refuse("cannot be filled otherwise"));
            }
            Some(_) if path.split('.').any(str::is_empty) => {
                return Err(refuse("is no attribute; one is like \"name.given\""));
            }
            Some(key) => attributes.insert(key, path),
        };
    }
    Ok(attributes)
}
