//! `zoom-mock incident`: all that a running server is, in one file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use super::failure::Failure;
use super::remote::Target;
use super::{files, table};
use crate::incident::Incident;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write accounts, credentials, users, rules, counters, clock and journal to a file
    #[command(
        after_help = "zoom-mock serve --incident FILE starts exactly there. The file holds the client secrets of the \
                      mock, and is for its owner alone to read. Tokens are not in it: a client asks for a new \
                      one. Save while no request is under way.\n\n\
                      Examples:\n  zoom-mock incident save incident.json\n  zoom-mock serve --incident incident.json"
    )]
    Save(Save),
}

/// Where to save what.
#[derive(Debug, clap::Args)]
pub(super) struct Save {
    #[command(flatten)]
    target: Target,
    /// The file; one that is there is replaced
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    let Command::Save(Save { target, file }) = command;
    let document = target.open()?.get(&["incident"]).await?;
    // What cannot be read again is no use to anybody.
    let incident = Incident::read(&document);
    incident.map_err(|error| Failure::Failed(format!("the server's incident: {error}")))?;
    let failed = |error| Failure::Failed(format!("cannot write {}: {error}", file.display()));
    write(&file, &document).map_err(failed)?;
    let count = |pointer: &str| {
        let list = document.pointer(pointer).and_then(Value::as_array);
        list.map_or(0, Vec::len)
    };
    let summary = json!({
        "file": file.display().to_string(),
        "accounts": count("/accounts"),
        "rules": count("/faults/rules"),
        "runs": count("/faults/runs"),
        "exchanges": count("/journal"),
    });
    table::show(target.json, &summary, |summary| {
        format!(
            "{}\nIt holds the mock's client secrets, and no token: a client asks for a new one.\n\
             zoom-mock serve --incident {} starts there.\n",
            table::pairs(summary),
            file.display()
        )
    })?;
    Ok(())
}

/// Reads what was saved.
pub(super) fn read(file: &Path) -> Result<Incident, Failure> {
    let document: Value = files::read_json(file, "an incident")?;
    let incident = Incident::read(&document);
    incident.map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

/// Writes a file that is whole or not there, and that nobody else can read.
fn write(file: &Path, document: &Value) -> io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = file.with_file_name(name);
    let written = write_private(&part, document).and_then(|()| fs::rename(&part, file));
    if written.is_err() {
        // It is of no use; where it was not even made there is nothing to remove.
        let _ = fs::remove_file(&part);
    }
    written
}

fn write_private(file: &Path, document: &Value) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let text = format!("{document:#}\n");
    if u64::try_from(text.len()).is_ok_and(|bytes| bytes > files::MAX_FILE_BYTES) {
        let message = format!(
            "it would be larger than the {} bytes that are read",
            files::MAX_FILE_BYTES
        );
        return Err(io::Error::other(message));
    }
    let mut out = options.open(file)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()
}
