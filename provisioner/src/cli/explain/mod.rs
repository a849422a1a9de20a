//! `zoom-provisioner explain`.

mod words;

use std::path::PathBuf;

use serde::Serialize;

use self::words::{only_zoom, told};
use super::input::{Loaded, RunArguments, rules};
use super::show::{say, say_json};
use super::{EXIT_OK, Failure};
use crate::audit::{Entry, entries_of};
use crate::engine::Explained;

/// How many lines of the audit are told.
const MAX_ENTRIES: usize = 10;

/// Whom to explain.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zoom-provisioner explain ann@example.com --connection zoom.toml --rule staff.toml \
                  \\\n    --directory users.json --state zoom.db --audit zoom.audit"
)]
pub(super) struct Arguments {
    /// The user: the directory's id, the username, or Zoom's id
    #[arg(value_name = "USER")]
    user: String,
    #[command(flatten)]
    run: RunArguments,
    /// Tell the user's last lines of this audit as well
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
}

#[derive(Serialize)]
struct Shown {
    explained: Explained,
    /// What the audit has of the user, oldest first.
    audit: Vec<Entry>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let Arguments { user, run, audit } = arguments;
    let rules = rules(&run.rules)?;
    let directory = run.directory().await?;
    let loaded = Loaded::open(&run.connection, &run.state).await?;
    let audit = audit.clone().or_else(|| loaded.audit_file());
    let explained = loaded.engine(rules)?.explain(&directory, user).await?;
    let (explanation, only_in_zoom) = match &explained {
        Explained::User(explanation) => (Some(explanation), None),
        Explained::OnlyInZoom(holds) => (None, Some(holds)),
        Explained::Several(ids) => {
            return Err(Failure::SeveralUsers {
                name: user.clone(),
                ids: ids.join(", "),
            });
        }
        Explained::Nobody(near) => {
            return Err(Failure::NoUser {
                name: user.clone(),
                near: meant(near),
            });
        }
    };
    let entries = match (&audit, explanation) {
        (Some(file), Some(explanation)) => entries_of(file, &explanation.user, MAX_ENTRIES)?,
        _ => Vec::new(),
    };
    let text = match (explanation, only_in_zoom) {
        (Some(explanation), _) => told(explanation, &entries),
        (None, Some(holds)) => only_zoom(holds),
        (None, None) => String::new(),
    };
    match run.json {
        true => say_json(&Shown {
            audit: entries,
            explained,
        })?,
        false => say(&text)?,
    }
    Ok(EXIT_OK)
}

fn meant(near: &[String]) -> String {
    match near {
        [] => "look at how the directory writes the name".to_owned(),
        near => format!("is {} meant?", near.join(" or ")),
    }
}
