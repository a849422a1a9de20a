//! What a failed TLS handshake means.

use std::io;

use rustls::{CertificateError, Error};

use super::Code;

/// How a handshake failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It did not end in time.
    TimedOut,
    /// Ours or theirs refused to go on.
    Tls(Error),
    /// The connection ended.
    Io(io::ErrorKind),
}

/// Names a failure. `received` is the beginning of what the server sent; `self_signed` tells of the
/// certificate that it presented.
pub(super) fn code(failure: &Failure, received: &[u8], self_signed: bool) -> Code {
    match failure {
        Failure::Tls(Error::InvalidCertificate(error)) => certificate(error, self_signed),
        _ if !speaks_tls(received) => Code::TlsNotSpoken,
        Failure::TimedOut => Code::TlsStalled,
        Failure::Tls(_) | Failure::Io(_) => Code::TlsFailed,
    }
}

fn certificate(error: &CertificateError, self_signed: bool) -> Code {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Code::TlsExpired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Code::TlsNotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Code::TlsWrongHost
        }
        // One that is an authority too is refused before anybody asks who signed it.
        _ if self_signed => Code::TlsSelfSigned,
        // An authority of the same name, with another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Code::TlsUntrustedRoot,
        _ => Code::TlsFailed,
    }
}

/// Whether bytes begin a TLS record: its types are 20 to 23 (RFC 8446 section 5.1). Nothing at all may.
fn speaks_tls(received: &[u8]) -> bool {
    received.first().is_none_or(|kind| (20..=23).contains(kind))
}
