//! Reads: pages, single users, and look-ups by address.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::kind::{ErrorKind, ZoomError, classify, retry_after};
use super::token::TokenCache;
use super::transport::{Answer, Transport};
use super::wire;
use crate::connection::Connection;
use crate::plan::{Account, fold};

/// How many users a page is asked for: the most that Zoom gives.
const PAGE: usize = 100;
/// How many pages a list has at the most: ten million users.
const MAX_PAGES: usize = 100_000;

/// Zoom as a dry run has it: there is no way to write.
#[derive(Debug, Clone)]
pub struct Reader {
    transport: Transport,
    connection: Arc<Connection>,
    tokens: Arc<TokenCache>,
}

impl Reader {
    /// Zoom through a connection.
    #[must_use]
    pub(crate) fn new(
        transport: Transport,
        connection: Connection,
        tokens: Arc<TokenCache>,
    ) -> Self {
        Self {
            transport,
            connection: Arc::new(connection),
            tokens,
        }
    }

    /// The users of an account, page after page: the next page starts after what was returned, not after what
    /// was asked for. Who appears twice, because somebody was removed between two pages, is taken once.
    ///
    /// # Errors
    ///
    /// When any page fails: a part of a list must not look like the whole.
    pub async fn list(&self) -> Result<Vec<Account>, ZoomError> {
        let mut accounts = Vec::new();
        let mut ids = HashSet::new();
        let mut returned = 0;
        for _ in 0..MAX_PAGES {
            let page = self.page(returned + 1, PAGE, None).await?;
            returned += page.items.len();
            for item in &page.items {
                let account =
                    wire::account(item).ok_or_else(|| not_scim("a user without id or userName"))?;
                if ids.insert(account.id.clone()) {
                    accounts.push(account);
                }
            }
            if page.items.is_empty() || returned >= page.total {
                return Ok(accounts);
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
        const WHAT: &str = "reading a user";
        match self
            .call(
                WHAT,
                reqwest::Method::GET,
                &format!("/Users/{}", wire::encoded(id)),
                None,
                true,
            )
            .await
        {
            Ok(answer) => {
                let json = json(WHAT, &answer)?;
                wire::account(&json)
                    .map(Some)
                    .ok_or_else(|| not_scim("a user without id or userName"))
            }
            Err(error) if error.kind == ErrorKind::Gone => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The user of an address. What the server returns is compared with what was asked for: a filter that is
    /// ignored must not find somebody else.
    ///
    /// # Errors
    ///
    /// When Zoom cannot be asked.
    pub async fn find(&self, address: &str) -> Result<Option<Account>, ZoomError> {
        let filter = wire::user_name_filter(address);
        match self.page(1, PAGE, Some(&filter)).await {
            Ok(page) => {
                let accounts = page.items.iter().filter_map(wire::account);
                Ok(accounts
                    .into_iter()
                    .find(|account| fold(&account.user_name) == fold(address)))
            }
            Err(error) if error.kind == ErrorKind::Gone => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn page(
        &self,
        start: usize,
        count: usize,
        filter: Option<&str>,
    ) -> Result<Page, ZoomError> {
        const WHAT: &str = "listing users";
        let mut path = format!("/Users?startIndex={start}&count={count}");
        if let Some(filter) = filter {
            path.push_str("&filter=");
            path.push_str(&wire::encoded(filter));
        }
        let answer = self
            .call(WHAT, reqwest::Method::GET, &path, None, true)
            .await?;
        let json = json(WHAT, &answer)?;
        let total = json.get("totalResults").and_then(Value::as_u64);
        let total = total.ok_or_else(|| not_scim("a list without totalResults"))?;
        let items = match json.get("Resources") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items.clone(),
            Some(_) => return Err(not_scim("a list whose Resources are no array")),
        };
        Ok(Page {
            items,
            total: usize::try_from(total).unwrap_or(usize::MAX),
        })
    }

    /// Sends a request with the token, once more with a new token if the old one is not accepted, and again
    /// where that may help and can do no harm.
    pub(super) async fn call(
        &self,
        what: &str,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
        idempotent: bool,
    ) -> Result<Answer, ZoomError> {
        let mut attempt = 1;
        let mut renewed = false;
        loop {
            let token = self.tokens.get(&self.transport, &self.connection).await?;
            let url = format!("{}{path}", self.connection.scim_base());
            let mut request = self
                .transport
                .request(method.clone(), &url)
                .bearer_auth(token.expose())
                .header(
                    reqwest::header::ACCEPT,
                    "application/scim+json, application/json",
                );
            if let Some(body) = body {
                request = request.json(body);
            }
            let error = match self.transport.send(what, request).await {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) => classify(what, answer.status, &answer.body, answer.told_wait()),
                Err(error) => error,
            };
            if error.kind == ErrorKind::Token {
                if renewed {
                    return Err(ZoomError {
                        kind: ErrorKind::Systemic,
                        ..error
                    });
                }
                renewed = true;
                self.tokens.forget(&token).await;
                continue;
            }
            match retry_after(error.kind, idempotent, attempt) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
            attempt += 1;
        }
    }
}

struct Page {
    items: Vec<Value>,
    total: usize,
}

/// An answer's JSON. HTML with a status of 200 is a proxy or a portal, not an empty list.
pub(super) fn json(what: &str, answer: &Answer) -> Result<Value, ZoomError> {
    let parsed = serde_json::from_slice(&answer.body);
    parsed.map_err(|error| {
        if answer.is_json() {
            ZoomError::new(
                ErrorKind::Unknown,
                format!("{what}: the answer is cut off or damaged: {error}"),
            )
        } else {
            not_scim("something else than JSON; is the SCIM URL right?")
        }
    })
}

fn not_scim(seen: &str) -> ZoomError {
    ZoomError::new(
        ErrorKind::Systemic,
        format!("the SCIM URL does not answer as Zoom's SCIM2 does: {seen}"),
    )
}
