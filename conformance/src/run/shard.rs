//! Parts of a run, for suites that outgrow one machine.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How many parts a run may have.
pub(crate) const MAX_SHARDS: u32 = 1_000;

/// One of the parts of a run, written `2/8`. Every layer is dealt out like cards: the parts are as large as
/// each other, and the same scenario always falls to the same part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Which part, from 1.
    pub index: u32,
    /// How many parts there are.
    pub of: u32,
}

/// The text names no part of a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no shard: write which of how many, from 1/1 to {MAX_SHARDS}/{MAX_SHARDS}, such as 2/8 for the \
     second of eight"
)]
pub struct NotAShard(String);

impl Shard {
    /// Whether the scenario at a place of its layer, from 0, falls to this part.
    #[must_use]
    pub fn takes(self, place: usize) -> bool {
        u32::try_from(place % self.of.max(1) as usize) == Ok(self.index.saturating_sub(1))
    }

    /// How many of so many scenarios fall to this part.
    #[must_use]
    pub fn share(self, size: usize) -> usize {
        let (index, of) = (self.index as usize, self.of.max(1) as usize);
        (size + of).saturating_sub(index) / of
    }

    /// Where the scenario that has this place within the part stands in its layer.
    #[must_use]
    pub fn place(self, within: usize) -> usize {
        within * self.of as usize + self.index.saturating_sub(1) as usize
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = NotAShard;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |digits: &str| {
            let plain = digits.chars().all(|digit| digit.is_ascii_digit());
            digits.parse::<u32>().ok().filter(|_| plain)
        };
        text.split_once('/')
            .and_then(|(index, of)| Some((number(index)?, number(of)?)))
            .map(|(index, of)| Self { index, of })
            .filter(|shard| (1..=shard.of).contains(&shard.index) && shard.of <= MAX_SHARDS)
            .ok_or_else(|| NotAShard(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_part_is_refused() {
        for text in [
            "9/8", "0/8", "a/b", "", "8", "/", "1/", "/8", "1/0", "-1/8", "+1/8", "1/2/3",
            "1/1001", "1.0/2",
        ] {
            let refused = text.parse::<Shard>().unwrap_err().to_string();
            assert!(refused.contains("2/8"), "{text}: {refused}");
        }
        assert_eq!("2/8".parse(), Ok(Shard { index: 2, of: 8 }));
    }

    #[test]
    fn every_place_falls_to_one_part_and_is_found_again() {
        let parts = [1, 2, 3].map(|index| Shard { index, of: 3 });
        for place in 0..20 {
            let takers = parts.iter().filter(|part| part.takes(place));
            assert_eq!(takers.count(), 1, "{place}");
        }
        for part in parts {
            let taken: Vec<usize> = (0..20).filter(|place| part.takes(*place)).collect();
            assert_eq!(part.share(20), taken.len());
            for (within, place) in taken.into_iter().enumerate() {
                assert_eq!(part.place(within), place);
            }
        }
    }
}
