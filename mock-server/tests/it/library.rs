//! The stand-in as a library: accounts of a test's own, waiting, and reports that a person can read.

use std::time::Duration;

use mock_server::{AccountSpec, Config, ExchangeQuery, Expected, MockServer, Operation};
use serde_json::json;

use super::client::Zoom;

#[test]
fn an_account_is_gone_with_its_guard() {
    let server = MockServer::start(&Config::default()).unwrap();
    let spec = AccountSpec {
        account_id: Some("mine".to_owned()),
        ..AccountSpec::default()
    };
    {
        let account = server.scoped_account(spec.clone()).unwrap();
        assert_eq!(account.id(), "mine");
        assert!(server.create_account(spec.clone()).is_err(), "it is there");
    }
    assert!(server.create_account(spec).is_ok(), "it is gone");
}

#[tokio::test]
async fn a_report_tells_what_was_expected_and_what_came() {
    let zoom = Zoom::start();
    zoom.user("ann@example.com").await;
    zoom.get("/Users?count=5").await;
    let account = &zoom.account;
    account
        .check(&[
            Expected::times(Operation::CreateUser, 1),
            Expected::never(Operation::DeleteUser),
        ])
        .unwrap();
    let wrong = [
        Expected::never(Operation::CreateUser),
        Expected::at_least(Operation::PatchUser, 2),
    ];
    let report = account.check(&wrong).unwrap_err().to_string();
    let expected = "expected users.create never, came 1\n\
                    expected users.patch at least 2 times, came 0\n\
                    what came:\n  \
                    #1 token.issue POST /oauth/token -> 200\n  \
                    #2 users.create POST /scim2/Users -> 201\n  \
                    #3 token.issue POST /oauth/token -> 200\n  \
                    #4 users.list GET /scim2/Users?count=5 -> 200";
    assert_eq!(report, expected);
}

#[tokio::test]
async fn a_test_waits_for_what_it_needs() {
    let zoom = Zoom::start();
    let creates = ExchangeQuery::operation(Operation::CreateUser);
    let (waited, _) = tokio::join!(
        zoom.account
            .wait_for_async(&creates, 1, Duration::from_secs(60)),
        zoom.user("ann@example.com")
    );
    assert_eq!(waited.unwrap()[0].status, 201);
    let deletes = ExchangeQuery::operation(Operation::DeleteUser);
    let report = zoom
        .account
        .wait_for(&deletes, 1, Duration::ZERO)
        .unwrap_err()
        .to_string();
    assert!(
        report.starts_with("waited for 1 exchanges, 0 came in time\nwhat came:\n  #1 token.issue"),
        "{report}"
    );
    let other = zoom.server.create_account(AccountSpec::default()).unwrap();
    let report = other
        .wait_for(&deletes, 1, Duration::ZERO)
        .unwrap_err()
        .to_string();
    assert!(report.ends_with("nothing came at all"), "{report}");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes() {
    let run = async || {
        let at = "2026-01-31T12:00:00Z".parse().unwrap();
        let config = Config {
            clock: mock_server::ClockStart::At(at),
            ..Config::default()
        };
        let server = MockServer::start(&config).unwrap();
        let zoom = Zoom {
            account: server.default_account(),
            server,
            http: super::client::http(),
        };
        let mut texts = vec![zoom.token().await];
        texts.push(
            zoom.create(&json!({ "userName": "ann@example.com" }))
                .await
                .text,
        );
        texts.push(zoom.get("/Users?count=5").await.text);
        texts
    };
    assert_eq!(run().await, run().await);
}
