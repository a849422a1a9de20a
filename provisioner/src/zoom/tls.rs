//! TLS as requests and the test of a connection have it: one verifier for both, so that they cannot disagree.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, Error};
use rustls_platform_verifier::Verifier;

use super::roots::TrustedRoots;

/// The verifier of the machine's roots and the further ones.
pub(super) fn verifier(roots: &TrustedRoots) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let roots = roots.certificates().cloned();
    Ok(Arc::new(Verifier::new_with_extra_roots(roots, provider())?))
}

/// What a client needs that verifies so: TLS 1.2 or newer, and HTTP/1.1 over it.
pub(crate) fn config(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, Error> {
    let versions =
        ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let mut config = versions
        // The name is rustls's for "not the built-in roots"; the verifier is the platform's.
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Ring: half the build time of aws-lc-rs.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
