//! What Zoom holds, as far as it was read.

use std::collections::{HashMap, HashSet};

use compact_str::CompactString;

use crate::rule::Attributes;

/// Addresses compare by ASCII case folding and by nothing else.
#[must_use]
pub fn fold(address: &str) -> CompactString {
    let mut folded = CompactString::from(address);
    folded.make_ascii_lowercase();
    folded
}

/// A Zoom user as a read showed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Zoom's id, never empty.
    pub id: CompactString,
    /// The address.
    pub user_name: CompactString,
    /// Whether the account may be used.
    pub active: bool,
    /// The attributes that the read showed and that have a value.
    pub attributes: Attributes,
}

/// The accounts that were read, by id and by address.
#[derive(Debug, Clone, Default)]
pub struct ZoomView {
    by_id: HashMap<CompactString, Account>,
    by_name: HashMap<CompactString, CompactString>,
    whole: HashSet<CompactString>,
    /// Why somebody could not be read, by Zoom's id, the address or the directory's id, folded.
    unread: HashMap<CompactString, String>,
}

impl ZoomView {
    /// Takes an account in, or a later read of one.
    pub fn insert(&mut self, account: Account) {
        if let Some(old) = self.by_id.get(&account.id)
            && fold(&old.user_name) != fold(&account.user_name)
        {
            self.by_name.remove(&fold(&old.user_name));
        }
        self.by_name
            .insert(fold(&account.user_name), account.id.clone());
        self.by_id.insert(account.id.clone(), account);
    }

    /// Takes an account in that was read singly, which shows what no list does.
    pub fn insert_whole(&mut self, account: Account) {
        self.whole.insert(account.id.clone());
        self.insert(account);
    }

    /// Whether an account was read singly.
    #[must_use]
    pub fn is_whole(&self, id: &str) -> bool {
        self.whole.contains(id)
    }

    /// Forgets an account that turned out to be gone.
    pub fn remove(&mut self, id: &str) {
        if let Some(account) = self.by_id.remove(id) {
            self.by_name.remove(&fold(&account.user_name));
        }
    }

    /// Somebody could not be read, and nobody knows what Zoom holds of them: by an id of theirs, or by the address.
    pub fn insert_unread(&mut self, id_or_address: &str, why: String) {
        self.unread.insert(fold(id_or_address), why);
    }

    /// Why somebody could not be read.
    #[must_use]
    pub fn unread(&self, id_or_address: &str) -> Option<&str> {
        self.unread.get(&fold(id_or_address)).map(String::as_str)
    }

    /// The account of an id; one that was looked for and is absent is gone.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Account> {
        self.by_id.get(id)
    }

    /// The account of an address.
    #[must_use]
    pub fn by_name(&self, address: &str) -> Option<&Account> {
        self.by_id.get(self.by_name.get(&fold(address))?)
    }
}
