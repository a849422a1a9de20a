//! Wrong filters.

use serde_json::{Value, json};

use super::call::{Given, On, put};
use super::catalogue::Defect;

pub(super) static ALL: &[Defect] = &[
    Defect::asked(
        "filter-ignored",
        "users.filter.username-eq",
        "every filter is ignored",
        |_, asked| {
            if asked.on() == On::Users {
                asked.set_query("filter", None);
            }
        },
    ),
    Defect::given(
        "filter-first-alone",
        "users.filter.username-eq",
        "a filter finds whoever is first",
        |behind, asked, given| {
            if asked.on() == On::Users && asked.query("filter").is_some() && given.is_good() {
                let found = given.json().pointer("/Resources/0").cloned();
                let first = behind.remember(|memory| match found {
                    Some(found) => memory
                        .values
                        .entry("first".to_owned())
                        .or_insert(found)
                        .clone(),
                    None => Value::Null,
                });
                if !first.is_null() {
                    given.list(|items| *items = vec![first]);
                }
            }
        },
    ),
    Defect::given(
        "filter-total-of-all",
        "users.filter.username-eq",
        "a filtered list tells the total of all",
        |_, asked, given| {
            if asked.query("filter").is_some() {
                given.edit(|body| {
                    if body.contains_key("totalResults") {
                        put(body, "totalResults", 120)
                    }
                });
            }
        },
    ),
    Defect::given(
        "filter-stale",
        "users.filter.agrees-with-get",
        "a filter finds users with old names",
        |_, asked, given| {
            if asked.users("GET") && asked.query("filter").is_some() {
                given.each(|user| {
                    if user.contains_key("userName") {
                        put(user, "displayName", "Old Name")
                    }
                });
            }
        },
    ),
    Defect::given(
        "filter-unknown-404",
        "users.filter.username-unknown",
        "an address that nobody has is a 404",
        |_, asked, given| {
            let nobody = given.json().get("totalResults") == Some(&json!(0));
            if asked.on() == On::Users && asked.query("filter").is_some() && nobody {
                *given = Given::refusal(404, "Nobody.");
            }
        },
    ),
    Defect::given(
        "filter-by-case",
        "users.filter.username-case",
        "userName eq looks at the case",
        |_, asked, given| {
            let Some(filter) = asked.query("filter") else {
                return;
            };
            let name = given
                .json()
                .pointer("/Resources/0/userName")
                .cloned()
                .unwrap_or_default();
            if filter.to_lowercase().starts_with("username")
                && !filter.contains(name.as_str().unwrap_or_default())
            {
                found_nobody(given);
            }
        },
    ),
    Defect::own(
        "filter-by-part",
        "users.filter.username-whole",
        "userName eq compares a part",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                let nobody = given.json().get("totalResults") == Some(&json!(0));
                let filter = asked.query("filter").unwrap_or_default();
                let part = filter.split('"').nth(1).unwrap_or_default().to_owned();
                if !nobody || !filter.starts_with("userName eq") || part.is_empty() {
                    return given;
                }
                let all = behind
                    .own("GET", "/Users?startIndex=101&count=100", &Value::Null)
                    .await
                    .json();
                let all = all
                    .get("Resources")
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default();
                let fits = |user: &Value| {
                    user.get("userName")
                        .and_then(Value::as_str)
                        .is_some_and(|name| name.contains(&part))
                };
                let found: Vec<Value> = all.into_iter().filter(fits).collect();
                let mut given = given;
                given.edit(|body| {
                    put(body, "totalResults", found.len());
                    put(body, "itemsPerPage", found.len());
                    put(body, "Resources", found);
                });
                given
            })
        },
    ),
    Defect::given(
        "filter-needs-quotes",
        "users.filter.unquoted",
        "values without quotes are refused",
        |_, asked, given| {
            if asked
                .query("filter")
                .is_some_and(|filter| !filter.contains('"'))
                && asked.on() == On::Users
            {
                *given = Given::refusal(
                    400,
                    "The current filter is not supported, the filter name: userName",
                );
            }
        },
    ),
    Defect::given(
        "filter-operator-by-case",
        "users.filter.operator-case",
        "EQ is not eq",
        |_, asked, given| {
            if asked
                .query("filter")
                .is_some_and(|filter| filter.contains(" EQ "))
            {
                *given = Given::refusal(
                    400,
                    "The current filter is not supported, the filter name: USERNAME",
                );
            }
        },
    ),
    Defect::given(
        "filter-external-id-unknown",
        "users.filter.external-id",
        "externalId finds nobody",
        |_, asked, given| {
            if asked
                .query("filter")
                .is_some_and(|filter| filter.starts_with("externalId"))
            {
                found_nobody(given);
            }
        },
    ),
    Defect::asked(
        "filter-without-pages",
        "users.filter.paged",
        "a filter and startIndex do not go together",
        |_, asked| {
            if asked.on() == On::Users && asked.query("filter").is_some() {
                asked.set_query("startIndex", Some("1"));
            }
        },
    ),
    Defect::own(
        "filter-unsupported-ignored",
        "users.filter.unsupported",
        "filters that it does not have are ignored",
        |behind, asked| {
            Box::pin(async move {
                let given = behind.ask(&asked).await;
                if !given.says("filter is not supported") {
                    return given;
                }
                let mut without = asked;
                without.set_query("filter", None);
                behind.ask(&without).await
            })
        },
    ),
    Defect::own(
        "filter-broken-ignored",
        "users.filter.never-ignored",
        "filters that do not parse are ignored",
        |behind, asked| {
            Box::pin(async move {
                let mut asked = asked;
                let filter = asked.query("filter").unwrap_or_default();
                let words: Vec<&str> = filter.split_whitespace().collect();
                let parses = words.len() == 3
                    && words.get(1).is_some_and(|eq| eq.eq_ignore_ascii_case("eq"));
                if asked.on() == On::Users && !parses {
                    asked.set_query("filter", None);
                }
                behind.ask(&asked).await
            })
        },
    ),
    Defect::own(
        "filter-injected",
        "users.filter.quotes",
        "a quote ends the value",
        |behind, asked| {
            Box::pin(async move {
                let mut asked = asked;
                if asked
                    .query("filter")
                    .is_some_and(|filter| filter.contains("or userName pr"))
                {
                    asked.set_query("filter", None);
                }
                behind.ask(&asked).await
            })
        },
    ),
    Defect::asked(
        "filter-plus-is-space",
        "users.filter.plus",
        "an encoded + is read as a space",
        |_, asked| {
            if asked.on() == On::Users {
                asked.target = asked.target.replace("%2B", "%20");
            }
        },
    ),
];

fn found_nobody(given: &mut Given) {
    given.edit(|body| {
        put(body, "totalResults", 0);
        put(body, "itemsPerPage", 0);
        put(body, "Resources", json!([]));
    });
}
