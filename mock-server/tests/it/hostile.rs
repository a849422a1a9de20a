//! Whatever is sent, the answer is never a server error, and the account is not harmed.

use proptest::prelude::*;
use reqwest::Method;
use serde_json::json;

use super::client::Zoom;

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("/Users".to_owned()),
        "/Users\\?(filter|count|startIndex)=[a-zA-Z0-9%&=+\"'() -]{0,40}".prop_map(|text| text
            .replace('%', "%25")
            .replace(' ', "%20")
            .replace('"', "%22")),
        "/Users/[a-zA-Z0-9._~-]{0,30}",
        "/Users/(%[0-9a-f]{2}){1,8}",
        "/[a-zA-Z/._-]{0,30}",
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        (1..2000_usize).prop_map(|depth| "[".repeat(depth).into_bytes()),
        "\\{\"(userName|active|emails|name|Operations|roles|phoneNumbers)\":(null|5|true|\"x@y\"|\\[\\{\\}\\]|\\{\\})\\}"
            .prop_map(String::into_bytes),
    ]
}

#[test]
fn no_request_gets_a_server_error() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let zoom = Zoom::start();
    let token = runtime.block_on(zoom.token());
    let id = runtime.block_on(zoom.user("ann@example.com"));
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    let request = (prop::sample::select(methods.to_vec()), path(), body());
    proptest!(ProptestConfig::with_cases(512), |((method, path, body) in request)| {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", zoom.server.scim_url());
        let request = zoom.http.request(method, url).bearer_auth(&token).body(body);
        let answer = runtime.block_on(zoom.send(request));
        prop_assert!(answer.status < 500, "{}: {}", answer.status, answer.text);
    });
    let ann = runtime.block_on(zoom.get(&format!("/Users/{id}")));
    assert_eq!(ann.status, 200);
}

/// Holds: group-patch-long, body-limit
#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let zoom = Zoom::start();
    let token = zoom.token().await;
    const LIMIT: usize = 1024 * 1024;
    const LARGE: &str = "The request body is too large.";
    let long = "The request body size exceeds the 100,000 character limit. Please reduce the payload size or \
                contact Zoom Support to request a limit increase.";
    let sent = async |method: Method, path: &str, length: usize| {
        let url = format!("{}{path}", zoom.server.base_url());
        let request = zoom.http.request(method, url).bearer_auth(&token);
        zoom.send(request.body(vec![b' '; length])).await
    };
    sent(Method::POST, "/scim2/Users", LIMIT + 1)
        .await
        .is_scim_error(413, LARGE);
    sent(Method::POST, "/scim2/Users", LIMIT)
        .await
        .is_scim_error(400, "The request body must be in JSON format.");
    // Zoom's own limit is below ours: what is beyond both is beyond Zoom's.
    for length in [100_001, LIMIT, LIMIT + 1, 3 * LIMIT] {
        sent(Method::PATCH, "/scim2/Groups/x", length)
            .await
            .is_scim_error(400, long);
    }
    sent(Method::POST, "/oauth/token", LIMIT + 1).await.is(
        413,
        r#"{"reason":"The request body is too large.","error":"invalid_request"}"#,
    );
    for path in ["/v2/users", "/nowhere"] {
        sent(Method::GET, path, LIMIT + 1).await.is(
            413,
            r#"{"code":413,"message":"The request body is too large."}"#,
        );
    }
    // A length that is only announced is not waited for, and one that is not announced is counted.
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 64 * 1024]));
    let url = format!("{}/Users", zoom.server.scim_url());
    let body = reqwest::Body::wrap_stream(futures::StreamExt::take(endless, 64));
    let answer = zoom
        .http
        .post(url)
        .bearer_auth(&token)
        .body(body)
        .send()
        .await;
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 413));
}

/// Every operation that takes a body, with the path of somebody who is there.
const WITH_BODY: [(&str, &str); 5] = [
    ("POST", "/Users"),
    ("PUT", "/Users/{id}"),
    ("PATCH", "/Users/{id}"),
    ("POST", "/Groups"),
    ("PATCH", "/Groups/{id}"),
];

/// Holds: json-depth
#[tokio::test]
async fn bodies_that_are_no_json_objects_are_refused_in_zooms_words() {
    let zoom = Zoom::start();
    let (token, id) = (zoom.token().await, zoom.user("ann@example.com").await);
    let before = zoom.account.users();
    let deep = |depth: usize, open: &str, close: &str| {
        format!(
            "{{\"nickName\":{}{}}}",
            open.repeat(depth),
            close.repeat(depth)
        )
        .into_bytes()
    };
    let nested = |open: &str, close: &str| deep(100_000, open, close);
    let bodies: [Vec<u8>; 10] = [
        deep(127, "[", "]"),
        b"{".to_vec(),
        b"nonsense".to_vec(),
        b"[{\"userName\":\"a@example.com\"}]".to_vec(),
        b"null".to_vec(),
        b"{\"userName\":\"a\xff@example.com\"}".to_vec(),
        b"{\"userName\":\"a\0@example.com\"}".to_vec(),
        b"\0".to_vec(),
        nested("[", "]"),
        nested("{\"a\":", "}"),
    ];
    for (method, path) in WITH_BODY {
        for body in &bodies {
            let is_long = path == "/Groups/{id}" && body.len() > 100_000;
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let url = format!("{}{}", zoom.server.scim_url(), path.replace("{id}", &id));
            let request = zoom
                .http
                .request(method, url)
                .bearer_auth(&token)
                .body(body.clone());
            let answer = zoom.send(request).await;
            if is_long {
                assert_eq!(answer.status, 400);
                assert!(
                    answer.text.contains("100,000 character limit"),
                    "{}",
                    answer.text
                );
            } else {
                answer.is_scim_error(400, "The request body must be in JSON format.");
            }
        }
    }
    assert_eq!(zoom.account.users(), before);
    let url = format!("{}/Users/{id}", zoom.server.scim_url());
    let less_deep = zoom.http.put(url).bearer_auth(&token);
    let answer = zoom.send(less_deep.body(deep(126, "[", "]"))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn attributes_of_wrong_types_are_refused_by_name() {
    let zoom = Zoom::start();
    let path = format!("/Users/{}", zoom.user("ann@example.com").await);
    let before = zoom.account.users();
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    const ZOOM: &str = "urn:ietf:params:scim:schemas:extension:zoom:1.0:User";
    for (change, attribute) in [
        (json!({ "name": "Ann" }), "name"),
        (json!({ "name": [1] }), "name"),
        (json!({ "name": true }), "name"),
        (json!({ "name": { "givenName": ["Ann"] } }), "givenName"),
        (json!({ "emails": "x" }), "emails"),
        (json!({ "emails": 5 }), "emails"),
        (json!({ "emails": ["x@example.com"] }), "emails"),
        (json!({ "emails": { "value": [] } }), "value"),
        (json!({ "emails": [{ "value": "no address" }] }), "emails"),
        (json!({ "active": 1 }), "active"),
        (json!({ "active": "yes" }), "active"),
        (json!({ "active": {} }), "active"),
        (json!({ "roles": "Admin" }), "roles"),
        (json!({ "roles": [{ "value": 5 }] }), "value"),
        (json!({ "roles": [[]] }), "roles"),
        (json!({ "groups": 5 }), "groups"),
        (json!({ "groups": [{ "value": {} }] }), "value"),
        (json!({ "phoneNumbers": "1" }), "phoneNumbers"),
        (json!({ "phoneNumbers": [{ "value": 5 }] }), "value"),
        (
            json!({ "phoneNumbers": [{ "value": "5", "type": 1 }] }),
            "type",
        ),
        (
            json!({ "phoneNumbers": [{ "value": "5", "type": "pager" }] }),
            "phoneNumbers",
        ),
        (json!({ "title": 5 }), "title"),
        (json!({ "title": { "is": "no text" } }), "title"),
        (json!({ "userType": 5 }), "userType"),
        (json!({ "userType": "\u{0}" }), "userType"),
        (json!({ ENTERPRISE: [] }), ENTERPRISE),
        (json!({ ENTERPRISE: "x" }), ENTERPRISE),
        (
            json!({ ENTERPRISE: { "manager": { "value": "x" } } }),
            "manager",
        ),
        (json!({ ZOOM: 5 }), ZOOM),
        (json!({ ZOOM: { "zoomDocs": 1 } }), "zoomDocs"),
    ] {
        zoom.put(&path, &change).await.is_scim_error(
            400,
            &format!("The \"{attribute}\" of the request is invalid."),
        );
    }
    for nothing in ["name", "emails", "roles", "userType", "title", ENTERPRISE] {
        let answer = zoom.put(&path, &json!({ nothing: null })).await;
        assert_eq!(answer.status, 200, "null is as good as absent: {nothing}");
    }
    let mut after = zoom.account.users();
    after[0]["meta"] = before[0]["meta"].clone();
    assert_eq!(after, before);
}

/// There are users and groups whom a sloppy reader of these filters would find.
#[tokio::test]
async fn hostile_filters_are_refused_and_find_nobody() {
    let zoom = Zoom::start();
    let token = zoom.token().await;
    let id = zoom.user("ann@example.com").await;
    zoom.user("x@example.com").await;
    for name in ["ann@example.com", "Staff", "x"] {
        zoom.account
            .add_group(&json!({ "displayName": name }))
            .unwrap();
    }
    let (users, groups) = (zoom.account.users(), zoom.account.groups());
    let long = "x".repeat(5_000);
    let own: [String; 26] = [
        "(".repeat(2_000),
        format!("{{}} eq \"{long}"),
        format!("{{}} eq \"ann@example.com\"{}", " ".repeat(2_000) + "x"),
        format!("{long} eq x"),
        format!("not ({})", "{} eq \"a\" and ".repeat(200)),
        "not ({} eq \"ann@example.com\")".to_owned(),
        "({} eq \"ann@example.com\")".to_owned(),
        "{} eq 'ann@example.com'".to_owned(),
        "{} eq `ann@example.com`".to_owned(),
        "{} eq \u{201c}ann@example.com\u{201d}".to_owned(),
        "{} eq \"ann@example.com".to_owned(),
        "{} eq ann@example.com\"".to_owned(),
        "{} eq \"ann@example.com\"\"".to_owned(),
        "{} eq \"ann@example.com\" or {} eq \"x@example.com\"".to_owned(),
        "{} eq \"nobody\" or {} eq \"ann@example.com\"".to_owned(),
        "{} eq \"ann@example.com\\\"".to_owned(),
        "{} eq \"ann@example.com\\u0000\"".to_owned(),
        "{} eq ann@example.com\0".to_owned(),
        "{} eq \"\\ud800\"".to_owned(),
        "{}\0eq\0ann@example.com".to_owned(),
        "{}.value eq \"ann@example.com\"".to_owned(),
        "{}[type eq \"work\"]".to_owned(),
        "{} sw \"ann\"".to_owned(),
        "{} ne \"x\"".to_owned(),
        "{} pr".to_owned(),
        "{} EQ".to_owned(),
    ];
    for (resource, attribute) in [("Users", "userName"), ("Groups", "displayName")] {
        let others = [
            format!("id eq {id}"),
            format!("externalId eq \"{id}\" or x"),
        ];
        for filter in own.iter().chain(&others) {
            let filter = filter.replace("{}", attribute);
            let url = format!("{}/{resource}?count=100", zoom.server.scim_url());
            let request = zoom.http.get(url).query(&[("filter", &filter)]);
            let answer = zoom.send(request.bearer_auth(&token)).await;
            let told = answer.status == 400 && answer.text.contains("filter name: ");
            let nobody = answer.status == 200 && answer.json()["totalResults"] == 0;
            assert!(
                told || nobody,
                "{resource} {filter:.60}: {} {:.200}",
                answer.status,
                answer.text
            );
            assert!(answer.text.len() < 2_000, "an answer repeats a part alone");
        }
    }
    assert_eq!(
        (zoom.account.users(), zoom.account.groups()),
        (users, groups)
    );
}

#[tokio::test]
async fn methods_and_paths_that_zoom_does_not_have_are_not_recognised() {
    let zoom = Zoom::start();
    let token = zoom.token().await;
    let id = zoom.user("ann@example.com").await;
    let (all, one) = ("GET, POST", "GET, PUT, PATCH, DELETE");
    for (method, path, allow) in [
        ("PUT", "/Users", Some(all)),
        ("PATCH", "/Users", Some(all)),
        ("POST", "/Users/{id}", Some(one)),
        ("PUT", "/Groups/{id}", Some("GET, PATCH, DELETE")),
        ("OPTIONS", "/Users", Some(all)),
        ("PURGE", "/Users/{id}", Some(one)),
        ("GET", "/Users/{id}/", None),
        ("GET", "/Users/{id}/groups", None),
        ("GET", "/Users/%00%ff", None),
    ] {
        let status = if allow.is_some() { 405 } else { 404 };
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{}", zoom.server.scim_url(), path.replace("{id}", &id));
        let answer = zoom
            .send(zoom.http.request(method.clone(), url).bearer_auth(&token))
            .await;
        answer.is(
            status,
            r#"{"code":2300,"message":"This API endpoint is not recognized."}"#,
        );
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
    assert_eq!(zoom.get("/users/../Users").await.status, 200);
    let control = zoom.control(Method::DELETE, "/accounts", None).await;
    assert_eq!(control.status, 405);
    assert_eq!(control.header("allow"), Some("GET,HEAD,POST"));
    let head = zoom
        .send(
            zoom.http
                .head(format!("{}/Users", zoom.server.scim_url()))
                .bearer_auth(&token),
        )
        .await;
    assert_eq!((head.status, head.text.as_str()), (405, ""));
    assert_eq!(zoom.account.user_count(), 1);
}

/// Whatever is sent to the control API is answered, and names what is wrong.
#[test]
fn the_control_api_is_as_patient() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let zoom = Zoom::start();
    let account = zoom.account.id();
    let paths: Vec<String> = [
        "/accounts".to_owned(),
        format!("/accounts/{account}/settings"),
        format!("/accounts/{account}/users"),
        format!("/accounts/{account}/users/bulk"),
        format!("/accounts/{account}/apps"),
        format!("/accounts/{account}/tokens"),
        format!("/accounts/{account}/clock"),
        format!("/accounts/{account}/groups"),
    ]
    .into();
    let json = "\\{\"(users|name|scopes|settings|seats|choices|freeze|advance_s|userName|displayName)\":(null|-1|true|\"x\"|\\[\\]|\\[5\\]|\\{\\}|\\{\"a\":1\\})\\}";
    let body = prop_oneof![
        json.prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..100),
    ];
    let methods = prop::sample::select(vec![Method::POST, Method::PUT, Method::PATCH]);
    proptest!(ProptestConfig::with_cases(256), |(method in methods, path in prop::sample::select(paths), body in body)| {
        let url = format!("{}{path}", zoom.server.control_url());
        let answer = runtime.block_on(zoom.send(zoom.http.request(method, url).body(body)));
        prop_assert!(answer.status < 500, "{}: {}", answer.status, answer.text);
        if answer.status >= 400 {
            prop_assert!(answer.json()["error"]["message"].is_string(), "{}", answer.text);
        }
    });
}
