//! The deletion of a rule, which goes on where it was interrupted.

use std::collections::BTreeMap;

use compact_str::CompactString;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::Semaphore;

use super::apply::Apply;
use super::evaluate::Evaluation;
use super::intents::Patience;
use super::ledger::Ledger;
use super::read::CONCURRENT_READS;
use super::restrain::{hold_over_limit, hold_protected};
use super::scribe::Scribe;
use super::{Provisioner, SyncError, input};
use crate::connection::Connection;
use crate::links::{Fact, Link, Memory, Remembered, Seen};
use crate::plan::{
    Action, LinkChange, Status, ZoomView, decide_rule_deleted, removes_on_rule_deletion,
};
use crate::safety::{Held, OverLimit, Seats};
use crate::summary::{Outcome, Report};
use crate::zoom::{Reader, Writer};

/// The rules whose deletion has begun and is not finished, and of each whether it removes.
pub(crate) fn begun(remembered: &Remembered) -> BTreeMap<String, bool> {
    let fact = remembered.facts.get(&Fact::RuleDeletions);
    fact.and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default()
}

/// What an administrator should know of deletions that have begun.
pub(super) fn unfinished(remembered: &Remembered) -> impl Iterator<Item = String> {
    begun(remembered).into_keys().map(|rule| {
        let links = remembered.links.values();
        let left = links.filter(|link| link.rule == rule).count();
        let users = if left == 1 { "user is" } else { "users are" };
        format!(
            "the deletion of the rule {rule} has begun and is not finished: the rule counts as deleted, and {left} \
             {users} left as they are in its care; run `zoom-provisioner delete-rule` for it again, which finishes it"
        )
    })
}

fn begun_fact(deletions: &BTreeMap<String, bool>) -> Memory {
    // A map of texts always has a JSON.
    let json = serde_json::to_string(deletions).ok();
    let value = json.filter(|_| !deletions.is_empty());
    Memory::Fact(Fact::RuleDeletions, value)
}

impl Provisioner {
    /// Forgets a rule; its users are deprovisioned where both switches say so (O13). One that was interrupted is
    /// finished by the same again; what it was to do to its users is what both its beginning and the switches of
    /// now say. The number of removals that is allowed is as in [`crate::SyncOptions`]; over the limit nothing
    /// is done at all.
    ///
    /// # Errors
    ///
    /// When the connection is off, or Zoom or the store cannot be used at all.
    pub async fn delete_rule(
        &mut self,
        rule: &str,
        allow_removals: Option<usize>,
    ) -> Result<Report, SyncError> {
        if !self.connection.enabled {
            return Err(SyncError::Off);
        }
        let scribe = self.scribe("delete_rule").await?;
        let result = self.forget_rule(rule, allow_removals, &scribe).await;
        scribe.end(result).await
    }

    async fn forget_rule(
        &mut self,
        rule: &str,
        allow_removals: Option<usize>,
        scribe: &Scribe,
    ) -> Result<Report, SyncError> {
        let reader = self.reader();
        let remembered = self.links.load().await?;
        let resumed = self.resume(&reader, remembered, Patience::Window).await?;
        let (remembered, resolved, failed) = resumed;
        if let Some(error) = failed {
            return Err(self.ended(error.into(), 0, 0));
        }
        self.remember(&resolved, scribe).await?;
        let mut deletions = begun(&remembered);
        let connection = Connection {
            deprovision_on_rule_deletion: self.connection.deprovision_on_rule_deletion
                && deletions.get(rule).copied().unwrap_or(true),
            ..self.connection.clone()
        };
        let (mut changes, mut actions) = self
            .after_rule(&reader, &connection, &remembered, rule)
            .await?;
        let linked = remembered.links.len();
        if let Some(over) =
            hold_over_limit(&mut actions, &connection.safety, linked, allow_removals)
        {
            return Ok(not_deleted(&remembered, &actions, over));
        }
        self.rules.retain(|alive| alive.id != rule);
        deletions.insert(rule.to_owned(), connection.deprovision_on_rule_deletion);
        changes.push(begun_fact(&deletions));
        self.links.save(changes).await?;
        let evaluation = Evaluation::default();
        let zoom = ZoomView::default();
        let apply = Apply {
            writer: Writer::new(reader),
            input: input(&connection, &evaluation, &remembered, &zoom, false),
            ledger: Ledger::new(self.links.as_ref()),
            evaluation: &evaluation,
            seen: &remembered.seen,
            scribe,
            seats: Seats::default(),
            places: Semaphore::new(self.places),
        };
        let applied = apply.run(actions).await;
        if let Some(error) = applied.stopped {
            let ended = self.ended(error, applied.done.len(), applied.left);
            return Err(ended.with_warnings(unfinished(&self.links.load().await?).collect()));
        }
        let outcomes = applied.done.iter();
        let failures = outcomes.filter(|outcome| outcome.status == Status::Failed);
        let failures = failures.count();
        if failures == 0 {
            deletions.remove(rule);
            self.links.save(vec![begun_fact(&deletions)]).await?;
        }
        let left = self.links.load().await?;
        let mut report = Report::new(in_scope(&left), applied.done);
        report.warnings.extend(unfinished(&left));
        Ok(report)
    }

    /// What has to be remembered of a rule's end, and to be done to those who are in nobody else's care.
    async fn after_rule(
        &self,
        reader: &Reader,
        connection: &Connection,
        remembered: &Remembered,
        rule: &str,
    ) -> Result<(Vec<Memory>, Vec<Action>), SyncError> {
        let mut kept = Vec::new();
        let mut left = Vec::new();
        for link in remembered.links.values().filter(|link| link.rule == rule) {
            // O14: who is in scope of another rule passes into its care.
            match next_rule(remembered, &link.user, rule) {
                Some(next) => kept.push(Memory::Link(Link {
                    rule: next,
                    ..link.clone()
                })),
                None => left.push(after_rule_for(reader, connection, link)),
            }
        }
        let actions = stream::iter(left).buffered(CONCURRENT_READS).try_collect();
        let actions = actions.await.map_err(|error| self.ended(error, 0, 0))?;
        for (user, seen) in &remembered.seen {
            if seen.rules.iter().any(|other| other == rule) {
                kept.push(without_rule(user, seen, rule));
            }
        }
        Ok((kept, actions))
    }
}

fn next_rule(remembered: &Remembered, user: &str, deleted: &str) -> Option<CompactString> {
    let seen = remembered.seen.get(user)?;
    seen.rules.iter().find(|rule| *rule != deleted).cloned()
}

async fn after_rule_for(
    reader: &Reader,
    connection: &Connection,
    link: &Link,
) -> Result<Action, SyncError> {
    let account = match removes_on_rule_deletion(connection, link) {
        true => reader.get(&link.zoom_id).await?,
        false => None,
    };
    let mut action = decide_rule_deleted(connection, link, account.as_ref());
    if let Some(account) = &account {
        hold_protected(&mut action, account, &connection.safety);
        if matches!(action.held, Some(Held::Protected(_))) {
            // The account stays, and the rule's links go as where a flag refuses the removal.
            action.link = LinkChange::Drop;
        }
    }
    Ok(action)
}

fn without_rule(user: &str, seen: &Seen, rule: &str) -> Memory {
    let rules = seen.rules.iter().filter(|other| *other != rule);
    let rules: Vec<CompactString> = rules.cloned().collect();
    match rules.is_empty() {
        true => Memory::Unsee(user.into()),
        false => Memory::Seen(
            user.into(),
            Seen {
                rules,
                ..seen.clone()
            },
        ),
    }
}

/// Nothing was done, neither to the accounts nor to the rule. One that has begun stays so.
fn not_deleted(remembered: &Remembered, actions: &[Action], over: OverLimit) -> Report {
    let outcomes = actions.iter().map(|action| Outcome::new(action.clone(), 0));
    let mut report = Report::new(in_scope(remembered), outcomes.collect());
    report.warnings.push(over.to_string());
    report.warnings.extend(unfinished(remembered));
    report.over_limit = Some(over);
    report
}

fn in_scope(remembered: &Remembered) -> impl Iterator<Item = Status> {
    let seen = remembered.seen.values();
    seen.filter(|seen| !seen.rules.is_empty())
        .map(|seen| seen.status)
}
