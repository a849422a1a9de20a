//! What of an account changes, all behind one lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::app::App;
use super::apps::Apps;
use super::roster::Roster;
use super::settings::Settings;
use super::shown::Shown;
use super::spec::ControlError;
use super::stale::Stale;
use super::usage::Usage;
use crate::ids::Ids;
use crate::limit::Limiter;

/// How many snapshots an account keeps.
const MAX_SNAPSHOTS: usize = 16;

/// The ids that an account draws: they depend on the server's seed and the account's id alone, and what is
/// drawn for tokens does not change the ids of users.
#[derive(Debug)]
pub(crate) struct OwnIds {
    pub(crate) resources: Ids,
    pub(crate) tokens: Ids,
    pub(crate) apps: Ids,
}

/// What changes.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) roster: Roster,
    pub(crate) apps: Apps,
    pub(crate) ids: OwnIds,
    pub(crate) usage: Usage,
    pub(crate) limiter: Limiter,
    /// What faults have counted, by rule.
    pub(crate) fault_limiters: BTreeMap<Arc<str>, Limiter>,
    /// The users whom reads show as they were.
    pub(crate) stale: Stale,
    pub(crate) shown: Shown,
    snapshots: BTreeMap<String, Snapshot>,
}

/// What a restore brings back.
#[derive(Debug, Clone)]
struct Snapshot {
    settings: Settings,
    roster: Roster,
}

impl State {
    pub(super) fn new(settings: Settings, ids: OwnIds, app: App) -> Self {
        Self {
            settings,
            roster: Roster::default(),
            apps: Apps::new(vec![app]),
            ids,
            usage: Usage::default(),
            limiter: Limiter::default(),
            fault_limiters: BTreeMap::new(),
            stale: Stale::default(),
            shown: Shown::default(),
            snapshots: BTreeMap::new(),
        }
    }

    /// What an account was; nothing is counted in it.
    pub(crate) fn restored(
        settings: Settings,
        roster: Roster,
        ids: OwnIds,
        apps: Vec<App>,
    ) -> Self {
        Self {
            settings,
            roster,
            apps: Apps::new(apps),
            ids,
            usage: Usage::default(),
            limiter: Limiter::default(),
            fault_limiters: BTreeMap::new(),
            stale: Stale::default(),
            shown: Shown::default(),
            snapshots: BTreeMap::new(),
        }
    }

    /// What each snapshot brings back.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (&str, &Settings, &Roster)> {
        let snapshots = self.snapshots.iter();
        snapshots.map(|(name, kept)| (name.as_str(), &kept.settings, &kept.roster))
    }

    /// Keeps a snapshot as it was.
    pub(crate) fn keep(&mut self, name: String, settings: Settings, roster: Roster) {
        self.snapshots.insert(name, Snapshot { settings, roster });
    }

    /// Takes other settings, with the default group that they name.
    pub(super) fn set_settings(
        &mut self,
        settings: Settings,
        now: Timestamp,
    ) -> Result<(), ControlError> {
        settings.check()?;
        let Self { roster, ids, .. } = self;
        roster.ensure_default_group(&settings, &mut ids.resources, now)?;
        self.settings = settings;
        Ok(())
    }

    /// Forgets users, groups, addresses, and what was counted.
    pub(super) fn clear(&mut self, now: Timestamp) {
        self.roster = Roster::default();
        self.usage = Usage::default();
        self.limiter = Limiter::default();
        self.fault_limiters.clear();
        self.stale = Stale::default();
        let Self {
            roster,
            ids,
            settings,
            ..
        } = self;
        // The group was there before, so its name is one and it fits.
        let _ = roster.ensure_default_group(settings, &mut ids.resources, now);
    }

    pub(super) fn take_snapshot(&mut self, name: &str) -> Result<(), ControlError> {
        if self.snapshots.len() >= MAX_SNAPSHOTS && !self.snapshots.contains_key(name) {
            return Err(ControlError::TooManySnapshots(MAX_SNAPSHOTS));
        }
        let snapshot = Snapshot {
            settings: self.settings.clone(),
            roster: self.roster.clone(),
        };
        self.snapshots.insert(name.to_owned(), snapshot);
        Ok(())
    }

    pub(super) fn restore(&mut self, name: &str) -> Result<(), ControlError> {
        let snapshot = self.snapshots.get(name);
        let snapshot = snapshot
            .ok_or_else(|| ControlError::NoSnapshot(name.to_owned()))?
            .clone();
        (self.settings, self.roster) = (snapshot.settings, snapshot.roster);
        self.stale = Stale::default();
        Ok(())
    }

    pub(super) fn snapshots(&self) -> impl Iterator<Item = (&str, usize)> {
        self.snapshots
            .iter()
            .map(|(name, snapshot)| (name.as_str(), snapshot.roster.users.len()))
    }

    pub(super) fn remove_snapshot(&mut self, name: &str) -> Result<(), ControlError> {
        let removed = self.snapshots.remove(name);
        removed
            .map(drop)
            .ok_or_else(|| ControlError::NoSnapshot(name.to_owned()))
    }
}
