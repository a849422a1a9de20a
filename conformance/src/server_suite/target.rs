//! The server that is checked, and with which credentials.

use reqwest::Url;
use secrecy::SecretString;

/// The server that is checked.
#[derive(Debug, Clone)]
pub struct Target {
    /// The URL under which `/Users` is, without a slash at the end.
    pub scim_url: Url,
    /// Where tokens are asked for.
    pub token_url: Url,
    /// Whose account it is.
    pub account_id: String,
    /// The client that may do everything.
    pub client: ClientCredentials,
    /// A client of the same account without the scope for SCIM2.
    pub second_client: Option<ClientCredentials>,
    /// A token of the account that has expired.
    pub expired_token: Option<SecretString>,
    /// Root certificates to trust beside the machine's, in PEM.
    pub ca_pem: Option<Vec<u8>>,
}

/// A client's id and secret.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    /// The id.
    pub id: String,
    /// The secret.
    pub secret: SecretString,
}

/// A URL that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// It is no URL.
    #[error("`{name} {url}` is no URL: {error}; it looks like https://api.zoom.us/scim2")]
    NoUrl {
        /// The flag that it was given by.
        name: &'static str,
        /// What was given.
        url: String,
        /// What is wrong.
        error: String,
    },
    /// Its scheme is another.
    #[error(
        "`{name}` has the scheme `{scheme}`, and only https is spoken, or http to this machine"
    )]
    Scheme {
        /// The flag that it was given by.
        name: &'static str,
        /// Its scheme.
        scheme: String,
    },
    /// The secret would be readable on the way.
    #[error("`{name}`: plain http to {host} would show the secret to the network; use https")]
    Plain {
        /// The flag that it was given by.
        name: &'static str,
        /// The host.
        host: String,
    },
    /// It has something that no request could keep.
    #[error("`{name}` has {what}, which cannot be kept; leave it out")]
    Extra {
        /// The flag that it was given by.
        name: &'static str,
        /// What it has.
        what: &'static str,
    },
}

/// Reads a URL that was given by a flag.
///
/// # Errors
///
/// When it is none, or would show a secret to the network.
pub fn read_url(name: &'static str, text: &str) -> Result<Url, InvalidUrl> {
    let mut url = Url::parse(text.trim()).map_err(|error| InvalidUrl::NoUrl {
        name,
        url: text.to_owned(),
        error: error.to_string(),
    })?;
    let host = url.host_str().unwrap_or_default().to_owned();
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&host) => {}
        "http" => return Err(InvalidUrl::Plain { name, host }),
        scheme => {
            let scheme = scheme.to_owned();
            return Err(InvalidUrl::Scheme { name, scheme });
        }
    }
    let extra = |what| Err(InvalidUrl::Extra { name, what });
    if !url.username().is_empty() || url.password().is_some() {
        return extra("credentials");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return extra("a query or a fragment");
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_is_left_out() {
        let url = read_url("--scim-url", "https://api.zoom.us/scim2/").unwrap();
        assert_eq!(url.as_str(), "https://api.zoom.us/scim2");
        assert!(read_url("--scim-url", "http://127.0.0.1:8080/scim2").is_ok());
        assert!(read_url("--scim-url", "http://[::1]:8080/scim2").is_ok());
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (url, says) in [
            ("api.zoom.us/scim2", "is no URL"),
            ("", "is no URL"),
            ("ftp://api.zoom.us", "has the scheme `ftp`"),
            ("http://api.zoom.us/scim2", "plain http to api.zoom.us"),
            ("https://a:b@api.zoom.us", "has credentials"),
            ("https://api.zoom.us/scim2?x=1", "has a query"),
        ] {
            let error = read_url("--scim-url", url).unwrap_err().to_string();
            assert!(error.contains(says), "{url}: {error}");
            assert!(error.contains("--scim-url"), "{url}: {error}");
        }
    }
}
