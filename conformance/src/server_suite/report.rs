//! What came of a run: a table for a person, an object for a machine.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::check::Check;
use super::outcome::{Checked, MIN_CHECKED_PERCENT, Outcome, Outcomes, Verdict};
use super::wire::Shown;
use crate::report::{BAD, DIM, DOUBTFUL, GOOD, HEADING};

/// How wide everything is, in columns.
const WIDTH: usize = 80;
/// The columns of the table: id and level; what was seen has the rest.
const ID: usize = 34;
const LEVEL: usize = 6;
/// Where what belongs to a check begins, and where its words do.
const INDENT: usize = 4;
const WORDS: usize = 14;
/// How much of a body is shown to a person, in characters.
const MAX_BODY: usize = 600;

/// The result for machines.
#[derive(Debug, Serialize)]
pub struct Result {
    /// `holds`, `violated`, `too_little` or `lost`.
    pub verdict: &'static str,
    /// The SCIM URL.
    pub scim_url: String,
    /// The token URL.
    pub token_url: String,
    /// How many checks came to each end.
    pub counts: Counts,
    /// Each check.
    pub checks: Vec<CheckOf>,
    /// How many requests were sent.
    pub requests: u32,
    /// How many users and groups were made.
    pub made: usize,
    /// What could not be removed again.
    pub left_behind: Vec<String>,
    /// Why the run ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// What is in the names of all that the run made.
    pub run: String,
    /// The seed of that.
    pub seed: u64,
    /// How long it took.
    pub seconds: f64,
}

/// How many checks came to each end.
#[derive(Debug, Serialize)]
pub struct Counts {
    /// All of them.
    pub total: usize,
    /// Those that hold.
    pub holds: usize,
    /// Those that are violated.
    pub violated: usize,
    /// Those that were not made.
    pub unchecked: usize,
    /// The binding ones, of the levels `must` and `zoom`.
    pub binding: usize,
    /// Those of them that were made.
    pub binding_checked: usize,
}

/// What came of one check.
#[derive(Debug, Serialize)]
pub struct CheckOf {
    /// Its id.
    pub id: &'static str,
    /// `must`, `should` or `zoom`.
    pub level: &'static str,
    /// The heading of its topic.
    pub topic: &'static str,
    /// Where it is said.
    pub cites: &'static str,
    /// What is expected.
    pub expects: &'static str,
    /// `holds`, `violated`, `skipped` or `lost`.
    pub outcome: &'static str,
    /// How often it was judged, where it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged: Option<u32>,
    /// What was seen instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// What to mend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<&'static str>,
    /// The exchange that shows it, credentials hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Shown>,
    /// Why it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Result {
    /// The result of a run against these URLs that took so long.
    #[must_use]
    pub fn new(outcomes: &Outcomes, scim_url: &str, token_url: &str, seconds: f64) -> Self {
        let (binding_checked, binding) = outcomes.binding();
        Self {
            verdict: verdict(outcomes.verdict()),
            scim_url: scim_url.to_owned(),
            token_url: token_url.to_owned(),
            counts: Counts {
                total: outcomes.checks.len(),
                holds: outcomes.held(),
                violated: outcomes.violated(),
                unchecked: outcomes.unchecked(),
                binding,
                binding_checked,
            },
            checks: outcomes.checks.iter().map(CheckOf::new).collect(),
            requests: outcomes.requests,
            made: outcomes.made,
            left_behind: outcomes.left_behind.clone(),
            ended: outcomes.ended.clone(),
            run: outcomes.run.clone(),
            seed: outcomes.seed,
            seconds,
        }
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Violated => "violated",
        Verdict::TooLittle => "too_little",
        Verdict::Lost => "lost",
    }
}

impl CheckOf {
    fn new(checked: &Checked) -> Self {
        let Check {
            id,
            level,
            cites,
            expects,
            advice,
        } = checked.check;
        let mut of = Self {
            id,
            level: level.as_str(),
            topic: checked.topic,
            cites,
            expects,
            outcome: "",
            judged: None,
            seen: None,
            advice: None,
            exchange: None,
            reason: None,
        };
        match &checked.outcome {
            Outcome::Holds { judged } => {
                of.outcome = "holds";
                of.judged = Some(*judged);
            }
            Outcome::Violated { seen, exchange } => {
                of.outcome = "violated";
                of.seen = Some(seen.clone());
                of.advice = Some(advice);
                of.exchange = Some(exchange.as_ref().clone());
            }
            Outcome::Skipped { reason } => {
                of.outcome = "skipped";
                of.reason = Some(reason.clone());
            }
            Outcome::Lost { reason } => {
                of.outcome = "lost";
                of.reason = Some(reason.clone());
            }
        }
        of
    }
}

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
        let _ = writeln!(text, "  {:ID$} {DIM}{level:LEVEL$}{DIM:#}", check.id);
        for line in wrapped(check.expects, WIDTH - INDENT) {
            let _ = writeln!(text, "{:INDENT$}{DIM}{line}{DIM:#}", "");
        }
    }
    text
}

/// The table, what is violated beneath it, what was not checked and why, and the verdict.
#[must_use]
pub fn table(outcomes: &Outcomes, elapsed: Duration) -> String {
    let mut text = format!("{HEADING}  {:ID$} {:LEVEL$} seen{HEADING:#}\n", "check", "level");
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
    let row = format!(
        "{style}{mark}{style:#} {:ID$} {DIM}{level:LEVEL$}{DIM:#} {style}{seen}{style:#}",
        one.check.id
    );
    format!("{}\n", row.trim_end())
}

fn violation(check: &Check, seen: &str, exchange: &Shown) -> String {
    let style = if check.level.is_binding() { BAD } else { DOUBTFUL };
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
    if let Some(body) = exchange.request_body.as_deref().filter(|body| !body.is_empty()) {
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
    line("requests", outcomes.requests.to_string(), "with those that removed what was made");
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
    for line in wrapped(&format!("result     {}", result(outcomes)), WIDTH) {
        let style = match outcomes.verdict() {
            Verdict::Holds => GOOD,
            Verdict::Violated | Verdict::Lost => BAD,
            Verdict::TooLittle => DOUBTFUL,
        };
        let _ = writeln!(text, "{style}{line}{style:#}");
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
            None => format!("too little was checked, of {MIN_CHECKED_PERCENT} % of what is binding"),
        },
    }
}

/// A text of so many characters at the most.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(width.saturating_sub(3)).collect();
    format!("{beginning}...")
}

/// A text in lines that are no wider; a word that is wider is cut into several.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        if used > 0 && used + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        used += word.len();
        line.extend(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_wider_than_they_may_be() {
        let text = format!("one two {} three", "x".repeat(25));
        let lines = wrapped(&text, 10);
        assert_eq!(lines, ["one two", "xxxxxxxxxx", "xxxxxxxxxx", "xxxxx", "three"]);
        assert!(wrapped("", 10).is_empty());
    }

    #[test]
    fn every_id_fits_its_column() {
        for (_, check) in super::super::run::all() {
            assert!(check.id.len() <= ID, "{}", check.id);
        }
    }
}
