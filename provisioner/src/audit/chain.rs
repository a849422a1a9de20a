//! The chain of lines: pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::entry::{Entry, Event};
use crate::digest::hex;

/// What the first line of a file names as the line before it.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// What stands before a line's own hash, and after it.
const BEFORE_HASH: &str = ",\"hash\":\"";
const AFTER_HASH: &str = "\"}";

/// A line, but for its hash.
#[derive(Serialize)]
struct Line<'a> {
    /// The hash of the line before it.
    previous: &'a str,
    run: &'a str,
    at: Timestamp,
    event: &'a Event,
}

/// What the chain needs of a line. What a later version adds is no harm to it.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) previous: String,
    pub(super) run: String,
    pub(super) event: serde_json::Map<String, serde_json::Value>,
}

impl Head {
    /// Whether it is of this kind.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.event.contains_key(kind)
    }
}

/// A text that is no line of an audit, or not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoLine {
    /// It ends as no line does.
    Cut,
    /// It does not have the hash that it carries.
    Changed,
}

/// The SHA-256 of a line as it stands in the file, without the line break.
pub(super) fn hash(line: &[u8]) -> String {
    hex(&Sha256::digest(line))
}

/// An entry as the line that follows another; without the line break, and without any inside.
pub(super) fn line(previous: &str, entry: &Entry) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(&Line {
        previous,
        run: &entry.run,
        at: entry.at,
        event: &entry.event,
    })?;
    let json = on_one_line(&json);
    let own = hash(json.as_bytes());
    let open = json.strip_suffix('}').unwrap_or(&json);
    Ok(format!("{open}{BEFORE_HASH}{own}{AFTER_HASH}"))
}

/// Some readers take other characters for line breaks than JSON escapes, and terminals obey some. In JSON they stand
/// in strings alone, where an escape means the same.
fn on_one_line(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for char in json.chars() {
        match char {
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => escape(&mut text, char),
            char if char.is_control() => escape(&mut text, char),
            char => text.push(char),
        }
    }
    text
}

fn escape(text: &mut String, char: char) {
    use std::fmt::Write as _;
    let _ = write!(text, "\\u{:04x}", u32::from(char));
}

/// Reads a line and checks its own hash.
pub(super) fn read(line: &[u8]) -> Result<Head, NoLine> {
    if !line.ends_with(AFTER_HASH.as_bytes()) {
        return Err(NoLine::Cut);
    }
    // A cut may part a character at the end alone.
    let text = std::str::from_utf8(line).map_err(|_| NoLine::Changed)?;
    let (open, own) = text
        .strip_suffix(AFTER_HASH)
        .and_then(|text| text.rsplit_once(BEFORE_HASH))
        .ok_or(NoLine::Cut)?;
    if hash(format!("{open}}}").as_bytes()) != own {
        return Err(NoLine::Changed);
    }
    serde_json::from_str(text).map_err(|_| NoLine::Changed)
}

/// Whether this may be what a crash has left of a line: its beginning, or zeroes, as file systems leave them.
pub(super) fn may_be_cut(line: &[u8]) -> bool {
    let begin = b"{\"previous\":\"";
    let common = begin.len().min(line.len());
    line.get(..common) == begin.get(..common) || line.iter().all(|byte| *byte == 0)
}

/// Whether this may be what a crash has left of the first line of a file.
pub(super) fn begins_first(cut: &[u8]) -> bool {
    let begin = format!("{{\"previous\":\"{GENESIS}\"");
    let common = begin.len().min(cut.len());
    !cut.contains(&b'\n') && cut.get(..common) == begin.as_bytes().get(..common)
}

/// The entry in a line; `None` where this version does not know what it says.
pub(super) fn entry(line: &[u8]) -> Option<Entry> {
    serde_json::from_slice(line).ok()
}
