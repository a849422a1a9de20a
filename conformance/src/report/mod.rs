//! Renderings of a result: for a person's terminal, for machines, and as files to replay.

mod diagnoses;
mod explain;
mod json;
mod matrix;
mod proof;
mod saved;
mod story;

pub use diagnoses::{Diagnoses, DiagnosisOf, diagnoses};
pub use explain::{explain_configuration, explain_rows};
pub use json::{Counts, FailureSummary, NotRunSummary, Summary};
pub use matrix::matrix;
pub use proof::{ProofSummary, left_out, proof};
pub use saved::{Saved, SavedError};
pub use story::story;

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
