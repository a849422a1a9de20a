//! The token endpoint.

use secrecy::SecretString;

use super::zoom::{OAUTH, OAUTH_ERRORS};
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{Finding, equal, holds, one_of, status, told};
use crate::server_suite::session::{Session, Step};
use crate::server_suite::wire::{Answer, Auth, JSON, Request};

/// The heading.
pub(crate) const TOPIC: &str = "token endpoint";
/// The longest life of a token, in seconds.
const MAX_LIFE_S: u64 = 3600;

static ISSUED: Check = Check::zoom(
    "token.issued",
    OAUTH,
    "200 and an access_token for grant_type and account_id in a form, with Basic",
    "answer account_credentials with 200 and a JSON object with access_token",
);
static TYPE: Check = Check::must(
    "token.type-bearer",
    "RFC 6749 section 7.1",
    "token_type is bearer",
    "say token_type bearer; clients refuse a type that they do not know",
);
static EXPIRES: Check = Check::zoom(
    "token.expires-in",
    OAUTH,
    "expires_in is a number of seconds, an hour at the most",
    "tell the life of the token in whole seconds",
);
static SCOPE: Check = Check::zoom(
    "token.scope",
    OAUTH,
    "scope is one text with scim2 or scim2:admin in it",
    "name the app's scopes in one text, separated by spaces",
);
static NO_REFRESH: Check = Check::should(
    "token.no-refresh",
    "RFC 6749 section 4.4.3",
    "there is no refresh_token for this grant",
    "leave refresh_token out",
);
static QUERY: Check = Check::zoom(
    "token.parameters-in-query",
    "clients' records of Zoom's token endpoint",
    "the parameters may stand in the query",
    "read grant_type and account_id from the query as well",
);
static SECRET: Check = Check::must(
    "token.wrong-secret",
    "RFC 6749 section 5.2",
    "a wrong secret is refused with 400 or 401",
    "compare the secret",
);
static CLIENT: Check = Check::must(
    "token.wrong-client",
    "RFC 6749 section 5.2",
    "an unknown client id is refused with 400 or 401",
    "look the client id up",
);
static NOBODY: Check = Check::must(
    "token.credentials-needed",
    "RFC 6749 section 3.2.1",
    "without Authorization there is no token",
    "ask for the client's id and secret",
);
static ACCOUNT: Check = Check::zoom(
    "token.wrong-account",
    OAUTH_ERRORS,
    "an account that is not the client's is refused with 400",
    "compare account_id with the client's account",
);
static GRANT: Check = Check::must(
    "token.unsupported-grant",
    "RFC 6749 section 5.2",
    "an unknown grant_type is refused: unsupported_grant_type",
    "answer 400 with the error unsupported_grant_type",
);
static NO_GRANT: Check = Check::must(
    "token.missing-grant",
    "RFC 6749 section 5.2",
    "without grant_type there is no token",
    "refuse a request without grant_type",
);
static METHOD: Check = Check::must(
    "token.method",
    "RFC 6749 section 3.2",
    "tokens are given to POST alone",
    "answer other methods with 405 or 404",
);
static INVALID_CLIENT: Check = Check::zoom(
    "token.invalid-client",
    OAUTH_ERRORS,
    "wrong credentials: 400 and the error invalid_client",
    "answer 400 {\"reason\":...,\"error\":\"invalid_client\"}",
);
static ENVELOPE: Check = Check::zoom(
    "token.error-envelope",
    OAUTH_ERRORS,
    "refusals are {\"reason\",\"error\"}, both texts",
    "tell refusals as JSON with reason and error",
);
static SEVERAL: Check = Check::zoom(
    "token.several-valid",
    OAUTH,
    "a token stays valid when another is given",
    "keep earlier tokens until they expire",
);

pub(super) const SECTION: Section = Section {
    topic: TOPIC,
    needs: Needs::Nothing,
    checks: &[
        &ISSUED,
        &TYPE,
        &EXPIRES,
        &SCOPE,
        &NO_REFRESH,
        &QUERY,
        &SECRET,
        &CLIENT,
        &NOBODY,
        &ACCOUNT,
        &GRANT,
        &NO_GRANT,
        &METHOD,
        &INVALID_CLIENT,
        &ENVELOPE,
        &SEVERAL,
    ],
    run: |session| Box::pin(run(session)),
};

async fn run(s: &mut Session) -> Step {
    let request = s.good_token_request();
    let first = s.send(request.clone()).await?;
    s.judge(&ISSUED, &first, issued(&first));
    s.judge(&TYPE, &first, bearer(&first));
    s.judge(&EXPIRES, &first, expires(&first));
    s.judge(&SCOPE, &first, scope(&first));
    s.judge(
        &NO_REFRESH,
        &first,
        equal(&first, "/refresh_token", serde_json::Value::Null),
    );
    let (_, form) = request.body.clone().unwrap_or(("", String::new()));
    let in_query = Request {
        path: format!("?{form}"),
        body: None,
        ..request.clone()
    };
    let answer = s.send(in_query).await?;
    s.judge(&QUERY, &answer, issued(&answer));
    refusals(s, &request).await?;
    several(s, &first, request).await
}

async fn refusals(s: &mut Session, request: &Request) -> Step {
    let client = s.target.client.clone();
    let wrong = SecretString::from(format!("wrong-{}", s.names.run()));
    let bad_secret = Auth::Basic(client.id, wrong.clone());
    let bad_client = Auth::Basic(format!("zc{}", s.names.run()), wrong);
    for (check, auth) in [
        (&SECRET, bad_secret),
        (&CLIENT, bad_client),
        (&NOBODY, Auth::Nobody),
    ] {
        let answer = s.send(request.clone().by(auth)).await?;
        s.judge(
            check,
            &answer,
            no_token(&answer).and(one_of(&answer, &[400, 401])),
        );
        if check.id != NOBODY.id {
            let finding = status(&answer, 400).and(equal(&answer, "/error", "invalid_client"));
            s.judge(&INVALID_CLIENT, &answer, finding);
        }
        s.judge(&ENVELOPE, &answer, envelope(&answer));
    }
    let other = format!("zc{}", s.names.run());
    let own = s.target.account_id.clone();
    for (check, grant, account) in [
        (&ACCOUNT, Some("account_credentials"), &other),
        (&GRANT, Some("zc_unknown"), &own),
        (&NO_GRANT, None, &own),
    ] {
        let mut parameters = vec![("account_id", account.as_str())];
        parameters.extend(grant.map(|grant| ("grant_type", grant)));
        let request = s.token_request(&parameters);
        let answer = s.send(request).await?;
        let mut finding = no_token(&answer).and(status(&answer, 400));
        if check.id == GRANT.id {
            finding = finding.and(equal(&answer, "/error", "unsupported_grant_type"));
        }
        s.judge(check, &answer, finding);
        s.judge(&ENVELOPE, &answer, envelope(&answer));
    }
    let (_, form) = request.body.clone().unwrap_or(("", String::new()));
    let get = Request {
        method: "GET",
        path: format!("?{form}"),
        body: None,
        ..request.clone()
    };
    let answer = s.send(get).await?;
    s.judge(&METHOD, &answer, no_token(&answer));
    Ok(())
}

async fn several(s: &mut Session, first: &Answer, request: Request) -> Step {
    let second = s.send(request).await?;
    let (Some(first), Some(second)) = (first.text("/access_token"), second.text("/access_token"))
    else {
        s.skip(&SEVERAL, "needs token.issued, which does not hold");
        return Ok(());
    };
    let bearer = Auth::Bearer(SecretString::from(first.to_owned()));
    s.use_token(second);
    let answer = s
        .send(Request::get("/Users?startIndex=1&count=1").by(bearer))
        .await?;
    s.judge(&SEVERAL, &answer, status(&answer, 200));
    Ok(())
}

fn issued(answer: &Answer) -> Finding {
    status(answer, 200)?;
    let media_type = answer.media_type().unwrap_or_default();
    holds(media_type == JSON, || format!("Content-Type {media_type}"))?;
    let token = answer.text("/access_token").unwrap_or_default();
    holds(!token.is_empty(), || "no access_token".to_owned())
}

fn no_token(answer: &Answer) -> Finding {
    let given = answer.is_good() || answer.at("/access_token").is_some();
    holds(!given, || {
        format!("status {} and what looks like a token", answer.status)
    })
}

fn bearer(answer: &Answer) -> Finding {
    let seen = answer.at("/token_type").cloned().unwrap_or_default();
    let so = seen
        .as_str()
        .is_some_and(|text| text.eq_ignore_ascii_case("bearer"));
    holds(so, || format!("token_type is {}", told(&seen)))
}

fn expires(answer: &Answer) -> Finding {
    let seen = answer.at("/expires_in").cloned().unwrap_or_default();
    let so = seen
        .as_u64()
        .is_some_and(|life| (1..=MAX_LIFE_S).contains(&life));
    holds(so, || format!("expires_in is {}", told(&seen)))
}

fn scope(answer: &Answer) -> Finding {
    let seen = answer.at("/scope").cloned().unwrap_or_default();
    let mut scopes = seen.as_str().unwrap_or_default().split(' ');
    let so = scopes.any(|scope| scope == "scim2" || scope == "scim2:admin");
    holds(so, || format!("scope is {}", told(&seen)))
}

fn envelope(answer: &Answer) -> Finding {
    for pointer in ["/reason", "/error"] {
        let text = answer.text(pointer).unwrap_or_default();
        holds(!text.is_empty(), || {
            format!(
                "{pointer} is {}",
                told(&answer.at(pointer).cloned().unwrap_or_default())
            )
        })?;
    }
    Ok(())
}
