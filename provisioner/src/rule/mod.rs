//! A rule: which directory users are provisioned, and how they become Zoom users.

mod filter;
mod mapping;

pub use filter::{Filter, FilterError};
pub use mapping::{
    Attribute, Attributes, Mapping, MappingError, MappingWarning, Shown, Source, Target, Value,
};

pub(crate) use mapping::snug;

use crate::directory::DirectoryUser;

/// A rule of a connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The rule's id, which links remember.
    pub id: String,
    /// Who is in scope; absent means everybody.
    pub filter: Option<Filter>,
    /// What becomes of their attributes.
    pub mapping: Mapping,
    /// Whether the rule is on.
    pub enabled: bool,
}

impl Rule {
    /// Whether the rule matches a user.
    #[must_use]
    pub fn matches(&self, user: &DirectoryUser) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|filter| filter.matches(user))
    }
}
