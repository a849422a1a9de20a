//! The program and what it holds back: exit codes, flags, and what is said.

use provisioner::cli::{EXIT_HELD_BACK, EXIT_INPUT, EXIT_OK, EXIT_SOME_FAILED};
use serde_json::{Value, json};

use super::fake::Instead;
use super::program::{Desk, said};

impl Desk {
    /// A directory of these users.
    fn directory(&self, numbers: impl IntoIterator<Item = usize>) {
        let users = numbers
            .into_iter()
            .map(|number| json!({ "id": format!("u{number}"), "username": format!("user{number}@example.com") }));
        let users: Vec<Value> = users.collect();
        self.write("directory.json", &Value::Array(users).to_string());
    }

    fn removals(&self) -> usize {
        self.zoom.count("DELETE") + self.zoom.count("PATCH")
    }

    async fn synced(numbers: std::ops::Range<usize>) -> Self {
        let desk = Self::new().await;
        said(&desk.test().await, EXIT_OK);
        desk.directory(numbers);
        said(&desk.sync(&[]).await, EXIT_OK);
        desk
    }

    async fn delete_rule(&self, more: &[&str]) -> std::process::Output {
        let mut arguments = vec!["delete-rule", "--connection", "connection.toml"];
        arguments.extend(["--rule", "rule.toml", "--state", "state.db"]);
        arguments.extend(more);
        self.run(&arguments).await
    }

    async fn status(&self) -> Value {
        let output = self.run(&["status", "--state", "state.db", "--json"]).await;
        serde_json::from_str(&said(&output, EXIT_OK)).unwrap()
    }
}

#[tokio::test]
async fn f59_f61_a_directory_that_shrinks_is_accepted_and_its_removals_allowed_by_number() {
    let desk = Desk::synced(0..60).await;
    desk.directory(0..40);
    desk.zoom.forget_requests();
    let told = said(&desk.sync(&[]).await, EXIT_INPUT);
    assert!(
        told.contains("has 40 users, and had 60") && told.contains("--accept-count 40"),
        "{told}"
    );
    assert!(told.contains("Nothing was sent"), "{told}");
    said(&desk.sync(&["--accept-count", "41"]).await, EXIT_INPUT);
    assert_eq!(desk.zoom.count(""), 0);
    let told = said(&desk.sync(&["--accept-count", "40"]).await, EXIT_HELD_BACK);
    for words in [
        "20 would be, of 60 linked users",
        "max_removals = 10",
        "--allow-removals 20",
        "held back  20",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let result = desk.sync(&["--json", "--allow-removals", "19"]).await;
    let result: Value = serde_json::from_slice(&result.stdout).unwrap();
    assert_eq!(
        result["over_limit"],
        json!({ "planned": 20, "linked": 60, "max_removals": 10, "max_removal_percent": 10, "allowed": 19 })
    );
    assert_eq!(
        result["actions"][0]["held"],
        "held back: over the removal limit"
    );
    let status = desk.status().await;
    assert_eq!(status["held"].as_array().unwrap().len(), 20);
    assert_eq!(desk.removals(), 0);
    said(&desk.sync(&["--allow-removals", "20"]).await, EXIT_OK);
    assert_eq!(desk.removals(), 20);
    // It was for that run.
    said(&desk.sync(&["--full"]).await, EXIT_OK);
    assert_eq!(desk.status().await["held"], json!([]));
}

#[tokio::test]
async fn that_removals_are_held_back_wins_over_failed_users() {
    let desk = Desk::synced(0..60).await;
    desk.directory(12..61);
    let refused = Instead::Answer(400, json!({ "detail": "no" }).to_string());
    desk.zoom.instead("POST /scim2", vec![refused]);
    let told = said(&desk.sync(&[]).await, EXIT_HELD_BACK);
    assert!(told.contains("failed"), "{told}");
    let status = desk.status().await;
    let failed = &status["failed"][0];
    assert_eq!(
        (&failed["attempts"], &failed["given_up"]),
        (&json!(1), &json!(false))
    );
    assert_eq!(failed["next_retry"], status["next_retry"]);
    let shown = desk.run(&["status", "--state", "state.db"]).await;
    let shown = said(&shown, EXIT_OK);
    let words: Vec<&str> = shown.split_whitespace().collect();
    let words = words.join(" ");
    assert!(
        words.contains("1 attempt failed; the next is due at 20"),
        "{shown}"
    );
    // Its time has not come.
    let again = desk.sync(&["--due-only", "--allow-removals", "12"]).await;
    said(&again, EXIT_SOME_FAILED);
    assert_eq!(desk.zoom.count("POST /scim2"), 61);
    said(&desk.sync(&[]).await, EXIT_OK);
    assert_eq!(desk.zoom.count("POST /scim2"), 62);
}

#[tokio::test]
async fn f61_the_deletion_of_a_rule_is_held_back_and_allowed_by_number() {
    let desk = Desk::synced(0..12).await;
    desk.append("connection.toml", "managed = true\n");
    let told = said(&desk.delete_rule(&[]).await, EXIT_HELD_BACK);
    assert!(
        told.contains("The rule r1 is not deleted") && told.contains("--allow-removals 12"),
        "{told}"
    );
    assert_eq!(
        (desk.removals(), &desk.status().await["links"]),
        (0, &json!(12))
    );
    let told = said(
        &desk.delete_rule(&["--allow-removals", "12"]).await,
        EXIT_OK,
    );
    assert!(told.contains("The rule r1 is forgotten."), "{told}");
    assert_eq!(
        (desk.removals(), &desk.status().await["links"]),
        (12, &json!(0))
    );
}

#[tokio::test]
async fn the_limits_stand_in_the_connection_and_are_checked() {
    let desk = Desk::synced(0..3).await;
    let text = std::fs::read_to_string(desk.path().join("connection.toml")).unwrap();
    for (line, words) in [
        ("max_removal = 3", "unknown field `max_removal`"),
        (
            "max_removal_percent = 101",
            "`safety.max_removal_percent`: is 101",
        ),
        (
            "max_shrink_percent = 200",
            "`safety.max_shrink_percent`: is 200",
        ),
        ("max_removals = -1", "line 6: invalid value: integer `-1`"),
        ("protect = [\"\"]", "`safety.protect`: has the entry \"\""),
    ] {
        desk.write("connection.toml", &format!("{text}[safety]\n{line}\n"));
        let told = said(&desk.sync(&[]).await, EXIT_INPUT);
        assert!(
            told.contains("connection.toml") && told.contains(words),
            "{told}"
        );
    }
    desk.directory(2..3);
    let limits = "[safety]\nmax_removals = 1\nmax_removal_percent = 0\nmax_shrink_percent = 100\n";
    desk.write("connection.toml", &format!("{text}{limits}"));
    let told = said(&desk.sync(&[]).await, EXIT_HELD_BACK);
    assert!(told.contains("max_removals = 1 "), "{told}");
    let protect = "protect = [\"u0\", \"USER1@example.com\"]\n";
    desk.write("connection.toml", &format!("{text}{limits}{protect}"));
    let told = said(&desk.sync(&[]).await, EXIT_OK);
    assert!(told.contains("2 users are protected"), "{told}");
    assert_eq!(desk.removals(), 0);
}
