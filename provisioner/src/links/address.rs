//! The URL of a state in PostgreSQL: `postgres://USER@HOST/DATABASE?state=NAME`.

use std::net::IpAddr;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use super::LinksError;

/// What a URL of a state begins with.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
/// What may follow the `?`. The rest of what PostgreSQL takes could take away what a state depends on.
const KEYS: [&str; 6] = ["host", "sslcert", "sslkey", "sslmode", "sslrootcert", STATE];
/// The key of the name of the state.
const STATE: &str = "state";
/// The name of a state that the URL does not name.
const DEFAULT_STATE: &str = "default";
/// How long the name of a state may be.
const MAX_STATE_BYTES: usize = 100;

/// Where a state in PostgreSQL is. It may hold a password, so it has no `Debug`.
pub(super) struct Address {
    /// How to connect.
    pub(super) options: PgConnectOptions,
    /// Which of the states in the database.
    pub(super) state: String,
    /// The same for people, without secrets.
    pub(super) shown: String,
}

/// Whether this names a state in PostgreSQL, and no file.
pub(super) fn is_url(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| {
        let begin = text.get(..scheme.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    })
}

/// Whether a password is in this URL of a state, or may be: one that cannot be read counts if it has an `@`.
pub(crate) fn has_password(text: &str) -> bool {
    if !is_url(text) {
        return false;
    }
    match Url::parse(text) {
        Ok(url) => url.password().is_some() || url.query_pairs().any(|(key, _)| key == "password"),
        Err(_) => text.contains('@'),
    }
}

impl Address {
    /// Reads a URL, and from the environment what PostgreSQL's own programs read there.
    pub(super) fn parse(text: &str) -> Result<Self, LinksError> {
        let refused = |reason: String| LinksError::Address { reason };
        if has_password(text) {
            return Err(refused(
                "it holds a password, or cannot be read; other users of this machine can read the command line: set \
                 PGPASSWORD in the environment, or write the password to ~/.pgpass or the file that PGPASSFILE \
                 names, and then give the user a new one"
                    .to_owned(),
            ));
        }
        let mut url = Url::parse(text).map_err(|error| refused(error.to_string()))?;
        let mut state = None;
        let mut others = Vec::new();
        for (key, value) in url.query_pairs().into_owned() {
            if !KEYS.contains(&key.as_str()) {
                let keys = KEYS.join(", ");
                return Err(refused(format!("`{key}` is none of its keys ({keys})")));
            }
            if key == STATE {
                if state.replace(value).is_some() {
                    return Err(refused("it names two states".to_owned()));
                }
            } else {
                others.push((key, value));
            }
        }
        let state = state.unwrap_or_else(|| DEFAULT_STATE.to_owned());
        let is_of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let fits = (1..=MAX_STATE_BYTES).contains(&state.len());
        if !fits || !state.bytes().all(is_of_a_name) {
            return Err(refused(format!(
                "the name of a state is 1 to {MAX_STATE_BYTES} letters of ASCII, digits, dots, lines and underscores"
            )));
        }
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(&others);
        }
        let options: PgConnectOptions = url
            .as_str()
            .parse()
            .map_err(|error: sqlx::Error| refused(error.to_string()))?;
        url.query_pairs_mut().append_pair(STATE, &state);
        Ok(Self {
            options: with_tls(without_brackets(options), &others)
                .application_name(&format!("zoom-provisioner, process {}", std::process::id()))
                .disable_statement_logging(),
            state,
            shown: url.to_string(),
        })
    }
}

/// An address of IPv6 stands in brackets in a URL, and nowhere else.
fn without_brackets(options: PgConnectOptions) -> PgConnectOptions {
    let host = options.get_host().strip_prefix('[');
    match host.and_then(|host| host.strip_suffix(']')) {
        Some(host) => options.clone().host(host),
        None => options,
    }
}

/// Verifies a server on another machine, unless it is said otherwise: sqlx would take any certificate, or none.
fn with_tls(options: PgConnectOptions, keys: &[(String, String)]) -> PgConnectOptions {
    let host = options.get_host();
    let is_loopback = |address: IpAddr| address.is_loopback();
    let is_local = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.parse().is_ok_and(is_loopback);
    let is_said =
        std::env::var_os("PGSSLMODE").is_some() || keys.iter().any(|(key, _)| key == "sslmode");
    if is_local || is_said {
        options
    } else {
        options.ssl_mode(PgSslMode::VerifyFull)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        match Address::parse(text) {
            Ok(address) => panic!("{} is taken", address.shown),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_url_names_a_state_and_is_shown_without_secrets() {
        for (text, state, shown) in [
            (
                "postgres://ann@db/z",
                "default",
                "postgres://ann@db/z?state=default",
            ),
            (
                "postgresql://db:5433/z?state=eu.1&sslmode=require",
                "eu.1",
                "postgresql://db:5433/z?sslmode=require&state=eu.1",
            ),
            (
                "POSTGRES:///z?host=/run/pg",
                "default",
                "postgres:///z?host=%2Frun%2Fpg&state=default",
            ),
        ] {
            let address = Address::parse(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(
                (address.state.as_str(), address.shown.as_str()),
                (state, shown)
            );
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for text in [
            "postgres://ann:c4n4ry@db/z",
            "postgresql://ann:c4n4ry@db/z",
            "postgres://db/z?password=c4n4ry",
            "PostgreSQL://db/z?pass%77ord=c4n4ry",
            "postgres://ann:c4n4ry@db:port/z",
        ] {
            assert!(has_password(text), "{text}");
            let told = refused(text);
            assert!(
                told.contains("PGPASSWORD") && !told.contains("c4n4ry"),
                "{told}"
            );
        }
        assert!(!has_password("zoom.db") && !has_password("postgres://ann@db/z"));
    }

    #[test]
    fn what_is_no_key_and_no_name_is_refused() {
        for (text, words) in [
            (
                "postgres://db/z?options=-c%20x",
                "`options` is none of its keys",
            ),
            ("postgres://db/z?state=", "the name of a state"),
            ("postgres://db/z?state=a%20b", "the name of a state"),
            ("postgres://db/z?state=a&state=b", "two states"),
            ("postgres://db/z?sslmode=perhaps", "perhaps"),
            ("postgres://db:port/z", "port"),
        ] {
            let told = refused(text);
            assert!(told.contains(words), "{told}");
        }
        for path in ["zoom.db", "postgres", "postgres:/z", "./postgres://z", "é"] {
            assert!(!is_url(path), "{path}");
        }
    }

    #[test]
    fn a_server_elsewhere_is_verified() {
        let mode = |text: &str| {
            let address = Address::parse(text).unwrap_or_else(|error| panic!("{error}"));
            format!("{:?}", address.options.get_ssl_mode())
        };
        assert_eq!(mode("postgres://db.example.com/z"), "VerifyFull");
        assert_eq!(
            mode("postgres://db.example.com/z?sslmode=verify-ca"),
            "VerifyCa"
        );
        for local in ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpg"] {
            assert_eq!(mode(&format!("postgres://{local}/z")), "Prefer", "{local}");
        }
    }
}
