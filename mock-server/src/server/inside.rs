//! Requests from the same process, which touch no socket: for many thousands of them, and for a time that
//! only passes when everybody waits.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};

use super::MockServer;
use super::wire::{Ending, MAX_HOLD, Outgoing, Wire};
use crate::http::exchange;

/// Why a request from the same process has no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The connection ends before an answer begins.
    #[error("the connection ends without an answer")]
    Ended,
    /// The answer begins, and the connection ends within it.
    #[error("the connection ends within the answer")]
    Cut,
}

impl MockServer {
    /// Answers a request to Zoom's side as a client on an HTTP/1 connection of its own sees it answered, with
    /// all that faults do to it; what HTTP itself adds to an answer (its date, its length) is left out. Waits
    /// are those of the caller's runtime, in whose time this may be a paused one.
    ///
    /// # Errors
    ///
    /// When there is no whole answer.
    pub async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let wire = Wire::default();
        let answered = exchange::answer(&self.zoom, request.map(Full::new), &wire).await;
        let response = answered.map_err(|_| NoAnswer::Ended)?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| NoAnswer::Cut)?.to_bytes();
        let body = match wire.taken() {
            None => body,
            Some(plan) => delivered(body, plan).await?,
        };
        Ok(Response::from_parts(parts, body))
    }
}

/// What of an answer is delivered that goes out as planned.
async fn delivered(body: Bytes, plan: Outgoing) -> Result<Bytes, NoAnswer> {
    if let Some((chunk, interval)) = plan.pace {
        let pieces = u32::try_from(body.len() / chunk.max(1)).unwrap_or(u32::MAX);
        tokio::time::sleep(interval.saturating_mul(pieces).min(MAX_HOLD)).await;
    }
    if plan.ending == Ending::Stall {
        tokio::time::sleep(MAX_HOLD + Duration::from_millis(1)).await;
    }
    if plan.length_lie < 0 {
        // The client takes as much as it was told there is.
        let less = usize::try_from(plan.length_lie.unsigned_abs()).unwrap_or(usize::MAX);
        return Ok(body.slice(..body.len().saturating_sub(less)));
    }
    match plan.cuts {
        true => Err(NoAnswer::Cut),
        false => Ok(body),
    }
}
