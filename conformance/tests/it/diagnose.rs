//! Each failure that has a name: diagnosed by our own provisioner, and by others through the driver protocol.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use conformance::cli::{EXIT_NOT_RUN, EXIT_OK, EXIT_UNCOVERED, EXIT_USAGE, EXIT_VIOLATED};
use conformance::diagnose::{Examination, Examined, Fault, Measure, Outcome};
use conformance::driver::{
    Builtin, ConnectionSettings, Driver, DriverError, MakeDriver, Program, Start, SyncRequest,
    Synced, Tested,
};
use mock_server::{DiagnosisCode, Expectation, Group, Scenario};
use serde_json::{Value, json};

use super::cli::{assert_code, conformance, text};
use super::fixtures::root;
use super::foreign::{Foreign, python_or_skip};
use super::programs::built;

/// Long, since tests of the whole workspace may run beside this one.
const LIMIT: Duration = Duration::from_secs(5);
/// What all scenarios may take together, in seconds: that much is promised of one start of the program.
const PROMISED_S: f64 = 60.0;

fn examine(measure: Measure, scenarios: Vec<Scenario>, make: &Arc<MakeDriver>) -> Vec<Examined> {
    let examination = Examination {
        jobs: 8,
        seed: 0,
        measure,
    };
    examination.run(scenarios, make, &mut || {}).unwrap()
}

fn library() -> Arc<MakeDriver> {
    Arc::new(|| Ok(Box::new(Builtin::with_limit(LIMIT)?) as Box<dyn Driver>))
}

const CODE: Measure = Measure::Code { limit: LIMIT };

fn scenario(name: &str) -> Scenario {
    Scenario::find(name).unwrap().clone()
}

fn wrong(examined: &[Examined]) -> Vec<(&str, &Outcome)> {
    examined
        .iter()
        .filter(|one| !one.holds())
        .map(|one| (one.scenario.name, &one.outcome))
        .collect()
}

#[test]
fn every_scenario_is_diagnosed_as_expected() {
    let scenarios = Scenario::all().to_vec();
    assert!(scenarios.len() >= 40, "{}", scenarios.len());
    let names: Vec<&str> = scenarios.iter().map(|one| one.name).collect();
    let examined = examine(CODE, scenarios, &library());
    assert!(wrong(&examined).is_empty(), "{:#?}", wrong(&examined));
    let order: Vec<&str> = examined.iter().map(|one| one.scenario.name).collect();
    assert_eq!(order, names, "in the order of the scenarios");
}

#[test]
fn a_wrong_expectation_is_noticed() {
    let mut wrongly = scenario("wrong-secret");
    wrongly.diagnosis = DiagnosisCode::parse("tls_expired").unwrap();
    let examined = examine(CODE, vec![wrongly, scenario("wrong-account")], &library());
    let Outcome::Tested {
        faults, exchanges, ..
    } = &examined[0].outcome
    else {
        panic!("{examined:?}");
    };
    let seen = Fault::Seen {
        expected: "tls_expired",
        seen: "invalid_client".to_owned(),
    };
    assert_eq!(faults, &[seen]);
    assert!(exchanges[0].contains("token.issue"), "{exchanges:?}");
    assert!(examined[1].holds());
}

#[test]
fn the_program_ends_with_the_exit_code_of_the_family() {
    let program = built("provisioner", "zoom-provisioner");
    let make: Arc<MakeDriver> = Arc::new(move || {
        let program = Program::new(program.clone(), Vec::new()).with_limit_s(LIMIT.as_secs());
        Ok(Box::new(program) as Box<dyn Driver>)
    });
    let examined = examine(CODE, Scenario::all().to_vec(), &make);
    assert!(wrong(&examined).is_empty(), "{:#?}", wrong(&examined));
    let exit_codes: BTreeSet<u8> = examined
        .iter()
        .map(|one| one.scenario.diagnosis.family().exit_code())
        .collect();
    let all: Vec<u8> = std::iter::once(0).chain(10..=17).collect();
    assert_eq!(Vec::from_iter(exit_codes), all);
}

#[test]
fn who_lacked_time_is_tested_again_with_more_and_nobody_else() {
    let hurried: Arc<MakeDriver> =
        Arc::new(|| Ok(Box::new(Builtin::with_limit(Duration::ZERO)?) as Box<dyn Driver>));
    let mut wrongly = scenario("url-without-tls");
    wrongly.diagnosis = DiagnosisCode::parse("redirected").unwrap();
    let scenarios = vec![scenario("wrong-secret"), wrongly];
    let mut examined = examine(CODE, scenarios, &hurried);
    assert_eq!(wrong(&examined).len(), 2);
    let examination = Examination {
        jobs: 8,
        seed: 0,
        measure: CODE,
    };
    examination.again(&mut examined, &library()).unwrap();
    let seen: Vec<(bool, bool)> = examined
        .iter()
        .map(|one| (one.again, one.holds()))
        .collect();
    assert_eq!(seen, [(true, true), (false, false)]);
}

/// A provisioner that is wrong in one way.
struct Wrong {
    way: Way,
    connection: Option<ConnectionSettings>,
}

#[derive(Clone, Copy)]
enum Way {
    AlwaysPasses,
    AlwaysFails,
    Writes,
    TellsTheSecret,
    TellsTheToken,
    Refuses,
    Unable,
}

fn wrong_driver(way: Way) -> Arc<MakeDriver> {
    Arc::new(move || {
        Ok(Box::new(Wrong {
            way,
            connection: None,
        }) as Box<dyn Driver>)
    })
}

#[async_trait]
impl Driver for Wrong {
    async fn start(&mut self, start: Start) -> Result<(), DriverError> {
        self.connection = Some(start.connection);
        Ok(())
    }

    async fn configure(&mut self, _connection: ConnectionSettings) -> Result<(), DriverError> {
        Ok(())
    }

    async fn sync(&mut self, _request: SyncRequest) -> Result<Synced, DriverError> {
        Ok(Synced::default())
    }

    async fn delete_rule(&mut self, _rule: &str) -> Result<Synced, DriverError> {
        Ok(Synced::default())
    }

    async fn test_connection(&mut self) -> Result<Tested, DriverError> {
        let settings = self.connection.clone().unwrap();
        let says = |ok, output: &str| {
            Ok(Tested {
                ok,
                diagnosis: Some(output.to_owned()),
                output: output.to_owned(),
                ..Tested::default()
            })
        };
        match self.way {
            Way::AlwaysPasses => says(true, "fine"),
            Way::AlwaysFails => says(false, "no"),
            Way::Refuses => Err(DriverError::Answered("not now".to_owned())),
            Way::Unable => Err(DriverError::Unsupported("test_connection")),
            Way::TellsTheSecret => says(true, &format!("with {}", settings.client_secret)),
            Way::TellsTheToken => says(true, &format!("with {}", token(&settings).await)),
            Way::Writes => {
                let user = json!({ "userName": "probe@example.com" });
                let written = http()
                    .post(format!("{}/Users", settings.scim_url))
                    .bearer_auth(token(&settings).await)
                    .json(&user)
                    .send();
                written.await.unwrap();
                says(true, "fine")
            }
        }
    }
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn token(settings: &ConnectionSettings) -> String {
    let form = [
        ("grant_type", "account_credentials"),
        ("account_id", settings.account_id.as_str()),
    ];
    let asked = http()
        .post(&settings.token_url)
        .basic_auth(&settings.client_id, Some(&settings.client_secret))
        .form(&form)
        .send();
    let answer: Value = asked.await.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

fn by_outcome(way: Way, scenarios: Vec<Scenario>) -> Vec<Examined> {
    examine(Measure::Outcome, scenarios, &wrong_driver(way))
}

#[test]
fn who_always_says_the_same_is_wrong_wherever_it_must_not() {
    for (way, must) in [
        (Way::AlwaysPasses, Expectation::Fails),
        (Way::AlwaysFails, Expectation::Passes),
        (Way::Refuses, Expectation::Passes),
    ] {
        let examined = by_outcome(way, Scenario::all().to_vec());
        let (caught, passed): (Vec<_>, Vec<_>) = examined.iter().partition(|one| !one.holds());
        assert!(caught.len() >= 5);
        assert!(
            caught
                .iter()
                .all(|one| one.scenario.test_connection == must)
        );
        assert!(
            passed
                .iter()
                .all(|one| one.scenario.test_connection != must)
        );
    }
}

#[test]
fn who_writes_is_caught() {
    let examined = by_outcome(Way::Writes, vec![scenario("page-cap")]);
    let Outcome::Tested { faults, .. } = &examined[0].outcome else {
        panic!("{examined:?}");
    };
    let wrote = Fault::Wrote(vec!["users.create POST /scim2/Users".to_owned()]);
    assert_eq!(faults, &[wrote]);
    // A write that fits no route is one too.
    let doubled = by_outcome(Way::Writes, vec![scenario("scim-url-doubled")]);
    let told = format!("{:?}", doubled[0].outcome);
    assert!(told.contains("no operation: POST"), "{told}");
}

#[test]
fn who_tells_a_secret_is_caught_and_it_is_told_no_further() {
    for (way, name) in [
        (Way::TellsTheSecret, "the client secret"),
        (Way::TellsTheToken, "an access token"),
    ] {
        let examined = by_outcome(way, vec![scenario("page-cap")]);
        let Outcome::Tested {
            faults, diagnosis, ..
        } = &examined[0].outcome
        else {
            panic!("{examined:?}");
        };
        assert_eq!(faults, &[Fault::Leaked(vec![name])]);
        let told = diagnosis.as_deref().unwrap();
        assert!(told.starts_with("[withheld"), "{told}");
    }
}

#[test]
fn who_cannot_test_is_skipped() {
    let examined = by_outcome(Way::Unable, vec![scenario("page-cap")]);
    assert!(matches!(examined[0].outcome, Outcome::Skipped(_)));
    assert!(!examined[0].holds());
}

fn diagnose(folder: &Path, arguments: &[&str]) -> Output {
    let all: Vec<&str> = std::iter::once("diagnose")
        .chain(arguments.iter().copied())
        .collect();
    conformance(folder, &all)
}

#[test]
fn one_command_diagnoses_all_in_a_table_and_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let output = diagnose(folder.path(), &["--json", "result.json"]);
    assert_code(&output, EXIT_OK);
    let shown = text(&output.stdout);
    for group in Group::ALL {
        assert!(shown.contains(group.heading()), "{shown}");
    }
    assert!(!shown.contains('\u{1b}'), "no colour in a pipe: {shown}");
    for line in shown.lines() {
        assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
    }
    let last = shown.lines().last().unwrap();
    assert!(last.ends_with("all hold"), "{last}");

    let result = std::fs::read_to_string(folder.path().join("result.json")).unwrap();
    let result: Value = serde_json::from_str(&result).unwrap();
    let scenarios = result["scenarios"].as_array().unwrap();
    let names: Vec<&str> = scenarios
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    let expected: Vec<&str> = Scenario::all().iter().map(|one| one.name).collect();
    assert_eq!(names, expected);
    assert_eq!(result["held"], expected.len());
    for one in scenarios {
        assert_eq!(one["expected"], one["seen"], "{one}");
        assert_eq!(one["ok"], true, "{one}");
        assert!(one["elapsed_ms"].is_u64(), "{one}");
    }
    let seconds = result["seconds"].as_f64().unwrap();
    assert!(0.0 < seconds && seconds < PROMISED_S, "{seconds}");
}

#[test]
fn json_alone_goes_to_stdout_and_does_not_depend_on_the_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let run = |jobs: &str| {
        let output = diagnose(
            folder.path(),
            &["--only", "scim-url", "--jobs", jobs, "--json"],
        );
        assert_code(&output, EXIT_OK);
        let mut result: Value = serde_json::from_slice(&output.stdout).unwrap();
        result.as_object_mut().unwrap().remove("seconds");
        for one in result["scenarios"].as_array_mut().unwrap() {
            one.as_object_mut().unwrap().remove("elapsed_ms");
            // The ports differ.
            one.as_object_mut().unwrap().remove("diagnosis");
        }
        result
    };
    assert_eq!(run("1"), run("5"));
}

#[test]
fn what_cannot_be_diagnosed_is_a_usage_error_that_says_where_to_look() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, says) in [
        (&["--only", "no-such-scenario"][..], "`zoom-mock scenarios`"),
        (&["--only", "wrong-secert"], "did you mean `wrong-secret`"),
        (&["--jobs", "0"], "from 1 to 256"),
        (&["--timeout-ms", "1"], "100"),
        (&["--through", "magic"], "library, program"),
        (&["--driver", "python3 'x"], "quotation mark"),
        (&["--driver", "x", "--through", "program"], "cannot be used"),
    ] {
        let output = diagnose(folder.path(), arguments);
        assert_code(&output, EXIT_USAGE);
        let stderr = text(&output.stderr);
        assert!(stderr.contains(says), "{says} is not in {stderr}");
    }
    let help = text(&diagnose(folder.path(), &["--help"]).stdout);
    for words in ["Examples:", "Exit codes:", "--driver"] {
        assert!(help.contains(words), "{help}");
    }
}

fn through(folder: &Path, program: &str) -> Output {
    let way = ["--only", "wrong-secret", "--through", "program"];
    let all: Vec<&str> = way.into_iter().chain(["--program", program]).collect();
    diagnose(folder, &all)
}

#[test]
fn a_program_that_is_not_there_could_not_be_run() {
    let folder = tempfile::tempdir().unwrap();
    let output = through(folder.path(), "./no-such-program");
    assert_code(&output, EXIT_NOT_RUN);
    assert!(text(&output.stdout).contains("could not be run"));
}

#[cfg(unix)]
#[test]
fn a_wrong_exit_code_is_told_with_the_steps_and_the_evidence() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("always-0");
    let real = built("provisioner", "zoom-provisioner");
    let script = format!("#!/bin/sh\n'{}' \"$@\"\nexit 0\n", real.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = through(folder.path(), program.to_str().unwrap());
    assert_code(&output, EXIT_VIOLATED);
    let told = text(&output.stdout);
    for words in [
        "ends with exit code 0 instead of 12",
        "failed   token",
        "it says: Zoom does not know the client id",
        "token.issue POST /oauth/token -> 400",
        "1 wrong",
    ] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
}

#[test]
fn the_example_in_python_fails_and_passes_where_it_must() {
    let Some(python) = python_or_skip("the example adapter") else {
        return;
    };
    let adapter = root().join("conformance/adapters/provisioner.py");
    let command = format!("{python} '{}'", adapter.display());
    let folder = tempfile::tempdir().unwrap();
    let output = diagnose(folder.path(), &["--driver", &command, "--json"]);
    assert_code(&output, EXIT_OK);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let scenarios = result["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), Scenario::all().len());
    let of = |name: &str| scenarios.iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(of("tls-expired")["expected"], "fails");
    assert_eq!(of("tls-expired")["seen"], "fails");
    let said = of("wrong-secret")["diagnosis"].as_str().unwrap();
    assert_eq!(said, "token URL: HTTP 400 without a token");
    assert_eq!(of("page-cap")["seen"], "passes");

    let run = conformance(
        folder.path(),
        &["run", "--only", "C1U0D1P1R1X1", "--driver", &command],
    );
    assert_code(&run, EXIT_OK);
    assert!(text(&run.stdout).contains("72 of 72"));
}

/// Provisioners behind the driver protocol, the exit code that comes of each, and what is said of it.
fn foreigners() -> Vec<(Foreign, u8, &'static str)> {
    let says = Foreign::says;
    let fails = r#"{"type":"tested","ok":false,"diagnosis":"no"}"#;
    let error = r#"{"type":"error","message":"cannot"}"#;
    let tested = r#"{"type":"tested","ok":true}"#;
    let other_protocol = r#"{"type":"hello","protocol":2}"#;
    let not_able = r#"{"type":"hello","protocol":1}"#;
    let ends = "it ended with exit code 7 at `start`; its stderr: goodbye";
    let test = "test_connection";
    vec![
        (Foreign::good(), EXIT_OK, "all hold"),
        (Foreign::ends_at("start"), EXIT_NOT_RUN, ends),
        (says(test, "hello"), EXIT_NOT_RUN, "is not the protocol"),
        (Foreign::endless_at(test), EXIT_NOT_RUN, "exceeds 1048576"),
        (says("start", tested), EXIT_NOT_RUN, "`tested` to `start`"),
        (says("hello", other_protocol), EXIT_NOT_RUN, "version 2 of"),
        (says("hello", not_able), EXIT_UNCOVERED, "does not have"),
        (says(test, fails), EXIT_VIOLATED, "says fails where"),
        (says(test, error), EXIT_VIOLATED, "says error where"),
        (
            Foreign::tells_its_start_to_stderr(),
            EXIT_VIOLATED,
            "puts out the client secret",
        ),
    ]
}

fn diagnosed(foreign: &Foreign, python: &str, timeout_ms: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let command = foreign.command(python, folder.path());
    let arguments = [
        "--only",
        "page-cap",
        "--timeout-ms",
        timeout_ms,
        "--driver",
        &command,
    ];
    diagnose(folder.path(), &arguments)
}

#[test]
fn what_a_foreign_provisioner_does_wrong_is_said_of_it() {
    let Some(python) = python_or_skip("provisioners that misbehave") else {
        return;
    };
    for (foreign, code, says) in foreigners() {
        let output = diagnosed(&foreign, &python, "20000");
        assert_code(&output, code);
        let stdout = text(&output.stdout);
        assert!(stdout.contains(says), "{says} is not in {stdout}");
        assert!(!stdout.contains("OAUTH_CLIENT_SECRET"), "{stdout}");
    }
}

#[test]
fn a_silent_provisioner_is_a_verdict_and_never_a_hang() {
    let Some(python) = python_or_skip("provisioners that say nothing") else {
        return;
    };
    for (at, timeout_ms, says) in [
        ("hello", "500", "did not answer `hello` in 0.5 s"),
        // A machine that is busy starts Python slowly.
        ("test_connection", "4000", "`test_connection` in 4 s"),
    ] {
        let output = diagnosed(&Foreign::silent_at(at), &python, timeout_ms);
        assert_code(&output, EXIT_NOT_RUN);
        let stdout = text(&output.stdout);
        assert!(stdout.contains(says), "{says} is not in {stdout}");
    }
}

#[test]
fn a_command_that_is_not_there_could_not_be_run() {
    let folder = tempfile::tempdir().unwrap();
    let output = diagnose(folder.path(), &["--driver", "./no-such-provisioner"]);
    assert_code(&output, EXIT_NOT_RUN);
    let stdout = text(&output.stdout);
    assert!(stdout.contains("./no-such-provisioner: "), "{stdout}");
    assert!(stdout.contains("not tried"), "{stdout}");
    let output = conformance(folder.path(), &["run", "--driver", "./no-such-provisioner"]);
    assert_code(&output, EXIT_NOT_RUN);
}
