//! Authorities that an administrator trusts beside the machine's own.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// Further root certificates. Nothing else than a file of certificates makes trust: there is no way to accept
/// a certificate unseen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedRoots(Arc<[CertificateDer<'static>]>);

/// Root certificates that cannot be used; the message fits after the file's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum RootsError {
    #[error("is empty; it takes root certificates in PEM")]
    Empty,
    #[error("holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----")]
    NoCertificate,
    #[error("certificate number {number} cannot be used: {reason}")]
    Certificate { number: usize, reason: String },
}

impl TrustedRoots {
    /// Reads one or more certificates in PEM.
    ///
    /// # Errors
    ///
    /// When there is none, or one that cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, RootsError> {
        if pem.trim_ascii().is_empty() {
            return Err(RootsError::Empty);
        }
        let mut store = RootCertStore::empty();
        let mut roots = Vec::new();
        for (index, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let unusable = |reason: String| RootsError::Certificate {
                number: index + 1,
                reason,
            };
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            let added = store.add(certificate.clone());
            added.map_err(|error| unusable(error.to_string()))?;
            roots.push(certificate);
        }
        if roots.is_empty() {
            return Err(RootsError::NoCertificate);
        }
        Ok(Self(roots.into()))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the machine's own roots are all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The certificates in DER.
    pub(crate) fn certificates(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_a_file_makes_no_trust() {
        assert_eq!(TrustedRoots::from_pem(b" \n"), Err(RootsError::Empty));
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        for text in ["hello", &key] {
            let refused = TrustedRoots::from_pem(text.as_bytes());
            assert_eq!(refused, Err(RootsError::NoCertificate), "{text}");
        }
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let error = TrustedRoots::from_pem(broken).unwrap_err();
        assert!(error.to_string().starts_with("certificate number 1"));
    }

    #[test]
    fn takes_several() {
        let made = || rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let pem = made().cert.pem() + &made().cert.pem();
        assert_eq!(TrustedRoots::from_pem(pem.as_bytes()).unwrap().len(), 2);
    }
}
