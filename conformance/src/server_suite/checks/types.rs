//! User types.

use serde_json::json;

use super::put::put;
use super::zoom::SCIM2;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{Finding, equal, holds, refused, status, told};
use crate::server_suite::session::{Session, Step, create_user, id_of};
use crate::server_suite::wire::Answer;

/// A type that Zoom does not have.
const UNKNOWN_TYPE: &str = "ZcUnknown";

static LICENSED: Check = Check::zoom(
    "types.licensed",
    SCIM2,
    "userType Licensed is stored by an update",
    "obey userType",
);
static BASIC: Check = Check::zoom(
    "types.basic",
    SCIM2,
    "userType Basic takes the licence again",
    "obey userType",
);
static CREATE: Check = Check::zoom(
    "types.create",
    SCIM2,
    "userType on a create is stored",
    "obey userType on a create",
);
static UNKNOWN: Check = Check::zoom(
    "types.unknown",
    SCIM2,
    "a userType that Zoom does not have is refused or ignored",
    "never store another type than the four",
);

static OTHERS: Check = Check::zoom(
    "types.others",
    SCIM2,
    "On-Prem and Collaboration are stored, or refused for want of a plan",
    "know all four types",
);

pub(super) const SECTION: Section = Section {
    topic: "user types",
    needs: Needs::Writes,
    checks: &[&LICENSED, &BASIC, &CREATE, &OTHERS, &UNKNOWN],
    run: |session| Box::pin(run(session)),
};

async fn run(s: &mut Session) -> Step {
    let user = s.new_user("type", json!({ "userType": "Basic" })).await?;
    let id = id_of(&user);
    for (check, kind) in [(&LICENSED, "Licensed"), (&BASIC, "Basic")] {
        let answer = s.send(put(&id, json!({ "userType": kind }))).await?;
        if no_seat(&answer) {
            s.skip(check, "needs a seat, and the account has none left");
            continue;
        }
        let back = s.user(&id).await?;
        for answer in [&answer, &back] {
            s.judge(check, answer, equal(answer, "/userType", kind));
        }
    }
    let address = s.names.address("type");
    let answer = s
        .send(create_user(&address, json!({ "userType": "Licensed" })))
        .await?;
    if no_seat(&answer) {
        s.skip(&CREATE, "needs a seat, and the account has none left");
    } else {
        let back = s.user(&id_of(&answer)).await?;
        s.judge(&CREATE, &back, equal(&back, "/userType", "Licensed"));
    }
    for kind in ["On-Prem", "Collaboration"] {
        let answer = s.send(put(&id, json!({ "userType": kind }))).await?;
        let back = s.user(&id).await?;
        let stored = status(&answer, 200).and(equal(&back, "/userType", kind));
        let finding = stored.or_else(|seen| refused(&answer).map_err(|_| seen));
        s.judge(&OTHERS, &back, finding);
    }
    let answer = s
        .send(put(&id, json!({ "userType": UNKNOWN_TYPE })))
        .await?;
    let back = s.user(&id).await?;
    for answer in [&answer, &back] {
        s.judge(&UNKNOWN, answer, known(answer));
    }
    Ok(())
}

/// Zoom's answer where a licence is wanted and none is left.
fn no_seat(answer: &Answer) -> bool {
    answer.status == 409 && answer.message().contains("paid users")
}

fn known(answer: &Answer) -> Finding {
    if (400..500).contains(&answer.status) {
        return Ok(());
    }
    let seen = answer.at("/userType").cloned().unwrap_or_default();
    let kinds = ["Basic", "Licensed", "On-Prem", "Collaboration"];
    let so = seen.as_str().is_some_and(|seen| kinds.contains(&seen));
    holds(so, || format!("userType is {}", told(&seen)))
}
