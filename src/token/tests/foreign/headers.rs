//! The headers of ID tokens, and the keys that they may name.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{ABSENT, Provider, changed};
use crate::{
    client::Algorithm,
    key_set::tests::published,
    token::{
        Access, TokenRejection,
        tests::{
            algorithms::public_forms,
            fixture::Mint,
            forged::{with, without},
        },
    },
};

#[test]
fn each_invalid_header_is_rejected_with_its_reason() {
    use TokenRejection::{Header, UnknownKey};
    let jwk = |provider: &Provider| published(&provider.mint).remove(0);
    for mint in Mint::each() {
        let provider = Provider::of(mint);
        let valid = provider.header();
        let refused =
            |header: &Value| provider.verify(&provider.signed(header, &provider.payload()));
        assert!(refused(&valid).is_ok());
        for alg in [
            "none", "None", "NONE", "nOnE", "", "es256", "ES256", "ES384", "ES256K", "rs256",
            "RS256", "RS384", "RS512", "PS256", "eddsa", "EdDSA", "Ed25519", "HS256", "HS384",
            "HS512",
        ] {
            if valid["alg"] != alg {
                let header = with(valid.clone(), "alg", json!(alg));
                assert_eq!(refused(&header), Err(Header), "{alg}");
            }
        }
        for (member, value, reason) in [
            ("alg", json!(ABSENT), Header),
            ("alg", json!(null), Header),
            ("alg", json!([valid["alg"]]), Header),
            ("typ", json!(null), Header),
            ("typ", json!(7), Header),
            ("typ", json!(""), Header),
            ("typ", json!("at+jwt"), Header),
            ("typ", json!("rt+jwt"), Header),
            ("typ", json!("dpop+jwt"), Header),
            ("typ", json!("JWT "), Header),
            ("typ", json!("application/"), Header),
            ("crit", json!(["x"]), Header),
            ("crit", json!([]), Header),
            ("crit", json!(["b64"]), Header),
            ("crit", json!(["exp"]), Header),
            ("crit", json!(null), Header),
            ("jwk", jwk(&provider), Header),
            ("kid", json!(null), Header),
            ("kid", json!(7), Header),
            ("kid", json!([valid["kid"]]), Header),
            // The provider has several keys, so the token must name one.
            ("kid", json!(ABSENT), UnknownKey),
            ("kid", json!(""), UnknownKey),
            ("kid", json!("unknown"), UnknownKey),
            ("kid", json!("../../../../dev/null"), UnknownKey),
            ("kid", json!("http://127.0.0.1:9/"), UnknownKey),
        ] {
            let header = changed(&valid, member, &value);
            assert_eq!(refused(&header), Err(reason), "{member} {value}");
        }

        let text = valid.to_string();
        for twice in [
            "\"alg\":\"none\",",
            "\"kid\":\"x\",",
            "\"typ\":\"JWT\",",
            "\"x\":1,\"\\u0078\":1,",
        ] {
            let header = text.replacen('{', &format!("{{{twice}"), 1);
            let payload = provider.payload().to_string();
            let token = provider.mint.forge_text::<Access>(&header, &payload);
            assert_eq!(provider.verify(&token), Err(Header), "{twice}");
        }
    }
}

/// No member causes a request: no code here could send one.
#[test]
fn additional_header_members_are_ignored() {
    let provider = Provider::new();
    for (member, value) in [
        ("typ", json!(ABSENT)),
        ("typ", json!("jwt")),
        ("typ", json!("application/JWT")),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("later", json!({"a": 1})),
    ] {
        let header = changed(&provider.header(), member, &value);
        let verified = provider.verify(&provider.signed(&header, &provider.payload()));
        assert!(verified.is_ok(), "{member} {value}");
    }
}

#[test]
fn key_in_the_header_is_not_used() {
    let (provider, attacker) = (Provider::new(), Provider::new());
    let theirs = published(&attacker.mint);
    for (member, value) in [
        ("x5c", json!(["MIIB"])),
        ("jku", json!("https://evil.example/jwks.json")),
        ("jwk", theirs[0].clone()),
    ] {
        let header = with(provider.header(), member, value);
        let token = attacker.signed(&header, &provider.payload());
        assert!(provider.verify(&token).is_err(), "{member}");
    }
    let token = attacker.signed(&provider.header(), &provider.payload());
    assert_eq!(provider.verify(&token), Err(TokenRejection::Signature));
    assert_eq!(
        provider.verify(&attacker.token()),
        Err(TokenRejection::UnknownKey)
    );
}

#[test]
fn token_without_kid_is_verified_by_the_only_key() {
    let mut provider = Provider::new();
    let header = without(provider.header(), "kid");
    let token = provider.signed(&header, &provider.payload());
    let all = published(&provider.mint);
    let is_good = |key: &Value| key["alg"] == "ES256";
    provider.keys = Provider::set(&[without(
        all.iter().find(|it| is_good(it)).unwrap().clone(),
        "kid",
    )]);
    assert!(provider.verify(&token).is_ok());
    assert_eq!(
        provider.verify(&provider.token()),
        Err(TokenRejection::UnknownKey)
    );
    provider.keys = Provider::set(&[all.iter().find(|it| !is_good(it)).unwrap().clone()]);
    assert_eq!(provider.verify(&token), Err(TokenRejection::Header));
}

#[test]
fn hmac_with_a_public_key_and_swapped_kids_are_rejected() {
    let provider = Provider::new();
    let payload = provider.payload();
    for algorithm in Algorithm::ALL {
        let kid = provider.mint.key_of(*algorithm).kid().to_owned();
        for key in public_forms(&provider.mint, *algorithm) {
            for (hash, alg) in [
                (hmac::HMAC_SHA256, "HS256"),
                (hmac::HMAC_SHA512, "HS512"),
                (hmac::HMAC_SHA256, algorithm.as_str()),
            ] {
                let header = json!({"alg": alg, "typ": "JWT", "kid": kid});
                let [header, payload] =
                    [&header, &payload].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
                let message = format!("{header}.{payload}");
                let mac = hmac::sign(&hmac::Key::new(hash, &key), message.as_bytes());
                let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac));
                let reason = if alg == algorithm.as_str() {
                    TokenRejection::Signature
                } else {
                    TokenRejection::Header
                };
                assert_eq!(provider.verify(&token), Err(reason), "{alg}");
            }
        }
        // Signed by one key, with the `kid` of another.
        if *algorithm != provider.mint.algorithm {
            let header = json!({"alg": algorithm.as_str(), "typ": "JWT", "kid": kid});
            let token = provider.signed(&header, &payload);
            assert_eq!(provider.verify(&token), Err(TokenRejection::Signature));
        }
    }
}
