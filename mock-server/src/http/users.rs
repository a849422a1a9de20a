//! SCIM2's operations on users.

use super::Call;
use super::answer::Answer;
use super::error::ZoomError;
use crate::account::{
    EmptyResources, ListOrder, PagingOutOfRange, PatchForm, Settings, State, UserError,
};
use crate::scim::filter::{self, UserFilter};
use crate::scim::page::{PageRequest, Paging, list_response};
use crate::scim::{patch as scim_patch, read, render};

pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Answer, ZoomError> {
    let page = page(&state.settings, call)?;
    let users = &state.roster.users;
    let found = match page.filter.as_deref().map(filter::users).transpose()? {
        None => {
            let items = paged(&state.settings, &page, users.len(), |from| {
                users.starting_at(from).map(|stored| &stored.item[..])
            });
            return Ok(listed(&state.settings, &page, users.len(), &items));
        }
        Some(UserFilter::UserName(name)) if state.roster.is_elsewhere(&name) => {
            return Err(ZoomError::Elsewhere(name));
        }
        Some(UserFilter::UserName(name)) => users.by_name(&name),
        Some(UserFilter::ExternalId(id)) => users.get(&id),
    };
    let found = found.map(|stored| &stored.item[..]);
    let items: Vec<&[u8]> = found
        .into_iter()
        .skip(page.skipped())
        .take(page.count)
        .collect();
    Ok(listed(
        &state.settings,
        &page,
        usize::from(found.is_some()),
        &items,
    ))
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

pub(super) fn listed<Item: AsRef<[u8]>>(
    settings: &Settings,
    page: &PageRequest,
    total: usize,
    items: &[Item],
) -> Answer {
    let empty_resources = settings.choices.empty_resources == EmptyResources::Shown;
    let body = list_response(total, page.start_index, items, empty_resources);
    Answer::scim(200, body, settings.choices.media_type)
}

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Result<Answer, ZoomError> {
    let change = read::read(&call.object()?)?;
    let State {
        roster,
        settings,
        ids,
        ..
    } = state;
    let stored = roster.create_user(change, settings, || ids.resources.id(), call.now)?;
    let body = render::created(&stored.user, &roster.groups);
    Ok(Answer::scim(201, body, settings.choices.media_type))
}

pub(super) fn get(state: &mut State, call: &Call<'_>) -> Result<Answer, ZoomError> {
    let stored = state.roster.users.get(call.id).ok_or(UserError::NotFound)?;
    let body = render::single(&stored.user, &state.roster.groups);
    Ok(Answer::scim(200, body, state.settings.choices.media_type))
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Result<Answer, ZoomError> {
    let change = read::read(&call.object()?)?;
    let State {
        roster, settings, ..
    } = state;
    let stored = roster.update_user(call.id, change, settings, call.now)?;
    let body = render::updated(&stored.user, &roster.groups);
    Ok(Answer::scim(200, body, settings.choices.media_type))
}

pub(super) fn patch(state: &mut State, call: &Call<'_>) -> Result<Answer, ZoomError> {
    let State {
        roster, settings, ..
    } = state;
    let lenient = settings.choices.patch_form == PatchForm::Lenient;
    let active = scim_patch::active(&call.object()?, lenient).ok_or(ZoomError::NoActive)?;
    let stored = roster.set_active(call.id, active, settings, call.now)?;
    let body = render::patched(&stored.user, &roster.groups);
    Ok(Answer::scim(200, body, settings.choices.media_type))
}

pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Answer, ZoomError> {
    let State {
        roster, settings, ..
    } = state;
    roster.delete_user(call.id, settings)?;
    Ok(Answer::empty())
}
