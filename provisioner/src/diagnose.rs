//! Testing a connection: step by step, up to the first that fails, and what to do about it. Nothing is
//! written to Zoom.

use serde::Serialize;

use crate::engine::Provisioner;
use crate::zoom::{ErrorKind, ZoomError};

/// What a test found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Whether the connection can be used.
    pub ok: bool,
    /// The steps that were taken.
    pub steps: Vec<Step>,
    /// Why not, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Problem>,
}

/// One step of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// `token` or `users`.
    pub name: &'static str,
    /// Whether it went well.
    pub ok: bool,
    /// What was seen.
    pub detail: String,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A name that does not change, for programs.
    pub code: &'static str,
    /// One sentence on what is wrong.
    pub what: &'static str,
    /// One sentence on what to do.
    pub remedy: &'static str,
    /// What was seen, with Zoom's own words.
    pub evidence: String,
}

impl Provisioner {
    /// Tests the connection: a token, and the first page of users with it, which needs the scope. A connection
    /// that is off is tested all the same.
    pub async fn test_connection(&self) -> Diagnosis {
        let reader = self.reader();
        let mut steps = Vec::new();
        if let Err(error) = reader.token().await {
            return failed(steps, "token", &error);
        }
        steps.push(Step {
            name: "token",
            ok: true,
            detail: format!("issued by {}", self.connection().token_url),
        });
        match reader.probe().await {
            Ok(total) => {
                let users = if total == 1 { "user" } else { "users" };
                steps.push(Step {
                    name: "users",
                    ok: true,
                    detail: format!("the account has {total} {users}"),
                });
                Diagnosis {
                    ok: true,
                    steps,
                    diagnosis: None,
                }
            }
            Err(error) => failed(steps, "users", &error),
        }
    }
}

fn failed(mut steps: Vec<Step>, name: &'static str, error: &ZoomError) -> Diagnosis {
    steps.push(Step {
        name,
        ok: false,
        detail: error.message.clone(),
    });
    let (code, what, remedy) = explain(name, error);
    let diagnosis = Some(Problem {
        code,
        what,
        remedy,
        evidence: error.message.clone(),
    });
    Diagnosis {
        ok: false,
        steps,
        diagnosis,
    }
}

/// Names an error, by what Zoom's own words are known to mean.
fn explain(step: &str, error: &ZoomError) -> (&'static str, &'static str, &'static str) {
    let says = |words: &str| error.message.contains(words);
    match (step, error.status) {
        (_, None) if error.kind == ErrorKind::Transient => (
            "unreachable",
            "Zoom cannot be reached.",
            "Check the host and port of the URL, the network, and that the server runs.",
        ),
        (_, None) if error.kind == ErrorKind::Unknown => (
            "no_answer",
            "The server was reached, but did not answer as HTTP asks.",
            "Check the URL; if it is right, try again in a minute.",
        ),
        ("token", Some(_)) if says("client_id or client_secret") => (
            "invalid_client",
            "Zoom does not know the client id, or the secret is not its.",
            "Copy client id and client secret from the app's page in Zoom; mind stray white space.",
        ),
        ("token", Some(_)) if says("unsupported grant type") => (
            "unsupported_grant",
            "The app is no server-to-server OAuth app.",
            "Create a Server-to-Server OAuth app in Zoom and use its credentials.",
        ),
        ("token", Some(_)) if says("Bad Request") => (
            "invalid_account",
            "The account id is not the one of the app.",
            "Copy the account id from the app's page in Zoom.",
        ),
        (_, Some(_)) if says("does not contain scopes") => (
            "missing_scope",
            "The app lacks the scope for SCIM.",
            "Add the scope scim2 (or scim2:admin) to the app in Zoom, and test again.",
        ),
        (_, Some(400)) if says("not enabled Single Sign-On") => (
            "sso_disabled",
            "The Zoom account has no single sign-on, without which it has no SCIM.",
            "Enable single sign-on for the Zoom account.",
        ),
        (_, Some(403)) => (
            "permission",
            "The owner of the app may not do this.",
            "Give the owner of the app a role with the User permissions.",
        ),
        (_, Some(401)) => (
            "token_refused",
            "Zoom issued a token and does not accept it.",
            "Check that SCIM URL and token URL belong to the same Zoom.",
        ),
        (_, Some(429)) => (
            "throttled",
            "Zoom has had too many requests.",
            "Wait a minute, and test again.",
        ),
        (_, Some(500..=599)) => (
            "zoom_down",
            "Zoom has an error of its own.",
            "Try again in a minute.",
        ),
        ("token", _) => (
            "not_a_token_endpoint",
            "The token URL does not answer as Zoom's token endpoint does.",
            "Use https://zoom.us/oauth/token.",
        ),
        _ => (
            "not_scim",
            "The SCIM URL does not answer as Zoom's SCIM2 does.",
            "Use https://api.zoom.us/scim2.",
        ),
    }
}
