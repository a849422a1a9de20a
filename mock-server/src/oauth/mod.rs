//! Zoom's OAuth for server-to-server apps: who may have a token, what it looks like, and what it allows.

mod client;
mod scope;
mod token;

pub(crate) use client::{TokenError, TokenRequest, basic};
pub use scope::Operation;
pub(crate) use scope::{DEFAULT_SCOPES, missing_scopes};
pub(crate) use token::{BearerError, Signer, Tokens, fingerprint};
