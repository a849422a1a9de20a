//! What happens at once: nothing of it may be lost.

use serde_json::{Value, json};

use super::put::put;
use super::zoom::SCIM2;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{Finding, equal, holds, resources, status};
use crate::server_suite::session::{
    ENTERPRISE, Session, Step, Stop, create_user, filtered, id_of, name_of,
};
use crate::server_suite::wire::{Answer, Request};

/// How many are made at once.
const AT_ONCE: usize = 6;

static UPDATES: Check = Check::zoom(
    "together.updates",
    SCIM2,
    "of updates of several attributes at once, none is lost",
    "read, change and store under one lock",
);
static CREATES: Check = Check::must(
    "together.creates",
    "RFC 7643 section 3.1",
    "users who are made at once are all there, each with an id of their own",
    "draw ids that nobody else has",
);
static GROUPS: Check = Check::zoom(
    "together.groups",
    SCIM2,
    "of groups of one name that are made at once, one is",
    "check and store under one lock",
);

pub(super) const SECTION: Section = Section {
    topic: "at once",
    needs: Needs::Writes,
    checks: &[&UPDATES, &CREATES],
    run: |session| Box::pin(run(session)),
};
pub(super) const OF_GROUPS: Section = Section {
    topic: "at once",
    needs: Needs::Writes,
    checks: &[&GROUPS],
    run: |session| Box::pin(groups(session)),
};

async fn run(s: &mut Session) -> Step {
    let user = s.new_user("together", json!({})).await?;
    let id = id_of(&user);
    let attributes = ["department", "organization", "costCenter", "employeeNumber"];
    let update = |key: &str| put(&id, json!({ ENTERPRISE: { key: format!("new {key}") } }));
    let mut updates: Vec<Request> = attributes.into_iter().map(update).collect();
    updates.push(put(&id, json!({ "displayName": "new name" })));
    let answers = s.send_together(updates).await?;
    let back = s.user(&id).await?;
    let mut finding = answers.iter().try_for_each(|answer| status(answer, 200));
    for key in attributes {
        let pointer = format!("/{ENTERPRISE}/{key}");
        finding = finding.and_then(|()| equal(&back, &pointer, format!("new {key}")));
    }
    let finding = finding.and(equal(&back, "/displayName", "new name"));
    s.judge(&UPDATES, &back, finding);
    creates(s).await
}

async fn creates(s: &mut Session) -> Step {
    let mut creates = Vec::new();
    for _ in 0..AT_ONCE {
        creates.push(create_user(&s.names.address("crowd"), json!({})));
    }
    let answers = s.send_together(creates).await?;
    let mut ids: Vec<String> = answers.iter().map(id_of).collect();
    ids.sort();
    ids.dedup();
    for answer in &answers {
        let own = holds(ids.len() == AT_ONCE, || {
            format!("{} ids for {AT_ONCE} users", ids.len())
        });
        let found = s.find(&name_of(answer)).await?;
        let there = holds(resources(&found).len() == 1, || {
            "one of them is not found".to_owned()
        });
        s.judge(&CREATES, answer, status(answer, 201).and(own).and(there));
    }
    Ok(())
}

async fn groups(s: &mut Session) -> Step {
    let first = s.send(Request::get("/Groups?startIndex=1&count=1")).await?;
    if first.status == 404 || first.status == 501 {
        return Err(Stop::Needs("the server has no groups".to_owned()));
    }
    let name = s.names.group("race");
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
    });
    let answers = s
        .send_together(vec![Request::post("/Groups", &body); AT_ONCE])
        .await?;
    let found = s
        .send(filtered("/Groups", &format!("displayName eq \"{name}\"")))
        .await?;
    s.judge(&GROUPS, &found, one(&answers, resources(&found)));
    Ok(())
}

fn one(answers: &[Answer], found: &[Value]) -> Finding {
    let good = answers.iter().filter(|answer| answer.is_good()).count();
    let many = found.len();
    holds(good == 1 && many == 1, || {
        format!("{good} of {AT_ONCE} succeeded, and {many} are found")
    })
}
