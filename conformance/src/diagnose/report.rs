//! Reads what `zoom-provisioner test-connection --json` says: the code of what was found, and how long each
//! step took.

use std::time::Duration;

use serde_json::Value;

use super::fault::Fault;

/// What a test that passes may warn of, and what is then what it has seen.
const TELLING_WARNINGS: [&str; 2] = ["clock_skew", "token_odd_expiry"];
/// What is seen where nothing is wrong.
const OK: &str = "ok";
/// How often a request is sent in a test, where Zoom is unavailable for a moment, and how long each of the
/// waits in between may be.
const ATTEMPTS: u32 = 3;
const MAX_WAIT: Duration = Duration::from_secs(2);
/// What a busy machine may add to a step.
const SLACK: Duration = Duration::from_secs(1);

/// The code of what was found: the problem's; where the test passed, that of the first telling warning, or
/// `ok`. `None` where the report is none.
#[must_use]
pub fn code(report: &Value) -> Option<&str> {
    if report.get("ok")?.as_bool()? {
        let warnings = report.get("warnings")?.as_array()?;
        let codes = warnings
            .iter()
            .filter_map(|warning| warning.get("code")?.as_str());
        let mut telling = codes.filter(|code| TELLING_WARNINGS.contains(code));
        return Some(telling.next().unwrap_or(OK));
    }
    report.pointer("/diagnosis/code")?.as_str()
}

/// The steps that took longer than they may, where each place waits for `limit` at the most.
#[must_use]
pub fn overruns(report: &Value, limit: Duration) -> Vec<Fault> {
    let steps = report.get("steps").and_then(Value::as_array);
    let overrun = |step: &Value| {
        let name = step.get("name")?.as_str()?;
        let took_ms = step.get("elapsed_ms")?.as_u64()?;
        let limit = allowed(name, limit) + SLACK;
        (Duration::from_millis(took_ms) > limit).then(|| Fault::Overran {
            step: name.to_owned(),
            took_ms,
            limit_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        })
    };
    steps.into_iter().flatten().filter_map(overrun).collect()
}

fn allowed(step: &str, limit: Duration) -> Duration {
    match step {
        "name_resolution" | "tcp" | "tls" => limit,
        "token" | "scim" | "paging" => limit * ATTEMPTS + MAX_WAIT * (ATTEMPTS - 1),
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_found_is_the_problem_or_the_first_telling_warning() {
        let passed = |codes: &[&str]| {
            let warnings: Vec<Value> = codes.iter().map(|code| json!({ "code": code })).collect();
            json!({ "ok": true, "warnings": warnings })
        };
        for (report, expected) in [
            (passed(&[]), Some("ok")),
            (passed(&["mock", "unmapped_email"]), Some("ok")),
            (
                passed(&["mock", "clock_skew", "token_odd_expiry"]),
                Some("clock_skew"),
            ),
            (
                passed(&["token_odd_expiry", "clock_skew"]),
                Some("token_odd_expiry"),
            ),
            (
                json!({ "ok": false, "diagnosis": { "code": "refused" }, "warnings": [{ "code": "clock_skew" }] }),
                Some("refused"),
            ),
            (json!({ "ok": false, "warnings": [] }), None),
            (json!({ "ok": true }), None),
            (json!({}), None),
            (json!([]), None),
        ] {
            assert_eq!(code(&report), expected, "{report}");
        }
    }

    #[test]
    fn a_step_may_take_its_limit_and_a_request_its_repetitions() {
        let limit = Duration::from_secs(2);
        let over = |name: &str, elapsed_ms: u64| {
            let report = json!({ "steps": [{ "name": name, "elapsed_ms": elapsed_ms }] });
            overruns(&report, limit).len()
        };
        for (step, most_ms) in [
            ("configuration", 1_000),
            ("name_resolution", 3_000),
            ("tcp", 3_000),
            ("tls", 3_000),
            ("token", 11_000),
            ("scopes", 1_000),
            ("scim", 11_000),
            ("paging", 11_000),
        ] {
            assert_eq!(over(step, most_ms), 0, "{step}");
            assert_eq!(over(step, most_ms + 1), 1, "{step}");
        }
        assert!(overruns(&json!({ "ok": true }), limit).is_empty());
    }
}
