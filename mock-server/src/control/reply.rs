//! Replies and refusals of the control API.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

use crate::account::{AppError, ControlError, GroupError, UserError};

/// Why the control API refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    field: Option<String>,
    message: String,
}

/// The body of a refusal.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ErrorBody {
    error: ErrorText,
}

/// What happened, where, and what to do next.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ErrorText {
    message: String,
    /// The field, header or part of the query that is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, field: Option<&str>, message: impl Into<String>) -> Self {
        Self {
            status,
            field: field.and_then(known_place),
            message: message.into(),
        }
    }

    pub(super) fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some(field), message)
    }
}

/// A place in JSON as far as it is known: where a text breaks off, its last part is a question mark.
fn known_place(path: &str) -> Option<String> {
    let known = path.trim_end_matches(['.', '?']);
    (!known.is_empty()).then(|| known.to_owned())
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = ErrorText {
            message: self.message,
            field: self.field,
        };
        (self.status, Json(ErrorBody { error })).into_response()
    }
}

impl From<ControlError> for Refusal {
    fn from(error: ControlError) -> Self {
        let message = error.to_string();
        let (status, field) = match &error {
            ControlError::Taken { field, .. } => (StatusCode::CONFLICT, *field),
            ControlError::NoAccount(_) => (StatusCode::NOT_FOUND, "account"),
            ControlError::NoSnapshot(_) => (StatusCode::NOT_FOUND, "name"),
            ControlError::TooManyAccounts(_) | ControlError::TooManySnapshots(_) => {
                (StatusCode::CONFLICT, "")
            }
            ControlError::Invalid { field, .. } => (StatusCode::BAD_REQUEST, field.as_str()),
            ControlError::User(error) => user(error),
            ControlError::Group(error) => group(error),
            ControlError::App(error) => return error.clone().into(),
        };
        Self::new(status, Some(field), message)
    }
}

fn user(error: &UserError) -> (StatusCode, &'static str) {
    match error {
        UserError::NotFound => (StatusCode::NOT_FOUND, "id"),
        UserError::TakenOnCreate(_) | UserError::TakenOnUpdate(_) => {
            (StatusCode::CONFLICT, "userName")
        }
        UserError::InvalidUserName => (StatusCode::BAD_REQUEST, "userName"),
        UserError::InvalidEmail => (StatusCode::BAD_REQUEST, "emails"),
        UserError::InvalidAttribute(name) => (StatusCode::BAD_REQUEST, name),
        UserError::InvalidPlan(_) => (StatusCode::BAD_REQUEST, "zoomUnited"),
        UserError::TooMany => (StatusCode::CONFLICT, ""),
        UserError::UnassociatedDomain
        | UserError::Inactive
        | UserError::ForceInactive
        | UserError::Protected
        | UserError::ProtectedFromDelete
        | UserError::ProtectedEmail
        | UserError::RoomToFree
        | UserError::BothWhiteboards
        | UserError::NoPaidSeats
        | UserError::NoBasicSeats
        | UserError::NoPlanSeats(_) => (StatusCode::CONFLICT, ""),
    }
}

fn group(error: &GroupError) -> (StatusCode, &'static str) {
    match error {
        GroupError::NotFound => (StatusCode::NOT_FOUND, "id"),
        GroupError::InvalidName => (StatusCode::BAD_REQUEST, "displayName"),
        GroupError::Exists(_) => (StatusCode::CONFLICT, "displayName"),
        GroupError::UnknownMember => (StatusCode::BAD_REQUEST, "members"),
        GroupError::Default | GroupError::TooMany => (StatusCode::CONFLICT, ""),
    }
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        let message = error.to_string();
        match error {
            AppError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, Some("client_id"), message),
            AppError::Incomplete(missing) | AppError::Needed(missing) => {
                Self::new(StatusCode::CONFLICT, missing.first().copied(), message)
            }
            AppError::Invalid { field, .. } => Self::invalid(field, message),
            AppError::TooMany => Self::new(StatusCode::CONFLICT, None, message),
        }
    }
}

/// What a handler gives.
pub(super) type Reply<T> = Result<T, Refusal>;

/// 201 with what was made.
pub(super) fn created<T>(body: T) -> (StatusCode, Json<T>) {
    (StatusCode::CREATED, Json(body))
}

/// The answer to a request whose path and query are too long to be looked at.
pub(crate) fn uri_too_long() -> Response {
    let message = "the path with its query is too long";
    Refusal::new(StatusCode::URI_TOO_LONG, None, message).into_response()
}

pub(super) async fn unknown_path() -> Refusal {
    let message = "no such path in the control API; GET /_mock/openapi.json lists them";
    Refusal::new(StatusCode::NOT_FOUND, None, message)
}

pub(super) async fn unknown_method() -> Refusal {
    let message = "this path of the control API does not take this method; GET /_mock/openapi.json lists \
                   which it takes";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, None, message)
}
