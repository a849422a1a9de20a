//! SCIM2's operations on users.

use std::sync::Arc;

use super::Call;
use super::answer::Answer;
use super::error::ZoomError;
use super::quirk;
use super::reply::Reply;
use crate::account::{
    EmptyResources, ListOrder, PagingOutOfRange, PatchForm, Settings, State, Stored,
};
use crate::scim::filter::{self, UserFilter};
use crate::scim::page::{PageRequest, Paging, list_response};
use crate::scim::render::{self, View};
use crate::scim::{patch as scim_patch, read};

pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let mut page = page(&state.settings, call)?;
    quirk::page(call.quirk, &mut page);
    let (mut items, total) = match page.filter.as_deref().map(filter::users).transpose()? {
        None => {
            let users = &state.roster.users;
            let items = paged(&state.settings, &page, users.len(), |from| {
                users.starting_at(from).map(Arc::clone)
            });
            let total = users.len();
            let mut items = items;
            let unseen = quirk::listed(state, &mut items, call.now);
            (items, total - unseen)
        }
        Some(UserFilter::UserName(name)) if state.roster.is_elsewhere(&name) => {
            return Err(ZoomError::Elsewhere(name));
        }
        Some(UserFilter::UserName(name)) => one(&page, quirk::found(state, &name, call.now)),
        Some(UserFilter::ExternalId(id)) => one(&page, quirk::seen(state, &id, call.now).ok()),
    };
    quirk::items(call.quirk, &mut items);
    let total = quirk::total(call.quirk, total);
    Ok(listed(&state.settings, &page, total, items, item))
}

/// The page of a list that has one user or none.
fn one(page: &PageRequest, found: Option<Arc<Stored>>) -> (Vec<Arc<Stored>>, usize) {
    let total = usize::from(found.is_some());
    let items = found.into_iter().skip(page.skipped()).take(page.count);
    (items.collect(), total)
}

fn item(stored: &Arc<Stored>) -> &[u8] {
    &stored.item
}

/// What of the query of a list counts, by the account's choices.
pub(super) fn page(settings: &Settings, call: &Call<'_>) -> Result<PageRequest, ZoomError> {
    let paging = Paging {
        default_count: settings.default_count,
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
pub(super) fn listed<Item: 'static>(
    settings: &Settings,
    page: &PageRequest,
    total: i64,
    items: Vec<Item>,
    json: fn(&Item) -> &[u8],
) -> Reply {
    let empty_resources = settings.choices.empty_resources == EmptyResources::Shown;
    let media_type = settings.choices.media_type;
    let start_index = page.start_index;
    Reply::later(move || {
        let items: Vec<&[u8]> = items.iter().map(json).collect();
        let body = list_response(total, start_index, &items, empty_resources);
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
    let json = state
        .shown
        .of(&stored, || render::user(&stored.user, &[], View::Get));
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
