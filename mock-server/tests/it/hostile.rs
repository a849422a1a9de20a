//! Whatever is sent, the answer is never a server error, and the account is not harmed.

use proptest::prelude::*;
use reqwest::Method;

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

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let zoom = Zoom::start();
    let url = format!("{}/Users", zoom.server.scim_url());
    let body = vec![b' '; 1024 * 1024 + 1];
    let request = zoom
        .http
        .post(url)
        .bearer_auth(zoom.token().await)
        .body(body);
    zoom.send(request)
        .await
        .is_scim_error(413, "The request body is too large.");
}
