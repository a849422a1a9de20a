//! Servers that are wrong over several steps, or about what happens at once.

use serde_json::{Value, json};

use super::call::{Given, On, put};
use super::catalogue::Defect;
use super::uniqueness::{has_its_like, note, phantom};

pub(super) static ALL: &[Defect] = &[
    Defect::given(
        "last-modified-stands",
        "users.life.last-modified",
        "lastModified never moves",
        |_, _, given| {
            given.each(|user| {
                if let Some(meta) = user.get_mut("meta").and_then(Value::as_object_mut) {
                    let created = meta.get("created").cloned().unwrap_or_default();
                    put(meta, "lastModified", created);
                }
            });
        },
    ),
    Defect::given(
        "total-counts-the-deleted",
        "users.life.total-after-delete",
        "totalResults counts who was deleted",
        |behind, asked, given| {
            if asked.user("DELETE").is_some() && given.is_good() {
                behind.remember(|memory| memory.made.push("deleted".to_owned()));
            }
            let deleted = behind
                .remember(|memory| memory.made.iter().filter(|one| *one == "deleted").count());
            if asked.users("GET") && asked.query("filter").is_none() {
                given.edit(|body| {
                    if let Some(total) = body.get("totalResults").and_then(Value::as_u64) {
                        put(body, "totalResults", total + deleted as u64);
                    }
                });
            }
        },
    ),
    Defect::own(
        "made-again-as-before",
        "users.life.made-again",
        "who is made again has the old attributes",
        |behind, asked| {
            Box::pin(async move {
                if let Some(id) = asked.user("DELETE") {
                    let user = behind
                        .own("GET", &format!("/Users/{id}"), &Value::Null)
                        .await
                        .json();
                    let name = user
                        .get("userName")
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned();
                    behind.remember(|memory| memory.values.insert(name, user));
                }
                let given = behind.ask(&asked).await;
                let name = asked.text("userName").unwrap_or_default();
                let before = behind.remember(|memory| memory.values.get(&name).cloned());
                if let (true, Some(before)) = (asked.users("POST") && given.is_good(), before) {
                    let made = given.json();
                    let id = made.get("id").and_then(Value::as_str).unwrap_or_default();
                    let old = json!({ "displayName": before.get("displayName"), "phoneNumbers": before.get("phoneNumbers") });
                    behind.own("PUT", &format!("/Users/{id}"), &old).await;
                }
                given
            })
        },
    ),
    Defect::own(
        "inactive-made-again",
        "users.life.inactive-address",
        "the address of an inactive user is free",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                if !given.says("already in use") {
                    return given;
                }
                let name = asked.text("userName").unwrap_or_default();
                let path = format!("/Users?filter=userName%20eq%20{name}");
                let found = behind.own("GET", &path, &Value::Null).await.json();
                let inactive = found.pointer("/Resources/0/active") == Some(&json!(false));
                if inactive {
                    phantom(behind, &asked)
                } else {
                    given
                }
            })
        },
    ),
    Defect::own(
        "own-address-is-taken",
        "users.life.same-email",
        "a user's own address is a conflict",
        |behind, asked| {
            Box::pin(async move {
                if let Some(id) = asked.user("PUT") {
                    let user = behind
                        .own("GET", &format!("/Users/{id}"), &Value::Null)
                        .await
                        .json();
                    let address = asked.json().pointer("/emails/0/value").cloned();
                    if address.is_some() && user.get("userName") == address.as_ref() {
                        return Given::refusal(409, "Email has already been used.");
                    }
                }
                behind.ask(&asked).await
            })
        },
    ),
    Defect::given(
        "patch-old-answer",
        "users.life.answers-agree",
        "a patch is answered with an old name",
        |_, asked, given| {
            if asked.user("PATCH").is_some() {
                given.each(|user| put(user, "displayName", "Old Name"));
            }
        },
    ),
    Defect::own(
        "updates-lost",
        "together.updates",
        "of updates at once the second is lost",
        |behind, asked| {
            Box::pin(async move {
                let id = asked
                    .user("PUT")
                    .or_else(|| asked.user("GET"))
                    .unwrap_or_default();
                let update = asked.method == "PUT";
                let last =
                    behind.remember(|memory| memory.values.insert(id.clone(), json!(update)));
                if update && last == Some(json!(true)) {
                    return behind
                        .own("GET", &format!("/Users/{id}"), &Value::Null)
                        .await;
                }
                behind.ask(&asked).await
            })
        },
    ),
    Defect::given(
        "ids-drawn-twice",
        "together.creates",
        "users who are made at once get one id",
        |behind, asked, given| {
            if asked.users("POST") && asked.body.contains("-crowd") {
                let own = given.json().get("id").cloned().unwrap_or_default();
                let first = behind.remember(|memory| {
                    memory
                        .values
                        .entry("first".to_owned())
                        .or_insert(own)
                        .clone()
                });
                given.each(|user| put(user, "id", first.clone()));
            }
        },
    ),
    Defect::own(
        "groups-at-once",
        "together.groups",
        "of groups of one name at once two are made",
        |behind, asked| {
            Box::pin(async move {
                note(behind, &asked);
                let given = behind.ask(&asked).await;
                let refused = asked.on() == On::Groups && given.status == 409;
                if refused && has_its_like(behind, &asked) {
                    phantom(behind, &asked)
                } else {
                    given
                }
            })
        },
    ),
];
