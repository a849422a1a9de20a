//! What the server does where Zoom is silent, with the default and with each other value.

use mock_server::Choices;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Zoom;

/// A server whose account has made this choice.
fn chosen(choice: &str, value: &str) -> Zoom {
    Zoom::set_to(&json!({ "choices": { choice: value } }))
}

#[tokio::test]
async fn choices_are_listed_with_their_values() {
    let zoom = Zoom::start();
    let listed = zoom.control(Method::GET, "/choices", None).await.json();
    let settings = serde_json::to_value(zoom.account.settings().choices).unwrap();
    assert_eq!(
        listed.as_array().unwrap().len(),
        Choices::DOCUMENTATION.len()
    );
    for choice in listed.as_array().unwrap() {
        let name = choice["name"].as_str().unwrap();
        assert_eq!(settings[name], choice["values"][0]["name"], "{name}");
        for value in choice["values"].as_array().unwrap() {
            zoom.set(&json!({ "choices": { name: value["name"] } }));
        }
    }
}

/// Holds: choice-media_type
#[tokio::test]
async fn the_media_type_is_either() {
    let (json, scim) = (Zoom::start(), chosen("media_type", "scim+json"));
    assert_eq!(
        json.get("/Users").await.header("content-type"),
        Some("application/json;charset=UTF-8")
    );
    for path in ["/Users", "/Groups", "/Users/nobody"] {
        let media_type = scim.get(path).await;
        assert_eq!(
            media_type.header("content-type"),
            Some("application/scim+json;charset=UTF-8"),
            "{path}"
        );
    }
}

/// Holds: choice-gateway_errors, gateway-envelope
#[tokio::test]
async fn the_gateways_errors_have_either_envelope() {
    let settings = json!({ "choices": { "gateway_errors": "scim" }, "rate_limits": { "preset": "one_a_second" } });
    let zoom = Zoom::set_to(&settings);
    zoom.account.clock().freeze(None);
    zoom.get("/Users").await;
    zoom.get("/Users")
        .await
        .is_scim_error(429, "Too Many Requests.");
    let weak = mock_server::TokenSpec {
        scopes: Some(Vec::new()),
        ..mock_server::TokenSpec::default()
    };
    let token = zoom.account.mint_token(&weak).unwrap();
    let url = format!("{}/Users", zoom.server.scim_url());
    zoom.send(zoom.http.get(&url).bearer_auth(token))
        .await
        .is_scim_error(
            400,
            "Invalid access token, does not contain scopes:[scim2, scim2:admin].",
        );
    let expired = mock_server::TokenSpec {
        expires_in_s: Some(0),
        ..mock_server::TokenSpec::default()
    };
    let token = zoom.account.mint_token(&expired).unwrap();
    zoom.send(zoom.http.get(&url).bearer_auth(token))
        .await
        .is_scim_error(401, "Access token is expired.");
}

/// Holds: choice-refusals
#[tokio::test]
async fn refusals_have_either_envelope() {
    let zoom = chosen("refusals", "gateway");
    zoom.set(&json!({ "associated_domains": ["example.com"] }));
    zoom.get("/Users/nobody")
        .await
        .is(404, r#"{"code":404,"message":"User does not exist."}"#);
    zoom.get("/Groups/nobody")
        .await
        .is(404, r#"{"code":404,"message":"Group does not exist."}"#);
    let outside = zoom
        .create(&json!({ "userName": "ann@other.example" }))
        .await;
    assert_eq!(
        (outside.status, &outside.json()["code"]),
        (409, &json!(409))
    );
    zoom.create(&json!({ "userName": "x" }))
        .await
        .is_scim_error(400, "The \"userName\" of the request is invalid.");
    zoom.set(&json!({ "permissions": [] }));
    let forbidden = zoom.get("/Users/nobody").await;
    assert_eq!(
        (forbidden.status, &forbidden.json()["code"]),
        (403, &json!(403))
    );
    let scim = Zoom::start();
    scim.get("/Users/nobody")
        .await
        .is_scim_error(404, "User does not exist.");
}

/// Holds: choice-missing_account_id
#[tokio::test]
async fn a_missing_account_id_is_refused_or_the_clients_own() {
    for (value, status) in [("refused", 400), ("accepted", 200)] {
        let zoom = chosen("missing_account_id", value);
        let own = zoom.account.credentials();
        let grant = ("grant_type", "account_credentials");
        let answer = zoom
            .ask_token(&own.client_id, &own.client_secret, &[grant])
            .await;
        assert_eq!(answer.status, status, "{value}: {}", answer.text);
        let wrong = [grant, ("account_id", "other")];
        zoom.ask_token(&own.client_id, &own.client_secret, &wrong)
            .await
            .is(400, r#"{"reason":"Bad Request","error":"invalid_request"}"#);
    }
}

/// Holds: choice-inactive_app
#[tokio::test]
async fn an_app_that_is_not_active_is_told_so_or_not_known() {
    for (value, reason) in [
        ("told", "The app has been disabled"),
        ("hidden", "Invalid client_id or client_secret"),
    ] {
        let zoom = chosen("inactive_app", value);
        let own = zoom.account.credentials();
        zoom.account.deactivate_app(&own.client_id).unwrap();
        let form = [
            ("grant_type", "account_credentials"),
            ("account_id", own.account_id.as_str()),
        ];
        zoom.ask_token(&own.client_id, &own.client_secret, &form)
            .await
            .is(
                400,
                &format!(r#"{{"reason":"{reason}","error":"invalid_client"}}"#),
            );
    }
}

/// Holds: choice-deactivated_address
#[tokio::test]
async fn an_inactive_users_address_is_in_use_or_brings_them_back() {
    for (value, status) in [("in_use", 400), ("reactivated", 201)] {
        let zoom = chosen("deactivated_address", value);
        let path =
            zoom.by_hand(&json!({ "userName": "ann@example.com", "active": false, "title": "T" }));
        let ann = json!({
            "userName": "ANN@example.com", "userType": "Licensed",
            "emails": [{ "value": "other@example.com" }],
        });
        let answer = zoom.create(&ann).await;
        assert_eq!(answer.status, status, "{value}: {}", answer.text);
        assert_eq!(zoom.account.user_count(), 1);
        let user = zoom.get(&path).await.json();
        let back = value == "reactivated";
        assert_eq!(
            (&user["active"], &user["userName"]),
            (&json!(back), &json!("ann@example.com"))
        );
        assert_eq!(
            zoom.account.users()[0]["title"],
            "T",
            "what is not sent stays"
        );
        // An active user is in use whatever was chosen.
        zoom.set_active(&path, true).await;
        assert_eq!(zoom.create(&ann).await.status, 400, "{value}");
    }
}

/// Holds: choice-paging_out_of_range, list-count, list-start-index
#[tokio::test]
async fn paging_out_of_range_is_clamped_or_refused() {
    let cases = [
        ("startIndex=0&count=2", 1, 2),
        ("startIndex=-1&count=2", 1, 2),
        ("startIndex=2147483648&count=2", i32::MAX, 0),
        ("startIndex=99999999999999999999999&count=2", i32::MAX, 0),
        ("startIndex=x&count=2", 1, 2),
        ("count=-1", 1, 0),
        ("count=101", 1, 3),
        ("count=", 1, 1),
        ("count=many", 1, 1),
    ];
    let (clamps, refuses) = (Zoom::start(), chosen("paging_out_of_range", "refuse"));
    for zoom in [&clamps, &refuses] {
        for number in 0..3 {
            zoom.user(&format!("user{number}@example.com")).await;
        }
    }
    for (query, start, items) in cases {
        for resource in ["Users", "Groups"] {
            let answer = clamps.get(&format!("/{resource}?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        }
        let page = clamps.get(&format!("/Users?{query}")).await.json();
        assert_eq!(page["startIndex"], start, "{query}");
        assert_eq!(page["itemsPerPage"], items, "{query}");
        let name = if query.starts_with("startIndex") {
            "startIndex"
        } else {
            "count"
        };
        refuses
            .get(&format!("/Users?{query}"))
            .await
            .is_scim_error(400, &format!("The \"{name}\" of the request is invalid."));
    }
    assert_eq!(
        refuses.get("/Users?startIndex=2&count=100").await.json()["itemsPerPage"],
        2
    );
}

/// Holds: choice-empty_resources, filter-nobody
#[tokio::test]
async fn an_empty_list_has_its_resources_or_not() {
    let query = "/Users?filter=userName%20eq%20nobody@example.com";
    const HEAD: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0"#;
    Zoom::start()
        .get(query)
        .await
        .is(200, &format!(r#"{HEAD},"Resources":[]}}"#));
    chosen("empty_resources", "omitted")
        .get(query)
        .await
        .is(200, &format!("{HEAD}}}"));
}

/// Holds: choice-list_order
#[tokio::test]
async fn lists_begin_with_the_oldest_or_the_newest() {
    for (value, expected) in [
        ("oldest_first", ["0", "1", "2", "3"]),
        ("newest_first", ["3", "2", "1", "0"]),
    ] {
        let zoom = chosen("list_order", value);
        for number in 0..4 {
            zoom.account
                .add_user(&json!({ "userName": format!("{number}@example.com") }))
                .unwrap();
        }
        let mut seen = Vec::new();
        for start in [1, 4] {
            let page = zoom
                .get(&format!("/Users?startIndex={start}&count=3"))
                .await
                .json();
            let users = page["Resources"].as_array().unwrap().iter();
            seen.extend(users.map(|user| user["userName"].as_str().unwrap()[..1].to_owned()));
        }
        assert_eq!(seen, expected, "{value}");
    }
}

/// Holds: choice-user_name_case, filter-case
#[tokio::test]
async fn a_user_name_keeps_its_case_or_not() {
    for (value, expected) in [("kept", "Ann@Example.com"), ("lowered", "ann@example.com")] {
        let zoom = chosen("user_name_case", value);
        let created = zoom
            .create(&json!({ "userName": "Ann@Example.com" }))
            .await
            .json();
        assert_eq!(created["userName"], expected);
        let found = zoom
            .get("/Users?filter=userName%20eq%20ANN@EXAMPLE.COM")
            .await
            .json();
        assert_eq!(found["totalResults"], 1);
    }
}

/// Holds: choice-create_inactive, attr-active
#[tokio::test]
async fn an_inactive_create_is_ignored_or_obeyed() {
    for (value, active) in [("ignored", true), ("obeyed", false)] {
        let zoom = chosen("create_inactive", value);
        let created = zoom
            .create(&json!({ "userName": "ann@example.com", "active": false }))
            .await;
        assert_eq!(
            (created.status, &created.json()["active"]),
            (201, &json!(active)),
            "{value}"
        );
    }
}

/// Holds: choice-patch_form
#[tokio::test]
async fn other_forms_of_a_patch_are_understood_or_refused() {
    let forms = [
        json!({ "op": "Replace", "path": "active", "value": "False" }),
        json!({ "op": "replace", "path": "active", "value": false }),
        json!({ "op": "Replace", "value": { "active": false } }),
        json!({ "op": "replace", "value": { "active": "False" } }),
        json!({ "op": "add", "value": { "active": false } }),
    ];
    for form in forms {
        let patch = json!({ "Operations": [form] });
        for (value, status) in [("lenient", 200), ("strict", 400)] {
            let zoom = chosen("patch_form", value);
            let path = format!("/Users/{}", zoom.user("ann@example.com").await);
            let answer = zoom.patch(&path, &patch).await;
            assert_eq!(answer.status, status, "{value} {patch}: {}", answer.text);
            assert_eq!(zoom.account.users()[0]["active"], value == "strict");
        }
    }
}

/// Holds: choice-unassociated_domain, choice-foreign_address
#[tokio::test]
async fn who_is_not_the_accounts_is_refused_or_pending() {
    let setting = json!({ "associated_domains": ["example.com"] });
    let zoom = Zoom::set_to(&setting);
    zoom.account.add_foreign_address("carl@example.com");
    assert_eq!(
        zoom.create(&json!({ "userName": "ann@other.example" }))
            .await
            .status,
        409
    );
    assert_eq!(
        zoom.create(&json!({ "userName": "carl@example.com" }))
            .await
            .status,
        400
    );
    zoom.set(
        &json!({ "choices": { "unassociated_domain": "pending", "foreign_address": "pending" } }),
    );
    for address in ["ann@other.example", "carl@example.com"] {
        let created = zoom.create(&json!({ "userName": address })).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let path = format!("/Users/{}", created.json()["id"].as_str().unwrap());
        assert_eq!(zoom.get(&path).await.status, 404);
    }
    assert_eq!(
        (
            zoom.account.user_count(),
            zoom.account.pending_users().len()
        ),
        (0, 2)
    );
}

/// Holds: choice-deleted_address
#[tokio::test]
async fn a_deleted_address_is_free_or_in_use() {
    for (value, status) in [("free", 201), ("in_use", 400)] {
        let zoom = chosen("deleted_address", value);
        let path = format!("/Users/{}", zoom.user("ann@example.com").await);
        zoom.delete(&path).await;
        assert_eq!(
            zoom.create(&json!({ "userName": "ann@example.com" }))
                .await
                .status,
            status,
            "{value}"
        );
    }
}

/// Holds: choice-reactivated_type
#[tokio::test]
async fn a_user_comes_back_as_basic_or_as_what_they_were() {
    for (value, user_type) in [("basic", "Basic"), ("restored", "Licensed")] {
        let zoom = chosen("reactivated_type", value);
        let path = zoom.by_hand(&json!({ "userName": "ann@example.com", "userType": "Licensed" }));
        zoom.set_active(&path, false).await;
        assert_eq!(
            zoom.set_active(&path, true).await.json()["userType"],
            user_type,
            "{value}"
        );
    }
}

/// Holds: choice-unknown_user_type, choice-unknown_role, choice-unknown_group, choice-unknown_licence
#[tokio::test]
async fn unknown_values_are_taken_as_the_account_has_chosen() {
    let zoom_urn = "urn:ietf:params:scim:schemas:extension:zoom:1.0:User";
    type Outcomes = &'static [(&'static str, u16)];
    let cases: [(&str, Value, Outcomes); 4] = [
        (
            "unknown_user_type",
            json!({ "userType": "Gold" }),
            &[("refused", 400), ("ignored", 200)],
        ),
        (
            "unknown_role",
            json!({ "roles": [{ "value": "Guest" }] }),
            &[("accepted", 200), ("ignored", 200), ("refused", 400)],
        ),
        (
            "unknown_group",
            json!({ "groups": [{ "value": "Nobody" }] }),
            &[("ignored", 200), ("refused", 400)],
        ),
        (
            "unknown_licence",
            json!({ zoom_urn: { "zoomOneBizPlus": "17" } }),
            &[("refused", 400), ("accepted", 200)],
        ),
    ];
    for (choice, change, outcomes) in cases {
        for (value, status) in outcomes {
            let zoom = chosen(choice, value);
            let path = zoom.by_hand(&json!({ "userName": "ann@example.com", "title": "T" }));
            let before = zoom.account.users();
            let answer = zoom.put(&path, &change).await;
            assert_eq!(answer.status, *status, "{choice}={value}: {}", answer.text);
            let user = &zoom.account.users()[0];
            match *value {
                "accepted" if choice == "unknown_role" => {
                    assert_eq!(user["roles"][0]["value"], "Guest")
                }
                "accepted" => assert_eq!(user[zoom_urn]["zoomOneBizPlus"], "17"),
                "refused" => assert_eq!(zoom.account.users(), before),
                _ => {
                    assert_eq!(user["userType"], "Basic");
                    assert_eq!(
                        (user.get("groups"), &user["roles"]),
                        (None, &before[0]["roles"])
                    );
                }
            }
        }
    }
}

/// What is accepted is the value outside the enumeration, and nothing else that is wrong.
#[tokio::test]
async fn an_unknown_licence_that_is_accepted_does_not_let_anything_else_in() {
    let zoom_urn = "urn:ietf:params:scim:schemas:extension:zoom:1.0:User";
    let zoom = chosen("unknown_licence", "accepted");
    let path = zoom.by_hand(&json!({ "userName": "ann@example.com" }));
    let licence =
        |name: &str, value: Value| json!({ zoom_urn: { "zoomOneBizPlus": "17", name: value } });
    for (name, value, attribute) in [
        ("zoomDocs", json!("true"), "zoomDocs"),
        ("zoomOneEdu", json!(17), "zoomOneEdu"),
        ("pronouns", json!("x".repeat(1025)), "pronouns"),
        ("zoomOneEdu", json!("1".repeat(1025)), "zoomOneEdu"),
        ("badge", json!("x".repeat(1025)), "customAttribute"),
    ] {
        zoom.put(&path, &licence(name, value)).await.is_scim_error(
            400,
            &format!("The \"{attribute}\" of the request is invalid."),
        );
    }
    zoom.put(&path, &licence("zoomUnited", json!("17")))
        .await
        .is_scim_error(409, "The Zoom United Plan is invalid.");
    assert_eq!(zoom.account.users()[0].get(zoom_urn), None);
}

/// Holds: choice-unknown_member, choice-group_members, choice-group_create_members
#[tokio::test]
async fn members_are_taken_and_shown_as_the_account_has_chosen() {
    let zoom = Zoom::start();
    let ann = zoom.user("ann@example.com").await;
    let create = async |name: &str| {
        let group = json!({ "displayName": name, "members": [{ "value": ann }] });
        zoom.scim(Method::POST, "/Groups", Some(&group))
            .await
            .json()
    };
    let members = || {
        zoom.account.groups().last().unwrap()["members"]
            .as_array()
            .unwrap()
            .len()
    };
    let staff = create("Staff").await;
    assert_eq!((members(), staff.get("members")), (0, None));
    zoom.set(&json!({ "choices": { "group_create_members": "added", "group_members": "shown" } }));
    let sales = create("Sales").await;
    assert_eq!(
        (members(), &sales["members"]),
        (1, &json!([{ "value": ann }]))
    );

    let path = format!("/Groups/{}", staff["id"].as_str().unwrap());
    let add = json!({ "Operations": [{ "op": "add", "path": "members", "value": [{ "value": "nobody" }] }] });
    zoom.patch(&path, &add).await.is(204, "");
    zoom.set(&json!({ "choices": { "unknown_member": "refused" } }));
    zoom.patch(&path, &add)
        .await
        .is_scim_error(404, "User does not exist.");
}

/// Holds: choice-taken_email_quotes
#[tokio::test]
async fn the_quotes_of_a_taken_address_are_single_or_double() {
    for (value, quotes) in [("single", "'"), ("double", "''")] {
        let zoom = chosen("taken_email_quotes", value);
        zoom.user("ann@example.com").await;
        let path = format!("/Users/{}", zoom.user("bob@example.com").await);
        zoom.put(
            &path,
            &json!({ "emails": [{ "value": "ann@example.com" }] }),
        )
        .await
        .is_scim_error(
            409,
            &format!("Email {quotes}ann@example.com{quotes} has already been used."),
        );
    }
}

/// Holds: choice-json_token_request
#[tokio::test]
async fn a_token_request_in_json_is_read_or_not() {
    for (value, status) in [("ignored", 400), ("read", 200)] {
        let zoom = chosen("json_token_request", value);
        let credentials = zoom.account.credentials();
        let body =
            json!({ "grant_type": "account_credentials", "account_id": credentials.account_id });
        let request = zoom
            .http
            .post(zoom.server.token_url())
            .basic_auth(&credentials.client_id, Some(&credentials.client_secret))
            .json(&body);
        assert_eq!(zoom.send(request).await.status, status, "{value}");
    }
}

/// Holds: choice-earlier_tokens, choice-rotated_tokens, token-many-valid, app-rotate
#[tokio::test]
async fn tokens_stay_valid_or_end_with_the_next_and_with_a_rotation() {
    for (value, status) in [("valid", 200), ("invalid", 401)] {
        let zoom = Zoom::set_to(&json!({ "choices": { "earlier_tokens": value } }));
        let url = format!("{}/Users", zoom.server.scim_url());
        let first = zoom.token().await;
        let second = zoom.token().await;
        assert_eq!(
            zoom.send(zoom.http.get(&url).bearer_auth(first))
                .await
                .status,
            status
        );
        assert_eq!(
            zoom.send(zoom.http.get(&url).bearer_auth(&second))
                .await
                .status,
            200
        );

        zoom.set(&json!({ "choices": { "rotated_tokens": value } }));
        let old = zoom.account.credentials();
        zoom.account.rotate_secret(&old.client_id).unwrap();
        assert_eq!(
            zoom.send(zoom.http.get(&url).bearer_auth(&second))
                .await
                .status,
            status
        );
        let form = [
            ("grant_type", "account_credentials"),
            ("account_id", old.account_id.as_str()),
        ];
        assert_eq!(
            zoom.ask_token(&old.client_id, &old.client_secret, &form)
                .await
                .status,
            400
        );
        zoom.token().await;
    }
}
