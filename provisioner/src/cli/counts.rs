//! How much a plan does, as a small table.

use std::fmt::Write as _;

use serde::Serialize;

use super::show::{DIM, HEADING};
use crate::summary::Outcome;

/// How many users each kind of write is planned for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) create: usize,
    pub(super) update: usize,
    pub(super) enable: usize,
    pub(super) disable: usize,
    pub(super) delete: usize,
    /// How many of the disables and deletes are removals.
    pub(super) removals: usize,
    /// How many users are linked.
    pub(super) linked: usize,
}

impl Counts {
    pub(super) fn of(outcomes: &[Outcome], linked: usize) -> Self {
        let mut counts = Self {
            linked,
            ..Self::default()
        };
        for outcome in outcomes {
            let count = match outcome.action {
                "create" => &mut counts.create,
                "update" => &mut counts.update,
                "enable" => &mut counts.enable,
                "disable" => &mut counts.disable,
                "delete" => &mut counts.delete,
                _ => continue,
            };
            *count += 1;
            counts.removals += usize::from(outcome.is_removal());
        }
        counts
    }

    pub(super) fn writes(&self) -> usize {
        self.create + self.update + self.enable + self.disable + self.delete
    }

    pub(super) fn table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{HEADING}{:10}{:>8}{:>8}{:>8}{:>8}{:>8}{HEADING:#}",
            "", "create", "update", "enable", "disable", "delete"
        );
        let _ = writeln!(
            text,
            "{:10}{:>8}{:>8}{:>8}{:>8}{:>8}",
            "Writes", self.create, self.update, self.enable, self.disable, self.delete
        );
        let _ = writeln!(
            text,
            "{:10}{:>8}  {DIM}of {} linked{DIM:#}",
            "Removals", self.removals, self.linked
        );
        text
    }
}
