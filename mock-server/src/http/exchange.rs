//! One exchange with Zoom's side: reads the request completely, answers it, and records both.

use std::time::Duration;

use axum::BoxError;
use axum::response::Response;
use bytes::Bytes;
use http::Request;
use http::request::Parts;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body;

use super::error::ZoomError;
use super::gate::{Decided, decide};
use super::redact::{headers, redact};
use super::{MAX_BODY_BYTES, ZoomRequest};
use crate::account::Account;
use crate::journal::Exchange;
use crate::server::Zoom;

/// Answers whatever is not the control API's.
pub(crate) async fn answer<B>(zoom: &Zoom, request: Request<B>) -> Response
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (parts, body) = request.into_parts();
    let (body, decided) = match read(body, zoom.timeouts.body).await {
        Ok(body) => {
            let request = ZoomRequest {
                method: &parts.method,
                uri: &parts.uri,
                headers: &parts.headers,
                body: &body,
            };
            let decided = decide(zoom, &request);
            (body, decided)
        }
        Err(error) => (Bytes::new(), Decided::early(zoom, &error, None)),
    };
    record(zoom, &parts, &body, &decided);
    decided.answer.into_response()
}

/// Reads a body that is neither too large nor too slow.
async fn read<B>(body: B, timeout: Duration) -> Result<Bytes, ZoomError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let reading = Limited::new(body, MAX_BODY_BYTES).collect();
    match tokio::time::timeout(timeout, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ZoomError::BodyTooLarge),
        Ok(Err(_)) => Err(ZoomError::BodyBroken),
        Err(_) => Err(ZoomError::BodyTooSlow),
    }
}

fn record(zoom: &Zoom, parts: &Parts, body: &Bytes, decided: &Decided) {
    let account = decided.account.as_ref();
    let mut exchange = Exchange {
        seq: 0,
        at: decided.at,
        account: account.map(Account::shared_id),
        operation: decided.operation,
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        request_headers: headers(&parts.headers, decided.bearer.as_deref()),
        // A copy: the body is a part of the connection's buffer, which is larger than what is counted here.
        request_body: Bytes::copy_from_slice(body),
        status: decided.answer.status,
        response_body: decided.answer.body.clone(),
    };
    redact(&mut exchange, &decided.secrets);
    account
        .map_or(&zoom.unclaimed, Account::journal)
        .record(exchange);
}
