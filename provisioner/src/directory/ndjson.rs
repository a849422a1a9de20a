//! NDJSON: one user a line. A line `{"count": N}` says how many there are; it may be any line, the last is best.

use std::borrow::Cow;
use std::io::{BufRead, Read as _};

use serde_json::value::RawValue;

use super::DirectoryError;
use super::file::{BYTE_ORDER_MARK, Reading};
use super::json::{Pairs, object, words};
use super::limits::{MAX_FILE_BYTES, MAX_LINE_BYTES};
use super::record::Record;

/// Reads line by line.
pub(super) fn read(
    reading: &mut Reading<'_>,
    mut input: impl BufRead,
) -> Result<(), DirectoryError> {
    let mut bytes: u64 = 0;
    let mut line = Vec::new();
    let mut at = 0;
    loop {
        line.clear();
        at += 1;
        let failed = |error| reading.file.failed(error);
        let limit = MAX_LINE_BYTES + 1;
        let read = input.by_ref().take(limit).read_until(b'\n', &mut line);
        bytes += read.map_err(failed)? as u64;
        if line.is_empty() {
            return Ok(());
        }
        let is_ended = line.ends_with(b"\n");
        if !is_ended && line.len() as u64 == limit {
            bytes += skip_line(&mut input).map_err(failed)?;
            let place = reading.gather.place(at);
            let why = format!("{place}: longer than {MAX_LINE_BYTES} bytes");
            reading.gather.add(at, Record::Nobody(why))?;
        } else {
            read_line(reading, at, &line, is_ended)?;
        }
        if bytes > MAX_FILE_BYTES {
            return Err(reading.file.too_large());
        }
    }
}

/// Reads on to the end of a line, and tells how much that was.
fn skip_line(input: &mut impl BufRead) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let held = input.fill_buf()?;
        let end = held.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(held.len(), |end| end + 1);
        input.consume(length);
        skipped += length as u64;
        if end.is_some() || length == 0 {
            return Ok(skipped);
        }
    }
}

fn read_line(
    reading: &mut Reading<'_>,
    at: usize,
    line: &[u8],
    is_ended: bool,
) -> Result<(), DirectoryError> {
    let text = String::from_utf8_lossy(line);
    let lossy = matches!(text, Cow::Owned(_));
    let text = match at {
        1 => text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text),
        _ => &text,
    };
    if text.trim().is_empty() {
        return Ok(());
    }
    let place = reading.gather.place(at);
    let record = match serde_json::from_str::<Pairs<'_>>(text) {
        Ok(pairs) => match count(&pairs) {
            Some(count) => {
                reading.counted(at, count.get().parse().ok());
                return Ok(());
            }
            None => object(&place, lossy, pairs)?,
        },
        Err(error) if error.is_eof() && !is_ended => {
            Record::Nobody(format!("{place}: the file ends in the middle of this line"))
        }
        Err(error) => Record::Nobody(format!(
            "{place}, column {}: {}; a line is one user, in braces",
            error.column(),
            words(&error)
        )),
    };
    reading.gather.add(at, record)
}

/// The count, where the line is one.
fn count<'a>(pairs: &Pairs<'a>) -> Option<&'a RawValue> {
    match pairs.0.as_slice() {
        [(key, value)] if key == "count" => Some(value),
        _ => None,
    }
}
