//! One user, by id.

use serde_json::{Value, json};

use super::filter::turned;
use super::zoom::{SCIM2, SEEN};
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{
    Finding, equal, holds, refused_with, same, same_folded, status, told,
};
use crate::server_suite::session::{ENTERPRISE, Session, Step, id_of, name_of};
use crate::server_suite::wire::Answer;

const TOPIC: &str = "users: get";
/// The schema under which Zoom tells how somebody may log in.
const LOGIN: &str = "urn:us:zoom:scim:schemas:extension:1.0:ZoomUser";

static THAT: Check = Check::must(
    "users.get.that-user",
    "RFC 7644 section 3.4.1",
    "get shows the user of the id, and no other",
    "look the id up",
);
static SCHEMAS: Check = Check::must(
    "users.get.schemas",
    "RFC 7643 section 3",
    "schemas names the User schema",
    "name the schemas of the resource",
);
static MISSING: Check = Check::must(
    "users.get.not-found",
    "RFC 7644 section 3.12",
    "an id that nobody has: 404",
    "answer 404",
);
static WORDS: Check = Check::zoom(
    "users.get.not-found-words",
    SCIM2,
    "404 says `User does not exist.`",
    "use Zoom's words; clients look for them",
);
static META: Check = Check::must(
    "users.get.meta",
    "RFC 7643 section 3.1",
    "meta has resourceType User and the location of this user",
    "show the meta of the user who is asked for",
);
static WHOLE_ID: Check = Check::must(
    "users.get.whole-id",
    "RFC 7643 section 3.1 (id is caseExact)",
    "an id in another case, cut or with more behind it is another: 404",
    "compare ids byte by byte",
);
static LOGIN_TYPE: Check = Check::zoom(
    "users.get.login-type",
    SCIM2,
    "get shows loginType with workEmail and sso, true or false",
    "show how the user may log in",
);
static AS_MADE: Check = Check::must(
    "users.get.as-created",
    "RFC 7644 section 3.4.1",
    "get shows what the create was given",
    "store what the create answers with",
);
static ROLES: Check = Check::zoom(
    "users.get.one-role",
    SEEN,
    "get shows roles as one object, not as a list",
    "show the one role as an object with value and display",
);
static PASSWORD: Check = Check::must(
    "users.get.no-password",
    "RFC 7643 section 4.1.1 (returned is never)",
    "a password is never shown",
    "leave password out of every answer",
);

pub(super) const SECTION: Section = Section {
    topic: TOPIC,
    needs: Needs::Nothing,
    checks: &[
        &THAT,
        &SCHEMAS,
        &META,
        &WHOLE_ID,
        &MISSING,
        &WORDS,
        &LOGIN_TYPE,
    ],
    run: |session| Box::pin(run(session)),
};
pub(super) const WRITES: Section = Section {
    topic: TOPIC,
    needs: Needs::Writes,
    checks: &[&AS_MADE, &ROLES, &PASSWORD],
    run: |session| Box::pin(writes(session)),
};

async fn run(s: &mut Session) -> Step {
    for user in s.cast().await? {
        let id = user.get("id").and_then(Value::as_str).unwrap_or_default();
        let name = user
            .get("userName")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let answer = s.user(id).await?;
        let finding = status(&answer, 200)
            .and(equal(&answer, "/id", id))
            .and(same_folded("userName", answer.text("/userName"), name));
        s.judge(&THAT, &answer, finding);
        s.judge(
            &SCHEMAS,
            &answer,
            super::list::has_schema(&answer, super::create::USER),
        );
        s.judge(&META, &answer, super::create::meta(&answer));
        s.judge(&LOGIN_TYPE, &answer, login_type(&answer));
        let cut = id.get(..id.len().saturating_sub(1)).unwrap_or_default();
        for other in [turned(id), format!("{id}x"), cut.to_owned()] {
            if other != id && !other.is_empty() {
                let answer = s.user(&other).await?;
                s.judge(&WHOLE_ID, &answer, status(&answer, 404));
            }
        }
    }
    for id in [
        "zc-nobody-has-this-id",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "..%2f",
        "a b",
    ] {
        let answer = s.user(id).await?;
        s.judge(&MISSING, &answer, status(&answer, 404));
    }
    let answer = s.user("zc-nobody-has-this-id").await?;
    s.judge(
        &WORDS,
        &answer,
        refused_with(&answer, 404, "User does not exist"),
    );
    Ok(())
}

fn login_type(answer: &Answer) -> Finding {
    for key in ["workEmail", "sso"] {
        let seen = answer.at(&format!("/{LOGIN}/loginType/{key}"));
        let seen = seen.cloned().unwrap_or_default();
        holds(seen.is_boolean(), || {
            format!("loginType.{key} is {}", told(&seen))
        })?;
    }
    Ok(())
}

async fn writes(s: &mut Session) -> Step {
    let secret = "Zc-Pass-4711-word";
    let made = s.new_user("get", json!({ "password": secret })).await?;
    let answer = s.user(&id_of(&made)).await?;
    s.judge(&AS_MADE, &answer, as_made(&answer, &made));
    let roles = answer.at("/roles").cloned().unwrap_or_default();
    if roles.is_null() {
        s.skip(&ROLES, "the user has no role");
    } else {
        let so = roles.is_object() && roles.get("value").is_some_and(Value::is_string);
        s.judge(
            &ROLES,
            &answer,
            holds(so, || format!("roles is {}", told(&roles))),
        );
    }
    for answer in [&made, &answer] {
        let shown = answer.at("/password").is_some() || answer.body.contains(secret);
        s.judge(
            &PASSWORD,
            answer,
            holds(!shown, || "the password".to_owned()),
        );
    }
    Ok(())
}

fn as_made(answer: &Answer, made: &Answer) -> Finding {
    status(answer, 200)?;
    same_folded("userName", answer.text("/userName"), &name_of(made))?;
    for (pointer, expected) in [
        ("/name/givenName", "Zora"),
        ("/name/familyName", "Check"),
        ("/phoneNumbers/0/value", "+1 2015550123"),
        ("/phoneNumbers/0/type", "mobile"),
    ] {
        equal(answer, pointer, expected)?;
    }
    for (key, expected) in [
        ("department", "Quality"),
        ("organization", "Example"),
        ("costCenter", "QA01"),
        ("employeeNumber", "4711"),
    ] {
        equal(answer, &format!("/{ENTERPRISE}/{key}"), expected)?;
    }
    for pointer in ["/userType", "/displayName", "/active", "/meta/created"] {
        let value = |answer: &Answer| answer.at(pointer).cloned().unwrap_or_default();
        same(pointer, &value(answer), &value(made))?;
    }
    Ok(())
}
