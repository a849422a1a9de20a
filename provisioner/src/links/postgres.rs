//! Links in PostgreSQL, in a schema of our own that is made on first use. While a run works on a state, nobody else
//! does: it holds a lock that the server keeps for as long as the connection lives, and all of its statements go
//! over this one connection.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::Mutex;

use super::address::Address;
use super::rows::{Columns, Rows};
use super::{Links, LinksError, Memory, Remembered};

/// How long to wait for a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);
/// How long to wait for an answer. A server that takes longer counts as lost.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// How long to wait for another run's lock before saying that there is one; the server takes a moment to notice
/// that a process has ended.
const BUSY_WAIT: &str = "1s";
/// How long to wait for any other lock.
const LOCK_WAIT: &str = "30s";
/// What the version row says whose tables these are.
const PROGRAM: &str = "zoom-provisioner";

/// Settings of the session: the server notices within a minute that our machine has vanished, and does not end the
/// session while Zoom keeps us waiting; a save is on disk when it returns; and plans that were made while the tables
/// were empty do not read them whole later. What a server does not know is left out.
const SETTINGS: &str = "
    SELECT set_config(s.name, wanted.value, false)
    FROM pg_settings s JOIN (VALUES
        ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'),
        ('tcp_user_timeout', '60000'), ('idle_session_timeout', '0'), ('enable_seqscan', 'off'), ('jit', 'off')
    ) AS wanted (name, value) ON s.name = wanted.name
    UNION ALL
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// Who holds a lock. Other users' sessions are shown without details.
const HOLDER: &str = "
    SELECT l.pid, a.application_name, host(a.client_addr),
        to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32) | l.objid::bigint = $1
    LIMIT 1";

/// Whether there is a schema of our name, and how many tables and the like are in it.
const SCHEMA: &str = "
    SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = 'zoom_provisioner'),
        (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'zoom_provisioner')";

/// What each version of the tables adds to the one before; the first of these makes version 1.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE zoom_provisioner.version (program text NOT NULL, version bigint NOT NULL);
    INSERT INTO zoom_provisioner.version VALUES ('zoom-provisioner', 1);
    CREATE TABLE zoom_provisioner.state (name text PRIMARY KEY, turn bigint NOT NULL);
    CREATE TABLE zoom_provisioner.entry (
        state text NOT NULL, id text NOT NULL, kind text NOT NULL, key text NOT NULL, value text NOT NULL,
        PRIMARY KEY (state, id)
    );
"];

/// Counts the runs on a state, so that each has a number of its own.
const TURN: &str =
    "UPDATE zoom_provisioner.state SET turn = turn + 1 WHERE name = $1 RETURNING turn";
const FIRST_TURN: &str = "INSERT INTO zoom_provisioner.state VALUES ($1, 1) RETURNING turn";

const LOAD: &str = "SELECT kind, key, value FROM zoom_provisioner.entry WHERE state = $1";

/// All changes in one statement, and none if it is not our turn any more: after a failover, or through a pooler, the
/// lock alone would not tell.
const SAVE: &str = "
    WITH lease AS MATERIALIZED (
        SELECT name FROM zoom_provisioner.state WHERE name = $1 AND turn = $2 FOR UPDATE
    ), gone AS (
        DELETE FROM zoom_provisioner.entry WHERE state = $1 AND id = ANY ($3::text[]) AND EXISTS (SELECT FROM lease)
    ), kept AS (
        INSERT INTO zoom_provisioner.entry (state, id, kind, key, value)
        SELECT lease.name, rows.id, rows.kind, rows.key, rows.value
        FROM lease, unnest($4::text[], $5::text[], $6::text[], $7::text[]) AS rows (id, kind, key, value)
        ON CONFLICT (state, id) DO UPDATE SET value = excluded.value
    )
    SELECT count(*) FROM lease";

/// A store in PostgreSQL.
#[derive(Debug)]
pub struct PostgresLinks {
    place: String,
    state: String,
    turn: i64,
    /// Gone once an answer stayed away: with the connection goes the lock, and there is no other connection.
    connection: Mutex<Option<PgConnection>>,
}

impl PostgresLinks {
    /// Opens a state, `postgres://USER@HOST/DATABASE?state=NAME`, and makes it if there is none.
    ///
    /// # Errors
    ///
    /// When the URL cannot be used or holds a password, the server cannot, another run works on the state, or the
    /// tables are not ours or newer than we know. They are then left as they are.
    pub async fn open(url: &str) -> Result<Self, LinksError> {
        let address = Address::parse(url)?;
        let place = address.shown.clone();
        let opened = Self::enter(address, true).await?;
        opened.ok_or_else(|| LinksError::foreign(&place, "it is gone again".to_owned()))
    }

    /// Opens a state; `None` if there is none, and nothing is made.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub async fn open_existing(url: &str) -> Result<Option<Self>, LinksError> {
        Self::enter(Address::parse(url)?, false).await
    }

    async fn enter(address: Address, may_make: bool) -> Result<Option<Self>, LinksError> {
        let Address {
            options,
            state,
            shown: place,
        } = address;
        let failed = |error: sqlx::Error| explained(&place, &error);
        let mut connection = within(CONNECT_LIMIT, options.connect())
            .await
            .map_err(failed)?;
        let settings = sqlx::query(SETTINGS).execute(&mut connection);
        within(ANSWER_LIMIT, settings).await.map_err(failed)?;
        lease(&mut connection, &place, &state).await?;
        let turn = take_turn(&mut connection, &place, &state, may_make).await?;
        Ok(turn.map(|turn| Self {
            place,
            state,
            turn,
            connection: Mutex::new(Some(connection)),
        }))
    }

    /// Keeps the connection if the server has answered; what it refuses leaves the lock where it is.
    fn kept<T>(
        &self,
        slot: &mut Option<PgConnection>,
        connection: PgConnection,
        answer: Result<T, sqlx::Error>,
    ) -> Result<T, LinksError> {
        match answer {
            Ok(answer) => {
                *slot = Some(connection);
                Ok(answer)
            }
            Err(error @ sqlx::Error::Database(_)) if !code(&error).starts_with(ENDED) => {
                *slot = Some(connection);
                Err(explained(&self.place, &error))
            }
            Err(error) => Err(self.lost(error.to_string())),
        }
    }

    fn lost(&self, message: String) -> LinksError {
        LinksError::Lost {
            place: self.place.clone(),
            message,
        }
    }

    fn lost_before(&self) -> LinksError {
        self.lost("an answer stayed away before".to_owned())
    }
}

/// Takes the lock of a state, for as long as the connection lives.
async fn lease(connection: &mut PgConnection, place: &str, state: &str) -> Result<(), LinksError> {
    let failed = |error: sqlx::Error| explained(place, &error);
    let lock = lock_of(state);
    wait_for_locks(connection, BUSY_WAIT)
        .await
        .map_err(failed)?;
    let locked = sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(lock)
        .execute(&mut *connection);
    match within(ANSWER_LIMIT, locked).await {
        Ok(_) => wait_for_locks(connection, LOCK_WAIT).await.map_err(failed),
        Err(error) if code(&error) == LOCK_NOT_AVAILABLE => Err(LinksError::Busy {
            place: place.to_owned(),
            holder: holder(connection, lock).await.map_err(failed)?,
        }),
        Err(error) => Err(failed(error)),
    }
}

async fn wait_for_locks(connection: &mut PgConnection, time: &str) -> Result<(), sqlx::Error> {
    let set = sqlx::query("SELECT set_config('lock_timeout', $1, false)")
        .bind(time)
        .execute(connection);
    within(ANSWER_LIMIT, set).await.map(drop)
}

/// The number of a state's lock; PostgreSQL knows advisory locks by numbers alone.
fn lock_of(state: &str) -> i64 {
    let digest = Sha256::digest(format!("{PROGRAM} state {state}"));
    let first = digest.first_chunk().copied().unwrap_or_default();
    i64::from_be_bytes(first)
}

type HolderRow = (i32, Option<String>, Option<String>, Option<String>);

async fn holder(connection: &mut PgConnection, lock: i64) -> Result<String, sqlx::Error> {
    let row = sqlx::query_as::<_, HolderRow>(HOLDER)
        .bind(lock)
        .fetch_optional(connection);
    let Some((pid, program, host, since)) = within(ANSWER_LIMIT, row).await? else {
        return Ok("another run".to_owned());
    };
    let known = [
        Some(format!("backend {pid}")),
        program.filter(|program| !program.is_empty()),
        host.map(|host| format!("from {host}")),
        since.map(|since| format!("since {since}")),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    Ok(format!("another run ({})", known.join(", ")))
}

/// Checks whose tables these are, makes or migrates them, and takes the next turn; all in one transaction.
async fn take_turn(
    connection: &mut PgConnection,
    place: &str,
    state: &str,
    may_make: bool,
) -> Result<Option<i64>, LinksError> {
    let failed = |error: sqlx::Error| explained(place, &error);
    let mut transaction = connection.begin().await.map_err(failed)?;
    // Two first runs on two states make the tables one after the other.
    let one_by_one = sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(lock_of("/tables"))
        .execute(&mut *transaction);
    within(ANSWER_LIMIT, one_by_one).await.map_err(failed)?;
    let schema = sqlx::query_as::<_, (i64, i64)>(SCHEMA).fetch_one(&mut *transaction);
    let (schemas, tables) = within(ANSWER_LIMIT, schema).await.map_err(failed)?;
    let version = match tables {
        0 if !may_make => return Ok(None),
        0 => 0,
        _ => version(&mut transaction, place).await?,
    };
    if schemas == 0 {
        let create = sqlx::query("CREATE SCHEMA zoom_provisioner").execute(&mut *transaction);
        within(ANSWER_LIMIT, create).await.map_err(failed)?;
    }
    for migration in MIGRATIONS.into_iter().skip(version) {
        let step = sqlx::raw_sql(migration).execute(&mut *transaction);
        within(ANSWER_LIMIT, step).await.map_err(failed)?;
    }
    let next = sqlx::query_scalar::<_, i64>(TURN)
        .bind(state)
        .fetch_optional(&mut *transaction);
    let mut turn = within(ANSWER_LIMIT, next).await.map_err(failed)?;
    if turn.is_none() && may_make {
        let first = sqlx::query_scalar::<_, i64>(FIRST_TURN)
            .bind(state)
            .fetch_one(&mut *transaction);
        turn = Some(within(ANSWER_LIMIT, first).await.map_err(failed)?);
    }
    within(ANSWER_LIMIT, transaction.commit())
        .await
        .map_err(failed)?;
    Ok(turn)
}

/// The version of the tables that are there, from 1 on.
async fn version(connection: &mut PgConnection, place: &str) -> Result<usize, LinksError> {
    let rows = sqlx::query_as::<_, (String, i64)>(
        "SELECT program, version FROM zoom_provisioner.version LIMIT 2",
    )
    .fetch_all(connection);
    let rows = within(ANSWER_LIMIT, rows)
        .await
        .map_err(|error| explained(place, &error))?;
    let [(program, found)] = rows.as_slice() else {
        let reason = "it has not one version".to_owned();
        return Err(LinksError::foreign(place, reason));
    };
    let known = usize::try_from(*found).ok().filter(|found| *found > 0);
    match known {
        Some(version) if program == PROGRAM && version <= MIGRATIONS.len() => Ok(version),
        Some(_) if program == PROGRAM => Err(LinksError::Newer {
            place: place.to_owned(),
            found: *found,
        }),
        _ => Err(LinksError::foreign(
            place,
            "another program's schema zoom_provisioner".to_owned(),
        )),
    }
}

/// A statement that is not answered in time has failed as if the connection had ended.
async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(limit, answer)
        .await
        .unwrap_or_else(|_| {
            let message = format!("no answer within {} s", limit.as_secs());
            let error = std::io::Error::new(std::io::ErrorKind::TimedOut, message);
            Err(sqlx::Error::Io(error))
        })
}

/// SQLSTATE of a lock that was waited for in vain.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// What the SQLSTATE begins with where the server ends the session.
const ENDED: &str = "57P";

fn code(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .unwrap_or_default()
        .into_owned()
}

fn explained(place: &str, error: &sqlx::Error) -> LinksError {
    let message = error.to_string();
    let code = code(error);
    let advice = match code.as_str() {
        // Undefined table, column or schema.
        "42P01" | "42703" | "3F000" => {
            return LinksError::foreign(place, message);
        }
        "28000" | "28P01" => {
            "see to the user in the URL, and to PGPASSWORD, ~/.pgpass or the file that PGPASSFILE names"
        }
        "3D000" => "make this database, or name another",
        "42501" => {
            "let this user make and use the schema zoom_provisioner: GRANT CREATE ON DATABASE, or make it for them"
        }
        "25006" => "name the server that takes writes, not a copy of it",
        "53100" => "make room on the server's disk",
        "" => {
            "see whether the server runs and is reached from here, and whether its certificate is trusted"
        }
        _ => "see to the server, and start again",
    };
    LinksError::database(place, message, advice)
}

#[async_trait]
impl Links for PostgresLinks {
    async fn load(&self) -> Result<Remembered, LinksError> {
        let mut slot = self.connection.lock().await;
        let mut connection = slot.take().ok_or_else(|| self.lost_before())?;
        let rows = sqlx::query_as::<_, (String, String, String)>(LOAD)
            .bind(&self.state)
            .fetch_all(&mut connection);
        let rows = within(ANSWER_LIMIT, rows).await;
        let rows = self.kept(&mut slot, connection, rows)?;
        let mut remembered = Rows::default();
        for (kind, key, value) in rows {
            remembered.take(&self.place, &kind, &key, value)?;
        }
        Ok(remembered.remembered())
    }

    async fn save(&self, changes: Vec<Memory>) -> Result<(), LinksError> {
        let columns =
            Columns::of(changes).map_err(|error| LinksError::damaged(&self.place, &error))?;
        let mut slot = self.connection.lock().await;
        let mut connection = slot.take().ok_or_else(|| self.lost_before())?;
        let saved = sqlx::query_scalar::<_, i64>(SAVE)
            .bind(&self.state)
            .bind(self.turn)
            .bind(columns.gone)
            .bind(columns.ids)
            .bind(columns.kinds)
            .bind(columns.keys)
            .bind(columns.values)
            .fetch_one(&mut connection);
        let saved = within(ANSWER_LIMIT, saved).await;
        match self.kept(&mut slot, connection, saved)? {
            1 => Ok(()),
            _ => {
                *slot = None;
                Err(self.lost("another run has begun on this state".to_owned()))
            }
        }
    }
}
