//! The reference provisioner: the semantics once more, as plainly as they can be said in code.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::bug::Bug;
use super::zoom::{Answer, Zoom};
use crate::configuration::{Configuration, RemoveAction};
use crate::driver::{ConnectionSettings, Driver, DriverError, Start, Summary, SyncRequest, Synced};
use crate::run::{attributes, scim};
use crate::scenario::{Attribute, DirectoryUser, Listed, Policies, Rule};

/// The reference provisioner, or one of its wrong variants.
pub struct Reference {
    bug: Option<Bug>,
    http: reqwest::Client,
    memory: Option<Memory>,
}

impl Reference {
    /// A provisioner with at most one bug.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be made.
    pub fn new(bug: Option<Bug>) -> Result<Self, DriverError> {
        // A provider that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| DriverError::NotRun(error.to_string()))?;
        Ok(Self {
            bug,
            http,
            memory: None,
        })
    }

    fn memory(&mut self) -> Result<&mut Memory, DriverError> {
        let missing = || DriverError::NotRun("no scenario was started".to_owned());
        self.memory.as_mut().ok_or_else(missing)
    }
}

#[async_trait]
impl Driver for Reference {
    async fn start(&mut self, start: Start) -> Result<(), DriverError> {
        self.memory = Some(Memory {
            bug: self.bug,
            first: start.connection.configuration,
            zoom: Zoom {
                http: self.http.clone(),
                connection: start.connection,
                token: None,
            },
            rules: start.rules,
            policies: start.policies,
            directory: BTreeMap::new(),
            links: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            owes_full: false,
        });
        Ok(())
    }

    async fn configure(&mut self, connection: ConnectionSettings) -> Result<(), DriverError> {
        let memory = self.memory()?;
        let flipped = memory.zoom.connection.configuration != connection.configuration;
        memory.owes_full |= flipped && memory.has(Bug::B26);
        memory.zoom.connection = connection;
        Ok(())
    }

    async fn sync(&mut self, request: SyncRequest) -> Result<Synced, DriverError> {
        self.memory()?.sync(request).await
    }

    async fn delete_rule(&mut self, rule: &str) -> Result<Synced, DriverError> {
        self.memory()?.delete_rule(rule).await
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Success,
    Unsynced,
    Partial,
    Failed,
}

struct Link {
    id: String,
    created: bool,
    rule: String,
    removed: bool,
    written: BTreeMap<Attribute, String>,
}

struct Memory {
    bug: Option<Bug>,
    first: Configuration,
    zoom: Zoom,
    rules: Vec<Rule>,
    policies: Policies,
    directory: BTreeMap<String, DirectoryUser>,
    links: BTreeMap<String, Link>,
    outcomes: BTreeMap<String, Outcome>,
    owes_full: bool,
}

impl Memory {
    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    fn flags(&self) -> Configuration {
        if self.has(Bug::B23) {
            return self.first;
        }
        self.zoom.connection.configuration
    }

    /// What a user's link is filed under.
    fn key(&self, user: &DirectoryUser) -> String {
        if self.has(Bug::B35) {
            user.username.to_ascii_lowercase()
        } else {
            user.id.clone()
        }
    }

    fn rule_of(&self, user: &DirectoryUser) -> Option<Rule> {
        let matches = |rule: &&Rule| user.in_scope_of.contains(&rule.id);
        self.rules.iter().find(matches).cloned()
    }

    async fn sync(&mut self, request: SyncRequest) -> Result<Synced, DriverError> {
        let old = std::mem::take(&mut self.directory);
        self.directory = request
            .users
            .into_iter()
            .map(|user| (user.id.clone(), user))
            .collect();
        if !self.zoom.connection.enabled && !self.has(Bug::B22) {
            self.owes_full = true;
            return Ok(Synced::default());
        }
        let full = request.full || std::mem::take(&mut self.owes_full);
        let in_scope: Vec<(DirectoryUser, Rule)> = self
            .directory
            .values()
            .filter_map(|user| Some((user.clone(), self.rule_of(user)?)))
            .collect();
        let keys: BTreeSet<String> = in_scope.iter().map(|(user, _)| self.key(user)).collect();
        self.outcomes.retain(|key, _| keys.contains(key));
        let mut due: BTreeSet<String> = request
            .changes
            .iter()
            .filter_map(|change| {
                self.directory
                    .get(&change.user)
                    .or_else(|| old.get(&change.user))
            })
            .chain(
                request
                    .changes
                    .iter()
                    .filter_map(|change| old.get(&change.user)),
            )
            .map(|user| self.key(user))
            .collect();
        let failed = self
            .outcomes
            .iter()
            .filter(|(_, outcome)| **outcome == Outcome::Failed);
        due.extend(failed.map(|(key, _)| key.clone()));
        if full {
            due.extend(keys.iter().chain(self.links.keys()).cloned());
        }
        if due.is_empty() {
            return Ok(self.summary());
        }
        let mut listing = self.zoom.list().await?;
        self.relink(&in_scope, &keys, &listing);
        let losers = self.losers(&in_scope);
        for (user, rule) in &in_scope {
            let key = self.key(user);
            if !due.contains(&key) {
                continue;
            }
            let outcome = if losers.contains(&key) {
                Outcome::Failed
            } else {
                self.provision(user, rule, &mut listing, request.deep)
                    .await?
            };
            self.outcomes.insert(key, outcome);
        }
        let removed: Vec<String> = self
            .links
            .keys()
            .filter(|key| due.contains(*key) && !keys.contains(*key))
            .cloned()
            .collect();
        for key in removed {
            self.remove(&key, &listing, full).await?;
        }
        Ok(self.summary())
    }

    /// Who comes back under a new id takes over the account of the one who is gone.
    fn relink(
        &mut self,
        in_scope: &[(DirectoryUser, Rule)],
        keys: &BTreeSet<String>,
        listing: &[Value],
    ) {
        for (user, _) in in_scope {
            let key = self.key(user);
            if self.links.contains_key(&key) {
                continue;
            }
            let Some(account) = listing
                .iter()
                .find(|account| same_address(account, &user.username))
            else {
                continue;
            };
            let held = self
                .links
                .iter()
                .find(|(other, link)| !keys.contains(*other) && link.id == id(account));
            if let Some(old) = held.map(|(old, _)| old.clone())
                && let Some(link) = self.links.remove(&old)
            {
                self.links.insert(key, link);
            }
        }
    }

    /// Of those who share a username all but the linked one, else all but the first.
    fn losers(&self, in_scope: &[(DirectoryUser, Rule)]) -> BTreeSet<String> {
        let mut losers = BTreeSet::new();
        for (user, _) in in_scope {
            let same = |other: &&(DirectoryUser, Rule)| {
                other.0.username.eq_ignore_ascii_case(&user.username)
            };
            let mut rivals: Vec<String> = in_scope
                .iter()
                .filter(same)
                .map(|(other, _)| self.key(other))
                .collect();
            rivals.sort_by_key(|key| (!self.links.contains_key(key), key.clone()));
            losers.extend(rivals.into_iter().skip(1));
        }
        losers
    }

    async fn provision(
        &mut self,
        user: &DirectoryUser,
        rule: &Rule,
        listing: &mut Vec<Value>,
        deep: bool,
    ) -> Result<Outcome, DriverError> {
        let flags = self.flags();
        let key = self.key(user);
        let mut lost = false;
        if let Some(link) = self.links.get_mut(&key) {
            link.rule.clone_from(&rule.id);
            let found = listing
                .iter()
                .find(|account| id(account) == link.id)
                .cloned();
            let account = match found {
                Some(account) if !deep => Some(account),
                Some(_) | None => self.zoom.get(&link.id).await?,
            };
            if let Some(account) = account {
                return self.update(user, rule, &account, deep).await;
            }
            self.links.remove(&key);
            lost = true;
        }
        if !lost
            && self.policies.adopt_existing
            && let Some(account) = self.unlinked(user, listing)
        {
            if self.has(Bug::B02) && !flags.create {
                return Ok(Outcome::Unsynced);
            }
            let Some(account) = self.zoom.get(&id(&account)).await? else {
                return Ok(Outcome::Unsynced);
            };
            let mut written = attributes(&account);
            for (attribute, value) in wanted(user, rule) {
                if attribute.listed() == Listed::Nowhere {
                    written.insert(attribute, value);
                }
            }
            let link = Link {
                id: id(&account),
                created: false,
                rule: rule.id.clone(),
                removed: false,
                written,
            };
            self.links.insert(key, link);
            return self.update(user, rule, &account, deep).await;
        }
        if !user.enabled && !self.has(Bug::B21) {
            return Ok(Outcome::Unsynced);
        }
        if !flags.create && !self.has(Bug::B01) {
            let wrong = self.has(Bug::B109);
            return Ok(if wrong {
                Outcome::Success
            } else {
                Outcome::Unsynced
            });
        }
        self.create(user, rule, listing).await
    }

    fn unlinked(&self, user: &DirectoryUser, listing: &[Value]) -> Option<Value> {
        let matches = |account: &&Value| {
            if self.has(Bug::B28) {
                user_name(account) == user.username
            } else {
                same_address(account, &user.username)
            }
        };
        let free = |account: &&Value| self.links.values().all(|link| link.id != id(account));
        listing.iter().filter(free).find(matches).cloned()
    }

    async fn create(
        &mut self,
        user: &DirectoryUser,
        rule: &Rule,
        listing: &mut Vec<Value>,
    ) -> Result<Outcome, DriverError> {
        let written = wanted(user, rule);
        let mut body = scim(&written);
        body.insert("userName".to_owned(), Value::from(user.username.as_str()));
        let Answer::Done(account) = self.zoom.create(body).await? else {
            return Ok(Outcome::Failed);
        };
        let link = Link {
            id: id(&account),
            created: true,
            rule: rule.id.clone(),
            removed: false,
            written,
        };
        self.links.insert(self.key(user), link);
        listing.push(account);
        Ok(Outcome::Success)
    }

    async fn update(
        &mut self,
        user: &DirectoryUser,
        rule: &Rule,
        account: &Value,
        deep: bool,
    ) -> Result<Outcome, DriverError> {
        let flags = self.flags();
        let change = self.change(user, rule, account, deep);
        let active = account.get("active").and_then(Value::as_bool) == Some(true);
        match (user.enabled, active) {
            (true, true) if change.is_empty() => Ok(Outcome::Success),
            (true, true) if flags.update || self.has(Bug::B03) => {
                self.put(user, rule, account, change).await
            }
            (true, true) if self.has(Bug::B110) => Ok(Outcome::Success),
            (true, false) if self.has(Bug::B27) && self.removed(user) => {
                let outcome = self.create(user, rule, &mut Vec::new()).await?;
                Ok(outcome)
            }
            (true, false) if flags.update || self.has(Bug::B05) => {
                let mut all = change;
                all.extend(scim(&wanted(user, rule)));
                all.insert("active".to_owned(), Value::from(true));
                self.put(user, rule, account, all).await
            }
            (true, _) => Ok(Outcome::Partial),
            (false, true) => {
                let disable = if self.has(Bug::B04) {
                    flags.update
                } else {
                    flags.disable
                };
                if disable || self.has(Bug::B06) {
                    self.disable(user, rule, account).await?;
                } else if flags.update && !change.is_empty() {
                    let outcome = self.put(user, rule, account, change).await?;
                    let failed = outcome == Outcome::Failed;
                    return Ok(if failed { outcome } else { Outcome::Partial });
                } else {
                    return Ok(Outcome::Partial);
                }
                let waiting = flags.update && !change.is_empty();
                Ok(if waiting {
                    Outcome::Partial
                } else {
                    Outcome::Success
                })
            }
            (false, false) if flags.update && !change.is_empty() => Ok(Outcome::Partial),
            (false, false) => Ok(Outcome::Success),
        }
    }

    fn removed(&self, user: &DirectoryUser) -> bool {
        self.links
            .get(&self.key(user))
            .is_some_and(|link| link.removed)
    }

    async fn disable(
        &mut self,
        user: &DirectoryUser,
        rule: &Rule,
        account: &Value,
    ) -> Result<(), DriverError> {
        if self.has(Bug::B08) {
            let mut all = scim(&wanted(user, rule));
            all.insert("active".to_owned(), Value::from(false));
            self.zoom.put(&id(account), all).await?;
        } else {
            self.zoom.deactivate(&id(account)).await?;
        }
        Ok(())
    }

    async fn put(
        &mut self,
        user: &DirectoryUser,
        rule: &Rule,
        account: &Value,
        change: Map<String, Value>,
    ) -> Result<Outcome, DriverError> {
        let answer = self.zoom.put(&id(account), change).await?;
        let key = self.key(user);
        match answer {
            Answer::Done(_) => {
                if let Some(link) = self.links.get_mut(&key) {
                    link.written.extend(wanted(user, rule));
                    link.removed = false;
                }
                Ok(Outcome::Success)
            }
            Answer::Duplicate | Answer::NotFound => Ok(Outcome::Failed),
        }
    }

    /// The part of a PUT that brings an account to what the directory says.
    fn change(
        &self,
        user: &DirectoryUser,
        rule: &Rule,
        account: &Value,
        deep: bool,
    ) -> Map<String, Value> {
        let held = attributes(account);
        let active = account.get("active").and_then(Value::as_bool) == Some(true);
        let written = self.links.get(&self.key(user)).map(|link| &link.written);
        let mut due = wanted(user, rule);
        due.retain(|attribute, value| {
            let known = match attribute.listed() {
                Listed::InList => held.get(attribute),
                Listed::InGet if deep => held.get(attribute),
                Listed::InGet | Listed::Nowhere => {
                    written.and_then(|written| written.get(attribute))
                }
            };
            known != Some(value) && (active || *attribute != Attribute::UserType)
        });
        let mut change = scim(&due);
        if !same_address(account, &user.username) {
            let email = json!([{ "type": "work", "value": user.username, "primary": true }]);
            change.insert("emails".to_owned(), email);
        }
        change
    }

    async fn remove(
        &mut self,
        key: &str,
        listing: &[Value],
        full: bool,
    ) -> Result<(), DriverError> {
        let Some(link) = self.links.get(key) else {
            return Ok(());
        };
        let record = self.directory.get(key);
        if self.has(Bug::B19) && record.is_none() {
            return Ok(());
        }
        let Some(account) = listing.iter().find(|account| id(account) == link.id) else {
            self.links.remove(key);
            return Ok(());
        };
        let flags = self.flags();
        let active = account.get("active").and_then(Value::as_bool) == Some(true);
        let disabled = record.is_some_and(|user| !user.enabled);
        let deprovision = match self.bug {
            Some(Bug::B09) => true,
            Some(Bug::B10) => flags.disable,
            _ => flags.deprovision,
        };
        let disable_only = if self.has(Bug::B18) && record.is_some() {
            Some(flags.disable)
        } else if deprovision {
            None
        } else {
            Some(disabled && flags.disable)
        };
        let delete = (flags.remove_action == RemoveAction::Delete) != self.has(Bug::B11);
        let target = link.id.clone();
        if disable_only.is_none() && delete {
            self.zoom.delete(&target).await?;
            self.links.remove(key);
        } else if disable_only != Some(false) && (active || (full && self.has(Bug::B13))) {
            self.zoom.deactivate(&target).await?;
            if let Some(link) = self.links.get_mut(key) {
                link.removed = true;
            }
        }
        Ok(())
    }

    async fn delete_rule(&mut self, rule: &str) -> Result<Synced, DriverError> {
        self.rules.retain(|alive| alive.id != rule);
        let flags = self.flags();
        let acts = (flags.deprovision_on_rule_deletion || self.has(Bug::B14))
            && (flags.deprovision || self.has(Bug::B17))
            && self.zoom.connection.enabled;
        let mut targets = Vec::new();
        let cared: Vec<String> = self
            .links
            .iter()
            .filter(|(_, link)| link.rule == rule)
            .map(|(key, _)| key.clone())
            .collect();
        for key in cared {
            let next = self.directory.get(&key).and_then(|user| self.rule_of(user));
            if let Some(next) = next {
                if let Some(link) = self.links.get_mut(&key) {
                    link.rule = next.id;
                }
            } else if let Some(link) = self.links.remove(&key)
                && link.created
            {
                targets.push(link.id);
            }
        }
        if acts {
            let listing = self.zoom.list().await?;
            for account in listing {
                if !targets.contains(&id(&account)) && !self.has(Bug::B16) {
                    continue;
                }
                if (flags.remove_action == RemoveAction::Delete) != self.has(Bug::B11) {
                    self.zoom.delete(&id(&account)).await?;
                } else if account.get("active").and_then(Value::as_bool) == Some(true) {
                    self.zoom.deactivate(&id(&account)).await?;
                }
            }
        }
        let directory = &self.directory;
        let rules = &self.rules;
        self.outcomes.retain(|key, _| {
            let user = directory.get(key);
            user.is_some_and(|user| rules.iter().any(|rule| user.in_scope_of.contains(&rule.id)))
        });
        Ok(self.summary())
    }

    fn summary(&self) -> Synced {
        let count = |outcome| {
            self.outcomes
                .values()
                .filter(|seen| **seen == outcome)
                .count()
        };
        Synced {
            summary: Some(Summary {
                impacted: self.outcomes.len(),
                success: count(Outcome::Success),
                unsynced: count(Outcome::Unsynced),
                partial: count(Outcome::Partial),
                failed: count(Outcome::Failed),
            }),
        }
    }
}

/// The mapped attributes that have a value.
fn wanted(user: &DirectoryUser, rule: &Rule) -> BTreeMap<Attribute, String> {
    let mut wanted = BTreeMap::new();
    for mapped in &rule.mapping {
        if let (Some(attribute), Some(value)) = (
            Attribute::of_target(mapped.target),
            user.value(mapped.source),
        ) {
            wanted.insert(attribute, value);
        }
    }
    wanted
}

fn id(account: &Value) -> String {
    account
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn user_name(account: &Value) -> &str {
    account
        .get("userName")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn same_address(account: &Value, address: &str) -> bool {
    user_name(account).eq_ignore_ascii_case(address)
}
