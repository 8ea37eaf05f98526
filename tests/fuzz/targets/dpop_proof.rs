//! Verifies DPoP proofs: any text, and any header and claims signed by a key of a client.

#![no_main]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use fuzzed::{Service, now};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use signet::{
    client::Algorithm,
    dpop::{MAX_PROOF_BYTES, Proof, ProofTarget},
};

const URL: &str = "https://auth.example.com/token";

/// Signs a header, the valid one if it is empty, and claims by a key of the service, which serves as that of a client.
fn sign(service: &Service, header: &[u8], claims: &[u8]) -> Option<String> {
    let tokens = &service.app.tokens;
    let key = tokens.keyring().signing(Algorithm::Es256, now())?;
    let published = service.send("GET", "/.well-known/jwks.json", &[], b"").body;
    let mut keys = published["keys"].as_array()?.iter();
    let jwk = keys.find(|jwk| jwk["kid"] == key.kid())?;
    let valid = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}).to_string();
    let text = String::from_utf8_lossy(header).replace("{jwk}", &jwk.to_string());
    let header = if text.is_empty() { valid } else { text };
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let message = format!("{}.{}", encode(header.as_bytes()), encode(claims));
    let signature = key.sign(message.as_bytes()).ok()?;
    Some(format!("{message}.{}", encode(&signature)))
}

fn decoded(part: Option<&str>) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(part.expect("a part")).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

fuzz_target!(|input: &[u8]| {
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    let service = Service::get();
    let text = if how % 2 == 0 {
        let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let (header, claims) = rest.split_at(end);
        match sign(&service, header, claims.get(1..).unwrap_or_default()) {
            Some(text) => text,
            None => return,
        }
    } else {
        String::from_utf8_lossy(rest).into_owned()
    };
    let target = ProofTarget {
        method: "POST",
        url: URL,
        access_token: (how & 2 != 0).then_some("token"),
    };
    let Ok(proof) = Proof::verify(&text, target) else {
        return;
    };
    // An accepted proof was signed for this request, by a public key that its header contains.
    assert!(text.len() <= MAX_PROOF_BYTES);
    let mut parts = text.split('.');
    let (header, claims) = (decoded(parts.next()), decoded(parts.next()));
    let alg = header["alg"].as_str().expect("alg");
    assert!(["ES256", "EdDSA", "RS256", "PS256"].contains(&alg), "{alg}");
    assert!(header["jwk"].get("d").is_none() && header.get("crit").is_none());
    assert_eq!(claims["htm"], "POST");
    let htu = url::Url::parse(claims["htu"].as_str().expect("htu")).expect("a URL");
    assert_eq!(htu.as_str(), URL);
    let length = claims["jti"].as_str().expect("jti").chars().count();
    assert!((1..=256).contains(&length));
    assert_eq!(proof.key.as_str().len(), 43);
    assert_eq!(proof.identifier().len(), 43);
    let _ = proof.is_fresh(now() + TimeDelta::minutes(1));
});
