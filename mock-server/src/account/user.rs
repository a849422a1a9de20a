//! A Zoom user, and a change of one.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// The plan of a user: the SCIM attribute `userType`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
}

/// A phone number of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phone {
    /// `mobile`, `office`, `home`, `fax` or `work`.
    pub(crate) kind: String,
    /// The number, as it was sent.
    pub(crate) value: String,
}

/// A user of a Zoom account.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct User {
    pub(crate) id: String,
    /// The address: `userName` and the one e-mail are the same thing in Zoom.
    pub(crate) user_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    pub(crate) active: bool,
    pub(crate) user_type: UserType,
    pub(crate) title: Option<String>,
    /// Zoom means a location by it.
    pub(crate) locale: Option<String>,
    pub(crate) phones: Vec<Phone>,
    /// Names of roles; never empty.
    pub(crate) roles: Vec<String>,
    pub(crate) department: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) cost_center: Option<String>,
    pub(crate) employee_number: Option<String>,
    /// An address, as a plain string.
    pub(crate) manager: Option<String>,
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
    pub(crate) user_type: Option<UserType>,
    pub(crate) title: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) phones: Option<Vec<Phone>>,
    pub(crate) roles: Option<Vec<String>>,
    pub(crate) department: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) cost_center: Option<String>,
    pub(crate) employee_number: Option<String>,
    pub(crate) manager: Option<String>,
    pub(crate) zoom: Map<String, Value>,
}

/// The role that Zoom gives a user whom nobody gives another.
const DEFAULT_ROLE: &str = "Member";

impl User {
    pub(super) fn new(id: String, user_name: String, now: Timestamp) -> Self {
        Self {
            id,
            user_name,
            display_name: None,
            given_name: None,
            family_name: None,
            active: true,
            user_type: UserType::default(),
            title: None,
            locale: None,
            phones: Vec::new(),
            roles: vec![DEFAULT_ROLE.to_owned()],
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
        self.display_name.clone().unwrap_or_else(full)
    }

    /// Takes over the attributes of a change: everything but the address and `active`, which have rules.
    pub(super) fn take(&mut self, change: UserChange) {
        fn set<T>(held: &mut Option<T>, new: Option<T>) {
            if new.is_some() {
                *held = new;
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
        if let Some(user_type) = change.user_type {
            self.user_type = user_type;
        }
        if let Some(phones) = change.phones {
            self.phones = phones;
        }
        if let Some(roles) = change.roles.filter(|roles| !roles.is_empty()) {
            self.roles = roles;
        }
        self.zoom.extend(change.zoom);
    }

    /// Deactivation keeps the user and their data, and takes the licence (Zoom's REST reference of the same
    /// action). Activation restores the login and nothing else.
    pub(super) fn set_active(&mut self, active: bool) {
        self.active = active;
        if !active {
            self.user_type = UserType::Basic;
        }
    }
}
