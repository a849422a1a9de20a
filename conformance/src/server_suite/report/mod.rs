//! What came of a run and of the proof: for a person's terminal, and for machines.

mod json;
mod proof;
mod table;
mod text;

pub use json::{CheckOf, Counts, Result, Unusable};
pub use proof::{DefectOf, ProofResult, proof};
pub use table::{list, table};
