//! Scopes: what a client without SCIM2's must not do.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::zoom::{SCOPES, SEEN};
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{Finding, equal, holds, nobody, refused, status};
use crate::server_suite::session::{Session, Step, Stop, create_user, id_of};
use crate::server_suite::wire::{Answer, Auth, Request, encoded};

const TOPIC: &str = "scopes";
/// Zoom's gateway's code for a scope that is missing.
const MISSING_SCOPE: u64 = 4711;

static LIST: Check = Check::must(
    "scope.list",
    SCOPES,
    "a client without scim2 does not list users",
    "check the scope of the token when users are listed",
);
static GET: Check = Check::must(
    "scope.get",
    SCOPES,
    "a client without scim2 does not read a user",
    "check the scope of the token when a user is read",
);
static GROUPS: Check = Check::must(
    "scope.groups",
    SCOPES,
    "a client without scim2 does not list groups",
    "check the scope of the token on groups as well",
);
static TOLD: Check = Check::zoom(
    "scope.told",
    SEEN,
    "a missing scope is told: 400, code 4711, with its name",
    "answer 400 with code 4711 and a text that names scim2",
);
static CREATE: Check = Check::must(
    "scope.create",
    SCOPES,
    "a client without scim2 makes nobody",
    "check the scope before a user is made",
);
static PUT: Check = Check::must(
    "scope.put",
    SCOPES,
    "a client without scim2 updates nobody",
    "check the scope before a user is updated",
);
static PATCH: Check = Check::must(
    "scope.patch",
    SCOPES,
    "a client without scim2 deactivates nobody",
    "check the scope before a user is deactivated",
);
static DELETE: Check = Check::must(
    "scope.delete",
    SCOPES,
    "a client without scim2 deletes nobody",
    "check the scope before a user is deleted",
);

static GROUP: Check = Check::must(
    "scope.groups-create",
    SCOPES,
    "a client without scim2 makes no group",
    "check the scope before a group is made",
);

pub(super) const SECTION: Section = Section {
    topic: TOPIC,
    needs: Needs::SecondClient,
    checks: &[&LIST, &GET, &GROUPS, &TOLD],
    run: |session| Box::pin(run(session)),
};
pub(super) const WRITES: Section = Section {
    topic: TOPIC,
    needs: Needs::SecondClientAndWrites,
    checks: &[&CREATE, &PUT, &PATCH, &DELETE, &GROUP],
    run: |session| Box::pin(writes(session)),
};

async fn second(s: &mut Session) -> Result<Auth, Stop> {
    let token: SecretString = s.second_token().await?;
    Ok(Auth::Bearer(token))
}

async fn run(s: &mut Session) -> Step {
    let auth = second(s).await?;
    let cast = s.cast().await?;
    let id = cast.first().and_then(|user| user.get("id")?.as_str());
    let user = format!("/Users/{}", encoded(id.unwrap_or_default()));
    for (check, path) in [
        (&LIST, "/Users?startIndex=1&count=1"),
        (&GET, user.as_str()),
        (&GROUPS, "/Groups?startIndex=1&count=1"),
    ] {
        let answer = s.send(Request::get(path).by(auth.clone())).await?;
        s.judge(check, &answer, refused(&answer));
        s.judge(&TOLD, &answer, told(&answer));
    }
    Ok(())
}

fn told(answer: &Answer) -> Finding {
    status(answer, 400)?;
    let code = answer.at("/code").and_then(Value::as_u64);
    // In SCIM's envelope there is no place for the code.
    let scim = answer.at("/detail").is_some();
    holds(code == Some(MISSING_SCOPE) || scim, || {
        format!("code {code:?}")
    })?;
    let message = answer.message();
    holds(message.contains("scim2"), || {
        format!("the text {message:?}")
    })
}

async fn writes(s: &mut Session) -> Step {
    let auth = second(s).await?;
    let address = s.names.address("scope");
    let answer = s
        .send(create_user(&address, json!({})).by(auth.clone()))
        .await?;
    let found = s.find(&address).await?;
    s.judge(&CREATE, &answer, refused(&answer).and(nobody(&found)));
    let group = json!({ "displayName": s.names.group("scope") });
    let answer = s
        .send(Request::post("/Groups", &group).by(auth.clone()))
        .await?;
    s.judge(&GROUP, &answer, refused(&answer));
    let user = s
        .new_user("scope", json!({ "displayName": "Before" }))
        .await?;
    let id = id_of(&user);
    let path = format!("/Users/{}", encoded(&id));
    let deactivation = json!({ "Operations": [{ "op": "replace", "value": { "active": false } }] });
    let kept = |after: &Answer| {
        status(after, 200)?;
        equal(after, "/displayName", "Before")?;
        equal(after, "/active", true)
    };
    for (check, request) in [
        (
            &PUT,
            Request::put(&path, &json!({ "displayName": "After" })),
        ),
        (&PATCH, Request::patch(&path, &deactivation)),
        (&DELETE, Request::delete(&path)),
    ] {
        let answer = s.send(request.by(auth.clone())).await?;
        let after = s.user(&id).await?;
        s.judge(check, &answer, refused(&answer).and(kept(&after)));
    }
    Ok(())
}
