//! SCIM2's operations on users.

use std::sync::Arc;

use super::Call;
use super::answer::Answer;
use super::error::ZoomError;
use super::reply::Reply;
use crate::account::{
    EmptyResources, ListOrder, PagingOutOfRange, PatchForm, Settings, State, Stored, UserError,
};
use crate::scim::filter::{self, UserFilter};
use crate::scim::page::{PageRequest, Paging, list_response};
use crate::scim::render::{self, View};
use crate::scim::{patch as scim_patch, read};

pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let page = page(&state.settings, call)?;
    let users = &state.roster.users;
    let found = match page.filter.as_deref().map(filter::users).transpose()? {
        None => {
            let items = paged(&state.settings, &page, users.len(), |from| {
                users.starting_at(from).map(Arc::clone)
            });
            return Ok(listed(&state.settings, &page, users.len(), items, item));
        }
        Some(UserFilter::UserName(name)) if state.roster.is_elsewhere(&name) => {
            return Err(ZoomError::Elsewhere(name));
        }
        Some(UserFilter::UserName(name)) => users.by_name(&name),
        Some(UserFilter::ExternalId(id)) => users.get(&id),
    };
    let total = usize::from(found.is_some());
    let items = found.into_iter().skip(page.skipped()).take(page.count);
    let items: Vec<Arc<Stored>> = items.map(Arc::clone).collect();
    Ok(listed(&state.settings, &page, total, items, item))
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
    total: usize,
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
    let change = read::read(&call.object()?)?;
    let State {
        roster,
        settings,
        ids,
        ..
    } = &mut *state;
    let stored = roster.create_user(change, settings, || ids.resources.id(), call.now)?;
    Ok(shown(state, 201, stored, View::Create))
}

pub(super) fn get(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let stored = state.roster.users.get(call.id).ok_or(UserError::NotFound)?;
    Ok(shown(state, 200, Arc::clone(stored), View::Get))
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let change = read::read(&call.object()?)?;
    let State {
        roster, settings, ..
    } = &mut *state;
    let stored = roster.update_user(call.id, change, settings, call.now)?;
    Ok(shown(state, 200, stored, View::Update))
}

pub(super) fn patch(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let State {
        roster, settings, ..
    } = &mut *state;
    let lenient = settings.choices.patch_form == PatchForm::Lenient;
    let active = scim_patch::active(&call.object()?, lenient).ok_or(ZoomError::NoActive)?;
    let stored = roster.set_active(call.id, active, settings, call.now)?;
    Ok(shown(state, 200, stored, View::Patch))
}

pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let State {
        roster, settings, ..
    } = state;
    roster.delete_user(call.id, settings)?;
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
