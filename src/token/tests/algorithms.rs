//! A key verifies only its own algorithm (RFC 8725 §3.1), whatever the header contains.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use super::fixture::{Mint, Sample, now};
use crate::{
    client::Algorithm,
    token::{Access, Refresh, TokenRejection},
};

/// Returns an access token with that header, signed by `sign`.
pub(crate) fn signed(alg: &str, kid: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let header = json!({"alg": alg, "typ": "at+jwt", "kid": kid}).to_string();
    let [header, payload] =
        [header, Access::payload().to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
    let message = format!("{header}.{payload}");
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

#[test]
fn key_of_another_algorithm_is_rejected() {
    let mint = Mint::new();
    for ours in Algorithm::ALL {
        for theirs in Algorithm::ALL {
            let (key, other) = (mint.key_of(*ours), mint.key_of(*theirs));
            let verify = |alg: Algorithm, kid: &str| {
                let token = signed(alg.as_str(), kid, |message| key.sign(message).unwrap());
                mint.verify::<Access>(&token).map(drop)
            };
            if ours == theirs {
                assert_eq!(verify(*ours, key.kid()), Ok(()));
            } else {
                assert_eq!(verify(*theirs, key.kid()), Err(TokenRejection::Header));
                assert_eq!(verify(*ours, other.kid()), Err(TokenRejection::Header));
                assert_eq!(verify(*theirs, other.kid()), Err(TokenRejection::Signature));
            }
        }
    }
}

/// The signatures would verify mathematically. An alternative name is refused too (RFC 9864 renames
/// `EdDSA`).
#[test]
fn other_algorithms_of_the_same_key_are_rejected() {
    let mint = Mint::new();
    let random = SystemRandom::new();
    let pair = RsaKeyPair::from_pkcs8(&mint.pkcs8(Algorithm::Rs256)).unwrap();
    let key = mint.key_of(Algorithm::Rs256);
    let kid = key.kid();
    let rsa = |encoding: &'static dyn RsaEncoding, alg: &str| {
        let token = signed(alg, kid, |message| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(encoding, &random, message, &mut signature)
                .unwrap();
            signature
        });
        mint.verify::<Access>(&token).map(drop)
    };
    assert_eq!(rsa(&RSA_PKCS1_SHA256, "RS256"), Ok(()));
    assert_eq!(rsa(&RSA_PSS_SHA256, "PS256"), Err(TokenRejection::Header));
    assert_eq!(rsa(&RSA_PKCS1_SHA384, "RS384"), Err(TokenRejection::Header));
    assert_eq!(rsa(&RSA_PKCS1_SHA512, "RS512"), Err(TokenRejection::Header));
    assert_eq!(
        rsa(&RSA_PSS_SHA256, "RS256"),
        Err(TokenRejection::Signature)
    );
    assert_eq!(
        rsa(&RSA_PKCS1_SHA384, "RS256"),
        Err(TokenRejection::Signature)
    );

    for (algorithm, others) in [
        (Algorithm::EdDsa, ["Ed25519", "Ed448"]),
        (Algorithm::Es256, ["ES384", "ES256K"]),
    ] {
        let key = mint.key_of(algorithm);
        let verify = |alg: &str| {
            let token = signed(alg, key.kid(), |message| key.sign(message).unwrap());
            mint.verify::<Access>(&token).map(drop)
        };
        assert_eq!(verify(algorithm.as_str()), Ok(()));
        for alg in others {
            assert_eq!(verify(alg), Err(TokenRejection::Header), "{alg}");
        }
    }
}

/// Returns the public key of that algorithm in every form that an implementation might take for an HMAC
/// secret.
pub(crate) fn public_forms(mint: &Mint, algorithm: Algorithm) -> Vec<Vec<u8>> {
    let pkcs8 = mint.pkcs8(algorithm);
    let (spki, raw): (PublicKeyX509Der, Vec<u8>) = match algorithm {
        Algorithm::Es256 => {
            let scheme = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = EcdsaKeyPair::from_pkcs8(scheme, &pkcs8).unwrap();
            let public = pair.public_key();
            (public.as_der().unwrap(), public.as_ref().to_vec())
        }
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
            let public = pair.public_key();
            (public.as_der().unwrap(), public.as_ref().to_vec())
        }
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).unwrap();
            let public = pair.public_key();
            (public.as_der().unwrap(), public.as_ref().to_vec())
        }
    };
    let jwks: Value = serde_json::from_str(mint.tokens.keyring().jwks(now()).text()).unwrap();
    let keys = jwks["keys"].as_array().unwrap();
    let jwk = keys
        .iter()
        .find(|jwk| jwk["alg"] == algorithm.as_str())
        .unwrap();
    let lines: Vec<_> = STANDARD
        .encode(&*spki)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    let [begin, end] = ["BEGIN", "END"].map(|word| format!("-----{word} PUBLIC KEY-----"));
    let pem = format!("{begin}\n{}\n{end}", lines.join("\n"));
    let one_line = format!("{begin}\n{}\n{end}", lines.concat());
    let mut forms = vec![
        spki.as_ref().to_vec(),
        raw.clone(),
        raw[1..].to_vec(),
        one_line.into_bytes(),
        format!("{pem}\n").into_bytes(),
        format!(" {pem}").into_bytes(),
        format!("\n{pem}").into_bytes(),
        pem.replace('\n', "\r\n").into_bytes(),
        pem.into_bytes(),
        jwk.to_string().into_bytes(),
    ];
    for member in ["x", "y", "n", "e", "kid"] {
        if let Some(text) = jwk[member].as_str() {
            forms.push(text.into());
            forms.push(URL_SAFE_NO_PAD.decode(text).unwrap());
        }
    }
    forms
}

/// Returns tokens of every kind whose MAC is made with a public key.
pub(crate) fn maced_with_public_keys(mint: &Mint) -> Vec<String> {
    let mut tokens = vec![];
    for algorithm in Algorithm::ALL {
        let mut keys = public_forms(mint, *algorithm);
        keys.extend([vec![], vec![0; 32]]);
        for key in keys {
            for (hmac_algorithm, alg) in [
                (hmac::HMAC_SHA256, "HS256"),
                (hmac::HMAC_SHA384, "HS384"),
                (hmac::HMAC_SHA512, "HS512"),
            ] {
                let key = hmac::Key::new(hmac_algorithm, &key);
                for (kid, typ, payload) in [
                    (mint.key_of(*algorithm).kid(), "at+jwt", Access::payload()),
                    (&mint.secret_kid(), "rt+jwt", Refresh::payload()),
                ] {
                    let header = json!({"alg": alg, "typ": typ, "kid": kid});
                    let [header, payload] =
                        [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
                    let message = format!("{header}.{payload}");
                    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()));
                    tokens.push(format!("{message}.{signature}"));
                }
            }
        }
    }
    tokens
}

#[test]
fn hmac_with_a_public_key_is_rejected() {
    let mint = Mint::new();
    for token in maced_with_public_keys(&mint) {
        assert!(mint.verify::<Access>(&token).is_err(), "{token}");
        assert!(mint.verify::<Refresh>(&token).is_err(), "{token}");
    }
}
