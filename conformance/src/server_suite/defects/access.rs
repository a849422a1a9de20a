//! Servers that let in whom they should not.

use serde_json::json;

use super::call::{Asked, Given, On};
use super::catalogue::Defect;
use super::proxy::Behind;

pub(super) static ALL: &[Defect] = &[
    Defect::asked(
        "access-for-nobody",
        "access.no-token",
        "no token is needed to read",
        |behind, asked| {
            if scim(asked) && asked.method == "GET" && asked.header("authorization").is_none() {
                asked.set_bearer(&behind.token);
            }
        },
    ),
    Defect::asked(
        "access-any-token",
        "access.unknown-token",
        "any token is good",
        |behind, asked| {
            if scim(asked)
                && asked
                    .bearer()
                    .is_some_and(|token| token.contains(".unknown"))
            {
                asked.set_bearer(&behind.token);
            }
        },
    ),
    Defect::asked(
        "access-unsigned",
        "access.forged-token",
        "a token's signature is not verified",
        |behind, asked| {
            let unknown =
                |token: &&str| behind.remember(|memory| !memory.tokens.contains_key(*token));
            if scim(asked)
                && asked
                    .bearer()
                    .filter(unknown)
                    .is_some_and(|token| token.starts_with("eyJ") && token != behind.expired)
            {
                asked.set_bearer(&behind.token);
            }
        },
    ),
    Defect::asked(
        "access-by-secret",
        "access.scheme",
        "the client's secret is good for SCIM2",
        |behind, asked| {
            if scim(asked) && asked.header("authorization") == Some(behind.basic.as_str()) {
                asked.set_bearer(&behind.token);
            }
        },
    ),
    Defect::asked(
        "access-expired",
        "access.expired-token",
        "a token that has expired is good",
        |behind, asked| {
            if asked.bearer() == Some(behind.expired.as_str()) {
                asked.set_bearer(&behind.token);
            }
        },
    ),
    Defect::given(
        "access-403",
        "access.no-token",
        "a missing token is told with 403",
        |_, asked, given| {
            if scim(asked) && given.status == 401 {
                given.status = 403;
            }
        },
    ),
    Defect::given(
        "access-without-words",
        "access.envelope",
        "401 has an object without words",
        |_, asked, given| {
            if scim(asked) && given.status == 401 {
                *given = Given::json_of(401, &json!({}));
            }
        },
    ),
    Defect::own(
        "access-after-the-write",
        "access.write-without-token",
        "the token is asked for after the write",
        |behind, asked| {
            Box::pin(async move {
                if asked.users("POST") && asked.header("authorization").is_none() {
                    let mut with = asked.clone();
                    with.set_bearer(&behind.token);
                    behind.ask(&with).await;
                }
                behind.ask(&asked).await
            })
        },
    ),
    Defect::asked(
        "access-not-for-put",
        "access.changes-without-token",
        "an update needs no token",
        |behind, asked| {
            if asked.user("PUT").is_some() && asked.header("authorization").is_none() {
                asked.set_bearer(&behind.token);
            }
        },
    ),
    Defect::asked(
        "access-not-for-delete",
        "access.changes-without-token",
        "any token is good for a delete",
        |behind, asked| {
            if asked.user("DELETE").is_some() {
                asked.set_bearer(&behind.token);
            }
        },
    ),
    Defect::asked(
        "scope-not-for-new-groups",
        "scope.groups-create",
        "to make a group needs no scope",
        |behind, asked| {
            unscoped(behind, asked, |asked| {
                asked.on() == On::Groups && asked.method == "POST"
            });
        },
    ),
    Defect::asked(
        "scope-not-for-lists",
        "scope.list",
        "lists need no scope",
        |behind, asked| {
            unscoped(behind, asked, |asked| asked.users("GET"));
        },
    ),
    Defect::asked(
        "scope-not-for-get",
        "scope.get",
        "to read a user needs no scope",
        |behind, asked| {
            unscoped(behind, asked, |asked| asked.user("GET").is_some());
        },
    ),
    Defect::asked(
        "scope-not-for-groups",
        "scope.groups",
        "groups need no scope",
        |behind, asked| {
            unscoped(behind, asked, |asked| asked.on() == On::Groups);
        },
    ),
    Defect::asked(
        "scope-not-for-create",
        "scope.create",
        "to create a user needs no scope",
        |behind, asked| {
            unscoped(behind, asked, |asked| asked.users("POST"));
        },
    ),
    Defect::asked(
        "scope-not-for-put",
        "scope.put",
        "to update a user needs no scope",
        |behind, asked| {
            unscoped(behind, asked, |asked| asked.user("PUT").is_some());
        },
    ),
    Defect::asked(
        "scope-not-for-patch",
        "scope.patch",
        "to deactivate a user needs no scope",
        |behind, asked| {
            unscoped(behind, asked, |asked| asked.user("PATCH").is_some());
        },
    ),
    Defect::own(
        "scope-after-the-delete",
        "scope.delete",
        "the scope is asked for after the delete",
        |behind, asked| {
            Box::pin(async move {
                let refused = behind.ask(&asked).await;
                if asked.method == "DELETE" && refused.says("4711") {
                    let mut with = asked;
                    with.set_bearer(&behind.token);
                    behind.ask(&with).await;
                }
                refused
            })
        },
    ),
    Defect::given(
        "scope-told-403",
        "scope.told",
        "a missing scope is told with 403",
        |_, _, given| {
            if given.says("4711") {
                *given = Given::refusal(403, "Forbidden.");
            }
        },
    ),
];

fn scim(asked: &Asked) -> bool {
    asked.on() != On::Token
}

/// Lets the second client do what fits.
fn unscoped(behind: &Behind, asked: &mut Asked, fits: fn(&Asked) -> bool) {
    let owner = asked
        .bearer()
        .and_then(|token| behind.remember(|memory| memory.tokens.get(token).cloned()));
    if fits(asked) && owner.is_some_and(|owner| owner != behind.basic) {
        asked.set_bearer(&behind.token);
    }
}
