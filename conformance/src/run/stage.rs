//! The stage of one scenario: a Zoom account of its own, gone when the scenario is over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::observe::{ENTERPRISE, Exchange, FAULT_ID_SEPARATOR, Observed, scim};
use crate::configuration::Configuration;
use crate::driver::{ConnectionSettings, MovesAlong, NoAnswer, VirtualTime, Way};
use crate::oracle::fold;
use crate::scenario::{Attribute, Change, Fault, Limits, ZoomEdit};

/// How long a killed provisioner's last requests have, until nothing of them arrives any more.
const SETTLES: Duration = Duration::from_millis(5);
/// How often that is waited for at the most.
const MAX_SETTLES: u32 = 20;
/// How often it is looked whether the provisioner is to be killed.
const LOOK: Duration = Duration::from_millis(1);
/// How much of a scenario's id is in its account's.
const MAX_ACCOUNT_ID: usize = 100;
/// The name of the fault that holds a request for which the provisioner is killed.
pub(super) const KILL: &str = "kill";

/// The longest account id that the mock takes.
const MAX_ACCOUNT_ID_BYTES: usize = 128;

/// A fresh Zoom account on a running mock.
pub struct Stage<'a> {
    server: &'a mock_server::MockServer,
    account: mock_server::Account,
    read_until: u64,
    faults: BTreeMap<String, Set<'a>>,
    /// The server, where nobody touches a socket.
    inside: Option<Arc<mock_server::MockServer>>,
}

/// A fault that is set.
struct Set<'a> {
    guard: mock_server::FaultGuard<'a>,
    /// How often it fires at the most.
    most: Option<u64>,
    /// The only user whom it hits.
    user: Option<String>,
    /// Whether each of its blows passes by itself.
    passes: bool,
    /// Whether tokens that are issued under it may be no good.
    spoils_tokens: bool,
}

/// The group of the mock's catalogue whose effects are about tokens that are issued.
const TOKENS: &str = "token";

/// The stage could not be set: the scenario asks for something that Zoom does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the scenario's Zoom side could not be set up: {0}")]
pub struct StageError(String);

impl<'a> Stage<'a> {
    /// Opens an account with credentials of its own.
    ///
    /// # Errors
    ///
    /// When the server has too many.
    pub fn open(server: &'a mock_server::MockServer) -> Result<Self, StageError> {
        Self::with(server, mock_server::AccountSpec::default(), None)
    }

    /// As [`Stage::open`], under an account id made of the scenario's: Zoom's ids follow from that and the
    /// seed, whoever else is on the server and in whatever order they came.
    ///
    /// # Errors
    ///
    /// As there, and when a scenario of that id is on a stage of this server already.
    pub fn open_for(
        server: &'a mock_server::MockServer,
        scenario: &str,
    ) -> Result<Self, StageError> {
        let account_id = scenario.replace('/', ".");
        // Longer ids there are not; such an account gets any.
        let fits = (1..=MAX_ACCOUNT_ID_BYTES).contains(&account_id.len());
        let spec = mock_server::AccountSpec {
            account_id: Some(account_id).filter(|_| fits),
            ..mock_server::AccountSpec::default()
        };
        Self::with(server, spec, None)
    }

    /// As [`Stage::open`], for a provisioner in this process that touches no socket, on a runtime whose time
    /// is paused. All that is drawn by chance is drawn from the server's seed and the scenario's id, whatever
    /// else the server does.
    ///
    /// # Errors
    ///
    /// As there, and when a scenario of that id is on a stage of this server already.
    pub fn inside(
        server: &'a Arc<mock_server::MockServer>,
        scenario: &str,
    ) -> Result<Self, StageError> {
        let id: String = scenario
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .take(MAX_ACCOUNT_ID)
            .collect();
        let spec = mock_server::AccountSpec {
            client_id: Some(format!("client-{id}")),
            client_secret: Some(format!("secret-{id}")),
            account_id: Some(id),
            ..mock_server::AccountSpec::default()
        };
        Self::with(server, spec, Some(Arc::clone(server)))
    }

    fn with(
        server: &'a mock_server::MockServer,
        spec: mock_server::AccountSpec,
        inside: Option<Arc<mock_server::MockServer>>,
    ) -> Result<Self, StageError> {
        let account = server
            .create_account(spec)
            .map_err(|error| StageError(error.to_string()))?;
        Ok(Self {
            server,
            account,
            read_until: 0,
            faults: BTreeMap::new(),
            inside,
        })
    }

    /// Whether nobody touches a socket.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.inside.is_some()
    }

    /// The connection that leads to this account.
    #[must_use]
    pub fn connection(&self, configuration: Configuration, enabled: bool) -> ConnectionSettings {
        let credentials = self.account.credentials();
        ConnectionSettings {
            scim_url: self.server.scim_url(),
            token_url: self.server.token_url(),
            account_id: credentials.account_id.clone(),
            client_id: credentials.client_id.clone(),
            client_secret: credentials.client_secret.clone(),
            ca_file: None,
            configuration,
            enabled,
        }
    }

    /// Sets what is limited at Zoom's side.
    ///
    /// # Errors
    ///
    /// When Zoom's pages cannot be so long.
    pub fn limit(&self, limits: Limits) -> Result<(), StageError> {
        let Some(cap) = limits.page_cap else {
            return Ok(());
        };
        let set = self.account.change_settings(&json!({ "page_cap": cap }));
        set.map(drop).map_err(|error| StageError(error.to_string()))
    }

    /// Does what an administrator does by hand.
    pub fn edit(&self, edit: &ZoomEdit) -> Result<(), StageError> {
        let done = match edit {
            ZoomEdit::Add { user } => {
                let change = Change {
                    active: Some(user.active),
                    attributes: user.attributes.clone(),
                    cost_center: user.cost_center.clone(),
                };
                let mut json = change_json(&change);
                set(&mut json, "userName", Value::from(user.user_name.as_str()));
                self.account.add_user(&json).map(drop)
            }
            ZoomEdit::Change { user_name, change } => {
                // A deactivation takes the licence, so attributes go first.
                let id = self.id_of(user_name)?;
                self.account.edit_user(&id, &change_json(change))
            }
            ZoomEdit::Remove { user_name } => self.account.remove_user(&self.id_of(user_name)?),
            ZoomEdit::Foreign { user_name } => {
                self.account.add_foreign_address(user_name);
                Ok(())
            }
        };
        done.map_err(|error| StageError(error.to_string()))
    }

    /// Sets a fault, for this account alone.
    ///
    /// # Errors
    ///
    /// When the mock has no such operation or effect, or the two do not go together.
    pub fn fault(&mut self, fault: &Fault) -> Result<(), StageError> {
        let when = json!({
            "operation": fault.on.as_deref().unwrap_or("*"),
            "account": self.account.id(),
            "user": fault.user,
            "after": fault.skip,
            "times": fault.times,
            "probability": fault.percent.map(|percent| f64::from(percent) / 100.0),
        });
        let mut rule = json!({ "when": when, "then": fault.then });
        if let Some(phase) = fault.phase {
            set(&mut rule, "phase", Value::from(phase.as_str()));
        }
        // One of the same id gives way first: its guard would lift the new one.
        self.faults.remove(&fault.id);
        let guard = self.set(&fault.id, &rule)?;
        let most = fault.most();
        let effect = fault.effect();
        let entry = mock_server::CATALOG
            .iter()
            .find(|entry| entry.name == effect);
        let set = Set {
            guard,
            most,
            user: fault.user.clone(),
            passes: fault.passes,
            spoils_tokens: entry.is_some_and(|entry| entry.group == TOKENS),
        };
        self.faults.insert(fault.id.clone(), set);
        Ok(())
    }

    fn set(&self, id: &str, rule: &Value) -> Result<mock_server::FaultGuard<'a>, StageError> {
        let failed = |error: mock_server::InvalidRule| StageError(format!("fault {id}: {error}"));
        let rule_id = format!("{}{FAULT_ID_SEPARATOR}{id}", self.account.id());
        let rule = mock_server::FaultRule::read(rule, Some(&rule_id)).map_err(failed)?;
        let guard = self.server.fault(rule).map_err(failed)?;
        Ok(guard.may_go_unmet())
    }

    /// All faults end, and so does what they left.
    pub fn heal(&mut self) {
        let spoils_tokens = |set: &Set<'_>| set.spoils_tokens;
        if self.faults.values().any(spoils_tokens) {
            // Who keeps a token until it expires is right, and would fail for an hour.
            self.account.revoke_tokens();
        }
        self.faults.clear();
        self.account.show_as_it_is();
    }

    /// Whether a fault is set that may still fire, or may still act where it has fired.
    #[must_use]
    pub fn is_faulty(&self) -> bool {
        let mut faults = self.faults.values();
        faults.any(|set| set.most.is_none_or(|most| set.guard.fired() < most))
    }

    /// Whether all that is set passes by itself.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.faults.values().all(|set| set.passes)
    }

    /// The one user whom all faults are about that are set.
    #[must_use]
    pub fn hit_user(&self) -> Option<String> {
        let mut users = self.faults.values().map(|set| &set.user);
        let first = users.next()?.clone()?;
        users
            .all(|user| user.as_ref() == Some(&first))
            .then_some(first)
    }

    /// Zoom's clock, to which the time of a provisioner in this process is tied.
    #[must_use]
    pub fn time(&self) -> Arc<VirtualTime> {
        let clock = Arc::new(ZoomClock(self.account.clone()));
        Arc::new(match &self.inside {
            None => VirtualTime::new(clock),
            Some(server) => VirtualTime::inside(clock, Arc::new(DirectWay(Arc::clone(server)))),
        })
    }

    /// Holds a request, counted from now and from 1, so that the provisioner can be killed meanwhile.
    ///
    /// # Errors
    ///
    /// When there is no such request.
    pub fn hold(&self, request: u32, applied: bool) -> Result<Hold<'a>, StageError> {
        let phase = if applied { "after" } else { "before" };
        let when = json!({ "account": self.account.id(), "nth": request });
        let rule = json!({ "when": when, "then": "never_answer", "phase": phase });
        Ok(Hold {
            _guard: self.set(KILL, &rule)?,
            account: self.account.clone(),
            since: self.account.last_seq(),
        })
    }

    /// Returns once nothing more arrives of what a killed provisioner had sent.
    pub async fn settle(&self) {
        let mut last = self.account.last_seq();
        for _ in 0..MAX_SETTLES {
            tokio::time::sleep(SETTLES).await;
            let now = self.account.last_seq();
            if now == last {
                return;
            }
            last = now;
        }
    }

    /// Zoom's users, through the control side.
    #[must_use]
    pub fn users(&self) -> Vec<Observed> {
        self.account
            .users()
            .into_iter()
            .map(Observed::read)
            .collect()
    }

    /// The exchanges since the last call.
    pub fn exchanges(&mut self) -> Vec<Exchange> {
        let seen = self.account.exchanges(self.read_until);
        if let Some(last) = seen.last() {
            self.read_until = last.seq;
        }
        seen.iter()
            .map(|exchange| Exchange::from(exchange.as_ref()))
            .collect()
    }

    fn id_of(&self, user_name: &str) -> Result<String, StageError> {
        self.users()
            .into_iter()
            .find(|user| fold(&user.user_name) == fold(user_name))
            .map(|user| user.id)
            .ok_or_else(|| StageError(format!("Zoom has no user {user_name}")))
    }
}

/// How long an answer may take where nobody touches a socket, in the runtime's time.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// Straight to the server.
#[derive(Debug)]
struct DirectWay(Arc<mock_server::MockServer>);

#[async_trait]
impl Way for DirectWay {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, NoAnswer> {
        let exchange = self.0.exchange(request.map(Bytes::from));
        match tokio::time::timeout(ANSWER_LIMIT, exchange).await {
            Ok(Ok(response)) => Ok(response.map(|body| body.to_vec())),
            Ok(Err(mock_server::NoAnswer::Ended)) => Err(NoAnswer::Dropped),
            Ok(Err(mock_server::NoAnswer::Cut)) => Err(NoAnswer::Cut),
            Err(_) => Err(NoAnswer::TimedOut),
        }
    }
}

/// A request that is held while the provisioner is killed.
pub struct Hold<'a> {
    _guard: mock_server::FaultGuard<'a>,
    account: mock_server::Account,
    since: u64,
}

impl Hold<'_> {
    /// Returns once the request is held: it has been applied by then, if it is to be.
    pub async fn reached(&self) {
        let is_held = |exchange: &Arc<mock_server::Exchange>| {
            let note = exchange.fault.as_ref();
            note.is_some_and(|note| {
                note.source
                    .ends_with(&format!("{FAULT_ID_SEPARATOR}{KILL}"))
            })
        };
        while !self.account.exchanges(self.since).iter().any(is_held) {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// The account's clock moves along.
#[derive(Debug)]
struct ZoomClock(mock_server::Account);

impl MovesAlong for ZoomClock {
    fn now(&self) -> Timestamp {
        self.0.clock().now()
    }

    fn advance(&self, by: SignedDuration) {
        // Out of range it stays at the end of time.
        let _ = self.0.clock().advance(by);
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.server.remove_account(self.account.id());
    }
}

fn change_json(change: &Change) -> Value {
    let mut json = Value::Object(scim(&change.attributes));
    if let Some(active) = change.active {
        set(&mut json, "active", Value::from(active));
    }
    if let Some(cost_center) = &change.cost_center {
        let department = change.attributes.get(&Attribute::Department);
        let organization = change.attributes.get(&Attribute::Organization);
        let mut extension = json!({ "costCenter": cost_center });
        for (key, value) in [("department", department), ("organization", organization)] {
            if let Some(value) = value {
                set(&mut extension, key, Value::from(value.as_str()));
            }
        }
        set(&mut json, ENTERPRISE, extension);
    }
    json
}

fn set(json: &mut Value, key: &str, value: Value) {
    if let Some(map) = json.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}
