//! What must happen: the rows O1 to O23 as data, and one pure function over a history.
//!
//! The oracle knows neither the provisioner nor the mock, so that a bug cannot agree with itself: it
//! depends on `std`, `serde` and this crate's plain scenario data alone, folds addresses by itself and
//! keeps its own small idea of a Zoom account. A test reads the imports.
//!
//! - [`Line`] and [`LINES`]: the decision table. The first line that fits decides.
//! - [`Row`]: the 23 rows with the words that explain them to a person.
//! - [`expect`]: walks a history and says, for each run in it, what Zoom must hold afterwards, which
//!   writes are due and what must be reported.

mod account;
mod history;
mod row;
mod table;
#[cfg(test)]
mod tests;

pub use account::{Account, AccountKey, Value, fold};
pub use history::{Decision, Expectation, ExpectedSummary, Walk, expect};
pub use row::Row;
pub use table::{
    Difference, Effect, Gate, LINES, Line, Situation, Standing, Status, ZoomSide, decide, flipped,
    holds,
};
