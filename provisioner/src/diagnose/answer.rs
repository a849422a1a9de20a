//! What is the same for every answer, wherever it comes from, and for none.

use std::io;
use std::time::Duration;

use reqwest::header::LOCATION;
use url::Url;

use super::words::told;
use super::{Code, Finding};
use crate::zoom::{Answer, MAX_ANSWER_BYTES, Unanswered, Why};

/// How often a request is sent again that met a short unavailability.
const MAX_QUICK_RETRIES: u32 = 2;
/// How long is waited before that, unless more is told.
const QUICK_WAIT: Duration = Duration::from_millis(200);
/// The longest wait that is kept in a test; a longer one is a finding.
const MAX_QUICK_WAIT: Duration = Duration::from_secs(2);

/// Whether and when a request is sent again after its `attempt`-th answer: where Zoom is unavailable for a
/// moment, and for nothing else.
pub(super) fn again(answer: &Answer, attempt: u32) -> Option<Duration> {
    if answer.status != 503 || attempt > MAX_QUICK_RETRIES {
        return None;
    }
    if !answer.headers.contains_key(reqwest::header::RETRY_AFTER) {
        return Some(QUICK_WAIT);
    }
    let told = answer.told_wait()?;
    (told <= MAX_QUICK_WAIT).then_some(told.max(QUICK_WAIT))
}

/// What a status means at whatever URL; `None` where that depends on the URL.
pub(super) fn by_status(answer: &Answer) -> Option<Finding> {
    let code = match answer.status {
        // RFC 6585 section 6: the network asks for a login.
        511 => Code::CaptivePortal,
        300..=399 => {
            let place = place(answer).map_or(String::new(), |host| format!(" to {host}"));
            let evidence = format!("HTTP {}{place}", answer.status);
            return Some(Finding::new(Code::Redirected, evidence));
        }
        503 => Code::ZoomUnavailable,
        500..=599 => Code::ZoomError,
        _ => return None,
    };
    Some(Finding::new(code, told(answer)))
}

/// The host that a redirect leads to, and nothing else of it: the rest may hold what is nobody's business.
fn place(answer: &Answer) -> Option<String> {
    let location = answer.header(LOCATION)?;
    match Url::parse(location) {
        Ok(url) => {
            let port = url.port().map_or(String::new(), |port| format!(":{port}"));
            Some(format!("{}{port}", url.host_str()?))
        }
        Err(_) => Some("another path of the same host".to_owned()),
    }
}

/// What it means that there is no whole answer. `not_ours` is the code for an answer that is not HTTP.
pub(super) fn unanswered(unanswered: &Unanswered, not_ours: Code) -> Finding {
    let code = match unanswered.why {
        Why::NotSent => Code::InvalidUrl,
        Why::NotConnected(kind) => not_connected(kind),
        Why::TimedOut => Code::ReadTimeout,
        Why::Dropped => Code::Dropped,
        Why::NotHttp => not_ours,
        Why::Cut => Code::AnswerCut,
        Why::TooLarge => {
            let evidence = format!("more than {MAX_ANSWER_BYTES} bytes");
            return Finding::new(Code::AnswerTooLarge, evidence);
        }
    };
    Finding::new(code, unanswered.told.clone())
}

/// What it means that no connection could be made.
pub(super) fn not_connected(kind: Option<io::ErrorKind>) -> Code {
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => Code::Refused,
        Some(
            io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::AddrNotAvailable,
        ) => Code::ConnectTimeout,
        _ => Code::Dropped,
    }
}
