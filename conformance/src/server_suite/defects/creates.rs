//! Wrong creates.

use serde_json::{Value, json};

use super::call::{Asked, Given, put};
use super::catalogue::Defect;

pub(super) static ALL: &[Defect] = &[
    Defect::given(
        "create-200",
        "users.create.status",
        "a create is answered with 200",
        |_, asked, given| {
            if asked.users("POST") && given.status == 201 {
                given.status = 200;
            }
        },
    ),
    Defect::given(
        "create-without-schemas",
        "users.create.schemas",
        "the user who was made has no schemas",
        |_, asked, given| {
            made(asked, given, |user| {
                user.remove("schemas");
            });
        },
    ),
    Defect::given(
        "create-with-sent-id",
        "users.create.id",
        "the client chooses the id",
        |_, asked, given| {
            let sent = asked.text("id");
            made(asked, given, |user| {
                if let Some(id) = &sent {
                    put(user, "id", id.as_str())
                }
            });
        },
    ),
    Defect::given(
        "create-without-meta",
        "users.create.meta",
        "meta is missing",
        |_, asked, given| {
            made(asked, given, |user| {
                user.remove("meta");
            });
        },
    ),
    Defect::given(
        "create-location-of-all",
        "users.create.meta",
        "meta.location is that of all users",
        |_, asked, given| {
            made(asked, given, |user| {
                in_meta(user, "location", "https://api.zoom.us/scim2/Users")
            });
        },
    ),
    Defect::given(
        "create-times-in-ms",
        "users.create.times",
        "created is a number",
        |_, asked, given| {
            made(asked, given, |user| {
                in_meta(user, "created", 1_700_000_000_000_i64)
            });
        },
    ),
    Defect::given(
        "create-location-header",
        "users.create.location-header",
        "the Location header leads elsewhere",
        |_, asked, given| {
            if asked.users("POST") && given.is_good() {
                given.set_header("location", Some("/scim2/Users"));
            }
        },
    ),
    Defect::asked(
        "create-without-title",
        "users.create.attributes",
        "a create forgets the title",
        |_, asked| {
            if asked.users("POST") {
                asked.edit(|user| {
                    user.remove("title");
                });
            }
        },
    ),
    Defect::given(
        "create-display-name",
        "users.create.display-name",
        "displayName is the address",
        |_, asked, given| {
            let name = asked.text("userName").unwrap_or_default();
            if asked.text("displayName").is_none() {
                made(asked, given, |user| put(user, "displayName", name.as_str()));
            }
        },
    ),
    Defect::asked(
        "create-own-display-name",
        "users.create.display-name-sent",
        "displayName is always made of the names",
        |_, asked| {
            if asked.users("POST") {
                asked.edit(|user| {
                    user.remove("displayName");
                });
            }
        },
    ),
    Defect::given(
        "create-without-emails",
        "users.create.emails",
        "emails is empty",
        |_, asked, given| {
            made(asked, given, |user| put(user, "emails", json!([])));
        },
    ),
    Defect::given(
        "create-inactive",
        "users.create.active",
        "new users are inactive",
        |_, asked, given| {
            made(asked, given, |user| put(user, "active", false));
        },
    ),
    Defect::asked(
        "create-licensed",
        "users.create.basic",
        "new users are Licensed",
        |_, asked| {
            if asked.users("POST") {
                asked.edit(|user| {
                    if !user.contains_key("userType") {
                        put(user, "userType", "Licensed")
                    }
                });
            }
        },
    ),
    Defect::asked(
        "create-nameless",
        "users.create.username-needed",
        "userName is not needed",
        |behind, asked| {
            let number = behind.remember(|memory| memory.requests);
            if asked.users("POST") {
                asked.edit(|user| {
                    if !user.contains_key("userName") {
                        put(user, "userName", format!("nobody{number}@example.com"))
                    }
                });
            }
        },
    ),
    Defect::asked(
        "create-no-address",
        "users.create.username-invalid",
        "userName may be anything",
        |_, asked| {
            if asked.users("POST") {
                asked.edit(|user| {
                    let name = user
                        .get("userName")
                        .and_then(Value::as_str)
                        .unwrap_or("@")
                        .to_owned();
                    if !name.contains('@') {
                        put(user, "userName", format!("{name}@example.com"));
                    }
                });
            }
        },
    ),
    Defect::given(
        "create-unknown-refused",
        "users.create.unknown-attributes",
        "unknown attributes are refused",
        |_, asked, given| {
            if asked.users("POST") && asked.body.contains("zcUnknown") {
                *given = Given::refusal(400, "Unknown attribute zcUnknown.");
            }
        },
    ),
    Defect::asked(
        "create-ascii",
        "users.create.unicode",
        "other letters than ASCII become question marks",
        |_, asked| {
            if asked.users("POST") {
                asked.body = asked
                    .body
                    .chars()
                    .map(|c| if c.is_ascii() { c } else { '?' })
                    .collect();
            }
        },
    ),
    Defect::asked(
        "type-lost-on-create",
        "types.create",
        "userType on a create is ignored",
        |_, asked| {
            if asked.users("POST") {
                asked.edit(|user| {
                    user.remove("userType");
                });
            }
        },
    ),
];

/// Changes the user in the answer to a create.
fn made(asked: &Asked, given: &mut Given, change: impl Fn(&mut serde_json::Map<String, Value>)) {
    if asked.users("POST") {
        given.each(change);
    }
}

fn in_meta(user: &mut serde_json::Map<String, Value>, key: &str, value: impl Into<Value>) {
    if let Some(meta) = user.get_mut("meta").and_then(Value::as_object_mut) {
        put(meta, key, value);
    }
}
