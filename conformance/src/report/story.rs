//! One failed scenario as a story of a few lines.

use std::fmt::Write as _;

use super::{BAD, DIM, HEADING};
use crate::invariant::Violation;
use crate::run::{Record, Verdict};
use crate::scenario::{Change, Fault, Limits, Scenario, Step, ZoomEdit};

/// How many steps, violations and exchanges a story shows; the saved file has them all.
const SHOWN_STEPS: usize = 60;
const SHOWN_VIOLATIONS: usize = 4;
const SHOWN_EXCHANGES: usize = 8;
/// How much of a line is shown.
const LINE: usize = 240;

/// The story: configuration, history up to the step in question, expected, seen, exchanges.
#[must_use]
pub fn story(scenario: &Scenario, verdict: &Verdict) -> String {
    let mut text = String::new();
    let violations = &verdict.judgement.violations;
    let _ = writeln!(text, "{BAD}{}{BAD:#}  {}", scenario.id, scenario.title);
    let Some(first) = violations.first() else {
        return text;
    };
    text.push_str(&limits(scenario.limits));
    let steps = scenario.steps.iter().enumerate().take(first.step + 1);
    let earlier = (first.step + 1).saturating_sub(SHOWN_STEPS);
    if earlier > 0 {
        let _ = writeln!(text, "        {DIM}{earlier} steps before these{DIM:#}");
    }
    for (index, step) in steps.skip(earlier) {
        let mark = if index == first.step { ">" } else { " " };
        let _ = writeln!(text, "  {mark} {:2}  {}", index + 1, says(step));
    }
    let shown = violations
        .iter()
        .filter(|violation| violation.step == first.step);
    for violation in shown.take(SHOWN_VIOLATIONS) {
        text.push_str(&violated(violation));
    }
    if violations.len() > SHOWN_VIOLATIONS {
        let _ = writeln!(text, "  {DIM}{} violations in all{DIM:#}", violations.len());
    }
    if let Some(record) = verdict
        .records
        .iter()
        .find(|record| record.step == first.step)
    {
        text.push_str(&exchanges(record));
    }
    text
}

fn limits(limits: Limits) -> String {
    let pages = limits.page_cap.map(|cap| format!("pages of {cap}"));
    let workers = limits
        .workers
        .map(|workers| format!("writes under way at once: {workers}"));
    let told: Vec<String> = pages.into_iter().chain(workers).collect();
    match told.as_slice() {
        [] => String::new(),
        told => format!("        with {}\n", told.join(", ")),
    }
}

fn violated(violation: &Violation) -> String {
    let Violation {
        invariant,
        expected,
        seen,
        ..
    } = violation;
    format!(
        "  {HEADING}{invariant}{HEADING:#}  {}\n      expected  {}\n      seen      {}\n",
        invariant.says(),
        shortened(expected),
        shortened(seen),
    )
}

fn exchanges(record: &Record) -> String {
    let mut text = format!(
        "      on the wire in this run: {}\n",
        match record.exchanges.len() {
            0 => "nothing".to_owned(),
            many => format!("{many} exchanges"),
        }
    );
    for exchange in record.exchanges.iter().take(SHOWN_EXCHANGES) {
        let _ = writeln!(
            text,
            "        {DIM}{}{DIM:#}",
            shortened(&exchange.to_string())
        );
    }
    if record.exchanges.len() > SHOWN_EXCHANGES {
        let _ = writeln!(text, "        {DIM}...{DIM:#}");
    }
    text
}

/// A step in a few words.
pub(super) fn says(step: &Step) -> String {
    match step {
        Step::Put { user } => {
            let enabled = if user.enabled { "enabled" } else { "disabled" };
            let scope = match user.in_scope_of.join(", ") {
                none if none.is_empty() => "out of scope".to_owned(),
                rules => format!("in scope of {rules}"),
            };
            format!(
                "directory: {} is {}, {enabled}, {scope}",
                user.id, user.username
            )
        }
        Step::Delete { user } => format!("directory: {user} is deleted"),
        Step::Zoom { edit } => format!("Zoom, by hand: {}", says_edit(edit)),
        Step::Configure {
            configuration,
            enabled: true,
        } => format!("connection: {configuration}"),
        Step::Configure {
            configuration,
            enabled: false,
        } => {
            format!("connection: {configuration}, switched off")
        }
        Step::Sync { deep: true, .. } => "run: full and deep".to_owned(),
        Step::Sync { full: true, .. } => "run: full".to_owned(),
        Step::Sync { .. } => "run: what changed".to_owned(),
        Step::Plan { .. } => "dry run: what the next run would write".to_owned(),
        Step::DeleteRule { rule } => format!("rule {rule} is deleted"),
        Step::Fault { fault } => format!("fault {}: {}", fault.id, says_fault(fault)),
        Step::Heal => "all faults end".to_owned(),
        Step::Advance { seconds } => format!("{seconds} s pass"),
        Step::Kill { request, applied } => {
            let when = if *applied {
                "after Zoom applied"
            } else {
                "before Zoom applied"
            };
            format!("in the next run the provisioner is killed {when} its request {request}")
        }
        Step::CutShort { unread } => format!(
            "the next run's read of the directory breaks off before {}",
            unread.join(", ")
        ),
        Step::AllowRemovals { removals } => format!("the next run may remove {removals} users"),
        Step::Restart => "the provisioner is killed and started again".to_owned(),
        Step::TestConnection => "the connection is tested".to_owned(),
    }
}

fn says_fault(fault: &Fault) -> String {
    let mut text = fault.on.clone().unwrap_or_else(|| "any request".to_owned());
    if let Some(user) = &fault.user {
        text.push_str(&format!(" about {user}"));
    }
    text.push_str(&format!(": {}", fault.then));
    if let Some(phase) = fault.phase {
        text.push_str(&format!(", {}", phase.as_str()));
    }
    if fault.skip > 0 {
        text.push_str(&format!(", not the first {}", fault.skip));
    }
    match fault.times {
        Some(1) => text.push_str(", once"),
        Some(times) => text.push_str(&format!(", {times} times")),
        None => {}
    }
    if let Some(percent) = fault.percent {
        text.push_str(&format!(", {percent} % of them"));
    }
    if fault.passes {
        text.push_str(", which passes each time");
    }
    text
}

fn says_edit(edit: &ZoomEdit) -> String {
    match edit {
        ZoomEdit::Add { user } => format!("{} is added", user.user_name),
        ZoomEdit::Change { user_name, change } => format!("{user_name}: {}", says_change(change)),
        ZoomEdit::Remove { user_name } => format!("{user_name} is deleted"),
        ZoomEdit::Foreign { user_name } => format!("{user_name} belongs to another account"),
    }
}

fn says_change(change: &Change) -> String {
    let mut words = Vec::new();
    if let Some(active) = change.active {
        words.push(if active { "activated" } else { "deactivated" }.to_owned());
    }
    for (attribute, value) in &change.attributes {
        words.push(format!("{attribute:?} = {value}"));
    }
    if let Some(value) = &change.cost_center {
        words.push(format!("cost centre = {value}"));
    }
    words.join(", ")
}

/// A line cut to what fits, at a character.
fn shortened(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}
