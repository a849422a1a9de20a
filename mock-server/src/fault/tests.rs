//! Which rule fires, held against a model; and what cannot be a rule.

use std::cell::OnceCell;

use http::HeaderMap;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::rules::{Rules, draw};
use super::{Effect, Facts, FaultRule, Faults, Phase, Subject};
use crate::operation::Operation;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn nobody() -> Subject {
    Subject::default()
}

fn facts<'a>(
    operation: Operation,
    headers: &'a HeaderMap,
    find_subject: &'a dyn Fn() -> Subject,
) -> Facts<'a> {
    Facts {
        operation,
        account: "A",
        client_id: "C",
        headers,
        run: None,
        now: at(0),
        server_now: at(0),
        subject: OnceCell::new(),
        find_subject,
    }
}

fn rule(when: &Value) -> FaultRule {
    FaultRule::read(
        &json!({ "id": "r", "when": when, "then": "never_answer" }),
        None,
    )
    .unwrap()
}

/// How often a rule alone fires for so many requests of an operation.
fn fires(when: &Value, operation: Operation, requests: usize) -> Vec<usize> {
    let (mut rules, headers) = (Rules::default(), HeaderMap::new());
    rules.set(rule(when), at(0)).unwrap();
    (1..=requests)
        .filter(|_| {
            rules
                .decide(&facts(operation, &headers, &nobody))
                .fired
                .is_some()
        })
        .collect()
}

#[test]
fn conditions_count_as_they_say() {
    let create = Operation::CreateUser;
    assert_eq!(fires(&json!({}), create, 3), [1, 2, 3]);
    assert_eq!(fires(&json!({ "operation": "users.*" }), create, 1), [1]);
    assert_eq!(
        fires(&json!({ "operation": "users.get" }), create, 2),
        [0; 0]
    );
    assert_eq!(fires(&json!({ "nth": 2 }), create, 4), [2]);
    assert_eq!(fires(&json!({ "times": 2 }), create, 4), [1, 2]);
    assert_eq!(fires(&json!({ "after": 2 }), create, 4), [3, 4]);
    assert_eq!(fires(&json!({ "after": 1, "nth": 2 }), create, 4), [3]);
    assert_eq!(fires(&json!({ "after": 1, "times": 1 }), create, 4), [2]);
    assert_eq!(fires(&json!({ "probability": 0.0 }), create, 20), [0; 0]);
    assert_eq!(fires(&json!({ "probability": 1.0 }), create, 2), [1, 2]);
    assert_eq!(fires(&json!({ "account": "B" }), create, 2), [0; 0]);
    assert_eq!(
        fires(&json!({ "client_id": "C", "account": "A" }), create, 1),
        [1]
    );
    assert_eq!(fires(&json!({ "run": "1" }), create, 1), [0; 0]);
}

#[test]
fn a_seed_decides_alike_and_another_otherwise() {
    let some = |seed: u64| {
        fires(
            &json!({ "probability": 0.5, "seed": seed }),
            Operation::GetUser,
            64,
        )
    };
    assert_eq!(some(1), some(1));
    assert_ne!(some(1), some(2));
    assert!((10..54).contains(&some(1).len()), "{:?}", some(1));
}

#[test]
fn window_and_ttl_go_by_their_clocks() {
    let headers = HeaderMap::new();
    let mut rules = Rules::default();
    let when = json!({ "from": at(10).to_string(), "until": at(20).to_string(), "ttl_s": 100 });
    rules.set(rule(&when), at(0)).unwrap();
    let mut hits = |now: i64, server_now: i64| {
        let facts = Facts {
            now: at(now),
            server_now: at(server_now),
            ..facts(Operation::GetUser, &headers, &nobody)
        };
        rules.decide(&facts).fired.is_some()
    };
    assert!(!hits(9, 0) && hits(10, 0) && hits(19, 0) && !hits(20, 0));
    assert!(hits(10, 99) && !hits(10, 100));
}

#[test]
fn headers_and_users_are_looked_at() {
    let mut headers = HeaderMap::new();
    headers.insert("x-test", "one".parse().unwrap());
    let ann = || Subject {
        user_name: Some("Ann@example.com".to_owned()),
        id: Some("id1".to_owned()),
    };
    let hits = |when: Value| {
        let mut rules = Rules::default();
        rules.set(rule(&when), at(0)).unwrap();
        rules
            .decide(&facts(Operation::GetUser, &headers, &ann))
            .fired
            .is_some()
    };
    assert!(hits(json!({ "header": { "name": "X-Test" } })));
    assert!(hits(
        json!({ "header": { "name": "x-test", "value": "one" } })
    ));
    assert!(!hits(
        json!({ "header": { "name": "x-test", "value": "two" } })
    ));
    assert!(hits(json!({ "user": "ann@EXAMPLE.com" })) && hits(json!({ "user": "id1" })));
    assert!(!hits(json!({ "user": "bob@example.com" })));
}

#[test]
fn a_run_takes_its_steps_and_says_what_is_left() {
    let faults = Faults::default();
    let steps = json!({ "users.create": ["applied_then_lost", "ok", { "then": { "delay": { "ms": 5 } }, "phase": "after" }] });
    let id = faults.start_run(&steps).unwrap();
    let headers = HeaderMap::new();
    let step = || {
        let facts = Facts {
            run: Some(&id),
            ..facts(Operation::CreateUser, &headers, &nobody)
        };
        let (decision, _) = faults.decide(&facts, None);
        decision
            .fired
            .map(|fired| (fired.effect.name(), fired.phase))
    };
    assert_eq!(step(), Some(("reset".to_owned(), Phase::After)));
    assert_eq!(step(), None);
    let report = faults.run(&id).unwrap();
    assert!(!report.completed);
    assert_eq!(report.left["users.create"], ["delay"]);
    assert_eq!(report.met["users.create"], ["applied_then_lost", "ok"]);
    assert_eq!(step(), Some(("delay".to_owned(), Phase::After)));
    assert_eq!(step(), None);
    assert!(faults.run(&id).unwrap().completed);
}

#[test]
fn a_run_that_cannot_be_is_refused_where_it_is_wrong() {
    let refused = |steps: Value| Faults::default().start_run(&steps).unwrap_err().to_string();
    for (steps, says) in [
        (
            json!([]),
            "`steps` must be an object from operations to arrays of steps",
        ),
        (json!({}), "`steps` hold no step"),
        (
            json!({ "user.create": ["ok"] }),
            "`steps.user.create` names no operation; did you mean `users.create`?",
        ),
        (
            json!({ "users.create": "ok" }),
            "`steps.users.create` must be an array of steps",
        ),
        (
            json!({ "users.create": ["ok", "aplied_then_lost"] }),
            "`steps.users.create[1]` `aplied_then_lost` is no step; did you mean `applied_then_lost`?",
        ),
        (
            json!({ "users.get": ["no_seats"] }),
            "`steps.users.get[0].when.operation` cannot be `users.get` for `no_seats`, which acts on users.create, users.update",
        ),
    ] {
        assert_eq!(refused(steps), says);
    }
}

#[test]
fn what_cannot_be_a_rule_is_refused_by_its_field() {
    let refused = |json: Value| FaultRule::read(&json, Some("r")).unwrap_err().to_string();
    for (json, says) in [
        (json!(1), "`` must be a JSON object with `when` and `then`"),
        (json!({}), "`then` is missing: say what happens"),
        (
            json!({ "then": "reset", "wen": {} }),
            "`wen` is no key of a rule: `wen` is none; did you mean `when`?",
        ),
        (
            json!({ "then": "rest" }),
            "`then` names an effect: `rest` is none; did you mean `reset`?",
        ),
        (
            json!({ "then": { "delay": { "ms": -1 } } }),
            "`then.delay.ms` invalid value: integer `-1`, expected u64; such as {\"delay\":{\"ms\":100}}",
        ),
        (
            json!({ "then": { "delay": { "ms": 600_001 } } }),
            "`then.delay.ms` is at most 600000",
        ),
        (
            json!({ "then": { "status": { "code": 99 } } }),
            "`then.status.code` is a status from 200 to 599",
        ),
        (
            json!({ "then": "reset", "phase": "whenever" }),
            "`phase` `whenever` is none; there are before, after, body",
        ),
        (
            json!({ "then": "reset", "phase": "body" }),
            "`phase` cannot be `body` for `reset`, which acts before or after",
        ),
        (
            json!({ "then": "no_seats", "when": { "operation": "users.get" } }),
            "`when.operation` cannot be `users.get` for `no_seats`, which acts on users.create, users.update",
        ),
        (
            json!({ "then": "reset", "when": { "operation": "user.create" } }),
            "`when.operation` names an operation: `user.create` is none; did you mean `users.create`?",
        ),
        (
            json!({ "then": "reset", "when": { "probability": 2 } }),
            "`when.probability` is from 0 to 1",
        ),
        (
            json!({ "then": "reset", "when": { "nth": 0 } }),
            "`when.nth` is at least 1",
        ),
        (
            json!({ "then": "reset", "when": { "sed": 1 } }),
            "`when.sed` unknown field `sed`",
        ),
        (
            json!({ "then": "reset", "id": "other" }),
            "`id` is `other`, and the path says `r`",
        ),
        (
            json!({ "then": { "status": { "code": 200, "headers": { "Content-Length": "9" } } } }),
            "`then.status.headers.Content-Length` is the body's own length",
        ),
        (
            json!({ "then": { "status": { "code": 204, "body": "x" } } }),
            "`then.status.body` is empty where",
        ),
        (
            json!({ "then": "not_json", "when": { "user": "ann" } }),
            "`when.user` is nobody's who asks for a token",
        ),
        (
            json!({ "then": "tls_expired" }),
            "`then` names an effect: `tls_expired` is a listener of its own; PUT /_mock/doors/tls_expired",
        ),
        (
            json!({ "then": { "truncate": {} } }),
            "`then.truncate.bytes` is needed, or `fraction` in its place",
        ),
    ] {
        let refused = refused(json);
        assert!(refused.starts_with(says), "{refused}\n{says}");
    }
}

/// What a rule of the model may ask for.
#[derive(Debug, Clone)]
struct Simple {
    operation: usize,
    after: u64,
    nth: Option<u64>,
    times: Option<u64>,
    probability: Option<f64>,
}

fn simple() -> impl Strategy<Value = Simple> {
    let chance = prop_oneof![Just(0.0), Just(0.3), Just(1.0)];
    (
        0..3usize,
        0..4u64,
        proptest::option::of(1..4u64),
        proptest::option::of(1..4u64),
        proptest::option::of(chance),
    )
        .prop_map(|(operation, after, nth, times, probability)| Simple {
            operation,
            after,
            nth,
            times,
            probability,
        })
}

const ASKED: [Operation; 3] = [
    Operation::CreateUser,
    Operation::GetUser,
    Operation::ListUsers,
];

proptest! {
    /// Whatever the rules and the requests, what fires is what ten plain lines say.
    #[test]
    fn decisions_are_those_of_a_model(
        rules in proptest::collection::vec(simple(), 0..6),
        requests in proptest::collection::vec(0..3usize, 0..60),
    ) {
        let mut set = Rules::default();
        for (number, rule) in rules.iter().enumerate() {
            let mut json = json!({ "operation": ASKED[rule.operation].as_str(), "after": rule.after });
            if let Some(nth) = rule.nth { json["nth"] = nth.into(); }
            if let Some(times) = rule.times { json["times"] = times.into(); }
            if let Some(chance) = rule.probability { json["probability"] = chance.into(); json["seed"] = 7.into(); }
            let rule = FaultRule::read(&json!({ "when": json, "then": "reset" }), Some(&number.to_string())).unwrap();
            set.set(rule, at(0)).unwrap();
        }
        let headers = HeaderMap::new();
        let mut counts = vec![(0u64, 0u64); rules.len()];
        for request in requests {
            let fired = set.decide(&facts(ASKED[request], &headers, &nobody)).fired;
            let fired = fired.map(|fired| fired.rule.to_string());
            // The model.
            let mut expected = None;
            for (number, rule) in rules.iter().enumerate() {
                let (fitted, fires) = &mut counts[number];
                if rule.operation != request { continue }
                *fitted += 1;
                if *fitted <= rule.after { continue }
                if rule.nth.is_some_and(|nth| *fitted != rule.after + nth) { continue }
                if rule.times.is_some_and(|times| *fires >= times) { continue }
                if rule.probability.is_some_and(|chance| draw(7, &number.to_string(), *fitted) >= chance) { continue }
                *fires += 1;
                expected = Some(number.to_string());
                break;
            }
            prop_assert_eq!(fired, expected);
        }
    }

    /// Any JSON is read or refused.
    #[test]
    fn nothing_makes_reading_panic(text in "[a-z{}\":,0-9 ]{0,80}") {
        let json: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        let _ = FaultRule::read(&json!({ "then": json, "when": {} }), Some("r"));
        let _ = FaultRule::read(&json, Some("r"));
    }
}

#[test]
fn rules_made_in_code_are_those_that_are_read() {
    let made = FaultRule::new("r", Effect::Delay { ms: 5 })
        .on(Operation::GetUser)
        .times(2);
    let json = serde_json::to_value(&made).unwrap();
    assert_eq!(FaultRule::read(&json, None).unwrap(), made);
    assert!(
        FaultRule::new("r", Effect::NoSeats)
            .phase(Phase::After)
            .check()
            .is_err()
    );
}
