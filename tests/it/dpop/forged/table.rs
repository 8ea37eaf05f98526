//! The forged proofs, and the error of each.

use serde_json::{Value, json};

use super::{GRANT, INVALID, NONCE, Target};
use crate::support::{
    dpop::{Prover, s256, with},
    openid::encode,
};

/// The forgery, the proofs that make it, the `error` of the response, and the cause in its text.
pub type Row = (
    &'static str,
    fn(&Target) -> Vec<String>,
    &'static str,
    &'static str,
);

pub const FORGED: &[Row] = &[
    (
        "alg none, without a signature",
        |it| {
            let header = with(it.prover.header(), "alg", "none").to_string();
            let parts = [header, it.claims().to_string()].map(|part| encode(part.as_bytes()));
            vec![format!("{}.", parts.join("."))]
        },
        INVALID,
        "alg must be",
    ),
    (
        "alg none, with a signature",
        |it| it.with_header("alg", "none"),
        INVALID,
        "alg must be",
    ),
    (
        "alg HS256",
        |it| it.with_header("alg", "HS256"),
        INVALID,
        "alg must be",
    ),
    (
        "alg ES384",
        |it| it.with_header("alg", "ES384"),
        INVALID,
        "alg must be",
    ),
    (
        "alg of another type of key",
        |it| it.with_header("alg", "RS256"),
        INVALID,
        "jwk must be",
    ),
    (
        "no alg",
        |it| it.with_header("alg", Value::Null),
        INVALID,
        "alg must be",
    ),
    (
        "typ of any JWT",
        |it| it.with_header("typ", "JWT"),
        INVALID,
        "typ dpop+jwt",
    ),
    (
        "typ of an access token",
        |it| it.with_header("typ", "at+jwt"),
        INVALID,
        "typ dpop+jwt",
    ),
    (
        "crit",
        |it| it.with_header("crit", json!(["exp"])),
        INVALID,
        "no crit",
    ),
    (
        "no key",
        |it| it.with_header("jwk", Value::Null),
        INVALID,
        "jwk must be",
    ),
    (
        "a key of another curve",
        |it| it.with_header("jwk", with(it.prover.jwk(), "crv", "P-384")),
        INVALID,
        "jwk must be",
    ),
    (
        "a private key",
        |it| it.with_header("jwk", with(it.prover.jwk(), "d", encode([7; 32]))),
        INVALID,
        "private members",
    ),
    (
        "a symmetric key",
        |it| it.with_header("jwk", json!({"kty": "oct", "k": "AAAA"})),
        INVALID,
        "private members",
    ),
    (
        "a key that did not sign",
        |it| it.with_header("jwk", Prover::new().jwk()),
        INVALID,
        "signature",
    ),
    (
        "a key to which the tokens are not bound",
        |it| vec![it.proof_of_other_key()],
        GRANT,
        "",
    ),
    (
        "another signature",
        |it| it.with_part(2, &encode([1; 64])),
        INVALID,
        "signature",
    ),
    (
        "no signature",
        |it| it.with_part(2, ""),
        INVALID,
        "signature",
    ),
    (
        "claims that are not signed",
        |it| it.with_part(1, &encode(it.claims().to_string().as_bytes())),
        INVALID,
        "signature",
    ),
    (
        "a header twice",
        |it| it.with_more_header(r#""typ":"dpop+jwt""#),
        INVALID,
        "each member once",
    ),
    (
        "a claim twice",
        |it| it.with_more_claims(r#""htm":"GET""#),
        INVALID,
        "each claim must occur once",
    ),
    (
        "a claim twice, once escaped",
        |it| it.with_more_claims(r#""\u006ati":"a""#),
        INVALID,
        "each claim must occur once",
    ),
    (
        "no claims",
        |it| vec![it.prover.sign(&json!({}))],
        INVALID,
        "are required",
    ),
    (
        "another method",
        |it| it.with_claim("htm", "DELETE"),
        INVALID,
        "htm is not",
    ),
    (
        "the method in lower case",
        |it| it.with_claim("htm", it.method.to_lowercase()),
        INVALID,
        "htm is not",
    ),
    (
        "another route",
        |it| it.with_url(it.path, "/login"),
        INVALID,
        "htu is not",
    ),
    (
        "a slash at the end",
        |it| it.with_claim("htu", it.url() + "/"),
        INVALID,
        "htu is not",
    ),
    (
        "a query",
        |it| it.with_claim("htu", it.url() + "?a=b"),
        INVALID,
        "htu is not",
    ),
    (
        "a fragment",
        |it| it.with_claim("htu", it.url() + "#a"),
        INVALID,
        "htu is not",
    ),
    (
        "another host",
        |it| it.with_url("auth.example.com", "evil.example"),
        INVALID,
        "htu is not",
    ),
    (
        "a longer host",
        |it| it.with_url(".com", ".com.evil.example"),
        INVALID,
        "htu is not",
    ),
    (
        "another port",
        |it| it.with_url(".com", ".com:444"),
        INVALID,
        "htu is not",
    ),
    (
        "another scheme",
        |it| it.with_url("https:", "http:"),
        INVALID,
        "htu is not",
    ),
    (
        "credentials in the URL",
        |it| it.with_url("//", "//ada@"),
        INVALID,
        "htu is not",
    ),
    (
        "a path",
        |it| it.with_claim("htu", it.path),
        INVALID,
        "htu is not",
    ),
    (
        "iat as a text",
        |it| it.with_claim("iat", it.now().to_string()),
        INVALID,
        "are required",
    ),
    (
        "no jti",
        |it| it.with_claim("jti", ""),
        INVALID,
        "are required",
    ),
    (
        "a long jti",
        |it| it.with_claim("jti", "j".repeat(257)),
        INVALID,
        "are required",
    ),
    (
        "a nonce that is no text",
        |it| it.with_claim("nonce", 7),
        INVALID,
        "of the right type",
    ),
    (
        "an invented nonce",
        |it| it.with_claim("nonce", encode([7; 32])),
        NONCE,
        "",
    ),
    (
        "a nonce of another issuer",
        |it| it.with_claim("nonce", &*it.foreign_nonce),
        NONCE,
        "",
    ),
    (
        "made too early",
        |it| it.with_claim("iat", it.now() - 61),
        NONCE,
        "",
    ),
    (
        "made for later",
        |it| it.with_claim("iat", it.now() + 61),
        NONCE,
        "",
    ),
    ("used before", |it| vec![it.used.clone()], NONCE, ""),
    (
        "two proofs",
        |it| vec![it.proof(), it.proof()],
        INVALID,
        "exactly one",
    ),
    (
        "two proofs in one header",
        |it| vec![[it.proof(), it.proof()].join(", ")],
        INVALID,
        "one JWT",
    ),
    (
        "5 KB",
        |it| it.with_claim("more", "x".repeat(5 * 1024)),
        INVALID,
        "4096 bytes",
    ),
    ("no JWT", |_| vec!["x".to_owned()], INVALID, "one JWT"),
    (
        "an empty header",
        |_| vec![String::new()],
        INVALID,
        "one JWT",
    ),
];

/// Further proofs that are refused with an access token.
pub const OF_ANOTHER_TOKEN: &[Row] = &[
    (
        "ath of another token",
        |it| it.with_claim("ath", s256("another")),
        INVALID,
        "ath must be",
    ),
    (
        "ath of the refresh token",
        |it| it.with_claim("ath", s256(&it.refresh)),
        INVALID,
        "ath must be",
    ),
    (
        "no ath",
        |it| {
            vec![
                it.prover
                    .sign(&it.prover.claims(&it.service, it.method, it.path)),
            ]
        },
        INVALID,
        "ath must be",
    ),
    (
        "ath that is no text",
        |it| it.with_claim("ath", 7),
        INVALID,
        "of the right type",
    ),
    ("no proof", |_| Vec::new(), INVALID, "needs a proof"),
];
