//! `zoom-provisioner test-connection`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::input::{forget_passed, remember_passed};
use super::show::{BAD, DIM, GOOD, HEADING, WARNING, WIDTH, say, say_json, wrapped};
use super::{EXIT_OK, Failure};
use crate::diagnose::{Diagnosis, Step, StepOutcome, TestLimits, Warning};
use crate::engine::Provisioner;
use crate::file::{ConnectionFile, FileError, RuleFile, SECRET_VARIABLE};
use crate::links::MemoryLinks;
use crate::rule::{MappingError, MappingWarning, Rule};
use crate::zoom::Transport;

/// What to test.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Steps: configuration; name resolution, TCP and TLS of each host; token; scopes; SCIM; paging. The \
                  first that fails ends the test.\n\n\
                  Exit codes:\n  0   the connection can be used\n  2   the command line or a file is not right\n  \
                  3   this machine cannot connect to anybody, for want of root certificates\n  \
                  4   the state could not be used\n  10  unreachable: Zoom is not reached, or does not answer\n  \
                  11  tls: TLS or a certificate\n  12  credentials: account id, client id, client secret, or their \
                  app\n  13  authorisation: what the app may do\n  14  wrong_url: a URL of the connection\n  15  \
                  account: the Zoom account\n  16  limits: rate limits\n  17  not_zoom: something else than Zoom \
                  answers\n\n\
                  Examples:\n  zoom-provisioner test-connection --connection zoom.toml --state zoom.db\n  \
                  zoom-provisioner test-connection --connection zoom.toml --rule staff.toml --json"
)]
pub(super) struct Arguments {
    /// The connection file
    #[arg(long, value_name = "FILE")]
    connection: PathBuf,
    /// A rule file, to be warned about its mapping
    #[arg(long = "rule", value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// The state, in which a passed test is remembered: a file, or `postgres://USER@HOST/DATABASE`; without it a sync
    /// will not know of the test
    #[arg(long, value_name = "FILE|URL")]
    state: Option<PathBuf>,
    /// The most that each step may take, in seconds [default: 5, and 10 for an answer]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout_s: Option<u64>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let file = ConnectionFile::read(&arguments.connection)?;
    let connection = file.as_written(std::env::var(SECRET_VARIABLE).ok())?;
    let (rules, warnings) = rules(&arguments.rules)?;
    let links = Arc::new(MemoryLinks::default());
    let transport = Transport::with_roots(&connection.trusted_roots)?;
    let engine = Provisioner::new(connection.clone(), rules, links, transport);
    let limits = arguments.timeout_s.map(Duration::from_secs);
    let mut diagnosis = engine
        .test_connection(limits.map_or_else(TestLimits::default, TestLimits::each))
        .await;
    diagnosis.warnings.extend(warnings);
    if arguments.json {
        say_json(&diagnosis)?;
    } else {
        say(&for_people(&diagnosis))?;
    }
    if let Some(state) = &arguments.state {
        if diagnosis.ok {
            remember_passed(state, &connection).await?;
        } else {
            forget_passed(state, &connection).await?;
        }
    }
    Ok(diagnosis
        .diagnosis
        .map_or(EXIT_OK, |problem| problem.family.exit_code()))
}

/// The rules, and a warning about those that no sync would take for want of a Username.
fn rules(paths: &[PathBuf]) -> Result<(Vec<Rule>, Vec<Warning>), Failure> {
    let mut rules = Vec::new();
    let mut warnings = Vec::new();
    for path in paths {
        match RuleFile::read(path) {
            Ok(rule) => rules.push(rule),
            Err(FileError::Mapping {
                path,
                error: MappingError::NoUsername,
            }) => {
                let whose = path.display().to_string();
                warnings.push(Warning::of_mapping(&whose, MappingWarning::NoUsername));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok((rules, warnings))
}

fn for_people(diagnosis: &Diagnosis) -> String {
    let mut text: String = diagnosis.steps.iter().map(line).collect();
    match &diagnosis.diagnosis {
        None => {
            let _ = writeln!(text, "\n{GOOD}The connection can be used.{GOOD:#}");
        }
        Some(problem) => {
            let code = problem.code.name();
            let _ = writeln!(
                text,
                "\n{BAD}{}{BAD:#}\n{}\n{DIM}{}{DIM:#}",
                wrapped(&format!("{} ({code})", problem.what), WIDTH),
                wrapped(problem.remedy, WIDTH),
                wrapped(&format!("Seen: {}", problem.evidence), WIDTH)
            );
        }
    }
    for warning in &diagnosis.warnings {
        let code = warning.code.name();
        let _ = writeln!(
            text,
            "\n{WARNING}{}{WARNING:#}\n{}",
            wrapped(&format!("Warning: {} ({code})", warning.what), WIDTH),
            wrapped(warning.remedy, WIDTH)
        );
    }
    text
}

/// One line about a step, such as `ok       TCP                 3 ms  zoom.us:443  170.114.52.2`.
fn line(step: &Step) -> String {
    let (style, word) = match step.outcome {
        StepOutcome::Ok => (GOOD, "ok"),
        StepOutcome::Failed => (BAD, "failed"),
        StepOutcome::Skipped => (DIM, "skipped"),
    };
    let host = step.host.as_deref().map(|host| format!("{host}  "));
    format!(
        "{style}{word:8}{style:#} {HEADING}{:15}{HEADING:#} {:>6} ms  {}{DIM}{}{DIM:#}\n",
        step.name.words(),
        step.elapsed_ms,
        host.unwrap_or_default(),
        step.detail
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{Code, Family, Problem, StepName};

    #[test]
    fn people_get_a_line_for_each_step_and_what_to_do() {
        let step = |name, host: Option<&str>, outcome, elapsed_ms, detail: &str| Step {
            name,
            host: host.map(str::to_owned),
            outcome,
            elapsed_ms,
            detail: detail.to_owned(),
        };
        let zoom = Some("zoom.us:443");
        let code = Code::TlsExpired;
        let diagnosis = Diagnosis {
            ok: false,
            steps: vec![
                step(StepName::Configuration, None, StepOutcome::Ok, 0, "complete"),
                step(StepName::NameResolution, zoom, StepOutcome::Ok, 12, "2 addresses"),
                step(StepName::Tcp, zoom, StepOutcome::Skipped, 1234, "why"),
                step(StepName::Tls, zoom, StepOutcome::Failed, 31, code.name()),
            ],
            diagnosis: Some(Problem {
                code,
                family: Family::Tls,
                what: code.what(),
                remedy: code.remedy(),
                evidence: "invalid peer certificate: certificate expired; certificate of CN=zoom.us, issued by \
                           CN=somebody"
                    .to_owned(),
            }),
            warnings: vec![Warning::of_mapping("rule staff", MappingWarning::NoEmail)],
        };
        let plain = anstream::adapter::strip_str(&for_people(&diagnosis)).to_string();
        assert!(
            plain.lines().all(|line| line.chars().count() <= WIDTH),
            "{plain}"
        );
        insta::assert_snapshot!(plain);
    }

    #[test]
    fn the_help_names_the_exit_code_of_every_family() {
        use clap::CommandFactory as _;
        let mut command = super::super::Arguments::command();
        let test = command.find_subcommand_mut("test-connection").unwrap();
        let help = test.render_help().to_string();
        for family in Family::ALL {
            let name = serde_json::to_value(family).unwrap();
            let line = format!("{}  {}: ", family.exit_code(), name.as_str().unwrap());
            assert!(help.contains(&line), "{line} in {help}");
        }
    }

    #[test]
    fn lines_break_between_words_alone() {
        let long = "x".repeat(100);
        assert_eq!(
            wrapped(&format!("a {long} b"), WIDTH),
            format!("a\n{long}\nb")
        );
        assert_eq!(wrapped("a  b\nc", WIDTH), "a b c");
    }
}
