//! The page of all scenarios: from what is seen to what to do.

use std::fmt::Write as _;

use super::{DiagnosisCode, Expectation, Family, Group, Scenario};

const INTRODUCTION: &str = "\
# Scenarios

For whoever holds a ticket that says *Test Connection Failed*, or a sync that does odd things: which failures there are,
how each looks from both ends, how to bring it about, what `zoom-provisioner test-connection` says of it, and what to do.

Generated from the files in `scenarios/`: `UPDATE_SCENARIOS=1 cargo test -p mock-server scenario_files`.

## How to use it

Find what is seen in the table below, start Zoom's stand-in with that failure, and test a connection against it:

```sh
zoom-mock scenarios                          # all of them
zoom-mock scenarios wrong-secret             # one, in full
zoom-mock serve --scenario wrong-secret      # serves, and says what to enter into the form
zoom-mock serve --scenario tls-expired --ca-file ca.pem   # the client has to trust ca.pem
zoom-provisioner test-connection --connection zoom.toml
```

Where the same is diagnosed for the real connection, the remedy is the same too. A provisioner that can be given nothing
but the five fields of the form meets a scenario by the client id, secret or account id `mock:NAME`, or for one user by an
address such as `ann+mock-NAME@example.com`, wherever the scenario below says so.

In what is entered, `{base}` is the stand-in's own URL, `{base_localhost}` the same under the name `localhost`, `{door}` a
listener that the scenario has of its own, and `{account_id}`, `{client_id}`, `{client_secret}` are the right values. What
is not named is right.

";

/// The page, in Markdown.
pub(super) fn render(scenarios: &[Scenario]) -> String {
    let mut page = INTRODUCTION.to_owned();
    by_symptom(&mut page, scenarios);
    by_diagnosis(&mut page, scenarios);
    for group in Group::ALL {
        let _ = writeln!(page, "\n## {}", group.heading());
        for scenario in scenarios.iter().filter(|one| one.group == group) {
            section(&mut page, scenario);
        }
    }
    page
}

fn by_symptom(page: &mut String, scenarios: &[Scenario]) {
    page.push_str(
        "## By what is seen\n\n| The administrator sees | Scenario | Diagnosis |\n|---|---|---|\n",
    );
    for scenario in scenarios {
        let seen = scenario.administrator_sees.replace('|', "\\|");
        let (link, code) = (link(scenario), scenario.diagnosis.as_str());
        let _ = writeln!(page, "| {seen} | {link} | `{code}` |");
    }
}

fn by_diagnosis(page: &mut String, scenarios: &[Scenario]) {
    page.push_str(
        "\n## By diagnosis\n\nThe exit code of `zoom-provisioner test-connection` is the family's. What passes exits \
         with 0.\n\n| Diagnosis | Family | Exit code | Scenarios |\n|---|---|---|---|\n",
    );
    for code in DiagnosisCode::all() {
        let links: Vec<String> = scenarios
            .iter()
            .filter(|scenario| scenario.diagnosis == code)
            .map(link)
            .collect();
        if links.is_empty() {
            continue;
        }
        let family = code.family();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            code.as_str(),
            family.as_str(),
            family.exit_code(),
            links.join(", ")
        );
    }
}

fn link(scenario: &Scenario) -> String {
    format!("[{0}](#{0})", scenario.name)
}

fn section(page: &mut String, scenario: &Scenario) {
    let name = scenario.name;
    let speaks_tls = scenario.door.is_some_and(|door| door.kind.is_https());
    let trust = if speaks_tls { " --ca-file ca.pem" } else { "" };
    let _ = write!(
        page,
        "\n### {name}\n\n**{}.** `zoom-mock serve --scenario {name}{trust}`\n\n",
        scenario.title
    );
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(page, "- *{label}*: {text}");
    };
    line("The administrator sees", &scenario.administrator_sees);
    line("The client sees", &scenario.client_sees);
    line("Cause", &scenario.cause);
    line("Remedy", &scenario.remedy);
    line("Diagnosis", &diagnosis(scenario));
    if let Some(entered) = entered(scenario) {
        line("Entered", &entered);
    }
    if let Some(door) = scenario.door {
        line("Listener of its own", &format!("`{}`", door.kind.as_str()));
    }
    line("By magic value", &magic(scenario));
}

fn diagnosis(scenario: &Scenario) -> String {
    let code = scenario.diagnosis;
    let says = match (code.as_str(), code.family()) {
        ("ok", _) => "`ok`".to_owned(),
        (code, Family::Passes) => format!("passes with the warning `{code}`"),
        (code, family) => format!("`{code}` (exit code {})", family.exit_code()),
    };
    match scenario.test_connection {
        Expectation::Fails => format!("{says}; a test of any provisioner fails"),
        Expectation::Passes => format!("{says}; a test of any provisioner passes"),
        Expectation::Either => format!("{says}; the tests of other provisioners may differ"),
    }
}

fn entered(scenario: &Scenario) -> Option<String> {
    let fields: Vec<String> = scenario
        .connection
        .fields()
        .map(|(field, template)| format!("{field} `{}`", template.as_str()))
        .collect();
    (!fields.is_empty()).then(|| fields.join(", "))
}

fn magic(scenario: &Scenario) -> String {
    match scenario.magic_rules() {
        [] => "not reached, since it is about what is entered or happens before a request arrives"
            .to_owned(),
        _ => format!("`mock:{}`", scenario.name),
    }
}
