//! The naming of what was seen, case by case, and that every code has one.

use std::collections::BTreeSet;
use std::io;

use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderName};
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};
use serde_json::json;

use super::endpoint::ScimPath;
use super::scim::{Asked, Page};
use super::tls::Failure;
use super::*;
use crate::zoom::{Answer, Unanswered, Why};

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const PAGE: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let header = |(name, value): &(&str, &str)| {
        let name: HeaderName = name.parse().unwrap();
        (name, value.parse().unwrap())
    };
    Answer {
        status,
        headers: headers.iter().map(header).collect::<HeaderMap>(),
        body: body.as_bytes().to_vec(),
    }
}

fn typed(status: u16, media_type: &str, body: &str) -> Answer {
    answer(status, &[("content-type", media_type)], body)
}

fn oauth(status: u16, reason: &str, error: &str) -> Answer {
    let body = json!({ "reason": reason, "error": error });
    typed(status, JSON, &body.to_string())
}

fn gateway(status: u16, code: u64, message: &str) -> Answer {
    let body = json!({ "code": code, "message": message });
    typed(status, JSON, &body.to_string())
}

fn envelope(status: u16, detail: &str) -> Answer {
    let body = json!({ "detail": detail, "status": status });
    typed(status, JSON, &body.to_string())
}

/// Answers of the token URL; without a code the token is granted.
fn token_cases() -> Vec<(Answer, Option<Code>)> {
    let granted = json!({ "access_token": "t0ken", "expires_in": 3600 }).to_string();
    let refused = |answer, code| (answer, Some(code));
    vec![
        (typed(200, JSON, &granted), None),
        // What the sync takes, the test takes too.
        (typed(200, HTML, &granted), None),
        refused(
            oauth(400, "Invalid client_id or client_secret", "invalid_client"),
            Code::InvalidClient,
        ),
        refused(oauth(401, "", "invalid_client"), Code::InvalidClient),
        refused(
            oauth(400, "Bad Request", "invalid_request"),
            Code::InvalidAccount,
        ),
        refused(
            oauth(400, "Bad request", "invalid_request"),
            Code::InvalidAccount,
        ),
        refused(
            oauth(400, "unsupported grant type", "unsupported_grant_type"),
            Code::UnsupportedGrant,
        ),
        refused(
            oauth(400, "The app has been disabled", "invalid_request"),
            Code::AppInactive,
        ),
        refused(
            oauth(400, "Invalid Token!", "invalid_grant"),
            Code::TokenRefused,
        ),
        refused(oauth(403, "", "access_denied"), Code::TokenRefused),
        refused(typed(404, HTML, PAGE), Code::TokenUrlNotFound),
        refused(
            gateway(401, 124, "Invalid access token."),
            Code::TokenUrlNotFound,
        ),
        refused(typed(405, JSON, "{}"), Code::TokenWrongMethod),
        refused(typed(200, HTML, PAGE), Code::TokenHtml),
        refused(typed(200, "text/plain", PAGE), Code::TokenHtml),
        refused(typed(403, HTML, PAGE), Code::TokenHtml),
        refused(typed(511, HTML, PAGE), Code::CaptivePortal),
        refused(
            answer(302, &[("location", "https://x/y?secret=z")], ""),
            Code::Redirected,
        ),
        refused(answer(304, &[], ""), Code::Redirected),
        refused(typed(200, JSON, ""), Code::TokenNotJson),
        refused(typed(200, JSON, "OK"), Code::TokenNotJson),
        refused(typed(400, "text/plain", "no"), Code::TokenNotJson),
        refused(typed(200, JSON, "{\"access_token\":\"t0k"), Code::AnswerCut),
        refused(typed(200, JSON, "{}"), Code::TokenMissing),
        refused(typed(200, JSON, "[]"), Code::TokenMissing),
        refused(
            typed(200, JSON, "{\"access_token\":\"\"}"),
            Code::TokenMissing,
        ),
        refused(
            typed(200, JSON, "{\"access_token\":\"a b\"}"),
            Code::TokenMissing,
        ),
        refused(typed(200, JSON, "{\"access_token\":5}"), Code::TokenMissing),
        refused(
            typed(200, JSON, "{\"access_token\":\"t\",\"token_type\":\"mac\"}"),
            Code::TokenMissing,
        ),
        refused(oauth(429, "Too many requests", "x"), Code::TokenThrottled),
        refused(typed(503, HTML, PAGE), Code::ZoomUnavailable),
        refused(typed(500, JSON, "{}"), Code::ZoomError),
        refused(typed(502, HTML, PAGE), Code::ZoomError),
        refused(typed(504, HTML, PAGE), Code::ZoomError),
    ]
}

/// Answers of a SCIM URL like Zoom's; without a code a page is read.
fn scim_cases() -> Vec<(Answer, Option<Code>)> {
    let refused = |answer, code| (answer, Some(code));
    let page = |text: &str| typed(200, "application/scim+json", text);
    vec![
        (page("{\"totalResults\":0}"), None),
        (page("{\"totalResults\":0,\"Resources\":null}"), None),
        (
            page("{\"totalResults\":1,\"Resources\":[{\"id\":\"a\"}]}"),
            None,
        ),
        refused(
            gateway(
                400,
                4711,
                "Invalid access token, does not contain scopes:[scim2].",
            ),
            Code::MissingScope,
        ),
        refused(
            gateway(400, 4700, "Invalid access token, does not contain scopes."),
            Code::MissingScope,
        ),
        refused(
            gateway(401, 124, "Access token is expired."),
            Code::TokenExpired,
        ),
        refused(
            gateway(401, 124, "Access token has expired."),
            Code::TokenExpired,
        ),
        refused(
            gateway(400, 124, "Access token is expired."),
            Code::TokenExpired,
        ),
        refused(
            gateway(401, 124, "Invalid access token."),
            Code::TokenNotAccepted,
        ),
        refused(typed(401, HTML, PAGE), Code::TokenNotAccepted),
        refused(
            gateway(400, 200, "Invalid api key or secret."),
            Code::TokenNotAccepted,
        ),
        refused(
            envelope(
                403,
                "The current login user does not have the \"User:Read\" permission.",
            ),
            Code::PermissionRemoved,
        ),
        refused(
            gateway(
                400,
                200,
                "Invalid access token. Does not contain permissions [User:Edit].",
            ),
            Code::PermissionRemoved,
        ),
        refused(
            envelope(400, "Account has not enabled Single Sign-On."),
            Code::SsoDisabled,
        ),
        refused(
            gateway(404, 2300, "This API endpoint is not recognized."),
            Code::ScimUrlNotFound,
        ),
        refused(typed(404, HTML, PAGE), Code::ScimUrlNotFound),
        refused(typed(200, HTML, PAGE), Code::ScimHtml),
        refused(typed(400, HTML, PAGE), Code::ScimHtml),
        refused(page(""), Code::NotScim),
        refused(page("pong"), Code::NotScim),
        refused(page("{}"), Code::NotScim),
        refused(page("{\"totalResults\":\"1\"}"), Code::NotScim),
        refused(page("{\"totalResults\":1}"), Code::NotScim),
        refused(page("{\"totalResults\":1,\"Resources\":{}}"), Code::NotScim),
        refused(
            page("{\"totalResults\":1,\"Resources\":[{}]}"),
            Code::NotScim,
        ),
        refused(envelope(400, "Something new."), Code::NotScim),
        refused(page("{\"totalResults\":1,\"Resou"), Code::AnswerCut),
        refused(typed(511, HTML, PAGE), Code::CaptivePortal),
        refused(
            answer(301, &[("location", "/scim2/users")], ""),
            Code::Redirected,
        ),
        refused(envelope(500, "Internal"), Code::ZoomError),
        refused(typed(503, HTML, PAGE), Code::ZoomUnavailable),
    ]
}

/// Too many requests, in a second or in a day.
fn limit_cases() -> Vec<(Answer, Code)> {
    let limited = |name, value| {
        let body = json!({ "code": 429, "message": "You have reached the maximum." });
        answer(429, &[(name, value)], &body.to_string())
    };
    vec![
        (limited("x-ratelimit-type", "QPS"), Code::PerSecondLimit),
        (limited("x-ratelimit-type", "Daily-limit"), Code::DailyLimit),
        (
            limited("retry-after", "2026-02-01T00:00:00Z"),
            Code::DailyLimit,
        ),
        (limited("retry-after", "1"), Code::PerSecondLimit),
        (
            limited("retry-after", "Sun, 01 Feb 2026 00:00:00 GMT"),
            Code::PerSecondLimit,
        ),
        (
            gateway(429, 429, "You have reached the maximum daily rate limit."),
            Code::DailyLimit,
        ),
        (envelope(429, "Too Many Requests."), Code::PerSecondLimit),
    ]
}

const ZOOMS_OWN: Asked = Asked {
    path: ScimPath::Plausible,
    same_zoom: true,
};

/// What depends on the URL too.
fn url_cases() -> Vec<(Asked, Answer, Code)> {
    let not_found = || gateway(404, 2300, "This API endpoint is not recognized.");
    let path = |path| Asked { path, ..ZOOMS_OWN };
    let foreign = Asked {
        same_zoom: false,
        ..ZOOMS_OWN
    };
    vec![
        (
            path(ScimPath::Incomplete),
            not_found(),
            Code::ScimUrlIncomplete,
        ),
        (path(ScimPath::Doubled), not_found(), Code::ScimUrlDoubled),
        (
            path(ScimPath::Plausible),
            not_found(),
            Code::ScimUrlNotFound,
        ),
        (
            foreign,
            gateway(401, 124, "Invalid access token."),
            Code::TokenOfAnotherZoom,
        ),
        (
            foreign,
            gateway(401, 124, "Access token is expired."),
            Code::TokenExpired,
        ),
    ]
}

/// No whole answer at all.
fn unanswered_cases() -> Vec<(Why, Code)> {
    vec![
        (
            Why::NotConnected(Some(io::ErrorKind::ConnectionRefused)),
            Code::Refused,
        ),
        (
            Why::NotConnected(Some(io::ErrorKind::TimedOut)),
            Code::ConnectTimeout,
        ),
        (
            Why::NotConnected(Some(io::ErrorKind::HostUnreachable)),
            Code::ConnectTimeout,
        ),
        (
            Why::NotConnected(Some(io::ErrorKind::NetworkUnreachable)),
            Code::ConnectTimeout,
        ),
        (
            Why::NotConnected(Some(io::ErrorKind::ConnectionReset)),
            Code::Dropped,
        ),
        (Why::NotConnected(None), Code::Dropped),
        (Why::TimedOut, Code::ReadTimeout),
        (Why::Dropped, Code::Dropped),
        (Why::NotHttp, Code::NotScim),
        (Why::Cut, Code::AnswerCut),
        (Why::TooLarge, Code::AnswerTooLarge),
        (Why::NotSent, Code::InvalidUrl),
    ]
}

/// Handshakes that fail, with what was received and whether the certificate signed itself.
fn tls_cases() -> Vec<(Failure, &'static [u8], bool, Code)> {
    const RECORD: &[u8] = &[22, 3, 3, 0, 1];
    let refused = |error| Failure::Tls(Error::InvalidCertificate(error));
    let not_tls = || Failure::Tls(Error::InvalidMessage(InvalidMessage::InvalidContentType));
    let alert = || Failure::Tls(Error::AlertReceived(AlertDescription::HandshakeFailure));
    vec![
        (
            refused(CertificateError::Expired),
            RECORD,
            true,
            Code::TlsExpired,
        ),
        (
            refused(CertificateError::NotValidYet),
            RECORD,
            false,
            Code::TlsNotYetValid,
        ),
        (
            refused(CertificateError::NotValidForName),
            RECORD,
            false,
            Code::TlsWrongHost,
        ),
        (
            refused(CertificateError::UnknownIssuer),
            RECORD,
            true,
            Code::TlsSelfSigned,
        ),
        (
            refused(CertificateError::BadEncoding),
            RECORD,
            true,
            Code::TlsSelfSigned,
        ),
        (
            refused(CertificateError::UnknownIssuer),
            RECORD,
            false,
            Code::TlsUntrustedRoot,
        ),
        (
            refused(CertificateError::BadSignature),
            RECORD,
            false,
            Code::TlsUntrustedRoot,
        ),
        (
            refused(CertificateError::Revoked),
            RECORD,
            false,
            Code::TlsFailed,
        ),
        (not_tls(), b"HTTP/1.1 400", false, Code::TlsNotSpoken),
        (
            Failure::Io(io::ErrorKind::ConnectionReset),
            b"SSH-2.0-x",
            false,
            Code::TlsNotSpoken,
        ),
        (Failure::TimedOut, b"220 mail", false, Code::TlsNotSpoken),
        (alert(), &[21, 3, 3], false, Code::TlsFailed),
        (
            Failure::Io(io::ErrorKind::UnexpectedEof),
            b"",
            false,
            Code::TlsFailed,
        ),
        (Failure::TimedOut, b"", false, Code::TlsStalled),
        (Failure::TimedOut, RECORD, false, Code::TlsStalled),
    ]
}

fn ids(total: u64, ids: &[&str]) -> Page {
    Page {
        total,
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
    }
}

#[test]
fn names_what_the_token_url_answers() {
    for (answer, code) in token_cases() {
        let seen = token::granted(&answer).err().map(|finding| finding.code);
        assert_eq!(seen, code, "{answer:?}");
    }
}

#[test]
fn names_what_the_scim_url_answers() {
    for (answer, code) in scim_cases() {
        let seen = scim::page(&answer, ZOOMS_OWN).err();
        assert_eq!(seen.map(|finding| finding.code), code, "{answer:?}");
    }
    for (answer, code) in limit_cases() {
        let seen = scim::page(&answer, ZOOMS_OWN).unwrap_err();
        assert_eq!(seen.code, code, "{answer:?}");
    }
    for (asked, answer, code) in url_cases() {
        let seen = scim::page(&answer, asked).unwrap_err();
        assert_eq!(seen.code, code, "{asked:?} {answer:?}");
    }
}

#[test]
fn names_why_there_is_no_answer() {
    for (why, code) in unanswered_cases() {
        let told = "as it was".to_owned();
        let finding = answer::unanswered(&Unanswered { why, told }, Code::NotScim);
        assert_eq!(finding.code, code, "{why:?}");
    }
}

#[test]
fn names_every_way_to_fail_at_tls() {
    for (failure, received, self_signed, code) in tls_cases() {
        let seen = tls::code(&failure, received, self_signed);
        assert_eq!(seen, code, "{failure:?}");
    }
}

#[test]
fn pages_give_each_user_once() {
    for (first, second, is_right) in [
        (ids(0, &[]), None, true),
        (ids(1, &["a"]), None, true),
        (ids(2, &["a"]), Some(ids(2, &["b"])), true),
        (ids(0, &["a"]), None, false),
        (ids(1, &[]), None, false),
        (ids(2, &["a", "b"]), None, false),
        (ids(2, &["a"]), Some(ids(2, &["a"])), false),
        (ids(2, &["a"]), Some(ids(2, &[])), false),
        (ids(3, &["a"]), Some(ids(3, &["b", "c"])), false),
    ] {
        let judged = scim::first(&first).and_then(|()| match &second {
            Some(second) => scim::second(&first, second),
            None => Ok(()),
        });
        let code = judged.err().map(|finding| finding.code);
        let expected = (!is_right).then_some(Code::PagingBroken);
        assert_eq!(code, expected, "{first:?} {second:?}");
    }
}

#[test]
fn one_of_two_scopes_is_needed_where_scopes_are_named() {
    let scope = |scope: serde_json::Value| {
        let body = json!({ "access_token": "t0ken", "expires_in": 3600, "scope": scope });
        let granted = token::granted(&typed(200, JSON, &body.to_string()));
        let held = token::scim_scope(&granted.ok()?)?;
        Some(held.map_err(|finding| finding.code))
    };
    assert_eq!(scope(json!("user:read:admin scim2")), Some(Ok("scim2")));
    assert_eq!(scope(json!("scim2:admin")), Some(Ok("scim2:admin")));
    for lacking in ["", "user:read:admin", "scim", "xscim2", "scim2:read"] {
        assert_eq!(scope(json!(lacking)), Some(Err(Code::MissingScope)));
    }
    assert_eq!(scope(json!(null)), None);
    assert_eq!(scope(json!(["scim2"])), None);
}

#[test]
fn an_odd_lifetime_is_noticed_and_no_more() {
    for (expires_in, odd) in [
        (json!(3600), false),
        (json!(3599), false),
        (json!(1), false),
        (json!(86_400), false),
        (json!(86_401), true),
        (json!(0), true),
        (json!(-1), true),
        (json!("3600"), true),
        (json!(1.5), true),
        (json!(1e18), true),
        (json!(null), true),
    ] {
        let body = json!({ "access_token": "t0ken", "expires_in": expires_in });
        let Ok(granted) = token::granted(&typed(200, JSON, &body.to_string())) else {
            panic!("{expires_in} is refused");
        };
        assert_eq!(granted.odd_expiry.is_some(), odd, "{expires_in}");
    }
}

#[test]
fn a_moment_of_unavailability_is_waited_for_and_nothing_else() {
    let again = |status, headers: &[(&str, &str)], attempt| {
        let wait = answer::again(&answer(status, headers, ""), attempt)?;
        Some(wait.as_millis())
    };
    assert_eq!(again(503, &[], 1), Some(200));
    assert_eq!(again(503, &[], 2), Some(200));
    assert_eq!(again(503, &[], 3), None);
    for (told, wait) in [
        ("0", Some(200)),
        ("2", Some(2000)),
        ("3", None),
        ("-1", None),
        ("soon", None),
        ("Sun, 01 Feb 2026 00:00:00 GMT", None),
    ] {
        assert_eq!(again(503, &[("retry-after", told)], 1), wait, "{told}");
    }
    for status in [200, 401, 429, 500, 502, 504] {
        assert_eq!(again(status, &[], 1), None, "{status}");
    }
}

#[test]
fn a_redirect_tells_the_host_alone() {
    for (location, told) in [
        (
            "https://login.example.com:8443/x?token=y",
            "HTTP 302 to login.example.com:8443",
        ),
        ("https://user:pass@example.com/", "HTTP 302 to example.com"),
        (
            "/login?token=y",
            "HTTP 302 to another path of the same host",
        ),
    ] {
        let finding = answer::by_status(&answer(302, &[("location", location)], ""));
        assert_eq!(finding.unwrap().evidence, told);
    }
}

#[test]
fn evidence_is_status_and_words() {
    for (answer, told) in [
        (
            oauth(400, "Bad Request", "invalid_request"),
            "HTTP 400 \"Bad Request\" (invalid_request)",
        ),
        (
            gateway(401, 124, "Invalid access token."),
            "HTTP 401 \"Invalid access token.\" (code 124)",
        ),
        (envelope(403, "No."), "HTTP 403 \"No.\""),
        (
            typed(404, HTML, PAGE),
            "HTTP 404, text/html; charset=utf-8, 63 bytes, page \"Sign in\"",
        ),
        (answer(200, &[], ""), "HTTP 200, no content type, 0 bytes"),
    ] {
        assert_eq!(words::told(&answer), told);
    }
}

#[test]
fn every_code_has_a_case_and_sentences() {
    let mut met: BTreeSet<Code> = BTreeSet::new();
    met.extend(token_cases().into_iter().filter_map(|(_, code)| code));
    met.extend(scim_cases().into_iter().filter_map(|(_, code)| code));
    met.extend(limit_cases().into_iter().map(|(_, code)| code));
    met.extend(url_cases().into_iter().map(|(_, _, code)| code));
    met.extend(unanswered_cases().into_iter().map(|(_, code)| code));
    met.extend(tls_cases().into_iter().map(|(_, _, _, code)| code));
    // Paging has a test of its own above; these have theirs in tests/it, over real sockets and files.
    met.extend([
        Code::PagingBroken,
        Code::HostNotFound,
        Code::InsecureUrl,
        Code::StrayWhiteSpace,
    ]);
    assert_eq!(met, Code::ALL.iter().copied().collect());
    let mut names = BTreeSet::new();
    for code in Code::ALL {
        assert!(names.insert(code.name()), "{code:?} twice");
        assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        for sentence in [code.what(), code.remedy()] {
            assert!(
                sentence.ends_with('.') && !sentence.contains(". "),
                "{sentence}"
            );
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_answered_has_a_name(
        status in 100_u16..1000, body in proptest::collection::vec(any::<u8>(), 0..200), is_page: bool,
    ) {
        let mut answer = typed(status, if is_page { HTML } else { JSON }, "");
        answer.body = body;
        if let Err(finding) = token::granted(&answer) {
            prop_assert!(!finding.evidence.is_empty());
        }
        if let Err(finding) = scim::page(&answer, ZOOMS_OWN) {
            prop_assert!(!finding.evidence.is_empty());
        }
    }
}
