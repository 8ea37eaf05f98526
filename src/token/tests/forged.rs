//! Tests of known ways to forge tokens.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::fixture::{ISSUER, LEEWAY, Mint, Sample, now, seconds};
use crate::token::{Access, Refresh, SignUp, TokenRejection};

/// Returns `value` with one member replaced.
pub(crate) fn with(mut value: Value, member: &str, replacement: Value) -> Value {
    value[member] = replacement;
    value
}

pub(crate) fn without(mut value: Value, member: &str) -> Value {
    value.as_object_mut().unwrap().remove(member);
    value
}

pub(super) fn verify_forged<K: Sample>(
    mint: &Mint,
    header: &Value,
    payload: &Value,
) -> Result<(), TokenRejection> {
    mint.verify::<K>(&mint.forge::<K>(header, &payload.to_string()))
        .map(drop)
}

/// An unchanged forgery is a valid token, so the other tests fail for the intended reason.
#[test]
fn unchanged_forgery_is_accepted() {
    for mint in Mint::each() {
        let header = mint.header::<Access>();
        assert_eq!(
            verify_forged::<Access>(&mint, &header, &Access::payload()),
            Ok(())
        );
    }
    let mint = Mint::new();
    assert_eq!(
        verify_forged::<Refresh>(&mint, &mint.header::<Refresh>(), &Refresh::payload()),
        Ok(())
    );
}

/// Asserts that every invalid header is `refused`.
pub(crate) fn refuses_headers<K: Sample>(mint: &Mint, refused: impl Fn(&str) -> bool) {
    let valid = mint.header::<K>();
    let mut invalid = vec![];
    for alg in [
        "none", "None", "NONE", "nOnE", "", "es256", "ES256", "ES384", "ES256K", "rs256", "RS256",
        "RS384", "RS512", "PS256", "eddsa", "EdDSA", "Ed25519", "HS256", "HS384", "HS512",
    ] {
        if valid["alg"] == alg {
            continue;
        }
        invalid.push(with(valid.clone(), "alg", json!(alg)));
    }
    for member in ["alg", "typ", "kid"] {
        invalid.push(without(valid.clone(), member));
        for value in [json!(null), json!(1), json!([valid[member]]), json!({})] {
            invalid.push(with(valid.clone(), member, value));
        }
    }
    for typ in [
        "JWT",
        "",
        "jwt",
        "dpop+jwt",
        "application/",
        "application/JWT",
        "xat+jwt",
        "at+jwt ",
    ] {
        invalid.push(with(valid.clone(), "typ", json!(typ)));
    }
    for kid in [
        "",
        "unknown",
        "../../../../dev/null",
        "/proc/self/environ",
        "' OR 1=1--",
        "\0",
        "\r\n",
        "http://127.0.0.1:9/",
        &"k".repeat(4096),
    ] {
        invalid.push(with(valid.clone(), "kid", json!(kid)));
    }
    for (member, value) in [
        ("crit", json!(["x"])),
        ("crit", json!([])),
        ("crit", json!(["b64"])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("jwk", json!({"kty": "oct", "k": "AAAA"})),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
        ("cty", json!("JWT")),
        ("nonce", json!("x")),
    ] {
        invalid.push(with(valid.clone(), member, value));
    }
    for header in invalid {
        let token = mint.forge::<K>(&header, &K::payload().to_string());
        assert!(refused(&token), "{header}");
    }

    let text = valid.to_string();
    let payload = K::payload().to_string();
    for header in [
        text.replacen('{', "{\"alg\":\"none\",", 1),
        text.replacen('{', "{\"alg\":\"HS256\",", 1),
        text.replacen('{', "{\"kid\":\"x\",", 1),
        format!("[{},{},{}]", valid["alg"], valid["typ"], valid["kid"]),
        format!("{text}{text}"),
        format!("{text} x"),
        format!("\u{feff}{text}"),
        "[".repeat(100_000).chars().take(4_000).collect(),
        "{\"alg\":".repeat(1_000),
        "null".to_owned(),
        String::new(),
    ] {
        let token = mint.forge_text::<K>(&header, &payload);
        assert!(refused(&token), "{header:.80}");
    }
}

#[test]
fn invalid_headers_are_rejected() {
    for mint in Mint::each() {
        refuses_headers::<Access>(&mint, |token| mint.verify::<Access>(token).is_err());
    }
    let mint = Mint::new();
    refuses_headers::<Refresh>(&mint, |token| mint.verify::<Refresh>(token).is_err());
}

#[test]
fn typ_is_compared_as_a_media_type() {
    let mint = Mint::new();
    for typ in ["AT+JWT", "application/at+jwt", "Application/AT+jwt"] {
        let header = with(mint.header::<Access>(), "typ", json!(typ));
        assert_eq!(
            verify_forged::<Access>(&mint, &header, &Access::payload()),
            Ok(()),
            "{typ}"
        );
    }
}

/// Asserts that every payload with one of these claims missing or invalid is `refused`.
pub(crate) fn refuses_payloads<K: Sample>(
    mint: &Mint,
    claims: &[&str],
    refused: impl Fn(&str) -> bool,
) {
    let header = mint.header::<K>();
    let valid = K::payload();
    let mut invalid = vec![];
    for claim in claims {
        invalid.push(without(valid.clone(), claim));
        for value in [json!(null), json!([7]), json!({}), json!(true)] {
            invalid.push(with(valid.clone(), claim, value));
        }
    }
    for time in claims
        .iter()
        .filter(|claim| ["exp", "iat", "abs_exp", "auth_time"].contains(claim))
    {
        for value in [
            "\"1767225600\"",
            "1767225600.5",
            "1e300",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "9007199254740993000",
            "-1e9",
        ] {
            let value: Value = serde_json::from_str(value).unwrap();
            invalid.push(with(valid.clone(), time, value));
        }
    }
    invalid.push(with(valid.clone(), "exp", json!(-1)));
    invalid.push(with(valid.clone(), "exp", json!(0)));
    for iss in [
        "",
        "https://auth.example.com/",
        "https://AUTH.example.com",
        "http://auth.example.com",
        "https://evil.example",
    ] {
        invalid.push(with(valid.clone(), "iss", json!(iss)));
    }
    invalid.push(with(
        valid.clone(),
        "iss",
        json!(["https://evil.example", ISSUER]),
    ));
    invalid.push(with(valid.clone(), "iss", json!([ISSUER])));
    for aud in [
        json!(""),
        json!(ISSUER),
        json!("https://other.example"),
        json!([valid["aud"]]),
        json!(7),
    ] {
        invalid.push(with(valid.clone(), "aud", aud));
    }
    for sub in ["", "ada", "0190163d-8694-739b-aea5"] {
        invalid.push(with(valid.clone(), "sub", json!(sub)));
    }
    for payload in invalid {
        let token = mint.forge::<K>(&header, &payload.to_string());
        assert!(refused(&token), "{payload}");
    }

    let text = valid.to_string();
    for payload in [
        text.replacen('{', "{\"sub\":\"0190163d-8694-739b-aea5-966c26f8ad92\",", 1),
        text.replacen('{', "{\"exp\":9999999999,", 1),
        format!("[{text}]"),
        format!("{text}{text}"),
        format!("\u{feff}{text}"),
        text.replacen('{', &format!("{{\"x\":{},", "[".repeat(3_000)), 1),
        "\"text\"".to_owned(),
        String::new(),
    ] {
        let token = mint.forge::<K>(&header, &payload);
        assert!(refused(&token), "{payload:.80}");
    }
    // Tokens outlive releases, so unknown claims are ignored.
    let later = with(valid, "later", json!({"a": [1]}));
    assert!(!refused(&mint.forge::<K>(&header, &later.to_string())));
}

/// The required claims of an access token.
pub(crate) const ACCESS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "jti",
    "client_id",
    "sid",
    "auth_time",
    "amr",
    "roles",
    "epoch",
];

#[test]
fn missing_and_invalid_claims_are_rejected() {
    let mint = Mint::new();
    refuses_payloads::<Access>(&mint, ACCESS, |token| mint.verify::<Access>(token).is_err());
    refuses_payloads::<Refresh>(
        &mint,
        &[
            "iss",
            "sub",
            "aud",
            "exp",
            "abs_exp",
            "iat",
            "jti",
            "client_id",
            "sid",
            "auth_time",
            "amr",
            "epoch",
        ],
        |token| mint.verify::<Refresh>(token).is_err(),
    );
    for client_id in ["", "unknown"] {
        let access = with(Access::payload(), "client_id", json!(client_id));
        assert!(verify_forged::<Access>(&mint, &mint.header::<Access>(), &access).is_err());
        let refresh = with(Refresh::payload(), "client_id", json!(client_id));
        assert!(verify_forged::<Refresh>(&mint, &mint.header::<Refresh>(), &refresh).is_err());
    }
}

/// Mints tokens with one claim at that many seconds from now, and verifies them now.
fn check_times<K: Sample>(cases: &[(&str, i64, Result<(), TokenRejection>)]) {
    let mint = Mint::new();
    for (claim, offset, expected) in cases {
        let time = json!((now() + seconds(*offset)).timestamp());
        let claims: K = serde_json::from_value(with(K::payload(), claim, time)).unwrap();
        let token = mint.tokens.mint(&claims, now()).unwrap();
        let verified = mint.verify::<K>(&token).map(drop);
        assert_eq!(verified, *expected, "{claim} in {offset} s");
    }
}

/// Verifies valid tokens of that kind with an added `nbf`.
fn check_nbf<K: Sample>(forge: impl Fn(&Mint, &str) -> String) {
    let mint = Mint::new();
    let in_seconds = |offset| json!((now() + seconds(offset)).timestamp());
    for (nbf, expected) in [
        (in_seconds(-1_000_000), Ok(())),
        (in_seconds(LEEWAY), Ok(())),
        (in_seconds(LEEWAY + 1), Err(TokenRejection::NotYetValid)),
        (json!(null), Err(TokenRejection::Claims)),
        (json!("0"), Err(TokenRejection::Claims)),
        (json!(0.5), Err(TokenRejection::Claims)),
        (json!(i64::MAX), Err(TokenRejection::Claims)),
    ] {
        let payload = with(K::payload(), "nbf", nbf).to_string();
        for payload in [payload.clone(), payload.replace("\"nbf\"", "\"\\u006ebf\"")] {
            let token = forge(&mint, &payload);
            assert_eq!(mint.verify::<K>(&token).map(drop), expected, "{payload}");
        }
    }
}

#[test]
fn token_is_rejected_before_its_nbf() {
    check_nbf::<Access>(|mint, text| mint.forge::<Access>(&mint.header::<Access>(), text));
    check_nbf::<Refresh>(|mint, text| mint.forge::<Refresh>(&mint.header::<Refresh>(), text));
}

#[test]
fn times_are_exact_to_the_second() {
    let last_second = DateTime::<Utc>::MAX_UTC.timestamp() - now().timestamp();
    let furthest = TimeDelta::days(3660).num_seconds();
    check_times::<Access>(&[
        ("exp", 1 - LEEWAY, Ok(())),
        ("exp", -LEEWAY, Err(TokenRejection::Expired)),
        ("exp", furthest, Ok(())),
        ("exp", furthest + 1, Err(TokenRejection::Claims)),
        ("exp", last_second, Err(TokenRejection::Claims)),
        ("auth_time", LEEWAY, Ok(())),
        ("auth_time", LEEWAY + 1, Err(TokenRejection::IssuedInFuture)),
        ("auth_time", 86_401, Err(TokenRejection::NotYetValid)),
        ("auth_time", last_second, Err(TokenRejection::NotYetValid)),
        ("iat", LEEWAY, Ok(())),
        ("iat", LEEWAY + 1, Err(TokenRejection::IssuedInFuture)),
    ]);
    check_times::<Refresh>(&[
        ("exp", 1, Ok(())),
        ("exp", 0, Err(TokenRejection::Expired)),
        ("abs_exp", 1, Ok(())),
        ("abs_exp", 0, Err(TokenRejection::Expired)),
        ("abs_exp", furthest, Ok(())),
        ("abs_exp", furthest + 1, Err(TokenRejection::Claims)),
        ("auth_time", LEEWAY + 1, Err(TokenRejection::IssuedInFuture)),
        ("auth_time", 86_401, Err(TokenRejection::NotYetValid)),
        ("iat", LEEWAY + 1, Err(TokenRejection::IssuedInFuture)),
    ]);
    check_times::<SignUp>(&[
        ("exp", 1, Ok(())),
        ("exp", 0, Err(TokenRejection::Expired)),
        ("exp", last_second, Err(TokenRejection::Claims)),
        ("iat", LEEWAY, Ok(())),
        ("iat", LEEWAY + 1, Err(TokenRejection::IssuedInFuture)),
    ]);
}
