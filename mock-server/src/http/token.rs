//! `POST /oauth/token`.

use serde::Serialize;

use super::ZoomRequest;
use super::answer::Answer;
use super::error::{Context, ZoomError};
use crate::account::{Account, AccountSpec, Choices, ControlError, JsonTokenRequest, TokenSpec};
use crate::oauth::{Sources, TokenError, TokenRequest, basic};
use crate::operation::Operation;
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

/// Answers, and tells whose request it was.
pub(super) fn issue(
    zoom: &Zoom,
    request: &ZoomRequest<'_>,
    tenant: Option<&str>,
) -> (Answer, Option<Account>) {
    let (client_id, secret) = request.authorization().and_then(basic).unwrap_or_default();
    let account = match tenant {
        None => zoom.account_of_client(&client_id),
        Some(tenant) => match of_tenant(zoom, tenant, &client_id, &secret) {
            Ok(account) => account,
            Err(error) => return (refused(&error, None), None),
        },
    };
    let Some(account) = account else {
        let error = match tenant {
            None => TokenError::InvalidClient.into(),
            Some(tenant) => ZoomError::NoAccount(tenant.to_owned()),
        };
        return (refused(&error, None), None);
    };
    let answer = issue_for(&account, request, &client_id, &secret)
        .unwrap_or_else(|error| refused(&error, Some(account.settings().choices)));
    (answer, Some(account))
}

/// The account that the path names. Where the server allows it, one that is not there is made, with the
/// credentials that it is first asked with: whoever configures a hosted identity provider chooses them.
fn of_tenant(
    zoom: &Zoom,
    tenant: &str,
    client_id: &str,
    secret: &str,
) -> Result<Option<Account>, ZoomError> {
    let known = zoom.account(tenant);
    if known.is_some() || !zoom.makes_tenants || client_id.is_empty() || secret.is_empty() {
        return Ok(known);
    }
    let spec = AccountSpec {
        account_id: Some(tenant.to_owned()),
        client_id: Some(client_id.to_owned()),
        client_secret: Some(secret.to_owned()),
        ..AccountSpec::default()
    };
    match zoom.create_account(spec) {
        Ok(account) => Ok(Some(account)),
        // Another request has made it in between.
        Err(ControlError::Taken {
            field: "account_id",
            ..
        }) => Ok(zoom.account(tenant)),
        // The client id belongs to another account.
        Err(_) => Err(TokenError::InvalidClient.into()),
    }
}

fn issue_for(
    account: &Account,
    request: &ZoomRequest<'_>,
    client_id: &str,
    secret: &str,
) -> Result<Answer, ZoomError> {
    let state = account.state();
    let reads_json = state.settings.choices.json_token_request == JsonTokenRequest::Read;
    let is_form = request.is_of_type("application/x-www-form-urlencoded");
    let is_json = reads_json && request.is_of_type("application/json");
    let sources = Sources {
        query: request.uri.query(),
        form: is_form.then_some(&request.body[..]),
        json: is_json.then_some(&request.body[..]),
    };
    TokenRequest::read(sources).check(account.id(), state.apps.get(client_id), secret)?;
    drop(state);
    let spec = TokenSpec {
        client_id: Some(client_id.to_owned()),
        ..TokenSpec::default()
    };
    // The app was there a moment ago; where it is gone since, its credentials are wrong.
    let issued = account
        .issue(&spec)
        .map_err(|_| TokenError::InvalidClient)?;
    let body = Issued {
        access_token: &issued.token,
        token_type: "bearer",
        expires_in: issued.expires_in_s,
        scope: issued.scopes.join(" "),
        api_url: "https://api.zoom.us",
    };
    Ok(Answer::json(
        200,
        serde_json::to_vec(&body).unwrap_or_default(),
    ))
}

fn refused(error: &ZoomError, choices: Option<Choices>) -> Answer {
    error.answer(Context {
        operation: Some(Operation::IssueToken),
        choices: choices.unwrap_or_default(),
    })
}
