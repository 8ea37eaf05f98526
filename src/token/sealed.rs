//! Sealed tokens: `kid.base64url(nonce‖ciphertext)`, XChaCha20-Poly1305.
//!
//! Sealed tokens have no header to negotiate. The key is derived for the purpose, and purpose and `kid` are
//! authenticated, so a token that is sealed for one purpose cannot be decrypted for another.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use chrono::{DateTime, Utc};

use super::{
    MintError, TokensInner,
    kind::{TokenKind, TokenRejection},
};
use crate::keyring::{CryptoError, DerivedKey, KeyLookupError, Secret};

const ALGORITHM: &str = "XC20P";
const NONCE_BYTES: usize = 24;

/// Derives the key for a purpose and an algorithm.
pub(super) type Derive = fn(&Secret, &str, &str) -> Result<DerivedKey, CryptoError>;

pub(super) fn seal<K: TokenKind>(
    inner: &TokensInner,
    claims: &K,
    purpose: &str,
    now: DateTime<Utc>,
) -> Result<String, MintError> {
    let text = serde_json::to_vec(claims).map_err(|_| MintError::Claims)?;
    seal_bytes(inner, &text, (purpose, Secret::derive), now)
}

/// Seals bytes by the secret that signs now.
pub(super) fn seal_bytes(
    inner: &TokensInner,
    text: &[u8],
    (purpose, derive): (&str, Derive),
    now: DateTime<Utc>,
) -> Result<String, MintError> {
    let secret = inner
        .rotation
        .keyring()
        .secret(now)
        .ok_or(MintError::NoKey)?;
    let nonce = inner.entropy.bytes::<NONCE_BYTES>()?;
    let aad = associated_data(purpose, secret.kid());
    let sealed = cipher(&secret, (purpose, derive))?
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: text,
                aad: &aad,
            },
        )
        .map_err(|_| CryptoError)?;

    let mut token = format!("{}.", secret.kid());
    URL_SAFE_NO_PAD.encode_string([nonce.as_slice(), &sealed].concat(), &mut token);
    Ok(token)
}

pub(super) fn open(
    inner: &TokensInner,
    token: &str,
    purpose: &str,
    now: DateTime<Utc>,
) -> Result<Vec<u8>, TokenRejection> {
    let find = |kid: &str| inner.rotation.keyring().secret_of(kid, now);
    open_with(token, (purpose, Secret::derive), find)
}

/// Opens sealed bytes with the secret that `find` returns for their `kid`.
pub(super) fn open_with(
    sealed: &str,
    (purpose, derive): (&str, Derive),
    find: impl Fn(&str) -> Result<Arc<Secret>, KeyLookupError>,
) -> Result<Vec<u8>, TokenRejection> {
    let (kid, body) = sealed.split_once('.').ok_or(TokenRejection::Malformed)?;
    let body = URL_SAFE_NO_PAD
        .decode(body)
        .map_err(|_| TokenRejection::Malformed)?;
    let (nonce, sealed) = body
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(TokenRejection::Malformed)?;
    let secret = find(kid)?;
    let aad = associated_data(purpose, kid);
    cipher(&secret, (purpose, derive))
        .map_err(|_| TokenRejection::Signature)?
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: sealed,
                aad: &aad,
            },
        )
        .map_err(|_| TokenRejection::Signature)
}

fn cipher(
    secret: &Secret,
    (purpose, derive): (&str, Derive),
) -> Result<XChaCha20Poly1305, CryptoError> {
    let key = derive(secret, purpose, ALGORITHM)?;
    XChaCha20Poly1305::new_from_slice(key.as_slice()).map_err(|_| CryptoError)
}

fn associated_data(purpose: &str, kid: &str) -> Vec<u8> {
    [purpose.as_bytes(), b"\0", kid.as_bytes()].concat()
}
