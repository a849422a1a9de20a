//! Plans in files, the audit, and explanations: through the program.

use provisioner::cli::{EXIT_AUDIT, EXIT_INPUT, EXIT_MOVED, EXIT_NOT_USABLE, EXIT_OK, EXIT_STATE};
use serde_json::{Value, json};

use super::program::{Desk, said};

const FILES: [&str; 8] = [
    "--connection",
    "connection.toml",
    "--rule",
    "rule.toml",
    "--directory",
    "directory.json",
    "--state",
    "state.db",
];

async fn run(desk: &Desk, command: &[&str], more: &[&str]) -> std::process::Output {
    let mut arguments = command.to_vec();
    arguments.extend(FILES);
    arguments.extend(more);
    desk.run(&arguments).await
}

async fn tested() -> Desk {
    let desk = Desk::new().await;
    said(&desk.test().await, EXIT_OK);
    desk.zoom.forget_requests();
    desk
}

fn writes(desk: &Desk) -> usize {
    ["POST /scim2", "PUT", "PATCH", "DELETE"]
        .iter()
        .map(|method| desk.zoom.count(method))
        .sum()
}

fn read(desk: &Desk, name: &str) -> String {
    std::fs::read_to_string(desk.path().join(name)).unwrap()
}

#[tokio::test]
async fn a_plan_is_made_looked_at_and_applied() {
    let desk = tested().await;
    let planned = said(
        &run(&desk, &["plan"], &["--out", "zoom.plan"]).await,
        EXIT_OK,
    );
    assert!(
        planned.contains("Writes           1       0       0       0       0")
            && planned.contains("Removals         0  of 0 linked")
            && planned.contains("The plan is in zoom.plan"),
        "{planned}"
    );
    assert_eq!(writes(&desk), 0);
    assert!(!read(&desk, "zoom.plan").contains("c4n4ry"));
    let applied = run(&desk, &["apply", "zoom.plan"], &["--json"]).await;
    let applied: Value = serde_json::from_str(&said(&applied, EXIT_OK)).unwrap();
    assert_eq!(
        (&applied["writes"], &applied["summary"]["success"]),
        (&json!(1), &json!(1))
    );
    let again = said(&run(&desk, &["apply", "zoom.plan"], &[]).await, EXIT_MOVED);
    assert!(
        again.contains("the links have moved") && again.contains("Plan again"),
        "{again}"
    );
    assert_eq!(writes(&desk), 1);
}

#[tokio::test]
async fn a_plan_that_does_not_fit_any_more_is_refused_by_name() {
    let desk = tested().await;
    said(&desk.sync(&[]).await, EXIT_OK);
    let two = json!([{ "id": "1", "username": "ann@example.com", "title": "Boss" },
        { "id": "2", "username": "bob@example.com" }]);
    let one = read(&desk, "directory.json");
    desk.write("directory.json", &two.to_string());
    said(
        &run(&desk, &["plan"], &["--out", "zoom.plan"]).await,
        EXIT_OK,
    );
    desk.zoom.forget_requests();
    let apply = async || run(&desk, &["apply", "zoom.plan"], &[]).await;

    desk.write("directory.json", &one);
    assert!(said(&apply().await, EXIT_MOVED).contains("the directory has moved"));
    desk.write("directory.json", &two.to_string());

    let connection = read(&desk, "connection.toml");
    desk.append("connection.toml", "update_users = false\n");
    assert!(said(&apply().await, EXIT_MOVED).contains("the configuration has moved"));
    desk.write("connection.toml", &format!("{connection}enabled = false\n"));
    said(&apply().await, EXIT_NOT_USABLE);
    desk.write("connection.toml", &connection);
    desk.write("rule.toml", "id = \"r1\"\nfilter = 'title pr'\n");
    assert!(said(&apply().await, EXIT_MOVED).contains("other rules"));
    desk.write("rule.toml", "id = \"r1\"\n");
    assert_eq!(desk.zoom.count(""), 0, "Zoom was not asked");

    // That the connection was off is remembered, so it is planned again.
    said(
        &run(&desk, &["plan"], &["--out", "zoom.plan"]).await,
        EXIT_OK,
    );
    desk.zoom.add("bob@example.com");
    let moved = said(&apply().await, EXIT_MOVED);
    assert!(
        moved.contains("Zoom has moved")
            && moved.contains("bob@example.com: planned create (O1), now"),
        "{moved}"
    );
    assert_eq!(writes(&desk), 0);

    let plan = read(&desk, "zoom.plan");
    for (text, words) in [
        (plan[..plan.len() / 2].to_owned(), "the plan is cut off"),
        (plan.replace("Boss", "Chief"), "damaged or was edited"),
        (
            plan.replace("\"version\": 1", "\"version\": 9"),
            "newer version (plan format 9)",
        ),
        ("{}".to_owned(), "is no plan"),
    ] {
        desk.write("zoom.plan", &text);
        let told = said(&apply().await, EXIT_INPUT);
        assert!(
            told.contains("zoom.plan: ") && told.contains(words),
            "{told}"
        );
    }
    let occupied = run(&desk, &["plan"], &["--out", "connection.toml"]).await;
    assert!(said(&occupied, EXIT_INPUT).contains("it was left as it is"));
    assert_eq!(read(&desk, "connection.toml"), connection);
}

#[tokio::test]
async fn a_plan_counts_what_it_does_and_names_the_flag_of_each_group() {
    let desk = tested().await;
    said(&desk.sync(&[]).await, EXIT_OK);
    desk.write(
        "directory.json",
        &json!([{ "id": "2", "username": "bob@example.com" }]).to_string(),
    );
    let planned = said(&run(&desk, &["plan"], &[]).await, EXIT_OK);
    assert!(
        planned.contains("Writes           1       0       0       1       0")
            && planned.contains("Removals         1  of 1 linked"),
        "{planned}"
    );
    desk.append(
        "connection.toml",
        "deprovision_users = false\ncreate_users = false\n",
    );
    let planned = said(&run(&desk, &["plan"], &[]).await, EXIT_OK);
    assert!(
        planned.contains("nothing to do  1  O1: in scope, no Zoom user  create_users is off")
            && planned
                .contains("nothing to do  1  O9: left, Zoom user active  deprovision_users is off")
            && planned.contains("A sync would send 0 writes."),
        "{planned}"
    );
    let planned = said(&run(&desk, &["plan"], &["--json"]).await, EXIT_OK);
    let planned: Value = serde_json::from_str(planned.lines().next().unwrap()).unwrap();
    assert_eq!(planned["counts"]["linked"], 1);
    assert_eq!(planned["counts"]["removals"], 0);
}

#[tokio::test]
async fn an_audit_is_kept_and_verified() {
    let desk = tested().await;
    said(&desk.sync(&["--audit", "zoom.audit"]).await, EXIT_OK);
    let verify = async || desk.run(&["audit", "verify", "zoom.audit"]).await;
    let verified = said(&verify().await, EXIT_OK);
    assert!(
        verified.contains("as it was written") && verified.contains("Lines  3"),
        "{verified}"
    );
    let text = read(&desk, "zoom.audit");
    assert!(
        text.contains("ann@example.com") && !text.contains("c4n4ry"),
        "{text}"
    );
    desk.write("zoom.audit", &text.replace("\"create\"", "\"update\""));
    let broken = said(&verify().await, EXIT_AUDIT);
    assert!(broken.contains("line 2 was changed"), "{broken}");
    let lines: Vec<&str> = text.lines().collect();
    desk.write("zoom.audit", &format!("{}\n{}\n", lines[0], lines[2]));
    let broken = said(&verify().await, EXIT_AUDIT);
    assert!(
        broken.contains("line 2 does not follow the line before it"),
        "{broken}"
    );
    desk.write("zoom.audit", &text[..text.len() - 40]);
    let cut = said(&verify().await, EXIT_OK);
    assert!(
        cut.contains("line 3 was cut by a crash") && cut.contains("has no end"),
        "{cut}"
    );
    let json = said(
        &desk.run(&["audit", "verify", "--json", "zoom.audit"]).await,
        EXIT_OK,
    );
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["verified"]["cut"], json!([3]));
    said(&desk.run(&["audit", "verify", "missing"]).await, EXIT_AUDIT);
    assert!(!desk.path().join("missing").exists());
    // A rule's deletion goes on with the same file.
    let mut delete = vec![
        "delete-rule",
        "--connection",
        "connection.toml",
        "--rule",
        "rule.toml",
    ];
    delete.extend(["--state", "state.db", "--audit", "zoom.audit"]);
    said(&desk.run(&delete).await, EXIT_OK);
    assert!(said(&verify().await, EXIT_OK).contains("Runs   2"));
}

#[tokio::test]
async fn f75_where_no_audit_can_be_written_nothing_is_sent() {
    let desk = tested().await;
    desk.write("precious", "precious\n");
    let mut places = vec![".", "precious", "missing/zoom.audit"];
    if cfg!(target_os = "linux") {
        places.push("/dev/full");
    }
    for place in places {
        let told = said(&desk.sync(&["--audit", place]).await, EXIT_AUDIT);
        assert!(told.contains(place), "{told}");
    }
    assert_eq!(read(&desk, "precious"), "precious\n");
    assert_eq!(desk.zoom.count(""), 0);
    let told = said(&desk.sync(&["--audit-values", "none"]).await, EXIT_INPUT);
    assert!(told.contains("--audit"), "{told}");
    // The state is in order, and another run with an audit goes on.
    said(&desk.sync(&["--audit", "zoom.audit"]).await, EXIT_OK);
}

#[tokio::test]
async fn the_connection_names_the_audit_and_the_command_line_wins() {
    let desk = tested().await;
    desk.append(
        "connection.toml",
        "[audit]\nfile = \"kept.audit\"\nvalues = \"hashed\"\n",
    );
    let titled = |title: &str| {
        let user = json!([{ "id": "1", "username": "ann@example.com", "title": title }]);
        desk.write("directory.json", &user.to_string());
    };
    titled("Secret-One");
    said(&desk.sync(&[]).await, EXIT_OK);
    let kept = read(&desk, "kept.audit");
    assert!(
        kept.contains("sha256:") && !kept.contains("Secret-One"),
        "{kept}"
    );
    titled("Secret-Two");
    said(&desk.sync(&["--audit-values", "none"]).await, EXIT_OK);
    let kept = read(&desk, "kept.audit");
    assert!(
        kept.contains("\"title\":{}") && !kept.contains("Secret"),
        "{kept}"
    );
    titled("Secret-Three");
    said(
        &desk
            .sync(&["--audit", "other.audit", "--audit-values", "plain"])
            .await,
        EXIT_OK,
    );
    assert_eq!(read(&desk, "kept.audit"), kept);
    let other = read(&desk, "other.audit");
    assert!(
        other.contains("\"before\":\"Secret-Two\",\"after\":\"Secret-Three\""),
        "{other}"
    );
    let connection = read(&desk, "connection.toml");
    for (old, new) in [
        ("values =", "valeus ="),
        ("\"hashed\"", "\"hidden\""),
        ("file =", "path ="),
    ] {
        desk.write("connection.toml", &connection.replace(old, new));
        assert!(said(&desk.sync(&[]).await, EXIT_INPUT).contains("connection.toml: line"));
    }
}

#[tokio::test]
async fn a_user_is_explained() {
    let desk = tested().await;
    said(&desk.sync(&["--audit", "zoom.audit"]).await, EXIT_OK);
    desk.write("rule.toml", "id = \"r1\"\nfilter = 'title eq \"Boss\"'\n");
    desk.append("connection.toml", "deprovision_users = false\n");
    let before = std::fs::read(desk.path().join("state.db")).unwrap();
    desk.zoom.forget_requests();
    let told = run(
        &desk,
        &["explain", "ANN@example.com"],
        &["--audit", "zoom.audit"],
    )
    .await;
    let told = said(&told, EXIT_OK);
    for words in [
        "User        1",
        "Directory   ann@example.com, enabled",
        "r1 does not match: not title eq \"Boss\", and title is nothing",
        "Zoom user z0001, created by this connection, in the care of rule r1",
        "Success as ann@example.com",
        "ann@example.com (z0001), active",
        "looks at them",
        "O9: left, Zoom user active; nothing to do; then Removed",
        "deprovision_users is off; deprovision_users = true in the connection allows it",
        "create done (O1, POST /Users, 201)",
    ] {
        assert!(told.contains(words), "no {words:?} in\n{told}");
    }
    for name in ["1", "z0001"] {
        let json = said(&run(&desk, &["explain", name], &["--json"]).await, EXIT_OK);
        let json: Value = serde_json::from_str(&json).unwrap();
        let user = &json["explained"]["user"];
        assert_eq!(
            (&user["user"], &user["decision"]["flag"]),
            (&json!("1"), &json!("deprovision_users"))
        );
    }
    let unknown = said(
        &run(&desk, &["explain", "anne@example.com"], &[]).await,
        EXIT_INPUT,
    );
    assert!(unknown.contains("is ann@example.com meant?"), "{unknown}");
    desk.zoom.add("stranger@example.com");
    let stranger = said(
        &run(&desk, &["explain", "stranger@example.com"], &[]).await,
        EXIT_OK,
    );
    assert!(
        stranger.contains("O12: never in scope; they are never touched"),
        "{stranger}"
    );
    assert_eq!(writes(&desk), 0);
    assert_eq!(std::fs::read(desk.path().join("state.db")).unwrap(), before);
    desk.write("state.db", "precious");
    said(&run(&desk, &["explain", "1"], &[]).await, EXIT_STATE);
}

#[tokio::test]
async fn every_help_has_an_example() {
    let desk = Desk::new().await;
    for command in [
        &["plan"][..],
        &["apply"],
        &["sync"],
        &["delete-rule"],
        &["explain"],
        &["audit", "verify"],
    ] {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let help = said(&desk.run(&arguments).await, EXIT_OK);
        let example = format!("zoom-provisioner {}", command.join(" "));
        assert!(
            help.contains("Example") && help.contains(&example),
            "{help}"
        );
    }
}
