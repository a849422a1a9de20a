//! Answers, and the one place that chooses a status for an error.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::account::UserError;
use crate::oauth::{BearerError, TokenError};
use crate::scim::error_body;
use crate::scim::filter::Unsupported;
use crate::scim::resource::InvalidAttribute;

/// Everything that Zoom answers with other than what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ZoomError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Bearer(#[from] BearerError),
    #[error("a scope is missing")]
    MissingScope(&'static [&'static str]),
    #[error(transparent)]
    User(#[from] UserError),
    #[error(transparent)]
    Filter(#[from] Unsupported),
    #[error(transparent)]
    Attribute(#[from] InvalidAttribute),
    #[error("the address is somebody else's")]
    ForeignAddress(String),
    #[error("the body is no JSON object")]
    NotJson,
    #[error("the body is empty")]
    EmptyJson,
    #[error("the patch has no active")]
    NoActive,
    #[error("no such path")]
    UnknownPath,
    #[error("no such method")]
    UnknownMethod,
    #[error("the body is too large")]
    BodyTooLarge,
}

/// An error of Zoom's gateway, which stands before SCIM2 and has an envelope of its own.
#[derive(Serialize)]
struct GatewayError<'a> {
    code: u32,
    message: &'a str,
}

/// An error of the token endpoint.
#[derive(Serialize)]
struct OAuthError<'a> {
    reason: &'a str,
    error: &'a str,
}

impl ZoomError {
    /// Status and body, as Zoom's reference and the transcripts of clients have them.
    fn status_and_body(&self) -> (u16, Vec<u8>) {
        match self {
            Self::Token(error) => {
                let reason = error.to_string();
                let body = OAuthError {
                    reason: &reason,
                    error: error.code(),
                };
                (400, serde_json::to_vec(&body).unwrap_or_default())
            }
            Self::Bearer(error) => gateway(401, 124, &error.to_string()),
            Self::MissingScope(scopes) => {
                let scopes = scopes.join(", ");
                gateway(
                    400,
                    4711,
                    &format!("Invalid access token, does not contain scopes:[{scopes}]."),
                )
            }
            Self::User(error) => user_error(error),
            Self::Filter(error) => scim(400, &error.to_string()),
            Self::Attribute(error) => scim(400, &error.to_string()),
            Self::ForeignAddress(address) => scim(
                400,
                &format!("User {address} not exist or not belong to this account."),
            ),
            Self::NotJson => scim(400, "The request body must be in JSON format."),
            Self::EmptyJson => scim(400, "The request JSON must not be empty."),
            Self::NoActive => scim(400, "The request json did not contains valid active field."),
            Self::UnknownPath => gateway(404, 2300, "This API endpoint is not recognized."),
            // Zoom documents neither; the statuses are HTTP's own.
            Self::UnknownMethod => gateway(405, 2300, "This API endpoint is not recognized."),
            Self::BodyTooLarge => scim(413, "The request body is too large."),
        }
    }
}

fn user_error(error: &UserError) -> (u16, Vec<u8>) {
    match error {
        UserError::InvalidUserName => scim(400, "The \"userName\" of the request is invalid."),
        UserError::InvalidEmail => scim(400, "The \"emails\" of the request is invalid."),
        UserError::TakenOnCreate(email) => {
            scim(400, &format!("The email \"{email}\" is already in use."))
        }
        UserError::TakenOnUpdate(email) => {
            scim(409, &format!("Email '{email}' has already been used."))
        }
        UserError::NotFound => scim(404, "User does not exist."),
        UserError::Inactive => scim(400, "User is inactive or locked."),
    }
}

fn scim(status: u16, detail: &str) -> (u16, Vec<u8>) {
    (status, error_body(status, detail))
}

fn gateway(status: u16, code: u32, message: &str) -> (u16, Vec<u8>) {
    (
        status,
        serde_json::to_vec(&GatewayError { code, message }).unwrap_or_default(),
    )
}

impl IntoResponse for ZoomError {
    fn into_response(self) -> Response {
        let (status, body) = self.status_and_body();
        json(status, body.into())
    }
}

/// A JSON answer. Zoom's reference declares `application/json` for every answer.
pub(super) fn json(status: u16, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let media_type = HeaderValue::from_static("application/json;charset=UTF-8");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type);
    response
}

pub(super) async fn unknown_path() -> ZoomError {
    ZoomError::UnknownPath
}

pub(super) async fn unknown_method() -> ZoomError {
    ZoomError::UnknownMethod
}
