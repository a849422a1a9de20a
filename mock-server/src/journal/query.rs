//! Which exchanges somebody asks for.

use super::Exchange;
use crate::operation::Operation;

/// A query over exchanges: all that is set has to fit. The default asks for everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeQuery {
    /// After this sequence number.
    pub since: u64,
    /// At the most so many, the oldest first.
    pub limit: usize,
    /// Of this operation.
    pub operation: Option<Operation>,
    /// With this method.
    pub method: Option<String>,
    /// With this status.
    pub status: Option<u16>,
    /// Of no operation at all: no route fits, or no account.
    pub unmatched: bool,
    /// With this text in path, query or one of the bodies.
    pub text: Option<String>,
}

impl Default for ExchangeQuery {
    fn default() -> Self {
        Self {
            since: 0,
            limit: usize::MAX,
            operation: None,
            method: None,
            status: None,
            unmatched: false,
            text: None,
        }
    }
}

impl ExchangeQuery {
    /// Everything after a sequence number.
    #[must_use]
    pub fn since(seq: u64) -> Self {
        Self {
            since: seq,
            ..Self::default()
        }
    }

    /// Everything of an operation.
    #[must_use]
    pub fn operation(operation: Operation) -> Self {
        Self {
            operation: Some(operation),
            ..Self::default()
        }
    }

    /// Whether an exchange fits, wherever it stands.
    pub(super) fn matches(&self, exchange: &Exchange) -> bool {
        let unmatched = exchange.operation.is_none() || exchange.account.is_none();
        self.operation
            .is_none_or(|operation| exchange.operation == Some(operation))
            && self
                .method
                .as_ref()
                .is_none_or(|method| exchange.method.as_str().eq_ignore_ascii_case(method))
            && self.status.is_none_or(|status| exchange.status == status)
            && (!self.unmatched || unmatched)
            && self
                .text
                .as_ref()
                .is_none_or(|text| contains(exchange, text))
    }
}

fn contains(exchange: &Exchange, text: &str) -> bool {
    let in_bytes = |bytes: &[u8]| {
        text.is_empty()
            || bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
    };
    in_bytes(exchange.path.as_bytes())
        || exchange
            .query
            .as_ref()
            .is_some_and(|query| in_bytes(query.as_bytes()))
        || in_bytes(&exchange.request_body)
        || in_bytes(&exchange.response_body)
}
