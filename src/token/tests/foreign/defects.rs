//! Every way in which an otherwise valid ID token can be wrong (OpenID Connect Core §3.1.3.7), with the
//! reason for the refusal.

use serde_json::{Value, json};

use super::{ABSENT, CLIENT_ID, EXPECTED, NONCE, PROVIDER, Provider, changed, from_apps};
use crate::token::{
    Access, ExpectedIdToken, IdToken, TokenRejection,
    tests::{
        fixture::{LEEWAY, Mint, now},
        forged::with,
        signatures::refuses_signatures_of,
    },
};

fn in_seconds(offset: i64) -> Value {
    json!(now().timestamp() + offset)
}

#[test]
fn each_invalid_claim_is_rejected_with_its_reason() {
    use TokenRejection::{AccessToken, Audience, Claims, Expired, IssuedInFuture, Issuer, Nonce};
    let provider = Provider::new();
    let valid = provider.payload();
    assert!(provider.verify_payload(&valid).is_ok());
    let long = "a".repeat(256);
    for (claim, value, reason) in [
        ("iss", json!(ABSENT), Claims),
        ("iss", json!(null), Claims),
        ("iss", json!([PROVIDER]), Claims),
        ("iss", json!(""), Issuer),
        ("iss", json!("https://evil.example"), Issuer),
        ("iss", json!("https://id.example/"), Issuer),
        ("iss", json!("https://ID.example"), Issuer),
        ("iss", json!("http://id.example"), Issuer),
        ("iss", json!("id.example"), Issuer),
        ("sub", json!(ABSENT), Claims),
        ("sub", json!(null), Claims),
        ("sub", json!(""), Claims),
        ("sub", json!(248_289_761_001_u64), Claims),
        ("sub", json!(long), Claims),
        ("sub", json!("zoë"), Claims),
        ("sub", json!("a\0"), Claims),
        ("sub", json!("a\n"), Claims),
        ("aud", json!(ABSENT), Claims),
        ("aud", json!(null), Claims),
        ("aud", json!(7), Claims),
        ("aud", json!([7]), Claims),
        ("aud", json!([CLIENT_ID, null]), Claims),
        ("aud", json!({"signet": true}), Claims),
        ("aud", json!([]), Audience),
        ("aud", json!(""), Audience),
        ("aud", json!("another"), Audience),
        ("aud", json!("Signet"), Audience),
        ("aud", json!(["another"]), Audience),
        ("aud", json!(["another", CLIENT_ID]), Audience),
        ("aud", json!([CLIENT_ID, "another"]), Audience),
        ("aud", json!([CLIENT_ID, CLIENT_ID]), Audience),
        ("azp", json!(""), Audience),
        ("azp", json!("another"), Audience),
        ("exp", json!(ABSENT), Claims),
        ("exp", json!(null), Claims),
        ("exp", json!(valid["exp"].to_string()), Claims),
        ("exp", json!(1e300), Claims),
        ("exp", json!(u64::MAX), Claims),
        ("exp", json!(-1.5), Claims),
        ("exp", json!(-1), Expired),
        ("exp", json!(0), Expired),
        ("exp", in_seconds(-LEEWAY), Expired),
        ("iat", json!(ABSENT), Claims),
        ("iat", json!(null), Claims),
        ("iat", json!("today"), Claims),
        ("iat", json!(1e300), Claims),
        ("iat", in_seconds(LEEWAY + 1), IssuedInFuture),
        ("nbf", in_seconds(LEEWAY + 1), IssuedInFuture),
        ("auth_time", in_seconds(LEEWAY + 1), IssuedInFuture),
        ("nonce", json!(null), Nonce),
        ("nonce", json!([NONCE]), Nonce),
        ("nonce", json!(ABSENT), Nonce),
        ("nonce", json!(""), Nonce),
        ("nonce", json!("n-0S6_WzA2Mk"), Nonce),
        ("nonce", json!("n-0S6_WzA2M"), Nonce),
        ("nonce", json!("N-0S6_WzA2Mj"), Nonce),
        ("at_hash", json!(""), AccessToken),
        ("at_hash", json!("77QmUPtjPfzWtF2AnpK9RA"), AccessToken),
        ("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ=="), AccessToken),
    ] {
        let payload = changed(&valid, claim, &value);
        let verified = provider.verify_payload(&payload);
        assert_eq!(verified, Err(reason), "{claim} {value}");
    }
}

#[test]
fn optional_and_alternative_claims_are_accepted() {
    let provider = Provider::new();
    let valid = provider.payload();
    for (claim, value) in [
        ("sub", json!("a".repeat(255))),
        ("sub", json!(" |~!")),
        ("aud", json!([CLIENT_ID])),
        ("azp", json!(CLIENT_ID)),
        ("exp", in_seconds(1 - LEEWAY)),
        ("exp", json!(1_767_225_600.75)),
        ("iat", in_seconds(LEEWAY)),
        ("iat", json!(0)),
        ("iat", json!(1_767_225_600.75)),
        ("nbf", in_seconds(LEEWAY)),
        ("auth_time", json!(ABSENT)),
        ("auth_time", in_seconds(LEEWAY)),
        ("at_hash", json!(ABSENT)),
        ("azp", json!(null)),
        ("azp", json!([CLIENT_ID])),
        ("nbf", json!(null)),
        ("nbf", json!("today")),
        ("auth_time", json!(null)),
        ("auth_time", json!("today")),
        ("auth_time", json!([0])),
        ("at_hash", json!(null)),
        ("at_hash", json!(7)),
        ("c_hash", json!("x")),
        ("acr", json!(null)),
        ("later", json!({"a": [1]})),
    ] {
        let verified = provider.verify_payload(&changed(&valid, claim, &value));
        assert!(verified.is_ok(), "{claim} {value}: {verified:?}");
    }
    // Without an access token, `at_hash` is not compared.
    let alone = ExpectedIdToken {
        access_token: None,
        ..EXPECTED
    };
    let token = provider.signed(&provider.header(), &with(valid, "at_hash", json!("x")));
    assert!(provider.verify_expecting(&alone, &token).is_ok());
}

#[test]
fn several_audiences_must_all_be_accepted_with_a_known_azp() {
    let provider = Provider::new();
    let apps = ["ios".to_owned(), "android".to_owned()];
    let verify = |aud: Value, azp: Value| {
        let payload = changed(&with(provider.payload(), "aud", aud), "azp", &azp);
        let token = provider.signed(&provider.header(), &payload);
        provider
            .verify_expecting(&from_apps(&apps), &token)
            .map(drop)
    };
    for (aud, azp) in [
        (json!(CLIENT_ID), json!("android")),
        (json!("ios"), json!(ABSENT)),
        (json!("ios"), json!("ios")),
        (json!(["ios", CLIENT_ID]), json!("ios")),
        (json!([CLIENT_ID, "android"]), json!(CLIENT_ID)),
    ] {
        assert_eq!(verify(aud.clone(), azp.clone()), Ok(()), "{aud} {azp}");
    }
    for (aud, azp) in [
        (json!("ios"), json!("another")),
        (json!("another"), json!("ios")),
        (json!(["ios", CLIENT_ID]), json!(ABSENT)),
        (json!(["ios", "another"]), json!("ios")),
        (json!(["ios", CLIENT_ID]), json!("another")),
        (json!([]), json!("ios")),
    ] {
        let refused = Err(TokenRejection::Audience);
        assert_eq!(verify(aud.clone(), azp.clone()), refused, "{aud} {azp}");
    }
    // The client id of a native app is not accepted for a login in the browser.
    for claim in ["aud", "azp"] {
        let payload = with(provider.payload(), claim, json!("ios"));
        let verified = provider.verify_payload(&payload);
        assert_eq!(verified, Err(TokenRejection::Audience), "{claim}");
    }
}

#[test]
fn id_token_of_an_app_must_be_young() {
    let provider = Provider::new();
    for (age, expected) in [(300, Ok(())), (301, Err(TokenRejection::TooOld))] {
        let payload = with(provider.payload(), "iat", in_seconds(-age));
        let token = provider.signed(&provider.header(), &payload);
        let verified = provider.verify_expecting(&from_apps(&[]), &token).map(drop);
        assert_eq!(verified, expected, "{age}");
        assert!(provider.verify(&token).is_ok());
    }
}

#[test]
fn empty_nonce_is_rejected_even_if_expected() {
    let provider = Provider::new();
    let token = |nonce: &Value| {
        let payload = changed(&provider.payload(), "nonce", nonce);
        provider.signed(&provider.header(), &payload)
    };
    let careless = ExpectedIdToken {
        nonce: "",
        ..EXPECTED
    };
    for nonce in [json!(""), json!(ABSENT), json!(NONCE)] {
        let verified = provider.verify_expecting(&careless, &token(&nonce));
        assert_eq!(verified, Err(TokenRejection::Nonce), "{nonce}");
    }
}

#[test]
fn at_hash_uses_the_hash_function_of_the_key() {
    for mint in Mint::each() {
        let provider = Provider::of(mint);
        let other = ExpectedIdToken {
            access_token: Some("another"),
            ..EXPECTED
        };
        let token = provider.token();
        assert!(provider.verify(&token).is_ok());
        let verified = provider.verify_expecting(&other, &token);
        assert_eq!(verified, Err(TokenRejection::AccessToken));
    }
}

#[test]
fn invalid_signatures_and_encodings_are_rejected() {
    for mint in Mint::each() {
        let provider = Provider::of(mint);
        refuses_signatures_of(&provider.token(), |token| provider.verify(token).is_err());
    }
}

#[test]
fn malformed_tokens_are_distinguished_from_invalid_ones() {
    let provider = Provider::new();
    let header = provider.header();
    let of_text = |payload: &str| provider.verify(&provider.mint.forge::<Access>(&header, payload));
    let text = provider.payload().to_string();
    for payload in [
        text.replacen('{', "{\"sub\":\"admin\",", 1),
        text.replacen('{', "{\"nonce\":\"x\",", 1),
        text.replacen('{', "{\"hd\":\"evil.example\",", 1),
        text.replacen('{', "{\"x\":1,\"\\u0078\":1,", 1),
        format!("[{text}]"),
        format!("{text}{text}"),
        format!("\u{feff}{text}"),
        text.replacen('{', &format!("{{\"x\":{},", "[".repeat(3_000)), 1),
        "\"text\"".to_owned(),
        String::new(),
    ] {
        assert_eq!(
            of_text(&payload),
            Err(TokenRejection::Claims),
            "{payload:.80}"
        );
    }
    let refused = |token: &str| provider.verify(token);
    let long = with(provider.payload(), "x", json!("x".repeat(8 * 1024)));
    assert_eq!(provider.verify_payload(&long), Err(TokenRejection::TooLong));
    assert_eq!(
        refused(&".".repeat(8 * 1024 + 1)),
        Err(TokenRejection::TooLong)
    );
    for token in ["", "a", "a.b", "a.b.c", "a.b.c.d", "a.b.c.d.e", "{}"] {
        let verified: Result<IdToken, _> = refused(token);
        assert_eq!(verified, Err(TokenRejection::Malformed), "{token}");
    }
}
