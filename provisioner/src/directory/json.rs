//! JSON: an array of users. The closing bracket says that it is whole.

use std::fmt;
use std::io::Read;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::DirectoryError;
use super::file::{BYTE_ORDER_MARK, Reading};
use super::limits::MAX_FILE_BYTES;
use super::record::{Held, MAX_KEY_CHARS, Record, key, record, remedy};

/// The keys and values of a JSON object in their order, none lost.
pub(super) struct Pairs<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// Reads a whole file: either all of it is JSON, or none of it is used.
pub(super) fn read(reading: &mut Reading<'_>, mut input: impl Read) -> Result<(), DirectoryError> {
    let mut bytes = Vec::new();
    input
        .read_to_end(&mut bytes)
        .map_err(|error| reading.file.failed(error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(reading.file.too_large());
    }
    let path = &reading.file.path;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let (line, column) = position(error.as_bytes().get(..valid).unwrap_or_default());
        DirectoryError::NotText {
            path: path.clone(),
            line,
            column,
        }
    })?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
    let users: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| {
        let (path, line, column) = (path.clone(), error.line(), error.column());
        if error.is_eof() {
            return DirectoryError::CutOff { path, line, column };
        }
        DirectoryError::Format {
            path,
            line,
            column,
            message: format!("{}; a directory is an array of users", words(&error)),
        }
    })?;
    reading.saw_the_end();
    let mut line = 1;
    let mut counted = 0;
    for (index, user) in users.into_iter().enumerate() {
        let begin = user.get().as_ptr().addr() - text.as_ptr().addr();
        let between = text.as_bytes().get(counted..begin).unwrap_or_default();
        line += between.iter().filter(|byte| **byte == b'\n').count();
        counted = begin;
        let at = index + 1;
        let place = format!("{} (line {line})", reading.gather.place(at));
        let record = match serde_json::from_str::<Pairs<'_>>(user.get()) {
            Ok(pairs) => object(&place, false, pairs)?,
            Err(error) => Record::Nobody(format!("{place}: {}", words(&error))),
        };
        reading.gather.add(at, record)?;
    }
    Ok(())
}

/// Makes a record of an object.
pub(super) fn object(place: &str, lossy: bool, pairs: Pairs<'_>) -> Result<Record, DirectoryError> {
    let mut values = Vec::with_capacity(pairs.0.len());
    for (name, value) in pairs.0 {
        let Some(key) = key(&name) else {
            return Err(DirectoryError::UnknownKey {
                place: place.to_owned(),
                remedy: remedy(&name),
                key: name.chars().take(MAX_KEY_CHARS).collect(),
            });
        };
        values.push((key, held(value)));
    }
    Ok(record(place, lossy, values))
}

/// A value, which may be one that JSON allows and nobody can read: half a character, or nested too deeply.
fn held(value: &RawValue) -> Held {
    serde_json::from_str::<Value>(value.get())
        .map_err(|error| format!("is not readable: {}", words(&error)))
}

/// What is wrong, without the place, which is told otherwise.
pub(super) fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

/// The line and column behind a text.
fn position(before: &[u8]) -> (usize, usize) {
    let mut line = 1;
    let mut column = 1;
    for byte in before {
        if *byte == b'\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    (line, column)
}
