//! What has to happen sometimes, so that a green result says something.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::execute::Record;

/// Something that has to happen now and then when faults are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sometimes {
    /// A create was applied, and its answer lost.
    LostCreate,
    /// An update was applied, and its answer lost.
    LostUpdate,
    /// A deletion was applied, and its answer lost.
    LostDelete,
    /// A token was refused within a run.
    RefusedToken,
    /// A request for a token met a fault.
    BadToken,
    /// A page of the list met a fault.
    BadPage,
    /// A run waited because Zoom told it to.
    ToldWait,
    /// A run ended with an error.
    EndedRun,
    /// The provisioner was killed before a request was applied.
    KilledBefore,
    /// The provisioner was killed after a request was applied.
    KilledAfter,
    /// A run without a fault put right what a faulty one had left.
    PutRight,
}

impl Sometimes {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::LostCreate,
        Self::LostUpdate,
        Self::LostDelete,
        Self::RefusedToken,
        Self::BadToken,
        Self::BadPage,
        Self::ToldWait,
        Self::EndedRun,
        Self::KilledBefore,
        Self::KilledAfter,
        Self::PutRight,
    ];

    /// What happens, in a few words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::LostCreate => "a create is applied and its answer lost",
            Self::LostUpdate => "an update is applied and its answer lost",
            Self::LostDelete => "a deletion is applied and its answer lost",
            Self::RefusedToken => "a token is refused within a run",
            Self::BadToken => "a request for a token meets a fault",
            Self::BadPage => "a page of the list meets a fault",
            Self::ToldWait => "a run waits because Zoom tells it to",
            Self::EndedRun => "a run ends with an error",
            Self::KilledBefore => "the provisioner is killed before a request is applied",
            Self::KilledAfter => "the provisioner is killed after a request is applied",
            Self::PutRight => "a later run puts right what a faulty one left",
        }
    }
}

/// What happened in a scenario, by how often.
pub(super) fn sometimes(records: &[Record]) -> BTreeMap<Sometimes, u64> {
    let mut seen: BTreeMap<Sometimes, u64> = BTreeMap::new();
    let mut was_faulty = false;
    for record in records {
        for what in of_exchanges(record) {
            *seen.entry(what).or_default() += 1;
        }
        let happened = [
            (Sometimes::ToldWait, record.took.as_secs() >= 1),
            (Sometimes::EndedRun, record.faulty && record.answer.is_err()),
            (
                Sometimes::PutRight,
                was_faulty
                    && !record.faulty
                    && record
                        .exchanges
                        .iter()
                        .any(|exchange| exchange.is_write() && exchange.succeeded()),
            ),
        ];
        for (what, _) in happened.into_iter().filter(|(_, happened)| *happened) {
            *seen.entry(what).or_default() += 1;
        }
        was_faulty = record.faulty || (was_faulty && record.exchanges.is_empty());
    }
    seen
}

fn of_exchanges(record: &Record) -> Vec<Sometimes> {
    let mut seen = Vec::new();
    for exchange in &record.exchanges {
        if exchange.status == 401 && !exchange.is_token() {
            seen.push(Sometimes::RefusedToken);
        }
        let Some(met) = &exchange.fault else { continue };
        if met.id == super::stage::KILL {
            seen.push(match met.phase.as_str() {
                "after" => Sometimes::KilledAfter,
                _ => Sometimes::KilledBefore,
            });
            continue;
        }
        let applied = exchange.fault.as_ref().is_some_and(|met| {
            let status = met.applied.unwrap_or(exchange.status);
            (200..300).contains(&status) && (met.lost || met.applied.is_some())
        });
        match exchange.method.as_str() {
            _ if exchange.is_token() => seen.push(Sometimes::BadToken),
            "GET" if exchange.user_id().is_none() => seen.push(Sometimes::BadPage),
            "POST" if applied => seen.push(Sometimes::LostCreate),
            "PUT" | "PATCH" if applied => seen.push(Sometimes::LostUpdate),
            "DELETE" if applied => seen.push(Sometimes::LostDelete),
            _ => {}
        }
    }
    seen
}
