//! `zoom-provisioner audit`.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use super::show::{GOOD, say, say_error, say_json, say_warnings};
use super::{EXIT_AUDIT, EXIT_OK, Failure};
use crate::audit::{Broken, Verified, verify};

/// What to do with an audit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  zoom-provisioner audit verify zoom.audit")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check that no line was changed, removed or put in; nothing is sent
    Verify(VerifyArguments),
}

/// Which audit to check.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Lines missing from the end are noticed by a run that has no end, or by the last hash, if you keep \
                  the one that this prints.\n\n\
                  Exit codes:\n  0  the audit is as it was written\n  9  it is not, or cannot be read\n\n\
                  Example:\n  zoom-provisioner audit verify zoom.audit"
)]
struct VerifyArguments {
    /// The audit file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Shown {
    Verified(Verified),
    Broken(Broken),
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let Command::Verify(VerifyArguments { file, json }) = &arguments.command;
    let checked = verify(file)?;
    let code = if checked.is_ok() { EXIT_OK } else { EXIT_AUDIT };
    match checked {
        Ok(verified) if *json => say_json(&Shown::Verified(verified))?,
        Err(broken) if *json => say_json(&Shown::Broken(broken))?,
        Err(broken) => say_error(&format!(
            "{}: {broken}; what stands before it is as it was written",
            file.display()
        )),
        Ok(verified) => {
            let Verified {
                lines, runs, last, ..
            } = &verified;
            say(&format!(
                "{GOOD}The audit is as it was written.{GOOD:#}\nLines  {lines}\nRuns   {runs}\nLast   {last}\n"
            ))?;
            say_warnings(&warnings(&verified));
        }
    }
    Ok(code)
}

fn warnings(verified: &Verified) -> Vec<String> {
    let cut = verified.cut.iter();
    let cut = cut.map(|line| format!("line {line} was cut by a crash; it was not changed later"));
    let unended = verified.unended.iter().map(|run| {
        format!(
            "run {run} has no end: it was killed, is still under way, or lines at the end are missing"
        )
    });
    cut.chain(unended).collect()
}
