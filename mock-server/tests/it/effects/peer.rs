//! The other end of the wire: a plain socket, which sees what a client library hides.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How long nothing has to come for the connection to count as open and silent; on a busy machine an answer takes
/// its time.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the end of the connection may come after a whole answer.
const PATIENCE_AFTER: Duration = Duration::from_millis(100);

/// How a connection was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing more came, and it stayed open.
    Open,
    /// FIN.
    Closed,
    /// RST.
    Reset,
}

/// What came over the wire.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) left: Left,
    /// The most bytes that came at once.
    pub(super) piece: usize,
    /// Until the first byte, if one came.
    pub(super) first_after: Option<Duration>,
    /// Until the last one.
    pub(super) last_after: Duration,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(held, _)| held == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test measures what a client waits"
)]
fn now() -> Instant {
    Instant::now()
}

/// Sends a request and looks at what comes until nothing does.
pub(super) fn ask(base_url: &str, request: &str) -> Seen {
    let mut stream = TcpStream::connect(base_url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let (start, mut bytes, mut buffer) = (now(), Vec::new(), vec![0; 64 * 1024]);
    let (mut piece, mut first_after, mut last_after) = (0, None, Duration::ZERO);
    let left = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break Left::Closed,
            Ok(read) => {
                last_after = start.elapsed();
                first_after.get_or_insert(last_after);
                piece = piece.max(read);
                bytes.extend_from_slice(&buffer[..read]);
                // An answer that is whole need not be waited for any longer than for its FIN.
                if is_whole(&bytes) {
                    stream.set_read_timeout(Some(PATIENCE_AFTER)).unwrap();
                }
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break Left::Reset,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                break Left::Open;
            }
            Err(error) => unreachable!("the socket fails otherwise: {error}"),
        }
    };
    let (status, headers, body) = parts(&bytes);
    Seen {
        status,
        headers,
        body,
        left,
        piece,
        first_after,
        last_after,
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    let (_, headers, body) = parts(bytes);
    let length = headers.iter().find(|(name, _)| name == "content-length");
    length.is_some_and(|(_, length)| length.parse() == Ok(body.len()))
}

/// Status, headers and body, as far as they came.
fn parts(bytes: &[u8]) -> (Option<u16>, Vec<(String, String)>, Vec<u8>) {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return (None, Vec::new(), bytes.to_vec());
    };
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers = lines.filter_map(|line| line.split_once(": "));
    (
        status.and_then(|status| status.parse().ok()),
        headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        bytes[end + 4..].to_vec(),
    )
}
