//! The token request: who asks, and for what.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;

use crate::account::Client;

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
}

impl TokenError {
    /// The `error` of the answer (RFC 6749 section 5.2).
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::InvalidClient => "invalid_client",
            Self::InvalidAccount => "invalid_request",
            Self::UnsupportedGrant => "unsupported_grant_type",
        }
    }
}

/// The parameters of a token request. The form body is the documented way, the query the older one that
/// most clients use; where both have a parameter, the body's counts. Unknown parameters are ignored.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TokenRequest {
    grant_type: Option<String>,
    account_id: Option<String>,
}

impl TokenRequest {
    pub(crate) fn read(query: Option<&str>, form: Option<&[u8]>) -> Self {
        let mut request = Self::default();
        for source in [query.map(str::as_bytes), form].into_iter().flatten() {
            for (key, value) in form_urlencoded::parse(source) {
                match key.as_ref() {
                    "grant_type" => request.grant_type = Some(value.into_owned()),
                    "account_id" => request.account_id = Some(value.into_owned()),
                    _ => {}
                }
            }
        }
        request
    }

    /// Decides the request of a client that is already found by its id.
    pub(crate) fn check(&self, client: Option<&Client>, secret: &str) -> Result<(), TokenError> {
        let client = client.ok_or(TokenError::InvalidClient)?;
        let expected = client.credentials.client_secret.as_bytes();
        if !bool::from(expected.ct_eq(secret.as_bytes())) {
            return Err(TokenError::InvalidClient);
        }
        if self.grant_type.as_deref() != Some("account_credentials") {
            return Err(TokenError::UnsupportedGrant);
        }
        if self.account_id.as_deref() != Some(client.credentials.account_id.as_str()) {
            return Err(TokenError::InvalidAccount);
        }
        Ok(())
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
    use crate::account::Credentials;

    fn client() -> Client {
        Client {
            credentials: Credentials {
                account_id: "acc".to_owned(),
                client_id: "cid".to_owned(),
                client_secret: "sec".to_owned(),
            },
            scopes: Vec::new(),
            token_expires_in_s: 3600,
            owner_id: "own".to_owned(),
        }
    }

    #[test]
    fn decides_in_the_order_client_grant_account() {
        let check = |query: &str, secret: &str| {
            TokenRequest::read(Some(query), None).check(Some(&client()), secret)
        };
        assert_eq!(
            check("grant_type=account_credentials&account_id=acc", "sec"),
            Ok(())
        );
        assert_eq!(
            check("grant_type=nonsense&account_id=no", "wrong"),
            Err(TokenError::InvalidClient)
        );
        assert_eq!(
            check("grant_type=nonsense&account_id=no", "sec"),
            Err(TokenError::UnsupportedGrant)
        );
        assert_eq!(
            check("account_id=acc", "sec"),
            Err(TokenError::UnsupportedGrant)
        );
        assert_eq!(
            check("grant_type=account_credentials&account_id=no", "sec"),
            Err(TokenError::InvalidAccount)
        );
        assert_eq!(
            check("grant_type=account_credentials", "sec"),
            Err(TokenError::InvalidAccount)
        );
        assert_eq!(
            TokenRequest::default().check(None, "sec"),
            Err(TokenError::InvalidClient)
        );
    }

    #[test]
    fn the_body_counts_before_the_query() {
        let request = TokenRequest::read(
            Some("grant_type=nonsense&account_id=acc&token_index=2"),
            Some(b"grant_type=account_credentials"),
        );
        assert_eq!(request.check(Some(&client()), "sec"), Ok(()));
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
