//! The command line of `zoom-provisioner`.

mod apply;
mod audit;
mod counts;
mod delete_rule;
mod explain;
mod failed;
mod input;
mod log;
mod metrics;
mod plan;
mod progress;
mod show;
mod signal;
mod status;
mod supervise;
mod sync;
mod test_connection;
mod watch;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::show::say_error;
use crate::audit::AuditError;
use crate::diagnose::Family;
use crate::directory::DirectoryError;
use crate::engine::{Moved, SyncError};
use crate::file::FileError;
use crate::links::{LinksError, has_password};
use crate::plan_file::PlanFileError;
use crate::safety::SourceRefused;
use crate::summary::Report;
use crate::zoom::{TransportError, ZoomError};

/// All is well.
pub const EXIT_OK: u8 = 0;
/// The run came to its end, and some users failed.
pub const EXIT_SOME_FAILED: u8 = 1;
/// The command line or a file is not right; nothing was sent to Zoom.
pub const EXIT_INPUT: u8 = 2;
/// Zoom could not be used.
pub const EXIT_ZOOM: u8 = 3;
/// The state could not be used; nothing was sent to Zoom, or no more.
pub const EXIT_STATE: u8 = 4;
/// The connection is off, or has not passed its test; nothing was sent to Zoom.
pub const EXIT_NOT_USABLE: u8 = 5;
/// Zoom's limits ended the run; nobody failed for that, and the next run goes on.
pub const EXIT_DEFERRED: u8 = 6;
/// The run came to its end, but its removals were held back, for they were over the limit; whether some users failed is
/// in what was reported.
pub const EXIT_HELD_BACK: u8 = 7;
/// The run was told to stop, or its connection was switched off meanwhile: started again, it goes on.
pub const EXIT_STOPPED: u8 = 8;
/// `apply`: what the plan was made from has moved; nothing was written.
pub const EXIT_MOVED: u8 = 18;
/// The audit could not be kept; nothing was sent to Zoom, or no more. `audit`: it is not as it was written.
pub const EXIT_AUDIT: u8 = 9;
/// `test-connection`: Zoom is not reached, or does not answer.
pub const EXIT_UNREACHABLE: u8 = Family::Unreachable.exit_code();
/// `test-connection`: TLS or a certificate.
pub const EXIT_TLS: u8 = Family::Tls.exit_code();
/// `test-connection`: account id, client id, client secret, or their app.
pub const EXIT_CREDENTIALS: u8 = Family::Credentials.exit_code();
/// `test-connection`: what the app may do.
pub const EXIT_AUTHORISATION: u8 = Family::Authorisation.exit_code();
/// `test-connection`: a URL of the connection.
pub const EXIT_WRONG_URL: u8 = Family::WrongUrl.exit_code();
/// `test-connection`: the Zoom account.
pub const EXIT_ACCOUNT: u8 = Family::Account.exit_code();
/// `test-connection`: rate limits.
pub const EXIT_LIMITS: u8 = Family::Limits.exit_code();
/// `test-connection`: something else than Zoom answers.
pub const EXIT_NOT_ZOOM: u8 = Family::NotZoom.exit_code();

/// Provisions directory users into Zoom as PingOne's Zoom connection does.
#[derive(Debug, Parser)]
#[command(
    name = "zoom-provisioner",
    version,
    after_help = "The client secret comes from the variable ZOOM_CLIENT_SECRET, or from the file that the connection \
                  names with client_secret_file; never from the command line. PingOne's comes from PINGONE_CLIENT_SECRET, or from \
                  the file that `pingone:FILE` names so.\n\n\
                  Exit codes:\n  0  all is well\n  1  some users failed\n  2  the command line or a file is not right; \
                  nothing was sent\n  3  Zoom could not be used\n  4  the state could not be used\n  5  the \
                  connection is off or untested; nothing was sent\n  6  Zoom's limits ended the run; start it again \
                  later, and it goes on\n  7  removals were held back, for they were over the limit\n  8  told to \
                  stop, or switched off meanwhile; start it again, and it goes on\n  9  the audit cannot be kept or \
                  verified; no more was sent\n  10 to 17  what `test-connection` found; its own --help tells\n  18  \
                  what a plan was made from has moved; nothing was written\n\n\
                  Examples:\n  zoom-provisioner test-connection --connection zoom.toml --state zoom.db\n  \
                  zoom-provisioner plan --connection zoom.toml --rule staff.toml \\\n    --directory users.json \
                  --state zoom.db\n  zoom-provisioner sync --connection zoom.toml --rule staff.toml \\\n    \
                  --directory users.json --state zoom.db"
)]
struct Arguments {
    #[command(flatten)]
    general: General,
    #[command(subcommand)]
    command: Command,
}

/// What all commands have in common.
#[derive(Debug, Clone, Copy, clap::Args)]
struct General {
    /// Log to stderr, the run's id in each line; secrets, headers and bodies are never in it
    #[arg(
        long,
        global = true,
        help_heading = "For all commands",
        value_name = "LEVEL",
        value_enum,
        default_value_t,
        env = "ZOOM_PROVISIONER_LOG",
        hide_possible_values = true,
        hide_default_value = true,
        hide_env_values = true,
        long_help = "Log to stderr, the run's id in each line: off, error, warn, info, debug or trace. Secrets, headers \
                     and bodies are never in it"
    )]
    log: log::Level,
    /// Print no progress, and of a result only what failed
    #[arg(long, short, global = true, help_heading = "For all commands")]
    quiet: bool,
}

impl General {
    /// A bar among the lines of a log would be torn.
    fn shows_progress(self) -> bool {
        !self.quiet && self.log == log::Level::Off
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try the connection step by step, and say what is wrong and what to do; nothing is written
    TestConnection(test_connection::Arguments),
    /// Say what a sync would do, to whom and why; nothing is written
    Plan(plan::Arguments),
    /// Do exactly what a plan says, or nothing if anything has moved since it was made
    Apply(apply::Arguments),
    /// Bring Zoom to what the directory says, as far as the flags allow
    Sync(sync::Arguments),
    /// Keep running: sync at the start, when a file changes, and from time to time
    Watch(watch::Arguments),
    /// Forget a rule, and deprovision its users if both switches say so
    #[command(
        after_help = "Examples:\n  zoom-provisioner delete-rule --connection zoom.toml --rule staff.toml --state zoom.db"
    )]
    DeleteRule(delete_rule::Arguments),
    /// Show what is remembered; nothing is sent
    #[command(
        after_help = "Examples:\n  zoom-provisioner status --state zoom.db\n  zoom-provisioner status --state zoom.db --json"
    )]
    Status(status::Arguments),
    /// Tell why a user is as they are, and what the next run would do; nothing is written
    Explain(explain::Arguments),
    /// Check the file in which it is written down what was sent
    Audit(audit::Arguments),
}

/// The exit code of a run that came to its end. That removals were held back wins: it waits for somebody to decide,
/// while whoever failed is tried again in any case.
fn exit_code(report: &Report) -> u8 {
    let failed = report.summary.failed + report.summary.failed_removals;
    match (report.over_limit, failed) {
        (Some(_), _) => EXIT_HELD_BACK,
        (None, 0) => EXIT_OK,
        (None, _) => EXIT_SOME_FAILED,
    }
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

/// Runs the program with these arguments, the program's own name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(refusal) = secret_on_the_command_line(&arguments) {
        say_error(refusal);
        return ExitCode::from(EXIT_INPUT);
    }
    let Arguments { general, command } = match Arguments::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            // A closed pipe is nobody's fault, and there is nowhere left to say so.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                EXIT_INPUT
            } else {
                EXIT_OK
            });
        }
    };
    log::begin(general.log);
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            say_error(&format!("the runtime did not start: {error}"));
            return ExitCode::from(EXIT_ZOOM);
        }
    };
    let done = runtime.block_on(async {
        match command {
            Command::TestConnection(arguments) => test_connection::run(&arguments).await,
            Command::Plan(arguments) => plan::run(&arguments).await,
            Command::Apply(arguments) => apply::run(&arguments, general).await,
            Command::Sync(arguments) => sync::run(&arguments, general).await,
            Command::Watch(arguments) => watch::run(&arguments, general).await,
            Command::DeleteRule(arguments) => delete_rule::run(&arguments, general).await,
            Command::Status(arguments) => status::run(&arguments).await,
            Command::Explain(arguments) => explain::run(&arguments).await,
            Command::Audit(arguments) => audit::run(&arguments),
        }
    });
    // A name that is still being resolved is not waited for.
    runtime.shutdown_background();
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            say_error(&failure.to_string());
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Other users of the machine see the arguments of a process, so a secret among them is one no more.
fn secret_on_the_command_line(arguments: &[OsString]) -> Option<&'static str> {
    let is_secret = |argument: &OsString| {
        let text = argument.to_string_lossy();
        let name = text
            .trim_start_matches('-')
            .replace('_', "-")
            .to_ascii_lowercase();
        text.starts_with("--")
            && (name.starts_with("client-secret") || name.starts_with("oauth-client-secret"))
    };
    if arguments.iter().any(has_password_of_a_state) {
        return Some(
            "the password of a database does not go on the command line, where other users of this machine can read \
             it: set PGPASSWORD in the environment, or write the password to ~/.pgpass or the file that PGPASSFILE \
             names; then give the user of the database a new one",
        );
    }
    arguments.iter().any(is_secret).then_some(
        "the client secret does not go on the command line, where other users of this machine can read it: set \
         ZOOM_CLIENT_SECRET in the environment, or name a file with client_secret_file in the connection; then \
         give the app in Zoom a new secret",
    )
}

/// Whether an argument is, or ends with, a URL of a state with a password.
fn has_password_of_a_state(argument: &OsString) -> bool {
    let text = argument.to_string_lossy();
    let value = text
        .strip_prefix("--")
        .and_then(|rest| rest.split_once('='));
    has_password(&text) || value.is_some_and(|(_, value)| has_password(value))
}

/// Why a command did not do what it is for.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error("--directory-format and --directory-count are for files; PingOne needs neither")]
    NotForPingOne,
    #[error("two rules have the id `{0}`; give one of them another")]
    DuplicateRule(String),
    #[error(transparent)]
    Links(#[from] LinksError),
    #[error(
        "{0}\nNothing that depends on it was done; `zoom-provisioner test-connection` says what is wrong."
    )]
    Zoom(ZoomError),
    #[error("{0}")]
    Deferred(SyncError),
    #[error("{0}")]
    Stopped(String),
    #[error(transparent)]
    Source(#[from] SourceRefused),
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error(
        "the connection is off (enabled = false): nothing was sent to Zoom; set enabled = true to use it"
    )]
    Off,
    #[error(
        "the connection has not passed its test with these settings: nothing was sent to Zoom; run \
         `zoom-provisioner test-connection --connection FILE --state FILE` with the same files"
    )]
    Untested,
    #[error(transparent)]
    PlanFile(#[from] PlanFileError),
    #[error(transparent)]
    Moved(Moved),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(
        "--audit-values is about an audit, and there is none: name its file with --audit, or in the connection's table [audit]"
    )]
    NoAudit,
    #[error(
        "nobody is called `{name}`: neither in the directory, nor in what is remembered, nor in Zoom; {near}"
    )]
    NoUser { name: String, near: String },
    #[error(
        "`{name}` is the name of more than one user; name one of them by the directory's id: {ids}"
    )]
    SeveralUsers { name: String, ids: String },
    #[error("the connection's new settings have not passed their test, so nothing was sent: {0}")]
    NewSettings(String),
    #[error("cannot serve metrics on {address}: {error}; name another port with --metrics")]
    Metrics {
        address: SocketAddr,
        error: std::io::Error,
    },
    #[error("cannot wait for signals: {0}")]
    Signals(std::io::Error),
    #[error("cannot write to stdout: {0}")]
    Output(#[from] std::io::Error),
}

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Off => Self::Off,
            SyncError::Zoom(error) => Self::Zoom(error),
            error @ SyncError::Deferred { .. } => Self::Deferred(error),
            error @ SyncError::Stopped { .. } => Self::Stopped(error.to_string()),
            SyncError::Source(error) => Self::Source(error),
            SyncError::Links(error) => Self::Links(error),
            SyncError::Moved(moved) => Self::Moved(moved),
            SyncError::Audit(error) => Self::Audit(error),
        }
    }
}

impl Failure {
    /// Whether a file is not right: PingOne is none, and may be out of reach.
    fn is_input(&self) -> bool {
        self.exit_code() == EXIT_INPUT
            && !matches!(self, Self::Directory(DirectoryError::PingOne(_)))
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::File(_)
            | Self::Directory(_)
            | Self::NotForPingOne
            | Self::DuplicateRule(_)
            | Self::Source(_)
            | Self::Metrics { .. }
            | Self::PlanFile(_)
            | Self::Links(LinksError::Address { .. })
            | Self::NoAudit
            | Self::NoUser { .. }
            | Self::SeveralUsers { .. } => EXIT_INPUT,
            Self::Moved(_) => EXIT_MOVED,
            Self::Audit(_) => EXIT_AUDIT,
            Self::Zoom(_) | Self::Transport(_) | Self::Signals(_) | Self::Output(_) => EXIT_ZOOM,
            Self::Links(_) => EXIT_STATE,
            Self::Deferred(_) => EXIT_DEFERRED,
            Self::Stopped(_) => EXIT_STOPPED,
            Self::Off | Self::Untested | Self::NewSettings(_) => EXIT_NOT_USABLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_secret_on_the_command_line_is_noticed_however_it_is_written() {
        let notices =
            |argument: &str| secret_on_the_command_line(&[OsString::from(argument)]).is_some();
        for argument in [
            "--client-secret",
            "--client-secret=x",
            "--CLIENT_SECRET",
            "--oauth-client-secret=x",
            "--state=postgres://ann:x@db/zoom",
            "postgresql://ann:x@db/zoom",
        ] {
            assert!(notices(argument), "{argument}");
        }
        assert!(!notices("--connection") && !notices("client-secret.toml"));
        assert!(!notices("--state=postgres://ann@db/zoom"));
    }
}
