//! One record: what is read of one user, whatever the format.

use compact_str::CompactString;
use serde_json::Value;

use super::limits::{MAX_FIELD_CHARS, MAX_LIST_ITEMS};
use super::{DirectoryUser, Refused};
use crate::rule::Source as Key;

/// What stands in the place of bytes that are no UTF-8.
const NO_TEXT: char = char::REPLACEMENT_CHARACTER;
/// How much of a key that is none is repeated.
pub(super) const MAX_KEY_CHARS: usize = 100;
/// How similar a key must be to be meant.
const SIMILAR: f64 = 0.75;

/// What comes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    /// A user.
    User(Box<DirectoryUser>),
    /// Somebody, but what is said of them cannot be used.
    Refused(Refused),
    /// Nobody can say who this is; the text says why.
    Nobody(String),
}

/// A value of a record, or why it cannot be read; the text fits after the key.
pub(super) type Held = Result<Value, String>;

/// The key of this name.
pub(super) fn key(name: &str) -> Option<Key> {
    Key::ALL.into_iter().find(|key| key.key() == name)
}

/// What to do about a key that is none: the nearest if one is near, else all.
pub(super) fn remedy(name: &str) -> String {
    let likeness = |key: &Key| strsim::jaro_winkler(&name.to_lowercase(), key.key());
    let nearest = Key::ALL
        .into_iter()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
        .filter(|key| likeness(key) >= SIMILAR);
    match nearest {
        Some(key) => format!("is `{}` meant?", key.key()),
        None => format!("there are {}", Key::ALL.map(Key::key).join(", ")),
    }
}

/// Whether a key holds several values.
pub(super) fn is_list(key: Key) -> bool {
    matches!(key, Key::Roles | Key::Groups)
}

/// Makes a user of a record. In a text that was read in spite of bytes that are no UTF-8 (`lossy`), a value
/// that has such bytes is none.
pub(super) fn record(
    place: &str,
    lossy: bool,
    values: impl IntoIterator<Item = (Key, Held)>,
) -> Record {
    let mut draft = Draft::new(lossy);
    for (key, value) in values {
        draft.take(key, value);
    }
    draft.finish(place)
}

/// A user in the making.
struct Draft {
    lossy: bool,
    user: DirectoryUser,
    taken: Vec<Key>,
    /// The first thing that is wrong, and with which key.
    fault: Option<(Key, String)>,
    /// The same of the id: nothing else counts then.
    id_fault: Option<String>,
}

impl Draft {
    fn new(lossy: bool) -> Self {
        Self {
            lossy,
            user: DirectoryUser::named(String::new(), String::new()),
            taken: Vec::new(),
            fault: None,
            id_fault: None,
        }
    }

    fn take(&mut self, key: Key, value: Held) {
        let mut result = value.and_then(|value| self.set(key, value));
        if self.taken.contains(&key) {
            result = Err("is there twice".to_owned());
        }
        self.taken.push(key);
        if let Err(message) = result {
            if key == Key::Username {
                self.user.username.clear();
            }
            if key == Key::Id {
                self.id_fault.get_or_insert(message);
            } else {
                self.fault.get_or_insert((key, message));
            }
        }
    }

    fn set(&mut self, key: Key, value: Value) -> Result<(), String> {
        let lossy = self.lossy;
        let user = &mut self.user;
        let field = match key {
            Key::Id => {
                user.id = text(value, lossy)?.unwrap_or_default();
                // Another id than the one that is meant would look as if its owner had left.
                if user.id.trim() != user.id {
                    return Err("has white space around it".to_owned());
                }
                return Ok(());
            }
            Key::Username => {
                user.username = text(value, lossy)?.unwrap_or_default();
                return Ok(());
            }
            Key::Enabled => {
                user.enabled = flag(&value)?;
                return Ok(());
            }
            Key::Roles => {
                user.roles = list(value, lossy)?;
                return Ok(());
            }
            Key::Groups => {
                user.groups = list(value, lossy)?;
                return Ok(());
            }
            Key::Email => &mut user.email,
            Key::GivenName => &mut user.given_name,
            Key::FamilyName => &mut user.family_name,
            Key::Phone => &mut user.phone,
            Key::UserType => &mut user.user_type,
            Key::Title => &mut user.title,
            Key::Department => &mut user.department,
            Key::Organization => &mut user.organization,
            Key::Locale => &mut user.locale,
        };
        *field = text(value, lossy)?;
        Ok(())
    }

    fn finish(self, place: &str) -> Record {
        if let Some(message) = self.id_fault {
            return Record::Nobody(format!("{place}: `id` {message}"));
        }
        if self.user.id.is_empty() {
            return Record::Nobody(format!("{place}: has no `id`"));
        }
        let missing = self.user.username.is_empty();
        let missing = missing.then(|| (Key::Username, "is missing".to_owned()));
        match self.fault.or(missing) {
            None => Record::User(Box::new(self.user)),
            Some((key, message)) => Record::Refused(Refused {
                id: self.user.id,
                username: Some(self.user.username).filter(|name| !name.is_empty()),
                reason: format!("{place}: `{}` {message}", key.key()),
            }),
        }
    }
}

fn text(value: Value, lossy: bool) -> Result<Option<CompactString>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => checked(text, lossy).map(Some),
        other => Err(format!("is {}; it takes text", kind(&other))),
    }
}

fn checked(text: String, lossy: bool) -> Result<CompactString, String> {
    if lossy && text.contains(NO_TEXT) {
        return Err("is no text in UTF-8".to_owned());
    }
    let length = text.chars().count();
    if length > MAX_FIELD_CHARS {
        return Err(format!(
            "has {length} characters; it takes at most {MAX_FIELD_CHARS}"
        ));
    }
    if text.chars().any(char::is_control) {
        return Err("has a line break or another control character in it".to_owned());
    }
    Ok(text.into())
}

fn flag(value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("is {}; it takes true or false", kind(value)))
}

fn list(value: Value, lossy: bool) -> Result<Vec<CompactString>, String> {
    let items = match value {
        Value::Array(items) => items,
        other => return Err(format!("is {}; it takes a list of texts", kind(&other))),
    };
    if items.len() > MAX_LIST_ITEMS {
        return Err(format!(
            "has {} items; it takes at most {MAX_LIST_ITEMS}",
            items.len()
        ));
    }
    let item = |item| match item {
        Value::String(text) => checked(text, lossy),
        other => Err(format!(
            "has an item that is {}; it takes texts",
            kind(&other)
        )),
    };
    items.into_iter().map(item).collect()
}

/// What a value is, for people.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
