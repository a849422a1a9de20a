//! Loopback is not a boundary: a page in a browser can reach it. The control API answers only requests that
//! name this machine as their host and, if they name one, as their origin.

use std::net::IpAddr;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, header};

use super::control::ControlRefusal;

pub(super) async fn local_only(request: Request, next: Next) -> Response {
    match refusal(request.headers()) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    }
}

fn refusal(headers: &HeaderMap) -> Option<ControlRefusal> {
    let text = |name| {
        headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let host = text(header::HOST).unwrap_or_default();
    if !is_local(&host) {
        return Some(ControlRefusal::foreign("Host", &host));
    }
    let origin = text(header::ORIGIN)?;
    let authority = origin
        .split_once("://")
        .map_or(origin.as_str(), |(_, rest)| rest);
    (!is_local(authority)).then(|| ControlRefusal::foreign("Origin", &origin))
}

/// Whether `host` or `host:port` names this machine.
fn is_local(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_this_machine_by_its_names() {
        for local in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "127.8.9.10",
            "[::1]:8080",
            "[::1]",
        ] {
            assert!(is_local(local), "{local}");
        }
        for foreign in [
            "",
            "evil.example",
            "localhost.evil.example:80",
            "10.0.0.1",
            "[2001:db8::1]",
            "null",
        ] {
            assert!(!is_local(foreign), "{foreign}");
        }
    }
}
