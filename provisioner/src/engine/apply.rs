//! Doing what the plan says: a failure of one user does not stop the others, one of the whole does.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::{StreamExt as _, stream};

use super::SyncError;
use super::evaluate::Evaluation;
use crate::links::{Links, Memory, Seen};
use crate::plan::{
    Action, Change, Desired, LinkChange, PlanInput, Row, Status, Write, ZoomView, adopted_link,
    created_link, decide, fold, missing,
};
use crate::summary::Outcome;
use crate::zoom::{Created, ErrorKind, Writer, ZoomError};

/// How many users are worked on at once.
const CONCURRENT_USERS: usize = 8;

/// What an apply works with.
pub(super) struct Apply<'a> {
    pub(super) writer: Writer,
    pub(super) input: PlanInput<'a>,
    pub(super) links: &'a dyn Links,
    pub(super) evaluation: &'a Evaluation,
}

/// An action with what came of it.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) action: Action,
    /// How many writes were sent.
    pub(super) writes: usize,
}

impl Applied {
    pub(super) fn outcome(&self) -> Outcome {
        Outcome::new(&self.action, self.writes)
    }
}

/// What came of all actions, in their order.
pub(super) struct AllApplied {
    pub(super) done: Vec<Applied>,
    /// Why the rest was not done.
    pub(super) stopped: Option<SyncError>,
}

impl Apply<'_> {
    /// Applies actions: first those that may free an address, then the others.
    pub(super) async fn run(&self, actions: Vec<Action>) -> AllApplied {
        let frees = |action: &Action| {
            matches!(
                action.write,
                Some(
                    Write::Delete { .. }
                        | Write::Update {
                            change: Change { email: Some(_), .. },
                            ..
                        }
                )
            )
        };
        let (first, second): (Vec<Action>, Vec<Action>) = actions.into_iter().partition(frees);
        let mut all = AllApplied {
            done: Vec::new(),
            stopped: None,
        };
        for phase in [first, second] {
            if all.stopped.is_none() {
                self.run_phase(phase, &mut all).await;
            }
        }
        all.done
            .sort_by(|one, other| one.action.user.cmp(&other.action.user));
        all
    }

    async fn run_phase(&self, actions: Vec<Action>, all: &mut AllApplied) {
        let stop = AtomicBool::new(false);
        let stop = &stop;
        let mut results = stream::iter(actions.into_iter().map(|action| async move {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let result = self.apply(action).await;
            stop.fetch_or(result.is_err(), Ordering::Relaxed);
            Some(result)
        }))
        .buffered(CONCURRENT_USERS);
        while let Some(result) = results.next().await {
            match result {
                Some(Ok(applied)) => all.done.push(applied),
                Some(Err(error)) => all.stopped = all.stopped.take().or(Some(error)),
                None => {}
            }
        }
    }

    /// Applies one action and remembers what came of it.
    async fn apply(&self, action: Action) -> Result<Applied, SyncError> {
        let mut user = OneUser {
            apply: self,
            action,
            writes: 0,
        };
        match user.write().await {
            Ok(()) => {}
            Err(error) if error.kind == ErrorKind::Systemic => return Err(error.into()),
            Err(error) => user.fail(error.message),
        }
        let memory = user.memory();
        if !memory.is_empty() {
            self.links.save(memory).await?;
        }
        Ok(Applied {
            action: user.action,
            writes: user.writes,
        })
    }
}

/// One user on the way through.
struct OneUser<'a> {
    apply: &'a Apply<'a>,
    action: Action,
    writes: usize,
}

impl OneUser<'_> {
    fn fail(&mut self, note: String) {
        self.action.status = Status::Failed;
        self.action.link = LinkChange::Keep;
        self.action.note = Some(note);
    }

    async fn write(&mut self) -> Result<(), ZoomError> {
        let writer = &self.apply.writer;
        match self.action.write.clone() {
            None => Ok(()),
            Some(Write::Create {
                desired,
                then_deactivate,
            }) => self.create(&desired, then_deactivate).await,
            Some(Write::Update { zoom_id, change }) => self.update(&zoom_id, change).await,
            Some(Write::Deactivate { zoom_id }) => {
                self.writes += 1;
                if !writer.deactivate(&zoom_id).await? {
                    self.action.link = LinkChange::Drop;
                    if self.action.status != Status::Removed {
                        self.action.status = Status::Unsynced;
                    }
                }
                Ok(())
            }
            Some(Write::Delete { zoom_id }) => {
                self.writes += 1;
                // Who is gone already is gone.
                writer.delete(&zoom_id).await.map(drop)
            }
        }
    }

    async fn create(&mut self, desired: &Desired, then_deactivate: bool) -> Result<(), ZoomError> {
        self.writes += 1;
        let writer = &self.apply.writer;
        let link = match writer.create(desired).await? {
            Created::Account(account) if fold(&account.user_name) == fold(&desired.address) => {
                created_link(desired, account.id)
            }
            // An answer about somebody else says nothing about this user.
            Created::Account(_) | Created::Unknown => {
                match writer.reader().find(&desired.address).await? {
                    Some(account) if !self.is_linked(&account.id) => {
                        created_link(desired, account.id)
                    }
                    _ => {
                        let note = "Zoom's answer to the create was lost, and no lookup finds the user; the next run \
                                looks again";
                        self.fail(note.to_owned());
                        return Ok(());
                    }
                }
            }
            Created::Duplicate => return self.adopt_duplicate(desired).await,
        };
        if then_deactivate {
            self.writes += 1;
            writer.deactivate(&link.zoom_id).await?;
        }
        self.action.link = LinkChange::Set(link);
        Ok(())
    }

    fn is_linked(&self, zoom_id: &str) -> bool {
        self.apply
            .input
            .links
            .values()
            .any(|link| link.zoom_id == zoom_id && link.user != self.action.user)
    }

    /// Refused as a duplicate: whoever has the address is linked, if a lookup finds them and they are nobody
    /// else's; otherwise the user fails (O18).
    async fn adopt_duplicate(&mut self, desired: &Desired) -> Result<(), ZoomError> {
        self.action.row = Row::O18;
        let reader = self.apply.writer.reader();
        let found = match reader.find(&desired.address).await? {
            Some(account) => reader.get(&account.id).await?,
            None => None,
        };
        let Some(account) = found else {
            self.fail(
                "Zoom says that the address is in use, but no lookup finds it: it may belong to another Zoom \
                 account, or to somebody who was invited; consolidate it in Zoom, or claim its domain"
                    .to_owned(),
            );
            return Ok(());
        };
        if self.is_linked(&account.id) {
            self.fail(
                "the Zoom user of this address is linked to another directory user".to_owned(),
            );
            return Ok(());
        }
        if !self.apply.input.connection.policies.adopt_existing {
            self.fail("the address is in use, and the policy adopt_existing is off".to_owned());
            return Ok(());
        }
        let link = adopted_link(desired, &account);
        let mut zoom = ZoomView::default();
        zoom.insert(account);
        let input = PlanInput {
            zoom: &zoom,
            ..self.apply.input
        };
        self.action = Action {
            via: Some(Row::O3),
            ..decide(&input, desired, Some(link))
        };
        match self.action.write.clone() {
            Some(Write::Update { zoom_id, change }) => {
                self.writes += 1;
                self.apply.writer.update(&zoom_id, &change).await.map(drop)
            }
            Some(Write::Deactivate { zoom_id }) => {
                self.writes += 1;
                self.apply.writer.deactivate(&zoom_id).await.map(drop)
            }
            Some(Write::Create { .. } | Write::Delete { .. }) | None => Ok(()),
        }
    }

    async fn update(&mut self, zoom_id: &str, change: Change) -> Result<(), ZoomError> {
        self.writes += 1;
        let writer = &self.apply.writer;
        match writer.update(zoom_id, &change).await {
            Ok(true) => Ok(()),
            Ok(false) => self.gone().await,
            Err(error) if error.kind == ErrorKind::Duplicate => {
                // The address is somebody else's; the rest of the change need not wait for that.
                let rest = Change {
                    email: None,
                    ..change
                };
                if !rest.is_empty() {
                    self.writes += 1;
                    writer.update(zoom_id, &rest).await?;
                }
                let link = self.action.link.clone();
                self.fail(error.message);
                self.action.link = link;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// O15: the account went away between the read and the write.
    async fn gone(&mut self) -> Result<(), ZoomError> {
        let desired = self
            .apply
            .input
            .desired
            .iter()
            .find(|desired| desired.user == self.action.user);
        let Some(desired) = desired.cloned() else {
            self.action.link = LinkChange::Drop;
            return Ok(());
        };
        self.action = missing(self.apply.input.connection, &desired);
        match self.action.write.clone() {
            Some(Write::Create {
                desired,
                then_deactivate,
            }) => self.create(&desired, then_deactivate).await,
            _ => Ok(()),
        }
    }

    /// What changes in what is remembered.
    fn memory(&self) -> Vec<Memory> {
        let user = &self.action.user;
        let held = self.apply.input.links.get(user);
        let mut memory = Vec::new();
        match &self.action.link {
            LinkChange::Set(link) if held != Some(link) => memory.push(Memory::Link(link.clone())),
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
        let seen = Seen {
            username: self.action.username.clone(),
            digest: digest.digest.clone(),
            status: self.action.status,
            rules: digest.rules.clone(),
            note: self.action.note.clone(),
        };
        memory.push(Memory::Seen(user.clone(), seen));
        memory
    }
}
