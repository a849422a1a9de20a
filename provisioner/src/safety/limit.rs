//! The removal limit: how many users one run may disable and delete.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Safety, is_unusual};

/// Why no user was removed in a run: there were more to remove than the limit lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverLimit {
    /// How many users the run would disable or delete.
    pub planned: usize,
    /// How many users are linked.
    pub linked: usize,
    /// The limit as a number.
    pub max_removals: usize,
    /// The limit as a part of the linked users, in percent.
    pub max_removal_percent: u8,
    /// The number that was allowed for this run, and is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<usize>,
}

/// Judges the removals of a whole run, before any of them is sent. A number that was allowed is what was meant: any
/// other number is not, be it more or less.
pub(crate) fn over_limit(
    safety: &Safety,
    planned: usize,
    linked: usize,
    allowed: Option<usize>,
) -> Option<OverLimit> {
    let Safety {
        max_removals,
        max_removal_percent,
        ..
    } = *safety;
    let is_over = match allowed {
        Some(allowed) => planned > 0 && planned != allowed,
        None => is_unusual(planned, linked, max_removals, max_removal_percent),
    };
    is_over.then_some(OverLimit {
        planned,
        linked,
        max_removals,
        max_removal_percent,
        allowed,
    })
}

impl fmt::Display for OverLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            planned, linked, ..
        } = self;
        write!(
            f,
            "removals are held back, and nobody is disabled or deleted: {planned} would be, of {linked} linked users; "
        )?;
        match self.allowed {
            Some(allowed) => write!(
                f,
                "--allow-removals says {allowed}, which is another number"
            )?,
            None => write!(
                f,
                "that is more than max_removals = {} and more than max_removal_percent = {} %",
                self.max_removals, self.max_removal_percent
            )?,
        }
        write!(
            f,
            ". If all of these are meant, run the same again with --allow-removals {planned}"
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_over(planned: usize, linked: usize, allowed: Option<usize>) -> bool {
        over_limit(&Safety::default(), planned, linked, allowed).is_some()
    }

    #[test]
    fn the_limit_is_a_count_and_a_part() {
        for (planned, linked, over) in [
            (0, 0, false),
            (10, 10, false),
            // With nobody linked any part is too large, and the count decides.
            (10, 0, false),
            (11, 0, true),
            (11, 11, true),
            (11, 100, true),
            (11, 109, true),
            // Exactly a tenth is within.
            (11, 110, false),
            (100, 1_000, false),
            (101, 1_000, true),
            (usize::MAX, usize::MAX, false),
        ] {
            assert_eq!(
                is_over(planned, linked, None),
                over,
                "{planned} of {linked}"
            );
        }
    }

    #[test]
    fn what_is_allowed_is_this_number_and_no_other() {
        assert!(!is_over(500, 510, Some(500)));
        assert!(is_over(499, 510, Some(500)) && is_over(501, 510, Some(500)));
        // A number that is not right is a picture that is not, within the limit as well.
        assert!(is_over(3, 510, Some(2)));
        assert!(!is_over(0, 510, Some(500)), "nothing is nothing");
    }

    #[test]
    fn the_extremes_of_the_settings_mean_what_they_say() {
        let never = Safety {
            max_removals: 0,
            max_removal_percent: 0,
            ..Safety::default()
        };
        assert!(over_limit(&never, 1, 1_000_000, None).is_some());
        let always = Safety {
            max_removals: 0,
            max_removal_percent: 100,
            ..Safety::default()
        };
        assert!(over_limit(&always, 1_000, 1_000, None).is_none());
    }

    #[test]
    fn the_arithmetic_is_told_with_the_way_on() {
        let told = over_limit(&Safety::default(), 12, 100, None).unwrap();
        assert_eq!(
            told.to_string(),
            "removals are held back, and nobody is disabled or deleted: 12 would be, of 100 linked users; that is \
             more than max_removals = 10 and more than max_removal_percent = 10 %. If all of these are meant, run \
             the same again with --allow-removals 12"
        );
        let told = over_limit(&Safety::default(), 12, 100, Some(11)).unwrap();
        let told = told.to_string();
        assert!(told.contains("says 11") && told.ends_with("--allow-removals 12"));
    }

    proptest! {
        #[test]
        fn more_removals_are_never_less_of_a_reason(
            planned in 0_usize..2_000, linked in 0_usize..2_000, max_removals in 0_usize..50, percent in 0_u8..=100,
        ) {
            let safety = Safety { max_removals, max_removal_percent: percent, ..Safety::default() };
            let over = |planned, linked| over_limit(&safety, planned, linked, None).is_some();
            prop_assert!(!over(planned, linked) || over(planned + 1, linked));
            prop_assert!(!over(planned, linked + 1) || over(planned, linked));
            let is_within = planned <= max_removals || planned * 100 <= linked * usize::from(percent);
            prop_assert_eq!(over(planned, linked), !is_within);
        }
    }
}
