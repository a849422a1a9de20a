//! What a check is, and how checks are selected.

use std::fmt;

use futures::future::BoxFuture;

use super::session::{Session, Stop};

/// From how much likeness on (0 to 1) an id is offered for one that does not exist.
const NEAR: f64 = 0.75;
/// How many near ids are offered.
const MAX_NEAR: usize = 3;

/// How binding a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// An RFC says that it must be so, or everybody's clients would break otherwise.
    Must,
    /// Better so; that it is otherwise fails nothing.
    Should,
    /// Zoom does so, by its documents or by what clients have recorded.
    Zoom,
}

impl Level {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Zoom => "zoom",
        }
    }

    /// Whether a violation fails the run.
    #[must_use]
    pub fn is_binding(self) -> bool {
        self != Self::Should
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that is expected of a server.
#[derive(Debug)]
pub struct Check {
    /// Its name, which stays the same.
    pub id: &'static str,
    /// How binding it is.
    pub level: Level,
    /// Where it is said: a section of an RFC, or a document of Zoom's.
    pub cites: &'static str,
    /// What is expected.
    pub expects: &'static str,
    /// What to mend where it is not so.
    pub advice: &'static str,
}

impl Check {
    /// One that an RFC demands.
    pub(super) const fn must(
        id: &'static str,
        cites: &'static str,
        expects: &'static str,
        advice: &'static str,
    ) -> Self {
        Self::at(Level::Must, id, cites, expects, advice)
    }

    /// One that fails nothing.
    pub(super) const fn should(
        id: &'static str,
        cites: &'static str,
        expects: &'static str,
        advice: &'static str,
    ) -> Self {
        Self::at(Level::Should, id, cites, expects, advice)
    }

    /// One of Zoom's own ways.
    pub(super) const fn zoom(
        id: &'static str,
        cites: &'static str,
        expects: &'static str,
        advice: &'static str,
    ) -> Self {
        Self::at(Level::Zoom, id, cites, expects, advice)
    }

    const fn at(
        level: Level,
        id: &'static str,
        cites: &'static str,
        expects: &'static str,
        advice: &'static str,
    ) -> Self {
        Self {
            id,
            level,
            cites,
            expects,
            advice,
        }
    }
}

/// What checks cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A token alone.
    Nothing,
    /// Leave to write.
    Writes,
    /// A token that has expired.
    ExpiredToken,
    /// A client without the scope.
    SecondClient,
    /// Both a client without the scope and leave to write.
    SecondClientAndWrites,
}

/// Runs the checks of a section.
type Run = for<'a> fn(&'a mut Session) -> BoxFuture<'a, Result<(), Stop>>;

/// Checks that share their requests.
pub struct Section {
    /// The heading of its topic; sections of one topic follow each other.
    pub topic: &'static str,
    /// What it cannot do without.
    pub needs: Needs,
    /// Its checks.
    pub checks: &'static [&'static Check],
    /// Sends the requests and judges the answers.
    pub(super) run: Run,
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section")
            .field("topic", &self.topic)
            .field("needs", &self.needs)
            .field("checks", &self.checks)
            .finish_non_exhaustive()
    }
}

/// No check has such an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`--only {pattern}` selects no check{}; `zoom-conformance server --list` lists them all", nearby(.near))]
pub struct UnknownCheck {
    /// What was asked for.
    pub pattern: String,
    /// Ids that look like it, the nearest first.
    pub near: Vec<&'static str>,
}

fn nearby(near: &[&str]) -> String {
    match near {
        [] => String::new(),
        near => format!("; did you mean `{}`?", near.join("`, `")),
    }
}

impl UnknownCheck {
    /// The error about a pattern, with the ids that are like it.
    pub(super) fn new<'a>(pattern: &str, checks: impl Iterator<Item = &'a &'static Check>) -> Self {
        let likeness = |id: &str| strsim::jaro_winkler(id, pattern);
        let mut near: Vec<(f64, &'static str)> = checks
            .map(|check| (likeness(check.id), check.id))
            .filter(|(likeness, _)| *likeness >= NEAR)
            .collect();
        near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        Self {
            pattern: pattern.to_owned(),
            near: near.into_iter().take(MAX_NEAR).map(|(_, id)| id).collect(),
        }
    }
}
