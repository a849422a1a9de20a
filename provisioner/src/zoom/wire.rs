//! Zoom users as JSON (Zoom's SCIM2 reference), and what goes into a URL.

use compact_str::{CompactString, ToCompactString as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::plan::{Account, Change, Desired};
use crate::rule::{Attribute, Attributes, snug};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Everything but the unreserved characters (RFC 3986 section 2.3), so that an id or a filter cannot reach
/// beyond its place, and `+` stays a plus.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Text as a part of a URL.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A filter for the user of an address; the value is quoted and escaped (RFC 7644 section 3.4.2.2).
pub(super) fn user_name_filter(address: &str) -> String {
    format!("userName eq {}", Value::from(address))
}

/// Reads a user. `None` where the JSON has no id or no userName. An id that is a number is taken for its digits.
pub(super) fn account(json: &Value) -> Option<Account> {
    let id = match json.get("id")? {
        Value::String(id) => id.into(),
        Value::Number(id) => id.as_u64()?.to_compact_string(),
        _ => return None,
    };
    if id.is_empty() || id == "." || id == ".." {
        return None;
    }
    let user_name = json.get("userName").and_then(Value::as_str)?;
    Some(Account {
        id,
        user_name: user_name.into(),
        active: json.get("active").and_then(Value::as_bool).unwrap_or(true),
        attributes: attributes(json),
    })
}

fn attributes(json: &Value) -> Attributes {
    let text = |pointer: &str| {
        json.pointer(pointer)
            .and_then(Value::as_str)
            .map(CompactString::from)
    };
    let extension = |key: &str| Some(json.get(ENTERPRISE)?.get(key)?.as_str()?.into());
    let values = [
        (Attribute::GivenName, text("/name/givenName")),
        (Attribute::FamilyName, text("/name/familyName")),
        (Attribute::Phone, work_phone(json)),
        (Attribute::UserType, text("/userType")),
        (Attribute::Roles, roles(json)),
        (Attribute::Title, text("/title")),
        (Attribute::Department, extension("department")),
        (Attribute::Organization, extension("organization")),
        (Attribute::Locale, text("/locale")),
    ];
    let present = values
        .into_iter()
        .filter_map(|(attribute, value)| Some((attribute, value?)));
    snug(present.filter(|(_, value)| !value.is_empty()))
}

/// The phone of the type `work`, else the first.
fn work_phone(json: &Value) -> Option<CompactString> {
    let phones = json.get("phoneNumbers")?.as_array()?;
    let is_work = |phone: &&Value| phone.get("type").and_then(Value::as_str) == Some("work");
    let phone = phones.iter().find(is_work).or(phones.first())?;
    Some(phone.get("value")?.as_str()?.into())
}

/// The names of the roles: a get has one object, other answers an array.
fn roles(json: &Value) -> Option<CompactString> {
    let name = |role: &Value| Some(CompactString::from(role.get("value")?.as_str()?));
    match json.get("roles")? {
        Value::Array(roles) => Some(
            roles
                .iter()
                .filter_map(name)
                .collect::<Vec<_>>()
                .join(",")
                .into(),
        ),
        role => name(role),
    }
}

/// The body of a create: the address is the userName, an e-mail would be ignored.
pub(super) fn create(desired: &Desired) -> Value {
    // There is nothing to empty yet, and an empty role is none that Zoom knows.
    let attributes = desired.attributes.iter();
    let filled = attributes.filter(|(_, value)| !value.is_empty());
    let mut body = written(&filled.map(|(name, value)| (*name, value.clone())).collect());
    body.insert("userName".to_owned(), desired.address.as_str().into());
    Value::Object(body)
}

/// The body of an update: an e-mail changes the address, a userName would be ignored.
pub(super) fn update(change: &Change) -> Value {
    let mut body = written(&change.attributes);
    if change.activate {
        body.insert("active".to_owned(), true.into());
    }
    if let Some(email) = &change.email {
        let emails = json!([{ "type": "work", "value": email, "primary": true }]);
        body.insert("emails".to_owned(), emails);
    }
    Value::Object(body)
}

/// The body of an update with everything of the user that was read and is not changed, as far as it may be sent.
pub(super) fn merged(held: Value, update: Value) -> Value {
    let (Value::Object(mut body), Value::Object(update)) = (held, update) else {
        return Value::Null;
    };
    for own in ["id", "meta", "userName", "groups"] {
        body.remove(own);
    }
    // A get has one object, and a PUT takes an array.
    if let Some(role @ Value::Object(_)) = body.get_mut("roles") {
        *role = Value::Array(vec![role.take()]);
    }
    for (key, value) in update {
        match (body.get_mut(&key), value) {
            (Some(Value::Object(held)), Value::Object(value)) => held.extend(value),
            (Some(Value::Array(held)), Value::Array(value)) if key == "schemas" => {
                let new: Vec<Value> = value
                    .into_iter()
                    .filter(|one| !held.contains(one))
                    .collect();
                held.extend(new);
            }
            (_, value) => drop(body.insert(key, value)),
        }
    }
    Value::Object(body)
}

/// The body that deactivates.
pub(super) fn deactivate() -> Value {
    json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "value": { "active": false } }] })
}

/// Whether a body is one for PATCH.
pub(super) fn is_patch(body: &Value) -> bool {
    body.get("Operations").is_some()
}

fn written(attributes: &Attributes) -> Map<String, Value> {
    let mut body = Map::new();
    let mut name = Map::new();
    let mut enterprise = Map::new();
    for (attribute, value) in attributes {
        let text = Value::from(value.as_str());
        let (map, key, value) = match attribute {
            Attribute::GivenName => (&mut name, "givenName", text),
            Attribute::FamilyName => (&mut name, "familyName", text),
            Attribute::Department => (&mut enterprise, "department", text),
            Attribute::Organization => (&mut enterprise, "organization", text),
            Attribute::UserType => (&mut body, "userType", text),
            Attribute::Title => (&mut body, "title", text),
            Attribute::Locale => (&mut body, "locale", text),
            Attribute::Phone => (
                &mut body,
                "phoneNumbers",
                json!([{ "type": "work", "value": value }]),
            ),
            Attribute::Roles => {
                let roles = value
                    .split(',')
                    .map(|role| json!({ "value": role }))
                    .collect();
                (&mut body, "roles", roles)
            }
        };
        map.insert(key.to_owned(), value);
    }
    let mut schemas = vec![CORE];
    if !name.is_empty() {
        body.insert("name".to_owned(), Value::Object(name));
    }
    if !enterprise.is_empty() {
        body.insert(ENTERPRISE.to_owned(), Value::Object(enterprise));
        schemas.push(ENTERPRISE);
    }
    body.insert("schemas".to_owned(), schemas.into());
    body
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_filter_is_quoted_escaped_and_percent_encoded() {
        assert_eq!(user_name_filter(r#"a"b\c@x"#), r#"userName eq "a\"b\\c@x""#);
        assert_eq!(encoded("a+b /?#&%@x"), "a%2Bb%20%2F%3F%23%26%25%40x");
    }

    #[test]
    fn who_has_no_usable_id_is_nobody() {
        for id in [json!(""), json!("."), json!(".."), json!(1.5), json!(null)] {
            assert_eq!(account(&json!({ "id": id, "userName": "a@b" })), None);
        }
        let number = account(&json!({ "id": 5, "userName": "a@b" }));
        assert_eq!(number.unwrap().id, "5", "F28");
    }

    #[test]
    fn an_update_is_merged_into_what_was_read() {
        let held = json!({
            "id": "1", "userName": "a@b", "active": true, "title": "Old", "locale": "de-DE", "schemas": ["x"],
            "name": { "givenName": "Ann", "familyName": "Other" }, "roles": { "value": "Member" }, "meta": {},
        });
        let update =
            json!({ "schemas": ["x", "y"], "title": "New", "name": { "givenName": "Anne" } });
        assert_eq!(
            merged(held, update),
            json!({
                "active": true, "title": "New", "locale": "de-DE", "schemas": ["x", "y"],
                "name": { "givenName": "Anne", "familyName": "Other" }, "roles": [{ "value": "Member" }],
            })
        );
        // What is no user is not sent back.
        assert_eq!(merged(json!([]), json!({ "title": "New" })), Value::Null);
    }

    #[test]
    fn reads_roles_from_an_object_and_from_an_array() {
        let one = json!({"id": "1", "userName": "a@b", "roles": {"value": "Admin"}});
        let many = json!({"id": "1", "userName": "a@b", "roles": [{"value": "Admin"}, {"value": "Member"}]});
        assert_eq!(
            account(&one).unwrap().attributes[&Attribute::Roles],
            "Admin"
        );
        assert_eq!(
            account(&many).unwrap().attributes[&Attribute::Roles],
            "Admin,Member"
        );
    }

    proptest! {
        #[test]
        fn an_id_survives_its_way_through_a_url(id in "\\PC{1,40}") {
            let path = encoded(&id);
            prop_assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
            prop_assert_eq!(percent_encoding::percent_decode_str(&path).decode_utf8().unwrap(), id);
        }
    }
}
