//! A user of the directory.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A user of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryUser {
    /// The directory's id, which never changes and is never used again.
    pub id: CompactString,
    /// The login; it has the form of an e-mail address.
    pub username: CompactString,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<CompactString>,
    /// The first name.
    #[serde(default)]
    pub given_name: Option<CompactString>,
    /// The last name.
    #[serde(default)]
    pub family_name: Option<CompactString>,
    /// The phone number, as `+1 2015550123`.
    #[serde(default)]
    pub phone: Option<CompactString>,
    /// Whether the person may use their accounts; absent means yes.
    #[serde(default = "enabled_by_default")]
    pub enabled: bool,
    /// `Basic`, `Licensed` or `On-Prem`.
    #[serde(default)]
    pub user_type: Option<CompactString>,
    /// Names of Zoom roles.
    #[serde(default)]
    pub roles: Vec<CompactString>,
    /// The job title.
    #[serde(default)]
    pub title: Option<CompactString>,
    /// The department.
    #[serde(default)]
    pub department: Option<CompactString>,
    /// The company or school.
    #[serde(default)]
    pub organization: Option<CompactString>,
    /// The location, which is what Zoom takes a locale for.
    #[serde(default)]
    pub locale: Option<CompactString>,
    /// Names of groups, for the filters of rules.
    #[serde(default)]
    pub groups: Vec<CompactString>,
}

fn enabled_by_default() -> bool {
    true
}

impl DirectoryUser {
    /// A user of whom no more is known, and who may use their accounts.
    #[must_use]
    pub fn named(id: impl Into<CompactString>, username: impl Into<CompactString>) -> Self {
        Self {
            id: id.into(),
            username: username.into(),
            email: None,
            given_name: None,
            family_name: None,
            phone: None,
            enabled: true,
            user_type: None,
            roles: Vec::new(),
            title: None,
            department: None,
            organization: None,
            locale: None,
            groups: Vec::new(),
        }
    }
}
