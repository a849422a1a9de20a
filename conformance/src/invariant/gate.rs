//! I2: no write of a kind whose flag is off. Judged from the wire and the directory, not from what
//! the oracle decided, so that the two can disagree.

use serde_json::Value;

use super::{Findings, Invariant, Run};
use crate::configuration::RemoveAction;
use crate::oracle::fold;
use crate::run::{Exchange, Observed, attributes};
use crate::scenario::DirectoryUser;

/// What a write would do to an account, seen from what the account was before the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Update,
    Enable,
    Disable,
    /// A deactivation of an account that was made in the same run: it is made inactive.
    MakeInactive,
    Delete,
}

/// How the user stands for whom an account is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Enabled,
    Disabled,
    Removed { disabled: bool },
    RuleDeleted,
}

pub(super) fn check(run: &Run<'_>, findings: &mut Findings<'_>) {
    let requests = run.record.exchanges.len();
    findings.check(
        Invariant::I2,
        run.expectation.traffic || requests == 0,
        || {
            let seen = format!("{requests} requests");
            ("no request at all: the connection is off".to_owned(), seen)
        },
    );
    for exchange in run
        .record
        .exchanges
        .iter()
        .filter(|exchange| exchange.is_write())
    {
        for (kind, owner) in kinds(run, exchange) {
            let needs = refusal(run, kind, owner);
            findings.check(Invariant::I2, needs.is_none(), || {
                (needs.unwrap_or_default(), format!("{kind:?}: {exchange}"))
            });
        }
    }
}

/// What a write would do, and in whose name; nothing for an account that is nobody's (that is I3).
fn kinds(run: &Run<'_>, exchange: &Exchange) -> Vec<(Kind, Owner)> {
    if exchange.method == "POST" {
        let body = exchange.body();
        let name = body
            .get("userName")
            .and_then(Value::as_str)
            .unwrap_or_default();
        return vec![(Kind::Create, standing_of_address(run, name))];
    }
    let Some(id) = exchange.user_id() else {
        return Vec::new();
    };
    let Some(owner) = run.owner(&id) else {
        return Vec::new();
    };
    let owner = standing(run, owner);
    if exchange.method == "DELETE" {
        return vec![(Kind::Delete, owner)];
    }
    let body = exchange.body();
    let before = run.before(&id);
    let mut kinds = Vec::new();
    if let Some(kind) = activation(&body, before)
        && !(kind == Kind::Disable && before.is_none() && creates_inactive(run))
    {
        kinds.push((kind, owner));
    }
    if exchange.method == "PUT" && updates(&body, before) {
        kinds.push((Kind::Update, owner));
    }
    kinds
}

/// Whether the deactivation of an account that was made in this run belongs to its create: Zoom makes none
/// that is inactive from the first.
fn creates_inactive(run: &Run<'_>) -> bool {
    let c = run.expectation.configuration;
    c.create
        && crate::oracle::holds(
            crate::oracle::Gate::CreateInactive,
            c,
            run.scenario.policies,
        )
}

pub(super) fn activation(body: &Value, before: Option<&Observed>) -> Option<Kind> {
    let operations = body
        .get("Operations")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut patched = operations.filter_map(|operation| {
        let value = operation.get("value")?;
        value.get("active").or(Some(value))?.as_bool()
    });
    let active = body
        .get("active")
        .and_then(Value::as_bool)
        .or_else(|| patched.next_back())?;
    match (active, before.is_none_or(|before| before.active)) {
        (false, true) if before.is_none() => Some(Kind::MakeInactive),
        (false, true) => Some(Kind::Disable),
        (true, false) => Some(Kind::Enable),
        (true, true) | (false, false) => None,
    }
}

/// Whether a PUT carries an attribute or address that the account did not have.
fn updates(body: &Value, before: Option<&Observed>) -> bool {
    let Some(before) = before else { return true };
    let address = body.pointer("/emails/0/value").and_then(Value::as_str);
    address.is_some_and(|address| fold(address) != fold(&before.user_name))
        || attributes(body)
            .iter()
            .any(|(attribute, value)| before.attributes.get(attribute) != Some(value))
}

fn standing(run: &Run<'_>, user: &str) -> Owner {
    let record = run.record.directory.get(user);
    let deleting = run.expectation.decisions.iter().any(|decision| {
        decision.user == user && decision.standing == Some(crate::oracle::Standing::RuleDeleted)
    });
    match record {
        Some(record) if in_scope(run, record) && record.enabled => Owner::Enabled,
        Some(record) if in_scope(run, record) => Owner::Disabled,
        _ if deleting => Owner::RuleDeleted,
        Some(record) => Owner::Removed {
            disabled: !record.enabled,
        },
        None => Owner::Removed { disabled: false },
    }
}

fn standing_of_address(run: &Run<'_>, address: &str) -> Owner {
    let mut users = run
        .record
        .directory
        .values()
        .filter(|user| fold(&user.username) == fold(address));
    let best = users
        .clone()
        .find(|user| in_scope(run, user) && user.enabled)
        .or_else(|| users.clone().find(|user| in_scope(run, user)))
        .or_else(|| users.next());
    best.map_or(Owner::Removed { disabled: false }, |user| {
        standing(run, &user.id)
    })
}

pub(super) fn in_scope(run: &Run<'_>, user: &DirectoryUser) -> bool {
    user.in_scope_of
        .iter()
        .any(|rule| run.record.rules.contains(rule))
}

/// Why a write may not be, or `None` where it may.
fn refusal(run: &Run<'_>, kind: Kind, owner: Owner) -> Option<String> {
    let c = run.expectation.configuration;
    let by_disable = c.remove_action == RemoveAction::Disable;
    let policies = run.scenario.policies;
    let gates = |gate| crate::oracle::holds(gate, c, policies);
    use crate::oracle::Gate;
    let (allowed, because) = match (kind, owner) {
        (Kind::Create, Owner::Enabled) => (c.create, "create is off"),
        (Kind::Create, Owner::Disabled) => (
            c.create && gates(Gate::CreateInactive),
            "a disabled user gets no account",
        ),
        (Kind::Create, Owner::Removed { .. } | Owner::RuleDeleted) => {
            (false, "nobody of this address is in scope")
        }
        (Kind::MakeInactive, Owner::Disabled) => (
            gates(Gate::D) || (c.create && gates(Gate::CreateInactive)),
            "disable is off, and a disabled user gets no account",
        ),
        (Kind::MakeInactive, Owner::Enabled | Owner::Removed { .. } | Owner::RuleDeleted) => {
            return refusal(run, Kind::Disable, owner);
        }
        (Kind::Update | Kind::Enable, Owner::Enabled) => (c.update, "update is off"),
        (Kind::Update, Owner::Disabled) => (
            c.update && !gates(Gate::D),
            "attributes of a disabled user are not sent while they are deactivated, nor with update off",
        ),
        (Kind::Enable, Owner::Disabled) => (false, "the user is disabled"),
        (Kind::Update | Kind::Enable, Owner::Removed { .. } | Owner::RuleDeleted) => {
            (false, "the user is not in scope")
        }
        (Kind::Disable, Owner::Enabled) => (false, "the user is enabled and in scope"),
        (Kind::Disable, Owner::Disabled) => (gates(Gate::D), "disable is off"),
        (Kind::Disable, Owner::Removed { disabled }) => (
            (c.deprovision && by_disable) || (disabled && !c.deprovision && gates(Gate::D)),
            "deprovision is off or the remove action is delete",
        ),
        (Kind::Delete, Owner::Enabled | Owner::Disabled) => (false, "the user is in scope"),
        (Kind::Delete, Owner::Removed { .. }) => (
            c.deprovision && !by_disable,
            "deprovision is off or the remove action is disable",
        ),
        (Kind::Disable, Owner::RuleDeleted) => (
            gates(Gate::X) && by_disable,
            "deprovision on rule deletion is off, deprovision is off, or the remove action is delete",
        ),
        (Kind::Delete, Owner::RuleDeleted) => (
            gates(Gate::X) && !by_disable,
            "deprovision on rule deletion is off, deprovision is off, or the remove action is disable",
        ),
    };
    (!allowed).then(|| format!("no {}: {because}", kind.noun()))
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update of attributes",
            Self::Enable => "re-enable",
            Self::Disable | Self::MakeInactive => "deactivation",
            Self::Delete => "deletion",
        }
    }
}
