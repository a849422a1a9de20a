//! Exchanges as a card looks at them: with the client whose each is, and what makes two requests the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::Value;

use super::CardQuery;
use crate::journal::Exchange;
use crate::operation::Operation;

/// An exchange, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) exchange: &'a Exchange,
    /// The client id; empty where nothing tells.
    pub(super) client: &'a str,
}

/// Who asks for what: two requests of which this is the same are the same request. The token is no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Asked<'a> {
    account: &'a str,
    client: &'a str,
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    body: &'a [u8],
}

impl<'a> Seen<'a> {
    pub(super) fn seq(&self) -> u64 {
        self.exchange.seq
    }

    pub(super) fn account(&self) -> &'a str {
        self.exchange.account.as_deref().unwrap_or_default()
    }

    pub(super) fn asked(&self) -> Asked<'a> {
        Asked {
            account: self.account(),
            client: self.client,
            method: self.exchange.method.as_str(),
            path: &self.exchange.path,
            query: self.exchange.query.as_deref(),
            body: &self.exchange.request_body,
        }
    }

    /// What stands for the credentials that the request carries.
    pub(super) fn authorization(&self) -> &'a str {
        authorization(self.exchange)
    }

    pub(super) fn is(&self, operation: Operation) -> bool {
        self.exchange.operation == Some(operation)
    }

    /// Whether the client did not get the answer, or not whole.
    pub(super) fn is_lost(&self) -> bool {
        self.exchange.fault.as_ref().is_some_and(|fault| fault.lost)
    }

    /// Whether the request did what it asked for, whatever the client was told.
    pub(super) fn is_applied(&self) -> bool {
        let status = match &self.exchange.fault {
            Some(fault) if fault.phase == "before" && fault.lost => return false,
            Some(fault) => fault.applied.unwrap_or(self.exchange.status),
            None => self.exchange.status,
        };
        (200..300).contains(&status)
    }

    /// Whether a fault let it wait before it was decided: the client asked at another time then.
    pub(super) fn is_delayed(&self) -> bool {
        let fault = self.exchange.fault.as_ref();
        fault.is_some_and(|fault| fault.phase == "before" && fault.effect.starts_with("delay"))
    }

    /// `POST /scim2/Users`.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.exchange.method, self.exchange.path)
    }

    /// What was answered: the status, or that nothing came.
    pub(super) fn answered(&self) -> String {
        match self.is_lost() {
            true => "a lost answer".to_owned(),
            false => self.exchange.status.to_string(),
        }
    }

    /// The answer's body as JSON.
    pub(super) fn answer(&self) -> Value {
        serde_json::from_slice(&self.exchange.response_body).unwrap_or_default()
    }

    /// The request's body as JSON.
    pub(super) fn request(&self) -> Value {
        serde_json::from_slice(&self.exchange.request_body).unwrap_or_default()
    }
}

fn authorization(exchange: &Exchange) -> &str {
    exchange.header("authorization").unwrap_or_default()
}

/// The fingerprint of the token that a request carries.
fn carried(exchange: &Exchange) -> Option<&str> {
    authorization(exchange).strip_prefix("Bearer ")
}

/// Which client has had which token, by fingerprint: also those that are revoked since, whose requests tell no
/// client any more.
fn holders(exchanges: &[Arc<Exchange>]) -> HashMap<String, &str> {
    let mut holders = HashMap::new();
    for exchange in exchanges {
        let Some(client) = exchange.client_id.as_deref() else {
            continue;
        };
        if exchange.operation == Some(Operation::IssueToken) {
            let answer: Value = serde_json::from_slice(&exchange.response_body).unwrap_or_default();
            if let Some(token) = answer.get("access_token").and_then(Value::as_str) {
                holders.insert(token.to_owned(), client);
            }
        } else if let Some(token) = carried(exchange) {
            holders.insert(token.to_owned(), client);
        }
    }
    holders
}

/// An account's exchanges with those that belong to no account because the account's token in them was ours no
/// more, in order.
pub(crate) fn with_lost_tokens(
    own: Vec<Arc<Exchange>>,
    unclaimed: Vec<Arc<Exchange>>,
) -> Vec<Arc<Exchange>> {
    let holders = holders(&own);
    let is_ours = |exchange: &Arc<Exchange>| {
        carried(exchange).is_some_and(|token| holders.contains_key(token))
    };
    let adopted: Vec<Arc<Exchange>> = unclaimed.into_iter().filter(is_ours).collect();
    if adopted.is_empty() {
        return own;
    }
    let mut all = own;
    all.extend(adopted);
    all.sort_by_key(|exchange| exchange.seq);
    all
}

/// The exchanges that a card is about, each with its client.
pub(super) fn select<'a>(exchanges: &'a [Arc<Exchange>], query: &CardQuery) -> Vec<Seen<'a>> {
    let holders = holders(exchanges);
    let seen = exchanges.iter().map(|exchange| {
        let by_token = || carried(exchange).and_then(|token| holders.get(token).copied());
        let client = exchange.client_id.as_deref().or_else(by_token);
        Seen {
            exchange,
            client: client.unwrap_or_default(),
        }
    });
    let is_asked = |seen: &Seen<'_>| {
        seen.exchange.seq > query.since
            && query.client_id.as_ref().is_none_or(|id| id == seen.client)
            && query.run.is_none_or(|run| seen.exchange.run == Some(run))
    };
    seen.filter(is_asked).collect()
}

/// The exchanges by their client.
pub(super) fn by_client<'a, 's>(seen: &'s [Seen<'a>]) -> BTreeMap<&'a str, Vec<&'s Seen<'a>>> {
    let mut clients: BTreeMap<&str, Vec<&Seen<'_>>> = BTreeMap::new();
    for one in seen {
        clients.entry(one.client).or_default().push(one);
    }
    clients
}

/// A duration as a person writes it: `2 s`, `0.25 s`, `1 h 5 min`.
pub(super) fn shown(duration: SignedDuration) -> String {
    let (seconds, ms) = (duration.as_secs().max(0), duration.subsec_millis().max(0));
    match (seconds, ms) {
        (0..60, 0) => format!("{seconds} s"),
        (0..60, ms) => {
            let fraction = format!("{ms:03}");
            format!("{seconds}.{} s", fraction.trim_end_matches('0'))
        }
        (60..3600, _) => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}
