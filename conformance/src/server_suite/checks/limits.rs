//! What an answer looks like that asks for less. It is judged where one is seen, and none is provoked.

use serde_json::Value;

use super::zoom::LIMITS;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{Finding, holds};
use crate::server_suite::session::{Session, Step};
use crate::server_suite::wait::time;
use crate::server_suite::wire::Answer;

static TOLD: Check = Check::zoom(
    "limits.told",
    LIMITS,
    "429 has X-RateLimit-Reset or Retry-After, in a form that can be read",
    "say when the client may ask again",
);
static BODY: Check = Check::zoom(
    "limits.body",
    LIMITS,
    "429 is JSON with a text",
    "say in the body which limit it was",
);

pub(super) const SECTION: Section = Section {
    topic: "rate limits",
    needs: Needs::Nothing,
    checks: &[&TOLD, &BODY],
    run: |session| Box::pin(run(session)),
};

/// Judges an answer that asks for less.
pub(crate) fn observe(s: &mut Session, answer: &Answer) {
    s.judge(&TOLD, answer, told(answer));
    let so = answer.json.as_ref().is_some_and(Value::is_object) && !answer.message().is_empty();
    s.judge(
        &BODY,
        answer,
        holds(so, || format!("the body {:.60}", answer.body)),
    );
}

fn told(answer: &Answer) -> Finding {
    let (after, reset) = (
        answer.header("retry-after"),
        answer.header("x-ratelimit-reset"),
    );
    let number = |text: &str| text.trim().parse::<u64>().is_ok();
    let so = after.is_some_and(|text| number(text) || time(text.trim()).is_some())
        || reset.is_some_and(number);
    holds(so, || match (after, reset) {
        (None, None) => "neither of the two".to_owned(),
        (after, reset) => format!("Retry-After {after:?}, X-RateLimit-Reset {reset:?}"),
    })
}

#[expect(clippy::unused_async, reason = "a section is a future")]
async fn run(s: &mut Session) -> Step {
    for check in SECTION.checks {
        s.skip(check, "the server has not asked for less");
    }
    Ok(())
}
