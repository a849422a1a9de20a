//! Which provisioner it is: the right one, one with a bug, or one that is right in another way.

use std::fmt;

use super::bug::Bug;

/// How many users are asked for at once: few, so that a small directory has several pages.
const PAGE: usize = 3;
/// How many requests are under way at once where that is more than one.
const WORKERS: usize = 8;

/// One way to be right that the plain reference provisioner is not. The names are the catalogue's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "Control::says is the documentation of each")]
pub enum Control {
    G01,
    G02,
    G03,
    G04,
    G05,
    G06,
    G07,
    G08,
    G09,
    G10,
    G11,
    G12,
    G13,
}

impl Control {
    /// All of them, in order.
    pub const ALL: [Self; 13] = [
        Self::G01,
        Self::G02,
        Self::G03,
        Self::G04,
        Self::G05,
        Self::G06,
        Self::G07,
        Self::G08,
        Self::G09,
        Self::G10,
        Self::G11,
        Self::G12,
        Self::G13,
    ];

    /// What it does otherwise.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::G01 => "looks each user up before creating them",
            Self::G02 => "creates at once, and adopts whom the duplicate names",
            Self::G03 => "updates by a PUT of the whole account, read just before",
            Self::G04 => "re-enables by a PATCH, and sends attributes afterwards",
            Self::G05 => "has eight requests under way at once",
            Self::G06 => "takes the users in the reverse order",
            Self::G07 => "asks for one user a page",
            Self::G08 => "reads each account again after a write",
            Self::G09 => "renews tokens at half their life",
            Self::G10 => "looks users up one by one, and lists nobody",
            Self::G11 => "lists everybody, and reads singly only whom it links",
            Self::G12 => "backs off by other constants",
            Self::G13 => "is started again from its state before every run",
        }
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}

impl std::str::FromStr for Control {
    type Err = NoControl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|control| control.to_string().eq_ignore_ascii_case(text))
            .ok_or_else(|| NoControl(text.to_owned()))
    }
}

/// No control has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no control `{0}`: `zoom-conformance prove --list` shows all")]
pub struct NoControl(String);

/// At most one bug, and at most one other way to be right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Variant {
    /// What is wrong with it.
    pub bug: Option<Bug>,
    /// What is different about it.
    pub control: Option<Control>,
}

impl Variant {
    /// The one with this bug.
    #[must_use]
    pub fn wrong(bug: Bug) -> Self {
        Self {
            bug: Some(bug),
            control: None,
        }
    }

    /// The one that is right in this way.
    #[must_use]
    pub fn right(control: Control) -> Self {
        Self {
            bug: None,
            control: Some(control),
        }
    }

    pub(super) fn has(self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    pub(super) fn is(self, control: Control) -> bool {
        self.control == Some(control)
    }

    pub(super) fn page(self) -> usize {
        if self.is(Control::G07) { 1 } else { PAGE }
    }

    /// B61 shows where several requests are under way.
    pub(super) fn workers(self) -> usize {
        if self.is(Control::G05) || self.has(Bug::B61) {
            WORKERS
        } else {
            1
        }
    }
}
