//! The rows as they are kept: a line names the effect and its phase, those below it have a row a word.
//!
//! A word has a digit for each other factor, in their order, to the base of 36.

use std::fmt::Write as _;

use super::super::covering::{Row, Shape, Value, rows};
use super::super::fault::{OPERATIONS, fault_kinds};
use super::{Array, FACTORS, Factor, effects};

/// The rows, as `UPDATE_ARRAYS=1 cargo test -p conformance arrays` writes them.
pub const ROWS: &str = include_str!("rows.txt");

/// What a line begins with that names an effect.
const EFFECT: &str = "= ";
/// How many rows are on a line.
const A_LINE: usize = 7;
const BASE: u32 = 36;

/// The rows as scenarios' makings, in the order of the file, and one more for each legal fault. What no longer exists in the catalogue of faults is left
/// out.
#[must_use]
pub fn arrays() -> Vec<Array> {
    let (effects, kinds) = (effects(), fault_kinds());
    let rows = read(ROWS).into_iter();
    rows.filter_map(|row| Array::of(&row, &effects, &kinds))
        .chain(kinds.iter().cloned().map(Array::with))
        .collect()
}

/// The rows made anew, as the file has them.
#[must_use]
pub fn written() -> String {
    let effects = effects();
    let kinds = fault_kinds();
    let is_legal = |effect: usize, operation: usize| {
        let operation = OPERATIONS
            .get(operation)
            .map(|operation| operation.as_str());
        kinds.iter().any(|kind| {
            effects.get(effect) == Some(&(kind.effect, kind.phase))
                && Some(kind.operation) == operation
        })
    };
    let legal: Vec<Vec<bool>> = (0..effects.len())
        .map(|effect| {
            let operations = 0..OPERATIONS.len();
            operations
                .map(|operation| is_legal(effect, operation))
                .collect()
        })
        .collect();
    let forbids = |(one, effect): Value, (other, operation): Value| {
        let pair = (FACTORS.get(one), FACTORS.get(other));
        let is_pair = pair == (Some(&Factor::Effect), Some(&Factor::Operation));
        let legal = || legal.get(effect).and_then(|of| of.get(operation)).copied();
        is_pair && legal() != Some(true)
    };
    let made = rows(Shape {
        sizes: &FACTORS.map(Factor::size),
        forbids: &forbids,
    });
    let mut text = String::new();
    for (effect, (name, phase)) in effects.iter().enumerate() {
        let _ = writeln!(text, "{EFFECT}{name} {}", phase.as_str());
        let words: Vec<String> = made
            .iter()
            .filter(|row| value(row, Factor::Effect) == Some(effect))
            .map(word)
            .collect();
        for line in words.chunks(A_LINE) {
            let _ = writeln!(text, "{}", line.join(" "));
        }
    }
    text
}

fn value(row: &Row, factor: Factor) -> Option<usize> {
    let place = FACTORS.iter().position(|other| *other == factor)?;
    row.get(place).copied()
}

fn word(row: &Row) -> String {
    let others = FACTORS.iter().zip(row);
    let others = others.filter(|(factor, _)| **factor != Factor::Effect);
    others
        .filter_map(|(_, value)| char::from_digit(u32::try_from(*value).ok()?, BASE))
        .collect()
}

/// The rows of a text. An effect that there is not has no rows.
fn read(text: &str) -> Vec<Row> {
    let effects = effects();
    let mut effect = None;
    let mut rows = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix(EFFECT) {
            effect = effects
                .iter()
                .position(|(effect, phase)| name == format!("{effect} {}", phase.as_str()));
            continue;
        }
        let Some(effect) = effect else { continue };
        for word in line.split(' ') {
            let mut digits = word.chars().filter_map(|digit| digit.to_digit(BASE));
            let row = FACTORS.iter().filter_map(|factor| match factor {
                Factor::Effect => Some(effect),
                _ => digits.next().and_then(|digit| usize::try_from(digit).ok()),
            });
            rows.push(row.collect());
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_as_it_is_written() {
        let row: Row = vec![0, 1, 0, 1, 0, 1, 11, 5, 3, 6, 3, 2, 3, 1, 2];
        let (name, phase) = effects()[3];
        let text = format!(
            "= {name} {}\n{} {}\n",
            phase.as_str(),
            word(&row),
            word(&row)
        );
        assert_eq!(read(&text), [row.clone(), row]);
        assert!(read("= no_such_effect before\n01010").is_empty());
    }

    #[test]
    fn every_row_of_the_file_is_one() {
        assert_eq!(read(ROWS).len() + fault_kinds().len(), arrays().len());
        assert!(arrays().len() >= 67 * 72, "{}", arrays().len());
    }
}
