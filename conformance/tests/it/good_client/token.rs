//! The token endpoint: F01 to F10.

use std::time::Duration;

use mock_server::{Effect, FaultRule, Operation, Phase, RetryAfter};
use provisioner::{Reason, Waiter as _};

use super::{CHANGED, World, people, reason, status, titled};

/// Somebody else asks for a token of the same app.
async fn rival(world: &World) {
    // The transport of reqwest asks for a provider of cryptography; another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let credentials = world.account.credentials();
    let form = [
        ("grant_type", "account_credentials"),
        ("account_id", &credentials.account_id),
    ];
    let asked = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(world.server.token_url());
    let asked = asked
        .form(&form)
        .basic_auth(credentials.client_id, Some(credentials.client_secret));
    assert_eq!(asked.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn f01_wrong_credentials_stop_the_run_before_any_request() {
    let world = World::new();
    let _fault = world.fault(FaultRule::new("f01", Effect::WrongSecret));
    let mut engine = world.engine();
    let result = engine.sync(&people(0..5), CHANGED).await;
    let secret = world.account.credentials().client_secret;
    assert!(!format!("{result:?}").contains(&secret));
    assert_eq!(reason(result), Reason::Credentials);
    assert_eq!(world.count(Operation::IssueToken), 1);
    assert_eq!(
        world.count(Operation::ListUsers) + world.count(Operation::CreateUser),
        0
    );
}

#[tokio::test]
async fn f02_a_token_endpoint_that_fails_once_is_asked_again() {
    for effect in [Effect::HtmlErrorPage { code: 503 }, Effect::Reset] {
        let world = World::new();
        let rule = FaultRule::new("f02", effect)
            .on(Operation::IssueToken)
            .times(1);
        let _fault = world.fault(rule);
        let report = world.engine().sync(&people(0..5), CHANGED).await.unwrap();
        assert_eq!(report.summary.success, 5);
    }
}

#[tokio::test]
async fn f02_a_token_endpoint_that_is_down_ends_the_run_after_a_few_attempts() {
    let world = World::new();
    let _fault = world.fault(status("f02", 503).on(Operation::IssueToken));
    let result = world.engine().sync(&people(0..5), CHANGED).await;
    assert_eq!(reason(result), Reason::Outage);
    assert_eq!(world.count(Operation::IssueToken), 5);
}

#[tokio::test]
async fn f02_many_whose_token_has_ended_ask_a_token_endpoint_that_is_down_no_more_than_one() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..8), CHANGED).await.unwrap();
    let ended = FaultRule::new("f05", Effect::TokenExpired).on(Operation::UpdateUser);
    let ended = world.fault(ended);
    let down = world.fault(status("f02", 503).on(Operation::IssueToken));
    let result = engine.sync(&titled(0..8, "Lead"), CHANGED).await;
    assert_eq!(reason(result), Reason::Outage);
    assert_eq!(world.count(Operation::IssueToken), 1 + 5);
    // The next run asks anew.
    drop((ended, down));
    let report = engine.sync(&titled(0..8, "Lead"), CHANGED).await.unwrap();
    assert_eq!(report.summary.success, 8);
}

#[tokio::test]
async fn f03_a_wait_of_the_token_endpoint_is_kept() {
    let world = World::new();
    let effect = Effect::RetryAfter {
        code: 429,
        value: RetryAfter::Seconds(9),
    };
    let _fault = world.fault(
        FaultRule::new("f03", effect)
            .on(Operation::IssueToken)
            .times(1),
    );
    let report = world.engine().sync(&people(0..3), CHANGED).await.unwrap();
    assert_eq!(report.summary.success, 3);
    assert!(world.time.now() >= Duration::from_secs(9));
}

#[tokio::test]
async fn f04_an_odd_answer_is_no_token() {
    let odd = [
        Effect::NotJson,
        Effect::NoAccessToken,
        Effect::OddTokenType {
            value: "mac".to_owned(),
        },
    ];
    for effect in odd {
        let world = World::new();
        let _fault = world.fault(FaultRule::new("f04", effect));
        let result = world.engine().sync(&people(0..1), CHANGED).await;
        assert_eq!(reason(result), Reason::Protocol);
    }
    for value in [
        serde_json::json!(0),
        serde_json::json!("x"),
        serde_json::json!(1_u64 << 60),
        serde_json::Value::Null,
    ] {
        let world = World::new();
        let _fault = world.fault(FaultRule::new("f04", Effect::ExpiresIn { value }));
        let report = world.engine().sync(&people(0..1), CHANGED).await.unwrap();
        assert_eq!(report.summary.success, 1);
    }
}

#[tokio::test]
async fn f05_a_token_that_expires_is_replaced_before_and_at_the_latest_when_it_is_refused() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    world.time.pass(Duration::from_secs(3600 - 30));
    engine.sync(&titled(0..3, "Lead"), CHANGED).await.unwrap();
    assert_eq!(world.count(Operation::IssueToken), 2, "before it expires");
    let rule = FaultRule::new("f05", Effect::TokenExpired)
        .on(Operation::UpdateUser)
        .times(1);
    let _fault = world.fault(rule);
    let report = engine.sync(&titled(0..3, "Head"), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.success, world.count(Operation::IssueToken)),
        (3, 3)
    );
}

#[tokio::test]
async fn f06_a_token_that_somebody_else_ended_is_replaced_once() {
    let world = World::new();
    let _fault = world.fault(FaultRule::new("f06", Effect::RevokePrevious));
    let mut engine = world.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    rival(&world).await;
    let report = engine.sync(&titled(0..3, "Lead"), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.success, world.count(Operation::IssueToken)),
        (3, 3)
    );
}

#[tokio::test]
async fn f06_two_who_end_each_others_tokens_do_not_do_so_for_ever() {
    let world = World::new();
    let _fault = world.fault(FaultRule::new("f06", Effect::RevokePrevious));
    let mut engine = world.engine();
    let directory = people(0..999);
    let sync = engine.sync(&directory, CHANGED);
    let rivals = async {
        loop {
            rival(&world).await;
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    let result = tokio::select! { result = sync => result, () = rivals => unreachable!() };
    let reason = reason(result);
    // Where the other one is quick enough, our new tokens never work at all.
    assert!(
        matches!(reason, Reason::Contention | Reason::Token),
        "{reason:?}"
    );
}

#[tokio::test]
async fn f07_many_who_meet_a_401_ask_for_one_token() {
    let world = World::new();
    let _fault = world.fault(FaultRule::new("f07", Effect::RevokePrevious));
    let mut engine = world.engine();
    engine.sync(&people(0..8), CHANGED).await.unwrap();
    rival(&world).await;
    // So few are read singly, all at once.
    let report = engine.sync(&titled(0..8, "Lead"), CHANGED).await.unwrap();
    assert_eq!(report.summary.success, 8);
    assert_eq!(world.count(Operation::IssueToken), 3);
}

#[tokio::test]
async fn f08_where_every_token_is_refused_the_run_stops_after_the_second() {
    let world = World::new();
    let _fault = world.fault(FaultRule::new("f08", Effect::BornExpired));
    let result = world.engine().sync(&people(0..8), CHANGED).await;
    assert_eq!(reason(result), Reason::Token);
    assert_eq!(world.count(Operation::IssueToken), 2);
}

#[tokio::test]
async fn f09_a_missing_scope_is_nobodys_failure() {
    let world = World::new();
    let scopes = vec!["scim2".to_owned(), "scim2:admin".to_owned()];
    let _fault = world.fault(FaultRule::new("f09", Effect::WithoutScope { scopes }));
    let result = world.engine().sync(&people(0..20), CHANGED).await;
    assert_eq!(reason(result), Reason::Scope);
    assert_eq!(world.count(Operation::CreateUser), 0);
}

#[tokio::test]
async fn f10_a_redirect_of_the_token_endpoint_is_not_followed() {
    let (world, thief) = (World::new(), World::new());
    let location = thief.server.token_url();
    let rule = FaultRule::new("f10", Effect::Redirect { location }).on(Operation::IssueToken);
    let _fault = world.fault(rule.phase(Phase::Before));
    let result = world.engine().sync(&people(0..1), CHANGED).await;
    assert_eq!(reason(result), Reason::Protocol);
    assert_eq!(thief.count(Operation::IssueToken), 0);
}
