//! What an administrator does in Zoom's own pages, without HTTP.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::handle::Account;
use super::roster::UserError;
use super::spec::ControlError;
use super::state::State;
use super::{GroupCreateMembers, UnknownMember, User, UserChange};
use crate::scim::{read, render};

/// How many users are made up before others get their turn.
const SEEDED_AT_ONCE: usize = 1000;
/// How many users one call makes up.
const MAX_SEEDED: usize = 5_000_000;

/// The owner is a user of the account with an id that is known before.
pub(super) fn add_owner(
    state: &mut State,
    address: &str,
    owner_id: &str,
    now: Timestamp,
) -> Result<(), ControlError> {
    let owner = json!({ "userName": address, "roles": [{ "value": "Owner" }] });
    let change = Account::read_by_hand(&owner)?;
    let State {
        roster, settings, ..
    } = state;
    roster.add_by_hand(change, settings, || owner_id.to_owned(), now)?;
    Ok(())
}

impl Account {
    /// All users in the order of their creation, each with every attribute that is stored.
    #[must_use]
    pub fn users(&self) -> Vec<Value> {
        let state = self.state();
        let stored = state.roster.users.starting_at(0);
        stored
            .map(|stored| snapshot(&stored.user, &state))
            .collect()
    }

    /// How many users there are.
    #[must_use]
    pub fn user_count(&self) -> usize {
        self.state().roster.users.len()
    }

    /// All groups in the order of their creation, each with the ids of its members.
    #[must_use]
    pub fn groups(&self) -> Vec<Value> {
        let state = self.state();
        let groups = state.roster.groups.starting_at(0);
        let rendered = groups.map(|group| render::group(group, true));
        rendered
            .filter_map(|bytes| serde_json::from_slice(&bytes).ok())
            .collect()
    }

    /// The users who have not accepted yet, by address.
    #[must_use]
    pub fn pending_users(&self) -> Vec<Value> {
        let state = self.state();
        let pending = state.roster.pending();
        pending.map(|user| snapshot(user, &state)).collect()
    }

    /// Adds a user as an administrator does in Zoom's own pages; `active` may be false, and `zoomRoom` and
    /// `forceInactive` true. Returns the id.
    ///
    /// # Errors
    ///
    /// When the JSON is no SCIM user, or the address is none or taken. Nothing has changed then.
    pub fn add_user(&self, user: &Value) -> Result<String, ControlError> {
        let change = Self::read_by_hand(user)?;
        self.heed_magic(&change);
        let now = self.stamp();
        let mut state = self.state();
        let State {
            roster,
            settings,
            ids,
            ..
        } = &mut *state;
        let stored = roster.add_by_hand(change, settings, || ids.resources.id(), now)?;
        Ok(stored.user.id.to_string())
    }

    /// Notices an address that names a scenario.
    fn heed_magic(&self, change: &UserChange) {
        let address = change.user_name.as_deref().or(change.email.as_deref());
        if address.is_some_and(|address| address.contains("+mock-")) {
            self.note_magic_user();
        }
    }

    /// Adds many users, all or none. Returns their ids.
    ///
    /// # Errors
    ///
    /// When one of them cannot be added; the error names which.
    pub fn add_users(&self, users: &[Value]) -> Result<Vec<String>, ControlError> {
        let numbered = |index: usize, error: ControlError| match error {
            ControlError::Invalid { field, message } => ControlError::Invalid {
                field: format!("users[{index}].{field}"),
                message,
            },
            other => ControlError::Invalid {
                field: format!("users[{index}]"),
                message: format!("cannot be added: {other}"),
            },
        };
        let mut changes = Vec::with_capacity(users.len());
        for (index, user) in users.iter().enumerate() {
            let change = Self::read_by_hand(user).map_err(|error| numbered(index, error))?;
            self.heed_magic(&change);
            changes.push(change);
        }
        let now = self.stamp();
        let mut state = self.state();
        let State {
            roster,
            settings,
            ids,
            ..
        } = &mut *state;
        let before = roster.clone();
        let mut added = Vec::with_capacity(changes.len());
        for (index, change) in changes.into_iter().enumerate() {
            match roster.add_by_hand(change, settings, || ids.resources.id(), now) {
                Ok(stored) => added.push(stored.user.id.to_string()),
                Err(error) => {
                    *roster = before;
                    return Err(numbered(index, error.into()));
                }
            }
        }
        Ok(added)
    }

    /// Makes up users, `user1@example.com` and so on, and adds those whose address is free. Returns how many.
    ///
    /// # Errors
    ///
    /// When there would be too many.
    pub fn seed_users(&self, count: usize) -> Result<usize, ControlError> {
        if count > MAX_SEEDED {
            return Err(ControlError::Invalid {
                field: "count".to_owned(),
                message: format!("is at most {MAX_SEEDED}"),
            });
        }
        let now = self.stamp();
        let mut added = 0;
        for first in (1..=count).step_by(SEEDED_AT_ONCE) {
            // Others get their turn between two portions: many users take seconds.
            let mut state = self.state();
            let State {
                roster,
                settings,
                ids,
                ..
            } = &mut *state;
            for number in first..(first + SEEDED_AT_ONCE).min(count + 1) {
                match roster.add_by_hand(made_up(number), settings, || ids.resources.id(), now) {
                    Ok(_) => added += 1,
                    Err(UserError::TakenOnCreate(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(added)
    }

    /// Adds a group with its members as an administrator does in Zoom's own pages. Returns the id.
    ///
    /// # Errors
    ///
    /// When the JSON is no SCIM group, the name is none or taken, a member is no user, or there are too many
    /// groups. Nothing has changed then.
    pub fn add_group(&self, group: &Value) -> Result<String, ControlError> {
        let spec = read::read_group(group).map_err(|invalid| wrong_value(&invalid))?;
        let now = self.stamp();
        let mut state = self.state();
        let State {
            roster,
            settings,
            ids,
            ..
        } = &mut *state;
        // By hand members count, and one who is nobody is a mistake.
        let mut by_hand = settings.clone();
        by_hand.choices.group_create_members = GroupCreateMembers::Added;
        by_hand.choices.unknown_member = UnknownMember::Refused;
        let group = roster.create_group(spec, &by_hand, &mut ids.resources, now)?;
        Ok(group.id.to_string())
    }

    /// Changes a user as an administrator does in Zoom's own pages; what the JSON lacks stays.
    ///
    /// # Errors
    ///
    /// When the JSON is no SCIM user, no user has the id, or the new address is taken. Nothing has changed
    /// then.
    pub fn edit_user(&self, id: &str, change: &Value) -> Result<(), ControlError> {
        let change = Self::read_by_hand(change)?;
        self.heed_magic(&change);
        let now = self.stamp();
        let mut state = self.state();
        let State {
            roster, settings, ..
        } = &mut *state;
        roster.edit_by_hand(id, change, settings, now)?;
        Ok(())
    }

    /// Deletes a user as an administrator does in Zoom's own pages.
    ///
    /// # Errors
    ///
    /// When no user has the id.
    pub fn remove_user(&self, id: &str) -> Result<(), ControlError> {
        Ok(self.state().roster.remove_by_hand(id)?)
    }

    /// From now on all reads show every user as they are, whatever faults with `stale_reads` have left.
    pub fn show_as_it_is(&self) {
        self.state().stale.forget();
    }

    /// From now on the address belongs to somebody else's Zoom account: it cannot be taken, and no lookup
    /// finds it.
    pub fn add_foreign_address(&self, address: &str) {
        self.state().roster.add_foreign(address);
    }

    /// The address is free again; `false` where it belonged to nobody else.
    pub fn remove_foreign_address(&self, address: &str) -> bool {
        self.state().roster.remove_foreign(address)
    }

    /// A pending user accepts the invitation, and is a user of the account from now on. Returns the id.
    ///
    /// # Errors
    ///
    /// When nobody of this address is pending.
    pub fn accept_pending(&self, address: &str) -> Result<String, ControlError> {
        let now = self.stamp();
        let accepted = self.state().roster.accept(address, now)?;
        Ok(accepted.user.id.to_string())
    }
}

fn snapshot(user: &User, state: &State) -> Value {
    render::snapshot(user, &state.roster.groups.names(&user.groups))
}

pub(super) fn wrong_value(invalid: &read::InvalidAttribute) -> ControlError {
    ControlError::Invalid {
        message: "is not a value that Zoom takes here".to_owned(),
        field: invalid.attribute.to_owned(),
    }
}

/// The departments of users who are made up.
const DEPARTMENTS: [&str; 5] = ["Sales", "Engineering", "Support", "Finance", "People"];

fn made_up(number: usize) -> UserChange {
    let department = DEPARTMENTS.get(number % DEPARTMENTS.len()).copied();
    UserChange {
        user_name: Some(format!("user{number}@example.com")),
        given_name: Some("User".to_owned()),
        family_name: Some(format!("Number {number}")),
        department: department.map(str::to_owned),
        ..UserChange::default()
    }
}
