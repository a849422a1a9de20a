//! The layers by name: what a report says of each, and into which squares its scenarios fall.

use super::Layer;

impl Layer {
    /// All of them, in the order in which they run.
    pub const ALL: [Self; 4] = [Self::Saved, Self::Cell, Self::Story, Self::Program];

    /// The name in reports and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Cell => "cells",
            Self::Story => "stories",
            Self::Program => "programs",
        }
    }

    /// What the layer is made of, in a few words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Saved => "stories worth keeping: faults, kills",
            Self::Cell => "configurations x events x prior states",
            Self::Story => "several users, rules, switches",
            Self::Program => "the program, with files and exit codes",
        }
    }

    /// The square of a report that a scenario falls into, by its id: `configuration/event` for the cells,
    /// of which there are thousands; a story has a square of its own.
    #[must_use]
    pub fn square(self, id: &str) -> &str {
        match self {
            Self::Cell => match id.match_indices('/').nth(1) {
                Some((end, _)) => id.get(..end).unwrap_or(id),
                None => id,
            },
            Self::Saved | Self::Story | Self::Program => id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prior_states_of_one_event_share_a_square() {
        let id = "C1U0D1P1R1X0/disable/linked-equal";
        assert_eq!(Layer::Cell.square(id), "C1U0D1P1R1X0/disable");
        assert_eq!(Layer::Cell.square("odd"), "odd");
        assert_eq!(Layer::Story.square(id), id);
    }
}
