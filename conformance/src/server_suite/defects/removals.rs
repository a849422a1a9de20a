//! Wrong deletes.

use serde_json::{Value, json};

use super::call::{Given, put};
use super::catalogue::Defect;

pub(super) static ALL: &[Defect] = &[
    Defect::given(
        "delete-200",
        "users.delete.status",
        "a delete is answered with 200",
        |_, asked, given| {
            if asked.user("DELETE").is_some() && given.status == 204 {
                *given = Given::json_of(200, &json!({}));
            }
        },
    ),
    Defect::own(
        "delete-leaves-the-user",
        "users.delete.gone",
        "a delete leaves the user",
        |behind, asked| {
            Box::pin(async move {
                match asked.user("DELETE") {
                    Some(_) => Given::empty(204),
                    None => behind.ask(&asked).await,
                }
            })
        },
    ),
    Defect::own(
        "delete-deactivates",
        "users.delete.gone",
        "a delete only deactivates",
        |behind, asked| {
            Box::pin(async move {
                let Some(id) = asked.user("DELETE") else {
                    return behind.ask(&asked).await;
                };
                behind
                    .own("PUT", &format!("/Users/{id}"), &json!({ "active": false }))
                    .await;
                Given::empty(204)
            })
        },
    ),
    Defect::own(
        "delete-still-listed",
        "users.delete.unlisted",
        "who was deleted is still found by address",
        |behind, asked| {
            Box::pin(async move {
                let before = match asked.user("DELETE") {
                    Some(id) => behind
                        .own("GET", &format!("/Users/{id}"), &Value::Null)
                        .await
                        .json(),
                    None => Value::Null,
                };
                let mut given = behind.ask(&asked).await;
                let name = before
                    .get("userName")
                    .and_then(Value::as_str)
                    .map(str::to_owned);
                if let Some(name) = name {
                    behind.remember(|memory| memory.values.insert(name, before));
                }
                let filter = asked.query("filter").unwrap_or_default();
                let name = filter.split('"').nth(1).unwrap_or_default();
                if let Some(user) = behind.remember(|memory| memory.values.get(name).cloned()) {
                    given.edit(|body| {
                        put(body, "totalResults", 1);
                        put(body, "Resources", json!([user]));
                    });
                }
                given
            })
        },
    ),
    Defect::given(
        "delete-ghost-updated",
        "users.delete.no-more-writes",
        "who was deleted can be updated",
        |_, asked, given| {
            if asked.user("PUT").is_some() && given.status == 404 {
                *given = Given::json_of(200, &json!({}));
            }
        },
    ),
    Defect::given(
        "delete-again-204",
        "users.delete.again",
        "a second delete is answered with 204",
        |_, asked, given| {
            if asked
                .user("DELETE")
                .is_some_and(|id| !id.starts_with("zc-"))
                && given.status == 404
            {
                *given = Given::empty(204);
            }
        },
    ),
    Defect::given(
        "delete-nobody-204",
        "users.delete.not-found",
        "a delete of nobody is answered with 204",
        |_, asked, given| {
            if asked.user("DELETE").is_some_and(|id| id.starts_with("zc-")) && given.status == 404 {
                *given = Given::empty(204);
            }
        },
    ),
    Defect::own(
        "delete-for-two",
        "users.delete.others",
        "a delete takes the neighbour as well",
        |behind, asked| {
            Box::pin(async move {
                if let Some(id) = asked.user("DELETE") {
                    let last: Vec<String> = behind
                        .remember(|memory| memory.made.iter().rev().take(2).cloned().collect());
                    for other in last.iter().filter(|other| **other != id) {
                        behind
                            .own("DELETE", &format!("/Users/{other}"), &Value::Null)
                            .await;
                    }
                }
                behind.ask(&asked).await
            })
        },
    ),
];
