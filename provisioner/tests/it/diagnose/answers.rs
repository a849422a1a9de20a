//! What is answered: by Zoom, by something else, or oddly.

use provisioner::WarningCode;

use super::super::door::http;
use super::*;

#[tokio::test]
async fn nothing_follows_a_redirect() {
    let thief = Door::http(zoom).await;
    for (status, path) in [(301, ""), (302, "/x?y=z"), (307, "/oauth/token"), (308, "")] {
        let location = thief.url(path);
        let away = http(status, &[("location", &location)], "");
        let door = with_token(away.clone()).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert_eq!(code(&diagnosis), Code::Redirected);
        let evidence = diagnosis.diagnosis.unwrap().evidence;
        assert_eq!(evidence, format!("HTTP {status} to {}", thief.address));
        let door = with_users(away).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert_eq!(
            (code(&diagnosis), last(&diagnosis)),
            (Code::Redirected, StepName::Scim)
        );
    }
    assert_eq!(thief.connections(), 0);
}

#[tokio::test]
async fn says_what_else_answers_than_zoom() {
    const PAGE: &str = "<html><title>Welcome to the hotel</title></html>";
    let html = [("content-type", "text/html")];
    let huge = || {
        let body = "x".repeat(9 * 1024 * 1024);
        http(200, &[("content-type", "application/json")], &body)
    };
    let cut = "{\"totalResults\":2,\"Resources\":[{\"id\":\"a";
    for (reply, expected) in [
        (http(200, &html, PAGE), Code::TokenHtml),
        (http(511, &html, PAGE), Code::CaptivePortal),
        (huge(), Code::AnswerTooLarge),
        (http(200, &[], ""), Code::TokenNotJson),
    ] {
        let door = with_token(reply).await;
        assert_eq!(code(&tested(&at(&door), PATIENT).await), expected);
    }
    for (reply, expected) in [
        (http(200, &html, PAGE), Code::ScimHtml),
        (http(511, &html, PAGE), Code::CaptivePortal),
        (huge(), Code::AnswerTooLarge),
        (http(200, &[], cut), Code::AnswerCut),
        (json(200, &json!({ "users": [] })), Code::NotScim),
    ] {
        let door = with_users(reply).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert_eq!(code(&diagnosis), expected);
        if expected == Code::ScimHtml {
            let evidence = diagnosis.diagnosis.unwrap().evidence;
            assert!(
                evidence.contains("page \"Welcome to the hotel\""),
                "{evidence}"
            );
        }
    }
}

#[tokio::test]
async fn says_what_zoom_refuses() {
    let oauth = |reason, error| json(400, &json!({ "reason": reason, "error": error }));
    for (reply, expected) in [
        (
            oauth("Invalid client_id or client_secret", "invalid_client"),
            Code::InvalidClient,
        ),
        (
            oauth("Bad Request", "invalid_request"),
            Code::InvalidAccount,
        ),
        (
            json(
                200,
                &json!({ "access_token": TOKEN, "expires_in": 3600, "scope": "x" }),
            ),
            Code::MissingScope,
        ),
    ] {
        let door = with_token(reply).await;
        assert_eq!(code(&tested(&at(&door), PATIENT).await), expected);
        assert_eq!(door.count("GET"), 0);
    }
    let unknown = json(
        401,
        &json!({ "code": 124, "message": "Invalid access token." }),
    );
    let door = with_users(unknown.clone()).await;
    let diagnosis = tested(&at(&door), PATIENT).await;
    assert_eq!(code(&diagnosis), Code::TokenNotAccepted);
    let evidence = diagnosis.diagnosis.unwrap().evidence;
    assert_eq!(evidence, "HTTP 401 \"Invalid access token.\" (code 124)");
    // The token comes from elsewhere.
    let (token, scim) = (Door::http(zoom).await, with_users(unknown).await);
    let split = connection(token.url("/oauth/token"), scim.url("/scim2"));
    assert_eq!(
        code(&tested(&split, PATIENT).await),
        Code::TokenOfAnotherZoom
    );
    for (path, expected) in [
        ("", Code::ScimUrlIncomplete),
        ("/scim2/scim2", Code::ScimUrlDoubled),
        ("/v3/scim2", Code::ScimUrlNotFound),
    ] {
        let door = with_users(json(404, &json!({ "code": 2300, "message": "x" }))).await;
        let wrong = connection(door.url("/oauth/token"), door.url(path));
        assert_eq!(code(&tested(&wrong, PATIENT).await), expected, "{path}");
    }
    let daily = http(429, &[("retry-after", "2026-02-01T00:00:00Z")], "{}");
    for (reply, expected) in [
        (daily, Code::DailyLimit),
        (http(429, &[], "{}"), Code::PerSecondLimit),
    ] {
        let door = with_users(reply).await;
        assert_eq!(code(&tested(&at(&door), PATIENT).await), expected);
        assert_eq!(door.count("GET"), 1, "a limit is not met twice");
    }
}

#[tokio::test]
async fn pages_that_repeat_users_are_noticed() {
    let page = |ids: Value| json(200, &json!({ "totalResults": 2, "Resources": ids }));
    for reply in [
        page(json!([{ "id": "a" }])),
        page(json!([])),
        page(json!([{ "id": "a" }, { "id": "b" }])),
    ] {
        let door = with_users(reply).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert_eq!(
            (code(&diagnosis), last(&diagnosis)),
            (Code::PagingBroken, StepName::Paging)
        );
    }
    let one = json(
        200,
        &json!({ "totalResults": 1, "Resources": [{ "id": "a" }] }),
    );
    let door = with_users(one).await;
    let diagnosis = tested(&at(&door), PATIENT).await;
    assert!(diagnosis.ok);
    let paging = diagnosis.steps.last().unwrap();
    assert_eq!(paging.outcome, StepOutcome::Skipped);
    assert_eq!(door.count("GET"), 1);
}

#[tokio::test]
async fn what_is_odd_is_warned_of_and_passes() {
    let token = |expires_in: Value| {
        let body = json!({ "access_token": TOKEN, "expires_in": expires_in });
        json(200, &body)
    };
    let old = [
        ("date", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("content-type", "application/json"),
    ];
    let mock = [
        ("x-zoom-mock-request-id", "r1"),
        ("content-type", "application/json"),
    ];
    let body = json!({ "access_token": TOKEN, "expires_in": 3600 }).to_string();
    for (reply, warning) in [
        (token(json!(0)), WarningCode::TokenOddExpiry),
        (token(json!("3600")), WarningCode::TokenOddExpiry),
        (token(json!(null)), WarningCode::TokenOddExpiry),
        (http(200, &old, &body), WarningCode::ClockSkew),
        (http(200, &mock, &body), WarningCode::Mock),
    ] {
        let door = with_token(reply).await;
        let diagnosis = tested(&at(&door), PATIENT).await;
        assert!(diagnosis.ok, "{diagnosis:#?}");
        let codes: Vec<_> = diagnosis.warnings.iter().map(|seen| seen.code).collect();
        assert_eq!(codes, [warning]);
    }
}
