//! `POST /oauth/token`.

use serde::Serialize;
use serde_json::Value;

use super::answer::Answer;
use super::arrival::Whose;
use super::error::{Context, ZoomError};
use super::hit::Hit;
use super::route::Prefixes;
use super::{ZoomRequest, magic};
use crate::account::{
    Account, AccountSpec, Choices, ControlError, JsonTokenRequest, Oddity, TokenSpec,
};
use crate::fault::Effect;
use crate::oauth::{Sources, TokenError, TokenRequest, basic};
use crate::operation::Operation;
use crate::scenario::Scenario;
use crate::server::Zoom;

/// How far ahead a token is dated that is not valid yet, in seconds.
const AHEAD_S: i64 = 3600;

/// The answer, in the order of Zoom's keys.
#[derive(Serialize)]
struct Issued<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u32,
    scope: String,
    api_url: &'a str,
}

/// Whose a token request is, and the scenario that one of its credentials names.
pub(super) fn whose(
    zoom: &Zoom,
    request: &ZoomRequest<'_>,
    prefixes: &Prefixes,
) -> (Result<Whose, ZoomError>, Option<&'static Scenario>) {
    let (mut client_id, secret) = credentials(request);
    let scenario = zoom
        .magic
        .then(|| named(request, &client_id, &secret))
        .flatten();
    if let (true, Some(why)) = (zoom.magic, misnamed(request, &client_id, &secret)) {
        return (Err(ZoomError::Magic(why)), None);
    }
    let tenant = prefixes.tenant.as_deref();
    let known = match (tenant, scenario) {
        (None, _) => zoom.account_of_client(&client_id),
        (Some(tenant), Some(_)) => zoom.account(tenant),
        (Some(tenant), None) => match of_tenant(zoom, request, tenant, (&client_id, &secret)) {
            Ok(account) => account,
            Err(error) => return (Err(error), None),
        },
    };
    // Whoever names a scenario in the place of the client id means the account that every server has.
    let account = known.or_else(|| scenario.and_then(|_| zoom.default_account()));
    let Some(account) = account else {
        let error = match tenant {
            None => TokenError::InvalidClient.into(),
            Some(tenant) => ZoomError::NoAccount(tenant.to_owned()),
        };
        return (Err(error), scenario);
    };
    if magic::of_credential(&client_id).is_some() && scenario.is_some() {
        client_id = account.credentials().client_id;
    }
    let whose = Whose {
        account: Some(account),
        client_id: Some(client_id.into()),
        bearer: None,
    };
    (Ok(whose), scenario)
}

/// Client id and secret. A client id has no colon (RFC 7617 section 2), so one that names a scenario stands
/// there in two parts.
fn credentials(request: &ZoomRequest<'_>) -> (String, String) {
    let (client_id, secret) = request.authorization().and_then(basic).unwrap_or_default();
    let whole = secret
        .split_once(':')
        .map(|(name, secret)| (format!("{client_id}:{name}"), secret));
    match whole {
        Some((whole, secret)) if magic::of_credential(&whole).is_some() => {
            (whole, secret.to_owned())
        }
        _ => (client_id, secret),
    }
}

/// The scenario that the client id, the secret or the account id of a token request names.
fn named(request: &ZoomRequest<'_>, client_id: &str, secret: &str) -> Option<&'static Scenario> {
    let of_account = || {
        let asked = TokenRequest::read(sources(request, true));
        magic::of_credential(asked.account_id.as_deref()?)
    };
    magic::of_credential(client_id)
        .or_else(|| magic::of_credential(secret))
        .or_else(of_account)
}

/// Why one of the credentials that is to name a scenario plays none.
fn misnamed(request: &ZoomRequest<'_>, client_id: &str, secret: &str) -> Option<String> {
    // A client id without its colon's other half.
    let parted = match (client_id, secret.split_once(':')) {
        ("mock", Some((name, _))) => magic::refusal(name),
        _ => None,
    };
    let of_account = || {
        let asked = TokenRequest::read(sources(request, true));
        magic::refusal_of_credential(asked.account_id.as_deref()?)
    };
    parted
        .or_else(|| magic::refusal_of_credential(client_id))
        .or_else(|| magic::refusal_of_credential(secret))
        .or_else(of_account)
}

fn sources<'a>(request: &ZoomRequest<'a>, reads_json: bool) -> Sources<'a> {
    let is_form = request.is_of_type("application/x-www-form-urlencoded");
    let is_json = reads_json && request.is_of_type("application/json");
    Sources {
        query: request.uri.query(),
        form: is_form.then_some(&request.body[..]),
        json: is_json.then_some(&request.body[..]),
    }
}

/// Answers.
pub(super) fn answer(
    whose: &Whose,
    request: &ZoomRequest<'_>,
    hit: Option<&Hit>,
    scenario: Option<&'static Scenario>,
) -> Answer {
    let Some(account) = &whose.account else {
        return refused(&TokenError::InvalidClient.into(), None);
    };
    let client_id = whose.client_id.as_deref().unwrap_or_default();
    issue(account, request, client_id, hit, scenario)
        .unwrap_or_else(|error| refused(&error, Some(account.settings().choices)))
}

/// The account that the path names. Where the server allows it, one that is not there is made by a request
/// that is right otherwise, with the credentials that it is first asked with: whoever configures a hosted
/// identity provider chooses them.
fn of_tenant(
    zoom: &Zoom,
    request: &ZoomRequest<'_>,
    tenant: &str,
    (client_id, secret): (&str, &str),
) -> Result<Option<Account>, ZoomError> {
    let known = zoom.account(tenant);
    if known.is_some() || !zoom.makes_tenants {
        return Ok(known);
    }
    if client_id.is_empty() || secret.is_empty() {
        return Err(TokenError::InvalidClient.into());
    }
    let settings = &zoom.tenant_settings;
    let choices = settings.choices;
    let reads_json = choices.json_token_request == JsonTokenRequest::Read;
    TokenRequest::read(sources(request, reads_json)).check_parameters(tenant, choices)?;
    let spec = AccountSpec {
        account_id: Some(tenant.to_owned()),
        client_id: Some(client_id.to_owned()),
        client_secret: Some(secret.to_owned()),
        settings: settings.clone(),
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
        Err(ControlError::Taken { .. }) => Err(TokenError::InvalidClient.into()),
        Err(error) => Err(ZoomError::NoTenant(error.to_string())),
    }
}

fn issue(
    account: &Account,
    request: &ZoomRequest<'_>,
    client_id: &str,
    hit: Option<&Hit>,
    scenario: Option<&'static Scenario>,
) -> Result<Answer, ZoomError> {
    let state = account.state();
    let choices = state.settings.choices;
    let reads_json = choices.json_token_request == JsonTokenRequest::Read;
    let app = state.apps.get(client_id);
    // Credentials that name a scenario stand for the right ones.
    if scenario.is_none() {
        let (_, secret) = credentials(request);
        let asked = TokenRequest::read(sources(request, reads_json));
        asked.check(account.id(), app, &secret, choices)?;
    } else {
        app.ok_or(TokenError::InvalidClient)?;
    }
    let scopes = app.map(|app| app.scopes.clone()).unwrap_or_default();
    drop(state);
    let effect = hit.map(Hit::effect);
    let spec = TokenSpec {
        client_id: Some(client_id.to_owned()),
        scopes: match effect {
            Some(Effect::WithoutScope { scopes: without }) => {
                let left = scopes.into_iter().filter(|scope| !without.contains(scope));
                Some(left.collect())
            }
            _ => None,
        },
        ..TokenSpec::default()
    };
    let oddity = Oddity {
        born_expired: effect == Some(&Effect::BornExpired),
        replaces: effect == Some(&Effect::RevokePrevious),
        unknown: matches!(effect, Some(Effect::ForeignToken | Effect::NotYetValid)),
        ahead_s: if effect == Some(&Effect::NotYetValid) {
            AHEAD_S
        } else {
            0
        },
        scenario: scenario.map(|scenario| scenario.name),
    };
    // The app was there a moment ago; where it is gone since, its credentials are wrong.
    let issued = account
        .issue_odd(&spec, oddity)
        .map_err(|_| TokenError::InvalidClient)?;
    let body = Issued {
        access_token: &issued.token,
        token_type: "bearer",
        expires_in: issued.expires_in_s,
        scope: issued.scopes.join(" "),
        api_url: "https://api.zoom.us",
    };
    let body = serde_json::to_vec(&body).unwrap_or_default();
    Ok(Answer::json(200, odd_body(body, effect)))
}

/// The answer with what a fault makes odd about it.
fn odd_body(body: Vec<u8>, effect: Option<&Effect>) -> Vec<u8> {
    let (key, value) = match effect {
        Some(Effect::NoAccessToken) => ("access_token", None),
        Some(Effect::OddTokenType { value }) => ("token_type", Some(value.as_str().into())),
        Some(Effect::ExpiresIn { value: Value::Null }) => ("expires_in", None),
        Some(Effect::ExpiresIn { value }) => ("expires_in", Some(value.clone())),
        _ => return body,
    };
    let Ok(Value::Object(mut map)) = serde_json::from_slice(&body) else {
        return body;
    };
    match value {
        None => map.remove(key),
        Some(value) => map.insert(key.to_owned(), value),
    };
    serde_json::to_vec(&map).unwrap_or(body)
}

fn refused(error: &ZoomError, choices: Option<Choices>) -> Answer {
    error.answer(Context {
        operation: Some(Operation::IssueToken),
        choices: choices.unwrap_or_default(),
    })
}
