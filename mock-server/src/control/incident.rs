//! All that the server is, in one document.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::incident::Incident;
use crate::server::Zoom;

/// All that the server is: accounts with credentials, users and groups, fault rules with their counters, runs,
/// clock and journal. `zoom-mock serve --incident FILE` starts from it. Tokens are no part of it. What is under way
/// meanwhile may be in it by half.
#[utoipa::path(get, path = "/incident", responses((status = 200, body = Object)))]
pub(super) async fn save(State(zoom): State<Arc<Zoom>>) -> Json<Incident> {
    Json(zoom.incident())
}
