//! A page of PingOne's users, and what becomes of each.

use serde_json::Value;

use super::PingOne;
use crate::directory::record::{self, Held, Record, is_list};
use crate::rule::Source as Key;

/// The lifecycle statuses that PingOne's users data model names.
///
/// Neither disables anybody: PingOne's own connection follows `enabled`, and an account that has only been sent
/// a verification code again is `VERIFICATION_REQUIRED` too.
pub(super) const KNOWN_STATUSES: [&str; 2] = ["ACCOUNT_OK", "VERIFICATION_REQUIRED"];
/// How much of an unknown status is repeated.
const MAX_STATUS_CHARS: usize = 40;

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) users: Vec<Value>,
    /// The link to the next page, as it is written.
    pub(super) next: Option<String>,
    /// How many users there are on all pages.
    pub(super) count: Option<u64>,
}

/// Reads a page. What has no list of users is none: a server that answers otherwise has no empty directory.
pub(super) fn page(body: &[u8]) -> Result<Page, String> {
    let mut json: Value =
        serde_json::from_slice(body).map_err(|_| "the answer is no JSON, or cut off".to_owned())?;
    let users = match json.pointer_mut("/_embedded/users").map(Value::take) {
        Some(Value::Array(users)) => users,
        Some(_) | None => return Err("the answer has no `_embedded.users`".to_owned()),
    };
    let next = match json.pointer("/_links/next") {
        None | Some(Value::Null) => None,
        Some(next) => match next.get("href").and_then(Value::as_str) {
            Some(href) => Some(href.to_owned()),
            None => return Err("the link to the next page has no `href`".to_owned()),
        },
    };
    Ok(Page {
        users,
        next,
        count: json.get("count").and_then(Value::as_u64),
    })
}

/// The id of a user whose population was not asked for: a server may not understand the filter.
pub(super) fn elsewhere<'a>(pingone: &PingOne, user: &'a Value) -> Option<&'a str> {
    let population = population(user)?;
    let is_asked = pingone.populations.is_empty()
        || pingone.populations.iter().any(|asked| asked == population);
    user.get("id")?.as_str().filter(|_| !is_asked)
}

fn population(user: &Value) -> Option<&str> {
    user.pointer("/population/id")?.as_str()
}

/// Makes a record of a user of PingOne.
pub(super) fn record(pingone: &PingOne, place: &str, user: &Value) -> Record {
    let mut values: Vec<(Key, Held)> = Vec::new();
    if let Some(id) = user.get("id") {
        values.push((Key::Id, Ok(id.clone())));
    }
    values.push((Key::Enabled, enabled(pingone, user)));
    // A list has no groups in it (they are read user by user); the population takes their place in filters.
    if let Some(population) = population(user) {
        values.push((Key::Groups, Ok(Value::Array(vec![population.into()]))));
    } else if !pingone.populations.is_empty() {
        values.push((
            Key::Groups,
            Err("cannot be told: there is no `population`".to_owned()),
        ));
    }
    for (key, path) in &pingone.attributes {
        let found = path
            .split('.')
            .try_fold(user, |value, name| value.get(name));
        if let Some(found) = found.filter(|found| !found.is_null()) {
            let value = match found {
                Value::String(_) if is_list(*key) => Value::Array(vec![found.clone()]),
                _ => found.clone(),
            };
            values.push((*key, Ok(value)));
        }
    }
    // Access is not guessed, but where there is no id there is nobody to speak of.
    record::record(place, false, values)
}

/// Whether somebody may use their accounts: as PingOne says, unless the lifecycle status speaks against it.
fn enabled(pingone: &PingOne, user: &Value) -> Held {
    let enabled = match user.get("enabled") {
        Some(Value::Bool(enabled)) => *enabled,
        Some(other) => return Ok(other.clone()),
        None => return Err("is missing".to_owned()),
    };
    let status = match user.pointer("/lifecycle/status") {
        None | Some(Value::Null) => return Ok(enabled.into()),
        Some(status) => status.as_str().unwrap_or_default(),
    };
    if !enabled
        || pingone
            .disabled_statuses
            .iter()
            .any(|disabled| disabled == status)
    {
        return Ok(false.into());
    }
    if KNOWN_STATUSES.contains(&status) {
        return Ok(true.into());
    }
    let status: String = status.chars().take(MAX_STATUS_CHARS).collect();
    Err(format!(
        "cannot be told: the lifecycle status is `{status}`, which is unknown here; if it means disabled, name it in \
         disabled_statuses"
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn pingone() -> PingOne {
        let url = url::Url::parse("https://api.pingone.eu").unwrap();
        PingOne {
            api_url: url.clone(),
            auth_url: url,
            environment_id: "e".to_owned(),
            client_id: "c".to_owned(),
            client_secret: "s3cret".into(),
            trusted_roots: crate::zoom::TrustedRoots::default(),
            populations: vec!["p".to_owned()],
            filter: None,
            page_size: 200,
            disabled_statuses: Vec::new(),
            attributes: BTreeMap::from([
                (Key::Username, "username".to_owned()),
                (Key::GivenName, "name.given".to_owned()),
                (Key::Roles, "roles".to_owned()),
            ]),
        }
    }

    /// Any JSON, with the names that matter more often than others.
    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "p|ACCOUNT_OK|.{0,8}".prop_map(Value::from),
        ];
        let name = "id|username|enabled|lifecycle|status|population|name|given|roles|_links|next|href|_embedded|users";
        leaf.prop_recursive(4, 64, 8, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(name, inner, 0..8)
                    .prop_map(|object| Value::Object(object.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_answer_is_a_page_or_none(body in proptest::collection::vec(any::<u8>(), 0..100), json in value()) {
            let _ = page(&body);
            let _ = page(json.to_string().as_bytes());
        }

        #[test]
        fn any_user_is_somebody_or_nobody(user in value()) {
            let source = pingone();
            let _ = elsewhere(&source, &user);
            match record(&source, "here", &user) {
                Record::User(found) => {
                    prop_assert_eq!(Some(found.id.as_str()), user["id"].as_str());
                    prop_assert_eq!(user["enabled"].as_bool(), Some(found.enabled));
                }
                Record::Refused(refused) => prop_assert_eq!(Some(refused.id.as_str()), user["id"].as_str()),
                Record::Nobody(why) => prop_assert!(why.starts_with("here: ")),
            }
        }
    }

    #[test]
    fn what_is_no_list_of_users_is_no_page() {
        for (body, why) in [
            ("", "no JSON"),
            ("<html>", "no JSON"),
            ("{}", "no `_embedded.users`"),
            (r#"{"_embedded":{"users":{}}}"#, "no `_embedded.users`"),
            (
                r#"{"_embedded":{"users":[]},"_links":{"next":"x"}}"#,
                "no `href`",
            ),
        ] {
            let error = page(body.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{body}: {error}");
        }
        let empty = json!({ "_embedded": { "users": [] }, "count": 0 });
        let page = page(empty.to_string().as_bytes()).unwrap();
        assert!(page.users.is_empty() && page.next.is_none() && page.count == Some(0));
    }
}
