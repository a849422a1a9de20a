//! Tokens without the token endpoint, for whoever tries things with curl.

use axum::Json;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::extract::{Fields, Of};
use super::reply::{ErrorBody, Refusal, Reply, created};
use crate::account::{Account, TokenSpec};

/// A token.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TokenBody {
    access_token: String,
    /// For `curl -H`.
    header: String,
}

/// Makes a token with chosen scopes and lifetime.
#[utoipa::path(
    post, path = "/accounts/{account}/tokens", params(("account" = String, Path)),
    request_body = TokenSpec,
    responses((status = 201, body = TokenBody), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn mint(
    Of(account): Of,
    Fields(spec): Fields<TokenSpec>,
) -> Reply<(StatusCode, Json<TokenBody>)> {
    let token = Account::mint_token(&account, &spec)?;
    Ok(created(TokenBody {
        header: format!("Authorization: Bearer {token}"),
        access_token: token,
    }))
}

/// Makes all tokens of the account invalid.
#[utoipa::path(
    delete, path = "/accounts/{account}/tokens", params(("account" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)),
)]
pub(super) async fn revoke_all(Of(account): Of) -> StatusCode {
    account.revoke_tokens();
    StatusCode::NO_CONTENT
}

/// Which token is not to be accepted any more.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Revoked {
    access_token: String,
}

/// Makes one token invalid.
#[utoipa::path(
    post, path = "/accounts/{account}/tokens/revoke", params(("account" = String, Path)),
    request_body = Revoked,
    responses((status = 204), (status = "4XX", body = ErrorBody)),
)]
pub(super) async fn revoke(Of(account): Of, Fields(revoked): Fields<Revoked>) -> Reply<StatusCode> {
    if account.revoke_token(&revoked.access_token) {
        return Ok(StatusCode::NO_CONTENT);
    }
    let message = "is no token of this account, or was revoked before";
    Err(Refusal::new(
        StatusCode::NOT_FOUND,
        Some("access_token"),
        message,
    ))
}
