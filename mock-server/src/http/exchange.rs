//! One exchange with Zoom's side: reads the request completely, answers it, and records both.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http_body_util::LengthLimitError;

use super::error::ZoomError;
use super::gate::{Decided, decide};
use super::redact::{headers, redact};
use super::{MAX_BODY_BYTES, ZoomRequest};
use crate::account::Account;
use crate::journal::Exchange;
use crate::server::Zoom;

/// Answers whatever is not the control API's.
pub(crate) async fn answer(State(zoom): State<Arc<Zoom>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (body, decided) = match read(body, zoom.timeouts.body).await {
        Ok(body) => {
            let request = ZoomRequest {
                method: &parts.method,
                uri: &parts.uri,
                headers: &parts.headers,
                body: &body,
            };
            let decided = decide(&zoom, &request);
            (body, decided)
        }
        Err(error) => (Bytes::new(), Decided::early(&error, None)),
    };
    record(&zoom, &parts, body, &decided);
    decided.answer.into_response()
}

/// Reads a body that is neither too large nor too slow.
async fn read(body: Body, timeout: Duration) -> Result<Bytes, ZoomError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    match tokio::time::timeout(timeout, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(error) = cause {
                if error.is::<LengthLimitError>() {
                    return Err(ZoomError::BodyTooLarge);
                }
                cause = error.source();
            }
            Err(ZoomError::BodyBroken)
        }
        Err(_) => Err(ZoomError::BodyTooSlow),
    }
}

fn record(zoom: &Zoom, parts: &Parts, body: Bytes, decided: &Decided) {
    let account = decided.account.as_ref();
    let clock = account.map_or(&*zoom.common.clock, Account::clock);
    let mut exchange = Exchange {
        seq: 0,
        at: clock.now(),
        account: account.map(|account| account.id().to_owned()),
        operation: decided.operation,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        request_headers: headers(&parts.headers, decided.bearer.clone()),
        request_body: body,
        status: decided.answer.status,
        response_body: decided.answer.body.clone(),
    };
    redact(&mut exchange, account);
    account
        .map_or(&zoom.unclaimed, Account::journal)
        .record(exchange);
}
