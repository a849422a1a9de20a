//! A run under way: sends, remembers what it made, and collects judgements.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::check::Check;
use super::checks::{observe, observe_limit};
use super::client::{Client, NoClient, Unanswered};
use super::judge::Finding;
use super::made::{Kind, Made};
use super::names::Names;
use super::outcome::Outcome;
use super::target::{ClientCredentials, Target};
use super::wait;
use super::wire::{Answer, Auth, FORM, Hider, Place, Request, encoded};

/// How often one request is sent again because the server asks for less.
const MAX_WAITS: u32 = 5;
/// The longest wait that a server may ask for and get.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// After so many requests without an answer the server counts as gone.
const MAX_LOST: u32 = 3;
/// How many requests without an answer are told.
const MAX_UNANSWERED: usize = 10;
/// What Zoom says where an address has another domain than the account's (Zoom's reference of SCIM2).
const NOT_ASSOCIATED: &str = "does not match the associated domain";
/// The users whom the checks share.
const CAST: [&str; 3] = ["ann", "bob", "cem"];

/// Why a section does not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stop {
    /// What comes next needs what did not come about.
    #[error("{0}")]
    Needs(String),
    /// There was no answer.
    #[error("{0}")]
    Lost(#[from] Unanswered),
    /// Nothing more may be sent.
    #[error("{0}")]
    Limit(String),
}

/// What a section's function gives.
pub(super) type Step = Result<(), Stop>;

/// A run under way.
pub(super) struct Session {
    client: Client,
    pub(super) target: Target,
    pub(super) writes: bool,
    pub(super) names: Names,
    pub(super) made: Made,
    pub(super) outcomes: BTreeMap<&'static str, Outcome>,
    pub(super) requests: u32,
    max_requests: u32,
    pub(super) hider: Hider,
    token: Option<String>,
    lost_in_a_row: u32,
    /// The first requests that had no answer.
    pub(super) unanswered: Vec<String>,
    cast: Vec<Value>,
}

impl Session {
    pub(super) fn new(
        target: Target,
        writes: bool,
        names: Names,
        max_requests: u32,
        limit: Duration,
    ) -> Result<Self, NoClient> {
        let client = Client::new(&target, limit)?;
        let mut hider = Hider::default();
        for credentials in std::iter::once(&target.client).chain(&target.second_client) {
            let secret = credentials.secret.expose_secret();
            hider.hide(secret);
            hider.hide(&STANDARD.encode(format!("{}:{secret}", credentials.id)));
        }
        if let Some(token) = &target.expired_token {
            hider.hide(token.expose_secret());
        }
        Ok(Self {
            client,
            target,
            writes,
            names,
            made: Made::default(),
            outcomes: BTreeMap::new(),
            requests: 0,
            max_requests,
            hider,
            token: None,
            lost_in_a_row: 0,
            unanswered: Vec::new(),
            cast: Vec::new(),
        })
    }

    /// Lets the removal of what was made send requests, however the checks ended.
    pub(super) fn begin_clean_up(&mut self, requests: u32) {
        self.max_requests = self.requests.saturating_add(requests);
        self.lost_in_a_row = 0;
    }

    /// Takes a token for all that follows.
    pub(super) fn use_token(&mut self, token: &str) {
        self.hider.hide(token);
        self.token = Some(token.to_owned());
    }

    /// The token of the run.
    pub(super) fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// Sends a request, waits where the server asks for it, and judges what every answer has to be.
    pub(super) async fn send(&mut self, request: Request) -> Result<Answer, Stop> {
        for _ in 0..MAX_WAITS {
            self.count()?;
            self.made.about_to(&request);
            let sent = self.client.send(request.clone(), self.token.as_deref());
            let answer = self.received(sent.await)?;
            let asks_for_less = answer.status == 429
                || answer.status == 503 && answer.header("retry-after").is_some();
            if answer.status == 409 && answer.message().contains(NOT_ASSOCIATED) {
                let domain = self.names.domain();
                return Err(Stop::Limit(format!(
                    "the domain {domain} is not associated with the account, so nobody can be made; name one that is \
                     with --domain"
                )));
            }
            if !asks_for_less {
                return Ok(answer);
            }
            let wait = wait::told(&answer);
            if wait > MAX_WAIT {
                return Err(Stop::Limit(format!(
                    "the server asks to be left alone for {} s, and at most {} s are waited; run again later",
                    wait.as_secs(),
                    MAX_WAIT.as_secs()
                )));
            }
            tokio::time::sleep(wait).await;
        }
        Err(Stop::Limit(format!(
            "the server has asked {MAX_WAITS} times in a row for less; run again when its limits allow it"
        )))
    }

    /// Sends requests at the same moment, once each, however they are answered.
    pub(super) async fn send_together(
        &mut self,
        requests: Vec<Request>,
    ) -> Result<Vec<Answer>, Stop> {
        for request in &requests {
            self.count()?;
            self.made.about_to(request);
        }
        let token = self.token.as_deref();
        let sent = requests
            .into_iter()
            .map(|request| self.client.send(request, token));
        let received = futures::future::join_all(sent).await;
        received
            .into_iter()
            .map(|answer| self.received(answer))
            .collect()
    }

    fn count(&mut self) -> Step {
        if self.lost_in_a_row >= MAX_LOST {
            return Err(Stop::Limit(format!(
                "{MAX_LOST} requests in a row had no answer; nothing more is sent"
            )));
        }
        if self.requests >= self.max_requests {
            return Err(Stop::Limit(format!(
                "{} requests were sent, and no more may be; --max-requests allows more",
                self.requests
            )));
        }
        self.requests += 1;
        Ok(())
    }

    fn received(&mut self, received: Result<Answer, Unanswered>) -> Result<Answer, Stop> {
        let answer = match received {
            Ok(answer) => answer,
            Err(unanswered) => {
                self.lost_in_a_row += 1;
                if self.unanswered.len() < MAX_UNANSWERED {
                    self.unanswered.push(unanswered.to_string());
                }
                return Err(Stop::Lost(unanswered));
            }
        };
        self.lost_in_a_row = 0;
        self.made.answered(&answer);
        if let (Place::Token, Some(token)) = (answer.request.place, answer.text("/access_token")) {
            self.hider.hide(token);
        }
        if answer.status == 429 {
            observe_limit(self, &answer);
        } else {
            observe(self, &answer);
        }
        Ok(answer)
    }

    /// Judges an answer: the first violation of a check stays.
    pub(super) fn judge(&mut self, check: &'static Check, answer: &Answer, finding: Finding) {
        let outcome = match (self.outcomes.get(check.id), finding) {
            (Some(Outcome::Violated { .. }), _) => return,
            (_, Err(seen)) => Outcome::Violated {
                seen: self.hider.clean(&seen),
                exchange: Box::new(self.hider.shown(answer)),
            },
            (Some(Outcome::Holds { judged }), Ok(())) => Outcome::Holds { judged: judged + 1 },
            (_, Ok(())) => Outcome::Holds { judged: 1 },
        };
        self.outcomes.insert(check.id, outcome);
    }

    /// Says why a check was not made, unless it was.
    pub(super) fn skip(&mut self, check: &'static Check, reason: impl Into<String>) {
        let reason = reason.into();
        self.outcomes
            .entry(check.id)
            .or_insert(Outcome::Skipped { reason });
    }

    /// Asks for a token with these parameters.
    pub(super) fn token_request(&self, parameters: &[(&str, &str)]) -> Request {
        let ClientCredentials { id, secret } = self.target.client.clone();
        let form: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        Request {
            method: "POST",
            place: Place::Token,
            path: String::new(),
            auth: Auth::Basic(id, secret),
            accept: "application/json",
            body: Some((FORM, form.join("&"))),
        }
    }

    /// Asks for a token as Zoom documents it.
    pub(super) fn good_token_request(&self) -> Request {
        let account_id = self.target.account_id.clone();
        self.token_request(&[
            ("grant_type", "account_credentials"),
            ("account_id", &account_id),
        ])
    }

    /// A token of the second client.
    pub(super) async fn second_token(&mut self) -> Result<SecretString, Stop> {
        let Some(ClientCredentials { id, secret }) = self.target.second_client.clone() else {
            return Err(Stop::Needs("needs a second client".to_owned()));
        };
        let request = self.good_token_request().by(Auth::Basic(id, secret));
        let answer = self.send(request).await?;
        match answer.text("/access_token") {
            Some(token) if answer.is_good() => Ok(SecretString::from(token.to_owned())),
            _ => Err(Stop::Needs(format!(
                "needs a token of the second client, and its request was answered with {}",
                answer.status
            ))),
        }
    }

    /// Makes a user who is nobody else's, with all attributes that checks look at; those of `with` win.
    pub(super) async fn new_user(&mut self, what: &str, with: Value) -> Result<Answer, Stop> {
        let address = self.names.address(what);
        let answer = self.send(create_user(&address, with)).await?;
        made_or_stop(answer)
    }

    /// Makes a group.
    pub(super) async fn new_group(&mut self, what: &str) -> Result<Answer, Stop> {
        let name = self.names.group(what);
        let answer = self.send(Request::post(
            "/Groups",
            &json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
            }),
        ));
        made_or_stop(answer.await?)
    }

    /// Users who may be read and are not to be changed, at least three of them: our own if we may write, else
    /// whoever comes first in the list.
    pub(super) async fn cast(&mut self) -> Result<Vec<Value>, Stop> {
        if !self.cast.is_empty() {
            return Ok(self.cast.clone());
        }
        let mut cast = Vec::new();
        if self.writes {
            for name in CAST {
                let answer = self.new_user(name, json!({})).await?;
                cast.extend(answer.json);
            }
        } else {
            let path = format!("/Users?startIndex=1&count={}", CAST.len());
            let answer = self.send(Request::get(path)).await?;
            cast.extend_from_slice(super::judge::resources(&answer));
        }
        if cast.len() < CAST.len() {
            return Err(Stop::Needs(
                "needs three users, and the account has fewer; --allow-writes makes some"
                    .to_owned(),
            ));
        }
        self.cast.clone_from(&cast);
        Ok(cast)
    }

    /// Reads one user or group.
    pub(super) async fn read(&mut self, kind: Kind, id: &str) -> Result<Answer, Stop> {
        let path = format!("{}/{}", kind.path(), encoded(id));
        self.send(Request::get(path)).await
    }

    /// Reads one user.
    pub(super) async fn user(&mut self, id: &str) -> Result<Answer, Stop> {
        self.read(Kind::User, id).await
    }

    /// Looks for a user by address.
    pub(super) async fn find(&mut self, address: &str) -> Result<Answer, Stop> {
        self.send(filtered("/Users", &format!("userName eq \"{address}\"")))
            .await
    }
}

/// A list that is narrowed by a filter.
pub(super) fn filtered(path: &str, filter: &str) -> Request {
    let filter = encoded(filter);
    Request::get(format!("{path}?startIndex=1&count=100&filter={filter}"))
}

/// The create of a user with all attributes that checks look at; those of `with` win.
pub(super) fn create_user(address: &str, with: Value) -> Request {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": address,
        "name": { "givenName": "Zora", "familyName": "Check" },
        "title": "Tester",
        "locale": "San Jose",
        "phoneNumbers": [{ "type": "mobile", "value": "+1 2015550123" }],
        ENTERPRISE: {
            "department": "Quality", "organization": "Example",
            "costCenter": "QA01", "employeeNumber": "4711", "manager": "boss@example.com",
        },
    });
    if let (Some(body), Value::Object(with)) = (body.as_object_mut(), with) {
        body.extend(with);
    }
    Request::post("/Users", &body)
}

/// The schema of an enterprise user (RFC 7643 section 4.3).
pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The id of what was just made, or why what needs it cannot go on.
fn made_or_stop(answer: Answer) -> Result<Answer, Stop> {
    let has_id = answer.text("/id").is_some_and(|id| !id.is_empty());
    if answer.is_good() && has_id {
        return Ok(answer);
    }
    let what = answer.request.told();
    Err(Stop::Needs(match (answer.is_good(), answer.message()) {
        (true, _) => format!("needs a create, and {what} was answered without an id"),
        (false, message) if message.contains("already in use") => {
            "needs a create, and the names of this --seed are in use already; another draws others"
                .to_owned()
        }
        (false, message) => {
            let status = answer.status;
            format!("needs a create, and {what} was answered with {status} {message:?}")
        }
    }))
}

/// The id in an answer; empty where there is none, which no check lets pass.
pub(super) fn id_of(answer: &Answer) -> String {
    answer.text("/id").unwrap_or_default().to_owned()
}

/// The userName in an answer.
pub(super) fn name_of(answer: &Answer) -> String {
    answer.text("/userName").unwrap_or_default().to_owned()
}
