//! Servers that are wrong in one way each: proof that the suite notices.
//!
//! Each defect is a proxy on a socket of its own before a good mock, and spoils one thing on the way. A suite
//! that lets a defect pass would let a server pass that is wrong in this way.

mod access;
mod bodies;
mod call;
mod catalogue;
mod creates;
mod filters;
mod groups;
mod life;
mod lists;
mod patches;
mod prove;
mod proxy;
mod puts;
mod reads;
mod removals;
mod token;
mod transport;
mod uniqueness;

pub use catalogue::{Defect, defects};
pub use prove::{Breadth, Proof, ProofError, Proved, prove};
