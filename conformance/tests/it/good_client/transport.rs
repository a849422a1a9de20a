//! Connections and answers: F12 to F19, and F76.

use mock_server::{Effect, FaultRule, Operation, Phase};
use provisioner::{Reason, TrustedRoots};

use super::{CHANGED, FULL, World, people, reason, titled};

#[tokio::test]
async fn f12_where_nobody_listens_the_run_ends_after_a_few_attempts() {
    let world = World::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut connection = world.connection();
    connection.token_url = format!("http://{address}/oauth/token");
    connection.trusted_roots = TrustedRoots::default();
    let mut engine = world.engine_with(connection, world.links.clone());
    assert_eq!(
        reason(engine.sync(&people(0..3), CHANGED).await),
        Reason::Outage
    );
}

#[tokio::test]
async fn f14_writes_that_do_no_harm_twice_are_sent_again() {
    let world = World::new();
    let mut engine = world.engine();
    engine.sync(&people(0..5), CHANGED).await.unwrap();
    for effect in [
        Effect::Reset,
        Effect::CloseWithoutAnswer,
        Effect::HtmlErrorPage { code: 502 },
    ] {
        let title = effect.name();
        let rule = FaultRule::new("f14", effect)
            .on(Operation::UpdateUser)
            .phase(Phase::After);
        let _fault = world.fault(rule.times(2));
        let report = engine.sync(&titled(0..5, &title), CHANGED).await.unwrap();
        assert_eq!(
            (report.summary.success, report.summary.failed),
            (5, 0),
            "{title}"
        );
    }
}

#[tokio::test]
async fn f16_a_page_that_is_cut_is_asked_for_again() {
    let world = World::new();
    world.account.seed_users(150).unwrap();
    let cut = Effect::Truncate {
        bytes: Some(50),
        fraction: None,
    };
    let _fault = world.fault(FaultRule::new("f16", cut).on(Operation::ListUsers).times(2));
    let report = world.engine().sync(&people(0..2), FULL).await.unwrap();
    assert_eq!((report.summary.success, report.writes), (2, 2));
}

#[tokio::test]
async fn f17_an_answer_without_end_is_not_read_to_the_end() {
    let odd = [
        Effect::HugeBody {
            bytes: 9 * 1024 * 1024,
        },
        Effect::ContentLengthLie { add: 10 },
        Effect::GzipBomb {
            bytes: 100 * 1024 * 1024,
        },
    ];
    for effect in odd {
        let name = effect.name();
        let world = World::new();
        let _fault = world.fault(
            FaultRule::new("f17", effect)
                .on(Operation::ListUsers)
                .times(1),
        );
        match world.engine().sync(&people(0..2), FULL).await {
            Ok(report) => assert_eq!(report.summary.success, 2, "{name}"),
            Err(error) => assert_eq!(name, "gzip_bomb", "{error}"),
        }
    }
}

#[tokio::test]
async fn f18_html_is_no_empty_list() {
    let world = World::new();
    let page = Effect::HtmlErrorPage { code: 200 };
    let _fault = world.fault(FaultRule::new("f18", page).on(Operation::ListUsers));
    let result = world.engine().sync(&people(0..20), FULL).await;
    assert_eq!(reason(result), Reason::Protocol);
    assert_eq!(world.count(Operation::CreateUser), 0);
}

#[tokio::test]
async fn f19_connections_that_close_between_requests_lose_nobody() {
    let world = World::new();
    let mut engine = world.engine();
    let _fault = world.fault(FaultRule::new("f19", Effect::CloseAfterResponse).times(20));
    let report = engine.sync(&people(0..40), CHANGED).await.unwrap();
    let failed = report.actions.iter().find(|action| action.error.is_some());
    assert_eq!(
        (report.summary.success, report.summary.failed),
        (40, 0),
        "{failed:?}"
    );
    world.all_is_well(&mut engine, &people(0..40)).await;
}

#[tokio::test]
async fn f76_a_redirect_of_scim_is_not_followed() {
    let (world, thief) = (World::new(), World::new());
    let location = format!("{}/Users", thief.server.scim_url());
    let rule = FaultRule::new("f76", Effect::Redirect { location }).on(Operation::ListUsers);
    let _fault = world.fault(rule);
    assert_eq!(
        reason(world.engine().sync(&people(0..1), FULL).await),
        Reason::Protocol
    );
    assert_eq!(thief.count(Operation::ListUsers), 0);
}
