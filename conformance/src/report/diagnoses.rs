//! What came of the tests of a connection: a table for a person, an object for a machine.

use std::fmt::Write as _;
use std::time::Duration;

use mock_server::Group;
use serde::Serialize;
use serde_json::Value;

use super::{BAD, DIM, DOUBTFUL, GOOD, HEADING};
use crate::diagnose::{Examined, Outcome};

/// How wide the table is, and its columns: a mark, the scenario, expected, seen, the time.
const WIDTH: usize = 80;
const NAME: usize = 26;
const CODE: usize = 21;
const TIME: usize = 7;
/// Where what belongs to a scenario begins.
const INDENT: &str = "    ";

/// The result for machines.
#[derive(Debug, Serialize)]
pub struct Diagnoses {
    /// Each scenario, in their order.
    pub scenarios: Vec<DiagnosisOf>,
    /// How many there are.
    pub total: usize,
    /// How many of them hold.
    pub held: usize,
    /// How long all took.
    pub seconds: f64,
}

/// What came of one scenario.
#[derive(Debug, Serialize)]
pub struct DiagnosisOf {
    /// The scenario's name.
    pub name: &'static str,
    /// What has to be seen: a diagnosis; of a foreign provisioner `fails`, `passes` or `either`.
    pub expected: &'static str,
    /// What was seen; `not_run` and `skipped` where there was no test.
    pub seen: String,
    /// Whether all is well.
    pub ok: bool,
    /// How long the test took.
    pub elapsed_ms: u64,
    /// Whether this is the second test, since the first may have lacked time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// What is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// What the provisioner says is wrong with the connection, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<String>,
    /// Why there was no test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Diagnoses {
    /// The result of scenarios that took so long together.
    #[must_use]
    pub fn new(examined: &[Examined], seconds: f64) -> Self {
        Self {
            scenarios: examined.iter().map(DiagnosisOf::new).collect(),
            total: examined.len(),
            held: held(examined),
            seconds,
        }
    }
}

impl DiagnosisOf {
    fn new(examined: &Examined) -> Self {
        let mut of = Self {
            name: examined.scenario.name,
            expected: examined.expected,
            seen: seen(examined).to_owned(),
            ok: examined.holds(),
            elapsed_ms: u64::try_from(examined.elapsed.as_millis()).unwrap_or(u64::MAX),
            again: examined.again,
            faults: Vec::new(),
            diagnosis: None,
            error: None,
        };
        match &examined.outcome {
            Outcome::Tested {
                faults, diagnosis, ..
            } => {
                of.faults = faults.iter().map(ToString::to_string).collect();
                of.diagnosis.clone_from(diagnosis);
            }
            Outcome::Skipped(error) => of.error = Some(error.to_string()),
            Outcome::NotRun(error) => of.error = Some(error.clone()),
        }
        of
    }
}

/// The table, what is wrong beneath it, and the count. `words` shows what the provisioner says of each
/// failure.
#[must_use]
pub fn diagnoses(examined: &[Examined], words: bool, elapsed: Duration) -> String {
    let mut text = format!(
        "{HEADING}  {:NAME$} {:CODE$} {:CODE$} {:>TIME$}{HEADING:#}\n",
        "scenario", "expected", "seen", "time"
    );
    for group in Group::ALL {
        let mut rows = examined
            .iter()
            .filter(|one| one.scenario.group == group)
            .peekable();
        if rows.peek().is_some() {
            let _ = writeln!(text, "{DIM}{}{DIM:#}", group.heading());
        }
        for one in rows {
            text.push_str(&row(one));
            if let (
                true,
                Outcome::Tested {
                    diagnosis: Some(said),
                    ..
                },
            ) = (words, &one.outcome)
            {
                let said = on_one_line(said, WIDTH - INDENT.len());
                let _ = writeln!(text, "{INDENT}{DIM}{said}{DIM:#}");
            }
        }
    }
    for one in examined.iter().filter(|one| !one.holds()) {
        text.push_str(&what_is_wrong(one));
    }
    text.push('\n');
    for one in examined.iter().filter(|one| one.again) {
        let name = one.scenario.name;
        let _ = writeln!(
            text,
            "{DIM}{name} was tested again, with more time: this machine was busy{DIM:#}"
        );
    }
    let _ = writeln!(text, "{}", last_line(examined, elapsed));
    text
}

fn row(one: &Examined) -> String {
    let (style, mark) = match &one.outcome {
        Outcome::Tested { .. } if one.holds() => (GOOD, "\u{2713}"),
        Outcome::Tested { .. } => (BAD, "\u{2717}"),
        Outcome::Skipped(_) => (DOUBTFUL, "-"),
        Outcome::NotRun(_) => (BAD, "?"),
    };
    let took = format!("{} ms", one.elapsed.as_millis());
    format!(
        "{style}{mark}{style:#} {:NAME$} {:CODE$} {style}{:CODE$}{style:#} {DIM}{took:>TIME$}{DIM:#}\n",
        one.scenario.name,
        one.expected,
        seen(one)
    )
}

fn seen(one: &Examined) -> &str {
    match &one.outcome {
        Outcome::Tested { seen, .. } => seen,
        Outcome::Skipped(_) => "skipped",
        Outcome::NotRun(_) => "not_run",
    }
}

fn held(examined: &[Examined]) -> usize {
    examined.iter().filter(|one| one.holds()).count()
}

/// What is wrong with a scenario: the faults, the steps with the evidence, and what came in at the mock.
fn what_is_wrong(one: &Examined) -> String {
    let mut text = format!(
        "\n{BAD}{}{BAD:#}  {}\n",
        one.scenario.name, one.scenario.title
    );
    let mut line = |words: &str| {
        let _ = writeln!(text, "{INDENT}{words}");
    };
    match &one.outcome {
        Outcome::Skipped(error) => line(&error.to_string()),
        Outcome::NotRun(error) => line(error),
        Outcome::Tested {
            faults,
            diagnosis,
            report,
            exchanges,
            ..
        } => {
            for fault in faults {
                line(&fault.to_string());
            }
            let steps = report
                .as_ref()
                .and_then(|report| report.get("steps")?.as_array());
            for step in steps.into_iter().flatten() {
                line(&told_step(step));
            }
            if let Some(diagnosis) = diagnosis {
                line(&format!("it says: {diagnosis}"));
            }
            for exchange in exchanges {
                line(&format!("{DIM}{exchange}{DIM:#}"));
            }
            line(&format!(
                "{DIM}again: zoom-conformance diagnose --only {}{DIM:#}",
                one.scenario.name
            ));
        }
    }
    text
}

/// One line of a step, such as `ok       tcp                 3 ms  127.0.0.1:4800  127.0.0.1`.
fn told_step(step: &Value) -> String {
    let text = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default();
    let took = step.get("elapsed_ms").and_then(Value::as_u64).unwrap_or(0);
    let (outcome, name) = (text("outcome"), text("name"));
    let (host, detail) = (text("host"), text("detail"));
    format!("{outcome:8} {name:15} {took:>6} ms  {host}  {detail}")
}

fn last_line(examined: &[Examined], elapsed: Duration) -> String {
    let (held, all) = (held(examined), examined.len());
    let seconds = elapsed.as_secs_f64();
    let not_run = examined
        .iter()
        .filter(|one| matches!(one.outcome, Outcome::NotRun(_)))
        .count();
    let skipped = examined
        .iter()
        .filter(|one| matches!(one.outcome, Outcome::Skipped(_)))
        .count();
    let verdict = match (all - held - not_run - skipped, not_run, skipped) {
        (0, 0, 0) => format!("{GOOD}all hold{GOOD:#}"),
        (0, 0, skipped) => format!("{DOUBTFUL}{skipped} skipped{DOUBTFUL:#}"),
        (0, not_run, _) => format!("{BAD}{not_run} could not be run{BAD:#}"),
        (wrong, _, _) => format!("{BAD}{wrong} wrong{BAD:#}"),
    };
    format!("{held} of {all} diagnosed as expected in {seconds:.1} s: {verdict}")
}

/// A text on one line that is no wider than this.
fn on_one_line(text: &str, width: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= width {
        return line;
    }
    let beginning: String = line.chars().take(width.saturating_sub(3)).collect();
    format!("{beginning}...")
}

#[cfg(test)]
mod tests {
    use mock_server::Scenario;
    use serde_json::json;

    use super::*;
    use crate::diagnose::Fault;
    use crate::driver::DriverError;

    fn examined(name: &str, outcome: Outcome) -> Examined {
        let scenario = Scenario::find(name).unwrap().clone();
        Examined {
            expected: scenario.diagnosis.as_str(),
            scenario,
            outcome,
            elapsed: Duration::from_millis(12),
            again: false,
        }
    }

    fn tested(seen: &str, faults: Vec<Fault>) -> Outcome {
        Outcome::Tested {
            seen: seen.to_owned(),
            faults,
            diagnosis: Some("The server's certificate has expired. CN=zoom.us".to_owned()),
            report: Some(json!({ "steps": [
                { "name": "tls", "host": "127.0.0.1:1", "outcome": "failed", "elapsed_ms": 7, "detail": "tls_failed" },
            ] })),
            exchanges: vec!["#1 token.issue POST /oauth/token -> 200".to_owned()],
        }
    }

    fn some() -> Vec<Examined> {
        let wrong = Fault::Seen {
            expected: "tls_wrong_host",
            seen: "tls_failed".to_owned(),
        };
        vec![
            examined(
                "token-without-access-token",
                tested("token_missing", Vec::new()),
            ),
            examined("tls-expired", tested("tls_expired", Vec::new())),
            examined("tls-wrong-host", tested("tls_failed", vec![wrong])),
            examined("page-cap", Outcome::NotRun("it ended".to_owned())),
            examined(
                "page-drift",
                Outcome::Skipped(DriverError::Unsupported("test_connection")),
            ),
        ]
    }

    #[test]
    fn people_get_a_table_and_what_is_wrong_beneath() {
        let table = diagnoses(&some(), true, Duration::from_millis(1234));
        let plain = anstream::adapter::strip_str(&table).to_string();
        for line in plain.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        insta::assert_snapshot!(plain);
    }

    #[test]
    fn the_longest_names_fit_their_columns() {
        for scenario in Scenario::all() {
            assert!(scenario.name.len() <= NAME, "{}", scenario.name);
            assert!(
                scenario.diagnosis.as_str().len() <= CODE,
                "{}",
                scenario.name
            );
        }
    }

    #[test]
    fn machines_get_what_was_expected_and_seen() {
        let result = serde_json::to_value(Diagnoses::new(&some(), 1.5)).unwrap();
        assert_eq!(
            result["scenarios"][2],
            json!({
                "name": "tls-wrong-host", "expected": "tls_wrong_host", "seen": "tls_failed", "ok": false,
                "elapsed_ms": 12, "faults": ["says tls_failed where it is tls_wrong_host"],
                "diagnosis": "The server's certificate has expired. CN=zoom.us",
            })
        );
        assert_eq!(result["scenarios"][3]["seen"], "not_run");
        assert_eq!(result["scenarios"][3]["error"], "it ended");
        assert_eq!(result["total"], 5);
        assert_eq!(result["held"], 2);
    }
}
