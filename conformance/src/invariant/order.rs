//! I14: of what the directory said of a user one after another, nothing is sent that is no longer so.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Invariant, Run};
use crate::oracle::fold;
use crate::run::{Exchange, Record, attributes};
use crate::scenario::{Attribute, DirectoryUser, Rule};

/// What is said of a user: the values that any rule gives each attribute, and the addresses, folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Said {
    values: BTreeSet<(Attribute, String)>,
    addresses: BTreeSet<String>,
}

/// What the directory said of each user in the runs before.
#[derive(Debug, Clone, Default)]
pub(super) struct Past(BTreeMap<String, Said>);

impl Said {
    fn of(user: &DirectoryUser, rules: &[Rule]) -> Self {
        let mut said = Self::default();
        for mapped in rules.iter().flat_map(|rule| &rule.mapping) {
            let Some(value) = user.value(mapped.source) else {
                continue;
            };
            match Attribute::of_target(mapped.target) {
                Some(attribute) => drop(said.values.insert((attribute, value))),
                None => drop(said.addresses.insert(fold(&value))),
            }
        }
        said
    }
}

impl Past {
    /// A run is over in which the directory was as the record has it.
    pub(super) fn note(&mut self, record: &Record, rules: &[Rule]) {
        for (id, user) in &record.directory {
            let Said { values, addresses } = Said::of(user, rules);
            let past = self.0.entry(id.clone()).or_default();
            past.values.extend(values);
            past.addresses.extend(addresses);
        }
    }
}

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let (past, rules) = (&run.before_it.past, &run.scenario.rules);
    let writes = run.record.exchanges.iter();
    let carriers = writes.filter(|exchange| ["POST", "PUT"].contains(&exchange.method.as_str()));
    for exchange in carriers.filter(|exchange| !exchange.is_token()) {
        let Some(id) = account(exchange) else {
            continue;
        };
        let Some(user) = run.owner(&id) else {
            continue;
        };
        let record = run.record.directory.get(user);
        let read = record.filter(|user| !run.record.unread.contains(&user.id));
        let (Some(record), Some(past)) = (read, past.0.get(user)) else {
            continue;
        };
        let now = Said::of(record, rules);
        let before = run.before(&id);
        for (attribute, value) in attributes(&exchange.body()) {
            let held = before.and_then(|before| before.attributes.get(&attribute));
            let sent = (attribute, value);
            let outdated = past.values.iter().filter(|(of, _)| *of == attribute);
            if outdated.eq(now.values.iter().filter(|(of, _)| *of == attribute)) {
                continue;
            }
            // What Zoom holds may be sent back as it is.
            let is_old = past.values.contains(&sent) && !now.values.contains(&sent);
            let holds = !is_old || held == Some(&sent.1);
            findings.check(Invariant::I14, holds, || {
                told(user, &format!("{attribute:?} {}", sent.1), exchange)
            });
        }
        let body = exchange.body();
        let address = body
            .pointer("/emails/0/value")
            .and_then(|sent| sent.as_str());
        if let Some(address) = address
            .map(fold)
            .filter(|_| past.addresses != now.addresses)
        {
            let is_old = past.addresses.contains(&address) && !now.addresses.contains(&address);
            let is_held = before.is_some_and(|before| fold(&before.user_name) == address);
            findings.check(Invariant::I14, !is_old || is_held, || {
                told(user, &format!("the address {address}"), exchange)
            });
        }
    }
}

fn told(user: &str, what: &str, exchange: &Exchange) -> (String, String) {
    (
        format!("of {user} what the directory says now, and nothing that it said before"),
        format!("{what}: {exchange}"),
    )
}

/// The id of the account that is written, or made.
fn account(exchange: &Exchange) -> Option<String> {
    exchange.user_id().or_else(|| {
        let made: serde_json::Value = serde_json::from_str(&exchange.response).ok()?;
        Some(made.get("id")?.as_str()?.to_owned())
    })
}
