//! Updates by PUT.

use serde_json::{Value, json};

use super::zoom::{SCIM2, SEEN};
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{
    Finding, equal, holds, nobody, only, refused, refused_with, resources, same, same_folded,
    status,
};
use crate::server_suite::made::Kind;
use crate::server_suite::session::{ENTERPRISE, Session, Step, id_of, name_of};
use crate::server_suite::wait::time;
use crate::server_suite::wire::{Answer, Request, encoded};

const TOPIC: &str = "users: put";

static STATUS: Check = Check::must(
    "users.put.status",
    "RFC 7644 section 3.5.1",
    "an update is answered with 200 and the user as they are then",
    "answer 200 with the user",
);
static STORED: Check = Check::must(
    "users.put.stored",
    "RFC 7644 section 3.5.1",
    "what was updated is there in a later get and in a list",
    "store the update",
);
static HIDDEN: Check = Check::zoom(
    "users.put.title-stored",
    SCIM2,
    "title and locale, which get does not show, are in the next answer",
    "store what get does not show as well",
);
static PARTIAL: Check = Check::zoom(
    "users.put.partial",
    SCIM2,
    "what an update leaves out stays",
    "change what was sent, and nothing else",
);
static USERNAME: Check = Check::zoom(
    "users.put.username-ignored",
    SEEN,
    "userName in an update changes nothing",
    "take the address from emails",
);
static ID: Check = Check::must(
    "users.put.id-stays",
    "RFC 7643 section 3.1",
    "the id stays, whatever is sent",
    "never change an id",
);
static META: Check = Check::must(
    "users.put.meta",
    "RFC 7643 section 3.1",
    "meta.created stays, and lastModified does not go back",
    "touch lastModified alone",
);
static OTHERS: Check = Check::must(
    "users.put.others",
    "RFC 7644 section 3.5.1",
    "an update changes nobody else",
    "update the user of the id alone",
);
static AGAIN: Check = Check::must(
    "users.put.again",
    "RFC 9110 section 9.2.2",
    "the same update twice is the same as once",
    "make PUT idempotent",
);
static ACTIVE: Check = Check::zoom(
    "users.put.active",
    SCIM2,
    "active false deactivates, and true activates again",
    "obey active in an update",
);
static INACTIVE: Check = Check::zoom(
    "users.put.inactive-refused",
    SCIM2,
    "an update of an inactive user: 400, `User is inactive or locked.`",
    "refuse updates without active true",
);
static MISSING: Check = Check::must(
    "users.put.not-found",
    "RFC 7644 section 3.5.1",
    "an update of nobody: 404, and nobody is made",
    "answer 404; PUT must not create (RFC 7644 section 3.5.1)",
);
static EMAIL: Check = Check::zoom(
    "users.put.email",
    SCIM2,
    "a new address in emails changes emails and userName",
    "let userName follow emails",
);
static RENAMED: Check = Check::zoom(
    "users.put.email-found",
    SCIM2,
    "then the new address is found, and the old one is not",
    "keep the index of addresses in step",
);
static TAKEN: Check = Check::must(
    "users.put.email-taken",
    "RFC 7643 section 4.1.1 (uniqueness)",
    "an address that another has is refused",
    "check addresses on updates as well",
);
static TAKEN_STATUS: Check = Check::zoom(
    "users.put.email-taken-words",
    SCIM2,
    "it is refused with 409, `Email '...' has already been used.`",
    "answer 409 in Zoom's words",
);
static HALF: Check = Check::must(
    "users.put.all-or-nothing",
    "RFC 7644 section 3.5",
    "of an update that is refused nothing is done",
    "check first, and store then",
);

pub(super) const SECTION: Section = Section {
    topic: TOPIC,
    needs: Needs::Writes,
    checks: &[
        &STATUS, &STORED, &HIDDEN, &PARTIAL, &USERNAME, &ID, &META, &OTHERS, &AGAIN, &ACTIVE,
        &INACTIVE, &MISSING,
    ],
    run: |session| Box::pin(run(session)),
};
pub(super) const EMAIL_SECTION: Section = Section {
    topic: TOPIC,
    needs: Needs::Writes,
    checks: &[&EMAIL, &RENAMED, &TAKEN, &TAKEN_STATUS, &HALF],
    run: |session| Box::pin(email(session)),
};

/// An update of one user.
pub(super) fn put(id: &str, change: Value) -> Request {
    let mut body = json!({ "schemas": [super::create::USER] });
    if let (Some(body), Value::Object(change)) = (body.as_object_mut(), change) {
        body.extend(change);
    }
    Request::put(format!("/Users/{}", encoded(id)), &body)
}

async fn run(s: &mut Session) -> Step {
    let user = s.new_user("put", json!({})).await?;
    let other = s.new_user("put", json!({})).await?;
    let id = id_of(&user);
    let change = json!({
        "name": { "givenName": "Yara", "familyName": "Changed" }, "displayName": "Yara C.",
        "title": "Lead", "locale": "Lyon", ENTERPRISE: { "department": "Research" },
    });
    let answer = s.send(put(&id, change.clone())).await?;
    s.judge(
        &STATUS,
        &answer,
        status(&answer, 200)
            .and(changed(&answer))
            .and(shows_title(&answer)),
    );
    let back = s.user(&id).await?;
    let found = s.find(&name_of(&user)).await?;
    s.judge(&STORED, &back, status(&back, 200).and(changed(&back)));
    s.judge(&STORED, &found, only(&found, &id).and(listed(&found)));
    s.judge(&META, &back, times(&user, &back));
    let same_other = s.user(&id_of(&other)).await?;
    s.judge(&OTHERS, &same_other, untouched(&other, &same_other));
    let again = s.send(put(&id, change)).await?;
    let without_meta = |answer: &Answer| {
        let mut json = answer.json.clone().unwrap_or_default();
        json.as_object_mut().map(|json| json.remove("meta"));
        json
    };
    s.judge(
        &AGAIN,
        &again,
        same("the user", &without_meta(&again), &without_meta(&answer)),
    );
    partial(s, &id).await?;
    identity(s, &user).await?;
    active(s, &id).await?;
    nobody_there(s).await
}

fn changed(answer: &Answer) -> Finding {
    equal(answer, "/name/givenName", "Yara")?;
    equal(answer, "/name/familyName", "Changed")?;
    equal(answer, "/displayName", "Yara C.")?;
    equal(answer, &format!("/{ENTERPRISE}/department"), "Research")
}

fn shows_title(answer: &Answer) -> Finding {
    equal(answer, "/title", "Lead")?;
    equal(answer, "/locale", "Lyon")
}

fn listed(found: &Answer) -> Finding {
    let item = resources(found).first().cloned().unwrap_or_default();
    let name = item.get("displayName").cloned().unwrap_or_default();
    same("displayName in the list", &name, &"Yara C.".into())
}

fn times(before: &Answer, after: &Answer) -> Finding {
    let created = before.at("/meta/created").cloned().unwrap_or_default();
    equal(after, "/meta/created", created)?;
    let moved = |answer: &Answer| answer.text("/meta/lastModified").and_then(time);
    let so = moved(before).is_some() && moved(after) >= moved(before);
    holds(so, || "lastModified goes back, or is absent".to_owned())
}

fn untouched(before: &Answer, after: &Answer) -> Finding {
    status(after, 200)?;
    for pointer in [
        "/id",
        "/userName",
        "/name",
        "/displayName",
        "/active",
        "/meta/lastModified",
    ] {
        equal(
            after,
            pointer,
            before.at(pointer).cloned().unwrap_or_default(),
        )?;
    }
    Ok(())
}

/// One attribute is sent, and the others stay.
async fn partial(s: &mut Session, id: &str) -> Step {
    let answer = s
        .send(put(id, json!({ "displayName": "Yara the Second" })))
        .await?;
    s.judge(&HIDDEN, &answer, shows_title(&answer));
    let back = s.user(id).await?;
    let mut finding = equal(&back, "/displayName", "Yara the Second")
        .and(equal(&back, "/name/givenName", "Yara"))
        .and(equal(&back, "/name/familyName", "Changed"))
        .and(equal(&back, "/phoneNumbers/0/value", "+1 2015550123"))
        .and(equal(&back, "/active", true));
    for (key, expected) in [
        ("department", "Research"),
        ("organization", "Example"),
        ("costCenter", "QA01"),
    ] {
        finding = finding.and(equal(&back, &format!("/{ENTERPRISE}/{key}"), expected));
    }
    s.judge(&PARTIAL, &back, finding);
    Ok(())
}

async fn identity(s: &mut Session, user: &Answer) -> Step {
    let (id, name) = (id_of(user), name_of(user));
    let wanted = s.names.address("wanted");
    let answer = s
        .send(put(
            &id,
            json!({ "userName": wanted, "id": "zc-chosen-by-the-client" }),
        ))
        .await?;
    let back = s.user(&id).await?;
    s.judge(
        &USERNAME,
        &back,
        same_folded("userName", back.text("/userName"), &name),
    );
    for answer in [&answer, &back] {
        s.judge(&ID, answer, equal(answer, "/id", id.as_str()));
    }
    Ok(())
}

async fn active(s: &mut Session, id: &str) -> Step {
    let off = s.send(put(id, json!({ "active": false }))).await?;
    let back = s.user(id).await?;
    s.judge(
        &ACTIVE,
        &off,
        status(&off, 200).and(equal(&off, "/active", false)),
    );
    s.judge(&ACTIVE, &back, equal(&back, "/active", false));
    let refused = s
        .send(put(id, json!({ "displayName": "While away" })))
        .await?;
    let after = s.user(id).await?;
    let finding = refused_with(&refused, 400, "User is inactive or locked");
    s.judge(
        &INACTIVE,
        &refused,
        finding.and(equal(&after, "/displayName", "Yara the Second")),
    );
    let on = s.send(put(id, json!({ "active": true }))).await?;
    let back = s.user(id).await?;
    s.judge(
        &ACTIVE,
        &on,
        status(&on, 200).and(equal(&on, "/active", true)),
    );
    s.judge(&ACTIVE, &back, equal(&back, "/active", true));
    Ok(())
}

async fn nobody_there(s: &mut Session) -> Step {
    let address = s.names.address("upsert");
    s.made.may_have(Kind::User, &address);
    let change = json!({ "userName": address, "displayName": "Nobody" });
    let answer = s.send(put("zc-nobody-has-this-id", change)).await?;
    let found = s.find(&address).await?;
    s.judge(&MISSING, &answer, status(&answer, 404).and(nobody(&found)));
    Ok(())
}

fn emails(address: &str) -> Value {
    json!([{ "type": "work", "value": address, "primary": true }])
}

async fn email(s: &mut Session) -> Step {
    let user = s.new_user("email", json!({})).await?;
    let (id, old) = (id_of(&user), name_of(&user));
    let new = s.names.address("renamed");
    let answer = s.send(put(&id, json!({ "emails": emails(&new) }))).await?;
    let back = s.user(&id).await?;
    for answer in [&answer, &back] {
        let finding = status(answer, 200)
            .and(same_folded("userName", answer.text("/userName"), &new))
            .and(same_folded(
                "emails[0].value",
                answer.text("/emails/0/value"),
                &new,
            ));
        s.judge(&EMAIL, answer, finding);
    }
    let (found, gone) = (s.find(&new).await?, s.find(&old).await?);
    s.judge(&RENAMED, &found, only(&found, &id));
    s.judge(&RENAMED, &gone, nobody(&gone));
    let other = s.new_user("email", json!({})).await?;
    let taken = json!({ "displayName": "Half done", "emails": emails(&new), "title": "Half" });
    let answer = s.send(put(&id_of(&other), taken)).await?;
    let after = s.user(&id_of(&other)).await?;
    let kept = same_folded("userName", after.text("/userName"), &name_of(&other));
    s.judge(&TAKEN, &answer, refused(&answer).and(kept));
    s.judge(
        &TAKEN_STATUS,
        &answer,
        refused_with(&answer, 409, "has already been used"),
    );
    let half = equal(
        &after,
        "/displayName",
        other.at("/displayName").cloned().unwrap_or_default(),
    );
    s.judge(&HALF, &after, half);
    Ok(())
}
