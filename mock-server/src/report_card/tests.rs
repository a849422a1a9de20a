//! Each check, with exchanges made by hand: a client that does well and one that does not.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use serde_json::json;

use super::{CardQuery, Check, ReportCard, Verdict, report_card};
use crate::journal::{Exchange, FaultNote, ScopeCheck};
use crate::operation::Operation;

use Check::{
    BackOff, CreateAfterLost, FutileRepeat, ScopesMissing, ScopesUnneeded, TokenPerRequest,
    TokenStampede, ToldWait, ToldWaitToken,
};
use Verdict::{Bad, Good, NotMet};

/// An exchange so many milliseconds after the start: 2023-11-14T22:13:20Z.
fn at(ms: i64, operation: Operation, status: u16) -> Exchange {
    let (method, path) = match operation {
        Operation::IssueToken => (Method::POST, "/oauth/token"),
        Operation::CreateUser => (Method::POST, "/scim2/Users"),
        Operation::PatchUser => (Method::PATCH, "/scim2/Users/x"),
        Operation::GetUser => (Method::GET, "/scim2/Users/x"),
        _ => (Method::GET, "/scim2/Users"),
    };
    Exchange {
        seq: 0,
        at: Timestamp::from_millisecond(1_700_000_000_000 + ms).unwrap(),
        account: Some("account".into()),
        operation: Some(operation),
        method,
        path: path.to_owned(),
        query: None,
        request_headers: Vec::new(),
        request_body: Bytes::new(),
        status,
        response_body: Bytes::new(),
        client_id: Some("client".into()),
        retry_after: None,
        rate_limit: None,
        fault: None,
        passed_over: Vec::new(),
        run: None,
        scope: None,
    }
}

fn list(ms: i64, status: u16) -> Exchange {
    at(ms, Operation::ListUsers, status)
}

fn get(ms: i64, status: u16) -> Exchange {
    at(ms, Operation::GetUser, status)
}

fn create(ms: i64, status: u16) -> Exchange {
    let body = json!({ "userName": "Ann@example.com" }).to_string();
    Exchange {
        request_body: body.into(),
        ..at(ms, Operation::CreateUser, status)
    }
}

fn token(ms: i64, number: u32) -> Exchange {
    let body = json!({ "access_token": format!("sha256:{number}"), "expires_in": 3600 });
    Exchange {
        response_body: body.to_string().into(),
        ..at(ms, Operation::IssueToken, 200)
    }
}

impl Exchange {
    fn with(self, number: u32) -> Self {
        let header = ("authorization", format!("Bearer sha256:{number}"));
        Self {
            request_headers: vec![header],
            ..self
        }
    }

    fn told(self, said: &str) -> Self {
        Self {
            retry_after: Some(said.to_owned()),
            ..self
        }
    }

    fn filtered(self, filter: &str) -> Self {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", filter)
            .finish();
        Self {
            query: Some(query),
            ..self
        }
    }

    fn faulty(self, phase: &'static str, applied: Option<u16>, lost: bool) -> Self {
        let note = FaultNote {
            source: "rule r".to_owned(),
            effect: "reset".to_owned(),
            phase,
            count: 1,
            applied,
            lost,
        };
        Self {
            fault: Some(Box::new(note)),
            ..self
        }
    }

    fn scope(self, scope: ScopeCheck) -> Self {
        Self {
            scope: Some(scope),
            ..self
        }
    }

    fn of(self, client: &str) -> Self {
        Self {
            client_id: Some(client.into()),
            ..self
        }
    }
}

fn numbered(exchanges: Vec<Exchange>) -> Vec<Arc<Exchange>> {
    let numbered = exchanges.into_iter().zip(1..);
    numbered
        .map(|(exchange, seq)| Arc::new(Exchange { seq, ..exchange }))
        .collect()
}

fn card(exchanges: Vec<Exchange>) -> ReportCard {
    let granted = vec!["scim2".to_owned()];
    report_card(&numbered(exchanges), &CardQuery::default(), granted)
}

/// What a card has to say of a check: verdict, a part of the sentence, the exchanges.
type Expected<'a> = (Check, Verdict, &'a str, &'a [u64]);

#[track_caller]
fn says(exchanges: Vec<Exchange>, expected: &[Expected<'_>]) {
    let card = card(exchanges);
    for (check, verdict, says, seqs) in expected {
        let found = card.of(*check).any(|line| {
            line.verdict == *verdict && line.says.contains(says) && line.exchanges == *seqs
        });
        assert!(found, "{check:?} {verdict:?} {says:?} {seqs:?} in\n{card}");
    }
    let mut checks: Vec<Check> = expected.iter().map(|(check, ..)| *check).collect();
    checks.dedup();
    for check in checks {
        let wanted = expected.iter().filter(|(of, ..)| *of == check).count();
        assert_eq!(card.of(check).count(), wanted, "{card}");
    }
}

#[test]
fn without_an_occasion_nothing_is_judged() {
    let card = card(Vec::new());
    assert_eq!(card.lines.len(), 9);
    assert!(
        card.lines.iter().all(|line| line.verdict == NotMet),
        "{card}"
    );
}

#[test]
fn a_told_wait_is_kept_or_not_whatever_tells_it() {
    let until_5_s = [
        "5",
        "Tue, 14 Nov 2023 22:13:25 GMT",
        "2023-11-14T22:13:25Z",
        "X-RateLimit-Reset 1700000005",
    ];
    for said in until_5_s {
        let told = || list(0, 429).told(said);
        says(
            vec![told(), list(5_000, 200)],
            &[(
                ToldWait,
                Good,
                "told to wait 5 s; the next request came after 5 s",
                &[1, 2],
            )],
        );
        says(
            vec![told(), list(3_500, 200)],
            &[(
                ToldWait,
                Bad,
                "1 request came within that time, the first 1.5 s too early",
                &[1, 2],
            )],
        );
        says(
            vec![told()],
            &[(ToldWait, NotMet, "it was never retried", &[1])],
        );
    }
    for said in ["soon", "-5", "Tue, 14 Nov 2023 22:13:00 GMT"] {
        let exchanges = vec![list(0, 429).told(said), list(1_000, 200)];
        says(
            exchanges,
            &[
                (ToldWait, NotMet, "no answer told to wait", &[]),
                (BackOff, Good, "repeated 1 time", &[1, 2]),
            ],
        );
    }
}

#[test]
fn a_wait_is_for_one_client_in_one_bucket() {
    let told = || list(0, 429).told("5");
    // Light operations, the token endpoint and another client are not limited.
    says(
        vec![
            told(),
            get(1_000, 200),
            token(1_000, 1),
            list(1_000, 200).of("other"),
            list(6_000, 200),
        ],
        &[
            (ToldWait, Good, "Medium operations answered 429", &[1, 5]),
            (ToldWaitToken, NotMet, "no answer told", &[]),
        ],
    );
    let told = at(0, Operation::IssueToken, 503).told("2");
    says(
        vec![told, list(500, 200), token(1_000, 1)],
        &[(
            ToldWaitToken,
            Bad,
            "the token endpoint answered 503",
            &[1, 3],
        )],
    );
}

#[test]
fn what_was_under_way_is_not_held_against_a_client() {
    let other = |ms| {
        list(ms, 429)
            .filtered("userName eq \"b@example.com\"")
            .told("5")
    };
    says(
        vec![list(0, 429).told("5"), other(50), list(5_100, 200)],
        &[(ToldWait, Good, "told to wait 5.05 s", &[1, 2, 3])],
    );
    says(
        vec![list(0, 429).told("5"), list(0, 429).told("5")],
        &[(ToldWait, Bad, "the first 5 s too early", &[1, 2])],
    );
    says(
        vec![list(0, 429).told("5"), other(200)],
        &[(ToldWait, Bad, "the first 4.8 s too early", &[1, 2])],
    );
}

#[test]
fn nobody_is_held_to_more_than_a_day() {
    let day = 24 * 3600 * 1000;
    says(
        vec![list(0, 429).told("316224000"), list(day, 200)],
        &[(ToldWait, Good, "told to wait 24 h 0 min", &[1, 2])],
    );
}

#[test]
fn pauses_grow_or_are_constant_or_hammer() {
    let failing =
        |times: &[i64]| -> Vec<Exchange> { times.iter().map(|ms| get(*ms, 503)).collect() };
    for (times, verdict, how) in [
        (
            &[0, 1_000, 3_000, 7_000][..],
            Good,
            "at growing intervals: after 1 s, 2 s, 4 s",
        ),
        (&[0, 900, 3_900, 5_000], Good, "at varied intervals"),
        (&[0, 1_000, 2_050, 3_000], Bad, "at constant intervals"),
        (&[0, 0, 0], Bad, "at constant intervals: after 0 s, 0 s"),
        (&[0, 100, 250, 500, 900], Bad, "hammering"),
        (&[0, 2_000, 2_100, 2_300, 2_700], Bad, "hammering"),
        (&[0, 0], Good, "repeated 1 time, no more"),
    ] {
        let seqs: Vec<u64> = (1..).take(times.len()).collect();
        says(failing(times), &[(BackOff, verdict, how, &seqs)]);
    }
    says(
        vec![get(0, 500), list(10, 200)],
        &[(
            BackOff,
            NotMet,
            "1 failure without a told wait, and none was asked again",
            &[1],
        )],
    );
    // A lost answer is a failure, and what follows a success is another story.
    let lost = get(0, 200).faulty("after", Some(200), true);
    says(
        vec![lost, get(1_000, 200), get(1_001, 200)],
        &[(
            BackOff,
            Good,
            "after a lost answer was repeated 1 time",
            &[1, 2],
        )],
    );
}

#[test]
fn a_token_is_kept_as_long_as_it_is_good() {
    let minute = 60_000;
    says(
        vec![token(0, 1), list(1, 200).with(1), token(56 * minute, 2)],
        &[(TokenStampede, Good, "`client` had 2 tokens", &[1, 3])],
    );
    says(
        vec![token(0, 1), token(0, 2), token(minute, 3)],
        &[(
            TokenStampede,
            Bad,
            "asked 2 times while the last one was good",
            &[1, 2, 3],
        )],
    );
    says(
        vec![token(0, 1), list(1, 401).with(1), token(2, 2)],
        &[(TokenStampede, Good, "2 tokens", &[1, 3])],
    );
    // A token whose answer was lost is none.
    says(
        vec![token(0, 1).faulty("after", Some(200), true), token(1, 2)],
        &[(TokenStampede, Good, "1 token", &[2])],
    );
}

#[test]
fn a_token_serves_more_than_one_request() {
    let each = |number: u32| [token(0, number), list(1, 200).with(number)];
    says(
        (1..4).flat_map(each).collect(),
        &[(
            TokenPerRequest,
            Bad,
            "3 requests with 3 tokens, 3 of them used once",
            &[2, 4, 6],
        )],
    );
    says(
        vec![
            token(0, 1),
            list(1, 200).with(1),
            list(2, 200).with(1),
            list(3, 200).with(1),
        ],
        &[(TokenPerRequest, Good, "3 requests with 1 token", &[2, 3, 4])],
    );
    says(
        vec![token(0, 1), list(1, 200).with(1)],
        &[(
            TokenPerRequest,
            NotMet,
            "no client has made 3 requests",
            &[],
        )],
    );
}

#[test]
fn after_a_lost_create_comes_a_look() {
    let lost = || create(0, 201).faulty("after", Some(201), true);
    let look = |filter: &str| list(10, 200).filtered(filter);
    says(
        vec![lost(), create(20, 409)],
        &[(
            CreateAfterLost,
            Bad,
            "`ann@example.com` was created, and the client got a lost answer; it created",
            &[1, 2],
        )],
    );
    for filter in ["userName eq \"ann@EXAMPLE.com\"", "externalId eq \"7\""] {
        says(
            vec![lost(), look(filter), create(20, 409)],
            &[(
                CreateAfterLost,
                Good,
                "looked before it created again",
                &[1, 2, 3],
            )],
        );
    }
    says(
        vec![lost(), list(10, 200)],
        &[(CreateAfterLost, Good, "it looked", &[1, 2])],
    );
    says(
        vec![
            lost(),
            look("userName eq \"b@example.com\""),
            create(20, 409),
        ],
        &[(CreateAfterLost, Bad, "without looking", &[1, 3])],
    );
    says(
        vec![
            lost(),
            look("userName eq \"ann@example.com\"").faulty("after", Some(200), true),
            create(20, 409),
        ],
        &[(CreateAfterLost, Bad, "without looking", &[1, 3])],
    );
    says(
        vec![lost()],
        &[(CreateAfterLost, NotMet, "neither looked nor", &[1])],
    );
    // Cut in its body it was applied as well; with 500 after the commit the client knows as little.
    says(
        vec![create(0, 201).faulty("body", None, true), create(20, 409)],
        &[(CreateAfterLost, Bad, "without looking", &[1, 2])],
    );
    says(
        vec![
            create(0, 500).faulty("after", Some(201), false),
            create(20, 409),
        ],
        &[(CreateAfterLost, Bad, "the client got 500", &[1, 2])],
    );
    // One that was lost before is not applied: it may be sent again at once.
    says(
        vec![create(0, 0).faulty("before", None, true), create(20, 201)],
        &[(CreateAfterLost, NotMet, "no create was applied", &[])],
    );
}

#[test]
fn what_is_refused_for_good_is_not_repeated() {
    for status in [400, 404, 405, 409, 413] {
        says(
            vec![create(0, status), list(1, 200), create(2, status)],
            &[(FutileRepeat, Bad, "and sent again 1 time", &[1, 3])],
        );
    }
    // A write may have cured it, or a person meanwhile; a success was worth the try.
    let patched = at(1, Operation::PatchUser, 200);
    for exchanges in [
        vec![create(0, 409), patched, create(2, 409)],
        vec![create(0, 409), create(11 * 60_000, 409)],
        vec![create(0, 409), create(2, 201)],
        vec![get(0, 401).with(1), get(1, 401).with(2)],
        vec![get(0, 403).with(1), get(1, 403).with(2)],
    ] {
        let card = card(exchanges);
        assert!(
            card.of(FutileRepeat).all(|line| line.verdict == Good),
            "{card}"
        );
    }
    for status in [401, 403] {
        says(
            vec![get(0, status).with(1), get(1, status).with(1)],
            &[(FutileRepeat, Bad, "GET /scim2/Users/x was refused", &[1, 2])],
        );
    }
    let missing = |ms| list(ms, 400).with(1).scope(ScopeCheck::Missing);
    let patched = at(1, Operation::PatchUser, 200);
    says(
        vec![missing(0), patched, missing(2)],
        &[(FutileRepeat, Bad, "GET /scim2/Users was refused", &[1, 3])],
    );
}

#[test]
fn scopes_are_needed_and_there() {
    let let_in = |ms| list(ms, 200).scope(ScopeCheck::LetIn("scim2"));
    says(
        vec![let_in(0)],
        &[
            (ScopesMissing, Good, "every request had the scope", &[1]),
            (
                ScopesUnneeded,
                Good,
                "every scope that was granted was needed",
                &[1],
            ),
        ],
    );
    let rest = at(1, Operation::RestListUsers, 400).scope(ScopeCheck::Missing);
    says(
        vec![let_in(0), rest],
        &[(
            ScopesMissing,
            Bad,
            "not granted and needed: user:read:admin or user:write:admin",
            &[2],
        )],
    );
    let granted = ["account:master", "scim2"].map(str::to_owned).to_vec();
    let card = report_card(&numbered(vec![let_in(0)]), &CardQuery::default(), granted);
    let unneeded: Vec<_> = card.of(ScopesUnneeded).collect();
    assert_eq!(
        (unneeded[0].verdict, &unneeded[0].says[..]),
        (Bad, "granted and not needed so far: account:master")
    );
    assert_eq!(card.scopes.used[0].requests, 1);
}

#[test]
fn a_card_is_of_one_client_since_a_number_in_a_run() {
    let refused = Exchange {
        account: None,
        client_id: None,
        ..list(3, 401).with(7)
    };
    let in_run = Exchange {
        run: Some(4),
        ..list(2, 200).of("other")
    };
    let exchanges = numbered(vec![token(0, 7), list(1, 200), in_run, refused]);
    let looked_at = |query: CardQuery| report_card(&exchanges, &query, Vec::new()).looked_at;
    // Whose token was revoked is known by the token.
    let of = |id: &str| CardQuery {
        client_id: Some(id.to_owned()),
        ..CardQuery::default()
    };
    assert_eq!((looked_at(of("client")), looked_at(of("other"))), (3, 1));
    let since = CardQuery {
        since: 1,
        ..of("client")
    };
    assert_eq!(looked_at(since), 2);
    let run = CardQuery {
        run: Some(4),
        ..CardQuery::default()
    };
    assert_eq!(looked_at(run), 1);
}

#[test]
fn a_card_has_a_limit_and_the_bad_come_first() {
    let pair = |number: i64| {
        let path = format!("/scim2/Users/{number}");
        let of = move |ms, status| Exchange {
            path: path.clone(),
            ..get(ms, status)
        };
        let again = if number == 149 { 100 } else { 5_000 };
        let start = number * 1_000_000;
        [
            of(start, 500),
            of(start + again, 500),
            of(start + again * 2, 200),
        ]
    };
    let card = card((0..150).flat_map(pair).collect());
    assert_eq!((card.of(BackOff).count(), card.left_out), (100, 50));
    let first = card.of(BackOff).next().unwrap();
    assert_eq!(first.verdict, Bad);
}
