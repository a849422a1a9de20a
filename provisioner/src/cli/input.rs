//! What the commands read before they do anything.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Failure;
use crate::audit::{AuditFile, Values};
use crate::connection::Connection;
use crate::directory::{
    Directory, DirectoryFile, Format, PINGONE_SECRET_VARIABLE, PingOneFile, Source as _,
};
use crate::engine::{Provisioner, SyncOptions};
use crate::file::{AuditSettings, ConnectionFile, RuleFile, SECRET_VARIABLE};
use crate::links::{self, Fact, Links, LinksError, Memory};
use crate::rule::Rule;
use crate::zoom::Transport;

/// What stands before the file that says whose users to read in PingOne.
const PINGONE: &str = "pingone:";

/// What a run is about: the options that `plan`, `sync`, `apply` and `explain` share.
#[derive(Debug, clap::Args)]
pub(super) struct RunArguments {
    /// The connection file
    #[arg(long, value_name = "FILE")]
    pub(super) connection: PathBuf,
    /// A rule file; several in their order
    // Without any rule everybody would be out of scope, and be removed.
    #[arg(long = "rule", value_name = "FILE", required = true)]
    pub(super) rules: Vec<PathBuf>,
    /// Where users come from: a file, or `pingone:` and the file that says whose users to read there
    #[arg(long, value_name = "FILE|pingone:FILE")]
    directory: PathBuf,
    /// How the directory file is written, where its name does not say so
    #[arg(long, value_name = "FORMAT", value_enum)]
    directory_format: Option<Format>,
    /// How many users are in the directory file, told from elsewhere
    #[arg(long, value_name = "N")]
    directory_count: Option<u64>,
    /// The state, which a test that passed has made: a file, or `postgres://USER@HOST/DATABASE`
    #[arg(long, value_name = "FILE|URL")]
    pub(super) state: PathBuf,
    /// Print the result as one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// Whom a run looks at, and how closely.
#[derive(Debug, clap::Args)]
pub(super) struct Looks {
    /// Evaluate everybody, not only whose record changed
    #[arg(long)]
    full: bool,
    /// Read each linked user singly as well; implies --full
    #[arg(long)]
    deep: bool,
}

/// What is meant for one run alone.
#[derive(Debug, clap::Args)]
pub(super) struct Once {
    /// Of those who failed, evaluate only whose time for another attempt has come
    #[arg(long)]
    due_only: bool,
    /// Go on where removals were held back: exactly N users are to be disabled or deleted in this run
    #[arg(long, value_name = "N")]
    allow_removals: Option<usize>,
    /// Go on where the directory has shrunk: it is to have exactly N users
    #[arg(long, value_name = "N")]
    accept_count: Option<usize>,
}

impl Looks {
    pub(super) fn options(&self, once: &Once) -> SyncOptions {
        SyncOptions {
            due_only: once.due_only,
            allow_removals: once.allow_removals,
            accept_count: once.accept_count,
            ..self.again()
        }
    }

    /// For one run after the other: who failed waits for their time, and nothing is allowed twice.
    pub(super) fn again(&self) -> SyncOptions {
        SyncOptions {
            full: self.full,
            deep: self.deep,
            due_only: true,
            ..SyncOptions::default()
        }
    }
}

/// Where it is written down what is sent; where neither is given, the connection's table `[audit]` says.
#[derive(Debug, clap::Args)]
pub(super) struct AuditArguments {
    /// Write each write that is sent to Zoom down in this file, to which lines are only added
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// How values of users appear there; a hash is keyed
    #[arg(long, value_name = "HOW", value_enum)]
    audit_values: Option<Values>,
}

impl AuditArguments {
    pub(super) fn names_a_file(&self) -> bool {
        self.audit.is_some()
    }
}

impl RunArguments {
    /// The files that a run reads, as far as they are named here.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let directory = self.directory.to_str();
        let settings = directory.and_then(|path| path.strip_prefix(PINGONE));
        let directory = settings.map_or_else(|| self.directory.clone(), PathBuf::from);
        let mut files = vec![self.connection.clone(), directory];
        files.extend(self.rules.iter().cloned());
        files
    }

    /// Reads the directory.
    pub(super) async fn directory(&self) -> Result<Directory, Failure> {
        let settings = self.directory.to_str();
        if let Some(settings) = settings.and_then(|path| path.strip_prefix(PINGONE)) {
            let is_file = self.directory_format.is_some() || self.directory_count.is_some();
            if is_file {
                return Err(Failure::NotForPingOne);
            }
            let file = PingOneFile::read(Path::new(settings))?;
            let source = file.with_secret(std::env::var(PINGONE_SECRET_VARIABLE).ok())?;
            return Ok(source.read().await?);
        }
        let mut file = match self.directory_format {
            None => DirectoryFile::new(&self.directory)?,
            Some(format) => DirectoryFile {
                path: self.directory.clone(),
                format,
                count: None,
            },
        };
        file.count = self.directory_count;
        Ok(file.read().await?)
    }
}

/// What an administrator should know about a directory: what it lacks, and what that means.
pub(super) fn directory_warnings(directory: &Directory) -> Vec<String> {
    let mut warnings = Vec::new();
    if !directory.complete {
        warnings.push(
            "the directory was not read completely: nobody is removed for being missing from it; removals wait for a \
             complete read"
                .to_owned(),
        );
        warnings.extend(directory.gaps.iter().cloned());
    }
    let refused = directory.refused.len();
    if refused > 0 {
        let users = if refused == 1 { "user" } else { "users" };
        warnings.push(format!(
            "{refused} {users} of the directory failed for records that cannot be used; their accounts stay as they are"
        ));
    }
    warnings.extend(directory.notices.iter().cloned());
    warnings
}

/// A connection, and what is remembered of it.
pub(super) struct Loaded {
    connection: Connection,
    audit: Option<AuditSettings>,
    links: Arc<dyn Links>,
}

/// Reads a connection file, with the secret; its settings are checked. It is on unless the file says otherwise.
pub(super) fn connection(path: &Path) -> Result<(Connection, Option<AuditSettings>), Failure> {
    let file = ConnectionFile::read(path)?;
    let mut connection = file.with_secret(std::env::var(SECRET_VARIABLE).ok())?;
    connection.enabled = file.enabled != Some(false);
    Ok((connection, file.audit))
}

/// Reads rule files; their order is the rules' order.
pub(super) fn rules(paths: &[PathBuf]) -> Result<Vec<Rule>, Failure> {
    let mut rules = Vec::new();
    let mut ids = BTreeSet::new();
    for path in paths {
        let rule = RuleFile::read(path)?;
        if !ids.insert(rule.id.clone()) {
            return Err(Failure::DuplicateRule(rule.id));
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// What an administrator should know about rules before using them.
pub(super) fn rule_warnings(rules: &[Rule]) -> Vec<String> {
    let warning = |rule: &Rule| {
        let warning = rule.mapping.warning()?;
        let id = &rule.id;
        Some(format!(
            "rule {id}: {warning}; map both from the same source"
        ))
    };
    rules.iter().filter_map(warning).collect()
}

impl Loaded {
    /// Reads the connection and opens the state. A connection that is on has passed its test with these
    /// authentication settings; of one that is off the engine takes care.
    pub(super) async fn open(connection_path: &Path, state: &Path) -> Result<Self, Failure> {
        let (connection, audit) = connection(connection_path)?;
        let Some(links) = links::open_existing(state).await? else {
            // Only a test that passed makes a state, so there was none; and looking makes none.
            return Err(if connection.enabled {
                Failure::Untested
            } else {
                Failure::Off
            });
        };
        let remembered = links.load().await?;
        let passed = remembered.facts.get(&Fact::TestPassed);
        if connection.enabled && passed != Some(&connection.authentication_fingerprint()) {
            return Err(Failure::Untested);
        }
        Ok(Self {
            connection,
            audit,
            links,
        })
    }

    /// How many users are linked.
    pub(super) async fn linked(&self) -> Result<usize, Failure> {
        Ok(self.links.load().await?.links.len())
    }

    /// The audit that the connection names, if it has been begun.
    pub(super) fn audit_file(&self) -> Option<PathBuf> {
        let settings = self.audit.as_ref()?;
        settings.file.exists().then(|| settings.file.clone())
    }

    /// The engine with its audit, if there is to be one. The command line goes first.
    pub(super) fn audited(
        &self,
        rules: Vec<Rule>,
        arguments: &AuditArguments,
    ) -> Result<Provisioner, Failure> {
        self.audited_for(
            self.connection.clone(),
            self.audit.as_ref(),
            rules,
            arguments,
        )
    }

    /// The same for a connection, and what it says of the audit, as they are by now.
    pub(super) fn audited_for(
        &self,
        connection: Connection,
        settings: Option<&AuditSettings>,
        rules: Vec<Rule>,
        arguments: &AuditArguments,
    ) -> Result<Provisioner, Failure> {
        let engine = self.engine_for(connection, rules)?;
        let file = arguments.audit.as_ref();
        let Some(file) = file.or(settings.map(|settings| &settings.file)) else {
            return match arguments.audit_values {
                Some(_) => Err(Failure::NoAudit),
                None => Ok(engine),
            };
        };
        let values = settings.map(|settings| settings.values);
        let values = arguments.audit_values.or(values).unwrap_or_default();
        let audit = AuditFile::open(file, values, engine.connection())?;
        Ok(engine.with_audit(Arc::new(audit)))
    }

    /// The engine.
    pub(super) fn engine(&self, rules: Vec<Rule>) -> Result<Provisioner, Failure> {
        self.engine_for(self.connection.clone(), rules)
    }

    fn engine_for(&self, connection: Connection, rules: Vec<Rule>) -> Result<Provisioner, Failure> {
        let transport = Transport::with_roots(&connection.trusted_roots)?;
        let links = Arc::clone(&self.links);
        Ok(Provisioner::new(connection, rules, links, transport))
    }

    /// What is remembered.
    pub(super) fn links(&self) -> Arc<dyn Links> {
        Arc::clone(&self.links)
    }
}

/// Remembers that a connection has passed its test.
pub(super) async fn remember_passed(
    state: &Path,
    connection: &Connection,
) -> Result<(), LinksError> {
    let links = links::open(state).await?;
    let passed = Some(connection.authentication_fingerprint());
    links
        .save(vec![Memory::Fact(Fact::TestPassed, passed)])
        .await
}

/// Forgets that a connection has passed its test with these settings, for now it does not. That it passed with
/// others stays: they may come back.
pub(super) async fn forget_passed(state: &Path, connection: &Connection) -> Result<(), LinksError> {
    let Some(links) = links::open_existing(state).await? else {
        return Ok(());
    };
    let remembered = links.load().await?;
    let passed = remembered.facts.get(&Fact::TestPassed);
    if passed == Some(&connection.authentication_fingerprint()) {
        links
            .save(vec![Memory::Fact(Fact::TestPassed, None)])
            .await?;
    }
    Ok(())
}
