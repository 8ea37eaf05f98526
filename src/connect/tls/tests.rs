//! Servers with certificates of every kind, and what is said of each.

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

/// A server with a certificate for that name, good until the year, by that authority.
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

/// The greeting of `id.example` on that port, or why there is none.
async fn greeted(tls: &Tls, port: u16) -> Result<String, String> {
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
async fn the_cause_of_a_refused_certificate_is_named() {
    let (known, unknown) = (authority("known"), authority("unknown"));
    let pem = known.pem();
    let trusting = Tls::new(Trust::MachineAnd(&pem), &[]).unwrap();
    let good = server(&known, "id.example", 4096).await;
    assert_eq!(greeted(&trusting, good).await.unwrap(), "hello");
    for (authority, name, until, why) in [
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
        let said = greeted(&trusting, port).await.unwrap_err();
        assert!(said.contains(why), "{why}: {said}");
        let anybody = Tls::new(Trust::Anybody, &[]).unwrap();
        assert_eq!(greeted(&anybody, port).await.unwrap(), "hello", "{why}");
    }
}

#[tokio::test]
async fn without_any_authority_every_server_is_refused() {
    let port = server(&authority("known"), "id.example", 4096).await;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let refusing = FixedVerifier {
        accepts: false,
        provider: provider.clone(),
    };
    let nobody = Tls::with(Arc::new(refusing), provider, &[]).unwrap();
    let said = greeted(&nobody, port).await.unwrap_err();
    assert!(said.contains("UnknownIssuer"), "{said}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let greeting = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.write_all(b"220 mail.example ESMTP\r\n").await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    });
    let tls = Tls::new(Trust::Anybody, &[]).unwrap();
    assert!(greeted(&tls, port).await.is_err());
    greeting.await.unwrap();
}

#[test]
fn a_text_without_certificates_names_no_authority() {
    for text in [
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        assert!(Tls::new(Trust::MachineAnd(text), &[]).is_err(), "{text}");
    }
}
