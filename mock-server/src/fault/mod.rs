//! Faults: whom they hit, what they do, and which one acts. No request is answered here.

mod catalog;
mod effect;
mod facts;
mod rule;
mod rules;
mod run;
mod store;

pub use catalog::{ActsOn, CATALOG, CatalogEntry};
pub use effect::{Effect, Phase, RetryAfter};
pub(crate) use facts::{Facts, Subject};
pub use rule::{FaultRule, HeaderMatch, InvalidRule, When};
pub(crate) use rule::{MAX_DELAY_MS, nearest};
pub use rules::PassedOver;
pub(crate) use rules::{Decision, Fired, Held, draw};
pub use run::RunReport;
pub(crate) use store::{Chosen, Faults, Magic};

#[cfg(test)]
mod tests;
