//! Another way to Zoom than HTTP over sockets: to a stand-in in the same process.

use std::fmt;

use async_trait::async_trait;

use super::transport::{Answer, MAX_ANSWER_BYTES, Unanswered, Why};

/// Carries a request to whoever answers it, and the whole answer back.
#[async_trait]
pub trait Carrier: fmt::Debug + Send + Sync {
    /// Carries one request. How long that may take is for the carrier to say.
    async fn carry(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, NotCarried>;
}

/// Why a carrier brings no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCarried {
    /// No answer came in time.
    #[error("the answer did not come in time")]
    TimedOut,
    /// The way ended before an answer began.
    #[error("the connection ended before the answer")]
    Dropped,
    /// The answer began, and broke off.
    #[error("the answer broke off")]
    Cut,
}

/// Sends a request by a carrier.
pub(super) async fn carry(
    carrier: &dyn Carrier,
    request: reqwest::Request,
) -> Result<Answer, Unanswered> {
    let unsent = |told: &dyn fmt::Display| Unanswered {
        why: Why::NotSent,
        told: told.to_string(),
    };
    let body = request.body().and_then(reqwest::Body::as_bytes);
    let mut carried = http::Request::new(body.unwrap_or_default().to_vec());
    *carried.method_mut() = request.method().clone();
    *carried.uri_mut() = request
        .url()
        .as_str()
        .parse()
        .map_err(|error: http::uri::InvalidUri| unsent(&error))?;
    *carried.headers_mut() = request.headers().clone();
    let response = carrier.carry(carried).await.map_err(|met| Unanswered {
        why: match met {
            NotCarried::TimedOut => Why::TimedOut,
            NotCarried::Dropped => Why::Dropped,
            NotCarried::Cut => Why::Cut,
        },
        told: met.to_string(),
    })?;
    let (parts, body) = response.into_parts();
    if body.len() > MAX_ANSWER_BYTES {
        return Err(Unanswered {
            why: Why::TooLarge,
            told: format!("the answer is larger than {MAX_ANSWER_BYTES} bytes"),
        });
    }
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body,
    })
}
