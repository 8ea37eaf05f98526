//! Keys of proofs, and their thumbprints.

use serde_json::json;

use super::*;

fn read(jwk: &Value, algorithm: ProofAlgorithm) -> Result<ProofKey, ProofKeyError> {
    ProofKey::read(jwk, algorithm)
}

fn p256() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    })
}

fn rsa(bytes: usize) -> Value {
    let mut modulus = vec![0xff; bytes];
    modulus[0] = 0x80;
    json!({"kty": "RSA", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode(modulus)})
}

fn with(mut jwk: Value, member: &str, value: Value) -> Value {
    jwk[member] = value;
    jwk
}

#[test]
fn thumbprints_are_those_of_the_specifications() {
    // RFC 9449 §6.1, RFC 8037 appendix A.3 and RFC 7638 §3.1.
    let ed25519 = json!({
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    let rsa = json!({
        "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZC\
              iFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZg\
              nYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIq\
              bw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    });
    for (jwk, algorithm, thumbprint) in [
        (
            p256(),
            ProofAlgorithm::Es256,
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
        ),
        (
            ed25519,
            ProofAlgorithm::EdDsa,
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        ),
        (
            rsa,
            ProofAlgorithm::Rs256,
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        ),
    ] {
        let key = read(&jwk, algorithm).ok().unwrap();
        assert_eq!(key.thumbprint().as_str(), thumbprint);
    }
}

#[test]
fn private_members_are_refused_by_name() {
    for member in PRIVATE_MEMBERS {
        for value in [json!("AAAA"), Value::Null] {
            let jwk = with(p256(), member, value);
            let error = read(&jwk, ProofAlgorithm::Es256).err();
            assert_eq!(error, Some(ProofKeyError::Private), "{member}");
        }
    }
}

#[test]
fn keys_of_another_algorithm_or_form_are_refused() {
    let x = p256()["x"].as_str().unwrap().to_owned();
    for (jwk, algorithm) in [
        (p256(), ProofAlgorithm::EdDsa),
        (p256(), ProofAlgorithm::Rs256),
        (rsa(256), ProofAlgorithm::Es256),
        (rsa(255), ProofAlgorithm::Rs256),
        (rsa(255), ProofAlgorithm::Ps256),
        (rsa(513), ProofAlgorithm::Rs256),
        (rsa(1024), ProofAlgorithm::Ps256),
        (with(rsa(256), "e", json!("AQ")), ProofAlgorithm::Rs256),
        (with(rsa(256), "e", json!("AAEAAQ")), ProofAlgorithm::Rs256),
        (with(p256(), "crv", json!("P-384")), ProofAlgorithm::Es256),
        (with(p256(), "alg", json!("ES384")), ProofAlgorithm::Es256),
        (with(p256(), "use", json!("enc")), ProofAlgorithm::Es256),
        (
            with(p256(), "key_ops", json!(["sign"])),
            ProofAlgorithm::Es256,
        ),
        (
            with(p256(), "x", json!(format!("AA{x}"))),
            ProofAlgorithm::Es256,
        ),
        (
            with(p256(), "x", json!(format!("{x}="))),
            ProofAlgorithm::Es256,
        ),
        (with(p256(), "y", json!(7)), ProofAlgorithm::Es256),
        (json!({"kty": "oct"}), ProofAlgorithm::Es256),
        (json!({}), ProofAlgorithm::Es256),
    ] {
        let error = read(&jwk, algorithm).err();
        assert_eq!(error, Some(ProofKeyError::Unusable), "{jwk} {algorithm:?}");
    }
    for accepted in [256, 512] {
        assert!(read(&rsa(accepted), ProofAlgorithm::Ps256).is_ok());
    }
    let described = with(with(p256(), "use", json!("sig")), "kid", json!("a"));
    assert!(read(&described, ProofAlgorithm::Es256).is_ok());
}

#[test]
fn list_names_every_algorithm() {
    let names: Vec<_> = ProofAlgorithm::ALL.iter().map(|it| it.as_str()).collect();
    assert_eq!(names.join(" "), ProofAlgorithm::LIST);
}
