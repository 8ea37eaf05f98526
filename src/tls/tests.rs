//! Tests of the certificate files, the handshake and the reload.

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair, PKCS_ECDSA_P256_SHA256};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::Instant,
};

use super::*;
use crate::connect::{Tls, Trust};

const LIMIT: Duration = Duration::from_secs(10);

/// A self-signed certificate for `id.example`.
struct Certificate(CertifiedIssuer<'static, KeyPair>);

impl Certificate {
    fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let params = CertificateParams::new(["id.example".to_owned()]).unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    fn key(&self) -> String {
        self.0.key().serialize_pem()
    }
}

fn write(folder: &TempDir, certificate: &str, key: &str) -> TlsFiles {
    let files = TlsFiles {
        certificate: folder.path().join("tls.crt"),
        key: folder.path().join("tls.key"),
    };
    fs::write(&files.certificate, certificate).unwrap();
    fs::write(&files.key, key).unwrap();
    files
}

/// Returns the ALPN protocol of a client that trusts `certificate` and offers `protocols`, after it has read the
/// greeting of the server.
async fn negotiated(
    server: &ServerTls,
    certificate: &Certificate,
    protocols: &[&str],
) -> Result<Option<Vec<u8>>, String> {
    let (client, service) = tokio::io::duplex(16 * 1024);
    let greet = async {
        let mut stream = server.accept(service, LIMIT).await.ok()?;
        stream.write_all(b"hello").await.ok()?;
        stream.shutdown().await.ok()
    };
    let read = async {
        let tls = Tls::new(Trust::MachineAnd(&certificate.pem()), protocols).unwrap();
        let connected = tls.connect("id.example", client).await;
        let mut stream = connected.map_err(|error| error.to_string())?;
        let mut greeting = String::new();
        stream.read_to_string(&mut greeting).await.unwrap();
        assert_eq!(greeting, "hello");
        Ok(stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec))
    };
    tokio::join!(greet, read).1
}

#[tokio::test]
async fn client_chooses_http2_or_http1_by_alpn() {
    let (folder, certificate) = (tempfile::tempdir().unwrap(), Certificate::new());
    let files = write(&folder, &certificate.pem(), &certificate.key());
    let server = ServerTls::read(files).unwrap();
    for (offered, expected) in [
        (&["h2", "http/1.1"][..], Some(&b"h2"[..])),
        (&["http/1.1"], Some(b"http/1.1")),
        (&[], None),
    ] {
        let protocol = negotiated(&server, &certificate, offered).await;
        assert_eq!(protocol.unwrap().as_deref(), expected);
    }
    // RFC 7301 §3.2: no common protocol.
    let refused = negotiated(&server, &certificate, &["smtp"]).await;
    refused.unwrap_err();
}

#[test]
fn unusable_files_are_named_with_their_setting() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, other) = (Certificate::new(), Certificate::new());
    let (pem, key) = (certificate.pem(), certificate.key());
    let garbled = pem.replace('M', "N");
    for (certificate, key, setting, problem) in [
        ("", key.as_str(), "tls.certificate", "BEGIN CERTIFICATE"),
        (&key, &key, "tls.certificate", "BEGIN CERTIFICATE"),
        (&garbled, &key, "tls.certificate", "certificate"),
        (&pem, "", "tls.key", "BEGIN PRIVATE KEY"),
        (&pem, &pem, "tls.key", "BEGIN PRIVATE KEY"),
        (&pem, &other.key(), "tls.key", "is not the private key of"),
    ] {
        let error = ServerTls::read(write(&folder, certificate, key)).unwrap_err();
        assert_eq!(error.setting, setting, "{error}");
        assert!(error.problem.contains(problem), "{error}");
        assert!(!error.to_string().contains("MII"), "{error}");
    }
    let mut files = write(&folder, &pem, &key);
    files.key = folder.path().join("missing.key");
    let error = ServerTls::read(files.clone()).unwrap_err();
    assert!(error.to_string().contains("missing.key: cannot be read"));
    files.key = folder.path().to_owned();
    let error = ServerTls::read(files).unwrap_err();
    assert_eq!(error.problem, "is not a file");
}

#[tokio::test]
async fn new_certificate_is_used_after_a_reload_and_a_faulty_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (Certificate::new(), Certificate::new());
    let server = ServerTls::read(write(&folder, &first.pem(), &first.key())).unwrap();
    negotiated(&server, &first, &["h2"]).await.unwrap();

    // Only one of the two files is there yet.
    write(&folder, &second.pem(), &first.key());
    server.reload().await;
    assert!(server.has_fault());
    negotiated(&server, &first, &["h2"]).await.unwrap();

    write(&folder, &second.pem(), &second.key());
    server.clone().reload().await;
    assert!(!server.has_fault());
    negotiated(&server, &second, &["h2"]).await.unwrap();
    negotiated(&server, &first, &["h2"]).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn client_that_sends_nothing_or_plain_http_is_refused() {
    let (folder, certificate) = (tempfile::tempdir().unwrap(), Certificate::new());
    let files = write(&folder, &certificate.pem(), &certificate.key());
    let server = ServerTls::read(files).unwrap();
    let accept = async |service: DuplexStream| server.accept(service, LIMIT).await.map(drop);

    let (mut client, service) = tokio::io::duplex(1024);
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    accept(service).await.unwrap_err();

    let (_silent, service) = tokio::io::duplex(1024);
    let begun = Instant::now();
    let error = accept(service).await.unwrap_err();
    assert_eq!(
        (error.kind(), begun.elapsed()),
        (io::ErrorKind::TimedOut, LIMIT)
    );
}
