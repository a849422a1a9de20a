//! `POST /oauth/token`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, header};
use serde::Serialize;

use super::answer::{ZoomError, json};
use super::evidence::{About, about};
use crate::oauth::{Operation, TokenError, TokenRequest, basic};
use crate::server::Zoom;

/// The answer, in the order of Zoom's keys.
#[derive(Serialize)]
struct Issued<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u32,
    scope: String,
    api_url: &'a str,
}

pub(super) async fn issue(
    State(zoom): State<Arc<Zoom>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (client_id, secret) = authorization.and_then(basic).unwrap_or_default();
    let account = zoom.account_of_client(&client_id);
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .to_ascii_lowercase()
                .starts_with("application/x-www-form-urlencoded")
        });
    let request = TokenRequest::read(query.as_deref(), is_form.then_some(&body[..]));
    let issued = request
        .check(
            account.as_ref().map(crate::account::Account::client),
            &secret,
        )
        .and_then(|()| account.as_ref().ok_or(TokenError::InvalidClient))
        .and_then(|account| zoom.issue_token(account).ok_or(TokenError::InvalidAccount));
    let response = match (&account, issued) {
        (Some(account), Ok(token)) => {
            let client = account.client();
            let issued = Issued {
                access_token: &token,
                token_type: "bearer",
                expires_in: client.token_expires_in_s,
                scope: client.scopes.join(" "),
                api_url: "https://api.zoom.us",
            };
            json(200, serde_json::to_vec(&issued).unwrap_or_default().into())
        }
        (_, Ok(_)) => about_error(TokenError::InvalidClient),
        (_, Err(error)) => about_error(error),
    };
    about(
        response,
        About {
            operation: Some(Operation::IssueToken),
            account,
        },
    )
}

fn about_error(error: TokenError) -> Response {
    use axum::response::IntoResponse as _;
    ZoomError::from(error).into_response()
}
