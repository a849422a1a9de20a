//! Does a test of the connection name what is wrong? Each failure that the stand-in for Zoom can bring about
//! by name is brought about, the provisioner tests its connection, and what it says is held to what it is.
//!
//! ```text
//! scenario -> a mock of its own, in the scenario -> a driver tests the connection
//!    -> what it says, what went over the wire, all that it put out -> what is wrong with that
//! ```
//!
//! Our own provisioner is held to the code of the diagnosis, any other to failing where it must and passing
//! where it must ([`Measure`]). Of each it is asked that it writes nothing and shows no secret.

mod examine;
mod fault;
mod report;
mod secrets;
mod stage;
mod wire;

pub use examine::{DEFAULT_JOBS, Examination, Examined, Outcome};
pub use fault::{Asked, Fault, Measure, faults};
pub use report::{code, overruns};
pub use secrets::Secrets;
pub use wire::writes;
