//! Running scenarios: a stage (a fresh Zoom account), a driver, and a record of what was seen.

mod execute;
mod layer;
mod observe;
mod shard;
mod stage;
mod suite;

pub use execute::{ExecuteError, Plan, RUN_LIMIT, Record, Verdict, execute, execute_within};
pub(crate) use observe::{ENTERPRISE, attributes, scim};
pub use observe::{Exchange, Met, Observed};
pub use shard::{NotAShard, Shard};
pub use stage::{Stage, StageError};
pub use suite::{Failure, Layer, NotRun, Suite, SuiteError, Tally};
