//! Short stand-ins for values: equal values have equal digests.

use std::io::{self, BufWriter, Write};

use compact_str::CompactString;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a value's JSON, in hexadecimal.
pub(crate) fn of<T: Serialize>(value: &T) -> String {
    // A value of ours always has a JSON; one without would only be looked at more often.
    let mut hashing = BufWriter::new(Hashing(Sha256::new()));
    let _ = serde_json::to_writer(&mut hashing, value);
    let _ = hashing.flush();
    hex(&hashing.get_ref().0.clone().finalize())
}

/// As many digits as lie in a [`CompactString`] itself: there is one for each user.
const SHORT: usize = 24;

/// The same in 96 bits, for what is compared with one other alone.
pub(crate) fn short<T: Serialize>(value: &T) -> CompactString {
    of(value).chars().take(SHORT).collect()
}

/// Takes what is written, and keeps no more than its digest.
struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)])
        .collect()
}
