//! Reads: pages, single users, and look-ups by address.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;
use tracing::Instrument as _;

use super::kind::{Asked, ErrorKind, Reason, ZoomError, judge, told, unanswered};
use super::pace::Category;
use super::retry::Decision;
use super::session::Session;
use super::token::Token;
use super::transport::{Answer, Transport, Unanswered, Why};
use super::wire;
use crate::connection::Connection;
use crate::observer::Notice;
use crate::plan::{Account, fold};
use crate::redact::Redactor;

/// How many users a page is asked for: the most that Zoom gives.
const PAGE: usize = 100;
/// How many pages a list has at the most: ten million users.
const MAX_PAGES: usize = 100_000;

/// What is to be told of a request beside its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    /// How often it went out.
    pub(crate) attempts: u32,
    /// One of the answers did not come, so that it may have been done whatever the last one says.
    pub(crate) lost: bool,
    /// The status of the last answer.
    pub(crate) status: Option<u16>,
    /// The number that the server gave the last of them.
    pub(crate) request_id: Option<String>,
}

/// Zoom as a dry run has it: there is no way to write.
///
/// ```
/// async fn reads(zoom: &provisioner::Reader) {
///     let _ = zoom.get("z1").await;
/// }
/// ```
///
/// ```compile_fail
/// async fn writes(zoom: &provisioner::Reader) {
///     let _ = zoom.delete("z1").await;
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Reader {
    transport: Transport,
    connection: Arc<Connection>,
    /// Stands for the authentication settings.
    issued_for: Arc<str>,
    session: Arc<Session>,
}

impl Reader {
    /// Zoom through a connection.
    #[must_use]
    pub(crate) fn new(transport: Transport, connection: Connection, session: Arc<Session>) -> Self {
        Self {
            transport,
            issued_for: connection.authentication_fingerprint().into(),
            connection: Arc::new(connection),
            session,
        }
    }

    /// What all requests share.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// The users of an account, page after page: the next page starts after what was returned, not after what
    /// was asked for. Who appears twice, because somebody was removed between two pages, is taken once.
    ///
    /// # Errors
    ///
    /// When any page fails: a part of a list must not look like the whole.
    pub async fn list(&self) -> Result<Vec<Account>, ZoomError> {
        let mut accounts = Vec::new();
        self.list_into(|account| accounts.push(account)).await?;
        Ok(accounts)
    }

    /// The same, one after the other.
    pub(crate) async fn list_into(&self, mut take: impl FnMut(Account)) -> Result<(), ZoomError> {
        let mut ids = HashSet::new();
        let mut returned = 0;
        for _ in 0..MAX_PAGES {
            let page = self.page(returned + 1, PAGE, None).await?;
            returned += page.items.len();
            self.session.notice(Notice::Read {
                read: returned,
                of: page.total.max(returned),
            });
            let known = ids.len();
            for item in &page.items {
                let account =
                    wire::account(item).ok_or_else(|| not_scim("a user without id or userName"))?;
                if ids.insert(account.id.clone()) {
                    take(account);
                }
            }
            // A total that is less than what came is wrong: then an empty page, or none that is new, is the end.
            let is_new = ids.len() > known;
            if page.items.is_empty() || returned == page.total || (returned > page.total && !is_new)
            {
                return Ok(());
            }
            if !is_new {
                return Err(not_scim("a list that repeats itself"));
            }
        }
        Err(not_scim("a list that does not end"))
    }

    /// The user of an id, with what only a get shows; `None` where there is none.
    ///
    /// # Errors
    ///
    /// When Zoom cannot be asked.
    pub async fn get(&self, id: &str) -> Result<Option<Account>, ZoomError> {
        let Some(json) = self.get_json(id).await? else {
            return Ok(None);
        };
        let account = wire::account(&json);
        let account = account.ok_or_else(|| not_scim("a user without id or userName"))?;
        Ok(Some(account))
    }

    /// The user of an id as JSON; `None` where there is none.
    async fn get_json(&self, id: &str) -> Result<Option<Value>, ZoomError> {
        let path = format!("/Users/{}", wire::encoded(id));
        match self.ask("reading a user", Asked::Get, &path).await {
            Ok(json) => Ok(Some(json.unwrap_or_default())),
            Err(error) if error.kind == ErrorKind::Gone => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The body of an update as the server takes it: where it empties what is left out, with everything that it has;
    /// `None` where the user is gone.
    pub(super) async fn whole_update(
        &self,
        id: &str,
        body: Value,
    ) -> Result<Option<Value>, ZoomError> {
        if !self.connection.policies.put_replaces {
            return Ok(Some(body));
        }
        let held = self.get_json(id).await?;
        Ok(held.map(|held| wire::merged(held, body)))
    }

    /// The user of an address. What the server returns is compared with what was asked for: a filter that is
    /// ignored must not find somebody else, nor hide who is on a later page.
    ///
    /// # Errors
    ///
    /// When Zoom cannot be asked, or two users have the address.
    pub async fn find(&self, address: &str) -> Result<Option<Account>, ZoomError> {
        let filter = wire::user_name_filter(address);
        let is_asked_for = |account: &Account| fold(&account.user_name) == fold(address);
        let found = match self.page(1, PAGE, Some(&filter)).await {
            Ok(page) => {
                let all: Vec<Account> = page.items.iter().filter_map(wire::account).collect();
                let is_exact = all.iter().all(is_asked_for);
                match is_exact || page.items.len() >= page.total {
                    true => all,
                    false => self.list().await?,
                }
            }
            Err(error) if error.kind == ErrorKind::Gone => return Ok(None),
            // The filter is not supported.
            Err(error) if error.kind == ErrorKind::User => self.list().await?,
            Err(error) => return Err(error),
        };
        let mut found = found.into_iter().filter(is_asked_for);
        let first = found.next();
        if let (Some(one), Some(other)) = (&first, found.next())
            && one.id != other.id
        {
            let message = "two Zoom users have this address; neither is touched";
            return Err(ZoomError::new(ErrorKind::User, message));
        }
        Ok(first)
    }

    async fn page(
        &self,
        start: usize,
        count: usize,
        filter: Option<&str>,
    ) -> Result<Page, ZoomError> {
        let mut path = format!("/Users?startIndex={start}&count={count}");
        if let Some(filter) = filter {
            path.push_str("&filter=");
            path.push_str(&wire::encoded(filter));
        }
        let json = self
            .ask("listing users", Asked::List, &path)
            .await?
            .unwrap_or_default();
        let total = json.get("totalResults").and_then(Value::as_u64);
        let total = total.ok_or_else(|| not_scim("a list without totalResults"))?;
        let items = match json {
            Value::Object(mut json) => json.remove("Resources").unwrap_or_default(),
            _ => Value::Null,
        };
        let items = match items {
            Value::Null => Vec::new(),
            Value::Array(items) => items,
            _ => return Err(not_scim("a list whose Resources are no array")),
        };
        Ok(Page {
            items,
            total: usize::try_from(total).unwrap_or(usize::MAX),
        })
    }

    /// A read, of which nothing is told beside its answer.
    async fn ask(&self, what: &str, asked: Asked, path: &str) -> Result<Option<Value>, ZoomError> {
        self.call(what, asked, path, None, &mut Sent::default())
            .await
    }

    /// Sends a request when it may go, with the token, again with a new token if the old one is not accepted, and
    /// again where that may help and can do no harm.
    pub(super) async fn call(
        &self,
        what: &str,
        asked: Asked,
        path: &str,
        body: Option<&Value>,
        sent: &mut Sent,
    ) -> Result<Option<Value>, ZoomError> {
        let session = &self.session;
        let category = category(asked);
        let mut trial = session.trial(asked.is_idempotent());
        loop {
            let leave = session.leave(category).await?;
            let token = session
                .tokens
                .get(session, &self.transport, &self.connection, &self.issued_for)
                .await?;
            if leave.probes() {
                leave.probed(self.probe(&token).await);
                continue;
            }
            let attempt = tracing::debug_span!("send", attempt = trial.sent());
            let met = self.exchange(what, asked, path, body, &token, sent);
            let met = met.instrument(attempt).await;
            drop(leave);
            let error = match met {
                Ok(json) => {
                    token.works();
                    session.answered();
                    return Ok(json);
                }
                Err(error) => error,
            };
            sent.lost |= error.kind == ErrorKind::Unknown;
            match error.kind {
                ErrorKind::Token => {
                    Session::may_renew(&mut trial)?;
                    session.tokens.refused(session, &token).await?;
                    continue;
                }
                ErrorKind::Gone
                | ErrorKind::Conflict
                | ErrorKind::User
                | ErrorKind::Protected
                | ErrorKind::NoSeat => {
                    token.works();
                    session.answered();
                    return Err(error);
                }
                ErrorKind::Stopped => return Err(error),
                // There is no time to send it again: what became of it is for the next run to find out.
                ErrorKind::Unknown if session.stop_cause().is_some() => return Err(error),
                ErrorKind::Unknown
                | ErrorKind::Throttled(_)
                | ErrorKind::Transient
                | ErrorKind::Systemic(_) => {}
            }
            match session.failed(category, &mut trial, &error) {
                Decision::WaitUntil(until) => {
                    session.wait_until(until, what, &trial, &error).await?;
                }
                Decision::GiveUp => return Err(error),
            }
        }
    }

    /// Sends a request once.
    async fn exchange(
        &self,
        what: &str,
        asked: Asked,
        path: &str,
        body: Option<&Value>,
        token: &Token,
        sent: &mut Sent,
    ) -> Result<Option<Value>, ZoomError> {
        let url = format!("{}{path}", self.connection.scim_base());
        let mut request = self
            .transport
            .request(method(asked, body), &url)
            .bearer_auth(token.expose())
            .header(
                reqwest::header::ACCEPT,
                "application/scim+json, application/json",
            );
        if let Some(body) = body {
            request = request.json(body);
        }
        let exchange = self.session.heed(asked, self.transport.exchange(request));
        let answer = match exchange.await {
            Ok(answer) => answer,
            Err(error) => {
                // It went out, and the run did not wait for the answer any longer.
                sent.attempts += u32::from(error.kind == ErrorKind::Unknown);
                return Err(error);
            }
        };
        sent.went_out(&answer, token.redactor());
        let answer = answer.map_err(|met| {
            ZoomError::new(unanswered(asked, met.why), format!("{what}: {}", met.told))
        })?;
        if let Some(per_second) = answer.per_second() {
            self.session.learn(category(asked), per_second);
        }
        let said = answer.said(self.session.waiter().wall());
        judge(asked, &said).map_err(|kind| {
            if let (false, Some(wait)) = (matches!(kind, ErrorKind::Throttled(_)), said.wait) {
                self.session.hold(category(asked), wait);
            }
            told(what, kind, &said, token.redactor())
        })
    }

    /// Looks whether Zoom answers properly again: whatever it says, if it is not a failure of its own.
    async fn probe(&self, token: &Token) -> bool {
        let path = "/Users?startIndex=1&count=1";
        let met = self
            .exchange(
                "asking whether Zoom answers",
                Asked::List,
                path,
                None,
                token,
                &mut Sent::default(),
            )
            .await;
        !matches!(met, Err(error) if error.kind == ErrorKind::Transient)
    }
}

impl Sent {
    /// Takes down how one more try went; what certainly was not sent is none. A server may repeat in any header what
    /// it was sent.
    fn went_out(&mut self, met: &Result<Answer, Unanswered>, redactor: &Redactor) {
        let (status, request_id) = match met {
            Ok(answer) => {
                let id = answer.request_id();
                (Some(answer.status), id.map(|id| redactor.clean(&id)))
            }
            Err(Unanswered {
                why: Why::NotSent | Why::NotConnected(_),
                ..
            }) => return,
            Err(_) => (None, None),
        };
        self.attempts += 1;
        self.status = status;
        self.request_id = request_id;
    }
}

fn category(asked: Asked) -> Category {
    match asked {
        Asked::Token => Category::Token,
        Asked::List => Category::Medium,
        Asked::Get | Asked::Create | Asked::Change | Asked::Delete => Category::Light,
    }
}

/// A change of `active` alone is a PATCH: Zoom takes no other (its SCIM2 reference).
fn method(asked: Asked, body: Option<&Value>) -> reqwest::Method {
    match asked {
        Asked::Token | Asked::Create => reqwest::Method::POST,
        Asked::List | Asked::Get => reqwest::Method::GET,
        Asked::Change if body.is_some_and(wire::is_patch) => reqwest::Method::PATCH,
        Asked::Change => reqwest::Method::PUT,
        Asked::Delete => reqwest::Method::DELETE,
    }
}

struct Page {
    items: Vec<Value>,
    total: usize,
}

fn not_scim(seen: &str) -> ZoomError {
    ZoomError::new(
        ErrorKind::Systemic(Reason::Protocol),
        format!("the SCIM URL does not answer as Zoom's SCIM2 does: {seen}"),
    )
}
