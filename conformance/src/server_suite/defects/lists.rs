//! Wrong lists and pages.

use serde_json::{Value, json};

use super::super::judge::ERROR;
use super::super::session::ENTERPRISE;
use super::call::{Asked, Given, put};
use super::catalogue::Defect;

pub(super) static ALL: &[Defect] = &[
    Defect::given(
        "list-schemas",
        "users.list.schemas",
        "a list names the schema of an error",
        |_, asked, given| {
            listed(asked, given, |given| {
                given.edit(|body| put(body, "schemas", json!([ERROR])))
            });
        },
    ),
    Defect::given(
        "total-of-the-page",
        "users.list.total-results",
        "totalResults counts the page",
        |_, asked, given| {
            listed(asked, given, |given| {
                given.edit(|body| {
                    let items = body
                        .get("Resources")
                        .and_then(Value::as_array)
                        .map_or(0, Vec::len);
                    put(body, "totalResults", items.min(2));
                })
            });
        },
    ),
    Defect::given(
        "items-per-page-as-asked",
        "users.list.page-told",
        "itemsPerPage is more than there are",
        |_, asked, given| {
            listed(asked, given, |given| {
                given.edit(|body| put(body, "itemsPerPage", 100))
            });
        },
    ),
    Defect::given(
        "start-index-not-told",
        "users.list.page-told",
        "startIndex is always told as 1",
        |_, asked, given| {
            listed(asked, given, |given| {
                given.edit(|body| put(body, "startIndex", 1))
            });
        },
    ),
    Defect::asked(
        "count-ignored",
        "users.list.count",
        "count is ignored",
        |_, asked| {
            if whole_list(asked) && asked.number("count") != Some(0) {
                asked.set_query("count", Some("100"));
            }
        },
    ),
    Defect::asked(
        "count-plus-one",
        "users.list.count",
        "a page has one too many",
        |_, asked| {
            shifted(asked, "count", |count| count + i64::from(count > 0));
        },
    ),
    Defect::asked(
        "start-index-ignored",
        "users.list.start-index",
        "startIndex is ignored",
        |_, asked| {
            shifted(asked, "startIndex", |_| 1);
        },
    ),
    Defect::own(
        "start-index-from-zero",
        "users.list.walk",
        "startIndex counts from 0",
        |behind, asked| {
            Box::pin(async move {
                let Some(start) = asked.number("startIndex").filter(|_| whole_list(&asked)) else {
                    return behind.ask(&asked).await;
                };
                let mut moved = asked;
                moved.set_query("startIndex", Some(&(start + 1).to_string()));
                let mut given = behind.ask(&moved).await;
                given.edit(|body| put(body, "startIndex", start));
                given
            })
        },
    ),
    Defect::asked(
        "pages-off-by-one",
        "users.list.walk",
        "between two pages one user is left out",
        |_, asked| {
            shifted(asked, "startIndex", |start| {
                if start > 1 { start + 1 } else { start }
            });
        },
    ),
    Defect::asked(
        "pages-overlap",
        "users.list.walk",
        "pages overlap by one user",
        |_, asked| {
            shifted(asked, "startIndex", |start| {
                if start > 1 { start - 1 } else { start }
            });
        },
    ),
    Defect::asked(
        "start-index-is-a-page",
        "users.list.walk",
        "startIndex is the number of a page",
        |_, asked| {
            let count = asked.number("count").unwrap_or(1).max(1);
            if let Some(start) = asked.number("startIndex").filter(|_| whole_list(asked)) {
                asked.set_query("startIndex", Some(&((start - 1) * count + 1).to_string()));
            }
        },
    ),
    Defect::given(
        "last-user-lost",
        "users.list.walk",
        "the last user is never listed",
        |_, asked, given| {
            if whole_list(asked) {
                let all = given
                    .json()
                    .get("totalResults")
                    .and_then(Value::as_i64)
                    .unwrap_or(0);
                let last =
                    asked.number("startIndex").unwrap_or(1) + asked.number("count").unwrap_or(1);
                if last > all && asked.number("startIndex").unwrap_or(1) <= all {
                    given.list(|items| {
                        items.pop();
                    });
                }
            }
        },
    ),
    Defect::asked(
        "count-zero-is-none",
        "users.list.count-zero",
        "count=0 is taken for the default",
        |_, asked| {
            shifted(asked, "count", |count| count.max(1));
        },
    ),
    Defect::given(
        "count-zero-without-total",
        "users.list.count-zero",
        "count=0 gives no total",
        |_, asked, given| {
            if whole_list(asked) && asked.number("count") == Some(0) {
                given.edit(|body| put(body, "totalResults", 0));
            }
        },
    ),
    Defect::own(
        "beyond-is-the-first",
        "users.list.beyond-the-end",
        "behind the end it begins again",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                let all = given
                    .json()
                    .get("totalResults")
                    .and_then(Value::as_i64)
                    .unwrap_or(0);
                if whole_list(&asked) && asked.number("startIndex").unwrap_or(1) > all {
                    let mut first = asked;
                    first.set_query("startIndex", Some("1"));
                    return behind.ask(&first).await;
                }
                given
            })
        },
    ),
    Defect::asked(
        "count-negative-is-one",
        "users.list.count-negative",
        "count=-1 gives a user",
        |_, asked| {
            shifted(asked, "count", i64::abs);
        },
    ),
    Defect::asked(
        "start-index-from-the-end",
        "users.list.start-index-zero",
        "startIndex=-5 counts from another end",
        |_, asked| {
            shifted(asked, "startIndex", i64::abs);
        },
    ),
    Defect::asked(
        "zero-is-the-second",
        "users.list.start-index-zero",
        "startIndex=0 gives the second user",
        |_, asked| {
            shifted(
                asked,
                "startIndex",
                |start| if start == 0 { 2 } else { start },
            );
        },
    ),
    Defect::own(
        "count-unlimited",
        "users.list.count-maximum",
        "a page may have more than 100",
        |behind, asked| {
            Box::pin(async move {
                let mut given = behind.ask(&asked).await;
                if whole_list(&asked) && asked.number("count").unwrap_or(0) > 100 {
                    let mut rest = asked;
                    rest.set_query("startIndex", Some("101"));
                    let rest = behind.ask(&rest).await.json();
                    let rest = rest.get("Resources").and_then(Value::as_array).cloned();
                    given.list(|items| items.extend(rest.unwrap_or_default()));
                }
                given
            })
        },
    ),
    Defect::given(
        "list-turned",
        "users.list.order",
        "every second list is the other way round",
        |behind, asked, given| {
            if whole_list(asked) && behind.remember(|memory| memory.requests).is_multiple_of(2) {
                given.list(|items| items.reverse());
            }
        },
    ),
    Defect::given(
        "list-without-schemas",
        "users.list.users",
        "users in a list have no schemas",
        |_, asked, given| {
            listed(asked, given, |given| {
                given.each(|user| {
                    user.remove("schemas");
                })
            });
        },
    ),
    Defect::given(
        "list-stale",
        "users.list.agrees-with-get",
        "a list shows old names",
        |_, asked, given| {
            listed(asked, given, |given| {
                given.each(|user| put(user, "displayName", "Old Name"))
            });
        },
    ),
    Defect::given(
        "list-always-active",
        "users.patch.keeps-the-user",
        "in lists everybody is active",
        |_, asked, given| {
            listed(asked, given, |given| {
                given.each(|user| put(user, "active", true))
            });
        },
    ),
    Defect::given(
        "list-fat",
        "users.list.thin",
        "users in a list have a title",
        |_, asked, given| {
            listed(asked, given, |given| {
                given.each(|user| put(user, "title", "Tester"))
            });
        },
    ),
    Defect::given(
        "list-without-department",
        "enterprise.department-listed",
        "lists show no department",
        |_, asked, given| {
            listed(asked, given, |given| {
                given.each(|user| {
                    user.remove(ENTERPRISE);
                })
            });
        },
    ),
];

/// Whether all users are asked for, page by page.
fn whole_list(asked: &Asked) -> bool {
    asked.users("GET") && asked.query("filter").is_none()
}

/// Changes a list of users, whoever is in it.
fn listed(asked: &Asked, given: &mut Given, change: impl FnOnce(&mut Given)) {
    if asked.users("GET") && given.is_good() {
        change(given);
    }
}

/// Changes a number of the query for a page of all users.
fn shifted(asked: &mut Asked, name: &str, change: fn(i64) -> i64) {
    if let Some(number) = asked.number(name).filter(|_| whole_list(asked)) {
        asked.set_query(name, Some(&change(number).to_string()));
    }
}
