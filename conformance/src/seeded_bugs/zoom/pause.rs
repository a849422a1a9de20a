//! Waiting: what an answer told, and what a client waits of itself.

use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::super::bug::Bug;
use super::super::variant::Control;
use super::{Trouble, Zoom};

/// A longer wait that is told ends the run, in seconds.
const MAX_TOLD_S: i64 = 3_600;
/// What is waited where an answer says to wait and not how long, in seconds.
const UNTOLD_S: i64 = 1;
/// The first wait between two attempts, in milliseconds; each further one is twice as long.
const FIRST_MS: u64 = 250;
/// The same, where others are as right.
const OTHER_FIRST_MS: u64 = 1_700;
/// No wait between two attempts is longer, in milliseconds.
const MAX_MS: u64 = 30_000;

impl Zoom {
    /// Waits as an answer told, or ends the run where that is too long.
    pub(super) async fn wait_as_told(&self, header: Option<&str>) -> Result<(), Trouble> {
        let seconds = self.told(header);
        if self.has(Bug::B49) {
            return Ok(());
        }
        if seconds > MAX_TOLD_S && !self.has(Bug::B52) {
            return Err(Trouble::Ends(format!(
                "Zoom asks to wait {seconds} s: the next run goes on"
            )));
        }
        self.wait(u64::try_from(seconds).unwrap_or(0)).await;
        Ok(())
    }

    /// Waits between two attempts; `attempt` counts from 1.
    pub(super) async fn back_off(&self, attempt: u32) {
        let first = if self.variant.is(Control::G12) {
            OTHER_FIRST_MS
        } else {
            FIRST_MS
        };
        let ms = if self.has(Bug::B54) {
            first.wrapping_shl(attempt * 4)
        } else {
            first.saturating_mul(2_u64.saturating_pow(attempt - 1))
        };
        // Shorter waits than a second are nothing to a clock that others look at.
        self.wait(ms.min(MAX_MS) / 1_000).await;
    }

    /// How many seconds an answer tells to wait.
    fn told(&self, header: Option<&str>) -> i64 {
        let Some(text) = header else { return UNTOLD_S };
        if let Ok(seconds) = text.parse::<i64>() {
            let seconds = if self.has(Bug::B51) {
                seconds / 1_000
            } else {
                seconds
            };
            return seconds.max(0);
        }
        let date = DateTimeParser::new()
            .parse_timestamp(text)
            .ok()
            .or_else(|| text.parse::<Timestamp>().ok());
        match (date, self.now()) {
            (Some(_), _) if self.has(Bug::B50) => 0,
            // The clock of the answer is in whole seconds.
            (Some(date), Some(now)) => (date.as_second() - now.as_second() + 1).max(UNTOLD_S),
            _ => UNTOLD_S,
        }
    }

    async fn wait(&self, seconds: u64) {
        if seconds < 1 {
            return;
        }
        let duration = Duration::from_secs(seconds);
        match &self.time {
            Some(time) => time.wait(duration).await,
            None => tokio::time::sleep(duration).await,
        }
    }

    /// How long the connection has been in use, by its own clock: what Zoom says of the time may be wrong.
    pub(super) fn lived(&self) -> Duration {
        match &self.time {
            Some(time) => time.now(),
            None => self.since.elapsed(),
        }
    }

    /// Zoom's time, as the last answer told it; without a wire no answer has a date.
    pub(super) fn now(&self) -> Option<Timestamp> {
        if let Some(time) = self.time.as_ref().filter(|time| time.is_inside()) {
            return Some(time.wall());
        }
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.now
    }

    pub(super) fn note_date(&self, header: Option<&str>) {
        let date = header.and_then(|text| DateTimeParser::new().parse_timestamp(text).ok());
        if let Some(date) = date {
            let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            notes.now = Some(date);
        }
    }
}
