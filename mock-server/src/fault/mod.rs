//! Faults: whom they hit, what they do, and which one acts. No request is answered here.

mod catalog;
mod check;
mod effect;
mod facts;
mod names;
mod rule;
mod rules;
mod run;
mod saved;
mod store;

pub use catalog::{ActsOn, CATALOG, CatalogEntry};
pub(crate) use check::MAX_DELAY_MS;
pub use effect::{Effect, Phase, RetryAfter};
pub(crate) use facts::{Facts, Subject};
pub(crate) use names::nearest;
pub use rule::{FaultRule, HeaderMatch, InvalidRule, When};
pub use rules::PassedOver;
pub(crate) use rules::{Decision, Fired, Held, draw};
pub use run::RunReport;
pub(crate) use saved::SavedFaults;
pub(crate) use store::{Chosen, Faults, Magic};

#[cfg(test)]
mod tests;
