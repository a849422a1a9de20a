//! What is the case while a sequence is made.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest_state_machine::ReferenceStateMachine;

use super::Ends;
use super::transition::{Transition, possible};
use crate::configuration::Configuration;
use crate::invariant::SETTLING_RUNS;
use crate::oracle::{Walk, fold};
use crate::scenario::{
    ActiveGate, DirectoryUser, DisabledAtCreation, Limits, Policies, Rule, RuleDeletionRemoves,
    Scenario, Step, ZoomEdit,
};

/// The rules that a sequence begins with.
pub(super) const RULES: [&str; 2] = ["r1", "r2"];
/// A full run.
pub(super) const FULL: Step = Step::Sync {
    full: true,
    deep: false,
};

/// The machine without faults.
pub(super) struct Calm;
/// The machine with faults.
pub(super) struct Faulty;

/// What is the case.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// The sequence so far.
    pub(super) scenario: Scenario,
    /// What the oracle makes of it.
    pub(super) walk: Walk,
    pub(super) directory: BTreeMap<String, DirectoryUser>,
    /// How many ids the directory has given.
    pub(super) ids: u32,
    pub(super) rules: Vec<String>,
    pub(super) configuration: Configuration,
    pub(super) is_on: bool,
    pub(super) has_faults: bool,
    /// Something was done by hand since the last full run: a smaller one may see that or not.
    pub(super) was_by_hand: bool,
    /// Addresses that came into use or went out of it since the last full run: who else gets one of them in the
    /// same run depends on the order in which a provisioner does things.
    pub(super) moved: BTreeSet<String>,
    pub(super) trouble: Option<Trouble>,
}

/// Something has gone wrong, and is not yet put right: until then each person is touched once at the most,
/// and the switches and rules stay.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble {
    /// The addresses and ids that were touched.
    pub(super) touched: BTreeSet<String>,
    /// The faults that are set.
    pub(super) faults: u32,
    /// The runs that may have met one.
    pub(super) runs: u32,
    /// Whether the next run is killed.
    pub(super) kill: bool,
}

impl State {
    pub(super) fn new(configuration: Configuration, policies: Policies, has_faults: bool) -> Self {
        let scenario = Scenario {
            version: Scenario::VERSION,
            id: String::new(),
            title: "a sequence by chance".to_owned(),
            configuration,
            policies,
            limits: Limits::default(),
            rules: RULES.map(Rule::with_default_mapping).to_vec(),
            steps: Vec::new(),
        };
        let mut state = Self {
            walk: Walk::new(&scenario),
            scenario,
            directory: BTreeMap::new(),
            ids: 0,
            rules: RULES.map(str::to_owned).to_vec(),
            configuration,
            is_on: true,
            has_faults,
            was_by_hand: false,
            moved: BTreeSet::new(),
            trouble: None,
        };
        state.push(Step::Configure {
            configuration,
            enabled: true,
        });
        state
    }

    pub(super) fn empty() -> Self {
        Self::new(Configuration::PERMISSIVE, Policies::default(), false)
    }

    /// Whether a person may be touched, of whom these are addresses and ids.
    pub(super) fn may_touch(&self, names: &[&str]) -> bool {
        let Some(trouble) = &self.trouble else {
            return true;
        };
        !names
            .iter()
            .any(|name| trouble.touched.contains(&fold(name)))
    }

    /// Whether these addresses may come into use or go out of it.
    pub(super) fn may_move(&self, addresses: &[&str]) -> bool {
        !addresses
            .iter()
            .any(|address| self.moved.contains(&fold(address)))
    }

    /// Whether a run may still go wrong before what went wrong is put right.
    pub(super) fn may_go_wrong(&self) -> bool {
        let runs = self.trouble.as_ref().map_or(0, |trouble| trouble.runs);
        runs < MAX_FAULTY_RUNS
    }

    /// Takes a step, and what follows from it.
    pub(super) fn push(&mut self, step: Step) {
        self.walk.step(self.scenario.steps.len(), &step);
        match &step {
            Step::Put { user } => {
                let before = self.directory.insert(user.id.clone(), user.clone());
                self.moved.extend(moves(before.as_ref(), user));
                self.touch(&user.id);
                self.touch(&user.username);
                match before {
                    Some(before) => self.touch(&before.username),
                    // The directory never gives an id twice.
                    None => self.ids += 1,
                }
            }
            Step::Delete { user } => {
                let before = self.directory.remove(user);
                self.touch(user);
                if let Some(before) = before {
                    self.moved.insert(fold(&before.username));
                    self.touch(&before.username);
                }
            }
            Step::Zoom { edit } => match edit {
                ZoomEdit::Add { user } => {
                    self.was_by_hand = true;
                    self.moved.insert(fold(&user.user_name));
                    self.touch(&user.user_name);
                }
                ZoomEdit::Remove { user_name } | ZoomEdit::Foreign { user_name } => {
                    self.was_by_hand = true;
                    self.moved.insert(fold(user_name));
                    self.touch(user_name);
                }
                ZoomEdit::Change { user_name, .. } => {
                    self.was_by_hand = true;
                    self.touch(user_name);
                }
            },
            Step::Configure {
                configuration,
                enabled,
            } => {
                self.configuration = *configuration;
                self.is_on = *enabled;
            }
            Step::Sync { full, .. } => {
                if *full && self.is_on {
                    self.was_by_hand = false;
                    self.moved.clear();
                }
                if let Some(trouble) = &mut self.trouble {
                    trouble.runs += u32::from(trouble.faults > 0 || trouble.kill);
                    trouble.kill = false;
                }
            }
            Step::DeleteRule { rule } => self.rules.retain(|alive| alive != rule),
            Step::Fault { .. } => {
                if let Some(trouble) = &mut self.trouble {
                    trouble.faults += 1;
                }
            }
            Step::Kill { .. } => {
                if let Some(trouble) = &mut self.trouble {
                    trouble.kill = true;
                }
            }
            Step::Heal
            | Step::Advance { .. }
            | Step::Restart
            | Step::Plan { .. }
            | Step::TestConnection => {}
        }
        self.scenario.steps.push(step);
    }

    fn touch(&mut self, name: &str) {
        if let Some(trouble) = &mut self.trouble {
            trouble.touched.insert(fold(name));
        }
    }

    /// Trouble begins: everything is as it has to be before that.
    pub(super) fn begin_trouble(&mut self) {
        if self.trouble.is_none() {
            self.push(FULL);
            self.trouble = Some(Trouble::default());
        }
    }

    /// Trouble ends, with the runs that put right what it left.
    pub(super) fn end_trouble(&mut self) {
        if let Some(trouble) = &self.trouble {
            // A kill that is still to come takes one run more.
            let runs = SETTLING_RUNS + u32::from(trouble.kill);
            self.push(Step::Heal);
            for _ in 0..runs {
                self.push(FULL);
            }
            self.trouble = None;
        }
    }
}

/// The addresses that come into use or go out of it with a new record.
pub(super) fn moves(before: Option<&DirectoryUser>, after: &DirectoryUser) -> Vec<String> {
    match before {
        None => vec![fold(&after.username)],
        Some(before)
            if before.username != after.username || before.in_scope_of != after.in_scope_of =>
        {
            vec![fold(&before.username), fold(&after.username)]
        }
        Some(_) => Vec::new(),
    }
}

/// How many runs may go wrong before what went wrong is put right.
const MAX_FAULTY_RUNS: u32 = 3;

impl Ends for State {
    fn end(mut self) -> Scenario {
        self.end_trouble();
        self.push(FULL);
        self.scenario
    }
}

fn configurations() -> impl Strategy<Value = Configuration> {
    let all: Vec<Configuration> = Configuration::all().collect();
    any::<Index>().prop_map(move |index| *index.get(&all))
}

/// Most sequences have our policies, some have others.
fn policies(has_faults: bool) -> impl Strategy<Value = Policies> {
    let others = any::<[bool; 6]>().prop_map(move |bits| {
        let [inactive, adopt, needs, linked, gate, recreate] = bits;
        Policies {
            // Made and deactivated are two requests, of which one may be done.
            disabled_at_creation: match inactive && !has_faults {
                true => DisabledAtCreation::CreateInactive,
                false => DisabledAtCreation::Skip,
            },
            adopt_existing: adopt || has_faults,
            rule_deletion_needs_deprovision: needs,
            rule_deletion_removes: match linked {
                true => RuleDeletionRemoves::Linked,
                false => RuleDeletionRemoves::Created,
            },
            active_gate: if gate {
                ActiveGate::Update
            } else {
                ActiveGate::Disable
            },
            clear_attributes: false,
            recreate_missing: recreate,
            removal_limit: None,
        }
    });
    prop_oneof![3 => Just(Policies::default()), 1 => others]
}

fn begin(has_faults: bool) -> BoxedStrategy<State> {
    (configurations(), policies(has_faults))
        .prop_map(move |(configuration, policies)| State::new(configuration, policies, has_faults))
        .boxed()
}

impl ReferenceStateMachine for Calm {
    type State = State;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<State> {
        begin(false)
    }

    fn transitions(state: &State) -> BoxedStrategy<Transition> {
        possible(state)
    }

    fn apply(state: State, transition: &Transition) -> State {
        transition.apply(state)
    }
}

impl ReferenceStateMachine for Faulty {
    type State = State;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<State> {
        begin(true)
    }

    fn transitions(state: &State) -> BoxedStrategy<Transition> {
        possible(state)
    }

    fn apply(state: State, transition: &Transition) -> State {
        transition.apply(state)
    }
}
