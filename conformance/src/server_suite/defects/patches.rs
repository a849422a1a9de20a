//! Wrong deactivations and activations.

use serde_json::{Value, json};

use super::call::{Asked, Given, put};
use super::catalogue::Defect;
use super::puts::others;

pub(super) static ALL: &[Defect] = &[
    Defect::own(
        "patch-not-stored",
        "users.patch.deactivates",
        "a patch is answered and not stored",
        |behind, asked| {
            Box::pin(async move {
                let (Some(id), Some(active)) = (asked.user("PATCH"), active(&asked)) else {
                    return behind.ask(&asked).await;
                };
                let mut given = behind
                    .own("GET", &format!("/Users/{id}"), &Value::Null)
                    .await;
                given.each(|user| put(user, "active", active));
                given
            })
        },
    ),
    Defect::given(
        "patch-204",
        "users.patch.deactivates",
        "a patch is answered with 204",
        |_, asked, given| {
            if asked.user("PATCH").is_some() && given.is_good() {
                *given = Given::empty(204);
            }
        },
    ),
    Defect::own(
        "patch-never-back",
        "users.patch.activates",
        "nobody is activated again",
        |behind, asked| {
            Box::pin(async move {
                match (asked.user("PATCH"), active(&asked)) {
                    (Some(id), Some(true)) => {
                        behind
                            .own("GET", &format!("/Users/{id}"), &Value::Null)
                            .await
                    }
                    _ => behind.ask(&asked).await,
                }
            })
        },
    ),
    Defect::given(
        "patch-hides",
        "users.patch.keeps-the-user",
        "inactive users are not found",
        |_, asked, given| {
            let inactive = given.json().pointer("/Resources/0/active") == Some(&json!(false));
            if asked.users("GET") && inactive {
                given.edit(|body| {
                    put(body, "totalResults", 0);
                    put(body, "Resources", json!([]));
                });
            }
        },
    ),
    Defect::own(
        "patch-replaces-all",
        "users.patch.attributes-stay",
        "a patch empties what it does not name",
        |behind, asked| {
            Box::pin(async move {
                if let (Some(id), Some(false)) = (asked.user("PATCH"), active(&asked)) {
                    let nothing = json!({ "name": { "givenName": "", "familyName": "" }, "phoneNumbers": [] });
                    behind.own("PUT", &format!("/Users/{id}"), &nothing).await;
                }
                behind.ask(&asked).await
            })
        },
    ),
    Defect::own(
        "patch-for-two",
        "users.patch.others",
        "a patch deactivates the neighbour as well",
        |behind, asked| {
            Box::pin(async move {
                if let (Some(id), Some(false)) = (asked.user("PATCH"), active(&asked)) {
                    for other in others(behind, &id) {
                        behind
                            .own(
                                "PUT",
                                &format!("/Users/{other}"),
                                &json!({ "active": false }),
                            )
                            .await;
                    }
                }
                behind.ask(&asked).await
            })
        },
    ),
    Defect::given(
        "patch-twice-refused",
        "users.patch.again",
        "a second deactivation is refused",
        |behind, asked, given| {
            let (Some(id), Some(active)) = (asked.user("PATCH"), active(asked)) else {
                return;
            };
            let before = behind.remember(|memory| memory.values.insert(id, json!(active)));
            if before == Some(json!(active)) && !active {
                *given = Given::refusal(400, "User is inactive.");
            }
        },
    ),
    Defect::given(
        "patch-anything",
        "users.patch.without-active",
        "a patch without active is answered with 200",
        |_, _, given| {
            if given.says("valid active field") {
                *given = Given::json_of(200, &json!({}));
            }
        },
    ),
    Defect::asked(
        "patch-lower-case",
        "users.patch.operations-case",
        "operations in small letters is read",
        |_, asked| {
            if asked.user("PATCH").is_some() {
                asked.body = asked.body.replace("\"operations\"", "\"Operations\"");
            }
        },
    ),
    Defect::given(
        "patch-nobody-200",
        "users.patch.not-found",
        "a patch of nobody is answered with 200",
        |_, asked, given| {
            if asked.user("PATCH").is_some() && given.status == 404 {
                *given = Given::json_of(200, &json!({}));
            }
        },
    ),
    Defect::own(
        "patch-half",
        "users.patch.all-or-nothing",
        "of a refused patch the first half is done",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                if asked.user("PATCH").is_some() && asked.body.contains("zc-no-such-op") {
                    return Given::refusal(400, "The second operation is not known.");
                }
                given
            })
        },
    ),
    Defect::given(
        "patch-keeps-the-licence",
        "users.patch.takes-the-licence",
        "who is deactivated keeps the licence",
        |_, asked, given| {
            let one = asked.user("PATCH").or_else(|| asked.user("GET"));
            if one.is_some() && given.json().get("active") == Some(&json!(false)) {
                given.each(|user| put(user, "userType", "Licensed"));
            }
        },
    ),
];

/// The `active` of a patch as Zoom documents it.
fn active(asked: &Asked) -> Option<bool> {
    asked
        .json()
        .pointer("/Operations/0/value/active")?
        .as_bool()
}
