use std::collections::HashSet;

use super::*;

const GOOD: &str = r#"
title = "A title"
group = "tls"
client_sees = "It."
administrator_sees = "It."
cause = "It."
remedy = "It."
diagnosis = "tls_expired"
test_connection = "fails"
"#;

fn read(text: &str) -> Result<Scenario, String> {
    let file = File {
        name: "a-name",
        text: text.to_owned().leak(),
    };
    Scenario::read(&file).map_err(|error| error.to_string())
}

#[test]
fn every_file_reads() {
    for file in files::ALL {
        assert_eq!(Scenario::read(file).map(|read| read.name), Ok(file.name));
    }
    assert_eq!(Scenario::all().len(), files::ALL.len());
}

#[test]
fn names_are_kebab_case_and_unique() {
    let mut seen = HashSet::new();
    for Scenario { name, .. } in Scenario::all() {
        assert!(seen.insert(name), "{name}");
        let is_word = |word: &str| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit())
        };
        assert!(name.split('-').all(is_word), "{name}");
    }
}

#[test]
fn they_come_group_by_group_and_then_by_name() {
    let order = |scenario: &Scenario| (scenario.group, scenario.name);
    assert!(Scenario::all().is_sorted_by_key(order));
    let groups: HashSet<Group> = Scenario::all().iter().map(|one| one.group).collect();
    assert_eq!(groups.len(), Group::ALL.len());
    assert!(Group::ALL.is_sorted());
}

#[test]
fn texts_are_a_sentence_or_two() {
    for scenario in Scenario::all() {
        let Scenario { name, .. } = scenario;
        assert!(
            !scenario.title.ends_with('.') && scenario.title.len() <= 50,
            "{name}: title"
        );
        let sentences = scenario
            .texts()
            .into_iter()
            .filter(|(key, _)| *key != "title");
        for (key, text) in sentences {
            assert_eq!(text, text.trim(), "{name}: {key}");
            assert!(text.ends_with(['.', '`']), "{name}: {key} does not end");
            assert!(text.len() <= 320, "{name}: {key} is long");
            assert!(!text.contains('\n'), "{name}: {key}");
            assert!(
                text.matches('`').count() % 2 == 0,
                "{name}: {key} has an open quotation"
            );
        }
        assert!(
            scenario.administrator_sees.len() <= 120,
            "{name}: the symptom is long for a table"
        );
    }
}

#[test]
fn what_a_test_must_do_fits_the_diagnosis() {
    for scenario in Scenario::all() {
        let passes = scenario.diagnosis.family() == Family::Passes;
        let fits = match scenario.test_connection {
            Expectation::Fails => !passes,
            Expectation::Passes => passes,
            Expectation::Either => true,
        };
        assert!(fits, "{}", scenario.name);
    }
}

#[test]
fn something_is_wrong_in_each() {
    for scenario in Scenario::all() {
        let overrides = scenario.connection.fields().count();
        assert!(overrides + scenario.rules.len() > 0, "{}", scenario.name);
        // A listener is in the way before any rule is.
        assert!(
            scenario.door.is_none() || scenario.rules.is_empty(),
            "{}",
            scenario.name
        );
    }
}

#[test]
fn what_only_a_sync_meets_passes_a_test() {
    let sync = Scenario::all()
        .iter()
        .filter(|one| one.group == Group::Sync);
    for scenario in sync {
        assert_eq!(scenario.diagnosis.as_str(), "ok", "{}", scenario.name);
    }
}

#[test]
fn rules_say_whom_they_hit() {
    for scenario in Scenario::all() {
        for rule in scenario.rules.iter().chain(scenario.magic_rules()) {
            assert!(rule.when.operation.is_some(), "{}: {rule:?}", scenario.name);
        }
    }
}

#[test]
fn a_call_by_a_magic_value_names_no_user() {
    for scenario in Scenario::all() {
        for rule in scenario.magic_rules() {
            assert!(rule.when.user.is_none(), "{}: {rule:?}", scenario.name);
        }
    }
}

#[test]
fn the_nearest_name_is_found() {
    for (meant, nearest) in [
        ("wrong-secert", Some("wrong-secret")),
        ("tls_expired", Some("tls-expired")),
        ("captive", Some("captive-portal")),
        ("wrong-secret", Some("wrong-secret")),
        ("", None),
        ("xyzzy", None),
    ] {
        assert_eq!(Scenario::nearest(meant), nearest, "{meant}");
    }
    assert_eq!(
        Scenario::find("wrong-secret").unwrap().group,
        Group::Credentials
    );
    assert_eq!(Scenario::find("wrong-secert"), None);
}

#[test]
fn a_form_is_right_but_for_what_is_overridden() {
    let form = |name: &str| {
        Scenario::find(name).unwrap().connection(&Placeholders {
            base: "http://127.0.0.1:1",
            door: "https://127.0.0.1:2",
            account_id: "acc",
            client_id: "cid",
            client_secret: "sec",
        })
    };
    let right = form("sso-not-enabled");
    assert_eq!(right.token_url, "http://127.0.0.1:1/oauth/token");
    assert_eq!(
        form("secret-with-white-space"),
        ConnectionForm {
            client_secret: "sec ".to_owned(),
            ..right.clone()
        }
    );
    assert_eq!(
        form("other-hosts-token"),
        ConnectionForm {
            token_url: "http://localhost:1/oauth/token".to_owned(),
            ..right.clone()
        }
    );
    assert_eq!(form("tls-expired").scim_url, "https://127.0.0.1:2/scim2");
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_its_key() {
    assert_eq!(read(GOOD).unwrap().name, "a-name");
    let with = |more: &str| read(&format!("{GOOD}{more}")).unwrap_err();
    let instead = |what: &str, other: &str| read(&GOOD.replace(what, other)).unwrap_err();
    for (error, begins) in [
        (
            with("name = \"x\"\n"),
            "`name`: unknown field `name`, expected one of `title`",
        ),
        (
            with("[connection]\nurl = \"x\"\n"),
            "`connection.url`: unknown field `url`, expected one of `scim_url`",
        ),
        (
            with("[connection]\nscim_url = \"{host}/scim2\"\n"),
            "`connection.scim_url`: there is no placeholder {host}; there are {base}",
        ),
        (
            with("[connection]\nscim_url = \"{door}/scim2\"\n"),
            "`door`: {door} needs a listener",
        ),
        (
            with("[door]\nkind = \"refuse\"\n"),
            "`door`: no field leads to {door}",
        ),
        (
            with("[door]\nkind = \"open\"\n"),
            "`door.kind`: unknown variant `open`, expected one of `refuse`",
        ),
        (
            instead("cause = \"It.\"", "cause = \" \""),
            "`cause`: must not be empty",
        ),
        (instead("cause = \"It.\"", ""), "`.`: missing field `cause`"),
        (
            instead("tls_expired", "expired"),
            "`diagnosis`: there is no diagnosis `expired`",
        ),
        (
            instead("\"tls\"", "\"sky\""),
            "`group`: unknown variant `sky`, expected one of `reaching`",
        ),
        (
            instead("\"fails\"", "\"maybe\""),
            "`test_connection`: unknown variant `maybe`",
        ),
        (with("title"), "`.`: "),
    ] {
        let rest = error.strip_prefix("scenarios/a-name.toml: ").unwrap();
        assert!(rest.starts_with(begins), "{rest}");
    }
}
