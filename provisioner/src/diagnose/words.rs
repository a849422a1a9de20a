//! What an answer says, for people: its status, its kind and its own words.

use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use crate::zoom::Answer;

/// The words of an answer.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The code of the gateway's envelope, `{"code", "message"}`.
    pub(super) code: Option<u64>,
    /// The sentence: `detail` of SCIM's envelope, `message` of the gateway's, `reason` of the token endpoint's.
    pub(super) text: String,
    /// The token endpoint's `error`.
    pub(super) error: String,
}

impl Words {
    /// The words of a body; none where it is no JSON object.
    pub(super) fn of(body: &[u8]) -> Self {
        let Ok(json) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let text = |key: &str| json.get(key)?.as_str();
        Self {
            code: json.get("code").and_then(Value::as_u64),
            text: ["detail", "message", "reason"]
                .iter()
                .find_map(|key| text(key))
                .unwrap_or_default()
                .to_owned(),
            error: text("error").unwrap_or_default().to_owned(),
        }
    }

    /// Whether the sentence says this, in whatever case.
    pub(super) fn says(&self, what: &str) -> bool {
        self.text
            .to_ascii_lowercase()
            .contains(&what.to_ascii_lowercase())
    }
}

/// Status and words in one line, such as `HTTP 400 "Bad Request" (invalid_request)`.
pub(super) fn told(answer: &Answer) -> String {
    let words = Words::of(&answer.body);
    let mut text = format!("HTTP {}", answer.status);
    if !words.text.is_empty() {
        text.push_str(&format!(" \"{}\"", words.text));
    }
    match (words.code, words.error.as_str()) {
        (Some(code), _) => text.push_str(&format!(" (code {code})")),
        (None, "") => {}
        (None, error) => text.push_str(&format!(" ({error})")),
    }
    if words.text.is_empty() && words.error.is_empty() {
        text.push_str(&kind(answer));
    }
    text
}

/// What a body is that has no words: its media type, size, and the title of a page.
fn kind(answer: &Answer) -> String {
    let media_type = answer.header(CONTENT_TYPE).unwrap_or("no content type");
    let mut text = format!(", {media_type}, {} bytes", answer.body.len());
    if let Some(title) = title(&answer.body) {
        text.push_str(&format!(", page \"{title}\""));
    }
    text
}

/// Whether a body is a page for people: it begins as one, or says to be one and is no JSON.
pub(super) fn is_page(answer: &Answer) -> bool {
    let says_so = answer
        .header(CONTENT_TYPE)
        .is_some_and(|media_type| media_type.to_ascii_lowercase().contains("html"));
    says_so || answer.body.trim_ascii_start().first() == Some(&b'<')
}

/// Whether an error of the parser says that the JSON just ends.
pub(super) fn is_cut(body: &[u8], error: &serde_json::Error) -> bool {
    let begins = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    begins && error.is_eof()
}

fn title(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find('<')?;
    let title = text.get(start..end)?.trim();
    (!title.is_empty()).then(|| title.to_owned())
}
