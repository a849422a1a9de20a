//! PingOne's users API as a source.

use std::time::Duration;

use provisioner::Directory;
use provisioner::directory::{PingOneFile, Source as _};
use serde_json::{Value, json};

use super::pingone_fake::{Answer, ENVIRONMENT, GUESTS, PingOne, SECRET, STAFF, settings, user};

#[track_caller]
fn is_incomplete(directory: &Directory, users: usize, words: &str) {
    assert!(!directory.complete);
    assert_eq!(directory.users.len(), users);
    let told = directory.gaps.join("\n");
    assert!(told.contains(words), "{told}");
}

/// An answer that should not be waited for in a test.
fn broken(status: u16) -> Answer {
    Answer::new(status, "<html>").with("retry-after", "100000")
}

#[tokio::test]
async fn all_pages_are_read_by_their_links() {
    let pingone = PingOne::start(10).await;
    let directory = pingone.read().await;
    assert!(directory.complete && directory.refused.is_empty() && directory.notices.is_empty());
    assert_eq!(directory.users.len(), 10);
    let first = &directory.users[0];
    assert_eq!(first.id, "00000000-0000-4000-8000-000000000001");
    assert_eq!(first.username, "user1@example.com");
    assert_eq!(
        [
            &first.email,
            &first.given_name,
            &first.family_name,
            &first.phone,
            &first.title,
            &first.locale
        ],
        [
            "user1@example.com",
            "Ann",
            "Number 1",
            "+1.2015550123",
            "Engineer",
            "en-US"
        ]
        .map(|text| Some(text.into()))
        .each_ref()
    );
    assert_eq!(
        (&first.user_type, &first.groups),
        (&None, &vec![STAFF.into()])
    );
    assert_eq!((pingone.count("GET"), pingone.count("POST")), (4, 1));
    assert!(pingone.held.lock().unwrap().requests[1].contains("\"limit\": \"200\""));
}

#[tokio::test]
async fn populations_and_a_filter_are_asked_for() {
    let pingone = PingOne::start(4).await;
    pingone.change(|held| held.users[1]["population"]["id"] = json!(GUESTS));
    let populations = format!("populations = [\"{STAFF}\"]\npage_size = 2");
    let directory = pingone.read_with(&populations).await.unwrap();
    assert_eq!((directory.users.len(), directory.complete), (3, true));
    assert!(
        pingone.held.lock().unwrap().requests[1]
            .contains(&format!("population.id eq \\\"{STAFF}\\\""))
    );
    // A server that does not understand the filter returns everybody; nobody else gets in.
    pingone.change(|held| held.filter_ignored = true);
    let directory = pingone.read_with(&populations).await.unwrap();
    assert_eq!((directory.users.len(), directory.complete), (3, true));
    assert!(
        directory.notices[0].contains("1 users of other populations"),
        "{directory:?}"
    );
    let both = format!("populations = [\"{STAFF}\", \"{GUESTS}\"]\nfilter = 'title sw \"E\"'");
    assert_eq!(pingone.read_with(&both).await.unwrap().users.len(), 4);
    let asked = pingone
        .held
        .lock()
        .unwrap()
        .requests
        .join("\n")
        .replace('\\', "");
    let wanted = format!(
        "(population.id eq \"{STAFF}\" or population.id eq \"{GUESTS}\") and (title sw \"E\")"
    );
    assert!(asked.contains(&wanted), "{asked}");
}

#[tokio::test]
async fn who_may_use_an_account_is_what_pingone_says() {
    let pingone = PingOne::start(7).await;
    pingone.change(|held| {
        held.users[1]["enabled"] = json!(false);
        held.users[2]["lifecycle"]["status"] = json!("VERIFICATION_REQUIRED");
        held.users[3]["account"] = json!({ "canAuthenticate": false, "status": "LOCKED" });
        held.users[4]["lifecycle"]["status"] = json!("SUSPENDED");
        held.users[5]["enabled"] = Value::Null;
        held.users[6].as_object_mut().unwrap().remove("enabled");
    });
    let directory = pingone.read().await;
    let enabled: Vec<bool> = directory.users.iter().map(|user| user.enabled).collect();
    assert_eq!(
        enabled,
        [true, false, true, true],
        "a verification and a lock pass"
    );
    assert!(directory.complete);
    let reasons: Vec<&str> = directory
        .refused
        .iter()
        .map(|refused| refused.reason.as_str())
        .collect();
    for (reason, words) in reasons.iter().zip([
        "`SUSPENDED`, which is unknown here",
        "`enabled` is null",
        "`enabled` is missing",
    ]) {
        assert!(
            reason.starts_with("PingOne, page ") && reason.contains(words),
            "{reason}"
        );
    }
    let more = "disabled_statuses = [\"SUSPENDED\", \"VERIFICATION_REQUIRED\"]";
    let directory = pingone.read_with(more).await.unwrap();
    let enabled: Vec<bool> = directory.users.iter().map(|user| user.enabled).collect();
    assert_eq!(enabled, [true, false, false, true, false]);
}

#[tokio::test]
async fn attributes_of_an_environments_own_fill_keys() {
    let pingone = PingOne::start(1).await;
    pingone.change(|held| {
        held.users[0]["dept"] = json!({ "name": "Sales" });
        held.users[0]["zoomRole"] = json!("Trainer");
        held.users[0]["locale"] = Value::Null;
    });
    let more =
        "[attributes]\ndepartment = \"dept.name\"\nroles = \"zoomRole\"\nusername = \"email\"";
    let directory = pingone.read_with(more).await.unwrap();
    let user = &directory.users[0];
    assert_eq!(
        (user.department.as_deref(), user.locale.as_deref()),
        (Some("Sales"), None)
    );
    assert_eq!(user.roles, ["Trainer"]);
}

#[tokio::test]
async fn f60_a_page_that_fails_midway_leaves_the_read_incomplete() {
    for (answer, words) in [
        (broken(500), "page 3: answered 500"),
        (broken(429), "page 3: answered 429"),
        (
            Answer::json(403, &json!({ "code": "ACCESS_FAILED", "message": SECRET })),
            "403 ACCESS_FAILED",
        ),
        (
            Answer::new(200, "{\"_embedded\":{\"use"),
            "page 3: the answer is no JSON, or cut off",
        ),
        (Answer::new(200, "{}"), "no `_embedded.users`"),
        (
            Answer::new(302, "").with("location", "http://127.0.0.1:9/"),
            "302: a redirect, which is not followed",
        ),
        (
            Answer::new(200, "x".repeat(9 * 1024 * 1024)),
            "page 3: the answer is larger than",
        ),
    ] {
        let pingone = PingOne::start(10).await;
        pingone.instead(3, [answer]);
        is_incomplete(&pingone.read().await, 6, words);
    }
}

#[tokio::test]
async fn a_page_is_asked_for_again_where_that_may_help() {
    let pingone = PingOne::start(10).await;
    let throttled =
        Answer::json(429, &json!({ "code": "REQUEST_LIMITED" })).with("retry-after", "1");
    pingone.instead(2, [throttled, Answer::new(503, "")]);
    let began = tokio::time::Instant::now();
    let directory = pingone.read().await;
    assert!(directory.complete && directory.users.len() == 10);
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "a wait that was told is kept"
    );
    assert_eq!(pingone.count("GET"), 6);
    pingone.instead(2, (0..9).map(|_| Answer::new(503, "")));
    is_incomplete(&pingone.read().await, 3, "503 (asked 4 times)");
}

#[tokio::test]
async fn f59_when_nothing_is_read_there_is_no_directory() {
    let pingone = PingOne::start(3).await;
    pingone.instead(1, [Answer::json(404, &json!({ "code": "NOT_FOUND" }))]);
    let error = pingone.read_with("").await.unwrap_err().to_string();
    assert!(
        error.starts_with("PingOne: answered 404 NOT_FOUND: is environment_id right"),
        "{error}"
    );
    // A list without anybody in it may be a filter that was mistyped.
    let nobody = PingOne::start(0).await;
    is_incomplete(
        &nobody.read().await,
        0,
        "nobody is in these populations and this filter",
    );
}

#[tokio::test]
async fn a_link_leads_nowhere_else() {
    let thief = PingOne::start(3).await;
    let elsewhere = [
        format!("{}/v1/environments/{ENVIRONMENT}/users?cursor=3", thief.url),
        "https://api.pingone.eu/v1/environments/x/users".to_owned(),
        "//127.0.0.1:9/v1".to_owned(),
        "/v1/environments/other/users".to_owned(),
        "../populations".to_owned(),
        "javascript:alert(1)".to_owned(),
        "http://[".to_owned(),
        format!("?cursor={}", "x".repeat(10_000)),
    ];
    for href in elsewhere {
        let pingone = PingOne::start(3).await;
        let body =
            json!({ "_links": { "next": { "href": href } }, "_embedded": { "users": [user(1)] } });
        pingone.instead(1, [Answer::json(200, &body)]);
        is_incomplete(&pingone.read().await, 1, "it was not followed");
        assert_eq!(pingone.count("GET"), 1, "{href}");
    }
    assert_eq!(thief.count(""), 0);
}

#[tokio::test]
async fn links_that_lead_round_or_nowhere_end() {
    let pingone = PingOne::start(6).await;
    let path = format!("/v1/environments/{ENVIRONMENT}/users?limit=200");
    let back =
        json!({ "_links": { "next": { "href": path } }, "_embedded": { "users": [user(4)] } });
    pingone.instead(2, [Answer::json(200, &back)]);
    is_incomplete(
        &pingone.read().await,
        4,
        "leads back to a page that was read before",
    );
    // Ever new links, and never anybody new.
    let pingone = PingOne::start(60).await;
    for page in 2..20 {
        let next = format!("?cursor={}", page * 3);
        let body =
            json!({ "_links": { "next": { "href": next } }, "_embedded": { "users": [user(1)] } });
        pingone.instead(page, [Answer::json(200, &body)]);
    }
    is_incomplete(&pingone.read().await, 3, "3 pages that brought nobody new");
    assert_eq!(pingone.count("GET"), 4);
}

#[tokio::test]
async fn a_list_that_counts_more_than_it_has_is_not_complete() {
    let pingone = PingOne::start(4).await;
    pingone.change(|held| held.count = Some(json!(5)));
    is_incomplete(
        &pingone.read().await,
        4,
        "PingOne counts 5 users, and 4 were read",
    );
    for odd in [json!(1), json!("many"), Value::Null] {
        pingone.change(|held| held.count = Some(odd));
        assert!(pingone.read().await.complete);
    }
}

#[tokio::test]
async fn somebody_on_two_pages_is_taken_as_read_last() {
    let pingone = PingOne::start(5).await;
    pingone.change(|held| {
        held.users[3] = user(1);
        held.users[3]["title"] = json!("Lead");
    });
    let directory = pingone.read().await;
    assert_eq!((directory.users.len(), directory.refused.len()), (4, 0));
    assert_eq!(directory.users[0].title.as_deref(), Some("Lead"));
}

#[tokio::test]
async fn a_token_that_expires_midway_is_renewed_once() {
    let pingone = PingOne::start(10).await;
    let expired = || {
        Answer::json(
            401,
            &json!({ "code": "INVALID_TOKEN", "message": "expired" }),
        )
    };
    pingone.instead(2, [expired()]);
    pingone.instead(4, [expired()]);
    let directory = pingone.read().await;
    assert!(directory.complete);
    assert_eq!(pingone.count("POST"), 3);
    pingone.instead(3, (0..9).map(|_| expired()));
    is_incomplete(&pingone.read().await, 6, "401 INVALID_TOKEN");
    assert_eq!(pingone.count("POST"), 5, "not for ever");
}

#[tokio::test]
async fn a_token_that_is_not_issued_says_what_to_do() {
    let pingone = PingOne::start(1).await;
    for (answer, words) in [
        (
            Answer::json(
                401,
                &json!({ "error": "invalid_client", "error_description": SECRET }),
            ),
            "401 invalid_client",
        ),
        (
            Answer::json(400, &json!({ "error": SECRET })),
            "asking for a token: answered 400;",
        ),
        (Answer::new(200, "<html>"), "is auth_url PingOne's?"),
        (
            Answer::new(307, "").with("location", "http://127.0.0.1:9/"),
            "a redirect, which is not followed",
        ),
    ] {
        pingone.change(|held| held.tokens.push_back(answer));
        let error = pingone.read_with("").await.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(pingone.count("GET"), 0);
}

#[tokio::test]
async fn hostile_users_fail_alone_or_keep_everybody() {
    let pingone = PingOne::start(5).await;
    pingone.change(|held| {
        held.users[0]["name"]["family"] = json!("x".repeat(10_000));
        held.users[1]["username"] = json!({ "a": 1 });
        held.users[2]["name"] = json!([1]);
        held.users[3] = json!("x");
        held.page_cap = 200;
    });
    let directory = pingone.read().await;
    assert_eq!((directory.users.len(), directory.refused.len()), (2, 2));
    is_incomplete(&directory, 2, "page 1: has no `id`");
    assert!(
        directory.refused[0]
            .reason
            .contains("`family_name` has 10000 characters")
    );
    assert!(
        directory.refused[1]
            .reason
            .contains("`username` is an object")
    );
}

#[tokio::test]
async fn nobody_at_the_other_end_is_told() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = settings(folder.path(), &format!("http://{free}"), "");
    let source = PingOneFile::read(&path)
        .unwrap()
        .with_secret(Some(SECRET.to_owned()))
        .unwrap();
    let error = source.read().await.unwrap_err().to_string();
    assert!(
        error.starts_with("PingOne: asking for a token: ") && error.ends_with("(asked 4 times)"),
        "{error}"
    );
}

#[test]
fn a_settings_file_says_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pingone.toml");
    let whole = format!("region = \"eu\"\nenvironment_id = \"{ENVIRONMENT}\"\nclient_id = \"c\"\n");
    let refused = |text: String| {
        std::fs::write(&path, text).unwrap();
        let error = PingOneFile::read(&path).unwrap_err().to_string();
        error.split_once(".toml: ").unwrap().1.to_owned()
    };
    for (line, words) in [
        ("region_ = 1", "line 4: unknown field `region_`"),
        (
            "client_secret = \"c4n4ry-p1ng0ne\"",
            "`client_secret`: is in the file; take it out, and set PINGONE_CLIENT_SECRET",
        ),
        (
            "api_url = \"http://api.pingone.eu\"",
            "`api_url`: `http://api.pingone.eu` is plain http",
        ),
        (
            "auth_url = \"https://u:c4n4ry-p1ng0ne@x\"",
            "`auth_url`: has credentials in the URL",
        ),
        (
            "populations = [\"a\\\" or true\"]",
            "`populations`: is no id of PingOne",
        ),
        (
            "page_size = 0",
            "`page_size`: is 0; it is between 1 and 200",
        ),
        ("page_size = 500", "between 1 and 200"),
        (
            "[attributes]\nlogin = \"x\"",
            "`attributes.login`: is no key of a directory user",
        ),
        (
            "[attributes]\nenabled = \"x\"",
            "`attributes.enabled`: cannot be filled otherwise",
        ),
        (
            "[attributes]\ntitle = \"a..b\"",
            "`attributes.title`: is no attribute",
        ),
        ("ca_file = \"missing.pem\"", ""),
    ] {
        let error = if line.starts_with("ca_file") {
            std::fs::write(&path, format!("{whole}{line}\n")).unwrap();
            PingOneFile::read(&path).unwrap_err().to_string()
        } else {
            refused(format!("{whole}{line}\n"))
        };
        assert!(
            error.contains(words) && !error.contains(SECRET),
            "{line}: {error}"
        );
    }
    assert!(refused(String::new()).contains("`api_url` is missing; or say region ="));
    assert!(
        refused(whole.replace("\"eu\"", "\"XX\""))
            .contains("`region`: is no region; there are NA, CA, EU")
    );
    assert!(
        refused(whole.replace(ENVIRONMENT, "../x"))
            .contains("`environment_id`: is no id of PingOne")
    );
    assert!(refused(whole.replace("\"c\"", "\" c\"")).contains("`client_id`: has white space"));
    std::fs::write(&path, &whole).unwrap();
    let file = PingOneFile::read(&path).unwrap();
    let none = file.with_secret(None).unwrap_err().to_string();
    assert!(
        none.contains("set PINGONE_CLIENT_SECRET in the environment"),
        "{none}"
    );
    let stray = file
        .with_secret(Some(format!("{SECRET} ")))
        .unwrap_err()
        .to_string();
    assert!(
        stray.contains("PINGONE_CLIENT_SECRET`: has white space") && !stray.contains(SECRET),
        "{stray}"
    );
    std::fs::write(folder.path().join("secret"), format!("{SECRET}\n")).unwrap();
    std::fs::write(&path, format!("{whole}client_secret_file = \"secret\"\n")).unwrap();
    assert!(PingOneFile::read(&path).unwrap().with_secret(None).is_ok());
}
