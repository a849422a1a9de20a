//! `zoom-provisioner test-connection`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::input::{connection, remember_passed, rule_warnings, rules};
use super::show::{BAD, GOOD, say, say_json, say_warnings};
use super::{EXIT_OK, EXIT_ZOOM, Failure};
use crate::diagnose::Diagnosis;
use crate::engine::Provisioner;
use crate::links::MemoryLinks;
use crate::zoom::Transport;

/// What to test.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The connection file
    #[arg(long, value_name = "FILE")]
    connection: PathBuf,
    /// A rule file, to be warned about its mapping
    #[arg(long = "rule", value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// The state file, in which a passed test is remembered; without it a sync will not know of the test
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let (_, connection) = connection(&arguments.connection)?;
    let rules = rules(&arguments.rules)?;
    let links = Arc::new(MemoryLinks::default());
    let engine = Provisioner::new(connection.clone(), Vec::new(), links, Transport::new()?);
    let diagnosis = engine.test_connection().await;
    if let (true, Some(state)) = (diagnosis.ok, &arguments.state) {
        remember_passed(state, &connection).await?;
    }
    if arguments.json {
        say_json(&diagnosis)?;
    } else {
        say(&for_people(&diagnosis))?;
        say_warnings(&rule_warnings(&rules));
    }
    Ok(if diagnosis.ok { EXIT_OK } else { EXIT_ZOOM })
}

fn for_people(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for step in &diagnosis.steps {
        let (style, word) = if step.ok {
            (GOOD, "ok")
        } else {
            (BAD, "failed")
        };
        let _ = writeln!(
            text,
            "{style}{word:8}{style:#}{:8}{}",
            step.name, step.detail
        );
    }
    match &diagnosis.diagnosis {
        None => text.push_str("\nThe connection can be used.\n"),
        Some(problem) => {
            let _ = writeln!(
                text,
                "\n{} ({})\n{}",
                problem.what, problem.code, problem.remedy
            );
        }
    }
    text
}
