//! The covering array: its file is what its generator makes, it covers what it says, and ours holds its rows.

use std::collections::BTreeSet;

use conformance::generate::{
    FACTORS, Factor, OPERATIONS, ROWS, arrays, effects, fault_kinds, written,
};
use conformance::machine::is_fair;
use conformance::scenario::{Scenario, Step};

/// The file of the rows, to be written anew.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/generate/array/rows.txt");

#[test]
fn the_file_of_the_arrays_is_what_their_generator_makes() {
    let made = written();
    if std::env::var_os("UPDATE_ARRAYS").is_some() {
        std::fs::write(FILE, &made).unwrap();
    }
    let same = std::fs::read_to_string(FILE).unwrap() == made;
    assert!(
        same,
        "rows.txt is not what the factors make; write it anew: UPDATE_ARRAYS=1 cargo test -p conformance arrays"
    );
}

/// The values of each row, read from the file's text without help of what reads it otherwise.
fn rows() -> Vec<[usize; 15]> {
    let mut effect = usize::MAX;
    let mut rows = Vec::new();
    for line in ROWS.lines() {
        if line.starts_with('=') {
            effect = effect.wrapping_add(1);
            let (name, phase) = effects()[effect];
            assert_eq!(line, format!("= {name} {}", phase.as_str()));
            continue;
        }
        for word in line.split(' ') {
            let values: Vec<usize> = word.bytes().map(digit).collect();
            assert_eq!(values.len(), 14, "{word}");
            let mut row = [effect; 15];
            row[..8].copy_from_slice(&values[..8]);
            row[9..].copy_from_slice(&values[8..]);
            rows.push(row);
        }
    }
    rows
}

fn digit(byte: u8) -> usize {
    let digits = b"0123456789abcdefghijklmnopqrstuvwxyz";
    digits.iter().position(|digit| *digit == byte).unwrap()
}

#[test]
fn every_triple_of_values_that_can_be_is_in_a_row_of_the_arrays() {
    // By the numbers that the factors have, not by what the generator thinks of them.
    let sizes = [2, 2, 2, 2, 2, 2, 12, 6, effects().len(), 7, 4, 3, 4, 2, 3];
    assert_eq!(FACTORS.map(Factor::size), sizes);
    let [effect, operation] = [Factor::Effect, Factor::Operation]
        .map(|factor| FACTORS.iter().position(|other| *other == factor).unwrap());
    let legal: BTreeSet<(usize, usize)> = fault_kinds()
        .iter()
        .map(|kind| {
            let effect = (kind.effect, kind.phase);
            let effect = effects().iter().position(|other| *other == effect).unwrap();
            let named = |other: &mock_server::Operation| other.as_str() == kind.operation;
            (effect, OPERATIONS.iter().position(named).unwrap())
        })
        .collect();
    let rows = rows();
    for (nth, row) in rows.iter().enumerate() {
        for (value, size) in row.iter().zip(sizes) {
            assert!(*value < size, "row {nth}: {row:?}");
        }
        assert!(
            legal.contains(&(row[effect], row[operation])),
            "row {nth}: {row:?}"
        );
    }
    let mut counted = 0;
    for a in 0..15 {
        for b in a + 1..15 {
            for c in b + 1..15 {
                let met: BTreeSet<[usize; 3]> =
                    rows.iter().map(|row| [row[a], row[b], row[c]]).collect();
                let all = sizes[a] * sizes[b] * sizes[c];
                // The one constraint: an effect goes with operations that it can act on.
                let can_be = if [a, b, c].contains(&effect) && [a, b, c].contains(&operation) {
                    all / (sizes[effect] * sizes[operation]) * legal.len()
                } else {
                    all
                };
                assert_eq!(met.len(), can_be, "factors {a}, {b} and {c}");
                counted += met.len();
            }
        }
    }
    assert!(counted > 50_000, "{counted}");
}

#[test]
fn the_arrays_keep_to_what_their_judgement_rests_on() {
    let mut ids = BTreeSet::new();
    for array in arrays().iter().step_by(7) {
        let scenario = array.scenario();
        // Who is deleted and comes back in one go is touched twice, and is one account whatever is done of that.
        assert!(
            is_fair(&scenario) || scenario.id.contains("/recreate/"),
            "{}",
            scenario.id
        );
        assert!(ids.insert(scenario.id.clone()), "{} twice", scenario.id);
        assert!(scenario.limits.page_cap.is_some());
        let json = serde_json::to_string(&scenario).unwrap();
        assert_eq!(serde_json::from_str::<Scenario>(&json).unwrap(), scenario);
        let faults = scenario
            .steps
            .iter()
            .filter(|step| matches!(step, Step::Fault { .. }));
        assert_eq!(faults.count(), 1);
    }
}
