//! A wrong oracle is noticed: with each line of its table flipped in turn, the right provisioner fails.

use conformance::generate::{Cell, cells, stories};
use conformance::invariant::judge_by;
use conformance::oracle::{Expectation, LINES, Line, Row, Walk};
use conformance::run::{Stage, execute};
use conformance::scenario::{DisabledAtCreation, Policies, Scenario};
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

/// All cells and stories, also where who is disabled is created inactive.
fn scenarios() -> impl Iterator<Item = Scenario> {
    let inactive = cells().map(Cell::scenario).map(|scenario| Scenario {
        policies: Policies {
            disabled_at_creation: DisabledAtCreation::CreateInactive,
            ..Policies::default()
        },
        ..scenario
    });
    cells().map(Cell::scenario).chain(stories()).chain(inactive)
}

/// The first histories for which the oracle says something else when it reads this line wrongly.
fn shown_in(line: usize, most: usize) -> Vec<Scenario> {
    scenarios()
        .filter(|scenario| {
            let wrong = Walk::new(scenario).flipping(line);
            expectations(wrong, scenario) != expectations(Walk::new(scenario), scenario)
        })
        .take(most)
        .collect()
}

/// How many of them are tried until one tells.
const TRIED: usize = 4;

#[test]
fn every_line_of_the_oracle_that_is_flipped_is_noticed() {
    let server = MockServer::start(&Config::default()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut provisioner = Reference::new(Variant::default()).unwrap();
    let mut notices = |line: usize| {
        shown_in(line, TRIED).iter().any(|scenario| {
            let stage = Stage::open(&server).unwrap();
            let done = runtime.block_on(execute(scenario, stage, &mut provisioner));
            let records = done.unwrap().records;
            let wrong = Walk::new(scenario).flipping(line);
            !judge_by(wrong, scenario, &records, &[])
                .violations
                .is_empty()
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
