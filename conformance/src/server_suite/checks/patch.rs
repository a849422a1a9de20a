//! Deactivation and activation by PATCH, which is all that Zoom's PATCH of a user does.

use serde_json::{Value, json};

use super::zoom::{SCIM2, SEEN};
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{
    Finding, equal, holds, only, refused, refused_with, resources, same, status,
};
use crate::server_suite::session::{ENTERPRISE, Session, Step, id_of, name_of};
use crate::server_suite::wire::{Answer, Request, encoded};

static OFF: Check = Check::zoom(
    "users.patch.deactivates",
    SCIM2,
    "replace active false: 200, and get says so",
    "store active",
);
static ON: Check = Check::zoom(
    "users.patch.activates",
    SCIM2,
    "replace active true: 200, and get says so",
    "let users come back",
);
static KEPT: Check = Check::zoom(
    "users.patch.keeps-the-user",
    SCIM2,
    "who is inactive is still found, as inactive",
    "keep inactive users in lists and filters",
);
static ATTRIBUTES: Check = Check::must(
    "users.patch.attributes-stay",
    "RFC 7644 section 3.5.2",
    "what a patch does not name stays as it is",
    "change active, and nothing else",
);
static OTHERS: Check = Check::must(
    "users.patch.others",
    "RFC 7644 section 3.5.2",
    "a patch changes nobody else",
    "patch the user of the id alone",
);
static AGAIN: Check = Check::must(
    "users.patch.again",
    "RFC 7644 section 3.5.2.3",
    "to deactivate who is inactive is no error",
    "answer 200",
);
static NO_ACTIVE: Check = Check::zoom(
    "users.patch.without-active",
    SEEN,
    "a patch without active: 400, `... did not contains valid active field.`",
    "refuse it in Zoom's words",
);
static LOWER: Check = Check::zoom(
    "users.patch.operations-case",
    SEEN,
    "`operations` in small letters is not read: 400",
    "take Operations alone",
);
static MISSING: Check = Check::must(
    "users.patch.not-found",
    "RFC 7644 section 3.12",
    "a patch of nobody: 404",
    "answer 404",
);
static HALF: Check = Check::must(
    "users.patch.all-or-nothing",
    "RFC 7644 section 3.5.2",
    "of a patch that is refused nothing is done",
    "check all operations, and store then",
);
static LICENCE: Check = Check::zoom(
    "users.patch.takes-the-licence",
    "Zoom, user API reference",
    "a deactivation takes the licence: the user is Basic",
    "free the seat of who is deactivated",
);

pub(super) const SECTION: Section = Section {
    topic: "users: patch",
    needs: Needs::Writes,
    checks: &[
        &OFF,
        &ON,
        &KEPT,
        &ATTRIBUTES,
        &OTHERS,
        &AGAIN,
        &NO_ACTIVE,
        &LOWER,
        &MISSING,
        &HALF,
        &LICENCE,
    ],
    run: |session| Box::pin(run(session)),
};

/// The patch that Zoom documents.
pub(super) fn active(id: &str, active: bool) -> Request {
    operations(
        id,
        &json!([{ "op": "replace", "value": { "active": active } }]),
    )
}

fn operations(id: &str, operations: &Value) -> Request {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations,
    });
    Request::patch(format!("/Users/{}", encoded(id)), &body)
}

async fn run(s: &mut Session) -> Step {
    let user = s.new_user("patch", json!({})).await?;
    let other = s.new_user("patch", json!({})).await?;
    let id = id_of(&user);
    let before = s.user(&id).await?;
    let off = s.send(active(&id, false)).await?;
    let back = s.user(&id).await?;
    s.judge(
        &OFF,
        &off,
        status(&off, 200)
            .and(equal(&off, "/id", id.as_str()))
            .and(equal(&off, "/active", false)),
    );
    s.judge(&OFF, &back, equal(&back, "/active", false));
    s.judge(&ATTRIBUTES, &back, unchanged(&before, &back));
    let found = s.find(&name_of(&user)).await?;
    let item = resources(&found).first().cloned().unwrap_or_default();
    let seen = item.get("active").cloned().unwrap_or_default();
    s.judge(
        &KEPT,
        &found,
        only(&found, &id).and(same("active in the list", &seen, &false.into())),
    );
    let there = s.user(&id_of(&other)).await?;
    s.judge(&OTHERS, &there, equal(&there, "/active", true));
    let again = s.send(active(&id, false)).await?;
    s.judge(
        &AGAIN,
        &again,
        status(&again, 200).and(equal(&again, "/active", false)),
    );
    let on = s.send(active(&id, true)).await?;
    let back = s.user(&id).await?;
    s.judge(&ON, &on, status(&on, 200).and(equal(&on, "/active", true)));
    s.judge(&ON, &back, equal(&back, "/active", true));
    s.judge(&ATTRIBUTES, &back, unchanged(&before, &back));
    refusals(s, &id).await?;
    licence(s).await
}

fn unchanged(before: &Answer, after: &Answer) -> Finding {
    status(after, 200)?;
    for pointer in [
        "/id",
        "/userName",
        "/name",
        "/displayName",
        "/emails",
        "/phoneNumbers",
        "/meta/created",
    ] {
        equal(
            after,
            pointer,
            before.at(pointer).cloned().unwrap_or_default(),
        )?;
    }
    let pointer = format!("/{ENTERPRISE}");
    equal(
        after,
        &pointer,
        before.at(&pointer).cloned().unwrap_or_default(),
    )
}

async fn refusals(s: &mut Session, id: &str) -> Step {
    let words = "did not contains valid active field";
    for request in [
        operations(id, &json!([{ "op": "replace", "value": {} }])),
        operations(id, &json!([])),
    ] {
        let answer = s.send(request).await?;
        s.judge(&NO_ACTIVE, &answer, refused_with(&answer, 400, words));
    }
    let lower = json!({ "operations": [{ "op": "replace", "value": { "active": false } }] });
    let answer = s
        .send(Request::patch(format!("/Users/{}", encoded(id)), &lower))
        .await?;
    let after = s.user(id).await?;
    s.judge(
        &LOWER,
        &answer,
        refused_with(&answer, 400, words).and(equal(&after, "/active", true)),
    );
    let answer = s.send(active("zc-nobody-has-this-id", false)).await?;
    s.judge(&MISSING, &answer, status(&answer, 404));
    // What a server makes of the second operation is its own affair; what counts is that a refusal does nothing.
    let half = json!([
        { "op": "replace", "value": { "active": false } },
        { "op": "zc-no-such-op", "value": { "active": "neither" } },
    ]);
    let answer = s.send(operations(id, &half)).await?;
    let after = s.user(id).await?;
    let active = after.at("/active").cloned().unwrap_or_default();
    let done = active == json!(false);
    let finding = holds(refused(&answer).is_err() || !done, || {
        format!("status {}, and the user is inactive", answer.status)
    });
    s.judge(&HALF, &answer, finding);
    s.send(super::patch::active(id, true)).await?;
    Ok(())
}

async fn licence(s: &mut Session) -> Step {
    let address = s.names.address("licence");
    let create =
        crate::server_suite::session::create_user(&address, json!({ "userType": "Licensed" }));
    let made = s.send(create).await?;
    if !made.is_good() {
        s.skip(
            &LICENCE,
            format!(
                "needs a seat, and a Licensed user was answered with {}",
                made.status
            ),
        );
        return Ok(());
    }
    let id = id_of(&made);
    let off = s.send(active(&id, false)).await?;
    let back = s.user(&id).await?;
    for answer in [&off, &back] {
        s.judge(&LICENCE, answer, equal(answer, "/userType", "Basic"));
    }
    Ok(())
}
