//! The waits that Zoom's headers tell. Pure.
//!
//! `Retry-After` comes in seconds or as an HTTP date (RFC 9110 section 10.2.3), and from Zoom, at the end of a
//! day's quota, as an ISO 8601 time. `X-RateLimit-Reset` is a second of Unix time. A time is measured against the
//! server's own clock where the answer has a `Date`: this machine's may be off.

use std::time::Duration;

use jiff::Timestamp;

/// A reset that is further off is not believed: a second's limit is over within the second, so it is the clocks
/// that differ.
const MAX_RESET: Duration = Duration::from_secs(60);

/// What the headers say, as text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Headers<'a> {
    pub(super) retry_after: Option<&'a str>,
    pub(super) reset: Option<&'a str>,
    pub(super) date: Option<&'a str>,
}

/// The wait that is told: nothing where nothing is told or it makes no sense, zero where the time is past.
pub(super) fn wait(headers: Headers<'_>, wall: Timestamp) -> Option<Duration> {
    let now = headers.date.and_then(http_date).unwrap_or(wall);
    let until = |then: Timestamp| Duration::try_from(then.duration_since(now)).unwrap_or_default();
    if let Some(text) = headers.retry_after.map(str::trim) {
        let told = match seconds(text) {
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => http_date(text).or_else(|| text.parse().ok()).map(until),
        };
        if told.is_some() {
            return told;
        }
    }
    let reset = i64::try_from(seconds(headers.reset?.trim())?).ok()?;
    let told = until(Timestamp::from_second(reset).ok()?);
    (told <= MAX_RESET).then_some(told)
}

/// Digits and nothing else: `str::parse` takes a sign.
fn seconds(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DATE: &str = "Sat, 31 Jan 2026 12:00:00 GMT";

    fn told(retry_after: &str, date: Option<&str>) -> Option<u64> {
        let headers = Headers {
            retry_after: Some(retry_after),
            date,
            reset: None,
        };
        // This machine's clock is an hour behind.
        let wall = "2026-01-31T11:00:00Z".parse().unwrap();
        wait(headers, wall).map(|wait| wait.as_secs())
    }

    #[test]
    fn f45_every_way_to_tell_a_wait() {
        let rows = [
            ("3", Some(3)),
            (" 3 ", Some(3)),
            ("0", Some(0)),
            ("Sat, 31 Jan 2026 12:00:07 GMT", Some(7)),
            ("2026-01-31T12:00:07Z", Some(7)),
            ("2026-02-01T00:00:00Z", Some(12 * 3600)),
            // Past.
            ("Sat, 31 Jan 2026 11:59:00 GMT", Some(0)),
            ("2020-01-01T00:00:00Z", Some(0)),
            // Far: the retry decides that this is too long.
            ("315360000", Some(315_360_000)),
            ("99999999999999999999999", Some(u64::MAX)),
            // Nonsense.
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
            ("2026-01-31", None),
        ];
        for (text, seconds) in rows {
            assert_eq!(told(text, Some(DATE)), seconds, "{text}");
        }
    }

    #[test]
    fn a_time_is_measured_against_the_servers_clock_if_it_shows_one() {
        assert_eq!(told("2026-01-31T12:00:07Z", Some(DATE)), Some(7));
        assert_eq!(told("2026-01-31T12:00:07Z", None), Some(3607));
        assert_eq!(told("2026-01-31T12:00:07Z", Some("garbage")), Some(3607));
    }

    #[test]
    fn the_reset_counts_where_retry_after_does_not() {
        let at = |retry_after, reset| {
            let headers = Headers {
                retry_after,
                reset,
                date: Some(DATE),
            };
            wait(headers, Timestamp::UNIX_EPOCH).map(|wait| wait.as_secs())
        };
        let second = "2026-01-31T12:00:02Z".parse::<Timestamp>().unwrap();
        let second = second.as_second().to_string();
        assert_eq!(at(None, Some(&second)), Some(2));
        assert_eq!(at(Some("garbage"), Some(&second)), Some(2));
        assert_eq!(at(Some("9"), Some(&second)), Some(9));
        assert_eq!(at(None, Some("99999999999999999999")), None);
        assert_eq!(at(None, Some("4000000000")), None);
        assert_eq!(at(None, None), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(retry_after in "\\PC{0,40}", reset in "\\PC{0,40}", date in "\\PC{0,40}") {
            let headers = Headers { retry_after: Some(&retry_after), reset: Some(&reset), date: Some(&date) };
            let _ = wait(headers, Timestamp::UNIX_EPOCH);
        }
    }
}
