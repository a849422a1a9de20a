//! What each rule said to a request.

use std::fmt::Display;

use serde::Serialize;

use crate::fault::{Effect, Held, PassedOver};
use crate::journal::Exchange;
use crate::operation::Operation;

/// A rule, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RuleWhy {
    /// The rule, as the journal names it: `rule ID` or `scenario NAME, rule ID`.
    pub rule: String,
    /// Whether it fired.
    pub fired: bool,
    /// Why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<WhyNot>,
    /// The same in a sentence.
    pub says: String,
    /// Whether that was noted when the request came. Otherwise the rule was looked at as it is now, with what the
    /// journal keeps of the request.
    pub noted: bool,
}

/// Why a rule did not fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// Other requests than this operation's.
    Operation,
    /// Another account.
    Account,
    /// Another client id.
    ClientId,
    /// Another user.
    User,
    /// The header is not there, or says something else.
    Header,
    /// Another run, or none.
    Run,
    /// Outside the window on the virtual clock.
    Window,
    /// The rule's time to live is over.
    Ttl,
    /// `after` let it pass.
    After,
    /// It was not the n-th.
    Nth,
    /// The rule had fired as often as it may.
    Times,
    /// The draw went the other way.
    Probability,
    /// Another had fired before it was tried.
    Earlier,
    /// It fired, and its limit was not reached.
    LimitNotReached,
    /// No rule is tried for a request of no account or no operation.
    NotTried,
    /// It would fit as it is now: it was set or changed after the request.
    SetLater,
}

impl From<PassedOver> for WhyNot {
    fn from(why: PassedOver) -> Self {
        match why {
            PassedOver::Operation => Self::Operation,
            PassedOver::Account => Self::Account,
            PassedOver::ClientId => Self::ClientId,
            PassedOver::User => Self::User,
            PassedOver::Header => Self::Header,
            PassedOver::Run => Self::Run,
            PassedOver::Window => Self::Window,
            PassedOver::Ttl => Self::Ttl,
            PassedOver::After => Self::After,
            PassedOver::Nth => Self::Nth,
            PassedOver::Times => Self::Times,
            PassedOver::Probability => Self::Probability,
            PassedOver::Earlier => Self::Earlier,
        }
    }
}

/// What became of each rule. `misfits` has what does not fit of each now, and is empty where rules are not tried
/// at all.
pub(super) fn explained(
    exchange: &Exchange,
    held: &[(String, Held)],
    misfits: &[Option<PassedOver>],
) -> Vec<RuleWhy> {
    let fault = exchange.fault.as_deref();
    let is_listed = |source: &str| held.iter().any(|(name, _)| name == source);
    let unlisted = fault
        .map(|fault| fault.source.as_str())
        .filter(|source| !is_listed(source));
    // A run's step, and the scenario of a magic value, go before all rules. Where a rule stood that is not set any
    // more cannot be told: of the others it is said first what does not fit.
    let is_gone = unlisted.is_some_and(|source| source.starts_with("rule "));
    let mut earlier = unlisted;
    let mut explained: Vec<RuleWhy> = Vec::new();
    for (name, why) in &exchange.passed_over {
        if !held.iter().any(|(source, _)| is_noted_as(source, name)) {
            explained.push(noted(as_source(name), *why, None, exchange));
        }
    }
    let misfits = misfits.iter().map(Some).chain(std::iter::repeat(None));
    for ((source, held), misfit) in held.iter().zip(misfits) {
        let passed = exchange
            .passed_over
            .iter()
            .find(|(name, _)| is_noted_as(source, name));
        if fault.is_some_and(|fault| fault.source == *source) {
            earlier = Some(source);
            explained.push(RuleWhy {
                rule: source.clone(),
                fired: true,
                why_not: None,
                says: format!("fired, and did `{}`", held.rule.then.name()),
                noted: true,
            });
        } else if let Some((_, why)) = passed {
            explained.push(noted(source.clone(), *why, Some(held), exchange));
        } else {
            let misfit = misfit.copied();
            let fits = misfit.is_some_and(|misfit| misfit.is_none());
            let earlier_one = earlier.filter(|_| fits || !is_gone);
            let (why, says) = recomputed(exchange, held, misfit, earlier_one);
            if why == WhyNot::LimitNotReached {
                earlier = Some(source);
            }
            explained.push(RuleWhy {
                rule: source.clone(),
                fired: false,
                why_not: Some(why),
                says,
                noted: false,
            });
        }
    }
    explained
}

/// Rules are noted by their id, those of scenarios with the scenario.
fn is_noted_as(source: &str, noted: &str) -> bool {
    source == noted || source.strip_prefix("rule ") == Some(noted)
}

fn as_source(noted: &str) -> String {
    match noted.starts_with("scenario ") {
        true => noted.to_owned(),
        false => format!("rule {noted}"),
    }
}

fn noted(rule: String, why: PassedOver, held: Option<&Held>, exchange: &Exchange) -> RuleWhy {
    RuleWhy {
        rule,
        fired: false,
        why_not: Some(why.into()),
        says: said(why, held, exchange),
        noted: true,
    }
}

/// Why a rule of which nothing was noted did not fire. `misfit` is `None` where rules were not tried.
fn recomputed(
    exchange: &Exchange,
    held: &Held,
    misfit: Option<Option<PassedOver>>,
    earlier: Option<&str>,
) -> (WhyNot, String) {
    let has_limit = matches!(
        held.rule.then,
        Effect::PerSecond { .. } | Effect::Daily { .. }
    );
    match (misfit, earlier) {
        (None, _) => {
            let says = "no rule is tried for a request of no account or no operation";
            (WhyNot::NotTried, says.to_owned())
        }
        (Some(_), Some(earlier)) => {
            let says = format!("{earlier} fired before it was tried");
            (WhyNot::Earlier, says)
        }
        (Some(Some(why)), None) => (why.into(), said(why, Some(held), exchange)),
        (Some(None), None) if has_limit && held.fired > 0 => {
            let says = "it fits, and its limit was not reached";
            (WhyNot::LimitNotReached, says.to_owned())
        }
        (Some(None), None) => {
            let says = "it fits as it is now: it was set or changed after the request";
            (WhyNot::SetLater, says.to_owned())
        }
    }
}

/// The condition that kept a rule from firing, beside what the request was.
fn said(why: PassedOver, held: Option<&Held>, exchange: &Exchange) -> String {
    let Some(held) = held else {
        return "it is not set any more".to_owned();
    };
    let when = &held.rule.when;
    let differs = |field: &str, wanted: Option<&dyn Display>, is: Option<&dyn Display>| {
        let text = |value: Option<&dyn Display>| {
            value.map_or_else(|| "none".to_owned(), |value| format!("`{value}`"))
        };
        format!(
            "`when.{field}` is {}, and it was {}",
            text(wanted),
            text(is)
        )
    };
    let operation = exchange.operation.map_or("none", Operation::as_str);
    match why {
        PassedOver::Operation => match &when.operation {
            Some(wanted) => differs("operation", Some(wanted), Some(&operation)),
            None => format!("`{}` does not act on {operation}", held.rule.then.name()),
        },
        PassedOver::Account => differs(
            "account",
            display(&when.account),
            display(&exchange.account),
        ),
        PassedOver::ClientId => differs(
            "client_id",
            display(&when.client_id),
            display(&exchange.client_id),
        ),
        PassedOver::User => {
            let wanted = when.user.as_deref().unwrap_or_default();
            format!("`when.user` is `{wanted}`, and the request is about somebody else or nobody")
        }
        PassedOver::Header => {
            let name = when.header.as_ref().map_or("", |header| &header.name);
            format!("the request has no header `{name}` as `when.header` wants it")
        }
        PassedOver::Run => differs("run", display(&when.run), display(&exchange.run)),
        PassedOver::Window => format!(
            "it was {} on the account's clock, outside `when.from` and `when.until`",
            exchange.at
        ),
        PassedOver::Ttl => "`when.ttl_s` is over".to_owned(),
        PassedOver::After => format!(
            "`when.after` lets the first {} pass",
            when.after.unwrap_or(0)
        ),
        PassedOver::Nth => format!(
            "`when.nth` is {}, and it was another",
            when.nth.unwrap_or(0)
        ),
        PassedOver::Times => "it had fired as often as it may".to_owned(),
        PassedOver::Probability => format!(
            "the draw went the other way: `when.probability` is {}",
            when.probability.unwrap_or(0.0)
        ),
        PassedOver::Earlier => "another rule had fired before it was tried".to_owned(),
    }
}

fn display<T: Display>(value: &Option<T>) -> Option<&dyn Display> {
    value.as_ref().map(|value| value as &dyn Display)
}
