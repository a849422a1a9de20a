//! Zoom over HTTP: tokens, reads, writes, and what went wrong.
//!
//! A dry run gets a [`Reader`], which has no way to write; [`Writer`] adds the writes.

mod kind;
mod reader;
mod roots;
mod tls;
mod token;
mod transport;
mod wire;
mod writer;

pub use kind::{ErrorKind, ZoomError};
pub use reader::Reader;
pub use roots::{RootsError, TrustedRoots};
pub(crate) use tls::config as tls_config;
pub(crate) use token::TokenCache;
pub(crate) use transport::{Answer, MAX_ANSWER_BYTES, Unanswered, Why};
pub use transport::{Transport, TransportError};
pub(crate) use writer::Created;
pub use writer::Writer;
