//! What an answer of the SCIM URL means.

use jiff::Timestamp;
use reqwest::header::RETRY_AFTER;
use serde_json::Value;

use super::answer::by_status;
use super::endpoint::ScimPath;
use super::words::{Words, is_cut, is_page, told};
use super::{Code, Finding};
use crate::zoom::Answer;

/// Where a page was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) path: ScimPath,
    /// Token URL and SCIM URL belong to one Zoom.
    pub(super) same_zoom: bool,
}

/// A page of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) total: u64,
    /// The ids of the users on it.
    pub(super) ids: Vec<String>,
}

/// Reads an answer: a page of users, or what is wrong.
pub(super) fn page(answer: &Answer, asked: Asked) -> Result<Page, Finding> {
    if let Some(finding) = by_status(answer) {
        return Err(finding);
    }
    match answer.status {
        200..=299 => listed(answer),
        _ => Err(Finding::new(refusal(answer, asked), told(answer))),
    }
}

/// What a refusal means, by what Zoom is known to say.
fn refusal(answer: &Answer, asked: Asked) -> Code {
    let words = Words::of(&answer.body);
    if words.says("does not contain scopes") || words.code == Some(4711) {
        return Code::MissingScope;
    }
    if words.says("not enabled single sign-on") {
        return Code::SsoDisabled;
    }
    match (answer.status, words.code) {
        (429, _) if is_daily(answer, &words) => Code::DailyLimit,
        (429, _) => Code::PerSecondLimit,
        (403, _) => Code::PermissionRemoved,
        (400, Some(200)) if words.says("permission") || words.says("privilege") => {
            Code::PermissionRemoved
        }
        // The texts of 124 are documented under 400 as well; 200 tells that the token is of another kind.
        (401, _) | (400, Some(124 | 200 | 4700)) => {
            if words.says("expired") {
                Code::TokenExpired
            } else if asked.same_zoom {
                Code::TokenNotAccepted
            } else {
                Code::TokenOfAnotherZoom
            }
        }
        (404 | 405 | 410, _) => match asked.path {
            ScimPath::Incomplete => Code::ScimUrlIncomplete,
            ScimPath::Doubled => Code::ScimUrlDoubled,
            ScimPath::Plausible => Code::ScimUrlNotFound,
        },
        _ if words.text.is_empty() && is_page(answer) => Code::ScimHtml,
        _ => Code::NotScim,
    }
}

/// Whether a 429 is about the day: Zoom says so by a header, by a date in `Retry-After`, or in words.
fn is_daily(answer: &Answer, words: &Words) -> bool {
    let by_type = answer
        .header("x-ratelimit-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("daily"));
    let by_date = answer
        .header(RETRY_AFTER)
        .is_some_and(|wait| wait.trim().parse::<Timestamp>().is_ok());
    by_type || by_date || words.says("daily")
}

fn listed(answer: &Answer) -> Result<Page, Finding> {
    let not_scim = |seen: &str| {
        let evidence = format!("HTTP {}, {seen}", answer.status);
        Finding::new(Code::NotScim, evidence)
    };
    let json: Value = serde_json::from_slice(&answer.body).map_err(|error| {
        let code = if is_cut(&answer.body, &error) {
            Code::AnswerCut
        } else if is_page(answer) {
            Code::ScimHtml
        } else {
            Code::NotScim
        };
        Finding::new(code, told(answer))
    })?;
    let total = json.get("totalResults").and_then(Value::as_u64);
    let total = total.ok_or_else(|| not_scim("a list without totalResults"))?;
    let items = match json.get("Resources") {
        Some(Value::Array(items)) => items.as_slice(),
        // An empty list may leave them out.
        None | Some(Value::Null) if total == 0 => &[],
        _ => return Err(not_scim("a list without Resources")),
    };
    let id = |item: &Value| {
        let id = item.get("id")?.as_str()?;
        (!id.is_empty()).then(|| id.to_owned())
    };
    let ids: Option<Vec<String>> = items.iter().map(id).collect();
    Ok(Page {
        total,
        ids: ids.ok_or_else(|| not_scim("a user without id"))?,
    })
}

/// Judges the first page, of which one user was asked: more than asked, or none of some, is wrong.
pub(super) fn first(page: &Page) -> Result<(), Finding> {
    let broken = |evidence: String| Err(Finding::new(Code::PagingBroken, evidence));
    match page.ids.len() {
        0 if page.total > 0 => broken(format!("page 1 of 1 user each is empty, of {}", page.total)),
        1 if page.total == 0 => broken("page 1 has a user, of a total of 0".to_owned()),
        0 | 1 => Ok(()),
        more => broken(format!("page 1 has {more} users, asked for 1")),
    }
}

/// Judges the second page against the first.
pub(super) fn second(before: &Page, page: &Page) -> Result<(), Finding> {
    let broken = |evidence: String| Err(Finding::new(Code::PagingBroken, evidence));
    match page.ids.as_slice() {
        [] => broken(format!(
            "page 2 of 1 user each is empty, of {}",
            before.total
        )),
        [id] if before.ids.contains(id) => broken("page 2 has the user of page 1 again".to_owned()),
        [_] => Ok(()),
        more => broken(format!("page 2 has {} users, asked for 1", more.len())),
    }
}
