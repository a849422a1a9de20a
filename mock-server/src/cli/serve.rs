//! `zoom-mock serve`.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, bail};
use serde::Serialize;

use crate::server::{Config, MockServer, StartError};

const HEADING: Style = Style::new().bold();
const VALUE: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().dimmed();

/// How to serve.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The address to listen on; loopback only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The port, instead of the address's own; 0 takes a free one
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Print one line of JSON on stdout once requests are accepted, and nothing else
    #[arg(long)]
    ready_json: bool,
    /// What ids and credentials are drawn from: the same seed gives the same
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// What a program needs to know of a server that has started.
#[derive(Serialize)]
struct Ready<'a> {
    base_url: &'a str,
    token_url: String,
    scim_url: String,
    control_url: String,
    account_id: &'a str,
    client_id: &'a str,
    client_secret: &'a str,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut listen = arguments.listen;
    if let Some(port) = arguments.port {
        listen.set_port(port);
    }
    if !listen.ip().is_loopback() {
        bail!(
            "will not listen on {listen}: whoever reaches the server could read and change everything, so \
             it listens on this machine alone; use --listen 127.0.0.1:{}",
            listen.port()
        );
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let config = Config {
        listen,
        seed: arguments.seed,
        ..Config::default()
    };
    runtime.block_on(async {
        // The request to end is heard from before anybody is told that the server is there.
        let mut stop = Stop::new().context("cannot wait for signals")?;
        let server = MockServer::start(&config).map_err(explained)?;
        announce(&server, arguments.ready_json).context("cannot write to stdout")?;
        stop.wait().await.context("cannot wait for signals")?;
        drop(server);
        Ok(())
    })
}

/// Waits for an interrupt from the terminal or a request to end.
struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn new() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    async fn wait(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = self.terminate.recv() => Ok(()),
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await
    }
}

fn explained(error: StartError) -> anyhow::Error {
    match &error {
        StartError::Listen {
            address,
            error: cause,
        } if cause.kind() == io::ErrorKind::AddrInUse => {
            anyhow::anyhow!(
                "cannot listen on {address}: another program does already; stop it, or take a free port with \
                 --port 0"
            )
        }
        StartError::Listen { .. }
        | StartError::Account(_)
        | StartError::Certificates(_)
        | StartError::Random(_)
        | StartError::Threads(_) => error.into(),
    }
}

fn announce(server: &MockServer, json: bool) -> io::Result<()> {
    let account = server.default_account();
    let credentials = account.credentials();
    let ready = Ready {
        base_url: server.base_url(),
        token_url: server.token_url(),
        scim_url: server.scim_url(),
        control_url: server.control_url(),
        account_id: &credentials.account_id,
        client_id: &credentials.client_id,
        client_secret: &credentials.client_secret,
    };
    let mut out = anstream::stdout();
    if json {
        writeln!(out, "{}", serde_json::to_string(&ready)?)?;
    } else {
        out.write_all(for_people(&ready).as_bytes())?;
    }
    out.flush()
}

fn for_people(ready: &Ready<'_>) -> String {
    let line = |name: &str, value: &str| format!("  {name:16} {VALUE}{value}{VALUE:#}\n");
    let Ready {
        base_url,
        token_url,
        scim_url,
        control_url,
        account_id,
        client_id,
        client_secret,
    } = ready;
    [
        format!("{HEADING}A Zoom for tests listens on {base_url}{HEADING:#}\n\n"),
        line("SCIM URL", scim_url),
        line("OAuth token URL", token_url),
        line("account id", account_id),
        line("client id", client_id),
        line("client secret", client_secret),
        line("control API", control_url),
        format!("\n{HEADING}Try it{HEADING:#}\n\n"),
        format!("  curl -s -u {client_id}:{client_secret} \\\n"),
        format!(
            "    -d grant_type=account_credentials -d account_id={account_id} \\\n    {token_url}\n"
        ),
        format!("  curl -s -H \"Authorization: Bearer $TOKEN\" '{scim_url}/Users?count=100'\n\n"),
        format!("{DIM}Ctrl-C stops it, and what it holds is gone.{DIM:#}\n"),
    ]
    .concat()
}
