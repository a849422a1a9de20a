//! A fake of Zoom that answers from a script first, and else as Zoom would to a simple client.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use provisioner::{
    ActionFlags, Connection, Directory, DirectoryUser, Filter, Mapping, MemoryLinks, Policies,
    Provisioner, RemoveAction, Rule, Transport, TrustedRoots,
};
use serde_json::{Value, json};
use tokio::sync::watch;

/// How long requests are waited for.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// What the fake does instead of answering as Zoom would.
#[derive(Debug, Clone)]
pub(crate) enum Instead {
    /// This status and body, and nothing is done.
    Answer(u16, String),
    /// What was asked is done, and then this is answered.
    DoneBut(u16, String),
    /// What was asked is done, and nothing is ever answered.
    DoneButSilent,
    /// Nothing until [`Fake::open`], and then as Zoom would.
    Held,
}

#[derive(Default)]
pub(crate) struct Held {
    pub(crate) users: BTreeMap<String, Value>,
    pub(crate) next_id: usize,
    /// Method and path of every request, the query decoded.
    pub(crate) requests: Vec<String>,
    /// What is done instead, by the beginning of a request.
    pub(crate) script: Vec<(String, VecDeque<Instead>)>,
    /// How many users a page has at the most.
    pub(crate) page_cap: Option<usize>,
    /// A lookup by filter finds everybody.
    pub(crate) filter_ignored: bool,
    /// The token that is issued, where each is not to be a new one.
    pub(crate) token: Option<String>,
    /// What every answer has as the number of its request.
    pub(crate) request_id: Option<String>,
}

/// A running fake.
#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) held: Arc<Mutex<Held>>,
    pub(crate) url: String,
    /// How many requests have come.
    arrived: watch::Sender<usize>,
    /// Whether who is held may go on.
    gate: watch::Sender<bool>,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let held = Arc::new(Mutex::new(Held::default()));
        let fake = Self {
            held,
            url,
            arrived: watch::Sender::new(0),
            gate: watch::Sender::new(false),
        };
        let app = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        fake
    }

    /// Returns once so many requests have come that begin so.
    pub(crate) async fn until(&self, request: &str, count: usize) {
        let mut arrived = self.arrived.subscribe();
        let arrived = arrived.wait_for(|_| self.count(request) >= count);
        let arrived = tokio::time::timeout(PATIENCE, arrived).await;
        assert!(
            matches!(arrived, Ok(Ok(_))),
            "{} of {count} requests came that begin with {request}",
            self.count(request)
        );
    }

    /// Lets everybody go on who is held, now and later.
    pub(crate) fn open(&self) {
        self.gate.send_replace(true);
    }

    /// The next requests that begin so are answered otherwise, each by its turn.
    pub(crate) fn instead(&self, request: &str, instead: impl IntoIterator<Item = Instead>) {
        let instead = instead.into_iter().collect();
        self.held
            .lock()
            .unwrap()
            .script
            .push((request.to_owned(), instead));
    }

    /// How many requests began so.
    pub(crate) fn count(&self, request: &str) -> usize {
        self.held
            .lock()
            .unwrap()
            .requests
            .iter()
            .filter(|seen| seen.starts_with(request))
            .count()
    }

    pub(crate) fn forget_requests(&self) {
        self.held.lock().unwrap().requests.clear();
    }

    pub(crate) fn add(&self, user_name: &str) -> String {
        let mut held = self.held.lock().unwrap();
        create(&mut held, &json!({ "userName": user_name }))
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let held = self.held.lock().unwrap();
        held.users
            .values()
            .map(|user| user["userName"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection {
            name: "fake".to_owned(),
            scim_url: format!("{}/scim2", self.url),
            token_url: format!("{}/oauth/token", self.url),
            account_id: "acc".to_owned(),
            client_id: "cid".to_owned(),
            client_secret: "s3cret".to_owned().into(),
            trusted_roots: TrustedRoots::default(),
            flags: ActionFlags::default(),
            remove_action: RemoveAction::Disable,
            deprovision_on_rule_deletion: false,
            enabled: true,
            policies: Policies::default(),
            safety: provisioner::Safety::default(),
        }
    }

    pub(crate) fn engine(&self) -> Provisioner {
        let links = Arc::new(MemoryLinks::default());
        Provisioner::new(
            self.connection(),
            vec![rule()],
            links,
            Transport::new().unwrap(),
        )
    }
}

pub(crate) fn rule() -> Rule {
    Rule {
        id: "r1".to_owned(),
        filter: Some(Filter::parse("groups eq \"staff\"").unwrap()),
        mapping: Mapping::default(),
        enabled: true,
    }
}

pub(crate) fn person(number: usize) -> DirectoryUser {
    let value = json!({
        "id": format!("u{number}"), "username": format!("user{number}@example.com"), "groups": ["staff"],
    });
    serde_json::from_value(value).unwrap()
}

pub(crate) fn people(numbers: impl IntoIterator<Item = usize>) -> Directory {
    Directory {
        complete: true,
        users: numbers.into_iter().map(person).collect(),
        ..Directory::default()
    }
}

async fn answer(State(fake): State<Fake>, request: Request) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = to_bytes(request.into_body(), 1024 * 1024).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let seen = format!(
        "{method} {path} {}",
        query
            .replace("%20", " ")
            .replace("%22", "\"")
            .replace("%40", "@")
    );
    let instead = {
        let mut held = fake.held.lock().unwrap();
        held.requests.push(seen.clone());
        let scripted = held
            .script
            .iter_mut()
            .find(|(begin, left)| seen.starts_with(begin) && !left.is_empty());
        scripted.and_then(|(_, left)| left.pop_front())
    };
    fake.arrived.send_modify(|arrived| *arrived += 1);
    if matches!(instead, Some(Instead::Held)) {
        let mut gate = fake.gate.subscribe();
        gate.wait_for(|open| *open).await.unwrap();
    }
    let done = || {
        zoom(
            &mut fake.held.lock().unwrap(),
            &method,
            &path,
            &query,
            &body,
        )
    };
    let (status, text) = match instead {
        Some(Instead::Answer(status, text)) => (status, text),
        Some(Instead::DoneBut(status, text)) => {
            done();
            (status, text)
        }
        Some(Instead::DoneButSilent) => {
            done();
            return std::future::pending().await;
        }
        Some(Instead::Held) | None => done(),
    };
    let mut response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    if (300..400).contains(&status) {
        response = response.header("location", text.clone());
    }
    if let Some(id) = &fake.held.lock().unwrap().request_id {
        response = response.header("x-zm-trackingid", id);
    }
    response.body(Body::from(text)).unwrap()
}

/// What Zoom would do, as far as these tests need it.
fn zoom(held: &mut Held, method: &str, path: &str, query: &str, body: &Value) -> (u16, String) {
    if path == "/oauth/token" {
        let number = held.requests.len();
        let token = held.token.clone();
        let token = token.unwrap_or_else(|| format!("token{number}"));
        return (
            200,
            json!({ "access_token": token, "expires_in": 3600 }).to_string(),
        );
    }
    let id = path
        .strip_prefix("/scim2/Users/")
        .unwrap_or_default()
        .to_owned();
    let missing = || (404, json!({ "detail": "User does not exist." }).to_string());
    match method {
        "GET" if id.is_empty() => (200, list(held, query).to_string()),
        "GET" => held
            .users
            .get(&id)
            .map_or_else(missing, |user| (200, user.to_string())),
        "POST" => {
            let name = body["userName"].as_str().unwrap();
            if held.users.values().any(|user| user["userName"] == name) {
                return (
                    400,
                    json!({ "detail": format!("The email \"{name}\" is already in use.") })
                        .to_string(),
                );
            }
            let id = create(held, body);
            (201, held.users[&id].to_string())
        }
        "DELETE" => held
            .users
            .remove(&id)
            .map_or_else(missing, |_| (204, String::new())),
        _ => {
            let Some(user) = held.users.get_mut(&id) else {
                return missing();
            };
            if method == "PATCH" {
                user["active"] = body["Operations"][0]["value"]["active"].clone();
            }
            for (key, value) in body.as_object().unwrap() {
                user[key] = value.clone();
            }
            (200, user.to_string())
        }
    }
}

fn create(held: &mut Held, body: &Value) -> String {
    held.next_id += 1;
    let id = format!("z{:04}", held.next_id);
    let mut user = body.clone();
    user["id"] = json!(id);
    user["active"] = json!(true);
    held.users.insert(id.clone(), user);
    id
}

fn list(held: &Held, query: &str) -> Value {
    let value = |key: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .into_iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value.to_owned())
    };
    let number = |key: &str| {
        value(key)
            .and_then(|value| value.parse::<usize>().ok())
            .unwrap_or(1)
    };
    let asked = value("filter").filter(|_| !held.filter_ignored);
    let asked = asked.map(|filter| {
        filter
            .replace("%40", "@")
            .replace("%22", "\"")
            .replace("%20", " ")
    });
    let found: Vec<&Value> = held
        .users
        .values()
        .filter(|user| {
            asked
                .as_ref()
                .is_none_or(|asked| asked.contains(user["userName"].as_str().unwrap()))
        })
        .collect();
    let count = number("count").min(held.page_cap.unwrap_or(100));
    let page: Vec<&&Value> = found
        .iter()
        .skip(number("startIndex") - 1)
        .take(count)
        .collect();
    json!({ "totalResults": found.len(), "itemsPerPage": page.len(), "Resources": page })
}
