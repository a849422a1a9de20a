//! Everything that can be wrong before or while a server is checked is named, with what to do.

use std::process::Output;

use conformance::cli::{EXIT_NOT_RUN, EXIT_OK, EXIT_USAGE, EXIT_VIOLATED};
use mock_server::{Effect, FaultRule};
use serde_json::Value;

use super::super::cli::{assert_code, text};
use super::peer::Peer;
use super::{against, command, run, zoom};

/// A secret that must not be seen anywhere.
const CANARY: &str = "cAnArY-cAnArY-cAnArY-cAnArY-1234";

fn asked(scim_url: &str, token_url: &str, more: &[&str]) -> Output {
    against(scim_url, token_url)
        .args(["--account-id", "a", "--client-id", "c"])
        .args(more)
        .env("ZOOM_CLIENT_SECRET", CANARY)
        .output()
        .unwrap()
}

fn assert_says(output: &Output, code: u8, words: &[&str]) {
    assert_code(output, code);
    let stderr = text(&output.stderr);
    for word in words {
        assert!(stderr.contains(word), "{word} is not in {stderr}");
    }
    assert!(!stderr.contains(CANARY) && !text(&output.stdout).contains(CANARY));
}

#[test]
fn wrong_arguments_are_usage_errors() {
    let good = "http://127.0.0.1:9/scim2";
    for (scim, token, more, words) in [
        ("127.0.0.1:9", good, &[][..], &["--scim-url", "no URL"][..]),
        (good, "nonsense", &[], &["--token-url", "no URL"]),
        (
            "http://zoom.example/scim2",
            good,
            &[],
            &["plain http to zoom.example"],
        ),
        (
            good,
            good,
            &["--only", "users.filter.usernam-eq"],
            &[
                "selects no check",
                "did you mean `users.filter.username-eq`",
            ],
        ),
        (
            good,
            good,
            &["--only", "zzz"],
            &["selects no check", "--list"],
        ),
        (good, good, &["--domain", "a@b"], &["must be a domain"]),
        (
            good,
            good,
            &["--client-secret-file", "no-such-file"],
            &["no-such-file"],
        ),
        (
            good,
            good,
            &["--read-only-client-id", "x"],
            &["ZOOM_READ_ONLY_CLIENT_SECRET"],
        ),
        (
            good,
            good,
            &["--ca-file", "no-such-file"],
            &["no-such-file"],
        ),
        (good, good, &["--timeout-ms", "0"], &["--timeout-ms"]),
    ] {
        assert_says(&asked(scim, token, more), EXIT_USAGE, words);
    }
    let mut none = against(good, good);
    none.args(["--account-id", "a", "--client-id", "c"]);
    let words = ["there is no client secret", "ZOOM_CLIENT_SECRET"];
    assert_says(&none.output().unwrap(), EXIT_USAGE, &words);
}

#[test]
fn what_is_no_scim_server_is_named() {
    let html = Peer::answering("200 OK\r\ncontent-type: text/html", "<html>Welcome</html>");
    let moved = Peer::answering("302 Found\r\nlocation: https://elsewhere.example/", "");
    let gone = Peer::answering("404 Not Found\r\ncontent-type: application/json", "{}");
    let closed = Peer::answering("", "");
    let broken = Peer::start(Some(
        "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{".to_owned(),
    ));
    let unused = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let nobody = format!("http://{}", unused.local_addr().unwrap());
    drop(unused);
    for (url, words) in [
        (
            html.url(),
            &["text/html instead of JSON", "--token-url"][..],
        ),
        (
            moved.url(),
            &["redirect to https://elsewhere.example/", "not followed"],
        ),
        (gone.url(), &["status 404", "--token-url"]),
        (closed.url(), &["the token endpoint gives no answer"]),
        (broken.url(), &["the token endpoint gives no answer"]),
        (nobody, &["the token endpoint gives no answer"]),
    ] {
        assert_says(&asked(&url, &url, &[]), EXIT_NOT_RUN, words);
    }
}

#[test]
fn a_wrong_scim_url_beside_a_good_token_url_is_named() {
    let (server, account) = zoom();
    let credentials = account.credentials();
    let html = Peer::answering("200 OK\r\ncontent-type: text/html", "<html>Welcome</html>");
    let base = server.base_url();
    for (scim, words) in [
        (
            html.url(),
            &["SCIM server is not there", "text/html", "--scim-url"][..],
        ),
        (format!("{base}/nowhere"), &["status 404", "--scim-url"]),
    ] {
        let output = against(&scim, &server.token_url())
            .args(["--account-id", &credentials.account_id])
            .args(["--client-id", &credentials.client_id])
            .env("ZOOM_CLIENT_SECRET", &credentials.client_secret)
            .output()
            .unwrap();
        assert_says(&output, EXIT_NOT_RUN, words);
        assert!(!text(&output.stderr).contains(&credentials.client_secret));
    }
}

#[test]
fn wrong_credentials_and_missing_scopes_are_named() {
    let (server, account) = zoom();
    let wrong = |secret: &str| {
        command(&server, &account, &[])
            .env("ZOOM_CLIENT_SECRET", secret)
            .output()
            .unwrap()
    };
    let words = ["refuses the credentials", "invalid_client", "--client-id"];
    assert_says(&wrong(CANARY), EXIT_NOT_RUN, &words);
    let client = account.credentials().client_id;
    let scopes = serde_json::from_value(serde_json::json!({ "scopes": ["user:read:admin"] }));
    account.change_app(&client, scopes.unwrap()).unwrap();
    let words = ["refuses the credentials", "4711", "scim2:admin"];
    assert_says(&run(&server, &account, &[]), EXIT_NOT_RUN, &words);
}

#[test]
fn a_server_that_hangs_is_given_up() {
    let silent = Peer::start(None);
    let arguments = ["--timeout-ms", "100", "--json", "-"];
    let output = asked(&silent.url(), &silent.url(), &arguments);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["verdict"], "not_reached");
    assert_says(
        &output,
        EXIT_NOT_RUN,
        &["no whole answer within 100 ms", "--timeout-ms"],
    );
}

#[test]
fn a_server_that_dies_in_between_is_never_green() {
    let (server, account) = zoom();
    let mut rule = FaultRule::new("dies", Effect::Reset);
    rule.when.after = Some(60);
    server.set_fault(rule).unwrap();
    let output = run(&server, &account, &["--allow-writes", "--seed", "7"]);
    assert_code(&output, EXIT_NOT_RUN);
    let shown = text(&output.stdout);
    for words in [
        "3 requests in a row had no answer",
        "gave no answer at some point",
        "left behind",
    ] {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
}

#[test]
fn one_answer_that_is_lost_is_told_and_the_rest_is_checked() {
    let (server, account) = zoom();
    let mut rule = FaultRule::new("once", Effect::Reset);
    rule.when.operation = Some("users.delete".to_owned());
    rule.when.times = Some(1);
    server.set_fault(rule).unwrap();
    let output = run(&server, &account, &["--allow-writes", "--json"]);
    assert_code(&output, EXIT_NOT_RUN);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["verdict"], "lost");
    assert!(
        result["counts"]["holds"].as_u64().unwrap() > 120,
        "{result}"
    );
    assert_eq!(account.users().len(), 5);
}

#[test]
fn a_violation_is_shown_with_its_exchange_and_no_credential() {
    let (server, account) = zoom();
    let mut rule = FaultRule::new("wrong", Effect::WrongContentType);
    rule.when.operation = Some("users.list".to_owned());
    server.set_fault(rule).unwrap();
    let arguments = [
        "--allow-writes",
        "--only",
        "transport",
        "--json",
        "result.json",
    ];
    let folder = tempfile::tempdir().unwrap();
    let output = command(&server, &account, &arguments)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_code(&output, EXIT_VIOLATED);
    let shown = text(&output.stdout);
    for words in [
        "transport.media-type",
        "expected",
        "RFC 7644 section 8.1",
        "to mend",
        "authorization: Bearer [hidden]",
    ] {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
    let saved = std::fs::read_to_string(folder.path().join("result.json")).unwrap();
    let secret = account.credentials().client_secret;
    for leaked in [secret.as_str(), "eyJ"] {
        assert!(
            !shown.contains(leaked) && !saved.contains(leaked),
            "{leaked}"
        );
    }
    let result: Value = serde_json::from_str(&saved).unwrap();
    let violated = result["checks"].as_array().unwrap().iter();
    let violated: Vec<&Value> = violated
        .filter(|one| one["outcome"] == "violated")
        .collect();
    assert_eq!(violated[0]["id"], "transport.media-type");
    assert_eq!(violated[0]["exchange"]["method"], "GET");
}

#[test]
fn the_list_names_every_check() {
    let mut list = super::Command::new(env!("CARGO_BIN_EXE_zoom-conformance"));
    let output = list.args(["server", "--list"]).output().unwrap();
    assert_code(&output, EXIT_OK);
    insta::assert_snapshot!("server_checks", text(&output.stdout));
    let mut some = super::Command::new(env!("CARGO_BIN_EXE_zoom-conformance"));
    let output = some
        .args(["server", "--list", "--only", "users.filter.*"])
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout).matches("users.filter.").count(), 13);
}
