//! One run after another, with what lives as long as the program.

use std::sync::Arc;

use jiff::Timestamp;
use tracing::Instrument as _;

use super::Arguments;
use super::line::{Ran, Trigger};
use crate::cli::input::{
    AuditArguments, Loaded, RunArguments, connection, directory_warnings, rule_warnings, rules,
};
use crate::cli::metrics::{Metrics, serve};
use crate::cli::show::say_note;
use crate::cli::supervise::{supervised, unless_stopped};
use crate::cli::{Failure, log};
use crate::clock;
use crate::connection::Connection;
use crate::diagnose::TestLimits;
use crate::directory::Directory;
use crate::engine::{Provisioner, SyncOptions};
use crate::file::AuditSettings;
use crate::links::{Fact, Memory};
use crate::rule::Rule;
use crate::safety::next_retry;
use crate::stop::Stop;
use crate::summary::Report;

/// What lives as long as the program.
pub(super) struct Watch<'a> {
    arguments: &'a RunArguments,
    looks: SyncOptions,
    audit: &'a AuditArguments,
    /// What the connection said of the audit when the engine was made.
    audit_settings: Option<AuditSettings>,
    loaded: Loaded,
    engine: Option<Provisioner>,
    /// The authentication settings that are known to have passed their test.
    passed: Option<String>,
    metrics: Option<Arc<Metrics>>,
    next_retry: Option<Timestamp>,
}

impl<'a> Watch<'a> {
    /// Opens the state, and keeps it; begins to serve what was asked for.
    pub(super) async fn begin(arguments: &'a Arguments) -> Result<Self, Failure> {
        let run = &arguments.run;
        let loaded = Loaded::open(&run.connection, &run.state).await?;
        let mut metrics = None;
        if let Some(address) = arguments.metrics {
            let served = Arc::new(Metrics::new());
            let bound = serve(address, Arc::clone(&served)).await?;
            say_note(&format!("metrics on http://{bound}/metrics"));
            metrics = Some(served);
        }
        Ok(Self {
            arguments: run,
            looks: arguments.looks.again(),
            audit: &arguments.audit,
            audit_settings: None,
            loaded,
            engine: None,
            passed: None,
            metrics,
            next_retry: None,
        })
    }

    pub(super) async fn run(&mut self, trigger: Trigger, program: &Stop) -> Ran {
        let (id, span) = log::run();
        let (at, begun) = (clock::wall(), clock::monotonic());
        let before = self.engine.as_ref().map(Provisioner::traffic);
        let path = self.arguments.connection.clone();
        let run = supervised(program, &path, |stop| self.synced(stop));
        let result = run.instrument(span).await;
        let ran = Ran {
            id,
            at,
            time: clock::monotonic().saturating_duration_since(begun),
            trigger,
            result,
        };
        if let Some(metrics) = &self.metrics {
            let after = self.engine.as_ref().map(Provisioner::traffic);
            metrics.traffic(before.unwrap_or_default(), after.unwrap_or_default());
            metrics.ran(ran.outcome(), ran.time, &ran.result, clock::wall());
        }
        if let Err(Failure::Audit(_)) = &ran.result {
            // There may be room again at the next run, which has to look how far the file goes.
            self.engine = None;
        }
        if let Ok(remembered) = self.loaded.links().load().await {
            self.next_retry = next_retry(&remembered);
            if let Some(metrics) = &self.metrics {
                metrics.links(remembered.links.len());
            }
        }
        ran
    }

    /// When the first of those who failed is due again.
    pub(super) fn next_retry(&self) -> Option<Timestamp> {
        self.next_retry
    }

    /// One run, with the files as they are now: what is read here is what it keeps to (F72).
    async fn synced(&mut self, stop: Stop) -> Result<Report, Failure> {
        let rules = rules(&self.arguments.rules)?;
        let (connection, audit) = connection(&self.arguments.connection)?;
        let mut warnings = rule_warnings(&rules);
        let directory = match connection.enabled {
            true => unless_stopped(&stop, self.arguments.directory()).await?,
            // The engine remembers that it was off, and asks for nobody.
            false => Directory {
                complete: true,
                ..Directory::default()
            },
        };
        warnings.extend(directory_warnings(&directory));
        self.prepare(&connection, audit, rules, stop.clone())?;
        if connection.enabled {
            unless_stopped(&stop, self.test(&connection)).await?;
        }
        let engine = self.engine.as_mut().ok_or(Failure::Untested)?;
        let report = engine.sync(directory, self.looks).await;
        let mut report = report.map_err(|error| error.with_warnings(warnings.clone()))?;
        warnings.append(&mut report.warnings);
        report.warnings = warnings;
        Ok(report)
    }

    /// The engine for a run. What it knows of Zoom's limits stays, unless other certificates are to be trusted, or
    /// the audit is kept elsewhere or with another key.
    fn prepare(
        &mut self,
        connection: &Connection,
        audit: Option<AuditSettings>,
        rules: Vec<Rule>,
        stop: Stop,
    ) -> Result<(), Failure> {
        let is_same_audit = self.audit_settings == audit;
        let is_audited = audit.is_some() || self.audit.names_a_file();
        let same = |engine: &Provisioner| {
            let before = engine.connection();
            let trusted = before.trusted_roots.certificates();
            let key = before.authentication_fingerprint();
            trusted.eq(connection.trusted_roots.certificates())
                && is_same_audit
                && (!is_audited || key == connection.authentication_fingerprint())
        };
        match &mut self.engine {
            Some(engine) if same(engine) => {
                engine.set_connection(connection.clone());
                engine.set_rules(rules);
                engine.set_stop(stop);
            }
            engine => {
                // An audit is opened by one engine at a time.
                *engine = None;
                let (connection, settings) = (connection.clone(), audit.as_ref());
                let new = self
                    .loaded
                    .audited_for(connection, settings, rules, self.audit)?;
                self.audit_settings = audit;
                *engine = Some(new.with_stop(stop));
            }
        }
        Ok(())
    }

    /// Credentials that are new are tested first: nobody else can, while the state is ours.
    async fn test(&mut self, connection: &Connection) -> Result<(), Failure> {
        let fingerprint = connection.authentication_fingerprint();
        if self.passed.as_ref() == Some(&fingerprint) {
            return Ok(());
        }
        let links = self.loaded.links();
        let remembered = links.load().await?;
        if remembered.facts.get(&Fact::TestPassed) != Some(&fingerprint) {
            let engine = self.engine.as_ref().ok_or(Failure::Untested)?;
            let diagnosis = engine.test_connection(TestLimits::default()).await;
            if let Some(problem) = diagnosis.diagnosis {
                let code = problem.code.name();
                return Err(Failure::NewSettings(format!(
                    "{} ({code}). {}",
                    problem.what, problem.remedy
                )));
            }
            let passed = Memory::Fact(Fact::TestPassed, Some(fingerprint.clone()));
            links.save(vec![passed]).await?;
        }
        self.passed = Some(fingerprint);
        Ok(())
    }
}
