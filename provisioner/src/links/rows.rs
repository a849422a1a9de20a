//! What is remembered as rows of one table: what of, whose, and what.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::{Fact, Intent, Link, LinksError, Memory, Remembered, Seen};
use crate::digest;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Link,
    Seen,
    Intent,
    Fact,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Link, Self::Seen, Self::Intent, Self::Fact];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Seen => "seen",
            Self::Intent => "intent",
            Self::Fact => "fact",
        }
    }

    /// The column that an index is over: as long as any other, however long the key.
    fn id(self, key: &str) -> String {
        digest::of(&(self.name(), key))
    }
}

/// Changes as columns.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// Which rows are gone.
    pub(super) gone: Vec<String>,
    /// Which rows are there with these values from now on.
    pub(super) ids: Vec<String>,
    pub(super) kinds: Vec<String>,
    pub(super) keys: Vec<String>,
    pub(super) values: Vec<String>,
}

impl Columns {
    pub(super) fn of(changes: Vec<Memory>) -> Result<Self, serde_json::Error> {
        let mut columns = Self::default();
        for ((kind, key), value) in last(changes)? {
            let id = kind.id(&key);
            match value {
                None => columns.gone.push(id),
                Some(value) => {
                    columns.ids.push(id);
                    columns.kinds.push(kind.name().to_owned());
                    columns.keys.push(key);
                    columns.values.push(value);
                }
            }
        }
        Ok(columns)
    }
}

/// What rows are from now on, by kind and key; `None` where they are gone. Of several changes of one row the last
/// counts: a statement changes a row once.
pub(super) fn last(
    changes: Vec<Memory>,
) -> Result<BTreeMap<(Kind, String), Option<String>>, serde_json::Error> {
    let rows = changes.into_iter().map(row);
    rows.map(|row| row.map(|(kind, key, value)| ((kind, key), value)))
        .collect()
}

fn row(change: Memory) -> Result<(Kind, String, Option<String>), serde_json::Error> {
    Ok(match change {
        Memory::Link(link) => {
            let json = serde_json::to_string(&link)?;
            (Kind::Link, link.user.into(), Some(json))
        }
        Memory::Unlink(user) => (Kind::Link, user.into(), None),
        Memory::Seen(user, seen) => {
            let json = serde_json::to_string(&seen)?;
            (Kind::Seen, user.into(), Some(json))
        }
        Memory::Unsee(user) => (Kind::Seen, user.into(), None),
        Memory::Intend(intent) => {
            let json = serde_json::to_string(&intent)?;
            (Kind::Intent, intent.user.into(), Some(json))
        }
        Memory::Settled(user) => (Kind::Intent, user.into(), None),
        Memory::Fact(fact, value) => (Kind::Fact, fact.name().to_owned(), value),
    })
}

/// What is remembered, row by row. A map that is made of all its entries at once takes half the room of one that
/// has grown.
#[derive(Default)]
pub(super) struct Rows {
    links: Vec<(CompactString, Link)>,
    seen: Vec<(CompactString, Seen)>,
    intents: Vec<(CompactString, Intent)>,
    facts: Vec<(Fact, String)>,
}

impl Rows {
    /// Takes a row in.
    pub(super) fn take(
        &mut self,
        place: &str,
        kind: &str,
        key: &str,
        value: String,
    ) -> Result<(), LinksError> {
        let damaged = |error: serde_json::Error| LinksError::damaged(place, &error);
        let Some(known) = Kind::ALL.into_iter().find(|known| known.name() == kind) else {
            let reason = format!("an entry of the unknown kind `{kind}`");
            return Err(LinksError::foreign(place, reason));
        };
        match known {
            Kind::Link => {
                let link = serde_json::from_str(&value).map_err(damaged)?;
                self.links.push((key.into(), link));
            }
            Kind::Seen => {
                let seen = serde_json::from_str(&value).map_err(damaged)?;
                self.seen.push((key.into(), seen));
            }
            Kind::Intent => {
                let intent = serde_json::from_str(&value).map_err(damaged)?;
                self.intents.push((key.into(), intent));
            }
            Kind::Fact => self
                .facts
                .extend(Fact::parse(key).map(|fact| (fact, value))),
        }
        Ok(())
    }

    /// All of them.
    pub(super) fn remembered(self) -> Remembered {
        Remembered {
            links: self.links.into_iter().collect(),
            seen: self.seen.into_iter().collect(),
            intents: self.intents.into_iter().collect(),
            facts: self.facts.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_changes_of_one_row_the_last_counts() {
        let fact = |value: Option<&str>| Memory::Fact(Fact::Settings, value.map(str::to_owned));
        let gone = |text: &str| Memory::Unlink(text.into());
        let columns = |changes| Columns::of(changes).unwrap_or_default();
        let both = columns(vec![fact(Some("a")), gone("u"), fact(Some("b")), gone("u")]);
        assert_eq!(both.values, ["b"]);
        assert_eq!(both.gone.len(), 1);
        let none = columns(vec![fact(Some("a")), fact(None)]);
        assert_eq!((none.values.len(), none.gone.len()), (0, 1));
    }

    #[test]
    fn rows_of_two_kinds_and_one_key_are_two() {
        assert_ne!(Kind::Link.id("u"), Kind::Seen.id("u"));
        assert_eq!(Kind::Link.id(&"é".repeat(1024)).len(), 64);
    }
}
