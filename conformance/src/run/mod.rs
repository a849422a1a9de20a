//! Running scenarios: a stage (a fresh Zoom account), a driver, and a record of what was seen.

mod execute;
mod fired;
mod inside;
mod layer;
mod observe;
mod shard;
mod sometimes;
mod stage;
mod suite;
mod twice;

pub use execute::{ExecuteError, Plan, RUN_LIMIT, Record, Verdict, execute};
pub use fired::{FaultName, FiredFault, Firings};
pub use inside::Room;
pub use layer::{Batch, Layer};
pub(crate) use observe::{ENTERPRISE, attributes, scim};
pub use observe::{Exchange, Met, Observed};
pub use shard::{NotAShard, Shard};
pub use sometimes::Sometimes;
pub use stage::{Stage, StageError};
pub use suite::{Failure, NotRun, Suite, SuiteError, Tally};
pub use twice::{Difference, differing};
