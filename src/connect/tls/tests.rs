//! Tests with servers whose certificates are valid, expired, for another name or from an unknown CA.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
    PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::connect::innermost;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, key()).unwrap()
}

/// Starts a server whose certificate for `name` is issued by `authority` and expires at the start of
/// the year `until`. Returns the port.
async fn server(authority: &Authority, name: &str, until: i32) -> u16 {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = key();
    let certificate = params.signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.write_all(b"hello").await;
                let _ = stream.shutdown().await;
            }
        }
    });
    port
}

/// Connects to `id.example` on `port`. Returns the greeting, or the root cause of the error.
async fn read_greeting(tls: &Tls, port: u16) -> Result<String, String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    match tls.connect("id.example", stream).await {
        Ok(mut stream) => {
            let mut text = String::new();
            stream.read_to_string(&mut text).await.unwrap();
            Ok(text)
        }
        Err(error) => Err(innermost(&error).to_string()),
    }
}

#[tokio::test]
async fn error_names_the_reason_for_a_refused_certificate() {
    let (known, unknown) = (authority("known"), authority("unknown"));
    let pem = known.pem();
    let trusting = Tls::new(Trust::MachineAnd(&pem), &[]).unwrap();
    let valid = server(&known, "id.example", 4096).await;
    assert_eq!(read_greeting(&trusting, valid).await.unwrap(), "hello");
    for (authority, name, until, reason) in [
        (&known, "id.example", 2021, "certificate expired"),
        (
            &known,
            "other.example",
            4096,
            "not valid for name \"id.example\"",
        ),
        (&unknown, "id.example", 4096, "UnknownIssuer"),
    ] {
        let port = server(authority, name, until).await;
        let error = read_greeting(&trusting, port).await.unwrap_err();
        assert!(error.contains(reason), "{reason}: {error}");
        let accepting_all = Tls::new(Trust::AnyCertificate, &[]).unwrap();
        assert_eq!(
            read_greeting(&accepting_all, port).await.unwrap(),
            "hello",
            "{reason}"
        );
    }
}

#[tokio::test]
async fn every_server_is_refused_without_ca_certificates() {
    let port = server(&authority("known"), "id.example", 4096).await;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let refusing = FixedVerifier {
        accepts: false,
        provider: provider.clone(),
    };
    let refusing_all = Tls::with_verifier(Arc::new(refusing), provider, &[]).unwrap();
    let error = read_greeting(&refusing_all, port).await.unwrap_err();
    assert!(error.contains("UnknownIssuer"), "{error}");
}

#[tokio::test]
async fn server_without_tls_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let greeting = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.write_all(b"220 mail.example ESMTP\r\n").await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    });
    let tls = Tls::new(Trust::AnyCertificate, &[]).unwrap();
    assert!(read_greeting(&tls, port).await.is_err());
    greeting.await.unwrap();
}

#[test]
fn pem_text_without_valid_certificates_is_rejected() {
    for text in [
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        assert!(Tls::new(Trust::MachineAnd(text), &[]).is_err(), "{text}");
    }
}
