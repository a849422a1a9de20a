//! The table for a person, and the list of all checks.

use std::fmt::Write as _;
use std::time::Duration;

use super::text::{WIDTH, cut, wrapped};
use crate::report::{BAD, DIM, DOUBTFUL, GOOD, HEADING};
use crate::server_suite::check::Check;
use crate::server_suite::outcome::{Checked, MIN_CHECKED_PERCENT, Outcome, Outcomes, Verdict};
use crate::server_suite::wire::Shown;

/// The columns of the table: id and level; what was seen has the rest.
const ID: usize = 34;
const LEVEL: usize = 6;
/// Where what belongs to a check begins, and where its words do.
const INDENT: usize = 4;
const WORDS: usize = 14;
/// Where the result stands in the summary.
const RESULT: usize = 11;
/// How much of a body is shown to a person, in characters.
const MAX_BODY: usize = 600;

/// All checks with what is expected, by topic.
#[must_use]
pub fn list(checks: impl Iterator<Item = (&'static str, &'static Check)>) -> String {
    let mut text = String::new();
    let mut topic = "";
    for (its, check) in checks {
        if its != topic {
            topic = its;
            let _ = writeln!(text, "{HEADING}{topic}{HEADING:#}");
        }
        let level = check.level;
        let _ = writeln!(text, "  {:ID$} {DIM}{level}{DIM:#}", check.id);
        for line in wrapped(check.expects, WIDTH - INDENT) {
            let _ = writeln!(text, "{:INDENT$}{DIM}{line}{DIM:#}", "");
        }
    }
    text
}

/// The table, what is violated beneath it, what was not checked and why, and the verdict.
#[must_use]
pub fn table(outcomes: &Outcomes, elapsed: Duration) -> String {
    let mut text = format!(
        "{HEADING}  {:ID$} {:LEVEL$} seen{HEADING:#}\n",
        "check", "level"
    );
    let mut topic = "";
    for one in &outcomes.checks {
        if one.topic != topic {
            topic = one.topic;
            let _ = writeln!(text, "{DIM}{topic}{DIM:#}");
        }
        text.push_str(&row(one));
    }
    for one in &outcomes.checks {
        if let Outcome::Violated { seen, exchange } = &one.outcome {
            text.push_str(&violation(one.check, seen, exchange));
        }
    }
    text.push('\n');
    for (reason, ids) in outcomes.reasons() {
        let told = format!("not checked ({}): {reason}", ids.len());
        for line in wrapped(&told, WIDTH) {
            let _ = writeln!(text, "{DOUBTFUL}{line}{DOUBTFUL:#}");
        }
    }
    for lost in &outcomes.unanswered {
        for line in wrapped(&format!("no answer: {lost}"), WIDTH) {
            let _ = writeln!(text, "{BAD}{line}{BAD:#}");
        }
    }
    for left in &outcomes.left_behind {
        for line in wrapped(&format!("left behind: {left}"), WIDTH) {
            let _ = writeln!(text, "{BAD}{line}{BAD:#}");
        }
    }
    text.push_str(&summary(outcomes, elapsed));
    text
}

fn row(one: &Checked) -> String {
    let binding = one.check.level.is_binding();
    let (style, mark, seen) = match &one.outcome {
        Outcome::Holds { .. } => (GOOD, "\u{2713}", ""),
        Outcome::Violated { seen, .. } if binding => (BAD, "\u{2717}", seen.as_str()),
        Outcome::Violated { seen, .. } => (DOUBTFUL, "!", seen.as_str()),
        Outcome::Skipped { .. } => (DOUBTFUL, "-", "not checked"),
        Outcome::Lost { .. } => (BAD, "?", "no answer"),
    };
    let seen = cut(seen, WIDTH - 2 - ID - 1 - LEVEL - 1);
    let level = one.check.level;
    if seen.is_empty() {
        return format!(
            "{style}{mark}{style:#} {:ID$} {DIM}{level}{DIM:#}\n",
            one.check.id
        );
    }
    format!(
        "{style}{mark}{style:#} {:ID$} {DIM}{level:LEVEL$}{DIM:#} {style}{seen}{style:#}\n",
        one.check.id
    )
}

fn violation(check: &Check, seen: &str, exchange: &Shown) -> String {
    let style = if check.level.is_binding() {
        BAD
    } else {
        DOUBTFUL
    };
    let mut text = format!("\n{style}{}{style:#}  {}\n", check.id, check.level);
    for (what, words) in [
        ("expected", check.expects),
        ("seen", seen),
        ("said in", check.cites),
        ("to mend", check.advice),
    ] {
        for (number, line) in wrapped(words, WIDTH - WORDS).iter().enumerate() {
            let what = if number == 0 { what } else { "" };
            let _ = writeln!(text, "{:INDENT$}{what:10}{line}", "");
        }
    }
    let mut dim = |words: &str| {
        for line in wrapped(words, WIDTH - INDENT) {
            let _ = writeln!(text, "{:INDENT$}{DIM}{line}{DIM:#}", "");
        }
    };
    dim(&format!("{} {}", exchange.method, exchange.url));
    for (name, value) in &exchange.request_headers {
        dim(&format!("{name}: {value}"));
    }
    if let Some(body) = exchange
        .request_body
        .as_deref()
        .filter(|body| !body.is_empty())
    {
        dim(&cut(body, MAX_BODY));
    }
    dim(&format!("-> {}", exchange.status));
    for (name, value) in &exchange.headers {
        dim(&format!("{name}: {value}"));
    }
    if !exchange.body.is_empty() {
        dim(&cut(&exchange.body, MAX_BODY));
    }
    text
}

fn summary(outcomes: &Outcomes, elapsed: Duration) -> String {
    let mut text = String::new();
    let mut line = |name: &str, figure: String, words: &str| {
        let _ = writeln!(text, "{name:10} {figure:>12}  {DIM}{words}{DIM:#}");
    };
    let all = outcomes.checks.len();
    let rest = format!(
        "hold; {} violated, {} not checked",
        outcomes.violated(),
        outcomes.unchecked()
    );
    line("checks", format!("{} of {all}", outcomes.held()), &rest);
    let (checked, binding) = outcomes.binding();
    line(
        "binding",
        format!("{checked} of {binding}"),
        "of the levels must and zoom were checked",
    );
    line(
        "requests",
        outcomes.requests.to_string(),
        "with those that removed what was made",
    );
    let made = match outcomes.left_behind.as_slice() {
        [] => "users and groups, removed again".to_owned(),
        left => format!("users and groups; left behind: {}", left.len()),
    };
    line("made", outcomes.made.to_string(), &made);
    line(
        "time",
        format!("{:.1} s", elapsed.as_secs_f64()),
        &format!("seed {}, names with zc-{}", outcomes.seed, outcomes.run),
    );
    let style = match outcomes.verdict() {
        Verdict::Holds => GOOD,
        Verdict::Violated | Verdict::Lost => BAD,
        Verdict::TooLittle => DOUBTFUL,
    };
    for (number, line) in wrapped(&result(outcomes), WIDTH - RESULT)
        .iter()
        .enumerate()
    {
        let name = if number == 0 { "result" } else { "" };
        let _ = writeln!(
            text,
            "{HEADING}{name:RESULT$}{HEADING:#}{style}{line}{style:#}"
        );
    }
    text
}

fn result(outcomes: &Outcomes) -> String {
    let binding = |one: &&Checked| one.is_violated() && one.check.level.is_binding();
    match outcomes.verdict() {
        Verdict::Holds => "all that is binding holds".to_owned(),
        Verdict::Violated => {
            let violated = outcomes.checks.iter().filter(binding).count();
            format!("{violated} violated")
        }
        Verdict::Lost => "the server gave no answer at some point".to_owned(),
        Verdict::TooLittle => match &outcomes.ended {
            Some(ended) => format!("too little was checked: {ended}"),
            None if !outcomes.left_behind.is_empty() => "something was left behind".to_owned(),
            None => {
                let (checked, binding) = outcomes.binding();
                format!(
                    "too little was checked: {checked} of {binding} that are binding, and \
                     {MIN_CHECKED_PERCENT} % are asked for"
                )
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_fits_its_column_and_is_given_once() {
        let mut ids = std::collections::BTreeSet::new();
        for (_, check) in crate::server_suite::run::all() {
            assert!(check.id.len() <= ID, "{}", check.id);
            assert!(ids.insert(check.id), "{}", check.id);
        }
    }
}
