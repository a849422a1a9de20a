//! Bodies that cannot be used.

use serde_json::json;

use super::zoom::SCIM2;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{Finding, equal, holds, nobody, refused_with, status};
use crate::server_suite::made::Kind;
use crate::server_suite::session::{Session, Step, id_of};
use crate::server_suite::wire::{Answer, Request, SCIM_JSON, encoded};

static BROKEN: Check = Check::must(
    "bodies.not-json",
    "RFC 7644 section 3.12 (invalidSyntax)",
    "a body that is no JSON: 400",
    "answer 400",
);
static BROKEN_WORDS: Check = Check::zoom(
    "bodies.not-json-words",
    SCIM2,
    "it says `The request body must be in JSON format.`",
    "use Zoom's words",
);
static EMPTY: Check = Check::zoom(
    "bodies.empty",
    SCIM2,
    "an empty body: 400, `The request JSON must not be empty.`",
    "answer 400 in Zoom's words",
);
static LIST: Check = Check::must(
    "bodies.not-an-object",
    "RFC 7644 section 3.12 (invalidSyntax)",
    "a body that is no object: 400",
    "answer 400",
);
static TYPE: Check = Check::must(
    "bodies.wrong-type",
    "RFC 7644 section 3.12 (invalidValue)",
    "a number where a text belongs: 400",
    "check the types of attributes",
);
static UNTOUCHED: Check = Check::must(
    "bodies.nothing-done",
    "RFC 7644 section 3.12",
    "a body that is refused changes nothing",
    "read the whole body before anything is stored",
);

pub(super) const SECTION: Section = Section {
    topic: "bodies",
    needs: Needs::Writes,
    checks: &[&BROKEN, &BROKEN_WORDS, &EMPTY, &LIST, &TYPE, &UNTOUCHED],
    run: |session| Box::pin(run(session)),
};

async fn run(s: &mut Session) -> Step {
    let user = s
        .new_user("bodies", json!({ "displayName": "Before" }))
        .await?;
    let path = format!("/Users/{}", encoded(&id_of(&user)));
    let address = s.names.address("broken");
    s.made.may_have(Kind::User, &address);
    let broken = format!("{{\"userName\":\"{address}\",\"displayName\":\"After\"");
    for (method, path) in [("POST", "/Users"), ("PUT", &path), ("PATCH", &path)] {
        let with = |body: &str| {
            Request {
                method,
                ..Request::get(path)
            }
            .text(SCIM_JSON, body)
        };
        let answer = s.send(with(&broken)).await?;
        s.judge(&BROKEN, &answer, status(&answer, 400));
        s.judge(
            &BROKEN_WORDS,
            &answer,
            refused_with(&answer, 400, "must be in JSON format"),
        );
        let answer = s.send(with("")).await?;
        s.judge(
            &EMPTY,
            &answer,
            refused_with(&answer, 400, "must not be empty"),
        );
        let answer = s.send(with("[1,2]")).await?;
        s.judge(&LIST, &answer, status(&answer, 400));
    }
    let number = json!({ "schemas": [super::create::USER], "userName": 5 });
    let answer = s.send(Request::post("/Users", &number)).await?;
    s.judge(&TYPE, &answer, status(&answer, 400));
    let found = s.find(&address).await?;
    s.judge(&UNTOUCHED, &found, nobody(&found));
    let after = s.send(Request::get(&path)).await?;
    s.judge(
        &UNTOUCHED,
        &after,
        equal(&after, "/displayName", "Before").and(still(&after)),
    );
    Ok(())
}

fn still(answer: &Answer) -> Finding {
    let active = answer.at("/active") == Some(&json!(true));
    holds(active, || "the user is not active any more".to_owned())
}
