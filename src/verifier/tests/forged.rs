//! The forgeries that the service refuses, and tests that only the verifier has.

use std::fs;

use futures_util::FutureExt;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Consumer;
use crate::{
    client::Algorithm,
    token::{
        Access, Refresh, SignUp,
        tests::{
            algorithms::{maced_with_public_keys, signed},
            fixture::{ISSUER, LEEWAY, Mint, Sample, now, seconds},
            forged::{ACCESS, refuses_headers, refuses_payloads, with, without},
            signatures::refuses_signatures,
        },
    },
    verifier::{Claims, Error, Rejected, claims::VerifiedClaims},
};

impl Consumer {
    /// Verifies a token with the keys at hand. Nothing is fetched, so the future is ready immediately.
    pub(super) fn verify_now(&self, token: &str) -> Result<Claims, Rejected> {
        match self.verify(token).now_or_never().expect("no waiting") {
            Ok(claims) => Ok(claims),
            Err(Error::Rejected(rejected)) => Err(rejected),
            Err(Error::Unavailable(_)) => panic!("the keys are unavailable"),
        }
    }

    fn verify_payload(&self, payload: &Value) -> Result<Claims, Rejected> {
        let header = self.mint.header::<Access>();
        self.verify_now(&self.mint.forge::<Access>(&header, &payload.to_string()))
    }

    async fn with_keys(self) -> Self {
        self.verifier.ready().await.unwrap();
        self
    }
}

#[tokio::test]
async fn valid_token_of_each_algorithm_returns_the_minted_claims() {
    for mint in Mint::each() {
        let consumer = Consumer::of(mint).await.with_keys().await;
        let claims = consumer.verify_now(&consumer.token()).unwrap();
        assert_eq!(*claims, Access::sample());
    }
}

#[tokio::test]
async fn forgeries_are_refused_without_a_request() {
    for mint in Mint::each() {
        let consumer = Consumer::of(mint).await.with_keys().await;
        let refused = |token: &str| consumer.verify_now(token).is_err();
        refuses_headers::<Access>(&consumer.mint, refused);
        refuses_payloads::<Access>(&consumer.mint, ACCESS, refused);
        refuses_signatures::<Access>(&consumer.mint, refused);
        for token in maced_with_public_keys(&consumer.mint) {
            assert!(refused(&token), "{token}");
        }
        assert_eq!(consumer.issuer.fetches(), 1);
    }
}

#[tokio::test]
async fn each_refusal_has_its_reason() {
    let consumer = Consumer::new().await.with_keys().await;
    let valid = Access::payload();
    for (payload, reason) in [
        (
            with(valid.clone(), "iss", json!("https://evil.example")),
            Rejected::Issuer,
        ),
        (
            with(valid.clone(), "iss", json!(format!("{ISSUER}/"))),
            Rejected::Issuer,
        ),
        (
            with(valid.clone(), "aud", json!(ISSUER)),
            Rejected::Audience,
        ),
        (
            with(valid.clone(), "aud", json!([valid["aud"]])),
            Rejected::Claims,
        ),
        (with(valid.clone(), "nbf", json!("soon")), Rejected::Claims),
        (without(valid.clone(), "exp"), Rejected::Claims),
        (without(valid.clone(), "sub"), Rejected::Claims),
    ] {
        assert_eq!(consumer.verify_payload(&payload), Err(reason), "{payload}");
    }
    assert_eq!(consumer.verify_now(""), Err(Rejected::Malformed));
    let long = format!("{}.", consumer.token()).repeat(20);
    assert!(long.len() > 8 * 1024);
    assert_eq!(consumer.verify_now(&long), Err(Rejected::TooLong));
    assert_eq!(
        consumer.verify_now(&consumer.token_by("x")),
        Err(Rejected::UnknownKey)
    );
    let attacker = Mint::new();
    let key = consumer.mint.key();
    let kid = key.kid();
    let theirs = signed("ES256", kid, |message| {
        attacker.key().sign(message).unwrap()
    });
    assert_eq!(consumer.verify_now(&theirs), Err(Rejected::Signature));
}

#[tokio::test]
async fn duplicate_claim_is_rejected() {
    let consumer = Consumer::new().await.with_keys().await;
    let header = consumer.mint.header::<Access>();
    let text = Access::payload().to_string();
    for twice in [
        "\"tenant\":1,\"tenant\":2,",
        "\"sub\":\"x\",",
        "\"x\":1,\"\\u0078\":1,",
    ] {
        let payload = text.replacen('{', &format!("{{{twice}"), 1);
        let token = consumer.mint.forge::<Access>(&header, &payload);
        assert_eq!(
            consumer.verify_now(&token),
            Err(Rejected::Claims),
            "{twice}"
        );
    }
}

#[tokio::test]
async fn times_are_exact_to_the_second() {
    let consumer = Consumer::new().await.with_keys().await;
    for (claim, offset, expected) in [
        ("exp", 1 - LEEWAY, Ok(())),
        ("exp", -LEEWAY, Err(Rejected::Expired)),
        ("iat", LEEWAY, Ok(())),
        ("iat", LEEWAY + 1, Err(Rejected::InFuture)),
        ("nbf", LEEWAY, Ok(())),
        ("nbf", LEEWAY + 1, Err(Rejected::InFuture)),
        ("nbf", -1_000_000, Ok(())),
    ] {
        let time = (now() + seconds(offset)).timestamp();
        let result = consumer.verify_payload(&with(Access::payload(), claim, json!(time)));
        assert_eq!(result.map(drop), expected, "{claim} in {offset} s");
    }
}

/// The issuer publishes the key, and the key verifies another algorithm than the accepted one.
#[tokio::test]
async fn only_configured_algorithms_are_accepted() {
    let consumer = Consumer::new().await.with_keys().await;
    for algorithm in [Algorithm::Rs256, Algorithm::EdDsa] {
        let key = consumer.mint.key_of(algorithm);
        let sign = |message: &[u8]| key.sign(message).unwrap();
        for alg in [algorithm.as_str(), "ES256"] {
            let token = signed(alg, key.kid(), sign);
            assert!(consumer.verify_now(&token).is_err(), "{alg} {algorithm}");
        }
    }
    let all = |builder: super::Builder| builder.algorithms(Algorithm::ALL.iter().copied());
    let consumer = Consumer::built(Mint::new(), all).await.with_keys().await;
    for ours in Algorithm::ALL {
        for theirs in Algorithm::ALL {
            let key = consumer.mint.key_of(*ours);
            let sign = |message: &[u8]| key.sign(message).unwrap();
            let result = consumer.verify_now(&signed(theirs.as_str(), key.kid(), sign));
            let expected = if ours == theirs {
                Ok(())
            } else {
                Err(Rejected::Header)
            };
            assert_eq!(result.map(drop), expected, "{ours} as {theirs}");
        }
    }
}

#[tokio::test]
async fn tokens_of_other_kinds_and_for_other_services_are_refused() {
    let consumer = Consumer::new().await.with_keys().await;
    let tokens = &consumer.mint.tokens;
    let phone = Access {
        aud: ISSUER.to_owned(),
        client_id: "phone".to_owned(),
        ..Access::sample()
    };
    for token in [
        tokens.mint(&Refresh::sample(), now()).unwrap(),
        tokens.mint(&SignUp::sample(), now()).unwrap(),
        tokens.mint(&phone, now()).unwrap(),
    ] {
        assert!(consumer.verify_now(&token).is_err(), "{token}");
    }
}

#[tokio::test]
async fn typ_jwt_is_accepted_only_if_configured() {
    let strict = Consumer::new().await.with_keys().await;
    let lax = Consumer::built(Mint::new(), super::Builder::accept_typ_jwt).await;
    let lax = lax.with_keys().await;
    for (typ, by_strict, by_lax) in [
        ("at+jwt", true, true),
        ("application/AT+JWT", true, true),
        ("JWT", false, true),
        ("jwt", false, true),
        ("application/jwt", false, true),
        ("rt+jwt", false, false),
        ("dpop+jwt", false, false),
        ("", false, false),
    ] {
        for (consumer, expected) in [(&strict, by_strict), (&lax, by_lax)] {
            let header = with(consumer.mint.header::<Access>(), "typ", json!(typ));
            let token = consumer
                .mint
                .forge::<Access>(&header, &Access::payload().to_string());
            assert_eq!(consumer.verify_now(&token).is_ok(), expected, "{typ}");
        }
    }
}

#[tokio::test]
async fn additional_claims_can_be_read() {
    #[derive(serde::Deserialize, PartialEq, Debug)]
    struct Extra {
        tenant: String,
        #[serde(default)]
        beta: bool,
    }
    let consumer = Consumer::new().await.with_keys().await;
    let payload = with(Access::payload(), "tenant", json!("acme"));
    let claims = consumer.verify_payload(&payload).unwrap();
    assert_eq!(claims.get("tenant"), Some(&json!("acme")));
    // Claims of every token are fields.
    assert_eq!(claims.get("sub"), None);
    assert_eq!(claims.get("absent"), None);
    let extra: Extra = claims.extra().unwrap();
    assert_eq!(
        extra,
        Extra {
            tenant: "acme".to_owned(),
            beta: false
        }
    );
    assert!(
        consumer
            .verify_payload(&Access::payload())
            .unwrap()
            .extra::<Extra>()
            .is_err()
    );
}

#[tokio::test]
async fn scopes_and_roles_match_whole_words() {
    let consumer = Consumer::new().await.with_keys().await;
    let claims = consumer.verify_now(&consumer.token()).unwrap();
    for (scope, granted) in [
        ("read", true),
        ("write read", true),
        ("", true),
        ("rea", false),
        ("Read", false),
        ("read admin", false),
        (" read", false),
        ("re\"ad", false),
    ] {
        assert_eq!(claims.has_scope(scope), granted, "{scope:?}");
        assert_eq!(claims.require_scope(scope).is_ok(), granted, "{scope:?}");
    }
    for (role, has) in [
        ("user", true),
        ("admin", false),
        ("", false),
        ("use", false),
    ] {
        assert_eq!(claims.has_role(role), has, "{role:?}");
        assert_eq!(claims.require_role(role).is_ok(), has, "{role:?}");
    }
}

/// Tokens outlive releases: the present verifier accepts those of every release so far.
#[tokio::test]
async fn tokens_of_earlier_releases_are_accepted() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/0.1.0/");
    let token = fs::read_to_string(folder.to_owned() + "access.jwt").unwrap();
    let (_, rest) = token.split_once('.').unwrap();
    let consumer = Consumer::new().await.with_keys().await;
    // The key is another one than those of the consumer. All checks before the signature pass.
    assert_eq!(consumer.verify_now(token.trim()), Err(Rejected::UnknownKey));
    let payload = crate::jws_compact::decode(rest.split_once('.').unwrap().0).unwrap();
    assert_eq!(*Claims::read(&payload, now()).unwrap(), Access::sample());
}

#[tokio::test]
async fn arbitrary_text_never_panics() {
    let consumer = Consumer::new().await.with_keys().await;
    let header = consumer.mint.header::<Access>();
    proptest!(ProptestConfig::with_cases(512), |(
        text in "\\PC{0,200}|[A-Za-z0-9_.-]{0,200}|[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,90}",
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    )| {
        prop_assert!(consumer.verify_now(&text).is_err());
        prop_assert!(consumer.verify_now(&String::from_utf8_lossy(&bytes)).is_err());
        // Arbitrary content, signed by the issuer.
        let payload = String::from_utf8_lossy(&bytes);
        prop_assert!(consumer.verify_now(&consumer.mint.forge::<Access>(&header, &payload)).is_err());
        prop_assert!(consumer.verify_now(&consumer.mint.forge_text::<Access>(&text, &payload)).is_err());
    });
}

#[tokio::test]
async fn any_changed_byte_is_rejected() {
    let consumer = Consumer::new().await.with_keys().await;
    let token = consumer.token();
    proptest!(|(at in any::<prop::sample::Index>(), flip in 1_u8..128)| {
        let mut bytes = token.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert!(consumer.verify_now(&changed).is_err(), "{}", changed);
        }
    });
}
