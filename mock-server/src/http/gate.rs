//! Who may: bearer, scope, rate limit, Single Sign-On, permission, in this order, and then the operation; with
//! the hand that a fault has in it.

use jiff::Timestamp;

use super::answer::Answer;
use super::arrival::{Arrival, Whose, time};
use super::error::{Context, ZoomError};
use super::hit::{About, Delivery, Hit, Instead};
use super::reply::Reply;
use super::route::Target;
use super::{Call, ZoomRequest, groups, rest, token, users};
use crate::account::{Account, Choices, State};
use crate::clock::whole_second;
use crate::fault::{Effect, Phase};
use crate::journal::{FaultNote, ScopeCheck};
use crate::oauth::{Bearer, BearerError, Secrets};
use crate::operation::Operation;
use crate::server::Zoom;

/// An answer, and what the journal wants to know of it.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) answer: Answer,
    pub(super) operation: Option<Operation>,
    pub(super) whose: Whose,
    /// When it was decided, on the account's clock.
    pub(super) at: Timestamp,
    /// What the journal must not show.
    pub(super) secrets: Secrets,
    pub(super) delivery: Delivery,
    pub(super) fault: Option<FaultNote>,
}

impl Decided {
    fn new(answer: Answer, operation: Option<Operation>, whose: Whose, at: Timestamp) -> Self {
        Self {
            answer,
            operation,
            at,
            secrets: Secrets::default(),
            whose,
            delivery: Delivery::Whole,
            fault: None,
        }
    }

    /// An error that is decided before anybody knows whose request it is.
    pub(super) fn early(zoom: &Zoom, error: &ZoomError, operation: Option<Operation>) -> Self {
        let answer = error.answer(Context {
            operation,
            choices: Choices::default(),
        });
        Self::new(answer, operation, Whose::default(), time(zoom, None))
    }

    /// The same, of whom the token names.
    fn of(self, whose: Result<Whose, ZoomError>) -> Self {
        let whose = whose.unwrap_or_default();
        Self { whose, ..self }.knowing(None)
    }

    /// With the account's secrets, where they are not known yet.
    fn knowing(mut self, secrets: Option<Secrets>) -> Self {
        let of_account = || Some(self.whose.account.as_ref()?.state().apps.secrets().clone());
        self.secrets = secrets.or_else(of_account).unwrap_or_default();
        self
    }
}

/// Answers a request that has arrived.
pub(super) fn decide(zoom: &Zoom, request: &ZoomRequest<'_>, arrival: Arrival) -> Decided {
    let (operation, id) = match arrival.target {
        Target::UnknownPath => {
            return Decided::early(zoom, &ZoomError::UnknownPath, None).of(arrival.whose);
        }
        Target::UnknownMethod(allowed) => {
            return Decided::early(zoom, &ZoomError::UnknownMethod(allowed), None)
                .of(arrival.whose);
        }
        Target::Operation(operation, id) => (operation, id),
    };
    let whose = match arrival.whose {
        Ok(whose) => whose,
        Err(error) => return Decided::early(zoom, &error, Some(operation)),
    };
    let hit = arrival.hit.as_ref();
    // A fault may have had the request wait.
    let now = match hit {
        None => arrival.at,
        Some(_) => time(zoom, whose.account.as_ref()),
    };
    let about = About {
        operation,
        user_name: &arrival.user_name,
        now,
    };
    let mut note = hit.map(Hit::note);
    let instead = hit.and_then(|hit| hit.instead(&about));
    let before = hit.is_some_and(|hit| hit.is(Phase::Before));
    let context = || Context {
        operation: Some(operation),
        choices: choices(whose.account.as_ref()),
    };
    if let (true, Some(instead)) = (before, instead.as_ref()) {
        let (answer, delivery) = in_its_place(instead, context(), None);
        let mut decided = Decided::new(answer, Some(operation), whose, now).knowing(None);
        decided.delivery = delivery;
        decided.fault = note.map(|note| FaultNote {
            lost: delivery != Delivery::Whole,
            ..note
        });
        return decided;
    }
    let (mut answer, secrets) = match (operation, &whose.bearer) {
        (Operation::IssueToken, _) => match limited_token(&whose, hit, now, &mut note) {
            Some(error) => (error.answer(context()), None),
            None => (token::answer(&whose, request, hit, arrival.scenario), None),
        },
        (_, None) => (
            ZoomError::from(BearerError::Invalid).answer(context()),
            None,
        ),
        (_, Some(bearer)) => {
            let asked = Asked {
                operation,
                id: &id,
                now: whole_second(now),
            };
            let (answer, secrets) = serve(bearer, request, asked, hit, &mut note);
            (answer, Some(secrets))
        }
    };
    let mut delivery = Delivery::Whole;
    if let Some(hit) = hit {
        if let Some(instead) = instead.filter(|_| hit.is(Phase::After)) {
            let (applied, scope) = (answer.status, answer.scope);
            (answer, delivery) = in_its_place(&instead, context(), Some(answer));
            answer.scope = scope;
            if let Some(note) = note.as_mut() {
                note.applied = Some(applied);
            }
        } else if hit.is(Phase::Body) {
            delivery = hit.deliver(&mut answer, now);
        }
    }
    let mut decided = Decided::new(answer, Some(operation), whose, now).knowing(secrets);
    decided.delivery = delivery;
    decided.fault = note.map(|note| FaultNote {
        lost: delivery.loses(),
        ..note
    });
    decided
}

fn choices(account: Option<&Account>) -> Choices {
    account
        .map(|account| account.state().settings.choices)
        .unwrap_or_default()
}

/// What goes out in the place of an answer; `answer` is the one that does not, where there is one.
fn in_its_place(instead: &Instead, context: Context, answer: Option<Answer>) -> (Answer, Delivery) {
    let nothing = || answer.unwrap_or_else(|| Answer::json(0, ""));
    match instead {
        Instead::Answer(answer) => (answer.clone(), Delivery::Whole),
        Instead::Error(error) => (error.answer(context), Delivery::Whole),
        Instead::Silence => (nothing(), Delivery::Silence),
        Instead::End { with_reset } => (
            nothing(),
            Delivery::End {
                with_reset: *with_reset,
            },
        ),
    }
}

/// What is asked for, of which id, in whole seconds when.
#[derive(Clone, Copy)]
struct Asked<'a> {
    operation: Operation,
    id: &'a str,
    now: Timestamp,
}

/// Lets an operation in. Gives the account's secrets as well, which are behind the same lock.
fn serve(
    bearer: &Bearer,
    request: &ZoomRequest<'_>,
    asked: Asked<'_>,
    hit: Option<&Hit>,
    note: &mut Option<FaultNote>,
) -> (Answer, Secrets) {
    let account = &bearer.account;
    let Asked { operation, id, now } = asked;
    let call = Call {
        operation,
        id,
        query: request.uri.query(),
        body: request.body,
        now,
        account,
        quirk: hit.map(Hit::effect),
    };
    let mut state = account.state();
    let choices = state.settings.choices;
    let expired = bearer.expires_at <= call.now;
    let scope = (!expired).then(|| operation.check_scopes(&bearer.scopes));
    let mut standing = None;
    let answered = if expired {
        Err(BearerError::Expired.into())
    } else if scope == Some(ScopeCheck::Missing) {
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
            _ => limited(&mut state, operation, hit, call.now, note)
                .map_or_else(|| permitted(&mut state, &call), Err),
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
    answer.scope = scope;
    (answer, secrets)
}

/// The limit of a fault's that is exceeded. One that is not has no part in the exchange.
fn limited(
    state: &mut State,
    operation: Operation,
    hit: Option<&Hit>,
    now: Timestamp,
    note: &mut Option<FaultNote>,
) -> Option<ZoomError> {
    let hit = hit?;
    if !matches!(
        hit.effect(),
        Effect::PerSecond { .. } | Effect::Daily { .. }
    ) {
        return None;
    }
    let counted = state.fault_limiters.entry(hit.fired.rule.clone());
    let refused = hit.limited(counted.or_default(), operation.category(), now);
    if refused.is_none() {
        *note = None;
    }
    refused
}

/// As [`limited`], of a request for a token.
fn limited_token(
    whose: &Whose,
    hit: Option<&Hit>,
    now: Timestamp,
    note: &mut Option<FaultNote>,
) -> Option<ZoomError> {
    let mut state = whose.account.as_ref()?.state();
    limited(&mut state, Operation::IssueToken, hit, now, note)
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
