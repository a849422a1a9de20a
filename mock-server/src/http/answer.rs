//! What is sent back.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::account::MediaType;
use crate::journal::ScopeCheck;
use crate::limit::{Exceeded, Standing};

/// By it a client knows that it talks to the stand-in, and asks afterwards why it got what it got.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-zoom-mock-request-id");
const CATEGORY: HeaderName = HeaderName::from_static("x-ratelimit-category");
const TYPE: HeaderName = HeaderName::from_static("x-ratelimit-type");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// An answer of Zoom's side.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
    pub(super) media_type: MediaType,
    /// The content type, where a fault has it otherwise than the media type.
    pub(super) content_type: Option<&'static str>,
    /// Headers that a fault adds.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// How the account stands with its rate limit.
    pub(super) standing: Option<Standing>,
    /// What the token's scopes said.
    pub(super) scope: Option<ScopeCheck>,
    /// Whether the connection is closed after it: what was sent was not read to its end.
    pub(super) closes: bool,
}

impl Answer {
    /// A JSON answer. Zoom's reference declares `application/json` for every answer.
    pub(super) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            body: body.into(),
            media_type: MediaType::Json,
            content_type: None,
            headers: Vec::new(),
            standing: None,
            scope: None,
            closes: false,
        }
    }

    /// A JSON answer of SCIM2's, in the media type that the account has chosen.
    pub(super) fn scim(status: u16, body: impl Into<Bytes>, media_type: MediaType) -> Self {
        Self {
            media_type,
            ..Self::json(status, body)
        }
    }

    /// 204.
    pub(super) fn empty() -> Self {
        Self::json(204, Bytes::new())
    }

    /// The wait that the answer tells of, as the journal has it.
    pub(super) fn told_wait(&self) -> Option<String> {
        let header = self
            .headers
            .iter()
            .find(|(name, _)| *name == header::RETRY_AFTER);
        if let Some((_, value)) = header {
            return Some(String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
        match self.standing?.exceeded? {
            Exceeded::Second { reset_s } => Some(format!("X-RateLimit-Reset {reset_s}")),
            Exceeded::Day { next } => Some(next.to_string()),
        }
    }

    /// The answer on the wire, with the number of its exchange.
    pub(super) fn into_response(self, request_id: u64) -> Response {
        let is_empty = self.status == 204;
        let mut response = Response::new(if is_empty {
            Body::empty()
        } else {
            Body::from(self.body)
        });
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let headers = response.headers_mut();
        if !is_empty {
            let media_type = match self.media_type {
                MediaType::Json => "application/json;charset=UTF-8",
                MediaType::ScimJson => "application/scim+json;charset=UTF-8",
            };
            let media_type = HeaderValue::from_static(self.content_type.unwrap_or(media_type));
            headers.insert(header::CONTENT_TYPE, media_type);
        }
        headers.insert(REQUEST_ID, request_id.into());
        if self.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(standing) = self.standing {
            add_standing(headers, &standing);
        }
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}

/// The headers of Zoom's rate limits.
fn add_standing(headers: &mut HeaderMap, standing: &Standing) {
    let kind = if standing.daily { "Daily-limit" } else { "QPS" };
    headers.insert(
        CATEGORY,
        HeaderValue::from_static(standing.category.as_str()),
    );
    headers.insert(TYPE, HeaderValue::from_static(kind));
    headers.insert(LIMIT, standing.limit.into());
    headers.insert(REMAINING, standing.remaining.into());
    match standing.exceeded {
        Some(Exceeded::Second { reset_s }) => {
            headers.insert(RESET, reset_s.into());
        }
        Some(Exceeded::Day { next }) => {
            if let Ok(value) = HeaderValue::try_from(next.to_string()) {
                headers.insert(header::RETRY_AFTER, value);
            }
        }
        None => {}
    }
}
