//! One address, one user: also in another case, and when several ask at once.

use serde_json::{Value, json};

use super::put::put;
use super::zoom::SCIM2;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{
    Finding, equal, holds, only, refused, refused_with, resources, status,
};
use crate::server_suite::session::{Session, Step, create_user, id_of, name_of};
use crate::server_suite::wire::Answer;

/// How many ask at once.
const AT_ONCE: usize = 8;

static DUPLICATE: Check = Check::must(
    "unique.duplicate",
    "RFC 7643 section 4.1.1 (uniqueness is server)",
    "a second user of an address is refused",
    "keep addresses unique",
);
static WORDS: Check = Check::zoom(
    "unique.duplicate-words",
    SCIM2,
    "it is refused with 400, `The email \"...\" is already in use.`",
    "answer 400 in Zoom's words; 409 is for updates",
);
static CASE: Check = Check::must(
    "unique.case",
    "RFC 7643 section 4.1.1 (caseExact is false)",
    "an address in another case is the same address",
    "fold the case before you compare",
);
static EMAIL_CASE: Check = Check::must(
    "unique.email-case",
    "RFC 7643 section 4.1.1 (caseExact is false)",
    "an update to another's address in another case is refused",
    "fold the case on updates as well",
);
static FIRST: Check = Check::must(
    "unique.first-stays",
    "RFC 7644 section 3.3",
    "the refused create changes nothing about who has the address",
    "check first, and store then",
);
static RACE: Check = Check::must(
    "unique.race",
    "RFC 7643 section 4.1.1 (uniqueness is server)",
    "of creates for one address at once, one succeeds",
    "check and store under one lock, or by an index of the database",
);
static RENAME: Check = Check::must(
    "unique.race-of-updates",
    "RFC 7643 section 4.1.1 (uniqueness is server)",
    "of two users who take one address at once, one succeeds",
    "check and store updates under the same lock",
);

pub(super) const SECTION: Section = Section {
    topic: "uniqueness",
    needs: Needs::Writes,
    checks: &[
        &DUPLICATE,
        &WORDS,
        &CASE,
        &EMAIL_CASE,
        &FIRST,
        &RACE,
        &RENAME,
    ],
    run: |session| Box::pin(run(session)),
};

async fn run(s: &mut Session) -> Step {
    let user = s.new_user("unique", json!({})).await?;
    let name = name_of(&user);
    let before = s.user(&id_of(&user)).await?;
    let other = json!({ "displayName": "Second" });
    let answer = s.send(create_user(&name, other.clone())).await?;
    let found = s.find(&name).await?;
    s.judge(
        &DUPLICATE,
        &answer,
        refused(&answer).and(only(&found, &id_of(&user))),
    );
    s.judge(
        &WORDS,
        &answer,
        refused_with(&answer, 400, "is already in use"),
    );
    let answer = s.send(create_user(&name.to_uppercase(), other)).await?;
    s.judge(&CASE, &answer, refused(&answer));
    let other = s.new_user("unique", json!({})).await?;
    let emails = json!([{ "type": "work", "value": name.to_uppercase(), "primary": true }]);
    let answer = s
        .send(put(&id_of(&other), json!({ "emails": emails })))
        .await?;
    s.judge(&EMAIL_CASE, &answer, refused(&answer));
    let after = s.user(&id_of(&user)).await?;
    let expected = before.json.clone().unwrap_or_default();
    s.judge(&FIRST, &after, equal(&after, "", expected));
    race(s).await?;
    renames(s).await
}

async fn race(s: &mut Session) -> Step {
    let address = s.names.address("race");
    let creates = vec![create_user(&address, json!({})); AT_ONCE];
    let answers = s.send_together(creates).await?;
    let found = s.find(&address).await?;
    let one = winners(&answers)
        .and(status(&found, 200))
        .and(holds(resources(&found).len() == 1, || {
            format!("{} users of one address", resources(&found).len())
        }));
    s.judge(&RACE, &found, one);
    Ok(())
}

fn winners(answers: &[Answer]) -> Finding {
    let mut ids: Vec<String> = answers
        .iter()
        .filter(|answer| answer.is_good())
        .map(id_of)
        .collect();
    let good = ids.len();
    ids.sort();
    ids.dedup();
    holds(ids.len() == 1, || {
        format!("{} of {AT_ONCE} succeeded, with {} ids", good, ids.len())
    })
}

async fn renames(s: &mut Session) -> Step {
    let wanted = s.names.address("wanted");
    let emails: Value = json!([{ "type": "work", "value": wanted, "primary": true }]);
    let mut updates = Vec::new();
    for _ in 0..2 {
        let user = s.new_user("rename", json!({})).await?;
        updates.push(put(&id_of(&user), json!({ "emails": emails })));
    }
    let answers = s.send_together(updates).await?;
    let good = answers.iter().filter(|answer| answer.is_good()).count();
    let found = s.find(&wanted).await?;
    let many = resources(&found).len();
    let so = good == 1 && many == 1;
    s.judge(
        &RENAME,
        &found,
        holds(so, || {
            format!("{good} of 2 succeeded, and {many} have the address")
        }),
    );
    Ok(())
}
