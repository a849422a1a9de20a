//! A row of the array as a scenario.

use std::fmt;
use std::num::NonZeroUsize;

use super::super::cast::{OTHER_RULE, RULE, ann};
use super::super::cell::Event;
use super::super::colleagues::{colleagues, colleagues_afterwards, people_of_others};
use super::{Array, MULTIPLICITIES, PAGES, POSITIONS, Page, RESTARTS, Restart, WORKERS};
use crate::configuration::Configuration;
use crate::generate::words::put;
use crate::invariant::SETTLING_RUNS;
use crate::oracle::Walk;
use crate::scenario::{Fault, FaultPhase, Limits, Rule, Scenario, Step};

/// As long as a token lives.
const LATER: Step = Step::Advance { seconds: 3600 };

impl Array {
    /// The row's scenario.
    ///
    /// As in a cell, the prior state is made and brought together with the configuration; five colleagues of Ann's are
    /// there, of another rule. Then something goes wrong while her event happens, and to each of the colleagues
    /// something else: a run that looks only at what changed, and a full one. Everything is healed, and full runs
    /// follow. A rule is deleted before anything goes wrong: whether what an interrupted deletion left is still a
    /// matter of the rule the semantics do not say.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        let mut scenario = Scenario {
            id: self.to_string(),
            title: self.says(),
            configuration: self.configuration,
            rules: [RULE, OTHER_RULE].map(Rule::with_default_mapping).to_vec(),
            ..Scenario::empty()
        };
        scenario.steps = self.before();
        scenario.limits = Limits {
            page_cap: self.page_cap(&scenario),
            workers: WORKERS.get(self.workers).copied().flatten(),
        };
        let restart = RESTARTS.get(self.restart).copied();
        let steps = &mut scenario.steps;
        // Both runs need a token.
        steps.push(LATER);
        steps.push(Step::Fault {
            fault: self.fault(),
        });
        if restart == Some(Restart::Killed) {
            steps.push(Step::Kill {
                request: self.request(),
                applied: self.fault.phase == FaultPhase::After,
            });
        }
        if self.event != Event::DeleteRule {
            let is_run = |step: &Step| matches!(step, Step::Sync { .. });
            let event = self.event.steps().into_iter();
            steps.extend(event.filter(|step| !is_run(step)));
        }
        steps.extend(colleagues_afterwards().map(put));
        steps.push(Step::CHANGED);
        steps.push(match restart {
            Some(Restart::Between) => Step::Restart,
            _ => LATER,
        });
        steps.extend([Step::FULL, Step::Heal]);
        for _ in 0..=SETTLING_RUNS {
            steps.push(Step::FULL);
        }
        scenario
    }

    /// Everything up to the last run before something goes wrong.
    fn before(&self) -> Vec<Step> {
        let configure = |configuration| Step::Configure {
            configuration,
            enabled: true,
        };
        let mut steps = people_of_others();
        steps.extend(colleagues().map(put));
        if self.prior.is_linked() {
            steps.push(put(ann()));
        }
        steps.extend([configure(Configuration::PERMISSIVE), Step::FULL]);
        let edits = self.prior.edits().into_iter();
        steps.extend(edits.map(|edit| Step::Zoom { edit }));
        steps.push(configure(self.configuration));
        match self.event.before() {
            Some(user) => steps.push(put(user)),
            None if self.prior.is_linked() => steps.push(Step::Delete { user: ann().id }),
            None => {}
        }
        steps.push(Step::FULL);
        if self.event == Event::DeleteRule {
            let rule = RULE.to_owned();
            steps.extend([Step::DeleteRule { rule }, Step::FULL]);
        }
        steps
    }

    fn fault(&self) -> Fault {
        Fault {
            skip: u64::from(self.request() - 1),
            times: MULTIPLICITIES.get(self.multiplicity).copied().flatten(),
            ..self.fault.fault("f1")
        }
    }

    /// The how manieth request is hit, from 1.
    fn request(&self) -> u32 {
        POSITIONS.get(self.position).copied().unwrap_or(1)
    }

    /// How many users a page holds, against how many accounts there are when something goes wrong.
    fn page_cap(&self, before: &Scenario) -> Option<NonZeroUsize> {
        let mut walk = Walk::new(before);
        for (index, step) in before.steps.iter().enumerate() {
            walk.step(index, step);
        }
        let accounts = walk.accounts().count();
        let cap = match PAGES.get(self.page)? {
            Page::One => 1,
            Page::Fewer => accounts - 1,
            Page::Equal => accounts,
            Page::More => accounts + 1,
        };
        NonZeroUsize::new(cap)
    }

    fn says(&self) -> String {
        format!(
            "{}; then {}, while {} goes wrong {} with {}",
            self.prior.says(),
            self.event.says(),
            self.fault.effect,
            self.fault.phase.as_str(),
            self.fault.operation
        )
    }
}

impl fmt::Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            configuration,
            event,
            prior,
            fault,
            is_extra,
            ..
        } = self;
        let phase = fault.phase.as_str();
        write!(f, "{configuration}/array/{}/{}/", event.id(), prior.id())?;
        write!(f, "{}-{}-{phase}/", fault.operation, fault.effect)?;
        let often = ["once", "twice", "on"].get(self.multiplicity);
        let page = ["1", "n-1", "n", "n+1"].get(self.page);
        let workers = ["1", "many"].get(self.workers);
        let restart = ["", "-restart", "-kill"].get(self.restart);
        let extra = if *is_extra { "-extra" } else { "" };
        let word = |word: Option<&&'static str>| word.copied().unwrap_or_default();
        write!(
            f,
            "{}-{}-page-{}-workers-{}{}{extra}",
            self.request(),
            word(often),
            word(page),
            word(workers),
            word(restart)
        )
    }
}
