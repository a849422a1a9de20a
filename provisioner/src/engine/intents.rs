//! Writes whose outcome is not known: looked up, never sent again blindly.

use std::time::Duration;

use compact_str::CompactString;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use super::apply::is_everybodys;
use crate::audit::{Fate, Settled};
use crate::links::{Intended, Intent, Link, Memory, Origin, Remembered};
use crate::plan::{Account, fold};
use crate::rule::{Attribute, Attributes};
use crate::zoom::{ErrorKind, Reader, ZoomError};

/// How long a look-up may miss what was written: after it, who is not found is not there.
pub(super) const CONSISTENCY_WINDOW: Duration = Duration::from_secs(60);
/// The first wait between two look-ups; it doubles.
const FIRST_LOOK: Duration = Duration::from_millis(500);
/// The longest wait between two look-ups.
const MAX_LOOK: Duration = Duration::from_secs(15);
/// How many look-ups are under way at once.
const CONCURRENT_LOOKS: usize = 8;

/// Whether a look-up may be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Until the window has passed.
    Window,
    /// Not at all: a plan shows what is to be seen now.
    None,
}

/// What became of a write that was under way.
#[derive(Debug)]
pub(super) struct Resolved {
    /// What changes in what is remembered.
    pub(super) changes: Vec<Memory>,
    /// The same for the audit.
    pub(super) settled: Settled,
}

/// What became of the writes that were under way when the last run ended, and why one of them could not be looked up:
/// it stays as it is, which is no other user's affair.
pub(super) async fn resolve(
    reader: &Reader,
    remembered: &Remembered,
    patience: Patience,
) -> Result<(Vec<Resolved>, Option<ZoomError>), ZoomError> {
    let mut looks = Vec::new();
    for intent in remembered.intents.values() {
        looks.push(resolve_one(reader, remembered, intent, patience));
    }
    let mut looks = stream::iter(looks).buffer_unordered(CONCURRENT_LOOKS);
    let (mut resolved, mut failed) = (Vec::new(), None);
    while let Some(one) = looks.next().await {
        match one {
            Ok(one) => resolved.push(one),
            Err(error) if is_everybodys(&error) => return Err(error),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    Ok((resolved, failed))
}

async fn resolve_one(
    reader: &Reader,
    remembered: &Remembered,
    intent: &Intent,
    patience: Patience,
) -> Result<Resolved, ZoomError> {
    let user = &intent.user;
    let held = remembered.links.get(user);
    let mut changes = vec![Memory::Settled(user.clone())];
    let (outcome, zoom_id) = match &intent.write {
        // A link that was there before is not what came of it.
        Intended::Create { replaces, .. }
            if held.is_some_and(|link| replaces.as_ref() != Some(&link.zoom_id)) =>
        {
            (Fate::Done, held.map(|link| &link.zoom_id))
        }
        Intended::Create {
            address,
            rule,
            attributes,
            was_free,
            ..
        } => {
            let waiter = reader.session().waiter();
            let left = match patience {
                Patience::Window => left_of_window(intent.at, waiter.wall()),
                Patience::None => Duration::ZERO,
            };
            let found = match look(reader, address, waiter.now() + left).await {
                Ok(found) => found,
                // It cannot be told which of them is meant; the plan says so.
                Err(error) if error.kind == ErrorKind::User => None,
                Err(error) => return Err(error),
            };
            let is_free = |id: &str| remembered.links.values().all(|link| link.zoom_id != id);
            // Somebody else's account of this address is adopted by the plan, or not.
            let is_ours =
                |found: &Account| *was_free && is_free(&found.id) && is_as_sent(found, attributes);
            let ours = found.filter(is_ours);
            let fate = ours.as_ref().map_or(Fate::NotDone, |_| Fate::Done);
            changes.extend(ours.map(|account| {
                Memory::Link(Link {
                    user: user.clone(),
                    zoom_id: account.id,
                    origin: Origin::Created,
                    rule: rule.clone(),
                    known: attributes.clone(),
                    removed: false,
                })
            }));
            (fate, None)
        }
        Intended::Delete { zoom_id } => {
            let is_meant = held.is_some_and(|link| link.zoom_id == *zoom_id);
            let fate = match is_meant {
                true if reader.get(zoom_id).await?.is_none() => {
                    changes.push(Memory::Unlink(user.clone()));
                    Fate::Done
                }
                true => Fate::NotDone,
                false => Fate::Unknown,
            };
            (fate, Some(zoom_id))
        }
    };
    let settled = settled(remembered, intent, outcome, zoom_id.cloned(), &changes);
    Ok(Resolved { changes, settled })
}

fn settled(
    remembered: &Remembered,
    intent: &Intent,
    outcome: Fate,
    zoom_id: Option<CompactString>,
    changes: &[Memory],
) -> Settled {
    let found = changes.iter().find_map(|change| match change {
        Memory::Link(link) => Some(link.zoom_id.clone()),
        _ => None,
    });
    let seen = remembered.seen.get(&intent.user);
    let (action, username) = match &intent.write {
        Intended::Create { address, .. } => ("create", Some(address.clone())),
        Intended::Delete { .. } => ("delete", seen.map(|seen| seen.username.clone())),
    };
    Settled {
        user: intent.user.clone(),
        username,
        zoom_id: zoom_id.or(found),
        action: action.to_owned(),
        intended_at: Some(intent.at),
        outcome,
    }
}

/// How much of the window is left; a clock that was set back does not make it longer.
fn left_of_window(at: Timestamp, now: Timestamp) -> Duration {
    let passed = Duration::try_from(now.duration_since(at)).unwrap_or_default();
    CONSISTENCY_WINDOW.saturating_sub(passed)
}

/// Looks for the user of an address, again and again until this moment; once in any case.
pub(super) async fn look(
    reader: &Reader,
    address: &str,
    until: Duration,
) -> Result<Option<Account>, ZoomError> {
    let waiter = reader.session().waiter();
    let mut wait = FIRST_LOOK;
    loop {
        let found = reader.find(address).await?;
        let left = until.saturating_sub(waiter.now());
        if found.is_some() || left.is_zero() {
            return Ok(found);
        }
        reader.session().pause(wait.min(left)).await?;
        wait = wait.saturating_mul(2).min(MAX_LOOK);
    }
}

/// Whether an account looks as it was to be created, as far as that shows: Zoom may change case and white space,
/// and give another user type than the one that was asked for.
pub(super) fn is_as_sent(account: &Account, sent: &Attributes) -> bool {
    [
        Attribute::GivenName,
        Attribute::FamilyName,
        Attribute::Department,
    ]
    .iter()
    .filter_map(|attribute| Some((sent.get(attribute)?, account.attributes.get(attribute)?)))
    .all(|(sent, held)| fold(sent.trim()) == fold(held.trim()))
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn the_window_ends_whatever_the_clock_does() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert_eq!(left_of_window(at(0), at(10)), Duration::from_secs(50));
        assert_eq!(left_of_window(at(0), at(3600)), Duration::ZERO);
        assert_eq!(left_of_window(at(3600), at(0)), CONSISTENCY_WINDOW);
    }

    #[test]
    fn f29_an_account_is_ours_if_what_shows_is_what_was_sent() {
        let attributes = |name: &str| Attributes::from_iter([(Attribute::GivenName, name.into())]);
        let account = |attributes| Account {
            id: "z1".into(),
            user_name: "a@b".into(),
            active: true,
            attributes,
        };
        assert!(is_as_sent(&account(attributes("ann")), &attributes(" Ann")));
        assert!(is_as_sent(&account(Attributes::new()), &attributes("Ann")));
        assert!(!is_as_sent(&account(attributes("Bob")), &attributes("Ann")));
    }
}
