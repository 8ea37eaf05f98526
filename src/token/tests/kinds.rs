//! The walls between kinds, between services, and around what is minted at all.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    fixture::{Mint, Other, Sample, now, seconds},
    forged::{is_good, with, without},
};
use crate::{
    client::Algorithm,
    token::{Access, Refresh, SignUp, TokenRejection, Tokens},
};

#[test]
fn what_is_too_long_is_refused_before_it_is_decoded() {
    let mint = Mint::new();
    let token = mint.tokens.mint(&Access::sample(), now()).unwrap();
    let padded = format!("{token}{}", "A".repeat(Tokens::MAX_BYTES));
    assert_eq!(mint.verify::<Access>(&padded), Err(TokenRejection::TooLong));
    assert_eq!(
        mint.verify::<SignUp>(&".".repeat(1_000_000)),
        Err(TokenRejection::TooLong)
    );
}

#[test]
fn another_services_key_is_unknown() {
    let (ours, theirs) = (Mint::new(), Mint::new());
    let access = theirs.tokens.mint(&Access::sample(), now()).unwrap();
    assert_eq!(
        ours.verify::<Access>(&access),
        Err(TokenRejection::UnknownKey)
    );
    let (one, other) = (Mint::of(Algorithm::EdDsa), Mint::of(Algorithm::EdDsa));
    let access = other.tokens.mint(&Access::sample(), now()).unwrap();
    assert_eq!(
        one.verify::<Access>(&access),
        Err(TokenRejection::UnknownKey)
    );
    // Both secrets began in the same second, so they share a `kid` and differ in the key.
    let refresh = theirs.tokens.mint(&Refresh::sample(), now()).unwrap();
    assert_eq!(
        ours.verify::<Refresh>(&refresh),
        Err(TokenRejection::Signature)
    );
    let sign_up = theirs.tokens.mint(&SignUp::sample(), now()).unwrap();
    assert_eq!(
        ours.verify::<SignUp>(&sign_up),
        Err(TokenRejection::Signature)
    );
}

#[test]
fn a_secret_newer_than_held_is_told_apart_from_an_unknown_one() {
    let mint = Mint::new();
    let verify = |kid: &str| {
        let header = json!({"alg": "HS256", "typ": "rt+jwt", "kid": kid});
        let later = now() + seconds(3600);
        let token = mint.forge::<Refresh>(&header, &Refresh::payload().to_string());
        let sealed = format!("{kid}.{}", "A".repeat(200));
        let refused = mint.tokens.verify::<SignUp>(&sealed, later).unwrap_err();
        assert_eq!(
            mint.tokens.verify::<Refresh>(&token, later).unwrap_err(),
            refused
        );
        refused
    };
    assert_eq!(
        verify("m20260101T003000Z"),
        TokenRejection::KeyNewerThanHeld
    );
    // The clock of the node that began to use it may be ahead.
    assert_eq!(
        verify("m20260101T010030Z"),
        TokenRejection::KeyNewerThanHeld
    );
    assert_eq!(verify("m20260101T010031Z"), TokenRejection::UnknownKey);
    assert_eq!(verify("m20251231T235959Z"), TokenRejection::UnknownKey);
    assert_eq!(verify("m20260101T0030"), TokenRejection::UnknownKey);
}

/// Every kind at every consumer: only the diagonal passes. What is sealed has the same claims.
#[test]
fn no_kind_passes_as_another() {
    fn row<K: Sample>(mint: &Mint) -> [bool; 9] {
        let token = mint.tokens.mint(&K::sample(), now()).unwrap();
        [
            mint.verify::<Access>(&token).is_ok(),
            mint.verify::<Refresh>(&token).is_ok(),
            mint.verify::<SignUp>(&token).is_ok(),
            mint.verify::<Other<0>>(&token).is_ok(),
            mint.verify::<Other<1>>(&token).is_ok(),
            mint.verify::<Other<2>>(&token).is_ok(),
            mint.verify::<Other<3>>(&token).is_ok(),
            mint.verify::<Other<4>>(&token).is_ok(),
            mint.verify::<Other<5>>(&token).is_ok(),
        ]
    }
    let mint = Mint::new();
    let matrix = [
        row::<Access>(&mint),
        row::<Refresh>(&mint),
        row::<SignUp>(&mint),
        row::<Other<0>>(&mint),
        row::<Other<1>>(&mint),
        row::<Other<2>>(&mint),
        row::<Other<3>>(&mint),
        row::<Other<4>>(&mint),
        row::<Other<5>>(&mint),
    ];
    for (minted, row) in matrix.iter().enumerate() {
        for (presented, passes) in row.iter().enumerate() {
            assert_eq!(
                *passes,
                minted == presented,
                "kind {minted} at consumer {presented}"
            );
        }
    }
}

/// Each `typ` at each kind of client, and each kind of token in the name of either client.
#[test]
fn a_token_is_of_the_type_that_its_client_is_configured_with() {
    for mint in Mint::each() {
        for (client_id, its_own) in [("web", "at+jwt"), ("spring", "JWT")] {
            let payload = with(Access::payload(), "client_id", json!(client_id));
            for (typ, is_its_own) in [
                ("at+jwt", its_own == "at+jwt"),
                ("application/AT+JWT", its_own == "at+jwt"),
                ("JWT", its_own == "JWT"),
                ("jwt", its_own == "JWT"),
                ("application/jwt", its_own == "JWT"),
                ("", false),
                ("rt+jwt", false),
                ("dpop+jwt", false),
                ("logout+jwt", false),
            ] {
                let header = with(mint.header::<Access>(), "typ", json!(typ));
                let expected = if is_its_own {
                    Ok(())
                } else {
                    Err(TokenRejection::Header)
                };
                let judged = is_good::<Access>(&mint, &header, &payload);
                assert_eq!(judged, expected, "{typ} of {client_id}");
            }
            for header in [
                without(mint.header::<Access>(), "typ"),
                with(mint.header::<Access>(), "typ", json!(null)),
            ] {
                let judged = is_good::<Access>(&mint, &header, &payload);
                assert_eq!(judged, Err(TokenRejection::Header), "{header}");
            }
            // What is minted says what is demanded.
            let claims = Access {
                client_id: client_id.to_owned(),
                ..Access::sample()
            };
            let token = mint.tokens.mint(&claims, now()).unwrap();
            let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap());
            let header: Value = serde_json::from_slice(&header.unwrap()).unwrap();
            assert_eq!(header, with(mint.header::<Access>(), "typ", json!(its_own)));
            assert_eq!(mint.verify::<Access>(&token), Ok(claims));
        }
    }
}

/// `JWT` says nothing about a kind, so the key and the audience must.
#[test]
fn a_client_of_plain_jwts_opens_no_door_to_other_kinds() {
    let mint = Mint::new();
    let of_spring = |payload: Value| with(payload, "client_id", json!("spring")).to_string();
    let jwt = |header: Value| with(header, "typ", json!("JWT"));
    let (access, refresh) = (Access::payload(), Refresh::payload());
    let is_access = |token: &str| mint.verify::<Access>(token).map(drop);
    let is_refresh = |token: &str| mint.verify::<Refresh>(token).map(drop);

    // Its access tokens are good as such, and as nothing else.
    let good = mint.forge::<Access>(&jwt(mint.header::<Access>()), &of_spring(access.clone()));
    assert_eq!(is_access(&good), Ok(()));
    assert_eq!(is_refresh(&good), Err(TokenRejection::Header));
    assert_eq!(mint.verify::<SignUp>(&good), Err(TokenRejection::Malformed));

    // Refresh tokens of its are what everybody's are, and access tokens never: not by their `typ` …
    let good = mint.forge::<Refresh>(&mint.header::<Refresh>(), &of_spring(refresh.clone()));
    assert_eq!(is_refresh(&good), Ok(()));
    assert_eq!(is_access(&good), Err(TokenRejection::Header));
    // … nor by their key …
    let as_jwt = mint.forge::<Refresh>(&jwt(mint.header::<Refresh>()), &of_spring(refresh.clone()));
    assert_eq!(is_refresh(&as_jwt), Err(TokenRejection::Header));
    assert_eq!(is_access(&as_jwt), Err(TokenRejection::UnknownKey));
    let by_secret =
        mint.forge::<Refresh>(&jwt(mint.header::<Refresh>()), &of_spring(access.clone()));
    assert_eq!(is_access(&by_secret), Err(TokenRejection::UnknownKey));
    let of_key = with(
        jwt(mint.header::<Refresh>()),
        "kid",
        json!(mint.key().kid()),
    );
    let by_secret = mint.forge::<Refresh>(&of_key, &of_spring(access.clone()));
    assert_eq!(is_access(&by_secret), Err(TokenRejection::Header));
    // … nor by their audience, were they signed by the key that is published.
    let both = Access {
        aud: refresh["aud"].as_str().unwrap().to_owned(),
        client_id: "spring".to_owned(),
        ..Access::sample()
    };
    let signed = mint.tokens.mint(&both, now()).unwrap();
    assert_eq!(is_access(&signed), Err(TokenRejection::Audience));
    assert_eq!(is_refresh(&signed), Err(TokenRejection::Header));

    // A sign-up has no header at all, whoever's it is.
    let sealed = mint.tokens.mint(
        &SignUp {
            client_id: "spring".to_owned(),
            ..SignUp::sample()
        },
        now(),
    );
    let sealed = sealed.unwrap();
    assert!(mint.verify::<SignUp>(&sealed).is_ok());
    assert_eq!(is_access(&sealed), Err(TokenRejection::Malformed));
    assert_eq!(is_refresh(&sealed), Err(TokenRejection::Malformed));
}

/// Even with the right claims and the right key, the wrong `typ`, audience or key is enough.
#[test]
fn each_wall_between_kinds_holds_alone() {
    let mint = Mint::new();
    let refresh_typ = with(mint.header::<Refresh>(), "typ", json!("at+jwt"));
    assert!(is_good::<Refresh>(&mint, &refresh_typ, &Refresh::payload()).is_err());
    let access_aud = with(Access::payload(), "aud", Refresh::payload()["aud"].clone());
    assert!(is_good::<Access>(&mint, &mint.header::<Access>(), &access_aud).is_err());
    let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": mint.secret_kid()});
    assert!(
        mint.verify::<Access>(&mint.forge::<Refresh>(&header, &Access::payload().to_string()))
            .is_err()
    );
    // A token of one client with the audience of another.
    let phone = with(Access::payload(), "client_id", json!("phone"));
    assert_eq!(
        is_good::<Access>(&mint, &mint.header::<Access>(), &phone),
        Err(TokenRejection::Audience)
    );
}

#[test]
fn what_would_not_get_in_is_not_minted() {
    let mint = Mint::new();
    let amr = vec!["x".repeat(Tokens::MAX_BYTES)];
    assert!(
        mint.tokens
            .mint(
                &Refresh {
                    amr,
                    ..Refresh::sample()
                },
                now()
            )
            .is_err()
    );
    let client_id = "unknown".to_owned();
    assert!(
        mint.tokens
            .mint(
                &Access {
                    client_id,
                    ..Access::sample()
                },
                now()
            )
            .is_err()
    );
    let before = now() - seconds(1);
    assert!(mint.tokens.mint(&Refresh::sample(), before).is_err());
}
