//! Scenarios for a provisioner in a process of its own, whose time is the machine's: what takes it hours inside must
//! not take it hours there.

use mock_server::CATALOG;
use serde_json::Value;

use crate::scenario::{Fault, Scenario, Step};

/// The longest wait that such a provisioner is told, in seconds.
const LONGEST_WAIT_S: u64 = 2;
/// How often a fault hits that hits everybody until it is healed: each blow may be worth a back-off.
const MAX_BLOWS: u64 = 3;
/// The groups of the mock's catalogue after whose effects a client tries again.
const TRIED_AGAIN: [&str; 6] = [
    "http",
    "body",
    "connection",
    "token",
    "authorisation",
    "limits",
];

/// The scenario with short waits; `None` where it has one that cannot be made short.
#[must_use]
pub fn in_real_time(mut scenario: Scenario) -> Option<Scenario> {
    for step in &mut scenario.steps {
        if let Step::Fault { fault } = step
            && !shorten(fault)
        {
            return None;
        }
    }
    Some(scenario)
}

/// Makes the waits of a fault short, and says whether they can be.
fn shorten(fault: &mut Fault) -> bool {
    let effect = fault.effect().to_owned();
    let is_silent = ["never_answer", "stall_after"].contains(&effect.as_str());
    if ["daily", "dribble"].contains(&effect.as_str()) || is_silent && fault.most() != Some(1) {
        return false;
    }
    if let Some(told) = fault.then.pointer_mut("/retry_after/value") {
        match told {
            Value::Object(told) => {
                for seconds in told.values_mut() {
                    *seconds = seconds
                        .as_u64()
                        .map_or(0, |told| told.min(LONGEST_WAIT_S))
                        .into();
                }
            }
            Value::String(told) if told == "far_future" => return false,
            _ => {}
        }
    }
    let entry = CATALOG.iter().find(|entry| entry.name == effect);
    let is_tried_again = entry.is_some_and(|entry| TRIED_AGAIN.contains(&entry.group));
    let hits_everybody = fault.user.is_none() && fault.percent.is_none() && !fault.passes;
    if is_tried_again && hits_everybody {
        fault.times = Some(fault.times.unwrap_or(MAX_BLOWS));
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shortened(fault: Fault) -> Option<Fault> {
        let scenario = Scenario {
            steps: vec![Step::Fault { fault }],
            ..Scenario::empty()
        };
        match in_real_time(scenario)?.steps.pop() {
            Some(Step::Fault { fault }) => Some(fault),
            _ => None,
        }
    }

    fn fault(then: Value) -> Fault {
        Fault::new("f1", then)
    }

    #[test]
    fn waits_are_short_and_what_goes_on_for_ever_ends() {
        let told = json!({ "retry_after": { "code": 429, "value": { "http_date_in_s": 7 } } });
        let short = shortened(fault(told)).unwrap();
        assert_eq!(
            short.then.pointer("/retry_after/value/http_date_in_s"),
            Some(&json!(2))
        );
        assert_eq!(short.times, Some(MAX_BLOWS));
        let one = Fault {
            user: Some("ann@example.com".to_owned()),
            ..fault(json!({ "status": { "code": 500 } }))
        };
        assert_eq!(shortened(one.clone()), Some(one));
        let lie = fault(json!("filter_ignored"));
        assert_eq!(shortened(lie.clone()), Some(lie));
    }

    #[test]
    fn what_cannot_be_made_short_is_left_out() {
        let far = json!({ "retry_after": { "code": 429, "value": "far_future" } });
        for then in [
            far,
            json!({ "daily": { "limit": 1 } }),
            json!("never_answer"),
        ] {
            assert_eq!(shortened(fault(then.clone())), None, "{then}");
        }
        let once = Fault {
            times: Some(1),
            ..fault(json!("never_answer"))
        };
        assert_eq!(shortened(once.clone()), Some(once));
    }
}
