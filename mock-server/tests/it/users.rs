//! The SCIM2 user operations.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Zoom;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn jill() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "jchill@example.com",
        "emails": [{ "type": "work", "value": "ignored@example.com" }],
        "active": false,
        "name": { "givenName": "Jill", "familyName": "Chill" },
        "userType": "Licensed",
        "title": "Developer",
        "phoneNumbers": [{ "type": "work", "value": "+1 2015550123" }],
        "nickName": "dropped",
        ENTERPRISE: { "department": "Development", "organization": "Example" },
    })
}

#[tokio::test]
async fn a_user_is_created_read_updated_deactivated_and_deleted() {
    let zoom = Zoom::start();
    let created = zoom.create(&jill()).await;
    assert_eq!(created.status, 201);
    let user = created.json();
    let id = user["id"].as_str().unwrap();
    assert_eq!(id.len(), 22);
    assert_eq!(user["userName"], "jchill@example.com");
    assert_eq!(
        user["emails"],
        json!([{ "type": "work", "value": "jchill@example.com", "primary": true }])
    );
    assert_eq!(
        (&user["active"], &user["title"]),
        (&json!(true), &json!("Developer"))
    );
    assert_eq!(user["displayName"], "Jill Chill");
    assert_eq!(user.get("nickName"), None);

    let path = format!("/Users/{id}");
    let updated = zoom
        .scim(Method::PUT, &path, Some(&json!({ "userType": "Basic" })))
        .await;
    assert_eq!(updated.status, 200);
    assert_eq!(updated.json()["userType"], "Basic");
    assert_eq!(
        updated.json()["name"]["givenName"],
        "Jill",
        "what a PUT leaves out stays"
    );

    let off = json!({ "Operations": [{ "op": "replace", "value": { "active": false } }] });
    let patched = zoom.scim(Method::PATCH, &path, Some(&off)).await;
    assert_eq!(
        (patched.status, &patched.json()["active"]),
        (200, &json!(false))
    );
    zoom.scim(Method::PUT, &path, Some(&json!({ "title": "x" })))
        .await
        .is_scim_error(400, "User is inactive or locked.");
    let on = json!({ "active": true, "title": "Lead", "userType": "Licensed" });
    let enabled = zoom.scim(Method::PUT, &path, Some(&on)).await.json();
    assert_eq!(
        (&enabled["active"], &enabled["title"]),
        (&json!(true), &json!("Lead"))
    );

    zoom.scim(Method::DELETE, &path, None).await.is(204, "");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let gone = zoom
            .scim(method, &path, Some(&json!({ "title": "x" })))
            .await;
        gone.is_scim_error(404, "User does not exist.");
    }
}

/// Holds: empty-body, not-json, user-name-invalid, scim-error
#[tokio::test]
async fn bodies_that_cannot_be_used_are_refused_in_zooms_words() {
    let zoom = Zoom::start();
    let id = zoom.user("ann@example.com").await;
    let path = format!("/Users/{id}");
    for body in [
        json!({}),
        json!({ "userName": "no-address" }),
        json!({ "name": { "givenName": "A" } }),
    ] {
        let answer = zoom.create(&body).await;
        let detail = match body.as_object().unwrap().is_empty() {
            true => "The request JSON must not be empty.",
            false => "The \"userName\" of the request is invalid.",
        };
        answer.is_scim_error(400, detail);
    }
    for (method, path) in [
        (Method::POST, "/Users"),
        (Method::PUT, path.as_str()),
        (Method::PATCH, path.as_str()),
    ] {
        let url = format!("{}{path}", zoom.server.scim_url());
        let token = zoom.token().await;
        let send = |body: &'static str| {
            zoom.send(
                zoom.http
                    .request(method.clone(), &url)
                    .bearer_auth(&token)
                    .body(body),
            )
        };
        send("")
            .await
            .is_scim_error(400, "The request JSON must not be empty.");
        for body in ["{", "[]", "5", "\"x\"", "{\"a\":\"\u{0}\"}"] {
            send(body)
                .await
                .is_scim_error(400, "The request body must be in JSON format.");
        }
    }
    for body in [
        json!({ "operations": [] }),
        json!({ "Operations": [{ "op": "replace", "path": "title", "value": "x" }] }),
    ] {
        zoom.scim(Method::PATCH, &path, Some(&body))
            .await
            .is_scim_error(400, "The request json did not contains valid active field.");
    }
    zoom.scim(Method::PUT, &path, Some(&json!({ "userType": "Gold" })))
        .await
        .is_scim_error(400, "The \"userType\" of the request is invalid.");
    assert_eq!(zoom.account.users().len(), 1);
}

#[tokio::test]
async fn a_duplicate_is_400_on_create_and_409_on_an_email_change() {
    let zoom = Zoom::start();
    zoom.user("ann@example.com").await;
    let bob = zoom.user("bob@example.com").await;
    zoom.create(&json!({ "userName": "ANN@example.com" }))
        .await
        .is_scim_error(400, "The email \"ANN@example.com\" is already in use.");
    let taken = json!({ "emails": [{ "type": "work", "value": "Ann@example.com" }] });
    zoom.scim(Method::PUT, &format!("/Users/{bob}"), Some(&taken))
        .await
        .is_scim_error(409, "Email 'Ann@example.com' has already been used.");
    let free =
        json!({ "userName": "ignored@example.com", "emails": [{ "value": "bobby@example.com" }] });
    let moved = zoom
        .scim(Method::PUT, &format!("/Users/{bob}"), Some(&free))
        .await
        .json();
    assert_eq!(
        (&moved["id"], &moved["userName"]),
        (&json!(bob), &json!("bobby@example.com"))
    );
    zoom.user("bob@example.com").await;
}

#[tokio::test]
async fn an_address_of_another_account_is_in_use_and_found_by_nobody() {
    let zoom = Zoom::start();
    zoom.account.add_foreign_address("carl@example.com");
    zoom.create(&json!({ "userName": "carl@example.com" }))
        .await
        .is_scim_error(400, "The email \"carl@example.com\" is already in use.");
    zoom.get("/Users?filter=userName%20eq%20%22carl@example.com%22&count=1")
        .await
        .is_scim_error(
            400,
            "User carl@example.com not exist or not belong to this account.",
        );
    assert_eq!(zoom.get("/Users?count=100").await.json()["totalResults"], 0);
}

/// Holds: list-start-index, list-default-count, list-count-0
#[tokio::test]
async fn a_list_is_paged_in_the_order_of_creation() {
    let zoom = Zoom::start();
    for number in 0..5 {
        zoom.user(&format!("user{number}@example.com")).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let users = page["Resources"].as_array().unwrap();
        users
            .iter()
            .map(|user| user["userName"].as_str().unwrap()[..5].to_owned())
            .collect()
    };
    let page = zoom.get("/Users?startIndex=2&count=3").await.json();
    assert_eq!(
        (
            &page["totalResults"],
            &page["startIndex"],
            &page["itemsPerPage"]
        ),
        (&json!(5), &json!(2), &json!(3))
    );
    assert_eq!(names(&page), ["user1", "user2", "user3"]);
    assert_eq!(
        names(&zoom.get("/Users").await.json()),
        ["user0"],
        "the documented default is one"
    );
    assert_eq!(
        names(&zoom.get("/Users?startIndex=6&count=10").await.json()),
        [] as [&str; 0]
    );
    let empty = zoom.get("/Users?count=0").await.json();
    assert_eq!(
        (&empty["totalResults"], &empty["Resources"]),
        (&json!(5), &json!([]))
    );
}

/// Holds: filter-user-name, filter-external-id, filter-quotes, filter-case, filter-nobody, filter-users-refused
#[tokio::test]
async fn a_filter_finds_by_address_or_id_quoted_or_not() {
    let zoom = Zoom::start();
    let id = zoom.user("ann+1@example.com").await;
    let found = async |query: &str| {
        zoom.get(&format!("/Users?{query}&count=10")).await.json()["totalResults"].clone()
    };
    assert_eq!(
        found("filter=userName+eq+%22ANN%2B1@example.com%22").await,
        1
    );
    assert_eq!(found("filter=userName%20eq%20ann%2B1@example.com").await, 1);
    assert_eq!(found(&format!("filter=externalId%20eq%20{id}")).await, 1);
    assert_eq!(found("filter=userName%20eq%20nobody@example.com").await, 0);
    // A plus that is not encoded is a space, so that this is no value.
    let unencoded = zoom
        .get("/Users?filter=userName%20eq%20ann+1@example.com")
        .await;
    unencoded.is_scim_error(
        400,
        "The current filter is not supported, the filter name: userName",
    );
    zoom.get("/Users?filter=title%20eq%20x")
        .await
        .is_scim_error(
            400,
            "The current filter is not supported, the filter name: title",
        );
}

/// Holds: scim-aliases, scim-lower-case, scim-unknown-path, token-post-only
#[tokio::test]
async fn all_bases_are_the_same_and_other_paths_are_not_recognised() {
    let zoom = Zoom::start();
    let token = zoom.token().await;
    let id = zoom.user("ann@example.com").await;
    for base in ["scim2", "v2/scim2", "scim"] {
        for users in ["Users", "users"] {
            let url = format!("{}/{base}/{users}/{id}", zoom.server.base_url());
            assert_eq!(
                zoom.send(zoom.http.get(url).bearer_auth(&token))
                    .await
                    .status,
                200,
                "{base}/{users}"
            );
        }
    }
    const UNKNOWN: &str = r#"{"code":2300,"message":"This API endpoint is not recognized."}"#;
    zoom.get("/ServiceProviderConfig").await.is(404, UNKNOWN);
    zoom.get("//Users").await.is(404, UNKNOWN);
    zoom.scim(Method::DELETE, "/Users", None)
        .await
        .is(405, UNKNOWN);
    zoom.send(zoom.http.get(zoom.server.token_url()))
        .await
        .is(405, UNKNOWN);
    zoom.send(zoom.http.get(zoom.server.base_url()))
        .await
        .is(404, UNKNOWN);
}

#[tokio::test]
async fn accounts_do_not_see_each_other() {
    let zoom = Zoom::start();
    let other = zoom
        .server
        .create_account(mock_server::AccountSpec::default())
        .unwrap();
    let id = other
        .add_user(&json!({ "userName": "ann@example.com" }))
        .unwrap();
    zoom.get(&format!("/Users/{id}"))
        .await
        .is_scim_error(404, "User does not exist.");
    zoom.user("ann@example.com").await;
    assert_eq!((zoom.account.users().len(), other.users().len()), (1, 1));
    assert_eq!(other.exchanges(0).len(), 0);
}

/// Holds: scim-media-types
#[tokio::test]
async fn a_body_is_json_whatever_it_calls_itself() {
    let zoom = Zoom::start();
    let token = zoom.token().await;
    let url = format!("{}/Users", zoom.server.scim_url());
    let types = [
        "application/json",
        "application/scim+json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "?",
    ];
    for (number, media_type) in types.into_iter().enumerate() {
        let request = zoom
            .http
            .post(&url)
            .bearer_auth(&token)
            .header("content-type", media_type);
        let body = format!("{{\"userName\":\"user{number}@example.com\"}}");
        let answer = zoom
            .send(request.header("accept", "text/html").body(body))
            .await;
        assert_eq!(answer.status, 201, "{media_type}: {}", answer.text);
    }
    let bare = zoom
        .http
        .post(&url)
        .bearer_auth(&token)
        .body("{\"userName\":\"bare@example.com\"}");
    assert_eq!(zoom.send(bare).await.status, 201);
}

/// Holds: list-other-parameters, list-envelope
#[tokio::test]
async fn parameters_that_zoom_does_not_have_are_ignored() {
    let zoom = Zoom::start();
    zoom.user("ann@example.com").await;
    let plain = zoom.get("/Users?count=5").await;
    let keys: Vec<String> = plain.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys,
        [
            "Resources",
            "itemsPerPage",
            "schemas",
            "startIndex",
            "totalResults"
        ]
    );
    for more in [
        "attributes=userName",
        "excludedAttributes=id",
        "sortBy=userName&sortOrder=descending",
        "x=%ff",
    ] {
        assert_eq!(
            zoom.get(&format!("/Users?count=5&{more}")).await.text,
            plain.text,
            "{more}"
        );
    }
}
