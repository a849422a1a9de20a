//! The log: the run in each line, and nobody's secret or address.

use provisioner::cli::EXIT_OK;

use super::super::program::{Desk, SECRET, said};

#[tokio::test]
async fn a_log_names_the_run_and_each_request_and_nobody() {
    let desk = Desk::new().await;
    said(&desk.test().await, EXIT_OK);
    for level in ["info", "debug", "trace"] {
        let output = desk.sync(&["--full", "--quiet", "--log", level]).await;
        said(&output, EXIT_OK);
        assert_eq!(output.stdout, b"", "all is well, and it is to be quiet");
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(log.lines().count() >= 2, "{log}");
        assert!(log.lines().all(|line| line.contains(" run{id=")), "{log}");
        let is_told = log.contains("method=GET path=\"/scim2/Users\" status=200");
        assert_eq!(is_told, level != "info", "{log}");
        for secret in [SECRET, "example.com", "token1", "Bearer", "Basic"] {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
    }
    said(&desk.sync(&["--log", "loud"]).await, 2);
}
