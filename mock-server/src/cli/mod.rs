//! The command line of `zoom-mock`.

mod account;
mod announce;
mod app;
mod choices;
mod failure;
mod fault;
mod files;
mod holder;
mod incident;
mod remote;
mod scenarios;
mod serve;
mod table;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::failure::Failure;

/// It is done; for `serve`: it ran and was told to stop.
pub const EXIT_OK: u8 = 0;
/// The server could not start, did not answer, or refused.
pub const EXIT_FAILED: u8 = 1;
/// The command line or a file is not right.
pub const EXIT_USAGE: u8 = 2;

/// A stand-in for Zoom: its token endpoint and SCIM2, without a Zoom account.
#[derive(Debug, Parser)]
#[command(
    name = "zoom-mock",
    version,
    after_help = "Exit codes:\n  0  done; for serve: ran and was told to stop\n  1  the server could not start, did \
                  not answer, or refused\n  2  the command line or a file is not right\n\n\
                  Examples:\n  zoom-mock serve\n  zoom-mock serve --port 0 --ready-json --seed-users 1000\n  \
                  zoom-mock account set seats.licensed=5 sso=true\n  \
                  zoom-mock app create Provisioning\n  \
                  zoom-mock serve --scenario wrong-secret\n  \
                  zoom-mock fault add slow '{\"delay\":{\"ms\":2000}}' --operation users.create"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until interrupted
    Serve(Box<serve::Arguments>),
    /// Ask whether a server is there; says so by the exit code
    Healthcheck(remote::Target),
    /// The accounts of a running server
    #[command(subcommand)]
    Account(account::Command),
    /// The apps of an account on a running server
    #[command(subcommand)]
    App(app::Command),
    /// Faults on a running server: who is hit, with what, when
    #[command(subcommand)]
    Fault(fault::Command),
    /// The failures that have a name: what they look like, why they happen, what to do
    Scenarios(scenarios::Arguments),
    /// All that a running server is, in one file to start another from
    #[command(subcommand)]
    Incident(incident::Command),
    /// What the server does where Zoom's documents are silent, and what it can do instead
    Choices(choices::Arguments),
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    let command = match Arguments::try_parse() {
        Ok(parsed) => parsed.command,
        Err(error) => {
            // A closed pipe is nobody's fault, and there is nowhere left to say so.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                EXIT_USAGE
            } else {
                EXIT_OK
            });
        }
    };
    match run(command) {
        Ok(()) => ExitCode::from(EXIT_OK),
        // Who closes the pipe has read enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::from(EXIT_OK)
        }
        Err(failure) => {
            let _ = writeln!(anstream::stderr(), "error: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("the runtime did not start: {error}")))?;
    runtime.block_on(async {
        match command {
            Command::Serve(arguments) => serve::run(&arguments).await,
            Command::Healthcheck(target) => remote::healthcheck(&target).await,
            Command::Account(command) => account::run(command).await,
            Command::App(command) => app::run(command).await,
            Command::Fault(command) => fault::run(command).await,
            Command::Scenarios(arguments) => scenarios::run(&arguments).await,
            Command::Incident(command) => incident::run(command).await,
            Command::Choices(arguments) => choices::run(&arguments),
        }
    })
}
