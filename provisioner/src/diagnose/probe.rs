//! Reaches for a host: its addresses, a connection, a handshake. Nothing of HTTP is sent.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Host;

use super::answer::not_connected;
use super::certificate::Presented;
use super::endpoint::Endpoint;
use super::tls::{self, Failure};
use super::{Code, Finding};
use crate::zoom::{Transport, tls_config};

/// How many addresses of a host are tried.
const MAX_ADDRESSES: usize = 8;
/// How much of what a server sends first is kept, to tell what it speaks.
const MAX_RECEIVED: usize = 64;

/// Resolves the host of an endpoint.
pub(super) async fn resolve(
    endpoint: &Endpoint,
    limit: Duration,
) -> Result<Vec<SocketAddr>, Finding> {
    let name = match &endpoint.host {
        Host::Ipv4(ip) => return Ok(vec![(*ip, endpoint.port).into()]),
        Host::Ipv6(ip) => return Ok(vec![(*ip, endpoint.port).into()]),
        Host::Domain(name) => name.as_str(),
    };
    let not_found = |why: String| Finding::new(Code::HostNotFound, format!("{name}: {why}"));
    let found = timeout(limit, tokio::net::lookup_host((name, endpoint.port))).await;
    let found = found.map_err(|_| not_found(format!("no answer in {} ms", limit.as_millis())))?;
    let found = found.map_err(|error| not_found(error.to_string()))?;
    let addresses: Vec<SocketAddr> = found.take(MAX_ADDRESSES).collect();
    if addresses.is_empty() {
        return Err(not_found("it has no address".to_owned()));
    }
    Ok(addresses)
}

/// Connects to whichever address answers first.
pub(super) async fn connect(
    addresses: &[SocketAddr],
    limit: Duration,
) -> Result<(TcpStream, SocketAddr), Finding> {
    let attempts = addresses.iter().map(|address| async move {
        let connected = TcpStream::connect(address).await;
        connected
            .map(|stream| (stream, *address))
            .map_err(|error| (*address, error))
    });
    let mut attempts: FuturesUnordered<_> = attempts.collect();
    let mut failed: Option<(SocketAddr, io::Error)> = None;
    let first = timeout(limit, async {
        while let Some(attempt) = attempts.next().await {
            match attempt {
                Ok(connected) => return Some(connected),
                // A refusal says more than that there is no way to another address.
                Err(error) if error.1.kind() == io::ErrorKind::ConnectionRefused => {
                    failed = Some(error);
                }
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
        None
    })
    .await;
    match first {
        Ok(Some(connected)) => Ok(connected),
        Ok(None) => Err(failed.map_or_else(
            || Finding::new(Code::ConnectTimeout, "no address to connect to"),
            |(address, error)| {
                let code = not_connected(Some(error.kind()));
                Finding::new(code, format!("{address}: {error}"))
            },
        )),
        Err(_) => {
            let tried: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let waited = limit.as_millis();
            let evidence = format!("no answer in {waited} ms from {}", tried.join(", "));
            Err(Finding::new(Code::ConnectTimeout, evidence))
        }
    }
}

/// Shakes hands, with the verifier that requests have; the version and the certificate on success.
pub(super) async fn handshake(
    transport: &Transport,
    endpoint: &Endpoint,
    stream: TcpStream,
    limit: Duration,
) -> Result<String, Finding> {
    let failed = |evidence: String| Finding::new(Code::TlsFailed, evidence);
    let verifier = Arc::new(Witness {
        judge: transport.verifier(),
        seen: Mutex::default(),
    });
    let config = tls_config(Arc::clone(&verifier) as _);
    let config = config.map_err(|error| failed(error.to_string()))?;
    let name = endpoint
        .server_name()
        .ok_or_else(|| failed(format!("{} is no name for a certificate", endpoint.host)))?;
    let connector = TlsConnector::from(Arc::new(config));
    let mut heard = Heard {
        stream,
        received: Vec::new(),
    };
    let shaken = timeout(limit, connector.connect(name, &mut heard)).await;
    let failure = match shaken {
        Ok(Ok(stream)) => {
            let version = stream.get_ref().1.protocol_version();
            let version = version.and_then(|version| version.as_str());
            return Ok(succeeded(version, verifier.leaf()));
        }
        Ok(Err(error)) => failure(&error),
        Err(_) => Failure::TimedOut,
    };
    let leaf = verifier.leaf();
    let self_signed = leaf.as_ref().is_some_and(|leaf| leaf.self_signed);
    let code = tls::code(&failure, &heard.received, self_signed);
    Err(Finding::new(
        code,
        evidence(&failure, &heard.received, leaf, limit),
    ))
}

fn succeeded(version: Option<&str>, leaf: Option<Presented>) -> String {
    let version = version.unwrap_or("TLS").replace("TLSv1_", "TLS 1.");
    leaf.map_or(version.clone(), |leaf| {
        format!("{version}, {}", leaf.issued())
    })
}

fn failure(error: &io::Error) -> Failure {
    let tls = error
        .get_ref()
        .and_then(|error| error.downcast_ref::<Error>());
    tls.map_or_else(
        || Failure::Io(error.kind()),
        |error| Failure::Tls(error.clone()),
    )
}

fn evidence(
    failure: &Failure,
    received: &[u8],
    leaf: Option<Presented>,
    limit: Duration,
) -> String {
    let mut text = match failure {
        Failure::TimedOut => format!("no end in {} ms", limit.as_millis()),
        Failure::Tls(error) => error.to_string(),
        Failure::Io(kind) => kind.to_string(),
    };
    if let Some(leaf) = leaf {
        text.push_str(&format!("; {leaf}"));
    } else if received.first().is_some_and(u8::is_ascii_graphic) {
        let line = received.split(|byte| matches!(byte, b'\r' | b'\n')).next();
        let line = String::from_utf8_lossy(line.unwrap_or_default());
        text.push_str(&format!("; the server said \"{line}\""));
    }
    text
}

/// Looks at the certificates that a server presents, and leaves every judgement to the real verifier.
#[derive(Debug)]
struct Witness {
    judge: Arc<dyn ServerCertVerifier>,
    seen: Mutex<Option<Vec<u8>>>,
}

impl Witness {
    /// The server's own certificate, if one was presented that can be read.
    fn leaf(&self) -> Option<Presented> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Presented::read(seen.as_ref()?)
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.to_vec());
        self.judge
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// A connection that keeps the beginning of what it receives.
struct Heard {
    stream: TcpStream,
    received: Vec<u8>,
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        let room = MAX_RECEIVED.saturating_sub(self.received.len());
        let new = buf.filled().iter().skip(before).take(room);
        self.received.extend(new);
        polled
    }
}

impl AsyncWrite for Heard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
