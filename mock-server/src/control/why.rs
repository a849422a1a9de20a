//! Why a request got what it got.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;

use super::extract::Named;
use super::reply::{ErrorBody, Refusal, Reply};
use crate::server::Zoom;
use crate::why::Why;

/// Which account, credential, scope, limit and rule decided a request, and for each rule that did not fire why
/// not. What was noted at the time is told as noted; other rules are looked at as they are now.
#[utoipa::path(
    get, path = "/requests/{id}/why",
    params(("id" = u64, Path, description = "The number in the answer's header `x-zoom-mock-request-id`")),
    responses((status = 200, body = Why), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn why(State(zoom): State<Arc<Zoom>>, Named(id): Named) -> Reply<Json<Why>> {
    let number = id.parse().map_err(|_| {
        let message = format!("`{id}` is no number, as the header x-zoom-mock-request-id has it");
        Refusal::invalid("id", message)
    })?;
    let why = zoom.why(number);
    Ok(Json(why.map_err(|error| {
        Refusal::new(StatusCode::NOT_FOUND, Some("id"), error.to_string())
    })?))
}
