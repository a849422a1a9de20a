//! The life of a group.

use jiff::Timestamp;

use super::super::choices::{GroupCreateMembers, UnknownMember};
use super::super::settings::Settings;
use super::groups::Group;
use super::users::fold;
use super::{GroupError, MAX_GROUPS, Roster};
use crate::ids::Ids;

/// The longest name of a group.
const MAX_NAME_BYTES: usize = 1024;

/// What a create asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GroupSpec {
    pub(crate) display_name: Option<String>,
    pub(crate) email_alias: Option<String>,
    /// Ids of users.
    pub(crate) members: Vec<String>,
}

/// One change of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupChange {
    /// Another name.
    Name(String),
    /// Another alias; an empty one takes it away.
    EmailAlias(String),
    /// Other members.
    Members(MemberChange, Vec<String>),
}

/// What happens to the users that a patch names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemberChange {
    /// They come in.
    Add,
    /// They go.
    Remove,
    /// They are the members, and nobody else is.
    Replace,
}

impl Roster {
    /// `POST /Groups`.
    pub(crate) fn create_group(
        &mut self,
        spec: GroupSpec,
        settings: &Settings,
        ids: &mut Ids,
        now: Timestamp,
    ) -> Result<Group, GroupError> {
        let name = spec.display_name.filter(|name| is_name(name));
        let name = name.ok_or(GroupError::InvalidName)?;
        if self.groups.by_name(&name).is_some() {
            return Err(GroupError::Exists(name));
        }
        if self.groups.len() >= MAX_GROUPS {
            return Err(GroupError::TooMany);
        }
        let mut group = Group::new(ids.id(), &name, now);
        group.email_alias = spec.email_alias.map(String::into_boxed_str);
        if settings.choices.group_create_members == GroupCreateMembers::Added {
            self.change_members(&mut group, MemberChange::Add, &spec.members, settings)?;
        }
        self.groups.insert(group.clone());
        self.tell_members(&Group::new(String::new(), "", now), &group);
        Ok(group)
    }

    /// `PATCH /Groups/{id}`: all changes, or none.
    pub(crate) fn update_group(
        &mut self,
        id: &str,
        changes: Vec<GroupChange>,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<(), GroupError> {
        let before = self.groups.get(id).ok_or(GroupError::NotFound)?.clone();
        let mut group = before.clone();
        for change in changes {
            match change {
                GroupChange::Name(name) if !is_name(&name) => return Err(GroupError::InvalidName),
                GroupChange::Name(name) => {
                    let other = self.groups.by_name(&name);
                    if other.is_some_and(|other| other.id != group.id) {
                        return Err(GroupError::Exists(name));
                    }
                    group.rename(&name);
                }
                GroupChange::EmailAlias(alias) => {
                    group.email_alias = (!alias.is_empty()).then(|| alias.into());
                }
                GroupChange::Members(change, users) => {
                    self.change_members(&mut group, change, &users, settings)?;
                }
            }
        }
        group.last_modified = now;
        self.groups.replace(group.clone());
        self.tell_members(&before, &group);
        Ok(())
    }

    /// `DELETE /Groups/{id}`.
    pub(crate) fn delete_group(
        &mut self,
        id: &str,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<(), GroupError> {
        let group = self.groups.get(id).ok_or(GroupError::NotFound)?;
        let default = settings.default_group.as_deref().map(fold);
        if default == Some(fold(&group.display_name)) {
            return Err(GroupError::Default);
        }
        if let Some(group) = self.groups.remove(id) {
            let mut nobody = Group::new(String::new(), "", now);
            nobody.id = group.id.clone();
            self.tell_members(&group, &nobody);
        }
        Ok(())
    }

    /// Makes the account's default group where the settings name one that is not there.
    pub(crate) fn ensure_default_group(
        &mut self,
        settings: &Settings,
        ids: &mut Ids,
        now: Timestamp,
    ) -> Result<(), GroupError> {
        let spec = GroupSpec {
            display_name: settings.default_group.clone(),
            ..GroupSpec::default()
        };
        match &settings.default_group {
            Some(name) if self.groups.by_name(name).is_none() => {
                self.create_group(spec, settings, ids, now).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn change_members(
        &self,
        group: &mut Group,
        change: MemberChange,
        users: &[String],
        settings: &Settings,
    ) -> Result<(), GroupError> {
        if change == MemberChange::Replace {
            group.members.clear();
        }
        for id in users {
            let known = self.users.get(id).is_some();
            if !known && settings.choices.unknown_member == UnknownMember::Refused {
                return Err(GroupError::UnknownMember);
            }
            match change {
                MemberChange::Remove => {
                    group.members.remove(id.as_str());
                }
                MemberChange::Add | MemberChange::Replace if known => {
                    group.members.insert(id.as_str().into());
                }
                MemberChange::Add | MemberChange::Replace => {}
            }
        }
        Ok(())
    }

    /// Users keep the groups they are in; those who came or went learn of it.
    fn tell_members(&mut self, before: &Group, after: &Group) {
        let id = &after.id;
        let came = after.members.difference(&before.members);
        let went = before.members.difference(&after.members);
        for (user, is_member) in came
            .map(|user| (user, true))
            .chain(went.map(|user| (user, false)))
        {
            let Some(stored) = self.users.get(user) else {
                continue;
            };
            let mut user = stored.user.clone();
            user.groups.retain(|group| group != id);
            if is_member {
                user.groups.push(id.clone());
            }
            self.users.replace(user);
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= MAX_NAME_BYTES
}
