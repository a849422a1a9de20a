//! The journal by the control API: find, count, wait, events, archive.

use std::time::Duration;

use mock_server::{Config, JournalLimits, MockServer};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Zoom, http};

async fn control_get(zoom: &Zoom, path: &str) -> Value {
    let answer = zoom.control(Method::GET, path, None).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json()
}

#[tokio::test]
async fn exchanges_are_found_and_counted_by_what_they_are() {
    let zoom = Zoom::start();
    zoom.user("ann@example.com").await;
    zoom.get("/Users/nobody").await;
    zoom.fetch("/nowhere").await;
    for (query, count) in [
        ("", 6),
        ("?operation=users.create", 1),
        ("?operation=token.issue", 3),
        ("?status=404", 2),
        ("?method=post&status=201", 1),
        ("?unmatched=true", 1),
        ("?find=ann@example.com", 1),
        ("?find=no%20such%20text", 0),
        ("?since=2&limit=2", 2),
    ] {
        let found = control_get(&zoom, &format!("/journal{query}")).await;
        assert_eq!(
            found["exchanges"].as_array().unwrap().len(),
            count,
            "{query}: {found}"
        );
        let counted = control_get(&zoom, &format!("/journal/count{query}")).await;
        assert_eq!(counted, json!({ "count": count }), "{query}");
    }
    let account = zoom.account.id();
    let own = control_get(&zoom, &format!("/journal/count?account={account}")).await;
    assert_eq!(
        own["count"], 6,
        "what fits no route is theirs whose token it was"
    );
    let refused = zoom
        .control(Method::GET, "/journal?account=nobody", None)
        .await;
    assert_eq!(refused.status, 404);
}

#[tokio::test]
async fn waiting_ends_with_the_exchange_and_not_with_a_sleep() {
    let zoom = Zoom::start();
    let waiting = zoom.control(
        Method::GET,
        "/journal/wait?operation=users.create&count=2&timeout_ms=60000",
        None,
    );
    let working = async {
        zoom.user("ann@example.com").await;
        zoom.user("bob@example.com").await;
    };
    let (waited, ()) = tokio::join!(waiting, working);
    assert_eq!(waited.status, 200, "{}", waited.text);
    assert_eq!(waited.json()["exchanges"].as_array().unwrap().len(), 2);
    let late = zoom
        .control(
            Method::GET,
            "/journal/wait?operation=users.delete&timeout_ms=1",
            None,
        )
        .await;
    assert_eq!(late.status, 408);
    assert!(
        late.text.contains("0 of 1 exchanges came within 1 ms"),
        "{}",
        late.text
    );
    let refused = zoom
        .control(Method::GET, "/journal/wait?count=5&limit=2", None)
        .await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["field"]),
        (400, &json!("count"))
    );
}

#[tokio::test]
async fn events_tell_what_came_and_what_comes() {
    let zoom = Zoom::start();
    zoom.user("ann@example.com").await;
    let url = format!(
        "{}/journal/events?operation=users.create",
        zoom.server.control_url()
    );
    let mut stream = zoom.http.get(url).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    let mut read_until = async |events: usize| {
        while text.matches("\n\n").count() < events {
            text.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
        }
        text.clone()
    };
    assert!(read_until(1).await.contains("ann@example.com"));
    zoom.user("bob@example.com").await;
    let both = read_until(2).await;
    let ids: Vec<&str> = both
        .lines()
        .filter_map(|line| line.strip_prefix("id: "))
        .collect();
    assert_eq!(ids.len(), 2);
    let data = both
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .next_back()
        .unwrap();
    let event: Value = serde_json::from_str(data).unwrap();
    assert_eq!(
        (&event["operation"], &event["status"]),
        (&json!("users.create"), &json!(201))
    );
    assert_eq!(event["seq"].to_string(), ids[1]);
}

#[tokio::test]
async fn the_archive_is_what_browsers_read() {
    let zoom = Zoom::start();
    zoom.user("ann@example.com").await;
    let har = control_get(&zoom, "/journal/har?operation=users.create").await;
    assert_eq!(har["log"]["version"], "1.2");
    let entry = &har["log"]["entries"][0];
    assert_eq!(entry["request"]["method"], "POST");
    assert_eq!(
        entry["request"]["url"],
        format!("{}/Users", zoom.server.scim_url())
    );
    assert_eq!(entry["response"]["status"], 201);
    assert!(!har.to_string().contains("Bearer ey"), "no token");
}

#[tokio::test]
async fn a_journal_forgets_the_oldest_by_its_bytes() {
    let limits = JournalLimits {
        entries: 1_000,
        bytes: 20_000,
    };
    let server = MockServer::start(&Config {
        journal: limits,
        ..Config::default()
    })
    .unwrap();
    let http = http();
    for number in 0..60 {
        let url = format!("{}/nowhere/{number}", server.base_url());
        http.post(url).body("x".repeat(1_000)).send().await.unwrap();
    }
    let url = format!("{}/journal", server.control_url());
    let found: Value = http.get(url).send().await.unwrap().json().await.unwrap();
    let exchanges = found["exchanges"].as_array().unwrap();
    assert!((5..30).contains(&exchanges.len()), "{}", exchanges.len());
    assert_eq!(exchanges.last().unwrap()["path"], "/nowhere/59");
}

#[tokio::test]
async fn a_secret_is_nowhere_in_the_journal_in_any_spelling() {
    let zoom = Zoom::start();
    let old = zoom.account.credentials();
    zoom.account.rotate_secret(&old.client_id).unwrap();
    let secret = zoom.account.credentials().client_secret;
    let token = zoom.token().await;
    let encoded: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let url = format!("{}/Users", zoom.server.scim_url());
    for text in [secret.clone(), encoded, token.clone()] {
        zoom.send(zoom.http.get(format!("{url}?x={text}")).bearer_auth(&token))
            .await;
        zoom.send(
            zoom.http
                .post(&url)
                .bearer_auth(&token)
                .body(format!("{{\"title\":\"{text}\"}}")),
        )
        .await;
        zoom.send(zoom.http.get(format!("{url}/{text}")).bearer_auth(&token))
            .await;
    }
    let journal = zoom.control(Method::GET, "/journal", None).await.text;
    let har = zoom.control(Method::GET, "/journal/har", None).await.text;
    for text in [&secret, &token] {
        assert!(
            !journal.contains(text.as_str()) && !har.contains(text.as_str()),
            "{text}"
        );
    }
    assert_eq!(
        zoom.account
            .wait_for(&mock_server::ExchangeQuery::default(), 10, Duration::ZERO)
            .unwrap()
            .len(),
        10
    );
}

/// What must not be seen is not seen either where nobody knows whose request it is.
#[tokio::test]
async fn credentials_of_nobodys_requests_are_replaced_too() {
    let zoom = Zoom::start();
    let secret = zoom.account.credentials().client_secret;
    let other = "an-0ther s3cret";
    let base = zoom.server.base_url();
    let requests = [
        zoom.http.get(format!("{base}/nowhere?x={secret}")),
        zoom.http
            .get(format!("{base}/scim2/Users?Client_Secret={other}")),
        zoom.http.post(format!("{base}/scim2/Users")).json(
            &json!({ "userName": secret, "password": other, "a": { "refresh_token": other } }),
        ),
        zoom.http
            .post(format!("{base}/oauth/token"))
            .form(&[("client_secret", secret.as_str()), ("assertion", other)]),
        zoom.http
            .post(format!("{base}/oauth/token"))
            .basic_auth("nobody", Some(other))
            .form(&[("ACCESS_TOKEN", other)]),
        zoom.http.get(format!("{base}/t/{secret}/scim2/Users")),
    ];
    for request in requests {
        zoom.send(request).await;
    }
    zoom.create(&json!({ "userName": "ann@example.com", "password": other }))
        .await;
    let journal = control_get(&zoom, "/journal").await.to_string();
    for seen in [
        secret.as_str(),
        other,
        "an-0ther+s3cret",
        "an-0ther%20s3cret",
    ] {
        assert!(!journal.contains(seen), "{seen}: {journal}");
    }
    let shown = journal.matches("sha256:").count();
    assert!(shown >= 10, "{shown}: {journal}");
}
