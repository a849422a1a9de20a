//! An exchange in an incident.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{InvalidIncident, invalid};
use crate::fault::{PassedOver, Phase};
use crate::journal::{Exchange, FaultNote, ScopeCheck};
use crate::operation::Operation;
use crate::server::Zoom;

/// The headers that a journal keeps.
const HEADERS: [&str; 4] = ["accept", "content-type", "user-agent", "authorization"];

/// An exchange, with fingerprints in the place of credentials and tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedExchange {
    seq: u64,
    at: Timestamp,
    account: Option<String>,
    operation: Option<String>,
    method: String,
    path: String,
    query: Option<String>,
    request_headers: Vec<(String, String)>,
    request_body: SavedBody,
    status: u16,
    response_body: SavedBody,
    client_id: Option<String>,
    retry_after: Option<String>,
    rate_limit: Option<String>,
    fault: Option<SavedNote>,
    passed_over: Vec<(String, PassedOver)>,
    run: Option<u64>,
    scope: Option<SavedScope>,
}

/// A body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SavedBody {
    Text(String),
    /// What is no UTF-8.
    Base64(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedNote {
    source: String,
    effect: String,
    phase: Phase,
    count: u64,
    applied: Option<u16>,
    lost: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SavedScope {
    LetIn(String),
    Missing,
}

impl SavedBody {
    fn of(body: &Bytes) -> Self {
        match std::str::from_utf8(body) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(STANDARD.encode(body)),
        }
    }

    fn restored(&self, path: &str) -> Result<Bytes, InvalidIncident> {
        match self {
            Self::Text(text) => Ok(text.clone().into()),
            Self::Base64(text) => match STANDARD.decode(text) {
                Ok(bytes) => Ok(bytes.into()),
                Err(error) => Err(invalid(path, format!("is no base64: {error}"))),
            },
        }
    }
}

impl SavedExchange {
    pub(super) fn of(exchange: &Exchange) -> Self {
        let headers = exchange.request_headers.iter();
        let passed_over = exchange.passed_over.iter();
        Self {
            seq: exchange.seq,
            at: exchange.at,
            account: exchange.account.as_deref().map(str::to_owned),
            operation: exchange
                .operation
                .map(|operation| operation.as_str().to_owned()),
            method: exchange.method.to_string(),
            path: exchange.path.clone(),
            query: exchange.query.clone(),
            request_headers: headers
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            request_body: SavedBody::of(&exchange.request_body),
            status: exchange.status,
            response_body: SavedBody::of(&exchange.response_body),
            client_id: exchange.client_id.as_deref().map(str::to_owned),
            retry_after: exchange.retry_after.clone(),
            rate_limit: exchange.rate_limit.clone(),
            fault: exchange.fault.as_deref().map(SavedNote::of),
            passed_over: passed_over
                .map(|(id, why)| (id.to_string(), *why))
                .collect(),
            run: exchange.run,
            scope: exchange.scope.map(|scope| match scope {
                ScopeCheck::LetIn(by) => SavedScope::LetIn(by.to_owned()),
                ScopeCheck::Missing => SavedScope::Missing,
            }),
        }
    }

    /// The exchange. Errors are relative to it.
    fn restored(&self) -> Result<Exchange, InvalidIncident> {
        let operation = match &self.operation {
            None => None,
            Some(name) => {
                let message = || format!("`{name}` is no operation");
                let operation = Operation::parse(name);
                Some(operation.ok_or_else(|| invalid("operation", message()))?)
            }
        };
        let headers = self.request_headers.iter().map(|(name, value)| {
            let known = HEADERS.into_iter().find(|known| known == name);
            let message = || format!("has `{name}`, and a journal keeps {}", HEADERS.join(", "));
            let known = known.ok_or_else(|| invalid("request_headers", message()))?;
            Ok((known, value.clone()))
        });
        let scope = match (&self.scope, operation) {
            (None, _) => None,
            (Some(SavedScope::Missing), _) => Some(ScopeCheck::Missing),
            (Some(SavedScope::LetIn(by)), operation) => {
                let scopes = operation.map(Operation::scopes).unwrap_or_default();
                let known = scopes.iter().find(|scope| *scope == by);
                let message = || format!("is `{by}`, which does not let the operation in");
                let known = known.ok_or_else(|| invalid("scope", message()))?;
                Some(ScopeCheck::LetIn(known))
            }
        };
        let passed_over = self.passed_over.iter();
        Ok(Exchange {
            seq: self.seq,
            at: self.at,
            account: self.account.as_deref().map(Into::into),
            operation,
            method: self
                .method
                .parse()
                .map_err(|_| invalid("method", format!("`{}` is no method", self.method)))?,
            path: self.path.clone(),
            query: self.query.clone(),
            request_headers: headers.collect::<Result<_, _>>()?,
            request_body: self.request_body.restored("request_body")?,
            status: self.status,
            response_body: self.response_body.restored("response_body")?,
            client_id: self.client_id.as_deref().map(Into::into),
            retry_after: self.retry_after.clone(),
            rate_limit: self.rate_limit.clone(),
            fault: self.fault.as_ref().map(|note| Box::new(note.restored())),
            passed_over: passed_over
                .map(|(id, why)| (id.as_str().into(), *why))
                .collect(),
            run: self.run,
            scope,
        })
    }
}

impl SavedNote {
    fn of(note: &FaultNote) -> Self {
        let phases = [Phase::Before, Phase::After, Phase::Body];
        let phase = phases
            .into_iter()
            .find(|phase| phase.as_str() == note.phase);
        Self {
            source: note.source.clone(),
            effect: note.effect.clone(),
            phase: phase.unwrap_or(Phase::Before),
            count: note.count,
            applied: note.applied,
            lost: note.lost,
        }
    }

    fn restored(&self) -> FaultNote {
        FaultNote {
            source: self.source.clone(),
            effect: self.effect.clone(),
            phase: self.phase.as_str(),
            count: self.count,
            applied: self.applied,
            lost: self.lost,
        }
    }
}

/// Brings back the journals of a server whose accounts are there.
pub(super) fn restore(
    saved: &[SavedExchange],
    last: u64,
    zoom: &Zoom,
) -> Result<(), InvalidIncident> {
    let mut unclaimed = Vec::new();
    let mut journals: HashMap<&str, Vec<Exchange>> = HashMap::new();
    let mut before = 0;
    for (index, saved) in saved.iter().enumerate() {
        let place = |path: &str| format!("journal[{index}].{path}");
        let exchange = saved
            .restored()
            .map_err(|error| invalid(place(&error.path), error.message))?;
        if saved.seq <= before || saved.seq > last {
            let message = "is not after the one before, or above `last_request`";
            return Err(invalid(place("seq"), message));
        }
        before = saved.seq;
        match saved.account.as_deref() {
            None => unclaimed.push(exchange),
            Some(id) if zoom.account(id).is_some() => {
                journals.entry(id).or_default().push(exchange);
            }
            Some(id) => {
                let message = format!("is `{id}`, which is none of the accounts");
                return Err(invalid(place("account"), message));
            }
        }
    }
    zoom.unclaimed.take(unclaimed);
    for (id, exchanges) in journals {
        if let Some(account) = zoom.account(id) {
            account.journal().take(exchanges);
        }
    }
    Ok(())
}
