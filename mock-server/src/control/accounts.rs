//! Accounts and their settings.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::extract::{Fields, Of};
use super::reply::{ErrorBody, Refusal, Reply, created};
use crate::account::{Account, AccountSpec, ControlError, ScopeReport, Settings};
use crate::server::Zoom;

/// An account, and what a client of it needs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct AccountBody {
    account_id: String,
    client_id: String,
    client_secret: String,
    /// The scopes of the first app.
    scopes: Vec<String>,
    token_expires_in_s: u32,
    token_url: String,
    scim_url: String,
    /// The token endpoint by a path that names the account.
    tenant_token_url: String,
    /// The base of SCIM2 by a path that names the account.
    tenant_scim_url: String,
    users: usize,
}

impl AccountBody {
    fn new(zoom: &Zoom, account: &Account) -> Self {
        let credentials = account.credentials();
        let apps = account.apps();
        let tenant = zoom.urls.tenant_url(account.id());
        Self {
            account_id: credentials.account_id,
            client_id: credentials.client_id,
            client_secret: credentials.client_secret,
            scopes: apps
                .into_iter()
                .next()
                .map(|app| app.scopes)
                .unwrap_or_default(),
            token_expires_in_s: account.settings().token_expires_in_s,
            token_url: zoom.urls.token_url(),
            scim_url: zoom.urls.scim_url(),
            tenant_token_url: format!("{tenant}/oauth/token"),
            tenant_scim_url: format!("{tenant}/scim2"),
            users: account.user_count(),
        }
    }
}

/// The accounts of the server, by id.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct AccountsBody {
    accounts: Vec<AccountBody>,
}

/// All accounts.
#[utoipa::path(get, path = "/accounts", responses((status = 200, body = AccountsBody)))]
pub(super) async fn list(State(zoom): State<Arc<Zoom>>) -> Json<AccountsBody> {
    let accounts = zoom.accounts();
    let accounts = accounts
        .iter()
        .map(|account| AccountBody::new(&zoom, account))
        .collect();
    Json(AccountsBody { accounts })
}

/// Makes an account with an app of its own that is ready to use.
#[utoipa::path(
    post, path = "/accounts", request_body = AccountSpec,
    responses((status = 201, body = AccountBody), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn create(
    State(zoom): State<Arc<Zoom>>,
    Fields(spec): Fields<AccountSpec>,
) -> Reply<(StatusCode, Json<AccountBody>)> {
    let account = zoom.create_account(spec)?;
    Ok(created(AccountBody::new(&zoom, &account)))
}

/// One account.
#[utoipa::path(
    get, path = "/accounts/{account}", params(("account" = String, Path)),
    responses((status = 200, body = AccountBody), (status = 404, body = ErrorBody)),
)]
pub(super) async fn get(State(zoom): State<Arc<Zoom>>, Of(account): Of) -> Json<AccountBody> {
    Json(AccountBody::new(&zoom, &account))
}

/// Removes an account with its apps, tokens and journal.
#[utoipa::path(
    delete, path = "/accounts/{account}", params(("account" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)),
)]
pub(super) async fn delete(State(zoom): State<Arc<Zoom>>, Of(account): Of) -> Reply<StatusCode> {
    if zoom.remove_account(account.id()) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Refusal::from(ControlError::NoAccount(
        account.id().to_owned(),
    )))
}

/// The settings of an account.
#[utoipa::path(
    get, path = "/accounts/{account}/settings", params(("account" = String, Path)),
    responses((status = 200, body = Settings), (status = 404, body = ErrorBody)),
)]
pub(super) async fn settings(Of(account): Of) -> Json<Settings> {
    Json(account.settings())
}

/// Changes settings: what is left out stays, and `null` sets a setting to its default.
#[utoipa::path(
    patch, path = "/accounts/{account}/settings", params(("account" = String, Path)),
    request_body = Settings,
    responses((status = 200, body = Settings), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn change_settings(
    Of(account): Of,
    Fields(change): Fields<Value>,
) -> Reply<Json<Settings>> {
    Ok(Json(account.change_settings(&change)?))
}

/// Forgets the account's users, groups, addresses, counters and journal; settings, apps, tokens and the owner
/// stay.
#[utoipa::path(
    post, path = "/accounts/{account}/reset", params(("account" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)),
)]
pub(super) async fn reset(Of(account): Of) -> StatusCode {
    account.reset();
    StatusCode::NO_CONTENT
}

/// Which scopes were granted, used, missing and unneeded since the account was made or reset.
#[utoipa::path(
    get, path = "/accounts/{account}/scopes", params(("account" = String, Path)),
    responses((status = 200, body = ScopeReport), (status = 404, body = ErrorBody)),
)]
pub(super) async fn scopes(Of(account): Of) -> Json<ScopeReport> {
    Json(account.scope_report())
}
