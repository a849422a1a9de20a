//! The built-in driver: the provisioner's library in this process, over real loopback HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use provisioner::{
    Audit, Carrier, Diagnosis, Links, MemoryLinks, NotCarried, Provisioner, SyncOptions,
    TestLimits, Transport, TransportError, TrustedRoots, Waiter,
};

use super::evidence::{Heard, planned};
use super::program::{group_filter, source_key, target_name};
use super::{
    ConnectionSettings, Driver, DriverError, NoAnswer, Planned, Start, Summary, SyncRequest,
    Synced, Tested, VirtualTime,
};
use crate::configuration::RemoveAction;
use crate::scenario::{
    ActiveGate, DirectoryUser, DisabledAtCreation, Policies, Rule, RuleDeletionRemoves,
};

/// How long a request may take where Zoom may never answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// What chance is drawn from in a time that is not the machine's.
const CHANCE: u64 = 7;

/// Drives the provisioner's library; links are kept in memory.
pub struct Builtin {
    transport: Transport,
    /// For scenarios in which Zoom may never answer.
    impatient: Transport,
    limits: TestLimits,
    /// What a provisioner keeps that is killed.
    links: Arc<MemoryLinks>,
    /// What it tells of its writes.
    heard: Arc<Heard>,
    policies: Policies,
    is_inside: bool,
    engine: Option<Provisioner>,
}

impl Builtin {
    /// A driver with a connection pool of its own.
    ///
    /// # Errors
    ///
    /// When no HTTP transport can be made.
    pub fn new() -> Result<Self, DriverError> {
        let not_run = |error: TransportError| DriverError::NotRun(error.to_string());
        Ok(Self {
            transport: Transport::new().map_err(not_run)?,
            impatient: Transport::within(&TrustedRoots::default(), PATIENCE).map_err(not_run)?,
            limits: TestLimits::default(),
            links: Arc::default(),
            heard: Arc::default(),
            policies: Policies::default(),
            is_inside: false,
            engine: None,
        })
    }

    /// As [`Builtin::new`], and each step of a test of the connection takes no longer than this.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn with_limit(limit: Duration) -> Result<Self, DriverError> {
        Ok(Self {
            limits: TestLimits::each(limit),
            ..Self::new()?
        })
    }

    fn answer(
        &self,
        report: Result<provisioner::Report, provisioner::SyncError>,
    ) -> Result<Synced, DriverError> {
        let audit = self.heard.take();
        match report {
            Ok(report) => Ok(Synced {
                summary: Some(Summary {
                    impacted: report.summary.impacted,
                    success: report.summary.success,
                    unsynced: report.summary.unsynced,
                    partial: report.summary.partial,
                    failed: report.summary.failed,
                }),
                audit: Some(audit),
                output: format!("{report:?}"),
                exit_code: None,
            }),
            Err(provisioner::SyncError::Off) => Ok(Synced::default()),
            Err(error) => Err(DriverError::Answered(error.to_string())),
        }
    }

    fn engine(&mut self) -> Result<&mut Provisioner, DriverError> {
        let missing = || DriverError::NotRun("no scenario was started".to_owned());
        self.engine.as_mut().ok_or_else(missing)
    }
}

#[async_trait]
impl Driver for Builtin {
    async fn start(&mut self, start: Start) -> Result<(), DriverError> {
        self.links = Arc::default();
        self.restart(start).await
    }

    async fn restart(&mut self, start: Start) -> Result<(), DriverError> {
        let rules = start
            .rules
            .iter()
            .map(rule)
            .collect::<Result<Vec<_>, _>>()?;
        self.policies = start.policies;
        self.is_inside = start.time.as_ref().is_some_and(|time| time.is_inside());
        let connection = connection(&start.connection, self.policies)?;
        let transport = match (connection.trusted_roots.is_empty(), &start.time) {
            (true, Some(time)) if time.is_inside() => self
                .transport
                .carried_by(Arc::new(InTime(Arc::clone(time)))),
            (true, None) => self.transport.clone(),
            (true, Some(_)) => self.impatient.clone(),
            (false, _) => Transport::with_roots(&connection.trusted_roots)
                .map_err(|error| DriverError::NotRun(error.to_string()))?,
        };
        let links = Arc::clone(&self.links) as Arc<dyn Links>;
        let audit = Arc::clone(&self.heard) as Arc<dyn Audit>;
        let mut engine = Provisioner::new(connection, rules, links, transport).with_audit(audit);
        if let Some(workers) = start.limits.workers {
            engine = engine.with_writes_at_once(workers.get());
        }
        self.engine = Some(match start.time {
            None => engine,
            Some(time) => engine.with_waiter(Arc::new(InTime(time)), CHANCE),
        });
        Ok(())
    }

    fn lives_inside(&self) -> bool {
        true
    }

    async fn configure(&mut self, settings: ConnectionSettings) -> Result<(), DriverError> {
        let connection = connection(&settings, self.policies)?;
        self.engine()?.set_connection(connection);
        Ok(())
    }

    async fn sync(&mut self, request: SyncRequest) -> Result<Synced, DriverError> {
        let (directory, options) = asked(request);
        let report = self.engine()?.sync(&directory, options).await;
        self.answer(report)
    }

    async fn plan(&mut self, request: SyncRequest) -> Result<Planned, DriverError> {
        let (directory, options) = asked(request);
        match self.engine()?.plan(&directory, options).await {
            Ok(plan) => Ok(planned(&plan)),
            Err(provisioner::SyncError::Off) => Ok(Planned::default()),
            Err(error) => Err(DriverError::Answered(error.to_string())),
        }
    }

    async fn delete_rule(&mut self, rule: &str) -> Result<Synced, DriverError> {
        let report = self.engine()?.delete_rule(rule, None).await;
        self.answer(report)
    }

    async fn test_connection(&mut self) -> Result<Tested, DriverError> {
        if self.is_inside {
            // A test looks at names, addresses and certificates, so it needs a socket.
            return Err(DriverError::Unsupported("test_connection without sockets"));
        }
        let limits = self.limits;
        let found = self.engine()?.test_connection(limits).await;
        tested(&found).map_err(|error| DriverError::NotRun(error.to_string()))
    }
}

/// The provisioner lives in the time of the scenario.
#[derive(Debug)]
struct InTime(Arc<VirtualTime>);

#[async_trait]
impl Waiter for InTime {
    fn now(&self) -> Duration {
        self.0.now()
    }

    fn wall(&self) -> Timestamp {
        self.0.wall()
    }

    async fn wait(&self, time: Duration) {
        self.0.wait(time).await;
    }
}

#[async_trait]
impl Carrier for InTime {
    async fn carry(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, NotCarried> {
        self.0.send(request).await.map_err(|none| match none {
            NoAnswer::TimedOut => NotCarried::TimedOut,
            NoAnswer::Dropped => NotCarried::Dropped,
            NoAnswer::Cut => NotCarried::Cut,
        })
    }
}

/// What was found, and its forms in which it may get anywhere: JSON and `Debug`.
fn tested(found: &Diagnosis) -> Result<Tested, serde_json::Error> {
    let problem = found.diagnosis.as_ref();
    Ok(Tested {
        ok: found.ok,
        diagnosis: problem.map(|problem| format!("{} {}", problem.what, problem.evidence)),
        report: Some(serde_json::to_value(found)?),
        exit_code: None,
        output: format!("{}\n{found:#?}", serde_json::to_string(found)?),
    })
}

/// The directory, and how it is to be looked at.
fn asked(request: SyncRequest) -> (provisioner::Directory, SyncOptions) {
    let directory = provisioner::Directory {
        complete: request.complete,
        users: request.users.into_iter().map(user).collect(),
        ..provisioner::Directory::default()
    };
    let options = SyncOptions {
        full: request.full,
        deep: request.deep,
        allow_removals: request.removals_allowed,
        ..SyncOptions::default()
    };
    (directory, options)
}

/// The removal limit that is asked for, as a number alone; a directory may shrink as it likes then.
fn safety(policies: Policies) -> provisioner::Safety {
    let default = provisioner::Safety::default();
    match policies.removal_limit {
        None => default,
        Some(limit) => provisioner::Safety {
            max_removals: limit,
            max_removal_percent: 0,
            max_shrink_percent: 100,
            ..default
        },
    }
}

fn read(policies: Policies) -> provisioner::Policies {
    provisioner::Policies {
        disabled_at_creation: match policies.disabled_at_creation {
            DisabledAtCreation::Skip => provisioner::DisabledAtCreation::Skip,
            DisabledAtCreation::CreateInactive => provisioner::DisabledAtCreation::CreateInactive,
        },
        adopt_existing: policies.adopt_existing,
        rule_deletion_needs_deprovision: policies.rule_deletion_needs_deprovision,
        rule_deletion_removes: match policies.rule_deletion_removes {
            RuleDeletionRemoves::Created => provisioner::RuleDeletionRemoves::Created,
            RuleDeletionRemoves::Linked => provisioner::RuleDeletionRemoves::Linked,
        },
        active_gate: match policies.active_gate {
            ActiveGate::Disable => provisioner::ActiveGate::Disable,
            ActiveGate::Update => provisioner::ActiveGate::Update,
        },
        clear_attributes: policies.clear_attributes,
        recreate_missing: policies.recreate_missing,
        ..provisioner::Policies::default()
    }
}

fn connection(
    settings: &ConnectionSettings,
    policies: Policies,
) -> Result<provisioner::Connection, DriverError> {
    let flags = settings.configuration;
    Ok(provisioner::Connection {
        name: "Zoom".to_owned(),
        scim_url: settings.scim_url.clone(),
        token_url: settings.token_url.clone(),
        account_id: settings.account_id.clone(),
        client_id: settings.client_id.clone(),
        client_secret: settings.client_secret.clone().into(),
        trusted_roots: trusted_roots(settings)?,
        flags: provisioner::ActionFlags {
            create: flags.create,
            update: flags.update,
            disable: flags.disable,
            deprovision: flags.deprovision,
        },
        remove_action: match flags.remove_action {
            RemoveAction::Disable => provisioner::RemoveAction::Disable,
            RemoveAction::Delete => provisioner::RemoveAction::Delete,
        },
        deprovision_on_rule_deletion: flags.deprovision_on_rule_deletion,
        enabled: settings.enabled,
        policies: read(policies),
        safety: safety(policies),
    })
}

fn trusted_roots(settings: &ConnectionSettings) -> Result<TrustedRoots, DriverError> {
    let Some(file) = &settings.ca_file else {
        return Ok(TrustedRoots::default());
    };
    let unusable =
        |error: &dyn std::fmt::Display| DriverError::NotRun(format!("{}: {error}", file.display()));
    let pem = std::fs::read(file).map_err(|error| unusable(&error))?;
    TrustedRoots::from_pem(&pem).map_err(|error| unusable(&error))
}

/// The rule, with a filter that asks for a group of the rule's own name.
fn rule(rule: &Rule) -> Result<provisioner::Rule, DriverError> {
    let not_run = |error: String| DriverError::NotRun(format!("rule {}: {error}", rule.id));
    let filter = provisioner::Filter::parse(&group_filter(&rule.id));
    let mut values = BTreeMap::new();
    for mapped in &rule.mapping {
        let target = provisioner::Target::parse(target_name(mapped.target));
        let source = provisioner::Source::parse(source_key(mapped.source));
        if let (Some(target), Some(source)) = (target, source) {
            values.insert(target, provisioner::Value::Key(source));
        }
    }
    Ok(provisioner::Rule {
        id: rule.id.clone(),
        filter: Some(filter.map_err(|error| not_run(error.to_string()))?),
        mapping: provisioner::Mapping::new(values).map_err(|error| not_run(error.to_string()))?,
        enabled: true,
    })
}

fn user(user: DirectoryUser) -> provisioner::DirectoryUser {
    let names = |names: Vec<String>| names.into_iter().map(Into::into).collect();
    provisioner::DirectoryUser {
        id: user.id.into(),
        username: user.username.into(),
        email: user.email.map(Into::into),
        given_name: user.given_name.map(Into::into),
        family_name: user.family_name.map(Into::into),
        phone: user.phone.map(Into::into),
        enabled: user.enabled,
        user_type: user.user_type.map(Into::into),
        roles: names(user.roles),
        title: user.title.map(Into::into),
        department: user.department.map(Into::into),
        organization: user.organization.map(Into::into),
        locale: user.locale.map(Into::into),
        groups: names(user.in_scope_of),
    }
}
