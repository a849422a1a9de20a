//! The SCIM2 user operations: bearer and scope first, then the body, then the account's rules.

use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, Uri, header};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::answer::{ZoomError, json};
use super::evidence::{About, about};
use crate::account::{Account, UserError};
use crate::oauth::{Operation, missing_scopes};
use crate::scim::filter::Filter;
use crate::scim::page::{PageRequest, list_response};
use crate::scim::{patch as scim_patch, resource};
use crate::server::Zoom;

pub(super) async fn list(
    State(zoom): State<Arc<Zoom>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    serve(&zoom, Operation::ListUsers, &headers, |account| {
        let request = PageRequest::read(query.as_deref());
        let filter = request.filter.as_deref().map(Filter::parse).transpose()?;
        let state = account.state();
        let found = match &filter {
            None => {
                let total = state.users.len();
                let page = state
                    .users
                    .starting_at(request.start_index - 1)
                    .take(request.count);
                let items: Vec<Bytes> = page.map(|stored| stored.item.clone()).collect();
                drop(state);
                return Ok(json(
                    200,
                    list_response(total, request.start_index, &items).into(),
                ));
            }
            Some(Filter::UserName(name)) if state.users.is_foreign(name) => {
                return Err(ZoomError::ForeignAddress(name.clone()));
            }
            Some(Filter::UserName(name)) => state.users.by_name(name),
            Some(Filter::ExternalId(id)) => state.users.get(id),
        };
        let found: Vec<Bytes> = found
            .map(|stored| stored.item.clone())
            .into_iter()
            .collect();
        drop(state);
        let shown = found
            .iter()
            .skip(request.start_index - 1)
            .take(request.count)
            .cloned();
        let items: Vec<Bytes> = shown.collect();
        Ok(json(
            200,
            list_response(found.len(), request.start_index, &items).into(),
        ))
    })
}

pub(super) async fn create(
    State(zoom): State<Arc<Zoom>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    serve(&zoom, Operation::CreateUser, &headers, |account| {
        let change = resource::read(&object(&body)?)?;
        let now = zoom.clock.now();
        let mut state = account.state();
        let crate::account::State { users, ids } = &mut *state;
        let stored = users.create(change, ids, now)?;
        Ok(json(201, resource::created(&stored.user)))
    })
}

pub(super) async fn get(State(zoom): State<Arc<Zoom>>, headers: HeaderMap, uri: Uri) -> Response {
    serve(&zoom, Operation::GetUser, &headers, |account| {
        let id = id(&uri)?;
        let state = account.state();
        let stored = state.users.get(&id).ok_or(UserError::NotFound)?;
        Ok(json(200, stored.single.clone()))
    })
}

pub(super) async fn update(
    State(zoom): State<Arc<Zoom>>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    serve(&zoom, Operation::UpdateUser, &headers, |account| {
        let change = resource::read(&object(&body)?)?;
        let stored = account
            .state()
            .users
            .update(&id(&uri)?, change, zoom.clock.now())?;
        Ok(json(200, resource::updated(&stored.user)))
    })
}

pub(super) async fn patch(
    State(zoom): State<Arc<Zoom>>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    serve(&zoom, Operation::PatchUser, &headers, |account| {
        let active = scim_patch::active(&object(&body)?).ok_or(ZoomError::NoActive)?;
        let stored = account
            .state()
            .users
            .set_active(&id(&uri)?, active, zoom.clock.now())?;
        Ok(json(200, resource::updated(&stored.user)))
    })
}

pub(super) async fn delete(State(zoom): State<Arc<Zoom>>, request: Request) -> Response {
    serve(&zoom, Operation::DeleteUser, request.headers(), |account| {
        account.state().users.delete(&id(request.uri())?)?;
        Ok(http::StatusCode::NO_CONTENT.into_response())
    })
}

/// Lets an operation in and tells the journal whose it was.
fn serve(
    zoom: &Zoom,
    operation: Operation,
    headers: &HeaderMap,
    handle: impl FnOnce(&Account) -> Result<Response, ZoomError>,
) -> Response {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let account = zoom.account_of_bearer(authorization);
    let answered = zoom
        .tokens
        .check(authorization, zoom.clock.now())
        .map_err(ZoomError::from)
        .and_then(|bearer| match missing_scopes(operation, &bearer.scopes) {
            Some(missing) => Err(ZoomError::MissingScope(missing)),
            None => Ok(()),
        })
        .and_then(|()| {
            account
                .as_ref()
                .ok_or(ZoomError::Bearer(crate::oauth::BearerError::Invalid))
        })
        .and_then(handle);
    let response = answered.unwrap_or_else(ZoomError::into_response);
    about(
        response,
        About {
            operation: Some(operation),
            account,
        },
    )
}

/// The id in the path, percent-decoded; what is no UTF-8 is nobody's id.
fn id(uri: &Uri) -> Result<String, ZoomError> {
    let segment = uri.path().rsplit('/').next().unwrap_or_default();
    let decoded = percent_decode_str(segment).decode_utf8();
    Ok(decoded.map_err(|_| UserError::NotFound)?.into_owned())
}

/// The body as a JSON object that is not empty.
fn object(body: &Bytes) -> Result<Value, ZoomError> {
    if body.is_empty() {
        return Err(ZoomError::EmptyJson);
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) if map.is_empty() => Err(ZoomError::EmptyJson),
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) | Err(_) => Err(ZoomError::NotJson),
    }
}
