//! Wrong token endpoints.

use serde_json::json;

use super::call::{Asked, Given, On, put};
use super::catalogue::Defect;
use super::proxy::Behind;

pub(super) static ALL: &[Defect] = &[
    Defect::given(
        "token-created",
        "token.issued",
        "tokens come with 201",
        |_, asked, given| {
            if asked.on() == On::Token && given.is_good() {
                given.status = 201;
            }
        },
    ),
    Defect::given(
        "token-type-mac",
        "token.type-bearer",
        "token_type is mac",
        |_, asked, given| {
            issued(asked, given, "token_type", json!("mac"));
        },
    ),
    Defect::given(
        "token-life-in-ms",
        "token.expires-in",
        "expires_in is in milliseconds",
        |_, asked, given| {
            issued(asked, given, "expires_in", json!(3_600_000));
        },
    ),
    Defect::given(
        "token-scope-list",
        "token.scope",
        "scope is a list",
        |_, asked, given| {
            issued(asked, given, "scope", json!(["scim2"]));
        },
    ),
    Defect::given(
        "token-refresh",
        "token.no-refresh",
        "there is a refresh_token",
        |_, asked, given| {
            issued(asked, given, "refresh_token", json!("r-4711-4711"));
        },
    ),
    Defect::given(
        "token-query-unread",
        "token.parameters-in-query",
        "the query is not read",
        |_, asked, given| {
            if asked.on() == On::Token && asked.target.contains("grant_type") {
                *given = Given::json_of(
                    400,
                    &json!({ "reason": "unsupported grant type", "error": "unsupported_grant_type" }),
                );
            }
        },
    ),
    Defect::asked(
        "token-any-secret",
        "token.wrong-secret",
        "any secret is good",
        |behind, asked| {
            let own = same_client(behind, asked);
            if asked.on() == On::Token && own {
                asked.set_header("authorization", &behind.basic);
            }
        },
    ),
    Defect::asked(
        "token-any-client",
        "token.wrong-client",
        "any client id is good",
        |behind, asked| {
            let other = asked.header("authorization").is_some() && !same_client(behind, asked);
            if asked.on() == On::Token && other {
                asked.set_header("authorization", &behind.basic);
            }
        },
    ),
    Defect::asked(
        "token-for-nobody",
        "token.credentials-needed",
        "no credentials are needed",
        |behind, asked| {
            if asked.on() == On::Token && asked.header("authorization").is_none() {
                asked.set_header("authorization", &behind.basic);
            }
        },
    ),
    Defect::asked(
        "token-any-account",
        "token.wrong-account",
        "any account id is good",
        |behind, asked| {
            if asked.on() == On::Token && !asked.body.is_empty() {
                let kept: Vec<&str> = asked
                    .body
                    .split('&')
                    .filter(|pair| !pair.starts_with("account_id="))
                    .collect();
                asked.body = format!("{}&account_id={}", kept.join("&"), behind.account_id);
            }
        },
    ),
    Defect::asked(
        "token-any-grant",
        "token.unsupported-grant",
        "any grant_type is good",
        |_, asked| {
            if asked.on() == On::Token {
                asked.body = asked.body.replace("zc_unknown", "account_credentials");
            }
        },
    ),
    Defect::asked(
        "token-no-grant",
        "token.missing-grant",
        "grant_type is not needed",
        |_, asked| {
            if asked.on() == On::Token
                && !asked.body.is_empty()
                && !asked.body.contains("grant_type")
            {
                asked.body.push_str("&grant_type=account_credentials");
            }
        },
    ),
    Defect::asked(
        "token-by-get",
        "token.method",
        "tokens are given to GET",
        |_, asked| {
            if asked.on() == On::Token {
                asked.method = "POST".to_owned();
            }
        },
    ),
    Defect::given(
        "token-refused-401",
        "token.invalid-client",
        "wrong credentials are told with 401",
        |_, asked, given| {
            if asked.on() == On::Token && given.says("invalid_client") {
                given.status = 401;
            }
        },
    ),
    Defect::given(
        "token-error-message",
        "token.error-envelope",
        "refusals have a message alone",
        |_, asked, given| {
            if asked.on() == On::Token && !given.is_good() {
                *given = Given::json_of(given.status, &json!({ "message": "no" }));
            }
        },
    ),
    Defect::given(
        "token-ends-the-last",
        "token.several-valid",
        "each token ends the one before",
        |behind, asked, given| {
            let who = asked.header("authorization").unwrap_or_default().to_owned();
            if asked.on() == On::Token {
                let json = given.json();
                if let Some(token) = json.get("access_token") {
                    behind.remember(|memory| memory.values.insert(who, token.clone()));
                }
            } else if let Some(token) = asked.bearer() {
                let last = behind.remember(|memory| {
                    let owner = memory.tokens.get(token).cloned().unwrap_or_default();
                    memory.values.get(&owner).cloned()
                });
                if last.is_some_and(|last| last != token) {
                    *given = Given::json_of(
                        401,
                        &json!({ "code": 124, "message": "Invalid access token." }),
                    );
                }
            }
        },
    ),
];

fn issued(asked: &Asked, given: &mut Given, key: &str, value: serde_json::Value) {
    if asked.on() == On::Token && given.is_good() {
        given.edit(|body| put(body, key, value));
    }
}

/// Whether the client is the one that may do everything, with whatever secret.
fn same_client(behind: &Behind, asked: &Asked) -> bool {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let id = |header: &str| {
        let bytes = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        text.split_once(':').map(|(id, _)| id.to_owned())
    };
    let own = id(&behind.basic);
    own.is_some() && own == asked.header("authorization").and_then(id)
}
