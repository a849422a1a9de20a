//! The program driver: `zoom-provisioner` as a user starts it, with files, exit codes and a state of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::{ConnectionSettings, Driver, DriverError, Start, Summary, SyncRequest, Synced, Tested};
use crate::configuration::RemoveAction;
use crate::scenario::{DirectoryUser, Policies, Rule, Source, Target};

/// How long one start of the program may take.
const DEADLINE: Duration = Duration::from_secs(60);
/// The variable that the program takes the client secret from.
const SECRET_VARIABLE: &str = "ZOOM_CLIENT_SECRET";
/// The program's exit codes: all well, some users failed, the connection is off.
const EXIT_OK: i32 = 0;
const EXIT_SOME_FAILED: i32 = 1;
const EXIT_NOT_USABLE: i32 = 5;

/// Drives the program; one process for each run.
pub struct Program {
    program: PathBuf,
    arguments: Vec<OsString>,
    /// The most that each step of a test of the connection may take, in seconds.
    test_limit_s: Option<u64>,
    stage: Option<Files>,
}

/// The files of one scenario.
struct Files {
    folder: TempDir,
    rules: Vec<String>,
    connection: ConnectionSettings,
    policies: Policies,
}

impl Program {
    /// Drives `program`, whose own arguments come after `arguments`.
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<OsString>) -> Self {
        Self {
            program,
            arguments,
            test_limit_s: None,
            stage: None,
        }
    }

    /// The same, and each step of a test of the connection takes no longer than this; the program knows whole
    /// seconds alone.
    #[must_use]
    pub fn with_limit_s(self, limit_s: u64) -> Self {
        Self {
            test_limit_s: Some(limit_s),
            ..self
        }
    }

    async fn start_test(&self) -> Result<Output, DriverError> {
        let limit = self
            .test_limit_s
            .map(|limit_s| vec!["--timeout-s".into(), limit_s.to_string().into()]);
        self.start_program("test-connection", &limit.unwrap_or_default())
            .await
    }

    fn files(&mut self) -> Result<&mut Files, DriverError> {
        let missing = || DriverError::NotRun("no scenario was started".to_owned());
        self.stage.as_mut().ok_or_else(missing)
    }

    /// Starts the program with a command and its options.
    async fn start_program(
        &self,
        command: &str,
        options: &[OsString],
    ) -> Result<Output, DriverError> {
        let files = self
            .stage
            .as_ref()
            .ok_or_else(|| DriverError::NotRun("no scenario".to_owned()))?;
        let started = Command::new(&self.program)
            .args(&self.arguments)
            .arg(command)
            .args(["--json", "--connection"])
            .arg(files.path("connection.toml"))
            .arg("--state")
            .arg(files.path("state.db"))
            .args(options)
            .env(SECRET_VARIABLE, &files.connection.client_secret)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        match tokio::time::timeout(DEADLINE, started).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(error)) => Err(DriverError::NotRun(format!(
                "{}: {error}",
                self.program.display()
            ))),
            Err(_) => Err(DriverError::NotRun(format!(
                "{command} took more than {} s",
                DEADLINE.as_secs()
            ))),
        }
    }

    /// Runs `sync` or `delete-rule`, and holds the exit code to what was reported.
    async fn judge(&mut self, command: &str, options: &[OsString]) -> Result<Synced, DriverError> {
        let output = self.start_program(command, options).await?;
        let enabled = self.files()?.connection.enabled;
        let code = output.status.code();
        if !enabled {
            return if code == Some(EXIT_NOT_USABLE) {
                Ok(Synced::default())
            } else {
                Err(told(command, &output, "exit code 5: the connection is off"))
            };
        }
        if code != Some(EXIT_OK) && code != Some(EXIT_SOME_FAILED) {
            return Err(told(command, &output, "exit code 0 or 1"));
        }
        let result: Value = serde_json::from_slice(&output.stdout)
            .map_err(|_| told(command, &output, "one JSON object on stdout"))?;
        let summary: Summary = result
            .get("summary")
            .cloned()
            .and_then(|summary| serde_json::from_value(summary).ok())
            .ok_or_else(|| told(command, &output, "a summary"))?;
        let expected = if summary.failed > 0 {
            EXIT_SOME_FAILED
        } else {
            EXIT_OK
        };
        if command == "sync" && code != Some(expected) {
            return Err(told(
                command,
                &output,
                &format!("exit code {expected}: {} failed", summary.failed),
            ));
        }
        Ok(Synced {
            summary: Some(summary),
            exit_code: code.filter(|_| command == "sync"),
            output: format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
            ..Synced::default()
        })
    }
}

#[async_trait]
impl Driver for Program {
    async fn start(&mut self, start: Start) -> Result<(), DriverError> {
        let folder = tempfile::Builder::new()
            .prefix("zoom-conformance-")
            .tempdir()
            .map_err(|error| {
                DriverError::NotRun(format!("no folder for the scenario's files: {error}"))
            })?;
        let files = Files {
            folder,
            rules: start.rules.iter().map(|rule| rule.id.clone()).collect(),
            connection: start.connection,
            policies: start.policies,
        };
        files.write_connection()?;
        for rule in &start.rules {
            files.write(&format!("{}.toml", rule.id), &rule_file(rule))?;
        }
        self.stage = Some(files);
        if start.only_test {
            return Ok(());
        }
        // A connection can be used once its test has passed, and not before.
        let tested = self.start_test().await?;
        if tested.status.success() {
            Ok(())
        } else {
            Err(told("test-connection", &tested, "exit code 0"))
        }
    }

    async fn configure(&mut self, connection: ConnectionSettings) -> Result<(), DriverError> {
        let files = self.files()?;
        files.connection = connection;
        files.write_connection()
    }

    async fn sync(&mut self, request: SyncRequest) -> Result<Synced, DriverError> {
        if !request.complete {
            // Its files are whole ones.
            return Err(DriverError::Unsupported("incomplete_directory"));
        }
        let files = self.files()?;
        let users: Vec<Value> = request.users.iter().map(directory_record).collect();
        files.write("directory.json", &Value::Array(users).to_string())?;
        let mut options: Vec<OsString> =
            vec!["--directory".into(), files.path("directory.json").into()];
        for rule in &files.rules {
            options.extend(["--rule".into(), files.path(&format!("{rule}.toml")).into()]);
        }
        options.extend(request.full.then(|| "--full".into()));
        options.extend(request.deep.then(|| "--deep".into()));
        if let Some(removals) = request.removals_allowed {
            options.extend(["--allow-removals".into(), removals.to_string().into()]);
        }
        self.judge("sync", &options).await
    }

    async fn delete_rule(&mut self, rule: &str) -> Result<Synced, DriverError> {
        let files = self.files()?;
        files.rules.retain(|alive| alive != rule);
        let path = files.path(&format!("{rule}.toml"));
        self.judge("delete-rule", &["--rule".into(), path.into()])
            .await
    }

    async fn test_connection(&mut self) -> Result<Tested, DriverError> {
        let output = self.start_test().await?;
        let not_said = || told("test-connection", &output, "one JSON object on stdout");
        let report: Value = serde_json::from_slice(&output.stdout).map_err(|_| not_said())?;
        let ok = report.get("ok").and_then(Value::as_bool);
        let words = |key: &str| report.pointer(&format!("/diagnosis/{key}"))?.as_str();
        let diagnosis = words("what").zip(words("evidence"));
        Ok(Tested {
            ok: ok.ok_or_else(not_said)?,
            diagnosis: diagnosis.map(|(what, evidence)| format!("{what} {evidence}")),
            exit_code: output.status.code(),
            output: format!(
                "{}\n{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
            report: Some(report),
        })
    }
}

impl Files {
    fn write_connection(&self) -> Result<(), DriverError> {
        let policies = policy_table(self.policies);
        let content = format!("{}{policies}", connection_file(&self.connection));
        self.write("connection.toml", &content)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), DriverError> {
        let path = self.path(name);
        write(&path, text)
    }
}

fn write(path: &Path, text: &str) -> Result<(), DriverError> {
    std::fs::write(path, text)
        .map_err(|error| DriverError::NotRun(format!("{}: {error}", path.display())))
}

/// What the program did, instead of what it had to.
fn told(command: &str, output: &Output, expected: &str) -> DriverError {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let code = output
        .status
        .code()
        .map_or("a signal".to_owned(), |code| format!("exit code {code}"));
    DriverError::Answered(format!(
        "zoom-provisioner {command} ended with {code} instead of {expected}: {}",
        stderr.trim()
    ))
}

/// Text as a TOML string: TOML's basic strings escape as JSON's do.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The policies as a table: booleans and words are written alike in JSON and TOML.
fn policy_table(policies: Policies) -> String {
    let mut table = "[policies]\n".to_owned();
    if let Ok(Value::Object(map)) = serde_json::to_value(policies) {
        for (name, value) in map {
            table.push_str(&format!("{name} = {value}\n"));
        }
    }
    table
}

fn connection_file(settings: &ConnectionSettings) -> String {
    let flags = settings.configuration;
    let action = match flags.remove_action {
        RemoveAction::Disable => "disable",
        RemoveAction::Delete => "delete",
    };
    let ca_file = settings.ca_file.as_ref().map(|file| {
        let file = quoted(&file.to_string_lossy());
        format!("ca_file = {file}\n")
    });
    format!(
        "scim_url = {}\noauth_token_url = {}\noauth_account_id = {}\noauth_client_id = {}\n\
         create_users = {}\nupdate_users = {}\ndisable_users = {}\ndeprovision_users = {}\n\
         remove_action = \"{action}\"\ndeprovision_on_rule_deletion = {}\nenabled = {}\n{}",
        quoted(&settings.scim_url),
        quoted(&settings.token_url),
        quoted(&settings.account_id),
        quoted(&settings.client_id),
        flags.create,
        flags.update,
        flags.disable,
        flags.deprovision,
        flags.deprovision_on_rule_deletion,
        settings.enabled,
        ca_file.unwrap_or_default(),
    )
}

/// A rule whose filter asks for membership in a group of the rule's own name.
fn rule_file(rule: &Rule) -> String {
    let filter = group_filter(&rule.id);
    let mut text = format!(
        "id = {}\nfilter = {}\n\n[mapping]\n",
        quoted(&rule.id),
        quoted(&filter)
    );
    for mapped in &rule.mapping {
        let target = target_name(mapped.target);
        text.push_str(&format!(
            "{} = {}\n",
            quoted(target),
            quoted(source_key(mapped.source))
        ));
    }
    text
}

/// The filter that matches the members of a group.
pub(super) fn group_filter(group: &str) -> String {
    format!("groups eq {}", quoted(group))
}

/// A user as the directory file has them; the scope is told by groups.
fn directory_record(user: &DirectoryUser) -> Value {
    let mut record = match serde_json::to_value(user) {
        Ok(Value::Object(record)) => record,
        Ok(_) | Err(_) => Map::new(),
    };
    record.remove("in_scope_of");
    record.insert("groups".to_owned(), json!(user.in_scope_of));
    Value::Object(record)
}

/// The key of a source in a directory record.
pub(super) fn source_key(source: Source) -> &'static str {
    match source {
        Source::Username => "username",
        Source::Email => "email",
        Source::GivenName => "given_name",
        Source::FamilyName => "family_name",
        Source::Phone => "phone",
        Source::Enabled => "enabled",
        Source::UserType => "user_type",
        Source::Roles => "roles",
        Source::Title => "title",
        Source::Department => "department",
        Source::Organization => "organization",
        Source::Locale => "locale",
    }
}

/// The name of a target in PingOne.
pub(super) fn target_name(target: Target) -> &'static str {
    match target {
        Target::Username => "Username",
        Target::Email => "Email",
        Target::GivenName => "Given Name",
        Target::FamilyName => "Family Name",
        Target::Phone => "Phone",
        Target::Active => "Active",
        Target::UserType => "User Type",
        Target::Roles => "Roles",
        Target::Title => "Title",
        Target::Department => "Department",
        Target::Organization => "Organization",
        Target::Locale => "Locale",
    }
}
