//! `zoom-conformance server`.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use secrecy::SecretString;
use tokio::sync::Notify;

use super::outputs::write_json;
use super::{EXIT_NOT_RUN, EXIT_OK, EXIT_UNCOVERED, EXIT_VIOLATED, matches, say, say_error};
use crate::server_suite::outcome::{Outcomes, Verdict};
use crate::server_suite::report;
use crate::server_suite::run::{Options, all, run as check, select};
use crate::server_suite::target::{ClientCredentials, Target, read_url};

/// The variable with the secret of the client.
const SECRET: &str = "ZOOM_CLIENT_SECRET";
/// The variable with the secret of the second client.
const SECOND_SECRET: &str = "ZOOM_READ_ONLY_CLIENT_SECRET";
/// The variable with a token that has expired.
const EXPIRED_TOKEN: &str = "ZOOM_EXPIRED_TOKEN";
/// The longest run, in seconds: its token lives for an hour.
const MAX_TIME_LIMIT_S: u64 = 3_000;

/// Which server to check, and how.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The secret of the client comes from the variable ZOOM_CLIENT_SECRET or from a file, never from the \
                  command line; that of the second client from ZOOM_READ_ONLY_CLIENT_SECRET. A token that has expired, \
                  in ZOOM_EXPIRED_TOKEN, lets it be checked that the server refuses such.\n\n\
                  Without --allow-writes nothing is written, and most checks are not made: the exit code is 3 at the \
                  best, unless --only selects what reading alone can check. With it, users and groups are made whose \
                  names begin with `zc-` and the run's own letters, and removed again at the end and on Ctrl-C; nobody \
                  else is ever written to.\n\n\
                  Exit codes:\n  0  all checks of the levels must and zoom that were made hold, and at least 80 % \
                  were made\n  1  some are violated\n  2  usage\n  3  too little was checked, or something that was \
                  made could not be removed\n  4  the server could not be reached or used, or stopped answering\n\n\
                  Examples:\n  zoom-conformance server --list\n  zoom-conformance server --scim-url \
                  http://127.0.0.1:8080/scim2 --token-url http://127.0.0.1:8080/oauth/token --account-id ID --client-id \
                  ID --allow-writes\n  zoom-conformance server ... --only 'users.filter.*' --json -\n  \
                  zoom-conformance server --prove"
)]
pub(super) struct Arguments {
    /// Where SCIM2 is, such as `https://api.zoom.us/scim2`
    #[arg(long, value_name = "URL", required_unless_present_any = ["list", "prove"])]
    scim_url: Option<String>,
    /// Where tokens are asked for, such as `https://zoom.us/oauth/token`
    #[arg(long, value_name = "URL", required_unless_present_any = ["list", "prove"])]
    token_url: Option<String>,
    /// The account's id
    // Zoom's ids may begin with a dash.
    #[arg(long, value_name = "ID", allow_hyphen_values = true, required_unless_present_any = ["list", "prove"])]
    account_id: Option<String>,
    /// The client id of an app with the scope scim2 or scim2:admin
    #[arg(long, value_name = "ID", allow_hyphen_values = true, required_unless_present_any = ["list", "prove"])]
    client_id: Option<String>,
    /// A file with the client's secret [default: the variable ZOOM_CLIENT_SECRET]
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// The client id of a second app of the account, one without SCIM2's scopes: it must be refused
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    read_only_client_id: Option<String>,
    /// Root certificates to trust beside the machine's, in PEM
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Make users and groups for the checks, and remove them again
    #[arg(long)]
    allow_writes: bool,
    /// The domain of the addresses of users that are made; at Zoom one that is associated with the account
    #[arg(long, value_name = "DOMAIN", default_value = "example.com", value_parser = domain)]
    domain: String,
    /// Only checks whose ids fit: a part of the id, or a pattern with `*`; may be repeated
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// List all checks
    #[arg(long)]
    list: bool,
    /// Check servers that are wrong in one way each, and say which checks notice
    #[arg(long, conflicts_with_all = ["scim_url", "list"])]
    prove: bool,
    /// Write the result as JSON to a file, or to stdout, and then nothing else is printed there
    #[arg(long, value_name = "FILE|-", num_args = 0..=1, default_missing_value = "-")]
    json: Option<PathBuf>,
    /// What the names of users that are made are drawn from [default: drawn at random]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The most that one answer may take, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(10..=120_000))]
    timeout_ms: u64,
    /// The most that all checks may take, in seconds; removals come on top
    #[arg(long, value_name = "N", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=MAX_TIME_LIMIT_S))]
    time_limit_s: u64,
    /// The most requests that checks send; removals come on top
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max_requests: u32,
}

fn domain(text: &str) -> Result<String, String> {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if text.is_empty() || !text.chars().all(is_fine) {
        return Err("must be a domain without `@`, such as example.com".to_owned());
    }
    Ok(text.to_owned())
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let selected = select(&arguments.only, matches)?;
    if arguments.list {
        let wanted = |id: &str| selected.is_empty() || selected.contains(&id);
        say(&report::list(all().filter(|(_, check)| wanted(check.id))));
        return Ok(EXIT_OK);
    }
    if arguments.prove {
        return super::server_proof::run(arguments.seed, arguments.json.as_deref());
    }
    let options = options(arguments, selected)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let started = crate::clock::Stopwatch::start();
    let checked = runtime.block_on(async {
        let bar = progress(all().count(), "checks");
        let stop = stop_on_signals()?;
        let outcomes = check(&options, &stop, &mut |through| {
            bar.set_position(through as u64)
        })
        .await;
        bar.finish_and_clear();
        anyhow::Ok(outcomes)
    })?;
    let outcomes = match checked {
        Ok(outcomes) => outcomes,
        Err(error) => {
            say_error(&format!("error: {error}"));
            if let Some(path) = &arguments.json {
                write_json(path, &report::Unusable::new(&error))?;
            }
            return Ok(EXIT_NOT_RUN);
        }
    };
    let elapsed = started.elapsed();
    if arguments.json.as_deref() != Some(Path::new("-")) {
        say(&report::table(&outcomes, elapsed));
    }
    if let Some(path) = &arguments.json {
        let (scim_url, token_url) = (&options.target.scim_url, &options.target.token_url);
        let seconds = elapsed.as_secs_f64();
        let result = report::Result::new(&outcomes, scim_url.as_str(), token_url.as_str(), seconds);
        write_json(path, &result)?;
    }
    Ok(exit_code(&outcomes))
}

fn exit_code(outcomes: &Outcomes) -> u8 {
    match outcomes.verdict() {
        Verdict::Holds => EXIT_OK,
        Verdict::Violated => EXIT_VIOLATED,
        Verdict::TooLittle => EXIT_UNCOVERED,
        Verdict::Lost => EXIT_NOT_RUN,
    }
}

fn options(arguments: &Arguments, selected: Vec<&'static str>) -> anyhow::Result<Options> {
    let given = |value: &Option<String>, flag: &str| {
        let value = value.as_deref().unwrap_or_default().trim().to_owned();
        anyhow::ensure!(!value.is_empty(), "`{flag}` is empty");
        Ok(value)
    };
    let scim_url = given(&arguments.scim_url, "--scim-url")?;
    let token_url = given(&arguments.token_url, "--token-url")?;
    let second_client = match &arguments.read_only_client_id {
        None => None,
        Some(id) => Some(ClientCredentials {
            id: id.clone(),
            secret: variable(SECOND_SECRET)?.ok_or_else(|| {
                anyhow::anyhow!(
                    "`--read-only-client-id` needs its secret in the variable {SECOND_SECRET}"
                )
            })?,
        }),
    };
    let ca_pem = match &arguments.ca_file {
        None => None,
        Some(path) => Some(read(path)?.into_bytes()),
    };
    Ok(Options {
        target: Target {
            scim_url: read_url("--scim-url", &scim_url)?,
            token_url: read_url("--token-url", &token_url)?,
            account_id: given(&arguments.account_id, "--account-id")?,
            client: ClientCredentials {
                id: given(&arguments.client_id, "--client-id")?,
                secret: secret(arguments.client_secret_file.as_deref())?,
            },
            second_client,
            expired_token: variable(EXPIRED_TOKEN)?,
            ca_pem,
        },
        selected,
        allow_writes: arguments.allow_writes,
        seed: arguments.seed.map_or_else(drawn, Ok)?,
        domain: arguments.domain.clone(),
        timeout: Duration::from_millis(arguments.timeout_ms),
        time_limit: Duration::from_secs(arguments.time_limit_s),
        max_requests: arguments.max_requests,
    })
}

/// The client's secret, of a file or of the environment.
fn secret(file: Option<&Path>) -> anyhow::Result<SecretString> {
    let Some(path) = file else {
        return variable(SECRET)?.ok_or_else(|| {
            anyhow::anyhow!("there is no client secret: set the variable {SECRET}, or name a file with --client-secret-file")
        });
    };
    let text = read(path)?;
    let text = text.trim();
    anyhow::ensure!(
        !text.is_empty() && !text.contains(char::is_control),
        "{}: this is no secret: it has to be one line that is not empty",
        path.display()
    );
    Ok(SecretString::from(text.to_owned()))
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
}

/// A variable of the environment that is not empty.
fn variable(name: &str) -> anyhow::Result<Option<SecretString>> {
    match std::env::var(name) {
        Ok(value) if value.trim().is_empty() => Ok(None),
        Ok(value) => Ok(Some(SecretString::from(value.trim().to_owned()))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            anyhow::bail!("the variable {name} is not UTF-8")
        }
    }
}

/// A seed of the system's randomness. It is told, so that the run can be done again.
fn drawn() -> anyhow::Result<u64> {
    let seed = getrandom::u32();
    let seed =
        seed.map_err(|error| anyhow::anyhow!("no random seed: {error}; name one with --seed"))?;
    Ok(u64::from(seed))
}

/// Tells of Ctrl-C and SIGTERM, each time.
fn stop_on_signals() -> anyhow::Result<Arc<Notify>> {
    let stop = Arc::new(Notify::new());
    let told = Arc::clone(&stop);
    #[cfg(unix)]
    let mut term = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate())?
    };
    tokio::spawn(async move {
        loop {
            #[cfg(unix)]
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = term.recv() => {}
            }
            #[cfg(not(unix))]
            let _ = tokio::signal::ctrl_c().await;
            say_error("stopping: what was made is removed; once more ends at once");
            told.notify_one();
        }
    });
    Ok(stop)
}

/// A bar on a terminal, of so many of something.
pub(super) fn progress(many: usize, what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(many as u64), ProgressDrawTarget::stderr());
    if let Ok(style) =
        ProgressStyle::with_template(&format!("{{bar:30}} {{pos}}/{{len}} {what}  {{elapsed}}"))
    {
        bar.set_style(style);
    }
    bar
}
