//! The program with a state in PostgreSQL.

use provisioner::cli::{EXIT_INPUT, EXIT_NOT_USABLE, EXIT_OK, EXIT_STATE};
use serde_json::{Value, json};

use super::cluster::Database;
use super::on;
use super::postgres::PID;
use crate::program::{Desk, SECRET, said};

const SCHEMAS: &str = "SELECT count(*)::text FROM pg_namespace WHERE nspname = 'zoom_provisioner'";

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn a_connection_is_tested_synced_shown_and_synced_again() {
    let Some(database) = Database::new().await else {
        return;
    };
    let desk = Desk::new().await;
    let (mut sync, mut status) = (on("sync", &database.url), on("status", &database.url));
    said(&desk.run(&sync).await, EXIT_NOT_USABLE);
    said(&desk.run(&status).await, EXIT_STATE);
    assert_eq!(
        database.asked(SCHEMAS).await,
        "0",
        "looking makes no tables"
    );
    said(
        &desk.run(&on("test-connection", &database.url)).await,
        EXIT_OK,
    );
    let planned = said(&desk.run(&on("plan", &database.url)).await, EXIT_OK);
    assert!(planned.contains("A sync would send 1 write."), "{planned}");
    sync.push("--json");
    let first = json_of(&said(&desk.run(&sync).await, EXIT_OK));
    assert_eq!(
        (&first["writes"], &first["summary"]["success"]),
        (&json!(1), &json!(1))
    );
    status.push("--json");
    let shown = json_of(&said(&desk.run(&status).await, EXIT_OK));
    assert_eq!(shown["links"], 1);
    desk.zoom.forget_requests();
    let second = json_of(&said(&desk.run(&sync).await, EXIT_OK));
    assert_eq!(
        (&second["writes"], &second["summary"]["success"]),
        (&json!(0), &json!(1))
    );
    for write in ["POST /scim2", "PUT", "PATCH", "DELETE"] {
        assert_eq!(desk.zoom.count(write), 0, "{write}");
    }
    said(&desk.run(&on("delete-rule", &database.url)).await, EXIT_OK);
    let shown = json_of(&said(&desk.run(&status).await, EXIT_OK));
    assert_eq!(shown["links"], 0);
}

#[tokio::test]
async fn a_run_that_loses_its_database_sends_no_more_and_the_next_makes_nobody_twice() {
    let Some(database) = Database::new().await else {
        return;
    };
    let desk = Desk::new().await;
    said(
        &desk.run(&on("test-connection", &database.url)).await,
        EXIT_OK,
    );
    // The server ends the session when the outcome of the create is to be saved.
    database
        .by_hand(
            "CREATE FUNCTION zoom_provisioner.cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$; \
             CREATE TRIGGER cut BEFORE INSERT ON zoom_provisioner.entry FOR EACH ROW WHEN (NEW.kind = 'link') \
             EXECUTE FUNCTION zoom_provisioner.cut()",
        )
        .await;
    let told = said(&desk.run(&on("sync", &database.url)).await, EXIT_STATE);
    assert!(told.contains("the state is not ours any more"), "{told}");
    assert_eq!(desk.zoom.count("POST /scim2"), 1);
    database
        .by_hand("DROP TRIGGER cut ON zoom_provisioner.entry")
        .await;
    said(&desk.run(&on("sync", &database.url)).await, EXIT_OK);
    assert_eq!(desk.zoom.count("POST /scim2"), 1, "it is looked up");
    assert_eq!(desk.zoom.names(), ["ann@example.com"]);
}

#[tokio::test]
async fn a_watch_that_loses_its_database_ends() {
    let Some(database) = Database::new().await else {
        return;
    };
    let desk = Desk::new().await;
    said(
        &desk.run(&on("test-connection", &database.url)).await,
        EXIT_OK,
    );
    let mut watch = on("watch", &database.url);
    watch.extend(["--interval", "1"]);
    let lost = async {
        desk.zoom.until("POST /scim2", 1).await;
        let pid = database.asked(PID).await;
        database
            .by_hand(&format!("SELECT pg_terminate_backend({pid})"))
            .await;
    };
    let (ended, ()) = tokio::join!(desk.run(&watch), lost);
    let told = said(&ended, EXIT_STATE);
    assert!(told.contains("the state is not ours any more"), "{told}");
}

#[tokio::test]
async fn a_password_in_the_url_is_refused_and_not_repeated() {
    let desk = Desk::new().await;
    let in_url = format!("postgres://ann:{SECRET}@127.0.0.1:9/zoom");
    let in_query = format!("postgresql://127.0.0.1:9/zoom?password={SECRET}");
    let broken = format!("postgres://ann:{SECRET}@127.0.0.1:x/zoom");
    for url in [in_url, in_query, broken] {
        for command in ["test-connection", "plan", "sync", "delete-rule", "status"] {
            let told = said(&desk.run(&on(command, &url)).await, EXIT_INPUT);
            assert!(told.contains("PGPASSWORD"), "{told}");
        }
        let joined = format!("--state={url}");
        said(&desk.run(&["status", &joined]).await, EXIT_INPUT);
        said(&desk.run(&[&url]).await, EXIT_INPUT);
    }
    let unknown = "postgres://127.0.0.1:9/zoom?stat=x";
    let told = said(&desk.run(&on("status", unknown)).await, EXIT_INPUT);
    assert!(told.contains("`stat` is none of its keys"), "{told}");
    assert_eq!(desk.zoom.count("POST /scim2"), 0);
}

#[tokio::test]
async fn the_password_comes_from_the_environment() {
    let Some(database) = Database::new().await else {
        return;
    };
    if !database.has_our_users() {
        return;
    }
    // The server asks this user, and nobody else, for a password.
    database
        .by_hand(&format!("CREATE ROLE locked LOGIN PASSWORD '{SECRET}'"))
        .await;
    let url = database.user("locked");
    let desk = Desk::new().await;
    let with = async |variable: &str, value: &str, code: u8| {
        let mut command = desk.command(&on("test-connection", &url));
        command.env_remove("PGPASSFILE").env_remove("PGPASSWORD");
        command.env("HOME", desk.path()).env(variable, value);
        said(&desk.output(command).await, code)
    };
    for wrong in ["", "wrong"] {
        let told = with("PGPASSWORD", wrong, EXIT_STATE).await;
        assert!(told.contains("PGPASSWORD, ~/.pgpass"), "{told}");
    }
    let told = with("PGPASSWORD", SECRET, EXIT_STATE).await;
    assert!(told.contains("GRANT CREATE ON DATABASE"), "{told}");
    let grant = "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO locked', current_database()); END $$";
    database.by_hand(grant).await;
    with("PGPASSWORD", SECRET, EXIT_OK).await;
    desk.write("passwords", &format!("*:*:*:locked:{SECRET}\n"));
    let file = desk.path().join("passwords");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, private).unwrap();
    with("PGPASSFILE", file.to_str().unwrap(), EXIT_OK).await;
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_refused_before_anything_is_sent() {
    let Some(database) = Database::new().await else {
        return;
    };
    let desk = Desk::new().await;
    said(
        &desk.run(&on("test-connection", &database.url)).await,
        EXIT_OK,
    );
    desk.zoom.forget_requests();
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nowhere = format!("postgres://{free}/zoom");
    let missing = database.url.replace("zoom_test", "zoom_none");
    for (url, words) in [
        (&nowhere, "whether the server runs"),
        (&missing, "make this database"),
    ] {
        for command in ["sync", "status"] {
            let told = said(&desk.run(&on(command, url)).await, EXIT_STATE);
            assert!(told.contains(words), "{told}");
        }
    }
    let read_only = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', \
                     current_database()); END $$";
    database.by_hand(read_only).await;
    let told = said(&desk.run(&on("sync", &database.url)).await, EXIT_STATE);
    assert!(told.contains("the server that takes writes"), "{told}");
    assert_eq!(desk.zoom.count(""), 0);
}
