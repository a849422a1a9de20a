//! What the account does otherwise than it would while a fault has it so: rules of the account, bent for one
//! request.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Call;
use super::error::ZoomError;
use crate::account::{Seen, Settings, State, Stored, UnassociatedDomain, UserChange, UserError};
use crate::fault::Effect;
use crate::scim::page::PageRequest;

/// The page that is shown instead of the one that was asked for.
pub(super) fn page(quirk: Option<&Effect>, page: &mut PageRequest) {
    match quirk {
        Some(Effect::FilterIgnored) => page.filter = None,
        Some(Effect::PagingIgnored) => page.start_index = 1,
        Some(Effect::PageCap { count }) => page.count = page.count.min(*count),
        Some(Effect::PageDrift { by }) if page.start_index > 1 => {
            let by = isize::try_from(*by).unwrap_or(isize::MAX);
            page.start_index = page.start_index.saturating_add_signed(by).max(1);
        }
        _ => {}
    }
}

/// The total that is said.
pub(super) fn total(quirk: Option<&Effect>, total: usize) -> i64 {
    match quirk {
        Some(Effect::TotalResultsLies { total }) => *total,
        _ => i64::try_from(total).unwrap_or(i64::MAX),
    }
}

/// The items that are shown.
pub(super) fn items<T: Clone>(quirk: Option<&Effect>, items: &mut Vec<T>) {
    if let (Some(Effect::DuplicateInList), Some(last)) = (quirk, items.last().cloned()) {
        items.push(last);
    }
}

/// The settings that count.
pub(super) fn settings<'a>(quirk: Option<&Effect>, settings: &'a Settings) -> Cow<'a, Settings> {
    if quirk != Some(&Effect::PendingUser) {
        return Cow::Borrowed(settings);
    }
    let mut bent = settings.clone();
    bent.associated_domains = Some(Vec::new());
    bent.choices.unassociated_domain = UnassociatedDomain::Pending;
    Cow::Owned(bent)
}

/// The id that a new user gets.
pub(super) fn id(quirk: Option<&Effect>, id: String) -> String {
    match quirk {
        // Of these a path takes none as it is.
        Some(Effect::IdNeedsEncoding) => format!("k&K/{}?x#%", id.get(..14).unwrap_or(&id)),
        _ => id,
    }
}

/// The change that is made instead of the one that was asked for.
pub(super) fn change(quirk: Option<&Effect>, change: &mut UserChange) {
    if quirk != Some(&Effect::AttributesNormalised) {
        return;
    }
    let texts = [
        &mut change.user_name,
        &mut change.email,
        &mut change.display_name,
        &mut change.given_name,
        &mut change.family_name,
        &mut change.title,
        &mut change.locale,
        &mut change.department,
        &mut change.organization,
        &mut change.cost_center,
        &mut change.employee_number,
        &mut change.manager,
    ];
    for text in texts.into_iter().flatten() {
        *text = text.trim().to_lowercase();
    }
}

/// Writes a user, and what a fault does about it afterwards. `write` gives the user's id with what it gives.
pub(super) fn written<T>(
    state: &mut State,
    call: &Call<'_>,
    write: impl FnOnce(&mut State) -> Result<T, UserError>,
    id_of: impl FnOnce(&T) -> String,
) -> Result<T, UserError> {
    match call.quirk {
        Some(Effect::PatchAcceptedNotApplied) => {
            let before = state.roster.users.get(call.id).map(Arc::clone);
            let done = write(state)?;
            state.roster.put_back(call.id, before.as_deref());
            Ok(done)
        }
        Some(Effect::PutReplaces) => {
            let before = state.roster.users.get(call.id).map(Arc::clone);
            state.roster.empty(call.id);
            let done = write(state);
            if done.is_err() {
                state.roster.put_back(call.id, before.as_deref());
            }
            done
        }
        Some(Effect::StaleReads { reads, ms }) => {
            let before = state.roster.users.get(call.id).map(Arc::clone);
            let done = write(state)?;
            let lasts =
                ms.map(|ms| SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX)));
            let until = lasts.map(|lasts| call.now.checked_add(lasts).unwrap_or(Timestamp::MAX));
            state.stale.note(&id_of(&done), before, *reads, until);
            Ok(done)
        }
        _ => write(state),
    }
}

/// The user of an id as a read sees them.
pub(super) fn seen(state: &mut State, id: &str, now: Timestamp) -> Result<Arc<Stored>, ZoomError> {
    if !state.stale.is_empty()
        && let Seen::Before(before) = state.stale.see(id, now)
    {
        return before.ok_or_else(|| UserError::NotFound.into());
    }
    let stored = state.roster.users.get(id).ok_or(UserError::NotFound)?;
    Ok(Arc::clone(stored))
}

/// The user of an address as a look-up sees them.
pub(super) fn found(state: &mut State, name: &str, now: Timestamp) -> Option<Arc<Stored>> {
    let is = state.roster.users.by_name(name).map(Arc::clone);
    if state.stale.is_empty() {
        return is;
    }
    let seen = match &is {
        Some(stored) => state.stale.see(&stored.user.id, now),
        None => state.stale.see_name(name, now),
    };
    match seen {
        Seen::Now => is,
        Seen::Before(before) => {
            before.filter(|before| before.user.user_name.eq_ignore_ascii_case(name))
        }
    }
}

/// The users of a page as a list sees them; gives how many of them it does not see.
pub(super) fn listed(state: &mut State, items: &mut Vec<Arc<Stored>>, now: Timestamp) -> usize {
    if state.stale.is_empty() {
        return 0;
    }
    let all = items.len();
    let stale = &mut state.stale;
    let seen = std::mem::take(items).into_iter();
    *items = seen
        .filter_map(|stored| match stale.see(&stored.user.id, now) {
            Seen::Now => Some(stored),
            Seen::Before(before) => before,
        })
        .collect();
    all - items.len()
}
