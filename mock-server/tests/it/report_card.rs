//! The report card over HTTP: what a client did is what the card says, without sleeping.

use jiff::SignedDuration;
use mock_server::{
    AccountSpec, Check, ClockStart, Config, Effect, FaultRule, MockServer, Operation, Phase,
    RetryAfter, Verdict,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Zoom};

/// A server whose clock stands still, with an account that is granted `scim2` alone, and its token.
async fn frozen() -> (Zoom, String) {
    let config = Config {
        clock: ClockStart::At("2026-01-31T12:00:00Z".parse().unwrap()),
        ..Config::default()
    };
    let server = MockServer::start(&config).unwrap();
    let spec = AccountSpec {
        scopes: Some(vec!["scim2".to_owned()]),
        ..AccountSpec::default()
    };
    let zoom = Zoom {
        account: server.create_account(spec).unwrap(),
        server,
        http: super::client::http(),
    };
    let token = zoom.token().await;
    (zoom, token)
}

impl Zoom {
    fn advance(&self, seconds: i64) {
        let by = SignedDuration::from_secs(seconds);
        self.account.clock().advance(by).unwrap();
    }

    async fn list(&self, token: &str) -> Answer {
        let url = format!("{}/Users", self.server.scim_url());
        self.send(self.http.get(url).bearer_auth(token)).await
    }

    async fn card(&self, query: &str) -> Value {
        let path = format!("/accounts/{}/report-card{query}", self.account.id());
        let answer = self.control(Method::GET, &path, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }
}

/// The lines of a check: verdict and exchanges.
fn lines(card: &Value, check: &str) -> Vec<(String, Value)> {
    let lines = card["lines"].as_array().unwrap().iter();
    lines
        .filter(|line| line["check"] == check)
        .map(|line| {
            (
                line["verdict"].as_str().unwrap().to_owned(),
                line["exchanges"].clone(),
            )
        })
        .collect()
}

fn line(verdict: &str, exchanges: Value) -> Vec<(String, Value)> {
    vec![(verdict.to_owned(), exchanges)]
}

#[tokio::test]
async fn a_told_wait_is_kept_or_not() {
    let (zoom, token) = frozen().await;
    let limit = FaultRule::new(
        "limit",
        Effect::RetryAfter {
            code: 429,
            value: RetryAfter::Seconds(30),
        },
    );
    let _limit = zoom
        .server
        .fault(limit.on(Operation::ListUsers).times(2))
        .unwrap();
    zoom.list(&token).await;
    zoom.advance(10);
    zoom.list(&token).await;
    let card = zoom.card("").await;
    assert_eq!(lines(&card, "told_wait"), line("bad", json!([2, 3])));
    let says = card["lines"][0]["says"].as_str().unwrap();
    assert!(says.contains("the first 20 s too early"), "{says}");
    // What came since is another card.
    zoom.advance(30);
    zoom.list(&token).await;
    let card = zoom.card("?since=2").await;
    assert_eq!(lines(&card, "told_wait"), line("good", json!([3, 4])));
    assert_eq!(card["looked_at"], 2);
}

#[tokio::test]
async fn the_limit_of_the_second_tells_a_wait_as_well() {
    let (zoom, token) = frozen().await;
    zoom.set(&json!({ "rate_limits": { "medium_per_second": 1 } }));
    zoom.list(&token).await;
    assert_eq!(zoom.list(&token).await.status, 429);
    zoom.advance(1);
    assert_eq!(zoom.list(&token).await.status, 200);
    let card = zoom.account.report_card();
    let line = card.of(Check::ToldWait).next().unwrap();
    assert_eq!(
        (line.verdict, &line.exchanges[..]),
        (Verdict::Good, &[3, 4][..]),
        "{card}"
    );
}

#[tokio::test]
async fn tokens_are_asked_for_again_without_need() {
    let (zoom, token) = frozen().await;
    zoom.list(&token).await;
    zoom.token().await;
    let card = zoom.card("").await;
    assert_eq!(lines(&card, "token_stampede"), line("bad", json!([1, 3])));
    let (zoom, token) = frozen().await;
    // A token that is revoked leads to no account any more, and is known all the same.
    zoom.account.revoke_tokens();
    assert_eq!(zoom.list(&token).await.status, 401);
    zoom.token().await;
    let client = zoom.account.credentials().client_id;
    let card = zoom.card(&format!("?client_id={client}")).await;
    assert_eq!(lines(&card, "token_stampede"), line("good", json!([1, 3])));
    assert_eq!(card["looked_at"], 3);
    assert_eq!(zoom.card("?client_id=nobody").await["looked_at"], 0);
}

#[tokio::test]
async fn a_lost_create_is_looked_for_or_repeated() {
    let (zoom, token) = frozen().await;
    let lost = || {
        let rule = FaultRule::new("lost", Effect::Reset).on(Operation::CreateUser);
        zoom.server
            .fault(rule.phase(Phase::After).times(1))
            .unwrap()
    };
    let create = async |address: &str| {
        let url = format!("{}/Users", zoom.server.scim_url());
        let request = zoom.http.post(url).bearer_auth(&token);
        request
            .json(&json!({ "userName": address }))
            .send()
            .await
            .is_ok()
    };
    let guard = lost();
    assert!(!create("ann@example.com").await && create("ann@example.com").await);
    drop(guard);
    let guard = lost();
    assert!(!create("bob@example.com").await);
    drop(guard);
    let query = [("filter", "userName eq \"bob@example.com\"")];
    let look = zoom.http.get(format!("{}/Users", zoom.server.scim_url()));
    zoom.send(look.query(&query).bearer_auth(&token)).await;
    let card = zoom.card("").await;
    let expected = [line("bad", json!([2, 3])), line("good", json!([4, 5]))].concat();
    assert_eq!(lines(&card, "create_after_lost"), expected);
}

#[tokio::test]
async fn a_run_ends_with_its_card() {
    let (zoom, token) = frozen().await;
    let steps = json!({ "steps": { "users.list": ["server_error", "server_error", "ok"] } });
    let run = zoom
        .control(Method::POST, "/runs", Some(&steps))
        .await
        .json();
    let base = run["base_url"].as_str().unwrap();
    zoom.list(&token).await;
    for pause in [1, 2, 0] {
        let list = zoom.http.get(format!("{base}/scim2/Users"));
        zoom.send(list.bearer_auth(&token)).await;
        zoom.advance(pause);
    }
    let path = format!("/runs/{}", run["id"].as_str().unwrap());
    for method in [Method::GET, Method::DELETE] {
        let answer = zoom.control(method, &path, None).await.json();
        assert_eq!(answer["completed"], true);
        let card = &answer["report_card"];
        assert_eq!(card["looked_at"], 3);
        assert_eq!(lines(card, "back_off"), line("good", json!([3, 4, 5])));
        assert_eq!(lines(card, "scopes_unneeded"), line("good", json!([5])));
    }
    assert_eq!(zoom.control(Method::GET, &path, None).await.status, 404);
}

#[tokio::test]
async fn a_query_that_is_none_is_refused() {
    let (zoom, _) = frozen().await;
    let path = format!("/accounts/{}/report-card?sinse=1", zoom.account.id());
    let answer = zoom.control(Method::GET, &path, None).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    let answer = zoom
        .control(Method::GET, "/accounts/nobody/report-card", None)
        .await;
    assert_eq!(answer.status, 404);
}
