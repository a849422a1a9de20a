//! The dice of one transition: the same throws for the same seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Throws, one after another.
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number from 0, below this; 0 where there is none.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let drawn = u64::from(self.0.next_u32());
        let limit = u64::try_from(limit).unwrap_or(u64::from(u32::MAX));
        // Less than the limit, which came out of a usize.
        usize::try_from((drawn * limit) >> 32).unwrap_or(0)
    }

    /// Yes, once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these; nothing where there are none.
    pub(super) fn of<'a, T>(&mut self, these: &'a [T]) -> Option<&'a T> {
        these.get(self.below(these.len()))
    }

    /// One of these as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, these: &[(u32, T)]) -> Option<T> {
        let total: u32 = these.iter().map(|(weight, _)| weight).sum();
        let at = self.below(usize::try_from(total).unwrap_or(0));
        let mut sum = 0;
        let chosen = these.iter().find(|(weight, _)| {
            sum += usize::try_from(*weight).unwrap_or(0);
            at < sum
        });
        chosen.map(|(_, one)| *one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_are_the_same_for_the_same_seed_and_stay_below() {
        let throws = |seed| {
            let mut chance = Chance::new(seed);
            (0..200).map(|_| chance.below(6)).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        for side in 0..6 {
            assert!(throws(7).contains(&side), "{side}");
        }
        assert_eq!(Chance::new(1).below(0), 0);
        assert_eq!(Chance::new(1).of::<u8>(&[]), None);
    }

    #[test]
    fn what_weighs_more_comes_more_often() {
        let mut chance = Chance::new(3);
        let drawn: Vec<char> = (0..400)
            .filter_map(|_| chance.weighted(&[(1, 'a'), (0, 'b'), (9, 'c')]))
            .collect();
        let many = |what| drawn.iter().filter(|one| **one == what).count();
        assert_eq!((many('b'), drawn.len()), (0, 400));
        assert!(many('c') > 6 * many('a') && many('a') > 0);
    }
}
