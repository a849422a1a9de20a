//! A run under the eyes of the program: a signal stops it, and so does the connection's switch.

use std::convert::Infallible;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use super::Failure;
use super::show::say_note;
use crate::file::ConnectionFile;
use crate::stop::{STOP_LIMIT, Stop, StopCause};

/// How often the connection file is looked at while a run is under way.
const SWITCH_LOOK: Duration = Duration::from_secs(1);
/// What is left of [`STOP_LIMIT`] for the program itself to end.
const ENDING: Duration = Duration::from_secs(1);

/// Makes a run with a handle of its own, which is used when the program is to stop, or when the connection file says
/// that the connection is off (F74). A run that does not end in time after that is cut off.
pub(super) async fn supervised<T, F>(
    program: &Stop,
    connection: &Path,
    run: impl FnOnce(Stop) -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    tracing::info!("the run begins");
    let stop = Stop::new();
    let cut_off = async {
        let cause = stop.stopped().await;
        tokio::time::sleep(STOP_LIMIT - ENDING).await;
        cause
    };
    let done = tokio::select! {
        done = run(stop.clone()) => done,
        cause = cut_off => {
            let limit = STOP_LIMIT.as_secs();
            Err(Failure::Stopped(format!(
                "{cause}; it did not end within {limit} s and was cut off: start it again, and it looks up what became \
                 of the writes that were under way"
            )))
        }
        never = told(program, &stop) => match never {},
        never = switched_off(connection, &stop) => match never {},
    };
    match &done {
        Ok(_) => tracing::info!("the run has ended"),
        // What it says may name a user; it is told where that is wanted.
        Err(failure) => tracing::error!(exit_code = failure.exit_code(), "the run has failed"),
    }
    done
}

/// Something that is given up when the run is to stop, because nothing has been sent yet.
pub(super) async fn unless_stopped<T>(
    stop: &Stop,
    future: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        done = future => done,
        cause = stop.stopped() => Err(Failure::Stopped(format!("{cause}; nothing was sent to Zoom"))),
    }
}

async fn told(program: &Stop, stop: &Stop) -> Infallible {
    stop.stop(program.stopped().await);
    std::future::pending().await
}

/// A file that cannot be read says nothing: it may be about to be written.
async fn switched_off(connection: &Path, stop: &Stop) -> Infallible {
    loop {
        tokio::time::sleep(SWITCH_LOOK).await;
        let path = connection.to_owned();
        let read = tokio::task::spawn_blocking(move || ConnectionFile::read(&path)).await;
        if let Ok(Ok(file)) = read
            && file.enabled == Some(false)
        {
            say_note("the connection was switched off: stopping; what is under way is finished");
            stop.stop(StopCause::SwitchedOff);
            return std::future::pending().await;
        }
    }
}
