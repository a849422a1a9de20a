//! The walk through the steps.

use jiff::Timestamp;
use reqwest::header::{ACCEPT, CONNECTION};
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};

use super::endpoint::Endpoint;
use super::notes::{Notes, Told};
use super::places::Places;
use super::scim::Page;
use super::token::Granted;
use super::warning::Warning;
use super::{Code, Diagnosis, Finding, StepName, TestLimits, answer, probe, scim, token};
use crate::clock;
use crate::connection::Connection;
use crate::zoom::{Answer, Transport};

/// Tests a connection, through a transport that trusts the connection's roots. A connection that is off is
/// tested all the same.
pub async fn test_connection(
    connection: &Connection,
    transport: &Transport,
    limits: TestLimits,
) -> Diagnosis {
    let mut walk = Walk {
        connection,
        transport,
        limits,
        notes: Notes::new(connection),
    };
    let came = walk.all().await;
    walk.notes.diagnosis(came)
}

/// A test under way.
struct Walk<'a> {
    connection: &'a Connection,
    transport: &'a Transport,
    limits: TestLimits,
    notes: Notes,
}

impl Walk<'_> {
    async fn all(&mut self) -> Result<(), Finding> {
        let places = self.configuration()?;
        self.reach(&places.token).await?;
        if places.token != places.scim {
            self.reach(&places.scim).await?;
        }
        let granted = self.token(&places.token).await?;
        self.scopes(&granted)?;
        let first = self.scim(&places, &granted.token).await?;
        self.paging(&places, &granted.token, &first).await
    }

    fn configuration(&mut self) -> Result<Places, Finding> {
        let since = clock::monotonic();
        let seen = Places::of(self.connection).map(|places| {
            let roots = match self.connection.trusted_roots.len() {
                0 => "complete".to_owned(),
                1 => "complete, with 1 further trusted root".to_owned(),
                roots => format!("complete, with {roots} further trusted roots"),
            };
            (places, Told::Ok(roots))
        });
        self.notes
            .record(StepName::Configuration, None, since, seen)
    }

    /// Resolves a host, connects to it, and lets it show its certificate.
    async fn reach(&mut self, endpoint: &Endpoint) -> Result<(), Finding> {
        let since = clock::monotonic();
        let seen = probe::resolve(endpoint, self.limits.resolve).await;
        let seen = seen.map(|addresses| {
            let told = match addresses.as_slice() {
                [address] => address.ip().to_string(),
                addresses => format!("{} addresses", addresses.len()),
            };
            (addresses, Told::Ok(told))
        });
        let addresses = self
            .notes
            .record(StepName::NameResolution, Some(endpoint), since, seen)?;

        let since = clock::monotonic();
        let seen = probe::connect(&addresses, self.limits.connect).await;
        let seen = seen.map(|(stream, address)| (stream, Told::Ok(address.ip().to_string())));
        let stream = self
            .notes
            .record(StepName::Tcp, Some(endpoint), since, seen)?;

        let since = clock::monotonic();
        let seen = if endpoint.tls {
            let limit = self.limits.tls;
            let seen = probe::handshake(self.transport, endpoint, stream, limit).await;
            seen.map(|told| ((), Told::Ok(told)))
        } else {
            Ok(((), Told::Skipped("plain http, on this machine")))
        };
        self.notes
            .record(StepName::Tls, Some(endpoint), since, seen)
    }

    async fn token(&mut self, endpoint: &Endpoint) -> Result<Granted, Finding> {
        let since = clock::monotonic();
        let seen = self.grant().await;
        let seen = seen.map(|granted| (granted, Told::Ok("issued".to_owned())));
        self.notes
            .record(StepName::Token, Some(endpoint), since, seen)
    }

    async fn grant(&mut self) -> Result<Granted, Finding> {
        let connection = self.connection;
        let request = self
            .transport
            .request(Method::POST, connection.token_endpoint())
            .basic_auth(
                &connection.client_id,
                Some(connection.client_secret.expose_secret()),
            )
            .form(&[
                ("grant_type", "account_credentials"),
                ("account_id", connection.account_id.as_str()),
            ]);
        let answer = self.ask(&request, Code::TokenNotJson).await?;
        let granted = token::granted(&answer)?;
        self.notes.learn(&granted.token);
        if let Some(seen) = &granted.odd_expiry {
            self.notes.warn(Some(Warning::of_expiry(seen)));
        }
        Ok(granted)
    }

    fn scopes(&mut self, granted: &Granted) -> Result<(), Finding> {
        let since = clock::monotonic();
        let seen = match token::scim_scope(granted) {
            None => Ok(((), Told::Skipped("the token's answer does not name them"))),
            Some(held) => held.map(|scope| ((), Told::Ok(scope.to_owned()))),
        };
        self.notes.record(StepName::Scopes, None, since, seen)
    }

    async fn scim(&mut self, places: &Places, token: &SecretString) -> Result<Page, Finding> {
        let since = clock::monotonic();
        let seen = self.page(places, token, 1).await.map(|page| {
            let users = if page.total == 1 { "user" } else { "users" };
            let told = format!("the account has {} {users}", page.total);
            (page, Told::Ok(told))
        });
        self.notes
            .record(StepName::Scim, Some(&places.scim), since, seen)
    }

    async fn paging(
        &mut self,
        places: &Places,
        token: &SecretString,
        first: &Page,
    ) -> Result<(), Finding> {
        let since = clock::monotonic();
        let seen = self.second_page(places, token, first).await;
        self.notes
            .record(StepName::Paging, Some(&places.scim), since, seen)
    }

    async fn second_page(
        &mut self,
        places: &Places,
        token: &SecretString,
        first: &Page,
    ) -> Result<((), Told), Finding> {
        scim::first(first)?;
        if first.total <= 1 {
            return Ok(((), Told::Skipped("there is no second page")));
        }
        let second = self.page(places, token, 2).await?;
        scim::second(first, &second)?;
        Ok(((), Told::Ok("two pages, two users".to_owned())))
    }

    /// One user, beginning with the `start`-th.
    async fn page(
        &mut self,
        places: &Places,
        token: &SecretString,
        start: usize,
    ) -> Result<Page, Finding> {
        let base = self.connection.scim_base();
        let url = format!("{base}/Users?startIndex={start}&count=1");
        let request = self
            .transport
            .request(Method::GET, &url)
            .bearer_auth(token.expose_secret())
            .header(ACCEPT, "application/scim+json, application/json");
        let answer = self.ask(&request, Code::NotScim).await?;
        scim::page(&answer, places.asked)
    }

    /// Sends a request within the limit, again where Zoom is unavailable for a moment.
    async fn ask(&mut self, request: &RequestBuilder, not_ours: Code) -> Result<Answer, Finding> {
        let mut attempt = 1;
        loop {
            let request = request.try_clone().map(|request| {
                let limited = request.timeout(self.limits.answer);
                // A connection that is used again may be ended by then, which would be no finding.
                self.transport.exchange(limited.header(CONNECTION, "close"))
            });
            let Some(request) = request else {
                return Err(Finding::new(not_ours, "the request cannot be repeated"));
            };
            let answer = request.await;
            let answer = answer.map_err(|seen| answer::unanswered(&seen, not_ours))?;
            self.look(&answer, clock::wall());
            match answer::again(&answer, attempt) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Ok(answer),
            }
            attempt += 1;
        }
    }

    /// Notices what is worth a warning.
    fn look(&mut self, answer: &Answer, now: Timestamp) {
        self.notes.warn(Warning::of_mock(answer));
        self.notes.warn(Warning::of_clock(answer, now));
    }
}
