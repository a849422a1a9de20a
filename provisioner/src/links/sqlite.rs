//! Links in a SQLite file, which is made on first use. While a run has the file open, nobody else does.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, QueryBuilder, Row as _, Sqlite};
use tokio::sync::Mutex;

use super::rows::{Kind, Rows, last};
use super::{Links, LinksError, Memory, Remembered};

/// Tells our files from those of other programs: `PRAGMA application_id`, "zmpv" in ASCII.
const APPLICATION_ID: i64 = 0x7a6d_7076;
/// The version of the tables: `PRAGMA user_version`.
const SCHEMA: i64 = 3;
/// How long to wait for another run's lock before saying that there is one.
const BUSY_WAIT: Duration = Duration::from_millis(200);

/// How many rows one statement changes at the most: SQLite takes 32,766 values.
const MAX_ROWS: usize = 1000;

const TABLES: &str = "
    CREATE TABLE link (user TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
    CREATE TABLE seen (user TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
    CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    PRAGMA application_id = 0x7a6d7076;
";
/// What each version of the tables adds to the one before: the first of these leads from version 1 to 2.
const MIGRATIONS: [&str; 2] = [
    "
    CREATE TABLE intent (user TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
    PRAGMA user_version = 2;
",
    // The same tables, in whose JSON there may be keys that an earlier version does not know.
    "PRAGMA user_version = 3;",
];

/// A store in a file.
#[derive(Debug)]
pub struct SqliteLinks {
    place: String,
    connection: Mutex<SqliteConnection>,
}

impl SqliteLinks {
    /// Opens a state file, and makes it if there is none; only its owner may read it.
    ///
    /// # Errors
    ///
    /// When the file is no state file of ours, newer than we know, or in use. It is then left as it is.
    pub async fn open(path: &Path) -> Result<Self, LinksError> {
        let is_new = create_if_missing(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(BUSY_WAIT)
            .locking_mode(SqliteLockingMode::Exclusive)
            .journal_mode(SqliteJournalMode::Delete)
            .synchronous(SqliteSynchronous::Full)
            .disable_statement_logging();
        let place = path.display().to_string();
        let prepared = async {
            let connection = options
                .connect()
                .await
                .map_err(|error| explained(&place, &error))?;
            let mut links = Self {
                place: place.clone(),
                connection: Mutex::new(connection),
            };
            links.prepare(path, is_new).await?;
            Ok(links)
        };
        let opened = prepared.await;
        let is_empty = || std::fs::metadata(path).is_ok_and(|file| file.len() == 0);
        if is_new && opened.is_err() && is_empty() {
            // It would be refused the next time, and nobody else has had it: an empty file is nobody's state.
            let _ = std::fs::remove_file(path);
        }
        opened
    }

    /// Takes the lock, checks whose file it is, and makes the tables in a new one.
    async fn prepare(&mut self, path: &Path, is_new: bool) -> Result<(), LinksError> {
        let place = self.place.clone();
        let connection = self.connection.get_mut();
        let failed = |error: sqlx::Error| explained(&place, &error);
        sqlx::query("BEGIN EXCLUSIVE")
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        let pragma = async |connection: &mut SqliteConnection, sql: &'static str| {
            let row = sqlx::query(sql).fetch_one(connection).await?;
            row.try_get::<i64, _>(0)
        };
        let application = pragma(connection, "PRAGMA application_id")
            .await
            .map_err(failed)?;
        let version = pragma(connection, "PRAGMA user_version")
            .await
            .map_err(failed)?;
        if is_new {
            sqlx::raw_sql(TABLES)
                .execute(&mut *connection)
                .await
                .map_err(failed)?;
        } else if application != APPLICATION_ID {
            let reason = "another program's database, or cut off".to_owned();
            return Err(LinksError::foreign(&place, reason));
        } else if version < 1 {
            let reason = "it has no version".to_owned();
            return Err(LinksError::foreign(&place, reason));
        } else if version > SCHEMA {
            return Err(LinksError::Newer {
                place,
                found: version,
            });
        } else {
            unharmed(connection, path, &place).await?;
        }
        // All in the one transaction: a file is either as it was or as it should be.
        let steps = usize::try_from(version - 1).unwrap_or(0);
        for migration in MIGRATIONS.into_iter().skip(steps) {
            sqlx::raw_sql(migration)
                .execute(&mut *connection)
                .await
                .map_err(failed)?;
        }
        sqlx::query("COMMIT")
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        // A write that is taken back: what cannot be written is noticed before anything is sent.
        sqlx::raw_sql("BEGIN IMMEDIATE; PRAGMA user_version = 0; ROLLBACK")
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        Ok(())
    }
}

/// Looks at every page and index, so that damage in the middle of a file is noticed as well (a quarter of a second
/// for 100,000 users), and at the length: SQLite takes what is missing from the last page for zeros.
async fn unharmed(
    connection: &mut SqliteConnection,
    path: &Path,
    place: &str,
) -> Result<(), LinksError> {
    let failed = |error: sqlx::Error| explained(place, &error);
    let found = sqlx::query_scalar::<_, String>("PRAGMA integrity_check(1)")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    if found != "ok" {
        return Err(LinksError::foreign(place, format!("damaged: {found}")));
    }
    let length = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    let length = sqlx::query_scalar::<_, i64>(length)
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    let is = std::fs::metadata(path).map_err(|error| LinksError::File {
        place: place.to_owned(),
        error,
    })?;
    if u64::try_from(length).is_ok_and(|length| is.len() < length) {
        return Err(LinksError::foreign(place, "cut off".to_owned()));
    }
    Ok(())
}

/// Makes an empty file that only its owner may read. An empty file that was there before is refused: it may
/// be what a full disk left of a state, and an empty state would make every user look new.
fn create_if_missing(path: &Path) -> Result<bool, LinksError> {
    let failed = |error| LinksError::File {
        place: path.display().to_string(),
        error,
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let metadata = std::fs::metadata(path).map_err(failed)?;
            if metadata.is_file() && metadata.len() > 0 {
                return Ok(false);
            }
            let reason = if metadata.is_file() {
                "empty"
            } else {
                "no file"
            };
            let place = path.display().to_string();
            Err(LinksError::foreign(&place, reason.to_owned()))
        }
        Err(error) => Err(failed(error)),
    }
}

fn explained(place: &str, error: &sqlx::Error) -> LinksError {
    let message = error.to_string();
    let code = error
        .as_database_error()
        .and_then(|error| error.code())
        .and_then(|code| code.parse::<u32>().ok());
    // The lowest byte is SQLite's primary code; the rest says more about it.
    let advice = match code.map_or(0, |code| code & 0xff) {
        // SQLITE_BUSY and SQLITE_LOCKED.
        5 | 6 => {
            return LinksError::Busy {
                place: place.to_owned(),
                holder: "another run".to_owned(),
            };
        }
        // SQLITE_CORRUPT and SQLITE_NOTADB.
        11 | 26 => return LinksError::foreign(place, message),
        // SQLITE_READONLY and SQLITE_CANTOPEN.
        8 | 14 => "let this user write the file and the folder that it is in",
        // SQLITE_IOERR and SQLITE_FULL.
        10 | 13 => {
            "see to the disk and whether it is full; the file is as it was after the last save"
        }
        _ => "see to the file, or restore it from a backup",
    };
    LinksError::database(place, message, advice)
}

#[async_trait]
impl Links for SqliteLinks {
    async fn load(&self) -> Result<Remembered, LinksError> {
        let mut connection = self.connection.lock().await;
        let failed = |error: sqlx::Error| explained(&self.place, &error);
        let mut rows = Rows::default();
        for kind in Kind::ALL {
            let (table, key, value) = table(kind);
            let select = format!("SELECT {key}, {value} FROM {table}");
            let mut found = sqlx::query_as::<_, (String, String)>(AssertSqlSafe(select))
                .fetch(&mut *connection);
            while let Some((key, value)) = found.try_next().await.map_err(failed)? {
                rows.take(&self.place, table, &key, value)?;
            }
        }
        Ok(rows.remembered())
    }

    async fn save(&self, changes: Vec<Memory>) -> Result<(), LinksError> {
        let changes = last(changes).map_err(|error| LinksError::damaged(&self.place, &error))?;
        let mut connection = self.connection.lock().await;
        let failed = |error: sqlx::Error| explained(&self.place, &error);
        let mut transaction = connection.begin().await.map_err(failed)?;
        for mut statement in statements(changes) {
            let query = statement.build();
            query.execute(&mut *transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }
}

/// A kind's table, with the columns of its key and its value.
fn table(kind: Kind) -> (&'static str, &'static str, &'static str) {
    let (key, value) = match kind {
        Kind::Link | Kind::Seen | Kind::Intent => ("user", "json"),
        Kind::Fact => ("name", "value"),
    };
    (kind.name(), key, value)
}

/// Changes in as few statements as there can be: each is a way to another thread and back.
fn statements(changes: BTreeMap<(Kind, String), Option<String>>) -> Vec<QueryBuilder<Sqlite>> {
    let mut kept: BTreeMap<Kind, Vec<(String, String)>> = BTreeMap::new();
    let mut gone: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for ((kind, key), value) in changes {
        match value {
            Some(value) => kept.entry(kind).or_default().push((key, value)),
            None => gone.entry(kind).or_default().push(key),
        }
    }
    let mut statements = Vec::new();
    for (kind, rows) in kept {
        let (table, ..) = table(kind);
        for rows in rows.chunks(MAX_ROWS) {
            let mut statement = QueryBuilder::new(format!("INSERT OR REPLACE INTO {table} "));
            statement.push_values(rows, |mut row, (key, value)| {
                row.push_bind(key.clone()).push_bind(value.clone());
            });
            statements.push(statement);
        }
    }
    for (kind, keys) in gone {
        let (table, key, _) = table(kind);
        for keys in keys.chunks(MAX_ROWS) {
            let mut statement = QueryBuilder::new(format!("DELETE FROM {table} WHERE {key} IN ("));
            let mut list = statement.separated(", ");
            for key in keys {
                list.push_bind(key.clone());
            }
            list.push_unseparated(")");
            statements.push(statement);
        }
    }
    statements
}
