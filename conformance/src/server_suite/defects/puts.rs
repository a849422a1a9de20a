//! Wrong updates by PUT.

use serde_json::{Value, json};

use super::super::session::ENTERPRISE;
use super::call::{Given, put};
use super::catalogue::Defect;
use super::proxy::Behind;

pub(super) static ALL: &[Defect] = &[
    Defect::own(
        "put-not-stored",
        "users.put.stored",
        "an update is answered and not stored",
        |behind, asked| {
            Box::pin(async move {
                let Some(id) = asked.user("PUT") else {
                    return behind.ask(&asked).await;
                };
                let mut given = behind
                    .own("GET", &format!("/Users/{id}"), &Value::Null)
                    .await;
                given.each(|user| {
                    user.extend(asked.json().as_object().cloned().unwrap_or_default())
                });
                given
            })
        },
    ),
    Defect::given(
        "put-201",
        "users.put.status",
        "an update is answered with 201",
        |_, asked, given| {
            if asked.user("PUT").is_some() && given.status == 200 {
                given.status = 201;
            }
        },
    ),
    Defect::given(
        "put-old-answer",
        "users.put.status",
        "an update is answered with the user as they were",
        |_, asked, given| {
            if asked.user("PUT").is_some() {
                given.each(|user| put(user, "displayName", "Zora Check"));
            }
        },
    ),
    Defect::asked(
        "put-title-lost",
        "users.put.title-stored",
        "title and locale are not stored",
        |_, asked| {
            if asked.user("PUT").is_some() {
                asked.edit(|user| {
                    user.remove("title");
                    user.remove("locale");
                });
            }
        },
    ),
    Defect::asked(
        "put-replaces-all",
        "users.put.partial",
        "what an update leaves out is emptied",
        |_, asked| {
            if asked.user("PUT").is_some() {
                asked.edit(|user| {
                    if !user.contains_key("name") {
                        put(user, "name", json!({ "givenName": "", "familyName": "" }));
                    }
                    if !user.contains_key("phoneNumbers") {
                        put(user, "phoneNumbers", json!([]));
                    }
                });
            }
        },
    ),
    Defect::asked(
        "put-renames",
        "users.put.username-ignored",
        "userName in an update renames",
        |_, asked| {
            if asked.user("PUT").is_some() {
                asked.edit(|user| {
                    if let Some(name) = user.get("userName").cloned() {
                        put(
                            user,
                            "emails",
                            json!([{ "type": "work", "value": name, "primary": true }]),
                        );
                    }
                });
            }
        },
    ),
    Defect::given(
        "put-takes-the-id",
        "users.put.id-stays",
        "an update changes the id",
        |_, asked, given| {
            if let (Some(_), Some(id)) = (asked.user("PUT"), asked.text("id")) {
                given.each(|user| put(user, "id", id.as_str()));
            }
        },
    ),
    Defect::given(
        "put-created-anew",
        "users.put.meta",
        "an update moves meta.created",
        |behind, asked, given| {
            let Some(id) = asked.user("PUT").or_else(|| asked.user("GET")) else {
                return;
            };
            let updated = behind.remember(|memory| {
                if asked.method == "PUT" {
                    memory.values.insert(id.clone(), json!(true));
                }
                memory.values.contains_key(&id)
            });
            if updated {
                given.each(|user| {
                    if let Some(meta) = user.get_mut("meta").and_then(Value::as_object_mut) {
                        put(meta, "created", "2001-01-01T00:00:00Z");
                    }
                });
            }
        },
    ),
    Defect::own(
        "put-for-two",
        "users.put.others",
        "an update changes the neighbour as well",
        |behind, asked| {
            Box::pin(async move {
                if let Some(id) = asked.user("PUT") {
                    for other in others(behind, &id) {
                        behind
                            .own(
                                "PUT",
                                &format!("/Users/{other}"),
                                &json!({ "displayName": "Neighbour" }),
                            )
                            .await;
                    }
                }
                behind.ask(&asked).await
            })
        },
    ),
    Defect::asked(
        "put-adds",
        "users.put.again",
        "the same update twice adds up",
        |behind, asked| {
            let number = behind.remember(|memory| memory.requests);
            if asked.user("PUT").is_some() {
                asked.edit(|user| {
                    if user.contains_key("title") {
                        put(user, "title", format!("Lead {number}"))
                    }
                });
            }
        },
    ),
    Defect::asked(
        "put-active-ignored",
        "users.put.active",
        "active in an update is ignored",
        |_, asked| {
            if asked.user("PUT").is_some() {
                asked.edit(|user| {
                    user.remove("active");
                });
            }
        },
    ),
    Defect::own(
        "put-inactive",
        "users.put.inactive-refused",
        "inactive users are updated",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                let Some(id) = asked
                    .user("PUT")
                    .filter(|_| given.says("inactive or locked"))
                else {
                    return given;
                };
                let mut on = asked;
                on.edit(|user| put(user, "active", true));
                let given = behind.ask(&on).await;
                behind
                    .own("PUT", &format!("/Users/{id}"), &json!({ "active": false }))
                    .await;
                given
            })
        },
    ),
    Defect::own(
        "put-creates",
        "users.put.not-found",
        "an update of nobody makes a user",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                if asked.user("PUT").is_none() || given.status != 404 {
                    return given;
                }
                behind.own("POST", "/Users", &asked.json()).await
            })
        },
    ),
    Defect::asked(
        "put-email-ignored",
        "users.put.email",
        "a new address is ignored",
        |_, asked| {
            if asked.user("PUT").is_some() {
                asked.edit(|user| {
                    user.remove("emails");
                });
            }
        },
    ),
    Defect::given(
        "put-email-apart",
        "users.put.email",
        "userName does not follow emails",
        |behind, asked, given| {
            let created = asked
                .users("POST")
                .then(|| asked.text("userName"))
                .flatten();
            if let (Some(name), Some(id)) =
                (created, given.json().get("id").and_then(Value::as_str))
            {
                behind.remember(|memory| memory.values.insert(id.to_owned(), json!(name)));
            }
            if let Some(id) = asked.user("PUT").or_else(|| asked.user("GET")) {
                let first = behind.remember(|memory| memory.values.get(&id).cloned());
                given.each(|user| {
                    if let Some(first) = &first {
                        put(user, "userName", first.clone())
                    }
                });
            }
        },
    ),
    Defect::own(
        "put-email-old-found",
        "users.put.email-found",
        "the old address still leads to the user",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                if asked.users("POST") && given.is_good() {
                    let (name, user) = (asked.text("userName").unwrap_or_default(), given.json());
                    behind.remember(|memory| memory.values.insert(name, user));
                }
                let nobody = given.json().get("totalResults") == Some(&json!(0));
                let filter = asked.query("filter").unwrap_or_default();
                let name = filter.split('"').nth(1).unwrap_or_default();
                let old = behind.remember(|memory| memory.values.get(name).cloned());
                if let (true, Some(user)) = (nobody, old) {
                    let mut given = given;
                    given.edit(|body| {
                        put(body, "totalResults", 1);
                        put(body, "Resources", json!([user]));
                    });
                    return given;
                }
                given
            })
        },
    ),
    Defect::own(
        "put-email-of-another",
        "users.put.email-taken",
        "two users may have one address",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                let Some(id) = asked.user("PUT").filter(|_| given.status == 409) else {
                    return given;
                };
                let mut given = behind
                    .own("GET", &format!("/Users/{id}"), &Value::Null)
                    .await;
                let emails = asked.json().get("emails").cloned().unwrap_or_default();
                given.each(|user| put(user, "emails", emails.clone()));
                given
            })
        },
    ),
    Defect::given(
        "put-email-taken-400",
        "users.put.email-taken-words",
        "a taken address is told with 400",
        |_, asked, given| {
            if asked.user("PUT").is_some() && given.status == 409 {
                *given = Given::refusal(400, "Taken.");
            }
        },
    ),
    Defect::own(
        "put-half",
        "users.put.all-or-nothing",
        "of a refused update the rest is done",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                if asked.user("PUT").is_some() && given.status == 409 {
                    let mut rest = asked;
                    rest.edit(|user| {
                        user.remove("emails");
                    });
                    behind.ask(&rest).await;
                }
                given
            })
        },
    ),
    Defect::asked(
        "type-ignored",
        "types.licensed",
        "userType in an update is ignored",
        |_, asked| {
            if asked.user("PUT").is_some() {
                asked.edit(|user| {
                    user.remove("userType");
                });
            }
        },
    ),
    Defect::asked(
        "type-never-basic",
        "types.basic",
        "nobody becomes Basic again",
        |_, asked| {
            if asked.user("PUT").is_some() && asked.text("userType").as_deref() == Some("Basic") {
                asked.edit(|user| {
                    user.remove("userType");
                });
            }
        },
    ),
    Defect::asked(
        "type-three-alone",
        "types.others",
        "Collaboration is ignored",
        |_, asked| {
            if asked.user("PUT").is_some()
                && asked.text("userType").as_deref() == Some("Collaboration")
            {
                asked.edit(|user| {
                    user.remove("userType");
                });
            }
        },
    ),
    Defect::own(
        "type-unknown-stored",
        "types.unknown",
        "any userType is stored",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                let (Some(id), Some(kind)) = (asked.user("PUT"), asked.text("userType")) else {
                    return given;
                };
                if given.is_good() {
                    return given;
                }
                let mut given = behind
                    .own("GET", &format!("/Users/{id}"), &Value::Null)
                    .await;
                given.each(|user| put(user, "userType", kind.as_str()));
                given
            })
        },
    ),
    Defect::asked(
        "extension-replaced",
        "enterprise.partial",
        "an update of one attribute empties the extension",
        |_, asked| {
            if asked.user("PUT").is_some() {
                asked.edit(|user| {
                    if let Some(map) = user.get_mut(ENTERPRISE).and_then(Value::as_object_mut) {
                        for key in ["organization", "costCenter", "employeeNumber"] {
                            if !map.contains_key(key) {
                                put(map, key, "");
                            }
                        }
                    }
                });
            }
        },
    ),
    Defect::asked(
        "extension-half-stored",
        "enterprise.all-stored",
        "costCenter cannot be updated",
        |_, asked| {
            if asked.user("PUT").is_some() {
                asked.edit(|user| {
                    if let Some(map) = user.get_mut(ENTERPRISE).and_then(Value::as_object_mut) {
                        map.remove("costCenter");
                    }
                });
            }
        },
    ),
];

/// The other of the last two who were made.
pub(super) fn others(behind: &Behind, id: &str) -> Vec<String> {
    let last: Vec<String> =
        behind.remember(|memory| memory.made.iter().rev().take(2).cloned().collect());
    last.into_iter().filter(|other| other != id).collect()
}
