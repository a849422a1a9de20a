//! What is sent back.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::account::MediaType;
use crate::limit::{Exceeded, Standing};

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
    /// How the account stands with its rate limit.
    pub(super) standing: Option<Standing>,
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
            standing: None,
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

    pub(super) fn into_response(self) -> Response {
        let is_empty = self.status == 204;
        let mut response = Response::new(if is_empty {
            Body::empty()
        } else {
            Body::from(self.body)
        });
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let headers = response.headers_mut();
        if !is_empty {
            let media_type = HeaderValue::from_static(match self.media_type {
                MediaType::Json => "application/json;charset=UTF-8",
                MediaType::ScimJson => "application/scim+json;charset=UTF-8",
            });
            headers.insert(header::CONTENT_TYPE, media_type);
        }
        if self.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(standing) = self.standing {
            add_standing(headers, &standing);
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
