//! A request as it arrives: what it asks for, whose it is, and which fault hits it.

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::ZoomRequest;
use super::error::ZoomError;
use super::hit::Hit;
use super::route::{Prefixes, Route, Target, find};
use super::{magic, token};
use crate::account::Account;
use crate::fault::{Decision, Facts, Magic, PassedOver, Subject};
use crate::oauth::Bearer;
use crate::operation::Operation;
use crate::scenario::Scenario;
use crate::scim::filter::{self, UserFilter};
use crate::scim::page::{PageRequest, Paging};
use crate::server::Zoom;

/// The header that says to which run a request belongs.
const RUN: &str = "x-zoom-mock-run";

/// A request that has arrived.
pub(super) struct Arrival {
    pub(super) target: Target,
    pub(super) prefixes: Prefixes,
    /// Whose it is, or why nobody's.
    pub(super) whose: Result<Whose, ZoomError>,
    /// The scenario that is played to it.
    pub(super) scenario: Option<&'static Scenario>,
    pub(super) hit: Option<Hit>,
    pub(super) noted: Noted,
    /// The address that the request is about, as far as a fault asked.
    pub(super) user_name: String,
    /// When, on the account's clock; the server's where there is no account.
    pub(super) at: Timestamp,
}

/// What the journal wants to know of an arrival beside whose it is.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// The run that it says it belongs to.
    pub(super) run: Option<u64>,
    pub(super) passed_over: Vec<(Arc<str>, PassedOver)>,
}

/// Whose a request is, as far as it tells.
#[derive(Debug, Default)]
pub(super) struct Whose {
    pub(super) account: Option<Account>,
    /// The client id that it names, or that its token was issued to.
    pub(super) client_id: Option<Arc<str>>,
    /// The token that it carries, where it is one of ours.
    pub(super) bearer: Option<Arc<Bearer>>,
}

/// Finds out about a request.
pub(super) fn arrive(zoom: &Zoom, request: &ZoomRequest<'_>) -> Arrival {
    let Route { prefixes, target } = find(request.method, request.uri.path());
    let mut arrival = Arrival {
        target,
        prefixes,
        whose: Ok(Whose::default()),
        scenario: None,
        hit: None,
        noted: Noted::default(),
        user_name: String::new(),
        at: Timestamp::UNIX_EPOCH,
    };
    let header = request.headers.get(RUN);
    let header = header.and_then(|run| run.to_str().ok());
    // Runs are numbered, and nothing else is kept of what a client sends here.
    arrival.noted.run = arrival
        .prefixes
        .run
        .as_deref()
        .or(header)
        .and_then(|run| run.parse().ok());
    let Target::Operation(operation, ref id) = arrival.target else {
        // Nothing is there; whose journal it belongs into is told by the token all the same.
        let whose = of_bearer(zoom, request, &arrival.prefixes).0;
        arrival.whose = Ok(whose.unwrap_or_default());
        arrival.at = time(zoom, None);
        return arrival;
    };
    let (mut whose, mut scenario) = match operation {
        Operation::IssueToken => token::whose(zoom, request, &arrival.prefixes),
        _ => of_bearer(zoom, request, &arrival.prefixes),
    };
    let named = arrival.prefixes.scenario.as_deref();
    let named = named.filter(|_| zoom.magic);
    if let Some(why) = named.and_then(magic::refusal) {
        whose = Err(ZoomError::Magic(why));
    }
    scenario = scenario.or(named.and_then(Scenario::find));
    let account = whose.as_ref().ok().and_then(|whose| whose.account.as_ref());
    arrival.at = time(zoom, account);
    let may_be_magic = zoom.magic
        && operation != Operation::IssueToken
        && (account.is_some_and(Account::has_magic_users) || magic::may_be_in(request));
    // Most servers have no fault, and most requests nothing magic: then there is nothing to find out.
    let may_be_hit = may_be_magic || scenario.is_some() || zoom.faults.is_any();
    if let Ok(whose) = &whose
        && let Some(account) = whose.account.as_ref().filter(|_| may_be_hit)
    {
        let find_subject = || subject(account, operation, id, request);
        let facts = Facts {
            operation,
            account: account.id(),
            client_id: whose.client_id.as_deref().unwrap_or_default(),
            headers: request.headers,
            run: arrival.prefixes.run.as_deref().or(header),
            now: arrival.at,
            server_now: zoom.common.clock.now(),
            subject: OnceCell::new(),
            find_subject: &find_subject,
        };
        if may_be_magic {
            let named = facts.subject().user_name.as_deref();
            let named = named.and_then(magic::of_address);
            if named.is_some() {
                account.note_magic_user();
            }
            scenario = named.or(scenario);
        }
        let played = scenario.map(|scenario| Magic {
            name: scenario.name,
            rules: scenario.magic_rules(),
        });
        let (decision, chosen) = zoom.faults.decide(&facts, played);
        let Decision { fired, passed_over } = decision;
        arrival.noted.passed_over = passed_over;
        if let Some(fired) = fired {
            arrival.user_name = facts.subject().user_name.clone().unwrap_or_default();
            arrival.hit = Some(Hit { fired, chosen });
        }
    }
    arrival.whose = whose;
    arrival.scenario = scenario;
    arrival
}

/// Whose a request with a bearer token is. A token leads nowhere but into its own account.
fn of_bearer(
    zoom: &Zoom,
    request: &ZoomRequest<'_>,
    prefixes: &Prefixes,
) -> (Result<Whose, ZoomError>, Option<&'static Scenario>) {
    let tenant = match prefixes.tenant.as_deref() {
        None => None,
        Some(tenant) => match zoom.account(tenant) {
            Some(account) => Some(account),
            None => return (Err(ZoomError::NoAccount(tenant.to_owned())), None),
        },
    };
    let bearer = zoom.common.tokens.find(request.authorization());
    let bearer = bearer.filter(|bearer| {
        let into = tenant.as_ref();
        into.is_none_or(|tenant| bearer.account.id() == tenant.id())
    });
    let account = bearer.as_ref().map(|bearer| bearer.account.clone());
    let scenario = bearer.as_ref().and_then(|bearer| bearer.scenario);
    let whose = Whose {
        account: account.or(tenant),
        client_id: bearer.as_ref().map(|bearer| Arc::clone(&bearer.client_id)),
        bearer,
    };
    (
        Ok(whose),
        scenario.filter(|_| zoom.magic).and_then(Scenario::find),
    )
}

/// Whom a request is about.
pub(super) fn subject(
    account: &Account,
    operation: Operation,
    id: &str,
    request: &ZoomRequest<'_>,
) -> Subject {
    let of_id = |id: &str| {
        let state = account.state();
        let stored = state.roster.users.get(id);
        Subject {
            user_name: stored.map(|stored| stored.user.user_name.to_string()),
            id: Some(id.to_owned()),
        }
    };
    let of_name = |name: &str| {
        let state = account.state();
        let stored = state.roster.users.by_name(name);
        Subject {
            user_name: Some(name.to_owned()),
            id: stored.map(|stored| stored.user.id.to_string()),
        }
    };
    match operation {
        Operation::GetUser
        | Operation::UpdateUser
        | Operation::PatchUser
        | Operation::DeleteUser => of_id(id),
        Operation::RestGetUser if id.contains('@') => of_name(id),
        Operation::RestGetUser => of_id(id),
        Operation::CreateUser => {
            let body: Value = serde_json::from_slice(request.body).unwrap_or_default();
            let name = body.get("userName").and_then(Value::as_str);
            name.map(of_name).unwrap_or_default()
        }
        Operation::ListUsers => {
            let paging = Paging {
                default_count: 1,
                page_cap: 1,
                strict: false,
            };
            let filter = PageRequest::read(request.uri.query(), paging)
                .ok()
                .and_then(|page| page.filter);
            match filter.as_deref().map(filter::users) {
                Some(Ok(UserFilter::UserName(name))) => of_name(&name),
                Some(Ok(UserFilter::ExternalId(id))) => of_id(&id),
                _ => Subject::default(),
            }
        }
        Operation::IssueToken
        | Operation::ListGroups
        | Operation::CreateGroup
        | Operation::GetGroup
        | Operation::PatchGroup
        | Operation::DeleteGroup
        | Operation::RestListUsers
        | Operation::RestListManagedDomains => Subject::default(),
    }
}

/// The time of whatever account there is, or the server's.
pub(super) fn time(zoom: &Zoom, account: Option<&Account>) -> Timestamp {
    account.map_or_else(|| zoom.common.clock.now(), |account| account.clock().now())
}
