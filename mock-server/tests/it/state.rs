//! The control API: snapshots, clocks, tokens, users by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Zoom};

impl Zoom {
    /// A request to the control API about the account.
    async fn own(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let path = format!("/accounts/{}{path}", self.account.id());
        self.control(method, &path, body).await
    }
}

#[tokio::test]
async fn a_snapshot_brings_back_users_groups_and_settings() {
    let zoom = Zoom::start();
    let ann = zoom.user("ann@example.com").await;
    zoom.account
        .add_group(&json!({ "displayName": "Staff", "members": [{ "value": ann }] }))
        .unwrap();
    let (users, groups) = (zoom.account.users(), zoom.account.groups());
    assert_eq!(
        zoom.own(Method::PUT, "/snapshots/before", None)
            .await
            .status,
        204
    );
    zoom.delete(&format!("/Users/{ann}")).await;
    zoom.user("bob@example.com").await;
    zoom.set(&json!({ "sso": false }));
    assert_eq!(
        zoom.own(Method::GET, "/snapshots", None).await.json(),
        json!({ "snapshots": [{ "name": "before", "users": 1 }] })
    );
    assert_eq!(
        zoom.own(Method::POST, "/snapshots/before/restore", None)
            .await
            .status,
        204
    );
    assert_eq!(
        (zoom.account.users(), zoom.account.groups()),
        (users, groups)
    );
    assert!(zoom.account.settings().sso);
    assert_eq!(zoom.get(&format!("/Users/{ann}")).await.status, 200);
    assert_eq!(
        zoom.own(Method::DELETE, "/snapshots/before", None)
            .await
            .status,
        204
    );
    for (method, path) in [
        (Method::POST, "/snapshots/before/restore"),
        (Method::DELETE, "/snapshots/before"),
    ] {
        let gone = zoom.own(method, path, None).await;
        assert_eq!(
            (gone.status, &gone.json()["error"]["field"]),
            (404, &json!("name"))
        );
    }
    for number in 0..16 {
        assert_eq!(
            zoom.own(Method::PUT, &format!("/snapshots/{number}"), None)
                .await
                .status,
            204
        );
    }
    assert_eq!(
        zoom.own(Method::PUT, "/snapshots/15", None).await.status,
        204,
        "the same name again"
    );
    assert_eq!(
        zoom.own(Method::PUT, "/snapshots/more", None).await.status,
        409
    );
}

#[tokio::test]
async fn a_clock_stands_still_moves_and_goes_again() {
    let zoom = Zoom::start();
    let clock = async |change: Value| zoom.own(Method::PUT, "/clock", Some(&change)).await;
    assert_eq!(
        clock(json!({ "freeze": "2026-01-31T12:00:00Z" }))
            .await
            .json()["now"],
        "2026-01-31T12:00:00Z"
    );
    assert_eq!(
        clock(json!({ "advance_s": 60 })).await.json()["now"],
        "2026-01-31T12:01:00Z"
    );
    assert_eq!(
        zoom.own(Method::GET, "/clock", None).await.json()["now"],
        "2026-01-31T12:01:00Z"
    );
    let created = zoom
        .create(&json!({ "userName": "ann@example.com" }))
        .await
        .json();
    assert_eq!(created["meta"]["created"], "2026-01-31T12:01:00Z");
    let server = zoom.control(Method::GET, "/clock", None).await.json();
    assert_ne!(
        server["now"], "2026-01-31T12:01:00Z",
        "the account's clock is its own"
    );
    assert_eq!(clock(json!({ "reset": true })).await.status, 200);
    for (wrong, field) in [
        (json!({}), None),
        (json!({ "advance_s": 1, "reset": true }), None),
        (json!({ "reset": false }), None),
        (json!({ "freeze": "yesterday" }), Some("freeze")),
    ] {
        let refused = clock(wrong.clone()).await;
        assert_eq!(refused.status, 400, "{wrong}");
        assert_eq!(refused.json()["error"]["field"].as_str(), field, "{wrong}");
    }
}

#[tokio::test]
async fn a_token_is_minted_with_chosen_scopes_and_revoked() {
    let zoom = Zoom::start();
    let url = format!("{}/Users", zoom.server.scim_url());
    let mint = async |spec: Value| {
        let minted = zoom.own(Method::POST, "/tokens", Some(&spec)).await;
        assert_eq!(minted.status, 201, "{}", minted.text);
        minted.json()["access_token"].as_str().unwrap().to_owned()
    };
    let status = async |token: &str| {
        zoom.send(zoom.http.get(&url).bearer_auth(token))
            .await
            .status
    };
    let good = mint(json!({})).await;
    assert_eq!(status(&good).await, 200);
    assert_eq!(
        status(&mint(json!({ "scopes": ["user:read:admin"] })).await).await,
        400
    );
    let short = mint(json!({ "expires_in_s": 0 })).await;
    zoom.send(zoom.http.get(&url).bearer_auth(&short))
        .await
        .is(401, r#"{"code":124,"message":"Access token is expired."}"#);
    let revoke = json!({ "access_token": good });
    assert_eq!(
        zoom.own(Method::POST, "/tokens/revoke", Some(&revoke))
            .await
            .status,
        204
    );
    assert_eq!(status(&good).await, 401);
    assert_eq!(
        zoom.own(Method::POST, "/tokens/revoke", Some(&revoke))
            .await
            .status,
        404
    );
    let other = mint(json!({})).await;
    assert_eq!(zoom.own(Method::DELETE, "/tokens", None).await.status, 204);
    assert_eq!(status(&other).await, 401);
    for (wrong, field) in [
        (json!({ "scopes": ["Not A Scope"] }), "scopes"),
        (json!({ "client_id": "nobody" }), "client_id"),
        (json!({ "scope": [] }), "scope"),
    ] {
        let refused = zoom.own(Method::POST, "/tokens", Some(&wrong)).await;
        assert_eq!(refused.json()["error"]["field"], field, "{}", refused.text);
    }
}

#[tokio::test]
async fn many_users_are_added_or_none() {
    let zoom = Zoom::start();
    let many = json!({ "users": [{ "userName": "ann@example.com" }, { "userName": "bob@example.com", "active": false }] });
    let added = zoom.own(Method::POST, "/users/bulk", Some(&many)).await;
    assert_eq!(
        (added.status, added.json()["ids"].as_array().unwrap().len()),
        (201, 2)
    );
    let before = zoom.account.users();
    for (wrong, field) in [
        (json!({ "userName": "ANN@example.com" }), "users[1]"),
        (
            json!({ "userName": "dora@example.com", "active": 5 }),
            "users[1].active",
        ),
    ] {
        let many = json!({ "users": [{ "userName": "carl@example.com" }, wrong] });
        let refused = zoom.own(Method::POST, "/users/bulk", Some(&many)).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]["field"]),
            (400, &json!(field)),
            "{}",
            refused.text
        );
        assert_eq!(zoom.account.users(), before);
    }
    let seeded = zoom
        .own(Method::POST, "/users/seed", Some(&json!({ "count": 100 })))
        .await;
    assert_eq!(seeded.json(), json!({ "added": 100 }));
    let again = zoom
        .own(Method::POST, "/users/seed", Some(&json!({ "count": 101 })))
        .await;
    assert_eq!(again.json(), json!({ "added": 1 }));
    let refused = zoom
        .own(
            Method::POST,
            "/users/seed",
            Some(&json!({ "count": 9_999_999 })),
        )
        .await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["field"]),
        (400, &json!("count"))
    );
    assert_eq!(zoom.account.user_count(), 103);
}

#[tokio::test]
async fn groups_and_pending_users_are_set_by_hand() {
    let zoom = Zoom::set_to(
        &json!({ "associated_domains": [], "choices": { "unassociated_domain": "pending" } }),
    );
    zoom.create(&json!({ "userName": "ann@example.com" })).await;
    let pending = zoom.own(Method::GET, "/pending", None).await.json();
    assert_eq!(pending["users"][0]["userName"], "ann@example.com");
    let accepted = zoom
        .own(Method::POST, "/pending/ann@example.com/accept", None)
        .await;
    assert_eq!(accepted.status, 200, "{}", accepted.text);
    let ann = accepted.json()["id"].clone();
    assert_eq!(
        zoom.own(Method::POST, "/pending/ann@example.com/accept", None)
            .await
            .status,
        404
    );
    let group = json!({ "displayName": "Staff", "members": [{ "value": ann }] });
    assert_eq!(
        zoom.own(Method::POST, "/groups", Some(&group)).await.status,
        201
    );
    let groups = zoom.own(Method::GET, "/groups", None).await.json();
    assert_eq!(groups["groups"][0]["members"], json!([{ "value": ann }]));
    for (wrong, status, field) in [
        (json!({ "displayName": "staff" }), 409, "displayName"),
        (json!({ "displayName": "" }), 400, "displayName"),
        (
            json!({ "displayName": "Crew", "members": [{ "value": "nobody" }] }),
            400,
            "members",
        ),
    ] {
        let refused = zoom.own(Method::POST, "/groups", Some(&wrong)).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]["field"]),
            (status, &json!(field)),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn settings_change_as_a_whole_or_not_at_all() {
    let zoom = Zoom::start();
    let change = async |change: Value| zoom.own(Method::PATCH, "/settings", Some(&change)).await;
    let before = zoom.account.settings();
    for (wrong, field) in [
        (json!({ "plan": "gold", "sso": false }), "plan"),
        (
            json!({ "sso": false, "seats": { "free": 1 } }),
            "seats.free",
        ),
        (
            json!({ "sso": false, "default_count": 0 }),
            "settings.default_count",
        ),
        (
            json!({ "associated_domains": ["a@b"] }),
            "settings.associated_domains",
        ),
        (
            json!({ "choices": { "media_type": "xml" } }),
            "choices.media_type",
        ),
        (json!({ "default_group": " " }), "settings.default_group"),
        (json!([]), ""),
    ] {
        let refused = change(wrong.clone()).await;
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text);
        assert_eq!(
            refused.json()["error"]["field"]
                .as_str()
                .unwrap_or_default(),
            field,
            "{}",
            refused.text
        );
        assert_eq!(zoom.account.settings(), before);
    }
    let changed = change(json!({ "sso": false, "seats": { "basic": null } }))
        .await
        .json();
    assert_eq!(
        (&changed["sso"], &changed["seats"]["basic"]),
        (&json!(false), &json!(9_999)),
        "null is the default"
    );
    assert_eq!(
        zoom.own(Method::GET, "/settings", None).await.json(),
        changed
    );
}

/// Holds: token-dies-with-app, token-scopes-at-issue, app-inactive-token, token-inactive-app,
/// scope-classic-granular
#[tokio::test]
async fn an_apps_tokens_have_the_scopes_and_the_life_that_it_had() {
    let zoom = Zoom::start();
    let client = zoom.account.credentials().client_id;
    let app = format!("/apps/{client}");
    let url = format!("{}/Users", zoom.server.scim_url());
    let old = zoom.token().await;
    let mixed = json!({ "scopes": ["scim2", "user:read:user:admin"] });
    assert_eq!(
        zoom.own(Method::PATCH, &app, Some(&mixed)).await.status,
        400
    );
    let changed = zoom
        .own(
            Method::PATCH,
            &app,
            Some(&json!({ "scopes": ["user:read:admin"] })),
        )
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(
        zoom.send(zoom.http.get(&url).bearer_auth(&old))
            .await
            .status,
        200
    );
    assert_eq!(zoom.get("/Users").await.status, 400);
    zoom.own(Method::POST, &format!("{app}/deactivate"), None)
        .await;
    assert_eq!(
        zoom.send(zoom.http.get(&url).bearer_auth(&old))
            .await
            .status,
        401
    );
    let credentials = zoom.account.credentials();
    let form = [
        ("grant_type", "account_credentials"),
        ("account_id", credentials.account_id.as_str()),
    ];
    zoom.ask_token(&client, &credentials.client_secret, &form)
        .await
        .is(
            400,
            r#"{"reason":"The app has been disabled","error":"invalid_client"}"#,
        );
}

#[tokio::test]
async fn the_description_describes_every_path() {
    let zoom = Zoom::start();
    let described = zoom
        .control(Method::GET, "/openapi.json", None)
        .await
        .json();
    for (path, methods) in described["paths"].as_object().unwrap() {
        let path = path
            .replace("{account}", "nobody")
            .replace("{client_id}", "x")
            .replace("{id}", "x");
        let path = path.replace("{name}", "x").replace("{address}", "x");
        for method in methods.as_object().unwrap().keys() {
            // Both would wait for what does not come.
            if path == "/journal/events" || path == "/journal/wait" {
                continue;
            }
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = zoom.control(method.clone(), &path, None).await;
            let message = &answer.json()["error"]["message"];
            assert_ne!(answer.status, 405, "{method} {path}");
            assert_ne!(
                message, "no such path in the control API; GET /_mock/openapi.json lists them",
                "{method} {path}"
            );
        }
    }
}
