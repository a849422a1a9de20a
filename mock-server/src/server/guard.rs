//! Faults and scenarios of a test, lifted when their guard is dropped.

use super::{MockServer, Played, ScopedAccount, StartError};
use crate::fault::{FaultRule, InvalidRule, RunReport};
use crate::report_card::ReportCard;
use crate::scenario::DoorKind;

/// A fault that is set until this is dropped. A fault that nothing has met tests nothing: then the drop panics,
/// unless the test has failed already or [`FaultGuard::may_go_unmet`] was said.
#[derive(Debug)]
pub struct FaultGuard<'a> {
    server: &'a MockServer,
    id: String,
    may_go_unmet: bool,
}

impl FaultGuard<'_> {
    /// How often the fault has fired.
    #[must_use]
    pub fn fired(&self) -> u64 {
        let now = self.server.now();
        let held = self.server.zoom.faults.get(&self.id, now);
        held.map_or(0, |held| held.fired)
    }

    /// The fault, of which it is no mistake that nothing meets it.
    #[must_use]
    pub fn may_go_unmet(mut self) -> Self {
        self.may_go_unmet = true;
        self
    }
}

impl Drop for FaultGuard<'_> {
    #[expect(clippy::panic, reason = "a guard has no other way to fail its test")]
    fn drop(&mut self) {
        let lifted = self.server.zoom.faults.remove(&self.id);
        let unmet = lifted.is_some_and(|held| held.fired == 0);
        if unmet && !self.may_go_unmet && !std::thread::panicking() {
            panic!("the fault `{}` was set and nothing met it", self.id);
        }
    }
}

/// A scenario that is on until this is dropped.
#[derive(Debug)]
pub struct ScenarioGuard<'a> {
    server: &'a MockServer,
    played: Played,
}

impl std::ops::Deref for ScenarioGuard<'_> {
    type Target = Played;

    fn deref(&self) -> &Played {
        &self.played
    }
}

impl Drop for ScenarioGuard<'_> {
    fn drop(&mut self) {
        self.server.zoom.stop_playing();
    }
}

impl MockServer {
    /// Sets a fault that stays, for every account of the server.
    ///
    /// # Errors
    ///
    /// When the rule cannot be, or there are too many.
    pub fn set_fault(&self, rule: FaultRule) -> Result<(), InvalidRule> {
        rule.check()?;
        self.zoom.faults.set(rule, self.now())
    }

    /// Turns a scenario on that stays; see [`MockServer::play`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn set_scenario(
        &self,
        scenario: &str,
        account: Option<&str>,
    ) -> Result<Played, InvalidRule> {
        self.zoom.play(scenario, account)
    }

    /// Sets a fault for every account of the server, in the place of one of the same id.
    ///
    /// # Errors
    ///
    /// When the rule cannot be, or there are too many.
    pub fn fault(&self, rule: FaultRule) -> Result<FaultGuard<'_>, InvalidRule> {
        let id = rule.id.clone();
        self.set_fault(rule)?;
        Ok(FaultGuard {
            server: self,
            id,
            may_go_unmet: false,
        })
    }

    /// Turns a scenario on, for the first account or for one of an id, in the place of the one that is on.
    ///
    /// # Errors
    ///
    /// When there is no such scenario or account, or its listener does not open.
    pub fn play(
        &self,
        scenario: &str,
        account: Option<&str>,
    ) -> Result<ScenarioGuard<'_>, InvalidRule> {
        Ok(ScenarioGuard {
            server: self,
            played: self.set_scenario(scenario, account)?,
        })
    }

    /// Opens a listener for what happens before a request arrives, and says where it is. It stays until a
    /// scenario is turned off, or the server ends.
    ///
    /// # Errors
    ///
    /// When the system gives no port, or a certificate cannot be made.
    pub fn open_door(&self, kind: DoorKind) -> Result<String, StartError> {
        let opened = self.zoom.doors.open(&self.zoom, kind);
        opened.map_err(StartError::Door)
    }

    /// The certificate that a client has to trust at the doors that speak TLS, in PEM.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn door_ca_pem(&self) -> Result<String, StartError> {
        self.zoom.doors.ca_pem().map_err(StartError::Certificates)
    }

    /// Starts a scripted run, and gives its id: `{"users.create": ["applied_then_lost", "ok"]}`. Requests belong
    /// to it by the header `x-zoom-mock-run` or the path prefix `/r/{id}`.
    ///
    /// # Errors
    ///
    /// When an operation or a step cannot be.
    pub fn start_run(&self, steps: &serde_json::Value) -> Result<String, InvalidRule> {
        self.zoom.faults.start_run(steps)
    }

    /// How a run stands; `None` where there is none of the id.
    #[must_use]
    pub fn run(&self, id: &str) -> Option<RunReport> {
        self.zoom.faults.run(id)
    }

    /// How clients did in a run, by the exchanges that belong to it.
    #[must_use]
    pub fn run_report_card(&self, id: &str) -> ReportCard {
        self.zoom.run_report_card(id)
    }
}

impl ScopedAccount<'_> {
    /// Sets a fault for this account alone. Ids are the server's: use one of your own.
    ///
    /// # Errors
    ///
    /// As [`MockServer::fault`].
    pub fn fault(&self, mut rule: FaultRule) -> Result<FaultGuard<'_>, InvalidRule> {
        rule.when.account = Some(self.account.id().to_owned());
        self.server.fault(rule)
    }
}
