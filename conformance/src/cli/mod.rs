//! The command line of `zoom-conformance`.

mod batch;
mod budget;
mod diagnose;
mod explain;
mod layers;
mod list;
mod merge;
mod outputs;
mod policy;
mod prove;
mod reference;
mod replay;
mod run;
mod server;
mod server_proof;
mod twice;
mod whose;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::configuration::Configuration;
use crate::generate::{Cell, cells, mishaps, stories};
use crate::report::Outcome;
use crate::scenario::Scenario;
use crate::seeded_bugs::stories as directed;

/// Everything that was run holds.
pub const EXIT_OK: u8 = 0;
/// Something is violated.
pub const EXIT_VIOLATED: u8 = 1;
/// The command line, or a file that it names, is not right.
pub const EXIT_USAGE: u8 = 2;
/// Nothing is violated, but too little was covered for that to mean anything.
pub const EXIT_UNCOVERED: u8 = 3;
/// The provisioner could not be run.
pub const EXIT_NOT_RUN: u8 = 4;

/// The first argument by which this program runs as `zoom-provisioner` instead: the stories through the
/// program start it in a process of its own.
pub const AS_PROVISIONER: &str = "as-zoom-provisioner";

/// The schema of the JSON result.
const SCHEMA: &str = include_str!("../../result.schema.json");

/// Checks a provisioner for Zoom under all 64 combinations of its action flags, end to end.
#[derive(Debug, Parser)]
#[command(
    name = "zoom-conformance",
    version,
    after_help = "Exit codes:\n  0  all that was run holds\n  1  something is violated\n  2  usage\n  \
                  3  too little was covered\n  4  the provisioner could not be run\n\n\
                  Examples:\n  zoom-conformance\n  zoom-conformance run --only 'C1U0*/disable/*'\n  \
                  zoom-conformance run --depth 2 --cases 20000 --seed 7\n  \
                  zoom-conformance explain --config C1U0D1P1R1X0\n  zoom-conformance replay FILE\n  \
                  zoom-conformance diagnose\n  zoom-conformance server --list"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the suite; this is what happens without a command
    Run(run::Arguments),
    /// Bring each failure of a connection about, and see whether its test says which it is
    Diagnose(diagnose::Arguments),
    /// List the cells and stories
    List(list::Arguments),
    /// Say what must happen, and why
    Explain(explain::Arguments),
    /// Prove that the suite notices: catch provisioners with known bugs, and let right ones pass
    Prove(prove::Arguments),
    /// Be a provisioner behind the driver protocol: the small right one, or one with a known bug
    Reference(reference::Arguments),
    /// Run sequences by chance twice, and compare what went over the wire byte for byte
    Twice(twice::Arguments),
    /// Run one saved story again
    Replay(replay::Arguments),
    /// Check any SCIM server against what Zoom documents
    Server(Box<server::Arguments>),
    /// Put the results of all shards of one run together
    Merge(merge::Arguments),
    /// Print the schema of the JSON result
    Schema,
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

/// Runs the program with these arguments, the program's own name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments
        .get(1)
        .is_some_and(|first| first == AS_PROVISIONER)
    {
        let name = OsString::from("zoom-provisioner");
        return provisioner::cli::run(std::iter::once(name).chain(arguments.into_iter().skip(2)));
    }
    let parsed = match Arguments::try_parse_from(arguments) {
        Ok(parsed) => parsed,
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
    let Some(command) = parsed.command.or_else(main_job) else {
        return ExitCode::from(EXIT_USAGE);
    };
    let done = match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Diagnose(arguments) => diagnose::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Explain(arguments) => Ok(explain::run(&arguments)),
        Command::Prove(arguments) => prove::run(&arguments),
        Command::Reference(arguments) => reference::run(&arguments),
        Command::Twice(arguments) => twice::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Server(arguments) => server::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Schema => {
            say(SCHEMA);
            Ok(EXIT_OK)
        }
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            say_error(&format!("error: {error:#}"));
            ExitCode::from(EXIT_USAGE)
        }
    }
}

/// What happens without a command.
fn main_job() -> Option<Command> {
    Arguments::try_parse_from(["zoom-conformance", "run"])
        .ok()?
        .command
}

fn exit_code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Holds => EXIT_OK,
        Outcome::Violated => EXIT_VIOLATED,
        Outcome::Uncovered => EXIT_UNCOVERED,
        Outcome::NotRun => EXIT_NOT_RUN,
    }
}

/// The cells and stories that a filter selects.
struct Selection {
    cells: Vec<Cell>,
    stories: Vec<Scenario>,
}

/// Selects by `--only`: a pattern over the whole id if it has a `*`, else a part of the id.
fn select(only: Option<&str>) -> anyhow::Result<Selection> {
    let matches = |id: &str| only.is_none_or(|only| matches(only, id));
    let selection = Selection {
        cells: cells().filter(|cell| matches(&cell.to_string())).collect(),
        stories: stories()
            .chain(mishaps())
            .chain(directed())
            .filter(|story| matches(&story.id))
            .collect(),
    };
    if let (Some(only), true) = (
        only,
        selection.cells.is_empty() && selection.stories.is_empty(),
    ) {
        return Err(nothing_selected(only));
    }
    Ok(selection)
}

fn nothing_selected(only: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "`--only {only}` selects nothing: ids look like C1U0D1P1R1X0/disable/linked-equal; \
         `zoom-conformance list` prints them all"
    )
}

/// Whether an id fits a pattern. `*` stands for any characters; a pattern without one for any id that
/// contains it.
fn matches(pattern: &str, id: &str) -> bool {
    let mut parts = pattern.split('*');
    let (Some(first), true) = (parts.next(), pattern.contains('*')) else {
        return id.contains(pattern);
    };
    let Some(mut rest) = id.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

/// Whether a pattern may fit an id of which only the end after the configuration is known.
fn may_match(pattern: &str, ending: &str) -> bool {
    match (pattern.rsplit_once('*'), pattern.split_once('/')) {
        (Some((_, last)), _) => ending.ends_with(last) || last.ends_with(ending),
        (None, Some((_, rest))) => ending.contains(rest),
        (None, None) => {
            let is_flag = |letter| Configuration::PERMISSIVE.to_string().contains(letter);
            ending.contains(pattern) || pattern.chars().all(is_flag)
        }
    }
}

/// Prints for people and pipes; a reader who has gone away is not an error.
fn say(text: &str) {
    use std::io::Write as _;
    let _ = anstream::stdout().write_all(text.as_bytes());
}

fn say_error(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(anstream::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_selects_by_part_or_by_stars() {
        let id = "C1U0D1P1R1X0/disable/linked-equal";
        for pattern in [
            "disable",
            "C1U0",
            "*",
            "C1U0*",
            "*/disable/*",
            "C1*P1*-equal",
            id,
        ] {
            assert!(matches(pattern, id), "{pattern}");
        }
        for pattern in [
            "enable/",
            "C0*",
            "*/disable",
            "*/enable/*",
            "C1U0*linked-equal*x",
        ] {
            assert!(!matches(pattern, id), "{pattern}");
        }
    }

    #[test]
    fn what_a_pattern_fits_is_made() {
        let (id, ending) = ("C1U0D1P1R1X0/random/faulty-7-31", "/random/faulty-7-31");
        for (begin, end) in
            (0..id.len()).flat_map(|begin| (begin..=id.len()).map(move |end| (begin, end)))
        {
            let part = &id[begin..end];
            for pattern in [
                part.to_owned(),
                format!("*{part}"),
                format!("{part}*"),
                format!("*{part}*"),
            ] {
                let is_made = may_match(&pattern, ending) || !matches(&pattern, id);
                assert!(is_made, "{pattern}");
            }
        }
        for pattern in ["calm", "*-30", "C1U0*/random/calm-7-31", "/disable/"] {
            assert!(!may_match(pattern, ending), "{pattern}");
        }
    }

    #[test]
    fn an_empty_selection_is_an_error() {
        assert!(select(Some("no-such-cell")).is_err());
        assert_eq!(select(None).unwrap().cells.len(), crate::generate::CELLS);
    }

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }
}
