//! The matrix: 64 configurations by 12 events, so that a person sees which flags break on which event.

use std::fmt::Write as _;

use super::{BAD, DIM, GOOD, Square, Summary};
use crate::configuration::Configuration;
use crate::generate::Event;
use crate::run::Layer;

/// How wide a column is, so that twelve of them and the configuration fit in 80.
const COLUMN: usize = 5;

/// The matrix of the cells that were run. Each square says how many prior states hold; where one does
/// not, how many of how many. Configurations in which nothing was run are left out.
#[must_use]
pub fn matrix(summary: &Summary) -> String {
    let mut text = heading();
    for (configuration, squares) in rows(summary) {
        let _ = write!(text, "{configuration}");
        for square in squares {
            let (style, figure) = match square {
                None | Some(Square { run: 0, .. }) => (DIM, "-".to_owned()),
                Some(square) if square.holds() => (GOOD, square.passed.to_string()),
                Some(square) => (BAD, square.to_string()),
            };
            let _ = write!(text, "{style}{figure:>COLUMN$}{style:#}");
        }
        text.push('\n');
    }
    text
}

/// The squares of each configuration in which something was run, in the order of the events.
pub(super) fn rows(summary: &Summary) -> Vec<(Configuration, Vec<Option<Square>>)> {
    let Some(cells) = summary.layers.get(&Layer::Cell) else {
        return Vec::new();
    };
    let row = |configuration: Configuration| {
        let square = |event: Event| {
            let square = cells
                .squares
                .get(&format!("{configuration}/{}", event.id()));
            square.copied()
        };
        let squares: Vec<_> = Event::ALL.into_iter().map(square).collect();
        (configuration, squares)
    };
    let all = Configuration::all().map(row);
    all.filter(|(_, squares)| squares.iter().any(Option::is_some))
        .collect()
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
