//! Certificates of the server's own: an authority that clients trust on purpose, and server certificates
//! under it, all made when they are needed and gone at the end.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::scenario::DoorKind;

type Failed = Box<dyn std::error::Error>;

/// What clients have to trust, and what signs the server's certificates.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// The names and addresses of the server beside those that it knows itself.
    further_names: OnceLock<Vec<String>>,
}

impl Authority {
    pub(super) fn new() -> Result<Self, String> {
        let issuer = authority("zoom-mock test authority").map_err(|error| error.to_string())?;
        Ok(Self {
            issuer,
            further_names: OnceLock::new(),
        })
    }

    /// From now on certificates are for these names and addresses as well.
    pub(super) fn name(&self, names: Vec<String>) {
        // It is named once, at the start.
        let _ = self.further_names.set(names);
    }

    /// The certificate, in PEM.
    pub(super) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// What speaks TLS with a certificate for the loopback names, the address that is listened on and whatever
    /// else the server is called, as it should be or with what a door is about.
    pub(super) fn acceptor(&self, address: IpAddr, kind: DoorKind) -> Result<TlsAcceptor, String> {
        self.made(address, kind).map_err(|error| error.to_string())
    }

    fn made(&self, address: IpAddr, kind: DoorKind) -> Result<TlsAcceptor, Failed> {
        let mut names = vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "::1".to_owned(),
        ];
        if address.is_unspecified() {
            names.extend(host_name());
        } else if !address.is_loopback() {
            names.push(address.to_string());
        }
        names.extend(self.further_names.get().into_iter().flatten().cloned());
        if kind == DoorKind::TlsWrongHost {
            names = vec!["other-host.example".to_owned()];
        }
        let mut server = CertificateParams::new(names)?;
        server
            .distinguished_name
            .push(DnType::CommonName, "zoom-mock");
        match kind {
            DoorKind::TlsExpired => {
                server.not_before = date_time_ymd(2020, 1, 1);
                server.not_after = date_time_ymd(2020, 12, 31);
            }
            DoorKind::TlsNotYetValid => {
                server.not_before = date_time_ymd(2090, 1, 1);
                server.not_after = date_time_ymd(2099, 12, 31);
            }
            _ => {}
        }
        let key = KeyPair::generate()?;
        let certificate = match kind {
            DoorKind::TlsSelfSigned => server.self_signed(&key)?,
            DoorKind::TlsUntrustedRoot => {
                let unknown = authority("an authority that nobody knows")?;
                server.signed_by(&key, &unknown)?
            }
            _ => server.signed_by(&key, &self.issuer)?,
        };
        acceptor(certificate.der().clone(), &key)
    }
}

/// What the machine calls itself, by which others on its network reach it.
fn host_name() -> Option<String> {
    let said = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = said.or_else(|| std::env::var("HOSTNAME").ok())?;
    let name = name.trim();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    (!name.is_empty() && name.bytes().all(is_part)).then(|| name.to_owned())
}

fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, Failed> {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(
        authority,
        KeyPair::generate()?,
    )?)
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> Result<TlsAcceptor, Failed> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
