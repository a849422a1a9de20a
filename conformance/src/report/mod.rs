//! Renderings of a result: for a person's terminal, for machines, and as files to replay.

mod diagnoses;
mod explain;
mod faults;
mod html;
mod json;
mod junit;
mod matrix;
mod merge;
mod proof;
mod proven;
mod saved;
mod story;
mod summarise;
mod terminal;
mod told;

pub use diagnoses::{Diagnoses, DiagnosisOf, diagnoses};
pub use explain::{explain_configuration, explain_rows};
pub use html::html;
pub use json::{
    Asked, Counts, FORMAT, FailureSummary, LayerSummary, NotASquare, NotRunSummary, Outcome,
    Square, Summary,
};
pub use junit::junit;
pub use matrix::matrix;
pub use merge::MergeError;
pub use proof::{Control, Proof, ProofError, ProvenBug};
pub use proven::{ProofSummary, left_out, proof};
pub use saved::{Saved, SavedError};
pub use story::story;
pub use summarise::Planned;
pub use terminal::overview;
pub use told::{Lane, ToldRun, ToldStep};

use anstyle::{AnsiColor, Style};

/// What holds.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is violated.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What needs a second look.
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
/// What stands beside.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Headings.
pub(crate) const HEADING: Style = Style::new().bold();
