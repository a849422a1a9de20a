//! What is told of a user.

use compact_str::CompactString;
use jiff::Timestamp;
use serde::Serialize;

use crate::links::{Link, Origin};
use crate::plan::{Account, Action, Flag, Row, Status, Write};
use crate::rule::Attributes;
use crate::summary::word;

/// Who was found under a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Explained {
    /// One user.
    User(Box<Explanation>),
    /// Zoom alone knows them.
    OnlyInZoom(ZoomHolds),
    /// More than one: the directory's ids of the first of them.
    Several(Vec<CompactString>),
    /// Nobody; these have a name that is near.
    Nobody(Vec<String>),
}

/// Why a user is as they are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The directory's id.
    pub user: CompactString,
    /// What the directory has of them.
    pub directory: InDirectory,
    /// What each rule says, in their order; empty where there is no record.
    pub rules: Vec<ExplainedRule>,
    /// The link, if there is one.
    pub link: Option<FoundLink>,
    /// The last evaluation.
    pub last: Option<LastSeen>,
    /// A write of which nobody knows what became.
    pub under_way: Option<UnderWay>,
    /// What Zoom holds now.
    pub zoom: Option<ZoomHolds>,
    /// Whether the next run looks at them, if it is not a full one.
    pub due: bool,
    /// The next decision; absent where nothing is decided about them.
    pub decision: Option<Decision>,
    /// The id to which their link passes, because they came back under it (O17).
    pub passes_to: Option<CompactString>,
}

/// What the directory has of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InDirectory {
    /// A record.
    Record {
        /// The login.
        username: CompactString,
        /// Whether the person may use their accounts.
        enabled: bool,
    },
    /// A record that cannot be used.
    Unusable {
        /// Where it stands, and what is wrong with it.
        reason: String,
    },
    /// None.
    Absent {
        /// Whether everybody was read, so that it is certain.
        complete: bool,
    },
}

/// What a rule says of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedRule {
    /// The rule.
    pub rule: String,
    /// Whether the rule is on.
    pub enabled: bool,
    /// Whether it matches. The first that is on and matches has the user in its care.
    pub matches: bool,
    /// Its filter.
    pub filter: Option<String>,
    /// The parts of the filter that keep the user out.
    pub unmet: Vec<String>,
}

/// The link of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundLink {
    /// Zoom's id.
    pub zoom_id: CompactString,
    /// Who made the Zoom user.
    pub origin: Origin,
    /// The rule in whose care the user is.
    pub rule: CompactString,
    /// The Zoom user was deactivated because the directory user was removed.
    pub removed: bool,
}

/// How a user was evaluated last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastSeen {
    /// The address.
    pub username: CompactString,
    /// How they were counted.
    pub status: Status,
    /// Why they failed.
    pub reason: Option<String>,
    /// The rules that matched.
    pub rules: Vec<CompactString>,
}

/// A write of which nobody knows what became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnderWay {
    /// `create` or `delete`.
    pub action: &'static str,
    /// When it was about to be sent.
    pub since: Timestamp,
}

/// A Zoom user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ZoomHolds {
    /// Zoom's id.
    pub id: CompactString,
    /// The address.
    pub username: CompactString,
    /// Whether the account may be used.
    pub active: bool,
    /// What the read showed.
    pub attributes: Attributes,
}

/// What the next run decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The row that decides.
    pub row: Row,
    /// The row that leads there.
    pub via: Option<Row>,
    /// `none`, `create`, `update`, `enable`, `disable` or `delete`.
    pub action: &'static str,
    /// What is sent.
    pub write: Option<Write>,
    /// How the user is counted then.
    pub status: Status,
    /// The flag that refuses something.
    pub flag: Option<Flag>,
    /// Why the user fails, or what else there is to say.
    pub reason: Option<String>,
}

impl From<&Link> for FoundLink {
    fn from(link: &Link) -> Self {
        Self {
            zoom_id: link.zoom_id.clone(),
            origin: link.origin,
            rule: link.rule.clone(),
            removed: link.removed,
        }
    }
}

impl From<Account> for ZoomHolds {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            username: account.user_name,
            active: account.active,
            attributes: account.attributes,
        }
    }
}

impl From<&Action> for Decision {
    fn from(action: &Action) -> Self {
        Self {
            row: action.row,
            via: action.via,
            action: word(action.write.as_ref()),
            write: action.write.clone(),
            status: action.status,
            flag: action.refused_by,
            reason: action
                .held
                .as_ref()
                .map(ToString::to_string)
                .or(action.note.clone()),
        }
    }
}
