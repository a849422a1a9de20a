//! Zoom's rate limits: by account and category, by the second and by the day, on the virtual clock.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How much an operation weighs in Zoom's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    /// Single resources.
    Light,
    /// Lists, and changes of groups.
    Medium,
}

impl Category {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Light => "Light",
            Self::Medium => "Medium",
        }
    }
}

/// The limits that a plan has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// None.
    #[default]
    Off,
    /// Light 4 a second and 6,000 a day, Medium 2 a second and 2,000 a day.
    Free,
    /// Light 30 a second, Medium 20.
    Pro,
    /// Light 80 a second, Medium 60. What an account with SCIM2 has.
    Business,
    /// One request a second for each, which Zoom documented before 2022.
    OneASecond,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 5] = [
        Self::Off,
        Self::Free,
        Self::Pro,
        Self::Business,
        Self::OneASecond,
    ];

    /// The name in settings and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Business => "business",
            Self::OneASecond => "one_a_second",
        }
    }

    /// Requests a second and a day.
    fn limits(self, category: Category) -> (Option<u32>, Option<u32>) {
        match (self, category) {
            (Self::Off, _) => (None, None),
            (Self::Free, Category::Light) => (Some(4), Some(6_000)),
            (Self::Free, Category::Medium) => (Some(2), Some(2_000)),
            (Self::Pro, Category::Light) => (Some(30), None),
            (Self::Pro, Category::Medium) => (Some(20), None),
            (Self::Business, Category::Light) => (Some(80), None),
            (Self::Business, Category::Medium) => (Some(60), None),
            (Self::OneASecond, _) => (Some(1), None),
        }
    }
}

/// The limits of an account: a plan's, or other numbers in their place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimits {
    /// The plan whose limits count.
    pub preset: Preset,
    /// Requests of the category Light in a second, instead of the preset's.
    pub light_per_second: Option<u32>,
    /// Requests of the category Light in a day (UTC), instead of the preset's.
    pub light_per_day: Option<u32>,
    /// Requests of the category Medium in a second, instead of the preset's.
    pub medium_per_second: Option<u32>,
    /// Requests of the category Medium in a day (UTC), instead of the preset's.
    pub medium_per_day: Option<u32>,
}

impl RateLimits {
    fn of(&self, category: Category) -> (Option<u32>, Option<u32>) {
        let (second, day) = self.preset.limits(category);
        match category {
            Category::Light => (self.light_per_second.or(second), self.light_per_day.or(day)),
            Category::Medium => (
                self.medium_per_second.or(second),
                self.medium_per_day.or(day),
            ),
        }
    }
}

/// What was counted in the current second and day of one category.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    second: i64,
    in_second: u32,
    day: i64,
    in_day: u32,
}

/// What an account has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limiter {
    light: Counted,
    medium: Counted,
}

/// Which limit a request has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exceeded {
    /// The one of the second; it is over at this second of Unix time.
    Second { reset_s: i64 },
    /// The one of the day; the next starts here.
    Day { next: Timestamp },
}

/// What the headers of an answer say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) category: Category,
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) exceeded: Option<Exceeded>,
    /// Whether `limit` is the day's.
    pub(crate) daily: bool,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (category, per) = (
            self.category.as_str(),
            if self.daily { "day" } else { "second" },
        );
        match self.exceeded {
            Some(_) => write!(f, "{category}: all {} of the {per} used", self.limit),
            None => write!(
                f,
                "{category}: {} of {} left in the {per}",
                self.remaining, self.limit
            ),
        }
    }
}

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

impl Limiter {
    /// Counts a request. `None` where the category has no limit. A request that is refused does not count.
    pub(crate) fn count(
        &mut self,
        limits: &RateLimits,
        category: Category,
        now: Timestamp,
    ) -> Option<Standing> {
        let (per_second, per_day) = limits.of(category);
        if per_second.is_none() && per_day.is_none() {
            return None;
        }
        let counted = match category {
            Category::Light => &mut self.light,
            Category::Medium => &mut self.medium,
        };
        let second = now.as_second();
        let day = second.div_euclid(SECONDS_A_DAY);
        if counted.second != second {
            (counted.second, counted.in_second) = (second, 0);
        }
        if counted.day != day {
            (counted.day, counted.in_day) = (day, 0);
        }
        let standing = |limit: u32, used: u32, daily, exceeded| Standing {
            category,
            limit,
            remaining: limit.saturating_sub(used),
            exceeded,
            daily,
        };
        if let Some(limit) = per_day.filter(|limit| counted.in_day >= *limit) {
            let start = Timestamp::from_second((day + 1) * SECONDS_A_DAY);
            let next = start.unwrap_or_else(|_| now + SignedDuration::from_hours(24));
            return Some(standing(limit, limit, true, Some(Exceeded::Day { next })));
        }
        if let Some(limit) = per_second.filter(|limit| counted.in_second >= *limit) {
            let exceeded = Exceeded::Second {
                reset_s: second + 1,
            };
            return Some(standing(limit, limit, false, Some(exceeded)));
        }
        counted.in_second += 1;
        counted.in_day += 1;
        match (per_second, per_day) {
            (Some(limit), _) => Some(standing(limit, counted.in_second, false, None)),
            (None, Some(limit)) => Some(standing(limit, counted.in_day, true, None)),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_006_400 + second).unwrap()
    }

    fn preset(preset: Preset) -> RateLimits {
        RateLimits {
            preset,
            ..RateLimits::default()
        }
    }

    #[test]
    fn a_second_has_its_number_of_requests_and_the_next_starts_anew() {
        let limits = preset(Preset::Free);
        let mut limiter = Limiter::default();
        let mut left = || limiter.count(&limits, Category::Medium, at(0)).unwrap();
        assert_eq!(left().remaining, 1);
        assert_eq!(left().remaining, 0);
        let exceeded = Exceeded::Second {
            reset_s: at(1).as_second(),
        };
        assert_eq!(left().exceeded, Some(exceeded));
        let light = limiter.count(&limits, Category::Light, at(0)).unwrap();
        assert_eq!((light.exceeded, light.limit), (None, 4));
        let next = limiter.count(&limits, Category::Medium, at(1)).unwrap();
        assert_eq!(next.exceeded, None);
    }

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let limits = RateLimits {
            light_per_day: Some(1),
            ..preset(Preset::Business)
        };
        let mut limiter = Limiter::default();
        assert_eq!(
            limiter
                .count(&limits, Category::Light, at(0))
                .unwrap()
                .exceeded,
            None
        );
        let refused = limiter.count(&limits, Category::Light, at(5)).unwrap();
        let Some(Exceeded::Day { next }) = refused.exceeded else {
            unreachable!("{refused:?}");
        };
        assert_eq!(next.to_string(), "2023-11-16T00:00:00Z");
        assert_eq!(
            limiter
                .count(&limits, Category::Light, next)
                .unwrap()
                .exceeded,
            None
        );
    }

    #[test]
    fn no_preset_is_no_limit() {
        let mut limiter = Limiter::default();
        assert_eq!(
            limiter.count(&RateLimits::default(), Category::Light, at(0)),
            None
        );
    }
}
