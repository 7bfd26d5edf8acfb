//! Which certificates of a server are accepted.
//!
//! Whatever the mode, the server must prove that it holds the key of the certificate it shows: without that, channel binding,
//! which rests on the certificate, would be worth nothing.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// What is asked of a certificate.
#[derive(Debug)]
pub(super) enum Trust {
    /// Nothing: libpq's `require` without a root certificate.
    Anything,
    /// A chain to one of the roots.
    Chain(Chain),
}

/// A chain to a root, for whatever name or for the host's.
#[derive(Debug)]
pub(super) struct Chain {
    verifier: Arc<WebPkiServerVerifier>,
    /// Certificates that a file names one by one, and that may thus be the server's own.
    pinned: Vec<CertificateDer<'static>>,
    name: Name,
}

/// Whether the certificate must be the host's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Any,
    Host,
}

/// Applies a [`Trust`].
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) trust: Trust,
    pub(super) provider: Arc<CryptoProvider>,
}

impl Chain {
    /// Fails when there are no roots.
    pub(super) fn new(
        roots: RootCertStore,
        pinned: Vec<CertificateDer<'static>>,
        name: Name,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Chain, rustls::client::VerifierBuilderError> {
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build()?;
        Ok(Chain { verifier, pinned, name })
    }

    fn accepts_as_itself(&self, error: &CertificateError, certificate: &CertificateDer<'_>) -> bool {
        // PostgreSQL's manual makes self-signed certificates with the CA flag and hands them out as `sslrootcert`; OpenSSL
        // accepts them. This complaint comes after the check of the dates. Its type is of a crate below rustls, so it is
        // told by its text: should that change, such certificates are refused.
        let is_ca = matches!(error, CertificateError::Other(other) if other.0.to_string() == "CaUsedAsEndEntity");
        is_ca && self.pinned.contains(certificate)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Trust::Chain(chain) = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        let verdict = chain
            .verifier
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verdict {
            // The name is looked at last, so the chain is good.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if chain.name == Name::Any => Ok(ServerCertVerified::assertion()),
            Err(Error::InvalidCertificate(error)) if chain.accepts_as_itself(&error, end_entity) => {
                if chain.name == Name::Host {
                    rustls::client::verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
