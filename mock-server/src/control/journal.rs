//! The evidence: what was asked and answered.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::extract::Keys;
use super::reply::{ErrorBody, Refusal, Reply};
use crate::account::ControlError;
use crate::journal::{Exchange, ExchangeQuery, FaultNote, har, wait_until};
use crate::operation::Operation;
use crate::server::Zoom;

/// How many exchanges one answer holds by default, and at the most.
const DEFAULT_LIMIT: usize = 1_000;
const MAX_LIMIT: usize = 10_000;
/// How long to wait by default, and at the most.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Which exchanges are asked for: all that is set has to fit.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct JournalKeys {
    /// Of this account; absent: of all, and of none.
    account: Option<String>,
    /// After this sequence number.
    since: Option<u64>,
    /// At the most so many, the oldest first; 1,000 if absent, 10,000 at the most.
    limit: Option<usize>,
    /// Of this operation, such as `users.create`.
    operation: Option<String>,
    /// With this method.
    method: Option<String>,
    /// With this status.
    status: Option<u16>,
    /// `true`: of no operation or of no account.
    unmatched: Option<bool>,
    /// With this text in path, query or one of the bodies.
    find: Option<String>,
    /// For `wait`: until there are so many, 1 if absent.
    count: Option<usize>,
    /// For `wait`: at the most so long; 5,000 if absent, 60,000 at the most.
    timeout_ms: Option<u64>,
}

/// One exchange. Credentials are replaced by fingerprints.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ExchangeBody {
    seq: u64,
    at: String,
    account: Option<String>,
    operation: Option<&'static str>,
    method: String,
    path: String,
    query: Option<String>,
    request_headers: BTreeMap<&'static str, String>,
    request_body: String,
    status: u16,
    response_body: String,
    client_id: Option<String>,
    /// The wait that the answer told of.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<String>,
    /// The fault that had its hand in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<FaultNote>,
    /// The scripted run that the request says it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<u64>,
}

impl From<&Exchange> for ExchangeBody {
    fn from(exchange: &Exchange) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            seq: exchange.seq,
            at: exchange.at.to_string(),
            account: exchange.account.as_deref().map(str::to_owned),
            operation: exchange.operation.map(Operation::as_str),
            method: exchange.method.to_string(),
            path: exchange.path.clone(),
            query: exchange.query.clone(),
            request_headers: exchange.request_headers.iter().cloned().collect(),
            request_body: text(&exchange.request_body),
            status: exchange.status,
            response_body: text(&exchange.response_body),
            client_id: exchange.client_id.as_deref().map(str::to_owned),
            retry_after: exchange.retry_after.clone(),
            fault: exchange.fault.as_deref().cloned(),
            run: exchange.run,
        }
    }
}

/// Exchanges, the oldest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ExchangesBody {
    exchanges: Vec<ExchangeBody>,
}

impl ExchangesBody {
    fn new(exchanges: &[Arc<Exchange>]) -> Json<Self> {
        let exchanges = exchanges
            .iter()
            .map(|exchange| exchange.as_ref().into())
            .collect();
        Json(Self { exchanges })
    }
}

/// A query that is understood, over one account or the whole server.
struct Asked {
    zoom: Arc<Zoom>,
    account: Option<String>,
    query: ExchangeQuery,
}

impl Asked {
    fn read(zoom: Arc<Zoom>, keys: JournalKeys) -> Result<Self, Refusal> {
        if let Some(account) = keys
            .account
            .as_ref()
            .filter(|id| zoom.account(id).is_none())
        {
            return Err(ControlError::NoAccount(account.clone()).into());
        }
        let operation = match keys.operation {
            None => None,
            Some(name) => Some(Operation::parse(&name).ok_or_else(|| {
                let names = Operation::ALL.map(Operation::as_str).join(", ");
                Refusal::invalid(
                    "operation",
                    format!("`{name}` is no operation; there are {names}"),
                )
            })?),
        };
        let query = ExchangeQuery {
            since: keys.since.unwrap_or(0),
            limit: keys.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT),
            operation,
            method: keys.method,
            status: keys.status,
            unmatched: keys.unmatched.unwrap_or(false),
            text: keys.find,
        };
        Ok(Self {
            zoom,
            account: keys.account,
            query,
        })
    }

    fn find(&self) -> Vec<Arc<Exchange>> {
        match &self.account {
            None => self.zoom.exchanges(&self.query),
            // Where the account is gone since, so are its exchanges.
            Some(id) => self
                .zoom
                .account(id)
                .map(|account| account.find_exchanges(&self.query))
                .unwrap_or_default(),
        }
    }
}

/// The exchanges that a query asks for.
#[utoipa::path(
    get, path = "/journal", params(JournalKeys),
    responses((status = 200, body = ExchangesBody), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn find(
    State(zoom): State<Arc<Zoom>>,
    Keys(keys): Keys<JournalKeys>,
) -> Reply<Json<ExchangesBody>> {
    Ok(ExchangesBody::new(&Asked::read(zoom, keys)?.find()))
}

/// Forgets all exchanges.
#[utoipa::path(delete, path = "/journal", responses((status = 204)))]
pub(super) async fn clear(State(zoom): State<Arc<Zoom>>) -> StatusCode {
    zoom.clear_journal();
    StatusCode::NO_CONTENT
}

/// How many exchanges there are.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct CountBody {
    count: usize,
}

/// How many exchanges a query asks for; without a limit unless one is set.
#[utoipa::path(
    get, path = "/journal/count", params(JournalKeys),
    responses((status = 200, body = CountBody), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn count(
    State(zoom): State<Arc<Zoom>>,
    Keys(keys): Keys<JournalKeys>,
) -> Reply<Json<CountBody>> {
    let limit = keys.limit.unwrap_or(usize::MAX);
    let mut asked = Asked::read(zoom, keys)?;
    asked.query.limit = limit;
    Ok(Json(CountBody {
        count: asked.find().len(),
    }))
}

/// Waits until there are enough exchanges that a query asks for, so that a test need not sleep. 408 where
/// they do not come in time.
#[utoipa::path(
    get, path = "/journal/wait", params(JournalKeys),
    responses(
        (status = 200, body = ExchangesBody), (status = 408, body = ErrorBody),
        (status = "4XX", body = ErrorBody)
    ),
)]
pub(super) async fn wait(
    State(zoom): State<Arc<Zoom>>,
    Keys(keys): Keys<JournalKeys>,
) -> Reply<Json<ExchangesBody>> {
    let count = keys.count.unwrap_or(1);
    let timeout = keys
        .timeout_ms
        .map_or(DEFAULT_WAIT, Duration::from_millis)
        .min(MAX_WAIT);
    let asked = Asked::read(zoom, keys)?;
    if count > asked.query.limit {
        return Err(Refusal::invalid("count", "is more than the limit"));
    }
    let news = asked.zoom.unclaimed.news();
    let found = tokio::select! {
        found = wait_until(news, || asked.find(), count, timeout) => found,
        () = asked.zoom.stops() => asked.find(),
    };
    if found.len() < count {
        let message = format!(
            "{} of {count} exchanges came within {} ms; GET /_mock/journal shows what came",
            found.len(),
            timeout.as_millis()
        );
        return Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            Some("timeout_ms"),
            message,
        ));
    }
    Ok(ExchangesBody::new(&found))
}

/// The exchanges that a query asks for, and those to come, as server-sent events: the id is the sequence
/// number, the data an exchange. They end when the server is stopped.
#[utoipa::path(
    get, path = "/journal/events", params(JournalKeys),
    responses(
        (status = 200, content_type = "text/event-stream", body = ExchangeBody),
        (status = "4XX", body = ErrorBody)
    ),
)]
pub(super) async fn events(
    State(zoom): State<Arc<Zoom>>,
    Keys(keys): Keys<JournalKeys>,
) -> Reply<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let asked = Asked::read(zoom, keys)?;
    let news = asked.zoom.unclaimed.news();
    let start = (asked, news, VecDeque::<Arc<Exchange>>::new());
    let events = stream::unfold(start, |(mut asked, mut news, mut ready)| async move {
        loop {
            if let Some(exchange) = ready.pop_front() {
                return Some((Ok(event(&exchange)), (asked, news, ready)));
            }
            // What comes from here on counts as news.
            news.borrow_and_update();
            ready.extend(asked.find());
            match ready.back() {
                Some(last) => asked.query.since = last.seq,
                None => tokio::select! {
                    grown = news.changed() => grown.ok()?,
                    () = asked.zoom.stops() => return None,
                },
            }
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

fn event(exchange: &Exchange) -> Event {
    let body = serde_json::to_string(&ExchangeBody::from(exchange)).unwrap_or_default();
    Event::default().id(exchange.seq.to_string()).data(body)
}

/// The exchanges that a query asks for as an HTTP Archive, which browsers and proxies show.
#[utoipa::path(
    get, path = "/journal/har", params(JournalKeys),
    responses((status = 200, body = Object), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn archive(
    State(zoom): State<Arc<Zoom>>,
    Keys(keys): Keys<JournalKeys>,
) -> Reply<Json<Value>> {
    let asked = Asked::read(zoom, keys)?;
    Ok(Json(har(&asked.find(), &asked.zoom.urls.base_url)))
}
