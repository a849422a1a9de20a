//! Who keeps the audit of a run. Once it cannot be kept, no more writes are sent.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::SyncError;
use crate::audit::{Audit, AuditError, Ended, Entry, Event, Started};
use crate::connection::Connection;
use crate::digest;
use crate::summary::Report;
use crate::zoom::{ErrorKind, Session};

/// How many digits tell apart runs of one second.
const RUN_DIGITS: usize = 12;

/// The audit of one run.
pub(super) struct Scribe {
    /// Absent where none is kept.
    audit: Option<Arc<dyn Audit>>,
    session: Arc<Session>,
    run: String,
    writes: AtomicUsize,
    /// Why it cannot be kept any more.
    broken: Mutex<Option<AuditError>>,
}

impl Scribe {
    /// Begins the audit of a run; where that fails, the run has sent nothing.
    pub(super) async fn begin(
        audit: Option<Arc<dyn Audit>>,
        session: Arc<Session>,
        connection: &Connection,
        command: &str,
    ) -> Result<Self, AuditError> {
        let run = match audit {
            Some(_) => run_id(&session),
            None => String::new(),
        };
        let scribe = Self {
            audit,
            session,
            run,
            writes: AtomicUsize::new(0),
            broken: Mutex::default(),
        };
        scribe
            .note(|| {
                Event::Started(Started {
                    command: command.to_owned(),
                    connection: connection.name.clone(),
                    account: connection.account_id.clone(),
                    switches: connection.switches(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                })
            })
            .await;
        scribe.check()?;
        Ok(scribe)
    }

    /// Whether a write may be sent: only if it can be written down.
    pub(super) fn check(&self) -> Result<(), AuditError> {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.clone().map_or(Ok(()), Err)
    }

    /// Writes something down that has happened. What has happened is dealt with whether this works or not: that
    /// it does not is told by the next [`Self::check`].
    pub(super) async fn note(&self, event: impl FnOnce() -> Event + Send) {
        let Some(audit) = &self.audit else { return };
        let event = event();
        if matches!(event, Event::Write(_)) {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        let entry = Entry {
            run: self.run.clone(),
            at: self.session.waiter().wall(),
            event,
        };
        if let Err(error) = audit.record(entry).await {
            self.session.seal();
            let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
            broken.get_or_insert(error);
        }
    }

    /// Ends the audit of a run. A run without a whole audit has not come to a good end.
    pub(super) async fn end(&self, result: Result<Report, SyncError>) -> Result<Report, SyncError> {
        self.note(|| {
            Event::Ended(Ended {
                writes: self.writes.load(Ordering::Relaxed),
                summary: result.as_ref().ok().map(|report| report.summary),
                reason: result.as_ref().err().map(|error| why(error).to_owned()),
            })
        })
        .await;
        // It is the reason for whatever else did not go out.
        self.check()?;
        result
    }
}

/// A name that no other run has: it is new, which is all that it has to be.
fn run_id(session: &Session) -> String {
    let at = session.waiter().wall();
    let chance = (session.chance().to_bits(), session.chance().to_bits());
    let mut noise = digest::of(&(at, chance));
    noise.truncate(RUN_DIGITS);
    format!("{}-{noise}", at.strftime("%Y%m%dT%H%M%SZ"))
}

/// Why a run ended, in one word: messages may hold words of Zoom's, and values of users with them.
fn why(error: &SyncError) -> &'static str {
    match error {
        SyncError::Off => "off",
        SyncError::Zoom(error) => word(error.kind),
        SyncError::Deferred { .. } => "deferred",
        SyncError::Links(_) => "state",
        SyncError::Moved(_) => "moved",
        SyncError::Source(_) => "source",
        SyncError::Audit(_) => "audit",
        SyncError::Stopped { .. } => "stopped",
    }
}

/// The kind of an error in one word.
pub(super) fn word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Gone => "gone",
        ErrorKind::Conflict => "conflict",
        ErrorKind::Unknown => "unknown",
        ErrorKind::Throttled(_) => "throttled",
        ErrorKind::Transient => "transient",
        ErrorKind::User => "user",
        ErrorKind::Protected => "protected",
        ErrorKind::NoSeat => "no_seat",
        ErrorKind::Stopped => "stopped",
        ErrorKind::Token => "token",
        ErrorKind::Systemic(reason) => reason.name(),
    }
}
