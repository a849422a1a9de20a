//! What is known of a request when faults are decided.

use std::cell::OnceCell;

use http::HeaderMap;
use jiff::Timestamp;

use crate::operation::Operation;

/// Whom a request is about: the address, the Zoom id, as far as each is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) user_name: Option<String>,
    pub(crate) id: Option<String>,
}

impl Subject {
    /// Whether it is the user of this address, in any case, or of this id.
    pub(crate) fn is(&self, user: &str) -> bool {
        let by_name = self.user_name.as_deref();
        by_name.is_some_and(|name| name.eq_ignore_ascii_case(user))
            || self.id.as_deref() == Some(user)
    }
}

/// What is known of a request.
pub(crate) struct Facts<'a> {
    pub(crate) operation: Operation,
    pub(crate) account: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) run: Option<&'a str>,
    /// On the account's virtual clock.
    pub(crate) now: Timestamp,
    /// On the server's virtual clock.
    pub(crate) server_now: Timestamp,
    /// Empty until a rule asks for it.
    pub(crate) subject: OnceCell<Subject>,
    pub(crate) find_subject: &'a dyn Fn() -> Subject,
}

impl Facts<'_> {
    pub(crate) fn subject(&self) -> &Subject {
        self.subject.get_or_init(self.find_subject)
    }
}
