//! Liveness: what goes wrong for good stops nobody but whom it hits.

use serde_json::json;

use super::cast::{ANN, OTHER_RULE, RULE, ann, ann_changed};
use super::colleagues::{colleagues, colleagues_afterwards, people_of_others};
use crate::configuration::Configuration;
use crate::generate::words::put;
use crate::invariant::SETTLING_RUNS;
use crate::scenario::{Fault, Rule, Scenario, Step};

/// How often another client takes the token away in a run, and how many requests lie between.
const TAKEN: u64 = 4;
const APART: u64 = 3;
/// How many of a hundred requests are throttled.
const THROTTLED: u8 = 30;

/// What goes on and on.
#[derive(Debug, Clone, Copy)]
enum Ordeal {
    /// Every request about Ann fails, and is never healed.
    FailingUser,
    /// The same while she is new.
    FailingNewcomer,
    /// Another client has the token renewed again and again, which ends ours.
    TokenContention,
    /// Three of ten answers tell to wait.
    Throttled,
}

/// Every ordeal under every configuration.
pub fn live() -> impl Iterator<Item = Scenario> {
    use Ordeal::{FailingNewcomer, FailingUser, Throttled, TokenContention};
    Configuration::all().flat_map(|configuration| {
        [FailingUser, FailingNewcomer, TokenContention, Throttled]
            .map(|ordeal| scenario(configuration, ordeal))
    })
}

/// All are provisioned; the ordeal begins, something happens to everybody, and it goes on to the end.
fn scenario(configuration: Configuration, ordeal: Ordeal) -> Scenario {
    let configure = |configuration| Step::Configure {
        configuration,
        enabled: true,
    };
    let mut steps = people_of_others();
    let is_new = matches!(ordeal, Ordeal::FailingNewcomer);
    steps.extend((!is_new).then(|| put(ann())));
    steps.extend(colleagues().map(put));
    steps.extend([configure(Configuration::PERMISSIVE), Step::FULL]);
    steps.extend([configure(configuration), Step::FULL]);
    steps.push(put(ann_changed()));
    steps.extend(colleagues_afterwards().map(put));
    steps.extend(ordeal.faults());
    steps.push(Step::CHANGED);
    for _ in 0..SETTLING_RUNS {
        steps.extend(ordeal.faults());
        steps.push(Step::FULL);
    }
    let (id, title) = ordeal.says();
    Scenario {
        id: format!("{configuration}/live/{id}"),
        title: title.to_owned(),
        configuration,
        rules: [RULE, OTHER_RULE].map(Rule::with_default_mapping).to_vec(),
        steps,
        ..Scenario::empty()
    }
}

impl Ordeal {
    fn says(self) -> (&'static str, &'static str) {
        match self {
            Self::FailingUser => (
                "failing-user",
                "every request about ann fails, for ever: the others go on",
            ),
            Self::FailingNewcomer => (
                "failing-newcomer",
                "every request about ann fails, who is new: the others go on",
            ),
            Self::TokenContention => (
                "token-contention",
                "another client takes the token away, again and again",
            ),
            Self::Throttled => ("throttled", "three of ten answers tell to wait"),
        }
    }

    /// What is set before each run.
    fn faults(self) -> Vec<Step> {
        match self {
            Self::FailingUser | Self::FailingNewcomer => vec![Step::Fault {
                fault: Fault {
                    user: Some(ANN.to_owned()),
                    ..Fault::new("f1", json!({ "status": { "code": 500 } }))
                },
            }],
            Self::TokenContention => (1..=TAKEN)
                .map(|nth| Step::Fault {
                    fault: Fault {
                        skip: nth * APART,
                        times: Some(1),
                        passes: true,
                        ..Fault::new(&format!("f{nth}"), json!("token_revoked"))
                    },
                })
                .collect(),
            Self::Throttled => {
                let told = json!({ "retry_after": { "code": 429, "value": { "seconds": 1 } } });
                vec![Step::Fault {
                    fault: Fault {
                        percent: Some(THROTTLED),
                        passes: true,
                        ..Fault::new("f1", told)
                    },
                }]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::is_fair;

    #[test]
    fn each_ordeal_goes_on_to_the_end_under_each_configuration() {
        assert_eq!(live().count(), 64 * 4);
        for scenario in live() {
            assert!(is_fair(&scenario), "{}", scenario.id);
            assert!(!scenario.steps.contains(&Step::Heal));
        }
    }
}
