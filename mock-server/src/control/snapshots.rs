//! Snapshots of an account by name: users, groups and settings, to come back to.

use axum::Json;
use http::StatusCode;
use serde::Serialize;

use super::extract::{Named, Of};
use super::reply::{ErrorBody, Reply};

/// A snapshot.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SnapshotBody {
    name: String,
    users: usize,
}

/// The snapshots of an account, by name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SnapshotsBody {
    snapshots: Vec<SnapshotBody>,
}

/// All snapshots of an account.
#[utoipa::path(
    get, path = "/accounts/{account}/snapshots", params(("account" = String, Path)),
    responses((status = 200, body = SnapshotsBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn list(Of(account): Of) -> Json<SnapshotsBody> {
    let all = account.snapshots().into_iter();
    let snapshots = all
        .map(|(name, users)| SnapshotBody { name, users })
        .collect();
    Json(SnapshotsBody { snapshots })
}

/// Remembers users, groups and settings under a name, replacing what was remembered under it.
#[utoipa::path(
    put, path = "/accounts/{account}/snapshots/{name}",
    params(("account" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn take(Of(account): Of, Named(name): Named) -> Reply<StatusCode> {
    account.take_snapshot(&name)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a snapshot.
#[utoipa::path(
    delete, path = "/accounts/{account}/snapshots/{name}",
    params(("account" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)),
)]
pub(super) async fn delete(Of(account): Of, Named(name): Named) -> Reply<StatusCode> {
    account.remove_snapshot(&name)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings back what was remembered under a name.
#[utoipa::path(
    post, path = "/accounts/{account}/snapshots/{name}/restore",
    params(("account" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)),
)]
pub(super) async fn restore(Of(account): Of, Named(name): Named) -> Reply<StatusCode> {
    account.restore(&name)?;
    Ok(StatusCode::NO_CONTENT)
}
