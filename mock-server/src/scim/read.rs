//! What requests say about users and groups (Zoom's SCIM2 reference). Attributes that Zoom does not document
//! are accepted and dropped.

use serde_json::Value;

use super::patch::member_ids;
use super::{ENTERPRISE, GROUP_ZOOM, MAX_TEXT_BYTES, ZOOM};
use crate::account::{GroupSpec, Phone, UserChange};

/// The kinds of a phone number; the last is that of a number that does not say.
const PHONE_KINDS: [&str; 5] = ["mobile", "office", "home", "fax", "work"];
const DEFAULT_PHONE: &str = "work";
/// How many values a multi-valued attribute has at the most. Zoom names no limit.
const MAX_VALUES: usize = 100;

/// An attribute has a value that cannot be its.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{attribute}` has a value that cannot be its")]
pub(crate) struct InvalidAttribute {
    pub(crate) attribute: &'static str,
}

/// Reads a user or a part of one. `null` is the same as absent.
pub(crate) fn read(json: &Value) -> Result<UserChange, InvalidAttribute> {
    let name = object(json, "name")?;
    let enterprise = object(json, ENTERPRISE)?;
    let zoom = object(json, ZOOM)?;
    Ok(UserChange {
        user_name: text(Some(json), "userName")?,
        email: email(json)?,
        active: boolean(json, "active")?,
        display_name: text(Some(json), "displayName")?,
        given_name: text(name, "givenName")?,
        family_name: text(name, "familyName")?,
        user_type: text(Some(json), "userType")?,
        title: text(Some(json), "title")?,
        locale: text(Some(json), "locale")?,
        phones: phones(json)?,
        roles: names(json, "roles")?,
        groups: names(json, "groups")?,
        department: text(enterprise, "department")?,
        organization: text(enterprise, "organization")?,
        cost_center: text(enterprise, "costCenter")?,
        employee_number: text(enterprise, "employeeNumber")?,
        manager: text(enterprise, "manager")?,
        zoom: zoom.and_then(Value::as_object).cloned().unwrap_or_default(),
        zoom_room: None,
        force_inactive: None,
    })
}

fn present<'a>(json: &'a Value, key: &str) -> Option<&'a Value> {
    json.get(key).filter(|value| !value.is_null())
}

fn object<'a>(
    json: &'a Value,
    attribute: &'static str,
) -> Result<Option<&'a Value>, InvalidAttribute> {
    match present(json, attribute) {
        Some(value) if !value.is_object() => Err(InvalidAttribute { attribute }),
        value => Ok(value),
    }
}

fn text(json: Option<&Value>, attribute: &'static str) -> Result<Option<String>, InvalidAttribute> {
    match json.and_then(|json| present(json, attribute)) {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= MAX_TEXT_BYTES => Ok(Some(text.clone())),
        Some(_) => Err(InvalidAttribute { attribute }),
    }
}

fn boolean(json: &Value, attribute: &'static str) -> Result<Option<bool>, InvalidAttribute> {
    match present(json, attribute) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(InvalidAttribute { attribute }),
    }
}

/// The items of a multi-valued attribute; one object stands for an array of one, as Zoom itself writes it.
fn items<'a>(
    json: &'a Value,
    attribute: &'static str,
) -> Result<Option<&'a [Value]>, InvalidAttribute> {
    match present(json, attribute) {
        None => Ok(None),
        Some(Value::Array(items))
            if items.len() <= MAX_VALUES && items.iter().all(Value::is_object) =>
        {
            Ok(Some(items))
        }
        Some(one @ Value::Object(_)) => Ok(Some(std::slice::from_ref(one))),
        Some(_) => Err(InvalidAttribute { attribute }),
    }
}

/// The first e-mail: Zoom takes one.
fn email(json: &Value) -> Result<Option<String>, InvalidAttribute> {
    match items(json, "emails")?.and_then(<[Value]>::first) {
        None => Ok(None),
        Some(email) => text(Some(email), "value"),
    }
}

fn phones(json: &Value) -> Result<Option<Vec<Phone>>, InvalidAttribute> {
    let Some(items) = items(json, "phoneNumbers")? else {
        return Ok(None);
    };
    let mut phones = Vec::with_capacity(items.len());
    for item in items {
        let kind = text(Some(item), "type")?.unwrap_or_else(|| DEFAULT_PHONE.to_owned());
        if !PHONE_KINDS.contains(&kind.as_str()) {
            return Err(InvalidAttribute {
                attribute: "phoneNumbers",
            });
        }
        if let Some(value) = text(Some(item), "value")? {
            let (kind, value) = (kind.into(), value.into());
            phones.push(Phone { kind, value });
        }
    }
    Ok(Some(phones))
}

/// The names that a multi-valued attribute lists as its values.
fn names(json: &Value, attribute: &'static str) -> Result<Option<Vec<String>>, InvalidAttribute> {
    let Some(items) = items(json, attribute)? else {
        return Ok(None);
    };
    let mut names = Vec::with_capacity(items.len());
    for item in items {
        names.extend(text(Some(item), "value")?);
    }
    Ok(Some(names))
}

/// Reads what an administrator writes: a user, and what only an administrator can set.
pub(crate) fn read_by_hand(json: &Value) -> Result<UserChange, InvalidAttribute> {
    Ok(UserChange {
        zoom_room: boolean(json, "zoomRoom")?,
        force_inactive: boolean(json, "forceInactive")?,
        ..read(json)?
    })
}

/// Reads a group to create.
pub(crate) fn read_group(json: &Value) -> Result<GroupSpec, InvalidAttribute> {
    let invalid = InvalidAttribute {
        attribute: "members",
    };
    Ok(GroupSpec {
        display_name: text(Some(json), "displayName").map_err(|_| InvalidAttribute {
            attribute: "DisplayName",
        })?,
        email_alias: text(object(json, GROUP_ZOOM)?, "emailAlias")?,
        members: match present(json, "members") {
            Some(members) => member_ids(members).ok_or(invalid)?,
            None => Vec::new(),
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_the_attribute_of_a_wrong_type() {
        for (json, attribute) in [
            (json!({"userName": 5}), "userName"),
            (json!({"active": "yes"}), "active"),
            (json!({"name": "Jill"}), "name"),
            (json!({"userType": 5}), "userType"),
            (json!({"emails": "a@b"}), "emails"),
            (json!({"phoneNumbers": [{"value": 5}]}), "value"),
            (
                json!({"phoneNumbers": [{"value": "5", "type": "pager"}]}),
                "phoneNumbers",
            ),
            (json!({"groups": 5}), "groups"),
            (json!({"groups": ["Staff"]}), "groups"),
            (json!({"roles": [[]]}), "roles"),
            (json!({ENTERPRISE: []}), ENTERPRISE),
        ] {
            assert_eq!(read(&json), Err(InvalidAttribute { attribute }), "{json}");
        }
        assert_eq!(
            read(&json!({"userName": null, "title": null})),
            Ok(UserChange::default())
        );
    }

    #[test]
    fn an_administrator_alone_sets_what_is_no_attribute_of_zooms() {
        let json = json!({"zoomRoom": true, "forceInactive": true});
        assert_eq!(read(&json), Ok(UserChange::default()));
        let by_hand = read_by_hand(&json).unwrap();
        assert_eq!(
            (by_hand.zoom_room, by_hand.force_inactive),
            (Some(true), Some(true))
        );
    }

    #[test]
    fn reads_a_group() {
        let json = json!({"displayName": "Staff", GROUP_ZOOM: {"emailAlias": "staff@example.com"}});
        let group = read_group(&json).unwrap();
        assert_eq!(group.display_name.as_deref(), Some("Staff"));
        assert_eq!(group.email_alias.as_deref(), Some("staff@example.com"));
        assert_eq!(
            read_group(&json!({"displayName": 5}))
                .unwrap_err()
                .attribute,
            "DisplayName"
        );
    }
}
