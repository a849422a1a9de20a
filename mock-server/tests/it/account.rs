//! What an account's administrator sets: Single Sign-On, plan, permissions, scopes, limits.

use mock_server::{AccountSpec, Operation};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Zoom};

/// The eleven operations of SCIM2, on a user and a group that are there.
async fn all_operations(zoom: &Zoom) -> Vec<(Operation, Answer)> {
    let user = zoom.by_hand(&json!({ "userName": "ann@example.com" }));
    let group = format!(
        "/Groups/{}",
        zoom.account
            .add_group(&json!({ "displayName": "Staff" }))
            .unwrap()
    );
    let active = json!({ "Operations": [{ "op": "replace", "value": { "active": true } }] });
    let rename = json!({ "Operations": [{ "op": "replace", "value": { "displayName": "Crew" } }] });
    let bob = json!({ "userName": "bob@example.com" });
    let sales = json!({ "displayName": "Sales" });
    let calls: [(Operation, Method, &str, Option<&Value>); 11] = [
        (Operation::ListUsers, Method::GET, "/Users", None),
        (Operation::CreateUser, Method::POST, "/Users", Some(&bob)),
        (Operation::GetUser, Method::GET, &user, None),
        (Operation::UpdateUser, Method::PUT, &user, Some(&active)),
        (Operation::PatchUser, Method::PATCH, &user, Some(&active)),
        (Operation::DeleteUser, Method::DELETE, &user, None),
        (Operation::ListGroups, Method::GET, "/Groups", None),
        (
            Operation::CreateGroup,
            Method::POST,
            "/Groups",
            Some(&sales),
        ),
        (Operation::GetGroup, Method::GET, &group, None),
        (Operation::PatchGroup, Method::PATCH, &group, Some(&rename)),
        (Operation::DeleteGroup, Method::DELETE, &group, None),
    ];
    let mut answers = Vec::new();
    for (operation, method, path, body) in calls {
        answers.push((operation, zoom.scim(method, path, body).await));
    }
    answers
}

fn statuses(answers: &[(Operation, Answer)]) -> Vec<u16> {
    answers.iter().map(|(_, answer)| answer.status).collect()
}

const ALL_GOOD: [u16; 11] = [200, 201, 200, 200, 200, 204, 200, 201, 200, 204, 204];

/// Holds: scim-statuses, scim-operations
#[tokio::test]
async fn all_eleven_operations_answer_as_documented() {
    let zoom = Zoom::start();
    let answers = all_operations(&zoom).await;
    assert_eq!(statuses(&answers), ALL_GOOD);
    for (operation, answer) in &answers {
        assert_eq!(
            answer.text.is_empty(),
            answer.status == 204,
            "{operation:?}"
        );
        let media_type = (answer.status != 204).then_some("application/json;charset=UTF-8");
        assert_eq!(answer.header("content-type"), media_type, "{operation:?}");
    }
    for path in [
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/Bulk",
        "/Me",
        "/.search",
        "/",
    ] {
        zoom.get(path).await.is(
            404,
            r#"{"code":2300,"message":"This API endpoint is not recognized."}"#,
        );
    }
}

/// Holds: scim-sso, scim-plan
#[tokio::test]
async fn without_single_sign_on_only_groups_answer() {
    for settings in [
        json!({ "sso": false }),
        json!({ "plan": "pro" }),
        json!({ "plan": "free" }),
    ] {
        let zoom = Zoom::set_to(&settings);
        for (operation, answer) in all_operations(&zoom).await {
            if operation.as_str().starts_with("users.") {
                answer.is_scim_error(400, "Account has not enabled Single Sign-On.");
            } else {
                assert!(answer.status < 300, "{operation:?}: {}", answer.text);
            }
        }
    }
    for plan in ["business", "education", "enterprise"] {
        assert_eq!(
            Zoom::set_to(&json!({ "plan": plan }))
                .get("/Users")
                .await
                .status,
            200,
            "{plan}"
        );
    }
}

/// Holds: user-read-refused, user-edit-refused, group-refused
#[tokio::test]
async fn an_owner_without_permissions_is_refused_in_the_words_of_each_operation() {
    let zoom = Zoom::set_to(&json!({ "permissions": [] }));
    for (operation, answer) in all_operations(&zoom).await {
        let detail = match operation {
            Operation::ListUsers => {
                "The current login user does not have the \"User:Read\" permission.".to_owned()
            }
            Operation::DeleteUser => {
                "The request was denied due to insufficient permissions:\"User:Edit\".".to_owned()
            }
            _ => {
                let resource = if operation.as_str().starts_with("users.") {
                    "User"
                } else {
                    "Group"
                };
                let right = if operation.is_write() { "Edit" } else { "Read" };
                format!(
                    "The request was denied due to insufficient permissions: \"{resource}:{right}\"."
                )
            }
        };
        match operation {
            Operation::ListGroups => assert_eq!(answer.status, 403, "{}", answer.text),
            _ => answer.is_scim_error(403, &detail),
        }
    }
    assert_eq!(zoom.account.users().len(), 1);
    let reader = Zoom::set_to(&json!({ "permissions": ["User:Read", "Group:Read"] }));
    let statuses = statuses(&all_operations(&reader).await);
    assert_eq!(
        statuses,
        [200, 403, 200, 403, 403, 403, 200, 403, 200, 403, 403]
    );
}

/// Holds: scope-scim, gateway-scope, gateway-envelope, token-no-scopes
#[tokio::test]
async fn each_operation_needs_one_of_two_scopes() {
    let missing = r#"{"code":4711,"message":"Invalid access token, does not contain scopes:[scim2, scim2:admin]."}"#;
    for scopes in [
        vec![],
        vec!["user:read:admin".to_owned(), "user:master".to_owned()],
    ] {
        let zoom = Zoom::with(AccountSpec {
            scopes: Some(scopes),
            ..AccountSpec::default()
        });
        for (_, answer) in all_operations(&zoom).await {
            answer.is(400, missing);
        }
        assert_eq!(
            (zoom.account.users().len(), zoom.account.groups().len()),
            (1, 1)
        );
    }
    for scope in ["scim2", "scim2:admin"] {
        let zoom = Zoom::with(AccountSpec {
            scopes: Some(vec![scope.to_owned()]),
            ..AccountSpec::default()
        });
        assert_eq!(statuses(&all_operations(&zoom).await), ALL_GOOD, "{scope}");
    }
}

#[tokio::test]
async fn the_scope_report_tells_what_an_app_could_do_without() {
    let zoom = Zoom::with(AccountSpec {
        scopes: Some(
            ["scim2", "user:read:admin", "account:master"]
                .map(str::to_owned)
                .to_vec(),
        ),
        ..AccountSpec::default()
    });
    zoom.get("/Users").await;
    zoom.user("ann@example.com").await;
    zoom.fetch("/v2/users").await;
    zoom.fetch("/v2/accounts/me/managed_domains").await;
    let path = format!("/accounts/{}/scopes", zoom.account.id());
    let report = zoom.control(Method::GET, &path, None).await.json();
    assert_eq!(
        report["granted"],
        json!(["account:master", "scim2", "user:read:admin"])
    );
    assert_eq!(report["unneeded"], json!(["account:master"]));
    assert_eq!(
        report["missing"][0]["operation"],
        "rest.managed_domains.list"
    );
    let used: Vec<&Value> = report["used"]
        .as_array()
        .unwrap()
        .iter()
        .map(|used| &used["scope"])
        .collect();
    assert_eq!(used, ["scim2", "user:read:admin"]);
    assert_eq!(report["used"][0]["requests"], 2);
}

/// Holds: scope-pingone
#[tokio::test]
async fn an_app_starts_with_the_scopes_that_pingone_asks_for() {
    let zoom = Zoom::start();
    let expected = [
        "account:master",
        "account:read:admin",
        "account:write:admin",
        "scim2",
        "user:master",
        "user:read:admin",
        "user:write:admin",
    ];
    assert_eq!(zoom.account.apps()[0].scopes, expected);
}

/// Holds: limit-headers, limit-second, limit-light, limit-medium, limit-account, limit-old
#[tokio::test]
async fn a_second_has_its_number_of_requests() {
    let zoom = Zoom::set_to(&json!({ "rate_limits": { "preset": "free" } }));
    zoom.account
        .clock()
        .freeze(Some("2026-01-31T12:00:00Z".parse().unwrap()));
    let user = zoom.by_hand(&json!({ "userName": "ann@example.com" }));
    for (path, category, limit) in [("/Users", "Medium", 2), (user.as_str(), "Light", 4)] {
        for left in (0..limit).rev() {
            let answer = zoom.get(path).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let (limit, left) = (limit.to_string(), left.to_string());
            for (name, value) in [
                ("x-ratelimit-category", category),
                ("x-ratelimit-type", "QPS"),
                ("x-ratelimit-limit", &limit),
                ("x-ratelimit-remaining", &left),
            ] {
                assert_eq!(answer.header(name), Some(value), "{name}");
            }
        }
        let refused = zoom.get(path).await;
        assert_eq!(refused.header("x-ratelimit-reset"), Some("1769860801"));
        assert_eq!(refused.header("retry-after"), None);
        refused.is(
            429,
            r#"{"code":429,"message":"You have reached the maximum per-second rate limit for this API. Try again later."}"#,
        );
    }
    zoom.account
        .clock()
        .advance(jiff::SignedDuration::from_secs(1))
        .unwrap();
    assert_eq!(zoom.get("/Users").await.status, 200);
    for (preset, light, medium) in [
        ("pro", "30", "20"),
        ("business", "80", "60"),
        ("one_a_second", "1", "1"),
    ] {
        let zoom = Zoom::set_to(&json!({ "rate_limits": { "preset": preset } }));
        let user = zoom.by_hand(&json!({ "userName": "ann@example.com" }));
        assert_eq!(
            zoom.get(&user).await.header("x-ratelimit-limit"),
            Some(light),
            "{preset}"
        );
        assert_eq!(
            zoom.get("/Groups").await.header("x-ratelimit-limit"),
            Some(medium),
            "{preset}"
        );
    }
    assert_eq!(
        Zoom::start()
            .get("/Users")
            .await
            .header("x-ratelimit-limit"),
        None
    );
}

/// Holds: limit-daily, limit-day
#[tokio::test]
async fn a_day_has_its_number_of_requests() {
    let zoom = Zoom::set_to(&json!({ "rate_limits": { "medium_per_day": 1 } }));
    zoom.account
        .clock()
        .freeze(Some("2026-01-31T12:00:00Z".parse().unwrap()));
    assert_eq!(
        zoom.get("/Users").await.header("x-ratelimit-type"),
        Some("Daily-limit")
    );
    let refused = zoom.get("/Groups").await;
    assert_eq!(refused.header("retry-after"), Some("2026-02-01T00:00:00Z"));
    refused.is(
        429,
        r#"{"code":429,"message":"You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request."}"#,
    );
    zoom.account
        .clock()
        .advance(jiff::SignedDuration::from_hours(12))
        .unwrap();
    assert_eq!(zoom.get("/Groups").await.status, 200);
}

/// Holds: fixed-token-limit
#[tokio::test]
async fn one_accounts_limits_and_clock_are_not_anothers() {
    let zoom = Zoom::set_to(&json!({ "rate_limits": { "preset": "one_a_second" } }));
    zoom.account.clock().freeze(None);
    assert_eq!(
        (
            zoom.get("/Users").await.status,
            zoom.get("/Users").await.status
        ),
        (200, 429)
    );
    // `token` would find none in the answer of a refusal.
    for _ in 0..3 {
        zoom.token().await;
    }
    let other = zoom.server.create_account(AccountSpec::default()).unwrap();
    let before = other.clock().now();
    zoom.account
        .clock()
        .advance(jiff::SignedDuration::from_hours(24))
        .unwrap();
    assert!(other.clock().now().duration_since(before) < jiff::SignedDuration::from_hours(1));
    let token = other
        .mint_token(&mock_server::TokenSpec::default())
        .unwrap();
    let url = format!("{}/Users", zoom.server.scim_url());
    for _ in 0..3 {
        assert_eq!(
            zoom.send(zoom.http.get(&url).bearer_auth(&token))
                .await
                .status,
            200
        );
    }
}
