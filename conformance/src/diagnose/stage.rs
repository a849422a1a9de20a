//! The stage of one scenario: a mock of its own that is in it.

use std::sync::Arc;

use mock_server::{Config, Credentials, Exchange, ExchangeQuery, MockServer, Played};
use serde_json::json;
use tempfile::TempDir;

use crate::configuration::Configuration;
use crate::driver::{ConnectionSettings, Start};
use crate::scenario::{Limits, Policies};

/// Whom the account holds: with fewer than three, paging cannot be seen to be broken.
const USERS: [&str; 4] = [
    "ann@example.com",
    "bob@example.com",
    "cem@example.com",
    "dee@example.com",
];
/// The file with the certificate of the mock's authority.
const CA_FILE: &str = "ca.pem";

/// A mock that is in a scenario until this is dropped.
pub(super) struct Stage {
    server: MockServer,
    played: Played,
    /// Holds the certificate of the authority that is to be trusted.
    folder: Option<TempDir>,
}

impl Stage {
    /// Starts a mock, with an account of a few users, and turns the scenario on.
    pub(super) fn set(scenario: &str, seed: u64) -> anyhow::Result<Self> {
        let server = MockServer::start(&Config {
            seed,
            worker_threads: 1,
            ..Config::default()
        })?;
        let account = server.default_account();
        for user_name in USERS {
            account.add_user(&json!({ "userName": user_name }))?;
        }
        let played = server.set_scenario(scenario, None)?;
        let folder = match &played.ca_pem {
            None => None,
            Some(pem) => {
                let folder = tempfile::Builder::new()
                    .prefix("zoom-conformance-")
                    .tempdir()?;
                std::fs::write(folder.path().join(CA_FILE), pem)?;
                Some(folder)
            }
        };
        Ok(Self {
            server,
            played,
            folder,
        })
    }

    /// What is entered, and to whom it leads.
    pub(super) fn played(&self) -> &Played {
        &self.played
    }

    /// The right credentials, whatever was entered.
    pub(super) fn credentials(&self) -> Credentials {
        self.server.default_account().credentials()
    }

    /// What the provisioner is told: nothing but the form, filled in.
    pub(super) fn start(&self) -> Start {
        let form = &self.played.form;
        let ca_file = self.folder.as_ref();
        Start {
            scenario: format!("diagnose/{}", self.played.name),
            connection: ConnectionSettings {
                scim_url: form.scim_url.clone(),
                token_url: form.token_url.clone(),
                account_id: form.account_id.clone(),
                client_id: form.client_id.clone(),
                client_secret: form.client_secret.clone(),
                ca_file: ca_file.map(|folder| folder.path().join(CA_FILE)),
                configuration: Configuration::PERMISSIVE,
                enabled: true,
            },
            policies: Policies::default(),
            limits: Limits::default(),
            rules: Vec::new(),
            only_test: true,
            resume: false,
            time: None,
        }
    }

    /// All that came in, wherever it belongs.
    pub(super) fn exchanges(&self) -> Vec<Arc<Exchange>> {
        self.server.exchanges(&ExchangeQuery::default())
    }
}
