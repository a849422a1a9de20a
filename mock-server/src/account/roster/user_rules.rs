//! The life of a user, as SCIM2 can change it.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::choices::{
    CreateInactive, DeactivatedAddress, DeletedAddress, ForeignAddress, ReactivatedType,
    UnassociatedDomain, UnknownGroup, UnknownLicence, UnknownRole, UnknownUserType, UserNameCase,
};
use super::super::licence::{self, UNITED, Wrong};
use super::super::settings::Settings;
use super::super::user::{User, UserChange, UserType};
use super::users::{Stored, fold};
use super::{MAX_PENDING, MAX_USERS, Roster, UserError};

/// The longest address that is accepted (RFC 5321 section 4.5.3.1.3 less the brackets).
const MAX_ADDRESS_BYTES: usize = 254;

impl Roster {
    /// `POST /Users`: the address is the userName, `emails` is ignored.
    pub(crate) fn create_user(
        &mut self,
        mut change: UserChange,
        settings: &Settings,
        id: impl FnOnce() -> String,
        now: Timestamp,
    ) -> Result<Arc<Stored>, UserError> {
        let name = change.user_name.take().filter(|name| is_address(name));
        let mut name = name.ok_or(UserError::InvalidUserName)?;
        if settings.choices.user_name_case == UserNameCase::Lowered {
            name = name.to_lowercase();
        }
        if let Some(stored) = self.users.by_name(&name)
            && !stored.user.active
            && settings.choices.deactivated_address == DeactivatedAddress::Reactivated
        {
            let id = stored.user.id.clone();
            (change.email, change.active) = (None, Some(true));
            return self.update_user(&id, change, settings, now);
        }
        let pending = self.is_pending_on_create(&name, settings)?;
        if self.users.len() >= MAX_USERS || self.pending.len() >= MAX_PENDING {
            return Err(UserError::TooMany);
        }
        let mut user = User::new(String::new(), &name, now);
        let inactive = settings.choices.create_inactive == CreateInactive::Obeyed
            && change.active == Some(false);
        self.take_ruled(&mut user, &mut change, settings)?;
        self.users.tally().check(&settings.seats, None, &user)?;
        user.take(change);
        if inactive {
            user.set_active(false, false);
        }
        user.id = id().into();
        if pending {
            let stored = Stored::new(user.clone());
            self.foreign.remove(&fold(&name));
            self.pending.insert(fold(&name), user);
            return Ok(stored);
        }
        Ok(self.enter(user))
    }

    /// Whether a user of this address has to accept first.
    fn is_pending_on_create(&self, name: &str, settings: &Settings) -> Result<bool, UserError> {
        let foreign = self.foreign.contains(&fold(name));
        let consents = settings.choices.foreign_address == ForeignAddress::Pending;
        if self.is_taken(name) && !(foreign && consents) {
            return Err(UserError::TakenOnCreate(name.to_owned()));
        }
        if settings.is_associated(name) {
            return Ok(foreign);
        }
        match settings.choices.unassociated_domain {
            UnassociatedDomain::Refused => Err(UserError::UnassociatedDomain),
            UnassociatedDomain::Pending => Ok(true),
        }
    }

    /// `PUT /Users/{id}`: partial. `userName` is ignored, an e-mail changes the address, and an inactive user
    /// takes attributes only together with `active: true`.
    pub(crate) fn update_user(
        &mut self,
        id: &str,
        mut change: UserChange,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Arc<Stored>, UserError> {
        let stored = self.users.get(id).ok_or(UserError::NotFound)?;
        let mut user = stored.user.clone();
        if user.force_inactive || (!user.active && change.active != Some(true)) {
            return Err(UserError::Inactive);
        }
        if let Some(email) = change.email.take() {
            self.change_email(&mut user, &email, settings)?;
        }
        if change.active.is_some_and(|active| active != user.active)
            && is_protected(&user, settings)
        {
            return Err(UserError::Protected);
        }
        if change.active == Some(true) {
            user.set_active(true, restores(settings));
        }
        let old = user.clone();
        self.take_ruled(&mut user, &mut change, settings)?;
        if user.zoom_room && user.user_type == UserType::Basic && old.user_type != UserType::Basic {
            return Err(UserError::RoomToFree);
        }
        let deactivates = change.active == Some(false);
        user.take(change);
        if deactivates {
            user.set_active(false, false);
        }
        if let Some(before) = self.users.get(id) {
            self.users
                .tally()
                .check(&settings.seats, Some(&before.user), &user)?;
        }
        user.last_modified = now;
        Ok(self.commit(user))
    }

    /// `PATCH /Users/{id}`: activates or deactivates.
    pub(crate) fn set_active(
        &mut self,
        id: &str,
        active: bool,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Arc<Stored>, UserError> {
        let stored = self.users.get(id).ok_or(UserError::NotFound)?;
        if stored.user.force_inactive {
            return Err(UserError::ForceInactive);
        }
        if is_protected(&stored.user, settings) {
            return Err(UserError::Protected);
        }
        let mut user = stored.user.clone();
        user.set_active(active, restores(settings));
        self.users
            .tally()
            .check(&settings.seats, Some(&stored.user), &user)?;
        user.last_modified = now;
        Ok(self.users.replace(user))
    }

    /// `DELETE /Users/{id}`.
    pub(crate) fn delete_user(&mut self, id: &str, settings: &Settings) -> Result<(), UserError> {
        let stored = self.users.get(id).ok_or(UserError::NotFound)?;
        if is_admin(&stored.user, settings) {
            return Err(UserError::ProtectedFromDelete);
        }
        let address = fold(&stored.user.user_name);
        self.remove(id);
        if settings.choices.deleted_address == DeletedAddress::InUse {
            self.foreign.insert(address);
        }
        Ok(())
    }

    /// Takes a user out, and out of their groups.
    pub(super) fn remove(&mut self, id: &str) {
        if let Some(stored) = self.users.remove(id) {
            for group in &stored.user.groups {
                self.groups.set_member(group, id, false);
            }
        }
    }

    /// Adds a new user, whose groups learn of them.
    pub(super) fn enter(&mut self, user: User) -> Arc<Stored> {
        for group in &user.groups {
            self.groups.set_member(group, &user.id, true);
        }
        self.users.insert(user)
    }

    /// Puts a changed user in their place; the groups that they left or entered learn of it.
    pub(super) fn commit(&mut self, user: User) -> Arc<Stored> {
        let before = self
            .users
            .get(&user.id)
            .map(|stored| stored.user.groups.clone());
        let before = before.unwrap_or_default();
        if before != user.groups {
            for group in &before {
                self.groups.set_member(group, &user.id, false);
            }
            for group in &user.groups {
                self.groups.set_member(group, &user.id, true);
            }
        }
        self.users.replace(user)
    }

    /// Gives a user another address; a change of case alone is always possible.
    fn change_email(
        &self,
        user: &mut User,
        email: &str,
        settings: &Settings,
    ) -> Result<(), UserError> {
        if !is_address(email) {
            return Err(UserError::InvalidEmail);
        }
        if fold(email) != fold(&user.user_name) {
            if is_admin(user, settings) {
                return Err(UserError::ProtectedEmail);
            }
            if !settings.is_associated(email) {
                return Err(UserError::UnassociatedDomain);
            }
            if self.is_taken(email) {
                return Err(UserError::TakenOnUpdate(email.to_owned()));
            }
        }
        user.user_name = match settings.choices.user_name_case {
            UserNameCase::Kept => email.into(),
            UserNameCase::Lowered => email.to_lowercase().into(),
        };
        Ok(())
    }

    /// Takes over what has a rule: type, roles, groups, licences.
    pub(super) fn take_ruled(
        &self,
        user: &mut User,
        change: &mut UserChange,
        settings: &Settings,
    ) -> Result<(), UserError> {
        let choices = &settings.choices;
        if let Some(text) = change.user_type.take() {
            match (UserType::parse(&text), choices.unknown_user_type) {
                (Some(user_type), _) => user.user_type = user_type,
                (None, UnknownUserType::Ignored) => {}
                (None, UnknownUserType::Refused) => {
                    return Err(UserError::InvalidAttribute("userType"));
                }
            }
        }
        if let Some(mut roles) = change.roles.take() {
            let known = |role: &String| settings.roles.contains(role);
            match choices.unknown_role {
                UnknownRole::Accepted => {}
                UnknownRole::Ignored => roles.retain(known),
                UnknownRole::Refused if roles.iter().all(known) => {}
                UnknownRole::Refused => return Err(UserError::InvalidAttribute("roles")),
            }
            if !roles.is_empty() {
                user.roles = roles.into_iter().map(String::into_boxed_str).collect();
            }
        }
        if let Some(names) = change.groups.take() {
            user.groups = self.group_ids(&names, settings)?;
        }
        self.take_licences(user, change, settings)
    }

    fn group_ids(&self, names: &[String], settings: &Settings) -> Result<Vec<Box<str>>, UserError> {
        let mut ids: Vec<Box<str>> = Vec::new();
        for name in names {
            match self.groups.by_name(name) {
                Some(group) if ids.contains(&group.id) => {}
                Some(group) => ids.push(group.id.clone()),
                None if settings.choices.unknown_group == UnknownGroup::Refused => {
                    return Err(UserError::InvalidAttribute("groups"));
                }
                None => {}
            }
        }
        Ok(ids)
    }

    fn take_licences(
        &self,
        user: &mut User,
        change: &mut UserChange,
        settings: &Settings,
    ) -> Result<(), UserError> {
        let any_licence = settings.choices.unknown_licence == UnknownLicence::Accepted;
        let kept = licence::read(&std::mem::take(&mut change.zoom), any_licence);
        user.zoom.extend(kept.map_err(refused)?);
        licence::check_number(&user.zoom).map_err(refused)?;
        let both = ["zoomWhiteboard", "zoomWhiteboardPlus"];
        if both
            .iter()
            .all(|name| licence::assigns(user.zoom.get(*name)))
        {
            return Err(UserError::BothWhiteboards);
        }
        Ok(())
    }
}

fn refused(wrong: Wrong) -> UserError {
    match wrong {
        Wrong::Licence(name) if name == UNITED.attribute => UserError::InvalidPlan(UNITED.name),
        wrong => UserError::InvalidAttribute(wrong.attribute()),
    }
}

fn restores(settings: &Settings) -> bool {
    settings.choices.reactivated_type == ReactivatedType::Restored
}

fn is_admin(user: &User, settings: &Settings) -> bool {
    user.role_names().any(|role| settings.is_admin_role(role))
}

fn is_protected(user: &User, settings: &Settings) -> bool {
    user.zoom_room || is_admin(user, settings)
}

/// Something before and after one `@`, without spaces or control characters. Zoom documents no more than
/// that the userName must be valid.
pub(super) fn is_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let (Some(local), Some(domain), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let clean = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    text.len() <= MAX_ADDRESS_BYTES && clean(local) && clean(domain)
}
