//! The connection as an administrator knows it: where Zoom is, who we are there, and what is allowed.

mod check;

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use self::check::SettingError;
pub(crate) use self::check::{SettingFault, checked_url, is_safe};
use crate::safety::Safety;
use crate::zoom::TrustedRoots;

/// What PingOne's connection page calls actions: each allows one kind of write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionFlags {
    /// Allow users to be created.
    pub create: bool,
    /// Allow users to be updated, which includes re-enabling them.
    pub update: bool,
    /// Allow users to be disabled.
    pub disable: bool,
    /// Allow users to be deprovisioned.
    pub deprovision: bool,
}

impl Default for ActionFlags {
    fn default() -> Self {
        Self {
            create: true,
            update: true,
            disable: true,
            deprovision: true,
        }
    }
}

/// What deprovisioning does to a Zoom user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RemoveAction {
    /// Deactivate; Zoom keeps the data.
    #[default]
    Disable,
    /// Delete.
    Delete,
}

/// How the provisioner reads what the documents leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policies {
    /// A user who is disabled when first seen.
    pub disabled_at_creation: DisabledAtCreation,
    /// Link an unlinked Zoom user of the same userName.
    pub adopt_existing: bool,
    /// A rule's deletion removes only where deprovisioning is allowed.
    pub rule_deletion_needs_deprovision: bool,
    /// Whom a rule's deletion removes.
    pub rule_deletion_removes: RuleDeletionRemoves,
    /// Which flag lets `active` travel.
    pub active_gate: ActiveGate,
    /// Empty an attribute at Zoom that was emptied at the source.
    pub clear_attributes: bool,
    /// Create a linked user again who is gone from Zoom.
    pub recreate_missing: bool,
    /// The server empties what an update leaves out, so that each is sent with what was read just before. Zoom does
    /// not, and then that is a read for nothing.
    pub put_replaces: bool,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            disabled_at_creation: DisabledAtCreation::Skip,
            adopt_existing: true,
            rule_deletion_needs_deprovision: true,
            rule_deletion_removes: RuleDeletionRemoves::Created,
            active_gate: ActiveGate::Disable,
            clear_attributes: false,
            recreate_missing: true,
            put_replaces: false,
        }
    }
}

/// A user who is disabled when first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisabledAtCreation {
    /// Is not provisioned until enabled.
    Skip,
    /// Is created and deactivated.
    CreateInactive,
}

/// Whom a rule's deletion removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleDeletionRemoves {
    /// Users that were created.
    Created,
    /// Adopted ones too.
    Linked,
}

/// Which flag lets `active: false` travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActiveGate {
    /// The disable flag.
    Disable,
    /// The update flag.
    Update,
}

/// A connection to one Zoom account. [`crate::ConnectionFile`] reads one from TOML.
#[derive(Clone)]
pub struct Connection {
    /// The name that people see.
    pub name: String,
    /// The base of the SCIM operations; a slash at the end is not minded.
    pub scim_url: String,
    /// Where tokens are issued.
    pub token_url: String,
    /// Zoom's account id.
    pub account_id: String,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: SecretString,
    /// Authorities that are trusted beside the machine's own. The transport is made with the same:
    /// [`crate::Transport::with_roots`].
    pub trusted_roots: TrustedRoots,
    /// What is allowed.
    pub flags: ActionFlags,
    /// What deprovisioning does.
    pub remove_action: RemoveAction,
    /// Deprovision the users of a rule when it is deleted (`managed` in PingOne's API).
    pub deprovision_on_rule_deletion: bool,
    /// Whether the connection is on. The engine takes a connection that is on for one that has passed its
    /// test; the program checks that first.
    pub enabled: bool,
    /// How open questions are read.
    pub policies: Policies,
    /// What a run may do without being asked twice.
    pub safety: Safety,
}

impl Connection {
    /// Whether `active: false` may be sent for a user who is disabled at the source.
    pub(crate) fn may_disable(&self) -> bool {
        match self.policies.active_gate {
            ActiveGate::Disable => self.flags.disable,
            ActiveGate::Update => self.flags.update,
        }
    }

    /// The base of the SCIM operations, without a slash at the end.
    pub(crate) fn scim_base(&self) -> &str {
        self.scim_url.trim_end_matches('/')
    }

    /// Where tokens are issued, without a slash at the end.
    pub(crate) fn token_endpoint(&self) -> &str {
        self.token_url.trim_end_matches('/')
    }

    /// Stands for everything that a passed test has proved: it changes with any authentication setting.
    #[must_use]
    pub fn authentication_fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let secret = self.client_secret.expose_secret();
        for part in [
            &self.scim_url,
            &self.token_url,
            &self.account_id,
            &self.client_id,
            secret,
        ] {
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        for root in self.trusted_roots.certificates() {
            hash.update(root.len().to_be_bytes());
            hash.update(root);
        }
        crate::digest::hex(&hash.finalize())
    }

    /// The flags and the remove action in the letters of the configurations, such as `C1U0D1P1R1X0`.
    pub(crate) fn switches(&self) -> String {
        let digit = u8::from;
        format!(
            "C{}U{}D{}P{}R{}X{}",
            digit(self.flags.create),
            digit(self.flags.update),
            digit(self.flags.disable),
            digit(self.flags.deprovision),
            digit(self.remove_action == RemoveAction::Delete),
            digit(self.deprovision_on_rule_deletion),
        )
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("name", &self.name)
            .field("scim_url", &self.scim_url)
            .field("token_url", &self.token_url)
            .field("account_id", &self.account_id)
            .field("client_id", &self.client_id)
            .field("trusted_roots", &self.trusted_roots.len())
            .field("switches", &self.switches())
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}
