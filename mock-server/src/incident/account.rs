//! An account in an incident.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{InvalidIncident, invalid};
use crate::account::{
    Account, App, NoRoster, OwnIds, Roster, SavedRoster, Settings, State, Stored, User,
    check_scopes,
};
use crate::clock::{Clock, Gait};
use crate::ids::Ids;
use crate::limit::Limiter;
use crate::operation::Operation;
use crate::server::Zoom;

/// An account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedAccount {
    id: String,
    owner_id: String,
    /// The owner's address, where they are there again after a reset.
    owner: Option<String>,
    clock: Gait,
    drawn: SavedDrawn,
    /// With their credentials.
    apps: Vec<App>,
    settings: Settings,
    roster: SavedRoster,
    /// How often each operation was let in by its scope and kept out.
    usage: BTreeMap<String, SavedUsage>,
    /// What is used up of the rate limits.
    limits: Limiter,
    /// The same for the limits of fault rules.
    fault_limits: BTreeMap<String, Limiter>,
    /// The users whom reads show as they were.
    stale: Vec<SavedStale>,
    snapshots: Vec<SavedSnapshot>,
    /// Whether an address of one of its users has named a scenario.
    magic_users: bool,
}

/// How much is drawn of each of an account's ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedDrawn {
    resources: u64,
    tokens: u64,
    apps: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedUsage {
    let_in: u64,
    kept_out: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedStale {
    id: String,
    /// `null`: there was nobody.
    before: Option<User>,
    reads_left: Option<u32>,
    until: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedSnapshot {
    name: String,
    settings: Settings,
    roster: SavedRoster,
}

impl SavedAccount {
    pub(super) fn of(account: &Account) -> Self {
        let state = account.state();
        let usage = state.usage.counted().map(|(operation, let_in, kept_out)| {
            let usage = SavedUsage { let_in, kept_out };
            (operation.as_str().to_owned(), usage)
        });
        let fault_limits = state.fault_limiters.iter();
        let stale = state.stale.all();
        let snapshots = state.kept();
        Self {
            id: account.id().to_owned(),
            owner_id: account.owner_id().to_owned(),
            owner: account.owner().map(str::to_owned),
            clock: account.clock().gait(),
            drawn: SavedDrawn {
                resources: state.ids.resources.drawn(),
                tokens: state.ids.tokens.drawn(),
                apps: state.ids.apps.drawn(),
            },
            apps: state.apps.all().to_vec(),
            settings: state.settings.clone(),
            roster: state.roster.saved(),
            usage: usage.collect(),
            limits: state.limiter,
            fault_limits: fault_limits
                .map(|(id, limits)| (id.to_string(), *limits))
                .collect(),
            stale: stale
                .map(|(id, before, reads_left, until)| SavedStale {
                    id: id.to_owned(),
                    before: before.map(|before| before.user.clone()),
                    reads_left,
                    until,
                })
                .collect(),
            snapshots: snapshots
                .map(|(name, settings, roster)| SavedSnapshot {
                    name: name.to_owned(),
                    settings: settings.clone(),
                    roster: roster.saved(),
                })
                .collect(),
            magic_users: account.has_magic_users(),
        }
    }

    /// The account on a server that does not have it yet. Errors are relative to it.
    pub(super) fn restored(&self, zoom: &Zoom) -> Result<Account, InvalidIncident> {
        let common = &zoom.common;
        if self.id.is_empty() || zoom.account(&self.id).is_some() {
            return Err(invalid(
                "id",
                format!("`{}` is empty or another account's", self.id),
            ));
        }
        for (index, app) in self.apps.iter().enumerate() {
            let path = |name: &str| format!("apps[{index}].{name}");
            let before = self.apps.iter().take(index);
            let is_taken = common.clients.contains_key(&app.client_id)
                || before
                    .into_iter()
                    .any(|other| other.client_id == app.client_id);
            if app.client_id.is_empty() || is_taken {
                let message = format!("`{}` is empty or another app's", app.client_id);
                return Err(invalid(path("client_id"), message));
            }
            check_scopes(&app.scopes)
                .map_err(|error| invalid(path("scopes"), error.to_string()))?;
        }
        let seed = common.seed;
        let ids = OwnIds {
            resources: Ids::new(seed, &self.id).after(self.drawn.resources),
            tokens: Ids::new(seed, &format!("{} tokens", self.id)).after(self.drawn.tokens),
            apps: Ids::new(seed, &format!("{} apps", self.id)).after(self.drawn.apps),
        };
        let settings = checked(&self.settings, "settings")?;
        let roster = restored_roster(&self.roster, "roster")?;
        let mut state = State::restored(settings, roster, ids, self.apps.clone());
        self.count(&mut state)?;
        for (index, kept) in self.snapshots.iter().enumerate() {
            let place = format!("snapshots[{index}]");
            let settings = checked(&kept.settings, &format!("{place}.settings"))?;
            let roster = restored_roster(&kept.roster, &format!("{place}.roster"))?;
            state.keep(kept.name.clone(), settings, roster);
        }
        let clock = Clock::of(std::sync::Arc::clone(&common.clock));
        let gone = clock.go(self.clock);
        gone.map_err(|error| invalid("clock", error.to_string()))?;
        let account = Account::restored(
            &self.id,
            self.owner_id.clone(),
            self.owner.clone(),
            clock,
            zoom.unclaimed.another(),
            state,
            common,
        );
        if self.magic_users {
            account.note_magic_user();
        }
        Ok(account)
    }

    /// Sets what was counted.
    fn count(&self, state: &mut State) -> Result<(), InvalidIncident> {
        for (name, usage) in &self.usage {
            let operation = Operation::parse(name);
            let operation =
                operation.ok_or_else(|| invalid(format!("usage.{name}"), "names no operation"))?;
            state.usage.set(operation, usage.let_in, usage.kept_out);
        }
        state.limiter = self.limits;
        let fault_limits = self.fault_limits.iter();
        state.fault_limiters = fault_limits
            .map(|(id, limits)| (id.as_str().into(), *limits))
            .collect();
        for one in &self.stale {
            let before = one.before.clone().map(Stored::new);
            state.stale.note(&one.id, before, one.reads_left, one.until);
        }
        Ok(())
    }
}

fn checked(settings: &Settings, place: &str) -> Result<Settings, InvalidIncident> {
    let checked = settings.check();
    checked.map_err(|error| invalid(format!("{place}.{}", error.field), error.message))?;
    Ok(settings.clone())
}

fn restored_roster(saved: &SavedRoster, place: &str) -> Result<Roster, InvalidIncident> {
    let restored = Roster::restored(saved.clone());
    restored.map_err(|NoRoster { path, message }| invalid(format!("{place}.{path}"), message))
}
