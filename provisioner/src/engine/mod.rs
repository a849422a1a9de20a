//! The engine: evaluate, read, plan, apply, remember.

mod apply;
mod create;
mod evaluate;
mod expected;
mod explain;
mod intents;
mod ledger;
mod prepare;
mod read;
mod restrain;
mod rule_deletion;
mod scribe;
mod sending;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use self::apply::{Apply, MAX_OUT};
use self::evaluate::Evaluation;
pub use self::expected::Moved;
pub use self::explain::{
    Decision, Explained, ExplainedRule, Explanation, FoundLink, InDirectory, LastSeen, UnderWay,
    ZoomHolds,
};
use self::intents::Patience;
use self::ledger::Ledger;
use self::prepare::Prepared;
use self::restrain::{Restraint, is_first_run};
pub(crate) use self::rule_deletion::begun as begun_rule_deletions;
use self::scribe::Scribe;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::audit::{Audit, AuditError};
use crate::connection::Connection;
use crate::directory::Directory;
use crate::links::{Fact, Link, Links, LinksError, Memory, Origin, Remembered};
use crate::observer::{Notice, Observer};
use crate::plan::{Plan, PlanInput, Status, ZoomView, plan};
use crate::plan_file::PlanFile;
use crate::rule::Rule;
use crate::safety::{Seats, SourceRefused};
use crate::stop::{Stop, StopCause};
use crate::summary::{Outcome, Report};
use crate::zoom::{ErrorKind, Reader, Session, Traffic, Transport, Waiter, Writer, ZoomError};

/// How a run evaluates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncOptions {
    /// Everybody in scope or linked, not only those whose record changed.
    pub full: bool,
    /// Read each linked user singly, to find what was edited by hand where no list shows it.
    pub deep: bool,
    /// Of those who failed only whose time for another attempt has come ([`crate::Retry`]).
    pub due_only: bool,
    /// So many users are meant to be disabled or deleted in this run, and exactly so many.
    pub allow_removals: Option<usize>,
    /// The directory is meant to have so many users, and exactly so many.
    pub accept_count: Option<usize>,
}

/// A run that came to no result. Whatever was done until then is remembered.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The connection is off, so nothing was sent (O19).
    #[error("the connection is off: nothing was sent to Zoom")]
    Off,
    /// Zoom cannot be used.
    #[error(transparent)]
    Zoom(#[from] ZoomError),
    /// Zoom's limits do not let the run go on now. No user has failed for that; the next run goes on with those
    /// who are left.
    #[error("{why}; the run ends here, with {done} of {} users done: start it again {}, and it goes on with the {left} who are left", .done + .left, when(*.until))]
    Deferred {
        /// What Zoom said.
        why: String,
        /// When Zoom says that it may go on.
        until: Option<Timestamp>,
        /// How many of those who were evaluated are done.
        done: usize,
        /// How many are left.
        left: usize,
        /// What an administrator should know beside that.
        warnings: Vec<String>,
    },
    /// The run was told to stop. What was under way is done, or written down for the next run to look up.
    #[error("{cause}; {done} of {} users are done: start it again, and it goes on with the {left} who are left", .done + .left)]
    Stopped {
        /// Why.
        cause: StopCause,
        /// How many of those who were evaluated are done.
        done: usize,
        /// How many are left.
        left: usize,
        /// What an administrator should know beside that.
        warnings: Vec<String>,
    },
    /// The directory is not believed. Nothing was sent.
    #[error(transparent)]
    Source(#[from] SourceRefused),
    /// The store cannot be used.
    #[error(transparent)]
    Links(#[from] LinksError),
    /// What a plan was made from is not as it was then, so that it was not applied.
    #[error(transparent)]
    Moved(#[from] Moved),
    /// The audit cannot be kept, so no more is sent.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl SyncError {
    /// What an administrator should know beside why the run ended.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        match self {
            Self::Deferred { warnings, .. } | Self::Stopped { warnings, .. } => warnings,
            _ => &[],
        }
    }

    /// The same, with what was to be known before it ended.
    pub(crate) fn with_warnings(mut self, mut earlier: Vec<String>) -> Self {
        if let Self::Deferred { warnings, .. } | Self::Stopped { warnings, .. } = &mut self {
            earlier.append(warnings);
            *warnings = earlier;
        }
        self
    }
}

fn when(until: Option<Timestamp>) -> String {
    until.map_or("later".to_owned(), |until| format!("after {until:.0}"))
}

/// The provisioner for one connection.
pub struct Provisioner {
    connection: Connection,
    /// The connection was off for a time, whether or not a run came meanwhile.
    was_off: bool,
    rules: Vec<Rule>,
    links: Arc<dyn Links>,
    transport: Transport,
    session: Arc<Session>,
    audit: Option<Arc<dyn Audit>>,
    stop: Stop,
    observer: Arc<dyn Observer>,
    /// How many writes are out at once.
    places: usize,
}

impl Provisioner {
    /// A provisioner that has not done anything yet. A connection that is on counts as tested.
    #[must_use]
    pub fn new(
        connection: Connection,
        rules: Vec<Rule>,
        links: Arc<dyn Links>,
        transport: Transport,
    ) -> Self {
        Self {
            connection,
            was_off: false,
            rules,
            links,
            transport,
            session: Arc::new(Session::new()),
            audit: None,
            stop: Stop::new(),
            observer: Arc::new(()),
            places: MAX_OUT,
        }
    }

    /// The same with so many writes out at once at the most, from 1 to 32, which is the default.
    #[must_use]
    pub fn with_writes_at_once(mut self, places: usize) -> Self {
        self.places = places.clamp(1, MAX_OUT);
        self
    }

    /// The same with an audit: what is sent is written down there, and where that fails nothing more is sent.
    #[must_use]
    pub fn with_audit(mut self, audit: Arc<dyn Audit>) -> Self {
        self.audit = Some(audit);
        self
    }

    /// The same in another time, with chance from a seed: waits take as long as the waiter lets them.
    #[must_use]
    pub fn with_waiter(mut self, waiter: Arc<dyn Waiter>, seed: u64) -> Self {
        self.session = Arc::new(Session::with(waiter, seed));
        self
    }

    /// The same, and this handle stops it.
    #[must_use]
    pub fn with_stop(mut self, stop: Stop) -> Self {
        self.set_stop(stop);
        self
    }

    /// The same, and somebody looks on.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// The handle that stops the runs from now on.
    pub fn set_stop(&mut self, stop: Stop) {
        self.stop = stop;
    }

    /// How much went over the wire since the provisioner was made.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.session.traffic()
    }

    async fn begin(&self) {
        let observer = Arc::clone(&self.observer);
        self.session.begin(self.stop.clone(), observer).await;
    }

    /// The connection's settings from now on.
    pub fn set_connection(&mut self, connection: Connection) {
        self.was_off |= !connection.enabled;
        self.connection = connection;
    }

    /// The rules from now on, in their order.
    pub fn set_rules(&mut self, rules: Vec<Rule>) {
        self.rules = rules;
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    fn reader(&self) -> Reader {
        Reader::new(
            self.transport.clone(),
            self.connection.clone(),
            Arc::clone(&self.session),
        )
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What a run would do. Nothing is written, neither to Zoom nor to the store.
    ///
    /// # Errors
    ///
    /// As for [`Self::sync`].
    pub async fn plan(
        &self,
        directory: &Directory,
        options: SyncOptions,
    ) -> Result<Plan, SyncError> {
        Ok(self.plan_file(directory, options).await?.plan)
    }

    /// What a run would do, with what that depends on: to be applied later, if nothing of it has moved until then.
    ///
    /// # Errors
    ///
    /// As for [`Self::sync`].
    pub async fn plan_file(
        &self,
        directory: &Directory,
        options: SyncOptions,
    ) -> Result<PlanFile, SyncError> {
        if !self.connection.enabled {
            return Err(SyncError::Off);
        }
        let options = SyncOptions {
            full: options.full || self.was_off,
            ..options
        };
        let prepared = self
            .prepare(Cow::Borrowed(directory), options, Patience::None, None)
            .await?;
        let plan = self.restrained(&prepared, options).await?;
        Ok(self.file_of(directory, options, prepared.links.unwrap_or_default(), plan))
    }

    /// Brings Zoom to what the directory says, as far as the flags allow. A directory that is given away takes no
    /// room any more once it has been looked at.
    ///
    /// # Errors
    ///
    /// When the connection is off, or Zoom, the store or the audit cannot be used at all. What fails for single
    /// users is in the report.
    pub async fn sync(
        &mut self,
        directory: impl Into<Cow<'_, Directory>>,
        options: SyncOptions,
    ) -> Result<Report, SyncError> {
        self.run(directory.into(), options, None).await
    }

    /// Does exactly what a plan says.
    ///
    /// # Errors
    ///
    /// As for [`Self::sync`]; and when anything has moved that the plan was made from: then nothing is written.
    pub async fn apply(
        &mut self,
        directory: impl Into<Cow<'_, Directory>>,
        plan: &PlanFile,
    ) -> Result<Report, SyncError> {
        self.run(directory.into(), plan.options, Some(plan)).await
    }

    async fn run(
        &mut self,
        directory: Cow<'_, Directory>,
        options: SyncOptions,
        expected: Option<&PlanFile>,
    ) -> Result<Report, SyncError> {
        if !self.connection.enabled || (self.was_off && expected.is_none()) {
            self.links
                .save(vec![Memory::Fact(Fact::WasOff, Some(String::new()))])
                .await?;
            self.was_off = false;
        }
        if !self.connection.enabled {
            return Err(SyncError::Off);
        }
        let command = expected.map_or("sync", |_| "apply");
        let scribe = self.scribe(command).await?;
        let result = self.bring(directory, options, expected, &scribe).await;
        scribe.end(result).await
    }

    async fn bring(
        &self,
        directory: Cow<'_, Directory>,
        options: SyncOptions,
        expected: Option<&PlanFile>,
        scribe: &Scribe,
    ) -> Result<Report, SyncError> {
        let prepared = self
            .prepare(directory, options, Patience::Window, expected)
            .await?;
        let plan = self.restrained(&prepared, options).await?;
        if let Some(expected) = expected {
            expected::check_plan(expected, &plan)?;
        }
        self.session.notice(of_plan(&plan));
        if !prepared.counted.is_empty() {
            self.links.save(prepared.counted.clone()).await?;
        }
        self.remember(&prepared.resolved, scribe).await?;
        let input = prepared.input(&self.connection, options);
        let Prepared {
            remembered,
            evaluation,
            ..
        } = &prepared;
        self.relink(&plan, remembered).await?;
        let apply = Apply {
            writer: Writer::new(prepared.reader.clone()),
            input,
            ledger: Ledger::new(self.links.as_ref()),
            evaluation,
            seen: &remembered.seen,
            scribe,
            seats: Seats::default(),
            places: Semaphore::new(self.places),
        };
        let applied = apply.run(plan.actions).await;
        let (done, adopted) = (applied.done.len(), applied.adopted);
        let mut report = self.report(evaluation, remembered, applied.done);
        report.over_limit = plan.over_limit;
        report.warnings.extend(plan.warnings);
        if let Some(error) = applied.stopped {
            let ended = self.ended(error, done, applied.left);
            return Err(ended.with_warnings(report.warnings));
        }
        self.links
            .save(closing(&self.connection, evaluation, remembered))
            .await?;
        report
            .warnings
            .extend(flipped(&self.connection, evaluation, remembered));
        if is_first_run(remembered) {
            report
                .warnings
                .extend(first_run(evaluation, remembered, adopted));
        }
        Ok(report)
    }

    /// The plan, with what must not be sent in this run held back.
    async fn restrained(
        &self,
        prepared: &Prepared,
        options: SyncOptions,
    ) -> Result<Plan, SyncError> {
        let Prepared {
            reader,
            remembered,
            evaluation,
            zoom,
            ..
        } = prepared;
        let mut plan = planned(&prepared.input(&self.connection, options), evaluation);
        let restraint = Restraint {
            connection: &self.connection,
            remembered,
            evaluation,
            zoom,
            allow_removals: options.allow_removals,
        };
        let put_on = restraint.put_on(&mut plan, reader).await;
        put_on.map_err(|error| self.ended(error.into(), 0, evaluation.evaluated.len()))?;
        let over_limit = plan.over_limit.map(|over| over.to_string());
        plan.warnings.extend(over_limit);
        plan.warnings.extend(rule_deletion::unfinished(remembered));
        Ok(plan)
    }

    async fn scribe(&self, command: &str) -> Result<Scribe, AuditError> {
        let session = Arc::clone(&self.session);
        Scribe::begin(self.audit.clone(), session, &self.connection, command).await
    }

    /// How a run ends by an error: where Zoom's limits are the reason, it goes on later.
    fn ended(&self, error: SyncError, done: usize, left: usize) -> SyncError {
        match error {
            SyncError::Zoom(ZoomError {
                kind: ErrorKind::Throttled(throttle),
                message,
                ..
            }) => {
                let wall = self.session.waiter().wall();
                let wait = throttle
                    .wait
                    .and_then(|wait| SignedDuration::try_from(wait).ok());
                SyncError::Deferred {
                    why: message,
                    until: wait.and_then(|wait| wall.checked_add(wait).ok()),
                    done,
                    left,
                    warnings: Vec::new(),
                }
            }
            SyncError::Zoom(ZoomError {
                kind: ErrorKind::Stopped,
                ..
            }) => SyncError::Stopped {
                cause: self.stop.cause().unwrap_or(StopCause::Asked),
                done,
                left,
                warnings: Vec::new(),
            },
            error => error,
        }
    }

    /// O17: the link passes to the id under which the user came back, before anything is written in its name.
    async fn relink(&self, plan: &Plan, remembered: &Remembered) -> Result<(), LinksError> {
        let mut changes = Vec::new();
        for relink in &plan.relinked {
            if let Some(link) = remembered.links.get(&relink.from) {
                changes.push(Memory::Unlink(relink.from.clone()));
                changes.push(Memory::Unsee(relink.from.clone()));
                changes.push(Memory::Link(Link {
                    user: relink.to.clone(),
                    ..link.clone()
                }));
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.links.save(changes).await
    }

    fn report(
        &self,
        evaluation: &Evaluation,
        remembered: &Remembered,
        done: Vec<Outcome>,
    ) -> Report {
        let mut statuses: BTreeMap<&str, Status> = BTreeMap::new();
        for desired in &evaluation.desired {
            let status = remembered
                .seen
                .get(&desired.user)
                .map_or(Status::Unsynced, |seen| seen.status);
            statuses.insert(&desired.user, status);
        }
        for refused in &evaluation.refused {
            statuses.insert(&refused.user, refused.status);
        }
        for outcome in &done {
            if let Some(status) = statuses.get_mut(outcome.user.as_str()) {
                *status = outcome.status;
            }
        }
        Report::new(statuses.into_values(), done)
    }
}

fn of_plan(plan: &Plan) -> Notice {
    let writes = plan.actions.iter().filter(|action| action.write.is_some());
    Notice::Planned {
        users: plan.actions.len(),
        writes: writes.count(),
    }
}

/// The plan, with those whose records cannot be used.
fn planned(input: &PlanInput<'_>, evaluation: &Evaluation) -> Plan {
    let mut plan = plan(input);
    let refused = evaluation.refused.iter();
    let due = refused.filter(|action| !evaluation.resting.contains(&action.user));
    plan.actions.extend(due.cloned());
    plan.actions
        .sort_unstable_by(|one, other| one.user.cmp(&other.user));
    plan
}

fn input<'a>(
    connection: &'a Connection,
    evaluation: &'a Evaluation,
    remembered: &'a Remembered,
    zoom: &'a ZoomView,
    deep: bool,
) -> PlanInput<'a> {
    PlanInput {
        connection,
        desired: &evaluation.desired,
        removed: &evaluation.removed,
        evaluated: &evaluation.evaluated,
        links: &remembered.links,
        zoom,
        deep,
    }
}

/// What is remembered of a run that came to its end.
fn closing(
    connection: &Connection,
    evaluation: &Evaluation,
    remembered: &Remembered,
) -> Vec<Memory> {
    let mut changes = Vec::new();
    let mut fact = |fact, value: Option<String>| {
        if remembered.facts.get(&fact) != value.as_ref() {
            changes.push(Memory::Fact(fact, value));
        }
    };
    // What asks for a full evaluation stays open until one has seen everybody. Flags that were flipped stay news
    // until then as well.
    if evaluation.full && evaluation.complete {
        fact(Fact::Settings, Some(evaluation.settings.clone()));
        fact(Fact::Switches, Some(connection.switches()));
        fact(Fact::WasOff, None);
    }
    let gone = remembered
        .seen
        .keys()
        .filter(|user| !evaluation.digests.contains_key(*user));
    changes.extend(gone.map(|user| Memory::Unsee(user.clone())));
    changes
}

/// What an administrator should know where no run has matched everybody before.
fn first_run(evaluation: &Evaluation, remembered: &Remembered, adopted: usize) -> Option<String> {
    let before = remembered.links.values();
    let before = before.filter(|link| link.origin == Origin::Adopted).count();
    let linked = before + adopted;
    if linked == 0 && evaluation.complete {
        // Nobody was there whom another state may have known.
        return None;
    }
    let accounts = if linked == 1 {
        "account that was there is"
    } else {
        "accounts that were there are"
    };
    let removals = match evaluation.complete {
        true => "from the next run on, who leaves is removed",
        false => "it has not matched everybody, and nobody is removed until a run has",
    };
    Some(format!(
        "this is the first run with this state: {linked} Zoom {accounts} linked; {removals}"
    ))
}

/// O20: a flag that was flipped does nothing by itself, which an administrator should know.
fn flipped(
    connection: &Connection,
    evaluation: &Evaluation,
    remembered: &Remembered,
) -> Option<String> {
    let before = remembered.facts.get(&Fact::Switches)?;
    let now = connection.switches();
    (!evaluation.full && *before != now).then(|| {
        format!(
            "the action flags changed from {before} to {now}; that does nothing by itself: each user follows \
             with their next change, or all of them with `zoom-provisioner sync --full`"
        )
    })
}
