//! Running scenarios: a stage (a fresh Zoom account), a driver, and a record of what was seen.

mod execute;
mod inside;
mod layer;
mod observe;
mod shard;
mod sometimes;
mod stage;
mod suite;

pub use execute::{ExecuteError, RUN_LIMIT, Record, Verdict, execute};
pub use inside::Room;
pub use layer::{Batch, Layer};
pub use observe::{Exchange, Met, Observed};
pub(crate) use observe::{attributes, scim};
pub use shard::{NotAShard, Shard};
pub use sometimes::Sometimes;
pub use stage::{Stage, StageError};
pub use suite::{Failure, NotRun, Suite, SuiteError, Tally};
