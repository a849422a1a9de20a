//! What an account should have, and how that differs from what it has.

use serde_json::{Map, Value, json};

use super::super::bug::Bug;
use super::super::zoom::user_name;
use super::Running;
use super::kept::Values;
use crate::oracle::fold;
use crate::run::{ENTERPRISE, attributes, scim};
use crate::scenario::{Attribute, DirectoryUser, Listed, Rule};

impl Running {
    /// The mapped attributes that have a value.
    pub(super) fn wanted(&self, user: &DirectoryUser, rule: &Rule) -> Values {
        let mut wanted = Values::new();
        for mapped in &rule.mapping {
            let Some(attribute) = Attribute::of_target(mapped.target) else {
                continue;
            };
            let value = match user.value(mapped.source) {
                None if self.has(Bug::B102) && attribute == Attribute::Department => {
                    Some("null".to_owned())
                }
                None if self.has(Bug::B106) && attribute == Attribute::UserType => {
                    Some("Licensed".to_owned())
                }
                value => value,
            };
            if let Some(value) = value {
                wanted.insert(attribute, value);
            }
        }
        wanted
    }

    /// The mapped attributes that are to be emptied, if that is asked for.
    pub(super) fn emptied(&self, user: &DirectoryUser, rule: &Rule) -> Vec<Attribute> {
        if !self.policies.clear_attributes || self.has(Bug::B122) {
            return Vec::new();
        }
        let mapped = rule.mapping.iter();
        let mapped = mapped.filter_map(|mapped| {
            let attribute = Attribute::of_target(mapped.target)?;
            user.value(mapped.source).is_none().then_some(attribute)
        });
        mapped
            .filter(|attribute| attribute.may_be_empty())
            .collect()
    }

    /// The JSON that gives attributes their values.
    pub(super) fn body(&self, values: &Values) -> Map<String, Value> {
        let mut body = scim(values);
        if self.has(Bug::B105)
            && let Some(extension) = body.remove(ENTERPRISE)
            && let Value::Object(extension) = extension
        {
            body.extend(extension);
        }
        body
    }

    /// The part of a PUT that brings an account to what the directory says.
    pub(super) fn change(
        &self,
        user: &DirectoryUser,
        rule: &Rule,
        account: &Value,
        deep: bool,
    ) -> Map<String, Value> {
        let held = attributes(account);
        let written = self
            .kept
            .links
            .get(&self.key(user))
            .map(|link| &link.written);
        let mut due = self.wanted(user, rule);
        for attribute in self.emptied(user, rule) {
            due.entry(attribute).or_default();
        }
        due.retain(|attribute, value| {
            let known = match attribute.listed() {
                Listed::InList => held.get(attribute),
                Listed::InGet if deep => held.get(attribute),
                Listed::InGet | Listed::Nowhere => {
                    written.and_then(|written| written.get(attribute))
                }
            };
            let known = match known {
                Some(known) if self.has(Bug::B43) => Some(known.trim()),
                known => known.map(String::as_str),
            };
            // The deactivation took the user type; it comes back with the re-enable.
            known.unwrap_or_default() != value
                && (is_active(account) || *attribute != Attribute::UserType)
        });
        let mut change = self.body(&due);
        if !self.has_address(account, &user.username) {
            change.insert("emails".to_owned(), emails(&user.username));
        }
        if self.has(Bug::B101) && !change.is_empty() {
            let extension = change.entry(ENTERPRISE).or_insert_with(|| json!({}));
            if let Some(extension) = extension.as_object_mut() {
                extension.insert("costCenter".to_owned(), json!(""));
            }
        }
        change
    }

    fn has_address(&self, account: &Value, address: &str) -> bool {
        if self.has(Bug::B104) {
            return user_name(account) == address;
        }
        if self.has(Bug::B34) {
            return user_name(account) == fold(address);
        }
        fold(user_name(account)) == fold(address)
    }
}

fn emails(address: &str) -> Value {
    json!([{ "type": "work", "value": address, "primary": true }])
}

pub(super) fn is_active(account: &Value) -> bool {
    account.get("active").and_then(Value::as_bool) == Some(true)
}
