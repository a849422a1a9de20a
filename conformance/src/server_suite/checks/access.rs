//! Who may use SCIM2 at all: tokens that are missing, wrong, forged or expired.

use secrecy::SecretString;
use serde_json::json;

use super::zoom::SEEN;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{ERROR, Finding, equal, holds, nobody, status};
use crate::server_suite::session::{Session, Step, create_user, id_of};
use crate::server_suite::wire::{Answer, Auth, Request, encoded};

const TOPIC: &str = "access";
/// Zoom's gateway's code for a token that is not accepted.
const INVALID_TOKEN: u64 = 124;
/// How many characters at the end of a token are its signature's at least.
const FORGED: usize = 8;

static NO_TOKEN: Check = Check::must(
    "access.no-token",
    "RFC 7644 section 2; RFC 6750 section 3.1",
    "without a token: 401",
    "refuse requests without Authorization",
);
static UNKNOWN: Check = Check::must(
    "access.unknown-token",
    "RFC 6750 section 3.1",
    "a token that was never given: 401",
    "look the token up",
);
static FORGED_TOKEN: Check = Check::must(
    "access.forged-token",
    "RFC 6750 section 5.2",
    "a token whose end was changed: 401",
    "verify the token's signature",
);
static SCHEME: Check = Check::must(
    "access.scheme",
    "RFC 6750 section 2.1",
    "the client's id and secret are no token: 401",
    "take Bearer alone",
);
static ENVELOPE: Check = Check::zoom(
    "access.envelope",
    SEEN,
    "401 is {\"code\":124,\"message\"}, or SCIM's error",
    "tell a token that is not accepted with code 124",
);
static EXPIRED_TOKEN: Check = Check::must(
    "access.expired-token",
    "RFC 6750 section 3.1",
    "a token that has expired: 401",
    "compare the token's expiry with the clock",
);
static WRITE: Check = Check::must(
    "access.write-without-token",
    "RFC 7644 section 2",
    "a create without a token: 401, and nobody is made",
    "ask for the token before anything is done",
);

static CHANGES: Check = Check::must(
    "access.changes-without-token",
    "RFC 7644 section 2",
    "put, patch and delete without a good token: 401, and nothing is done",
    "ask for the token on every method",
);

pub(super) const SECTION: Section = Section {
    topic: TOPIC,
    needs: Needs::Nothing,
    checks: &[&NO_TOKEN, &UNKNOWN, &FORGED_TOKEN, &SCHEME, &ENVELOPE],
    run: |session| Box::pin(run(session)),
};
pub(super) const EXPIRED: Section = Section {
    topic: TOPIC,
    needs: Needs::ExpiredToken,
    checks: &[&EXPIRED_TOKEN],
    run: |session| Box::pin(expired(session)),
};
pub(super) const WRITES: Section = Section {
    topic: TOPIC,
    needs: Needs::Writes,
    checks: &[&WRITE],
    run: |session| Box::pin(write(session)),
};

pub(super) const CHANGES_SECTION: Section = Section {
    topic: TOPIC,
    needs: Needs::Writes,
    checks: &[&CHANGES],
    run: |session| Box::pin(changes(session)),
};

async fn run(s: &mut Session) -> Step {
    let client = s.target.client.clone();
    let unknown = SecretString::from(format!("zc.{}.unknown", s.names.run()));
    let forged = SecretString::from(forged(s.token()));
    for (check, auth) in [
        (&NO_TOKEN, Auth::Nobody),
        (&UNKNOWN, Auth::Bearer(unknown)),
        (&FORGED_TOKEN, Auth::Bearer(forged)),
        (&SCHEME, Auth::Basic(client.id, client.secret)),
    ] {
        let request = Request::get("/Users?startIndex=1&count=1").by(auth);
        let answer = s.send(request).await?;
        s.judge(check, &answer, status(&answer, 401));
        s.judge(&ENVELOPE, &answer, envelope(&answer));
    }
    Ok(())
}

/// A token with other characters at its end.
fn forged(token: &str) -> String {
    let length = token.chars().count();
    let turned = |(place, c): (usize, char)| match (place + FORGED >= length, c) {
        (false, c) => c,
        (true, 'A') => 'B',
        (true, _) => 'A',
    };
    token.chars().enumerate().map(turned).collect()
}

fn envelope(answer: &Answer) -> Finding {
    let code = answer.at("/code").and_then(serde_json::Value::as_u64);
    let schemas = answer.at("/schemas");
    let so = code == Some(INVALID_TOKEN) || schemas == Some(&json!([ERROR]));
    let told = !answer.message().is_empty();
    holds(so && told, || {
        format!("status {} with {:.80}", answer.status, answer.body)
    })
}

async fn expired(s: &mut Session) -> Step {
    let Some(token) = s.target.expired_token.clone() else {
        return Ok(());
    };
    let request = Request::get("/Users?startIndex=1&count=1").by(Auth::Bearer(token));
    let answer = s.send(request).await?;
    s.judge(&EXPIRED_TOKEN, &answer, status(&answer, 401));
    Ok(())
}

async fn write(s: &mut Session) -> Step {
    let address = s.names.address("stranger");
    let request = create_user(&address, json!({})).by(Auth::Nobody);
    let answer = s.send(request).await?;
    let found = s.find(&address).await?;
    s.judge(&WRITE, &answer, status(&answer, 401).and(nobody(&found)));
    Ok(())
}

async fn changes(s: &mut Session) -> Step {
    let user = s
        .new_user("guarded", json!({ "displayName": "Before" }))
        .await?;
    let id = id_of(&user);
    let path = format!("/Users/{}", encoded(&id));
    let unknown = SecretString::from(format!("zc.{}.unknown", s.names.run()));
    for auth in [Auth::Nobody, Auth::Bearer(unknown)] {
        for request in [
            Request::put(&path, &json!({ "displayName": "After" })),
            super::patch::active(&id, false),
            Request::delete(&path),
        ] {
            let answer = s.send(request.by(auth.clone())).await?;
            let after = s.user(&id).await?;
            let kept = equal(&after, "/displayName", "Before").and(equal(&after, "/active", true));
            s.judge(&CHANGES, &answer, status(&answer, 401).and(kept));
        }
    }
    Ok(())
}
