//! TLS of the service itself: the certificate and the private key of its listener, which are read again while the
//! service runs.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use rustls::{
    Error, InconsistentKeys, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use zeroize::Zeroizing;

use crate::blocking::Worker;

/// The protocols that are offered by ALPN (RFC 7301), the preferred one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The time limit for reading the files again.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// The files with the certificate chain and the private key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate of the service, followed by those of the intermediate authorities.
    pub certificate: PathBuf,
    /// The private key of the certificate: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// The certificate or the key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {path}: {problem}")]
pub struct TlsFileError {
    /// The setting that names the file.
    pub setting: &'static str,
    /// The path of the file.
    pub path: String,
    /// The fault. It never quotes the content.
    pub problem: String,
}

/// The TLS configuration of a listener. Clones share it, so a reload reaches every clone.
#[derive(Clone)]
pub struct ServerTls(Arc<ServerTlsInner>);

struct ServerTlsInner {
    files: TlsFiles,
    current: ArcSwap<CurrentFiles>,
    reader: Worker,
    /// The fault of the last reload, which is logged once.
    fault: Mutex<Option<String>>,
}

/// The contents of the files, and the configuration made from them.
struct CurrentFiles {
    texts: (Vec<u8>, Zeroizing<Vec<u8>>),
    config: Arc<ServerConfig>,
}

impl ServerTls {
    /// Reads the certificate and the key.
    ///
    /// # Errors
    /// A file cannot be read, is not PEM, or the key does not belong to the certificate.
    pub fn read(files: TlsFiles) -> Result<Self, TlsFileError> {
        let current = CurrentFiles::read(&files)?;
        Ok(Self(Arc::new(ServerTlsInner {
            files,
            current: ArcSwap::from_pointee(current),
            reader: Worker::named("tls-files"),
            fault: Mutex::default(),
        })))
    }

    /// Reads the files again. New connections use a new certificate; established ones keep theirs. Files that
    /// cannot be used change nothing, and a warning names the fault once.
    pub async fn reload(&self) {
        let inner = self.0.clone();
        let read = move || {
            let read = CurrentFiles::read(&inner.files)?;
            let is_new = inner.current.load().texts != read.texts;
            if is_new {
                inner.current.store(Arc::new(read));
            }
            Ok::<_, TlsFileError>(is_new)
        };
        let fault = match self.0.reader.run(READ_LIMIT, read).await {
            Ok(Ok(is_new)) => {
                if is_new {
                    tracing::info!("the TLS certificate was replaced: new connections use it");
                }
                None
            }
            Ok(Err(fault)) => Some(fault.to_string()),
            Err(error) => Some(format!("tls.certificate and tls.key: {error}")),
        };
        let mut last = self.0.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fault) = fault.as_ref().filter(|fault| last.as_ref() != Some(*fault)) {
            tracing::warn!(%fault, "the TLS certificate was not reloaded: the earlier one stays in use");
        }
        *last = fault;
    }

    /// Returns whether the last reload failed, so that the certificate in use may expire.
    pub fn has_fault(&self) -> bool {
        let fault = self.0.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.is_some()
    }

    /// Performs the TLS handshake with a client, for at most `limit`.
    ///
    /// # Errors
    /// The client does not speak TLS, supports no common version or cipher, or is too slow.
    pub async fn accept<S>(&self, stream: S, limit: Duration) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let config = self.0.current.load().config.clone();
        timeout(limit, TlsAcceptor::from(config).accept(stream)).await?
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServerTls").field(&self.0.files).finish()
    }
}

impl CurrentFiles {
    fn read(files: &TlsFiles) -> Result<Self, TlsFileError> {
        let certificate = in_file("tls.certificate", &files.certificate);
        let key = in_file("tls.key", &files.key);
        let chain_text = read(&files.certificate).map_err(&certificate)?;
        let key_text = Zeroizing::new(read(&files.key).map_err(&key)?);
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain_text).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| {
            certificate("must contain PEM certificates (BEGIN CERTIFICATE)".to_owned())
        })?;
        let private = PrivateKeyDer::from_pem_slice(&key_text).map_err(|_| {
            key("must contain a PEM private key without a password (BEGIN PRIVATE KEY)".to_owned())
        })?;
        let config = server_config(chain, private).map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                key("is not the private key of tls.certificate".to_owned())
            }
            Error::InvalidCertificate(_) => certificate(error.to_string()),
            error => key(error.to_string()),
        })?;
        Ok(Self {
            texts: (chain_text, key_text),
            config: Arc::new(config),
        })
    }
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions()?;
    let mut config = config.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

/// Returns a function that makes errors of a file.
fn in_file(setting: &'static str, path: &Path) -> impl Fn(String) -> TlsFileError {
    move |problem| TlsFileError {
        setting,
        path: path.display().to_string(),
        problem,
    }
}

/// Reads a regular file. Reading a pipe may never end.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let is_file = fs::metadata(path).map(|metadata| metadata.is_file());
    match is_file {
        Ok(true) => fs::read(path).map_err(|error| format!("cannot be read: {error}")),
        Ok(false) => Err("is not a file".to_owned()),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests;
