//! What an administrator does in Zoom's own pages, which can do more than SCIM2.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::settings::Settings;
use super::super::user::{User, UserChange};
use super::user_rules::is_address;
use super::users::{Stored, fold};
use super::{MAX_USERS, Roster, UserError};

impl Roster {
    /// Adds a user, who may be inactive. Neither domain nor seats are asked.
    pub(crate) fn add_by_hand(
        &mut self,
        mut change: UserChange,
        settings: &Settings,
        id: impl FnOnce() -> String,
        now: Timestamp,
    ) -> Result<Arc<Stored>, UserError> {
        let name = change.user_name.take().filter(|name| is_address(name));
        let name = name.ok_or(UserError::InvalidUserName)?;
        if self.is_taken(&name) {
            return Err(UserError::TakenOnCreate(name));
        }
        if self.users.len() >= MAX_USERS {
            return Err(UserError::TooMany);
        }
        let mut user = User::new(String::new(), &name, now);
        self.take_by_hand(&mut user, change, settings)?;
        user.id = id().into();
        Ok(self.enter(user))
    }

    /// Edits a user: also an inactive one, and also the address.
    pub(crate) fn edit_by_hand(
        &mut self,
        id: &str,
        mut change: UserChange,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Arc<Stored>, UserError> {
        let mut user = self.users.get(id).ok_or(UserError::NotFound)?.user.clone();
        let address = change.user_name.take();
        if let Some(address) = change.email.take().or(address) {
            if !is_address(&address) {
                return Err(UserError::InvalidEmail);
            }
            if fold(&address) != fold(&user.user_name) && self.is_taken(&address) {
                return Err(UserError::TakenOnUpdate(address));
            }
            user.user_name = address.into();
        }
        self.take_by_hand(&mut user, change, settings)?;
        user.last_modified = now;
        Ok(self.commit(user))
    }

    /// Deletes a user, whoever they are.
    pub(crate) fn remove_by_hand(&mut self, id: &str) -> Result<(), UserError> {
        if self.users.get(id).is_none() {
            return Err(UserError::NotFound);
        }
        self.remove(id);
        Ok(())
    }

    /// From now on the address belongs to somebody else's Zoom account.
    pub(crate) fn add_foreign(&mut self, address: &str) {
        self.foreign.insert(fold(address));
    }

    /// The address belongs to nobody else any more; `false` where it did not.
    pub(crate) fn remove_foreign(&mut self, address: &str) -> bool {
        self.foreign.remove(&fold(address))
    }

    /// A pending user accepts, and is a user of the account from now on.
    pub(crate) fn accept(
        &mut self,
        address: &str,
        now: Timestamp,
    ) -> Result<Arc<Stored>, UserError> {
        let pending = self.pending.remove(&fold(address));
        let mut user = pending.ok_or(UserError::NotFound)?;
        user.last_modified = now;
        Ok(self.enter(user))
    }

    fn take_by_hand(
        &self,
        user: &mut User,
        mut change: UserChange,
        settings: &Settings,
    ) -> Result<(), UserError> {
        if change.active == Some(true) {
            user.set_active(true, false);
        }
        self.take_ruled(user, &mut change, settings)?;
        user.zoom_room = change.zoom_room.unwrap_or(user.zoom_room);
        user.force_inactive = change.force_inactive.unwrap_or(user.force_inactive);
        let active = change.active.filter(|_| !user.force_inactive);
        let inactive = active == Some(false) || user.force_inactive;
        user.take(change);
        if inactive {
            user.set_active(false, false);
        }
        Ok(())
    }
}
