//! How an account is made, and why the control side refuses.

use std::fmt;

use serde::Deserialize;

use super::app::AppError;
use super::roster::{GroupError, UserError};
use super::settings::{InvalidSettings, Settings};

/// The longest id or secret of an account that is made.
const MAX_ID_BYTES: usize = 128;

/// How to make an account. What is absent is generated from the server's seed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountSpec {
    /// The account id: at most 128 bytes, without `/` and control characters.
    pub account_id: Option<String>,
    /// The client id of the account's first app, which is complete and active: as the account id, and without
    /// `:`, which ends it in the header that carries it (RFC 7617 section 2).
    pub client_id: Option<String>,
    /// The client secret of the first app: at most 128 bytes, without control characters.
    pub client_secret: Option<String>,
    /// The scopes of the first app; absent: those that PingOne asks for. An empty list is an app without
    /// scopes, which cannot come about in Zoom's own pages: it gets tokens, and every call with one is refused
    /// with 4711.
    pub scopes: Option<Vec<String>>,
    /// How long tokens live, in seconds; absent: as the settings say.
    pub token_expires_in_s: Option<u32>,
    /// The address of the account's owner, who then is one of its users, and is there again after a reset.
    /// Absent: no such user is there, so that a test begins with nobody; tokens are in the owner's name all
    /// the same, and `GET /v2/users/me` answers 404, as for any user who is not there.
    pub owner: Option<String>,
    /// The settings; what they leave out has its default.
    #[serde(deserialize_with = "super::object::object")]
    pub settings: Settings,
}

impl AccountSpec {
    /// Checks what clients have to be able to write in paths and headers.
    pub(crate) fn check_ids(&self) -> Result<(), ControlError> {
        for (field, value, without) in [
            ("account_id", &self.account_id, "/"),
            ("client_id", &self.client_id, "/:"),
            ("client_secret", &self.client_secret, ""),
        ] {
            let value = value.as_deref().unwrap_or("-");
            let is_odd = |c: char| c.is_control() || without.contains(c);
            let message = if value.is_empty() {
                "must not be empty; leave it out to have one generated".to_owned()
            } else if value.len() > MAX_ID_BYTES {
                format!("has at most {MAX_ID_BYTES} bytes")
            } else if let Some(odd) = value.chars().find(|c| is_odd(*c)) {
                format!("must not hold {odd:?}")
            } else {
                continue;
            };
            let field = field.to_owned();
            return Err(ControlError::Invalid { field, message });
        }
        Ok(())
    }

    /// The settings that an account starts with.
    pub(crate) fn first_settings(&self) -> Settings {
        let mut settings = self.settings.clone();
        settings.token_expires_in_s = self
            .token_expires_in_s
            .unwrap_or(settings.token_expires_in_s);
        settings
    }
}

/// What a client needs to get a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The account id.
    pub account_id: String,
    /// The client id.
    pub client_id: String,
    /// The client secret, in the clear: it guards nothing but a test double.
    pub client_secret: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("account_id", &self.account_id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Why the control side refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Another account has the id.
    #[error("`{field}` is taken: {value}; leave the field out to have one generated")]
    Taken {
        /// The field of [`AccountSpec`].
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// No account has the id.
    #[error("there is no account `{0}`; GET /_mock/accounts lists them")]
    NoAccount(String),
    /// The server keeps no more accounts.
    #[error("the server keeps no more than {0} accounts; delete some")]
    TooManyAccounts(usize),
    /// No snapshot has the name.
    #[error("there is no snapshot `{0}`")]
    NoSnapshot(String),
    /// The account keeps no more snapshots.
    #[error("an account keeps no more than {0} snapshots; delete some")]
    TooManySnapshots(usize),
    /// A field has a value that cannot be its.
    #[error("`{field}` {message}")]
    Invalid {
        /// The field, as a path into the JSON.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// The account's own rules refuse a user.
    #[error(transparent)]
    User(#[from] UserError),
    /// The account's own rules refuse a group.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// An app refuses.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<InvalidSettings> for ControlError {
    fn from(error: InvalidSettings) -> Self {
        Self::Invalid {
            field: format!("settings.{}", error.field),
            message: error.message,
        }
    }
}
