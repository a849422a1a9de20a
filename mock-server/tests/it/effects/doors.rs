//! What each door does to whoever comes, seen by a socket and by a TLS client that trusts the server's
//! authority.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use mock_server::{Config, DoorKind, MockServer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore};

/// How long nothing has to happen for it to count as nothing.
const PATIENCE: Duration = Duration::from_secs(2);

const REQUEST: &[u8] = b"GET /scim2/Users HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A handshake with a door, and a request through it where it lets one through.
fn through_tls(server: &MockServer, stream: &mut TcpStream) -> String {
    let mut roots = RootCertStore::empty();
    let pem = server.door_ca_pem().unwrap();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut tls = ClientConnection::new(Arc::new(config), name).unwrap();
    while tls.is_handshaking() {
        if let Err(error) = tls.complete_io(stream) {
            let inner = error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<rustls::Error>());
            return match inner {
                Some(error) => named(error),
                None => silence(error.kind()),
            };
        }
    }
    let mut stream = rustls::Stream::new(&mut tls, stream);
    stream.write_all(REQUEST).unwrap();
    let mut buffer = [0; 12];
    stream.read_exact(&mut buffer).unwrap();
    format!("a handshake, and then {}", String::from_utf8_lossy(&buffer))
}

fn silence(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "a connection, and then nothing".to_owned(),
        other => format!("{other:?}"),
    }
}

/// What a client refuses, without the times that are in the error.
fn named(error: &rustls::Error) -> String {
    let why = match error {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::ExpiredContext { .. } => "it has expired",
            CertificateError::NotValidYetContext { .. } => "it is not valid yet",
            CertificateError::NotValidForNameContext { .. } => "it is for another name",
            CertificateError::UnknownIssuer => "nobody who is trusted has issued it",
            other => return format!("{other:?}"),
        },
        rustls::Error::InvalidMessage(_) => return "an answer that is no TLS".to_owned(),
        other => return format!("{other:?}"),
    };
    format!("a certificate that the client refuses: {why}")
}

/// Who has issued the certificate that a door shows: itself, or another.
fn is_its_own_issuer(server: &MockServer, kind: DoorKind) -> bool {
    let mut stream = connected(&server.open_door(kind).unwrap()).unwrap();
    let seen = Arc::new(std::sync::Mutex::new(None));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Look(Arc::clone(&seen))))
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut tls = ClientConnection::new(Arc::new(config), name).unwrap();
    while tls.is_handshaking() && tls.complete_io(&mut stream).is_ok() {}
    let der = seen.lock().unwrap().take().unwrap();
    // The one name of a certificate that is signed by itself stands in it twice, as issuer and as subject.
    der.windows(9).filter(|part| *part == b"zoom-mock").count() > 1
}

/// Looks at a certificate, and accepts none.
#[derive(Debug)]
struct Look(Arc<std::sync::Mutex<Option<Vec<u8>>>>);

impl rustls::client::danger::ServerCertVerifier for Look {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        *self.0.lock().unwrap() = Some(end_entity.to_vec());
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Err(CertificateError::BadSignature.into())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Err(CertificateError::BadSignature.into())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn connected(base_url: &str) -> std::io::Result<TcpStream> {
    let (_, address) = base_url.split_once("://").unwrap();
    let address: SocketAddr = address.parse().unwrap();
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// What a client sees that comes to a door.
fn observed(server: &MockServer, kind: DoorKind) -> String {
    let base_url = server.open_door(kind).unwrap();
    let mut stream = match connected(&base_url) {
        Ok(stream) => stream,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            return "RST: the connection is refused".to_owned();
        }
        Err(error) if error.kind() == ErrorKind::TimedOut => {
            return "no connection: the SYN stays without an answer".to_owned();
        }
        Err(error) => return error.to_string(),
    };
    if base_url.starts_with("https") {
        let mut seen = through_tls(server, &mut stream);
        if kind == DoorKind::TlsSelfSigned || kind == DoorKind::TlsUntrustedRoot {
            let own = is_its_own_issuer(server, kind);
            seen.push_str(if own {
                "; it has issued itself"
            } else {
                "; another has issued it"
            });
        }
        return seen;
    }
    stream.write_all(REQUEST).unwrap();
    match stream.read(&mut [0; 12]) {
        Ok(bytes) => format!("{bytes} bytes"),
        Err(error) => silence(error.kind()),
    }
}

/// The doors, as a part of the page.
pub(super) fn part() -> String {
    let server = MockServer::start(&Config::default()).unwrap();
    let rows = DoorKind::ALL
        .map(|kind| format!("| `{}` | {} |\n", kind.as_str(), observed(&server, kind)));
    format!(
        "\n## doors\n\nWhat happens before a request arrives has listeners of its own, because the control API is on the \
         server's.\n`PUT /_mock/doors/{{kind}}` opens one and says where; a scenario opens the one that it needs.\n\n| door | \
         seen |\n|---|---|\n{}",
        rows.concat()
    )
}
