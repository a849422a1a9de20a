//! Answers and bodies as faults have them.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::answer::Answer;
use crate::fault::RetryAfter;

/// How large the buffer is that a compressed body is made from.
static SPACES: [u8; 64 * 1024] = [b' '; 64 * 1024];
/// How far off "far" is: ten years.
const FAR_S: i64 = 10 * 366 * 24 * 3600;

pub(super) fn http_date(at: Timestamp) -> String {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .unwrap_or_default()
}

pub(super) fn told_to_wait(code: u16, value: &RetryAfter, now: Timestamp) -> Answer {
    let later = |s: i64| now.checked_add(SignedDuration::from_secs(s)).unwrap_or(now);
    let said = match value {
        RetryAfter::Seconds(seconds) => Some(seconds.to_string()),
        RetryAfter::HttpDateInS(s) => Some(http_date(later(*s))),
        RetryAfter::IsoDateInS(s) => Some(later(*s).to_string()),
        RetryAfter::Garbage => Some("soon".to_owned()),
        RetryAfter::Negative => Some("-5".to_owned()),
        RetryAfter::FarFuture => Some(FAR_S.to_string()),
        RetryAfter::Absent => None,
    };
    let (code_text, message) = match code {
        429 => (429, "Too Many Requests."),
        _ => (503, "Service Unavailable."),
    };
    let body = format!("{{\"code\":{code_text},\"message\":\"{message}\"}}");
    let mut answer = Answer::json(code, body);
    if let Some(said) = said {
        answer.add("retry-after", &said);
    }
    answer
}

/// An object one of whose keys stands there once more, with null.
pub(super) fn with_duplicate_key(body: &Bytes) -> Bytes {
    let key = match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => map.into_iter().next().map(|(key, _)| key),
        _ => None,
    };
    let (Some(key), Some(end)) = (key, body.iter().rposition(|byte| *byte == b'}')) else {
        return body.clone();
    };
    let more = format!(",{}:null}}", Value::String(key));
    [body.get(..end).unwrap_or_default(), more.as_bytes()]
        .concat()
        .into()
}

/// An object, and each of its resources, without a key.
pub(super) fn without(body: &Bytes, name: &str) -> Bytes {
    let Ok(Value::Object(mut map)) = serde_json::from_slice(body) else {
        return body.clone();
    };
    map.remove(name);
    if let Some(Value::Array(items)) = map.get_mut("Resources") {
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            item.remove(name);
        }
    }
    serde_json::to_vec(&map).map_or_else(|_| body.clone(), Bytes::from)
}

/// The body with white space after it, so much that it is this large unpacked.
pub(super) fn bomb(body: &Bytes, bytes: u64) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into a vector does not fail.
    let _ = packed.write_all(body);
    let mut left = bytes.saturating_sub(body.len() as u64);
    while left > 0 {
        let some = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(SPACES.len());
        let _ = packed.write_all(SPACES.get(..some).unwrap_or_default());
        left -= some as u64;
    }
    packed.finish().unwrap_or_default()
}
