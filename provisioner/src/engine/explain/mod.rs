//! Why a user is as they are, and what the next run would do for them. Nothing is written.

mod told;

use std::borrow::Cow;
use std::collections::BTreeSet;

use compact_str::CompactString;

pub use self::told::{
    Decision, Explained, ExplainedRule, Explanation, FoundLink, InDirectory, LastSeen, UnderWay,
    ZoomHolds,
};
use super::evaluate::{Evaluation, evaluate};
use super::intents::{Patience, resolve};
use super::restrain::Restraint;
use super::{Provisioner, SyncError, SyncOptions, input, planned, read};
use crate::directory::{Directory, DirectoryUser};
use crate::links::{Intended, Remembered};
use crate::plan::{Account, Plan, ZoomView, fold};
use crate::rule::Rule;
use crate::zoom::{ErrorKind, Reader, ZoomError};

/// How near a name has to be to be meant, from 0 to 1.
const NEAR: f64 = 0.85;
/// How many near names are told.
const MAX_NEAR: usize = 3;
/// How many users of one name are told.
const MAX_SEVERAL: usize = 20;

impl Provisioner {
    /// Tells why a user is as they are, and what the next run would do. The user is named by the directory's id, by
    /// username or by Zoom's id. Zoom is only read.
    ///
    /// # Errors
    ///
    /// When the connection is off, or Zoom or the store cannot be used.
    pub async fn explain(&self, directory: &Directory, user: &str) -> Result<Explained, SyncError> {
        if !self.connection.enabled {
            return Err(SyncError::Off);
        }
        self.begin().await;
        let remembered = self.links.load().await?;
        let reader = self.reader();
        let mut found: Vec<CompactString> =
            named(directory, &remembered, user).into_iter().collect();
        let explained = match (found.pop(), found.is_empty()) {
            (Some(id), true) => {
                let explanation = self.explain_one(&reader, directory, remembered, id).await?;
                Explained::User(Box::new(explanation))
            }
            (Some(id), false) => {
                found.push(id);
                found.truncate(MAX_SEVERAL);
                Explained::Several(found)
            }
            (None, _) => match in_zoom(&reader, user).await? {
                // Linked, but under another address than the directory's.
                Some(account) => match linked_to(&remembered, &account.id) {
                    Some(id) => {
                        let explanation =
                            self.explain_one(&reader, directory, remembered, id).await?;
                        Explained::User(Box::new(explanation))
                    }
                    None => Explained::OnlyInZoom(account.into()),
                },
                None => Explained::Nobody(near(directory, &remembered, user)),
            },
        };
        Ok(explained)
    }

    async fn explain_one(
        &self,
        reader: &Reader,
        directory: &Directory,
        mut remembered: Remembered,
        id: CompactString,
    ) -> Result<Explanation, SyncError> {
        remembered.intents.retain(|user, _| *user == id);
        let under_way = remembered.intents.get(&id).map(|intent| UnderWay {
            action: match intent.write {
                Intended::Create { .. } => "create",
                Intended::Delete { .. } => "delete",
            },
            since: intent.at,
        });
        let (resolved, failed) = resolve(reader, &remembered, Patience::None).await?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        for resolved in resolved {
            for change in resolved.changes {
                remembered.apply(change);
            }
        }
        let evaluate = |full| {
            let options = SyncOptions {
                full,
                ..SyncOptions::default()
            };
            evaluate(
                &self.connection,
                &self.rules,
                Cow::Borrowed(directory),
                &remembered,
                options,
                self.session.waiter().wall(),
            )
        };
        let next = evaluate(false);
        let is_refused = next.refused.iter().any(|refused| refused.user == id);
        let due = next.evaluated.contains(&id) || is_refused;
        // This user alone is read, and decided about as a full run would.
        let mut evaluation = evaluate(true);
        evaluation.full = false;
        evaluation.evaluated.retain(|user| *user == id);
        let (zoom, mut plan) = self.seen_by(reader, &evaluation, &remembered, true).await?;
        let decided = plan.actions.iter_mut().find(|action| action.user == id);
        if let Some(action) = decided
            && due
            && action.removes()
        {
            // How many others the next run would remove decides whether it removes anybody.
            let (_, run) = self.seen_by(reader, &next, &remembered, false).await?;
            if let Some(in_run) = run.actions.into_iter().find(|action| action.user == id) {
                *action = in_run;
            }
        }
        let link = remembered.links.get(&id);
        let account = match link {
            Some(link) => zoom.by_id(&link.zoom_id),
            None => address(&evaluation, &id).and_then(|address| zoom.by_name(address)),
        };
        let decided = plan.actions.iter().find(|action| action.user == id);
        let relinked = plan.relinked.iter().find(|relink| relink.from == id);
        Ok(Explanation {
            directory: in_directory(directory, &id),
            rules: explained_rules(&self.rules, directory, &id),
            link: link.map(FoundLink::from),
            last: remembered.seen.get(&id).map(|seen| LastSeen {
                username: seen.username.clone(),
                status: seen.status,
                reason: seen.note.clone(),
                rules: seen.rules.clone(),
            }),
            under_way,
            zoom: account.cloned().map(ZoomHolds::from),
            due,
            decision: decided.map(Decision::from),
            passes_to: relinked.map(|relink| relink.to.clone()),
            user: id,
        })
    }

    /// What is decided about those who are evaluated, and what it is decided from.
    async fn seen_by(
        &self,
        reader: &Reader,
        evaluation: &Evaluation,
        remembered: &Remembered,
        deep: bool,
    ) -> Result<(ZoomView, Plan), SyncError> {
        let connection = &self.connection;
        let zoom = read::view(reader, connection, evaluation, remembered, deep).await?;
        let input = input(connection, evaluation, remembered, &zoom, false);
        let mut plan = planned(&input, evaluation);
        let restraint = Restraint {
            connection,
            remembered,
            evaluation,
            zoom: &zoom,
            allow_removals: None,
        };
        restraint.put_on(&mut plan, reader).await?;
        Ok((zoom, plan))
    }
}

/// Everybody of that name, by the directory's id.
fn named(directory: &Directory, remembered: &Remembered, name: &str) -> BTreeSet<CompactString> {
    let is = |other: &str| fold(other) == fold(name);
    let users = directory.users.iter();
    let users = users.filter(|user| user.id == name || is(&user.username));
    let mut found: BTreeSet<CompactString> = users.map(|user| user.id.clone()).collect();
    let refused = directory.refused.iter();
    let refused =
        refused.filter(|refused| refused.id == name || refused.username.as_deref().is_some_and(is));
    found.extend(refused.map(|refused| refused.id.clone()));
    let links = remembered.links.values();
    let links = links.filter(|link| link.user == name || link.zoom_id == name);
    found.extend(links.map(|link| link.user.clone()));
    if found.is_empty() {
        // Who had the name when they were last looked at.
        let seen = remembered.seen.iter();
        let seen = seen.filter(|(id, seen)| *id == name || is(&seen.username));
        found.extend(seen.map(|(id, _)| id.clone()));
    }
    found
}

/// Whom Zoom has under a name: an address, or an id.
async fn in_zoom(reader: &Reader, name: &str) -> Result<Option<Account>, ZoomError> {
    let found = match name.contains('@') {
        true => reader.find(name).await,
        false => reader.get(name).await,
    };
    match found {
        // A name that can be no id, or an address that two have.
        Err(error) if error.kind == ErrorKind::User => Ok(None),
        found => found,
    }
}

fn linked_to(remembered: &Remembered, zoom_id: &str) -> Option<CompactString> {
    let mut links = remembered.links.values();
    Some(links.find(|link| link.zoom_id == zoom_id)?.user.clone())
}

/// Names that may have been meant, the nearest first.
fn near(directory: &Directory, remembered: &Remembered, name: &str) -> Vec<String> {
    let users = directory.users.iter();
    let seen = remembered.seen.values().map(|seen| seen.username.as_str());
    let names = users
        .flat_map(|user| [user.username.as_str(), user.id.as_str()])
        .chain(seen);
    let meant = fold(name);
    let mut near: Vec<(f64, &str)> = names
        .map(|other| (strsim::jaro_winkler(&meant, &fold(other)), other))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    near.dedup_by(|one, other| one.1 == other.1);
    let near = near.into_iter().take(MAX_NEAR);
    near.map(|(_, other)| other.to_owned()).collect()
}

fn record<'a>(directory: &'a Directory, id: &str) -> Option<&'a DirectoryUser> {
    directory.users.iter().find(|user| user.id == id)
}

fn in_directory(directory: &Directory, id: &str) -> InDirectory {
    if let Some(user) = record(directory, id) {
        return InDirectory::Record {
            username: user.username.clone(),
            enabled: user.enabled,
        };
    }
    let mut refused = directory.refused.iter();
    match refused.find(|refused| refused.id == id) {
        Some(refused) => InDirectory::Unusable {
            reason: refused.reason.clone(),
        },
        None => InDirectory::Absent {
            complete: directory.complete,
        },
    }
}

fn explained_rules(rules: &[Rule], directory: &Directory, id: &str) -> Vec<ExplainedRule> {
    let Some(user) = record(directory, id) else {
        return Vec::new();
    };
    let explained = rules.iter().map(|rule| ExplainedRule {
        rule: rule.id.clone(),
        enabled: rule.enabled,
        matches: rule.matches(user),
        filter: rule.filter.as_ref().map(ToString::to_string),
        unmet: rule
            .filter
            .as_ref()
            .map_or_else(Vec::new, |filter| filter.unmet(user)),
    });
    explained.collect()
}

fn address<'a>(evaluation: &'a Evaluation, id: &str) -> Option<&'a str> {
    let mut desired = evaluation.desired.iter();
    Some(&desired.find(|desired| desired.user == id)?.address)
}
