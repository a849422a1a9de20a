//! What a connection must be before anything is sent with it.

use secrecy::ExposeSecret as _;
use url::{Host, Url};

use super::Connection;

/// A setting of a connection that cannot be used. Nothing has been sent to Zoom when this is told, and no
/// value of a secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {message}")]
pub struct SettingError {
    /// The key of the connection file.
    pub key: &'static str,
    /// What is wrong with it, and what to do.
    pub message: String,
    pub(crate) fault: SettingFault,
}

/// The kinds of wrong settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SettingFault {
    StrayWhiteSpace,
    InvalidUrl,
    InsecureUrl,
}

impl Connection {
    /// Checks what can be checked without asking anybody.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be used.
    pub fn check(&self) -> Result<(), SettingError> {
        checked_url("oauth_token_url", &self.token_url)?;
        checked_url("scim_url", &self.scim_url)?;
        clean("oauth_account_id", &self.account_id)?;
        clean("oauth_client_id", &self.client_id)?;
        clean("client_secret", self.client_secret.expose_secret())
    }
}

/// Refuses white space: of what a secret may consist of (RFC 6749 appendix A.2) a space alone is any, and not at an end.
/// Where it stands is told, and never the value.
fn clean(key: &'static str, value: &str) -> Result<(), SettingError> {
    let message = match where_stray(value) {
        Some(place) => format!("has white space at its {place}; take it out"),
        None if value.contains(|char| char != ' ' && is_stray(char)) => {
            "has white space in it; take it out".to_owned()
        }
        None => return Ok(()),
    };
    Err(SettingError {
        key,
        message,
        fault: SettingFault::StrayWhiteSpace,
    })
}

fn where_stray(value: &str) -> Option<&'static str> {
    let begins = value.starts_with(is_stray);
    let ends = value.ends_with(is_stray);
    match (begins, ends) {
        (true, true) => Some("beginning and end"),
        (true, false) => Some("beginning"),
        (false, true) => Some("end"),
        (false, false) => None,
    }
}

/// White space, and what is copied from a page without being seen.
fn is_stray(char: char) -> bool {
    char.is_whitespace() || matches!(char, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// A URL that may be used: http or https, no credentials in it, plain http to this machine alone. What stands
/// in its credentials, query or fragment is not told.
pub(crate) fn checked_url(key: &'static str, text: &str) -> Result<Url, SettingError> {
    let refused = |fault, message: String| {
        Err(SettingError {
            key,
            message,
            fault,
        })
    };
    let invalid = |message: String| refused(SettingFault::InvalidUrl, message);
    if let Some(place) = where_stray(text) {
        return invalid(format!("has white space at its {place}; take it out"));
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return invalid(format!("is no URL: {error}; it begins with https://")),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return invalid("has credentials in the URL; take them out".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return invalid("has a query or fragment; take it out".to_owned());
    }
    match url.scheme() {
        "http" | "https" if !url.has_host() => {
            invalid("names no host; it is like https://zoom.us/oauth/token".to_owned())
        }
        "http" if !is_safe(&url) => refused(
            SettingFault::InsecureUrl,
            format!(
                "`{text}` is plain http, which would show the secret; use https://, or 127.0.0.1, ::1 or \
                 localhost"
            ),
        ),
        "http" | "https" => Ok(url),
        other => invalid(format!("begins with {other}:; it begins with https://")),
    }
}

/// Whether a secret may go there: under TLS, or not beyond this machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_urls_that_would_show_the_secret() {
        for (url, fault, message) in [
            (
                "http://api.zoom.us/scim2",
                SettingFault::InsecureUrl,
                "plain http",
            ),
            (
                "http://127.0.0.1.example.com/",
                SettingFault::InsecureUrl,
                "plain http",
            ),
            (
                "http://[::ffff:127.0.0.1]/",
                SettingFault::InsecureUrl,
                "plain http",
            ),
            (
                "http://0.0.0.0:80/",
                SettingFault::InsecureUrl,
                "plain http",
            ),
            (
                "http://localhost.example.com/",
                SettingFault::InsecureUrl,
                "plain http",
            ),
            (
                "https://user:pass@api.zoom.us/scim2",
                SettingFault::InvalidUrl,
                "credentials in the URL",
            ),
            ("api.zoom.us/scim2", SettingFault::InvalidUrl, "is no URL"),
            ("https://", SettingFault::InvalidUrl, "is no URL"),
            (
                "ftp://api.zoom.us",
                SettingFault::InvalidUrl,
                "begins with ftp:",
            ),
            (
                "https://api.zoom.us/scim2?x=1",
                SettingFault::InvalidUrl,
                "query or fragment",
            ),
            (
                "https://api.zoom.us/scim2#x",
                SettingFault::InvalidUrl,
                "query or fragment",
            ),
            (
                "https://api.zoom.us/scim2 ",
                SettingFault::InvalidUrl,
                "white space at its end",
            ),
        ] {
            let error = checked_url("scim_url", url).unwrap_err();
            assert_eq!(error.fault, fault, "{url}");
            assert!(error.message.contains(message), "{url}: {error}");
            assert!(!error.to_string().contains("pass@"), "{error}");
        }
        for url in [
            "https://api.zoom.us/scim2/",
            "http://[::1]:8080/scim2",
            "http://localhost:1/x",
            "http://LOCALHOST:1/x",
            "http://127.255.0.1/x",
        ] {
            assert!(checked_url("scim_url", url).is_ok(), "{url}");
        }
    }

    #[test]
    fn notices_white_space_that_is_not_seen() {
        for (value, place) in [
            (" x", Some("beginning")),
            ("x\n", Some("end")),
            ("\tx\u{a0}", Some("beginning and end")),
            ("x\u{200b}", Some("end")),
            ("\u{feff}x", Some("beginning")),
            ("x y", None),
            ("", None),
        ] {
            assert_eq!(where_stray(value), place, "{value:?}");
        }
    }
}
