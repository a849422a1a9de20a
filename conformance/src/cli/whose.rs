//! Whose provisioner is run: our own, or anybody's behind the driver protocol.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::AS_PROVISIONER;
use crate::driver::{
    ANSWER_DEADLINE, Builtin, Capabilities, Child, Driver, DriverError, MakeDriver, Program,
};

/// The provisioner under test.
#[derive(Debug, clap::Args)]
pub(super) struct Whose {
    /// The zoom-provisioner for the stories through the program [default: the built-in one]
    #[arg(long, value_name = "PROGRAM")]
    pub(super) program: Option<PathBuf>,
    /// A foreign provisioner instead: a command that speaks the driver protocol, one process for each job
    #[arg(long, value_name = "COMMAND", conflicts_with = "program")]
    driver: Option<String>,
}

/// Who a foreign provisioner says that it is.
pub(super) struct Greeting {
    pub(super) name: String,
    pub(super) able: Capabilities,
}

impl Whose {
    /// Makes the drivers of a run.
    pub(super) fn make(&self) -> anyhow::Result<Arc<MakeDriver>> {
        match &self.driver {
            None => Ok(built_in()),
            Some(command) => foreign(command, ANSWER_DEADLINE),
        }
    }

    /// The options that lead to it, as they are written on a command line.
    pub(super) fn written(&self) -> Option<String> {
        let driver = self.driver.as_deref()?;
        let quoted = shlex::try_quote(driver).unwrap_or(driver.into());
        Some(format!("--driver {quoted}"))
    }

    /// Asks a foreign provisioner who it is; absent for our own.
    pub(super) fn greet(&self) -> anyhow::Result<Result<Option<Greeting>, DriverError>> {
        let Some(command) = &self.driver else {
            return Ok(Ok(None));
        };
        let mut child = Child::new(command, ANSWER_DEADLINE)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(runtime.block_on(async {
            let able = child.capabilities().await?;
            let name = child.name().to_owned();
            Ok(Some(Greeting { name, able }))
        }))
    }
}

/// The provisioner's library, in this process, over real loopback HTTP.
pub(super) fn built_in() -> Arc<MakeDriver> {
    Arc::new(|| Ok(Box::new(Builtin::new()?) as Box<dyn Driver>))
}

/// A foreign provisioner, one process for each worker.
pub(super) fn foreign(command: &str, deadline: Duration) -> anyhow::Result<Arc<MakeDriver>> {
    // What is no command is told before anything is run.
    Child::new(command, deadline)?;
    let command = command.to_owned();
    Ok(Arc::new(move || {
        let child = Child::new(&command, deadline);
        let child = child.map_err(|error| DriverError::NotRun(error.to_string()))?;
        Ok(Box::new(child) as Box<dyn Driver>)
    }))
}

/// The provisioner as a program: a given one, or this one under the other's name.
pub(super) fn through_program(program: Option<&Path>) -> anyhow::Result<Arc<MakeDriver>> {
    let (program, arguments) = program_command(program)?;
    Ok(Arc::new(move || {
        Ok(Box::new(Program::new(program.clone(), arguments.clone())) as Box<dyn Driver>)
    }))
}

/// A given program, or this one under the other's name; and the arguments that come before the program's own.
pub(super) fn program_command(program: Option<&Path>) -> std::io::Result<(PathBuf, Vec<OsString>)> {
    Ok(match program {
        Some(program) => (program.to_owned(), Vec::new()),
        None => (std::env::current_exe()?, vec![AS_PROVISIONER.into()]),
    })
}
