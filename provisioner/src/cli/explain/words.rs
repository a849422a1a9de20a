//! An explanation in words.

use std::fmt::Write as _;

use super::super::show::{BAD, DIM, HEADING, WARNING, because};
use crate::audit::{Entry, Event};
use crate::engine::{
    Decision, ExplainedRule, Explanation, FoundLink, InDirectory, LastSeen, ZoomHolds,
};
use crate::links::Origin;
use crate::plan::{Flag, Row, Status, Write};

/// A line with its heading, or one that goes on below it.
fn line(text: &mut String, heading: &str, words: &str) {
    let _ = writeln!(text, "{HEADING}{heading:12}{HEADING:#}{words}");
}

pub(super) fn told(explanation: &Explanation, entries: &[Entry]) -> String {
    let mut text = String::new();
    line(&mut text, "User", &explanation.user);
    line(&mut text, "Directory", &directory(&explanation.directory));
    for (index, rule) in explanation.rules.iter().enumerate() {
        let cares = explanation
            .rules
            .iter()
            .position(|rule| rule.matches && rule.enabled);
        let heading = if index == 0 { "Rules" } else { "" };
        line(&mut text, heading, &of_rule(rule, cares == Some(index)));
    }
    let words = explanation.link.as_ref().map(link);
    line(&mut text, "Link", words.as_deref().unwrap_or("none"));
    let words = explanation.last.as_ref().map(last);
    line(
        &mut text,
        "Last run",
        words.as_deref().unwrap_or("has not looked at them"),
    );
    if let Some(under_way) = &explanation.under_way {
        let words = format!(
            "a {} was about to be sent at {:.0}, and its outcome is not known; the next run looks first",
            under_way.action, under_way.since
        );
        line(&mut text, "Under way", &words);
    }
    match &explanation.zoom {
        Some(holds) => zoom(&mut text, holds),
        None => line(&mut text, "Zoom", "has no such user"),
    }
    next(&mut text, explanation);
    for (index, entry) in entries.iter().enumerate() {
        let heading = if index == 0 { "Audit" } else { "" };
        line(&mut text, heading, &of_audit(entry));
    }
    text
}

pub(super) fn only_zoom(holds: &ZoomHolds) -> String {
    let mut text = String::new();
    line(
        &mut text,
        "Directory",
        "has no such user, and nobody is linked to the Zoom user",
    );
    zoom(&mut text, holds);
    let words = format!(
        "{}: {}; they are never touched",
        Row::O12,
        because(Row::O12)
    );
    line(&mut text, "Next run", &words);
    text
}

fn directory(directory: &InDirectory) -> String {
    match directory {
        InDirectory::Record { username, enabled } => {
            let enabled = if *enabled { "enabled" } else { "disabled" };
            format!("{username}, {enabled}")
        }
        InDirectory::Unusable { reason } => {
            format!("has a record that cannot be used, so their account stays as it is: {reason}")
        }
        InDirectory::Absent { complete: true } => "has no such user".to_owned(),
        InDirectory::Absent { complete: false } => {
            "has no such user as far as it was read; it was not read to its end, so nobody is removed for that"
                .to_owned()
        }
    }
}

fn of_rule(rule: &ExplainedRule, cares: bool) -> String {
    let id = &rule.rule;
    match rule {
        rule if !rule.enabled => format!("{id} is off"),
        _ if cares => format!("{id} matches, and has them in its care"),
        rule if rule.matches => format!("{id} matches, but an earlier one goes first"),
        rule => format!("{id} does not match: not {}", rule.unmet.join("; not ")),
    }
}

fn link(link: &FoundLink) -> String {
    let origin = match link.origin {
        Origin::Created => "created by this connection",
        Origin::Adopted => "found in Zoom by its address",
    };
    let removed = match link.removed {
        true => "; deactivated because they left",
        false => "",
    };
    format!(
        "Zoom user {}, {origin}, in the care of rule {}{removed}",
        link.zoom_id, link.rule
    )
}

fn last(last: &LastSeen) -> String {
    let mut words = format!("{} as {}", last.status, last.username);
    if let Some(reason) = &last.reason {
        let _ = write!(words, ": {reason}");
    }
    words
}

fn zoom(text: &mut String, holds: &ZoomHolds) {
    let active = if holds.active { "active" } else { "inactive" };
    let words = format!("{} ({}), {active}", holds.username, holds.id);
    line(text, "Zoom", &words);
    for (attribute, value) in &holds.attributes {
        line(
            text,
            "",
            &format!("{DIM}{} = {value}{DIM:#}", attribute.name()),
        );
    }
}

fn next(text: &mut String, explanation: &Explanation) {
    let due = match explanation.due {
        true => "looks at them",
        false => {
            "does not look at them, for nothing has changed in the directory; a full one (sync --full) does"
        }
    };
    line(text, "Next run", due);
    if let Some(other) = &explanation.passes_to {
        let words = format!(
            "{}: their account passes to {other}, who has its address",
            Row::O17
        );
        line(text, "Decision", &words);
    }
    let Some(decision) = &explanation.decision else {
        if explanation.passes_to.is_none() {
            line(text, "Decision", &undecided(explanation));
        }
        return;
    };
    let words = match decision.action {
        "none" => "nothing to do",
        action => action,
    };
    let via = decision.via.map_or(String::new(), |via| {
        format!(", by way of {via}: {}", because(via))
    });
    let row = decision.row;
    let words = format!(
        "{row}: {}{via}; {words}; then {}",
        because(row),
        decision.status
    );
    line(text, "Decision", &words);
    for value in values(decision) {
        line(text, "", &value);
    }
    if let Some(reason) = &decision.reason {
        line(text, "Reason", &format!("{BAD}{reason}{BAD:#}"));
    }
    if let Some(advice) = advice(decision) {
        line(text, "Refused", &format!("{WARNING}{advice}{WARNING:#}"));
    }
}

/// Why nothing is decided about somebody.
fn undecided(explanation: &Explanation) -> String {
    match (&explanation.link, &explanation.directory) {
        (Some(_), InDirectory::Absent { complete: false }) => {
            "none: they wait for a directory that is read to its end".to_owned()
        }
        (Some(_), _) => "none".to_owned(),
        (None, InDirectory::Record { .. }) => format!(
            "{}: no rule matches, and nobody is linked; they are never touched until the directory or a filter changes",
            Row::O12
        ),
        (None, _) => format!("{}: {}", Row::O12, because(Row::O12)),
    }
}

/// What is sent, a value a line.
fn values(decision: &Decision) -> Vec<String> {
    match &decision.write {
        Some(Write::Create { desired, .. }) => {
            let attributes = desired.attributes.iter();
            std::iter::once(format!("username = {}", desired.address))
                .chain(
                    attributes.map(|(attribute, value)| format!("{} = {value}", attribute.name())),
                )
                .collect()
        }
        Some(Write::Update { change, .. }) => {
            let active = change.activate.then(|| "active = true".to_owned());
            let email = change
                .email
                .iter()
                .map(|email| format!("username = {email}"));
            let attributes = change.attributes.iter();
            active
                .into_iter()
                .chain(email)
                .chain(
                    attributes.map(|(attribute, value)| format!("{} = {value}", attribute.name())),
                )
                .collect()
        }
        Some(Write::Deactivate { .. }) => vec!["active = false".to_owned()],
        Some(Write::Delete { .. }) | None => Vec::new(),
    }
}

/// The flag that refuses, and what would change the decision.
fn advice(decision: &Decision) -> Option<String> {
    if let Some(flag) = decision.flag {
        let also = match flag {
            Flag::DeprovisionUsers => "; what is done then is what remove_action says",
            Flag::CreateUsers
            | Flag::UpdateUsers
            | Flag::DisableUsers
            | Flag::DeprovisionOnRuleDeletion => "",
        };
        return Some(format!(
            "{flag} is off; {flag} = true in the connection allows it{also}"
        ));
    }
    let waits = decision.row == Row::O2 && decision.status == Status::Unsynced;
    waits.then(|| {
        "they are created once they are enabled in the directory, or with the policy disabled_at_creation = \
         \"create_inactive\""
            .to_owned()
    })
}

fn of_audit(entry: &Entry) -> String {
    let at = entry.at;
    match &entry.event {
        Event::Write(written) => {
            let outcome = written.outcome;
            let status = written
                .status
                .map_or(String::new(), |status| format!(", {status}"));
            let request = written.request_id.as_ref();
            let request = request.map_or(String::new(), |id| format!(", request {id}"));
            format!(
                "{at:.0}  {} {outcome} ({}, {} {}{status}{request})",
                written.action, written.row, written.method, written.path
            )
        }
        Event::Settled(settled) => {
            format!(
                "{at:.0}  {} turned out: {}",
                settled.action, settled.outcome
            )
        }
        Event::Started(_) | Event::Ended(_) => String::new(),
    }
}
