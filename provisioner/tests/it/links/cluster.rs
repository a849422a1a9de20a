//! A PostgreSQL server for these tests alone: made in a folder of its own, reached by a socket in it, and gone with the
//! process, however that ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use url::Url;

/// A server that is there already, to be used instead: a URL of a user who may make databases.
const SERVER: &str = "ZOOM_TEST_POSTGRES_URL";
/// `1`: a test that finds no server fails.
const REQUIRED: &str = "ZOOM_REQUIRE_POSTGRES";

/// Makes a server, says so in its only line, and ends and removes it when its standard input ends.
const SCRIPT: &str = r#"
    trap '' INT TERM HUP
    (
        "$1/initdb" -D "$2/data" -U test -A trust -E UTF8 --locale=C --no-sync &&
        printf 'local all locked scram-sha-256\nlocal all all trust\n' >"$2/data/pg_hba.conf" &&
        "$1/pg_ctl" -D "$2/data" -w -t 120 -o "-F -k '$2' -p 5432 -c listen_addresses= -c shared_buffers=16MB" start
    ) >"$2/log" 2>&1 </dev/null && told=ready || told=$(tail -n 3 "$2/log" | tr '\n' ' ')
    echo "$told"
    cat >/dev/null
    "$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
    rm -rf "$2"
"#;

struct Cluster {
    admin: Url,
    is_ours: bool,
    /// Its standard input ends with this process.
    _keeper: Option<Child>,
}

static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();

/// An empty database.
pub(crate) struct Database {
    /// The URL of a state in it.
    pub(crate) url: String,
    name: String,
    cluster: &'static Cluster,
}

impl Database {
    /// A new one; where there can be none it is said, visibly and whatever the test does with it.
    pub(crate) async fn new() -> Option<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let cluster = match CLUSTER.get_or_init(start) {
            Ok(cluster) => cluster,
            Err(why) => {
                let told = format!("no PostgreSQL server can be started here ({why})");
                let is_required = std::env::var(REQUIRED).is_ok_and(|value| value == "1");
                assert!(!is_required, "{told}");
                say(&format!("skipped: {told}"));
                return None;
            }
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("zoom_test_{}_{number}", std::process::id());
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
        on(&cluster.admin, &sql).await;
        let mut url = cluster.admin.clone();
        url.set_path(&name);
        Some(Self {
            url: url.to_string(),
            name,
            cluster,
        })
    }

    /// The URL of a state by this name.
    pub(crate) fn state(&self, name: &str) -> String {
        let mut url = Url::parse(&self.url).unwrap();
        url.query_pairs_mut().append_pair("state", name);
        url.to_string()
    }

    /// The URL for this user.
    pub(crate) fn user(&self, name: &str) -> String {
        let mut url = Url::parse(&self.url).unwrap();
        url.set_username(name).unwrap();
        url.to_string()
    }

    /// Whether this server's rules for users are those that these tests have made.
    pub(crate) fn has_our_users(&self) -> bool {
        self.cluster.is_ours
    }

    /// The socket of a server that these tests have made.
    pub(crate) fn socket(&self) -> Option<PathBuf> {
        let folder = self.cluster.admin.host_str()?.replace("%2F", "/");
        let socket = Path::new(&folder).join(".s.PGSQL.5432");
        self.cluster.is_ours.then_some(socket)
    }

    /// What the database itself is told.
    pub(crate) async fn by_hand(&self, sql: &str) {
        on(&Url::parse(&self.url).unwrap(), sql).await;
    }

    /// What the database itself is told in a transaction that lasts as long as what this returns.
    pub(crate) async fn in_transaction(&self, sql: &str) -> PgConnection {
        let mut connection = connect(&Url::parse(&self.url).unwrap()).await;
        let sql = sqlx::AssertSqlSafe(format!("BEGIN; {sql}"));
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection
    }

    /// A text that it is asked for.
    pub(crate) async fn asked(&self, sql: &str) -> String {
        let mut connection = connect(&Url::parse(&self.url).unwrap()).await;
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        sqlx::query_scalar(sql)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.cluster.is_ours {
            return;
        }
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let admin = self.cluster.admin.clone();
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(on(&admin, &sql));
        });
        let _ = dropped.join();
    }
}

#[expect(
    clippy::explicit_write,
    reason = "what eprintln! prints is kept back from a test that passes"
)]
fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

async fn connect(url: &Url) -> PgConnection {
    let options: PgConnectOptions = url.as_str().parse().unwrap();
    options.connect().await.unwrap()
}

async fn on(url: &Url, sql: &str) {
    let mut connection = connect(url).await;
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn start() -> Result<Cluster, String> {
    if let Ok(url) = std::env::var(SERVER) {
        let admin = Url::parse(&url).map_err(|error| format!("{SERVER}: {error}"))?;
        return Ok(Cluster {
            admin,
            is_ours: false,
            _keeper: None,
        });
    }
    let programs = programs().ok_or("initdb is neither in PATH nor in /usr/lib/postgresql")?;
    // A socket's path has to be short.
    let folder = tempfile::Builder::new()
        .prefix("zoom-pg-")
        .tempdir_in("/tmp")
        .map_err(|error| error.to_string())?
        .keep();
    let mut keeper = Command::new("sh");
    keeper.args(["-c", SCRIPT, "sh"]).arg(programs).arg(&folder);
    if let Some((user, group)) = other_user() {
        // The server refuses to run as root.
        std::os::unix::fs::chown(&folder, Some(user), Some(group))
            .map_err(|error| error.to_string())?;
        keeper.uid(user).gid(group);
    }
    let mut keeper = keeper
        .current_dir("/")
        .env("LC_ALL", "C")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut line = String::new();
    let told = keeper.stdout.take().ok_or("it has no output")?;
    BufReader::new(told)
        .read_line(&mut line)
        .map_err(|error| error.to_string())?;
    if line.trim() != "ready" {
        return Err(line.trim().to_owned());
    }
    let socket = folder.to_string_lossy().replace('/', "%2F");
    let admin = format!("postgres://test@{socket}:5432/postgres");
    Ok(Cluster {
        admin: Url::parse(&admin).map_err(|error| error.to_string())?,
        is_ours: true,
        _keeper: Some(keeper),
    })
}

/// The folder of the server's programs.
fn programs() -> Option<PathBuf> {
    let is_there = |folder: &PathBuf| folder.join("initdb").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(is_there) {
        return Some(folder);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    folders.filter(is_there).max()
}

/// Whom the server runs as where we are root.
fn other_user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    // A folder that we have just made belongs to whom we run as.
    let mine = tempfile::tempdir().ok()?;
    let is_root = std::fs::metadata(mine.path()).ok()?.uid() == 0;
    is_root.then(|| named("postgres").or_else(|| named("nobody")))?
}

/// The numbers of a user and their group.
pub(super) fn named(user: &str) -> Option<(u32, u32)> {
    let users = std::fs::read_to_string(Path::new("/etc/passwd")).ok()?;
    let line = users
        .lines()
        .find_map(|line| line.strip_prefix(user)?.strip_prefix(':'))?;
    let mut fields = line.split(':').skip(1);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
