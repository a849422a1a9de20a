//! The server as a whole.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde::Serialize;

use crate::account::{Choice, Choices};
use crate::server::Zoom;

/// Where to begin.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Index {
    name: &'static str,
    version: &'static str,
    /// The path of the description of all others.
    openapi: &'static str,
}

/// What this is, and where it is described.
#[utoipa::path(get, path = "/", responses((status = 200, body = Index)))]
pub(super) async fn index() -> Json<Index> {
    Json(Index {
        name: "zoom-mock control API",
        version: env!("CARGO_PKG_VERSION"),
        openapi: "/_mock/openapi.json",
    })
}

/// How the server is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
    accounts: usize,
}

/// Whether the server is well.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Health)))]
pub(super) async fn health(State(zoom): State<Arc<Zoom>>) -> Json<Health> {
    Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        accounts: zoom.accounts().len(),
    })
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, body = Object)))]
pub(super) async fn openapi() -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        super::description(),
    )
        .into_response()
}

/// What the server does where Zoom's documents are silent; each is a key under `choices` in the settings.
#[utoipa::path(get, path = "/choices", responses((status = 200, body = [Choice])))]
pub(super) async fn choices() -> Json<&'static [Choice]> {
    Json(Choices::DOCUMENTATION)
}

/// Forgets the users, groups, addresses and journals of all accounts; settings, apps, tokens and owners
/// stay.
#[utoipa::path(post, path = "/reset", responses((status = 204)))]
pub(super) async fn reset(State(zoom): State<Arc<Zoom>>) -> StatusCode {
    zoom.reset();
    StatusCode::NO_CONTENT
}
