//! Zoom over HTTP: tokens, reads, writes, and what went wrong.
//!
//! What an exchange means ([`kind`]), whether it is tried again ([`retry`]), when requests may go ([`pace`]) and
//! whether Zoom is asked at all ([`breaker`]) are pure; [`session`] keeps them for all workers.
//!
//! A dry run gets a [`Reader`], which has no way to write; [`Writer`] adds the writes.

mod breaker;
mod carrier;
mod dice;
mod heed;
mod kind;
mod pace;
mod reader;
mod retry;
mod roots;
mod session;
mod tls;
mod token;
mod told;
mod transport;
mod waiter;
mod wire;
mod writer;

pub use carrier::{Carrier, NotCarried};
pub use heed::Traffic;
pub(crate) use heed::stopped;
pub use kind::{ErrorKind, Reason, Throttle, ZoomError};
pub(crate) use pace::MAX_CROWD;
pub use reader::Reader;
pub(crate) use reader::Sent;
pub use roots::{RootsError, TrustedRoots};
pub(crate) use session::Session;
pub(crate) use tls::config as tls_config;
pub(crate) use token::is_bearer;
pub(crate) use transport::{Answer, MAX_ANSWER_BYTES, Unanswered, Why};
pub use transport::{Transport, TransportError};
pub use waiter::Waiter;
pub use writer::Writer;
pub(crate) use writer::{Created, path};
