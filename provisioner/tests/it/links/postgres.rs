//! The store in PostgreSQL: whose turn it is, and what is refused.

use futures::FutureExt as _;
use provisioner::{Links as _, LinksError, Memory, PostgresLinks, Remembered};

use super::cluster::Database;
use super::contract::link;

pub(super) const PID: &str = "SELECT min(pid)::text FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = \
                   (SELECT oid FROM pg_database WHERE datname = current_database())";

async fn save(links: &PostgresLinks, user: &str) -> Result<(), LinksError> {
    links.save(vec![Memory::Link(link(user, 1))]).await
}

#[tokio::test]
async fn a_second_run_is_told_who_holds_the_state() {
    let Some(database) = Database::new().await else {
        return;
    };
    let first = PostgresLinks::open(&database.url).await.unwrap();
    let pid = database.asked(PID).await;
    let told = PostgresLinks::open(&database.url)
        .await
        .unwrap_err()
        .to_string();
    let program = format!("zoom-provisioner, process {}", std::process::id());
    for words in [format!("backend {pid}"), program, "since 20".to_owned()] {
        assert!(told.contains(&words), "{told}");
    }
    drop(first);
}

#[tokio::test]
async fn a_run_whose_connection_is_gone_writes_no_more() {
    let Some(database) = Database::new().await else {
        return;
    };
    let first = PostgresLinks::open(&database.url).await.unwrap();
    save(&first, "u1").await.unwrap();
    let pid = database.asked(PID).await;
    database
        .by_hand(&format!("SELECT pg_terminate_backend({pid})"))
        .await;
    let second = PostgresLinks::open(&database.url).await.unwrap();
    save(&second, "u2").await.unwrap();
    for _ in 0..3 {
        let error = save(&first, "u3").await.unwrap_err();
        assert!(matches!(error, LinksError::Lost { .. }), "{error}");
    }
    let error = first.load().await.unwrap_err();
    assert!(matches!(error, LinksError::Lost { .. }), "{error}");
    let users: Vec<_> = second.load().await.unwrap().links.into_keys().collect();
    assert_eq!(users, ["u1", "u2"]);
}

#[tokio::test]
async fn a_run_whose_turn_is_over_writes_no_more_though_it_is_connected() {
    let Some(database) = Database::new().await else {
        return;
    };
    let links = PostgresLinks::open(&database.url).await.unwrap();
    save(&links, "u1").await.unwrap();
    database
        .by_hand("UPDATE zoom_provisioner.state SET turn = turn + 1")
        .await;
    for _ in 0..2 {
        let error = save(&links, "u2").await.unwrap_err();
        assert!(matches!(error, LinksError::Lost { .. }), "{error}");
    }
    let links = PostgresLinks::open(&database.url).await.unwrap();
    assert_eq!(links.load().await.unwrap().links.len(), 1);
}

#[tokio::test]
async fn a_save_that_was_given_up_ends_the_turn() {
    let Some(database) = Database::new().await else {
        return;
    };
    let links = PostgresLinks::open(&database.url).await.unwrap();
    // The server may answer before it is asked whether it did; as long as the row is locked, it cannot.
    let held = database
        .in_transaction("SELECT FROM zoom_provisioner.state FOR UPDATE")
        .await;
    assert!(save(&links, "u1").now_or_never().is_none());
    drop(held);
    let error = save(&links, "u2").await.unwrap_err();
    assert!(matches!(error, LinksError::Lost { .. }), "{error}");
    let next = PostgresLinks::open(&database.url).await.unwrap();
    assert!(!next.load().await.unwrap().links.contains_key("u2"));
}

#[tokio::test]
async fn a_server_without_tls_is_not_talked_to_where_it_has_to_be_verified() {
    let Some(database) = Database::new().await else {
        return;
    };
    let Some(socket) = database.socket() else {
        return;
    };
    let door = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = door.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = door.accept().await {
            let mut server = tokio::net::UnixStream::connect(&socket).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
        }
    });
    let name = database.asked("SELECT current_database()::text").await;
    let url = format!("postgres://test@127.0.0.1:{port}/{name}");
    for mode in ["require", "verify-ca", "verify-full"] {
        let told = PostgresLinks::open(&format!("{url}?sslmode={mode}"))
            .await
            .unwrap_err()
            .to_string();
        assert!(told.contains("TLS"), "{told}");
    }
    let links = PostgresLinks::open(&url).await.unwrap();
    save(&links, "u1").await.unwrap();
}

#[tokio::test]
async fn states_of_one_database_are_apart() {
    let Some(database) = Database::new().await else {
        return;
    };
    let (eu, us) = (database.state("eu"), database.state("us"));
    let first = PostgresLinks::open(&eu);
    let (first, second) = tokio::join!(first, PostgresLinks::open(&us));
    let (first, second) = (first.unwrap(), second.unwrap());
    save(&first, "u1").await.unwrap();
    save(&second, "u1").await.unwrap();
    let gone = vec![Memory::Unlink("u1".into())];
    first.save(gone).await.unwrap();
    assert_eq!(first.load().await.unwrap(), Remembered::default());
    assert_eq!(second.load().await.unwrap().links.len(), 1);
    drop(first);
    let tables = "SELECT count(*)::text FROM zoom_provisioner.state";
    assert_eq!(database.asked(tables).await, "2");
    // A look makes neither a state nor tables.
    let third = PostgresLinks::open_existing(&database.state("asia")).await;
    assert!(third.unwrap().is_none());
    assert_eq!(database.asked(tables).await, "2");
    let empty = Database::new().await.unwrap();
    let none = PostgresLinks::open_existing(&empty.url).await;
    assert!(none.unwrap().is_none());
    let schemas = "SELECT count(*)::text FROM pg_namespace WHERE nspname = 'zoom_provisioner'";
    assert_eq!(empty.asked(schemas).await, "0");
}

#[tokio::test]
async fn tables_that_are_not_ours_or_newer_are_refused_and_left() {
    let Some(database) = Database::new().await else {
        return;
    };
    let contents = "SELECT coalesce(string_agg(relname || ':' || relkind::text, ' ' ORDER BY relname), '') FROM pg_class c \
                    JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'zoom_provisioner'";
    for (sql, words) in [
        (
            "CREATE SCHEMA zoom_provisioner CREATE TABLE t (x int)",
            "is not a state",
        ),
        (
            "CREATE TABLE zoom_provisioner.version (version bigint)",
            "is not a state",
        ),
        (
            "DROP TABLE zoom_provisioner.version; CREATE TABLE zoom_provisioner.version (program text, version bigint)",
            "not one version",
        ),
        (
            "INSERT INTO zoom_provisioner.version VALUES ('zoom', 1)",
            "another program's schema",
        ),
        (
            "UPDATE zoom_provisioner.version SET program = 'zoom-provisioner', version = 0",
            "another program's schema",
        ),
        (
            "UPDATE zoom_provisioner.version SET version = 2",
            "newer version (schema 2)",
        ),
        // The tables of its version are not there.
        (
            "UPDATE zoom_provisioner.version SET version = 1",
            "does not exist",
        ),
    ] {
        database.by_hand(sql).await;
        let before = database.asked(contents).await;
        let told = PostgresLinks::open(&database.url)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            told.contains(words) && told.contains("left as it is"),
            "{told}"
        );
        assert_eq!(database.asked(contents).await, before);
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_refused() {
    let Some(database) = Database::new().await else {
        return;
    };
    for sql in [
        "UPDATE zoom_provisioner.entry SET value = left(value, 20)",
        "UPDATE zoom_provisioner.entry SET kind = 'lynk'",
    ] {
        let links = PostgresLinks::open(&database.url).await.unwrap();
        save(&links, "u1").await.unwrap();
        database.by_hand(sql).await;
        let error = links.load().await.unwrap_err();
        assert!(matches!(error, LinksError::Foreign { .. }), "{error}");
        drop(links);
        database.by_hand("DELETE FROM zoom_provisioner.entry").await;
    }
}

#[tokio::test]
async fn a_schema_that_was_made_for_us_is_used() {
    let Some(database) = Database::new().await else {
        return;
    };
    database.by_hand("CREATE SCHEMA zoom_provisioner").await;
    let links = PostgresLinks::open(&database.url).await.unwrap();
    save(&links, "u1").await.unwrap();
}
