//! Every fault of a folder of keys, with its exact message. Messages contain the path, never the content.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use pem::Pem;

use super::{
    folders::{folder, load},
    start,
};

const ES256: &str = "20260101T000000Z.es256.pem";
const RS256: &str = "20260101T000000Z.rs256.pem";
const EDDSA: &str = "20260101T000000Z.eddsa.pem";
const SECRET: &str = "20260101T000000Z.secret";

/// A public test key that tests accept, because [`super::super::well_known`] leaves the golden keys out
/// there.
const RSA_2048: &str = include_str!("../../../tests/golden/0.1.0/20260101T000000Z.rs256.pem");
const RSA_1024: &str = include_str!("keys/rsa-1024.pem");
const RSA_4096: &str = include_str!("keys/rsa-4096.pem");
const RFC_7515_A_2: &str = include_str!("keys/rfc7515-a2.pem");
const RFC_7515_A_3: &str = "-----BEGIN PRIVATE KEY-----\n\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n\
    H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n\
    7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n\
    -----END PRIVATE KEY-----\n";
const RFC_8037_A_1: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

/// No fault: the file is accepted.
const ACCEPTED: &str = "";
const NOT_PEM: &str = "is not PEM";
const NOT_TEXT: &str = "is not text";
const NOT_PKCS8: &str =
    "is not PKCS#8: `openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem` converts it";
const TWO_BLOCKS: &str = "holds more than one PEM block: keep -----BEGIN PRIVATE KEY----- alone";
const NOT_TEXT_SECRET: &str = "is not text: a secret is base64";
const DER: &str = "is DER and not PEM: `openssl pkcs8 -topk8 -nocrypt -inform DER -in old.der -out \
    new.pem` converts it";
/// As `openssl ecparam -name prime256v1 -genkey` writes it.
const ECPARAM: &str = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n\
    -----BEGIN EC PRIVATE KEY-----\n\
    MHcCAQEEIP90dtnqgHSvbkWdnbLZ9grFpUFps4kMvTL9EndfLhxloAoGCCqGSM49\n\
    AwEHoUQDQgAEBRIgatUWam/YAHz+Vusj/CRV+kEi70P+ikuoPbbDFTFPhtRasODQ\n\
    G4zJ0OvwwkI7HF7KwHdbCzPUFgZo0CT35w==\n-----END EC PRIVATE KEY-----\n";
const NOT_P256: &str = "is not a private key on P-256";
const NOT_RSA: &str = "is not an RSA private key of 2048 to 3072 bits";
const NOT_ED25519: &str = "is not a private key on Ed25519";
const KNOWN: &str = "is publicly known: `signet keys generate` creates a new one";
const NOT_BASE64: &str = "is not base64: `signet keys generate` creates a valid secret";
const SHORT: &str = "is too short: a secret has at least 32 bytes";
const GUESSED: &str =
    "is well known or easily guessed: `signet keys generate` creates a valid secret";

fn ec(scheme: &'static EcdsaSigningAlgorithm) -> Vec<u8> {
    let document = EcdsaKeyPair::generate_pkcs8(scheme, &SystemRandom::new()).unwrap();
    document.as_ref().to_vec()
}

/// Builds a PKCS#8 key (RFC 8410 §7) whose algorithm is 1.3.101 with `curve` as the last arc.
fn edwards(curve: u8) -> Vec<u8> {
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, curve];
    der.extend([4, 0x22, 4, 0x20]);
    der.extend((0..32_u8).map(|i| i.wrapping_mul(37)));
    der
}

fn pem(tag: &str, der: &[u8]) -> String {
    pem::encode(&Pem::new(tag, der))
}

fn put(path: &Path, content: impl AsRef<[u8]>) {
    fs::write(path, content).unwrap();
    chmod(path, 0o600);
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A change to a valid folder.
type Change = Box<dyn Fn(&Path)>;

/// Makes a valid folder, changes it, and compares the reported faults line by line. `FOLDER` stands for its
/// path.
fn assert_faults(what: &str, change: impl FnOnce(&Path), expected: &str) {
    let (folder, config) = folder();
    change(folder.path());
    let faults = match load(&config, start()) {
        Ok(_) => String::new(),
        Err(faults) => faults
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
    };
    let path = folder.path().display().to_string();
    assert_eq!(faults.replace(&path, "FOLDER"), expected, "{what}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn faults_of_file_contents() {
    let p256 = ec(&ECDSA_P256_SHA256_FIXED_SIGNING);
    let p384 = ec(&ECDSA_P384_SHA384_FIXED_SIGNING);
    let ed25519 = edwards(0x70);
    let x25519 = edwards(0x6e);
    let second = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let key = |der: &[u8]| pem("PRIVATE KEY", der).into_bytes();
    let good = pem("PRIVATE KEY", &p256);
    let good_with = |more: String| [good.clone(), more].concat().into_bytes();
    let mut mismatched = p256.clone();
    *mismatched.last_mut().unwrap() ^= 1;
    let utf_16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let random: [u8; 32] = std::array::from_fn(|i| u8::try_from(i * 37 % 251).unwrap());
    let secret = URL_SAFE_NO_PAD.encode(random);
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes).into_bytes();

    for (what, name, content, problem) in [
        // Encodings.
        ("PKCS#8", ES256, key(&p256), ACCEPTED),
        ("CRLF", ES256, good.replace('\n', "\r\n").into(), ACCEPTED),
        ("a byte order mark", ES256, format!("\u{feff}{good}").into(), ACCEPTED),
        ("a comment", ES256, format!("Bag Attributes\n{good}").into(), ACCEPTED),
        ("empty", ES256, vec![], NOT_PEM),
        ("not PEM", ES256, b"hunter2".to_vec(), NOT_PEM),
        ("DER", ES256, p256.clone(), DER),
        ("DER", RS256, pem::parse(RSA_2048).unwrap().into_contents(), DER),
        ("a short DER", EDDSA, ed25519.clone(), DER),
        ("not UTF-8", ES256, good_with(String::new()).iter().map(|b| b | 0x80).collect(), NOT_TEXT),
        (
            "UTF-16",
            ES256,
            [&[0xff, 0xfe], &utf_16[..]].concat(),
            "is UTF-16: save it as UTF-8",
        ),
        ("NUL", ES256, vec![0; 200], NOT_PEM),
        ("NUL for line ends", ES256, good.replace('\n', "\0").into(), NOT_PEM),
        ("the first half", ES256, good.as_bytes()[..120].to_vec(), NOT_PEM),
        ("64 KiB", ES256, good_with("\n".repeat(65_536)), "is too long for a key"),
        // Other kinds of files.
        (
            "encrypted",
            ES256,
            pem("ENCRYPTED PRIVATE KEY", &p256).into(),
            "is encrypted: `openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem` makes an \
             unencrypted PKCS#8 key",
        ),
        ("openssl ecparam -genkey", ES256, ECPARAM.into(), NOT_PKCS8),
        (
            "openssl ecparam",
            ES256,
            pem("EC PARAMETERS", b"curve").into(),
            "holds the parameters of a curve and no key: `openssl genpkey -algorithm EC -pkeyopt \
             ec_paramgen_curve:P-256 -out new.pem` makes a key",
        ),
        ("parameters and a key", ES256, good_with(pem("EC PARAMETERS", b"curve")), TWO_BLOCKS),
        (
            "a JWK",
            ES256,
            b"{\"kty\": \"EC\"}".to_vec(),
            "is JSON, such as a JWK, and not PEM: convert it to PKCS#8",
        ),
        ("PKCS#1", RS256, pem("RSA PRIVATE KEY", &p256).into(), NOT_PKCS8),
        ("SEC1", ES256, pem("EC PRIVATE KEY", &p256).into(), NOT_PKCS8),
        (
            "public",
            ES256,
            pem("PUBLIC KEY", &p256).into(),
            "is a public key: put the private key in its place",
        ),
        (
            "a certificate",
            ES256,
            pem("CERTIFICATE", &p256).into(),
            "is a certificate: put its private key in its place",
        ),
        (
            "OpenSSH",
            EDDSA,
            pem("OPENSSH PRIVATE KEY", &ed25519).into(),
            "is an OpenSSH key: `ssh-keygen -p -N \"\" -m PKCS8 -f old` converts it if it is of RSA \
             or ECDSA, and keys of Ed25519 are made by `openssl genpkey -algorithm ed25519`",
        ),
        (
            "another block",
            ES256,
            pem("CERTIFICATE REQUEST", &p256).into(),
            "is not an unencrypted PKCS#8 key: -----BEGIN PRIVATE KEY-----",
        ),
        ("two keys", ES256, good_with(pem("PRIVATE KEY", &p384)), TWO_BLOCKS),
        ("a key and its certificate", ES256, good_with(pem("CERTIFICATE", &p256)), TWO_BLOCKS),
        // Other keys.
        ("nothing", ES256, key(&[]), NOT_P256),
        ("truncated", ES256, key(&p256[..p256.len() - 1]), NOT_P256),
        ("another's public key", ES256, key(&mismatched), NOT_P256),
        ("P-384", ES256, key(&p384), NOT_P256),
        ("RSA", ES256, RSA_2048.into(), NOT_P256),
        ("Ed25519", ES256, key(&ed25519), NOT_P256),
        ("RSA of 2048 bits", RS256, RSA_2048.into(), ACCEPTED),
        ("RSA of 1024 bits", RS256, RSA_1024.into(), NOT_RSA),
        ("RSA of 4096 bits", RS256, RSA_4096.into(), NOT_RSA),
        ("P-256", RS256, key(&p256), NOT_RSA),
        ("Ed25519", RS256, key(&ed25519), NOT_RSA),
        ("Ed25519", EDDSA, key(&ed25519), ACCEPTED),
        ("Ed25519 with its public key", EDDSA, key(second.as_ref()), ACCEPTED),
        ("X25519", EDDSA, key(&x25519), NOT_ED25519),
        ("P-256", EDDSA, key(&p256), NOT_ED25519),
        ("RSA", EDDSA, RSA_2048.into(), NOT_ED25519),
        // Publicly known keys.
        ("RFC 7515 A.3", ES256, RFC_7515_A_3.into(), KNOWN),
        ("RFC 7515 A.2", RS256, RFC_7515_A_2.into(), KNOWN),
        ("RFC 8037 A.1", EDDSA, RFC_8037_A_1.into(), KNOWN),
        // Secrets.
        ("base64url", SECRET, format!("{secret}\n").into(), ACCEPTED),
        ("base64", SECRET, STANDARD.encode(random).into(), ACCEPTED),
        ("CRLF", SECRET, format!("{secret}\r\n").into(), ACCEPTED),
        ("a byte order mark", SECRET, format!("\u{feff}{secret}").into(), NOT_BASE64),
        ("NUL", SECRET, format!("{secret}\0").into(), NOT_BASE64),
        ("two lines", SECRET, format!("{secret}\n{secret}\n").into(), NOT_BASE64),
        ("a pass phrase", SECRET, b"hunter2 hunter2 hunter2 hunter2!".to_vec(), NOT_BASE64),
        ("a key", SECRET, key(&p256), NOT_BASE64),
        ("bytes", SECRET, vec![0xff; 32], NOT_TEXT_SECRET),
        ("empty", SECRET, vec![], SHORT),
        ("31 bytes", SECRET, encode(&random[1..]), SHORT),
        ("zeros", SECRET, encode(&[0; 32]), GUESSED),
        ("text of another script", SECRET, encode("правильная лошадь батарея".as_bytes()), GUESSED),
        ("text", SECRET, encode(b"a-string-secret-at-least-256-bits-long"), GUESSED),
        (
            "RFC 7515 A.1",
            SECRET,
            b"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
                .to_vec(),
            GUESSED,
        ),
        ("64 KiB", SECRET, vec![b'A'; 65_537], "is too long for a key"),
    ] {
        let expected = if problem == ACCEPTED {
            String::new()
        } else {
            format!("FOLDER/{name}: {problem}")
        };
        let what = format!("{what} in {name}");
        assert_faults(&what, |folder| put(&folder.join(name), content), &expected);
    }
}

/// Two files of one time and algorithm are impossible, because both would have the same name.
#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn faults_of_files_and_folders() {
    let modes = |name: &'static str, mode| move |folder: &Path| chmod(&folder.join(name), mode);
    let moved = |from: &'static str, to: &'static str| {
        move |folder: &Path| fs::rename(folder.join(from), folder.join(to)).unwrap()
    };
    let read = "FOLDER/20260101T000000Z.secret: other users can read it: run chmod o-rwx";
    let write = "FOLDER/20260101T000000Z.secret: other users can write to it: run chmod go-w";
    let open = "FOLDER: other users can write to it: run chmod go-w";
    let no_key = "FOLDER: no ES256 key signs now: `signet keys generate` creates what is missing";
    let no_secret = "FOLDER: no secret signs now: `signet keys generate` creates what is missing";
    let no_file = "FOLDER/20260201T000000Z.secret: is not a file";
    let rows: Vec<(&str, Change, &str)> = vec![
        ("0400", Box::new(modes(SECRET, 0o400)), ACCEPTED),
        ("0440", Box::new(modes(SECRET, 0o440)), ACCEPTED),
        ("0640", Box::new(modes(SECRET, 0o640)), ACCEPTED),
        ("0604", Box::new(modes(SECRET, 0o604)), read),
        ("0644", Box::new(modes(SECRET, 0o644)), read),
        ("0620", Box::new(modes(SECRET, 0o620)), write),
        ("0602", Box::new(modes(SECRET, 0o602)), write),
        ("a folder 0750", Box::new(modes("", 0o750)), ACCEPTED),
        ("a folder 0755", Box::new(modes("", 0o755)), ACCEPTED),
        ("a folder 0770", Box::new(modes("", 0o770)), open),
        ("a folder 0720", Box::new(modes("", 0o720)), open),
        ("a folder 1777", Box::new(modes("", 0o1777)), open),
        ("a folder 0702", Box::new(modes("", 0o702)), open),
        ("a folder 0777", Box::new(modes("", 0o777)), open),
        ("no key", Box::new(moved(ES256, "old.pem")), no_key),
        (
            "a key of next year alone",
            Box::new(moved(ES256, "20270101T000000Z.es256.pem")),
            "FOLDER: no ES256 key signs now: the first one signs from 2027-01-01T00:00:00+00:00. Check \
             whether the clock of this machine is behind, and restore missing files; `signet keys \
             generate` creates one that signs immediately",
        ),
        ("no secret", Box::new(moved(SECRET, ".old")), no_secret),
        (
            "one key under two names",
            Box::new(|folder| {
                let second = folder.join("20260201T000000Z.es256.pem");
                fs::copy(folder.join(ES256), second).unwrap();
            }),
            "FOLDER/20260201T000000Z.es256.pem: is the same key as 20260101T000000Z.es256.pem",
        ),
        (
            "mounted, as Kubernetes does it",
            Box::new(|folder| {
                fs::create_dir(folder.join("..data")).unwrap();
                for name in [ES256, SECRET] {
                    fs::rename(folder.join(name), folder.join("..data").join(name)).unwrap();
                    symlink(Path::new("..data").join(name), folder.join(name)).unwrap();
                }
            }),
            ACCEPTED,
        ),
        (
            "a link to what others can read",
            Box::new(|folder| {
                fs::rename(folder.join(SECRET), folder.join(".old")).unwrap();
                chmod(&folder.join(".old"), 0o644);
                symlink(folder.join(".old"), folder.join(SECRET)).unwrap();
            }),
            read,
        ),
        (
            "a link to nowhere",
            Box::new(|folder| symlink("nowhere", folder.join("20260201T000000Z.secret")).unwrap()),
            "FOLDER/20260201T000000Z.secret: does not exist",
        ),
        (
            "a folder in the place of a file",
            Box::new(|folder| fs::create_dir(folder.join("20260201T000000Z.secret")).unwrap()),
            no_file,
        ),
        (
            "a pipe without a writer",
            Box::new(|folder| {
                let pipe = folder.join("20260201T000000Z.secret");
                assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
            }),
            no_file,
        ),
        (
            "a file in the place of the folder",
            Box::new(|folder| {
                fs::remove_dir_all(folder).unwrap();
                fs::write(folder, "").unwrap();
            }),
            "FOLDER: is not a folder",
        ),
        (
            "no folder",
            Box::new(|folder| fs::remove_dir_all(folder).unwrap()),
            "FOLDER: does not exist",
        ),
        (
            "several at once",
            Box::new(|folder| {
                put(&folder.join(ES256), "hunter2");
                chmod(&folder.join(SECRET), 0o644);
                chmod(folder, 0o777);
            }),
            "FOLDER: other users can write to it: run chmod go-w\n\
             FOLDER/20260101T000000Z.es256.pem: is not PEM\n\
             FOLDER/20260101T000000Z.secret: other users can read it: run chmod o-rwx",
        ),
    ];
    for (what, change, expected) in rows {
        assert_faults(what, change, expected);
    }
}
