//! A request, its answer, and what of them may be shown.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;

/// What is left as it is in a query and in a segment of a path (RFC 3986 section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// How much of a body is shown, in characters.
const MAX_SHOWN: usize = 4_000;
/// What stands where a credential was.
const HIDDEN: &str = "[hidden]";
/// What the shortest credential has at least, so that hiding it does not hide words.
const MIN_CREDENTIAL: usize = 8;

/// Text as it stands in a query or in a segment of a path.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// Which URL a request goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The SCIM URL.
    Scim,
    /// The token URL.
    Token,
}

/// How a request says who asks.
#[derive(Debug, Clone)]
pub(super) enum Auth {
    /// By the token of the run.
    Session,
    /// By this token.
    Bearer(SecretString),
    /// By id and secret.
    Basic(String, SecretString),
    /// Not at all.
    Nobody,
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) place: Place,
    /// Behind the URL of the place: path and query, encoded.
    pub(super) path: String,
    pub(super) auth: Auth,
    pub(super) accept: &'static str,
    /// Media type and text.
    pub(super) body: Option<(&'static str, String)>,
}

/// The media type of SCIM (RFC 7644 section 8.1).
pub(super) const SCIM_JSON: &str = "application/scim+json";
/// The media type that Zoom's reference names.
pub(super) const JSON: &str = "application/json";
/// The media type of a token request.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

impl Request {
    fn scim(method: &'static str, path: impl Into<String>) -> Self {
        Self {
            method,
            place: Place::Scim,
            path: path.into(),
            auth: Auth::Session,
            accept: SCIM_JSON,
            body: None,
        }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::scim("GET", path)
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self::scim("DELETE", path)
    }

    pub(super) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::scim("POST", path).text(SCIM_JSON, body.to_string())
    }

    pub(super) fn put(path: impl Into<String>, body: &Value) -> Self {
        Self::scim("PUT", path).text(SCIM_JSON, body.to_string())
    }

    pub(super) fn patch(path: impl Into<String>, body: &Value) -> Self {
        Self::scim("PATCH", path).text(SCIM_JSON, body.to_string())
    }

    pub(super) fn text(mut self, media_type: &'static str, body: impl Into<String>) -> Self {
        self.body = Some((media_type, body.into()));
        self
    }

    pub(super) fn by(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    pub(super) fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// What was asked, in a few words.
    pub(super) fn told(&self) -> String {
        let place = match self.place {
            Place::Scim => "",
            Place::Token => "token endpoint",
        };
        format!("{} {place}{}", self.method, self.path)
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// What was asked, with the whole URL.
    pub(super) request: Request,
    pub(super) url: String,
    pub(super) status: u16,
    /// Names in lower case, in the order in which they came.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    /// The body, where it is JSON.
    pub(super) json: Option<Value>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The media type without its parameters, in lower case.
    pub(super) fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        let media_type = value.split(';').next().unwrap_or_default();
        Some(media_type.trim().to_ascii_lowercase())
    }

    pub(super) fn at(&self, pointer: &str) -> Option<&Value> {
        self.json.as_ref()?.pointer(pointer)
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.at(pointer)?.as_str()
    }

    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What an error says, in SCIM's envelope or in the gateway's.
    pub(super) fn message(&self) -> &str {
        let message = self.text("/detail").or_else(|| self.text("/message"));
        message.unwrap_or_default()
    }
}

/// An exchange as it may be shown: without credentials and without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The headers that the suite sent, credentials hidden.
    pub request_headers: Vec<(String, String)>,
    /// What was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_body: Option<String>,
    /// The status.
    pub status: u16,
    /// The headers that came.
    pub headers: Vec<(String, String)>,
    /// What came, cut where it is long.
    pub body: String,
}

/// Knows the credentials that are not to be shown.
#[derive(Clone, Default)]
pub(super) struct Hider(Vec<String>);

impl Hider {
    pub(super) fn hide(&mut self, credential: &str) {
        if credential.len() >= MIN_CREDENTIAL && !self.0.iter().any(|known| known == credential) {
            self.0.push(credential.to_owned());
        }
    }

    /// Whether a text has a credential in it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.0.iter().any(|known| text.contains(known))
    }

    /// A text without credentials and control characters.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for credential in &self.0 {
            text = text.replace(credential, HIDDEN);
        }
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    }

    /// An exchange as it may be shown.
    pub(super) fn shown(&self, answer: &Answer) -> Shown {
        let request = &answer.request;
        let mut request_headers = vec![("accept".to_owned(), request.accept.to_owned())];
        let scheme = match &request.auth {
            Auth::Session | Auth::Bearer(_) => Some("Bearer"),
            Auth::Basic(..) => Some("Basic"),
            Auth::Nobody => None,
        };
        if let Some(scheme) = scheme {
            let value = format!("{scheme} {HIDDEN}");
            request_headers.push(("authorization".to_owned(), value));
        }
        if let Some((media_type, _)) = &request.body {
            request_headers.push(("content-type".to_owned(), (*media_type).to_owned()));
        }
        let headers = answer.headers.iter();
        Shown {
            method: request.method.to_owned(),
            url: self.clean(&answer.url),
            request_headers,
            request_body: request.body.as_ref().map(|(_, text)| self.cut(text)),
            status: answer.status,
            headers: headers
                .map(|(name, value)| (self.clean(name), self.clean(value)))
                .collect(),
            body: self.cut(&answer.body),
        }
    }

    fn cut(&self, text: &str) -> String {
        let text = self.clean(text);
        match text.char_indices().nth(MAX_SHOWN) {
            None => text,
            Some((at, _)) => format!(
                "{} ... ({} bytes)",
                text.get(..at).unwrap_or_default(),
                text.len()
            ),
        }
    }
}

impl std::fmt::Debug for Hider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hider({} credentials)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_query_needs_encoded_is() {
        assert_eq!(
            encoded("userName eq \"a+b@x.y\""),
            "userName%20eq%20%22a%2Bb%40x.y%22"
        );
    }

    #[test]
    fn credentials_and_control_characters_are_not_shown() {
        let mut hider = Hider::default();
        hider.hide("s3cr3t-s3cr3t");
        hider.hide("short");
        assert_eq!(
            hider.clean("a s3cr3t-s3cr3t\u{1b}[31m short"),
            "a [hidden] [31m short"
        );
        assert!(hider.is_in("xs3cr3t-s3cr3tx") && !hider.is_in("short"));
        assert_eq!(format!("{hider:?}"), "Hider(1 credentials)");
    }
}
