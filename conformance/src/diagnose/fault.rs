//! What can be wrong with a test of a connection, and the judgement of one.

use std::fmt;
use std::time::Duration;

use mock_server::{Expectation, Scenario};

use super::report::{code, overruns};
use super::secrets::Secrets;
use crate::driver::Tested;

/// What a provisioner is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The code of the diagnosis, and the exit code where there is one. No step takes longer than its limit.
    Code {
        /// The most that is waited at each place.
        limit: Duration,
    },
    /// Failing where it must and passing where it must.
    Outcome,
}

impl Measure {
    /// What has to be seen in a scenario.
    #[must_use]
    pub fn expected(self, scenario: &Scenario) -> &'static str {
        match (self, scenario.test_connection) {
            (Self::Code { .. }, _) => scenario.diagnosis.as_str(),
            (Self::Outcome, Expectation::Fails) => "fails",
            (Self::Outcome, Expectation::Passes) => "passes",
            (Self::Outcome, Expectation::Either) => "either",
        }
    }
}

/// What came of the question.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// The answer.
    Tested(Tested),
    /// An error in the place of the answer: the settings or the test are refused.
    Refused(String),
}

impl Asked {
    /// What was seen, in the words of the measure.
    #[must_use]
    pub fn seen(&self, measure: Measure) -> String {
        match (self, measure) {
            (Self::Refused(_), _) => "error".to_owned(),
            (Self::Tested(tested), Measure::Code { .. }) => {
                let code = tested.report.as_ref().and_then(code);
                code.unwrap_or("no code").to_owned()
            }
            (Self::Tested(tested), Measure::Outcome) => {
                if tested.ok { "passes" } else { "fails" }.to_owned()
            }
        }
    }
}

/// Something that is wrong with a test of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It says something else than what it is.
    Seen {
        /// What it is.
        expected: &'static str,
        /// What it says.
        seen: String,
    },
    /// It ends with another exit code than the family's.
    ExitCode {
        /// The family's.
        expected: u8,
        /// The one that was seen; `None` after a signal.
        seen: Option<i32>,
    },
    /// It wrote.
    Wrote(Vec<String>),
    /// It put out a secret, by these names.
    Leaked(Vec<&'static str>),
    /// It waited longer than it may.
    Overran {
        /// The step.
        step: String,
        /// How long it took.
        took_ms: u64,
        /// How long it may take.
        limit_ms: u64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seen { expected, seen } => write!(f, "says {seen} where it is {expected}"),
            Self::ExitCode {
                expected,
                seen: Some(seen),
            } => write!(f, "ends with exit code {seen} instead of {expected}"),
            Self::ExitCode {
                expected,
                seen: None,
            } => write!(f, "ends by a signal instead of with exit code {expected}"),
            Self::Wrote(writes) => write!(f, "writes: {}", writes.join(", ")),
            Self::Leaked(names) => write!(f, "puts out {}", names.join(", ")),
            Self::Overran {
                step,
                took_ms,
                limit_ms,
            } => write!(f, "waits {took_ms} ms at {step}, and may {limit_ms} ms"),
        }
    }
}

/// All that is wrong with a test of the connection in a scenario; `writes` is what of it would have changed
/// something.
#[must_use]
pub fn faults(
    scenario: &Scenario,
    measure: Measure,
    asked: &Asked,
    writes: Vec<String>,
    secrets: &Secrets,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let (expected, seen) = (measure.expected(scenario), asked.seen(measure));
    let fits = match (measure, scenario.test_connection) {
        (Measure::Outcome, Expectation::Either) => true,
        // A form that does not take a field, or an error in the place of an answer, is a failure too.
        (Measure::Outcome, Expectation::Fails) => seen != "passes",
        (Measure::Outcome | Measure::Code { .. }, _) => seen == expected,
    };
    if !fits {
        faults.push(Fault::Seen { expected, seen });
    }
    if let Asked::Tested(tested) = asked {
        let expected = scenario.diagnosis.family().exit_code();
        if tested.exit_code.is_some() && tested.exit_code != Some(expected.into()) {
            faults.push(Fault::ExitCode {
                expected,
                seen: tested.exit_code,
            });
        }
        if let (Measure::Code { limit }, Some(report)) = (measure, &tested.report) {
            faults.extend(overruns(report, limit));
        }
    }
    if !writes.is_empty() {
        faults.push(Fault::Wrote(writes));
    }
    let output = match asked {
        Asked::Tested(tested) => &tested.output,
        Asked::Refused(message) => message,
    };
    let leaked = secrets.found_in(output);
    if !leaked.is_empty() {
        faults.push(Fault::Leaked(leaked));
    }
    faults
}

#[cfg(test)]
mod tests {
    use mock_server::{ConnectionForm, Credentials};
    use serde_json::{Value, json};

    use super::*;

    const CODE: Measure = Measure::Code {
        limit: Duration::from_secs(1),
    };

    fn told(scenario: &str, measure: Measure, asked: &Asked) -> Vec<String> {
        let credentials = Credentials {
            account_id: "acc".to_owned(),
            client_id: "cid".to_owned(),
            client_secret: "the secret".to_owned(),
        };
        let form = ConnectionForm {
            scim_url: String::new(),
            token_url: String::new(),
            account_id: "acc".to_owned(),
            client_id: "cid".to_owned(),
            client_secret: "the secret".to_owned(),
        };
        let secrets = Secrets::of(&form, &credentials);
        let scenario = Scenario::find(scenario).unwrap();
        let found = faults(scenario, measure, asked, Vec::new(), &secrets);
        found.iter().map(ToString::to_string).collect()
    }

    fn tested(ok: bool, report: Value) -> Tested {
        Tested {
            ok,
            report: Some(report),
            ..Tested::default()
        }
    }

    #[test]
    fn our_own_is_held_to_the_code() {
        let says = |code: &str| {
            Asked::Tested(tested(
                false,
                json!({ "ok": false, "diagnosis": { "code": code } }),
            ))
        };
        assert!(told("tls-expired", CODE, &says("tls_expired")).is_empty());
        assert_eq!(
            told("tls-expired", CODE, &says("tls_failed")),
            ["says tls_failed where it is tls_expired"]
        );
        let passes = Asked::Tested(tested(true, json!({ "ok": true, "warnings": [] })));
        assert_eq!(
            told("tls-expired", CODE, &passes),
            ["says ok where it is tls_expired"]
        );
        assert!(told("page-cap", CODE, &passes).is_empty());
        assert_eq!(
            told("page-cap", CODE, &Asked::Refused("no".to_owned())),
            ["says error where it is ok"]
        );
        assert_eq!(
            told("page-cap", CODE, &Asked::Tested(tested(true, json!({})))),
            ["says no code where it is ok"]
        );
    }

    #[test]
    fn a_foreign_one_is_held_to_failing_and_passing() {
        let says = |ok| Asked::Tested(tested(ok, Value::Null));
        let refuses = Asked::Refused("not that".to_owned());
        // Fails, passes, either.
        for (scenario, asked, wrong) in [
            ("tls-expired", says(false), 0),
            ("tls-expired", says(true), 1),
            ("tls-expired", refuses.clone(), 0),
            ("page-cap", says(true), 0),
            ("page-cap", says(false), 1),
            ("page-cap", refuses.clone(), 1),
            ("paging-ignored", says(true), 0),
            ("paging-ignored", says(false), 0),
            ("paging-ignored", refuses, 0),
        ] {
            let told = told(scenario, Measure::Outcome, &asked);
            assert_eq!(told.len(), wrong, "{scenario} {asked:?} {told:?}");
        }
    }

    #[test]
    fn exit_code_secrets_and_limits_are_looked_at() {
        let report = json!({
            "ok": false,
            "diagnosis": { "code": "tls_expired" },
            "steps": [{ "name": "tls", "elapsed_ms": 2001 }],
        });
        let asked = Asked::Tested(Tested {
            exit_code: Some(10),
            output: "it said: the secret".to_owned(),
            ..tested(false, report)
        });
        assert_eq!(
            told("tls-expired", CODE, &asked),
            [
                "ends with exit code 10 instead of 11",
                "waits 2001 ms at tls, and may 2000 ms",
                "puts out the client secret"
            ]
        );
    }
}
