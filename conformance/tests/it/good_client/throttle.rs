//! Throttling and overload: F44 to F48.

use std::time::Duration;

use jiff::SignedDuration;
use mock_server::{Effect, ExchangeQuery, FaultRule, Operation, RetryAfter};
use provisioner::{SyncError, Waiter as _};
use serde_json::json;

use super::{CHANGED, World, people, status};

/// How many requests of an operation were answered so.
fn answered(world: &World, operation: Operation, status: u16) -> usize {
    let query = ExchangeQuery {
        status: Some(status),
        ..ExchangeQuery::operation(operation)
    };
    world.account.find_exchanges(&query).len()
}

fn retry_after(value: RetryAfter) -> FaultRule {
    FaultRule::new("throttle", Effect::RetryAfter { code: 429, value })
}

#[tokio::test]
async fn f44_a_wait_holds_all_and_nobody_fails_for_it() {
    let world = World::new();
    world.server.clock().freeze(None);
    let rule = retry_after(RetryAfter::Seconds(30)).on(Operation::CreateUser);
    let mut rule = rule.times(1);
    rule.when.after = Some(20);
    let _fault = world.fault(rule);
    let mut engine = world.engine();
    let report = engine.sync(&people(0..100), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (100, 0));
    let creates = world
        .account
        .find_exchanges(&ExchangeQuery::operation(Operation::CreateUser));
    let told = creates.iter().find(|create| create.status == 429).unwrap();
    let inside = creates.iter().filter(|create| {
        create.seq > told.seq && create.at < told.at + SignedDuration::from_secs(30)
    });
    // Those that were under way when the wait was told.
    assert!(inside.count() < 32);
    world.all_is_well(&mut engine, &people(0..100)).await;
}

#[tokio::test]
async fn f45_however_the_wait_is_told_nobody_fails_for_it() {
    let told = [
        (RetryAfter::Seconds(7), 7),
        (RetryAfter::HttpDateInS(7), 6),
        (RetryAfter::IsoDateInS(7), 6),
        (RetryAfter::HttpDateInS(-60), 0),
        (RetryAfter::Garbage, 0),
        (RetryAfter::Negative, 0),
        (RetryAfter::Absent, 0),
    ];
    for (value, least_s) in told {
        let world = World::new();
        let _fault = world.fault(
            retry_after(value.clone())
                .on(Operation::CreateUser)
                .times(2),
        );
        let report = world.engine().sync(&people(0..5), CHANGED).await.unwrap();
        assert_eq!(
            (report.summary.success, report.summary.failed),
            (5, 0),
            "{value:?}"
        );
        assert!(
            world.time.now() >= Duration::from_secs(least_s),
            "{value:?}"
        );
        assert!(world.time.now() <= Duration::from_secs(60), "{value:?}");
    }
}

#[tokio::test]
async fn f45_a_wait_of_years_ends_the_run_and_the_next_one_goes_on() {
    let world = World::new();
    let mut rule = retry_after(RetryAfter::FarFuture).on(Operation::CreateUser);
    rule.when.after = Some(10);
    let fault = world.fault(rule);
    let mut engine = world.engine();
    let error = engine.sync(&people(0..50), CHANGED).await.unwrap_err();
    let SyncError::Deferred { done, left, .. } = error else {
        panic!("{error}")
    };
    assert_eq!((done, left), (10, 40));
    assert!(
        world.count(Operation::CreateUser) <= 10 + 32,
        "those under way, and no more"
    );
    drop(fault);
    let report = engine.sync(&people(0..50), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (50, 40));
    world.all_is_well(&mut engine, &people(0..50)).await;
}

#[tokio::test]
async fn f46_the_limits_of_the_business_plan_are_used_well_and_hardly_overrun() {
    let world = World::new();
    world.server.clock().freeze(None);
    let limits = json!({ "rate_limits": { "preset": "business" } });
    world.account.change_settings(&limits).unwrap();
    let mut engine = world.engine();
    let report = engine.sync(&people(0..800), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (800, 0));
    let took = world.time.now().as_secs_f64();
    assert!(took <= 10.0 / 0.9 + 1.0, "{took} s for 800 at 80 a second");
    let refused = answered(&world, Operation::CreateUser, 429);
    assert!(refused <= 8, "{refused} of 800");
}

#[tokio::test]
async fn f46_a_storm_of_refusals_is_weathered() {
    let world = World::new();
    let mut rule = FaultRule::new("f46", Effect::PerSecond { limit: 0 }).on(Operation::CreateUser);
    rule.when.probability = Some(0.5);
    rule.when.seed = Some(7);
    let _fault = world.fault(rule);
    let mut engine = world.engine();
    let report = engine.sync(&people(0..60), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, report.summary.failed), (60, 0));
}

#[tokio::test]
async fn f47_the_quota_of_a_day_defers_the_rest_to_the_next() {
    let world = World::new();
    let limits = json!({ "rate_limits": { "light_per_day": 40 } });
    world.account.change_settings(&limits).unwrap();
    let mut engine = world.engine();
    let directory = people(0..100);
    let mut runs = 0;
    loop {
        runs += 1;
        assert!(runs <= 4);
        match engine.sync(&directory, CHANGED).await {
            Ok(report) => {
                assert_eq!((report.summary.success, report.summary.failed), (100, 0));
                break;
            }
            Err(SyncError::Deferred {
                done,
                left,
                until,
                why,
                ..
            }) => {
                assert_eq!((done, done + left), (40 * runs, 100), "{why}");
                assert!(until.unwrap() > world.account.clock().now());
                assert!(why.contains("daily"), "{why}");
            }
            Err(error) => panic!("{error}"),
        }
        world.time.pass(Duration::from_secs(24 * 3600));
    }
    assert_eq!(world.names().len(), 100);
    assert_eq!(
        answered(&world, Operation::CreateUser, 201),
        100,
        "none twice"
    );
}

#[tokio::test]
async fn f48_ten_minutes_of_outage_are_sat_out_and_not_hammered() {
    let world = World::new();
    world.server.clock().freeze(None);
    let mut rule = status("f48", 503);
    rule.when.operation = Some("users.*".to_owned());
    rule.when.after = Some(50);
    rule.when.until = Some(world.account.clock().now() + SignedDuration::from_mins(10));
    let fault = world.fault(rule);
    let mut engine = world.engine();
    let report = engine.sync(&people(0..150), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.success, report.summary.failed),
        (150, 0),
        "{:?}",
        report.summary
    );
    assert!(world.time.now() >= Duration::from_secs(600));
    assert!(
        fault.fired() <= 100,
        "{} requests in ten minutes",
        fault.fired()
    );
    drop(fault);
    world.all_is_well(&mut engine, &people(0..150)).await;
}

#[tokio::test]
async fn a_fault_in_twenty_and_a_refusal_in_ten_lose_nobody() {
    let world = World::new();
    for (id, effect, chance) in [
        ("lost", Effect::Reset, 0.02),
        ("late", Effect::HtmlErrorPage { code: 504 }, 0.03),
        ("throttled", Effect::PerSecond { limit: 0 }, 0.1),
    ] {
        let mut rule = FaultRule::new(id, effect);
        rule.when.operation = Some("users.*".to_owned());
        rule.when.probability = Some(chance);
        rule.when.seed = Some(11);
        if id == "lost" {
            rule = rule.phase(mock_server::Phase::After);
        }
        world.server.set_fault(rule).unwrap();
    }
    let mut engine = world.engine();
    let report = engine.sync(&people(0..300), CHANGED).await.unwrap();
    assert_eq!(
        (report.summary.success, report.summary.failed),
        (300, 0),
        "{:?}",
        report.summary
    );
    let names = world.names();
    assert_eq!(names.len(), 300);
}
