//! Wrong answers about one user.

use serde_json::{Value, json};

use super::super::session::ENTERPRISE;
use super::call::{Asked, Given, put};
use super::catalogue::Defect;

pub(super) static ALL: &[Defect] = &[
    Defect::given(
        "get-the-first",
        "users.get.that-user",
        "get always shows whom it showed first",
        |behind, asked, given| {
            if asked.user("GET").is_some() && given.is_good() {
                let shown = given.json();
                let first = behind.remember(|memory| {
                    memory
                        .values
                        .entry("first".to_owned())
                        .or_insert(shown)
                        .clone()
                });
                given.body = first.to_string();
            }
        },
    ),
    Defect::given(
        "get-wrong-schemas",
        "users.get.schemas",
        "get names the schema of a group",
        |_, asked, given| {
            read(asked, given, |user| {
                put(
                    user,
                    "schemas",
                    json!(["urn:ietf:params:scim:schemas:core:2.0:Group"]),
                )
            });
        },
    ),
    Defect::given(
        "get-nobody-200",
        "users.get.not-found",
        "an unknown id is answered with 200",
        |_, asked, given| {
            if asked.user("GET").is_some() && given.status == 404 {
                *given = Given::json_of(200, &json!({}));
            }
        },
    ),
    Defect::given(
        "get-nobody-400",
        "users.get.not-found",
        "an unknown id is answered with 400",
        |_, asked, given| {
            if asked.user("GET").is_some() && given.status == 404 {
                *given = Given::refusal(400, "User does not exist.");
            }
        },
    ),
    Defect::given(
        "get-another-location",
        "users.get.meta",
        "meta.location is that of nobody",
        |_, asked, given| {
            read(asked, given, |user| {
                if let Some(meta) = user.get_mut("meta").and_then(Value::as_object_mut) {
                    put(meta, "location", "https://api.zoom.us/scim2/Users/me");
                }
            });
        },
    ),
    Defect::asked(
        "get-by-the-beginning",
        "users.get.whole-id",
        "what stands behind an id is ignored",
        |_, asked| {
            if asked.user("GET").is_some_and(|id| id.len() > 22) {
                asked.target = asked.target.trim_end_matches('x').to_owned();
            }
        },
    ),
    Defect::own(
        "get-in-any-case",
        "users.get.whole-id",
        "ids are read in any case",
        |behind, asked| {
            Box::pin(async move {
                let mut asked = asked;
                if let Some(id) = asked.user("GET") {
                    let known = behind.remember(|memory| {
                        memory
                            .made
                            .iter()
                            .find(|one| one.eq_ignore_ascii_case(&id))
                            .cloned()
                    });
                    asked.target = asked.target.replace(&id, known.as_ref().unwrap_or(&id));
                }
                behind.ask(&asked).await
            })
        },
    ),
    Defect::given(
        "get-nobody-otherwise",
        "users.get.not-found-words",
        "404 in other words",
        |_, asked, given| {
            if asked.user("GET").is_some() && given.status == 404 {
                *given = Given::refusal(404, "No such resource.");
            }
        },
    ),
    Defect::given(
        "get-without-login",
        "users.get.login-type",
        "loginType is missing",
        |_, asked, given| {
            read(asked, given, |user| {
                user.remove("urn:us:zoom:scim:schemas:extension:1.0:ZoomUser");
            });
        },
    ),
    Defect::given(
        "get-without-phone",
        "users.get.as-created",
        "get forgets phone numbers",
        |_, asked, given| {
            read(asked, given, |user| {
                user.remove("phoneNumbers");
            });
        },
    ),
    Defect::given(
        "get-another-cost-center",
        "users.get.as-created",
        "get shows another costCenter",
        |_, asked, given| {
            read(asked, given, |user| {
                if let Some(map) = user.get_mut(ENTERPRISE).and_then(Value::as_object_mut) {
                    put(map, "costCenter", "XX99")
                }
            });
        },
    ),
    Defect::given(
        "get-roles-as-list",
        "users.get.one-role",
        "get shows roles as a list",
        |_, asked, given| {
            read(asked, given, |user| {
                if let Some(role) = user.get("roles").cloned() {
                    put(user, "roles", json!([role]))
                }
            });
        },
    ),
    Defect::given(
        "password-in-create",
        "users.get.no-password",
        "the create repeats the password",
        |_, asked, given| {
            if let (true, Some(password)) = (
                asked.users("POST") && given.is_good(),
                asked.text("password"),
            ) {
                given.edit(|user| put(user, "password", password));
            }
        },
    ),
    Defect::given(
        "password-in-get",
        "users.get.no-password",
        "get shows a password",
        |_, asked, given| {
            read(asked, given, |user| put(user, "password", "********"));
        },
    ),
    Defect::given(
        "manager-as-object",
        "enterprise.manager",
        "manager is an object",
        |_, asked, given| {
            read(asked, given, |user| {
                if let Some(map) = user.get_mut(ENTERPRISE).and_then(Value::as_object_mut) {
                    put(map, "manager", json!({ "value": "1" }))
                }
            });
        },
    ),
    Defect::given(
        "extension-at-the-top",
        "enterprise.under-its-urn",
        "department stands at the top as well",
        |_, asked, given| {
            read(asked, given, |user| put(user, "department", "Quality"));
        },
    ),
];

/// Changes the user in the answer to a get.
fn read(asked: &Asked, given: &mut Given, change: impl Fn(&mut serde_json::Map<String, Value>)) {
    if asked.user("GET").is_some() {
        given.each(change);
    }
}
