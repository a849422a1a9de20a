//! Covering arrays: rows in which every three values of three factors that may meet do meet.
//!
//! Pure and deterministic: the same shape has the same rows. One triple after another that is not covered yet gets a
//! row, and each value that is left is the one that covers most with those that stand already.

/// The factors by how many values each has, and which two values never meet.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    /// How many values each factor has.
    pub sizes: &'a [usize],
    /// Whether two values, each with its factor before it, may not meet. The factors are told in their order.
    pub forbids: &'a dyn Fn(Value, Value) -> bool,
}

/// A factor and one of its values, both from 0.
pub type Value = (usize, usize);

/// A value for each factor, in their order.
pub type Row = Vec<usize>;

/// Rows that cover every triple that can be. A value that no row could have is in none.
#[must_use]
pub fn rows(shape: Shape<'_>) -> Vec<Row> {
    let mut open = Open::all(shape);
    let mut uses: Vec<Vec<usize>> = shape.sizes.iter().map(|size| vec![0; *size]).collect();
    let mut rows = Vec::new();
    for [first, second, third] in by_size(shape.sizes) {
        let size = |factor: usize| shape.sizes.get(factor).copied().unwrap_or(0);
        for one in 0..size(first) {
            for two in 0..size(second) {
                for three in 0..size(third) {
                    let seed = [(first, one), (second, two), (third, three)];
                    if !open.has(seed) {
                        continue;
                    }
                    let row = completed(shape, seed, &open, &uses);
                    open.close(&row);
                    for (factor, value) in row.iter().enumerate() {
                        if let Some(times) = uses.get_mut(factor).and_then(|of| of.get_mut(*value))
                        {
                            *times += 1;
                        }
                    }
                    rows.push(row);
                }
            }
        }
    }
    rows
}

/// The triples of factors, those with the most triples of values first.
fn by_size(sizes: &[usize]) -> Vec<[usize; 3]> {
    let mut triples: Vec<[usize; 3]> = Vec::new();
    for first in 0..sizes.len() {
        for second in first + 1..sizes.len() {
            triples.extend((second + 1..sizes.len()).map(|third| [first, second, third]));
        }
    }
    let many = |triple: &[usize; 3]| -> usize {
        let sizes = triple.iter().filter_map(|factor| sizes.get(*factor));
        sizes.product()
    };
    triples.sort_by_key(|triple| std::cmp::Reverse(many(triple)));
    triples
}

/// The seed with a value for each other factor, the factors with many values first.
fn completed(shape: Shape<'_>, seed: [Value; 3], open: &Open, uses: &[Vec<usize>]) -> Row {
    let mut chosen: Vec<Value> = seed.to_vec();
    let mut left: Vec<usize> = (0..shape.sizes.len())
        .filter(|factor| seed.iter().all(|(seeded, _)| seeded != factor))
        .collect();
    left.sort_by_key(|factor| std::cmp::Reverse(shape.sizes.get(*factor)));
    for factor in left {
        let size = shape.sizes.get(factor).copied().unwrap_or(0);
        let may_be = |value: &usize| {
            let forbidden = |other: &Value| shape.forbid(*other, (factor, *value));
            !chosen.iter().any(forbidden)
        };
        let used = |value: usize| uses.get(factor).and_then(|of| of.get(value)).copied();
        let best = (0..size).filter(may_be).max_by_key(|value| {
            let gain = open.gain(&chosen, (factor, *value));
            // Of equals the least used one, and of those the first.
            (gain, std::cmp::Reverse((used(*value), *value)))
        });
        chosen.push((factor, best.unwrap_or(0)));
    }
    chosen.sort_unstable();
    chosen.into_iter().map(|(_, value)| value).collect()
}

impl Shape<'_> {
    fn forbid(&self, one: Value, other: Value) -> bool {
        (self.forbids)(one.min(other), one.max(other))
    }
}

/// The triples that are not covered yet.
struct Open {
    /// The place of a factor's first value among all values.
    starts: Vec<usize>,
    values: usize,
    is_open: Vec<bool>,
}

impl Open {
    fn all(shape: Shape<'_>) -> Self {
        let mut values = 0;
        let mut starts = Vec::new();
        for size in shape.sizes {
            starts.push(values);
            values += size;
        }
        let mut open = Self {
            starts,
            values,
            is_open: vec![false; values * values * values],
        };
        let all: Vec<Value> = shape
            .sizes
            .iter()
            .enumerate()
            .flat_map(|(factor, size)| (0..*size).map(move |value| (factor, value)))
            .collect();
        for (at, one) in all.iter().enumerate() {
            for (nth, two) in all.iter().enumerate().skip(at + 1) {
                if one.0 == two.0 || shape.forbid(*one, *two) {
                    continue;
                }
                for three in all.iter().skip(nth + 1) {
                    let may_meet = two.0 != three.0
                        && !shape.forbid(*one, *three)
                        && !shape.forbid(*two, *three);
                    if may_meet {
                        open.set([*one, *two, *three], true);
                    }
                }
            }
        }
        open
    }

    /// The place of a triple, whatever the order of its values.
    fn place(&self, mut triple: [Value; 3]) -> usize {
        triple.sort_unstable();
        triple.iter().fold(0, |place, (factor, value)| {
            place * self.values + self.starts.get(*factor).copied().unwrap_or(0) + value
        })
    }

    fn has(&self, triple: [Value; 3]) -> bool {
        self.is_open.get(self.place(triple)).copied() == Some(true)
    }

    fn set(&mut self, triple: [Value; 3], is_open: bool) {
        let place = self.place(triple);
        if let Some(open) = self.is_open.get_mut(place) {
            *open = is_open;
        }
    }

    /// How many open triples a value makes with those that are chosen.
    fn gain(&self, chosen: &[Value], value: Value) -> usize {
        let pairs = chosen.iter().enumerate().flat_map(|(at, one)| {
            let others = chosen.iter().skip(at + 1);
            others.map(move |two| [*one, *two, value])
        });
        pairs.filter(|triple| self.has(*triple)).count()
    }

    fn close(&mut self, row: &[usize]) {
        let values: Vec<Value> = row.iter().copied().enumerate().collect();
        for (at, one) in values.iter().enumerate() {
            for (nth, two) in values.iter().enumerate().skip(at + 1) {
                for three in values.iter().skip(nth + 1) {
                    self.set([*one, *two, *three], false);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(rows: &[Row], triple: [Value; 3]) -> bool {
        let fits = |row: &Row| triple.iter().all(|(factor, value)| row[*factor] == *value);
        rows.iter().any(fits)
    }

    #[test]
    fn every_triple_that_may_meet_does_and_no_other() {
        let sizes = [2, 5, 3, 2, 4];
        let forbids = |one: Value, two: Value| one == (1, 4) && two.0 == 4 && two.1 > 0;
        let shape = Shape {
            sizes: &sizes,
            forbids: &forbids,
        };
        let made = rows(shape);
        assert_eq!(made, rows(shape));
        for [a, b, c] in by_size(&sizes) {
            for x in 0..sizes[a] {
                for y in 0..sizes[b] {
                    for z in 0..sizes[c] {
                        let triple = [(a, x), (b, y), (c, z)];
                        let pairs = [(0, 1), (0, 2), (1, 2)];
                        let forbidden = pairs.iter().any(|(i, j)| forbids(triple[*i], triple[*j]));
                        assert_eq!(has(&made, triple), !forbidden, "{triple:?}");
                    }
                }
            }
        }
        assert!(made.len() >= 5 * 4 * 3 - 3 * 3, "{}", made.len());
        assert!(made.len() < 2 * 5 * 4 * 3, "{}", made.len());
    }

    #[test]
    fn of_two_factors_there_are_no_triples() {
        let none = |_: Value, _: Value| false;
        for sizes in [&[][..], &[3], &[3, 2]] {
            let shape = Shape {
                sizes,
                forbids: &none,
            };
            assert!(rows(shape).is_empty());
        }
    }
}
