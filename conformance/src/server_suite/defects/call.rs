//! A request and its answer on their way through a proxy, and what defects do to them.

use reqwest::Url;
use serde_json::{Map, Value, json};

use super::super::judge::ERROR;

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum On {
    /// The token endpoint.
    Token,
    /// All users.
    Users,
    /// One user, by id.
    User(String),
    /// All groups.
    Groups,
    /// One group, by id.
    Group(String),
    /// Anything else.
    Other,
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: String,
    /// Path and query, as they were sent.
    pub(super) target: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Asked {
    pub(super) fn new(method: &str, target: impl Into<String>, token: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.into(),
            headers: vec![
                ("authorization".to_owned(), format!("Bearer {token}")),
                ("content-type".to_owned(), "application/json".to_owned()),
            ],
            body: String::new(),
        }
    }

    pub(super) fn with(mut self, body: &Value) -> Self {
        self.body = body.to_string();
        self
    }

    pub(super) fn on(&self) -> On {
        let path = self.target.split('?').next().unwrap_or_default();
        if path.ends_with("/oauth/token") {
            return On::Token;
        }
        let Some((_, path)) = path.split_once("/scim2/") else {
            return On::Other;
        };
        match path.split_once('/') {
            None if path == "Users" => On::Users,
            None if path == "Groups" => On::Groups,
            Some(("Users", id)) => On::User(id.to_owned()),
            Some(("Groups", id)) => On::Group(id.to_owned()),
            _ => On::Other,
        }
    }

    /// Whether it is this method on all users.
    pub(super) fn users(&self, method: &str) -> bool {
        self.method == method && self.on() == On::Users
    }

    /// The id, where it is this method on one user.
    pub(super) fn user(&self, method: &str) -> Option<String> {
        match self.on() {
            On::User(id) if self.method == method => Some(id),
            _ => None,
        }
    }

    /// The id, where it is this method on one group.
    pub(super) fn group(&self, method: &str) -> Option<String> {
        match self.on() {
            On::Group(id) if self.method == method => Some(id),
            _ => None,
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn set_header(&mut self, name: &str, value: &str) {
        self.headers.retain(|(key, _)| key != name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    pub(super) fn set_bearer(&mut self, token: &str) {
        self.set_header("authorization", &format!("Bearer {token}"));
    }

    pub(super) fn query(&self, name: &str) -> Option<String> {
        let url = self.url()?;
        let mut pairs = url.query_pairs();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The number of a parameter.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.query(name)?.parse().ok()
    }

    /// Replaces a parameter, or takes it out.
    pub(super) fn set_query(&mut self, name: &str, value: Option<&str>) {
        let Some(mut url) = self.url() else {
            return;
        };
        let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        pairs.retain(|(key, _)| key != name);
        pairs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        url.query_pairs_mut().clear().extend_pairs(&pairs);
        self.target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    }

    fn url(&self) -> Option<Url> {
        Url::parse(&format!("http://localhost{}", self.target)).ok()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Changes the body, where it is an object.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Map<String, Value>)) {
        let mut json = self.json();
        if let Some(map) = json.as_object_mut() {
            change(map);
            self.body = json.to_string();
        }
    }

    /// A text at the top of the body.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.json().get(key)?.as_str().map(str::to_owned)
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Given {
    /// An answer in JSON.
    pub(super) fn json_of(status: u16, body: &Value) -> Self {
        let media_type = ("content-type".to_owned(), "application/json".to_owned());
        Self {
            status,
            headers: vec![media_type],
            body: body.to_string(),
        }
    }

    /// An answer without a body.
    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// A refusal in SCIM's envelope.
    pub(super) fn refusal(status: u16, detail: &str) -> Self {
        let body = json!({ "schemas": [ERROR], "detail": detail, "status": status });
        Self::json_of(status, &body)
    }

    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(super) fn set_header(&mut self, name: &str, value: Option<&str>) {
        self.headers.retain(|(key, _)| key != name);
        self.headers
            .extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    /// Changes the body, where it is an object.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Map<String, Value>)) {
        let mut json = self.json();
        if let Some(map) = json.as_object_mut() {
            change(map);
            self.body = json.to_string();
        }
    }

    /// Changes each user or group in the answer, whether it is one or a list.
    pub(super) fn each(&mut self, change: impl Fn(&mut Map<String, Value>)) {
        if !self.is_good() {
            return;
        }
        self.edit(
            |body| match body.get_mut("Resources").and_then(Value::as_array_mut) {
                Some(items) => items
                    .iter_mut()
                    .filter_map(Value::as_object_mut)
                    .for_each(change),
                None => change(body),
            },
        );
    }

    /// Changes the list in the answer.
    pub(super) fn list(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        self.edit(|body| {
            if let Some(items) = body.get_mut("Resources").and_then(Value::as_array_mut) {
                change(items);
            }
        });
    }

    /// Whether a refusal has these words.
    pub(super) fn says(&self, words: &str) -> bool {
        !self.is_good() && self.body.contains(words)
    }
}

/// Puts a value into an object.
pub(super) fn put(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    map.insert(key.to_owned(), value.into());
}
