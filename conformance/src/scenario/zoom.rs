//! The Zoom side of a scenario: what an administrator does there by hand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Attribute;

/// Something done in Zoom's own pages, past every provisioner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case", deny_unknown_fields)]
pub enum ZoomEdit {
    /// An account is added that no provisioner knows of.
    Add {
        /// The account.
        user: ZoomUser,
    },
    /// An account is changed.
    Change {
        /// The account's address at this time.
        user_name: String,
        /// What changes.
        change: Change,
    },
    /// An account is deleted.
    Remove {
        /// The account's address at this time.
        user_name: String,
    },
    /// An address belongs to somebody else's Zoom account: a create is refused as a duplicate, and no
    /// lookup finds it.
    Foreign {
        /// The address.
        user_name: String,
    },
}

/// An account as an administrator adds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoomUser {
    /// The address, written as Zoom keeps it.
    pub user_name: String,
    /// Whether the account may be used.
    pub active: bool,
    /// Values of attributes that a rule could map.
    pub attributes: BTreeMap<Attribute, String>,
    /// The cost centre, which no rule maps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_center: Option<String>,
}

/// A change by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// The account is activated or deactivated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Values of attributes that a rule could map.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<Attribute, String>,
    /// The cost centre, which no rule maps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_center: Option<String>,
}
