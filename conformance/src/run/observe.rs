//! What was seen: Zoom's users through its control side, and the exchanges on the wire.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::scenario::Attribute;

/// The key of the enterprise extension in a SCIM user (RFC 7643 section 4.3).
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Stands between the account's id and the scenario's name of a fault in the mock's name of it.
pub(super) const FAULT_ID_SEPARATOR: char = '/';

/// A Zoom account as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Zoom's id.
    pub id: String,
    /// The address.
    pub user_name: String,
    /// Whether it may be used.
    pub active: bool,
    /// The attributes that a rule could map and that have a value.
    pub attributes: BTreeMap<Attribute, String>,
    /// Everything.
    pub json: Value,
}

impl Observed {
    /// Reads an account from the control side's snapshot; absent keys are empty values.
    #[must_use]
    pub fn read(json: Value) -> Self {
        Self {
            id: text(&json, "/id").unwrap_or_default(),
            user_name: text(&json, "/userName").unwrap_or_default(),
            active: json.pointer("/active").and_then(Value::as_bool) == Some(true),
            attributes: attributes(&json),
            json,
        }
    }

    /// What no rule can map: everything but the mapped attributes, what follows from them, and the
    /// server's own time stamps.
    #[must_use]
    pub fn unmapped(&self) -> Value {
        let mut rest = self.json.clone();
        if let Some(map) = rest.as_object_mut() {
            for key in [
                "meta",
                "schemas",
                "userName",
                "emails",
                "active",
                "displayName",
                "name",
                "userType",
                "title",
                "locale",
                "phoneNumbers",
                "roles",
            ] {
                map.remove(key);
            }
            if let Some(extension) = map.get_mut(ENTERPRISE).and_then(Value::as_object_mut) {
                extension.remove("department");
                extension.remove("organization");
            }
        }
        rest
    }
}

/// The attributes that a SCIM user's JSON gives a value.
#[must_use]
pub(crate) fn attributes(json: &Value) -> BTreeMap<Attribute, String> {
    let extension = |key: &str| {
        json.get(ENTERPRISE)
            .and_then(|extension| extension.get(key))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let roles = json.get("roles").map(|roles| {
        let items = match roles {
            Value::Array(items) => items.clone(),
            one => vec![one.clone()],
        };
        let names: Vec<String> = items
            .iter()
            .filter_map(|role| text(role, "/value"))
            .collect();
        names.join(",")
    });
    [
        (Attribute::GivenName, text(json, "/name/givenName")),
        (Attribute::FamilyName, text(json, "/name/familyName")),
        (Attribute::UserType, text(json, "/userType")),
        (Attribute::Department, extension("department")),
        (Attribute::Phone, text(json, "/phoneNumbers/0/value")),
        (Attribute::Roles, roles),
        (Attribute::Organization, extension("organization")),
        (Attribute::Title, text(json, "/title")),
        (Attribute::Locale, text(json, "/locale")),
    ]
    .into_iter()
    .filter_map(|(attribute, value)| Some((attribute, value.filter(|value| !value.is_empty())?)))
    .collect()
}

/// The JSON of a SCIM user that gives attributes their values.
#[must_use]
pub(crate) fn scim(attributes: &BTreeMap<Attribute, String>) -> serde_json::Map<String, Value> {
    let mut user = serde_json::Map::new();
    let mut name = serde_json::Map::new();
    let mut extension = serde_json::Map::new();
    for (attribute, value) in attributes {
        let text = Value::from(value.as_str());
        match attribute {
            Attribute::GivenName => drop(name.insert("givenName".to_owned(), text)),
            Attribute::FamilyName => drop(name.insert("familyName".to_owned(), text)),
            Attribute::UserType => drop(user.insert("userType".to_owned(), text)),
            Attribute::Title => drop(user.insert("title".to_owned(), text)),
            Attribute::Locale => drop(user.insert("locale".to_owned(), text)),
            Attribute::Department => drop(extension.insert("department".to_owned(), text)),
            Attribute::Organization => drop(extension.insert("organization".to_owned(), text)),
            Attribute::Phone => {
                let phone = serde_json::json!([{ "type": "work", "value": value }]);
                user.insert("phoneNumbers".to_owned(), phone);
            }
            Attribute::Roles => {
                let roles = value
                    .split(',')
                    .map(|role| serde_json::json!({ "value": role }))
                    .collect();
                user.insert("roles".to_owned(), roles);
            }
        }
    }
    if !name.is_empty() {
        user.insert("name".to_owned(), Value::Object(name));
    }
    if !extension.is_empty() {
        user.insert(ENTERPRISE.to_owned(), Value::Object(extension));
    }
    user
}

fn text(json: &Value, pointer: &str) -> Option<String> {
    json.pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// One request and its answer, as the journal has them: secrets are redacted there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The operation, such as `users.create`; absent where no route fits.
    pub operation: Option<String>,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query, as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The request's body.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request: String,
    /// The status.
    pub status: u16,
    /// The answer's body.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub response: String,
    /// When the request was decided, on Zoom's virtual clock, in milliseconds of Unix time.
    #[serde(default)]
    pub at_ms: i64,
    /// The wait that the answer told of, as its header has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// The fault that had its hand in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Met>,
}

/// What a fault did to an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// The fault, by its id in the scenario.
    pub id: String,
    /// What it did.
    pub effect: String,
    /// The phase in which it did so.
    pub phase: String,
    /// The status that the request itself had, where it was applied and answered otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<u16>,
    /// Whether the answer did not reach the provisioner, or not whole.
    pub lost: bool,
}

impl Exchange {
    /// Whether the request asks for a token.
    #[must_use]
    pub fn is_token(&self) -> bool {
        self.operation.as_deref() == Some("token.issue")
    }

    /// Whether the request would change something at Zoom's SCIM side.
    #[must_use]
    pub fn is_write(&self) -> bool {
        !self.is_token() && self.method != "GET"
    }

    /// Whether Zoom did what was asked.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The id in the path of an operation on one user.
    #[must_use]
    pub fn user_id(&self) -> Option<String> {
        let (_, id) = self.path.split_once("/Users/")?;
        let id = percent_encoding::percent_decode_str(id).decode_utf8_lossy();
        Some(id.into_owned())
    }

    /// The request's body as JSON, `null` where it is none.
    #[must_use]
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.request).unwrap_or(Value::Null)
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if let Some(query) = &self.query {
            write!(f, "?{query}")?;
        }
        if !self.is_token() && !self.request.is_empty() {
            write!(f, " {}", self.request)?;
        }
        write!(f, " -> {}", self.status)?;
        match &self.fault {
            Some(met) if met.lost => write!(f, " lost (fault {})", met.id),
            Some(met) => write!(f, " (fault {})", met.id),
            None => Ok(()),
        }
    }
}

impl From<&mock_server::Exchange> for Exchange {
    fn from(exchange: &mock_server::Exchange) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            operation: exchange
                .operation
                .map(|operation| operation.as_str().to_owned()),
            method: exchange.method.to_string(),
            path: exchange.path.clone(),
            query: exchange.query.clone(),
            request: text(&exchange.request_body),
            status: exchange.status,
            response: text(&exchange.response_body),
            at_ms: exchange.at.as_millisecond(),
            retry_after: exchange.retry_after.clone(),
            fault: exchange.fault.as_deref().map(|note| Met {
                // The mock's name for it is the account's id and the scenario's name for it.
                id: note
                    .source
                    .rsplit(FAULT_ID_SEPARATOR)
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                effect: note.effect.clone(),
                phase: note.phase.to_owned(),
                applied: note.applied,
                lost: note.lost,
            }),
        }
    }
}
