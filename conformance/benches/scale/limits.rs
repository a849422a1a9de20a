//! Under the limits that Zoom documents for a business account.

use mock_server::{Check, ExchangeQuery};
use serde_json::json;

use super::program::Program;
use super::{EVERYTHING, Line, zoom};

/// Creates a second that a business account permits.
const PERMITTED: f64 = 80.0;
/// How many users are made: half a minute of them.
const USERS: usize = 2_400;
/// The part of what is permitted that is to be used, and the part of answers that may be 429.
const USED: f64 = 0.9;
const REFUSED: f64 = 0.01;

pub(crate) fn under_business_limits(_: usize) -> Vec<Line> {
    let (server, account) = zoom(
        &json!({ "rate_limits": { "preset": "business" } }),
        EVERYTHING,
    );
    let program = Program::new(&server, &account, USERS);
    let since = account.last_seq();
    let run = program.sync(&[]);
    assert_eq!(account.user_count(), USERS);
    let asked = account.find_exchanges(&ExchangeQuery {
        since,
        ..ExchangeQuery::default()
    });
    let refused = asked
        .iter()
        .filter(|exchange| exchange.status == 429)
        .count();
    let refused = refused as f64 / asked.len() as f64;
    let used = USERS as f64 / run.took.as_secs_f64() / PERMITTED;
    let card = account.report_card();
    let early = card
        .of(Check::ToldWait)
        .filter(|line| line.verdict == mock_server::Verdict::Bad)
        .count();
    vec![
        Line::new(
            "business limits: part of the permitted",
            format!("{used:.2}"),
            "0.90",
            used >= USED,
        ),
        Line::new(
            "  answers that are 429",
            format!("{:.2} %", refused * 100.0),
            "1 %",
            refused <= REFUSED,
        ),
        Line::new(
            "  requests inside a wait that was told",
            early.to_string(),
            "0",
            early == 0,
        ),
    ]
}
