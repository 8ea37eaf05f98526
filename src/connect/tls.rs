//! TLS to other servers.

use std::{fmt, io, sync::Arc};

pub use rustls::Error as TlsError;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// The warning where no certificate can be verified.
const NO_AUTHORITIES: &str = "this machine has no CA certificates, so no server can be verified by TLS: \
    install the package ca-certificates, or name a file of CA certificates in SSL_CERT_FILE, and \
    restart the service";

/// The certificate authorities that may vouch for a server.
#[derive(Debug, Clone, Copy)]
pub enum Trust<'a> {
    /// Those of this machine.
    Machine,
    /// Those of this machine, and those in this PEM text.
    MachineAnd(&'a str),
    /// None is needed: every certificate is accepted. Keeps out only those who cannot change what is sent.
    Anybody,
}

/// How TLS is spoken. Cheap to clone.
#[derive(Clone)]
pub struct Tls(TlsConnector);

/// Why there is no TLS connection.
#[derive(Debug, thiserror::Error)]
pub enum TlsConnectError {
    /// TLS refuses the server, or the server refuses us.
    #[error("TLS cannot be set up")]
    Tls(#[source] Error),
    /// The connection broke.
    #[error("the connection broke before TLS was set up")]
    Io(#[source] io::Error),
    /// No certificate can be for such a name.
    #[error("the name of the server cannot appear in a certificate")]
    Name,
}

impl Tls {
    /// TLS that trusts those authorities, and offers these protocols (RFC 7301). Where this machine has no
    /// authorities at all, a warning says so, and servers that need one are refused.
    ///
    /// # Errors
    /// The PEM text has no certificates.
    pub fn new(trust: Trust<'_>, protocols: &[&str]) -> Result<Self, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let extra = match trust {
            Trust::MachineAnd(pem) => authorities(pem)?,
            Trust::Machine | Trust::Anybody => vec![],
        };
        let unverified = |accepts| FixedVerifier {
            accepts,
            provider: provider.clone(),
        };
        let verifier: Arc<dyn ServerCertVerifier> = match trust {
            Trust::Anybody => Arc::new(unverified(true)),
            Trust::Machine | Trust::MachineAnd(_) => {
                match Verifier::new_with_extra_roots(extra, provider.clone()) {
                    Ok(verifier) => Arc::new(verifier),
                    // Fails only where there is no authority at all.
                    Err(error) => {
                        tracing::warn!(cause = %error, "{NO_AUTHORITIES}");
                        Arc::new(unverified(false))
                    }
                }
            }
        };
        Self::with(verifier, provider, protocols)
    }

    fn with(
        verifier: Arc<dyn ServerCertVerifier>,
        provider: Arc<CryptoProvider>,
        protocols: &[&str],
    ) -> Result<Self, Error> {
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions()?.dangerous();
        let config = config.with_custom_certificate_verifier(verifier);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Sets TLS up on a connection to the server of that name or address.
    ///
    /// # Errors
    /// The server is not who it should be, or speaks no TLS.
    pub async fn connect<S>(&self, host: &str, stream: S) -> Result<TlsStream<S>, TlsConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsConnectError::Name)?;
        self.0
            .connect(name, stream)
            .await
            .map_err(TlsConnectError::of)
    }
}

impl TlsConnectError {
    fn of(error: io::Error) -> Self {
        let tls = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Error>());
        match tls {
            Some(tls) => Self::Tls(tls.clone()),
            None => Self::Io(error),
        }
    }
}

/// The certificates of a PEM text.
fn authorities(pem: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let all = all.map_err(|error| Error::General(error.to_string()))?;
    if all.is_empty() {
        return Err(Error::General("there is no PEM certificate".to_owned()));
    }
    let mut store = RootCertStore::empty();
    for certificate in &all {
        store.add(certificate.clone())?;
    }
    Ok(all)
}

/// Verifies no certificate: accepts all, or refuses all because there is no authority.
#[derive(Debug)]
struct FixedVerifier {
    accepts: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for FixedVerifier {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.accepts {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::UnknownIssuer.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

#[cfg(test)]
mod tests;
