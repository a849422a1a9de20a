//! What a card says.

use std::fmt;

use serde::Serialize;

use crate::account::ScopeReport;

/// How many lines of one check a card has at the most, the bad ones before the others.
const MAX_LINES: usize = 100;
/// How many exchanges a line names at the most.
const MAX_EVIDENCE: usize = 100;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// A wait that SCIM2 or REST told of, by 429 or 503, was kept.
    ToldWait,
    /// A wait that the token endpoint told of was kept.
    ToldWaitToken,
    /// After a failure without a told wait the same request came again at growing intervals.
    BackOff,
    /// No token was asked for while the last one was good.
    TokenStampede,
    /// Tokens were used for more than one request.
    TokenPerRequest,
    /// After a create whose answer was lost there was a look-up before another create.
    CreateAfterLost,
    /// What was refused for good was not asked for again.
    FutileRepeat,
    /// No scope was missing.
    ScopesMissing,
    /// No scope was granted without being needed.
    ScopesUnneeded,
}

impl Check {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ToldWait => "told_wait",
            Self::ToldWaitToken => "told_wait_token",
            Self::BackOff => "back_off",
            Self::TokenStampede => "token_stampede",
            Self::TokenPerRequest => "token_per_request",
            Self::CreateAfterLost => "create_after_lost",
            Self::FutileRepeat => "futile_repeat",
            Self::ScopesMissing => "scopes_missing",
            Self::ScopesUnneeded => "scopes_unneeded",
        }
    }
}

/// How a client did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As a good client does.
    Good,
    /// Otherwise.
    Bad,
    /// There was no occasion to see.
    NotMet,
}

impl Verdict {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::NotMet => "not_met",
        }
    }
}

/// One observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CardLine {
    /// What was looked at.
    pub check: Check,
    /// How the client did.
    pub verdict: Verdict,
    /// One sentence on what was seen.
    pub says: String,
    /// The sequence numbers of the exchanges that show it, the first 100.
    pub exchanges: Vec<u64>,
}

impl CardLine {
    pub(super) fn new(
        check: Check,
        verdict: Verdict,
        says: impl Into<String>,
        exchanges: impl IntoIterator<Item = u64>,
    ) -> Self {
        Self {
            check,
            verdict,
            says: says.into(),
            exchanges: exchanges.into_iter().take(MAX_EVIDENCE).collect(),
        }
    }

    /// There was no occasion.
    pub(super) fn not_met(check: Check, says: impl Into<String>) -> Self {
        Self::new(check, Verdict::NotMet, says, [])
    }
}

/// The report card of a client: at least one line for each check, in the order of the checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ReportCard {
    /// How many exchanges were looked at.
    pub looked_at: usize,
    /// The lines.
    pub lines: Vec<CardLine>,
    /// How many lines there are beside these; of one check 100 are shown, the bad ones before the others.
    pub left_out: usize,
    /// The scopes, as far as these exchanges show.
    pub scopes: ScopeReport,
}

impl ReportCard {
    pub(super) fn new(looked_at: usize, all: &[CardLine], scopes: ScopeReport) -> Self {
        let count = all.len();
        let mut lines: Vec<CardLine> = Vec::new();
        for of_check in all.chunk_by(|one, other| one.check == other.check) {
            let is_bad = |line: &&CardLine| line.verdict == Verdict::Bad;
            let bad = of_check.iter().filter(is_bad);
            let others = of_check.iter().filter(|line| !is_bad(line));
            lines.extend(bad.chain(others).take(MAX_LINES).cloned());
        }
        Self {
            looked_at,
            left_out: count - lines.len(),
            lines,
            scopes,
        }
    }

    /// The lines of a check.
    pub fn of(&self, check: Check) -> impl Iterator<Item = &CardLine> {
        self.lines.iter().filter(move |line| line.check == check)
    }

    /// The lines that are bad.
    pub fn bad(&self) -> impl Iterator<Item = &CardLine> {
        let is_bad = |line: &&CardLine| line.verdict == Verdict::Bad;
        self.lines.iter().filter(is_bad)
    }
}

impl fmt::Display for ReportCard {
    /// A line each: `bad     told_wait  was told ... (#3, #4)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            let (verdict, check) = (line.verdict.as_str(), line.check.as_str());
            write!(f, "{verdict:7} {check:17} {}", line.says)?;
            if let Some((last, before)) = line.exchanges.split_last() {
                write!(f, " (")?;
                before.iter().try_for_each(|seq| write!(f, "#{seq}, "))?;
                write!(f, "#{last})")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// `1 request`, `2 requests`.
pub(super) fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
