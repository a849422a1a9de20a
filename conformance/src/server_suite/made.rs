//! What a run has made, so that it can be removed again; nothing else is ever written to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::names::Names;
use super::session::{Session, Stop};
use super::wire::{Answer, Request, encoded};

/// Users or groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    User,
    Group,
}

impl Kind {
    /// The path of all of them.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }

    /// The attribute that names one.
    fn key(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Group => "displayName",
        }
    }
}

/// All that was made.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// The ids that creates were answered with.
    ids: BTreeMap<(Kind, String), String>,
    /// The names that were sent and never answered with an id: they may be there all the same.
    open: BTreeSet<(Kind, String)>,
    /// What a create seems to have made under a name that is not ours: it is told, and not removed.
    unsure: BTreeSet<(Kind, String)>,
    count: usize,
}

impl Made {
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Remembers a create before it is sent.
    pub(super) fn about_to(&mut self, request: &Request) {
        if let Some((kind, Some(name))) = create(request) {
            self.may_have(kind, &name);
        }
    }

    /// Remembers that a request may make somebody of this name, though it is not to.
    pub(super) fn may_have(&mut self, kind: Kind, name: &str) {
        self.open.insert((kind, name.to_owned()));
    }

    /// Remembers what a create was answered with.
    pub(super) fn answered(&mut self, answer: &Answer) {
        let Some((kind, name)) = create(&answer.request) else {
            return;
        };
        if !answer.is_good() {
            return;
        }
        self.count += 1;
        let Some(id) = answer.text("/id").filter(|id| !id.is_empty()) else {
            return;
        };
        // A server that answers with somebody else must not make us remove them.
        let shown = answer.text(&format!("/{}", kind.key())).unwrap_or_default();
        match name {
            Some(name) if shown.eq_ignore_ascii_case(&name) => {
                self.ids.insert((kind, id.to_owned()), name.clone());
                self.open.remove(&(kind, name));
            }
            _ => {
                self.unsure.insert((kind, id.to_owned()));
            }
        }
    }
}

/// What a request creates, and its name, unless it lacks one.
fn create(request: &Request) -> Option<(Kind, Option<String>)> {
    let kinds = [Kind::User, Kind::Group];
    let kind = kinds.into_iter().find(|kind| kind.path() == request.path)?;
    if request.method != "POST" {
        return None;
    }
    let (_, text) = request.body.as_ref()?;
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let name = body.get(kind.key()).and_then(Value::as_str);
    Some((kind, name.map(str::to_owned)))
}

/// Removes all that was made, and tells what it could not remove.
pub(super) async fn clean_up(session: &mut Session) -> Vec<String> {
    let made = std::mem::take(&mut session.made);
    let mut left = Vec::new();
    for ((kind, id), name) in &made.ids {
        if let Err(reason) = remove(session, *kind, id).await {
            left.push(format!("{name} ({id}): {reason}"));
        }
    }
    // A create without an answer, or one that was refused, may have made somebody all the same.
    for (kind, name) in &made.open {
        for id in found(session, *kind, name).await {
            if let Err(reason) = remove(session, *kind, &id).await {
                left.push(format!("{name} ({id}): {reason}"));
            }
        }
    }
    for (kind, id) in &made.unsure {
        let there = session.read(*kind, id).await;
        if !made.ids.contains_key(&(*kind, id.clone()))
            && there.is_ok_and(|answer| answer.is_good())
        {
            left.push(format!(
                "{}/{id}: a create was answered with it, but its name is not one of this run; look at it yourself",
                kind.path()
            ));
        }
    }
    session.made.count = made.count;
    left
}

async fn remove(session: &mut Session, kind: Kind, id: &str) -> Result<(), String> {
    let path = format!("{}/{}", kind.path(), encoded(id));
    let told = |stop: Stop| stop.to_string();
    let deleted = session.send(Request::delete(&path)).await.map_err(told)?;
    if deleted.status == 404 {
        return Ok(());
    }
    if !deleted.is_good() {
        return Err(format!("the delete was answered with {}", deleted.status));
    }
    let after = session.send(Request::get(&path)).await.map_err(told)?;
    if after.is_good() {
        return Err("it is still there after the delete".to_owned());
    }
    Ok(())
}

/// The ids of what has a name, as far as the server says so.
async fn found(session: &mut Session, kind: Kind, name: &str) -> Vec<String> {
    let filter = encoded(&format!("{} eq \"{name}\"", kind.key()));
    let path = format!("{}?filter={filter}&count=100", kind.path());
    let Ok(answer) = session.send(Request::get(path)).await else {
        return Vec::new();
    };
    let resources = answer.at("/Resources").and_then(Value::as_array);
    let is_it = |item: &&Value| {
        let shown = item.get(kind.key()).and_then(Value::as_str);
        shown.is_some_and(|shown| shown.eq_ignore_ascii_case(name))
    };
    let own = |names: &Names| names.is_own(name);
    resources
        .into_iter()
        .flatten()
        .filter(is_it)
        .filter(|_| own(&session.names))
        .filter_map(|item| item.get("id")?.as_str().map(str::to_owned))
        .collect()
}
