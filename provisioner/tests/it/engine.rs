//! The engine against a fake that pages, refuses, loses answers and redirects.

use provisioner::{Code, ErrorKind, Reason, SyncError, SyncOptions, TestLimits};
use serde_json::json;

use super::fake::{Fake, Instead, people, person, rule};

const FULL: SyncOptions = SyncOptions {
    full: true,
    deep: false,
    due_only: false,
    allow_removals: None,
    accept_count: None,
};
const CHANGED: SyncOptions = SyncOptions {
    full: false,
    deep: false,
    due_only: false,
    allow_removals: None,
    accept_count: None,
};

#[tokio::test]
async fn a_first_sync_creates_and_a_second_writes_nothing() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    let first = engine.sync(&people(0..30), CHANGED).await.unwrap();
    assert_eq!(
        (first.summary.impacted, first.summary.success, first.writes),
        (30, 30, 30)
    );
    assert_eq!(
        zoom.count("POST /oauth"),
        1,
        "one token for all who work at once"
    );
    zoom.forget_requests();
    let second = engine.sync(&people(0..30), CHANGED).await.unwrap();
    assert_eq!((second.summary.success, second.writes), (30, 0));
    assert_eq!(zoom.count(""), 0, "where nothing changed nothing is asked");
    let full = engine.sync(&people(0..30), FULL).await.unwrap();
    assert_eq!((full.writes, zoom.count("GET")), (0, 1));
}

#[tokio::test]
async fn pages_are_walked_by_what_was_returned() {
    let zoom = Fake::start().await;
    for number in 0..12 {
        zoom.add(&format!("user{number}@example.com"));
    }
    zoom.held.lock().unwrap().page_cap = Some(5);
    let report = zoom.engine().sync(&people(0..12), FULL).await.unwrap();
    assert_eq!((report.summary.success, zoom.count("POST /scim2")), (12, 0));
    assert_eq!(zoom.count("GET /scim2/Users start"), 3);
}

#[tokio::test]
async fn a_page_that_fails_stops_the_run_before_any_write() {
    let zoom = Fake::start().await;
    for number in 0..12 {
        zoom.add(&format!("user{number}@example.com"));
    }
    zoom.held.lock().unwrap().page_cap = Some(5);
    zoom.instead(
        "GET /scim2/Users startIndex=6",
        (0..10).map(|_| Instead::Answer(200, "<html>".to_owned())),
    );
    let error = zoom.engine().sync(&people(0..12), FULL).await.unwrap_err();
    assert!(matches!(error, SyncError::Zoom(_)), "{error}");
    assert_eq!(zoom.count("POST /scim2"), 0);
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_looked_up_and_not_sent_again() {
    let zoom = Fake::start().await;
    zoom.instead("POST /scim2", vec![Instead::DoneBut(504, String::new())]);
    let mut engine = zoom.engine();
    let report = engine.sync(&people(0..1), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, zoom.count("POST /scim2")), (1, 1));
    assert_eq!(zoom.names(), ["user0@example.com"]);
    zoom.forget_requests();
    assert_eq!(engine.sync(&people(0..1), FULL).await.unwrap().writes, 0);
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_a_lost_answer() {
    let zoom = Fake::start().await;
    zoom.instead(
        "POST /scim2",
        vec![Instead::DoneBut(201, "{\"id\":\"z0".to_owned())],
    );
    let report = zoom.engine().sync(&people(0..1), CHANGED).await.unwrap();
    assert_eq!((report.summary.success, zoom.count("POST /scim2")), (1, 1));
}

#[tokio::test]
async fn a_duplicate_that_no_lookup_finds_fails_once_a_run() {
    let zoom = Fake::start().await;
    let refused =
        json!({ "detail": "The email \"user0@example.com\" is already in use." }).to_string();
    zoom.instead(
        "POST /scim2",
        vec![
            Instead::Answer(400, refused.clone()),
            Instead::Answer(400, refused),
        ],
    );
    let mut engine = zoom.engine();
    let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
    // Both creates are refused, since both are the first for their user.
    assert_eq!((report.summary.failed, zoom.count("POST /scim2")), (2, 2));
    assert!(
        report.actions[0]
            .error
            .as_ref()
            .unwrap()
            .contains("consolidate")
    );
    let again = engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!(
        (again.summary.failed, again.summary.success),
        (0, 2),
        "who failed is tried again"
    );
}

#[tokio::test]
async fn a_filter_that_is_ignored_finds_nobody_else() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    engine.sync(&people(0..1), CHANGED).await.unwrap();
    zoom.add("somebody@example.com");
    zoom.held.lock().unwrap().filter_ignored = true;
    let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!(report.summary.success, 2);
    assert_eq!(
        zoom.names(),
        [
            "user0@example.com",
            "somebody@example.com",
            "user1@example.com"
        ]
    );
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_renewed_once() {
    let zoom = Fake::start().await;
    let expired = || {
        Instead::Answer(
            401,
            json!({ "code": 124, "message": "Access token is expired." }).to_string(),
        )
    };
    zoom.instead("GET /scim2", vec![expired()]);
    let mut engine = zoom.engine();
    assert_eq!(
        engine
            .sync(&people(0..1), FULL)
            .await
            .unwrap()
            .summary
            .success,
        1
    );
    assert_eq!(zoom.count("POST /oauth"), 2);
    zoom.instead("GET /scim2", (0..10).map(|_| expired()));
    let error = engine.sync(&people(0..1), FULL).await.unwrap_err();
    let SyncError::Zoom(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.kind, ErrorKind::Systemic(Reason::Token));
    assert_eq!(zoom.count("POST /oauth"), 3, "not for ever");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (zoom, thief) = (Fake::start().await, Fake::start().await);
    zoom.instead(
        "GET /scim2",
        vec![Instead::Answer(307, format!("{}/scim2/Users", thief.url))],
    );
    assert!(zoom.engine().sync(&people(0..1), FULL).await.is_err());
    let zoom = Fake::start().await;
    zoom.instead(
        "POST /oauth",
        vec![Instead::Answer(308, format!("{}/oauth/token", thief.url))],
    );
    assert!(zoom.engine().sync(&people(0..1), FULL).await.is_err());
    assert_eq!(thief.count(""), 0);
}

#[tokio::test]
async fn one_users_failure_does_not_stop_the_others() {
    let zoom = Fake::start().await;
    let refused = json!({ "detail": "Cannot add paid users." }).to_string();
    zoom.instead("POST /scim2", vec![Instead::Answer(409, refused)]);
    let report = zoom.engine().sync(&people(0..5), CHANGED).await.unwrap();
    assert_eq!(
        (
            report.summary.success,
            report.summary.failed,
            report.summary.impacted
        ),
        (4, 1, 5)
    );
    assert_eq!(
        zoom.count("POST /scim2"),
        5,
        "what is refused for good is sent once"
    );
}

#[tokio::test]
async fn a_missing_scope_stops_the_run() {
    let zoom = Fake::start().await;
    let missing = json!({ "code": 4711, "message": "Invalid access token, does not contain scopes:[scim2]." });
    zoom.instead(
        "GET /scim2",
        vec![Instead::Answer(400, missing.to_string())],
    );
    let engine = zoom.engine();
    let diagnosis = engine.test_connection(TestLimits::default()).await;
    assert!(!diagnosis.ok);
    assert_eq!(diagnosis.diagnosis.unwrap().code, Code::MissingScope);
    assert_eq!(
        zoom.count("POST /scim2") + zoom.count("PUT") + zoom.count("PATCH"),
        0
    );
    assert!(engine.test_connection(TestLimits::default()).await.ok);
}

#[tokio::test]
async fn a_user_who_is_gone_is_created_again_or_forgotten() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    engine.sync(&people(0..1), CHANGED).await.unwrap();
    zoom.held.lock().unwrap().users.clear();
    let mut directory = people(0..1);
    directory.users[0].title = Some("Lead".into());
    let report = engine.sync(&directory, CHANGED).await.unwrap();
    assert_eq!((report.summary.success, zoom.count("POST /scim2")), (1, 2));
}

#[tokio::test]
async fn nobody_is_removed_by_a_read_that_did_not_end() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    engine.sync(&people(0..3), CHANGED).await.unwrap();
    let mut cut_off = people(0..1);
    cut_off.complete = false;
    let report = engine.sync(&cut_off, FULL).await.unwrap();
    assert_eq!((report.writes, report.summary.removed), (0, 0));
    let report = engine.sync(&people(0..1), FULL).await.unwrap();
    assert_eq!(report.summary.removed, 2);
}

#[tokio::test]
async fn who_was_away_while_the_connection_was_off_is_evaluated_when_it_comes_on() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    zoom.forget_requests();
    let off = provisioner::Connection {
        enabled: false,
        ..zoom.connection()
    };
    engine.set_connection(off);
    assert!(matches!(
        engine.sync(&people(0..1), CHANGED).await,
        Err(SyncError::Off)
    ));
    assert_eq!(zoom.count(""), 0);
    engine.set_connection(zoom.connection());
    let report = engine.sync(&people(0..1), CHANGED).await.unwrap();
    assert_eq!((report.summary.removed, report.summary.impacted), (1, 1));
}

#[tokio::test]
async fn that_it_was_off_counts_though_no_run_came_meanwhile() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    zoom.forget_requests();
    let off = provisioner::Connection {
        enabled: false,
        ..zoom.connection()
    };
    engine.set_connection(off);
    engine.set_connection(zoom.connection());
    let plan = engine.plan(&people(0..2), CHANGED).await.unwrap();
    assert_eq!(plan.actions.len(), 2);
    let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!(report.actions.len(), 2);
    let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!(report.actions.len(), 0, "once is enough");
}

#[tokio::test]
async fn a_changed_mapping_evaluates_everybody_and_a_flipped_flag_nobody() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    zoom.forget_requests();
    let mut flipped = zoom.connection();
    flipped.flags.update = false;
    engine.set_connection(flipped);
    let report = engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!(zoom.count(""), 0);
    assert!(
        report.warnings[0].contains("sync --full"),
        "{:?}",
        report.warnings
    );
    let mut rule = rule();
    rule.filter = None;
    engine.set_rules(vec![rule]);
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    assert_eq!(zoom.count("GET /scim2/Users start"), 1);
}

#[tokio::test]
async fn swapped_addresses_never_reach_the_wrong_account() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    engine.sync(&people(0..2), CHANGED).await.unwrap();
    let taken = json!({ "detail": "Email 'x' has already been used." }).to_string();
    zoom.instead("PUT", (0..2).map(|_| Instead::Answer(409, taken.clone())));
    let mut swapped = people(0..2);
    swapped.users[0].username = person(1).username;
    swapped.users[1].username = person(0).username;
    let report = engine.sync(&swapped, CHANGED).await.unwrap();
    assert_eq!(report.summary.failed, 2, "{report:#?}");
    assert_eq!(zoom.names(), ["user0@example.com", "user1@example.com"]);
}

#[tokio::test]
async fn nothing_goes_in_the_clear_to_another_machine() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    // An address for documentation: nobody has it, and nobody is asked.
    let clear = provisioner::Connection {
        token_url: "http://192.0.2.1/oauth/token".to_owned(),
        ..zoom.connection()
    };
    engine.set_connection(clear);
    let Err(SyncError::Zoom(error)) = engine.sync(&people(0..1), FULL).await else {
        panic!("it was sent");
    };
    assert_eq!(error.kind, ErrorKind::Systemic(Reason::NotSent));
    assert!(error.message.contains("nothing was sent"), "{error}");
    assert_eq!(zoom.count(""), 0);
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_scim_url_does_no_harm() {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    let slash = provisioner::Connection {
        scim_url: format!("{}/scim2/", zoom.url),
        ..zoom.connection()
    };
    engine.set_connection(slash);
    assert!(engine.test_connection(TestLimits::default()).await.ok);
    assert_eq!(engine.sync(&people(0..1), FULL).await.unwrap().writes, 1);
}
