//! Filters of users: whether they narrow at all, to whom, and what becomes of those that Zoom does not have.

use serde_json::{Value, json};

use super::zoom::SCIM2;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{Finding, holds, nobody, only, refused, refused_with, resources};
use crate::server_suite::session::{Session, Step, Stop, filtered, id_of, name_of};
use crate::server_suite::wire::{Answer, Request};

static EQ: Check = Check::must(
    "users.filter.username-eq",
    "RFC 7644 section 3.4.2.2; Zoom, SCIM2 API reference",
    "userName eq finds this user and no other",
    "obey the filter",
);
static NONE: Check = Check::must(
    "users.filter.username-unknown",
    "RFC 7644 section 3.4.2; clients' records",
    "an address that nobody has: 200 and an empty list",
    "give an empty list with totalResults 0",
);
static CASE: Check = Check::must(
    "users.filter.username-case",
    "RFC 7643 section 4.1.1 (caseExact is false)",
    "userName eq does not look at the case of the address",
    "fold the case of both sides",
);
static WHOLE: Check = Check::must(
    "users.filter.username-whole",
    "RFC 7644 section 3.4.2.2",
    "eq compares the whole address, not a part of it",
    "compare for equality",
);
static UNQUOTED: Check = Check::zoom(
    "users.filter.unquoted",
    SCIM2,
    "the value may stand without quotes",
    "read values without quotes as well",
);
static OPERATOR: Check = Check::must(
    "users.filter.operator-case",
    "RFC 7644 section 3.4.2.2",
    "attribute and operator are read in any case",
    "fold the case of attribute and operator",
);
static EXTERNAL: Check = Check::zoom(
    "users.filter.external-id",
    SCIM2,
    "externalId eq finds by Zoom's own id",
    "look the value of externalId up among the ids",
);
static PAGED: Check = Check::must(
    "users.filter.paged",
    "RFC 7644 section 3.4.2.4",
    "a filter and a page go together: behind the one there is nobody",
    "cut the page from what the filter has left",
);
static UNSUPPORTED: Check = Check::zoom(
    "users.filter.unsupported",
    SCIM2,
    "another attribute: 400, `The current filter is not supported`",
    "refuse filters that you do not have, by name",
);
static IGNORED: Check = Check::must(
    "users.filter.never-ignored",
    "RFC 7644 section 3.4.2.2",
    "a filter that is not understood is refused, and never gives everybody",
    "answer 400 (invalidFilter)",
);
static INJECTED: Check = Check::must(
    "users.filter.quotes",
    "RFC 7644 section 3.4.2.2",
    "quotes in a value do not end it",
    "read the value as a JSON string",
);
static AGREES: Check = Check::must(
    "users.filter.agrees-with-get",
    "RFC 7644 section 3.4",
    "a user whom a filter finds is the user that get shows",
    "read both from the same record",
);
static PLUS: Check = Check::must(
    "users.filter.plus",
    "RFC 3986 section 2.1",
    "an address with an encoded `+` is found",
    "decode the query once",
);

pub(super) const SECTION: Section = Section {
    topic: "users: filter",
    needs: Needs::Nothing,
    checks: &[
        &EQ,
        &NONE,
        &CASE,
        &WHOLE,
        &UNQUOTED,
        &OPERATOR,
        &EXTERNAL,
        &PAGED,
        &UNSUPPORTED,
        &IGNORED,
        &INJECTED,
        &AGREES,
        &PLUS,
    ],
    run: |session| Box::pin(run(session)),
};

async fn by(s: &mut Session, filter: &str) -> Result<Answer, Stop> {
    s.send(filtered("/Users", filter)).await
}

async fn run(s: &mut Session) -> Step {
    let cast = s.cast().await?;
    let text = |user: &Value, key| user.get(key).and_then(Value::as_str).map(str::to_owned);
    for user in &cast {
        let (Some(id), Some(name)) = (text(user, "id"), text(user, "userName")) else {
            continue;
        };
        let answer = by(s, &format!("userName eq \"{name}\"")).await?;
        s.judge(&EQ, &answer, only(&answer, &id));
        let get = s.user(&id).await?;
        let item = resources(&answer).first().cloned().unwrap_or_default();
        s.judge(&AGREES, &get, super::list::same_user(&item, &get));
        let answer = by(s, &format!("userName eq \"{}\"", turned(&name))).await?;
        s.judge(&CASE, &answer, only(&answer, &id));
        let answer = by(s, &format!("externalId eq \"{id}\"")).await?;
        s.judge(&EXTERNAL, &answer, only(&answer, &id));
        let answer = by(s, &format!("userName eq {name}")).await?;
        s.judge(&UNQUOTED, &answer, only(&answer, &id));
    }
    let first = cast.first().cloned().unwrap_or_default();
    let (Some(id), Some(name)) = (text(&first, "id"), text(&first, "userName")) else {
        return Ok(());
    };
    let answer = by(s, &format!("USERNAME EQ \"{name}\"")).await?;
    s.judge(&OPERATOR, &answer, only(&answer, &id));
    let filter = crate::server_suite::wire::encoded(&format!("userName eq \"{name}\""));
    let behind = Request::get(format!("/Users?startIndex=2&count=10&filter={filter}"));
    let answer = s.send(behind).await?;
    let items = resources(&answer).len();
    s.judge(
        &PAGED,
        &answer,
        holds(items == 0 || refused(&answer).is_ok(), || {
            format!("{items} users")
        }),
    );
    strangers(s, &name).await?;
    unsupported(s, &name).await?;
    plus(s).await
}

/// A name in which small letters are capitals and the other way round.
pub(super) fn turned(name: &str) -> String {
    let turn = |c: char| match c.is_ascii_lowercase() {
        true => c.to_ascii_uppercase(),
        false => c.to_ascii_lowercase(),
    };
    name.chars().map(turn).collect()
}

/// Addresses that nobody has, and that are like one that somebody has.
async fn strangers(s: &mut Session, name: &str) -> Step {
    let unknown = s.names.address("nobody");
    let answer = s.find(&unknown).await?;
    s.judge(&NONE, &answer, nobody(&answer));
    let shorter = name.get(1..).unwrap_or_default();
    let longer = format!("x{name}");
    let domain = name.split('@').next_back().unwrap_or_default();
    for part in [
        shorter,
        &longer,
        &format!("{name}.example"),
        &format!("*@{domain}"),
    ] {
        let answer = s.find(part).await?;
        let finding = nobody(&answer).or_else(|seen| refused(&answer).map_err(|_| seen));
        s.judge(&WHOLE, &answer, finding);
    }
    Ok(())
}

async fn unsupported(s: &mut Session, name: &str) -> Step {
    let answer = by(s, "title eq \"Tester\"").await?;
    let words = "The current filter is not supported";
    s.judge(&UNSUPPORTED, &answer, refused_with(&answer, 400, words));
    for filter in [
        "zcNoSuchAttribute eq \"x\"".to_owned(),
        "userName".to_owned(),
        "userName eq".to_owned(),
        "userName zz \"x\"".to_owned(),
        "userName eq \"unclosed".to_owned(),
        format!("userName eq \"{name}\" and zcNoSuchAttribute eq \"x\""),
    ] {
        let answer = by(s, &filter).await?;
        s.judge(&IGNORED, &answer, refused_or_nobody(&answer));
    }
    for value in [
        format!("{name}\\\" or userName pr or userName eq \\\""),
        "\\\\".to_owned(),
    ] {
        let answer = by(s, &format!("userName eq \"{value}\"")).await?;
        s.judge(&INJECTED, &answer, refused_or_nobody(&answer));
    }
    Ok(())
}

fn refused_or_nobody(answer: &Answer) -> Finding {
    let items = resources(answer).len();
    refused(answer).or_else(|seen| match answer.status {
        200 => holds(items == 0, || format!("status 200 and {items} users")),
        _ => Err(seen),
    })
}

async fn plus(s: &mut Session) -> Step {
    if !s.writes {
        s.skip(&PLUS, "needs --allow-writes");
        return Ok(());
    }
    let user = s.new_user("a+b", json!({})).await?;
    let found = s.find(&name_of(&user)).await?;
    s.judge(&PLUS, &found, only(&found, &id_of(&user)));
    Ok(())
}
