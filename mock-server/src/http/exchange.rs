//! One exchange with Zoom's side: reads the request completely, answers it, and records both.

use std::time::Duration;

use axum::BoxError;
use axum::body::Body as AnswerBody;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::request::Parts;
use http::{Request, Version};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body;

use super::arrival::{Arrival, Noted, arrive};
use super::error::ZoomError;
use super::gate::{Decided, decide};
use super::hit::{Delivery, Hit};
use super::redact::{headers, hide, redact};
use super::route::{Target, find};
use super::{MAX_BODY_BYTES, ZoomRequest, is_too_long};
use crate::account::Account;
use crate::fault::Phase;
use crate::journal::{Exchange, Redaction};
use crate::operation::Operation;
use crate::server::{Ending, MAX_HOLD, Outgoing, Wire, Zoom};

/// No answer: the connection ends instead.
#[derive(Debug, thiserror::Error)]
#[error("a fault ends the exchange without an answer")]
pub(crate) struct Cut;

/// Answers whatever is not the control API's.
pub(crate) async fn answer<B>(
    zoom: &Zoom,
    request: Request<B>,
    wire: &Wire,
) -> Result<Response, Cut>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (parts, body) = request.into_parts();
    let body = match is_too_long(&parts.uri) {
        true => Err(ZoomError::UriTooLong),
        false => read(body, zoom.timeouts.body).await,
    };
    let body = match body {
        Ok(body) => body,
        Err(error) => {
            let operation = match find(&parts.method, parts.uri.path()).target {
                Target::Operation(operation, _) => Some(operation),
                Target::UnknownMethod(_) | Target::UnknownPath => None,
            };
            let error = match (error, operation) {
                // What is larger than any body has more characters than Zoom takes here: it has more than
                // twice as many bytes as they can have.
                (ZoomError::BodyTooLarge, Some(Operation::PatchGroup)) => ZoomError::PatchTooLong,
                (error, _) => error,
            };
            let mut decided = Decided::early(zoom, &error, operation);
            decided.answer.closes = true;
            let id = record(zoom, &parts, &Bytes::new(), &decided, Noted::default());
            return Ok(decided.answer.into_response(id));
        }
    };
    let request = ZoomRequest {
        method: &parts.method,
        uri: &parts.uri,
        headers: &parts.headers,
        body: &body,
    };
    let mut arrival = arrive(zoom, &request);
    let hit = arrival.hit.clone();
    wait(hit.as_ref(), Phase::Before).await;
    let noted = std::mem::take(&mut arrival.noted);
    let decided = decided(zoom, &request, arrival);
    let id = record(zoom, &parts, &body, &decided, noted);
    wait(hit.as_ref(), Phase::After).await;
    let Decided {
        answer, delivery, ..
    } = decided;
    match delivery {
        Delivery::Whole => Ok(answer.into_response(id)),
        Delivery::Silence => {
            tokio::time::sleep(MAX_HOLD).await;
            Err(Cut)
        }
        Delivery::End { with_reset } => {
            wire.kill(with_reset);
            Err(Cut)
        }
        Delivery::Planned(plan) if parts.version == Version::HTTP_2 => {
            let body = answer.body.clone();
            let response = answer.into_response(id);
            Ok(response.map(|_| cut_stream(&body, plan)))
        }
        Delivery::Planned(plan) => {
            wire.plan(plan);
            Ok(answer.into_response(id))
        }
    }
}

/// Kept apart so that nothing of it is held over a wait.
fn decided(zoom: &Zoom, request: &ZoomRequest<'_>, arrival: Arrival) -> Decided {
    decide(zoom, request, arrival)
}

/// Waits as a fault has it in one of its phases.
async fn wait(hit: Option<&Hit>, phase: Phase) {
    if let Some(delay) = hit.filter(|hit| hit.is(phase)).and_then(Hit::delay) {
        tokio::time::sleep(delay).await;
    }
}

/// HTTP/2 frames its bodies: there an answer that is cut is a stream that is reset.
fn cut_stream(body: &Bytes, plan: Outgoing) -> AnswerBody {
    let some = body.slice(..plan.body_bytes.min(body.len()));
    let whole = some.len() == body.len() && plan.ending == Ending::Nothing;
    let rest: Vec<Result<Bytes, Cut>> = if whole {
        vec![Ok(some)]
    } else {
        vec![Ok(some), Err(Cut)]
    };
    AnswerBody::from_stream(stream::iter(rest))
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

/// Records an exchange, and gives its number.
fn record(zoom: &Zoom, parts: &Parts, body: &Bytes, decided: &Decided, noted: Noted) -> u64 {
    let whose = &decided.whose;
    let account = whose.account.as_ref();
    let mut exchange = Exchange {
        seq: 0,
        at: decided.at,
        account: account.map(Account::shared_id),
        operation: decided.operation,
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        request_headers: headers(&parts.headers, whose.bearer.as_deref()),
        // A copy: the body is a part of the connection's buffer, which is larger than what is counted here.
        request_body: Bytes::copy_from_slice(body),
        status: decided.answer.status,
        response_body: decided.answer.body.clone(),
        client_id: whose.client_id.clone(),
        retry_after: decided.answer.told_wait(),
        rate_limit: decided.answer.standing.map(|standing| standing.to_string()),
        fault: decided.fault.clone().map(Box::new),
        passed_over: noted.passed_over,
        run: noted.run,
        scope: decided.answer.scope,
    };
    if account.is_none() {
        // Where nobody is known, what is sent may be anybody's.
        for secrets in zoom.secrets() {
            hide(&mut exchange, &secrets);
        }
    }
    let redaction = Redaction {
        secrets: decided.secrets.clone(),
        take_out: redact,
    };
    account
        .map_or(&*zoom.unclaimed, Account::journal)
        .record(exchange, redaction)
}
