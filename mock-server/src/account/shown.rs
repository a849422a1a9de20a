//! The JSON of users who were read lately: clients read the same user again and again, and showing one costs more
//! than finding them.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::FixedState;

use super::roster::Stored;
use crate::scim::render::View;

/// How many users are remembered before all are forgotten.
const MAX_SHOWN: usize = 4096;

/// What was shown, by where the user is stored and who looked. A user who changes is stored anew, and whoever is remembered here is
/// kept, so that nobody else can be stored in their place.
#[derive(Debug, Default)]
pub(crate) struct Shown(HashMap<(usize, View), (Arc<Stored>, Bytes), FixedState>);

impl Shown {
    /// What a user is shown as. Only what depends on the user and the view alone may be asked for.
    pub(crate) fn of(
        &mut self,
        stored: &Arc<Stored>,
        view: View,
        show: impl FnOnce() -> Vec<u8>,
    ) -> Bytes {
        let place = (Arc::as_ptr(stored).addr(), view);
        if let Some((_, json)) = self.0.get(&place) {
            return json.clone();
        }
        if self.0.len() >= MAX_SHOWN {
            self.0.clear();
        }
        let json = Bytes::from(show());
        self.0.insert(place, (Arc::clone(stored), json.clone()));
        json
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::user::User;
    use super::*;

    fn stored(user_name: &str) -> Arc<Stored> {
        Stored::new(User::new("id".to_owned(), user_name, Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn a_user_is_shown_once_until_they_are_stored_anew() {
        let mut shown = Shown::default();
        let first = stored("ann@example.com");
        assert_eq!(shown.of(&first, View::Get, || b"1".to_vec()), "1");
        assert_eq!(shown.of(&first, View::Get, || b"2".to_vec()), "1");
        assert_eq!(shown.of(&first, View::List, || b"2".to_vec()), "2");
        let changed = stored("ann@example.com");
        assert_eq!(shown.of(&changed, View::Get, || b"3".to_vec()), "3");
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut shown = Shown::default();
        for _ in 0..=MAX_SHOWN {
            shown.of(&stored("x@example.com"), View::Get, Vec::new);
        }
        assert_eq!(shown.0.len(), 1);
    }
}
