//! How long a server asks to be left alone (Zoom's page on rate limits; RFC 9110 section 10.2.3).

use std::time::Duration;

use jiff::Timestamp;

use super::wire::Answer;

/// How long is waited where the answer does not say: Zoom's shortest limit is one of a second.
const DEFAULT: Duration = Duration::from_secs(1);

/// How long to wait, by `Retry-After` (seconds or a time) or by `X-RateLimit-Reset` (Unix seconds). What is a
/// time counts from the answer's own `Date`, so that no two clocks have to agree.
pub(super) fn told(answer: &Answer) -> Duration {
    let retry_after = answer.header("retry-after").map(str::trim);
    if let Some(seconds) = retry_after.and_then(|text| text.parse().ok()) {
        return Duration::from_secs(seconds);
    }
    let date = answer.header("date").and_then(time);
    let until = retry_after.and_then(time).or_else(|| {
        let reset = answer.header("x-ratelimit-reset")?;
        Timestamp::from_second(reset.trim().parse().ok()?).ok()
    });
    match (date, until) {
        (Some(date), Some(until)) => {
            let wait = Duration::try_from(until.duration_since(date));
            wait.unwrap_or(Duration::ZERO).max(DEFAULT)
        }
        _ => DEFAULT,
    }
}

/// A time as ISO 8601, which Zoom sends, or as an HTTP date.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let iso = text.parse::<Timestamp>().ok();
    iso.or_else(|| {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|zoned| zoned.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server_suite::wire::Request;

    fn answer(headers: &[(&str, &str)]) -> Answer {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Answer {
            request: Request::get("/Users"),
            url: String::new(),
            status: 429,
            headers: headers.iter().map(owned).collect(),
            body: String::new(),
            json: None,
        }
    }

    #[test]
    fn a_wait_is_read_in_every_form() {
        let date = ("date", "Tue, 24 Nov 2026 14:00:00 GMT");
        for (headers, seconds) in [
            (vec![("retry-after", "7")], 7),
            (vec![date, ("retry-after", "2026-11-24T14:00:09Z")], 9),
            (
                vec![date, ("retry-after", "Tue, 24 Nov 2026 14:01:00 GMT")],
                60,
            ),
            (vec![date, ("x-ratelimit-reset", "1795528802")], 2),
            (vec![date, ("x-ratelimit-reset", "1")], 1),
            (vec![("retry-after", "soon")], 1),
            (vec![], 1),
        ] {
            assert_eq!(told(&answer(&headers)).as_secs(), seconds, "{headers:?}");
        }
    }
}
