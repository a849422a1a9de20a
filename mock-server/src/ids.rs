//! Identifiers in Zoom's shapes, from a seed: the same seed gives the same ids.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A source of ids.
#[derive(Debug)]
pub(crate) struct Ids(ChaCha8Rng);

impl Ids {
    /// The source of one purpose: what other purposes draw does not change it.
    #[must_use]
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_be_bytes());
        hash.update(purpose.as_bytes());
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// How much is drawn, in words of 32 bits.
    pub(crate) fn drawn(&self) -> u64 {
        u64::try_from(self.0.get_word_pos()).unwrap_or(u64::MAX)
    }

    /// The source as it is once so much is drawn.
    pub(crate) fn after(mut self, drawn: u64) -> Self {
        self.0.set_word_pos(u128::from(drawn));
        self
    }

    /// Random bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A user, account or client id: 22 characters of base64url, 16 bytes.
    pub(crate) fn id(&mut self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<16>())
    }

    /// A client secret: 32 characters of base64url, 24 bytes.
    pub(crate) fn secret(&mut self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<24>())
    }

    /// Lower-case hexadecimal digits, two for each byte.
    pub(crate) fn hex<const N: usize>(&mut self) -> String {
        hex(&self.bytes::<N>())
    }

    /// A version 4 UUID (RFC 9562 section 5.4) in its 36-character form.
    pub(crate) fn uuid(&mut self) -> String {
        let mut bytes = self.bytes::<16>();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let digits = hex(&bytes);
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        [
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32),
        ]
        .join("-")
    }
}

/// Lower-case hexadecimal digits, two for each byte.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_zooms_shapes() {
        let mut ids = Ids::new(1, "shapes");
        assert_eq!(ids.id().len(), 22);
        assert_eq!(ids.secret().len(), 32);
        assert_eq!(ids.hex::<32>().len(), 64);
        let uuid = ids.uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert_eq!(hex(&[0x00, 0xab, 0xff]), "00abff");
    }

    #[test]
    fn a_seed_and_a_purpose_give_the_same_ids_again() {
        assert_eq!(Ids::new(1, "a").id(), Ids::new(1, "a").id());
        assert_ne!(Ids::new(1, "a").id(), Ids::new(2, "a").id());
        assert_ne!(Ids::new(1, "a").id(), Ids::new(1, "b").id());
    }

    #[test]
    fn a_source_goes_on_where_it_was() {
        let mut ids = Ids::new(1, "a");
        for _ in 0..50 {
            ids.hex::<17>();
            let mut again = Ids::new(1, "a").after(ids.drawn());
            assert_eq!(again.drawn(), ids.drawn());
            assert_eq!((again.id(), again.uuid()), (ids.id(), ids.uuid()));
        }
    }
}
