//! The users of an account, their indexes, and the rules of their life.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::order::{Order, Slot};
use super::user::{User, UserChange};
use crate::ids::Ids;
use crate::scim::resource;

/// The longest address that is accepted (RFC 5321 section 4.5.3.1.3 less the brackets).
const MAX_ADDRESS_BYTES: usize = 254;

/// Why the account refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// The userName of a create is no e-mail address.
    #[error("the userName is no e-mail address")]
    InvalidUserName,
    /// The e-mail of an update is no e-mail address.
    #[error("the e-mail is no e-mail address")]
    InvalidEmail,
    /// A create for an address that is taken, here or in somebody else's account.
    #[error("the address {0} is taken")]
    TakenOnCreate(String),
    /// An e-mail change to an address that is taken.
    #[error("the address {0} is taken")]
    TakenOnUpdate(String),
    /// No user has the id.
    #[error("there is no such user")]
    NotFound,
    /// An inactive user's attributes are not updated.
    #[error("the user is inactive")]
    Inactive,
}

/// A user with the bytes that reads are answered with, made when the user was last written.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) user: User,
    /// As a get shows the user.
    pub(crate) single: Bytes,
    /// As a list shows the user, which is less.
    pub(crate) item: Bytes,
}

impl Stored {
    fn new(user: User) -> Arc<Self> {
        let single = resource::single(&user);
        let item = resource::list_item(&user);
        Arc::new(Self { user, single, item })
    }
}

/// The users in the order of their creation, found by id and by address without searching.
#[derive(Debug, Default)]
pub(crate) struct Users {
    order: Order<Arc<Stored>>,
    by_id: HashMap<String, Slot>,
    by_name: HashMap<String, Slot>,
    /// Addresses that belong to somebody else's Zoom account, folded.
    foreign: HashSet<String>,
}

/// Addresses are compared by ASCII case folding: Zoom documents nothing, this is our choice.
pub(crate) fn fold(address: &str) -> String {
    address.to_ascii_lowercase()
}

impl Users {
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Stored>> {
        self.order.get(*self.by_id.get(id)?)
    }

    pub(crate) fn by_name(&self, user_name: &str) -> Option<&Arc<Stored>> {
        self.order.get(*self.by_name.get(&fold(user_name))?)
    }

    /// The users from a position on (from 0), in the order of their creation.
    pub(crate) fn starting_at(&self, position: usize) -> impl Iterator<Item = &Arc<Stored>> {
        self.order.starting_at(position).map(|(_, stored)| stored)
    }

    pub(crate) fn is_foreign(&self, address: &str) -> bool {
        self.foreign.contains(&fold(address))
    }

    pub(crate) fn add_foreign(&mut self, address: &str) {
        self.foreign.insert(fold(address));
    }

    fn is_taken(&self, address: &str) -> bool {
        let folded = fold(address);
        self.by_name.contains_key(&folded) || self.foreign.contains(&folded)
    }

    /// `POST /Users`: the address is the userName, the user is active, `emails` and `active` are ignored.
    pub(crate) fn create(
        &mut self,
        change: UserChange,
        ids: &mut Ids,
        now: Timestamp,
    ) -> Result<Arc<Stored>, UserError> {
        let name = change.user_name.clone().filter(|name| is_address(name));
        let name = name.ok_or(UserError::InvalidUserName)?;
        if self.is_taken(&name) {
            return Err(UserError::TakenOnCreate(name));
        }
        let mut user = User::new(ids.id(), name, now);
        user.take(change);
        Ok(self.insert(user))
    }

    /// `PUT /Users/{id}`: partial. `userName` is ignored, an e-mail changes the address, and an inactive user
    /// takes attributes only together with `active: true`.
    pub(crate) fn update(
        &mut self,
        id: &str,
        change: UserChange,
        now: Timestamp,
    ) -> Result<Arc<Stored>, UserError> {
        let (slot, mut user) = self.taken_out(id)?;
        if !user.active && change.active != Some(true) {
            return Err(UserError::Inactive);
        }
        if let Some(email) = change.email.clone() {
            self.move_to(&mut user, email)?;
        }
        let active = change.active;
        user.take(change);
        if let Some(active) = active {
            user.set_active(active);
        }
        Ok(self.commit(slot, user, now))
    }

    /// `PATCH /Users/{id}`: activates or deactivates.
    pub(crate) fn set_active(
        &mut self,
        id: &str,
        active: bool,
        now: Timestamp,
    ) -> Result<Arc<Stored>, UserError> {
        let (slot, mut user) = self.taken_out(id)?;
        user.set_active(active);
        Ok(self.commit(slot, user, now))
    }

    /// `DELETE /Users/{id}`.
    pub(crate) fn delete(&mut self, id: &str) -> Result<(), UserError> {
        let slot = *self.by_id.get(id).ok_or(UserError::NotFound)?;
        let (Some(stored), moved) = self.order.remove(slot) else {
            return Err(UserError::NotFound);
        };
        self.by_id.remove(&stored.user.id);
        self.by_name.remove(&fold(&stored.user.user_name));
        if moved {
            self.index();
        }
        Ok(())
    }

    /// An administrator adds a user in Zoom's own pages, who may be inactive.
    pub(crate) fn add_by_hand(
        &mut self,
        change: UserChange,
        ids: &mut Ids,
        now: Timestamp,
    ) -> Result<Arc<Stored>, UserError> {
        let active = change.active;
        let stored = self.create(change, ids, now)?;
        match active {
            Some(false) => self.set_active(&stored.user.id, false, now),
            Some(true) | None => Ok(stored),
        }
    }

    /// An administrator edits a user in Zoom's own pages: also an inactive one, and also the address.
    pub(crate) fn edit_by_hand(
        &mut self,
        id: &str,
        change: UserChange,
        now: Timestamp,
    ) -> Result<Arc<Stored>, UserError> {
        let (slot, mut user) = self.taken_out(id)?;
        if let Some(address) = change.email.clone().or_else(|| change.user_name.clone()) {
            self.move_to(&mut user, address)?;
        }
        let active = change.active;
        user.take(change);
        if let Some(active) = active {
            user.set_active(active);
        }
        Ok(self.commit(slot, user, now))
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// A copy to change; what is stored stays as it is until [`Self::commit`].
    fn taken_out(&self, id: &str) -> Result<(Slot, User), UserError> {
        let slot = *self.by_id.get(id).ok_or(UserError::NotFound)?;
        let stored = self.order.get(slot).ok_or(UserError::NotFound)?;
        Ok((slot, stored.user.clone()))
    }

    /// Gives a user another address, if it is one and free; a change of case alone always is.
    fn move_to(&self, user: &mut User, address: String) -> Result<(), UserError> {
        if !is_address(&address) {
            return Err(UserError::InvalidEmail);
        }
        if fold(&address) != fold(&user.user_name) && self.is_taken(&address) {
            return Err(UserError::TakenOnUpdate(address));
        }
        user.user_name = address;
        Ok(())
    }

    fn insert(&mut self, user: User) -> Arc<Stored> {
        let stored = Stored::new(user);
        let slot = self.order.push(Arc::clone(&stored));
        self.by_id.insert(stored.user.id.clone(), slot);
        self.by_name.insert(fold(&stored.user.user_name), slot);
        stored
    }

    fn commit(&mut self, slot: Slot, mut user: User, now: Timestamp) -> Arc<Stored> {
        user.last_modified = now;
        if let Some(old) = self.order.get(slot) {
            self.by_name.remove(&fold(&old.user.user_name));
        }
        self.by_name.insert(fold(&user.user_name), slot);
        let stored = Stored::new(user);
        self.order.replace(slot, Arc::clone(&stored));
        stored
    }

    /// Makes both indexes anew after slots have moved.
    fn index(&mut self) {
        self.by_id.clear();
        self.by_name.clear();
        for (slot, stored) in self.order.starting_at(0) {
            self.by_id.insert(stored.user.id.clone(), slot);
            self.by_name.insert(fold(&stored.user.user_name), slot);
        }
    }
}

/// Something before and after one `@`, without spaces or control characters. Zoom documents no more than
/// that the userName must be valid.
fn is_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let (Some(local), Some(domain), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let clean = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    text.len() <= MAX_ADDRESS_BYTES && clean(local) && clean(domain)
}

#[cfg(test)]
mod tests;
