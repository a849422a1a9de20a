//! Addresses and names of this machine that no other reaches.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// An address of this machine that no other reaches.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Loopback(pub(super) SocketAddr);

impl FromStr for Loopback {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address: SocketAddr = text
            .parse()
            .map_err(|_| "it is an address and a port, such as 127.0.0.1:9464".to_owned())?;
        match address.ip().is_loopback() {
            true => Ok(Self(address)),
            false => Err(format!(
                "{} is reached from other machines, and nothing asks who is there; take 127.0.0.1 or [::1], and let a \
                 proxy that does ask stand before it",
                address.ip()
            )),
        }
    }
}

/// Whether a `Host` names this machine as nobody else can: a page of somebody else's that resolves to it does not.
pub(super) fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_alone_is_taken() {
        for text in ["127.0.0.1:0", "127.0.0.2:9464", "[::1]:9464"] {
            assert!(text.parse::<Loopback>().is_ok(), "{text}");
        }
        for text in ["0.0.0.0:9464", "192.168.1.2:1", "[::]:9464"] {
            let why = text.parse::<Loopback>().unwrap_err();
            assert!(why.contains("from other machines"), "{text}: {why}");
        }
        assert!(
            "9464"
                .parse::<Loopback>()
                .unwrap_err()
                .contains("127.0.0.1:9464")
        );
    }

    #[test]
    fn names_of_others_are_no_host_of_ours() {
        for host in [
            "localhost",
            "LOCALHOST:9464",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]:9464",
        ] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:9464",
            "localhost.evil.example",
            "10.0.0.1",
            "[::2]:1",
            "[",
        ] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}
