//! `zoom-mock scenarios`: the failures that have a name.

use std::fmt::Write as _;
use std::path::PathBuf;

use reqwest::Method;
use serde_json::{Value, json};

use super::failure::Failure;
use super::remote::Target;
use super::table;
use crate::fault::FaultRule;
use crate::scenario::Scenario;

/// How wide a line of text is.
const WIDTH: usize = 78;

/// Which scenario.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zoom-mock scenarios\n  zoom-mock scenarios tls-expired\n  zoom-mock scenarios tls-expired \
                  --play\n  zoom-mock scenarios --stop\n  zoom-mock serve --scenario wrong-secret"
)]
pub(super) struct Arguments {
    /// Everything about this one
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Turn it on on a running server, and say what to enter into the form
    #[arg(long, requires = "name")]
    play: bool,
    /// Where to write the certificate that the client has to trust, where the scenario speaks TLS
    #[arg(long, value_name = "FILE", requires = "play")]
    trust: Option<PathBuf>,
    /// Turn off the one that is on
    #[arg(long, conflicts_with = "name")]
    stop: bool,
    #[command(flatten)]
    target: Target,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let json = arguments.target.json;
    if arguments.stop {
        arguments
            .target
            .open()?
            .send(Method::DELETE, &["scenario"], None)
            .await?;
        table::show(json, &json!({ "name": Value::Null }), |_| {
            "no scenario is on\n".to_owned()
        })?;
        return Ok(());
    }
    let Some(name) = &arguments.name else {
        let all = serde_json::to_value(Scenario::all()).unwrap_or_default();
        table::show(json, &all, |_| listed())?;
        return Ok(());
    };
    let scenario = find(name)?;
    if arguments.play {
        let change = json!({ "name": scenario.name });
        let played = arguments
            .target
            .open()?
            .send(Method::PUT, &["scenario"], Some(&change))
            .await?;
        table::show(json, &played, |played| {
            let form = played.get("form").cloned().unwrap_or_default();
            format!(
                "{} is on. Enter into the form:\n\n{}",
                scenario.name,
                table::pairs(&form)
            )
        })?;
        return Ok(());
    }
    let all = serde_json::to_value(scenario).unwrap_or_default();
    table::show(json, &all, |_| described(scenario))?;
    Ok(())
}

/// The scenario of a name, or who may be meant.
pub(super) fn find(name: &str) -> Result<&'static Scenario, Failure> {
    Scenario::find(name).ok_or_else(|| {
        let near = Scenario::nearest(name).map(|near| format!("; did you mean `{near}`?"));
        let near = near.unwrap_or_else(|| "; zoom-mock scenarios lists them".to_owned());
        Failure::Usage(format!("there is no scenario `{name}`{near}"))
    })
}

fn listed() -> String {
    let mut text = String::new();
    let mut group = None;
    for scenario in Scenario::all() {
        if group != Some(scenario.group) {
            group = Some(scenario.group);
            let _ = writeln!(
                text,
                "{}{}",
                if text.is_empty() { "" } else { "\n" },
                scenario.group.heading()
            );
        }
        let _ = writeln!(text, "  {:28} {}", scenario.name, scenario.title);
    }
    text.push_str("\nzoom-mock scenarios NAME tells all about one.\n");
    text
}

fn described(scenario: &Scenario) -> String {
    let mut text = format!("{}: {}\n\n", scenario.name, scenario.title);
    let passes = match scenario.diagnosis.as_str() {
        "ok" => "ok: the test of the connection passes".to_owned(),
        code => code.to_owned(),
    };
    for (name, what) in [
        ("The client sees", scenario.client_sees.as_str()),
        ("The administrator sees", &scenario.administrator_sees),
        ("Cause", &scenario.cause),
        ("Remedy", &scenario.remedy),
        ("Diagnosis", &passes),
    ] {
        let _ = writeln!(text, "{name}\n{}", wrapped(what));
    }
    let _ = writeln!(
        text,
        "To meet it\n{}",
        wrapped(&format!(
            "zoom-mock serve --scenario {0}, or on a running server zoom-mock scenarios {0} --play",
            scenario.name
        ))
    );
    let rules = scenario.magic_rules();
    if !rules.is_empty() {
        let beyond_tokens =
            |rule: &FaultRule| rule.when.operation.as_deref() != Some("token.issue");
        let user = match rules.iter().any(beyond_tokens) {
            true => format!(", a user anything+mock-{}@example.com", scenario.name),
            false => String::new(),
        };
        let magic = format!(
            "As magic value: mock:{0} as client id, secret or account id{user}, /s/{0} before the path of a URL",
            scenario.name
        );
        let _ = writeln!(text, "{}", wrapped(&magic));
    }
    text
}

/// A text in lines that are not too long, set in.
fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::from(" "));
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() + 1 > WIDTH {
            lines.push_str(&line);
            lines.push('\n');
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(word);
    }
    lines + &line + "\n"
}
