//! Where scenarios come from: the exhaustive cells, and the stories beside them.

mod array;
pub(crate) mod cast;
mod cell;
mod colleagues;
pub mod covering;
mod fault;
mod kill;
mod live;
mod mishap;
mod pair;
mod real_time;
mod scale;
mod story;
pub(crate) mod words;

pub use array::{Array, FACTORS, Factor, ROWS, arrays, effects, written};
pub use cell::{CELLS, Cell, EVENTS, Event, PRIORS, Prior};
pub use fault::{FaultKind, LYING, OPERATIONS, fault_kinds};
pub use kill::{LAST_REQUEST, kills};
pub use live::live;
pub use mishap::mishaps;
pub use pair::{PAIRS, Pair, pairs};
pub use real_time::in_real_time;
pub use scale::{USERS, scale};
pub use story::{STORIES, Story};

use crate::configuration::Configuration;
use crate::scenario::Scenario;

/// Every cell: 64 configurations x 12 events x 6 prior states, in the order of their ids' parts.
pub fn cells() -> impl Iterator<Item = Cell> {
    Configuration::all().flat_map(|configuration| {
        Event::ALL.into_iter().flat_map(move |event| {
            Prior::ALL.into_iter().map(move |prior| Cell {
                configuration,
                event,
                prior,
            })
        })
    })
}

/// Every story under every configuration: what the cells, with one user and one event, do not reach.
pub fn stories() -> impl Iterator<Item = Scenario> {
    Configuration::all().flat_map(|configuration| {
        Story::ALL
            .into_iter()
            .map(move |story| story.scenario(configuration))
    })
}
