//! The messages of the driver protocol, one JSON object a line.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::configuration::RemoveAction;
use crate::driver::{ConnectionSettings, Start, Summary, SyncRequest};

/// The version of the protocol.
pub(crate) const PROTOCOL: u32 = 1;
/// How much of a provisioner's name is told, in characters.
const MAX_NAME: usize = 100;
/// The key of the one setting that is secret.
pub(super) const CLIENT_SECRET: &str = "OAUTH_CLIENT_SECRET";

/// What a provisioner answers; keys that are not known are not minded.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Answer {
    Hello(Hello),
    Ok,
    Synced {
        #[serde(skip_serializing_if = "Option::is_none")]
        summary: Option<Summary>,
    },
    Tested {
        ok: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        diagnosis: Option<String>,
    },
    Error {
        message: String,
    },
}

/// Who it is and what it can do.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Hello {
    pub(crate) protocol: u32,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) version: Option<String>,
    #[serde(default)]
    pub(crate) capabilities: Capabilities,
}

/// What a provisioner says that it can do; what is missing is skipped, visibly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Capabilities {
    /// It is told of rules that are deleted.
    pub rule_deletion: bool,
    /// It can be killed, and go on from its state.
    pub restart: bool,
    /// It tests connections.
    pub test_connection: bool,
    /// It minds that a directory was not read to its end.
    pub incomplete_directory: bool,
    /// It holds all removals of a run back where they are more than a limit.
    pub removal_limit: bool,
}

impl Hello {
    /// Its name and version, cut to what a report has room for.
    pub(super) fn told(&self) -> String {
        let name = self
            .name
            .as_deref()
            .unwrap_or("a provisioner without a name");
        let version = self.version.as_deref().unwrap_or_default();
        let told = format!("{name} {version}");
        told.trim().chars().take(MAX_NAME).collect()
    }
}

impl Answer {
    /// The name in the protocol.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Ok => "ok",
            Self::Synced { .. } => "synced",
            Self::Tested { .. } => "tested",
            Self::Error { .. } => "error",
        }
    }
}

/// The connection under the keys of PingOne's API, and `CA_FILE` where an authority has to be trusted.
pub(super) fn connection_keys(settings: &ConnectionSettings) -> Map<String, Value> {
    let flags = settings.configuration;
    let action = match flags.remove_action {
        RemoveAction::Disable => "Disable",
        RemoveAction::Delete => "Delete",
    };
    let status = if settings.enabled {
        "ACTIVE"
    } else {
        "INACTIVE"
    };
    let mut keys: Map<String, Value> = [
        ("SCIM_URL", Value::from(settings.scim_url.as_str())),
        ("OAUTH_TOKEN_URL", settings.token_url.as_str().into()),
        ("OAUTH_ACCOUNT_ID", settings.account_id.as_str().into()),
        ("OAUTH_CLIENT_ID", settings.client_id.as_str().into()),
        (CLIENT_SECRET, settings.client_secret.as_str().into()),
        ("CREATE_USERS", flags.create.into()),
        ("UPDATE_USERS", flags.update.into()),
        ("DISABLE_USERS", flags.disable.into()),
        ("DEPROVISION_USERS", flags.deprovision.into()),
        ("REMOVE_ACTION", action.into()),
        ("managed", flags.deprovision_on_rule_deletion.into()),
        ("status", status.into()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into_iter()
    .collect();
    if let Some(file) = &settings.ca_file {
        keys.insert("CA_FILE".to_owned(), file.to_string_lossy().into());
    }
    keys
}

pub(super) fn start_message(
    start: &Start,
    connection: &Map<String, Value>,
    state_dir: &Path,
) -> Value {
    json!({
        "type": "start",
        "scenario": start.scenario,
        "resume": start.resume,
        "state_dir": state_dir.to_string_lossy(),
        "connection": connection,
        "policies": start.policies,
        "rules": start.rules,
    })
}

pub(super) fn sync_message(request: &SyncRequest) -> Value {
    let mut message = json!({
        "type": "sync",
        "full": request.full,
        "deep": request.deep,
        "directory": { "complete": request.complete, "users": request.users },
        "changes": request.changes,
    });
    let allowed = request.removals_allowed;
    if let (Some(removals), Some(keys)) = (allowed, message.as_object_mut()) {
        keys.insert("removals_allowed".to_owned(), removals.into());
    }
    message
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::configuration::Configuration;
    use crate::driver::{ChangeKind, DirectoryChange};
    use crate::scenario::{DirectoryUser, Limits, Policies, Rule};

    fn settings() -> ConnectionSettings {
        ConnectionSettings {
            scim_url: "http://127.0.0.1:1/scim2".to_owned(),
            token_url: "http://127.0.0.1:1/oauth/token".to_owned(),
            account_id: "acc".to_owned(),
            client_id: "cid".to_owned(),
            client_secret: "sec".to_owned(),
            ca_file: None,
            configuration: "C1U0D1P1R1X0".parse().unwrap(),
            enabled: true,
        }
    }

    #[test]
    fn a_start_says_what_the_protocol_says() {
        let start = Start {
            scenario: "C1U0D1P1R1X0/disable/linked-equal".to_owned(),
            connection: settings(),
            policies: Policies::default(),
            limits: Limits::default(),
            rules: vec![Rule::with_default_mapping("r1")],
            only_test: false,
            resume: false,
            time: None,
        };
        let message = start_message(&start, &connection_keys(&settings()), Path::new("state"));
        assert_eq!(
            message["connection"],
            json!({
                "SCIM_URL": "http://127.0.0.1:1/scim2",
                "OAUTH_TOKEN_URL": "http://127.0.0.1:1/oauth/token",
                "OAUTH_ACCOUNT_ID": "acc", "OAUTH_CLIENT_ID": "cid", "OAUTH_CLIENT_SECRET": "sec",
                "CREATE_USERS": true, "UPDATE_USERS": false, "DISABLE_USERS": true,
                "DEPROVISION_USERS": true, "REMOVE_ACTION": "Delete", "managed": false,
                "status": "ACTIVE",
            })
        );
        assert_eq!(message["rules"][0]["id"], "r1");
        assert_eq!(
            message["rules"][0]["mapping"][0],
            json!({ "source": "username", "target": "Username" })
        );
        assert_eq!(message["resume"], false);
        let other = ConnectionSettings {
            ca_file: Some(PathBuf::from("ca.pem")),
            configuration: Configuration::PERMISSIVE,
            enabled: false,
            ..settings()
        };
        let keys = connection_keys(&other);
        assert_eq!(keys["CA_FILE"], "ca.pem");
        assert_eq!(keys["REMOVE_ACTION"], "Disable");
        assert_eq!(keys["status"], "INACTIVE");
    }

    #[test]
    fn a_sync_has_the_whole_directory_and_what_changed() {
        let ann = DirectoryUser {
            id: "u1".to_owned(),
            username: "ann@example.com".to_owned(),
            enabled: true,
            in_scope_of: vec!["r1".to_owned()],
            ..DirectoryUser::default()
        };
        let message = sync_message(&SyncRequest {
            full: true,
            deep: false,
            complete: true,
            removals_allowed: None,
            users: vec![ann],
            changes: vec![DirectoryChange {
                kind: ChangeKind::LeftScope,
                user: "u1".to_owned(),
            }],
        });
        assert_eq!(
            message["directory"],
            json!({ "complete": true, "users": [{
                "id": "u1", "username": "ann@example.com", "enabled": true, "in_scope_of": ["r1"],
            }] })
        );
        assert_eq!(
            message["changes"],
            json!([{ "kind": "left_scope", "user": "u1" }])
        );
    }

    #[test]
    fn unknown_keys_of_an_answer_are_not_minded() {
        for (line, name) in [
            (r#"{"type":"ok","more":1}"#, "ok"),
            (r#"{"type":"synced"}"#, "synced"),
            (r#"{"type":"tested","ok":true,"seconds":1}"#, "tested"),
            (r#"{"type":"error","message":"no"}"#, "error"),
            (r#"{"type":"hello","protocol":1,"name":"x"}"#, "hello"),
        ] {
            let answer: Answer = serde_json::from_str(line).unwrap();
            assert_eq!(answer.name(), name);
        }
        for line in ["", "ok", "{}", r#"{"type":"done"}"#, r#"{"type":"tested"}"#] {
            assert!(serde_json::from_str::<Answer>(line).is_err(), "{line}");
        }
    }
}
