//! Commands that fail, before servers that repeat what they were sent in every way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use provisioner::cli::{EXIT_OK, EXIT_STOPPED};
use serde_json::{Value, json};

use super::super::fake::Instead;
use super::{AUDITED, Booth, PINGONE_SECRET, PINGONE_TOKEN, RUN, SECRET, TOKEN};

/// What stands in place of a secret.
const REMOVED: &str = "[secret]";
const WITHHELD: &str = "[withheld, for it repeats the secret]";

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// A secret as a server may repeat it; at the end beyond where words are cut.
fn repeated(secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        percent(secret),
        hex(secret),
        hex(secret).to_uppercase(),
        serde_json::to_string(secret).unwrap(),
        format!("{}{secret}", "x".repeat(285)),
    ];
    for before in ["", "c", "cid:"] {
        forms.push(STANDARD.encode(format!("{before}{secret}")));
    }
    forms
}

/// Runs the commands that ask Zoom, and says what they said.
async fn asking(booth: &Booth, level: &str, json: bool) -> String {
    let log = ["--log", level];
    let json: &[&str] = if json { &["--json"] } else { &[] };
    let mut all = String::new();
    for command in [
        [&["plan"][..], &RUN].concat(),
        [&["sync", "--full"][..], &RUN, &AUDITED].concat(),
        [&["explain", "ann@example.com"][..], &RUN].concat(),
        [&["status"][..], &RUN[6..]].concat(),
    ] {
        all += &booth.run(&[&command[..], &log, json].concat()).await.1;
    }
    all
}

async fn testing(booth: &Booth, more: &[&str]) -> (i32, String) {
    let command = [
        &["test-connection"][..],
        &RUN[..2],
        &["--log", "trace"],
        more,
    ];
    booth.run(&command.concat()).await
}

#[tokio::test]
async fn a_wrong_secret_and_a_token_endpoint_that_repeats_it() {
    for (number, form) in repeated(SECRET).into_iter().enumerate() {
        let booth = Booth::new().await;
        let body = json!({ "reason": format!("no <{form}>"), "error": form, "message": form });
        booth.often("POST /oauth", 400, &body);
        let told = asking(&booth, "trace", number % 2 == 0).await;
        assert!(
            told.contains(REMOVED) || told.contains(WITHHELD),
            "{form}: {told}"
        );
        let (code, _) = testing(&booth, &[]).await;
        assert_ne!(code, i32::from(EXIT_OK));
        testing(&booth, &["--json"]).await;
    }
}

#[tokio::test]
async fn answers_of_the_token_endpoint_that_are_none() {
    for (status, body) in [
        (200, json!({ "access_token": "", "echo": SECRET })),
        (
            200,
            json!({ "access_token": TOKEN, "token_type": format!("{TOKEN} {SECRET}") }),
        ),
        (200, json!(format!("{TOKEN} {SECRET}"))),
        (302, json!(percent(SECRET))),
        (404, json!({ "detail": SECRET })),
    ] {
        let booth = Booth::new().await;
        booth.often("POST /oauth", status, &body);
        asking(&booth, "trace", false).await;
        let (code, _) = testing(&booth, &[]).await;
        assert_ne!(code, i32::from(EXIT_OK));
    }
}

#[tokio::test]
async fn a_scim_error_that_repeats_the_token_or_the_header() {
    let booth = Booth::new().await;
    for (number, form) in repeated(TOKEN)
        .into_iter()
        .chain(repeated(SECRET))
        .enumerate()
    {
        let detail = json!({ "detail": format!("no <{form}>"), "message": form });
        for request in ["GET /scim2/Users ", "POST /scim2"] {
            booth.desk.zoom.held.lock().unwrap().script.clear();
            booth.often(request, 400, &detail);
            let told = asking(&booth, "debug", number % 2 == 0).await;
            assert!(
                told.contains(REMOVED) || told.contains(WITHHELD),
                "{form}: {told}"
            );
        }
    }
}

#[tokio::test]
async fn every_status_that_repeats_the_token() {
    for status in [302, 400, 401, 403, 404, 409, 418, 500, 503] {
        let booth = Booth::new().await;
        let detail = json!({ "detail": format!("{TOKEN} {SECRET}") });
        booth.often("GET /scim2", status, &detail);
        asking(&booth, "trace", false).await;
        let (code, _) = testing(&booth, &[]).await;
        assert_ne!(code, i32::from(EXIT_OK), "{status}");
    }
}

#[tokio::test]
async fn writes_whose_refusal_repeats_the_token() {
    let booth = Booth::new().await;
    let sync = [&["sync"][..], &RUN, &AUDITED, &["--log", "trace"]].concat();
    assert_eq!(booth.run(&sync).await.0, i32::from(EXIT_OK));
    let detail = json!({ "detail": format!("Bearer {TOKEN}") });
    for request in ["PUT", "PATCH", "DELETE"] {
        booth.often(request, 400, &detail);
    }
    let user = |title: &str| json!([{ "id": "1", "username": "ann@example.com", "title": title }]);
    booth
        .desk
        .write("directory.json", &user("Lead").to_string());
    let (_, said) = booth.run(&sync).await;
    assert!(said.contains(REMOVED), "{said}");
    booth.desk.write("directory.json", "[]");
    let empty = [&sync[..], &["--directory-count", "0"]].concat();
    let (_, said) = booth.run(&empty).await;
    assert!(said.contains(REMOVED), "{said}");
    let delete = [
        &["delete-rule"][..],
        &RUN[..4],
        &RUN[6..],
        &["--log", "trace"],
    ];
    booth.run(&delete.concat()).await;
}

#[tokio::test]
async fn redirects_to_a_place_with_the_secret_in_it() {
    for begin in ["POST /oauth", "GET /scim2", "POST /scim2"] {
        let booth = Booth::new().await;
        let location = format!(
            "https://thief.example/?secret={}&token={}",
            percent(SECRET),
            percent(TOKEN)
        );
        let answer = Instead::Answer(302, location);
        booth.desk.zoom.instead(begin, vec![answer; 100]);
        asking(&booth, "trace", false).await;
        testing(&booth, &["--json"]).await;
    }
}

#[tokio::test]
async fn where_nobody_listens_and_where_no_tls_is_spoken() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    for place in [Some(refused), None] {
        let booth = Booth::new().await;
        let url = &booth.desk.zoom.url;
        let place = place.unwrap_or_else(|| url.replace("http:", "https:"));
        let file = std::fs::read_to_string(booth.desk.path().join("connection.toml")).unwrap();
        booth
            .desk
            .write("connection.toml", &file.replace(url, &place));
        booth.count_as_tested().await;
        let sync = [&["sync"][..], &RUN, &["--log", "trace"]].concat();
        assert_ne!(booth.run(&sync).await.0, i32::from(EXIT_OK));
        let (code, _) = testing(&booth, &[]).await;
        assert_ne!(code, i32::from(EXIT_OK));
    }
}

#[tokio::test]
async fn pingone_that_repeats_its_secret_and_its_token() {
    let source = ["--directory", "pingone:pingone.toml", "--log", "trace"];
    let plan = [&["plan"][..], &RUN[..4], &RUN[6..], &source].concat();
    for form in repeated(PINGONE_SECRET)
        .into_iter()
        .chain(repeated(PINGONE_TOKEN))
    {
        let echo =
            json!({ "error": form, "code": form, "message": form, "error_description": form });
        let next = json!({
            "_embedded": { "users": [] }, "count": 2,
            "_links": { "next": { "href": format!("https://thief.example/{form}") } },
        });
        let cases: [(&str, u16, &Value); 3] = [
            ("POST /b1f5", 401, &echo),
            ("GET /v1", 403, &echo),
            ("GET /v1", 200, &next),
        ];
        for (request, status, body) in cases {
            let booth = Booth::new().await;
            booth.often(request, status, body);
            booth.pingone();
            let (code, said) = booth.run(&plan).await;
            // A list whose next page is elsewhere is incomplete.
            assert_eq!(code == i32::from(EXIT_OK), status == 200, "{said}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_run_that_is_told_to_stop() {
    let booth = Booth::new().await;
    booth.desk.zoom.instead("GET /scim2", [Instead::Held]);
    let sync = [&["sync"][..], &RUN, &AUDITED, &["--log", "trace"]].concat();
    let child = booth.command(&sync).spawn().unwrap();
    booth.desk.zoom.until("GET /scim2", 1).await;
    let id = child.id().unwrap().to_string();
    let mut kill = tokio::process::Command::new("kill");
    assert!(kill.args(["-TERM", &id]).status().await.unwrap().success());
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(i32::from(EXIT_STOPPED)));
    booth.search("a run that is stopped", &output);
}

#[tokio::test]
async fn a_secret_in_the_wrong_place_of_a_file() {
    let booth = Booth::new().await;
    let file = std::fs::read_to_string(booth.desk.path().join("connection.toml")).unwrap();
    let secret = SECRET.replace('"', "'").replace('\\', "/");
    for line in [
        format!("oauth_client_secret = \"{secret}\""),
        format!("oauth_client_secret = \"{secret}"),
        format!("client_secret: {secret}"),
        format!("enabled = \"{secret}\""),
        format!("client_secret_file = \"{secret}\""),
        secret.clone(),
    ] {
        booth
            .desk
            .write("connection.toml", &format!("{file}{line}\n"));
        let output = booth
            .command(&[&["plan"][..], &RUN].concat())
            .output()
            .await;
        let output = output.unwrap();
        let said = [output.stdout, output.stderr].concat();
        super::Canary::new("the secret", &secret).is_not_in(&line, &said);
        assert_ne!(output.status.code(), Some(i32::from(EXIT_OK)), "{line}");
    }
}
