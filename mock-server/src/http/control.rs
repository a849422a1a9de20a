//! The control API under `/_mock`: accounts, users, journal, clock.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use jiff::SignedDuration;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer;
use crate::account::{Account, AccountSpec, ControlError, UserError};
use crate::journal::Exchange;
use crate::oauth::Operation;
use crate::server::Zoom;

/// How many exchanges one answer holds at the most, and by default.
const MAX_EXCHANGES: usize = 10_000;
const DEFAULT_EXCHANGES: usize = 1_000;

/// Why the control API refuses: `{"error":{"field":...,"message":...}}`.
#[derive(Debug)]
pub(super) struct ControlRefusal {
    status: StatusCode,
    field: Option<String>,
    message: String,
}

impl ControlRefusal {
    pub(super) fn foreign(header: &str, value: &str) -> Self {
        let message = format!(
            "`{header}: {value}` does not name this machine; ask for localhost or a loopback address"
        );
        Self {
            status: StatusCode::FORBIDDEN,
            field: Some(header.to_owned()),
            message,
        }
    }

    fn invalid(field: &str, message: impl Into<String>) -> Self {
        let field = Some(field.to_owned()).filter(|field| !field.is_empty() && field != ".");
        Self {
            status: StatusCode::BAD_REQUEST,
            field,
            message: message.into(),
        }
    }
}

impl From<ControlError> for ControlRefusal {
    fn from(error: ControlError) -> Self {
        let message = error.to_string();
        let (status, field) = match error {
            ControlError::Taken { field, .. } => (StatusCode::CONFLICT, Some(field.to_owned())),
            ControlError::NoAccount(_) => (StatusCode::NOT_FOUND, Some("account".to_owned())),
            ControlError::Invalid { field, .. } => (StatusCode::BAD_REQUEST, Some(field)),
            ControlError::User(UserError::NotFound) => {
                (StatusCode::NOT_FOUND, Some("id".to_owned()))
            }
            ControlError::User(UserError::TakenOnCreate(_) | UserError::TakenOnUpdate(_)) => {
                (StatusCode::CONFLICT, Some("userName".to_owned()))
            }
            ControlError::User(
                UserError::InvalidUserName | UserError::InvalidEmail | UserError::Inactive,
            ) => (StatusCode::BAD_REQUEST, Some("userName".to_owned())),
        };
        Self {
            status,
            field,
            message,
        }
    }
}

impl IntoResponse for ControlRefusal {
    fn into_response(self) -> Response {
        let mut error = json!({ "message": self.message });
        if let (Some(field), Some(map)) = (self.field, error.as_object_mut()) {
            map.insert("field".to_owned(), field.into());
        }
        reply(self.status, &json!({ "error": error }))
    }
}

type Reply = Result<Response, ControlRefusal>;

fn reply(status: StatusCode, body: &Value) -> Response {
    answer::json(status.as_u16(), body.to_string().into())
}

fn ok(body: &Value) -> Response {
    reply(StatusCode::OK, body)
}

/// Reads a body; an empty one stands for `{}`. Errors name the path of the field.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, ControlRefusal> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    let mut json = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        ControlRefusal::invalid(&error.path().to_string(), error.inner().to_string())
    })
}

fn find(zoom: &Zoom, account: &str) -> Result<Account, ControlRefusal> {
    Ok(zoom
        .account(account)
        .ok_or_else(|| ControlError::NoAccount(account.to_owned()))?)
}

pub(super) async fn health(State(zoom): State<Arc<Zoom>>) -> Response {
    let version = env!("CARGO_PKG_VERSION");
    ok(&json!({ "status": "ok", "version": version, "accounts": zoom.accounts().len() }))
}

fn described(zoom: &Zoom, account: &Account) -> Value {
    let credentials = account.credentials();
    let client = account.client();
    json!({
        "account_id": credentials.account_id,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "scopes": client.scopes,
        "token_expires_in_s": client.token_expires_in_s,
        "token_url": zoom.urls.token_url(),
        "scim_url": zoom.urls.scim_url(),
    })
}

pub(super) async fn accounts(State(zoom): State<Arc<Zoom>>) -> Response {
    let accounts: Vec<Value> = zoom
        .accounts()
        .iter()
        .map(|account| described(&zoom, account))
        .collect();
    ok(&json!({ "accounts": accounts }))
}

pub(super) async fn create_account(State(zoom): State<Arc<Zoom>>, body: Bytes) -> Reply {
    let spec: AccountSpec = read(&body)?;
    let account = zoom.create_account(spec)?;
    Ok(reply(StatusCode::CREATED, &described(&zoom, &account)))
}

pub(super) async fn account(State(zoom): State<Arc<Zoom>>, Path(account): Path<String>) -> Reply {
    Ok(ok(&described(&zoom, &find(&zoom, &account)?)))
}

pub(super) async fn delete_account(
    State(zoom): State<Arc<Zoom>>,
    Path(account): Path<String>,
) -> Reply {
    if zoom.remove_account(&account) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Err(ControlError::NoAccount(account).into())
}

pub(super) async fn reset_account(
    State(zoom): State<Arc<Zoom>>,
    Path(account): Path<String>,
) -> Reply {
    find(&zoom, &account)?.reset();
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn users(State(zoom): State<Arc<Zoom>>, Path(account): Path<String>) -> Reply {
    let users = find(&zoom, &account)?.users();
    Ok(ok(&json!({ "users": users })))
}

pub(super) async fn add_user(
    State(zoom): State<Arc<Zoom>>,
    Path(account): Path<String>,
    body: Bytes,
) -> Reply {
    let account = find(&zoom, &account)?;
    let id = account.add_user(&read::<Value>(&body)?)?;
    Ok(reply(StatusCode::CREATED, &json!({ "id": id })))
}

pub(super) async fn edit_user(
    State(zoom): State<Arc<Zoom>>,
    Path((account, id)): Path<(String, String)>,
    body: Bytes,
) -> Reply {
    find(&zoom, &account)?.edit_user(&id, &read::<Value>(&body)?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn remove_user(
    State(zoom): State<Arc<Zoom>>,
    Path((account, id)): Path<(String, String)>,
) -> Reply {
    find(&zoom, &account)?.remove_user(&id)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Addresses that from now on belong to somebody else's Zoom account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForeignAddresses {
    add: Vec<String>,
}

pub(super) async fn add_foreign_addresses(
    State(zoom): State<Arc<Zoom>>,
    Path(account): Path<String>,
    body: Bytes,
) -> Reply {
    let account = find(&zoom, &account)?;
    let addresses: ForeignAddresses = read(&body)?;
    for address in &addresses.add {
        account.add_foreign_address(address);
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn reset(State(zoom): State<Arc<Zoom>>) -> Response {
    zoom.reset();
    StatusCode::NO_CONTENT.into_response()
}

/// The query of the journal.
struct JournalQuery {
    account: Option<String>,
    since: u64,
    limit: usize,
    operation: Option<Operation>,
}

impl JournalQuery {
    fn read(query: Option<&str>) -> Result<Self, ControlRefusal> {
        let mut read = Self {
            account: None,
            since: 0,
            limit: DEFAULT_EXCHANGES,
            operation: None,
        };
        for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let not_a_number =
                |_| ControlRefusal::invalid(&key, format!("`{value}` is not a number"));
            match key.as_ref() {
                "account" => read.account = Some(value.into_owned()),
                "since" => read.since = value.parse().map_err(not_a_number)?,
                "limit" => {
                    read.limit = value
                        .parse::<usize>()
                        .map_err(not_a_number)?
                        .min(MAX_EXCHANGES)
                }
                "operation" => {
                    let names = || Operation::ALL.map(Operation::as_str).join(", ");
                    let unknown = || format!("`{value}` is no operation; there are {}", names());
                    let operation = Operation::parse(&value);
                    read.operation = Some(
                        operation.ok_or_else(|| ControlRefusal::invalid("operation", unknown()))?,
                    );
                }
                other => {
                    let message =
                        "is no key of the journal; there are account, since, limit, operation";
                    return Err(ControlRefusal::invalid(
                        other,
                        format!("`{other}` {message}"),
                    ));
                }
            }
        }
        Ok(read)
    }
}

pub(super) async fn journal(State(zoom): State<Arc<Zoom>>, RawQuery(query): RawQuery) -> Reply {
    let query = JournalQuery::read(query.as_deref())?;
    let mut exchanges = match &query.account {
        Some(account) => find(&zoom, account)?.exchanges(query.since),
        None => zoom.exchanges(query.since),
    };
    exchanges.retain(|exchange| {
        query
            .operation
            .is_none_or(|operation| exchange.operation == Some(operation))
    });
    exchanges.truncate(query.limit);
    let exchanges: Vec<Value> = exchanges.iter().map(|exchange| shown(exchange)).collect();
    Ok(ok(&json!({ "exchanges": exchanges })))
}

fn shown(exchange: &Exchange) -> Value {
    let headers: serde_json::Map<String, Value> = exchange
        .request_headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
        .collect();
    json!({
        "seq": exchange.seq,
        "at": exchange.at.to_string(),
        "account": exchange.account,
        "operation": exchange.operation.map(Operation::as_str),
        "method": exchange.method,
        "path": exchange.path,
        "query": exchange.query,
        "request_headers": headers,
        "request_body": String::from_utf8_lossy(&exchange.request_body),
        "status": exchange.status,
        "response_body": String::from_utf8_lossy(&exchange.response_body),
    })
}

pub(super) async fn clear_journal(State(zoom): State<Arc<Zoom>>) -> Response {
    zoom.clear_journal();
    StatusCode::NO_CONTENT.into_response()
}

/// How far the clock moves.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    advance_s: i64,
}

pub(super) async fn clock(State(zoom): State<Arc<Zoom>>) -> Response {
    ok(&json!({ "now": zoom.clock.now().to_string() }))
}

pub(super) async fn advance_clock(State(zoom): State<Arc<Zoom>>, body: Bytes) -> Reply {
    let change: ClockChange = read(&body)?;
    let now = zoom
        .clock
        .advance(SignedDuration::from_secs(change.advance_s))
        .map_err(|error| ControlRefusal::invalid("advance_s", error.to_string()))?;
    Ok(ok(&json!({ "now": now.to_string() })))
}

pub(super) async fn unknown_path() -> ControlRefusal {
    ControlRefusal {
        status: StatusCode::NOT_FOUND,
        field: None,
        message: "no such path in the control API; the README lists them".to_owned(),
    }
}

pub(super) async fn unknown_method() -> ControlRefusal {
    ControlRefusal {
        status: StatusCode::METHOD_NOT_ALLOWED,
        field: None,
        message: "this path of the control API does not take this method; the README lists them"
            .to_owned(),
    }
}
