//! Creates.

use serde_json::{Value, json};

use super::zoom::{SCIM2, SEEN};
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{
    Finding, equal, holds, nobody, refused, refused_with, same_folded, status, told,
};
use crate::server_suite::session::{ENTERPRISE, Session, Step, create_user, id_of};
use crate::server_suite::wait::time;
use crate::server_suite::wire::{Answer, Request};

/// The schema of a user (RFC 7643 section 4.1).
pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

static STATUS: Check = Check::must(
    "users.create.status",
    "RFC 7644 section 3.3",
    "a create is answered with 201 and the user",
    "answer 201",
);
static SCHEMAS: Check = Check::must(
    "users.create.schemas",
    "RFC 7643 section 3",
    "schemas names the User schema, and that of each extension shown",
    "name the schemas of the resource",
);
static ID: Check = Check::must(
    "users.create.id",
    "RFC 7643 section 3.1",
    "each user gets an id of their own, whatever id was sent",
    "give ids yourself",
);
static META: Check = Check::must(
    "users.create.meta",
    "RFC 7643 section 3.1; RFC 7644 section 3.3",
    "meta has resourceType User and the location of the user",
    "show meta.resourceType and meta.location",
);
static TIMES: Check = Check::zoom(
    "users.create.times",
    SCIM2,
    "meta has created and lastModified, as times",
    "show both in ISO 8601",
);
static LOCATION: Check = Check::must(
    "users.create.location-header",
    "RFC 7644 section 3.3",
    "a Location header, if there is one, is meta.location",
    "send the same URL in both places",
);
static ATTRIBUTES: Check = Check::must(
    "users.create.attributes",
    "RFC 7644 section 3.3",
    "the answer shows what was sent",
    "answer with what is stored",
);
static DISPLAY_NAME: Check = Check::zoom(
    "users.create.display-name",
    SCIM2,
    "without displayName it is given and family name",
    "put the two names together",
);
static DISPLAY_NAME_SENT: Check = Check::zoom(
    "users.create.display-name-sent",
    SCIM2,
    "a displayName that was sent is kept",
    "store displayName",
);
static EMAILS: Check = Check::zoom(
    "users.create.emails",
    SCIM2,
    "emails has one entry, of type work and primary: the userName",
    "derive emails from userName",
);
static ACTIVE: Check = Check::zoom(
    "users.create.active",
    SCIM2,
    "a new user is active",
    "create users active",
);
static BASIC: Check = Check::zoom(
    "users.create.basic",
    SEEN,
    "without userType a user is Basic",
    "take Basic for granted",
);
static NEEDS_NAME: Check = Check::must(
    "users.create.username-needed",
    "RFC 7643 section 4.1.1",
    "without userName nobody is made: 400",
    "refuse a user without userName",
);
static BAD_NAME: Check = Check::zoom(
    "users.create.username-invalid",
    SCIM2,
    "a userName that is no address: 400, `The \"userName\" of the request is invalid.`",
    "check that userName is an address",
);
static UNKNOWN: Check = Check::must(
    "users.create.unknown-attributes",
    "RFC 7643 section 2.1; Zoom, SCIM2 API reference",
    "attributes that are not known do no harm",
    "ignore what you do not know",
);
static UNICODE: Check = Check::must(
    "users.create.unicode",
    "RFC 7643 section 2.3.1",
    "names in any script are kept",
    "store UTF-8",
);

pub(super) const SECTION: Section = Section {
    topic: "users: create",
    needs: Needs::Writes,
    checks: &[
        &STATUS,
        &SCHEMAS,
        &ID,
        &META,
        &TIMES,
        &LOCATION,
        &ATTRIBUTES,
        &DISPLAY_NAME,
        &DISPLAY_NAME_SENT,
        &EMAILS,
        &ACTIVE,
        &BASIC,
        &NEEDS_NAME,
        &BAD_NAME,
        &UNKNOWN,
        &UNICODE,
    ],
    run: |session| Box::pin(run(session)),
};

async fn run(s: &mut Session) -> Step {
    let address = s.names.address("create");
    let made = s
        .send(create_user(
            &address,
            json!({ "id": "zc-chosen-by-the-client" }),
        ))
        .await?;
    s.judge(
        &STATUS,
        &made,
        status(&made, 201).and(holds(made.at("/id").is_some(), || "no user".to_owned())),
    );
    if !made.is_good() {
        return Ok(());
    }
    s.judge(&SCHEMAS, &made, schemas(&made));
    s.judge(&META, &made, meta(&made));
    s.judge(&TIMES, &made, times(&made));
    if let Some(location) = made.header("location") {
        s.judge(&LOCATION, &made, equal(&made, "/meta/location", location));
    } else {
        s.judge(&LOCATION, &made, Ok(()));
    }
    s.judge(&ATTRIBUTES, &made, attributes(&made, &address));
    s.judge(
        &DISPLAY_NAME,
        &made,
        equal(&made, "/displayName", "Zora Check"),
    );
    s.judge(&EMAILS, &made, emails(&made, &address));
    s.judge(&ACTIVE, &made, equal(&made, "/active", true));
    s.judge(&BASIC, &made, equal(&made, "/userType", "Basic"));
    let named = json!({ "displayName": "Zed of Check", "id": "zc-chosen-by-the-client" });
    let other = s.new_user("create", named).await?;
    s.judge(
        &DISPLAY_NAME_SENT,
        &other,
        equal(&other, "/displayName", "Zed of Check"),
    );
    s.judge(&ID, &other, id(&made, &other));
    let back = s.user(&id_of(&other)).await?;
    s.judge(&ID, &back, equal(&back, "/id", id_of(&other)));
    s.judge(
        &DISPLAY_NAME_SENT,
        &back,
        equal(&back, "/displayName", "Zed of Check"),
    );
    refusals(s).await?;
    odd(s).await
}

/// What cannot be made.
async fn refusals(s: &mut Session) -> Step {
    let nameless = json!({ "schemas": [USER], "name": { "givenName": "Zora" } });
    let answer = s.send(Request::post("/Users", &nameless)).await?;
    s.judge(&NEEDS_NAME, &answer, status(&answer, 400));
    let name = format!("{}-no-address", s.names.group("create"));
    let answer = s.send(create_user(&name, json!({}))).await?;
    s.judge(
        &BAD_NAME,
        &answer,
        refused_with(&answer, 400, "\"userName\" of the request is invalid"),
    );
    let found = s.find(&name).await?;
    let gone = nobody(&found).or_else(|seen| refused(&found).map_err(|_| seen));
    s.judge(&BAD_NAME, &found, gone);
    Ok(())
}

/// What is unusual, and no reason to refuse.
async fn odd(s: &mut Session) -> Step {
    let unknown = json!({
        "nickName": "Zo", "timezone": "Europe/Berlin", "zcUnknown": { "a": [1, 2] },
        "urn:example:zc:2.0:User": { "x": "y" },
    });
    let address = s.names.address("odd");
    let answer = s.send(create_user(&address, unknown)).await?;
    s.judge(&UNKNOWN, &answer, status(&answer, 201));
    let (given, family) = ("Zo\u{eb} \u{5c0f}\u{6797}", "O'Br\u{ed}en \u{1f600}");
    let names = json!({ "name": { "givenName": given, "familyName": family } });
    let answer = s.new_user("unicode", names).await?;
    let back = s.user(&id_of(&answer)).await?;
    let kept = equal(&back, "/name/givenName", given).and(equal(&back, "/name/familyName", family));
    s.judge(&UNICODE, &back, kept);
    Ok(())
}

fn schemas(answer: &Answer) -> Finding {
    super::list::has_schema(answer, USER)?;
    if answer.at(&format!("/{ENTERPRISE}")).is_some() {
        super::list::has_schema(answer, ENTERPRISE)?;
    }
    Ok(())
}

/// `meta` of a user (RFC 7643 section 3.1).
pub(super) fn meta(answer: &Answer) -> Finding {
    equal(answer, "/meta/resourceType", "User")?;
    let location = answer.text("/meta/location").unwrap_or_default();
    let expected = format!("/Users/{}", id_of(answer));
    holds(location.ends_with(&expected), || {
        format!(
            "meta.location is {}",
            told(&answer.at("/meta/location").cloned().unwrap_or_default())
        )
    })
}

fn times(answer: &Answer) -> Finding {
    for pointer in ["/meta/created", "/meta/lastModified"] {
        let seen = answer.text(pointer).unwrap_or_default();
        holds(time(seen).is_some(), || {
            format!("{pointer} is {}", told(&seen.into()))
        })?;
    }
    Ok(())
}

fn id(one: &Answer, other: &Answer) -> Finding {
    let sent = |id: &str| id == "zc-chosen-by-the-client";
    let (one, other) = (id_of(one), id_of(other));
    holds(!one.is_empty() && !other.is_empty(), || "no id".to_owned())?;
    holds(one != other, || "two users with one id".to_owned())?;
    holds(!sent(&one) && !sent(&other), || {
        "the id that the client sent".to_owned()
    })
}

fn attributes(answer: &Answer, address: &str) -> Finding {
    same_folded("userName", answer.text("/userName"), address)?;
    for (pointer, expected) in [
        ("/name/givenName", "Zora"),
        ("/name/familyName", "Check"),
        ("/title", "Tester"),
        ("/locale", "San Jose"),
        ("/phoneNumbers/0/value", "+1 2015550123"),
    ] {
        equal(answer, pointer, expected)?;
    }
    for (key, expected) in [("department", "Quality"), ("organization", "Example")] {
        equal(answer, &format!("/{ENTERPRISE}/{key}"), expected)?;
    }
    Ok(())
}

fn emails(answer: &Answer, address: &str) -> Finding {
    let emails = answer.at("/emails").cloned().unwrap_or_default();
    let one = emails.as_array().map_or(0, Vec::len);
    holds(one == 1, || format!("emails is {}", told(&emails)))?;
    equal(answer, "/emails/0/type", "work")?;
    equal(answer, "/emails/0/primary", true)?;
    let value = emails.pointer("/0/value").and_then(Value::as_str);
    same_folded("emails[0].value", value, address)
}
