//! What `zoom-mock serve` says when it accepts.

use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::server::{MockServer, Played};

const HEADING: Style = Style::new().bold();
const VALUE: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().dimmed();

/// What a program needs to know of a server that has started.
#[derive(Serialize)]
struct Ready<'a> {
    base_url: &'a str,
    token_url: String,
    scim_url: String,
    control_url: String,
    account_id: &'a str,
    client_id: &'a str,
    client_secret: &'a str,
    /// Only where the control API asks for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    control_token: Option<&'a str>,
    /// The scenario that is on, and what to enter into the form to meet it.
    #[serde(skip_serializing_if = "Option::is_none")]
    scenario: Option<&'a Played>,
    /// Only where it was drawn at random.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
}

/// Says where the server is, and with which credentials: a line of JSON, or a page for a person. `seed` is the
/// one that was drawn at random.
pub(super) fn announce(
    server: &MockServer,
    json: bool,
    ca_file: Option<&str>,
    seed: Option<u64>,
    played: Option<&Played>,
) -> io::Result<()> {
    let credentials = server.default_account().credentials();
    let ready = Ready {
        base_url: server.base_url(),
        token_url: server.token_url(),
        scim_url: server.scim_url(),
        control_url: server.control_url(),
        account_id: &credentials.account_id,
        client_id: &credentials.client_id,
        client_secret: &credentials.client_secret,
        control_token: server.control_token(),
        seed,
        scenario: played,
    };
    let mut out = anstream::stdout();
    if json {
        writeln!(out, "{}", serde_json::to_string(&ready)?)?;
    } else {
        out.write_all(for_people(&ready, ca_file).as_bytes())?;
    }
    out.flush()
}

fn for_people(ready: &Ready<'_>, ca_file: Option<&str>) -> String {
    let line = |name: &str, value: &str| format!("  {name:16} {VALUE}{value}{VALUE:#}\n");
    let optional =
        |name: &str, value: Option<&str>| value.map(|value| line(name, value)).unwrap_or_default();
    let Ready {
        base_url,
        token_url,
        scim_url,
        control_url,
        account_id,
        client_id,
        client_secret,
        control_token,
        seed,
        scenario,
    } = ready;
    if let Some(played) = scenario {
        return in_a_scenario(base_url, control_url, ca_file, played);
    }
    let seed = seed.map(|seed| seed.to_string());
    let trust = ca_file
        .map(|file| format!(" --cacert {file}"))
        .unwrap_or_default();
    [
        format!("{HEADING}A Zoom for tests listens on {base_url}{HEADING:#}\n\n"),
        line("SCIM URL", scim_url),
        line("OAuth token URL", token_url),
        line("account id", account_id),
        line("client id", client_id),
        line("client secret", client_secret),
        line("control API", control_url),
        optional("control token", *control_token),
        optional("CA certificate", ca_file),
        optional("seed", seed.as_deref()),
        format!("\n{HEADING}Try it{HEADING:#}\n\n"),
        format!("  curl -s{trust} -u {client_id}:{client_secret} \\\n"),
        format!(
            "    -d grant_type=account_credentials -d account_id={account_id} \\\n    {token_url}\n"
        ),
        format!(
            "  curl -s{trust} -H \"Authorization: Bearer $TOKEN\" '{scim_url}/Users?count=100'\n\n"
        ),
        format!("{DIM}Ctrl-C stops it, and what it holds is gone.{DIM:#}\n"),
    ]
    .concat()
}

/// What is said where the server starts in a scenario: what to enter to meet it.
fn in_a_scenario(
    base_url: &str,
    control_url: &str,
    ca_file: Option<&str>,
    played: &Played,
) -> String {
    let line = |name: &str, value: &str| format!("  {name:16} {VALUE}{value}{VALUE:#}\n");
    let form = &played.form;
    let name = played.name;
    let ca_file = ca_file.map(|file| line("CA certificate", file));
    [
        format!(
            "{HEADING}A Zoom for tests listens on {base_url}, in the scenario {name}{HEADING:#}\n\n"
        ),
        "Enter into the form of the connection:\n\n".to_owned(),
        line("SCIM URL", &form.scim_url),
        line("OAuth token URL", &form.token_url),
        line("account id", &form.account_id),
        line("client id", &form.client_id),
        line("client secret", &form.client_secret),
        ca_file.unwrap_or_default(),
        format!(
            "\nA test of the connection should find: {VALUE}{}{VALUE:#}\n",
            played.diagnosis
        ),
        format!(
            "zoom-mock scenarios {name} tells what it is. The control API is {control_url}\n\n"
        ),
        format!("{DIM}Ctrl-C stops it, and what it holds is gone.{DIM:#}\n"),
    ]
    .concat()
}
