//! What becomes of users over several steps: changed later, deleted and made again, inactive and wanted.

use std::time::Duration;

use serde_json::{Value, json};

use super::patch::active;
use super::put::put;
use super::zoom::SCIM2;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{
    Finding, equal, holds, only, refused, resources, same_folded, status, total,
};
use crate::server_suite::session::{Session, Step, create_user, id_of, name_of};
use crate::server_suite::wait::time;
use crate::server_suite::wire::{Answer, Request, encoded};

/// Times are told in whole seconds: after so long a later one has to be another.
const A_SECOND: Duration = Duration::from_millis(1_100);
/// How often a total is asked for again that others changed meanwhile.
const MAX_TRIES: u32 = 3;

static MOVES: Check = Check::zoom(
    "users.life.last-modified",
    SCIM2,
    "lastModified moves with an update, and created does not",
    "set lastModified with every change",
);
static UNCOUNTED: Check = Check::must(
    "users.life.total-after-delete",
    "RFC 7644 section 3.4.2",
    "totalResults does not count who was deleted",
    "count who is listed",
);
static FRESH: Check = Check::must(
    "users.life.made-again",
    "RFC 7644 section 3.6; RFC 7643 section 3.1",
    "who is made again after a delete has a new id and nothing of before",
    "make a new user",
);
static INACTIVE: Check = Check::must(
    "users.life.inactive-address",
    "RFC 7643 section 4.1.1 (uniqueness)",
    "a create for an inactive user's address makes no second user",
    "refuse it, or bring the one back who is there",
);
static SAME_EMAIL: Check = Check::must(
    "users.life.same-email",
    "RFC 7644 section 3.5.1",
    "an update with the address that the user has is no conflict",
    "leave the user out when you look for their address",
);
static AGREES: Check = Check::must(
    "users.life.answers-agree",
    "RFC 7644 sections 3.5.1 and 3.5.2",
    "the answers to put and patch show the user that get shows then",
    "answer with what is stored",
);

pub(super) const SECTION: Section = Section {
    topic: "users: over time",
    needs: Needs::Writes,
    checks: &[&MOVES, &UNCOUNTED, &FRESH, &INACTIVE, &SAME_EMAIL, &AGREES],
    run: |session| Box::pin(run(session)),
};

async fn run(s: &mut Session) -> Step {
    let user = s.new_user("life", json!({})).await?;
    let id = id_of(&user);
    let before = s.user(&id).await?;
    tokio::time::sleep(A_SECOND).await;
    let answer = s.send(put(&id, json!({ "displayName": "Later" }))).await?;
    let back = s.user(&id).await?;
    s.judge(&MOVES, &back, moved(&before, &back));
    s.judge(&AGREES, &answer, agree(&answer, &back));
    let emails = json!([{ "type": "work", "value": name_of(&user), "primary": true }]);
    let answer = s.send(put(&id, json!({ "emails": emails }))).await?;
    let back = s.user(&id).await?;
    let kept = same_folded("userName", back.text("/userName"), &name_of(&user));
    s.judge(&SAME_EMAIL, &answer, status(&answer, 200).and(kept));
    let off = s.send(active(&id, false)).await?;
    let back = s.user(&id).await?;
    s.judge(&AGREES, &off, agree(&off, &back));
    inactive(s, &user).await?;
    again(s, &user).await?;
    uncounted(s).await
}

fn moved(before: &Answer, after: &Answer) -> Finding {
    equal(
        after,
        "/meta/created",
        before.at("/meta/created").cloned().unwrap_or_default(),
    )?;
    let at = |answer: &Answer| answer.text("/meta/lastModified").and_then(time);
    let so = at(before).is_some() && at(after) > at(before);
    holds(so, || "lastModified is what it was".to_owned())
}

/// What every answer about a user shows, whatever the operation.
fn agree(answer: &Answer, get: &Answer) -> Finding {
    status(answer, 200)?;
    for pointer in [
        "/id",
        "/userName",
        "/name",
        "/displayName",
        "/active",
        "/emails",
        "/userType",
        "/meta/created",
    ] {
        equal(
            answer,
            pointer,
            get.at(pointer).cloned().unwrap_or_default(),
        )?;
    }
    Ok(())
}

/// Somebody wants the address of a user who is inactive.
async fn inactive(s: &mut Session, user: &Answer) -> Step {
    let answer = s.send(create_user(&name_of(user), json!({}))).await?;
    let found = s.find(&name_of(user)).await?;
    let same = id_of(&answer) == id_of(user);
    let fine = holds(refused(&answer).is_ok() || same, || {
        format!("status {} and another id", answer.status)
    });
    s.judge(&INACTIVE, &answer, fine.and(only(&found, &id_of(user))));
    Ok(())
}

/// The same address after a delete. A server may keep it from being used again; then there is nothing to see.
async fn again(s: &mut Session, user: &Answer) -> Step {
    let id = id_of(user);
    s.send(Request::delete(format!("/Users/{}", encoded(&id))))
        .await?;
    let name = json!({ "givenName": "Nora", "familyName": "New" });
    let body = json!({ "schemas": [super::create::USER], "userName": name_of(user), "name": name });
    let made = s.send(Request::post("/Users", &body)).await?;
    if !made.is_good() {
        s.skip(&FRESH, "the address of a deleted user cannot be used again");
        return Ok(());
    }
    let back = s.user(&id_of(&made)).await?;
    let finding = status(&back, 200)
        .and(holds(id_of(&made) != id, || "the id of before".to_owned()))
        .and(equal(&back, "/displayName", "Nora New"))
        .and(equal(&back, "/active", true))
        .and(equal(&back, "/phoneNumbers/0/value", Value::Null));
    s.judge(&FRESH, &back, finding);
    Ok(())
}

/// The last page, by the total, has the last user, right after one was deleted.
async fn uncounted(s: &mut Session) -> Step {
    let user = s.new_user("counted", json!({})).await?;
    s.send(Request::delete(format!(
        "/Users/{}",
        encoded(&id_of(&user))
    )))
    .await?;
    let mut tries = 0;
    loop {
        let zero = s.send(Request::get("/Users?startIndex=1&count=0")).await?;
        let all = total(&zero).unwrap_or(0);
        let path = format!("/Users?startIndex={all}&count=5");
        let last = s.send(Request::get(path)).await?;
        tries += 1;
        // In an account that is in use somebody may have come in between.
        if total(&last) != Some(all) && tries < MAX_TRIES {
            continue;
        }
        let items = resources(&last).len();
        let seen = || format!("at the place of the last of {all} there are {items} users");
        s.judge(&UNCOUNTED, &last, holds(items == 1 || all == 0, seen));
        return Ok(());
    }
}
