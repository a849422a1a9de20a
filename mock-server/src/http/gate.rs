//! Who may: bearer, scope, rate limit, Single Sign-On, permission, in this order, and then the operation.

use std::sync::Arc;

use jiff::Timestamp;

use super::answer::Answer;
use super::error::{Context, ZoomError};
use super::reply::Reply;
use super::route::{Route, Target, find};
use super::{Call, ZoomRequest, groups, rest, token, users};
use crate::account::{Account, Choices, State};
use crate::clock::whole_second;
use crate::oauth::{Bearer, BearerError, Secrets};
use crate::operation::Operation;
use crate::server::Zoom;

/// An answer, and what the journal wants to know of it.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) answer: Answer,
    pub(super) operation: Option<Operation>,
    /// Whose request it was, where it told.
    pub(super) account: Option<Account>,
    /// The token that it carried, where that is known.
    pub(super) bearer: Option<Arc<Bearer>>,
    /// When it was decided, on the account's clock.
    pub(super) at: Timestamp,
    /// What the journal must not show.
    pub(super) secrets: Secrets,
}

impl Decided {
    /// An error that is decided before anybody knows whose request it is.
    pub(super) fn early(zoom: &Zoom, error: &ZoomError, operation: Option<Operation>) -> Self {
        let context = Context {
            operation,
            choices: Choices::default(),
        };
        Self {
            answer: error.answer(context),
            operation,
            account: None,
            bearer: None,
            at: zoom.common.clock.now(),
            secrets: Secrets::default(),
        }
    }

    /// As it was decided for an account.
    fn of(self, account: Account) -> Self {
        let secrets = account.state().apps.secrets().clone();
        Self {
            at: account.clock().now(),
            secrets,
            account: Some(account),
            ..self
        }
    }
}

/// Answers a request.
pub(super) fn decide(zoom: &Zoom, request: &ZoomRequest<'_>) -> Decided {
    let Route { tenant, target } = find(request.method, request.uri.path());
    match target {
        Target::UnknownPath => Decided::early(zoom, &ZoomError::UnknownPath, None),
        Target::UnknownMethod => Decided::early(zoom, &ZoomError::UnknownMethod, None),
        Target::Operation(operation @ Operation::IssueToken, _) => {
            let (answer, account) = token::issue(zoom, request, tenant.as_deref());
            let decided = Decided {
                answer,
                operation: Some(operation),
                account: None,
                bearer: None,
                at: zoom.common.clock.now(),
                secrets: Secrets::default(),
            };
            match account {
                Some(account) => decided.of(account),
                None => decided,
            }
        }
        Target::Operation(operation, id) => serve(zoom, request, tenant.as_deref(), operation, &id),
    }
}

/// Lets an operation in.
fn serve(
    zoom: &Zoom,
    request: &ZoomRequest<'_>,
    tenant: Option<&str>,
    operation: Operation,
    id: &str,
) -> Decided {
    if let Some(tenant) = tenant.filter(|tenant| zoom.account(tenant).is_none()) {
        return Decided::early(
            zoom,
            &ZoomError::NoAccount(tenant.to_owned()),
            Some(operation),
        );
    }
    let bearer = zoom.common.tokens.find(request.authorization());
    // A token leads nowhere but into its own account.
    let bearer = bearer.filter(|bearer| tenant.is_none_or(|tenant| bearer.account.id() == tenant));
    let Some(bearer) = bearer else {
        let refused = Decided::early(zoom, &BearerError::Invalid.into(), Some(operation));
        return match tenant.and_then(|tenant| zoom.account(tenant)) {
            Some(account) => refused.of(account),
            None => refused,
        };
    };
    let account = &bearer.account;
    let at = account.clock().now();
    let call = Call {
        operation,
        id,
        query: request.uri.query(),
        body: request.body,
        now: whole_second(at),
        account,
    };
    let mut state = account.state();
    let choices = state.settings.choices;
    let expired = bearer.expires_at <= call.now;
    let allowed = operation
        .allowed_by(bearer.scopes.iter().map(String::as_str))
        .is_some();
    let mut standing = None;
    let answered = if expired {
        Err(BearerError::Expired.into())
    } else if !allowed {
        state.usage.refuse(operation);
        Err(ZoomError::MissingScope)
    } else {
        state.usage.allow(operation);
        let State {
            limiter, settings, ..
        } = &mut *state;
        standing = limiter.count(&settings.rate_limits, operation.category(), call.now);
        match standing {
            Some(standing) if standing.exceeded.is_some() => Err(ZoomError::RateLimited(standing)),
            _ => permitted(&mut state, &call),
        }
    };
    let secrets = state.apps.secrets().clone();
    drop(state);
    let mut answer = match answered {
        Ok(reply) => reply.answer(),
        Err(error) => error.answer(Context {
            operation: Some(operation),
            choices,
        }),
    };
    answer.standing = answer.standing.or(standing);
    Decided {
        answer,
        operation: Some(operation),
        account: Some(account.clone()),
        bearer: Some(bearer),
        at,
        secrets,
    }
}

/// What the account itself asks, and then the operation.
fn permitted(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    if call.operation.is_about_users() && !state.settings.has_sso() {
        return Err(ZoomError::NoSso);
    }
    if let Some(permission) = call.operation.permission()
        && !state.settings.permits(permission)
    {
        return Err(ZoomError::Forbidden(permission));
    }
    match call.operation {
        Operation::IssueToken => Err(ZoomError::UnknownPath),
        Operation::ListUsers => users::list(state, call),
        Operation::CreateUser => users::create(state, call),
        Operation::GetUser => users::get(state, call),
        Operation::UpdateUser => users::update(state, call),
        Operation::PatchUser => users::patch(state, call),
        Operation::DeleteUser => users::delete(state, call),
        Operation::ListGroups => groups::list(state, call),
        Operation::CreateGroup => groups::create(state, call),
        Operation::GetGroup => groups::get(state, call),
        Operation::PatchGroup => groups::patch(state, call),
        Operation::DeleteGroup => groups::delete(state, call),
        Operation::RestListUsers => rest::list_users(state, call),
        Operation::RestGetUser => rest::get_user(state, call),
        Operation::RestListManagedDomains => rest::managed_domains(state, call),
    }
}
