//! The names of what a run makes: nobody else has them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The letters of a run's id: none is taken for another, and none needs encoding.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// How long a run's id is.
const ID_LENGTH: usize = 10;
/// What all names begin with.
const PREFIX: &str = "zc-";

/// The source of names.
#[derive(Debug, Clone)]
pub(super) struct Names {
    run: String,
    domain: String,
    made: u32,
}

impl Names {
    /// The names of a run: the same for the same seed.
    pub(super) fn new(seed: u64, domain: &str) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        let letter = |drawn: u32| {
            let place = usize::try_from(drawn).unwrap_or(0) % LETTERS.len();
            LETTERS.get(place).copied().map_or('a', char::from)
        };
        Self {
            run: (0..ID_LENGTH).map(|_| letter(source.next_u32())).collect(),
            domain: domain.to_owned(),
            made: 0,
        }
    }

    /// What is in every name of this run.
    pub(super) fn run(&self) -> &str {
        &self.run
    }

    /// The domain of all addresses.
    pub(super) fn domain(&self) -> &str {
        &self.domain
    }

    /// An address that was not given out before.
    pub(super) fn address(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{PREFIX}{}-{what}{}@{}", self.run, self.made, self.domain)
    }

    /// The name of a group that was not given out before.
    pub(super) fn group(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{PREFIX}{}-{what}{}", self.run, self.made)
    }

    /// Whether a name is one of this run.
    pub(super) fn is_own(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let rest = name.strip_prefix(PREFIX);
        rest.and_then(|rest| rest.strip_prefix(&self.run))
            .is_some_and(|rest| rest.starts_with('-'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_names_and_another_gives_others() {
        let mut names = Names::new(7, "example.com");
        let address = names.address("put");
        assert_eq!(address, Names::new(7, "example.com").address("put"));
        assert_ne!(address, names.address("put"));
        assert!(names.is_own(&address) && names.is_own(&address.to_uppercase()));
        assert!(!Names::new(8, "example.com").is_own(&address));
        assert!(!names.is_own("ann@example.com"));
    }
}
