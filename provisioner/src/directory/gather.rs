//! Gathers records into a directory: each id once, and everything noticed.

use std::collections::{BTreeMap, HashMap};

use compact_str::CompactString;

use super::limits::{MAX_TOLD, MAX_USERS};
use super::record::Record;
use super::{Directory, DirectoryError, DirectoryUser, Refused};
use crate::plan::fold;

/// What a read has found so far.
pub(super) struct Gather {
    /// What the source is called.
    name: String,
    /// What a number stands for, such as `line`.
    unit: &'static str,
    /// Everybody; whoever is refused has an empty record here.
    users: Vec<DirectoryUser>,
    /// Where each was found first.
    places: Vec<usize>,
    /// Who of them is refused.
    refused: BTreeMap<usize, Refused>,
    by_id: HashMap<CompactString, usize>,
    /// How many records there were, whatever became of them.
    records: usize,
    gaps: Told,
    notices: Told,
}

/// The first messages of a kind, and how many more there are.
#[derive(Default)]
struct Told {
    first: Vec<String>,
    more: usize,
}

impl Told {
    fn tell(&mut self, message: String) {
        if self.first.len() < MAX_TOLD {
            self.first.push(message);
        } else {
            self.more += 1;
        }
    }

    fn all(mut self) -> Vec<String> {
        if self.more > 0 {
            self.first
                .push(format!("and {} more of this kind", self.more));
        }
        self.first
    }
}

/// Somebody who was found.
enum Who {
    User(Box<DirectoryUser>),
    Refused(Refused),
}

impl Who {
    fn id(&self) -> &str {
        match self {
            Self::User(user) => &user.id,
            Self::Refused(refused) => &refused.id,
        }
    }
}

impl Gather {
    pub(super) fn new(name: String, unit: &'static str) -> Self {
        Self {
            name,
            unit,
            users: Vec::new(),
            places: Vec::new(),
            refused: BTreeMap::new(),
            by_id: HashMap::new(),
            records: 0,
            gaps: Told::default(),
            notices: Told::default(),
        }
    }

    /// How many records there were.
    pub(super) fn records(&self) -> usize {
        self.records
    }

    /// How many people were found.
    pub(super) fn people(&self) -> usize {
        self.users.len()
    }

    /// The first reason why somebody may be missing.
    pub(super) fn first_gap(&self) -> Option<&str> {
        self.gaps.first.first().map(String::as_str)
    }

    /// A place, for people.
    pub(super) fn place(&self, at: usize) -> String {
        format!("{}, {} {at}", self.name, self.unit)
    }

    /// Why somebody may be missing.
    pub(super) fn gap(&mut self, why: impl Into<String>) {
        self.gaps.tell(why.into());
    }

    /// What else an administrator should know.
    pub(super) fn notice(&mut self, what: String) {
        self.notices.tell(what);
    }

    /// Adds a record of a source in which each id stands once.
    pub(super) fn add(&mut self, at: usize, record: Record) -> Result<(), DirectoryError> {
        let Some(who) = self.counted(record)? else {
            return Ok(());
        };
        match self.by_id.get(who.id()).copied() {
            None => self.hold(at, who),
            Some(index) => self.twice(index, at, &who),
        }
        Ok(())
    }

    /// Adds a record of a source that may change while it is read: what is read last counts. Tells whether
    /// it is somebody new.
    pub(super) fn renew(&mut self, at: usize, record: Record) -> Result<bool, DirectoryError> {
        let Some(who) = self.counted(record)? else {
            return Ok(false);
        };
        match self.by_id.get(who.id()).copied() {
            None => {
                self.hold(at, who);
                Ok(true)
            }
            Some(index) => {
                self.put(index, who);
                Ok(false)
            }
        }
    }

    fn counted(&mut self, record: Record) -> Result<Option<Who>, DirectoryError> {
        self.records += 1;
        if self.records > MAX_USERS {
            return Err(DirectoryError::TooManyUsers {
                name: self.name.clone(),
            });
        }
        Ok(match record {
            Record::User(user) => Some(Who::User(user)),
            Record::Refused(refused) => Some(Who::Refused(refused)),
            Record::Nobody(why) => {
                self.gap(why);
                None
            }
        })
    }

    fn hold(&mut self, at: usize, who: Who) {
        let index = self.users.len();
        self.by_id.insert(who.id().into(), index);
        self.places.push(at);
        self.users.push(nobody());
        self.put(index, who);
    }

    /// Puts somebody in the place of who is there.
    fn put(&mut self, index: usize, who: Who) {
        let Some(user) = self.users.get_mut(index) else {
            return;
        };
        match who {
            Who::User(found) => {
                self.refused.remove(&index);
                *user = *found;
            }
            Who::Refused(refused) => {
                *user = nobody();
                self.refused.insert(index, refused);
            }
        }
    }

    /// Somebody's id, where they were found first, and their username if it can be read.
    fn shown(&self, index: usize) -> (&str, usize, Option<&str>) {
        let at = self.places.get(index).copied().unwrap_or_default();
        match (self.refused.get(&index), self.users.get(index)) {
            (Some(refused), _) => (&refused.id, at, refused.username.as_deref()),
            (None, Some(user)) => (&user.id, at, Some(&user.username)),
            (None, None) => ("", at, None),
        }
    }

    /// F62: two records of one id. The same twice does no harm; which of two different ones is right, nobody
    /// can tell.
    fn twice(&mut self, index: usize, at: usize, again: &Who) {
        let (id, first, username) = self.shown(index);
        let (name, unit) = (&self.name, self.unit);
        let is_same = match again {
            Who::User(again) => self.users.get(index) == Some(&**again),
            Who::Refused(_) => false,
        };
        if is_same {
            let notice = format!(
                "{name}: `{id}` stands in {unit} {first} and {unit} {at} with the same record"
            );
            self.notices.tell(notice);
            return;
        }
        let refused = Refused {
            id: id.into(),
            username: username.map(CompactString::from),
            reason: format!(
                "{name}: {unit} {first} and {unit} {at} both have the id `{id}`, and differ; ids are unique in a directory"
            ),
        };
        self.put(index, Who::Refused(refused));
    }

    /// The directory, complete where there is no gap.
    pub(super) fn finish(mut self) -> Directory {
        self.notice_shared_usernames();
        let mut directory = Directory {
            complete: self.gaps.first.is_empty(),
            gaps: self.gaps.all(),
            notices: self.notices.all(),
            ..Directory::default()
        };
        let mut index = 0;
        self.users.retain(|_| {
            let is_kept = !self.refused.contains_key(&index);
            index += 1;
            is_kept
        });
        self.users.shrink_to_fit();
        directory.users = self.users;
        directory.refused = self.refused.into_values().collect();
        directory
    }

    /// O23 is decided among those in scope; here both are named.
    fn notice_shared_usernames(&mut self) {
        let mut first: HashMap<CompactString, usize> = HashMap::new();
        let mut shared: BTreeMap<CompactString, Vec<usize>> = BTreeMap::new();
        for index in 0..self.users.len() {
            let Some(username) = self.shown(index).2.map(fold) else {
                continue;
            };
            match first.get(&username) {
                None => drop(first.insert(username, index)),
                Some(one) => shared
                    .entry(username)
                    .or_insert_with(|| vec![*one])
                    .push(index),
            }
        }
        for (username, holders) in shared {
            let who = |index| {
                let (id, at, _) = self.shown(index);
                format!("`{id}` ({} {at})", self.unit)
            };
            let holders: Vec<String> = holders.into_iter().take(MAX_TOLD).map(who).collect();
            self.notices.tell(format!(
                "{}: {} have the username `{username}`; one account cannot be for both",
                self.name,
                holders.join(" and ")
            ));
        }
    }
}

/// Stands in the place of somebody who is refused.
fn nobody() -> DirectoryUser {
    DirectoryUser::named(String::new(), String::new())
}
