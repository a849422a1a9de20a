//! What came of the checks.

use std::collections::BTreeMap;

use super::check::Check;
use super::client::Unanswered;
use super::wire::Shown;

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is as expected, in so many judgements.
    Holds {
        /// How often it was judged.
        judged: u32,
    },
    /// It is not.
    Violated {
        /// What was seen.
        seen: String,
        /// The exchange that shows it.
        exchange: Box<Shown>,
    },
    /// It was not checked.
    Skipped {
        /// Why.
        reason: String,
    },
    /// It was not checked, for the server gave no answer.
    Lost {
        /// What happened.
        reason: String,
    },
}

/// One check, and what came of it.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The check.
    pub check: &'static Check,
    /// The heading of its topic.
    pub topic: &'static str,
    /// What came of it.
    pub outcome: Outcome,
}

/// A run that came to an end, by itself or not.
#[derive(Debug, Clone)]
pub struct Outcomes {
    /// The checks that were selected, in their order.
    pub checks: Vec<Checked>,
    /// What is in the names of all that the run made.
    pub run: String,
    /// The seed of that.
    pub seed: u64,
    /// How many requests were sent.
    pub requests: u32,
    /// How many users and groups were made.
    pub made: usize,
    /// What was made and could not be removed again, each with the reason.
    pub left_behind: Vec<String>,
    /// The first requests that had no answer.
    pub unanswered: Vec<String>,
    /// Why the run ended early.
    pub ended: Option<String>,
}

/// The server could not be used at all, so nothing was checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReached {
    /// No answer.
    #[error("the {what} gives no answer: {error}")]
    Unanswered {
        /// Which of the two URLs.
        what: &'static str,
        /// What happened.
        error: Unanswered,
    },
    /// Something else answers.
    #[error("the {what} is not there: {seen}; is {flag} right?")]
    Other {
        /// Which of the two URLs.
        what: &'static str,
        /// What was seen.
        seen: String,
        /// The flag that names it.
        flag: &'static str,
    },
    /// The credentials are refused.
    #[error("the {what} refuses the credentials: {seen}; {remedy}")]
    Refused {
        /// Which of the two URLs.
        what: &'static str,
        /// What was seen.
        seen: String,
        /// What to do.
        remedy: &'static str,
    },
}

/// How much of what is binding has to be checked before a run may call itself green, in percent.
pub const MIN_CHECKED_PERCENT: usize = 80;

/// The verdict over a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All that is binding holds, and enough of it was checked.
    Holds,
    /// Something binding is violated.
    Violated,
    /// Nothing is violated, but too little was checked, or something was left behind.
    TooLittle,
    /// Nothing is violated, but the server gave no answer at some point.
    Lost,
}

impl Outcomes {
    /// How many checks came to each end, of those that fit.
    fn count(&self, fits: impl Fn(&Checked) -> bool) -> usize {
        self.checks.iter().filter(|checked| fits(checked)).count()
    }

    /// How many hold.
    #[must_use]
    pub fn held(&self) -> usize {
        self.count(|one| matches!(one.outcome, Outcome::Holds { .. }))
    }

    /// How many are violated, binding or not.
    #[must_use]
    pub fn violated(&self) -> usize {
        self.count(Checked::is_violated)
    }

    /// How many were not checked.
    #[must_use]
    pub fn unchecked(&self) -> usize {
        self.checks.len() - self.held() - self.violated()
    }

    /// The checks that were not made, by the reason.
    #[must_use]
    pub fn reasons(&self) -> BTreeMap<&str, Vec<&'static str>> {
        let mut reasons: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
        for one in &self.checks {
            if let Outcome::Skipped { reason } | Outcome::Lost { reason } = &one.outcome {
                reasons.entry(reason).or_default().push(one.check.id);
            }
        }
        reasons
    }

    /// How many binding checks were made, and how many there are.
    #[must_use]
    pub fn binding(&self) -> (usize, usize) {
        let binding = |one: &Checked| one.check.level.is_binding();
        let checked = |one: &Checked| binding(one) && one.is_checked();
        (self.count(checked), self.count(binding))
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let violated = |one: &Checked| one.check.level.is_binding() && one.is_violated();
        if self.count(violated) > 0 {
            return Verdict::Violated;
        }
        if !self.unanswered.is_empty() {
            return Verdict::Lost;
        }
        let (checked, all) = self.binding();
        let enough = checked * 100 >= all * MIN_CHECKED_PERCENT;
        let any = self.count(Checked::is_checked) > 0;
        if enough && any && self.left_behind.is_empty() && self.ended.is_none() {
            Verdict::Holds
        } else {
            Verdict::TooLittle
        }
    }
}

impl Checked {
    /// Whether it is not as expected.
    #[must_use]
    pub fn is_violated(&self) -> bool {
        matches!(self.outcome, Outcome::Violated { .. })
    }

    /// Whether there was a judgement.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::Holds { .. } | Outcome::Violated { .. }
        )
    }
}
