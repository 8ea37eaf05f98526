//! Verifies ID tokens: any text, and any claims signed by a key that the provider publishes.

#![no_main]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use fuzzed::{Service, now};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use signet::{
    client::Algorithm,
    key_set::KeySet,
    microsoft_tenants::Tenants,
    token::{ExpectedIdToken, IssuerRule, Tokens},
};

const ISSUER: &str = "https://id.example.com";
const ALGORITHMS: [Algorithm; 2] = [Algorithm::Es256, Algorithm::EdDsa];

fn forge(tokens: &Tokens, algorithm: Algorithm, header: &[u8], claims: &[u8]) -> Option<String> {
    let key = tokens.keyring().signing(algorithm, now())?;
    let right = json!({"alg": algorithm.as_str(), "typ": "JWT", "kid": key.kid()}).to_string();
    let header = if header.is_empty() {
        right.as_bytes()
    } else {
        header
    };
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = key.sign(message.as_bytes()).ok()?;
    Some(format!("{message}.{}", encode(&signature)))
}

fuzz_target!(|input: &[u8]| {
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    let service = Service::get();
    let tokens = &service.app.tokens;
    let published = service.send("GET", "/.well-known/jwks.json", &[], b"").body;
    let keys = KeySet::of_provider(published.to_string().as_bytes()).expect("keys");
    let algorithm = ALGORITHMS.get(usize::from(how % 4)).copied();
    let text = match algorithm {
        Some(algorithm) => {
            let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            let (header, claims) = rest.split_at(end);
            let claims = claims.get(1..).unwrap_or_default();
            match forge(tokens, algorithm, header, claims) {
                Some(text) => text,
                None => return,
            }
        }
        None => String::from_utf8_lossy(rest).into_owned(),
    };
    let is_microsoft = how & 4 != 0;
    let native = ["signet.ios".to_owned()];
    let expected = ExpectedIdToken {
        issuer: if is_microsoft {
            IssuerRule::Microsoft(Tenants::Common)
        } else {
            IssuerRule::Exact(ISSUER)
        },
        client_id: "signet",
        native: &native,
        nonce: "nonce",
        access_token: None,
        max_age: Some(TimeDelta::minutes(5)),
    };
    let Ok(token) = tokens.verify_id_token(&text, &keys, &expected, now()) else {
        return;
    };
    // An accepted token was signed, has the expected audience and nonce, and is valid now.
    assert!(algorithm.is_some(), "{text}");
    let leeway = TimeDelta::seconds(60);
    if is_microsoft {
        let tenant = token.text("tid").expect("a tenant");
        let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
        assert_eq!((token.iss.as_str(), tenant.len()), (issuer.as_str(), 36));
    } else {
        assert_eq!(token.iss, ISSUER);
    }
    let is_accepted = |it: &String| it == "signet" || it == "signet.ios";
    assert!(!token.aud.is_empty() && token.aud.iter().all(is_accepted));
    assert!(token.azp.as_ref().is_none_or(is_accepted));
    assert_eq!(token.nonce.as_deref(), Some("nonce"));
    assert!((1..=255).contains(&token.sub.len()), "{}", token.sub);
    assert!(token.exp > now() - leeway && token.iat <= now() + leeway);
    assert!(token.iat >= now() - TimeDelta::minutes(5));
});
