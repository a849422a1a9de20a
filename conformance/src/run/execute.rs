//! One scenario, from its first step to its verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::fired::{FaultName, Firings, fired};
use super::observe::{Exchange, Observed};
use super::sometimes::{Sometimes, sometimes};
use super::stage::{Hold, Stage, StageError};
use crate::configuration::Configuration;
use crate::driver::{
    ConnectionSettings, DirectoryChange, Driver, DriverError, Planned, Start, SyncRequest, Synced,
    VirtualTime,
};
use crate::invariant::{Judgement, judge};
use crate::scenario::{DirectoryUser, Scenario, Step};

/// How long a judged step may take before the provisioner is killed: it hangs (I18).
pub const RUN_LIMIT: Duration = Duration::from_secs(120);
/// The same in a time that is not the machine's.
const VIRTUAL_RUN_LIMIT: Duration = Duration::from_secs(48 * 3600);

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
    pub answer: Result<Synced, String>,
    /// Whether a fault was set that could still fire when the step began.
    pub faulty: bool,
    /// Whether one could still fire when it ended.
    pub still_faulty: bool,
    /// Whether all that could fire passes by itself, however often it fires.
    pub passes: bool,
    /// The ids of the users that the read of the directory did not come to.
    pub unread: BTreeSet<String>,
    /// The address of the one user whom all faults were about.
    pub hit_user: Option<String>,
    /// What the provisioner said just before that this run would write.
    pub plan: Option<Plan>,
    /// Whether the provisioner was killed in it.
    pub killed: bool,
    /// Whether it came to an end, or was killed, within [`RUN_LIMIT`] and the time that an answer may take.
    pub ended: bool,
    /// How long it took in the time of the scenario.
    pub took: Duration,
}

/// What a provisioner said that a run would write, and what it did meanwhile.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What it said, or the error that it answered with.
    pub answer: Result<Planned, String>,
    /// What went over the wire.
    pub exchanges: Vec<Exchange>,
    /// Whether Zoom's users stayed as they were.
    pub left_alone: bool,
}

/// The outcome of a scenario.
#[derive(Debug)]
pub struct Verdict {
    /// What was seen, step by step.
    pub records: Vec<Record>,
    /// What the invariants say of it.
    pub judgement: Judgement,
    /// What happened, of that which has to happen sometimes.
    pub sometimes: BTreeMap<Sometimes, u64>,
    /// The faults that fired.
    pub faults: BTreeMap<FaultName, Firings>,
}

impl Verdict {
    /// Whether a run did not come to its end.
    pub(super) fn hangs(&self) -> bool {
        self.records.iter().any(|record| !record.ended)
    }

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
    stage.limit(scenario.limits)?;
    let mut play = Play::new(scenario, &stage);
    driver.start(play.start(scenario, false)).await?;
    // A provisioner may test its connection before it begins; what is judged are its runs.
    stage.exchanges();
    let played = play.through(scenario, &mut stage, driver).await;
    if let Err(error @ ExecuteError::NotRun(_)) = played {
        return Err(error);
    }
    driver.stop().await?;
    let secrets = [play.connection.client_secret.as_str()];
    let judgement = judge(scenario, &play.records, &secrets);
    // Who has gone wrong before may be why the rest could not be set up.
    if judgement.violations.is_empty() {
        played?;
    }
    Ok(Verdict {
        sometimes: sometimes(&play.records),
        faults: fired(&play.records),
        records: play.records,
        judgement,
    })
}

/// The directory, the rules and the connection while a scenario is played.
struct Play {
    directory: BTreeMap<String, DirectoryUser>,
    /// The directory as the provisioner saw it in the last run that came to its end.
    told: BTreeMap<String, DirectoryUser>,
    rules: Vec<String>,
    connection: ConnectionSettings,
    time: Arc<VirtualTime>,
    /// At which request of the next judged step the provisioner is killed, and whether that is applied.
    kill: Option<(u32, bool)>,
    /// The users whom the next run's read of the directory does not come to.
    unread: BTreeSet<String>,
    /// How many removals the next run may have, whatever the limit.
    removals_allowed: Option<usize>,
    /// What the provisioner said that the next judged step would write.
    plan: Option<Plan>,
    records: Vec<Record>,
}

impl Play {
    fn new(scenario: &Scenario, stage: &Stage<'_>) -> Self {
        Self {
            directory: BTreeMap::new(),
            told: BTreeMap::new(),
            rules: scenario.rules.iter().map(|rule| rule.id.clone()).collect(),
            connection: stage.connection(Configuration::PERMISSIVE, true),
            time: stage.time(),
            kill: None,
            unread: BTreeSet::new(),
            removals_allowed: None,
            plan: None,
            records: Vec::new(),
        }
    }

    /// All steps of a scenario, one after another.
    async fn through(
        &mut self,
        scenario: &Scenario,
        stage: &mut Stage<'_>,
        driver: &mut dyn Driver,
    ) -> Result<(), ExecuteError> {
        for (step, what) in scenario.steps.iter().enumerate() {
            match what {
                Step::Put { user } => drop(self.directory.insert(user.id.clone(), user.clone())),
                Step::Delete { user } => drop(self.directory.remove(user)),
                Step::Zoom { edit } => stage.edit(edit)?,
                Step::Configure {
                    configuration,
                    enabled,
                } => {
                    self.connection.configuration = *configuration;
                    self.connection.enabled = *enabled;
                    driver.configure(self.connection.clone()).await?;
                }
                Step::Fault { fault } => stage.fault(fault)?,
                Step::Heal => stage.heal(),
                Step::Advance { seconds } => self.time.pass(Duration::from_secs(*seconds)),
                Step::Kill { request, applied } => self.kill = Some((*request, *applied)),
                Step::CutShort { unread } => self.unread = unread.iter().cloned().collect(),
                Step::AllowRemovals { removals } => self.removals_allowed = Some(*removals),
                Step::Restart => self.restart(scenario, stage, driver).await?,
                Step::Plan { full } => self.plan(*full, stage, driver).await?,
                Step::Sync { .. } | Step::DeleteRule { .. } | Step::TestConnection => {
                    match self.run(step, what, stage, driver).await? {
                        Next::GoesOn => {}
                        Next::Restarts => self.restart(scenario, stage, driver).await?,
                        Next::Ends => return Ok(()),
                    }
                }
            }
        }
        Ok(())
    }

    /// What a provisioner is told that begins, or begins again.
    fn start(&self, scenario: &Scenario, resume: bool) -> Start {
        let rules = scenario.rules.iter();
        Start {
            scenario: scenario.id.clone(),
            connection: self.connection.clone(),
            policies: scenario.policies,
            limits: scenario.limits,
            rules: rules
                .filter(|rule| self.rules.contains(&rule.id))
                .cloned()
                .collect(),
            only_test: false,
            resume,
            time: (scenario.takes_time() || self.time.is_inside()).then(|| Arc::clone(&self.time)),
        }
    }

    async fn restart(
        &self,
        scenario: &Scenario,
        stage: &mut Stage<'_>,
        driver: &mut dyn Driver,
    ) -> Result<(), ExecuteError> {
        driver.restart(self.start(scenario, true)).await?;
        stage.exchanges();
        Ok(())
    }

    /// Lets the provisioner act, and says what comes next.
    async fn run(
        &mut self,
        step: usize,
        what: &Step,
        stage: &mut Stage<'_>,
        driver: &mut dyn Driver,
    ) -> Result<Next, ExecuteError> {
        if let Step::DeleteRule { rule } = what {
            self.rules.retain(|alive| alive != rule);
        }
        let (before, begun) = (stage.users(), self.time.now());
        let faulty = stage.is_faulty();
        let unread = match what {
            Step::Sync { .. } => std::mem::take(&mut self.unread),
            _ => BTreeSet::new(),
        };
        let hold = match self.kill.take() {
            Some((request, applied)) => Some(stage.hold(request, applied)?),
            None => None,
        };
        let acts = tokio::time::timeout(self.limit(), self.act(what, &unread, driver));
        let end = tokio::select! {
            // In this order, and in no other by chance: the same moment for the same scenario.
            biased;
            acted = acts => match acted {
                // Whatever Zoom does, a run ends; where nothing was wrong with Zoom, it may be the machine.
                Ok(Err(DriverError::TimedOut(why))) if faulty => End::Late(why),
                Ok(acted) => End::Answered(acted),
                Err(_) => End::Overran,
            },
            () = reached(hold.as_ref()) => End::Killed,
        };
        drop(hold);
        if !matches!(end, End::Answered(_)) {
            stage.settle().await;
        }
        let killed = matches!(end, End::Killed);
        let next = match end {
            End::Answered(_) => Next::GoesOn,
            End::Killed | End::Overran => Next::Restarts,
            End::Late(_) => Next::Ends,
        };
        let ended = matches!(end, End::Answered(_) | End::Killed);
        if matches!(what, Step::Sync { .. }) {
            self.removals_allowed = None;
        }
        let answer = match end {
            End::Answered(Ok(synced)) => Ok(synced),
            End::Answered(Err(DriverError::Answered(message))) => Err(message),
            End::Answered(Err(DriverError::Unsupported(_))) if self.time.is_inside() => {
                // Nothing was asked of it, and nothing is judged.
                return Ok(next);
            }
            End::Answered(Err(error)) => return Err(error.into()),
            End::Late(why) => Err(why),
            End::Killed => Ok(Synced::default()),
            End::Overran => Err(format!(
                "no answer after {} s, so that it was killed",
                self.limit().as_secs()
            )),
        };
        if matches!(what, Step::Sync { .. }) && answer.is_ok() && !killed && unread.is_empty() {
            self.told.clone_from(&self.directory);
        }
        self.records.push(Record {
            step,
            directory: self.directory.clone(),
            rules: self.rules.clone(),
            before,
            after: stage.users(),
            exchanges: stage.exchanges(),
            answer,
            faulty: faulty || killed || !unread.is_empty(),
            still_faulty: stage.is_faulty(),
            passes: stage.passes() && !killed && unread.is_empty(),
            unread,
            hit_user: stage.hit_user(),
            plan: self.plan.take(),
            killed,
            ended,
            took: self.time.now().saturating_sub(begun),
        });
        Ok(next)
    }

    /// Asks what the next run would write.
    async fn plan(
        &mut self,
        full: bool,
        stage: &mut Stage<'_>,
        driver: &mut dyn Driver,
    ) -> Result<(), ExecuteError> {
        let before = stage.users();
        let answer = match driver
            .plan(self.request(full, false, &BTreeSet::new()))
            .await
        {
            Ok(planned) => Ok(planned),
            Err(DriverError::Answered(message)) => Err(message),
            Err(DriverError::Unsupported(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        self.plan = Some(Plan {
            answer,
            exchanges: stage.exchanges(),
            left_alone: stage.users() == before,
        });
        Ok(())
    }

    /// A run of which the provisioner is told nothing of those whom the read did not come to; nor of anybody who is
    /// gone, where it broke off.
    fn request(&self, full: bool, deep: bool, unread: &BTreeSet<String>) -> SyncRequest {
        let complete = unread.is_empty();
        let is_read = |id: &String| !unread.contains(id);
        let users = self.directory.values().filter(|user| is_read(&user.id));
        let mut changes = self.changes();
        changes.retain(|change| {
            complete || is_read(&change.user) && self.directory.contains_key(&change.user)
        });
        SyncRequest {
            full,
            deep,
            complete,
            removals_allowed: self.removals_allowed,
            users: users.cloned().collect(),
            changes,
        }
    }

    /// How long a judged step may take; inside, waits that Zoom tells are waited for.
    fn limit(&self) -> Duration {
        match self.time.is_inside() {
            true => VIRTUAL_RUN_LIMIT,
            false => RUN_LIMIT,
        }
    }

    /// What the provisioner is asked to do in a judged step.
    async fn act(
        &self,
        what: &Step,
        unread: &BTreeSet<String>,
        driver: &mut dyn Driver,
    ) -> Result<Synced, DriverError> {
        match what {
            Step::DeleteRule { rule } => driver.delete_rule(rule).await,
            Step::TestConnection => {
                let tested = driver.test_connection().await?;
                match tested.ok {
                    true => Ok(Synced::default()),
                    false => Err(DriverError::Answered(format!(
                        "the test of the connection fails: {}",
                        tested.diagnosis.unwrap_or_default()
                    ))),
                }
            }
            Step::Sync { full, deep } => driver.sync(self.request(*full, *deep, unread)).await,
            Step::Put { .. }
            | Step::Delete { .. }
            | Step::Zoom { .. }
            | Step::Configure { .. }
            | Step::Fault { .. }
            | Step::Heal
            | Step::Advance { .. }
            | Step::Kill { .. }
            | Step::CutShort { .. }
            | Step::AllowRemovals { .. }
            | Step::Plan { .. }
            | Step::Restart => Ok(Synced::default()),
        }
    }

    /// What happened in the directory since the last run that came to its end.
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

/// How a judged step ends.
enum End {
    Answered(Result<Synced, DriverError>),
    /// It said nothing for as long as an answer may take, and was ended.
    Late(String),
    Killed,
    /// It did not end within the limit of a run.
    Overran,
}

/// What comes after a judged step.
enum Next {
    GoesOn,
    Restarts,
    /// Nobody is there any more to go on.
    Ends,
}

/// Returns once the request is held for which the provisioner is killed; never, where it is not to be.
async fn reached(hold: Option<&Hold<'_>>) {
    match hold {
        Some(hold) => hold.reached().await,
        None => std::future::pending().await,
    }
}
