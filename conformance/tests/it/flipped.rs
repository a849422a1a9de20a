//! A wrong oracle is noticed: with each line of its table flipped in turn, the right provisioner fails.

use std::collections::BTreeMap;

use conformance::generate::{Cell, Event, Prior, cells, stories};
use conformance::invariant::judge_by;
use conformance::machine;
use conformance::oracle::{Expectation, LINES, Line, Row, Walk};
use conformance::run::{Stage, execute};
use conformance::scenario::{
    Change, DirectoryUser, DisabledAtCreation, Policies, Scenario, Step, ZoomEdit, ZoomUser,
};
use conformance::seeded_bugs::{Reference, Variant};
use mock_server::{Config, MockServer};

/// Lines that nobody can tell from their opposite: there is nothing left to write to, and nobody is counted.
const EQUIVALENT: [Row; 3] = [Row::O11, Row::O11, Row::O13];

fn expectations(mut walk: Walk, scenario: &Scenario) -> Vec<Expectation> {
    let steps = scenario.steps.iter().enumerate();
    steps
        .filter_map(|(index, step)| walk.step(index, step))
        .collect()
}

/// How many histories by chance there are beside them.
const BY_CHANCE: u64 = 600;

/// What neither cells nor chance come to: two things in one run that are rare on their own.
fn rare() -> [Scenario; 4] {
    let under = |configuration: &str, event, prior| {
        let cell = Cell {
            configuration: configuration.parse().unwrap(),
            event,
            prior,
        };
        cell.scenario()
    };
    let cell = |event, prior| under("C1U1D1P1R1X1", event, prior);
    let disabled = cell(Event::Disable, Prior::LinkedEqual);
    let ann = disabled.steps.iter().rev().find_map(|step| match step {
        Step::Put { user } => Some(user.clone()),
        _ => None,
    });
    let ann = ann.unwrap();
    let user_name = ann.username.clone();
    // Deactivated before, disabled, and out of scope.
    let mut left = disabled.clone();
    let out = DirectoryUser {
        in_scope_of: Vec::new(),
        ..ann.clone()
    };
    left.steps.extend([Step::Put { user: out }, Step::FULL]);
    // Disabled, and gone from Zoom, where who is disabled has an account.
    let mut gone = disabled;
    gone.policies.disabled_at_creation = DisabledAtCreation::CreateInactive;
    let edit = ZoomEdit::Remove { user_name };
    gone.steps.extend([Step::Zoom { edit }, Step::FULL]);
    // Deactivated by hand, and renamed to an address that is taken.
    let mut taken = cell(Event::Resync, Prior::LinkedEqual);
    let renamed = DirectoryUser {
        username: "taken@example.com".to_owned(),
        email: Some("taken@example.com".to_owned()),
        enabled: true,
        ..ann.clone()
    };
    let added = ZoomEdit::Add {
        user: ZoomUser {
            user_name: renamed.username.clone(),
            active: true,
            attributes: BTreeMap::new(),
            cost_center: None,
        },
    };
    // Disabled where disable is off, and renamed to such an address.
    let mut stays = under("C1U1D0P1R1X1", Event::Resync, Prior::LinkedEqual);
    let disabled = DirectoryUser {
        enabled: false,
        ..renamed.clone()
    };
    let edit = added.clone();
    stays.steps.extend([
        Step::Zoom { edit },
        Step::Put { user: disabled },
        Step::FULL,
    ]);
    let edits = [
        added,
        ZoomEdit::Change {
            user_name: ann.username,
            change: Change {
                active: Some(false),
                ..Change::default()
            },
        },
    ];
    taken.steps.extend(edits.map(|edit| Step::Zoom { edit }));
    taken
        .steps
        .extend([Step::Put { user: renamed }, Step::FULL]);
    [left, gone, taken, stays]
}

/// All cells and stories, also where who is disabled is created inactive, and what else there is.
fn scenarios() -> Vec<Scenario> {
    let inactive = cells().map(Cell::scenario).map(|scenario| Scenario {
        policies: Policies {
            disabled_at_creation: DisabledAtCreation::CreateInactive,
            ..Policies::default()
        },
        ..scenario
    });
    let by_chance = (0..BY_CHANCE).map(|case| machine::scenario(0, case, false));
    let made = cells().map(Cell::scenario).chain(stories());
    let made = made.chain(rare()).chain(inactive);
    made.chain(by_chance).collect()
}

/// The first histories for which the oracle says something else when it reads this line wrongly.
fn shown_in(all: &[Scenario], line: usize, most: usize) -> Vec<&Scenario> {
    all.iter()
        .filter(|scenario| {
            let wrong = Walk::new(scenario).flipping(line);
            expectations(wrong, scenario) != expectations(Walk::new(scenario), scenario)
        })
        .take(most)
        .collect()
}

/// How many of them are tried until one tells.
const TRIED: usize = 8;

#[test]
fn every_line_of_the_oracle_that_is_flipped_is_noticed() {
    let server = MockServer::start(&Config::default()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut provisioner = Reference::new(Variant::default()).unwrap();
    let all = scenarios();
    let mut notices = |line: usize| {
        shown_in(&all, line, TRIED).into_iter().any(|scenario| {
            let stage = Stage::open(&server).unwrap();
            let done = runtime.block_on(execute(scenario, stage, &mut provisioner));
            let records = done.unwrap().records;
            let passes = |walk| {
                let judgement = judge_by(walk, scenario, &records, &[]);
                judgement.violations.is_empty()
            };
            passes(Walk::new(scenario)) && !passes(Walk::new(scenario).flipping(line))
        })
    };
    let unnoticed: Vec<&Line> = LINES
        .iter()
        .enumerate()
        .filter(|(line, _)| !notices(*line))
        .map(|(_, line)| line)
        .collect();
    let rows: Vec<Row> = unnoticed.iter().map(|line| line.row).collect();
    assert_eq!(rows, EQUIVALENT, "{unnoticed:#?}");
}
