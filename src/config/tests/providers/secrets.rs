//! Client credentials.

use std::fs;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use super::*;
use crate::pkcs8::P256Key;

const IRREGULAR: &str =
    "is not a regular file: a secret cannot be read from a folder, a pipe or a device";

#[test]
fn client_secrets_come_from_a_setting_or_a_file_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let write_file = |bytes: &[u8]| {
        let path = folder.path().join("secret");
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let google = "kind = 'google'\nclient_id = 'c'";
    let in_file = |path: &str| format!("{google}\nclient_secret_file = '{path}'");
    let secret = |lines: &str| match provider(LOOPBACK, lines).credentials {
        ClientCredentials::Secret(secret) => secret.expose().to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(secret(GOOGLE), "s3cret");
    assert_eq!(secret(&in_file(&write_file(b"s3cret\n"))), "s3cret");
    assert_eq!(secret(&in_file(&write_file(b" s3cret \r\n"))), " s3cret ");
    let with = format!("{OIDC}\nissuer = 'https://id.example.com'");
    assert_eq!(
        secret(&format!("{with}\nclient_secret = 's3cret'")),
        "s3cret"
    );
    assert!(matches!(
        provider(LOOPBACK, &with).credentials,
        ClientCredentials::None
    ));

    let latin_1 = "is not UTF-8 but in another encoding, such as Latin-1: save it as UTF-8";
    let charset = "must be 1 to 1024 printable ASCII characters";
    for (bytes, problem_text) in [
        (&b""[..], "is empty"),
        (b"\n", "is empty"),
        (b"gr\xfcn", latin_1),
        (b"hunter2\nhunter3\n", charset),
        ("hunter\u{e4}".as_bytes(), charset),
        (&[b'a'; 1025], charset),
        (&vec![b'a'; 16 * 1024 + 1], "is larger than 16 KiB"),
    ] {
        let path = write_file(bytes);
        let problem = problem(LOOPBACK, &in_file(&path), "client_secret_file");
        assert_eq!(problem, format!("{path:?} {problem_text}"));
    }
    let folder = folder.path().display().to_string();
    assert_eq!(
        problem(LOOPBACK, &in_file(&folder), "client_secret_file"),
        format!("{folder:?} {IRREGULAR}")
    );
    // A pipe without a writer and an endless device are refused.
    let pipe = format!("{folder}/pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for path in [pipe.as_str(), "/dev/zero"] {
        assert_eq!(
            problem(LOOPBACK, &in_file(path), "client_secret_file"),
            format!("{path:?} {IRREGULAR}")
        );
    }
    let both = format!("{GOOGLE}\nclient_secret_file = '{}'", write_file(b"other"));
    assert_eq!(
        problem(LOOPBACK, &both, "client_secret"),
        "and client_secret_file are both set"
    );
    assert_eq!(
        problem(
            LOOPBACK,
            &format!("{google}\nclient_secret = 'hunter\u{e4}'"),
            "client_secret"
        ),
        charset
    );

    let apple = provider(LOOPBACK, &apple());
    for shown in [
        format!("{:?}", provider(LOOPBACK, GOOGLE)),
        format!("{apple:?}"),
    ] {
        assert!(shown.contains("REDACTED"), "{shown}");
        assert!(!shown.contains("s3cret") && !shown.contains("PRIVATE KEY"));
    }
}

#[test]
fn apple_keys_must_be_able_to_sign() {
    let ClientCredentials::Apple(key) = provider(LOOPBACK, &apple()).credentials else {
        panic!("another kind");
    };
    assert_eq!(
        (key.team_id.as_str(), key.key_id.as_str()),
        ("DEF123GHIJ", "ABC123DEFG")
    );
    let text = fs::read_to_string(KEY).unwrap();
    let own = P256Key::parse(&text).unwrap();
    let signature = key.private_key.with(|key| key.sign(b"message")).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, own.public_key())
        .verify(b"message", &signature)
        .unwrap();

    let folder = tempfile::tempdir().unwrap();
    let other = aws_lc_rs::signature::EcdsaKeyPair::generate_pkcs8(
        &aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        &aws_lc_rs::rand::SystemRandom::new(),
    );
    let other = pem::encode(&pem::Pem::new("PRIVATE KEY", other.unwrap().as_ref()));
    let cut: String = text.chars().take(60).collect();
    for (content, problem_text) in [
        (other.as_str(), "is not a private key on P-256"),
        (&cut, "is not PEM"),
        ("hunter2", "is not PEM"),
        (
            &text.repeat(2),
            "holds more than one PEM block: keep -----BEGIN PRIVATE KEY----- alone",
        ),
        (
            &text.replace("PRIVATE", "PUBLIC"),
            "is a public key: put the private key in its place",
        ),
        (
            &text.replace("PRIVATE", "EC PRIVATE"),
            "is not PKCS#8: `openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem` converts it",
        ),
        ("", "is empty"),
    ] {
        let path = folder.path().join("key.p8");
        fs::write(&path, content).unwrap();
        let lines = format!("{APPLE}\nprivate_key_file = '{}'", path.display());
        assert_eq!(
            problem(LOOPBACK, &lines, "private_key_file"),
            format!("{path:?} {problem_text}")
        );
    }
}
