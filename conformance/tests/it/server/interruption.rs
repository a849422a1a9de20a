//! A run that is told to stop removes what it made.

#![cfg(unix)]

use std::process::{Command, Stdio};
use std::time::Duration;

use conformance::cli::EXIT_UNCOVERED;
use mock_server::{Effect, ExchangeQuery, FaultRule, Operation};

use super::super::cli::{assert_code, text};
use super::{USERS, command, zoom};

/// The longest that is waited for something to be asked.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_run_that_is_interrupted_removes_what_it_made() {
    for signal in ["INT", "TERM"] {
        let (server, account) = zoom();
        // The first update hangs, so that the signal comes when users are made and nothing is over.
        let mut rule = FaultRule::new("hangs", Effect::NeverAnswer);
        rule.when.operation = Some("users.update".to_owned());
        rule.when.account = Some(account.id().to_owned());
        server.set_fault(rule).unwrap();
        let mut run = command(
            &server,
            &account,
            &["--allow-writes", "--timeout-ms", "100000"],
        );
        let child = run
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let update = ExchangeQuery::operation(Operation::UpdateUser);
        account.wait_for(&update, 1, LONG).unwrap();
        assert!(account.users().len() > USERS as usize);
        let pid = child.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &pid])
            .status();
        assert!(sent.unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_code(&output, EXIT_UNCOVERED);
        let shown = text(&output.stdout);
        assert!(shown.contains("stopped by a signal"), "{shown}");
        assert_eq!(account.users().len(), USERS as usize);
    }
}
