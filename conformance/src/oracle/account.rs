//! The oracle's own small idea of a Zoom account.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::scenario::{Attribute, Change, DirectoryUser, Mapped, Source, Target, ZoomUser};

/// The oracle's name for an account; Zoom's ids are not known in advance.
pub type AccountKey = u32;

/// What Zoom gives a user whose type nobody set, and whose licence a deactivation took.
const UNLICENSED: &str = "Basic";

/// Addresses are compared by ASCII case folding, and by nothing else.
#[must_use]
pub fn fold(address: &str) -> String {
    address.chars().map(|c| c.to_ascii_lowercase()).collect()
}

/// What an attribute may be after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// This and nothing else; absent where it is empty.
    Exactly(Option<String>),
    /// One of several: an attribute that no list shows was edited by hand, and another one was due. Who sends all
    /// mapped attributes repairs it, who sends only what differs does not; both are right.
    OneOf(BTreeSet<Option<String>>),
}

impl Value {
    /// Whether a seen value is one that may be.
    #[must_use]
    pub fn allows(&self, seen: Option<&str>) -> bool {
        match self {
            Self::Exactly(value) => value.as_deref() == seen,
            Self::OneOf(values) => values.iter().any(|value| value.as_deref() == seen),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "empty".to_owned());
        match self {
            Self::Exactly(value) => f.write_str(&word(value)),
            Self::OneOf(values) => {
                let words: Vec<String> = values.iter().map(word).collect();
                f.write_str(&words.join(" or "))
            }
        }
    }
}

/// A Zoom account as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The address.
    pub user_name: String,
    /// Whether it may be used.
    pub active: bool,
    /// The attributes that have a value.
    pub attributes: BTreeMap<Attribute, Value>,
    /// Somebody worked on it by hand since the last full evaluation, so that an earlier repair by a
    /// smaller run is allowed.
    pub edited_by_hand: bool,
}

impl Account {
    /// An account that an administrator added.
    pub(super) fn added(user: &ZoomUser) -> Self {
        let mut account = Self {
            user_name: user.user_name.clone(),
            active: user.active,
            attributes: BTreeMap::new(),
            edited_by_hand: false,
        };
        account.set(Attribute::UserType, UNLICENSED);
        for (attribute, value) in &user.attributes {
            account.set(*attribute, value);
        }
        account
    }

    /// An account that a provisioner created for a directory user.
    pub(super) fn created(user: &DirectoryUser, mapping: &[Mapped], active: bool) -> Self {
        let mut account = Self {
            user_name: mapped_address(user, mapping).unwrap_or_default(),
            active: true,
            attributes: BTreeMap::new(),
            edited_by_hand: false,
        };
        account.set(Attribute::UserType, UNLICENSED);
        for (attribute, value) in mapped_values(user, mapping) {
            account.set(attribute, &value);
        }
        if !active {
            account.deactivate();
        }
        account
    }

    pub(super) fn set(&mut self, attribute: Attribute, value: &str) {
        self.attributes
            .insert(attribute, Value::Exactly(Some(value.to_owned())));
    }

    /// Whether an attribute is known to be this, and nothing else.
    pub(super) fn has(&self, attribute: Attribute, value: Option<&str>) -> bool {
        match self.attributes.get(&attribute) {
            Some(Value::Exactly(held)) => held.as_deref() == value,
            Some(Value::OneOf(_)) => false,
            None => value.is_none(),
        }
    }

    /// What an attribute may be, or this.
    pub(super) fn opened(&self, attribute: Attribute, value: Option<String>) -> Value {
        let mut values = match self.attributes.get(&attribute) {
            Some(Value::OneOf(values)) => values.clone(),
            Some(Value::Exactly(held)) => [held.clone()].into(),
            None => [None].into(),
        };
        values.insert(value);
        Value::OneOf(values)
    }

    /// The value as it is believed to be, where there is only one.
    pub(super) fn value(&self, attribute: Attribute) -> Option<&str> {
        match self.attributes.get(&attribute) {
            Some(Value::Exactly(value)) => value.as_deref(),
            Some(Value::OneOf(_)) | None => None,
        }
    }

    pub(super) fn change_by_hand(&mut self, change: &Change) {
        self.edited_by_hand = true;
        for (attribute, value) in &change.attributes {
            self.set(*attribute, value);
        }
        match change.active {
            Some(true) => self.active = true,
            Some(false) => self.deactivate(),
            None => {}
        }
    }

    /// Zoom takes the licence when it deactivates.
    pub(super) fn deactivate(&mut self) {
        self.active = false;
        self.set(Attribute::UserType, UNLICENSED);
    }
}

/// The mapped attributes of a directory user that have a value.
pub(super) fn mapped_values(
    user: &DirectoryUser,
    mapping: &[Mapped],
) -> BTreeMap<Attribute, String> {
    let values = mapped(user, mapping);
    values
        .filter_map(|(attribute, value)| Some((attribute, value?)))
        .collect()
}

/// What an account is to have of them. Under the policy `clear_attributes` what is empty is to be empty, if it may be.
pub(super) fn due_values(
    user: &DirectoryUser,
    mapping: &[Mapped],
    clears: bool,
) -> BTreeMap<Attribute, Option<String>> {
    mapped(user, mapping)
        .filter(|(attribute, value)| value.is_some() || clears && attribute.may_be_empty())
        .collect()
}

fn mapped(
    user: &DirectoryUser,
    mapping: &[Mapped],
) -> impl Iterator<Item = (Attribute, Option<String>)> {
    mapping.iter().filter_map(|mapped| {
        let attribute = Attribute::of_target(mapped.target)?;
        Some((attribute, user.value(mapped.source)))
    })
}

/// The address that the mapping gives a directory user.
pub(super) fn mapped_address(user: &DirectoryUser, mapping: &[Mapped]) -> Option<String> {
    source_of(mapping, Target::Username).and_then(|source| user.value(source))
}

/// Whether the mapping lets a new username reach Zoom, which takes an address from the e-mail alone.
pub(super) fn maps_renames(mapping: &[Mapped]) -> bool {
    source_of(mapping, Target::Email).is_some()
        && source_of(mapping, Target::Email) == source_of(mapping, Target::Username)
}

fn source_of(mapping: &[Mapped], target: Target) -> Option<Source> {
    mapping
        .iter()
        .find(|mapped| mapped.target == target)
        .map(|mapped| mapped.source)
}
