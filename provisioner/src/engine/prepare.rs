//! What a plan is made from, and the begin of every run.

use std::borrow::Cow;

use super::evaluate::{Evaluation, evaluate};
use super::intents::{Patience, Resolved, resolve};
use super::restrain::guard_source;
use super::scribe::Scribe;
use super::{Provisioner, SyncError, SyncOptions, expected, input, read};
use crate::audit::Event;
use crate::connection::Connection;
use crate::directory::Directory;
use crate::links::{Memory, Remembered};
use crate::plan::{PlanInput, ZoomView};
use crate::plan_file::PlanFile;
use crate::zoom::{Reader, ZoomError};

/// What a plan is made from.
pub(super) struct Prepared {
    pub(super) reader: Reader,
    pub(super) remembered: Remembered,
    /// Stands for what was remembered before it was looked what became of writes that were under way, where a plan
    /// is to be kept.
    pub(super) links: Option<String>,
    pub(super) resolved: Vec<Resolved>,
    /// What is to be remembered of the directory's size.
    pub(super) counted: Vec<Memory>,
    pub(super) evaluation: Evaluation,
    pub(super) zoom: ZoomView,
}

impl Prepared {
    pub(super) fn input<'a>(
        &'a self,
        connection: &'a Connection,
        options: SyncOptions,
    ) -> PlanInput<'a> {
        let Self {
            remembered,
            evaluation,
            zoom,
            ..
        } = self;
        input(connection, evaluation, remembered, zoom, options.deep)
    }
}

impl Provisioner {
    /// Reads what a plan is made from. Nothing is written, neither to Zoom nor to the store.
    pub(super) async fn prepare(
        &self,
        directory: Cow<'_, Directory>,
        options: SyncOptions,
        patience: Patience,
        expected: Option<&PlanFile>,
    ) -> Result<Prepared, SyncError> {
        let remembered = self.links.load().await?;
        if let Some(expected) = expected {
            self.check_inputs(expected, &directory, &expected::links_digest(&remembered))?;
        }
        let is_kept = patience == Patience::None;
        let links = is_kept.then(|| expected::links_digest(&remembered));
        let (safety, accepted) = (&self.connection.safety, options.accept_count);
        let counted = guard_source(safety, &directory, &remembered, accepted)?;
        let reader = self.reader();
        let (remembered, resolved, failed) = self.resume(&reader, remembered, patience).await?;
        let evaluation = evaluate(
            &self.connection,
            &self.rules,
            directory,
            &remembered,
            options,
            self.session.waiter().wall(),
        );
        let mut zoom = read::view(
            &reader,
            &self.connection,
            &evaluation,
            &remembered,
            options.deep,
        )
        .await
        .map_err(|error| self.ended(error.into(), 0, evaluation.evaluated.len()))?;
        if let Some(error) = failed {
            // Of these it is not known what Zoom holds, whatever a list shows.
            for intent in remembered.intents.values() {
                zoom.insert_unread(&intent.user, error.message.clone());
            }
        }
        Ok(Prepared {
            reader,
            remembered,
            links,
            resolved,
            counted,
            evaluation,
            zoom,
        })
    }

    /// Begins a run: first it is found out what became of writes that were under way when the last one ended, and why one
    /// of them could not be looked up.
    pub(super) async fn resume(
        &self,
        reader: &Reader,
        mut remembered: Remembered,
        patience: Patience,
    ) -> Result<(Remembered, Vec<Resolved>, Option<ZoomError>), SyncError> {
        self.begin().await;
        let resolved = resolve(reader, &remembered, patience).await;
        let (resolved, failed) = resolved.map_err(|error| self.ended(error.into(), 0, 0))?;
        for change in resolved.iter().flat_map(|resolved| &resolved.changes) {
            remembered.apply(change.clone());
        }
        Ok((remembered, resolved, failed))
    }

    /// Remembers what became of writes that were under way.
    pub(super) async fn remember(
        &self,
        resolved: &[Resolved],
        scribe: &Scribe,
    ) -> Result<(), SyncError> {
        if resolved.is_empty() {
            return Ok(());
        }
        let changes = resolved.iter().flat_map(|resolved| &resolved.changes);
        self.links.save(changes.cloned().collect()).await?;
        for resolved in resolved {
            let settled = resolved.settled.clone();
            scribe.note(|| Event::Settled(settled)).await;
        }
        Ok(scribe.check()?)
    }
}
