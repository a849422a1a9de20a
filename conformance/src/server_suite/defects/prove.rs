//! The proof: the suite against a good server, and against each that is not.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;
use mock_server::{AccountSpec, AppChange, Config, MockServer, TokenSpec};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::catalogue::{Defect, defects};
use super::proxy::{Behind, Proxy};
use crate::server_suite::outcome::Outcomes;
use crate::server_suite::run::{Options, run};
use crate::server_suite::target::{ClientCredentials, Target, read_url};

/// How many users an account has before anything is checked: more than a page holds.
const USERS: u32 = 110;
/// How many servers are checked at once.
const JOBS: usize = 8;
/// How long one answer and one run may take: everything is on this machine.
const TIMEOUT: Duration = Duration::from_secs(30);
const TIME_LIMIT: Duration = Duration::from_secs(300);
/// How many requests a run may send.
const MAX_REQUESTS: u32 = 5_000;

/// Which checks are made against a server with a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breadth {
    /// All.
    All,
    /// The one that has to notice, with what shares its requests.
    Its,
}

/// What came of one defect.
#[derive(Debug, Clone)]
pub struct Proved {
    /// The defect.
    pub defect: &'static Defect,
    /// The checks that are violated, in their order; all of them hold against the good server.
    pub by: Vec<&'static str>,
}

impl Proved {
    /// Whether the check that has to notice did.
    #[must_use]
    pub fn is_caught(&self) -> bool {
        self.by.contains(&self.defect.breaks)
    }
}

/// The whole proof.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The good server, all checks.
    pub good: Outcomes,
    /// Each defect.
    pub proved: Vec<Proved>,
}

impl Proof {
    /// The checks that no defect made fail.
    #[must_use]
    pub fn idle(&self) -> Vec<&'static str> {
        let broken: BTreeSet<&str> = self
            .proved
            .iter()
            .flat_map(|one| one.by.iter().copied())
            .collect();
        let ids = self.good.checks.iter().map(|one| one.check.id);
        ids.filter(|id| !broken.contains(id)).collect()
    }

    /// Whether every defect was caught, and nothing is violated at the good server.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.good.violated() == 0 && self.proved.iter().all(Proved::is_caught)
    }
}

/// The proof could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the proof could not be made at {at}: {error}")]
pub struct ProofError {
    /// The defect, or the good server.
    at: &'static str,
    error: String,
}

/// Checks the good server and each defect; `ended` is called after each.
///
/// # Errors
///
/// When the mock does not start, or a server cannot be used at all.
pub async fn prove(
    breadth: Breadth,
    seed: u64,
    ended: &mut (dyn FnMut() + Send),
) -> Result<Proof, ProofError> {
    let failed = |error: mock_server::StartError| ProofError {
        at: "the mock",
        error: error.to_string(),
    };
    let config = Config {
        seed,
        ..Config::default()
    };
    let server = MockServer::start(&config).map_err(failed)?;
    let good = check(&server, None, Breadth::All, seed).await?;
    ended();
    let server = &server;
    let mut runs =
        futures::stream::iter(defects().map(|defect| async move {
            (defect, check(server, Some(defect), breadth, seed).await)
        }))
        .buffered(JOBS);
    let holds = |id: &&'static str| {
        let mut checks = good.checks.iter();
        checks.any(|one| one.check.id == *id && !one.is_violated())
    };
    let mut proved = Vec::new();
    while let Some((defect, outcomes)) = runs.next().await {
        let outcomes = outcomes?;
        let violated = outcomes.checks.iter().filter(|one| one.is_violated());
        let by = violated.map(|one| one.check.id).filter(holds).collect();
        proved.push(Proved { defect, by });
        ended();
    }
    drop(runs);
    Ok(Proof { good, proved })
}

/// Checks one server, on an account of its own.
async fn check(
    server: &MockServer,
    defect: Option<&'static Defect>,
    breadth: Breadth,
    seed: u64,
) -> Result<Outcomes, ProofError> {
    let at = defect.map_or("the good server", |defect| defect.id);
    let failed = |error: String| ProofError { at, error };
    let (behind, target) = stage(server).map_err(failed)?;
    let proxy = Proxy::open(behind, defect)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let address = proxy.address;
    let url = |flag, path: &str| read_url(flag, &format!("http://{address}{path}"));
    let target = Target {
        scim_url: url("--scim-url", "/scim2").map_err(|error| failed(error.to_string()))?,
        token_url: url("--token-url", "/oauth/token").map_err(|error| failed(error.to_string()))?,
        ..target
    };
    let selected = match (breadth, defect) {
        // What every answer has to be is judged by all sections together.
        (Breadth::Its, Some(defect)) if !defect.breaks.starts_with("transport.") => {
            vec![defect.breaks]
        }
        _ => Vec::new(),
    };
    let options = Options {
        target,
        selected,
        allow_writes: true,
        seed,
        domain: "example.com".to_owned(),
        timeout: TIMEOUT,
        time_limit: TIME_LIMIT,
        max_requests: MAX_REQUESTS,
    };
    let outcomes = run(&options, &Notify::new(), &mut |_| {}).await;
    outcomes.map_err(|error| failed(error.to_string()))
}

/// An account with users, two apps and a token that has expired. The URLs are put in later.
fn stage(server: &MockServer) -> Result<(Behind, Target), String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let account = server
        .create_account(AccountSpec::default())
        .map_err(|error| told(&error))?;
    for number in 0..USERS {
        let user = json!({ "userName": format!("user{number}@example.com"), "name": { "givenName": "U", "familyName": "N" } });
        account.add_user(&user).map_err(|error| told(&error))?;
    }
    let fields: Value = json!({
        "name": "Reader", "short_description": "Reads", "company_name": "Example",
        "developer_name": "Dana", "developer_email": "dana@example.com", "scopes": ["user:read:admin"],
    });
    let fields: AppChange = serde_json::from_value(fields).map_err(|error| told(&error))?;
    let second = account.create_app(fields).map_err(|error| told(&error))?;
    account
        .activate_app(&second.client_id)
        .map_err(|error| told(&error))?;
    let mint = |expires_in_s| {
        let spec = TokenSpec {
            expires_in_s,
            ..TokenSpec::default()
        };
        account.mint_token(&spec).map_err(|error| told(&error))
    };
    let (token, expired) = (mint(None)?, mint(Some(0))?);
    let own = account.credentials();
    let basic = STANDARD.encode(format!("{}:{}", own.client_id, own.client_secret));
    let client = |id: String, secret: String| ClientCredentials {
        id,
        secret: SecretString::from(secret),
    };
    let url = read_url("--scim-url", &server.scim_url()).map_err(|error| told(&error))?;
    // A provider that is installed already serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(std::iter::empty())
        .build()
        .map_err(|error| told(&error))?;
    let behind = Behind::new(
        http,
        server.base_url(),
        token,
        format!("Basic {basic}"),
        expired.clone(),
        own.account_id.clone(),
    );
    let target = Target {
        scim_url: url.clone(),
        token_url: url,
        account_id: own.account_id.clone(),
        client: client(own.client_id.clone(), own.client_secret.clone()),
        second_client: Some(client(second.client_id, second.client_secret)),
        expired_token: Some(SecretString::from(expired)),
        ca_pem: None,
    };
    Ok((behind, target))
}
