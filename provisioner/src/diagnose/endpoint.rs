//! What a URL says about where it leads.

use std::fmt;

use rustls::pki_types::ServerName;
use url::{Host, Url};

/// A host and port, and whether TLS is spoken to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) host: Host<String>,
    pub(super) port: u16,
    pub(super) tls: bool,
}

impl Endpoint {
    /// Where a URL leads; `None` where it names no host.
    pub(super) fn of(url: &Url) -> Option<Self> {
        Some(Self {
            host: url.host()?.to_owned(),
            port: url.port_or_known_default()?,
            tls: url.scheme() == "https",
        })
    }

    /// The name that the server's certificate must have.
    pub(super) fn server_name(&self) -> Option<ServerName<'static>> {
        match &self.host {
            Host::Domain(name) => ServerName::try_from(name.clone()).ok(),
            Host::Ipv4(ip) => Some(ServerName::IpAddress((*ip).into())),
            Host::Ipv6(ip) => Some(ServerName::IpAddress((*ip).into())),
        }
    }

    /// Whether tokens of the one are meant for the other: the same place, or hosts of the same Zoom.
    pub(super) fn belongs_with(&self, other: &Self) -> bool {
        let same = (&self.host, self.port) == (&other.host, other.port);
        let zoom_here = zoom(&self.host);
        same || (zoom_here.is_some() && zoom_here == zoom(&other.host))
    }
}

/// Which of Zoom's own domains a host belongs to; each is a Zoom of its own.
fn zoom(host: &Host<String>) -> Option<&'static str> {
    let Host::Domain(name) = host else {
        return None;
    };
    ["zoom.us", "zoomgov.com"].into_iter().find(|domain| {
        let rest = name.strip_suffix(domain);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What the path of a SCIM URL is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScimPath {
    /// It has no segment for SCIM.
    Incomplete,
    /// It has one.
    Plausible,
    /// It has two.
    Doubled,
}

impl ScimPath {
    /// What a URL's path is like. Zoom's is `/scim2`.
    pub(super) fn of(url: &Url) -> Self {
        let is_scim = |segment: &&str| {
            segment.eq_ignore_ascii_case("scim2") || segment.eq_ignore_ascii_case("scim")
        };
        match url.path().split('/').filter(is_scim).count() {
            0 => Self::Incomplete,
            1 => Self::Plausible,
            _ => Self::Doubled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Endpoint {
        Endpoint::of(&Url::parse(url).unwrap()).unwrap()
    }

    #[test]
    fn says_host_and_port() {
        for (url, shown, tls) in [
            ("https://zoom.us/oauth/token", "zoom.us:443", true),
            ("http://localhost/x", "localhost:80", false),
            ("http://[::1]:8080/scim2", "[::1]:8080", false),
        ] {
            let endpoint = endpoint(url);
            assert_eq!((endpoint.to_string().as_str(), endpoint.tls), (shown, tls));
            assert!(endpoint.server_name().is_some());
        }
    }

    #[test]
    fn knows_which_hosts_are_one_zoom() {
        for (token, scim, one) in [
            (
                "https://zoom.us/oauth/token",
                "https://api.zoom.us/scim2",
                true,
            ),
            ("https://zoomgov.com/t", "https://api.zoomgov.com/s", true),
            ("https://zoom.us/t", "https://api.zoomgov.com/s", false),
            ("https://notzoom.us/t", "https://api.zoom.us/s", false),
            ("http://127.0.0.1:1/t", "http://127.0.0.1:1/s", true),
            ("http://127.0.0.1:1/t", "http://127.0.0.1:2/s", false),
            ("http://127.0.0.1:1/t", "http://localhost:1/s", false),
        ] {
            let together = endpoint(token).belongs_with(&endpoint(scim));
            assert_eq!(together, one, "{token} {scim}");
        }
    }

    #[test]
    fn reads_the_path_of_a_scim_url() {
        for (path, like) in [
            ("", ScimPath::Incomplete),
            ("/v2", ScimPath::Incomplete),
            ("/scim2", ScimPath::Plausible),
            ("/v2/scim2/", ScimPath::Plausible),
            ("/scim", ScimPath::Plausible),
            ("/scim2/scim2", ScimPath::Doubled),
            ("/scim2/Users/scim2", ScimPath::Doubled),
        ] {
            let url = Url::parse(&format!("https://api.zoom.us{path}")).unwrap();
            assert_eq!(ScimPath::of(&url), like, "{path}");
        }
    }
}
