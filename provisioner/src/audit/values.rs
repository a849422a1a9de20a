//! How values of users appear in the audit.

use compact_str::{CompactString, format_compact};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::entry::{Changed, Entry, Event};
use crate::digest::hex;

/// How many bytes of a hash stand for a value: enough to tell values apart.
const HASH_BYTES: usize = 8;

/// How values of users appear in the audit. Names of attributes always do, and so do ids and addresses that say
/// whom a line is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Values {
    /// As they are.
    #[default]
    Plain,
    /// As a keyed SHA-256, of which there is a beginning: equal values look equal.
    Hashed,
    /// Not at all.
    None,
}

impl Values {
    /// The entry with its values as they may appear. The key is not in the file, so that short values cannot be
    /// found by trying.
    pub(super) fn applied(self, key: &str, mut entry: Entry) -> Entry {
        if let Event::Write(written) = &mut entry.event {
            for changed in written.changes.values_mut() {
                *changed = Changed {
                    before: changed.before.take().and_then(|value| self.of(key, value)),
                    after: changed.after.take().and_then(|value| self.of(key, value)),
                };
            }
        }
        entry
    }

    fn of(self, key: &str, value: CompactString) -> Option<CompactString> {
        match self {
            Self::Plain => Some(value),
            Self::Hashed => {
                let mut hash = Sha256::new();
                for part in ["zoom-provisioner audit", key, &value] {
                    hash.update(part.len().to_be_bytes());
                    hash.update(part.as_bytes());
                }
                let hash = hash.finalize();
                let beginning: Vec<u8> = hash.into_iter().take(HASH_BYTES).collect();
                Some(format_compact!("sha256:{}", hex(&beginning)))
            }
            Self::None => None,
        }
    }
}
