//! Virtual time, of the server and of an account.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::extract::{Fields, Of};
use super::reply::{ErrorBody, Refusal, Reply};
use crate::clock::Clock;
use crate::server::Zoom;

/// What a clock is told: one of the three.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ClockChange {
    /// Move by so many seconds, back where it is negative.
    advance_s: Option<i64>,
    /// Stand still at this instant, such as `2026-01-31T12:00:00Z`, or at `now`.
    freeze: Option<String>,
    /// Go as at the start again.
    reset: Option<bool>,
}

/// What a clock shows.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ClockBody {
    now: String,
}

impl ClockBody {
    fn new(now: Timestamp) -> Json<Self> {
        Json(Self {
            now: now.to_string(),
        })
    }
}

fn change(clock: &Clock, change: ClockChange) -> Reply<Json<ClockBody>> {
    let now = match change {
        ClockChange {
            advance_s: Some(seconds),
            freeze: None,
            reset: None,
        } => clock
            .advance(SignedDuration::from_secs(seconds))
            .map_err(|error| Refusal::invalid("advance_s", error.to_string()))?,
        ClockChange {
            advance_s: None,
            freeze: Some(at),
            reset: None,
        } => match at.as_str() {
            "now" => clock.freeze(None),
            at => clock.freeze(Some(at.parse().map_err(|error: jiff::Error| {
                let message =
                    format!("is `now`, or an instant such as 2026-01-31T12:00:00Z: {error}");
                Refusal::invalid("freeze", message)
            })?)),
        },
        ClockChange {
            advance_s: None,
            freeze: None,
            reset: Some(true),
        } => clock.reset(),
        _ => {
            let message = "a clock takes one of advance_s, freeze, and reset: true";
            return Err(Refusal::invalid("", message));
        }
    };
    Ok(ClockBody::new(now))
}

/// The server's time.
#[utoipa::path(get, path = "/clock", responses((status = 200, body = ClockBody)))]
pub(super) async fn get(State(zoom): State<Arc<Zoom>>) -> Json<ClockBody> {
    ClockBody::new(zoom.common.clock.now())
}

/// Sets the server's clock, with which the accounts' go.
#[utoipa::path(
    put, path = "/clock", request_body = ClockChange,
    responses((status = 200, body = ClockBody), (status = 400, body = ErrorBody)),
)]
pub(super) async fn set(
    State(zoom): State<Arc<Zoom>>,
    Fields(fields): Fields<ClockChange>,
) -> Reply<Json<ClockBody>> {
    change(&zoom.common.clock, fields)
}

/// An account's time.
#[utoipa::path(
    get, path = "/accounts/{account}/clock", params(("account" = String, Path)),
    responses((status = 200, body = ClockBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn get_account(Of(account): Of) -> Json<ClockBody> {
    ClockBody::new(account.clock().now())
}

/// Sets an account's clock alone.
#[utoipa::path(
    put, path = "/accounts/{account}/clock", params(("account" = String, Path)),
    request_body = ClockChange,
    responses((status = 200, body = ClockBody), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn set_account(
    Of(account): Of,
    Fields(fields): Fields<ClockChange>,
) -> Reply<Json<ClockBody>> {
    change(account.clock(), fields)
}
