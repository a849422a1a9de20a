//! Servers whose answers are wrong whatever was asked, and wrong documents about themselves.

use serde_json::json;

use super::call::{Asked, Given, On, put};
use super::catalogue::Defect;

pub(super) static ALL: &[Defect] = &[
    Defect::given(
        "media-type-text",
        "transport.media-type",
        "lists are text/plain",
        |_, asked, given| {
            if asked.on() == On::Users {
                given.set_header("content-type", Some("text/plain"));
            }
        },
    ),
    Defect::given(
        "media-type-absent",
        "transport.media-type",
        "there is no Content-Type",
        |_, asked, given| {
            if asked.on() != On::Token {
                given.set_header("content-type", None);
            }
        },
    ),
    Defect::given(
        "errors-in-html",
        "transport.json",
        "errors are HTML",
        |_, asked, given| {
            if asked.on() != On::Token && given.status >= 400 {
                given.set_header("content-type", Some("text/html"));
                given.body = "<html><body><h1>Error</h1></body></html>".to_owned();
            }
        },
    ),
    Defect::given(
        "errors-without-schemas",
        "transport.error-envelope",
        "errors have a detail alone",
        |_, asked, given| {
            if asked.on() != On::Token && given.status == 404 {
                *given = Given::json_of(404, &json!({ "detail": "Not here." }));
            }
        },
    ),
    Defect::given(
        "errors-without-detail",
        "transport.error-envelope",
        "errors say nothing",
        |_, asked, given| {
            if asked.on() != On::Token && given.status == 404 {
                given.edit(|body| {
                    body.remove("detail");
                });
            }
        },
    ),
    Defect::given(
        "errors-another-status",
        "transport.error-status",
        "the status in an error is another",
        |_, _, given| {
            if given.status == 404 {
                given.edit(|body| put(body, "status", 400));
            }
        },
    ),
    Defect::given(
        "errors-status-as-text",
        "transport.error-status-number",
        "the status in an error is a text",
        |_, _, given| {
            let status = given.status.to_string();
            if !given.is_good() {
                given.edit(|body| {
                    if body.contains_key("status") {
                        put(body, "status", status)
                    }
                });
            }
        },
    ),
    Defect::given(
        "no-content-with-a-body",
        "transport.no-content",
        "204 has a body",
        |_, _, given| {
            if given.status == 204 {
                given.body = "{}".to_owned();
            }
        },
    ),
    Defect::given(
        "broken-json-fails",
        "transport.no-server-error",
        "a body that is no JSON makes it fail",
        |_, _, given| {
            if given.says("JSON format") {
                *given = Given::refusal(500, "NullPointerException");
            }
        },
    ),
    Defect::given(
        "get-redirected",
        "transport.no-redirect",
        "a user is elsewhere",
        |_, asked, given| {
            if asked.user("GET").is_some() && given.is_good() {
                given.status = 308;
                given.set_header("location", Some("/elsewhere"));
            }
        },
    ),
    Defect::given(
        "token-repeated",
        "transport.no-credentials",
        "errors repeat the token",
        |_, asked, given| {
            if let (Some(token), 404) = (asked.bearer(), given.status) {
                *given = Given::refusal(404, &format!("Not found for {token}."));
            }
        },
    ),
    Defect::given(
        "unknown-path-found",
        "transport.unknown-path",
        "every path is there",
        |_, asked, given| {
            if asked.target.contains("ZcNoSuch") {
                *given = Given::json_of(200, &json!({}));
            }
        },
    ),
    Defect::given(
        "accept-json-refused",
        "transport.accept",
        "Accept: application/json is refused",
        |_, asked, given| {
            if asked.on() == On::Users && asked.header("accept") == Some("application/json") {
                *given = Given::refusal(406, "Not acceptable.");
            }
        },
    ),
    Defect::own(
        "json-bodies-refused",
        "transport.content-type",
        "bodies of application/json are refused",
        |behind, asked| {
            Box::pin(async move {
                if asked.users("POST") && asked.header("content-type") == Some("application/json") {
                    return Given::refusal(415, "Unsupported media type.");
                }
                behind.ask(&asked).await
            })
        },
    ),
    Defect::given(
        "any-method",
        "transport.method",
        "POST on a user is answered with 200",
        |_, asked, given| {
            if asked.user("POST").is_some() {
                *given = Given::json_of(200, &json!({}));
            }
        },
    ),
    Defect::given(
        "config-empty",
        "discovery.service-provider-config",
        "ServiceProviderConfig is empty",
        |_, asked, given| {
            discovery(asked, given, "ServiceProviderConfig");
        },
    ),
    Defect::given(
        "types-empty",
        "discovery.resource-types",
        "ResourceTypes is no list",
        |_, asked, given| {
            discovery(asked, given, "ResourceTypes");
        },
    ),
    Defect::given(
        "schemas-empty",
        "discovery.schemas",
        "Schemas is no list",
        |_, asked, given| {
            discovery(asked, given, "Schemas");
        },
    ),
    Defect::own(
        "limit-without-time",
        "limits.told",
        "429 does not say until when",
        |behind, asked| {
            Box::pin(async move {
                if behind.remember(|memory| memory.requests) == 2 {
                    return Given::json_of(
                        429,
                        &json!({ "code": 429, "message": "Too Many Requests." }),
                    );
                }
                behind.ask(&asked).await
            })
        },
    ),
    Defect::own(
        "limit-in-html",
        "limits.body",
        "429 is HTML",
        |behind, asked| {
            Box::pin(async move {
                if behind.remember(|memory| memory.requests) == 2 {
                    let mut given = Given::empty(429);
                    given.set_header("retry-after", Some("0"));
                    given.body = "<h1>Too many</h1>".to_owned();
                    return given;
                }
                behind.ask(&asked).await
            })
        },
    ),
];

fn discovery(asked: &Asked, given: &mut Given, path: &str) {
    if asked.target.ends_with(path) {
        *given = Given::json_of(200, &json!({}));
    }
}
