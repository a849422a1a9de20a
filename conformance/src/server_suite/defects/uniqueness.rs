//! Servers that lose uniqueness.

use serde_json::{Value, json};

use super::call::{Asked, Given, put};
use super::catalogue::Defect;
use super::proxy::Behind;

pub(super) static ALL: &[Defect] = &[
    Defect::own(
        "duplicates-accepted",
        "unique.duplicate",
        "two users may have one address",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                if given.says("already in use") {
                    phantom(behind, &asked)
                } else {
                    given
                }
            })
        },
    ),
    Defect::given(
        "duplicates-409",
        "unique.duplicate-words",
        "a duplicate is told with 409",
        |_, _, given| {
            if given.says("already in use") {
                *given = Given::refusal(409, "User already exists.");
            }
        },
    ),
    Defect::own(
        "duplicates-by-case",
        "unique.case",
        "another case is another address",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                let capitals = asked
                    .text("userName")
                    .is_some_and(|name| name.contains(|c: char| c.is_ascii_uppercase()));
                if capitals && given.says("already in use") {
                    phantom(behind, &asked)
                } else {
                    given
                }
            })
        },
    ),
    Defect::own(
        "email-by-case",
        "unique.email-case",
        "an update may take an address in another case",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                let address = asked
                    .json()
                    .pointer("/emails/0/value")
                    .cloned()
                    .unwrap_or_default();
                let capitals = address
                    .as_str()
                    .is_some_and(|it| it.contains(|c: char| c.is_ascii_uppercase()));
                let Some(id) = asked
                    .user("PUT")
                    .filter(|_| capitals && given.status == 409)
                else {
                    return given;
                };
                behind
                    .own("GET", &format!("/Users/{id}"), &Value::Null)
                    .await
            })
        },
    ),
    Defect::own(
        "duplicates-overwrite",
        "unique.first-stays",
        "a refused create overwrites who is there",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                if given.says("already in use") {
                    let name = asked.text("userName").unwrap_or_default();
                    let path = format!("/Users?filter=userName%20eq%20{name}");
                    let found = behind.own("GET", &path, &Value::Null).await.json();
                    let id = found
                        .pointer("/Resources/0/id")
                        .and_then(Value::as_str)
                        .unwrap_or_default();
                    behind
                        .own(
                            "PUT",
                            &format!("/Users/{id}"),
                            &json!({ "displayName": "Overwritten" }),
                        )
                        .await;
                }
                given
            })
        },
    ),
    Defect::own(
        "race-of-creates",
        "unique.race",
        "of creates at once two succeed",
        |behind, asked| {
            Box::pin(async move {
                note(behind, &asked);
                let given = behind.ask(&asked).await;
                if has_its_like(behind, &asked) && given.says("already in use") {
                    phantom(behind, &asked)
                } else {
                    given
                }
            })
        },
    ),
    Defect::own(
        "race-of-updates",
        "unique.race-of-updates",
        "of two updates at once both succeed",
        |behind, asked| {
            Box::pin(async move {
                note(behind, &asked);
                let given = behind.ask(&asked).await;
                let Some(id) = asked
                    .user("PUT")
                    .filter(|_| given.status == 409 && has_its_like(behind, &asked))
                else {
                    return given;
                };
                behind
                    .own("GET", &format!("/Users/{id}"), &Value::Null)
                    .await
            })
        },
    ),
];

/// A user who was never made, as one who was.
pub(super) fn phantom(behind: &Behind, asked: &Asked) -> Given {
    let number = behind.remember(|memory| memory.requests);
    let mut user = asked.json();
    if let Some(user) = user.as_object_mut() {
        put(user, "id", format!("phantom-{number}"));
    }
    Given::json_of(201, &user)
}

/// Remembers the body of a write.
pub(super) fn note(behind: &Behind, asked: &Asked) {
    if matches!(asked.method.as_str(), "POST" | "PUT") {
        behind.remember(|memory| {
            let times = memory.values.entry(asked.body.clone()).or_insert(json!(0));
            *times = json!(times.as_u64().unwrap_or(0) + 1);
        });
    }
}

/// Whether another write had the same body: then the two were sent at once. It is asked after the good server
/// was, for either of the two may be the one that is refused.
pub(super) fn has_its_like(behind: &Behind, asked: &Asked) -> bool {
    let times = behind.remember(|memory| memory.values.get(&asked.body).cloned());
    times.and_then(|times| times.as_u64()) > Some(1)
}
