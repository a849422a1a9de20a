//! The state file.

use std::sync::Arc;

use provisioner::{
    Fact, Intended, Intent, Links as _, LinksError, Memory, Provisioner, Retry, Seen, SqliteLinks,
    SyncOptions, Transport, next_retry,
};

use crate::fake::{Fake, people, rule};

#[tokio::test]
async fn what_was_done_is_remembered_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let zoom = Fake::start().await;
    for writes in [3, 0] {
        let links = Arc::new(SqliteLinks::open(&path).await.unwrap());
        let mut engine = Provisioner::new(
            zoom.connection(),
            vec![rule()],
            links,
            Transport::new().unwrap(),
        );
        let report = engine
            .sync(&people(0..3), SyncOptions::default())
            .await
            .unwrap();
        assert_eq!((report.writes, report.summary.success), (writes, 3));
    }
    let links = SqliteLinks::open(&path).await.unwrap();
    let remembered = links.load().await.unwrap();
    assert_eq!((remembered.links.len(), remembered.seen.len()), (3, 3));
    links
        .save(vec![
            Memory::Unlink("u1".into()),
            Memory::Unsee("u1".into()),
        ])
        .await
        .unwrap();
    assert_eq!(links.load().await.unwrap().links.len(), 2);
}

/// What sqlite itself is told, as another version of the program would.
pub(super) async fn by_hand(path: &std::path::Path, sql: &str) {
    use sqlx::{ConnectOptions as _, Connection as _};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await.unwrap();
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn f69_a_file_of_an_earlier_version_is_brought_up_and_one_of_a_later_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let links = SqliteLinks::open(&path).await.unwrap();
    let fact = Memory::Fact(Fact::Settings, Some("s".to_owned()));
    links.save(vec![fact]).await.unwrap();
    drop(links);
    by_hand(&path, "DROP TABLE intent; PRAGMA user_version = 1").await;
    let intent = Intent {
        user: "u1".into(),
        at: "2026-01-31T12:00:00Z".parse().unwrap(),
        write: Intended::Delete {
            zoom_id: "z1".into(),
        },
    };
    for times in 0..2 {
        let links = SqliteLinks::open(&path).await.unwrap();
        let remembered = links.load().await.unwrap();
        assert_eq!(remembered.facts[&Fact::Settings], "s", "{times}");
        let intend = Memory::Intend(intent.clone());
        links.save(vec![intend]).await.unwrap();
        let remembered = links.load().await.unwrap();
        assert_eq!(remembered.intents["u1"], intent);
        let settled = Memory::Settled("u1".into());
        links.save(vec![settled]).await.unwrap();
        assert!(links.load().await.unwrap().intents.is_empty());
    }
    by_hand(&path, "PRAGMA user_version = 4").await;
    let error = SqliteLinks::open(&path).await.unwrap_err();
    assert!(
        matches!(error, LinksError::Newer { found: 4, .. }),
        "{error}"
    );
    by_hand(&path, "PRAGMA user_version = 0").await;
    let error = SqliteLinks::open(&path).await.unwrap_err();
    assert!(matches!(error, LinksError::Foreign { .. }), "{error}");
}

#[tokio::test]
async fn a_user_of_an_earlier_version_is_read_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    drop(SqliteLinks::open(&path).await.unwrap());
    by_hand(
        &path,
        r#"INSERT INTO seen VALUES ('u1', '{"username":"a@b","digest":"d","status":"failed","rules":["r1"],"note":"no"}');
           INSERT INTO fact VALUES ('settings', 's');
           PRAGMA user_version = 2"#,
    )
    .await;
    let links = SqliteLinks::open(&path).await.unwrap();
    let remembered = links.load().await.unwrap();
    let seen = &remembered.seen["u1"];
    assert_eq!((seen.retry, &seen.stuck), (None, &None));
    assert!(next_retry(&remembered).is_some(), "due at once");
    let retry = Retry::after_failure(None, "2026-01-31T12:00:00Z".parse().unwrap());
    let with_retry = Seen {
        retry: Some(retry),
        ..seen.clone()
    };
    links
        .save(vec![Memory::Seen("u1".into(), with_retry.clone())])
        .await
        .unwrap();
    drop(links);
    let links = SqliteLinks::open(&path).await.unwrap();
    assert_eq!(links.load().await.unwrap().seen["u1"], with_retry);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    SqliteLinks::open(&path).await.unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn f69_what_is_no_state_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    for content in [
        "",
        "not a database, but long enough to look at: "
            .repeat(50)
            .as_str(),
    ] {
        std::fs::write(&path, content).unwrap();
        let error = SqliteLinks::open(&path).await.unwrap_err();
        assert!(matches!(error, LinksError::Foreign { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
    assert!(matches!(
        SqliteLinks::open(folder.path()).await,
        Err(LinksError::Foreign { .. })
    ));
    let nowhere = folder.path().join("no/such/folder/state.db");
    assert!(matches!(
        SqliteLinks::open(&nowhere).await,
        Err(LinksError::File { .. })
    ));
}

#[tokio::test]
async fn f69_a_file_that_was_cut_off_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    drop(SqliteLinks::open(&path).await.unwrap());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let opened = SqliteLinks::open(&path).await;
    let refused = match opened {
        Ok(links) => links.load().await.is_err(),
        Err(_) => true,
    };
    assert!(refused);
}

#[tokio::test]
async fn f71_two_runs_do_not_work_on_one_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let first = SqliteLinks::open(&path).await.unwrap();
    let error = SqliteLinks::open(&path).await.unwrap_err();
    assert!(matches!(error, LinksError::Busy { .. }), "{error}");
    drop(first);
    assert!(SqliteLinks::open(&path).await.is_ok());
}
