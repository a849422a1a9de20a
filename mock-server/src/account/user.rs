//! A Zoom user, and a change of one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::licence;

/// The plan of a user: the SCIM attribute `userType`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UserType {
    /// Shown as "Unassigned" in Zoom's pages.
    Collaboration,
    /// No licence; what a user gets whose type nobody sets, and what a deactivation leaves.
    #[default]
    Basic,
    /// A paid licence.
    Licensed,
    /// An on-premises licence.
    OnPrem,
}

impl UserType {
    /// The value as Zoom writes it.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Collaboration => "Collaboration",
            Self::Basic => "Basic",
            Self::Licensed => "Licensed",
            Self::OnPrem => "On-Prem",
        }
    }

    /// Reads a value; `Pro` and `Corp` are the names before October 2020, which clients still send.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "Collaboration" => Some(Self::Collaboration),
            "Basic" => Some(Self::Basic),
            "Licensed" | "Pro" => Some(Self::Licensed),
            "On-Prem" | "Corp" => Some(Self::OnPrem),
            _ => None,
        }
    }

    /// The number that Zoom's REST API has for it.
    #[must_use]
    pub(crate) fn rest(self) -> u8 {
        match self {
            Self::Basic => 1,
            Self::Licensed => 2,
            Self::OnPrem => 3,
            Self::Collaboration => 4,
        }
    }
}

/// A phone number of a user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phone {
    /// `mobile`, `office`, `home`, `fax` or `work`.
    #[serde(rename = "type")]
    pub(crate) kind: Box<str>,
    /// The number, as it was sent.
    pub(crate) value: Box<str>,
}

/// A text that a user may have. There can be a million users, so texts have no room to grow.
pub(crate) type Text = Option<Box<str>>;

/// The role that Zoom gives a user whom nobody gives another.
pub(crate) const DEFAULT_ROLE: &str = "Member";

/// A user of a Zoom account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) id: Box<str>,
    /// The address: `userName` and the one e-mail are the same thing in Zoom.
    pub(crate) user_name: Box<str>,
    pub(crate) display_name: Text,
    pub(crate) given_name: Text,
    pub(crate) family_name: Text,
    pub(crate) active: bool,
    pub(crate) user_type: UserType,
    /// The type before the deactivation.
    pub(crate) former_type: UserType,
    /// A Zoom Room, which is a device and no person.
    pub(crate) zoom_room: bool,
    /// Switched off by Zoom or an administrator in a way that SCIM2 does not undo.
    pub(crate) force_inactive: bool,
    pub(crate) title: Text,
    /// Zoom means a location by it.
    pub(crate) locale: Text,
    pub(crate) phones: Box<[Phone]>,
    /// Names of roles; empty stands for [`DEFAULT_ROLE`].
    pub(crate) roles: Box<[Box<str>]>,
    /// Ids of groups, in the order in which the user came into them.
    pub(crate) groups: Vec<Box<str>>,
    pub(crate) department: Text,
    pub(crate) organization: Text,
    pub(crate) cost_center: Text,
    pub(crate) employee_number: Text,
    /// An address, as a plain string.
    pub(crate) manager: Text,
    /// Zoom's own extension: names to simple values.
    pub(crate) zoom: Map<String, Value>,
    pub(crate) created: Timestamp,
    pub(crate) last_modified: Timestamp,
}

/// What a request or an administrator wants to change; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct UserChange {
    pub(crate) user_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) active: Option<bool>,
    pub(crate) display_name: Option<String>,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    /// As it was sent.
    pub(crate) user_type: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) phones: Option<Vec<Phone>>,
    /// Names.
    pub(crate) roles: Option<Vec<String>>,
    /// Names.
    pub(crate) groups: Option<Vec<String>>,
    pub(crate) department: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) cost_center: Option<String>,
    pub(crate) employee_number: Option<String>,
    pub(crate) manager: Option<String>,
    /// As it was sent.
    pub(crate) zoom: Map<String, Value>,
    /// An administrator alone sets it.
    pub(crate) zoom_room: Option<bool>,
    /// An administrator alone sets it.
    pub(crate) force_inactive: Option<bool>,
}

impl User {
    pub(super) fn new(id: String, user_name: &str, now: Timestamp) -> Self {
        Self {
            id: id.into(),
            user_name: user_name.into(),
            display_name: None,
            given_name: None,
            family_name: None,
            active: true,
            user_type: UserType::default(),
            former_type: UserType::default(),
            zoom_room: false,
            force_inactive: false,
            title: None,
            locale: None,
            phones: Box::default(),
            roles: Box::default(),
            groups: Vec::new(),
            department: None,
            organization: None,
            cost_center: None,
            employee_number: None,
            manager: None,
            zoom: Map::new(),
            created: now,
            last_modified: now,
        }
    }

    /// The name to show: the one that was set, else given and family name.
    #[must_use]
    pub(crate) fn shown_name(&self) -> String {
        let full = || {
            let names = [self.given_name.as_deref(), self.family_name.as_deref()];
            names.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        self.display_name
            .as_deref()
            .map_or_else(full, str::to_owned)
    }

    /// The names of the user's roles, at least one.
    pub(crate) fn role_names(&self) -> impl Iterator<Item = &str> {
        let default = self.roles.is_empty().then_some(DEFAULT_ROLE);
        self.roles.iter().map(AsRef::as_ref).chain(default)
    }

    /// Takes over the attributes of a change that have no rule of their own: not the address, `active`, the
    /// type, roles, groups, licences.
    pub(super) fn take(&mut self, change: UserChange) {
        fn set(held: &mut Text, new: Option<String>) {
            if let Some(new) = new {
                *held = Some(new.into());
            }
        }
        set(&mut self.display_name, change.display_name);
        set(&mut self.given_name, change.given_name);
        set(&mut self.family_name, change.family_name);
        set(&mut self.title, change.title);
        set(&mut self.locale, change.locale);
        set(&mut self.department, change.department);
        set(&mut self.organization, change.organization);
        set(&mut self.cost_center, change.cost_center);
        set(&mut self.employee_number, change.employee_number);
        set(&mut self.manager, change.manager);
        if let Some(phones) = change.phones {
            self.phones = phones.into();
        }
    }

    /// The user without the attributes that a write could fill; address, type, roles and groups stay.
    pub(super) fn emptied(&self) -> Self {
        let bare = Self::new(String::new(), "", self.created);
        Self {
            id: self.id.clone(),
            user_name: self.user_name.clone(),
            active: self.active,
            user_type: self.user_type,
            former_type: self.former_type,
            zoom_room: self.zoom_room,
            force_inactive: self.force_inactive,
            roles: self.roles.clone(),
            groups: self.groups.clone(),
            last_modified: self.last_modified,
            ..bare
        }
    }

    /// Deactivation keeps the user and their data, and takes every licence (Zoom's REST reference of the same
    /// action). Activation restores the login, and the type where the account has chosen so.
    pub(super) fn set_active(&mut self, active: bool, restore_type: bool) {
        if self.active && !active {
            self.former_type = self.user_type;
            self.user_type = UserType::Basic;
            self.zoom.retain(|name, _| !licence::is_licence(name));
        }
        if !self.active && active && restore_type {
            self.user_type = self.former_type;
        }
        self.active = active;
    }
}
