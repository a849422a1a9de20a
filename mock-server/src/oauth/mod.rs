//! Zoom's OAuth for server-to-server apps: who may have a token, and what it looks like.

mod client;
pub(crate) mod named;
mod secrets;
mod token;

pub(crate) use client::{Sources, TokenError, TokenRequest, basic};
pub(crate) use secrets::Secrets;
pub(crate) use token::{Bearer, BearerError, SignRequest, Signer, Tokens, fingerprint};
