//! What each effect really puts on the wire, seen from outside by a plain socket; and `EFFECTS.md`, which is
//! made of it.

mod doors;
mod peer;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use mock_server::{
    ActsOn, CATALOG, CatalogEntry, ClockStart, Config, Effect, FaultRule, MockServer, Operation,
    Phase, TokenSpec,
};
use serde_json::{Value, json};

use self::peer::{Left, Seen, ask};

/// Where the clock stands, so that what is seen is the same each time.
const NOW: &str = "2026-01-31T12:00:00Z";

/// How long each of the delays on the page lasts at the least.
const WAITED: Duration = Duration::from_millis(100);

/// A server with three users, one of them known.
struct Stage {
    server: MockServer,
    token: String,
    ann: String,
}

impl Stage {
    fn new() -> Self {
        let now: Timestamp = NOW.parse().unwrap();
        let server = MockServer::start(&Config {
            clock: ClockStart::At(now),
            ..Config::default()
        })
        .unwrap();
        let account = server.default_account();
        let ann = account.add_user(&json!({
            "userName": "ann@example.com", "name": { "givenName": "Ann" }, "title": "Engineer",
        }));
        account.seed_users(2).unwrap();
        let token = account.mint_token(&TokenSpec::default()).unwrap();
        Self {
            ann: ann.unwrap(),
            server,
            token,
        }
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Seen {
        let body = body.map(Value::to_string).unwrap_or_default();
        ask(
            self.server.base_url(),
            &format!(
                "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: \
                 application/json\r\ncontent-length: {}\r\n\r\n{body}",
                self.token,
                body.len()
            ),
        )
    }

    /// Asks for a token.
    fn ask_token(&self) -> Seen {
        let credentials = self.server.default_account().credentials();
        let basic = {
            use base64::Engine as _;
            let pair = format!("{}:{}", credentials.client_id, credentials.client_secret);
            base64::engine::general_purpose::STANDARD.encode(pair)
        };
        let form = format!(
            "grant_type=account_credentials&account_id={}",
            credentials.account_id
        );
        ask(
            self.server.base_url(),
            &format!(
                "POST /oauth/token HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic {basic}\r\ncontent-type: \
                 application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
                form.len()
            ),
        )
    }

    fn list(&self, query: &str) -> Seen {
        self.ask("GET", &format!("/scim2/Users{query}"), None)
    }

    fn get(&self, id: &str) -> Seen {
        self.ask("GET", &format!("/scim2/Users/{id}"), None)
    }

    fn create(&self, address: &str) -> Seen {
        let user = json!({ "userName": address, "name": { "givenName": " NEW " } });
        self.ask("POST", "/scim2/Users", Some(&user))
    }

    fn exists(&self, address: &str) -> bool {
        let users = self.server.default_account().users();
        users.iter().any(|user| user["userName"] == address)
    }
}

/// The rule of an entry: its example, or one that a test can wait for.
fn rule(entry: &CatalogEntry, phase: Phase) -> FaultRule {
    let example = match entry.name {
        "delay_uniform" => json!({ "delay_uniform": { "min_ms": 100, "max_ms": 120 } }),
        "delay_lognormal" => json!({ "delay_lognormal": { "median_ms": 200, "p99_ms": 210 } }),
        "dribble" => json!({ "dribble": { "chunk_bytes": 100, "interval_ms": 10 } }),
        "gzip_bomb" => json!({ "gzip_bomb": { "bytes": 1_000_000 } }),
        "huge_body" => json!({ "huge_body": { "bytes": 1_000_000 } }),
        "daily" => json!({ "daily": { "limit": 1 } }),
        "page_cap" => json!({ "page_cap": { "count": 1 } }),
        "expires_in" => json!({ "expires_in": { "value": null } }),
        _ => serde_json::from_str(entry.example).unwrap(),
    };
    let json = json!({ "then": example, "phase": phase.as_str() });
    FaultRule::read(&json, Some("it")).unwrap()
}

/// Sets the rule of an entry, asks, and says what was seen.
fn observed(entry: &CatalogEntry, phase: Phase) -> String {
    let stage = Stage::new();
    let guard = stage.server.fault(rule(entry, phase)).unwrap();
    let seen = match (entry.acts_on, phase) {
        (ActsOn::Tokens, _) => {
            let seen = stage.ask_token();
            return tokens(&stage, &seen);
        }
        // A write shows whether it was applied.
        (ActsOn::Everything, Phase::Before | Phase::After) if entry.group != "limits" => {
            let seen = stage.create("new@example.com");
            let applied = stage.exists("new@example.com");
            assert_eq!(
                applied,
                phase == Phase::After || is_a_delay(entry),
                "{}",
                entry.name
            );
            let applied = if applied { "applied" } else { "not applied" };
            let mut said = described(&seen);
            if is_a_delay(entry) {
                assert!(
                    seen.first_after.unwrap() >= WAITED,
                    "{}: {seen:?}",
                    entry.name
                );
                said.push_str(", late");
            }
            drop(guard);
            return format!("create {applied}: {said}");
        }
        _ => special(&stage, entry),
    };
    drop(guard);
    seen
}

fn is_a_delay(entry: &CatalogEntry) -> bool {
    entry.name.starts_with("delay")
}

/// What is asked where one list does not show it.
fn special(stage: &Stage, entry: &CatalogEntry) -> String {
    let again =
        |first: &Seen, second: &Seen| format!("{}; then {}", described(first), described(second));
    let ann = stage.ann.as_str();
    match entry.acts_on {
        ActsOn::Create => {
            let created = stage.create("new@example.com");
            let lookup = stage.list("?filter=userName%20eq%20%22new@example.com%22");
            let id = created.json().unwrap_or_default();
            let id = id["id"].as_str().map(|id| match entry.name {
                "id_needs_encoding" => format!(", id {}...", &id[..4]),
                _ => String::new(),
            });
            format!(
                "create {}{}; then look-up {}",
                described(&created),
                id.unwrap_or_default(),
                described(&lookup)
            )
        }
        ActsOn::CreateOrUpdate => {
            let created = stage.create("New@Example.com");
            let name = created.json().unwrap_or_default();
            let name = name["name"]["givenName"]
                .as_str()
                .map(|name| format!(", givenName {name:?}"));
            format!("create {}{}", described(&created), name.unwrap_or_default())
        }
        ActsOn::Update | ActsOn::Change => {
            let change = json!({ "name": { "familyName": "Ames" } });
            let put = stage.ask("PUT", &format!("/scim2/Users/{ann}"), Some(&change));
            let users = stage.server.default_account().users();
            let held = &users[0];
            format!(
                "update {}; Zoom then holds givenName {}, familyName {}, title {}",
                described(&put),
                held["name"]["givenName"],
                held["name"]["familyName"],
                held["title"]
            )
        }
        ActsOn::UserWrites => {
            let created = stage.create("new@example.com");
            let id = created.json().unwrap()["id"].as_str().unwrap().to_owned();
            let (one, two, three) = (stage.get(&id), stage.get(&id), stage.get(&id));
            format!(
                "create {}; gets {}, {}, {}",
                described(&created),
                status(&one),
                status(&two),
                status(&three)
            )
        }
        ActsOn::UserList => {
            let list = match entry.name {
                "filter_ignored" | "filter_refused" => {
                    stage.list("?filter=userName%20eq%20%22ann@example.com%22&count=100")
                }
                "page_drift" | "paging_ignored" => stage.list("?startIndex=2&count=1"),
                _ => stage.list("?count=100"),
            };
            let json = list.json().unwrap_or_default();
            let names: Vec<&str> = json["Resources"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|user| user["userName"].as_str()?.split('@').next())
                .collect();
            format!(
                "list {}, totalResults {}, users {}",
                described(&list),
                json["totalResults"],
                names.join(" ")
            )
        }
        _ if entry.group == "limits" => {
            let (one, two) = (stage.list(""), stage.list(""));
            again(&one, &two)
        }
        _ => format!("list {}", described(&stage.list("?count=2"))),
    }
}

/// What was said of a token, and whether it is good for anything.
fn tokens(stage: &Stage, seen: &Seen) -> String {
    let mut said = described(seen);
    let Some(json) = seen.json().filter(|_| seen.status == Some(200)) else {
        return said;
    };
    let _ = write!(
        said,
        ", token_type {}, expires_in {}",
        json["token_type"], json["expires_in"]
    );
    match json["access_token"].as_str() {
        None => said.push_str(", no access_token"),
        Some(token) => {
            let older = stage.list("");
            let list = ask(
                stage.server.base_url(),
                &format!(
                    "GET /scim2/Users HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
                ),
            );
            let _ = write!(
                said,
                "; list with it {}, with an earlier one {}",
                described(&list),
                status(&older)
            );
        }
    }
    said
}

fn status(seen: &Seen) -> String {
    seen.status
        .map_or_else(|| "nothing".to_owned(), |status| status.to_string())
}

/// What was seen, in words that are the same each time.
fn described(seen: &Seen) -> String {
    let mut said = status(seen);
    for name in [
        "location",
        "retry-after",
        "x-ratelimit-type",
        "x-ratelimit-reset",
        "content-encoding",
        "x-note",
    ] {
        if let Some(value) = seen.header(name) {
            let _ = write!(said, ", {name}: {value}");
        }
    }
    let content_type = seen.header("content-type").unwrap_or("application/json");
    if !content_type.starts_with("application/json") {
        let _ = write!(said, ", {content_type}");
    }
    if let Some(date) = seen
        .header("date")
        .filter(|date| date.starts_with("Sat, 31 Jan 2026"))
    {
        let _ = write!(said, ", Date {date}");
    }
    if seen.status.is_some() {
        let length = seen
            .header("content-length")
            .and_then(|length| length.parse::<usize>().ok());
        let (length, came) = (length.unwrap_or(0), seen.body.len());
        let kind = match &seen.body[..] {
            [] => "no body",
            [0xef, 0xbb, 0xbf, ..] => "BOM and JSON",
            [0x1f, 0x8b, ..] => "gzip",
            body if serde_json::from_slice::<Value>(body).is_ok() => "JSON",
            body if body.starts_with(b"<!doctype") => "HTML",
            _ => "no JSON",
        };
        match came.cmp(&length) {
            std::cmp::Ordering::Equal => {
                let _ = write!(said, ", {kind}");
            }
            std::cmp::Ordering::Less => {
                let _ = write!(said, ", {came} bytes of a body said to have more");
            }
            std::cmp::Ordering::Greater => {
                let _ = write!(said, ", more body than was said");
            }
        }
        let text = String::from_utf8_lossy(&seen.body);
        if kind == "JSON" && text.contains("\"totalResults\"") {
            for (is_there, what) in [
                (seen.piece <= 100, " in pieces of at most 100 bytes"),
                (
                    text.ends_with(",\"Resources\":null}"),
                    " with Resources once more, as null",
                ),
                (!text.contains("\"id\":"), " without any id"),
            ] {
                said.push_str(if is_there { what } else { "" });
            }
        }
        if kind == "JSON" && text.contains("\"status\":\"ok\"") {
            said.push_str(" that is no list");
        }
        if came == 1_000_000 {
            said.push_str(" of 1000000 bytes");
        }
    }
    if let Some(error) = seen.json().and_then(|json| {
        let message = json
            .get("detail")
            .or(json.get("message"))
            .or(json.get("reason"));
        message.and_then(Value::as_str).map(str::to_owned)
    }) {
        let _ = write!(said, " {error:?}");
    }
    match seen.left {
        Left::Open => {}
        Left::Closed => said.push_str(", FIN"),
        Left::Reset => said.push_str(", RST"),
    }
    if seen.status.is_none() && seen.left == Left::Open {
        said.push_str(", open");
    }
    said
}

fn page() -> String {
    let mut page = String::from(
        "# Effects\n\nWhat each effect of a fault puts on the wire, as a plain socket sees it. This page is made by \
         the tests:\n`UPDATE_EFFECTS=1 cargo test -p mock-server effects` writes it anew.\n\nA rule says whom it hits \
         (`when`), what happens (`then`) and in which phase: **before** the request is applied,\n**after** it was \
         (the answer is lost or replaced), or in the **body** of the answer. RST and FIN are how TCP\nconnections \
         end; where neither is named, the connection stays.\n\nOver HTTP/2 an answer that is cut is a stream that is \
         reset; `reset` and `close_without_answer` end the\nconnection. `GET /_mock/faults/catalog` and `zoom-mock \
         fault catalog` list the same effects.\n",
    );
    let mut group = "";
    for entry in CATALOG {
        if entry.group != group {
            group = entry.group;
            let _ = write!(
                page,
                "\n## {group}\n\n| effect | phase | seen |\n|---|---|---|\n"
            );
        }
        for phase in entry.phases {
            let seen = observed(entry, *phase).replace('|', "\\|");
            let then = serde_json::to_string(&rule(entry, *phase).then).unwrap();
            let _ = writeln!(page, "| `{then}` | {} | {seen} |", phase.as_str());
        }
        let acts_on = entry.acts_on.as_str();
        let _ = writeln!(
            page,
            "| | | *{} ({acts_on})* |",
            entry.does.replace('|', "\\|")
        );
    }
    page + &doors::part()
}

#[test]
fn the_page_says_what_each_effect_puts_on_the_wire() {
    let made = page();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("EFFECTS.md");
    if std::env::var_os("UPDATE_EFFECTS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = made
        .lines()
        .zip(held.lines())
        .find(|(made, held)| made != held);
    assert!(
        held == made,
        "EFFECTS.md is not what the wire shows; write it anew: UPDATE_EFFECTS=1 cargo test -p mock-server effects\n{differs:#?}"
    );
}

/// A rule's example on one operation, and what a list or a create shows then.
fn with(then: &Value, ask: impl FnOnce(&Stage) -> Seen) -> Seen {
    let stage = Stage::new();
    let rule = FaultRule::read(&json!({ "then": then }), Some("it")).unwrap();
    let guard = stage.server.fault(rule).unwrap();
    let seen = ask(&stage);
    drop(guard);
    seen
}

#[test]
fn a_delay_is_waited_and_a_dribble_trickles() {
    let slow = with(&json!({ "delay": { "ms": 120 } }), |stage| stage.list(""));
    assert_eq!(slow.status, Some(200));
    assert!(slow.first_after.unwrap().as_millis() >= 120, "{slow:?}");
    let drops = json!({ "dribble": { "chunk_bytes": 50, "interval_ms": 20 } });
    let slow = with(&drops, |stage| stage.list("?count=3"));
    let pieces = slow.body.len() / 50;
    assert!(slow.piece <= 50 && pieces > 10, "{slow:?}");
    assert!(
        slow.last_after.as_millis() >= 20 * pieces as u128,
        "{slow:?}"
    );
    assert!(slow.json().is_some() && slow.left == Left::Open);
}

#[test]
fn a_cut_body_is_cut_where_it_says() {
    for (then, bytes, left) in [
        (json!({ "truncate": { "bytes": 7 } }), 7, Left::Closed),
        (json!({ "truncate": { "fraction": 0.0 } }), 0, Left::Closed),
        (json!({ "reset_after": { "bytes": 7 } }), 7, Left::Reset),
        (json!({ "stall_after": { "bytes": 7 } }), 7, Left::Open),
    ] {
        let seen = with(&then, |stage| stage.list("?count=3"));
        assert_eq!((seen.body.len(), seen.left), (bytes, left), "{then}");
        assert_eq!(seen.status, Some(200));
    }
    let whole = with(&json!("close_after_response"), |stage| stage.list(""));
    assert!(whole.json().is_some() && whole.left == Left::Closed);
    assert_eq!(
        whole.header("connection"),
        None,
        "the close is not announced"
    );
}

#[test]
fn the_next_answer_on_the_connection_is_whole_again() {
    let stage = Stage::new();
    let rule = FaultRule::new(
        "once",
        Effect::Dribble {
            chunk_bytes: 400,
            interval_ms: 1,
        },
    );
    let guard = stage.server.fault(rule.times(1)).unwrap();
    let request = format!(
        "GET /scim2/Users HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
        stage.token
    );
    let seen = ask(stage.server.base_url(), &format!("{request}{request}"));
    drop(guard);
    let text = String::from_utf8_lossy(&seen.body).into_owned();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 1, "{text}");
    assert_eq!(text.matches("\"totalResults\":3").count(), 2, "{text}");
}

#[test]
fn what_was_applied_and_lost_is_told_by_the_journal() {
    let stage = Stage::new();
    let rule = FaultRule::new("lost", Effect::Reset)
        .on(Operation::CreateUser)
        .phase(Phase::After);
    let guard = stage.server.fault(rule).unwrap();
    let seen = stage.create("new@example.com");
    assert_eq!((seen.status, seen.left), (None, Left::Reset));
    assert_eq!(guard.fired(), 1);
    let exchange = stage.server.default_account().exchanges(0).pop().unwrap();
    let note = exchange.fault.as_ref().unwrap();
    assert_eq!(
        (exchange.status, note.applied, note.lost),
        (201, Some(201), true)
    );
    assert_eq!(
        (note.source.as_str(), note.effect.as_str(), note.phase),
        ("rule lost", "reset", "after")
    );
    assert!(
        exchange.to_string().ends_with("-> 201 lost (rule lost)"),
        "{exchange}"
    );
}

/// Over HTTP/2 there is no byte to cut at: the stream is reset, or the connection ends.
#[tokio::test]
async fn over_http2_what_is_cut_fails_and_the_next_request_goes_on() {
    let stage = Stage::new();
    let _ = super::client::http();
    let client = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let list = || {
        let request = client.get(format!("{}/Users?count=3", stage.server.scim_url()));
        request.bearer_auth(&stage.token).send()
    };
    for then in [
        Effect::Truncate {
            bytes: Some(7),
            fraction: None,
        },
        Effect::ResetAfter { bytes: 7 },
        Effect::Reset,
        Effect::CloseWithoutAnswer,
    ] {
        let rule = FaultRule::new("h2", then.clone()).times(1);
        let guard = stage.server.fault(rule).unwrap();
        let whole = match list().await {
            Ok(answer) => answer.bytes().await.is_ok(),
            Err(_) => false,
        };
        assert!(!whole && guard.fired() == 1, "{then:?}");
        drop(guard);
        let next = list().await.unwrap();
        assert_eq!(next.version(), reqwest::Version::HTTP_2);
        assert_eq!(next.status(), 200, "{then:?}");
    }
}
