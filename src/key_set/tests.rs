//! Which keys of another service's key set are used.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    client::Algorithm,
    key_set::{KeySet, KeySetError},
    token::tests::{
        fixture::{Mint, now},
        forged::{with, without},
    },
};

pub(crate) fn published(mint: &Mint) -> Vec<Value> {
    let document = mint.tokens.keyring().jwks(now());
    let mut set: Value = serde_json::from_str(document.text()).unwrap();
    set["keys"].as_array_mut().unwrap().drain(..).collect()
}

fn read(keys: &[Value]) -> Result<KeySet, KeySetError> {
    KeySet::parse(
        json!({"keys": keys, "x": 1}).to_string().as_bytes(),
        Algorithm::ALL,
    )
}

fn es256(mint: &Mint) -> Value {
    let mut keys = published(mint).into_iter();
    keys.find(|key| key["alg"] == "ES256").unwrap()
}

#[test]
fn keys_of_accepted_algorithms_are_used() {
    let mint = Mint::new();
    let keys = published(&mint);
    let text = json!({"keys": keys}).to_string();
    for accepted in [
        Algorithm::ALL,
        &[Algorithm::Es256],
        &[Algorithm::EdDsa, Algorithm::Rs256],
    ] {
        let set = KeySet::parse(text.as_bytes(), accepted).unwrap();
        for key in &keys {
            let found = set
                .get(key["kid"].as_str().unwrap())
                .map(|key| key.algorithm());
            let expected = accepted.iter().find(|it| key["alg"] == it.as_str());
            assert_eq!(found, expected.copied());
        }
    }
    let none = KeySet::parse(text.as_bytes(), &[]).unwrap();
    assert!(none.is_empty());
}

#[test]
fn unusable_keys_are_ignored() {
    let mint = Mint::new();
    let valid = es256(&mint);
    let kid = valid["kid"].as_str().unwrap().to_owned();
    let x = valid["x"].clone();
    let other = es256(&Mint::new());
    for invalid in [
        json!(null),
        json!("key"),
        json!([valid]),
        json!({}),
        json!({"kty": "oct", "alg": "HS256", "kid": kid, "k": "AAAA"}),
        json!({"kty": "oct", "alg": "ES256", "kid": kid, "k": "AAAA"}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": kid, "pub": "AAAA"}),
        json!({"kty": "OKP", "alg": "ES256", "crv": "Ed25519", "kid": kid, "x": x}),
        json!({"kty": "OKP", "alg": "EdDSA", "crv": "X25519", "kid": kid, "x": x}),
        json!({"kty": "RSA", "alg": "ES256", "kid": kid, "n": "AAAA", "e": "AQAB"}),
        without(valid.clone(), "alg"),
        without(valid.clone(), "kid"),
        without(valid.clone(), "kty"),
        without(valid.clone(), "x"),
        with(valid.clone(), "alg", json!("ES384")),
        with(valid.clone(), "alg", json!("RS256")),
        with(valid.clone(), "alg", json!("none")),
        with(valid.clone(), "alg", json!(["ES256"])),
        with(valid.clone(), "kid", json!("")),
        with(valid.clone(), "kid", json!(7)),
        with(valid.clone(), "crv", json!("P-384")),
        with(valid.clone(), "crv", json!("secp256k1")),
        with(valid.clone(), "use", json!("enc")),
        with(valid.clone(), "key_ops", json!(["sign"])),
        with(valid.clone(), "x", json!("=")),
        with(valid.clone(), "d", x.clone()),
    ] {
        let set = read(std::slice::from_ref(&invalid)).unwrap();
        assert!(set.is_empty(), "{invalid}");
        let set = read(&[invalid.clone(), other.clone()]).unwrap();
        assert!(set.get(&kid).is_none(), "{invalid}");
        assert!(
            set.get(other["kid"].as_str().unwrap()).is_some(),
            "{invalid}"
        );
    }
    for fine in [
        without(valid.clone(), "use"),
        with(valid.clone(), "key_ops", json!(["verify"])),
        with(valid.clone(), "x5c", json!(["MIIB"])),
        with(valid.clone(), "x5u", json!("http://127.0.0.1:9/")),
        with(valid.clone(), "later", json!({})),
    ] {
        assert!(
            read(std::slice::from_ref(&fine))
                .unwrap()
                .get(&kid)
                .is_some(),
            "{fine}"
        );
    }
}

#[test]
fn invalid_point_and_short_modulus_verify_nothing() {
    let mint = Mint::new();
    let zero = with(es256(&mint), "x", json!("A".repeat(43)));
    let short =
        json!({"kty": "RSA", "alg": "RS256", "kid": "r", "n": "A".repeat(171), "e": "AQAB"});
    for key in [zero, short] {
        let set = read(std::slice::from_ref(&key)).unwrap();
        let key = set.get(key["kid"].as_str().unwrap()).unwrap();
        for length in [64, 128] {
            assert!(!key.verifies(b"message", &"A".repeat(length * 4 / 3)));
        }
    }
}

#[test]
fn ambiguous_documents_are_rejected() {
    let mint = Mint::new();
    let (valid, other, third) = (es256(&mint), es256(&Mint::new()), es256(&Mint::new()));
    let duplicate = with(other, "kid", valid["kid"].clone());
    // A `kid` of two keys identifies neither, and the other keys are used.
    for second in [duplicate, valid.clone()] {
        for keys in [
            vec![valid.clone(), second.clone(), third.clone()],
            vec![valid.clone(), third.clone(), second.clone(), second.clone()],
        ] {
            let set = read(&keys).unwrap();
            assert!(set.get(valid["kid"].as_str().unwrap()).is_none());
            assert!(set.get(third["kid"].as_str().unwrap()).is_some());
        }
    }
    let twice = format!("{{\"keys\":[{valid}],\"keys\":[]}}");
    assert_eq!(
        KeySet::parse(twice.as_bytes(), Algorithm::ALL).err(),
        Some(KeySetError::Syntax)
    );
    assert_eq!(read(&vec![json!({}); 33]).err(), Some(KeySetError::TooMany));
    for text in [
        "",
        "[]",
        "null",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":null}",
        "\u{feff}{\"keys\":[]}",
    ] {
        let read = KeySet::parse(text.as_bytes(), Algorithm::ALL);
        assert_eq!(read.err(), Some(KeySetError::Syntax), "{text}");
    }
}

fn of_provider(keys: &[Value]) -> KeySet {
    KeySet::of_provider(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

#[test]
fn provider_key_without_alg_gets_the_algorithm_of_its_type() {
    let keys = published(&Mint::new());
    for variant in [
        keys.clone(),
        keys.iter().map(|key| without(key.clone(), "alg")).collect(),
    ] {
        let set = of_provider(&variant);
        for key in &keys {
            let found = set.get(key["kid"].as_str().unwrap()).unwrap();
            assert_eq!(key["alg"], found.algorithm().as_str());
            assert_eq!(found.issuer(), None);
        }
        assert!(set.only().is_none());
    }
    let valid = without(es256(&Mint::new()), "alg");
    for invalid in [
        with(valid.clone(), "alg", json!("RS256")),
        with(valid.clone(), "alg", json!("ES384")),
        with(valid.clone(), "alg", json!("none")),
        with(valid.clone(), "crv", json!("P-384")),
        with(valid.clone(), "crv", json!("secp256k1")),
        with(valid.clone(), "use", json!("enc")),
        with(valid.clone(), "key_ops", json!(["sign"])),
        with(valid.clone(), "kty", json!("oct")),
        with(valid.clone(), "d", valid["x"].clone()),
        with(valid.clone(), "issuer", json!(["https://id.example"])),
    ] {
        assert!(
            of_provider(std::slice::from_ref(&invalid)).is_empty(),
            "{invalid}"
        );
    }
    // A member of an unexpected type counts as absent.
    for (member, value) in [
        ("alg", json!(null)),
        ("alg", json!(["ES256"])),
        ("use", json!(1)),
        ("key_ops", json!("verify")),
        ("key_ops", json!([1])),
        ("x5c", json!("no list")),
        ("x5t", json!({})),
        ("issuer", json!(null)),
    ] {
        let set = of_provider(&[with(valid.clone(), member, value.clone())]);
        let kid = valid["kid"].as_str().unwrap();
        assert!(set.get(kid).is_some(), "{member} {value}");
    }
    let nameless = of_provider(&[with(valid.clone(), "kid", json!(7))]);
    assert!(nameless.only().is_some());
    let named = with(valid.clone(), "issuer", json!("https://id.example"));
    let set = of_provider(&[named]);
    let key = set.get(valid["kid"].as_str().unwrap()).unwrap();
    assert_eq!(key.issuer(), Some("https://id.example"));
}

#[test]
fn only_a_single_key_needs_no_kid() {
    let key = || es256(&Mint::new());
    let (valid, other) = (key(), key());
    let kid = valid["kid"].as_str().unwrap();
    let nameless = without(valid.clone(), "kid");
    let foreign = json!({"kty": "oct", "k": "AAAA"});
    for (keys, by_name, by_itself) in [
        (vec![valid.clone()], true, true),
        (vec![valid.clone(), foreign.clone()], true, true),
        (vec![nameless.clone()], false, true),
        (vec![with(valid.clone(), "kid", json!(""))], false, true),
        (vec![valid.clone(), other.clone()], true, false),
        (vec![valid.clone(), nameless.clone()], true, false),
        (vec![nameless.clone(), nameless], false, false),
        (
            vec![valid.clone(), with(other, "kid", json!(kid))],
            false,
            false,
        ),
        (vec![foreign], false, false),
        (vec![], false, false),
    ] {
        let set = of_provider(&keys);
        assert_eq!(set.get(kid).is_some(), by_name, "{keys:?}");
        assert_eq!(set.only().is_some(), by_itself, "{keys:?}");
    }
    // The keys of Signet issuers have a `kid`.
    assert!(read(&[without(valid, "kid")]).unwrap().only().is_none());
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..120),
        name in "kty|kid|alg|use|crv|x|y|n|e|d|key_ops", value in "\\PC{0,30}|[A-Za-z0-9_-]{0,60}",
    ) {
        let _ = KeySet::parse(&bytes, Algorithm::ALL);
        let _ = KeySet::of_provider(&bytes);
        let key = json!({
            "kty": "EC", "kid": "k", "alg": "ES256", "crv": "P-256", "x": "A".repeat(43), "y": "A".repeat(43),
        });
        if let Ok(set) = read(&[with(key, &name, value.clone().into())])
            && let Some(key) = set.get("k")
        {
            prop_assert!(!key.verifies(value.as_bytes(), &value));
        }
    }
}
