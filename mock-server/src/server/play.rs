//! Turning scenarios on and off.

use std::sync::Arc;

use serde::Serialize;

use super::zoom::Zoom;
use crate::account::Account;
use crate::fault::InvalidRule;
use crate::scenario::{ConnectionForm, Placeholders, Scenario};

/// A scenario that is on, and what to enter into the form to meet it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Played {
    /// The name.
    pub name: &'static str,
    /// What a test of the connection should find.
    pub diagnosis: &'static str,
    /// What is entered into the five fields of the form.
    #[schema(value_type = Object)]
    pub form: ConnectionForm,
    /// The certificate of the authority that a client has to trust, in PEM, where TLS is spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
}

impl Zoom {
    /// Turns a scenario on in the place of the one that is.
    pub(crate) fn play(
        self: &Arc<Self>,
        name: &str,
        account: Option<&str>,
    ) -> Result<Played, InvalidRule> {
        let refused = |field: &str, message: String| InvalidRule {
            field: field.to_owned(),
            message,
        };
        let scenario = Scenario::find(name).ok_or_else(|| {
            let near = Scenario::nearest(name).map(|near| format!("; did you mean `{near}`?"));
            let near = near.unwrap_or_else(|| "; GET /_mock/scenarios lists them".to_owned());
            refused("name", format!("`{name}` is no scenario{near}"))
        })?;
        let of = match account {
            None => self.default_account(),
            Some(id) => self.account(id),
        };
        let of = of.ok_or_else(|| {
            refused(
                "account",
                "there is no such account; GET /_mock/accounts lists them".to_owned(),
            )
        })?;
        let door = match scenario.door {
            Some(door) => self
                .doors
                .open(self, door.kind)
                .map_err(|error| refused("door", error))?,
            None => String::new(),
        };
        let rules = scenario.rules.iter().map(|rule| {
            let mut rule = rule.clone();
            rule.when.account = account.map(str::to_owned);
            rule
        });
        let now = self.common.clock.now();
        self.faults
            .set_scenario(Some((scenario.name, rules.collect())), now)?;
        let speaks_tls = scenario.door.is_some_and(|door| door.kind.is_https())
            || self.urls.base_url.starts_with("https");
        let authority = speaks_tls.then(|| self.doors.authority());
        Ok(Played {
            name: scenario.name,
            diagnosis: scenario.diagnosis.as_str(),
            form: self.form(scenario, &of, &door),
            ca_pem: authority
                .and_then(Result::ok)
                .map(super::tls::Authority::pem),
        })
    }

    /// Opens the listener that the scenario that is on needs. Gives the certificate of the authority where it speaks
    /// TLS, in PEM.
    pub(super) fn open_door(self: &Arc<Self>) -> Result<Option<String>, String> {
        let on = self.faults.scenario().and_then(Scenario::find);
        let Some(door) = on.and_then(|scenario| scenario.door) else {
            return Ok(None);
        };
        self.doors.open(self, door.kind)?;
        match door.kind.is_https() {
            true => Ok(Some(self.doors.authority()?.pem())),
            false => Ok(None),
        }
    }

    fn form(&self, scenario: &Scenario, account: &Account, door: &str) -> ConnectionForm {
        let credentials = account.credentials();
        scenario.connection(&Placeholders {
            base: &self.urls.base_url,
            door,
            account_id: &credentials.account_id,
            client_id: &credentials.client_id,
            client_secret: &credentials.client_secret,
        })
    }

    /// Turns the scenario off.
    pub(crate) fn stop_playing(&self) {
        // Without a scenario there is nothing to refuse.
        let _ = self.faults.set_scenario(None, self.common.clock.now());
        self.doors.close();
    }
}
