//! One scenario, from its first step to its verdict.

use std::collections::BTreeMap;

use super::observe::{Exchange, Observed};
use super::stage::{Stage, StageError};
use crate::configuration::Configuration;
use crate::driver::{
    ConnectionSettings, DirectoryChange, Driver, DriverError, Start, Summary, SyncRequest,
};
use crate::invariant::{Judgement, judge};
use crate::oracle::expect;
use crate::scenario::{DirectoryUser, Scenario, Step};

/// What was seen of one judged step.
#[derive(Debug, Clone)]
pub struct Record {
    /// The index of the step in the scenario.
    pub step: usize,
    /// The directory at that time, by id.
    pub directory: BTreeMap<String, DirectoryUser>,
    /// The rules that are alive, by id; the one that the step deletes no longer.
    pub rules: Vec<String>,
    /// Zoom's users before the step.
    pub before: Vec<Observed>,
    /// Zoom's users after it.
    pub after: Vec<Observed>,
    /// What went over the wire meanwhile.
    pub exchanges: Vec<Exchange>,
    /// What the provisioner reported, or the error that it answered with.
    pub answer: Result<Option<Summary>, String>,
}

/// The outcome of a scenario.
#[derive(Debug)]
pub struct Verdict {
    /// What was seen, step by step.
    pub records: Vec<Record>,
    /// What the invariants say of it.
    pub judgement: Judgement,
}

impl Verdict {
    /// Whether nothing was violated.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.judgement.violations.is_empty()
    }
}

/// A scenario that could not be brought to a verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    /// The provisioner could not be run.
    #[error(transparent)]
    NotRun(#[from] DriverError),
    /// The stage could not be set.
    #[error(transparent)]
    Stage(#[from] StageError),
}

/// Runs a scenario on a fresh account and judges what was seen.
///
/// # Errors
///
/// When the provisioner could not be run or the scenario's Zoom side could not be set up. An error that
/// the provisioner answers with is a violation, not an error of this function.
pub async fn execute(
    scenario: &Scenario,
    mut stage: Stage<'_>,
    driver: &mut dyn Driver,
) -> Result<Verdict, ExecuteError> {
    let mut connection = stage.connection(Configuration::PERMISSIVE, true);
    let start = Start {
        scenario: scenario.id.clone(),
        connection: connection.clone(),
        policies: scenario.policies,
        rules: scenario.rules.clone(),
        only_test: false,
    };
    driver.start(start).await?;
    // A provisioner may test its connection before it begins; what is judged are its runs.
    stage.exchanges();
    let mut play = Play::new(scenario);
    for (step, what) in scenario.steps.iter().enumerate() {
        match what {
            Step::Put { user } => drop(play.directory.insert(user.id.clone(), user.clone())),
            Step::Delete { user } => drop(play.directory.remove(user)),
            Step::Zoom { edit } => stage.edit(edit)?,
            Step::Configure {
                configuration,
                enabled,
            } => {
                connection = ConnectionSettings {
                    configuration: *configuration,
                    enabled: *enabled,
                    ..connection
                };
                driver.configure(connection.clone()).await?;
            }
            Step::Sync { .. } | Step::DeleteRule { .. } => {
                play.run(step, what, &mut stage, driver).await?;
            }
        }
    }
    driver.stop().await?;
    let expectations = expect(scenario);
    let secrets = [connection.client_secret.as_str()];
    let judgement = judge(&expectations, &play.records, scenario.policies, &secrets);
    Ok(Verdict {
        records: play.records,
        judgement,
    })
}

/// The directory and the rules while a scenario is played.
struct Play {
    directory: BTreeMap<String, DirectoryUser>,
    /// The directory as the provisioner last saw it.
    told: BTreeMap<String, DirectoryUser>,
    rules: Vec<String>,
    records: Vec<Record>,
}

impl Play {
    fn new(scenario: &Scenario) -> Self {
        Self {
            directory: BTreeMap::new(),
            told: BTreeMap::new(),
            rules: scenario.rules.iter().map(|rule| rule.id.clone()).collect(),
            records: Vec::new(),
        }
    }

    async fn run(
        &mut self,
        step: usize,
        what: &Step,
        stage: &mut Stage<'_>,
        driver: &mut dyn Driver,
    ) -> Result<(), ExecuteError> {
        let before = stage.users();
        let answer = match what {
            Step::DeleteRule { rule } => {
                self.rules.retain(|alive| alive != rule);
                driver.delete_rule(rule).await
            }
            Step::Sync { full, deep } => {
                let changes = self.changes();
                self.told.clone_from(&self.directory);
                let users = self.directory.values().cloned().collect();
                let request = SyncRequest {
                    full: *full,
                    deep: *deep,
                    users,
                    changes,
                };
                driver.sync(request).await
            }
            Step::Put { .. } | Step::Delete { .. } | Step::Zoom { .. } | Step::Configure { .. } => {
                return Ok(());
            }
        };
        let answer = match answer {
            Ok(synced) => Ok(synced.summary),
            Err(DriverError::Answered(message)) => Err(message),
            Err(error @ (DriverError::NotRun(_) | DriverError::Unsupported(_))) => {
                return Err(error.into());
            }
        };
        self.records.push(Record {
            step,
            directory: self.directory.clone(),
            rules: self.rules.clone(),
            before,
            after: stage.users(),
            exchanges: stage.exchanges(),
            answer,
        });
        Ok(())
    }

    /// What happened in the directory since the provisioner last saw it.
    fn changes(&self) -> Vec<DirectoryChange> {
        let gone = self
            .told
            .keys()
            .filter(|id| !self.directory.contains_key(*id));
        self.directory
            .keys()
            .chain(gone)
            .flat_map(|id| DirectoryChange::between(self.told.get(id), self.directory.get(id)))
            .collect()
    }
}
