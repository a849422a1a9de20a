//! A running server, as the commands reach it: by its control API.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::utf8_percent_encode;
use reqwest::Method;
use serde_json::Value;

use super::failure::Failure;
use crate::server::PATH_SEGMENT;

/// How long a server may take to answer a command.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Which server.
#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// Where the server listens
    #[arg(
        long,
        value_name = "URL",
        env = "ZOOM_MOCK_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    url: String,
    /// The control token, where the server asks for one
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ZOOM_MOCK_CONTROL_TOKEN",
        hide_env_values = true
    )]
    control_token: Option<String>,
    /// The certificate of the server's authority, where it speaks TLS
    #[arg(long, value_name = "FILE", env = "ZOOM_MOCK_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// The control API of a running server.
pub(super) struct Remote {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    /// Whether nobody said which authority to trust.
    trusts_nobody: bool,
}

impl Target {
    pub(super) fn open(&self) -> Result<Remote, Failure> {
        // The provider of cryptography is the process's; one that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder().no_proxy().timeout(TIMEOUT);
        if let Some(file) = &self.ca_file {
            let failed = |error: String| Failure::Usage(format!("{}: {error}", file.display()));
            let pem = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
            let authority = reqwest::Certificate::from_pem(&pem)
                .map_err(|error| failed(format!("is no certificate in PEM: {error}")))?;
            builder = builder.tls_certs_only([authority]);
        }
        let http = builder
            .build()
            .map_err(|error| Failure::Failed(format!("no HTTP client can be made: {error}")))?;
        let url = self.url.trim_end_matches('/').trim_end_matches("/_mock");
        Ok(Remote {
            http,
            base: format!("{url}/_mock"),
            token: self.control_token.clone(),
            trusts_nobody: self.ca_file.is_none(),
        })
    }
}

impl Remote {
    /// Sends a request; each segment of the path is encoded. Gives the answer's JSON, `null` where there is
    /// none.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let segments = path
            .iter()
            .map(|segment| format!("/{}", utf8_percent_encode(segment, PATH_SEGMENT)));
        let url = format!("{}{}", self.base, segments.collect::<String>());
        let mut request = self.http.request(method, &url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let unanswered = |error: reqwest::Error| {
            if error.is_builder() {
                return Failure::Usage(format!(
                    "--url {}: is no URL: {}",
                    self.base,
                    causes(&error)
                ));
            }
            let causes = causes(&error);
            if self.trusts_nobody && causes.contains("certificate") {
                return Failure::Failed(format!(
                    "the certificate of {} is of an authority that is not trusted: {causes}; say which one to trust \
                     with --ca-file FILE, the file that zoom-mock serve --ca-file wrote",
                    self.base
                ));
            }
            Failure::Failed(format!(
                "no server answers at {}: {}; start one with zoom-mock serve, or say where it is with --url",
                self.base, causes
            ))
        };
        let answer = request.send().await.map_err(unanswered)?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(unanswered)?;
        let json: Option<Value> = match bytes.is_empty() {
            true => Some(Value::Null),
            false => serde_json::from_slice(&bytes).ok(),
        };
        if status.is_success() {
            return json.ok_or_else(|| self.stranger(status));
        }
        let message = json
            .as_ref()
            .and_then(|json| json.pointer("/error/message"));
        Err(match message.and_then(Value::as_str) {
            Some(message) => Failure::Failed(format!("refused: {message}")),
            None => self.stranger(status),
        })
    }

    pub(super) async fn get(&self, path: &[&str]) -> Result<Value, Failure> {
        self.send(Method::GET, path, None).await
    }

    /// Something answers that is not what this program starts.
    fn stranger(&self, status: reqwest::StatusCode) -> Failure {
        Failure::Failed(format!(
            "what answers at {} is no zoom-mock (HTTP {status}); say where it is with --url",
            self.base
        ))
    }

    /// The account that is meant: the one of this id, or the only one that there is.
    pub(super) async fn account(&self, id: Option<&str>) -> Result<String, Failure> {
        if let Some(id) = id {
            return Ok(id.to_owned());
        }
        let accounts = self.get(&["accounts"]).await?;
        let accounts = accounts.get("accounts").and_then(Value::as_array);
        let ids: Vec<&str> = accounts
            .into_iter()
            .flatten()
            .filter_map(|account| account.get("account_id")?.as_str())
            .collect();
        match ids[..] {
            [id] => Ok(id.to_owned()),
            [] => Err(Failure::Failed("the server has no account; make one with zoom-mock account create".to_owned())),
            _ => Err(Failure::Usage(
                "the server has several accounts; say which one with --account ID (zoom-mock account list)".to_owned(),
            )),
        }
    }
}

/// An error with its causes, of which the last says most.
fn causes(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// `zoom-mock healthcheck`.
pub(super) async fn healthcheck(target: &Target) -> Result<(), Failure> {
    let health = target.open()?.get(&["health"]).await?;
    let mut out = anstream::stdout();
    if target.json {
        writeln!(out, "{health}")?;
    } else {
        writeln!(out, "ok: {}", target.url)?;
    }
    Ok(())
}
