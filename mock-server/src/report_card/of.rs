//! Whose report card is asked for.

use std::sync::Arc;

use super::seen::with_lost_tokens;
use super::{CardQuery, ReportCard, report_card};
use crate::account::Account;
use crate::journal::{Exchange, ExchangeQuery};
use crate::server::Zoom;

impl Account {
    /// How the account's clients behaved, by all of its exchanges that the journal still has.
    #[must_use]
    pub fn report_card(&self) -> ReportCard {
        self.report_card_of(&CardQuery::default())
    }

    /// How the account's clients behaved in some of its exchanges.
    #[must_use]
    pub fn report_card_of(&self, query: &CardQuery) -> ReportCard {
        let all = ExchangeQuery::default();
        let (own, unclaimed) = (
            self.find_exchanges(&all),
            self.common().unclaimed.find(&all),
        );
        let is_asked = |id: &str| query.client_id.as_ref().is_none_or(|asked| asked == id);
        let granted = granted(self, is_asked);
        report_card(&with_lost_tokens(own, unclaimed), query, sorted(granted))
    }
}

impl Zoom {
    /// How clients behaved in a scripted run, in whichever accounts.
    pub(crate) fn run_report_card(&self, id: &str) -> ReportCard {
        let Ok(run) = id.parse() else {
            return report_card(&[], &CardQuery::default(), Vec::new());
        };
        let exchanges = self.exchanges(&ExchangeQuery::default());
        let of_run = |exchange: &&Arc<Exchange>| exchange.run == Some(run);
        let mut scopes = Vec::new();
        for account in self.accounts() {
            let has_asked = |client_id: &str| {
                let mut of_run = exchanges.iter().filter(of_run);
                of_run.any(|exchange| exchange.client_id.as_deref() == Some(client_id))
            };
            scopes.extend(granted(&account, has_asked));
        }
        let query = CardQuery {
            run: Some(run),
            ..CardQuery::default()
        };
        report_card(&exchanges, &query, sorted(scopes))
    }
}

/// The scopes of those apps of an account that are meant.
fn granted(account: &Account, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    let apps = account.apps().into_iter();
    let meant = apps.filter(|app| is_meant(&app.client_id));
    meant.flat_map(|app| app.scopes).collect()
}

fn sorted(mut scopes: Vec<String>) -> Vec<String> {
    scopes.sort();
    scopes.dedup();
    scopes
}
