//! The command line of `zoom-mock`.

mod serve;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The server ran and was told to stop.
pub const EXIT_OK: u8 = 0;
/// The server could not start.
pub const EXIT_NOT_STARTED: u8 = 1;
/// The command line is not right.
pub const EXIT_USAGE: u8 = 2;

/// A stand-in for Zoom: its token endpoint and its SCIM2 users, without a Zoom account.
#[derive(Debug, Parser)]
#[command(
    name = "zoom-mock",
    version,
    after_help = "Exit codes:\n  0  ran and was told to stop\n  1  could not start\n  2  usage\n\n\
                  Examples:\n  zoom-mock serve\n  zoom-mock serve --port 0 --ready-json"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until interrupted
    Serve(serve::Arguments),
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    let Command::Serve(arguments) = match Arguments::try_parse() {
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
    match serve::run(&arguments) {
        Ok(()) => ExitCode::from(EXIT_OK),
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "error: {error:#}");
            ExitCode::from(EXIT_NOT_STARTED)
        }
    }
}
