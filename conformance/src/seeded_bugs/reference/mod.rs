//! The reference provisioner: the semantics once more, as plainly as they can be said in code.
//!
//! A run looks at Zoom, evaluates each user who is due into at most one action, holds the removals
//! against the limit, and only then sends anything. What it keeps is written down as it happens, so that
//! one that is killed goes on from there.

mod attributes;
mod evaluate;
mod kept;
mod paper;
mod remove;
mod report;
mod send;
mod sync;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde_json::Value;

use self::kept::Kept;
use self::paper::Paper;
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
    /// Where it keeps its state; absent where a kill leaves it in memory.
    paper: Option<Paper>,
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
        Ok(Self {
            variant,
            http: http_client(None)?,
            paper: None,
            running: None,
        })
    }

    /// From the next start on it keeps its state in this folder, so that another process can go on from there.
    pub(super) fn keep_in(&mut self, folder: PathBuf) {
        self.paper = Some(Paper::new(folder));
    }

    /// The state that a kill left.
    fn left(&mut self) -> Result<Kept, DriverError> {
        match &self.paper {
            Some(paper) => paper
                .read()
                .map_err(|error| DriverError::NotRun(error.to_string())),
            None => Ok(self.running.take().map(|old| old.kept).unwrap_or_default()),
        }
    }

    fn running(&mut self) -> Result<&mut Running, DriverError> {
        let missing = || DriverError::NotRun("no scenario was started".to_owned());
        self.running.as_mut().ok_or_else(missing)
    }

    fn begin(&mut self, start: Start, kept: Kept) -> Result<(), DriverError> {
        let http = match &start.connection.ca_file {
            Some(file) => http_client(Some(file))?,
            None => self.http.clone(),
        };
        self.running = Some(Running {
            first: start.connection.configuration,
            zoom: Zoom::new(self.variant, http, start.connection, start.time),
            rules: start.rules,
            policies: start.policies,
            kept,
            paper: self.paper.clone(),
            view: Listing::default(),
            looked_up: BTreeSet::new(),
            unread: BTreeSet::new(),
            denied: BTreeSet::new(),
            audit: String::new(),
        });
        Ok(())
    }
}

/// A client that trusts the certificates of a file as well.
fn http_client(ca_file: Option<&Path>) -> Result<reqwest::Client, DriverError> {
    let not_run = |error: &dyn std::fmt::Display| DriverError::NotRun(error.to_string());
    let mut client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none());
    if let Some(file) = ca_file {
        let pem = std::fs::read(file).map_err(|error| not_run(&error))?;
        let roots = reqwest::Certificate::from_pem_bundle(&pem);
        client = client.tls_certs_merge(roots.map_err(|error| not_run(&error))?);
    }
    client.build().map_err(|error| not_run(&error))
}

#[async_trait]
impl Driver for Reference {
    async fn start(&mut self, start: Start) -> Result<(), DriverError> {
        self.begin(start, Kept::default())
    }

    async fn restart(&mut self, start: Start) -> Result<(), DriverError> {
        let mut kept = self.left()?;
        if std::mem::take(&mut kept.under_way) && self.variant.has(Bug::B96) {
            kept.links.clear();
        }
        self.begin(start, kept)
    }

    fn lives_inside(&self) -> bool {
        true
    }

    async fn configure(&mut self, connection: ConnectionSettings) -> Result<(), DriverError> {
        let running = self.running()?;
        let flipped = running.zoom.connection.configuration != connection.configuration;
        running.kept.owes_full |= flipped && running.has(Bug::B26);
        running.zoom.connection = connection;
        Ok(running.write_down()?)
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
    paper: Option<Paper>,
    /// What this run knows of Zoom.
    view: Listing,
    /// The addresses that were looked up in this run.
    looked_up: BTreeSet<String>,
    /// The linked users to whom the read of the directory did not come.
    unread: BTreeSet<String>,
    /// The accounts of which Zoom has said in this run that they are not there.
    denied: BTreeSet<String>,
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

    /// Writes down what is kept: before anything is sent that rests on it, and once it is answered.
    fn write_down(&self) -> Result<(), Trouble> {
        let Some(paper) = &self.paper else {
            return Ok(());
        };
        let written = paper.write(&self.kept);
        written.map_err(|error| Trouble::Ends(format!("the state cannot be written: {error}")))
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

impl From<Trouble> for DriverError {
    fn from(trouble: Trouble) -> Self {
        Self::Answered(trouble.to_string())
    }
}
