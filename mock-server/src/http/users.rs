//! SCIM2's operations on users.

use std::sync::Arc;

use bytes::Bytes;

use super::Call;
use super::answer::Answer;
use super::error::ZoomError;
use super::quirk;
use super::reply::Reply;
use crate::account::{
    EmptyResources, ListOrder, Page, PagingOutOfRange, PatchForm, Settings, State, Stored,
};
use crate::scim::filter::{self, UserFilter};
use crate::scim::page::{PageRequest, Paging, list_response};
use crate::scim::render::{self, View};
use crate::scim::{patch as scim_patch, read};

pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let mut page = page(&state.settings, call)?;
    quirk::page(call.quirk, &mut page);
    let (items, total) = match page.filter.as_deref().map(filter::users).transpose()? {
        None => everybody(state, &page, call),
        Some(UserFilter::UserName(name)) if state.roster.is_elsewhere(&name) => {
            return Err(ZoomError::Elsewhere(name));
        }
        Some(UserFilter::UserName(name)) => {
            let found = quirk::found(state, &name, call.now);
            one(state, &page, call, found)
        }
        Some(UserFilter::ExternalId(id)) => {
            let found = quirk::seen(state, &id, call.now).ok();
            one(state, &page, call, found)
        }
    };
    let total = quirk::total(call.quirk, total);
    Ok(listed(&state.settings, &page, total, items))
}

/// A page of everybody, and how many there are.
fn everybody(state: &mut State, page: &PageRequest, call: &Call<'_>) -> (Page, usize) {
    let total = state.roster.users.len();
    let oldest_first = state.settings.choices.list_order == ListOrder::OldestFirst;
    if oldest_first && state.stale.is_empty() && call.quirk.is_none() {
        return (state.roster.users.page(page.skipped(), page.count), total);
    }
    let users = &state.roster.users;
    let mut seen = paged(&state.settings, page, total, |from| {
        users.starting_at(from).map(Arc::clone)
    });
    let unseen = quirk::listed(state, &mut seen, call.now);
    quirk::items(call.quirk, &mut seen);
    let items = seen.iter().map(|stored| item(state, stored)).collect();
    (items, total - unseen)
}

/// The page of a list that has one user or none.
fn one(
    state: &mut State,
    page: &PageRequest,
    call: &Call<'_>,
    found: Option<Arc<Stored>>,
) -> (Page, usize) {
    let total = usize::from(found.is_some());
    let shown = found.into_iter().skip(page.skipped()).take(page.count);
    let mut shown: Vec<Arc<Stored>> = shown.collect();
    quirk::items(call.quirk, &mut shown);
    let items = shown.iter().map(|stored| item(state, stored)).collect();
    (items, total)
}

fn item(state: &mut State, stored: &Arc<Stored>) -> Bytes {
    let show = || render::list_item(&stored.user);
    state.shown.of(stored, View::List, show)
}

/// What of the query of a list counts, by the account's choices.
pub(super) fn page(settings: &Settings, call: &Call<'_>) -> Result<PageRequest, ZoomError> {
    let paging = Paging {
        default_count: settings.default_count,
        page_cap: settings.page_cap,
        strict: settings.choices.paging_out_of_range == PagingOutOfRange::Refuse,
    };
    Ok(PageRequest::read(call.query, paging)?)
}

/// The items of a page in the order that the account has chosen. It costs its own length, wherever it is.
pub(super) fn paged<T, Items: Iterator<Item = T>>(
    settings: &Settings,
    page: &PageRequest,
    total: usize,
    starting_at: impl FnOnce(usize) -> Items,
) -> Vec<T> {
    match settings.choices.list_order {
        ListOrder::OldestFirst => starting_at(page.skipped()).take(page.count).collect(),
        ListOrder::NewestFirst => {
            let end = total.saturating_sub(page.skipped());
            let start = end.saturating_sub(page.count);
            let mut items: Vec<T> = starting_at(start).take(end - start).collect();
            items.reverse();
            items
        }
    }
}

/// The answer to a list, of items whose JSON is made already.
pub(super) fn listed(settings: &Settings, page: &PageRequest, total: i64, items: Page) -> Reply {
    let empty_resources = settings.choices.empty_resources == EmptyResources::Shown;
    let media_type = settings.choices.media_type;
    let start_index = page.start_index;
    Reply::later(move || {
        let Page { pieces, count } = items;
        let body = list_response(total, start_index, &pieces, count, empty_resources);
        Answer::scim(200, body, media_type)
    })
}

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let mut change = read::read(&call.object()?)?;
    quirk::change(call.quirk, &mut change);
    let write = |state: &mut State| {
        let State {
            roster,
            settings,
            ids,
            ..
        } = &mut *state;
        let settings = quirk::settings(call.quirk, settings);
        let id = || quirk::id(call.quirk, ids.resources.id());
        roster.create_user(change, &settings, id, call.now)
    };
    let stored = quirk::written(state, call, write, id_of)?;
    Ok(shown(state, 201, stored, View::Create))
}

fn id_of(stored: &Arc<Stored>) -> String {
    stored.user.id.to_string()
}

pub(super) fn get(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let stored = quirk::seen(state, call.id, call.now)?;
    if !stored.user.groups.is_empty() {
        // A group that is renamed shows in its members.
        return Ok(shown(state, 200, stored, View::Get));
    }
    let json = state.shown.of(&stored, View::Get, || {
        render::user(&stored.user, &[], View::Get)
    });
    let media_type = state.settings.choices.media_type;
    Ok(Answer::scim(200, json, media_type).into())
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let mut change = read::read(&call.object()?)?;
    quirk::change(call.quirk, &mut change);
    let write = |state: &mut State| {
        let State {
            roster, settings, ..
        } = &mut *state;
        roster.update_user(call.id, change, settings, call.now)
    };
    let stored = quirk::written(state, call, write, id_of)?;
    Ok(shown(state, 200, stored, View::Update))
}

pub(super) fn patch(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let lenient = state.settings.choices.patch_form == PatchForm::Lenient;
    let active = scim_patch::active(&call.object()?, lenient).ok_or(ZoomError::NoActive)?;
    let write = |state: &mut State| {
        let State {
            roster, settings, ..
        } = &mut *state;
        roster.set_active(call.id, active, settings, call.now)
    };
    let stored = quirk::written(state, call, write, id_of)?;
    Ok(shown(state, 200, stored, View::Patch))
}

pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let write = |state: &mut State| {
        let State {
            roster, settings, ..
        } = &mut *state;
        roster.delete_user(call.id, settings)
    };
    quirk::written(state, call, write, |()| call.id.to_owned())?;
    Ok(Answer::empty().into())
}

fn shown(state: &State, status: u16, stored: Arc<Stored>, view: View) -> Reply {
    let groups = state.roster.groups.names(&stored.user.groups);
    let media_type = state.settings.choices.media_type;
    Reply::later(move || {
        Answer::scim(
            status,
            render::user(&stored.user, &groups, view),
            media_type,
        )
    })
}
