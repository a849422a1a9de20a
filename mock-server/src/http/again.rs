//! What was known of a request, made again from the journal's exchange.

use std::cell::OnceCell;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::ZoomRequest;
use super::arrival::subject;
use super::route::{Target, find};
use crate::fault::Facts;
use crate::journal::Exchange;
use crate::operation::Operation;
use crate::server::Zoom;

/// How a request says whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoundBy {
    /// By the account in its path.
    Path,
    /// By its token.
    Token,
    /// By the client id that asks for a token.
    ClientId,
    /// By none of these: credentials that name a scenario stand for the account that the server started with.
    Scenario,
    /// Not at all.
    Nothing,
}

/// How an exchange's request says whose it is.
pub(crate) fn found_by(exchange: &Exchange) -> FoundBy {
    let route = find(&exchange.method, &exchange.path);
    let Some(operation) = exchange.operation.filter(|_| exchange.account.is_some()) else {
        return FoundBy::Nothing;
    };
    if route.prefixes.tenant.is_some() {
        return FoundBy::Path;
    }
    if operation != Operation::IssueToken {
        return FoundBy::Token;
    }
    let authorization = exchange.header("authorization").unwrap_or_default();
    let sent = authorization.strip_prefix("Basic ").unwrap_or_default();
    let client_id = exchange.client_id.as_deref().unwrap_or_default();
    // The journal shows the client id as it was sent, and then what stands for the secret.
    let rest = sent.strip_prefix(client_id).unwrap_or_default();
    match rest.starts_with(':') {
        true => FoundBy::ClientId,
        false => FoundBy::Scenario,
    }
}

/// Looks at the facts of an exchange again; `None` where they were never looked at, because nobody's or no
/// operation was asked for. The user is looked up as they are now, and of the headers only those are there that
/// the journal keeps.
pub(crate) fn with_facts<T>(
    zoom: &Zoom,
    exchange: &Exchange,
    look: impl FnOnce(&Facts<'_>) -> T,
) -> Option<T> {
    let (operation, account_id) = (exchange.operation?, exchange.account.as_deref()?);
    let account = zoom.account(account_id)?;
    let id = match find(&exchange.method, &exchange.path).target {
        Target::Operation(_, id) => id,
        Target::UnknownMethod(_) | Target::UnknownPath => String::new(),
    };
    let query = exchange.query.as_ref();
    let uri = query.map_or_else(
        || exchange.path.clone(),
        |query| format!("{}?{query}", exchange.path),
    );
    let uri: Uri = uri.parse().unwrap_or_default();
    let mut headers = HeaderMap::new();
    for (name, value) in &exchange.request_headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let request = ZoomRequest {
        method: &exchange.method,
        uri: &uri,
        headers: &headers,
        body: &exchange.request_body,
    };
    let run = exchange.run.map(|run| run.to_string());
    let find_subject = || subject(&account, operation, &id, &request);
    Some(look(&Facts {
        operation,
        account: account_id,
        client_id: exchange.client_id.as_deref().unwrap_or_default(),
        headers: &headers,
        run: run.as_deref(),
        now: exchange.at,
        server_now: zoom.common.clock.now(),
        subject: OnceCell::new(),
        find_subject: &find_subject,
    }))
}
