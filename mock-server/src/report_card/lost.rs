//! Creates that were applied and whose answer did not say so: who then creates again without looking makes
//! duplicates.

use std::collections::BTreeMap;

use serde_json::Value;

use super::card::{CardLine, Check, Verdict};
use super::seen::Seen;
use crate::operation::Operation;
use crate::scim::filter::{self, UserFilter};

/// Whose create it was, and of whom.
type Whom<'a> = (&'a str, &'a str, String);

/// A create of which the client does not know.
struct Unknown {
    seq: u64,
    answered: String,
    looked_up: Option<u64>,
}

/// Whom a request looks up.
enum LooksUp {
    Nobody,
    /// The user of this address.
    One(String),
    /// Whoever there is, or whoever has an id.
    Anyone,
}

/// A line for each such create.
pub(super) fn lines(seen: &[Seen<'_>]) -> Vec<CardLine> {
    let mut open: BTreeMap<Whom<'_>, Unknown> = BTreeMap::new();
    let mut lines = Vec::new();
    for one in seen {
        if !one.is(Operation::CreateUser) {
            look(one, &mut open);
            continue;
        }
        let Some(name) = user_name(&one.request()) else {
            continue;
        };
        let whom = (one.account(), one.client, name);
        if let Some(unknown) = open.remove(&whom) {
            lines.push(unknown.line(&whom.2, Some(one.seq())));
        }
        if one.is_applied() && (one.is_lost() || one.exchange.status >= 500) {
            let unknown = Unknown {
                seq: one.seq(),
                answered: one.answered(),
                looked_up: None,
            };
            open.insert(whom, unknown);
        }
    }
    let rest = open.into_iter();
    lines.extend(rest.map(|((_, _, name), unknown)| unknown.line(&name, None)));
    if lines.is_empty() {
        let says = "no create was applied and its answer lost";
        return vec![CardLine::not_met(Check::CreateAfterLost, says)];
    }
    lines.sort_by_key(|line| line.exchanges.first().copied());
    lines
}

fn look(seen: &Seen<'_>, open: &mut BTreeMap<Whom<'_>, Unknown>) {
    if open.is_empty() {
        return;
    }
    let looks_up = looks_up(seen);
    for ((account, client, name), unknown) in open {
        let finds = match &looks_up {
            LooksUp::Nobody => false,
            LooksUp::One(looked_up) => looked_up == name,
            LooksUp::Anyone => true,
        };
        if finds && (*account, *client) == (seen.account(), seen.client) {
            unknown.looked_up.get_or_insert(seen.seq());
        }
    }
}

/// Whom a request looks up, where its answer tells.
fn looks_up(seen: &Seen<'_>) -> LooksUp {
    let status = seen.exchange.status;
    let (true, Some(operation)) = (!seen.is_lost(), seen.exchange.operation) else {
        return LooksUp::Nobody;
    };
    match (operation, status) {
        (Operation::ListUsers, 200) => {
            let query = seen.exchange.query.as_deref().unwrap_or_default();
            let filter = form_urlencoded::parse(query.as_bytes())
                .find_map(|(name, value)| name.eq_ignore_ascii_case("filter").then_some(value));
            match filter.map(|filter| filter::users(&filter)) {
                None | Some(Ok(UserFilter::ExternalId(_))) => LooksUp::Anyone,
                Some(Ok(UserFilter::UserName(name))) => LooksUp::One(name.to_ascii_lowercase()),
                Some(Err(_)) => LooksUp::Nobody,
            }
        }
        (Operation::RestListUsers, 200) => LooksUp::Anyone,
        (Operation::GetUser, 200) => {
            user_name(&seen.answer()).map_or(LooksUp::Nobody, LooksUp::One)
        }
        (Operation::RestGetUser, 200 | 404) => {
            let last = seen.exchange.path.rsplit('/').next().unwrap_or_default();
            let address = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
            LooksUp::One(address.to_ascii_lowercase())
        }
        _ => LooksUp::Nobody,
    }
}

fn user_name(user: &Value) -> Option<String> {
    Some(user.get("userName")?.as_str()?.to_ascii_lowercase())
}

impl Unknown {
    fn line(self, name: &str, again: Option<u64>) -> CardLine {
        let told = format!("`{name}` was created, and the client got {}", self.answered);
        let (verdict, says) = match (self.looked_up, again) {
            (Some(_), Some(_)) => (Verdict::Good, "it looked before it created again"),
            (Some(_), None) => (Verdict::Good, "it looked whether the user was there"),
            (None, Some(_)) => (Verdict::Bad, "it created again without looking"),
            (None, None) => (Verdict::NotMet, "it neither looked nor created again"),
        };
        let evidence = [Some(self.seq), self.looked_up, again];
        CardLine::new(
            Check::CreateAfterLost,
            verdict,
            format!("{told}; {says}"),
            evidence.into_iter().flatten(),
        )
    }
}
