//! SCIM2's operations on groups.

use super::Call;
use super::answer::Answer;
use super::error::ZoomError;
use super::reply::Reply;
use super::users::{listed, page, paged};
use crate::account::{Group, GroupError, GroupMembers, Settings, State};
use crate::scim::{filter, patch as scim_patch, read, render};

/// The longest patch, in characters (Zoom's SCIM2 reference).
const MAX_PATCH_CHARACTERS: usize = 100_000;

pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let page = page(&state.settings, call)?;
    let groups = &state.roster.groups;
    if let Some(filter) = &page.filter {
        let found = groups.by_name(&filter::groups(filter)?);
        let shown = found.into_iter().skip(page.skipped()).take(page.count);
        let items = shown
            .map(|group| shown_group(group, &state.settings).into())
            .collect();
        let total = i64::from(found.is_some());
        return Ok(listed(&state.settings, &page, total, items));
    }
    let items = paged(&state.settings, &page, groups.len(), |from| {
        groups
            .starting_at(from)
            .map(|group| shown_group(group, &state.settings).into())
    });
    Ok(listed(
        &state.settings,
        &page,
        i64::try_from(groups.len()).unwrap_or(i64::MAX),
        items.into_iter().collect(),
    ))
}

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let spec = read::read_group(&call.object()?)?;
    let State {
        roster,
        settings,
        ids,
        ..
    } = state;
    let group = roster.create_group(spec, settings, &mut ids.resources, call.now)?;
    let body = shown_group(&group, settings);
    Ok(Answer::scim(201, body, settings.choices.media_type).into())
}

pub(super) fn get(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let group = state
        .roster
        .groups
        .get(call.id)
        .ok_or(GroupError::NotFound)?;
    let body = shown_group(group, &state.settings);
    Ok(Answer::scim(200, body, state.settings.choices.media_type).into())
}

pub(super) fn patch(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    // Bytes are at least as many as characters, so that most bodies need not be counted.
    let is_long = call.body.len() > MAX_PATCH_CHARACTERS;
    if is_long && String::from_utf8_lossy(call.body).chars().count() > MAX_PATCH_CHARACTERS {
        return Err(ZoomError::PatchTooLong);
    }
    let changes = scim_patch::group(&call.object()?).ok_or(ZoomError::InvalidOperations)?;
    let State {
        roster, settings, ..
    } = state;
    roster.update_group(call.id, changes, settings, call.now)?;
    Ok(Answer::empty().into())
}

pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Reply, ZoomError> {
    let State {
        roster, settings, ..
    } = state;
    roster.delete_group(call.id, settings, call.now)?;
    Ok(Answer::empty().into())
}

fn shown_group(group: &Group, settings: &Settings) -> Vec<u8> {
    render::group(group, settings.choices.group_members == GroupMembers::Shown)
}
