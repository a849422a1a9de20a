//! What a certificate says about itself.

use std::fmt;

use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;

/// How many names of a certificate are told.
const MAX_NAMES: usize = 5;

/// A certificate that a server presented. That it says so makes nothing of it true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Presented {
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    names: Vec<String>,
    /// Signed with its own key.
    pub(super) self_signed: bool,
}

impl Presented {
    /// Reads a certificate in DER; `None` where it cannot be read.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        Some(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            not_before: day(validity.not_before),
            not_after: day(validity.not_after),
            names: names(&certificate),
            // The names alone do not tell: an authority may bear the name of what it signs.
            self_signed: certificate.subject() == certificate.issuer()
                && certificate.verify_signature(None).is_ok(),
        })
    }

    /// By whom it was issued and until when it is valid, in few words.
    pub(super) fn issued(&self) -> String {
        format!("until {} by {}", self.not_after, self.issuer)
    }
}

fn day(time: ASN1Time) -> String {
    let timestamp = Timestamp::from_second(time.timestamp());
    timestamp.map_or_else(|_| time.to_string(), |timestamp| timestamp.to_string())
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes),
        _ => None,
    };
    let names = extension.value.general_names.iter().filter_map(name);
    names.take(MAX_NAMES).collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|ip| std::net::IpAddr::from(ip).to_string());
    let v6 = <[u8; 16]>::try_from(bytes).map(|ip| std::net::IpAddr::from(ip).to_string());
    v4.or(v6).ok()
}

impl fmt::Display for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "certificate of {}, issued by {}, valid from {} to {}",
            self.subject, self.issuer, self.not_before, self.not_after
        )?;
        if self.names.is_empty() {
            return Ok(());
        }
        write!(f, ", for {}", self.names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};

    use super::*;

    #[test]
    fn tells_a_certificate_that_signed_itself_from_one_that_only_says_so() {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let own = params.self_signed(&key).unwrap();
        let read = Presented::read(own.der()).unwrap();
        assert!(read.self_signed);
        assert!(read.to_string().ends_with(", for localhost"), "{read}");
        // The authority has the same name.
        let authority = CertificateParams::default();
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let signed = params.signed_by(&key, &authority).unwrap();
        let read = Presented::read(signed.der()).unwrap();
        assert_eq!(read.subject, read.issuer);
        assert!(!read.self_signed);
        assert_eq!(Presented::read(b"nonsense"), None);
    }
}
