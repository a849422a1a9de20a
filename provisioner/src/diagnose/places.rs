//! The settings, judged without asking anybody, and where they lead.

use url::Url;

use super::endpoint::{Endpoint, ScimPath};
use super::scim::Asked;
use super::{Code, Finding};
use crate::connection::{Connection, SettingFault, checked_url};

/// Where the connection's URLs lead.
pub(super) struct Places {
    pub(super) token: Endpoint,
    pub(super) scim: Endpoint,
    pub(super) asked: Asked,
}

impl Places {
    /// Judges the settings without asking anybody.
    pub(super) fn of(connection: &Connection) -> Result<Self, Finding> {
        connection.check().map_err(|error| {
            let code = match error.fault {
                SettingFault::StrayWhiteSpace => Code::StrayWhiteSpace,
                SettingFault::InvalidUrl => Code::InvalidUrl,
                SettingFault::InsecureUrl => Code::InsecureUrl,
            };
            Finding::new(code, error.to_string())
        })?;
        let url = |key, text: &str| {
            let url: Url = checked_url(key, text)
                .map_err(|error| Finding::new(Code::InvalidUrl, error.to_string()))?;
            let endpoint = Endpoint::of(&url);
            let endpoint = endpoint.ok_or_else(|| {
                Finding::new(Code::InvalidUrl, format!("`{key}`: names no host and port"))
            })?;
            Ok((url, endpoint))
        };
        let (_, token) = url("oauth_token_url", connection.token_endpoint())?;
        let (scim_url, scim) = url("scim_url", connection.scim_base())?;
        let asked = Asked {
            path: ScimPath::of(&scim_url),
            same_zoom: token.belongs_with(&scim),
        };
        Ok(Self { token, scim, asked })
    }
}
