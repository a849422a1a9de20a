//! The one way by which writes go out: each is counted and written down, and none goes that could not be.

use std::collections::BTreeMap;

use compact_str::{CompactString, ToCompactString as _};
use tokio::sync::SemaphorePermit;

use super::SyncError;
use super::apply::OneUser;
use super::scribe;
use crate::audit::{Changed, Event, Fate, Settled, Written};
use crate::plan::{Account, Change, Desired, LinkChange, Write, fold};
use crate::rule::Shown;
use crate::summary::word;
use crate::zoom::{Created, ErrorKind, Sent, ZoomError, path};

/// A write on its way: what is to be told of it, and its place, until it is written down.
pub(super) struct Going<'a> {
    sent: Sent,
    _place: SemaphorePermit<'a>,
}

impl<'a> OneUser<'a> {
    /// Sends a create. An answer about somebody else says nothing about this user.
    pub(super) async fn send_create(
        &mut self,
        desired: &Desired,
        mut going: Going<'a>,
    ) -> Result<Created, SyncError> {
        let sent = &mut going.sent;
        let created = self.apply.writer.create(desired, sent).await;
        let created = created.map(|created| match created {
            Created::Account(account) if fold(&account.user_name) != fold(&desired.address) => {
                Created::Unknown
            }
            created => created,
        });
        let outcome = match &created {
            Ok(Created::Account(_)) => (Fate::Done, None),
            Ok(Created::Duplicate) => (Fate::Failed, Some(ErrorKind::Conflict)),
            Ok(Created::Unknown) => (Fate::Unknown, None),
            Err(error) => failed(error, sent),
        };
        let zoom_id = match &created {
            Ok(Created::Account(account)) => Some(account.id.clone()),
            _ => None,
        };
        let write = Write::Create {
            desired: Box::new(desired.clone()),
            then_deactivate: false,
        };
        self.written(&write, zoom_id, None, outcome, going).await;
        Ok(created?)
    }

    /// Sends an update; `false` where the account is gone. What the account was before is told where it is known.
    pub(super) async fn send_update(
        &mut self,
        zoom_id: &str,
        change: &Change,
        before: Option<&Account>,
    ) -> Result<bool, SyncError> {
        let mut going = self.begin().await?;
        let (whole, sent) = (self.whole(change), &mut going.sent);
        let done = self.apply.writer.update(zoom_id, &whole, sent).await;
        let write = Write::Update {
            zoom_id: zoom_id.into(),
            change: Box::new(change.clone()),
        };
        self.changed(&write, zoom_id, before, done, going).await
    }

    /// A change with what no read shows, where the server empties what an update leaves out.
    fn whole(&self, change: &Change) -> Change {
        let mut whole = change.clone();
        if self.apply.input.connection.policies.put_replaces
            && let Some(link) = self.apply.input.links.get(&self.action.user)
        {
            let known = link.known.iter();
            let unshown = known.filter(|(attribute, _)| attribute.shown() == Shown::ByNone);
            for (attribute, value) in unshown {
                let value = || value.clone();
                whole.attributes.entry(*attribute).or_insert_with(value);
            }
        }
        whole
    }

    /// Sends a deactivation; `false` where the account is gone.
    pub(super) async fn send_deactivate(
        &mut self,
        zoom_id: &str,
        before: Option<&Account>,
    ) -> Result<bool, SyncError> {
        let mut going = self.begin().await?;
        let sent = &mut going.sent;
        let done = self.apply.writer.deactivate(zoom_id, sent).await;
        let write = Write::Deactivate {
            zoom_id: zoom_id.into(),
        };
        self.changed(&write, zoom_id, before, done, going).await
    }

    /// Sends a delete; `false` where the account was gone already.
    pub(super) async fn send_delete(&mut self, zoom_id: &str) -> Result<bool, SyncError> {
        let mut going = self.begin().await?;
        let done = self.apply.writer.delete(zoom_id, &mut going.sent).await;
        let write = Write::Delete {
            zoom_id: zoom_id.into(),
        };
        let before = self.held(zoom_id);
        self.changed(&write, zoom_id, before, done, going).await
    }

    /// What the account of an id was when it was read.
    pub(super) fn held(&self, zoom_id: &str) -> Option<&'a Account> {
        self.apply.input.zoom.by_id(zoom_id)
    }

    /// Writes down what became of a create whose answer was lost.
    pub(super) async fn note_settled(&self, zoom_id: Option<&str>, outcome: Fate) {
        let settled = || {
            Event::Settled(Settled {
                user: self.action.user.clone(),
                username: Some(self.action.username.clone()),
                zoom_id: zoom_id.map(CompactString::from),
                action: "create".to_owned(),
                intended_at: None,
                outcome,
            })
        };
        self.apply.scribe.note(settled).await;
    }

    /// A write is about to go out, once there is a place and if it may.
    pub(super) async fn begin(&self) -> Result<Going<'a>, SyncError> {
        let place = self.apply.places.acquire().await.map_err(|_| {
            let message = "the run ended before it was sent";
            ZoomError::new(ErrorKind::Stopped, message)
        })?;
        self.apply.scribe.check()?;
        Ok(Going {
            sent: Sent::default(),
            _place: place,
        })
    }

    async fn changed(
        &mut self,
        write: &Write,
        zoom_id: &str,
        before: Option<&Account>,
        done: Result<bool, ZoomError>,
        going: Going<'a>,
    ) -> Result<bool, SyncError> {
        let outcome = match &done {
            Ok(true) => (Fate::Done, None),
            Ok(false) => (Fate::Gone, None),
            Err(error) => failed(error, &going.sent),
        };
        self.written(write, Some(zoom_id.into()), before, outcome, going)
            .await;
        Ok(done?)
    }

    async fn written(
        &mut self,
        write: &Write,
        zoom_id: Option<CompactString>,
        before: Option<&Account>,
        (outcome, reason): (Fate, Option<ErrorKind>),
        Going { sent, _place }: Going<'a>,
    ) {
        // What never went out was not sent.
        if sent.attempts == 0 {
            return;
        }
        self.writes += 1;
        let (method, place) = match write {
            Write::Create { .. } => ("POST", "/Users".to_owned()),
            Write::Update { zoom_id, .. } => ("PUT", path(zoom_id)),
            Write::Deactivate { zoom_id } => ("PATCH", path(zoom_id)),
            Write::Delete { zoom_id } => ("DELETE", path(zoom_id)),
        };
        let written = || {
            Event::Write(Box::new(Written {
                user: self.action.user.clone(),
                username: self.action.username.clone(),
                zoom_id,
                rule: self.rule(),
                row: self.action.row,
                via: self.action.via,
                action: word(Some(write)).to_owned(),
                method: method.to_owned(),
                path: place,
                changes: self.changes(write, before),
                outcome,
                reason: reason.map(|kind| scribe::word(kind).to_owned()),
                status: sent.status,
                request_id: sent.request_id,
                attempts: sent.attempts,
            }))
        };
        self.apply.scribe.note(written).await;
    }

    /// The rule in whose care the user is.
    fn rule(&self) -> Option<CompactString> {
        if let Some(Write::Create { desired, .. }) = &self.action.write {
            return Some(desired.rule.clone());
        }
        let held = || self.apply.input.links.get(&self.action.user);
        match &self.action.link {
            LinkChange::Set(link) => Some(link.rule.clone()),
            LinkChange::Keep | LinkChange::Create | LinkChange::Drop => Some(held()?.rule.clone()),
        }
    }

    /// What a write changes, with what was there before as far as a read or an earlier write tells it.
    fn changes(&self, write: &Write, before: Option<&Account>) -> BTreeMap<String, Changed> {
        let link = self.apply.input.links.get(&self.action.user);
        let active = |after: Option<bool>| Changed {
            before: before.map(|account| account.active.to_compact_string()),
            after: after.map(|after| after.to_compact_string()),
        };
        let address = |after: Option<&str>| Changed {
            before: before.map(|account| account.user_name.clone()),
            after: after.map(CompactString::from),
        };
        let mut changes = BTreeMap::new();
        let mut change = |name: &str, changed| drop(changes.insert(name.to_owned(), changed));
        match write {
            Write::Create { desired, .. } => {
                change("username", address(Some(&desired.address)));
                for (attribute, value) in &desired.attributes {
                    change(attribute.name(), after(value));
                }
            }
            Write::Update { change: update, .. } => {
                if update.activate {
                    change("active", active(Some(true)));
                }
                if let Some(email) = &update.email {
                    change("username", address(Some(email)));
                }
                for (attribute, value) in &update.attributes {
                    let read = before.and_then(|account| account.attributes.get(attribute));
                    let known = link.and_then(|link| link.known.get(attribute));
                    let held = match attribute.shown() {
                        Shown::ByList => read,
                        Shown::ByGet | Shown::ByNone => read.or(known),
                    };
                    let changed = Changed {
                        before: held.cloned(),
                        ..after(value)
                    };
                    change(attribute.name(), changed);
                }
            }
            Write::Deactivate { .. } => change("active", active(Some(false))),
            Write::Delete { .. } => {
                change("username", address(None));
                change("active", active(None));
                let read = before.map(|account| &account.attributes);
                for (attribute, value) in read.into_iter().flatten() {
                    let changed = Changed {
                        before: Some(value.clone()),
                        after: None,
                    };
                    change(attribute.name(), changed);
                }
            }
        }
        changes
    }
}

fn after(value: &str) -> Changed {
    Changed {
        before: None,
        after: Some(value.into()),
    }
}

/// What went out more than once may have been done the first time.
fn failed(error: &ZoomError, sent: &Sent) -> (Fate, Option<ErrorKind>) {
    match error.kind {
        ErrorKind::Unknown => (Fate::Unknown, None),
        kind if sent.lost => (Fate::Unknown, Some(kind)),
        kind => (Fate::Failed, Some(kind)),
    }
}
