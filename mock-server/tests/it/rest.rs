//! The few calls of Zoom's REST API.

use mock_server::AccountSpec;
use serde_json::{Value, json};

use super::client::Zoom;

fn with_scopes(scopes: &[&str]) -> Zoom {
    Zoom::with(AccountSpec {
        scopes: Some(scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        owner: Some("owner@example.com".to_owned()),
        ..AccountSpec::default()
    })
}

/// Holds: rest-users, rest-pending-no-id, rest-query
#[tokio::test]
async fn users_are_listed_by_status_and_page() {
    let zoom = Zoom::start();
    zoom.set(&json!({ "associated_domains": ["example.com"], "choices": { "unassociated_domain": "pending" } }));
    for number in 0..5 {
        zoom.user(&format!("user{number}@example.com")).await;
    }
    zoom.user("later@other.example").await;
    zoom.by_hand(&json!({ "userName": "off@example.com", "active": false }));
    let first = zoom.fetch("/v2/users?page_size=2").await.json();
    assert_eq!(
        (
            &first["page_size"],
            &first["total_records"],
            &first["page_count"]
        ),
        (&json!(2), &json!(5), &json!(3))
    );
    let emails = |page: &Value| -> Vec<String> {
        let users = page["users"].as_array().unwrap().iter();
        users
            .map(|user| user["email"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut seen = emails(&first);
    let mut token = first["next_page_token"].as_str().unwrap().to_owned();
    while !token.is_empty() {
        let page = zoom
            .fetch(&format!("/v2/users?page_size=2&next_page_token={token}"))
            .await
            .json();
        seen.extend(emails(&page));
        token = page["next_page_token"].as_str().unwrap().to_owned();
    }
    assert_eq!(
        seen,
        (0..5)
            .map(|number| format!("user{number}@example.com"))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        emails(
            &zoom
                .fetch("/v2/users?page_size=2&page_number=3")
                .await
                .json()
        ),
        ["user4@example.com"]
    );
    assert_eq!(
        emails(&zoom.fetch("/v2/users?status=inactive").await.json()),
        ["off@example.com"]
    );
    let pending = zoom.fetch("/v2/users?status=pending").await.json();
    assert_eq!(emails(&pending), ["later@other.example"]);
    assert_eq!(pending["users"][0].get("id"), None);
    assert_eq!(
        zoom.fetch("/v2/users?page_size=99999").await.json()["page_size"],
        2000
    );
    assert_eq!(zoom.fetch("/v2/users").await.json()["page_size"], 30);
    for query in [
        "status=gone",
        "page_size=x",
        "page_number=-1",
        "next_page_token=x",
    ] {
        let all = zoom.fetch(&format!("/v2/users?{query}")).await;
        assert_eq!(emails(&all.json()).len(), 5, "{query}: {}", all.text);
    }
}

/// Holds: rest-key-order
#[tokio::test]
async fn keys_have_the_order_of_the_reference() {
    let zoom = Zoom::start();
    let start = "2026-01-31T12:00:00Z".parse().unwrap();
    zoom.account.clock().freeze(Some(start));
    let ann = json!({
        "userName": "ann@example.com",
        "name": { "givenName": "Ann", "familyName": "Archer" },
        "phoneNumbers": [{ "type": "fax", "value": "+1 2015550123" }],
    });
    let id = zoom.account.add_user(&ann).unwrap();
    let user = format!(
        r#""id":"{id}","email":"ann@example.com","type":1,"first_name":"Ann","last_name":"Archer","display_name":"Ann Archer","dept":"","status":"active","verified":1,"group_ids":[],"employee_unique_id":"","created_at":"2026-01-31T12:00:00Z","user_created_at":"2026-01-31T12:00:00Z""#
    );
    zoom.fetch("/v2/users").await.is(
        200,
        &format!(
            r#"{{"next_page_token":"","page_count":1,"page_number":1,"page_size":30,"total_records":1,"users":[{{{user}}}]}}"#
        ),
    );
    let account = zoom.account.id();
    zoom.fetch(&format!("/v2/users/{id}")).await.is(
        200,
        &format!(
            r#"{{{user},"account_id":"{account}","job_title":"","company":"","location":"","cost_center":"","manager":"","login_types":[100,101],"phone_numbers":[{{"label":"Fax","number":"+1 2015550123","verified":false}}],"role_name":"Member"}}"#
        ),
    );
}

/// The counts stay right through all that changes who is active.
#[tokio::test]
async fn active_and_inactive_users_are_counted_apart() {
    let zoom = Zoom::start();
    let counts = async || {
        let of = async |status: &str| {
            let page = zoom
                .fetch(&format!("/v2/users?status={status}"))
                .await
                .json();
            let shown = page["users"].as_array().unwrap().len();
            assert_eq!(page["total_records"], shown, "{page}");
            shown
        };
        (of("active").await, of("inactive").await)
    };
    let mut paths = Vec::new();
    for number in 0..4 {
        let id = zoom.user(&format!("user{number}@example.com")).await;
        paths.push(format!("/Users/{id}"));
    }
    assert_eq!(counts().await, (4, 0));
    zoom.set_active(&paths[0], false).await;
    zoom.set_active(&paths[1], false).await;
    assert_eq!(counts().await, (2, 2));
    let page = zoom
        .fetch("/v2/users?page_size=1&page_number=2")
        .await
        .json();
    assert_eq!(page["users"][0]["email"], "user3@example.com");
    zoom.set_active(&paths[0], true).await;
    zoom.delete(&paths[1]).await;
    zoom.delete(&paths[2]).await;
    assert_eq!(counts().await, (2, 0));
    zoom.account.reset();
    assert_eq!(counts().await, (0, 0));
}

/// Holds: rest-user, rest-types, rest-no-user, token-owner
#[tokio::test]
async fn a_user_is_found_by_id_address_or_as_oneself() {
    let zoom = with_scopes(&["user:read:admin"]);
    let ann = json!({ "userName": "ann@example.com", "userType": "On-Prem", "title": "Lead" });
    let id = zoom.account.add_user(&ann).unwrap();
    for name in [id.as_str(), "ANN@example.com"] {
        let user = zoom.fetch(&format!("/v2/users/{name}")).await.json();
        assert_eq!(
            (&user["id"], &user["type"], &user["job_title"]),
            (&json!(id), &json!(3), &json!("Lead"))
        );
    }
    let me = zoom.fetch("/v2/users/me").await.json();
    assert_eq!(
        (&me["email"], &me["role_name"]),
        (&json!("owner@example.com"), &json!("Owner"))
    );
    for (name, number) in [("Basic", 1), ("Licensed", 2), ("Collaboration", 4)] {
        zoom.account
            .edit_user(&id, &json!({ "userType": name }))
            .unwrap();
        assert_eq!(
            zoom.fetch(&format!("/v2/users/{id}")).await.json()["type"],
            number
        );
    }
    zoom.fetch("/v2/users/nobody").await.is(
        404,
        r#"{"code":1001,"message":"User does not exist: nobody."}"#,
    );
}

/// Holds: rest-domains, rest-no-account
#[tokio::test]
async fn the_associated_domains_are_listed() {
    let zoom = with_scopes(&["account:read:admin"]);
    zoom.set(&json!({ "associated_domains": ["example.com", "example.org"] }));
    let expected = json!({
        "domains": [
            { "domain": "example.com", "status": "verified" },
            { "domain": "example.org", "status": "verified" },
        ],
        "total_records": 2,
    });
    for account in ["me", zoom.account.id()] {
        let path = format!("/v2/accounts/{account}/managed_domains");
        assert_eq!(zoom.fetch(&path).await.json(), expected);
    }
    let other = zoom.fetch("/v2/accounts/other/managed_domains").await;
    assert_eq!((other.status, &other.json()["code"]), (404, &json!(2001)));
}

/// Holds: scope-rest, scope-write-reads
#[tokio::test]
async fn each_call_needs_its_own_scope() {
    let calls = [
        "/v2/users",
        "/v2/users/me",
        "/v2/accounts/me/managed_domains",
    ];
    for (scopes, statuses) in [
        (&["user:read:admin"][..], [200, 200, 400]),
        (&["user:write:admin"], [200, 200, 400]),
        (&["user:read:list_users:admin"], [200, 400, 400]),
        (&["user:read:user:admin"], [400, 200, 400]),
        (&["account:read:admin"], [400, 400, 200]),
        (&["account:write:admin"], [400, 400, 200]),
        (&["account:read:managed_domains:master"], [400, 400, 200]),
        (&["scim2"], [400, 400, 400]),
    ] {
        let zoom = with_scopes(scopes);
        for (call, status) in calls.iter().zip(statuses) {
            let answer = zoom.fetch(call).await;
            assert_eq!(answer.status, status, "{scopes:?} {call}: {}", answer.text);
            if status == 400 {
                assert_eq!(answer.json()["code"], 4711);
            }
        }
    }
}

/// Holds: rest-role, rest-sso
#[tokio::test]
async fn the_owners_role_has_to_let_users_be_read() {
    let zoom = Zoom::start();
    let ann = zoom.user("ann@example.com").await;
    zoom.set(&json!({ "permissions": ["User:Edit", "Group:Read"], "sso": false }));
    for path in ["/v2/users", &format!("/v2/users/{ann}"), "/v2/users/me"] {
        zoom.fetch(path).await.is(
            400,
            r#"{"code":200,"message":"Invalid access token. Does not contain permissions [User:Read]."}"#,
        );
    }
    let domains = zoom.fetch("/v2/accounts/me/managed_domains").await;
    assert_eq!(domains.status, 200, "{}", domains.text);
    zoom.set(&json!({ "permissions": ["User:Read"] }));
    let users = zoom.fetch("/v2/users").await;
    assert_eq!(users.status, 200, "REST does without Single Sign-On");
}

#[tokio::test]
async fn the_owner_is_there_where_the_account_was_made_with_one() {
    let zoom = with_scopes(&["user:read:admin"]);
    let me = zoom.fetch("/v2/users/me").await.json();
    zoom.by_hand(&json!({ "userName": "ann@example.com" }));
    let id = me["id"].as_str().unwrap();
    zoom.account
        .edit_user(id, &json!({ "userName": "moved@example.com" }))
        .unwrap();
    zoom.account.reset();
    assert_eq!(zoom.account.user_count(), 1);
    let again = zoom.fetch("/v2/users/me").await.json();
    assert_eq!(
        (&again["id"], &again["email"], &again["role_name"]),
        (&me["id"], &json!("owner@example.com"), &json!("Owner"))
    );
    let nobody = Zoom::start();
    nobody
        .fetch("/v2/users/me")
        .await
        .is(404, r#"{"code":1001,"message":"User does not exist: me."}"#);
    nobody.account.reset();
    assert_eq!(nobody.account.user_count(), 0);
}
