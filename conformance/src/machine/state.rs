//! What is the case while a sequence is made.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest_state_machine::ReferenceStateMachine;

use super::Sequence;
use super::chance::Chance;
use super::fair::Tracked;
use super::theme::Theme;
use super::transition::happen;
use crate::configuration::Configuration;
use crate::invariant::SETTLING_RUNS;
use crate::scenario::{
    ActiveGate, DisabledAtCreation, Limits, Policies, Rule, RuleDeletionRemoves, Scenario, Step,
};

/// The rules that a sequence begins with.
pub(super) const RULES: [&str; 2] = ["r1", "r2"];
/// How many runs may go wrong before what went wrong is put right.
const MAX_FAULTY_RUNS: u32 = 3;
/// Under a theme all but one of so many connections allow everything that a flag gates.
const OPEN_ONES: u32 = 3;

/// The machine without faults.
pub(super) struct Calm;
/// The machine with faults.
pub(super) struct Faulty;

/// What is the case.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// The sequence so far.
    pub(super) scenario: Scenario,
    /// How it stands, so that nothing happens after which its judgement would not be sound.
    pub(super) tracked: Tracked,
    pub(super) theme: Theme,
    /// What the people to begin with are thrown from.
    seed: u64,
    /// How many ids the directory has given.
    pub(super) ids: u32,
    pub(super) rules: Vec<String>,
    pub(super) has_faults: bool,
    pub(super) trouble: Option<Trouble>,
}

/// Something has gone wrong, and is not yet put right.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble {
    /// The faults that are set.
    pub(super) faults: usize,
    /// The runs that may have met one.
    pub(super) runs: u32,
    /// Whether the next run is killed, or its read of the directory breaks off.
    pub(super) is_next: bool,
}

impl State {
    /// A sequence begins, with its people.
    fn begin(configuration: Configuration, policies: Policies, theme: Theme, seed: u64) -> Self {
        let mut state = Self::new(configuration, policies, theme, seed);
        theme.begin(&mut state, &mut Chance::new(seed));
        state
    }

    fn new(configuration: Configuration, policies: Policies, theme: Theme, seed: u64) -> Self {
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
            tracked: Tracked::new(&scenario),
            scenario,
            theme,
            seed,
            ids: 0,
            rules: RULES.map(str::to_owned).to_vec(),
            has_faults: theme.has_faults(),
            trouble: None,
        };
        state.push(Step::Configure {
            configuration,
            enabled: true,
        });
        state
    }

    /// Takes these steps if their judgement is sound, and says whether it does.
    pub(super) fn takes(&mut self, steps: Vec<Step>) -> bool {
        let mut tracked = self.tracked.clone();
        let is_fair = steps.iter().all(|step| tracked.takes(step));
        if is_fair {
            self.tracked = tracked;
            for step in steps {
                self.note(step);
            }
        }
        is_fair
    }

    /// Takes a step that can always be taken.
    fn push(&mut self, step: Step) {
        self.tracked.takes(&step);
        self.note(step);
    }

    /// What follows from a step beside what is tracked.
    fn note(&mut self, step: Step) {
        match &step {
            Step::Put { user } => self.ids = self.ids.max(number(&user.id)),
            Step::DeleteRule { rule } => {
                self.rules.retain(|alive| alive != rule);
                self.note_run();
            }
            Step::Sync { .. } => self.note_run(),
            Step::Fault { .. } => {
                if let Some(trouble) = &mut self.trouble {
                    trouble.faults += 1;
                }
            }
            Step::Kill { .. } | Step::CutShort { .. } => {
                if let Some(trouble) = &mut self.trouble {
                    trouble.is_next = true;
                }
            }
            Step::Delete { .. }
            | Step::Zoom { .. }
            | Step::Configure { .. }
            | Step::Heal
            | Step::Advance { .. }
            | Step::AllowRemovals { .. }
            | Step::Restart
            | Step::Plan { .. }
            | Step::TestConnection => {}
        }
        self.scenario.steps.push(step);
    }

    fn note_run(&mut self) {
        if let Some(trouble) = &mut self.trouble {
            trouble.runs += u32::from(trouble.faults > 0 || trouble.is_next);
            trouble.is_next = false;
        }
    }

    /// The id that the directory gives next; it never gives one twice.
    pub(super) fn next_id(&self) -> String {
        format!("u{}", self.ids + 1)
    }

    /// Whether the connection is on.
    pub(super) fn is_on(&self) -> bool {
        !self.tracked.is_off
    }

    /// Whether a run may still go wrong before what went wrong is put right.
    pub(super) fn may_go_wrong(&self) -> bool {
        let runs = self.trouble.as_ref().map_or(0, |trouble| trouble.runs);
        self.has_faults && self.is_on() && runs < MAX_FAULTY_RUNS
    }

    /// Takes steps with which trouble begins, or gets worse: everything is as it has to be before that.
    pub(super) fn goes_wrong(&mut self, steps: Vec<Step>) -> bool {
        if self.trouble.is_some() {
            return self.takes(steps);
        }
        let before = self.clone();
        self.push(Step::FULL);
        self.trouble = Some(Trouble::default());
        let is_fair = self.takes(steps);
        if !is_fair {
            *self = before;
        }
        is_fair
    }

    /// Trouble ends, with the runs that put right what it left.
    pub(super) fn heals(&mut self) {
        if let Some(trouble) = &self.trouble {
            // What is still to come takes one run more.
            let runs = SETTLING_RUNS + u32::from(trouble.is_next);
            self.push(Step::Heal);
            for _ in 0..runs {
                self.push(Step::FULL);
            }
            self.trouble = None;
        }
    }
}

/// The number in an id that the directory gave.
fn number(id: &str) -> u32 {
    let digits = id.trim_start_matches('u');
    digits.parse().unwrap_or(0)
}

impl Sequence for State {
    fn under(self, policies: Policies) -> Self {
        if policies == self.scenario.policies {
            return self;
        }
        Self::begin(self.scenario.configuration, policies, self.theme, self.seed)
    }

    fn policies(&self) -> Policies {
        self.scenario.policies
    }

    fn end(mut self) -> Scenario {
        self.heals();
        self.push(Step::FULL);
        self.scenario
    }
}

/// Every one of the 64, and under a theme more often those that allow everything that a flag gates.
fn configurations(theme: Theme) -> impl Strategy<Value = Configuration> {
    let all: Vec<Configuration> = Configuration::all().collect();
    let open = Configuration::all().filter(|c| c.create && c.update && c.disable && c.deprovision);
    let open: Vec<Configuration> = open.collect();
    let most = if theme.is_plain() { 1 } else { OPEN_ONES };
    (any::<Index>(), 0..most).prop_map(move |(index, which)| match which {
        0 => *index.get(&all),
        _ => *index.get(&open),
    })
}

/// Most sequences have our policies, some have others.
fn policies(theme: Theme) -> impl Strategy<Value = Policies> {
    let others = any::<[bool; 7]>().prop_map(move |bits| {
        let [inactive, adopt, needs, linked, gate, clear, recreate] = bits;
        Policies {
            disabled_at_creation: match inactive {
                true => DisabledAtCreation::CreateInactive,
                false => DisabledAtCreation::Skip,
            },
            adopt_existing: adopt || theme.has_faults(),
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
            clear_attributes: clear,
            recreate_missing: recreate,
            removal_limit: None,
        }
    });
    let policies = prop_oneof![3 => Just(Policies::default()), 1 => others];
    (policies, theme.removal_limits()).prop_map(|(policies, removal_limit)| Policies {
        removal_limit,
        ..policies
    })
}

fn begin(has_faults: bool) -> BoxedStrategy<State> {
    Theme::strategy(has_faults)
        .prop_flat_map(|theme| {
            let parts = (configurations(theme), policies(theme), any::<u64>());
            parts.prop_map(move |(configuration, policies, seed)| {
                State::begin(configuration, policies, theme, seed)
            })
        })
        .boxed()
}

/// What happens next is thrown, with dice of this seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Throw(u64);

fn throws() -> BoxedStrategy<Throw> {
    any::<u64>().prop_map(Throw).boxed()
}

fn after(mut state: State, throw: Throw) -> State {
    happen(&mut state, &mut Chance::new(throw.0));
    state
}

impl ReferenceStateMachine for Calm {
    type State = State;
    type Transition = Throw;

    fn init_state() -> BoxedStrategy<State> {
        begin(false)
    }

    fn transitions(_: &State) -> BoxedStrategy<Throw> {
        throws()
    }

    fn apply(state: State, throw: &Throw) -> State {
        after(state, *throw)
    }
}

impl ReferenceStateMachine for Faulty {
    type State = State;
    type Transition = Throw;

    fn init_state() -> BoxedStrategy<State> {
        begin(true)
    }

    fn transitions(_: &State) -> BoxedStrategy<Throw> {
        throws()
    }

    fn apply(state: State, throw: &Throw) -> State {
        after(state, *throw)
    }
}
