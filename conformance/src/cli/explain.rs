//! `zoom-conformance explain`.

use super::{EXIT_OK, say};
use crate::configuration::Configuration;
use crate::report::{explain_configuration, explain_rows};

/// What to explain.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What must happen under this configuration, such as C1U0D1P1R1X0
    #[arg(long, value_name = "CONFIGURATION")]
    config: Option<Configuration>,
}

pub(super) fn run(arguments: &Arguments) -> u8 {
    say(&arguments
        .config
        .map_or_else(explain_rows, explain_configuration));
    EXIT_OK
}
