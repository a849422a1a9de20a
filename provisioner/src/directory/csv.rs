//! CSV (RFC 4180) with a header of the same keys. A line `# count: N` says how many users there are.

use std::io::{self, BufRead, Read};

use csv::{ByteRecord, ReaderBuilder};
use serde_json::Value;

use super::DirectoryError;
use super::file::{BYTE_ORDER_MARK, Reading};
use super::limits::{MAX_FILE_BYTES, MAX_LINE_BYTES};
use super::record::{Held, MAX_KEY_CHARS, Record, is_list, key, record, remedy};
use crate::rule::Source as Key;

/// What stands between the values of one cell.
const LIST_SEPARATOR: char = ';';
/// What no record of a user begins with.
const COUNT_MARK: &[u8] = b"#";

/// Reads record by record.
pub(super) fn read(
    reading: &mut Reading<'_>,
    mut input: impl BufRead,
) -> Result<(), DirectoryError> {
    let mark = BYTE_ORDER_MARK.as_bytes();
    let marked = input
        .fill_buf()
        .map_err(|error| reading.file.failed(error))?;
    if marked.starts_with(mark) {
        input.consume(mark.len());
    }
    let mut csv = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(Watched::new(input));
    let mut header = ByteRecord::new();
    if !next(reading, &mut csv, &mut header)? {
        return Ok(());
    }
    let columns = columns(reading, &header)?;
    // A record is believed once something follows it.
    let mut last = ByteRecord::new();
    let mut after = ByteRecord::new();
    while next(reading, &mut csv, &mut after)? {
        std::mem::swap(&mut last, &mut after);
        if !after.is_empty() {
            take(reading, &columns, &after)?;
        }
    }
    if last.is_empty() {
        return Ok(());
    }
    let watched = csv.get_ref();
    let is_followed = watched.is_too_long();
    let is_ended = watched.ends_with_line_break() && is_closed(&last);
    if is_count(&last) || is_followed || is_ended {
        return take(reading, &columns, &last);
    }
    let at = line(&last);
    let place = reading.gather.place(at);
    let why = format!("{place}: the file ends without a line break, so this line may be cut off");
    reading.gather.add(at, Record::Nobody(why))
}

/// Reads the next record. One that cannot be read is a gap, and ends the reading.
fn next(
    reading: &mut Reading<'_>,
    csv: &mut csv::Reader<Watched<impl Read>>,
    into: &mut ByteRecord,
) -> Result<bool, DirectoryError> {
    let at = csv.position().line() as usize;
    let result = csv.read_byte_record(into);
    let watched = csv.get_mut();
    if watched.bytes > MAX_FILE_BYTES {
        return Err(reading.file.too_large());
    }
    if watched.is_too_long() {
        let place = reading.gather.place(at);
        reading.gather.gap(format!(
            "{place}: longer than {MAX_LINE_BYTES} bytes, so nothing from there on was read; is a quote never closed?"
        ));
        return Ok(false);
    }
    watched.since = 0;
    result.map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => reading.file.failed(error),
        other => reading.file.failed(io::Error::other(format!("{other:?}"))),
    })
}

/// The keys of the columns.
fn columns(reading: &Reading<'_>, header: &ByteRecord) -> Result<Vec<Key>, DirectoryError> {
    let path = || reading.file.path.clone();
    let wrong = |message: String| DirectoryError::Header {
        path: path(),
        message,
    };
    let mut columns = Vec::new();
    for name in header {
        let name = std::str::from_utf8(name)
            .map_err(|_| wrong("the header is no text in UTF-8".to_owned()))?;
        let Some(key) = key(name) else {
            if header.len() == 1 && name.contains([';', '\t']) {
                return Err(wrong("the columns are not separated by commas".to_owned()));
            }
            return Err(DirectoryError::UnknownKey {
                place: reading.gather.place(1),
                key: name.chars().take(MAX_KEY_CHARS).collect(),
                remedy: remedy(name),
            });
        };
        if columns.contains(&key) {
            return Err(wrong(format!("the column `{name}` is there twice")));
        }
        columns.push(key);
    }
    for needed in [Key::Id, Key::Username] {
        if !columns.contains(&needed) {
            return Err(wrong(format!("there is no column `{}`", needed.key())));
        }
    }
    Ok(columns)
}

/// Takes a line: a user, or the count.
fn take(
    reading: &mut Reading<'_>,
    columns: &[Key],
    cells: &ByteRecord,
) -> Result<(), DirectoryError> {
    let at = line(cells);
    if is_count(cells) {
        let text = cells.get(0).and_then(|cell| std::str::from_utf8(cell).ok());
        let count =
            text.and_then(|text| text.trim_start_matches('#').trim().strip_prefix("count:"));
        reading.counted(at, count.and_then(|count| count.trim().parse().ok()));
        return Ok(());
    }
    let place = reading.gather.place(at);
    let record = if cells.len() == columns.len() {
        let values = columns.iter().zip(cells);
        let held = |(key, cell): (&Key, &[u8])| Some((*key, value(*key, cell)?));
        record(&place, false, values.filter_map(held))
    } else {
        // Where a comma is missing or too many, no cell is known to be in its column.
        Record::Nobody(format!(
            "{place}: has {} cells where the header has {}; a comma in a cell needs quotes around it",
            cells.len(),
            columns.len()
        ))
    };
    reading.gather.add(at, record)
}

/// The value of a cell; an empty one is absent.
fn value(key: Key, cell: &[u8]) -> Option<Held> {
    if cell.is_empty() {
        return None;
    }
    let Ok(text) = std::str::from_utf8(cell) else {
        return Some(Err("is no text in UTF-8".to_owned()));
    };
    Some(Ok(match key {
        Key::Enabled if text.eq_ignore_ascii_case("true") => Value::Bool(true),
        Key::Enabled if text.eq_ignore_ascii_case("false") => Value::Bool(false),
        key if is_list(key) => {
            let items = text.split(LIST_SEPARATOR).map(str::trim);
            items
                .filter(|item| !item.is_empty())
                .map(Value::from)
                .collect()
        }
        _ => Value::from(text),
    }))
}

fn line(cells: &ByteRecord) -> usize {
    cells
        .position()
        .map_or(0, |position| position.line() as usize)
}

fn is_count(cells: &ByteRecord) -> bool {
    cells.len() == 1
        && cells
            .get(0)
            .is_some_and(|cell| cell.starts_with(COUNT_MARK))
}

/// A quote that is never closed reaches over the last line break.
fn is_closed(cells: &ByteRecord) -> bool {
    let last = cells.iter().next_back().unwrap_or_default();
    !last.contains(&b'\n')
}

/// Counts what is read, and notices a record that does not end.
struct Watched<R> {
    input: R,
    bytes: u64,
    /// How much was read since the last record.
    since: u64,
    last: Option<u8>,
}

impl<R> Watched<R> {
    fn new(input: R) -> Self {
        Self {
            input,
            bytes: 0,
            since: 0,
            last: None,
        }
    }

    fn is_too_long(&self) -> bool {
        self.since > MAX_LINE_BYTES
    }

    fn ends_with_line_break(&self) -> bool {
        matches!(self.last, Some(b'\n' | b'\r'))
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_too_long() {
            return Err(io::Error::other("a record is too long"));
        }
        let read = self.input.read(buffer)?;
        self.bytes += read as u64;
        self.since += read as u64;
        let filled = buffer.get(..read).unwrap_or_default();
        self.last = filled.last().copied().or(self.last);
        Ok(read)
    }
}
