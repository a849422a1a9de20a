//! The source guard: a directory that was read completely and has far fewer users than before is more likely a
//! fault on the way than the truth.

use std::fmt;

use super::{Safety, is_unusual};

/// How many users a directory has, and had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceCount {
    /// At the last run that read it completely; absent where there was none.
    pub before: Option<usize>,
    /// Now, those with a record that cannot be used among them.
    pub now: usize,
    /// How many users are linked.
    pub linked: usize,
}

/// A directory that is not believed. Nothing was sent to Zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct SourceRefused {
    /// The counts.
    pub count: SourceCount,
    /// The count that was accepted for this run, and is another one.
    pub accepted: Option<usize>,
    max_removals: usize,
    max_shrink_percent: u8,
}

/// Judges a directory that was read completely.
///
/// # Errors
///
/// When it is empty while more users are linked than a run may remove, when it has shrunk by more than the settings
/// allow, or when another count was accepted.
pub(crate) fn check_source(
    safety: &Safety,
    count: SourceCount,
    accepted: Option<usize>,
) -> Result<(), SourceRefused> {
    let Safety {
        max_removals,
        max_shrink_percent,
        ..
    } = *safety;
    let before = count.before.unwrap_or(count.now);
    let lost = before.saturating_sub(count.now);
    let is_refused = match accepted {
        Some(accepted) => accepted != count.now,
        None => {
            let is_empty = count.now == 0 && count.linked > max_removals;
            is_empty || is_unusual(lost, before, max_removals, max_shrink_percent)
        }
    };
    match is_refused {
        true => Err(SourceRefused {
            count,
            accepted,
            max_removals,
            max_shrink_percent,
        }),
        false => Ok(()),
    }
}

impl fmt::Display for SourceRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SourceCount {
            before,
            now,
            linked,
        } = self.count;
        let users = |count: usize| if count == 1 { "user" } else { "users" };
        write!(f, "the directory has {now} {}", users(now))?;
        if let Some(before) = before {
            write!(f, ", and had {before} when it was last read completely")?;
        }
        match self.accepted {
            Some(accepted) => write!(
                f,
                "; --accept-count says {accepted}, which is another number"
            )?,
            None if now == 0 => write!(
                f,
                ", while {linked} are linked: an empty directory is believed where at most max_removals = {} are",
                self.max_removals
            )?,
            None => write!(
                f,
                ": it has shrunk by {}, which is more than max_removals = {} and more than max_shrink_percent = {} %",
                before.unwrap_or(now).saturating_sub(now),
                self.max_removals,
                self.max_shrink_percent
            )?,
        }
        write!(
            f,
            ". Nothing was sent to Zoom. See whether the directory is whole; if it is, run the same again with \
             --accept-count {now}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_believed(
        before: Option<usize>,
        now: usize,
        linked: usize,
        accepted: Option<usize>,
    ) -> bool {
        let count = SourceCount {
            before,
            now,
            linked,
        };
        check_source(&Safety::default(), count, accepted).is_ok()
    }

    #[test]
    fn a_directory_may_shrink_by_a_few_or_by_a_small_part() {
        for (before, now, believed) in [
            (None, 3, true),
            (Some(100), 100, true),
            (Some(100), 200, true),
            (Some(11), 1, true),
            (Some(12), 1, false),
            // Exactly a fifth is within.
            (Some(1_000), 800, true),
            (Some(1_000), 799, false),
            (Some(1_000), 0, false),
        ] {
            assert_eq!(
                is_believed(before, now, 0, None),
                believed,
                "{before:?} {now}"
            );
        }
    }

    #[test]
    fn an_empty_directory_is_believed_where_few_are_linked() {
        assert!(is_believed(None, 0, 10, None) && is_believed(Some(10), 0, 10, None));
        assert!(!is_believed(None, 0, 11, None) && !is_believed(Some(0), 0, 11, None));
        assert!(is_believed(Some(500), 0, 500, Some(0)));
    }

    #[test]
    fn what_is_accepted_is_this_count_and_no_other() {
        assert!(is_believed(Some(1_000), 700, 900, Some(700)));
        assert!(!is_believed(Some(1_000), 699, 900, Some(700)));
        assert!(!is_believed(Some(1_000), 1_000, 900, Some(700)));
    }

    #[test]
    fn both_counts_are_told_with_the_way_on() {
        let count = |now| SourceCount {
            before: Some(1_000),
            now,
            linked: 900,
        };
        let told = |now, accepted| {
            let refused = check_source(&Safety::default(), count(now), accepted).unwrap_err();
            refused.to_string()
        };
        assert_eq!(
            told(700, None),
            "the directory has 700 users, and had 1000 when it was last read completely: it has shrunk by 300, which \
             is more than max_removals = 10 and more than max_shrink_percent = 20 %. Nothing was sent to Zoom. See \
             whether the directory is whole; if it is, run the same again with --accept-count 700"
        );
        assert!(told(0, None).contains("while 900 are linked"));
        assert!(told(700, Some(701)).contains("says 701"));
    }
}
