use super::*;
use crate::rule::Rule;

const COMPLETE: &str = r#"
scim_url = "http://127.0.0.1:8080/scim2/"
oauth_token_url = "https://zoom.us/oauth/token"
oauth_account_id = "acc"
oauth_client_id = "cid"
"#;

fn connection(text: &str) -> Result<ConnectionFile, FileError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connection.toml");
    std::fs::write(&path, text).unwrap();
    ConnectionFile::read(&path)
}

/// The message without the folder.
fn refused<T: std::fmt::Debug>(result: Result<T, FileError>) -> String {
    let message = result.unwrap_err().to_string();
    message
        .split_once(".toml: ")
        .map_or(message.clone(), |(_, rest)| rest.to_owned())
}

#[test]
fn what_is_absent_has_pingones_defaults() {
    let file = connection(COMPLETE).unwrap();
    assert_eq!(file.enabled, None);
    let connection = file.with_secret(Some("s3cret".to_owned())).unwrap();
    assert_eq!(connection.scim_base(), "http://127.0.0.1:8080/scim2");
    assert_eq!(connection.switches(), "C1U1D1P1R0X0");
    assert!(!format!("{connection:?}").contains("s3cret"));
}

#[test]
fn pingones_own_keys_are_aliases() {
    let text = r#"
        SCIM_URL = "https://api.zoom.us/scim2"
        OAUTH_TOKEN_URL = "https://zoom.us/oauth/token"
        OAUTH_ACCOUNT_ID = "acc"
        OAUTH_CLIENT_ID = "cid"
        AUTHENTICATION_METHOD = "OAuth Bearer Token"
        CREATE_USERS = false
        UPDATE_USERS = false
        DISABLE_USERS = false
        DEPROVISION_USERS = false
        REMOVE_ACTION = "Delete"
        managed = true
        status = "ACTIVE"
    "#;
    let file = connection(text).unwrap();
    assert_eq!(file.enabled, Some(true));
    assert_eq!(
        file.with_secret(Some("x".to_owned())).unwrap().switches(),
        "C0U0D0P0R1X1"
    );
}

#[test]
fn says_what_is_wrong_and_what_to_do() {
    let with = |line: &str| refused(connection(&format!("{COMPLETE}{line}\n")));
    assert!(
        with("create_user = true")
            .starts_with("line 6: unknown field `create_user`, expected one of")
    );
    assert!(with("create_users = \"yes\"").starts_with("line 6: invalid type"));
    assert!(with("SCIM_URL = \"https://x\"").contains("duplicate field"));
    assert!(with("oauth_client_secret = \"s\"").contains("the client secret is in the file"));
    assert!(with("remove_action = \"purge\"").contains("it is \"disable\" or \"delete\""));
    assert!(with("status = \"ON\"").contains("ACTIVE"));
    assert!(with("status = \"ACTIVE\"\nenabled = true").contains("keep one of them"));
    assert!(
        with("authentication_method = \"JWT Bearer Token\"")
            .contains("Zoom has ended every other method")
    );
    assert!(with("[policies]\nadopt = true").contains("unknown field `adopt`"));
    assert!(with("a b").starts_with("line 6:"));
    assert!(refused(connection("")).contains("`scim_url` is missing; for Zoom it is"));
}

#[test]
fn a_setting_that_cannot_be_used_is_refused_by_its_key() {
    for (old, new, message) in [
        (
            "https://zoom.us/oauth",
            "http://zoom.us/oauth",
            "`oauth_token_url`: `http://zoom.us/oauth/token` is plain http",
        ),
        (
            "\"cid\"",
            "\"cid \"",
            "`oauth_client_id`: has white space at its end",
        ),
        (
            "\"acc\"",
            "\"\\tacc\"",
            "`oauth_account_id`: has white space at its beginning",
        ),
    ] {
        let file = connection(&COMPLETE.replace(old, new)).unwrap();
        let error = refused(file.with_secret(Some("x".to_owned())));
        assert!(error.starts_with(message), "{error}");
        assert!(file.as_written(Some("x".to_owned())).is_ok());
    }
}

#[test]
fn further_roots_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connection.toml");
    let ca = folder.path().join("ca.pem");
    let made = || rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    for key in ["ca_file", "CA_FILE"] {
        std::fs::write(&path, format!("{COMPLETE}{key} = \"ca.pem\"\n")).unwrap();
        let _ = std::fs::remove_file(&ca);
        let missing = ConnectionFile::read(&path).unwrap_err().to_string();
        assert!(missing.contains("ca.pem: No such file"), "{missing}");
        for (content, message) in [
            (&b""[..], "is empty"),
            (b"hello", "holds no certificate in PEM"),
            (b"\xff\xfe", "holds no certificate in PEM"),
        ] {
            std::fs::write(&ca, content).unwrap();
            let error = refused(ConnectionFile::read(&path));
            assert!(
                error.starts_with("`ca_file`: ") && error.contains(message),
                "{error}"
            );
        }
        std::fs::write(&ca, made().cert.pem()).unwrap();
        let fingerprint = || {
            let file = ConnectionFile::read(&path).unwrap();
            let connection = file.with_secret(Some("x".to_owned())).unwrap();
            assert_eq!(connection.trusted_roots.len(), 1);
            connection.authentication_fingerprint()
        };
        let before = fingerprint();
        assert_eq!(before, fingerprint());
        std::fs::write(&ca, made().cert.pem()).unwrap();
        assert_ne!(before, fingerprint(), "other roots ask for another test");
    }
}

#[test]
fn the_secret_comes_from_a_file_or_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connection.toml");
    std::fs::write(
        &path,
        format!("{COMPLETE}client_secret_file = \"secret\"\n"),
    )
    .unwrap();
    let file = ConnectionFile::read(&path).unwrap();
    assert!(refused(file.with_secret(None)).contains("secret"));
    std::fs::write(folder.path().join("secret"), "from-the-file\n").unwrap();
    assert!(
        file.with_secret(Some("from-the-environment".to_owned()))
            .is_ok()
    );
    for (text, is_right) in [
        ("s3cret", true),
        ("s3cret\n", true),
        ("s3cret\r\n", true),
        ("s3cret\n\n", false),
        ("s3cret \n", false),
        (" s3cret\n", false),
        ("s3c ret\n", true),
        ("s3c\tret\n", false),
        ("s3c\nret\n", false),
    ] {
        std::fs::write(folder.path().join("secret"), text).unwrap();
        match file.with_secret(None) {
            Ok(_) => assert!(is_right, "{text:?}"),
            Err(error) => {
                let message = error.to_string();
                assert!(!is_right && message.contains("`client_secret_file`: has white space"));
                assert!(!message.contains("s3cret"));
            }
        }
    }
    let bare = connection(COMPLETE).unwrap();
    assert!(refused(bare.with_secret(None)).contains("set ZOOM_CLIENT_SECRET"));
    assert!(refused(bare.with_secret(Some("x ".to_owned()))).contains("white space"));
}

fn rule(text: &str) -> Result<Rule, FileError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rule.toml");
    std::fs::write(&path, text).unwrap();
    RuleFile::read(&path)
}

#[test]
fn one_mapping_of_its_own_uses_none_of_the_defaults() {
    let rule = rule(
        "id = \"r\"\n[mapping]\nUsername = \"email\"\n\"User Type\" = { value = \"Licensed\" }",
    )
    .unwrap();
    let user =
        serde_json::from_str(r#"{"id":"1","username":"a@b","email":"c@d","title":"T"}"#).unwrap();
    assert_eq!(rule.mapping.address(&user), "c@d");
    let attributes = rule.mapping.attributes(&user, false);
    assert_eq!(
        attributes.into_iter().collect::<Vec<_>>(),
        [(crate::Attribute::UserType, "Licensed".into())]
    );
}

#[test]
fn a_rule_says_what_is_wrong_with_it() {
    for (text, message) in [
        ("", "`id` is missing"),
        (
            "id = \"r\"\nfilter = \"dept eq 1\"",
            "`filter`: `dept` is no key",
        ),
        (
            "id = \"r\"\n[mapping]\nTitle = \"title\"",
            "`Username` is not mapped",
        ),
        (
            "id = \"r\"\n[mapping]\nUser = \"username\"",
            "`mapping.User`: is no Zoom attribute",
        ),
        (
            "id = \"r\"\n[mapping]\nUsername = \"login\"",
            "`login` is no key of a directory user",
        ),
        (
            "id = \"r\"\n[mapping]\nUsername = 5",
            "neither a key in quotes",
        ),
        ("id = \"r\"\nscope = \"x\"", "unknown field `scope`"),
    ] {
        let error = refused(rule(text));
        assert!(error.contains(message), "{text}: {error}");
    }
}
