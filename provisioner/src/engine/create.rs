//! A create, and what becomes of it when its answer is lost or it is refused as a duplicate.

use std::time::Duration;

use compact_str::CompactString;

use super::SyncError;
use super::apply::{OneUser, Progress};
use super::intents::{CONSISTENCY_WINDOW, is_as_sent, look};
use crate::audit::Fate;
use crate::links::Intended;
use crate::plan::{
    Account, Action, Desired, LinkChange, PlanInput, Row, Status, Write, ZoomView, adopted_link,
    created_link, decide,
};
use crate::safety::Held;
use crate::zoom::{Created, ErrorKind};

/// Why a user fails whose address is in use, by whom nobody can say (O18).
const FOUND_BY_NO_LOOKUP: &str = "Zoom says that the address is in use, but no lookup finds it: it may belong to another Zoom \
     account, or to somebody who was invited; consolidate it in Zoom, or claim its domain";

/// A create of which nobody knows whether it was done.
#[derive(Debug)]
pub(super) struct Lost {
    desired: Desired,
    then_deactivate: bool,
    /// When its answer was missed.
    since: Duration,
}

impl<'a> OneUser<'a> {
    pub(super) async fn create(
        &mut self,
        desired: &Desired,
        then_deactivate: bool,
    ) -> Result<Progress, SyncError> {
        if self.apply.seats.are_gone() {
            return Ok(self.no_seat());
        }
        let held = self.apply.input.links.get(&desired.user);
        self.intend(Intended::Create {
            address: desired.address.clone(),
            rule: desired.rule.clone(),
            attributes: desired.attributes.clone(),
            was_free: self.apply.input.zoom.by_name(&desired.address).is_none(),
            replaces: held.map(|link| link.zoom_id.clone()),
        })
        .await?;
        match self.send(desired).await? {
            None => Ok(self.no_seat()),
            Some(Created::Account(account)) => {
                self.created(desired, account, then_deactivate).await
            }
            Some(Created::Duplicate) => self.duplicate(desired).await,
            Some(Created::Unknown) => {
                let now = self.now();
                match self.found(desired, now).await? {
                    Some(account) => {
                        self.found_after_all(desired, account, then_deactivate)
                            .await
                    }
                    // The others go on meanwhile.
                    None => {
                        self.lost = Some(Lost {
                            desired: desired.clone(),
                            then_deactivate,
                            since: now,
                        });
                        Ok(Progress::Undecided)
                    }
                }
            }
        }
    }

    /// Nobody else gets an account in this run.
    fn no_seat(&mut self) -> Progress {
        self.action.hold(Held::NoSeat);
        self.action.status = Status::Unsynced;
        self.action.link = LinkChange::Keep;
        Progress::Done
    }

    /// Sends a create, if there are seats left when it is its turn.
    async fn send(&mut self, desired: &Desired) -> Result<Option<Created>, SyncError> {
        let going = self.begin().await?;
        if self.apply.seats.are_gone() {
            return Ok(None);
        }
        let created = self.send_create(desired, going).await;
        match &created {
            Ok(Created::Account(_)) => self.apply.seats.given(),
            Err(SyncError::Zoom(error)) if error.kind == ErrorKind::NoSeat => {
                self.apply.seats.refused();
            }
            Ok(Created::Duplicate | Created::Unknown) | Err(_) => {}
        }
        let created = created?;
        self.unknown |= created == Created::Unknown;
        Ok(Some(created))
    }

    /// What became of a lost create: looked for until the window has passed, and only then sent once more.
    pub(super) async fn settle(&mut self, lost: Lost) -> Result<Progress, SyncError> {
        let Lost {
            desired,
            then_deactivate,
            since,
        } = lost;
        let until = since + CONSISTENCY_WINDOW;
        if let Some(account) = self.found(&desired, until).await? {
            return self
                .found_after_all(&desired, account, then_deactivate)
                .await;
        }
        let until = match self.send(&desired).await? {
            None => {
                self.unknown = false;
                self.note_settled(None, Fate::NotDone).await;
                return Ok(self.no_seat());
            }
            Some(Created::Account(account)) => {
                // The first one was not done, else this one would have been refused.
                self.note_settled(None, Fate::NotDone).await;
                return self.created(&desired, account, then_deactivate).await;
            }
            // It was done after all, and is slow to show.
            Some(Created::Duplicate) => self.now() + CONSISTENCY_WINDOW,
            Some(Created::Unknown) => self.now(),
        };
        match self.found(&desired, until).await? {
            Some(account) => {
                self.found_after_all(&desired, account, then_deactivate)
                    .await
            }
            None => {
                let note = "Zoom's answer to the create was lost, and no lookup finds the user; the next run looks \
                            again";
                self.fail(note.to_owned());
                self.note_settled(None, Fate::Unknown).await;
                Ok(Progress::Done)
            }
        }
    }

    async fn found(
        &self,
        desired: &Desired,
        until: Duration,
    ) -> Result<Option<Account>, SyncError> {
        let reader = self.apply.writer.reader();
        Ok(look(reader, &desired.address, until).await?)
    }

    /// Somebody has the address after a create whose answer was lost: we, or somebody else who was quicker.
    async fn found_after_all(
        &mut self,
        desired: &Desired,
        account: Account,
        then_deactivate: bool,
    ) -> Result<Progress, SyncError> {
        self.unknown = false;
        // Who was there before the create was not made by it.
        let was_there = self.held(&account.id).is_some() || self.linked_user(&account.id).is_some();
        match was_there || !is_as_sent(&account, &desired.attributes) {
            true => {
                self.note_settled(None, Fate::NotDone).await;
                self.adopt(desired, Some(account)).await
            }
            false => {
                self.note_settled(Some(&account.id), Fate::Done).await;
                self.created(desired, account, then_deactivate).await
            }
        }
    }

    async fn created(
        &mut self,
        desired: &Desired,
        account: Account,
        then_deactivate: bool,
    ) -> Result<Progress, SyncError> {
        self.unknown = false;
        let link = created_link(desired, account.id);
        if then_deactivate {
            // Whatever becomes of that, there is an account and it is linked.
            self.remember(&link).await?;
            self.send_deactivate(&link.zoom_id, None).await?;
        }
        self.action.link = LinkChange::Set(Box::new(link));
        Ok(Progress::Done)
    }

    /// Refused as a duplicate: whoever has the address is linked, if a lookup finds them and they are nobody
    /// else's; otherwise the user fails (O18).
    async fn duplicate(&mut self, desired: &Desired) -> Result<Progress, SyncError> {
        let now = self.now();
        let found = self.found(desired, now).await?;
        self.adopt(desired, found).await
    }

    async fn adopt(
        &mut self,
        desired: &Desired,
        found: Option<Account>,
    ) -> Result<Progress, SyncError> {
        self.action.row = Row::O18;
        let Some(found) = found else {
            self.fail(FOUND_BY_NO_LOOKUP.to_owned());
            return Ok(Progress::Done);
        };
        if let Some(other) = self.linked_user(&found.id) {
            self.fail(format!(
                "the Zoom user of this address is linked to another directory user, {other}"
            ));
            return Ok(Progress::Done);
        }
        if !self.apply.input.connection.policies.adopt_existing {
            self.fail("the address is in use, and the policy adopt_existing is off".to_owned());
            return Ok(Progress::Done);
        }
        let Some(account) = self.apply.writer.reader().get(&found.id).await? else {
            self.fail(FOUND_BY_NO_LOOKUP.to_owned());
            return Ok(Progress::Done);
        };
        let link = adopted_link(desired, &account);
        let mut zoom = ZoomView::default();
        zoom.insert(account.clone());
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
                self.send_update(&zoom_id, &change, Some(&account)).await?;
            }
            // Nobody has counted it, nor asked who that is.
            Some(Write::Deactivate { .. } | Write::Delete { .. }) => self.action.hold(Held::Late),
            Some(Write::Create { .. }) | None => {}
        }
        Ok(Progress::Done)
    }

    fn linked_user(&self, zoom_id: &str) -> Option<CompactString> {
        let links = self.apply.input.links.values();
        let mut others = links.filter(|link| link.user != self.action.user);
        Some(others.find(|link| link.zoom_id == zoom_id)?.user.clone())
    }
}
