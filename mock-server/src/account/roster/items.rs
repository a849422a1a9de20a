//! What lists show, side by side: a page of a hundred among a million users comes from memory that nobody has read
//! lately, and to fetch it from a hundred places costs more than the rest of the request.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::super::order::{Order, Slot};

/// How many neighbours lie side by side, and are rendered anew once one of them has changed.
const NEIGHBOURS: usize = 64;

/// The rendered items of an [`Order`], made when they are first listed.
#[derive(Debug, Clone, Default)]
pub(super) struct Items(BTreeMap<usize, Block>);

/// Items as they stand in a JSON array.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// One or more items each, with commas between them.
    pub(crate) pieces: Vec<Bytes>,
    /// How many items there are.
    pub(crate) count: usize,
}

impl Page {
    fn push(&mut self, (piece, count): (Bytes, usize)) {
        if count > 0 {
            self.pieces.push(piece);
            self.count += count;
        }
    }
}

impl FromIterator<Bytes> for Page {
    /// A page of one item a piece.
    fn from_iter<I: IntoIterator<Item = Bytes>>(items: I) -> Self {
        let pieces: Vec<Bytes> = items.into_iter().collect();
        let count = pieces.len();
        Self { pieces, count }
    }
}

impl Items {
    /// Who lies there has come, has changed or has gone.
    pub(super) fn forget(&mut self, slot: Slot) {
        self.0.remove(&(slot / NEIGHBOURS));
    }

    /// Slots have moved.
    pub(super) fn forget_all(&mut self) {
        self.0.clear();
    }

    /// A page of an order, from its `position`-th element on (from 0).
    pub(super) fn page<T>(
        &mut self,
        order: &Order<T>,
        position: usize,
        count: usize,
        render: impl Fn(&T) -> Vec<u8>,
    ) -> Page {
        let mut page = Page::default();
        let mut slot = order.slot_of(position);
        while page.count < count && slot < order.slots() {
            let number = slot / NEIGHBOURS;
            let neighbours = number * NEIGHBOURS..order.slots().min((number + 1) * NEIGHBOURS);
            let block = self.0.entry(number).or_insert_with(|| {
                let elements = neighbours.clone().map(|slot| order.get(slot));
                Block::new(elements, &render)
            });
            page.push(block.piece(slot - neighbours.start, count - page.count));
            slot = neighbours.end;
        }
        page
    }
}

/// The items of neighbours, one after the other, with commas between them.
#[derive(Debug, Clone)]
struct Block {
    bytes: Bytes,
    /// Where the item of each slot ends; where nobody lies, the end of the one before.
    ends: Box<[usize]>,
}

impl Block {
    fn new<'a, T: 'a>(
        elements: impl Iterator<Item = Option<&'a T>>,
        render: impl Fn(&T) -> Vec<u8>,
    ) -> Self {
        let mut bytes = Vec::new();
        let ends = elements
            .map(|element| {
                if let Some(element) = element {
                    if !bytes.is_empty() {
                        bytes.push(b',');
                    }
                    bytes.extend(render(element));
                }
                bytes.len()
            })
            .collect();
        bytes.shrink_to_fit();
        Self {
            bytes: bytes.into(),
            ends,
        }
    }

    /// At most so many items of a slot and those behind it; gives how many they are.
    fn piece(&self, slot: usize, most: usize) -> (Bytes, usize) {
        let starts = std::iter::once(&0).chain(&self.ends);
        let living = starts
            .zip(&self.ends)
            .skip(slot)
            .filter(|(start, end)| start < end)
            .take(most);
        let count = living.clone().count();
        let (Some((start, _)), Some((_, end))) = (living.clone().next(), living.last()) else {
            return (Bytes::new(), 0);
        };
        let comma = usize::from(*start > 0);
        (self.bytes.slice(start + comma..*end), count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Push,
        Remove(prop::sample::Index),
        Replace(prop::sample::Index),
        Page(prop::sample::Index, usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => Just(Step::Push),
            1 => any::<prop::sample::Index>().prop_map(Step::Remove),
            1 => any::<prop::sample::Index>().prop_map(Step::Replace),
            2 => (any::<prop::sample::Index>(), 0..150usize).prop_map(|(from, count)| Step::Page(from, count)),
        ]
    }

    proptest! {
        /// Whatever has changed between, a page shows what the order holds now.
        #[test]
        fn a_page_shows_what_is_there(steps in proptest::collection::vec(step(), 0..600)) {
            let (mut order, mut items) = (Order::default(), Items::default());
            for (number, step) in steps.into_iter().enumerate() {
                let slot_at = |order: &Order<usize>, at: prop::sample::Index| {
                    let living: Vec<Slot> = order.starting_at(0).map(|(slot, _)| slot).collect();
                    (!living.is_empty()).then(|| living[at.index(living.len())])
                };
                match step {
                    Step::Push => items.forget(order.push(number)),
                    Step::Remove(at) => {
                        if let Some(slot) = slot_at(&order, at) {
                            items.forget(slot);
                            if order.remove(slot).1 {
                                items.forget_all();
                            }
                        }
                    }
                    Step::Replace(at) => {
                        if let Some(slot) = slot_at(&order, at) {
                            items.forget(slot);
                            order.replace(slot, number);
                        }
                    }
                    Step::Page(from, count) => {
                        let from = from.index(order.len() + 2);
                        let page = items.page(&order, from, count, |element| element.to_string().into());
                        let there: Vec<String> = order
                            .starting_at(from)
                            .take(count)
                            .map(|(_, element)| element.to_string())
                            .collect();
                        prop_assert_eq!(page.count, there.len());
                        let pieces: Vec<&str> =
                            page.pieces.iter().map(|piece| std::str::from_utf8(piece).unwrap()).collect();
                        prop_assert_eq!(pieces.join(","), there.join(","));
                    }
                }
            }
        }
    }
}
