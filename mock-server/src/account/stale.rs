//! Users whom reads show as they were before a write, for a while: eventual consistency, which a fault asks
//! for.

use std::sync::Arc;

use jiff::Timestamp;

use super::roster::{Stored, fold};

/// How many users are stale at once; the oldest is shown as it is for another.
const MAX_STALE: usize = 1_000;

/// The stale users of an account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stale(Vec<One>);

#[derive(Debug, Clone)]
struct One {
    id: Box<str>,
    /// `None`: there was nobody.
    before: Option<Arc<Stored>>,
    reads_left: Option<u32>,
    until: Option<Timestamp>,
}

/// What a read sees of a user.
#[derive(Debug, Clone)]
pub(crate) enum Seen {
    /// Who they are.
    Now,
    /// Who they were; `None`: nobody.
    Before(Option<Arc<Stored>>),
}

impl Stale {
    /// Lets reads show a user as before, so many times or until an instant.
    pub(crate) fn note(
        &mut self,
        id: &str,
        before: Option<Arc<Stored>>,
        reads: Option<u32>,
        until: Option<Timestamp>,
    ) {
        self.0.retain(|one| *one.id != *id);
        if self.0.len() >= MAX_STALE {
            self.0.remove(0);
        }
        self.0.push(One {
            id: id.into(),
            before,
            reads_left: reads,
            until,
        });
    }

    /// Who is stale, as they are noted.
    pub(crate) fn all(
        &self,
    ) -> impl Iterator<Item = (&str, Option<&Stored>, Option<u32>, Option<Timestamp>)> {
        let noted = self.0.iter();
        noted.map(|one| (&*one.id, one.before.as_deref(), one.reads_left, one.until))
    }

    /// Lets reads show everybody as they are.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a read of an id sees; counts it.
    pub(crate) fn see(&mut self, id: &str, now: Timestamp) -> Seen {
        self.see_which(|one| *one.id == *id, now)
    }

    /// What a look-up by address sees of who had it before; counts it.
    pub(crate) fn see_name(&mut self, name: &str, now: Timestamp) -> Seen {
        let name = fold(name);
        let had = |one: &One| {
            let before = one.before.as_ref();
            before.is_some_and(|before| fold(&before.user.user_name) == name)
        };
        self.see_which(had, now)
    }

    fn see_which(&mut self, which: impl Fn(&One) -> bool, now: Timestamp) -> Seen {
        self.0.retain(|one| {
            one.until.is_none_or(|until| now < until) && one.reads_left.is_none_or(|left| left > 0)
        });
        let Some(one) = self.0.iter_mut().find(|one| which(one)) else {
            return Seen::Now;
        };
        if let Some(left) = one.reads_left.as_mut() {
            *left -= 1;
        }
        Seen::Before(one.before.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_is_forgotten_is_shown_as_it_is() {
        let mut stale = Stale::default();
        stale.note("a", None, Some(2), None);
        stale.forget();
        assert!(matches!(stale.see("a", at(0)), Seen::Now));
    }

    #[test]
    fn so_many_reads_are_stale_and_no_more() {
        let mut stale = Stale::default();
        stale.note("a", None, Some(2), None);
        assert!(matches!(stale.see("b", at(0)), Seen::Now));
        assert!(matches!(stale.see("a", at(0)), Seen::Before(None)));
        assert!(matches!(stale.see("a", at(0)), Seen::Before(None)));
        assert!(matches!(stale.see("a", at(0)), Seen::Now));
        assert!(stale.is_empty());
    }

    #[test]
    fn reads_are_stale_until_an_instant() {
        let mut stale = Stale::default();
        stale.note("a", None, None, Some(at(10)));
        assert!(matches!(stale.see("a", at(9)), Seen::Before(None)));
        assert!(matches!(stale.see("a", at(10)), Seen::Now));
    }
}
