//! Proofs that must be refused (RFC 9449 §4.3).

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{
        Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
    },
};
use serde_json::{Value, json};

use super::fixture::{ClientKey, URL, claims, encode, present, verify, with};
use crate::dpop::{MAX_PROOF_BYTES, PresentedProof, Proof, ProofRejection, ProofTarget};

const RSA_KEY: &str = include_str!("../../../tests/golden/0.1.0/20260101T000000Z.rs256.pem");

#[test]
fn valid_proof_yields_the_thumbprint_of_its_key() {
    let key = ClientKey::new();
    let proof = verify(&key.sign(&claims("a"))).unwrap();
    assert_eq!(proof.key.as_str(), key.thumbprint());
    assert_eq!(proof.nonce, None);
    // Unknown members and claims are ignored, and `typ` is compared as a media type.
    let header = with(
        with(key.header(), "typ", "application/DPoP+JWT"),
        "x5t",
        "x",
    );
    let claims = with(with(claims("a"), "nonce", "n"), "more", json!([1]));
    let proof = verify(&key.sign_texts(&header.to_string(), &claims.to_string()));
    assert_eq!(proof.unwrap().nonce.as_deref(), Some("n"));
}

#[test]
fn forged_headers_are_refused() {
    let (key, other) = (ClientKey::new(), ClientKey::new());
    let header = key.header();
    let private = with(key.jwk(), "d", encode([7; 32]));
    let symmetric = json!({"kty": "oct", "k": encode([7; 32])});
    let text = header.to_string();
    for (header, reason) in [
        (
            with(header.clone(), "alg", "none").to_string(),
            ProofRejection::Algorithm,
        ),
        (
            with(header.clone(), "alg", "HS256").to_string(),
            ProofRejection::Algorithm,
        ),
        (
            with(header.clone(), "alg", "ES384").to_string(),
            ProofRejection::Algorithm,
        ),
        (
            with(header.clone(), "alg", "es256").to_string(),
            ProofRejection::Algorithm,
        ),
        (
            with(header.clone(), "alg", json!(["ES256"])).to_string(),
            ProofRejection::Algorithm,
        ),
        (
            with(header.clone(), "alg", "EdDSA").to_string(),
            ProofRejection::Key,
        ),
        (
            with(header.clone(), "alg", "RS256").to_string(),
            ProofRejection::Key,
        ),
        (
            with(header.clone(), "typ", "JWT").to_string(),
            ProofRejection::Header,
        ),
        (
            with(header.clone(), "typ", "at+jwt").to_string(),
            ProofRejection::Header,
        ),
        (
            with(header.clone(), "typ", Value::Null).to_string(),
            ProofRejection::Header,
        ),
        (
            with(header.clone(), "crit", json!(["exp"])).to_string(),
            ProofRejection::Header,
        ),
        (
            with(header.clone(), "crit", Value::Null).to_string(),
            ProofRejection::Header,
        ),
        (
            with(header.clone(), "jwk", private).to_string(),
            ProofRejection::PrivateKey,
        ),
        (
            with(header.clone(), "jwk", symmetric).to_string(),
            ProofRejection::PrivateKey,
        ),
        (
            with(header.clone(), "jwk", "x").to_string(),
            ProofRejection::Key,
        ),
        (
            with(header.clone(), "jwk", Value::Null).to_string(),
            ProofRejection::Key,
        ),
        (
            with(header.clone(), "jwk", other.jwk()).to_string(),
            ProofRejection::Signature,
        ),
        (
            text.replacen('{', r#"{"alg":"ES256","#, 1),
            ProofRejection::Header,
        ),
        ("[]".to_owned(), ProofRejection::Header),
    ] {
        let proof = key.sign_texts(&header, &claims("a").to_string());
        assert_eq!(verify(&proof), Err(reason), "{header}");
    }
}

#[test]
fn forged_claims_are_refused() {
    let key = ClientKey::new();
    let without = |name: &str| {
        let mut claims = claims("a");
        claims.as_object_mut().unwrap().remove(name);
        claims.to_string()
    };
    let changed = |name: &str, value: Value| with(claims("a"), name, value).to_string();
    let long = "a".repeat(257);
    for (claims, reason) in [
        (without("htm"), ProofRejection::Claims),
        (without("htu"), ProofRejection::Claims),
        (without("iat"), ProofRejection::Claims),
        (without("jti"), ProofRejection::Claims),
        (changed("htm", json!("GET")), ProofRejection::Method),
        (changed("htm", json!("post")), ProofRejection::Method),
        (changed("htm", json!(["POST"])), ProofRejection::Claims),
        (changed("htu", json!(7)), ProofRejection::Claims),
        (changed("iat", json!("1767225600")), ProofRejection::Claims),
        (changed("iat", json!(-1.5)), ProofRejection::Claims),
        (changed("iat", json!(1e300)), ProofRejection::Claims),
        (changed("iat", json!(i64::MAX)), ProofRejection::Claims),
        (changed("jti", json!("")), ProofRejection::Claims),
        (changed("jti", json!(long)), ProofRejection::Claims),
        (changed("jti", json!(1)), ProofRejection::Claims),
        (changed("nonce", json!(1)), ProofRejection::Claims),
        (changed("nonce", Value::Null), ProofRejection::Claims),
        (
            claims("a").to_string().replacen('{', r#"{"jti":"b","#, 1),
            ProofRejection::Claims,
        ),
        (
            claims("a")
                .to_string()
                .replacen('{', r#"{"\u0068tm":"POST","#, 1),
            ProofRejection::Claims,
        ),
        ("[]".to_owned(), ProofRejection::Claims),
        (String::new(), ProofRejection::Claims),
    ] {
        let proof = key.sign_texts(&key.header().to_string(), &claims);
        assert_eq!(verify(&proof), Err(reason), "{claims}");
    }
}

#[test]
fn urls_are_compared_after_parsing_and_without_tolerance() {
    let key = ClientKey::new();
    let verified = |htu: &str| verify(&key.sign(&with(claims("a"), "htu", htu)));
    for same in [
        URL,
        "HTTPS://AUTH.example.com/token",
        "https://auth.example.com:443/token",
        "https://auth.example.com/x/../token",
    ] {
        assert!(verified(same).is_ok(), "{same}");
    }
    for other in [
        "http://auth.example.com/token",
        "https://auth.example.com:8443/token",
        "https://auth.example.org/token",
        "https://auth.example.com.evil.example/token",
        "https://auth.example.com@evil.example/token",
        "https://ada@auth.example.com/token",
        "https://:x@auth.example.com/token",
        "https://auth.example.com/token/",
        "https://auth.example.com//token",
        "https://auth.example.com/Token",
        "https://auth.example.com/refresh",
        "https://auth.example.com/token?a=b",
        "https://auth.example.com/token?",
        "https://auth.example.com/token#a",
        "https://auth.example.com/token ",
        "\thttps://auth.example.com/token",
        "https:\\\\auth.example.com\\token",
        "//auth.example.com/token",
        "/token",
        "token",
        "",
        "data:,x",
    ] {
        assert_eq!(verified(other), Err(ProofRejection::Url), "{other}");
    }
}

#[test]
fn access_token_must_be_that_of_the_request() {
    let key = ClientKey::new();
    let verified = |claims: &Value| {
        let target = ProofTarget {
            method: "POST",
            url: URL,
            access_token: Some("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"),
        };
        Proof::verify(&key.sign(claims), target).map(|_| ())
    };
    // The example of RFC 9449 §7.1.
    let ath = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo";
    assert_eq!(verified(&with(claims("a"), "ath", ath)), Ok(()));
    for wrong in [json!(encode([0; 32])), json!(""), json!(format!("{ath}="))] {
        let wrong = with(claims("a"), "ath", wrong);
        assert_eq!(verified(&wrong), Err(ProofRejection::AccessToken));
    }
    assert_eq!(verified(&claims("a")), Err(ProofRejection::AccessToken));
    let wrong = with(claims("a"), "ath", 7);
    assert_eq!(verified(&wrong), Err(ProofRejection::Claims));
}

#[test]
fn texts_that_are_no_proof_are_refused() {
    let key = ClientKey::new();
    let proof = key.sign(&claims("a"));
    let unsigned = proof.rsplit_once('.').unwrap().0.to_owned() + ".";
    let too_long = key.sign(&with(claims("a"), "x", "x".repeat(MAX_PROOF_BYTES)));
    for (text, reason) in [
        (String::new(), ProofRejection::Malformed),
        ("a.b".to_owned(), ProofRejection::Malformed),
        (format!("{proof}.x"), ProofRejection::Malformed),
        (format!("{proof}="), ProofRejection::Signature),
        (format!("{proof}, {proof}"), ProofRejection::Malformed),
        (unsigned, ProofRejection::Signature),
        (too_long, ProofRejection::TooLong),
    ] {
        assert_eq!(verify(&text), Err(reason), "{text}");
    }
    let lines = |lines: &[&[u8]]| {
        let request = || (String::new(), String::new());
        let presented = PresentedProof::new(lines.iter().copied(), request);
        presented.only().map(|_| ()).err()
    };
    assert_eq!(lines(&[]), Some(ProofRejection::Missing));
    assert_eq!(lines(&[b"a", b"a"]), Some(ProofRejection::Several));
    assert_eq!(lines(&[b"\xff"]), Some(ProofRejection::Malformed));
    let presented = present(&proof);
    let (text, target) = presented.only().unwrap();
    assert_eq!((text, target.method, target.url), (&*proof, "POST", URL));
}

/// Signs a proof whose key and signature are those of another algorithm.
fn signed_by(alg: &str, jwk: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let header = json!({"typ": "dpop+jwt", "alg": alg, "jwk": jwk});
    let message = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims("a").to_string())
    );
    format!("{message}.{}", encode(sign(message.as_bytes())))
}

#[test]
fn other_algorithms_verify_with_keys_of_their_type() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key())});
    let proof = signed_by("EdDSA", &jwk, |it| pair.sign(it).as_ref().to_vec());
    assert!(verify(&proof).is_ok());

    let pair = RsaKeyPair::from_pkcs8(pem::parse(RSA_KEY).unwrap().contents()).unwrap();
    let public = pair.public_key();
    let [n, e] = [
        public.modulus().big_endian_without_leading_zero().to_vec(),
        public.exponent().big_endian_without_leading_zero().to_vec(),
    ];
    let jwk = json!({"kty": "RSA", "n": encode(n), "e": encode(e)});
    let sign = |padding: &'static dyn RsaEncoding, message: &[u8]| {
        let mut signature = vec![0; public.modulus_len()];
        pair.sign(padding, &SystemRandom::new(), message, &mut signature)
            .unwrap();
        signature
    };
    let pkcs1 = |message: &[u8]| sign(&RSA_PKCS1_SHA256, message);
    let pss = |message: &[u8]| sign(&RSA_PSS_SHA256, message);
    let proofs = [
        signed_by("RS256", &jwk, pkcs1),
        signed_by("PS256", &jwk, pss),
    ];
    let keys: Vec<_> = proofs.iter().map(|it| verify(it).unwrap().key).collect();
    // One key has one thumbprint with every algorithm.
    assert_eq!(keys[0], keys[1]);
    for swapped in [
        signed_by("PS256", &jwk, pkcs1),
        signed_by("RS256", &jwk, pss),
    ] {
        assert_eq!(verify(&swapped), Err(ProofRejection::Signature));
    }
}

#[test]
fn public_key_is_not_accepted_as_a_shared_secret() {
    let key = ClientKey::new();
    let secret = hmac::Key::new(hmac::HMAC_SHA256, key.jwk().to_string().as_bytes());
    let proof = signed_by("HS256", &key.jwk(), |it| {
        hmac::sign(&secret, it).as_ref().to_vec()
    });
    assert_eq!(verify(&proof), Err(ProofRejection::Algorithm));
}
