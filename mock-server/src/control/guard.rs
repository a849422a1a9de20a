//! Loopback is not a boundary: a page in a browser can reach it. Without a control token the control API
//! answers only requests that name this machine as their host; with one, only those that carry it. A request
//! with a foreign origin is a page's, and is refused either way.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use subtle::ConstantTimeEq as _;

use super::reply::Refusal;
use crate::server::Zoom;

pub(super) async fn check(State(zoom): State<Arc<Zoom>>, request: Request, next: Next) -> Response {
    let host = request.uri().host().map(str::to_owned);
    match refusal(request.headers(), host, zoom.control_token.as_deref()) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    }
}

/// Why a request is refused. `host` is the one in its target, which HTTP/2 has instead of a header.
fn refusal(headers: &HeaderMap, host: Option<String>, token: Option<&str>) -> Option<Refusal> {
    let text = |name| {
        let value = headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    if let Some(origin) = text(header::ORIGIN) {
        let authority = origin
            .split_once("://")
            .map_or(origin.as_str(), |(_, rest)| rest);
        if !is_local(authority) {
            return Some(foreign("Origin", &origin));
        }
    }
    let Some(token) = token else {
        let host = text(header::HOST).or(host).unwrap_or_default();
        return (!is_local(&host)).then(|| foreign("Host", &host));
    };
    let sent = text(header::AUTHORIZATION).unwrap_or_default();
    let (scheme, sent) = sent.split_once(' ').unwrap_or_default();
    let fits = bool::from(sent.trim().as_bytes().ct_eq(token.as_bytes()));
    let fits = fits && scheme.eq_ignore_ascii_case("bearer");
    let message = "the control API asks for the control token as `Authorization: Bearer TOKEN`; \
                   zoom-mock serve prints it at its start";
    (!fits).then(|| Refusal::new(StatusCode::UNAUTHORIZED, Some("Authorization"), message))
}

fn foreign(header: &str, value: &str) -> Refusal {
    let message = format!(
        "`{header}: {value}` does not name this machine; ask for localhost or a loopback address"
    );
    Refusal::new(StatusCode::FORBIDDEN, Some(header), message)
}

/// Whether `host` or `host:port` names this machine, and holds nothing else.
fn is_local(authority: &str) -> bool {
    let (host, after) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').unwrap_or_default(),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let ends_well = after.is_empty() || after.strip_prefix(':').is_some_and(is_port);
    let is_loopback = || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    ends_well && (host.eq_ignore_ascii_case("localhost") || is_loopback())
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
            "localhost:x@evil.example",
            "localhost:80@evil.example",
            "localhost@evil.example",
            "localhost:80:80",
            "localhost/x",
            "127.0.0.1.evil.example",
            "[::1",
            "[::1]evil.example",
            "[::1]:80@evil.example",
        ] {
            assert!(!is_local(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_token_stands_in_for_the_host_and_not_for_the_origin() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            let pair = |(name, value): &(&'static str, &'static str)| {
                (http::HeaderName::from_static(name), value.parse().unwrap())
            };
            pairs.iter().map(pair).collect()
        };
        let refused = |pairs: &[(&'static str, &'static str)], token| {
            refusal(&headers(pairs), None, token).is_some()
        };
        let elsewhere = ("host", "mock.example:8080");
        assert!(!refused(&[("host", "localhost:1")], None));
        assert!(refused(&[elsewhere], None));
        assert!(refused(&[elsewhere], Some("token")));
        assert!(refused(
            &[elsewhere, ("authorization", "Bearer tokens")],
            Some("token")
        ));
        assert!(!refused(
            &[elsewhere, ("authorization", "Bearer token")],
            Some("token")
        ));
        for header in ["bearer token", "BEARER  token"] {
            assert!(!refused(
                &[elsewhere, ("authorization", header)],
                Some("token")
            ));
        }
        for header in ["Basic token", "token", "Bearertoken", "Bearer "] {
            assert!(refused(
                &[elsewhere, ("authorization", header)],
                Some("token")
            ));
        }
        let page = ("origin", "https://evil.example");
        assert!(refused(
            &[page, ("authorization", "Bearer token")],
            Some("token")
        ));
        assert!(refused(&[page, ("host", "localhost")], None));
        assert!(refusal(&HeaderMap::new(), Some("localhost".to_owned()), None).is_none());
    }
}
