//! The control API, and what the journal shows.

use reqwest::Method;
use serde_json::json;

use super::client::Zoom;

#[tokio::test]
async fn an_account_is_made_used_reset_and_removed() {
    let zoom = Zoom::start();
    let spec = json!({ "account_id": "acc", "client_id": "cid", "client_secret": "sec", "scopes": ["scim2"] });
    let made = zoom.control(Method::POST, "/accounts", Some(&spec)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json()["scopes"], json!(["scim2"]));
    let form = [("grant_type", "account_credentials"), ("account_id", "acc")];
    assert_eq!(zoom.ask_token("cid", "sec", &form).await.status, 200);

    let ann = json!({ "userName": "ann@example.com", "active": false, "title": "T" });
    let added = zoom
        .control(Method::POST, "/accounts/acc/users", Some(&ann))
        .await;
    assert_eq!(added.status, 201, "{}", added.text);
    let id = added.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/accounts/acc/users/{id}");
    let edit = json!({ "name": { "givenName": "Ann" }, "active": true });
    assert_eq!(
        zoom.control(Method::PATCH, &path, Some(&edit)).await.status,
        204
    );
    let users = zoom
        .control(Method::GET, "/accounts/acc/users", None)
        .await
        .json();
    let user = &users["users"][0];
    assert_eq!(
        (&user["title"], &user["active"], &user["name"]["givenName"]),
        (&json!("T"), &json!(true), &json!("Ann"))
    );

    assert_eq!(zoom.control(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(zoom.control(Method::DELETE, &path, None).await.status, 404);
    zoom.control(Method::POST, "/accounts/acc/users", Some(&ann))
        .await;
    assert_eq!(
        zoom.control(Method::POST, "/accounts/acc/reset", None)
            .await
            .status,
        204
    );
    let users = zoom
        .control(Method::GET, "/accounts/acc/users", None)
        .await
        .json();
    assert_eq!(users, json!({ "users": [] }));
    let foreign = json!({ "add": ["x@y"] });
    assert_eq!(
        zoom.control(
            Method::PUT,
            "/accounts/acc/foreign-addresses",
            Some(&foreign)
        )
        .await
        .status,
        204
    );
    assert_eq!(
        zoom.control(Method::DELETE, "/accounts/acc", None)
            .await
            .status,
        204
    );
    assert_eq!(zoom.ask_token("cid", "sec", &form).await.status, 400);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
async fn errors_name_the_field_and_what_to_do() {
    let zoom = Zoom::start();
    zoom.control(
        Method::POST,
        "/accounts",
        Some(&json!({ "account_id": "acc" })),
    )
    .await;
    let cases = [
        (
            Method::POST,
            "/accounts",
            json!({ "acount_id": "x" }),
            400,
            "acount_id",
            "unknown field `acount_id`",
        ),
        (
            Method::POST,
            "/accounts",
            json!({ "scopes": "scim2" }),
            400,
            "scopes",
            "invalid type",
        ),
        (
            Method::POST,
            "/accounts",
            json!({ "account_id": "" }),
            400,
            "account_id",
            "must not be empty",
        ),
        (
            Method::POST,
            "/accounts",
            json!({ "account_id": "a/b" }),
            400,
            "account_id",
            "must not hold '/'",
        ),
        (
            Method::POST,
            "/accounts",
            json!({ "client_id": "a:b" }),
            400,
            "client_id",
            "must not hold ':'",
        ),
        (
            Method::POST,
            "/accounts",
            json!({ "client_secret": "x".repeat(129) }),
            400,
            "client_secret",
            "at most 128 bytes",
        ),
        (
            Method::POST,
            "/accounts",
            json!({ "account_id": "acc" }),
            409,
            "account_id",
            "leave the field out",
        ),
        (
            Method::GET,
            "/accounts/nobody",
            json!({}),
            404,
            "account",
            "GET /_mock/accounts lists them",
        ),
        (
            Method::POST,
            "/accounts/acc/users",
            json!({ "userName": "x" }),
            400,
            "userName",
            "no e-mail address",
        ),
        (
            Method::POST,
            "/accounts/acc/users",
            json!({ "active": 1 }),
            400,
            "active",
            "not a value",
        ),
        (
            Method::PUT,
            "/clock",
            json!({ "advance": 1 }),
            400,
            "advance",
            "unknown field `advance`",
        ),
        (
            Method::PUT,
            "/clock",
            json!({ "advance_s": i64::MAX }),
            400,
            "advance_s",
            "cannot be advanced",
        ),
        (
            Method::GET,
            "/journal?limit=x",
            json!({}),
            400,
            "limit",
            "`limit` in the query",
        ),
        (
            Method::GET,
            "/journal?operation=users.frobnicate",
            json!({}),
            400,
            "operation",
            "users.create",
        ),
        (
            Method::GET,
            "/journal?limit=1&since=2&limit=3",
            json!({}),
            400,
            "limit",
            "more than once",
        ),
        (
            Method::GET,
            "/journal?acount=x",
            json!({}),
            400,
            "acount",
            "unknown field `acount`",
        ),
    ];
    for (method, path, body, status, field, message) in cases {
        let answer = zoom.control(method, path, Some(&body)).await;
        let error = &answer.json()["error"];
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.text);
        assert_eq!(error["field"], field, "{path} {body}: {}", answer.text);
        assert!(
            error["message"].as_str().unwrap().contains(message),
            "{path} {body}: {}",
            answer.text
        );
    }
    assert_eq!(
        zoom.control(Method::GET, "/nothing", None).await.status,
        404
    );
    assert_eq!(
        zoom.control(Method::PATCH, "/clock", None).await.status,
        405
    );
}

#[tokio::test]
async fn what_breaks_off_is_refused_as_far_as_its_place_is_known() {
    let zoom = Zoom::start();
    for (body, field) in [
        ("{", None),
        (r#"{"account_id"#, None),
        (r#"{"settings":{"seats":{"#, Some("settings.seats")),
    ] {
        let url = format!("{}/accounts", zoom.server.control_url());
        let answer = zoom.send(zoom.http.post(url).body(body)).await;
        let error = &answer.json()["error"];
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        let held = error.get("field").and_then(serde_json::Value::as_str);
        assert_eq!(held, field, "{body}: {}", answer.text);
        assert!(error["message"].as_str().unwrap().contains("EOF"), "{body}");
    }
}

#[tokio::test]
async fn the_control_api_says_where_it_is_described() {
    let zoom = Zoom::start();
    for path in ["", "/"] {
        let index = zoom.control(Method::GET, path, None).await;
        assert_eq!(index.status, 200, "{path:?}: {}", index.text);
        let described = index.json()["openapi"].as_str().unwrap().to_owned();
        let description = zoom.fetch(&described).await;
        assert!(description.json()["paths"].is_object(), "{described}");
    }
}

#[tokio::test]
async fn the_clock_moves_when_it_is_told() {
    let zoom = Zoom::start();
    let token = zoom.token().await;
    let moved = zoom
        .control(Method::PUT, "/clock", Some(&json!({ "advance_s": 3600 })))
        .await;
    assert_eq!(moved.status, 200);
    let url = format!("{}/Users", zoom.server.scim_url());
    assert_eq!(
        zoom.send(zoom.http.get(url).bearer_auth(token))
            .await
            .status,
        401
    );
    assert!(zoom.control(Method::GET, "/clock", None).await.json()["now"].is_string());
    assert_eq!(
        zoom.control(Method::GET, "/health", None).await.json()["status"],
        "ok"
    );
}

#[tokio::test]
async fn the_journal_has_every_exchange_and_no_secret() {
    let zoom = Zoom::start();
    let credentials = zoom.account.credentials().clone();
    let token = zoom.token().await;
    let url = format!(
        "{}/Users?count=7&leak={}",
        zoom.server.scim_url(),
        credentials.client_secret
    );
    zoom.send(zoom.http.get(url).bearer_auth(&token)).await;
    zoom.send(zoom.http.get(format!("{}/nowhere", zoom.server.base_url())))
        .await;
    let form = [
        ("client_secret", credentials.client_secret.as_str()),
        ("grant_type", "x"),
    ];
    zoom.ask_token(&credentials.client_id, &credentials.client_secret, &form)
        .await;

    let whole = zoom.control(Method::GET, "/journal", None).await;
    let operations: Vec<&str> = ["token.issue", "users.list", "", "token.issue"].into();
    let journal = whole.json();
    let seen: Vec<&str> = journal["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|exchange| exchange["operation"].as_str().unwrap_or(""))
        .collect();
    assert_eq!(seen, operations);
    for secret in [credentials.client_secret.as_str(), token.as_str()] {
        assert!(!whole.text.contains(secret), "{}", whole.text);
    }
    let listed = &journal["exchanges"][1];
    assert!(
        listed["request_headers"]["authorization"]
            .as_str()
            .unwrap()
            .starts_with("Bearer sha256:")
    );
    // The same credential has the same fingerprint where it was issued and where it was used.
    let issued = &journal["exchanges"][0]["response_body"];
    let fingerprint = listed["request_headers"]["authorization"]
        .as_str()
        .unwrap()
        .trim_start_matches("Bearer ");
    assert!(issued.as_str().unwrap().contains(fingerprint), "{issued}");

    let account = zoom.account.id();
    let since = listed["seq"].as_u64().unwrap();
    let part = zoom
        .control(
            Method::GET,
            &format!("/journal?account={account}&since={since}"),
            None,
        )
        .await;
    assert_eq!(part.json()["exchanges"].as_array().unwrap().len(), 1);
    let lists = zoom
        .control(Method::GET, "/journal?operation=users.list&limit=5", None)
        .await;
    assert_eq!(lists.json()["exchanges"].as_array().unwrap().len(), 1);
    zoom.control(Method::DELETE, "/journal", None).await;
    assert_eq!(
        zoom.control(Method::GET, "/journal", None).await.json(),
        json!({ "exchanges": [] })
    );
}

#[tokio::test]
async fn a_page_in_a_browser_cannot_reach_it() {
    let zoom = Zoom::start();
    let url = format!("{}/accounts", zoom.server.control_url());
    for (header, value) in [
        ("host", "evil.example"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let answer = zoom.send(zoom.http.get(&url).header(header, value)).await;
        assert_eq!(answer.status, 403, "{header}: {value}");
    }
    let local = zoom
        .send(
            zoom.http
                .get(&url)
                .header("origin", "http://localhost:3000"),
        )
        .await;
    assert_eq!(local.status, 200);
}
