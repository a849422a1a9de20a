//! The report card of a client: what its exchanges say of how it behaves, line by line with the evidence.
//!
//! Everything here is a pure function over exchanges. Times are those of the accounts' virtual clocks; whatever
//! the client did without asking the server is not seen.

mod backoff;
mod card;
mod futile;
mod lost;
mod of;
mod scopes;
mod seen;
#[cfg(test)]
mod tests;
mod tokens;
mod waits;

use std::sync::Arc;

use crate::journal::Exchange;

pub use card::{CardLine, Check, ReportCard, Verdict};

/// Whose exchanges a card is about: all that is set has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardQuery {
    /// After this sequence number.
    pub since: u64,
    /// Of this client id.
    pub client_id: Option<String>,
    /// Of this scripted run.
    pub run: Option<u64>,
}

/// The card of some exchanges, which are in their order. `granted` are the scopes of the client's apps.
pub(crate) fn report_card(
    exchanges: &[Arc<Exchange>],
    query: &CardQuery,
    granted: Vec<String>,
) -> ReportCard {
    let seen = seen::select(exchanges, query);
    let usage = scopes::report(&seen, granted);
    let lines = [
        waits::lines(&seen),
        backoff::lines(&seen),
        tokens::lines(&seen),
        lost::lines(&seen),
        futile::lines(&seen),
        scopes::lines(&seen, &usage),
    ];
    ReportCard::new(seen.len(), &lines.concat(), usage)
}
