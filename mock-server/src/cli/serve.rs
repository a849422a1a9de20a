//! `zoom-mock serve`.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::announce::announce;
use super::failure::Failure;
use super::{files, holder, incident, scenarios};
use crate::account::AccountSpec;
use crate::fault::FaultRule;
use crate::limit::Preset;
use crate::server::{Config, MockServer, StartError};

/// How long requests under way may take once the server is to stop.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// The largest seed that is drawn: every JSON parser reads it as it is.
const MAX_DRAWN_SEED: u64 = (1 << 53) - 1;

/// How to serve.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "On an address that others can reach the control API asks for a token: --control-token, or one that \
                  is drawn and printed. What is drawn there comes from a seed that is printed as well; with --seed it \
                  is the same again.\n\n\
                  Examples:\n  zoom-mock serve\n  zoom-mock serve --port 0 --ready-json\n  zoom-mock serve --seed-users \
                  100000 --rate-limits business\n  zoom-mock serve --account account.json --users users.json\n  \
                  zoom-mock serve --listen 0.0.0.0:8443 --tls --ca-file ca.pem --tls-name mock.example --tenants\n  \
                  zoom-mock serve --scenario tls-expired --ca-file ca.pem\n  zoom-mock serve --fault faults.toml\n  \
                  zoom-mock serve --incident incident.json"
)]
pub(super) struct Arguments {
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The port, instead of the address's own; 0 takes a free one
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Print one line of JSON on stdout once requests are accepted, and nothing else
    #[arg(long)]
    ready_json: bool,
    /// What ids and credentials are drawn from: the same seed gives the same. If left out: 0, and where others
    /// can reach the server one that is drawn at random and printed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The account to start with, as JSON: ids, scopes, settings; what is left out is generated. Its settings
    /// are those of tenants as well
    #[arg(long, value_name = "FILE")]
    account: Option<PathBuf>,
    /// Users to start with: a JSON array of SCIM users
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
    /// How many users to make up: user1@example.com and so on
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed_users: usize,
    /// Rate limits, of tenants as well: off, free, pro, business, one_a_second
    #[arg(long, value_name = "PRESET", value_parser = preset)]
    rate_limits: Option<Preset>,
    /// Make an account when the first token is asked for under /t/{account}, with the settings of --account
    /// and --rate-limits
    #[arg(long)]
    tenants: bool,
    /// What the control API asks for as a bearer token
    #[arg(long, value_name = "TOKEN", env = "ZOOM_MOCK_CONTROL_TOKEN", hide_env_values = true,
        value_parser = clap::builder::NonEmptyStringValueParser::new())]
    control_token: Option<String>,
    /// Speak TLS, with a certificate authority made at the start
    #[arg(long, requires = "ca_file")]
    tls: bool,
    /// Where to write the authority's certificate, which clients have to trust
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// A name or address that the certificate is for, beside localhost, the address that is listened on and,
    /// on 0.0.0.0, the machine's own name; can be given several times
    #[arg(long, value_name = "NAME", requires = "tls",
        value_parser = clap::builder::NonEmptyStringValueParser::new())]
    tls_name: Vec<String>,
    /// The scenario to start in; zoom-mock scenarios lists them
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// Fault rules to start with, as TOML, in tables named faults, or JSON, in an object with the array faults
    #[arg(long = "fault", value_name = "FILE")]
    faults: Vec<PathBuf>,
    /// Start exactly where a server was when zoom-mock incident save wrote this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "account", "users", "seed_users",
        "rate_limits", "tenants", "scenario", "faults", "no_magic"])]
    incident: Option<PathBuf>,
    /// Take no credential, address or path for the name of a scenario
    #[arg(long)]
    no_magic: bool,
}

fn preset(name: &str) -> Result<Preset, String> {
    let known = Preset::ALL
        .into_iter()
        .find(|preset| preset.as_str() == name);
    known.ok_or_else(|| {
        let names = Preset::ALL.map(Preset::as_str);
        format!("known are {}", names.join(", "))
    })
}

impl Arguments {
    fn address(&self) -> SocketAddr {
        let mut address = self.listen;
        address.set_port(self.port.unwrap_or(address.port()));
        address
    }

    /// The seed that has to be printed, because it is drawn here. Where others can reach the server, its
    /// credentials must not be those that anybody can draw.
    fn drawn_seed(&self) -> Result<Option<u64>, Failure> {
        let is_given = self.seed.is_some() || self.incident.is_some();
        if is_given || self.address().ip().is_loopback() {
            return Ok(None);
        }
        let failed = |error| Failure::Failed(format!("the system gives no random bytes: {error}"));
        let drawn = getrandom::u64().map_err(failed)?;
        Ok(Some(drawn & MAX_DRAWN_SEED))
    }

    fn config(&self, drawn_seed: Option<u64>) -> Result<Config, Failure> {
        let listen = self.address();
        let mut account: AccountSpec = match &self.account {
            Some(file) => files::read_json(file, "an account")?,
            None => AccountSpec::default(),
        };
        if let Some(preset) = self.rate_limits {
            account.settings.rate_limits.preset = preset;
        }
        Ok(Config {
            listen,
            seed: self.seed.or(drawn_seed).unwrap_or(0),
            account,
            makes_tenants: self.tenants,
            control_token: self.control_token.clone(),
            tls: self.tls,
            tls_names: self.tls_name.clone(),
            magic: !self.no_magic,
            ..Config::default()
        })
    }
}

/// Reads what is to be set from the start, before anything is started.
fn faults(arguments: &Arguments) -> Result<Vec<FaultRule>, Failure> {
    let mut rules = Vec::new();
    for file in &arguments.faults {
        rules.extend(files::read_faults(file)?);
    }
    if let Some(scenario) = &arguments.scenario {
        let scenario = scenarios::find(scenario)?;
        let needs_trust = scenario.door.is_some_and(|door| door.kind.is_https());
        if needs_trust && arguments.ca_file.is_none() {
            return Err(Failure::Usage(format!(
                "the scenario {} speaks TLS: say with --ca-file FILE where to write the certificate that the client \
                 has to trust",
                scenario.name
            )));
        }
    } else if arguments.ca_file.is_some() && !arguments.tls && arguments.incident.is_none() {
        return Err(Failure::Usage(
            "--ca-file goes with --tls, or with a scenario that speaks TLS".to_owned(),
        ));
    }
    Ok(rules)
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let seed = arguments.drawn_seed()?;
    let config = arguments.config(seed)?;
    let rules = faults(arguments)?;
    let incident = arguments
        .incident
        .as_deref()
        .map(incident::read)
        .transpose()?;
    let users: Vec<Value> = match &arguments.users {
        Some(file) => files::read_json(file, "an array of users")?,
        None => Vec::new(),
    };
    let signals = |error: io::Error| Failure::Failed(format!("cannot wait for signals: {error}"));
    // The request to end is heard from before anybody is told that the server is there.
    let mut stop = Stop::new().map_err(signals)?;
    let server = match &incident {
        Some(incident) => MockServer::start_from(&config, incident),
        None => MockServer::start(&config),
    };
    let server = server.map_err(|error| explained(&error))?;
    let account = server.default_account();
    if let Some(file) = &arguments.users {
        let refused = |error| Failure::Usage(format!("{}: {error}", file.display()));
        account.add_users(&users).map_err(refused)?;
    }
    let refused = |error| Failure::Usage(format!("--seed-users {}: {error}", arguments.seed_users));
    account.seed_users(arguments.seed_users).map_err(refused)?;
    for rule in rules {
        let id = rule.id.clone();
        let refused = |error| Failure::Usage(format!("the rule {id}: {error}"));
        server.set_fault(rule).map_err(refused)?;
    }
    let played = match &arguments.scenario {
        Some(name) => Some(
            server
                .set_scenario(name, None)
                .map_err(|error| Failure::Failed(error.to_string()))?,
        ),
        None => None,
    };
    let door_ca = played.as_ref().and_then(|played| played.ca_pem.as_deref());
    if let (Some(file), Some(certificate)) = (&arguments.ca_file, server.ca_pem().or(door_ca)) {
        let failed = |error| Failure::Failed(format!("cannot write {}: {error}", file.display()));
        std::fs::write(file, certificate).map_err(failed)?;
    }
    let ca_file = arguments
        .ca_file
        .as_ref()
        .map(|file| file.display().to_string());
    announce(
        &server,
        arguments.ready_json,
        ca_file.as_deref(),
        seed,
        played.as_ref(),
    )?;
    stop.wait().await.map_err(signals)?;
    server.stop(STOP_GRACE);
    Ok(())
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

fn explained(error: &StartError) -> Failure {
    match error {
        StartError::Listen {
            address,
            error: cause,
        } if cause.kind() == io::ErrorKind::AddrInUse => {
            let holder = holder::of(*address).unwrap_or_else(|| "another program".to_owned());
            Failure::Failed(format!(
                "cannot listen on {address}: {holder} does already; stop it, or take a free port with --port 0"
            ))
        }
        StartError::Incident(cause) => {
            Failure::Usage(format!("the incident to start from: {cause}"))
        }
        StartError::Account(cause) => Failure::Usage(format!("the account to start with: {cause}")),
        StartError::Listen { .. }
        | StartError::Certificates(_)
        | StartError::Door(_)
        | StartError::Random(_)
        | StartError::Threads(_) => Failure::Failed(error.to_string()),
    }
}
