//! A fake of PingOne's users API: a token endpoint, and a list in pages that are linked by cursors.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use provisioner::Directory;
use provisioner::directory::{DirectoryError, PingOneFile, Source as _};
use serde_json::{Value, json};
use url::Url;

pub(super) const ENVIRONMENT: &str = "b1f5a3c2-9d5e-4c3a-8f11-0a1b2c3d4e5f";
pub(super) const STAFF: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(super) const GUESTS: &str = "aaaaaaaa-0000-4000-8000-000000000002";
/// Stands for the secret, and must never be printed.
pub(super) const SECRET: &str = "c4n4ry-p1ng0ne";

/// What is answered instead.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, body.to_string())
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

#[derive(Default)]
pub(super) struct Held {
    pub(super) users: Vec<Value>,
    /// How many users a page has at the most, whatever is asked for.
    pub(super) page_cap: usize,
    /// What is answered instead, by the number of the page, from one.
    pub(super) script: BTreeMap<usize, VecDeque<Answer>>,
    /// What the token endpoint answers instead.
    pub(super) tokens: VecDeque<Answer>,
    /// What the list says to have, if not the truth.
    pub(super) count: Option<Value>,
    /// The filter is not understood.
    pub(super) filter_ignored: bool,
    /// Method, path and query of each request, decoded.
    pub(super) requests: Vec<String>,
    /// How many tokens were issued; the last is the one that is accepted.
    pub(super) issued: usize,
}

pub(super) struct PingOne {
    pub(super) held: Arc<Mutex<Held>>,
    pub(super) url: String,
    folder: tempfile::TempDir,
}

/// A user as PingOne's list has them.
pub(super) fn user(number: usize) -> Value {
    json!({
        "_links": { "self": { "href": "https://api.pingone.eu/..." } },
        "id": format!("00000000-0000-4000-8000-{number:012}"),
        "username": format!("user{number}@example.com"),
        "email": format!("user{number}@example.com"),
        "name": { "given": "Ann", "family": format!("Number {number}") },
        "primaryPhone": "+1.2015550123",
        "title": "Engineer", "locale": "en-US", "type": "Employee",
        "population": { "id": STAFF }, "environment": { "id": ENVIRONMENT },
        "enabled": true, "mfaEnabled": false,
        "lifecycle": { "status": "ACCOUNT_OK" }, "account": { "canAuthenticate": true, "status": "OK" },
        "createdAt": "2026-01-01T00:00:00.000Z",
    })
}

impl PingOne {
    /// A fake with so many users, three a page.
    pub(super) async fn start(users: usize) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let held = Held {
            users: (1..=users).map(user).collect(),
            page_cap: 3,
            ..Held::default()
        };
        let held = Arc::new(Mutex::new(held));
        let state = (Arc::clone(&held), url.clone());
        let app = Router::new().fallback(answer).with_state(state);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let folder = tempfile::tempdir().unwrap();
        Self { held, url, folder }
    }

    pub(super) fn instead(&self, page: usize, answers: impl IntoIterator<Item = Answer>) {
        let answers = answers.into_iter().collect();
        self.held.lock().unwrap().script.insert(page, answers);
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Held)) {
        change(&mut self.held.lock().unwrap());
    }

    pub(super) fn count(&self, begin: &str) -> usize {
        let held = self.held.lock().unwrap();
        let begins = |request: &&String| request.starts_with(begin);
        held.requests.iter().filter(begins).count()
    }

    /// The settings file, with further lines.
    pub(super) fn settings(&self, more: &str) -> std::path::PathBuf {
        settings(self.folder.path(), &self.url, more)
    }

    pub(super) async fn read_with(&self, more: &str) -> Result<Directory, DirectoryError> {
        let file = PingOneFile::read(&self.settings(more)).unwrap();
        let source = file.with_secret(Some(SECRET.to_owned())).unwrap();
        let result = source.read().await;
        // Whatever is said, the secret is not in it, and whatever was asked was a read.
        let said = format!("{result:?} {source:?}");
        for form in [
            SECRET.to_owned(),
            STANDARD.encode(SECRET),
            STANDARD.encode(format!("worker:{SECRET}")),
            "t0ken-".to_owned(),
        ] {
            assert!(!said.contains(&form), "{form} is in {said}");
        }
        for request in &self.held.lock().unwrap().requests {
            let token = format!("POST /{ENVIRONMENT}/as/token");
            let list = format!("GET /v1/environments/{ENVIRONMENT}/users");
            assert!(
                request.starts_with(&token) || request.starts_with(&list),
                "{request}"
            );
        }
        result
    }

    pub(super) async fn read(&self) -> Directory {
        self.read_with("").await.unwrap()
    }
}

pub(super) fn settings(folder: &Path, url: &str, more: &str) -> std::path::PathBuf {
    let path = folder.join("pingone.toml");
    let text = format!(
        "api_url = \"{url}/v1\"\nauth_url = \"{url}/\"\nenvironment_id = \"{ENVIRONMENT}\"\nclient_id = \"worker\"\n{more}\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

async fn answer(
    State((held, base)): State<(Arc<Mutex<Held>>, String)>,
    request: Request,
) -> Response {
    let url = Url::parse(&format!("{base}{}", request.uri())).unwrap();
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let authorization = request.headers().get("authorization");
    let authorization = authorization.map_or("", |value| value.to_str().unwrap());
    let authorization = authorization.to_owned();
    let method = request.method().to_string();
    let body = to_bytes(request.into_body(), 1024 * 1024).await.unwrap();
    let mut held = held.lock().unwrap();
    held.requests
        .push(format!("{method} {} {query:?}", url.path()));
    let answer = if url.path().ends_with("/as/token") {
        token(&mut held, &authorization, &body)
    } else if authorization != format!("Bearer t0ken-{}", held.issued) {
        Answer::json(
            401,
            &json!({ "code": "INVALID_TOKEN", "message": authorization }),
        )
    } else {
        page(&mut held, &base, &query)
    };
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}

fn token(held: &mut Held, authorization: &str, body: &[u8]) -> Answer {
    if let Some(answer) = held.tokens.pop_front() {
        return answer;
    }
    let wanted = format!("Basic {}", STANDARD.encode(format!("worker:{SECRET}")));
    if authorization != wanted || body != b"grant_type=client_credentials" {
        // As unhelpful as a server can be: it repeats the secret.
        return Answer::json(
            401,
            &json!({ "error": "invalid_client", "error_description": format!("{authorization} {SECRET}") }),
        );
    }
    held.issued += 1;
    let token = format!("t0ken-{}", held.issued);
    Answer::json(
        200,
        &json!({ "access_token": token, "expires_in": 3600, "token_type": "Bearer" }),
    )
}

fn page(held: &mut Held, base: &str, query: &BTreeMap<String, String>) -> Answer {
    let from: usize = query
        .get("cursor")
        .map_or(0, |cursor| cursor.parse().unwrap());
    let number = from / held.page_cap + 1;
    if let Some(answer) = held.script.get_mut(&number).and_then(VecDeque::pop_front) {
        return answer;
    }
    let limit: usize = query
        .get("limit")
        .map_or(200, |limit| limit.parse().unwrap());
    let size = limit.min(held.page_cap);
    let filter = query.get("filter").filter(|_| !held.filter_ignored);
    let asked = |user: &&Value| {
        let population = user["population"]["id"].as_str().unwrap_or_default();
        filter.is_none_or(|filter| filter.contains(population))
    };
    let found: Vec<&Value> = held.users.iter().filter(asked).collect();
    let users: Vec<&&Value> = found.iter().skip(from).take(size).collect();
    let path = format!("{base}/v1/environments/{ENVIRONMENT}/users");
    let mut body = json!({
        "_links": { "self": { "href": path } },
        "_embedded": { "users": users },
        "count": held.count.clone().unwrap_or(json!(found.len())), "size": users.len(),
    });
    if from + size < found.len() {
        let mut next = Url::parse(&path).unwrap();
        let mut pairs = next.query_pairs_mut();
        pairs.append_pair("limit", &limit.to_string());
        pairs.append_pair("cursor", &(from + size).to_string());
        if let Some(filter) = query.get("filter") {
            pairs.append_pair("filter", filter);
        }
        drop(pairs);
        body["_links"]["next"] = json!({ "href": next.as_str() });
    }
    Answer::json(200, &body).with("content-type", "application/hal+json")
}
