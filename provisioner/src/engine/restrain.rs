//! Holding back what the rules of safety do not let through, before anything of a plan is sent.

use super::evaluate::Evaluation;
use super::read::{Tried, read_singly};
use crate::connection::Connection;
use crate::directory::Directory;
use crate::links::{Fact, Memory, Remembered};
use crate::plan::{Account, Action, Plan, Status, Write, ZoomView};
use crate::safety::{
    Held, OverLimit, Protection, Safety, SourceCount, SourceRefused, check_source, is_spelling,
    listed, over_limit, protecting_role,
};
use crate::zoom::{Reader, ZoomError};
use compact_str::CompactString;

/// Whether a directory is to be believed, and what is to be remembered of its size. Nothing is known of the size of
/// a directory that was not read completely.
pub(super) fn guard_source(
    safety: &Safety,
    directory: &Directory,
    remembered: &Remembered,
    accepted: Option<usize>,
) -> Result<Vec<Memory>, SourceRefused> {
    if !directory.complete {
        return Ok(Vec::new());
    }
    let before = remembered.facts.get(&Fact::DirectoryCount);
    let count = SourceCount {
        before: before.and_then(|count| count.parse().ok()),
        now: directory.users.len() + directory.refused.len(),
        linked: remembered.links.len(),
    };
    check_source(safety, count, accepted)?;
    let is_news = count.before != Some(count.now);
    let fact = Memory::Fact(Fact::DirectoryCount, Some(count.now.to_string()));
    Ok(is_news.then_some(fact).into_iter().collect())
}

/// Whether no run has matched everybody yet: on a new state file, or one that takes the place of a lost one.
pub(super) fn is_first_run(remembered: &Remembered) -> bool {
    !remembered.facts.contains_key(&Fact::Settings)
}

/// What a plan is restrained by.
pub(super) struct Restraint<'a> {
    pub(super) connection: &'a Connection,
    pub(super) remembered: &'a Remembered,
    pub(super) evaluation: &'a Evaluation,
    pub(super) zoom: &'a ZoomView,
    pub(super) allow_removals: Option<usize>,
}

impl Restraint<'_> {
    /// Holds back what must not be sent in this run. Whose roles are not known yet is read singly, if there are not
    /// too many removals in any case.
    pub(super) async fn put_on(&self, plan: &mut Plan, reader: &Reader) -> Result<(), ZoomError> {
        for action in &mut plan.actions {
            self.hold_stuck(action);
            let account = removed_account(action).and_then(|id| self.zoom.by_id(id));
            hold_listed(action, account, &self.connection.safety);
            let is_by_absence = action.status == Status::Removed;
            if action.removes() && is_by_absence && is_first_run(self.remembered) {
                action.hold(Held::FirstRun);
            }
        }
        plan.over_limit = hold_over_limit(
            &mut plan.actions,
            &self.connection.safety,
            self.remembered.links.len(),
            self.allow_removals,
        );
        // Whom the limit holds back is not read: a list shows no roles, and of those there may be many.
        let unread = plan
            .actions
            .iter()
            .filter_map(removed_account)
            .filter(|id| !self.zoom.is_whole(id));
        let mut fresh = ZoomView::default();
        let unread = unread.map(CompactString::from).collect();
        read_singly(reader, unread, &mut fresh, &mut Tried::default()).await?;
        for action in &mut plan.actions {
            let why = removed_account(action).and_then(|id| fresh.unread(id));
            if let Some(why) = why.map(str::to_owned) {
                action.fail(why);
                continue;
            }
            let account = removed_account(action)
                .and_then(|id| fresh.by_id(id).or_else(|| self.zoom.by_id(id)));
            if let Some(protection) = account.and_then(protecting_role) {
                action.hold(Held::Protected(protection));
            }
        }
        Ok(())
    }

    fn hold_stuck(&self, action: &mut Action) {
        let Some(Write::Update { zoom_id, change }) = &action.write else {
            return;
        };
        let digest = self.evaluation.digests.get(&action.user);
        let seen = self.remembered.seen.get(&action.user);
        let same = seen.filter(|seen| digest.is_some_and(|digest| digest.digest == seen.digest));
        let stuck = same.and_then(|seen| seen.stuck.as_ref());
        let Some(stuck) = stuck.filter(|stuck| stuck.is_of(zoom_id, change)) else {
            return;
        };
        let account = self.zoom.by_id(zoom_id);
        if account.is_some_and(|account| is_spelling(change, account)) {
            // Everybody is as they are to be.
            let status = action.status;
            action.hold(Held::Spelling);
            action.status = status;
        } else if stuck.holds(zoom_id, change) {
            action.hold(Held::Stuck);
        }
    }
}

/// Zoom's id of whom an action disables or deletes.
fn removed_account(action: &Action) -> Option<&str> {
    match &action.write {
        Some(Write::Deactivate { zoom_id } | Write::Delete { zoom_id }) => Some(zoom_id),
        Some(Write::Create { .. } | Write::Update { .. }) | None => None,
    }
}

fn hold_listed(action: &mut Action, account: Option<&Account>, safety: &Safety) {
    let held_by = account.map(|account| account.user_name.as_str());
    let addresses = held_by.into_iter().chain([action.username.as_str()]);
    if action.removes() && listed(safety, &action.user, addresses) {
        action.hold(Held::Protected(Protection::List));
    }
}

/// Holds all removals back, if they are more than the limit lets through.
pub(super) fn hold_over_limit(
    actions: &mut [Action],
    safety: &Safety,
    linked: usize,
    allowed: Option<usize>,
) -> Option<OverLimit> {
    let planned = actions.iter().filter(|action| action.removes()).count();
    let over = over_limit(safety, planned, linked, allowed)?;
    for action in actions.iter_mut().filter(|action| action.removes()) {
        action.hold(Held::Limit);
    }
    Some(over)
}

/// Holds back the removal of an account that was read singly, if it is protected.
pub(super) fn hold_protected(action: &mut Action, account: &Account, safety: &Safety) {
    hold_listed(action, Some(account), safety);
    let protection = protecting_role(account).filter(|_| action.removes());
    if let Some(protection) = protection {
        action.hold(Held::Protected(protection));
    }
}
