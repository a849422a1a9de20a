//! Why a request got what it got: the account, the credential, the scope, the limit and the rule that decided it,
//! from what the journal keeps of it.

mod rules;

use std::sync::Arc;

use serde::Serialize;

pub use rules::{RuleWhy, WhyNot};

use crate::fault::PassedOver;
use crate::http::again::{FoundBy, found_by, with_facts};
use crate::journal::{Exchange, ExchangeQuery, FaultNote, ScopeCheck};
use crate::operation::Operation;
use crate::server::{MockServer, Zoom};

/// Why a request got what it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Why {
    /// The number of the exchange, which the answer carries in `x-zoom-mock-request-id`.
    pub request: u64,
    /// The operation; `null` where no route fits.
    pub operation: Option<&'static str>,
    /// The answer's status; 0 where there was none.
    pub status: u16,
    /// What decided it, in sentences, in the order in which it is looked at.
    pub says: Vec<String>,
    /// The account.
    pub account: WhyAccount,
    /// The credential.
    pub credential: WhyCredential,
    /// The scope.
    pub scope: WhyScope,
    /// How the account stood with its rate limit; `null` where it has none or it was not asked.
    pub limit: Option<String>,
    /// The wait that the answer told of, as its header has it.
    pub told_to_wait: Option<String>,
    /// The fault that had its hand in it.
    pub fault: Option<FaultNote>,
    /// The rules, in the order in which they are tried.
    pub rules: Vec<RuleWhy>,
}

/// Whose a request was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WhyAccount {
    /// The account id.
    pub id: Option<String>,
    /// How it was found: `path`, `token`, `client_id`, `scenario` or `nothing`.
    pub found_by: &'static str,
}

/// Which credential a request carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WhyCredential {
    /// The client id that asked for a token, or that the token was issued to.
    pub client_id: Option<String>,
    /// The `Authorization` header, with fingerprints in the place of secrets and tokens.
    pub authorization: Option<String>,
}

/// What the scopes said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WhyScope {
    /// One of these suffices; empty where none is needed.
    pub one_of: Vec<&'static str>,
    /// The granted one that let it in.
    pub let_in_by: Option<&'static str>,
    /// Whether none of them was granted. Where this is `false` and nothing let it in, it was not asked.
    pub missing: bool,
}

/// There is no such exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRequest {
    /// Its number is not drawn yet.
    #[error(
        "there has been no request {0}; an answer has its number in the header x-zoom-mock-request-id"
    )]
    Never(u64),
    /// The journal does not have it any more.
    #[error(
        "the journal has forgotten request {0}: it keeps the latest, and was perhaps cleared or its account reset"
    )]
    Forgotten(u64),
}

impl MockServer {
    /// Why the request of a number got what it got.
    ///
    /// # Errors
    ///
    /// When there was none, or the journal has forgotten it.
    pub fn why(&self, request: u64) -> Result<Why, NoRequest> {
        self.zoom().why(request)
    }
}

impl Zoom {
    /// The exchange of a number.
    fn exchange(&self, seq: u64) -> Result<Arc<Exchange>, NoRequest> {
        let query = ExchangeQuery {
            limit: 1,
            ..ExchangeQuery::since(seq.saturating_sub(1))
        };
        let found = self
            .exchanges(&query)
            .into_iter()
            .find(|exchange| exchange.seq == seq);
        found.ok_or(match seq == 0 || seq > self.unclaimed.drawn() {
            true => NoRequest::Never(seq),
            false => NoRequest::Forgotten(seq),
        })
    }

    /// Why the request of a number got what it got.
    pub(crate) fn why(&self, seq: u64) -> Result<Why, NoRequest> {
        let exchange = self.exchange(seq)?;
        let held = self.faults.listed();
        let misfits: Vec<Option<PassedOver>> = with_facts(self, &exchange, |facts| {
            held.iter().map(|(_, held)| held.misfit(facts)).collect()
        })
        .unwrap_or_default();
        let rules = rules::explained(&exchange, &held, &misfits);
        Ok(Why::new(&exchange, rules))
    }
}

impl Why {
    fn new(exchange: &Exchange, rules: Vec<RuleWhy>) -> Self {
        let operation = exchange.operation;
        let found_by = found_by(exchange);
        let (let_in_by, missing) = match exchange.scope {
            Some(ScopeCheck::LetIn(scope)) => (Some(scope), false),
            Some(ScopeCheck::Missing) => (None, true),
            None => (None, false),
        };
        Self {
            request: exchange.seq,
            operation: operation.map(Operation::as_str),
            status: exchange.status,
            says: said(exchange, found_by),
            account: WhyAccount {
                id: exchange.account.as_deref().map(str::to_owned),
                found_by: name(found_by),
            },
            credential: WhyCredential {
                client_id: exchange.client_id.as_deref().map(str::to_owned),
                authorization: exchange.header("authorization").map(str::to_owned),
            },
            scope: WhyScope {
                one_of: operation
                    .map(Operation::scopes)
                    .unwrap_or_default()
                    .to_vec(),
                let_in_by,
                missing,
            },
            limit: exchange.rate_limit.clone(),
            told_to_wait: exchange.retry_after.clone(),
            fault: exchange.fault.as_deref().cloned(),
            rules,
        }
    }
}

fn name(found_by: FoundBy) -> &'static str {
    match found_by {
        FoundBy::Path => "path",
        FoundBy::Token => "token",
        FoundBy::ClientId => "client_id",
        FoundBy::Scenario => "scenario",
        FoundBy::Nothing => "nothing",
    }
}

/// What decided an exchange, in sentences.
fn said(exchange: &Exchange, found_by: FoundBy) -> Vec<String> {
    let mut says = vec![whose(exchange, found_by)];
    let needed = exchange
        .operation
        .map(Operation::scopes)
        .unwrap_or_default();
    match exchange.scope {
        Some(ScopeCheck::LetIn(scope)) => says.push(format!("the scope {scope} let it in")),
        Some(ScopeCheck::Missing) => says.push(format!(
            "the token has none of the scopes that it needs: {}",
            needed.join(", ")
        )),
        None if needed.is_empty() || exchange.account.is_none() => {}
        None => says.push("it did not come as far as the scopes".to_owned()),
    }
    says.extend(
        exchange
            .rate_limit
            .as_ref()
            .map(|limit| format!("rate limit: {limit}")),
    );
    if let Some(wait) = &exchange.retry_after {
        says.push(format!("it was told to wait: {wait}"));
    }
    if let Some(fault) = &exchange.fault {
        let applied = match (fault.phase, fault.applied) {
            (_, Some(status)) => format!("; the request itself was applied and had {status}"),
            ("before", None) => "; before the request was applied".to_owned(),
            (_, None) => String::new(),
        };
        let lost = if fault.lost {
            "; the client did not get the whole answer"
        } else {
            ""
        };
        says.push(format!(
            "{} did `{}`, for the {}{applied}{lost}",
            fault.source,
            fault.effect,
            ordinal(fault.count)
        ));
    }
    says
}

fn whose(exchange: &Exchange, found_by: FoundBy) -> String {
    let account = exchange.account.as_deref().unwrap_or_default();
    let client = exchange.client_id.as_deref().unwrap_or_default();
    match found_by {
        FoundBy::Path => format!("the path names the account {account}"),
        FoundBy::Token => format!("the token is of the account {account}, issued to {client}"),
        FoundBy::ClientId => format!("the client id {client} belongs to the account {account}"),
        FoundBy::Scenario => {
            format!("the credentials name a scenario, and stand for those of the account {account}")
        }
        FoundBy::Nothing if exchange.operation.is_none() => {
            format!("no operation is {} {}", exchange.method, exchange.path)
        }
        FoundBy::Nothing => match exchange.header("authorization") {
            None => "it carries no credentials, so it is nobody's".to_owned(),
            Some(sent) if sent.starts_with("Bearer ") => {
                format!("no account has the token {sent}: never, or not any more")
            }
            Some(sent) => format!("no account has the credentials {sent}"),
        },
    }
}

fn ordinal(count: u64) -> String {
    match count {
        1 => "first time".to_owned(),
        _ => format!("{count}th time"),
    }
}
