//! The commands of `zoom-mock` against a running server.

use std::process::Command;

use serde_json::{Value, json};

use super::program::{Serving, zoom_mock};

/// A command against a server: exit code, stdout, stderr.
fn run(serving: &Serving, arguments: &[&str]) -> (Option<i32>, String, String) {
    output(zoom_mock(arguments).env("ZOOM_MOCK_URL", serving.text("base_url")))
}

fn output(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[track_caller]
fn ok(serving: &Serving, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = run(serving, arguments);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{arguments:?}");
    stdout
}

#[track_caller]
fn ok_json(serving: &Serving, arguments: &[&str]) -> Value {
    serde_json::from_str(&ok(serving, &[arguments, &["--json"]].concat())).unwrap()
}

#[track_caller]
fn refused(serving: &Serving, arguments: &[&str], code: i32, says: &str) {
    let (seen, stdout, stderr) = run(serving, arguments);
    assert_eq!(
        (seen, stdout.as_str()),
        (Some(code), ""),
        "{arguments:?}: {stderr}"
    );
    assert!(stderr.contains(says), "{arguments:?}: {stderr}");
}

/// Holds: app-steps, app-activation-refused, app-stays-complete, app-inactive-token
#[tokio::test]
async fn an_app_is_made_in_the_steps_of_zooms_own_pages() {
    let serving = Serving::start();
    let app = ok_json(&serving, &["app", "create", "My app"]);
    let client = app["client_id"].as_str().unwrap();
    assert_eq!(
        (&app["active"], &app["scopes"]),
        (&json!(false), &json!([]))
    );
    refused(
        &serving,
        &["app", "activate", client],
        1,
        "short_description, company_name, developer_name, developer_email, scopes missing",
    );
    let describe = [
        "app",
        "describe",
        client,
        "--short-description",
        "Provisions",
        "--company-name",
        "Example",
        "--developer-name",
        "Dana",
        "--developer-email",
        "dana@example.com",
    ];
    ok(&serving, &describe);
    refused(
        &serving,
        &["app", "activate", client],
        1,
        "activated: scopes missing",
    );
    refused(
        &serving,
        &["app", "scopes", client, "scim2", "user:read:user:admin"],
        1,
        "mixes classic and granular",
    );
    ok(
        &serving,
        &["app", "scopes", client, "scim2", "user:read:admin"],
    );

    let token = async |secret: &str| {
        let form = [
            ("grant_type", "account_credentials"),
            ("account_id", serving.text("account_id")),
        ];
        let request = super::client::http()
            .post(serving.text("token_url"))
            .basic_auth(client, Some(secret));
        request.form(&form).send().await.unwrap().status()
    };
    let secret = app["client_secret"].as_str().unwrap();
    assert_eq!(token(secret).await, 400, "not active yet");
    assert_eq!(
        ok_json(&serving, &["app", "activate", client])["active"],
        true
    );
    assert_eq!(token(secret).await, 200);
    refused(
        &serving,
        &["app", "describe", client, "--company-name", ""],
        1,
        "an active app needs company_name; deactivate it first",
    );
    let rotated = ok_json(&serving, &["app", "rotate-secret", client]);
    assert_eq!(token(secret).await, 400);
    let secret = rotated["client_secret"].as_str().unwrap();
    assert_eq!(token(secret).await, 200);
    ok(&serving, &["app", "deactivate", client]);
    assert_eq!(token(secret).await, 400);

    let listed = ok(&serving, &["app", "list"]);
    assert!(
        listed
            .lines()
            .any(|line| line == format!("{client}  false   My app")),
        "{listed}"
    );
    ok(&serving, &["app", "delete", client]);
    refused(&serving, &["app", "show", client], 1, "there is no app");
}

#[test]
fn an_accounts_settings_are_changed_by_name() {
    let serving = Serving::start();
    let arguments = [
        "account",
        "set",
        "plan=pro",
        "seats.licensed=5",
        "associated_domains=example.com,example.org",
    ];
    let settings = ok_json(&serving, &arguments);
    assert_eq!(settings["plan"], "pro");
    assert_eq!(settings["seats"]["licensed"], 5);
    assert_eq!(
        settings["associated_domains"],
        json!(["example.com", "example.org"])
    );
    assert_eq!(
        ok_json(&serving, &["account", "set", "seats.licensed=null"])["seats"]["licensed"],
        json!(null)
    );
    refused(&serving, &["account", "set", "plan"], 2, "write KEY=VALUE");
    refused(
        &serving,
        &["account", "set", "plan=gold"],
        1,
        "expected one of `free`",
    );
    refused(
        &serving,
        &["account", "set", "choices.medium=x"],
        1,
        "unknown field `medium`",
    );

    let made = ok_json(
        &serving,
        &[
            "account",
            "create",
            "--account-id",
            "acme",
            "--scopes",
            "scim2",
            "--set",
            "sso=false",
        ],
    );
    assert_eq!(
        (&made["account_id"], &made["scopes"]),
        (&json!("acme"), &json!(["scim2"]))
    );
    refused(
        &serving,
        &["account", "create", "--account-id", "acme"],
        1,
        "is taken",
    );
    refused(&serving, &["account", "show"], 2, "--account ID");
    let shown = ok(&serving, &["account", "show", "--account", "acme"]);
    assert!(
        shown
            .lines()
            .any(|line| line.starts_with("settings.sso ") && line.ends_with(" false")),
        "{shown}"
    );
    let report = ok(&serving, &["account", "scopes", "--account", "acme"]);
    assert!(
        report.contains("unneeded so far: the app can do without\n  scim2\n"),
        "{report}"
    );
    ok(&serving, &["account", "reset", "--account", "acme"]);
    ok(&serving, &["account", "delete", "acme"]);
    assert!(!ok(&serving, &["account", "list"]).contains("acme"));
    refused(
        &serving,
        &["account", "show", "--account", "a/b"],
        1,
        "there is no account `a/b`",
    );
}

#[test]
fn health_is_told_by_the_exit_code() {
    let serving = Serving::start();
    assert_eq!(ok_json(&serving, &["healthcheck"])["status"], "ok");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let (code, _, stderr) =
        output(zoom_mock(&["healthcheck", "--url", &url]).env_remove("ZOOM_MOCK_URL"));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("start one with zoom-mock serve"),
        "{stderr}"
    );
    refused(
        &serving,
        &["healthcheck", "--url", "not a url"],
        2,
        "is no URL",
    );
    refused(
        &serving,
        &["healthcheck", "--ca-file", "/no/such.pem"],
        2,
        "/no/such.pem",
    );
}

#[test]
fn a_control_token_and_a_certificate_reach_a_guarded_server() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let ca = ca.to_str().unwrap();
    let serving = Serving::with(&["--tls", "--ca-file", ca, "--control-token", "chosen"]);
    assert!(serving.text("base_url").starts_with("https://"));
    refused(&serving, &["account", "list"], 1, "with --ca-file FILE");
    refused(
        &serving,
        &["account", "list", "--ca-file", ca],
        1,
        "zoom-mock serve prints it",
    );
    let (code, stdout, stderr) = output(
        zoom_mock(&["account", "list", "--ca-file", ca])
            .env("ZOOM_MOCK_URL", serving.text("base_url"))
            .env("ZOOM_MOCK_CONTROL_TOKEN", "chosen"),
    );
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains(serving.text("account_id")), "{stdout}");
}

#[test]
fn the_choices_are_explained() {
    let output = zoom_mock(&["choices"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("media_type: The media type of SCIM answers.\n  json (default): "),
        "{text}"
    );
    let json = zoom_mock(&["choices", "--json"]).output().unwrap();
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json[0]["values"][1]["name"], "scim+json");
}
