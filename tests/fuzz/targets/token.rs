//! Verifies tokens: any text, and any claims that are signed or sealed with the service's keys.

#![no_main]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use fuzzed::{ISSUER, Service, now};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use signet::{
    client::Algorithm,
    token::{Access, Refresh, SignUp, TokenKind, TokenRejection, Tokens},
};

/// Signs or seals claims with the keys of the service. An empty header is replaced by the valid one.
fn forge(tokens: &Tokens, kind: u8, header: &[u8], claims: &[u8]) -> Option<String> {
    let keyring = tokens.keyring();
    let secret = keyring.secret(now())?;
    let key = keyring.signing(Algorithm::Es256, now())?;
    let message = |right: serde_json::Value| {
        let right = right.to_string();
        let header = if header.is_empty() {
            right.as_bytes()
        } else {
            header
        };
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        format!("{}.{}", encode(header), encode(claims))
    };
    let signed = |message: String, signature: &[u8]| {
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    Some(match kind {
        0 => {
            let message = message(json!({"alg": "ES256", "typ": "at+jwt", "kid": key.kid()}));
            let signature = key.sign(message.as_bytes()).ok()?;
            signed(message, &signature)
        }
        1 => {
            let message = message(json!({"alg": "HS256", "typ": "rt+jwt", "kid": secret.kid()}));
            let signature = secret.sign_refresh(message.as_bytes());
            signed(message, signature.as_ref())
        }
        _ => {
            let key = secret.derive("sign-up", "XC20P").ok()?;
            let cipher = XChaCha20Poly1305::new_from_slice(key.as_slice()).ok()?;
            let aad = [b"sign-up\0", secret.kid().as_bytes()].concat();
            let payload = Payload {
                msg: claims,
                aad: &aad,
            };
            let nonce = [7; 24];
            let sealed = cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
            let body = URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat());
            format!("{}.{body}", secret.kid())
        }
    })
}

/// Asserts that accepted claims are from this issuer and valid now, and can be minted again.
fn verify<K: TokenKind>(tokens: &Tokens, text: &str) -> bool {
    let claims: K = match tokens.verify(text, now()) {
        Ok(claims) => claims,
        Err(TokenRejection::TooLong) if text.len() <= Tokens::MAX_BYTES => panic!("not too long"),
        Err(_) => return false,
    };
    let registered = claims.registered();
    assert_eq!(registered.iss, ISSUER);
    assert!(registered.exp > now() - chrono::TimeDelta::seconds(30));
    assert!(registered.iat <= now() + chrono::TimeDelta::seconds(30));
    let again = tokens
        .mint(&claims, now())
        .expect("accepted claims can be minted");
    assert!(tokens.verify::<K>(&again, now()).is_ok());
    true
}

fuzz_target!(|input: &[u8]| {
    let Some((selector, rest)) = input.split_first() else {
        return;
    };
    let service = Service::get();
    let tokens = &service.app.tokens;
    let fill_placeholders = service.fill_placeholders(rest);
    let (text, kind) = if selector % 4 < 3 {
        let end = fill_placeholders
            .iter()
            .position(|b| *b == b'\n')
            .unwrap_or(fill_placeholders.len());
        let (header, claims) = fill_placeholders.split_at(end);
        let claims = claims.get(1..).unwrap_or_default();
        let Some(text) = forge(tokens, selector % 4, header, claims) else {
            return;
        };
        (text, Some(selector % 4))
    } else {
        (
            String::from_utf8_lossy(&fill_placeholders).into_owned(),
            None,
        )
    };
    let passes = [
        verify::<Access>(tokens, &text),
        verify::<Refresh>(tokens, &text),
        verify::<SignUp>(tokens, &text),
    ];
    for (passed, of) in passes.into_iter().zip(0..) {
        let is_ours = service
            .bearer
            .iter()
            .chain(&service.cookies)
            .any(|it| *it == text);
        assert!(
            !passed || kind == Some(of) || (kind.is_none() && is_ours),
            "{text}"
        );
    }
});
