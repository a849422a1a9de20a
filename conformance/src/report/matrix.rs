//! The matrix: 64 configurations by 12 events, so that a person sees which flags break on which event.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{BAD, DIM, GOOD};
use crate::configuration::Configuration;
use crate::generate::{Cell, Event};
use crate::run::{Layer, Tally};

/// How wide a column is, so that twelve of them and the configuration fit in 80.
const COLUMN: usize = 5;

/// The cells of one square: one for each prior state that was run.
#[derive(Default, Clone, Copy)]
struct Square {
    passed: usize,
    run: usize,
}

/// The matrix of the cells that were run. Each square says how many prior states hold; where one does
/// not, how many of how many. Configurations in which nothing was run are left out.
#[must_use]
pub fn matrix(cells: &[Cell], tally: &Tally) -> String {
    let passed = tally.passed.get(&Layer::Cell);
    let mut squares: BTreeMap<Configuration, BTreeMap<Event, Square>> = BTreeMap::new();
    for cell in cells {
        let square = squares
            .entry(cell.configuration)
            .or_default()
            .entry(cell.event)
            .or_default();
        square.run += 1;
        square.passed += usize::from(passed.is_some_and(|ids| ids.contains(&cell.to_string())));
    }
    let mut text = heading();
    for (configuration, row) in squares {
        let _ = write!(text, "{configuration}");
        for event in Event::ALL {
            let square = row.get(&event).copied().unwrap_or_default();
            let (style, figure) = match square {
                Square { run: 0, .. } => (DIM, "-".to_owned()),
                Square { passed, run } if passed == run => (GOOD, format!("{passed}")),
                Square { passed, run } => (BAD, format!("{passed}/{run}")),
            };
            let _ = write!(text, "{style}{figure:>COLUMN$}{style:#}");
        }
        text.push('\n');
    }
    text
}

/// The names of the events in columns of four letters, one part under the other.
fn heading() -> String {
    let parts: Vec<[&str; 3]> = Event::ALL.into_iter().map(stacked).collect();
    let mut text = String::new();
    for line in 0..3 {
        let _ = write!(text, "{:12}", if line == 0 { "" } else { "            " });
        for part in &parts {
            let _ = write!(text, "{:>COLUMN$}", part.get(line).unwrap_or(&""));
        }
        text.push('\n');
    }
    text
}

fn stacked(event: Event) -> [&'static str; 3] {
    match event {
        Event::Create => ["", "cre-", "ate"],
        Event::CreateDisabled => ["cre-", "ate", "dis."],
        Event::Change => ["", "chan", "ge"],
        Event::Rename => ["", "re-", "name"],
        Event::Disable => ["", "dis-", "able"],
        Event::Enable => ["", "en-", "able"],
        Event::Leave => ["", "lea-", "ve"],
        Event::Reenter => ["", "re-", "entr"],
        Event::Delete => ["", "de-", "lete"],
        Event::Recreate => ["re-", "cre-", "ate"],
        Event::DeleteRule => ["de-", "lete", "rule"],
        Event::Resync => ["", "re-", "sync"],
    }
}
