//! The token request: who asks, and for what.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::account::{App, Choices, InactiveApp, MissingAccountId};

/// Why no token is issued. The statuses and texts are those that clients of Zoom have seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// The client id or secret is wrong, or missing.
    #[error("Invalid client_id or client_secret")]
    InvalidClient,
    /// The account id is wrong, or missing.
    #[error("Bad Request")]
    InvalidAccount,
    /// Any grant but that of server-to-server apps.
    #[error("unsupported grant type")]
    UnsupportedGrant,
    /// The app is not active. The text is that of Zoom's internal code 4717; which answer the token endpoint
    /// gives is our choice.
    #[error("The app has been disabled")]
    InactiveApp,
}

impl TokenError {
    /// The `error` of the answer (RFC 6749 section 5.2).
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::InvalidClient | Self::InactiveApp => "invalid_client",
            Self::InvalidAccount => "invalid_request",
            Self::UnsupportedGrant => "unsupported_grant_type",
        }
    }
}

/// How a token request carries its parameters.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sources<'a> {
    /// The older way, which most clients use.
    pub(crate) query: Option<&'a str>,
    /// The documented way; its parameters count before the query's.
    pub(crate) form: Option<&'a [u8]>,
    /// A way that one client uses; whether it is read is the account's choice.
    pub(crate) json: Option<&'a [u8]>,
}

/// The parameters of a token request. Unknown parameters are ignored.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TokenRequest {
    pub(crate) grant_type: Option<String>,
    pub(crate) account_id: Option<String>,
}

impl TokenRequest {
    pub(crate) fn read(sources: Sources<'_>) -> Self {
        let mut request = Self::default();
        let pairs = [sources.query.map(str::as_bytes), sources.form];
        for source in pairs.into_iter().flatten() {
            for (key, value) in form_urlencoded::parse(source) {
                request.set(&key, value.into_owned());
            }
        }
        if let Some(Ok(Value::Object(json))) = sources.json.map(serde_json::from_slice) {
            for (key, value) in json {
                if let Value::String(value) = value {
                    request.set(&key, value);
                }
            }
        }
        request
    }

    fn set(&mut self, key: &str, value: String) {
        match key {
            "grant_type" => self.grant_type = Some(value),
            "account_id" => self.account_id = Some(value),
            _ => {}
        }
    }

    /// Decides the request of an app that is already found by its client id.
    pub(crate) fn check(
        &self,
        account_id: &str,
        app: Option<&App>,
        secret: &str,
        choices: Choices,
    ) -> Result<(), TokenError> {
        let app = app
            .filter(|app| app.has_secret(secret))
            .ok_or(TokenError::InvalidClient)?;
        self.check_parameters(account_id, choices)?;
        match choices.inactive_app {
            _ if app.active => Ok(()),
            InactiveApp::Told => Err(TokenError::InactiveApp),
            InactiveApp::Hidden => Err(TokenError::InvalidClient),
        }
    }

    /// Decides about what does not depend on an app.
    pub(crate) fn check_parameters(
        &self,
        account_id: &str,
        choices: Choices,
    ) -> Result<(), TokenError> {
        if self.grant_type.as_deref() != Some("account_credentials") {
            return Err(TokenError::UnsupportedGrant);
        }
        match self.account_id.as_deref() {
            Some(sent) if sent == account_id => Ok(()),
            None if choices.missing_account_id == MissingAccountId::Accepted => Ok(()),
            _ => Err(TokenError::InvalidAccount),
        }
    }
}

/// The user and password of a Basic `Authorization` header (RFC 7617 section 2).
pub(crate) fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(query: &str) -> Sources<'_> {
        Sources {
            query: Some(query),
            ..Sources::default()
        }
    }

    fn check(sources: Sources<'_>, secret: &str) -> Result<(), TokenError> {
        let app = App::ready("cid".to_owned(), "sec".to_owned(), Vec::new());
        TokenRequest::read(sources).check("acc", Some(&app), secret, Choices::default())
    }

    #[test]
    fn decides_in_the_order_client_grant_account_app() {
        let good = "grant_type=account_credentials&account_id=acc";
        assert_eq!(check(query(good), "sec"), Ok(()));
        for (sent, secret, error) in [
            (
                "grant_type=nonsense&account_id=no",
                "wrong",
                TokenError::InvalidClient,
            ),
            (
                "grant_type=nonsense&account_id=no",
                "sec",
                TokenError::UnsupportedGrant,
            ),
            ("account_id=acc", "sec", TokenError::UnsupportedGrant),
            (
                "grant_type=account_credentials&account_id=no",
                "sec",
                TokenError::InvalidAccount,
            ),
            (
                "grant_type=account_credentials",
                "sec",
                TokenError::InvalidAccount,
            ),
        ] {
            assert_eq!(check(query(sent), secret), Err(error), "{sent}");
        }
        let inactive = App::draft("x", "cid".to_owned(), "sec".to_owned());
        let request = TokenRequest::read(query(good));
        assert_eq!(
            request.check("acc", Some(&inactive), "sec", Choices::default()),
            Err(TokenError::InactiveApp)
        );
        assert_eq!(
            request.check("acc", None, "sec", Choices::default()),
            Err(TokenError::InvalidClient)
        );
    }

    #[test]
    fn the_body_counts_before_the_query() {
        let sources = Sources {
            form: Some(b"grant_type=account_credentials"),
            ..query("grant_type=nonsense&account_id=acc&token_index=2")
        };
        assert_eq!(check(sources, "sec"), Ok(()));
        let json = br#"{"grant_type":"account_credentials","account_id":"acc","index":5}"#;
        let sources = Sources {
            json: Some(json),
            ..Sources::default()
        };
        assert_eq!(check(sources, "sec"), Ok(()));
    }

    #[test]
    fn reads_basic_credentials() {
        assert_eq!(
            basic("Basic Y2lkOnM6ZWM="),
            Some(("cid".to_owned(), "s:ec".to_owned()))
        );
        assert_eq!(
            basic("basic Y2lkOnM6ZWM="),
            Some(("cid".to_owned(), "s:ec".to_owned()))
        );
        for header in [
            "",
            "Basic",
            "Basic !",
            "Bearer Y2lkOnM6ZWM=",
            "Basic Y2lk",
            "Basic /////w==",
        ] {
            assert_eq!(basic(header), None, "{header}");
        }
    }
}
