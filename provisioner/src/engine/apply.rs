//! Doing what the plan says: a failure of one user does not stop the others, one of the whole does.

use std::collections::BTreeMap;
use std::time::Duration;

use compact_str::CompactString;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::Semaphore;

use super::SyncError;
use super::create::Lost;
use super::evaluate::{Digest, Evaluation};
use super::ledger::Ledger;
use super::scribe::Scribe;
use crate::links::{Intended, Intent, Link, LinksError, Memory, Seen};
use crate::observer::Notice;
use crate::plan::{Action, Change, LinkChange, PlanInput, Row, Status, Write, missing};
use crate::safety::{Held, Retry, Seats, Stuck};
use crate::stop::StopCause;
use crate::summary::Outcome;
use crate::zoom::{ErrorKind, MAX_CROWD, Session, Writer, ZoomError, stopped};

/// How many users are under way at once: those whose write is out, and those of whom it is remembered what is to be
/// sent, or what came of it.
const MAX_UNDER_WAY: usize = 3 * MAX_CROWD;
/// How many of them have a write out. What stops writes, such as an audit that cannot be kept, finds no more on the
/// way.
pub(super) const MAX_OUT: usize = MAX_CROWD;

/// What an apply works with.
pub(super) struct Apply<'a> {
    pub(super) writer: Writer,
    pub(super) input: PlanInput<'a>,
    pub(super) ledger: Ledger<'a>,
    pub(super) evaluation: &'a Evaluation,
    pub(super) scribe: &'a Scribe,
    pub(super) seats: Seats,
    /// A place for each write that is out.
    pub(super) places: Semaphore,
    /// How everybody was last evaluated.
    pub(super) seen: &'a BTreeMap<CompactString, Seen>,
}

/// What came of all actions, in their order.
#[derive(Default)]
pub(super) struct AllApplied {
    total: usize,
    pub(super) done: Vec<Outcome>,
    /// How many accounts that were there are linked now.
    pub(super) adopted: usize,
    /// How many were not come to.
    pub(super) left: usize,
    /// Why the rest was not done.
    pub(super) stopped: Option<SyncError>,
}

impl Apply<'_> {
    /// Applies actions: first those that may free an address, then the others, and at last those creates are
    /// settled whose answer was lost.
    pub(super) async fn run(&self, mut actions: Vec<Action>) -> AllApplied {
        let frees = |action: &mut Action| match &action.write {
            Some(Write::Delete { .. }) => true,
            Some(Write::Update { change, .. }) => change.email.is_some(),
            Some(Write::Create { .. } | Write::Deactivate { .. }) | None => false,
        };
        let total = actions.len();
        let first: Vec<Action> = actions.extract_if(.., frees).collect();
        let mut all = AllApplied {
            total,
            ..AllApplied::default()
        };
        let mut undecided = Vec::new();
        for phase in [first, actions] {
            let users = phase.into_iter().map(|action| OneUser::new(self, action));
            undecided.extend(self.run_phase(users, &mut all).await);
        }
        self.run_phase(undecided.into_iter(), &mut all).await;
        all.left = total - all.done.len();
        if let (true, None, Some(cause)) = (all.left > 0, &all.stopped, self.stop_cause()) {
            all.stopped = Some(stopped_by(cause));
        }
        all.done
            .sort_unstable_by(|one, other| one.user.cmp(&other.user));
        all
    }

    fn session(&self) -> &Session {
        self.writer.reader().session()
    }

    /// Remembers changes. Where that fails no more writes go out in this run, for they could not be remembered either.
    async fn save(&self, changes: Vec<Memory>) -> Result<(), LinksError> {
        let saved = self.ledger.save(changes).await;
        if saved.is_err() {
            self.session().seal();
        }
        saved
    }

    fn stop_cause(&self) -> Option<StopCause> {
        self.session().stop_cause()
    }

    /// Gives back of whom it is not decided yet.
    async fn run_phase<'a>(
        &'a self,
        mut users: impl Iterator<Item = OneUser<'a>>,
        all: &mut AllApplied,
    ) -> Vec<OneUser<'a>> {
        let mut undecided = Vec::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            while all.stopped.is_none()
                && self.stop_cause().is_none()
                && under_way.len() < MAX_UNDER_WAY
                && let Some(user) = users.next()
            {
                under_way.push(self.apply(user));
            }
            match under_way.next().await {
                Some(Ok(Step::Done(user))) => {
                    all.adopted += usize::from(user.is_adopted());
                    all.done.push(Outcome::new(user.action, user.writes));
                    let (done, of) = (all.done.len(), all.total);
                    self.session().notice(Notice::Done { done, of });
                }
                Some(Ok(Step::Undecided(user))) => undecided.push(user),
                Some(Err(error)) => {
                    // What waits for a place does not go out any more.
                    self.places.close();
                    all.stopped = all.stopped.take().or(Some(error));
                }
                None => return undecided,
            }
        }
    }

    /// Applies one action and remembers what came of it.
    async fn apply<'a>(&'a self, mut user: OneUser<'a>) -> Result<Step<'a>, SyncError> {
        self.scribe.check()?;
        let progress = match user.lost.take() {
            Some(lost) => user.settle(lost).await,
            None => user.write().await,
        };
        match progress {
            Ok(Progress::Done) => {}
            Ok(Progress::Undecided) => return Ok(Step::Undecided(user)),
            // What became of the write is not known, and there is no time to find out: its intent stays.
            Err(SyncError::Zoom(error))
                if error.kind == ErrorKind::Unknown && self.stop_cause().is_some() =>
            {
                return Err(self.stop_cause().map_or(error.into(), stopped_by));
            }
            Err(SyncError::Zoom(error)) if !is_everybodys(&error) => {
                user.unknown |= error.kind == ErrorKind::Unknown;
                user.fail(match error.kind {
                    ErrorKind::Protected => format!("protected: {}", error.message),
                    _ => error.message,
                });
            }
            Err(error) => {
                self.save(user.settled()).await?;
                return Err(error);
            }
        }
        self.save(user.memory()).await?;
        Ok(Step::Done(user))
    }
}

fn stopped_by(cause: StopCause) -> SyncError {
    stopped(cause).into()
}

/// Whether an update may have been refused for the address in it.
fn is_about_email(error: &ZoomError, change: &Change) -> bool {
    match error.kind {
        ErrorKind::Conflict => true,
        ErrorKind::User => change.email.is_some(),
        _ => false,
    }
}

/// Whether an error ends the run: being throttled is no user's failure.
pub(super) fn is_everybodys(error: &ZoomError) -> bool {
    matches!(
        error.kind,
        ErrorKind::Systemic(_) | ErrorKind::Throttled(_) | ErrorKind::Token | ErrorKind::Stopped
    )
}

enum Step<'a> {
    Done(OneUser<'a>),
    Undecided(OneUser<'a>),
}

/// How far a user has come.
pub(super) enum Progress {
    /// To the end.
    Done,
    /// To a create whose outcome is not known yet.
    Undecided,
}

/// One user on the way through.
pub(super) struct OneUser<'a> {
    pub(super) apply: &'a Apply<'a>,
    pub(super) action: Action,
    pub(super) writes: usize,
    /// The create whose answer was lost.
    pub(super) lost: Option<Lost>,
    /// Nobody knows whether the last write was done.
    pub(super) unknown: bool,
    /// An intent is recorded.
    intends: bool,
}

impl<'a> OneUser<'a> {
    fn new(apply: &'a Apply<'a>, action: Action) -> Self {
        Self {
            apply,
            action,
            writes: 0,
            lost: None,
            unknown: false,
            intends: false,
        }
    }

    /// Whether an account that was there is linked now.
    fn is_adopted(&self) -> bool {
        self.action.via == Some(Row::O3) && matches!(self.action.link, LinkChange::Set(_))
    }

    pub(super) fn fail(&mut self, note: String) {
        self.action.status = Status::Failed;
        self.action.link = LinkChange::Keep;
        self.action.note = Some(note);
    }

    pub(super) fn now(&self) -> Duration {
        self.session().waiter().now()
    }

    fn session(&self) -> &Session {
        self.apply.session()
    }

    /// Records what is about to be sent.
    pub(super) async fn intend(&mut self, write: Intended) -> Result<(), SyncError> {
        let intent = Intent {
            user: self.action.user.clone(),
            at: self.session().waiter().wall(),
            write,
        };
        self.apply.save(vec![Memory::Intend(intent)]).await?;
        self.intends = true;
        Ok(())
    }

    /// Records a link before its user is through.
    pub(super) async fn remember(&mut self, link: &Link) -> Result<(), SyncError> {
        let mut changes = vec![Memory::Link(link.clone())];
        changes.extend(self.settled());
        self.intends = false;
        Ok(self.apply.save(changes).await?)
    }

    /// The end of the intent, if the outcome is known.
    fn settled(&self) -> Vec<Memory> {
        match self.intends && !self.unknown {
            true => vec![Memory::Settled(self.action.user.clone())],
            false => Vec::new(),
        }
    }

    async fn write(&mut self) -> Result<Progress, SyncError> {
        match self.action.write.clone() {
            None => {}
            Some(Write::Create {
                desired,
                then_deactivate,
            }) => return self.create(&desired, then_deactivate).await,
            Some(Write::Update { zoom_id, change }) => return self.update(&zoom_id, *change).await,
            Some(Write::Deactivate { zoom_id }) => {
                let is_there = self.send_deactivate(&zoom_id, self.held(&zoom_id)).await?;
                if !is_there {
                    self.action.link = LinkChange::Drop;
                    if self.action.status != Status::Removed {
                        self.action.status = Status::Unsynced;
                    }
                }
            }
            Some(Write::Delete { zoom_id }) => {
                let intended = Intended::Delete {
                    zoom_id: zoom_id.clone(),
                };
                self.intend(intended).await?;
                // Who is gone already is gone.
                self.send_delete(&zoom_id).await?;
            }
        }
        Ok(Progress::Done)
    }

    async fn update(&mut self, zoom_id: &str, change: Change) -> Result<Progress, SyncError> {
        match self.send_update(zoom_id, &change, self.held(zoom_id)).await {
            Ok(true) => Ok(Progress::Done),
            Ok(false) => self.gone().await,
            Err(SyncError::Zoom(error)) if is_about_email(&error, &change) => {
                // The address is somebody else's, or not one of this account; the rest of the change need not wait
                // for that.
                let rest = Change {
                    email: None,
                    ..change
                };
                if !rest.is_empty() {
                    match self.send_update(zoom_id, &rest, self.held(zoom_id)).await {
                        // It was not the address alone, and this is the reason that was told first.
                        Err(SyncError::Zoom(other)) if other.kind == ErrorKind::User => {}
                        done => {
                            done?;
                        }
                    }
                }
                let link = self.action.link.clone();
                self.fail(error.message);
                self.action.link = link;
                Ok(Progress::Done)
            }
            Err(error) => Err(error),
        }
    }

    /// O15: the account went away between the read and the write.
    async fn gone(&mut self) -> Result<Progress, SyncError> {
        let desired = self
            .apply
            .input
            .desired
            .iter()
            .find(|desired| desired.user == self.action.user);
        let Some(desired) = desired.cloned() else {
            self.action.link = LinkChange::Drop;
            return Ok(Progress::Done);
        };
        self.action = missing(self.apply.input.connection, &desired);
        match self.action.write.clone() {
            Some(Write::Create {
                desired,
                then_deactivate,
            }) => self.create(&desired, then_deactivate).await,
            _ => Ok(Progress::Done),
        }
    }

    /// What changes in what is remembered.
    fn memory(&self) -> Vec<Memory> {
        let user = &self.action.user;
        let held = self.apply.input.links.get(user);
        let mut memory = self.settled();
        match &self.action.link {
            LinkChange::Set(link) if held != Some(&**link) => {
                memory.push(Memory::Link((**link).clone()));
            }
            LinkChange::Drop if held.is_some() => memory.push(Memory::Unlink(user.clone())),
            LinkChange::Keep | LinkChange::Create | LinkChange::Set(_) | LinkChange::Drop => {}
        }
        let is_unlinked = matches!(self.action.link, LinkChange::Drop);
        let Some(digest) = self.apply.evaluation.digests.get(user) else {
            return memory;
        };
        if is_unlinked && digest.rules.is_empty() {
            memory.push(Memory::Unsee(user.clone()));
            return memory;
        }
        let seen = self.seen(digest);
        if self.apply.seen.get(user) != Some(&seen) {
            memory.push(Memory::Seen(user.clone(), seen));
        }
        memory
    }

    /// How the user was seen in this run.
    fn seen(&self, digest: &Digest) -> Seen {
        let held = self.action.held.as_ref();
        let before = self.apply.seen.get(&self.action.user);
        let before = before.filter(|seen| seen.digest == digest.digest);
        let retry = (self.action.status == Status::Failed).then(|| {
            let before = before.and_then(|seen| seen.retry.as_ref());
            Retry::after_failure(before, self.session().waiter().wall())
        });
        let stuck = before.and_then(|seen| seen.stuck.as_deref());
        let stuck = match (&self.action.write, held) {
            (_, Some(Held::Stuck | Held::Spelling)) => stuck.cloned().map(Box::new),
            (Some(Write::Update { zoom_id, change }), _) if retry.is_none() => {
                Some(Box::new(Stuck::after(stuck, zoom_id, change)))
            }
            _ => None,
        };
        // Who was held back is due in the next run: no digest is like this one.
        let digest_then = match held.is_some_and(Held::stays_due) {
            true => CompactString::default(),
            false => digest.digest.clone(),
        };
        Seen {
            username: self.action.username.clone(),
            digest: digest_then,
            status: self.action.status,
            rules: digest.rules.clone(),
            note: self.action.note.clone().or(held.map(ToString::to_string)),
            retry,
            stuck,
        }
    }
}
