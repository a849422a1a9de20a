//! The mapping: which directory key, or which constant, fills which of the twelve Zoom attributes.

use std::collections::BTreeMap;
use std::fmt;

use compact_str::{CompactString, ToCompactString as _};
use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use crate::directory::DirectoryUser;

/// One of the twelve Zoom attributes, by its name in PingOne.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(missing_docs, reason = "the names are PingOne's own")]
pub enum Target {
    Username,
    Email,
    GivenName,
    FamilyName,
    Phone,
    Active,
    UserType,
    Roles,
    Title,
    Department,
    Organization,
    Locale,
}

impl Target {
    /// All twelve.
    pub const ALL: [Self; 12] = [
        Self::Username,
        Self::Email,
        Self::GivenName,
        Self::FamilyName,
        Self::Phone,
        Self::Active,
        Self::UserType,
        Self::Roles,
        Self::Title,
        Self::Department,
        Self::Organization,
        Self::Locale,
    ];

    /// The name in PingOne's console.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Username => "Username",
            Self::Email => "Email",
            Self::GivenName => "Given Name",
            Self::FamilyName => "Family Name",
            Self::Phone => "Phone",
            Self::Active => "Active",
            Self::UserType => "User Type",
            Self::Roles => "Roles",
            Self::Title => "Title",
            Self::Department => "Department",
            Self::Organization => "Organization",
            Self::Locale => "Locale",
        }
    }

    /// The target of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }
}

/// A key of a directory user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(
    missing_docs,
    reason = "each is the key of the same name in DirectoryUser"
)]
pub enum Source {
    Id,
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
    Groups,
}

impl Source {
    /// All keys.
    pub const ALL: [Self; 14] = [
        Self::Id,
        Self::Username,
        Self::Email,
        Self::GivenName,
        Self::FamilyName,
        Self::Phone,
        Self::Enabled,
        Self::UserType,
        Self::Roles,
        Self::Title,
        Self::Department,
        Self::Organization,
        Self::Locale,
        Self::Groups,
    ];

    /// The key as it is written in files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Username => "username",
            Self::Email => "email",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Phone => "phone",
            Self::Enabled => "enabled",
            Self::UserType => "user_type",
            Self::Roles => "roles",
            Self::Title => "title",
            Self::Department => "department",
            Self::Organization => "organization",
            Self::Locale => "locale",
            Self::Groups => "groups",
        }
    }

    /// The source of a key, whatever its case: attribute names are case-insensitive (RFC 7643 section 2.1).
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|source| source.key().eq_ignore_ascii_case(key))
    }

    /// The user's values of this key: none where it is empty, several only for roles and groups.
    #[must_use]
    pub fn values(self, user: &DirectoryUser) -> Vec<CompactString> {
        let one = |value: &Option<CompactString>| value.clone().into_iter().collect::<Vec<_>>();
        let mut values = match self {
            Self::Id => vec![user.id.clone()],
            Self::Username => vec![user.username.clone()],
            Self::Email => one(&user.email),
            Self::GivenName => one(&user.given_name),
            Self::FamilyName => one(&user.family_name),
            Self::Phone => one(&user.phone),
            Self::Enabled => vec![user.enabled.to_compact_string()],
            Self::UserType => one(&user.user_type),
            Self::Roles => user.roles.clone(),
            Self::Title => one(&user.title),
            Self::Department => one(&user.department),
            Self::Organization => one(&user.organization),
            Self::Locale => one(&user.locale),
            Self::Groups => user.groups.clone(),
        };
        values.retain(|value| !value.is_empty());
        values
    }
}

/// Values of attributes, in the order of the attributes.
pub type Attributes = LiteMap<Attribute, CompactString>;

/// Attributes in no more room than they need.
pub(crate) fn snug(values: impl Iterator<Item = (Attribute, CompactString)>) -> Attributes {
    let mut attributes = Attributes::from_iter(values).into_tuple_vec();
    attributes.shrink_to_fit();
    Attributes::from_sorted_store_unchecked(attributes)
}

/// A Zoom attribute with a value of its own: all targets but the address and `Active`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the target of the same name")]
pub enum Attribute {
    GivenName,
    FamilyName,
    Phone,
    UserType,
    Roles,
    Title,
    Department,
    Organization,
    Locale,
}

/// Which reads show an attribute (Zoom's SCIM2 reference).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// List and get.
    ByList,
    /// Get alone.
    ByGet,
    /// None: only the answer to a write.
    ByNone,
}

impl Attribute {
    /// The name as it is written in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Phone => "phone",
            Self::UserType => "user_type",
            Self::Roles => "roles",
            Self::Title => "title",
            Self::Department => "department",
            Self::Organization => "organization",
            Self::Locale => "locale",
        }
    }

    /// Which reads show the attribute.
    #[must_use]
    pub fn shown(self) -> Shown {
        match self {
            Self::GivenName | Self::FamilyName | Self::UserType | Self::Department => Shown::ByList,
            Self::Phone | Self::Roles | Self::Organization => Shown::ByGet,
            Self::Title | Self::Locale => Shown::ByNone,
        }
    }

    fn of(target: Target) -> Option<Self> {
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

/// What fills a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Value {
    /// The user's value of a key.
    Key(Source),
    /// The same for everybody.
    Constant(String),
}

impl Value {
    /// The value for a user. Several values become one, separated by commas, as `Roles` takes them.
    fn of(&self, user: &DirectoryUser) -> CompactString {
        match self {
            Self::Key(source) => match source.values(user).as_slice() {
                [one] => one.clone(),
                several => several.join(",").into(),
            },
            Self::Constant(value) => value.into(),
        }
    }
}

/// A mapping that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// Zoom needs an address.
    #[error(
        "`Username` is not mapped, and Zoom needs one: add Username = \"username\" to [mapping]"
    )]
    NoUsername,
    /// Whether a user is active is decided by the flags.
    #[error(
        "`Active` can be mapped from `enabled` alone: whether a user is active is what the action flags are about"
    )]
    Active,
}

/// A mapping that can be used, but loses renames or worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappingWarning {
    /// Username is not mapped.
    NoUsername,
    /// Email is not mapped.
    NoEmail,
    /// Username and Email come from different sources.
    DifferentSources,
}

impl fmt::Display for MappingWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoUsername => {
                "Username is not mapped: Zoom creates an account by it alone, so nobody could be provisioned"
            }
            Self::NoEmail => {
                "Email is not mapped: Zoom changes an address by the e-mail alone, so a new username would never \
                 reach Zoom"
            }
            Self::DifferentSources => {
                "Username and Email come from different sources: Zoom creates an account from one and updates it \
                 from the other, so its address would flap between the two"
            }
        })
    }
}

/// What fills the Zoom attributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mapping(BTreeMap<Target, Value>);

impl Default for Mapping {
    /// Each target from the key of its name; Email from the username, so that both follow one source.
    fn default() -> Self {
        let keys = [
            (Target::Username, Source::Username),
            (Target::Email, Source::Username),
            (Target::GivenName, Source::GivenName),
            (Target::FamilyName, Source::FamilyName),
            (Target::Phone, Source::Phone),
            (Target::Active, Source::Enabled),
            (Target::UserType, Source::UserType),
            (Target::Roles, Source::Roles),
            (Target::Title, Source::Title),
            (Target::Department, Source::Department),
            (Target::Organization, Source::Organization),
            (Target::Locale, Source::Locale),
        ];
        Self(
            keys.into_iter()
                .map(|(target, source)| (target, Value::Key(source)))
                .collect(),
        )
    }
}

impl Mapping {
    /// A mapping of these and nothing else.
    ///
    /// # Errors
    ///
    /// When `Username` is missing, or `Active` comes from anything but `enabled`.
    pub fn new(values: BTreeMap<Target, Value>) -> Result<Self, MappingError> {
        if !values.contains_key(&Target::Username) {
            return Err(MappingError::NoUsername);
        }
        match values.get(&Target::Active) {
            None | Some(Value::Key(Source::Enabled)) => Ok(Self(values)),
            Some(_) => Err(MappingError::Active),
        }
    }

    /// The address of a user.
    #[must_use]
    pub fn address(&self, user: &DirectoryUser) -> CompactString {
        self.0
            .get(&Target::Username)
            .map(|value| value.of(user))
            .unwrap_or_default()
    }

    /// The address that an update may give a user; `None` where Email is not mapped, so that a rename never
    /// reaches Zoom.
    #[must_use]
    pub fn email(&self, user: &DirectoryUser) -> Option<CompactString> {
        let email = self.0.get(&Target::Email)?.of(user);
        Some(email).filter(|email| !email.is_empty())
    }

    /// The attributes of a user that are mapped; empty ones are among them only if asked for. A type and a role every
    /// Zoom user has, so these are never emptied.
    #[must_use]
    pub fn attributes(&self, user: &DirectoryUser, with_empty: bool) -> Attributes {
        let may_be_empty = |attribute: Attribute| {
            with_empty && !matches!(attribute, Attribute::UserType | Attribute::Roles)
        };
        let values = self
            .0
            .iter()
            .filter_map(|(target, value)| Some((Attribute::of(*target)?, value.of(user))));
        snug(values.filter(|(attribute, value)| may_be_empty(*attribute) || !value.is_empty()))
    }

    /// What an administrator should know about the mapping before using it.
    #[must_use]
    pub fn warning(&self) -> Option<MappingWarning> {
        match (self.0.get(&Target::Username), self.0.get(&Target::Email)) {
            (None, _) => Some(MappingWarning::NoUsername),
            (_, None) => Some(MappingWarning::NoEmail),
            (username, email) => (username != email).then_some(MappingWarning::DifferentSources),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_keys_read_back() {
        for target in Target::ALL {
            assert_eq!(Target::parse(target.name()), Some(target));
        }
        for source in Source::ALL {
            assert_eq!(Source::parse(&source.key().to_uppercase()), Some(source));
        }
    }

    #[test]
    fn a_mapping_needs_a_username_and_takes_active_from_enabled_alone() {
        let username = (Target::Username, Value::Key(Source::Username));
        assert_eq!(Mapping::new(BTreeMap::new()), Err(MappingError::NoUsername));
        let active = (Target::Active, Value::Constant("true".to_owned()));
        assert_eq!(
            Mapping::new([username.clone(), active].into()),
            Err(MappingError::Active)
        );
        assert!(Mapping::new([username].into()).is_ok());
    }

    #[test]
    fn warns_about_an_address_with_two_sources_or_none_for_updates() {
        assert_eq!(Mapping::default().warning(), None);
        let username = (Target::Username, Value::Key(Source::Username));
        let alone = Mapping::new([username.clone()].into()).unwrap();
        assert_eq!(alone.warning(), Some(MappingWarning::NoEmail));
        let email = (Target::Email, Value::Key(Source::Email));
        let both = Mapping::new([username, email].into()).unwrap();
        assert_eq!(both.warning(), Some(MappingWarning::DifferentSources));
    }
}
