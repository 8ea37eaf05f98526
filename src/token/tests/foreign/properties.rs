//! Properties of all ID tokens.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CLIENT_ID, NONCE, PROVIDER, Provider};
use crate::token::{
    Access,
    foreign::names_no_key_of,
    tests::{
        fixture::{LEEWAY, Mint, now, seconds},
        forged::with,
    },
};

#[test]
fn any_changed_byte_is_rejected() {
    let providers: Vec<_> = Mint::each().map(Provider::of).collect();
    proptest!(|(at in any::<prop::sample::Index>(), flip in 1_u8..128)| {
        for provider in &providers {
            let mut bytes = provider.token().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            if let Ok(changed) = String::from_utf8(bytes) {
                prop_assert!(provider.verify(&changed).is_err(), "{}", changed);
            }
        }
    });
}

#[test]
fn arbitrary_text_never_panics() {
    let provider = Provider::new();
    let (header, payload) = (provider.header(), provider.payload().to_string());
    proptest!(ProptestConfig::with_cases(512), |(
        text in "\\PC{0,200}|[A-Za-z0-9_.-]{0,200}|[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,90}",
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    )| {
        let content = String::from_utf8_lossy(&bytes);
        for token in [
            text.clone(),
            content.to_string(),
            // Arbitrary content, signed by the provider.
            provider.mint.forge::<Access>(&header, &content),
            provider.mint.forge::<Access>(&header, &text),
            provider.mint.forge_text::<Access>(&text, &payload),
        ] {
            prop_assert!(provider.verify(&token).is_err());
            let _ = names_no_key_of(&provider.keys, &token);
        }
    });
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        any::<i64>().prop_map(|it| json!(it)),
        any::<f64>().prop_map(|it| json!(it)),
        (-400_i64..400).prop_map(|it| json!(now().timestamp() + it)),
        "\\PC{0,20}".prop_map(|it| json!(it)),
        prop::sample::select(vec![PROVIDER, CLIENT_ID, NONCE]).prop_map(|it| json!(it)),
        prop::collection::vec(prop::sample::select(vec![CLIENT_ID, "another"]), 0..3)
            .prop_map(|it| json!(it)),
    ]
}

/// Accepted tokens meet all expectations, whatever the provider signs.
#[test]
fn accepted_tokens_meet_the_expectations() {
    let provider = Provider::new();
    let names = "iss|sub|aud|azp|exp|iat|nbf|auth_time|nonce|at_hash|email|tid|x";
    proptest!(ProptestConfig::with_cases(2048), |(
        changes in prop::collection::vec((names, any_value()), 1..3),
    )| {
        let mut payload = provider.payload();
        for (name, value) in changes {
            payload = with(payload, &name, value);
        }
        if let Ok(token) = provider.verify_payload(&payload) {
            prop_assert_eq!(token.iss, PROVIDER);
            prop_assert_eq!(token.aud, [CLIENT_ID]);
            prop_assert!(token.azp.is_none_or(|azp| azp == CLIENT_ID));
            prop_assert_eq!(token.nonce.as_deref(), Some(NONCE));
            prop_assert!((1..=255).contains(&token.sub.len()));
            prop_assert!(token.exp > now() - seconds(LEEWAY));
            let latest = now() + seconds(LEEWAY);
            let times = [Some(token.iat), token.nbf, token.auth_time];
            prop_assert!(times.into_iter().flatten().all(|time| time <= latest));
        }
    });
}
