//! Signs and verifies tokens in the JWS Compact Serialization: chooses the key and the JOSE header.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};

use super::{
    MintError, TokensInner,
    kind::{TokenKind, TokenRejection},
};
use crate::{
    client::{Algorithm, Client, Typ},
    jws_compact::{TokenHeader, TokenParts, decode},
};

/// The initial capacity of buffers, in bytes. Most tokens are shorter.
const USUAL_BYTES: usize = 1024;

/// The algorithm of tokens that only this service verifies.
const HS256: &str = "HS256";

/// Signs a token for its client by a published key, with the algorithm and the `typ` that `header` selects.
pub(super) fn sign_for_client<K: TokenKind>(
    inner: &TokensInner,
    claims: &K,
    header: impl FnOnce(&Client) -> (Algorithm, &'static str),
    now: DateTime<Utc>,
) -> Result<String, MintError> {
    let client = inner
        .clients
        .get(claims.client_id().unwrap_or_default())
        .ok_or(MintError::Claims)?;
    let (algorithm, typ) = header(client);
    let key = inner
        .rotation
        .keyring()
        .signing(algorithm, now)
        .ok_or(MintError::NoKey)?;
    let message = signing_input(algorithm.as_str(), typ, key.kid(), claims)?;
    let signature = key.sign(message.as_bytes())?;
    Ok(append_signature(message, &signature))
}

pub(super) fn sign_derived<K: TokenKind>(
    inner: &TokensInner,
    claims: &K,
    typ: &str,
    now: DateTime<Utc>,
) -> Result<String, MintError> {
    let secret = inner
        .rotation
        .keyring()
        .secret(now)
        .ok_or(MintError::NoKey)?;
    let message = signing_input(HS256, typ, secret.kid(), claims)?;
    let signature = secret.sign_refresh(message.as_bytes());
    Ok(append_signature(message, signature.as_ref()))
}

/// Verifies the signature. Returns the payload and the `typ`, which must be the one of the token's client.
pub(super) fn verify_published(
    inner: &TokensInner,
    token: &str,
    now: DateTime<Utc>,
) -> Result<(Vec<u8>, Typ), TokenRejection> {
    let parts = TokenParts::of(token)?;
    let header = parts.header()?;
    let mut typs = Typ::ALL.iter().copied();
    let typ = typs.find(|typ| header.is_of(typ.as_str()));
    let typ = typ.ok_or(TokenRejection::Header)?;
    let key = inner.rotation.keyring().published(&header.kid, now)?;
    if header.alg != key.algorithm().as_str() {
        return Err(TokenRejection::Header);
    }
    if !key.verifies(parts.message.as_bytes(), parts.signature) {
        return Err(TokenRejection::Signature);
    }
    Ok((decode(parts.payload)?, typ))
}

pub(super) fn verify_derived(
    inner: &TokensInner,
    token: &str,
    typ: &str,
    now: DateTime<Utc>,
) -> Result<Vec<u8>, TokenRejection> {
    let parts = TokenParts::of(token)?;
    let header = parts.header()?;
    if !header.is_of(typ) || header.alg != HS256 {
        return Err(TokenRejection::Header);
    }
    let secret = inner.rotation.keyring().secret_of(&header.kid, now)?;
    if !secret.verifies_refresh(parts.message.as_bytes(), &decode(parts.signature)?) {
        return Err(TokenRejection::Signature);
    }
    Ok(decode(parts.payload)?)
}

fn signing_input<K: TokenKind>(
    alg: &str,
    typ: &str,
    kid: &str,
    claims: &K,
) -> Result<String, MintError> {
    let mut json = Vec::with_capacity(USUAL_BYTES);
    let mut message = String::with_capacity(USUAL_BYTES);
    let header = TokenHeader { alg, typ, kid };
    serde_json::to_writer(&mut json, &header).map_err(|_| MintError::Claims)?;
    URL_SAFE_NO_PAD.encode_string(&json, &mut message);
    message.push('.');
    json.clear();
    serde_json::to_writer(&mut json, claims).map_err(|_| MintError::Claims)?;
    URL_SAFE_NO_PAD.encode_string(&json, &mut message);
    Ok(message)
}

fn append_signature(mut message: String, signature: &[u8]) -> String {
    message.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut message);
    message
}
