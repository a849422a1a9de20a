//! `zoom-mock`: see `mock_server::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mock_server::cli::main()
}
