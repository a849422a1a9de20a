//! A run: who is due, what they need, and only then the writes.

use std::collections::{BTreeMap, BTreeSet};

use super::super::bug::Bug;
use super::super::variant::Control;
use super::super::zoom::{Listing, Trouble, id, same_user};
use super::Running;
use super::evaluate::Need;
use super::kept::{Link, Outcome};
use super::send::{Act, Action};
use crate::driver::{DriverError, Planned, SyncRequest, Synced};
use crate::oracle::fold;
use crate::scenario::{DirectoryUser, Rule};

/// How often a user is evaluated in one run: again after a lost answer, and after what that finds.
const MAX_ROUNDS: usize = 4;

/// Whom a run is about.
struct Scope {
    users: Vec<(DirectoryUser, Rule)>,
    keys: BTreeSet<String>,
    full: bool,
    deep: bool,
}

impl Running {
    pub(super) async fn sync(&mut self, request: SyncRequest) -> Result<Synced, DriverError> {
        let scope = self.begin(request);
        self.kept.under_way = scope.is_some();
        self.write_down()?;
        let Some(scope) = scope else {
            return Ok(Synced::default());
        };
        let done = self.run(&scope).await;
        self.kept.under_way = false;
        self.write_down()?;
        let report = self.report();
        done?;
        Ok(report)
    }

    /// What a run would do; nothing is sent, and nothing kept.
    pub(super) async fn plan(&mut self, request: SyncRequest) -> Result<Planned, DriverError> {
        let before = self.kept.clone();
        let planned = self.plan_run(request).await;
        self.kept = before;
        Ok(planned?)
    }

    async fn plan_run(&mut self, request: SyncRequest) -> Result<Planned, Trouble> {
        let Some(scope) = self.begin(request) else {
            return Ok(Planned::default());
        };
        let mut planned = Planned::default();
        if self.kept.due.is_empty() {
            return Ok(planned);
        }
        self.look(&scope).await?;
        let actions = self.actions(&scope, &self.kept.due.clone()).await?;
        for action in self.hold_removals(actions) {
            match action.act {
                Act::Create => {
                    planned.creates += 1;
                    let user = action.user.as_ref();
                    let inactive = user.is_some_and(|(user, _)| !user.enabled);
                    planned.changes += usize::from(inactive);
                }
                Act::Disable if self.has(Bug::B94) => {}
                Act::Update(_) | Act::Disable => planned.changes += 1,
                Act::Enable(_) => {
                    planned.changes += 1;
                    if self.has(Bug::B93) {
                        self.carry_out(vec![action]).await?;
                    }
                }
                Act::Delete => planned.deletes += 1,
            }
        }
        Ok(planned)
    }

    /// Takes the directory in and says whom the run is about; `None` where the connection is off.
    fn begin(&mut self, request: SyncRequest) -> Option<Scope> {
        let users = request.users.into_iter();
        let directory = users.map(|user| (user.id.clone(), user)).collect();
        let old: BTreeMap<String, DirectoryUser> =
            std::mem::replace(&mut self.kept.directory, directory);
        self.unread.clear();
        if !request.complete && !self.has(Bug::B83) {
            // Who was not read is as they were, and is not removed.
            let linked = self.kept.links.keys();
            let unread = linked.filter(|id| !self.kept.directory.contains_key(*id));
            self.unread = unread.cloned().collect();
            for (id, user) in &old {
                let now = self.kept.directory.entry(id.clone());
                now.or_insert_with(|| user.clone());
            }
        }
        if request.removals_allowed.is_some() || !self.has(Bug::B88) {
            self.kept.removals_allowed = request.removals_allowed;
        }
        let changes = request.changes.iter();
        let told = if self.has(Bug::B90) { 1 } else { usize::MAX };
        for change in changes.take(told) {
            let now = self.kept.directory.get(&change.user);
            for user in now.into_iter().chain(old.get(&change.user)) {
                let key = self.key(user);
                self.kept.due.insert(key);
            }
        }
        if !self.zoom.connection.enabled && !self.has(Bug::B22) {
            self.kept.owes_full = true;
            return None;
        }
        let full = request.full || std::mem::take(&mut self.kept.owes_full);
        let users = self.in_scope();
        let keys: BTreeSet<String> = users.iter().map(|(user, _)| self.key(user)).collect();
        self.kept.outcomes.retain(|key, _| keys.contains(key));
        let failed = self.kept.outcomes.iter();
        let failed = failed.filter(|(_, outcome)| **outcome == Outcome::Failed);
        self.kept.due.extend(failed.map(|(key, _)| key.clone()));
        if full {
            self.kept.due.extend(keys.iter().cloned());
            self.kept.due.extend(self.kept.links.keys().cloned());
        }
        let known = |key: &String| keys.contains(key) || self.kept.links.contains_key(key);
        self.kept.due.retain(known);
        Some(Scope {
            users,
            keys,
            full,
            deep: request.deep,
        })
    }

    async fn run(&mut self, scope: &Scope) -> Result<(), Trouble> {
        if !self.kept.leaving.is_empty() {
            self.finish_leaving().await?;
        }
        if self.kept.due.is_empty() {
            return Ok(());
        }
        self.look(scope).await?;
        let mut due = self.kept.due.clone();
        for _ in 0..MAX_ROUNDS {
            let actions = self.actions(scope, &due).await?;
            let actions = self.in_order(self.hold_removals(actions));
            let again = self.carry_out(actions).await?;
            due = again.into_iter().collect();
            if due.is_empty() {
                return Ok(());
            }
        }
        for key in due {
            self.count(&key, Outcome::Failed);
        }
        Ok(())
    }

    /// What each of these users needs.
    async fn actions(
        &mut self,
        scope: &Scope,
        due: &BTreeSet<String>,
    ) -> Result<Vec<Action>, Trouble> {
        let losers = self.losers(&scope.users);
        let mut actions = Vec::new();
        for (user, rule) in &scope.users {
            let key = self.key(user);
            if !due.contains(&key) {
                continue;
            }
            if losers.contains(&key) {
                self.count(&key, Outcome::Failed);
                continue;
            }
            match self.evaluate(user, rule, scope.deep).await {
                Ok(Need::Nothing(outcome)) => self.count(&key, outcome),
                Ok(Need::Act(action)) => actions.push(*action),
                Err(Trouble::Lost(_)) => self.count(&key, Outcome::Failed),
                Err(trouble) => return Err(trouble),
            }
        }
        let linked = self.kept.links.keys();
        let removed: Vec<String> = linked
            .filter(|key| due.contains(*key) && !scope.keys.contains(*key))
            .filter(|key| !self.unread.contains(*key))
            .cloned()
            .collect();
        for key in removed {
            match self.evaluate_removed(&key, scope.full).await {
                Ok(action) => actions.extend(action),
                // They are due until somebody has dealt with them.
                Err(Trouble::Lost(_)) => {}
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(actions)
    }

    /// G06: the reverse order, unless an address changes hands.
    fn in_order(&self, mut actions: Vec<Action>) -> Vec<Action> {
        let renames = actions.iter().any(|action| {
            matches!(&action.act, Act::Update(change) | Act::Enable(change) if change.contains_key("emails"))
        });
        let removes = actions.iter().any(|action| action.removes);
        if self.is(Control::G06) && !renames && !removes {
            actions.reverse();
        }
        actions
    }

    /// Looks at Zoom, and sees whose account is whose.
    async fn look(&mut self, scope: &Scope) -> Result<(), Trouble> {
        self.looked_up.clear();
        self.denied.clear();
        self.view = if self.is(Control::G10) {
            Listing::default()
        } else {
            self.zoom.list().await?
        };
        if self.has(Bug::B99) {
            for account in &self.view.users {
                let (id, known) = (id(account), self.linked_ids());
                let ours = scope
                    .users
                    .iter()
                    .any(|(user, _)| self.is_of(account, user));
                if !known.contains(&id) && !ours {
                    let key = format!("lost-{id}");
                    let link = Link::new(id, true, "");
                    self.kept.links.insert(key.clone(), link);
                    self.kept.due.insert(key);
                }
            }
        }
        self.relink(scope).await
    }

    /// Who comes back under a new id takes over the account of the one who is gone.
    async fn relink(&mut self, scope: &Scope) -> Result<(), Trouble> {
        let variant = self.zoom.variant;
        for (user, _) in &scope.users {
            let key = self.key(user);
            if self.kept.links.contains_key(&key) || !self.kept.due.contains(&key) {
                continue;
            }
            let listed = self.view.users.iter();
            let mut found = listed
                .filter(|account| same_user(variant, account, &user.username))
                .map(id)
                .next();
            if found.is_none() && !self.view.complete {
                let account = match self.zoom.look_up(&user.username).await {
                    Ok(account) => account,
                    Err(Trouble::Lost(_)) => continue,
                    Err(trouble) => return Err(trouble),
                };
                self.looked_up.insert(fold(&user.username));
                found = account.as_ref().map(id);
                self.view.users.extend(account);
            }
            let mut links = self.kept.links.iter();
            let held = links
                .find(|(other, link)| {
                    !scope.keys.contains(*other) && Some(&link.id) == found.as_ref()
                })
                .map(|(other, _)| other.clone());
            if let Some(old) = held
                && let Some(link) = self.kept.links.remove(&old)
            {
                self.kept.due.remove(&old);
                self.kept.links.insert(key, link);
            }
        }
        Ok(())
    }

    /// Of those who share a username all but the linked one, else all but the first.
    fn losers(&self, users: &[(DirectoryUser, Rule)]) -> BTreeSet<String> {
        let mut losers = BTreeSet::new();
        for (user, _) in users {
            let mut rivals: Vec<String> = users
                .iter()
                .filter(|(other, _)| fold(&other.username) == fold(&user.username))
                .map(|(other, _)| self.key(other))
                .collect();
            rivals.sort_by_key(|key| (!self.kept.links.contains_key(key), key.clone()));
            losers.extend(rivals.into_iter().skip(1));
        }
        losers
    }
}
