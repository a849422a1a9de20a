//! Whose provisioner is run: our own, or anybody's behind the driver protocol.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// A foreign provisioner that is a server on this machine, and gets the same messages by POST; several
    /// may be given, each serves one scenario at a time
    #[arg(long, value_name = "URL", conflicts_with_all = ["program", "driver"])]
    driver_url: Vec<String>,
    /// The most that one answer of a foreign provisioner may take
    #[arg(long, value_name = "N", default_value_t = ANSWER_DEADLINE_MS, value_parser = clap::value_parser!(u64).range(100..=600_000))]
    timeout_ms: u64,
}

/// [`ANSWER_DEADLINE`] in milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "half a minute")]
const ANSWER_DEADLINE_MS: u64 = ANSWER_DEADLINE.as_millis() as u64;

/// Who a foreign provisioner says that it is.
pub(super) struct Greeting {
    pub(super) name: String,
    pub(super) able: Capabilities,
}

impl Whose {
    fn deadline(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// Makes the drivers of a run.
    pub(super) fn make(&self) -> anyhow::Result<Arc<MakeDriver>> {
        match (&self.driver, self.driver_url.as_slice()) {
            (Some(command), _) => foreign(command, self.deadline()),
            (None, []) => Ok(built_in()),
            (None, urls) => servers(urls, self.deadline()),
        }
    }

    /// How many scenarios may be under way at once: a server serves one.
    pub(super) fn most_jobs(&self) -> Option<usize> {
        Some(self.driver_url.len()).filter(|servers| *servers > 0)
    }

    /// The options that lead to it, as they are written on a command line.
    pub(super) fn written(&self) -> Option<String> {
        let driver = self.driver.iter().map(|driver| ("--driver", driver));
        let urls = self.driver_url.iter().map(|url| ("--driver-url", url));
        let written: Vec<String> = driver
            .chain(urls)
            .map(|(name, value)| quoted(name, value))
            .collect();
        Some(written.join(" ")).filter(|written| !written.is_empty())
    }

    /// Asks a foreign provisioner who it is; absent for our own.
    pub(super) fn greet(&self) -> anyhow::Result<Result<Option<Greeting>, DriverError>> {
        let mut child = match (&self.driver, self.driver_url.first()) {
            (Some(command), _) => Child::new(command, self.deadline())?,
            (None, Some(url)) => Child::server(url, self.deadline())?,
            (None, None) => return Ok(Ok(None)),
        };
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

fn quoted(name: &str, value: &str) -> String {
    let value = shlex::try_quote(value).unwrap_or(value.into());
    format!("{name} {value}")
}

/// Foreign provisioners that are servers, each for one worker at a time.
fn servers(urls: &[String], deadline: Duration) -> anyhow::Result<Arc<MakeDriver>> {
    for url in urls {
        Child::server(url, deadline)?;
    }
    let (urls, next) = (urls.to_vec(), AtomicUsize::new(0));
    Ok(Arc::new(move || {
        let nth = next.fetch_add(1, Ordering::Relaxed) % urls.len().max(1);
        let url = urls.get(nth).map(String::as_str).unwrap_or_default();
        let child = Child::server(url, deadline);
        let child = child.map_err(|error| DriverError::NotRun(error.to_string()))?;
        Ok(Box::new(child) as Box<dyn Driver>)
    }))
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
