//! The apps of an account.

use axum::Json;
use http::StatusCode;
use serde::Serialize;

use super::extract::{Fields, Named, Of};
use super::reply::{ErrorBody, Reply, created};
use crate::account::{App, AppChange, AppError};

/// The apps of an account, the first one first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct AppsBody {
    apps: Vec<App>,
}

/// All apps of an account.
#[utoipa::path(
    get, path = "/accounts/{account}/apps", params(("account" = String, Path)),
    responses((status = 200, body = AppsBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn list(Of(account): Of) -> Json<AppsBody> {
    Json(AppsBody {
        apps: account.apps(),
    })
}

/// Makes an app with a name: its credentials appear, and it is not active.
#[utoipa::path(
    post, path = "/accounts/{account}/apps", params(("account" = String, Path)),
    request_body = AppChange,
    responses((status = 201, body = App), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn create(
    Of(account): Of,
    Fields(fields): Fields<AppChange>,
) -> Reply<(StatusCode, Json<App>)> {
    Ok(created(account.create_app(fields)?))
}

/// One app.
#[utoipa::path(
    get, path = "/accounts/{account}/apps/{client_id}",
    params(("account" = String, Path), ("client_id" = String, Path)),
    responses((status = 200, body = App), (status = 404, body = ErrorBody)),
)]
pub(super) async fn get(Of(account): Of, Named(client_id): Named) -> Reply<Json<App>> {
    let app = account
        .apps()
        .into_iter()
        .find(|app| app.client_id == client_id);
    Ok(Json(app.ok_or(AppError::NotFound(client_id))?))
}

/// Fills in what is said about an app. Other scopes count for the tokens that are issued from now on.
#[utoipa::path(
    patch, path = "/accounts/{account}/apps/{client_id}",
    params(("account" = String, Path), ("client_id" = String, Path)), request_body = AppChange,
    responses((status = 200, body = App), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn change(
    Of(account): Of,
    Named(client_id): Named,
    Fields(change): Fields<AppChange>,
) -> Reply<Json<App>> {
    Ok(Json(account.change_app(&client_id, change)?))
}

/// Deletes an app with its tokens.
#[utoipa::path(
    delete, path = "/accounts/{account}/apps/{client_id}",
    params(("account" = String, Path), ("client_id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)),
)]
pub(super) async fn delete(Of(account): Of, Named(client_id): Named) -> Reply<StatusCode> {
    account.remove_app(&client_id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Activates an app; refused while description, company, developer or scopes are missing.
#[utoipa::path(
    post, path = "/accounts/{account}/apps/{client_id}/activate",
    params(("account" = String, Path), ("client_id" = String, Path)),
    responses((status = 200, body = App), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn activate(Of(account): Of, Named(client_id): Named) -> Reply<Json<App>> {
    Ok(Json(account.activate_app(&client_id)?))
}

/// Deactivates an app; its tokens are invalid from now on.
#[utoipa::path(
    post, path = "/accounts/{account}/apps/{client_id}/deactivate",
    params(("account" = String, Path), ("client_id" = String, Path)),
    responses((status = 200, body = App), (status = 404, body = ErrorBody)),
)]
pub(super) async fn deactivate(Of(account): Of, Named(client_id): Named) -> Reply<Json<App>> {
    Ok(Json(account.deactivate_app(&client_id)?))
}

/// Gives an app another secret.
#[utoipa::path(
    post, path = "/accounts/{account}/apps/{client_id}/rotate-secret",
    params(("account" = String, Path), ("client_id" = String, Path)),
    responses((status = 200, body = App), (status = 404, body = ErrorBody)),
)]
pub(super) async fn rotate_secret(Of(account): Of, Named(client_id): Named) -> Reply<Json<App>> {
    Ok(Json(account.rotate_secret(&client_id)?))
}
