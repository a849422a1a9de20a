//! `zoom-mock fault`: faults on a running server.

use std::path::PathBuf;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::remote::Target;
use super::{files, table};
use crate::fault::{CATALOG, FaultRule};

#[derive(Debug, Subcommand)]
#[command(
    after_help = "Rules are tried in the order in which they were first set; the first that fires wins.\n\n\
                  Examples:\n  zoom-mock fault catalog\n  zoom-mock fault add lost-create reset --phase after \
                  --operation users.create --times 1\n  zoom-mock fault add slow '{\"delay\":{\"ms\":2000}}' \
                  --probability 0.1 --seed 7\n  zoom-mock fault add --file faults.toml\n  zoom-mock fault list\n  \
                  zoom-mock fault clear"
)]
pub(super) enum Command {
    /// Set a rule, in the place of the one of the same id, or all of a file
    Add(Box<Add>),
    /// The rules, with how often each has fired
    List(Target),
    /// Take rules away: those named, or all, with runs and scenario
    Clear(Clear),
    /// Every effect there is: what it does, when, to what
    Catalog(Catalog),
}

/// The rule to set.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    #[command(flatten)]
    target: Target,
    /// What the rule is called
    #[arg(
        value_name = "ID",
        required_unless_present = "file",
        requires = "effect"
    )]
    id: Option<String>,
    /// What happens: an effect's name, or JSON such as '{"delay":{"ms":100}}'
    #[arg(value_name = "EFFECT")]
    effect: Option<String>,
    /// Rules as TOML, in tables named faults, or JSON, in an object with the array faults, each with id, when, then, phase
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "effect"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    when: When,
    /// When: before the request is applied, after it was, or in the body of the answer
    #[arg(long, value_name = "PHASE")]
    phase: Option<String>,
}

/// Whom a rule hits: all that is given has to fit.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Whom it hits")]
struct When {
    /// An operation such as users.create, or users.*, groups.*, rest.*
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// An account id
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// A client id
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// A userName or a Zoom id
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// A header of the request: NAME, or NAME=VALUE
    #[arg(long, value_name = "HEADER")]
    header: Option<String>,
    /// A scripted run
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// Only once so many have passed
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    after: Option<u64>,
    /// Only the n-th
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    nth: Option<u64>,
    /// So often at the most
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    times: Option<u64>,
    /// With this chance, from 0 to 1
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    probability: Option<f64>,
    /// What the chance is drawn from
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
    /// From this instant on, on the virtual clock
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this instant
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// The rule is over after so many seconds, on the server's virtual clock
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    ttl_s: Option<u32>,
}

impl When {
    fn json(&self) -> Value {
        let header = self
            .header
            .as_deref()
            .map(|header| match header.split_once('=') {
                Some((name, value)) => json!({ "name": name, "value": value }),
                None => json!({ "name": header }),
            });
        let all = [
            ("operation", json!(self.operation)),
            ("account", json!(self.account)),
            ("client_id", json!(self.client_id)),
            ("user", json!(self.user)),
            ("header", json!(header)),
            ("run", json!(self.run)),
            ("after", json!(self.after)),
            ("nth", json!(self.nth)),
            ("times", json!(self.times)),
            ("probability", json!(self.probability)),
            ("seed", json!(self.seed)),
            ("from", json!(self.from)),
            ("until", json!(self.until)),
            ("ttl_s", json!(self.ttl_s)),
        ];
        let given = all.into_iter().filter(|(_, value)| !value.is_null());
        Value::Object(
            given
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Map<_, _>>(),
        )
    }
}

/// Which rules to take away.
#[derive(Debug, clap::Args)]
pub(super) struct Clear {
    #[command(flatten)]
    target: Target,
    /// These; without any, all
    #[arg(value_name = "ID")]
    ids: Vec<String>,
}

/// How to list the effects.
#[derive(Debug, clap::Args)]
pub(super) struct Catalog {
    /// One effect, or a group such as token
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add(add) => add.run().await,
        Command::List(target) => {
            let answer = target.open()?.get(&["faults"]).await?;
            let faults = answer.get("faults").cloned().unwrap_or_default();
            table::show(target.json, &answer, |_| shown(&faults))?;
            Ok(())
        }
        Command::Clear(Clear { target, ids }) => {
            let remote = target.open()?;
            if ids.is_empty() {
                remote.send(Method::DELETE, &["faults"], None).await?;
            }
            let mut lifted = Vec::new();
            for id in &ids {
                lifted.push(remote.send(Method::DELETE, &["faults", id], None).await?);
            }
            let lifted = Value::Array(lifted);
            table::show(target.json, &json!({ "lifted": lifted }), |_| {
                match ids.is_empty() {
                    true => "all are lifted\n".to_owned(),
                    false => shown(&lifted),
                }
            })?;
            Ok(())
        }
        Command::Catalog(catalog) => catalog.run(),
    }
}

impl Add {
    async fn run(&self) -> Result<(), Failure> {
        let remote = self.target.open()?;
        let rules = match (&self.file, &self.id, &self.effect) {
            (Some(file), _, _) => files::read_faults(file)?,
            (None, Some(id), Some(effect)) => vec![self.rule(id, effect)?],
            _ => {
                return Err(Failure::Usage(
                    "say which rule: ID EFFECT, or --file FILE".to_owned(),
                ));
            }
        };
        let mut set = Vec::new();
        for rule in rules {
            let json = serde_json::to_value(&rule).unwrap_or_default();
            set.push(
                remote
                    .send(Method::PUT, &["faults", &rule.id], Some(&json))
                    .await?,
            );
        }
        let set = Value::Array(set);
        table::show(self.target.json, &json!({ "faults": set }), |_| shown(&set))?;
        Ok(())
    }

    /// The rule of the command line, checked before the server is asked.
    fn rule(&self, id: &str, effect: &str) -> Result<FaultRule, Failure> {
        let then = match effect.trim_start().starts_with('{') {
            true => serde_json::from_str(effect)
                .map_err(|error| Failure::Usage(format!("EFFECT is no JSON: {error}")))?,
            false => Value::from(effect),
        };
        let mut json = json!({ "when": self.when.json(), "then": then });
        if let (Some(phase), Some(map)) = (&self.phase, json.as_object_mut()) {
            map.insert("phase".to_owned(), Value::from(phase.as_str()));
        }
        FaultRule::read(&json, Some(id)).map_err(|error| Failure::Usage(error.to_string()))
    }
}

/// Rules as a table.
fn shown(faults: &Value) -> String {
    let text = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let rows = faults.as_array().into_iter().flatten().map(|fault| {
        let when = fault.get("when").and_then(Value::as_object);
        let when = when
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}={}", text(Some(value))));
        json!({
            "id": fault.get("id"),
            "fired": fault.get("fired"),
            "phase": fault.get("phase"),
            "then": text(fault.get("then")),
            "when": when.collect::<Vec<_>>().join(" "),
        })
    });
    let rows = Value::Array(rows.collect());
    if rows.as_array().is_some_and(Vec::is_empty) {
        return "there is no fault\n".to_owned();
    }
    table::rows(&rows, &["id", "fired", "phase", "then", "when"])
}

impl Catalog {
    fn run(&self) -> Result<(), Failure> {
        let wanted = |name: &str, group: &str| {
            self.name
                .as_deref()
                .is_none_or(|wanted| wanted == name || wanted == group)
        };
        let found: Vec<_> = CATALOG
            .iter()
            .filter(|entry| wanted(entry.name, entry.group))
            .collect();
        if found.is_empty() {
            let name = self.name.as_deref().unwrap_or_default();
            let near = crate::fault::nearest(name, CATALOG.iter().map(|entry| entry.name));
            let near = near.map_or_else(
                || "; zoom-mock fault catalog lists them".to_owned(),
                |near| format!("; did you mean `{near}`?"),
            );
            return Err(Failure::Usage(format!("there is no effect `{name}`{near}")));
        }
        let json = serde_json::to_value(&found).unwrap_or_default();
        table::show(self.json, &json, |_| {
            let mut group = "";
            let mut text = String::new();
            for entry in &found {
                if entry.group != group {
                    group = entry.group;
                    text.push_str(&format!(
                        "{}{group}\n",
                        if text.is_empty() { "" } else { "\n" }
                    ));
                }
                let phases: Vec<&str> = entry.phases.iter().map(|phase| phase.as_str()).collect();
                text.push_str(&format!(
                    "  {}\n      {}\n      {} on {}: {}\n",
                    entry.name,
                    entry.example,
                    phases.join(", "),
                    entry.acts_on.as_str(),
                    entry.does
                ));
            }
            text
        })?;
        Ok(())
    }
}
