//! Zoom's OAuth for server-to-server apps: who may have a token, and what it looks like.

mod client;
mod token;

pub(crate) use client::{Sources, TokenError, TokenRequest, basic};
pub(crate) use token::{
    Bearer, BearerError, SignRequest, Signer, TOKEN_START, Tokens, fingerprint,
};
