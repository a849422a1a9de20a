//! A sequence in the order of insertion that finds its k-th element without counting up to it.
//!
//! Slots are never moved by a removal; a Fenwick tree over them counts the living, so the k-th one is
//! found in logarithmic time. When too many slots are dead the sequence is compacted, which costs each
//! removal a constant on average.

/// Below this many slots a compaction is not worth it.
const COMPACT_FROM: usize = 64;

/// The sequence. A [`Slot`] stays valid until [`Order::remove`] says that slots have moved.
#[derive(Debug, Clone)]
pub(super) struct Order<T> {
    slots: Vec<Option<T>>,
    /// Entry `i` counts the living among the slots that the Fenwick tree's node `i + 1` covers.
    tree: Vec<usize>,
    living: usize,
}

/// Where an element lies.
pub(super) type Slot = usize;

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            tree: Vec::new(),
            living: 0,
        }
    }
}

impl<T> Order<T> {
    pub(super) fn len(&self) -> usize {
        self.living
    }

    /// How many slots there are, the dead ones among them.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&T> {
        self.slots.get(slot)?.as_ref()
    }

    /// The element to change in its place.
    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// Replaces an element in its place; nothing happens where there is none.
    pub(super) fn replace(&mut self, slot: Slot, value: T) {
        if let Some(held) = self.slots.get_mut(slot)
            && held.is_some()
        {
            *held = Some(value);
        }
    }

    /// Appends an element.
    pub(super) fn push(&mut self, value: T) -> Slot {
        self.slots.push(Some(value));
        self.living += 1;
        let node = self.slots.len();
        // A node covers the lowest set bit's worth of slots: itself and the nodes that it adopts.
        let mut count = 1;
        let mut child = node - 1;
        while child > node - lowest_bit(node) {
            count += self.tree.get(child - 1).copied().unwrap_or(0);
            child -= lowest_bit(child);
        }
        self.tree.push(count);
        node - 1
    }

    /// Takes an element out. `true` where the slots of the others have moved, so that every index over
    /// them has to be made anew.
    pub(super) fn remove(&mut self, slot: Slot) -> (Option<T>, bool) {
        let Some(value) = self.slots.get_mut(slot).and_then(Option::take) else {
            return (None, false);
        };
        self.living -= 1;
        let mut node = slot + 1;
        while let Some(count) = self.tree.get_mut(node - 1) {
            *count -= 1;
            node += lowest_bit(node);
        }
        let crowded = self.slots.len() >= COMPACT_FROM && self.living * 2 < self.slots.len();
        if crowded {
            self.compact();
        }
        (Some(value), crowded)
    }

    /// The living elements from the `k`-th on (from 0), with their slots.
    pub(super) fn starting_at(&self, k: usize) -> impl Iterator<Item = (Slot, &T)> {
        let first = self.slot_of(k);
        self.slots
            .iter()
            .enumerate()
            .skip(first)
            .filter_map(|(slot, value)| Some((slot, value.as_ref()?)))
    }

    /// The slot of the `k`-th living element, or the end.
    pub(super) fn slot_of(&self, k: usize) -> Slot {
        if k >= self.living {
            return self.slots.len();
        }
        let mut before = 0;
        let mut wanted = k;
        let mut step = self.slots.len().checked_ilog2().map_or(0, |bits| 1 << bits);
        while step > 0 {
            let node = before + step;
            if let Some(count) = self.tree.get(node - 1)
                && *count <= wanted
            {
                wanted -= count;
                before = node;
            }
            step /= 2;
        }
        before
    }

    fn compact(&mut self) {
        let slots = std::mem::take(&mut self.slots);
        *self = Self::default();
        for value in slots.into_iter().flatten() {
            self.push(value);
        }
    }
}

fn lowest_bit(number: usize) -> usize {
    number & number.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is pushed and removed, every position gives what a plain vector gives.
        #[test]
        fn agrees_with_a_vector(steps in proptest::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 0..400)) {
            let mut order = Order::default();
            let mut model: Vec<usize> = Vec::new();
            for (number, (push, which)) in steps.into_iter().enumerate() {
                if push || model.is_empty() {
                    order.push(number);
                    model.push(number);
                } else {
                    let at = which.index(model.len());
                    let (slot, _) = order.starting_at(at).next().unwrap();
                    let expected = model.remove(at);
                    prop_assert_eq!(order.remove(slot).0, Some(expected));
                }
                prop_assert_eq!(order.len(), model.len());
            }
            for k in 0..=model.len() + 1 {
                let seen: Vec<usize> = order.starting_at(k).map(|(_, value)| *value).collect();
                prop_assert_eq!(&seen[..], model.get(k..).unwrap_or_default());
            }
        }
    }

    #[test]
    fn tells_when_slots_have_moved() {
        let mut order = Order::default();
        for number in 0..COMPACT_FROM {
            order.push(number);
        }
        let moved: Vec<usize> = (0..COMPACT_FROM)
            .filter(|slot| order.remove(*slot).1)
            .collect();
        assert_eq!(moved, [COMPACT_FROM / 2]);
    }
}
