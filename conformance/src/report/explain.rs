//! What must happen, and why: the oracle's rows for a person.

use std::fmt::Write as _;

use super::{DIM, DOUBTFUL, GOOD, HEADING};
use crate::configuration::{Configuration, RemoveAction};
use crate::oracle::{
    Difference, Effect, Gate, LINES, Line, Row, Situation, Standing, Status, ZoomSide, decide,
    holds,
};
use crate::scenario::Policies;

/// The rows, a sentence each.
#[must_use]
pub fn explain_rows() -> String {
    let mut text = format!(
        "{HEADING}What a provisioner must do, row by row{HEADING:#}\n\n\
         In scope: matched by a rule. Removed: linked, and now deleted at the source or out of\n\
         scope. Addresses compare by ASCII case folding.\n\n"
    );
    for row in Row::ALL {
        let _ = writeln!(text, "{row:4} {}", wrapped(row.says(), 5, 80));
    }
    text.push_str(
        "\nDisable and deprovision are different things: disabling never deletes. Create and\n\
         update never gate a removal. A refusal by a flag is never an error.\n\n\
         For one configuration: zoom-conformance explain --config C1U0D1P1R1X0\n",
    );
    text
}

/// What must happen in each situation under one configuration.
#[must_use]
pub fn explain_configuration(configuration: Configuration) -> String {
    let policies = Policies::default();
    let mut text = format!(
        "{HEADING}{configuration}{HEADING:#}: {}\n\n",
        switches(configuration)
    );
    let _ = writeln!(
        text,
        "{HEADING}{:4} {:21} {:23} {:17} counted as{HEADING:#}",
        "row", "directory", "Zoom", "what happens"
    );
    for situation in situations() {
        let Some(line) = decide(situation, configuration, policies) else {
            continue;
        };
        let style = if line.effect.is_write() { GOOD } else { DIM };
        let refused = refusing(situation, configuration, policies);
        let note = if refused.is_empty() || line.effect.is_write() {
            String::new()
        } else {
            format!("{DOUBTFUL}  ({refused} would){DOUBTFUL:#}")
        };
        let _ = writeln!(
            text,
            "{:4} {:21} {:23} {style}{:17}{style:#} {}{note}",
            line.row.to_string(),
            standing(situation.standing),
            zoom(situation),
            effect(line.effect),
            status(line.status),
        );
    }
    text.push_str("\nThe rows in words: zoom-conformance explain\n");
    text
}

/// Every situation that the table tells apart, in its order.
fn situations() -> Vec<Situation> {
    let mut situations: Vec<Situation> = Vec::new();
    for line in LINES {
        for difference in line.differences {
            let situation = Situation {
                standing: line.standing,
                zoom: line.zoom,
                difference: *difference,
            };
            let telling = match (line.standing, line.zoom) {
                (Standing::Enabled, ZoomSide::Active) => true,
                (Standing::Disabled, ZoomSide::Active | ZoomSide::Inactive) => {
                    matches!(difference, Difference::Equal | Difference::Attributes)
                }
                _ => *difference == Difference::Equal,
            };
            if telling && !situations.contains(&situation) {
                situations.push(situation);
            }
        }
    }
    situations
}

/// The flags that would have to be on as well for something to be written in a situation.
fn refusing(situation: Situation, configuration: Configuration, policies: Policies) -> String {
    let fits = |line: &&Line| {
        line.standing == situation.standing
            && line.zoom == situation.zoom
            && line.differences.contains(&situation.difference)
            && line.effect.is_write()
    };
    let unmet = |line: &Line| -> Option<Vec<&'static str>> {
        let unmet = line
            .gates
            .iter()
            .filter(|gate| !holds(**gate, configuration, policies));
        unmet.map(|gate| flag(*gate, configuration)).collect()
    };
    let mut ways: Vec<Vec<&str>> = LINES.iter().filter(fits).filter_map(unmet).collect();
    ways.sort_by_key(Vec::len);
    ways.first()
        .map(|flags| flags.join(" and "))
        .unwrap_or_default()
}

/// The letter of the flag that a gate asks; none for the remove action and for policies.
fn flag(gate: Gate, configuration: Configuration) -> Option<&'static str> {
    match gate {
        Gate::C => Some("C"),
        Gate::U => Some("U"),
        Gate::D => Some("D"),
        Gate::P => Some("P"),
        Gate::X if configuration.deprovision => Some("X"),
        Gate::X if configuration.deprovision_on_rule_deletion => Some("P"),
        Gate::X => Some("X and P"),
        Gate::RemoveByDisable
        | Gate::RemoveByDelete
        | Gate::CreateInactive
        | Gate::RecreateMissing => None,
    }
}

fn switches(configuration: Configuration) -> String {
    let on = |on: bool| if on { "on" } else { "off" };
    let action = match configuration.remove_action {
        RemoveAction::Disable => "disable",
        RemoveAction::Delete => "delete",
    };
    format!(
        "create {}, update {}, disable {},\n  deprovision {}, remove action {action}, deprovision on rule deletion {}",
        on(configuration.create),
        on(configuration.update),
        on(configuration.disable),
        on(configuration.deprovision),
        on(configuration.deprovision_on_rule_deletion),
    )
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Enabled => "in scope, enabled",
        Standing::Disabled => "in scope, disabled",
        Standing::Removed => "removed",
        Standing::RemovedAndDisabled => "removed and disabled",
        Standing::RuleDeleted => "rule deleted",
    }
}

fn zoom(situation: Situation) -> &'static str {
    match (situation.zoom, situation.difference) {
        (ZoomSide::Nothing, _) => "nothing",
        (ZoomSide::Refused, _) => "address taken elsewhere",
        (ZoomSide::Active, Difference::Attributes) => "active, differs",
        (ZoomSide::Active, Difference::Address) => "active, other address",
        (ZoomSide::Active, Difference::TakenAddress) => "active, address taken",
        (ZoomSide::Active, Difference::Equal) => "active",
        (ZoomSide::Inactive, Difference::Attributes) => "inactive, differs",
        (ZoomSide::Inactive, _) => "inactive",
        (ZoomSide::Gone, _) => "linked id is gone",
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Nothing => "nothing",
        Effect::Create => "create",
        Effect::CreateInactive => "create, deactivate",
        Effect::RefusedCreate => "create is refused",
        Effect::Update => "update",
        Effect::RefusedUpdate => "update is refused",
        Effect::Enable => "re-enable, update",
        Effect::Disable => "deactivate",
        Effect::Delete => "delete",
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Success => "Success",
        Status::Unsynced => "Unsynced",
        Status::Partial => "Partial",
        Status::SuccessOrPartial => "Success/Partial",
        Status::Failed => "Failed",
        Status::Gone => "-",
    }
}

/// Words in lines of at most `width`, all but the first indented.
fn wrapped(words: &str, indent: usize, width: usize) -> String {
    let mut text = String::new();
    let mut column = indent;
    for word in words.split(' ') {
        if column + word.chars().count() > width && column > indent {
            text.truncate(text.trim_end().len());
            let _ = write!(text, "\n{:indent$}", "");
            column = indent;
        }
        let _ = write!(text, "{word} ");
        column += word.chars().count() + 1;
    }
    text.truncate(text.trim_end().len());
    text
}
