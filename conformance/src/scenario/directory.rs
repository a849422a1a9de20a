//! The directory side of a scenario: users, the rules that cover them, and how attributes are mapped.

use serde::{Deserialize, Serialize};

/// A user as the directory holds them; the keys are those of the driver protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryUser {
    /// The directory's id, which never changes and is never used again.
    pub id: String,
    /// The login, in the form of an e-mail address.
    pub username: String,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The first name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// The last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// The phone number, as `+1 2015550123`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Whether the person may use their accounts.
    pub enabled: bool,
    /// `Basic`, `Licensed` or `On-Prem`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_type: Option<String>,
    /// Names of Zoom roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The job title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// The company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The location, which is what Zoom takes a locale for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The ids of the rules whose filter matches this user.
    #[serde(default)]
    pub in_scope_of: Vec<String>,
}

impl DirectoryUser {
    /// The value of a source key, absent where it is empty.
    #[must_use]
    pub fn value(&self, source: Source) -> Option<String> {
        let value = match source {
            Source::Username => Some(self.username.clone()),
            Source::Email => self.email.clone(),
            Source::GivenName => self.given_name.clone(),
            Source::FamilyName => self.family_name.clone(),
            Source::Phone => self.phone.clone(),
            Source::Enabled => Some(self.enabled.to_string()),
            Source::UserType => self.user_type.clone(),
            Source::Roles => Some(self.roles.join(",")),
            Source::Title => self.title.clone(),
            Source::Department => self.department.clone(),
            Source::Organization => self.organization.clone(),
            Source::Locale => self.locale.clone(),
        };
        value.filter(|value| !value.is_empty())
    }
}

/// A rule: its scope is told by [`DirectoryUser::in_scope_of`], its mapping here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The rule's id.
    pub id: String,
    /// Which source fills which Zoom attribute.
    pub mapping: Vec<Mapped>,
}

impl Rule {
    /// A rule with all twelve attributes, Username and Email from the same source.
    #[must_use]
    pub fn with_default_mapping(id: &str) -> Self {
        use Source as S;
        use Target as T;
        let mapping = [
            (S::Username, T::Username),
            (S::Username, T::Email),
            (S::GivenName, T::GivenName),
            (S::FamilyName, T::FamilyName),
            (S::Phone, T::Phone),
            (S::Enabled, T::Active),
            (S::UserType, T::UserType),
            (S::Roles, T::Roles),
            (S::Title, T::Title),
            (S::Department, T::Department),
            (S::Organization, T::Organization),
            (S::Locale, T::Locale),
        ];
        Self {
            id: id.to_owned(),
            mapping: mapping
                .map(|(source, target)| Mapped { source, target })
                .to_vec(),
        }
    }
}

/// One line of a rule's mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapped {
    /// The directory's key.
    pub source: Source,
    /// Zoom's attribute, by the name it has in PingOne.
    pub target: Target,
}

/// A key of a directory user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "each is the key of the same name in DirectoryUser"
)]
pub enum Source {
    Username,
    Email,
    GivenName,
    FamilyName,
    Phone,
    Enabled,
    UserType,
    Roles,
    Title,
    Department,
    Organization,
    Locale,
}

/// One of the twelve Zoom attributes, by the name it has in PingOne's console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are PingOne's own")]
pub enum Target {
    Username,
    Email,
    #[serde(rename = "Given Name")]
    GivenName,
    #[serde(rename = "Family Name")]
    FamilyName,
    Phone,
    Active,
    #[serde(rename = "User Type")]
    UserType,
    Roles,
    Title,
    Department,
    Organization,
    Locale,
}

/// Where Zoom shows an attribute again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// In a list and in a get.
    InList,
    /// In a get only.
    InGet,
    /// In neither: only the answer to a write shows it.
    Nowhere,
}

/// A Zoom attribute with a value of its own, that is all but the address and `active`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the Zoom attribute that Target names")]
pub enum Attribute {
    GivenName,
    FamilyName,
    UserType,
    Department,
    Phone,
    Roles,
    Organization,
    Title,
    Locale,
}

impl Attribute {
    /// Where Zoom's SCIM2 reference shows the attribute.
    #[must_use]
    pub fn listed(self) -> Listed {
        match self {
            Self::GivenName | Self::FamilyName | Self::UserType | Self::Department => {
                Listed::InList
            }
            Self::Phone | Self::Roles | Self::Organization => Listed::InGet,
            Self::Title | Self::Locale => Listed::Nowhere,
        }
    }

    /// Whether an account may have none: a type and roles everybody has.
    #[must_use]
    pub fn may_be_empty(self) -> bool {
        !matches!(self, Self::UserType | Self::Roles)
    }

    /// The attribute that a target of a mapping fills, if it is one of these.
    #[must_use]
    pub fn of_target(target: Target) -> Option<Self> {
        match target {
            Target::Username | Target::Email | Target::Active => None,
            Target::GivenName => Some(Self::GivenName),
            Target::FamilyName => Some(Self::FamilyName),
            Target::Phone => Some(Self::Phone),
            Target::UserType => Some(Self::UserType),
            Target::Roles => Some(Self::Roles),
            Target::Title => Some(Self::Title),
            Target::Department => Some(Self::Department),
            Target::Organization => Some(Self::Organization),
            Target::Locale => Some(Self::Locale),
        }
    }
}
