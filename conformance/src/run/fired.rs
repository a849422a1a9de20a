//! Which faults fired, and whether they changed anything: a fault that does nothing proves nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::execute::Record;
use super::observe::{Exchange, Met};
use super::stage::KILL;

/// A fault by what it does, when, and to which operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultName {
    /// The operation.
    pub operation: String,
    /// The effect.
    pub effect: String,
    /// The phase.
    pub phase: String,
}

/// How often a fault fired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Firings {
    /// How often at all.
    pub fired: u64,
    /// How often the exchange was another one because of it.
    pub changed: u64,
}

/// A fault and how often it fired, as a result has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiredFault {
    /// The operation, as the mock names it.
    pub operation: String,
    /// The effect's name.
    pub effect: String,
    /// When in the exchange it acts: `before`, `after` or `body`.
    pub phase: String,
    /// How often it fired.
    pub fired: u64,
    /// How often the exchange was another one because of it.
    pub changed: u64,
}

impl Firings {
    /// Counts in those of elsewhere.
    pub fn add(&mut self, other: Self) {
        self.fired += other.fired;
        self.changed += other.changed;
    }
}

/// The faults that fired in a scenario.
pub(super) fn fired(records: &[Record]) -> BTreeMap<FaultName, Firings> {
    let mut seen: BTreeMap<FaultName, Firings> = BTreeMap::new();
    for exchange in records.iter().flat_map(|record| &record.exchanges) {
        let (Some(met), Some(operation)) = (&exchange.fault, &exchange.operation) else {
            continue;
        };
        if met.id == KILL {
            continue;
        }
        let name = FaultName {
            operation: operation.clone(),
            effect: met.effect.clone(),
            phase: met.phase.clone(),
        };
        seen.entry(name).or_default().add(Firings {
            fired: 1,
            changed: u64::from(has_changed(exchange, met)),
        });
    }
    seen
}

/// Whether an exchange is another one because of the fault that it met.
///
/// Most effects change whatever they meet. Some act only on a part of what they meet: a limit on what is beyond it,
/// a quirk of lists on later pages, what spoils a body on an answer that has one.
fn has_changed(exchange: &Exchange, met: &Met) -> bool {
    if met.lost || met.applied.is_some() {
        return true;
    }
    let query = exchange.query.as_deref().unwrap_or_default();
    match met.effect.as_str() {
        "per_second" | "daily" => exchange.status == 429,
        "filter_ignored" | "filter_refused" => query.contains("filter="),
        "page_drift" | "paging_ignored" => start_index(query) > 1,
        "page_cap" => is_cut_short(exchange, query),
        "total_results_lies" | "expires_in" | "revoke_previous" | "without_scope"
        | "born_expired" | "not_yet_valid" | "stale_reads" | "id_needs_encoding" => {
            exchange.succeeded()
        }
        "truncate" | "reset_after" | "stall_after" => false,
        "wrong_content_type" | "invalid_json" | "duplicate_keys" | "bom" | "huge_body"
        | "gzip_bomb" => !exchange.response.is_empty(),
        _ => true,
    }
}

/// The number of the first user of a page, from 1.
fn start_index(query: &str) -> usize {
    number(query, "startIndex=").unwrap_or(1)
}

fn number(query: &str, key: &str) -> Option<usize> {
    let mut keys = query.split('&');
    keys.find_map(|pair| pair.strip_prefix(key))?.parse().ok()
}

/// Whether a page holds fewer than there are and than were asked for.
fn is_cut_short(exchange: &Exchange, query: &str) -> bool {
    let page: Value = serde_json::from_str(&exchange.response).unwrap_or_default();
    let number_at = |key: &str| {
        let number = page.get(key).and_then(Value::as_u64)?;
        usize::try_from(number).ok()
    };
    let (Some(total), Some(held)) = (number_at("totalResults"), number_at("itemsPerPage")) else {
        return false;
    };
    let asked = number(query, "count=").unwrap_or(1);
    let left = (total + 1).saturating_sub(start_index(query));
    held < asked.min(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(effect: &str, status: u16, query: &str, response: &str) -> bool {
        let met = Met {
            id: "f1".to_owned(),
            effect: effect.to_owned(),
            phase: "before".to_owned(),
            applied: None,
            lost: false,
        };
        let exchange = Exchange {
            operation: Some("users.list".to_owned()),
            method: "GET".to_owned(),
            path: "/scim2/Users".to_owned(),
            query: Some(query.to_owned()),
            request: String::new(),
            status,
            response: response.to_owned(),
            at_ms: 0,
            retry_after: None,
            fault: Some(met.clone()),
        };
        has_changed(&exchange, &met)
    }

    #[test]
    fn what_fires_and_changes_nothing_does_not_count() {
        assert!(met("per_second", 429, "", "{}"));
        assert!(!met("per_second", 200, "", "{}"));
        assert!(met("filter_ignored", 200, "count=1&filter=x", "{}"));
        assert!(!met("filter_ignored", 200, "count=1", "{}"));
        assert!(met("page_drift", 200, "startIndex=2&count=1", "{}"));
        assert!(!met("page_drift", 200, "startIndex=1&count=1", "{}"));
        let page = r#"{"totalResults":5,"itemsPerPage":2}"#;
        assert!(met("page_cap", 200, "startIndex=1&count=100", page));
        assert!(!met("page_cap", 200, "startIndex=4&count=100", page));
        assert!(!met("page_cap", 200, "startIndex=1&count=2", page));
        assert!(met("bom", 200, "", "{}"));
        assert!(!met("bom", 204, "", ""));
        assert!(!met("truncate", 204, "", ""));
        assert!(met("status", 500, "", ""));
    }
}
