//! TLS connections to other servers.

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

/// The warning that is logged if the machine has no CA certificates.
const NO_AUTHORITIES: &str = "this machine has no CA certificates, so no server can be verified by TLS: \
    install the package ca-certificates, or name a file of CA certificates in SSL_CERT_FILE, and \
    restart the service";

/// The certificate authorities that are trusted to identify a server.
#[derive(Debug, Clone, Copy)]
pub enum Trust<'a> {
    /// The CA certificates of this machine.
    Machine,
    /// The CA certificates of this machine and those in this PEM text.
    MachineAnd(&'a str),
    /// Every certificate is accepted. Such a connection is protected against passive eavesdroppers only,
    /// not against an attacker who can change the traffic.
    AnyCertificate,
}

/// A TLS client configuration. Cheap to clone.
#[derive(Clone)]
pub struct Tls(TlsConnector);

/// The TLS connection could not be established.
#[derive(Debug, thiserror::Error)]
pub enum TlsConnectError {
    /// The TLS handshake failed: the client rejected the server, or the server rejected the client.
    #[error("TLS cannot be set up")]
    Tls(#[source] Error),
    /// The connection ended during the handshake.
    #[error("the connection broke before TLS was set up")]
    Io(#[source] io::Error),
    /// The host name is not one that a certificate can contain.
    #[error("the name of the server cannot appear in a certificate")]
    Name,
}

impl Tls {
    /// Returns a configuration that trusts the authorities in `trust` and offers the ALPN protocols
    /// `protocols` (RFC 7301).
    ///
    /// If there are no CA certificates at all, the function logs a warning, and every server whose
    /// certificate must be verified is refused.
    ///
    /// # Errors
    /// The PEM text contains no certificate or an invalid one, or TLS cannot be configured.
    pub fn new(trust: Trust<'_>, protocols: &[&str]) -> Result<Self, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let extra_roots = match trust {
            Trust::MachineAnd(pem) => parse_authorities(pem)?,
            Trust::Machine | Trust::AnyCertificate => vec![],
        };
        let fixed_verifier = |accepts| FixedVerifier {
            accepts,
            provider: provider.clone(),
        };
        let verifier: Arc<dyn ServerCertVerifier> = match trust {
            Trust::AnyCertificate => Arc::new(fixed_verifier(true)),
            Trust::Machine | Trust::MachineAnd(_) => {
                match Verifier::new_with_extra_roots(extra_roots, provider.clone()) {
                    Ok(verifier) => Arc::new(verifier),
                    // The constructor fails only if there is no CA certificate at all.
                    Err(error) => {
                        tracing::warn!(cause = %error, "{NO_AUTHORITIES}");
                        Arc::new(fixed_verifier(false))
                    }
                }
            }
        };
        Self::with_verifier(verifier, provider, protocols)
    }

    fn with_verifier(
        verifier: Arc<dyn ServerCertVerifier>,
        provider: Arc<CryptoProvider>,
        protocols: &[&str],
    ) -> Result<Self, Error> {
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions()?.dangerous();
        let config = config.with_custom_certificate_verifier(verifier);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Performs the TLS handshake on a connection to the server `host`, a name or an IP address.
    ///
    /// # Errors
    /// The certificate of the server is not trusted or not valid for `host`, or the handshake fails.
    pub async fn connect<S>(&self, host: &str, stream: S) -> Result<TlsStream<S>, TlsConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsConnectError::Name)?;
        self.0
            .connect(name, stream)
            .await
            .map_err(TlsConnectError::from_io)
    }
}

impl TlsConnectError {
    /// Returns whether the certificate of the server is not trusted or not valid for its name. `false` for
    /// a certificate that has expired or is not valid yet: a renewal or time heals that.
    pub fn is_untrusted(&self) -> bool {
        use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};

        let Self::Tls(Error::InvalidCertificate(cause)) = self else {
            return false;
        };
        !matches!(
            cause,
            Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. }
        )
    }

    fn from_io(error: io::Error) -> Self {
        let tls = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Error>());
        match tls {
            Some(tls) => Self::Tls(tls.clone()),
            None => Self::Io(error),
        }
    }
}

/// Parses the CA certificates of a PEM text.
///
/// # Errors
/// The text contains no certificate, or one that is invalid.
fn parse_authorities(pem: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
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

/// A verifier that does not check certificates: it accepts all of them, or refuses all of them because
/// there are no CA certificates.
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
