//! What a defect is, and all of them.

use futures::future::BoxFuture;

use super::call::{Asked, Given};
use super::proxy::Behind;
use super::{
    access, bodies, creates, filters, groups, life, lists, patches, puts, reads, removals, token,
    transport, uniqueness,
};

/// Spoils a request before the good server gets it.
pub(super) type SpoilAsked = fn(&Behind, &mut Asked);
/// Spoils an answer of the good server.
pub(super) type SpoilGiven = fn(&Behind, &Asked, &mut Given);
/// Answers in its own way.
pub(super) type SpoilBoth = for<'a> fn(&'a Behind, Asked) -> BoxFuture<'a, Given>;

/// How a defect comes about.
pub(super) enum Way {
    Asked(SpoilAsked),
    Given(SpoilGiven),
    Own(SpoilBoth),
}

/// One way for a server to be wrong.
pub struct Defect {
    /// Its name.
    pub id: &'static str,
    /// What is wrong.
    pub says: &'static str,
    /// The check that has to notice, whatever others do.
    pub breaks: &'static str,
    pub(super) way: Way,
}

impl std::fmt::Debug for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Defect")
            .field("id", &self.id)
            .field("breaks", &self.breaks)
            .finish_non_exhaustive()
    }
}

impl Defect {
    pub(super) const fn asked(
        id: &'static str,
        breaks: &'static str,
        says: &'static str,
        spoil: SpoilAsked,
    ) -> Self {
        Self {
            id,
            says,
            breaks,
            way: Way::Asked(spoil),
        }
    }

    pub(super) const fn given(
        id: &'static str,
        breaks: &'static str,
        says: &'static str,
        spoil: SpoilGiven,
    ) -> Self {
        Self {
            id,
            says,
            breaks,
            way: Way::Given(spoil),
        }
    }

    pub(super) const fn own(
        id: &'static str,
        breaks: &'static str,
        says: &'static str,
        spoil: SpoilBoth,
    ) -> Self {
        Self {
            id,
            says,
            breaks,
            way: Way::Own(spoil),
        }
    }
}

/// All defects, by topic.
pub fn defects() -> impl Iterator<Item = &'static Defect> {
    [
        token::ALL,
        access::ALL,
        transport::ALL,
        lists::ALL,
        filters::ALL,
        reads::ALL,
        creates::ALL,
        puts::ALL,
        patches::ALL,
        removals::ALL,
        uniqueness::ALL,
        life::ALL,
        bodies::ALL,
        groups::ALL,
    ]
    .into_iter()
    .flatten()
}
