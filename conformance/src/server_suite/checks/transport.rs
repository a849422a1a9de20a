//! What every answer has to be, and what is on no path.

use serde_json::{Value, json};

use super::zoom::{SCIM2, SEEN};
use crate::server_suite::check::{Check, Needs, Section};
use crate::server_suite::judge::{ERROR, Finding, holds, refused, status, told};
use crate::server_suite::session::{Session, Step, create_user, id_of};
use crate::server_suite::wire::{Answer, JSON, Place, Request, SCIM_JSON, encoded};

const TOPIC: &str = "every answer";

static MEDIA: Check = Check::must(
    "transport.media-type",
    "RFC 7644 section 8.1; Zoom, SCIM2 API reference",
    "answers are application/json or application/scim+json",
    "send one of the two as Content-Type with every body",
);
static OBJECT: Check = Check::must(
    "transport.json",
    "RFC 7644 section 1.3",
    "every body is a JSON object, errors as well",
    "write bodies as JSON, whatever went wrong",
);
static EMPTY: Check = Check::must(
    "transport.no-content",
    "RFC 9110 section 15.3.5",
    "204 has no body, and announces none",
    "send 204 without Content-Length and body",
);
static ENVELOPE: Check = Check::must(
    "transport.error-envelope",
    "RFC 7644 section 3.12; clients' records",
    "errors are SCIM's, with a detail, or the gateway's {code,message}",
    "send schemas, detail and status with every error",
);
static STATUS: Check = Check::must(
    "transport.error-status",
    "RFC 7644 section 3.12",
    "the status in an error is that of the answer",
    "repeat the HTTP status in the error",
);
static NUMBER: Check = Check::zoom(
    "transport.error-status-number",
    SEEN,
    "the status in an error is a number, not a text as in RFC 7644",
    "write status without quotes",
);
static FAILS: Check = Check::must(
    "transport.no-server-error",
    "RFC 9110 section 15.6",
    "nothing that is asked makes the server fail: no 5xx",
    "refuse what cannot be done with 4xx",
);
static REDIRECT: Check = Check::must(
    "transport.no-redirect",
    SCIM2,
    "nothing is redirected",
    "answer where the client asks; a redirect would take the token elsewhere",
);
static CREDENTIALS: Check = Check::must(
    "transport.no-credentials",
    "RFC 6819 section 5.1",
    "no answer repeats a secret or a token",
    "leave credentials out of answers and errors",
);
static UNKNOWN: Check = Check::must(
    "transport.unknown-path",
    "RFC 9110 section 15.5.5",
    "a path that is none: 404",
    "answer 404 on paths that do not exist",
);
static ACCEPT: Check = Check::must(
    "transport.accept",
    "RFC 7644 section 3.8",
    "Accept may be application/json, application/scim+json or */*",
    "answer all three with SCIM's JSON",
);
static CONTENT: Check = Check::zoom(
    "transport.content-type",
    "Zoom, SCIM2 API reference; RFC 7644 section 3.1",
    "bodies may be application/json or application/scim+json",
    "read both media types",
);
static METHOD: Check = Check::should(
    "transport.method",
    "RFC 9110 section 15.5.6",
    "a method that a path does not have is refused",
    "answer 405 or 404",
);

pub(super) const SECTION: Section = Section {
    topic: TOPIC,
    needs: Needs::Nothing,
    checks: &[
        &MEDIA,
        &OBJECT,
        &ENVELOPE,
        &STATUS,
        &NUMBER,
        &FAILS,
        &REDIRECT,
        &CREDENTIALS,
        &UNKNOWN,
        &ACCEPT,
    ],
    run: |session| Box::pin(run(session)),
};
pub(super) const WRITES: Section = Section {
    topic: TOPIC,
    needs: Needs::Writes,
    checks: &[&EMPTY, &CONTENT, &METHOD],
    run: |session| Box::pin(writes(session)),
};

/// Judges what every answer has to be.
pub(crate) fn observe(s: &mut Session, answer: &Answer) {
    s.judge(
        &FAILS,
        answer,
        holds(answer.status < 500, || format!("status {}", answer.status)),
    );
    let redirect = (300..400).contains(&answer.status);
    s.judge(
        &REDIRECT,
        answer,
        holds(!redirect, || format!("status {}", answer.status)),
    );
    let leaks = leaks(s, answer);
    s.judge(
        &CREDENTIALS,
        answer,
        holds(!leaks, || "a credential in the answer".to_owned()),
    );
    if answer.request.place == Place::Token {
        return;
    }
    if answer.status == 204 {
        s.judge(&EMPTY, answer, empty(answer));
        return;
    }
    s.judge(&OBJECT, answer, object(answer));
    s.judge(&MEDIA, answer, media_type(answer));
    if answer.status >= 400 {
        s.judge(&ENVELOPE, answer, envelope(answer));
        if answer.at("/schemas").is_some() {
            s.judge(&STATUS, answer, error_status(answer));
            let number = answer.at("/status").is_some_and(Value::is_number);
            s.judge(&NUMBER, answer, holds(number, || "a text".to_owned()));
        }
    }
}

/// Whether an answer has a credential in it, other than the token that was asked for.
fn leaks(s: &Session, answer: &Answer) -> bool {
    let body = match answer.text("/access_token") {
        Some(token) if answer.request.place == Place::Token => answer.body.replace(token, ""),
        _ => answer.body.clone(),
    };
    let mut headers = answer.headers.iter();
    s.hider.is_in(&body) || headers.any(|(_, value)| s.hider.is_in(value))
}

fn empty(answer: &Answer) -> Finding {
    let length = answer.header("content-length").unwrap_or("0");
    holds(length == "0", || format!("Content-Length {length}"))?;
    let coding = answer.header("transfer-encoding");
    holds(coding.is_none(), || "Transfer-Encoding".to_owned())?;
    holds(answer.body.is_empty(), || "a body".to_owned())
}

fn object(answer: &Answer) -> Finding {
    let so = answer.json.as_ref().is_some_and(Value::is_object);
    holds(so, || {
        format!("status {} with the body {:.60}", answer.status, answer.body)
    })
}

fn media_type(answer: &Answer) -> Finding {
    let seen = answer.media_type().unwrap_or_default();
    holds(seen == JSON || seen == SCIM_JSON, || match seen.as_str() {
        "" => "no Content-Type".to_owned(),
        seen => format!("Content-Type {seen}"),
    })
}

fn envelope(answer: &Answer) -> Finding {
    let gateway = answer.at("/code").is_some_and(Value::is_u64);
    let schemas = answer.at("/schemas").cloned().unwrap_or_default();
    let scim = schemas == json!([ERROR]) && answer.at("/status").is_some();
    holds(gateway || scim, || {
        format!("status {} with {:.80}", answer.status, answer.body)
    })?;
    holds(!answer.message().is_empty(), || {
        "an error without words".to_owned()
    })
}

/// The status is a number at Zoom, and a text in RFC 7644.
fn error_status(answer: &Answer) -> Finding {
    let seen = answer.at("/status").cloned().unwrap_or_default();
    let number = seen.as_u64().or_else(|| seen.as_str()?.parse().ok());
    holds(number == Some(u64::from(answer.status)), || {
        format!("status {} in an answer with {}", told(&seen), answer.status)
    })
}

async fn run(s: &mut Session) -> Step {
    let answer = s.send(Request::get("/ZcNoSuchResources")).await?;
    s.judge(&UNKNOWN, &answer, status(&answer, 404));
    for accept in [JSON, SCIM_JSON, "*/*"] {
        let request = Request::get("/Users?startIndex=1&count=1").accept(accept);
        let answer = s.send(request).await?;
        s.judge(&ACCEPT, &answer, status(&answer, 200));
    }
    let answer = s.user("zc-nobody-has-this-id").await?;
    s.judge(&STATUS, &answer, refused(&answer));
    Ok(())
}

async fn writes(s: &mut Session) -> Step {
    let mut last = String::new();
    for media_type in [JSON, SCIM_JSON] {
        let address = s.names.address("type");
        let mut request = create_user(&address, json!({}));
        if let Some((sent, _)) = &mut request.body {
            *sent = media_type;
        }
        let answer = s.send(request).await?;
        s.judge(&CONTENT, &answer, status(&answer, 201));
        last = id_of(&answer);
    }
    let path = format!("/Users/{}", encoded(&last));
    let answer = s.send(Request::post(&path, &json!({}))).await?;
    s.judge(&METHOD, &answer, refused(&answer));
    // The one answer that has no body.
    s.send(Request::delete(&path)).await?;
    Ok(())
}
