//! How many requests a second the stand-in answers, beside a bare axum server that returns the same bytes, with
//! few users and with a million, and with rules that hit nobody; what a user costs in memory, and how fast many
//! are made up.
//!
//! `cargo bench -p mock-server --bench throughput`; with `-- --quick` for a glance, with a word such as
//! `-- create` for the operations that have it in their name, beside the bare server alone.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark measures time, and says by panicking that it cannot go on"
)]

mod bare;
mod load;
mod process;

use std::time::Duration;

use mock_server::{Account, Config, Effect, FaultRule, MockServer, TokenSpec};
use serde_json::Value;

use self::load::{DIGITS, Load, Measured, Requests};

/// The sizes of the directory that are compared.
const FEW: usize = 1_000;
const MANY: usize = 1_000_000;
/// How many different users the requests ask for.
const ASKED: usize = 1_000;

/// How long, and how often.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    slice: Duration,
}

/// An operation, with the part of the bare server's rate that is wanted.
#[derive(Clone, Copy)]
enum Kind {
    Get,
    Find,
    List,
    Create,
}

const KINDS: [(Kind, &str, f64); 4] = [
    (Kind::Get, "get by id", 0.75),
    (Kind::Find, "userName eq", 0.70),
    (Kind::List, "list of 100", 0.80),
    (Kind::Create, "create", 0.50),
];
/// The part of its rate with few users that each operation has to keep with many.
const KEPT: f64 = 0.90;
/// How many rules there are that do not match, and the part of its rate that each operation has to keep.
const RULES: usize = 100;
const UNRULED: f64 = 0.95;
/// How often the bare server's 99th percentile ours may be.
const P99: f64 = 3.0;

/// The stand-in with so many users.
struct Zoom {
    server: MockServer,
    account: Account,
    token: String,
    /// Ids and addresses of users all over the directory.
    asked: Vec<(String, String)>,
}

impl Zoom {
    fn with(users: usize) -> Self {
        let server = MockServer::start(&Config::default()).unwrap();
        let account = server.default_account();
        account
            .change_settings(&serde_json::json!({ "seats": { "basic": 10_000_000 } }))
            .unwrap();
        account.seed_users(users).unwrap();
        let token = account.mint_token(&TokenSpec::default()).unwrap();
        let mut zoom = Self {
            server,
            account,
            token,
            asked: Vec::new(),
        };
        for number in 0..ASKED {
            let start = number * (users / ASKED).max(1) + 1;
            let page: Value = load::once(
                zoom.authority(),
                &zoom.request("GET", &format!("/Users?startIndex={start}&count=1"), ""),
            );
            let user = &page["Resources"][0];
            let text = |key: &str| user[key].as_str().unwrap().to_owned();
            zoom.asked.push((text("id"), text("userName")));
        }
        zoom
    }

    fn authority(&self) -> &str {
        self.server.base_url().trim_start_matches("http://")
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        format!(
            "{method} /scim2{path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\naccept: \
             application/scim+json\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        )
        .into_bytes()
    }

    fn requests(&self, kind: Kind) -> Requests {
        let asked = self.asked.iter();
        Requests::new(match kind {
            Kind::Get => asked
                .map(|(id, _)| self.request("GET", &format!("/Users/{id}"), ""))
                .collect(),
            Kind::Find => asked
                .map(|(_, name)| {
                    let path = format!("/Users?filter=userName%20eq%20%22{name}%22&count=1");
                    self.request("GET", &path, "")
                })
                .collect(),
            Kind::List => (0..ASKED)
                .map(|number| {
                    let start = number * (self.account.user_count() - 100) / ASKED + 1;
                    self.request("GET", &format!("/Users?startIndex={start}&count=100"), "")
                })
                .collect(),
            Kind::Create => {
                let body = format!(
                    "{{\"userName\":\"new{DIGITS}@example.com\",\"name\":{{\"givenName\":\"New\",\"familyName\":\"User\"}},\
                     \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{{\"department\":\"Sales\"}}}}"
                );
                vec![self.request("POST", "/Users", &body)]
            }
        })
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let word = arguments
        .iter()
        .find(|argument| !argument.starts_with("--"));
    let effort = match quick {
        true => Effort {
            rounds: 3,
            slice: Duration::from_millis(300),
        },
        false => Effort {
            rounds: 7,
            slice: Duration::from_millis(1500),
        },
    };
    println!(
        "zoom-mock beside a bare axum server that returns the same bytes, {} connections\n",
        load::CONNECTIONS
    );
    println!(
        "{:12} {:>9} {:>9} {:>6} {:>7} {:>10} {:>9} {:>6} {:>7}",
        "", "bare/s", "ours/s", "ratio", "wanted", "bare p99", "our p99", "ratio", "at most"
    );
    let few = Zoom::with(FEW);
    for (kind, name, wanted) in KINDS {
        if word.is_some_and(|word| !name.contains(word.as_str())) {
            continue;
        }
        let requests = few.requests(kind);
        let bare = bare::serve(load::raw(few.authority(), &requests.one()));
        let (theirs, ours) = compared(effort, |load| {
            (
                load.run(bare.authority(), &requests),
                load.run(few.authority(), &requests),
            )
        });
        println!(
            "{name:12} {:>9.0} {:>9.0} {:>6.2} {wanted:>7.2} {:>7.0} us {:>6.0} us {:>6.2} {P99:>7.1}",
            theirs.rate,
            ours.rate,
            ours.rate / theirs.rate,
            theirs.p99_us,
            ours.p99_us,
            ours.p99_us / theirs.p99_us
        );
    }
    if word.is_none_or(|word| "rules".contains(word.as_str())) {
        with_rules(effort);
    }
    drop(few);
    if word.is_none_or(|word| "many".contains(word.as_str())) {
        with_many(effort);
    }
}

/// What a large directory costs.
fn with_many(effort: Effort) {
    println!(
        "\n{FEW} users and {MANY}\n\n{:12} {:>9} {:>9} {:>6} {:>7}",
        "", "few/s", "many/s", "ratio", "wanted"
    );
    let (few, many) = (Zoom::with(FEW), Zoom::with(MANY));
    for (kind, name, _) in KINDS {
        let (of_few, of_many) = (few.requests(kind), many.requests(kind));
        let (with_few, with_many) = compared(effort, |load| {
            (
                load.run(few.authority(), &of_few),
                load.run(many.authority(), &of_many),
            )
        });
        println!(
            "{name:12} {:>9.0} {:>9.0} {:>6.2} {KEPT:>7.2}",
            with_few.rate,
            with_many.rate,
            with_many.rate / with_few.rate
        );
    }
    drop((few, many));
    process::report(MANY);
}

/// What rules cost whom they do not hit: half of them name other users, half other operations.
fn with_rules(effort: Effort) {
    let (bare, ruled) = (Zoom::with(FEW), Zoom::with(FEW));
    for number in 0..RULES {
        let mut rule = FaultRule::new(&format!("rule {number}"), Effect::NeverAnswer);
        match number % 2 {
            0 => rule.when.user = Some(format!("nobody{number}@example.com")),
            _ => rule.when.operation = Some("users.delete".to_owned()),
        }
        ruled.server.set_fault(rule).unwrap();
    }
    println!(
        "\n{RULES} rules that do not match\n\n{:12} {:>9} {:>9} {:>6} {:>7}",
        "", "none/s", "rules/s", "ratio", "wanted"
    );
    for (kind, name, _) in KINDS {
        let (of_bare, of_ruled) = (bare.requests(kind), ruled.requests(kind));
        let (without, with) = compared(effort, |load| {
            (
                load.run(bare.authority(), &of_bare),
                load.run(ruled.authority(), &of_ruled),
            )
        });
        println!(
            "{name:12} {:>9.0} {:>9.0} {:>6.2} {UNRULED:>7.2}",
            without.rate,
            with.rate,
            with.rate / without.rate
        );
    }
}

/// The medians of both sides over several rounds, which take turns so that the machine's moods hit both.
fn compared(effort: Effort, round: impl Fn(&Load) -> (Measured, Measured)) -> (Measured, Measured) {
    round(&Load::new(effort.slice / 4));
    let load = Load::new(effort.slice);
    let (one, other): (Vec<_>, Vec<_>) = (0..effort.rounds).map(|_| round(&load)).unzip();
    (Measured::median(&one), Measured::median(&other))
}
