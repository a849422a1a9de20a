//! The token endpoint and what a token opens.

use mock_server::AccountSpec;
use reqwest::Method;

use super::client::Zoom;

const GRANT: (&str, &str) = ("grant_type", "account_credentials");

/// Holds: token-form, token-basic, token-answer, token-scope-sorted, token-hour, token-no-refresh, token-other-host
#[tokio::test]
async fn a_token_is_issued_in_zooms_form() {
    let zoom = Zoom::start();
    let credentials = zoom.account.credentials();
    let form = [GRANT, ("account_id", credentials.account_id.as_str())];
    let answer = zoom
        .ask_token(&credentials.client_id, &credentials.client_secret, &form)
        .await;
    assert_eq!(answer.status, 200);
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(
        answer.text,
        format!(
            "{{\"access_token\":\"{token}\",\"token_type\":\"bearer\",\"expires_in\":3600,\"scope\":\"account:master \
             account:read:admin account:write:admin scim2 user:master user:read:admin user:write:admin\",\
             \"api_url\":\"https://api.zoom.us\"}}"
        )
    );
}

/// Holds: token-query
#[tokio::test]
async fn parameters_may_stand_in_the_query() {
    let zoom = Zoom::start();
    let credentials = zoom.account.credentials();
    let account = &credentials.account_id;
    let url = format!(
        "{}?grant_type=account_credentials&account_id={account}",
        zoom.server.token_url()
    );
    let request = zoom
        .http
        .post(url)
        .basic_auth(&credentials.client_id, Some(&credentials.client_secret));
    assert_eq!(zoom.send(request).await.status, 200);
}

/// Holds: token-bad-client, token-bad-account, token-bad-grant, token-no-account, token-no-basic
#[tokio::test]
async fn refusals_are_zooms_own() {
    const CLIENT: &str =
        r#"{"reason":"Invalid client_id or client_secret","error":"invalid_client"}"#;
    const ACCOUNT: &str = r#"{"reason":"Bad Request","error":"invalid_request"}"#;
    const GRANT_TYPE: &str =
        r#"{"reason":"unsupported grant type","error":"unsupported_grant_type"}"#;
    let zoom = Zoom::start();
    let credentials = zoom.account.credentials();
    let (id, secret) = (&credentials.client_id, &credentials.client_secret);
    let account = ("account_id", credentials.account_id.as_str());
    zoom.ask_token(id, "wrong", &[GRANT, account])
        .await
        .is(400, CLIENT);
    zoom.ask_token("nobody", secret, &[GRANT, account])
        .await
        .is(400, CLIENT);
    zoom.ask_token(id, secret, &[GRANT, ("account_id", "wrong")])
        .await
        .is(400, ACCOUNT);
    zoom.ask_token(id, secret, &[GRANT]).await.is(400, ACCOUNT);
    zoom.ask_token(id, secret, &[("grant_type", "client_credentials"), account])
        .await
        .is(400, GRANT_TYPE);
    zoom.ask_token(id, secret, &[account])
        .await
        .is(400, GRANT_TYPE);
    let bare = zoom
        .http
        .post(zoom.server.token_url())
        .form(&[GRANT, account]);
    zoom.send(bare).await.is(400, CLIENT);
    // A JSON body's parameters are not read.
    let json = serde_json::json!({ "grant_type": "account_credentials", "account_id": credentials.account_id });
    let json = zoom
        .http
        .post(zoom.server.token_url())
        .basic_auth(id, Some(secret))
        .json(&json);
    zoom.send(json).await.is(400, GRANT_TYPE);
    let other = zoom.server.default_account();
    let foreign = ("account_id", other.id());
    zoom.ask_token(id, secret, &[GRANT, foreign])
        .await
        .is(400, ACCOUNT);
}

/// Holds: gateway-invalid
#[tokio::test]
async fn a_request_without_a_good_token_is_refused_by_the_gateway() {
    const INVALID: &str = r#"{"code":124,"message":"Invalid access token."}"#;
    let zoom = Zoom::start();
    let url = format!("{}/Users", zoom.server.scim_url());
    for method in [Method::GET, Method::POST] {
        zoom.send(zoom.http.request(method.clone(), &url))
            .await
            .is(401, INVALID);
        zoom.send(zoom.http.request(method, &url).bearer_auth("garbage"))
            .await
            .is(401, INVALID);
    }
    zoom.send(zoom.http.get(&url).basic_auth("a", Some("b")))
        .await
        .is(401, INVALID);
}

/// Holds: gateway-expired, token-many-valid, token-fresh
#[tokio::test]
async fn a_token_expires_on_the_virtual_clock_and_earlier_ones_stay_valid() {
    let zoom = Zoom::start();
    let url = format!("{}/Users", zoom.server.scim_url());
    let first = zoom.token().await;
    let second = zoom.token().await;
    assert_ne!(first, second);
    for token in [&first, &second] {
        assert_eq!(
            zoom.send(zoom.http.get(&url).bearer_auth(token))
                .await
                .status,
            200
        );
    }
    zoom.server
        .clock()
        .advance(jiff::SignedDuration::from_secs(3600))
        .unwrap();
    let expired = zoom.send(zoom.http.get(&url).bearer_auth(&first)).await;
    expired.is(401, r#"{"code":124,"message":"Access token is expired."}"#);
    assert_eq!(zoom.get("/Users").await.status, 200);
}

#[tokio::test]
async fn every_operation_needs_a_scim_scope() {
    let zoom = Zoom::with(AccountSpec {
        scopes: Some(vec!["user:read:admin".to_owned()]),
        ..AccountSpec::default()
    });
    let missing = r#"{"code":4711,"message":"Invalid access token, does not contain scopes:[scim2, scim2:admin]."}"#;
    let body = serde_json::json!({ "userName": "ann@example.com" });
    for (method, path) in [
        (Method::GET, "/Users"),
        (Method::POST, "/Users"),
        (Method::GET, "/Users/x"),
        (Method::PUT, "/Users/x"),
        (Method::PATCH, "/Users/x"),
        (Method::DELETE, "/Users/x"),
    ] {
        zoom.scim(method, path, Some(&body)).await.is(400, missing);
    }
    assert_eq!(zoom.account.users().len(), 0);
    for scope in ["scim2", "scim2:admin"] {
        let zoom = Zoom::with(AccountSpec {
            scopes: Some(vec![scope.to_owned()]),
            ..AccountSpec::default()
        });
        assert_eq!(zoom.get("/Users").await.status, 200, "{scope}");
    }
}

#[tokio::test]
async fn a_removed_account_takes_its_tokens_along() {
    let zoom = Zoom::start();
    let token = zoom.token().await;
    assert!(zoom.server.remove_account(zoom.account.id()));
    let url = format!("{}/Users", zoom.server.scim_url());
    assert_eq!(
        zoom.send(zoom.http.get(url).bearer_auth(token))
            .await
            .status,
        401
    );
    assert!(!zoom.server.remove_account(zoom.account.id()));
}

/// Holds: token-extra-parameters, token-3599
#[tokio::test]
async fn other_parameters_are_ignored_and_the_lifetime_is_a_setting() {
    let zoom = Zoom::start();
    zoom.set(&serde_json::json!({ "token_expires_in_s": 3599 }));
    let credentials = zoom.account.credentials();
    let form = [
        GRANT,
        ("account_id", credentials.account_id.as_str()),
        ("token_index", "1"),
        ("scope", "user:read:admin"),
    ];
    let answer = zoom
        .ask_token(&credentials.client_id, &credentials.client_secret, &form)
        .await;
    assert_eq!(
        (answer.status, &answer.json()["expires_in"]),
        (200, &serde_json::json!(3599))
    );
    assert!(answer.json()["scope"].as_str().unwrap().contains("scim2"));
}
