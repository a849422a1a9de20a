//! Lists and their pages.

use std::collections::BTreeSet;

use serde_json::Value;

use super::zoom::SCIM2;
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{
    Finding, LIST, equal, holds, ids, refused, resources, same, status, told, total,
};
use crate::server_suite::session::{ENTERPRISE, Session, Step, Stop};
use crate::server_suite::wire::{Answer, Request};

/// The most that a page has at Zoom.
const MAX_COUNT: u64 = 100;
/// How many pages all users are read in, where there are not too few of them.
const PAGES: u64 = 5;
/// How many pages are read at the most.
const MAX_PAGES: u64 = 60;
/// How often a list is read again that changed while it was read.
const MAX_TRIES: u32 = 3;
/// What is asked for where more is asked for than there may be.
const TOO_MANY: u64 = 1_000;

static SCHEMAS: Check = Check::must(
    "users.list.schemas",
    "RFC 7644 section 3.4.2",
    "a list is a ListResponse",
    "name the ListResponse schema in schemas",
);
static TOTAL: Check = Check::must(
    "users.list.total-results",
    "RFC 7644 section 3.4.2",
    "totalResults is the number of all users, not of the page",
    "count all users",
);
static SHOWN: Check = Check::must(
    "users.list.page-told",
    "RFC 7644 section 3.4.2.4",
    "startIndex and itemsPerPage say which page it is",
    "repeat startIndex, and count the Resources",
);
static COUNT: Check = Check::must(
    "users.list.count",
    "RFC 7644 section 3.4.2.4",
    "a page has count users, if there are so many",
    "obey count",
);
static START: Check = Check::must(
    "users.list.start-index",
    "RFC 7644 section 3.4.2.4",
    "a page begins with the user at startIndex, counted from 1",
    "skip startIndex - 1 users",
);
static ZERO: Check = Check::must(
    "users.list.count-zero",
    "RFC 7644 section 3.4.2.4",
    "count=0 gives the total and no user",
    "obey count=0",
);
static BEYOND: Check = Check::must(
    "users.list.beyond-the-end",
    "RFC 7644 section 3.4.2.4",
    "behind the last user there is nobody",
    "give an empty page, or refuse it",
);
static NEGATIVE: Check = Check::must(
    "users.list.count-negative",
    "RFC 7644 section 3.4.2.4",
    "a count below 0 is taken for 0, or refused",
    "read what is below 0 as 0",
);
static BELOW: Check = Check::must(
    "users.list.start-index-zero",
    "RFC 7644 section 3.4.2.4",
    "a startIndex below 1 is taken for 1, or refused",
    "read what is below 1 as 1",
);
static MAXIMUM: Check = Check::zoom(
    "users.list.count-maximum",
    SCIM2,
    "a page never has more than 100 users",
    "cut count at 100, or refuse more",
);
static WALK: Check = Check::must(
    "users.list.walk",
    "RFC 7644 section 3.4.2.4",
    "page by page, everybody comes once and nobody is missing",
    "cut pages from one stable order",
);
static ORDER: Check = Check::should(
    "users.list.order",
    "RFC 7644 section 3.4.2.4",
    "the same page twice has the same order",
    "sort by something that does not change",
);
static SHAPE: Check = Check::must(
    "users.list.users",
    "RFC 7643 sections 3 and 4.1",
    "each user has id, userName, the User schema and their own meta",
    "list whole users",
);
static AGREE: Check = Check::must(
    "users.list.agrees-with-get",
    "RFC 7644 section 3.4",
    "a user in a list is the user that get shows",
    "read both from the same record",
);
static THIN: Check = Check::should(
    "users.list.thin",
    SCIM2,
    "a user in a list lacks title, locale, phones, roles and groups",
    "nothing breaks; but who relies on them in lists fails at Zoom",
);

pub(super) const SECTION: Section = Section {
    topic: "users: list",
    needs: Needs::Nothing,
    checks: &[
        &SCHEMAS, &TOTAL, &SHOWN, &COUNT, &START, &ZERO, &BEYOND, &NEGATIVE, &BELOW, &MAXIMUM,
        &WALK, &ORDER, &SHAPE, &AGREE, &THIN,
    ],
    run: |session| Box::pin(run(session)),
};

async fn page(s: &mut Session, start: u64, count: u64) -> Result<Answer, Stop> {
    let path = format!("/Users?startIndex={start}&count={count}");
    s.send(Request::get(path)).await
}

async fn run(s: &mut Session) -> Step {
    s.cast().await?;
    windows(s).await?;
    edges(s).await?;
    let Some(all) = walk(s).await? else {
        return Ok(());
    };
    agree(s, &all).await
}

/// Windows over the same users have to fit each other.
async fn windows(s: &mut Session) -> Step {
    let mut tries = 0;
    let (first, second, third) = loop {
        let first = page(s, 1, 3).await?;
        let second = page(s, 2, 3).await?;
        let third = page(s, 3, 1).await?;
        tries += 1;
        let same = total(&first) == total(&second) && total(&second) == total(&third);
        // In an account that is in use somebody may have come in between.
        if same || tries >= MAX_TRIES {
            break (first, second, third);
        }
    };
    s.judge(
        &SCHEMAS,
        &first,
        status(&first, 200).and(has_schema(&first, LIST)),
    );
    let many = total(&first).is_some_and(|total| total >= 3);
    s.judge(
        &TOTAL,
        &first,
        holds(many, || {
            format!(
                "totalResults is {}, of at least 3",
                told(&first.at("/totalResults").cloned().unwrap_or_default())
            )
        }),
    );
    for (answer, start, count) in [(&first, 1_u64, 3_u64), (&second, 2, 3), (&third, 3, 1)] {
        let items = resources(answer).len() as u64;
        let shown = equal(answer, "/startIndex", start).and(equal(answer, "/itemsPerPage", items));
        s.judge(&SHOWN, answer, shown);
        let expected =
            total(answer).map_or(count, |all| count.min((all + 1).saturating_sub(start)));
        let so = items == expected;
        s.judge(
            &COUNT,
            answer,
            holds(so, || format!("{items} users, not {expected}")),
        );
    }
    let tail = |answer: &Answer, skipped: usize| -> Vec<String> {
        let ids = ids(answer).into_iter().skip(skipped);
        ids.map(str::to_owned).collect()
    };
    let begins = |whole: &[String], part: &[String]| {
        !part.is_empty() && whole.iter().zip(part).all(|(one, other)| one == other)
    };
    for (answer, skipped) in [(&second, 1), (&third, 2)] {
        let so = begins(&tail(&first, skipped), &tail(answer, 0));
        s.judge(
            &START,
            answer,
            holds(so, || {
                format!(
                    "it does not begin with the user who was at {} before",
                    skipped + 1
                )
            }),
        );
    }
    Ok(())
}

async fn edges(s: &mut Session) -> Step {
    let zero = page(s, 1, 0).await?;
    let items = resources(&zero).len();
    let finding = status(&zero, 200)
        .and(holds(items == 0, || format!("{items} users")))
        .and(holds(total(&zero).is_some_and(|all| all >= 3), || {
            "no total".to_owned()
        }));
    s.judge(&ZERO, &zero, finding);
    let all = total(&zero).unwrap_or(0);
    let beyond = page(s, all + 50, 10).await?;
    let items = resources(&beyond).len();
    let finding = status(&beyond, 200).or_else(|_| refused(&beyond));
    s.judge(
        &BEYOND,
        &beyond,
        finding.and(holds(items == 0, || format!("{items} users"))),
    );
    let first = page(s, 1, 1).await?;
    for start in ["0", "-5"] {
        let below = s
            .send(Request::get(format!("/Users?startIndex={start}&count=1")))
            .await?;
        let so = refused(&below).is_ok() || ids(&below) == ids(&first);
        let seen = || "another page than that of startIndex=1".to_owned();
        s.judge(&BELOW, &below, holds(so, seen));
    }
    let negative = s.send(Request::get("/Users?startIndex=1&count=-1")).await?;
    let items = resources(&negative).len();
    let so = refused(&negative).is_ok() || items == 0;
    s.judge(&NEGATIVE, &negative, holds(so, || format!("{items} users")));
    // What comes of these is the server's affair, as long as it does not fail.
    for odd in [
        "/Users?startIndex=x&count=y",
        "/Users?count=99999999999999999999",
    ] {
        s.send(Request::get(odd)).await?;
    }
    let many = page(s, 1, TOO_MANY).await?;
    let items = resources(&many).len() as u64;
    if total(&many).is_some_and(|all| all > MAX_COUNT) {
        s.judge(
            &MAXIMUM,
            &many,
            holds(items <= MAX_COUNT, || format!("{items} users")),
        );
    } else if refused(&many).is_ok() {
        s.judge(&MAXIMUM, &many, Ok(()));
    } else {
        s.skip(&MAXIMUM, "the account has no more than 100 users");
    }
    let again = page(s, 1, 1).await?;
    let (one, other) = (page(s, 1, 20).await?, page(s, 1, 20).await?);
    let stable = total(&one) != total(&other) || ids(&one) == ids(&other);
    s.judge(&ORDER, &other, holds(stable, || "another order".to_owned()));
    s.judge(
        &COUNT,
        &again,
        holds(resources(&again).len() == 1, || "not one user".to_owned()),
    );
    Ok(())
}

/// Reads all users page by page, and gives them, if the account held still for so long.
async fn walk(s: &mut Session) -> Result<Option<Vec<Value>>, Stop> {
    for _ in 0..MAX_TRIES {
        let first = page(s, 1, 1).await?;
        let all = total(&first).unwrap_or(0);
        let size = (all / PAGES + 1).clamp(2, MAX_COUNT);
        if all > size * MAX_PAGES {
            s.skip(
                &WALK,
                format!("the account has more than {} users", size * MAX_PAGES),
            );
            return Ok(None);
        }
        let mut users: Vec<Value> = Vec::new();
        let mut last = first;
        let mut held_still = true;
        for number in 0..all.div_ceil(size) {
            last = page(s, number * size + 1, size).await?;
            held_still &= total(&last) == Some(all);
            users.extend_from_slice(resources(&last));
        }
        if !held_still {
            continue;
        }
        let cast = s.cast().await?;
        s.judge(&WALK, &last, complete(&users, all, &cast));
        for user in &users {
            s.judge(&SHAPE, &last, whole(user));
        }
        return Ok(Some(users));
    }
    s.skip(
        &WALK,
        "the account was changed by others whenever it was read",
    );
    Ok(None)
}

fn complete(users: &[Value], all: u64, cast: &[Value]) -> Finding {
    let id = |user: &Value| user.get("id").and_then(Value::as_str).map(str::to_owned);
    let seen: BTreeSet<String> = users.iter().filter_map(id).collect();
    let (distinct, many) = (seen.len(), users.len());
    holds(distinct == many, || {
        format!("{} users come twice", many - distinct)
    })?;
    holds(many as u64 == all, || {
        format!("{many} users come, of {all}")
    })?;
    let missing = cast
        .iter()
        .filter_map(id)
        .filter(|id| !seen.contains(id))
        .count();
    holds(missing == 0, || {
        format!("{missing} users are missing who were just there")
    })
}

/// What no user may lack (RFC 7643 sections 3.1 and 4.1).
fn whole(user: &Value) -> Finding {
    for key in ["/id", "/userName"] {
        let text = user
            .pointer(key)
            .and_then(Value::as_str)
            .unwrap_or_default();
        holds(!text.is_empty(), || format!("a user without {key}"))?;
    }
    let schemas = user.get("schemas").and_then(Value::as_array);
    let so = schemas.is_some_and(|all| all.iter().any(|one| one == super::create::USER));
    holds(so, || {
        format!(
            "a user with the schemas {}",
            told(&user.get("schemas").cloned().unwrap_or_default())
        )
    })?;
    let id = user.get("id").and_then(Value::as_str).unwrap_or_default();
    let location = user.pointer("/meta/location").and_then(Value::as_str);
    let ends = format!("/Users/{id}");
    holds(location.is_some_and(|it| it.ends_with(&ends)), || {
        "a user whose meta.location is not theirs".to_owned()
    })?;
    let kind = user
        .pointer("/meta/resourceType")
        .cloned()
        .unwrap_or_default();
    same("meta.resourceType", &kind, &"User".into())
}

async fn agree(s: &mut Session, all: &[Value]) -> Step {
    for user in s.cast().await? {
        let Some(id) = user.get("id").and_then(Value::as_str) else {
            continue;
        };
        let Some(item) = all.iter().find(|item| item.get("id") == user.get("id")) else {
            continue;
        };
        let get = s.user(id).await?;
        s.judge(&AGREE, &get, same_user(item, &get));
        let fat = ["title", "locale", "phoneNumbers", "roles", "groups"];
        let fat: Vec<&str> = fat
            .into_iter()
            .filter(|key| item.get(key).is_some())
            .collect();
        s.judge(
            &THIN,
            &get,
            holds(fat.is_empty(), || {
                format!("a list shows {}", fat.join(", "))
            }),
        );
    }
    Ok(())
}

/// An item of a list is the user that get shows, in all that lists show.
pub(super) fn same_user(item: &Value, get: &Answer) -> Finding {
    status(get, 200)?;
    let department = format!("/{ENTERPRISE}/department");
    for key in [
        "/id",
        "/userName",
        "/displayName",
        "/name",
        "/active",
        "/emails",
        "/userType",
        "/meta/created",
        "/meta/lastModified",
        "/meta/location",
        &department,
    ] {
        let at = |value: Option<&Value>| value.cloned().unwrap_or_default();
        let what = format!("{key} in the list");
        same(&what, &at(item.pointer(key)), &at(get.at(key)))?;
    }
    Ok(())
}

/// A body names a schema.
pub(super) fn has_schema(answer: &Answer, schema: &str) -> Finding {
    let schemas = answer.at("/schemas").cloned().unwrap_or_default();
    let so = schemas
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one == schema));
    holds(so, || format!("schemas is {}", told(&schemas)))
}
