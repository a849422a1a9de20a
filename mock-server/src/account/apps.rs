//! The apps of an account, with what the journal must not show of them.

use super::app::{App, AppError};
use crate::oauth::Secrets;

/// How many apps an account has at the most.
const MAX_APPS: usize = 100;

/// The apps, the first one first.
#[derive(Debug)]
pub(crate) struct Apps {
    all: Vec<App>,
    secrets: Secrets,
}

impl Apps {
    pub(super) fn new(all: Vec<App>) -> Self {
        let mut apps = Self {
            all,
            secrets: Secrets::default(),
        };
        apps.know_secrets();
        apps
    }

    pub(crate) fn all(&self) -> &[App] {
        &self.all
    }

    pub(crate) fn get(&self, client_id: &str) -> Option<&App> {
        self.all.iter().find(|app| app.client_id == client_id)
    }

    /// Their secrets.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Adds an app, unless there are too many.
    pub(super) fn add(&mut self, app: App) -> Result<(), AppError> {
        if self.all.len() >= MAX_APPS {
            return Err(AppError::TooMany);
        }
        self.all.push(app);
        self.know_secrets();
        Ok(())
    }

    /// Changes an app, and gives what it is then. On an error `change` has changed nothing.
    pub(super) fn change(
        &mut self,
        client_id: &str,
        change: impl FnOnce(&mut App) -> Result<(), AppError>,
    ) -> Result<App, AppError> {
        let app = self.all.iter_mut().find(|app| app.client_id == client_id);
        let app = app.ok_or_else(|| AppError::NotFound(client_id.to_owned()))?;
        change(app)?;
        let app = app.clone();
        self.know_secrets();
        Ok(app)
    }

    pub(super) fn remove(&mut self, client_id: &str) -> Result<(), AppError> {
        let place = self.all.iter().position(|app| app.client_id == client_id);
        let place = place.ok_or_else(|| AppError::NotFound(client_id.to_owned()))?;
        self.all.remove(place);
        self.know_secrets();
        Ok(())
    }

    fn know_secrets(&mut self) {
        self.secrets = Secrets::new(self.all.iter().map(|app| app.client_secret.as_str()));
    }
}
