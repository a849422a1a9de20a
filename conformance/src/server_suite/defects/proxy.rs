//! A proxy between the suite and a good server that spoils one thing. It writes its answers byte by byte, for
//! no library sends what a wrong server sends.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::call::{Asked, Given};
use super::catalogue::{Defect, Way};

/// The longest head and body that are read, in bytes: the suite sends no longer ones.
const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 1024 * 1024;
/// How many headers are read.
const MAX_HEADERS: usize = 64;

/// What a defect remembers from one request to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Values under names of the defect's own.
    pub(super) values: BTreeMap<String, Value>,
    /// Whose token is whose: the token, and the Authorization that it was asked for with.
    pub(super) tokens: BTreeMap<String, String>,
    /// The ids that creates were answered with, in their order.
    pub(super) made: Vec<String>,
    /// How many requests came.
    pub(super) requests: u64,
}

/// The good server behind the proxy, and what is known of it.
pub(super) struct Behind {
    http: reqwest::Client,
    base_url: String,
    /// A token that is good for everything.
    pub(super) token: String,
    /// The Authorization of the client that may do everything.
    pub(super) basic: String,
    /// A token that has expired.
    pub(super) expired: String,
    pub(super) account_id: String,
    memory: Mutex<Memory>,
}

impl Behind {
    pub(super) fn new(
        http: reqwest::Client,
        base_url: &str,
        token: String,
        basic: String,
        expired: String,
        account_id: String,
    ) -> Self {
        Self {
            http,
            base_url: base_url.to_owned(),
            token,
            basic,
            expired,
            account_id,
            memory: Mutex::new(Memory::default()),
        }
    }

    pub(super) fn remember<T>(&self, with: impl FnOnce(&mut Memory) -> T) -> T {
        with(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks the good server.
    pub(super) async fn ask(&self, asked: &Asked) -> Given {
        let url = format!("{}{}", self.base_url, asked.target);
        let method = reqwest::Method::from_bytes(asked.method.as_bytes()).unwrap_or_default();
        let mut request = self.http.request(method, url);
        for (name, value) in &asked.headers {
            if !matches!(name.as_str(), "host" | "connection" | "content-length") {
                request = request.header(name, value);
            }
        }
        let broken = |error: reqwest::Error| Given::refusal(502, &error.to_string());
        let response = match request.body(asked.body.clone()).send().await {
            Ok(response) => response,
            Err(error) => return broken(error),
        };
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let kept =
            |name: &str| !matches!(name, "content-length" | "transfer-encoding" | "connection");
        let headers = headers
            .filter(|(name, _)| kept(name.as_str()))
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })
            .collect();
        match response.text().await {
            Ok(body) => Given {
                status,
                headers,
                body,
            },
            Err(error) => broken(error),
        }
    }

    /// Asks the good server something of the proxy's own.
    pub(super) async fn own(&self, method: &str, path: &str, body: &Value) -> Given {
        let asked = Asked::new(method, format!("/scim2{path}"), &self.token);
        let asked = if body.is_null() {
            asked
        } else {
            asked.with(body)
        };
        self.ask(&asked).await
    }
}

/// A server with one defect, until this is dropped.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Opens a port before the good server; without a defect it lets everything through as it is.
    pub(super) async fn open(behind: Behind, defect: Option<&'static Defect>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let behind = Arc::new(behind);
        let task = tokio::spawn(async move {
            // Ends with the task: connections are the suite's own, one for each request.
            while let Ok((stream, _)) = listener.accept().await {
                let behind = Arc::clone(&behind);
                tokio::spawn(async move {
                    let _ = serve(stream, &behind, defect).await;
                });
            }
        });
        Ok(Self { address, task })
    }
}

async fn serve(
    mut stream: TcpStream,
    behind: &Behind,
    defect: Option<&'static Defect>,
) -> io::Result<()> {
    let asked = read(&mut stream).await?;
    let given = answer(behind, defect, asked).await;
    let mut head = format!("HTTP/1.1 {} Zoom\r\n", given.status);
    for (name, value) in &given.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if given.status != 204 || !given.body.is_empty() {
        head.push_str(&format!("content-length: {}\r\n", given.body.len()));
    }
    head.push_str("connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(given.body.as_bytes()).await?;
    stream.shutdown().await
}

async fn answer(behind: &Behind, defect: Option<&'static Defect>, mut asked: Asked) -> Given {
    behind.remember(|memory| memory.requests += 1);
    let authorization = asked.header("authorization").unwrap_or_default().to_owned();
    let create = asked.method == "POST";
    let given = match defect.map(|defect| &defect.way) {
        None => behind.ask(&asked).await,
        Some(Way::Asked(spoil)) => {
            spoil(behind, &mut asked);
            behind.ask(&asked).await
        }
        Some(Way::Given(spoil)) => {
            let mut given = behind.ask(&asked).await;
            spoil(behind, &asked, &mut given);
            given
        }
        Some(Way::Own(spoil)) => spoil(behind, asked).await,
    };
    let json = given.json();
    let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
    behind.remember(|memory| {
        if let Some(token) = text("access_token") {
            memory.tokens.insert(token, authorization);
        }
        if let (true, Some(id)) = (create && given.is_good(), text("id")) {
            memory.made.push(id);
        }
    });
    given
}

async fn read(stream: &mut TcpStream) -> io::Result<Asked> {
    let mut bytes = Vec::new();
    let (mut asked, begins, length) = loop {
        if let Some(head) = parsed(&bytes)? {
            break head;
        }
        more(stream, &mut bytes, MAX_HEAD).await?;
    };
    while bytes.len() < begins + length {
        more(stream, &mut bytes, MAX_HEAD + MAX_BODY).await?;
    }
    let body = bytes.get(begins..begins + length).unwrap_or_default();
    asked.body = String::from_utf8_lossy(body).into_owned();
    Ok(asked)
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>, limit: usize) -> io::Result<()> {
    let read = stream.read_buf(bytes).await?;
    if read == 0 || bytes.len() > limit {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// The head of a request, where it is whole: the request, where its body begins, and how long that is.
fn parsed(bytes: &[u8]) -> io::Result<Option<(Asked, usize, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let status = request.parse(bytes).map_err(io::Error::other)?;
    let httparse::Status::Complete(begins) = status else {
        return Ok(None);
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let asked = Asked {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        headers: request
            .headers
            .iter()
            .map(|header| (header.name.to_ascii_lowercase(), text(header.value)))
            .collect(),
        body: String::new(),
    };
    let length = asked.header("content-length");
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    Ok(Some((asked, begins, length)))
}
