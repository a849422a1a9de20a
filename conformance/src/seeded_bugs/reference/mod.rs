//! The reference provisioner: the semantics once more, as plainly as they can be said in code.
//!
//! A run looks at Zoom, evaluates each user who is due into at most one action, holds the removals
//! against the limit, and only then sends anything. What it keeps is written down as it happens, so that
//! one that is killed goes on from there.

mod attributes;
mod evaluate;
mod kept;
mod remove;
mod report;
mod send;
mod sync;

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde_json::Value;

use self::kept::Kept;
use super::bug::Bug;
use super::variant::{Control, Variant};
use super::zoom::{Listing, Trouble, Zoom, id};
use crate::configuration::Configuration;
use crate::driver::{
    ConnectionSettings, Driver, DriverError, Planned, Start, SyncRequest, Synced, Tested,
};
use crate::scenario::{ActiveGate, DirectoryUser, Policies, Rule};

/// The reference provisioner, or one of its variants.
pub struct Reference {
    variant: Variant,
    http: reqwest::Client,
    running: Option<Running>,
}

impl Reference {
    /// A provisioner of this kind.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be made.
    pub fn new(variant: Variant) -> Result<Self, DriverError> {
        // A provider that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| DriverError::NotRun(error.to_string()))?;
        Ok(Self {
            variant,
            http,
            running: None,
        })
    }

    fn running(&mut self) -> Result<&mut Running, DriverError> {
        let missing = || DriverError::NotRun("no scenario was started".to_owned());
        self.running.as_mut().ok_or_else(missing)
    }

    fn begin(&mut self, start: Start, kept: Kept) {
        self.running = Some(Running {
            first: start.connection.configuration,
            zoom: Zoom::new(
                self.variant,
                self.http.clone(),
                start.connection,
                start.time,
            ),
            rules: start.rules,
            policies: start.policies,
            kept,
            view: Listing::default(),
            looked_up: BTreeSet::new(),
            audit: String::new(),
        });
    }
}

#[async_trait]
impl Driver for Reference {
    async fn start(&mut self, start: Start) -> Result<(), DriverError> {
        self.begin(start, Kept::default());
        Ok(())
    }

    async fn restart(&mut self, start: Start) -> Result<(), DriverError> {
        let mut kept = self.running.take().map(|old| old.kept).unwrap_or_default();
        if std::mem::take(&mut kept.under_way) && self.variant.has(Bug::B96) {
            kept.links.clear();
        }
        self.begin(start, kept);
        Ok(())
    }

    fn lives_inside(&self) -> bool {
        true
    }

    async fn configure(&mut self, connection: ConnectionSettings) -> Result<(), DriverError> {
        let running = self.running()?;
        let flipped = running.zoom.connection.configuration != connection.configuration;
        running.kept.owes_full |= flipped && running.has(Bug::B26);
        running.zoom.connection = connection;
        Ok(())
    }

    async fn sync(&mut self, request: SyncRequest) -> Result<Synced, DriverError> {
        if self.variant.is(Control::G13) {
            let running = self.running()?;
            running.zoom = Zoom::new(
                running.zoom.variant,
                running.zoom.http.clone(),
                running.zoom.connection.clone(),
                running.zoom.time.clone(),
            );
        }
        self.running()?.sync(request).await
    }

    async fn plan(&mut self, request: SyncRequest) -> Result<Planned, DriverError> {
        self.running()?.plan(request).await
    }

    async fn delete_rule(&mut self, rule: &str) -> Result<Synced, DriverError> {
        self.running()?.delete_rule(rule).await
    }

    async fn test_connection(&mut self) -> Result<Tested, DriverError> {
        let tested = self.running()?.zoom.test().await;
        Ok(Tested {
            ok: tested.is_ok(),
            diagnosis: tested.err().map(|trouble| trouble.to_string()),
            ..Tested::default()
        })
    }
}

/// A provisioner that was started.
struct Running {
    /// The flags as they were at the start, for the variant that reads them once.
    first: Configuration,
    zoom: Zoom,
    rules: Vec<Rule>,
    policies: Policies,
    kept: Kept,
    /// What this run knows of Zoom.
    view: Listing,
    /// The addresses that were looked up in this run.
    looked_up: BTreeSet<String>,
    /// The audit lines of this run.
    audit: String,
}

impl Running {
    fn has(&self, bug: Bug) -> bool {
        self.zoom.has(bug)
    }

    fn is(&self, control: Control) -> bool {
        self.zoom.variant.is(control)
    }

    fn flags(&self) -> Configuration {
        if self.has(Bug::B23) {
            return self.first;
        }
        self.zoom.connection.configuration
    }

    /// Whether a disabled user may be deactivated.
    fn may_disable(&self) -> bool {
        let flags = self.flags();
        match self.policies.active_gate {
            ActiveGate::Disable => flags.disable,
            ActiveGate::Update => flags.update,
        }
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

    /// The users whom a rule matches, each with the first that does.
    fn in_scope(&self) -> Vec<(DirectoryUser, Rule)> {
        let users = self.kept.directory.values();
        users
            .filter_map(|user| Some((user.clone(), self.rule_of(user)?)))
            .collect()
    }

    /// A linked account as this run knows it. Who is not on a list that is complete is gone.
    async fn linked(&self, linked: &str, deep: bool) -> Result<Option<Value>, Trouble> {
        let listed = self.view.users.iter().find(|user| id(user) == linked);
        match listed {
            Some(user) if !deep => Ok(Some(user.clone())),
            None if self.view.complete => Ok(None),
            Some(_) | None => self.zoom.get(linked).await,
        }
    }

    /// The ids of all linked accounts.
    fn linked_ids(&self) -> BTreeSet<String> {
        let links = self.kept.links.values();
        links.map(|link| link.id.clone()).collect()
    }
}
