//! `zoom-conformance reference`: the reference provisioner as a process that speaks the driver protocol.

use super::EXIT_OK;
use crate::seeded_bugs::{Variant, serve};

/// Who is served.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    zoom-conformance run --driver 'zoom-conformance reference'\n  \
    zoom-conformance run --driver 'zoom-conformance reference --bug B46'\n  \
    zoom-conformance run --driver 'zoom-conformance reference --control G05' --tier quick\n\n\
    `zoom-conformance prove --list` names all bugs and controls.")]
pub(super) struct Arguments {
    /// The wrong one with this bug, such as B46
    #[arg(long, value_name = "BUG")]
    bug: Option<String>,
    /// The one that is right in this other way, such as G05
    #[arg(long, value_name = "CONTROL", conflicts_with = "bug")]
    control: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let variant = arguments.variant()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let messages = tokio::io::BufReader::new(tokio::io::stdin());
    runtime.block_on(serve(variant, messages, tokio::io::stdout()))?;
    Ok(EXIT_OK)
}

impl Arguments {
    fn variant(&self) -> anyhow::Result<Variant> {
        let bug = self.bug.as_deref().map(str::parse).transpose()?;
        let control = self.control.as_deref().map(str::parse).transpose()?;
        Ok(Variant { bug, control })
    }
}
