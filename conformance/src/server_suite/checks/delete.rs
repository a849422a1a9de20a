//! Deletes.

use serde_json::json;

use super::put::put;
use super::zoom::SCIM2;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{nobody, only, status};
use crate::server_suite::session::{Session, Step, id_of, name_of};
use crate::server_suite::wire::{Request, encoded};

static STATUS: Check = Check::must(
    "users.delete.status",
    "RFC 7644 section 3.6; Zoom, SCIM2 API reference",
    "a delete is answered with 204",
    "answer 204 without a body",
);
static GONE: Check = Check::must(
    "users.delete.gone",
    "RFC 7644 section 3.6",
    "who was deleted is not found by id: 404",
    "delete, or hide what is kept",
);
static UNLISTED: Check = Check::must(
    "users.delete.unlisted",
    "RFC 7644 section 3.6",
    "who was deleted is in no list",
    "leave who was deleted out of lists",
);
static WRITES: Check = Check::must(
    "users.delete.no-more-writes",
    "RFC 7644 section 3.6",
    "who was deleted cannot be updated: 404",
    "answer 404 for all that comes later",
);
static AGAIN: Check = Check::must(
    "users.delete.again",
    "RFC 7644 section 3.6",
    "a second delete: 404",
    "answer 404",
);
static MISSING: Check = Check::zoom(
    "users.delete.not-found",
    SCIM2,
    "a delete of nobody: 404",
    "answer 404",
);
static OTHERS: Check = Check::must(
    "users.delete.others",
    "RFC 7644 section 3.6",
    "nobody else is deleted",
    "delete the user of the id alone",
);

pub(super) const SECTION: Section = Section {
    topic: "users: delete",
    needs: Needs::Writes,
    checks: &[
        &STATUS, &GONE, &UNLISTED, &WRITES, &AGAIN, &MISSING, &OTHERS,
    ],
    run: |session| Box::pin(run(session)),
};

async fn run(s: &mut Session) -> Step {
    let user = s.new_user("delete", json!({})).await?;
    let other = s.new_user("delete", json!({})).await?;
    let path = format!("/Users/{}", encoded(&id_of(&user)));
    let deleted = s.send(Request::delete(&path)).await?;
    s.judge(&STATUS, &deleted, status(&deleted, 204));
    let answer = s.send(Request::get(&path)).await?;
    s.judge(&GONE, &answer, status(&answer, 404));
    let found = s.find(&name_of(&user)).await?;
    // An address that now belongs to nobody of the account may be refused in a filter (Zoom's records).
    let finding = nobody(&found).or_else(|seen| status(&found, 400).map_err(|_| seen));
    s.judge(&UNLISTED, &found, finding);
    let answer = s
        .send(put(&id_of(&user), json!({ "displayName": "Ghost" })))
        .await?;
    s.judge(&WRITES, &answer, status(&answer, 404));
    let again = s.send(Request::delete(&path)).await?;
    s.judge(&AGAIN, &again, status(&again, 404));
    let answer = s
        .send(Request::delete("/Users/zc-nobody-has-this-id"))
        .await?;
    s.judge(&MISSING, &answer, status(&answer, 404));
    let there = s.user(&id_of(&other)).await?;
    s.judge(&OTHERS, &there, status(&there, 200));
    let found = s.find(&name_of(&other)).await?;
    s.judge(&OTHERS, &found, only(&found, &id_of(&other)));
    Ok(())
}
