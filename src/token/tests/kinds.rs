//! Tokens of one kind, service or client are not accepted as those of another, and unacceptable tokens are
//! not minted.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    fixture::{Mint, Other, Sample, now, seconds},
    forged::{verify_forged, with, without},
};
use crate::{
    client::Algorithm,
    token::{Access, Refresh, SignUp, TokenRejection, Tokens},
};

#[test]
fn overlong_token_is_rejected_before_decoding() {
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
fn key_of_another_service_is_rejected() {
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
    // Both secrets began in the same second, so they have the same `kid` and different keys.
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
fn secret_newer_than_held_is_distinguished_from_an_unknown_one() {
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
    // The clock of the node that began to use the secret may be ahead.
    assert_eq!(
        verify("m20260101T010030Z"),
        TokenRejection::KeyNewerThanHeld
    );
    assert_eq!(verify("m20260101T010031Z"), TokenRejection::UnknownKey);
    assert_eq!(verify("m20251231T235959Z"), TokenRejection::UnknownKey);
    assert_eq!(verify("m20260101T0030"), TokenRejection::UnknownKey);
}

/// Each kind is verified as every kind, and only its own accepts it. All sealed kinds have the same claims.
#[test]
fn token_is_accepted_only_as_its_own_kind() {
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

/// Verifies each `typ` for each kind of client.
#[test]
fn typ_must_be_the_one_of_the_client() {
    for mint in Mint::each() {
        for (client_id, configured) in [("web", "at+jwt"), ("spring", "JWT")] {
            let payload = with(Access::payload(), "client_id", json!(client_id));
            for (typ, is_configured) in [
                ("at+jwt", configured == "at+jwt"),
                ("application/AT+JWT", configured == "at+jwt"),
                ("JWT", configured == "JWT"),
                ("jwt", configured == "JWT"),
                ("application/jwt", configured == "JWT"),
                ("", false),
                ("rt+jwt", false),
                ("dpop+jwt", false),
                ("logout+jwt", false),
            ] {
                let header = with(mint.header::<Access>(), "typ", json!(typ));
                let expected = if is_configured {
                    Ok(())
                } else {
                    Err(TokenRejection::Header)
                };
                let verified = verify_forged::<Access>(&mint, &header, &payload);
                assert_eq!(verified, expected, "{typ} of {client_id}");
            }
            for header in [
                without(mint.header::<Access>(), "typ"),
                with(mint.header::<Access>(), "typ", json!(null)),
            ] {
                let verified = verify_forged::<Access>(&mint, &header, &payload);
                assert_eq!(verified, Err(TokenRejection::Header), "{header}");
            }
            // The minted `typ` is the one that is required.
            let claims = Access {
                client_id: client_id.to_owned(),
                ..Access::sample()
            };
            let token = mint.tokens.mint(&claims, now()).unwrap();
            let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap());
            let header: Value = serde_json::from_slice(&header.unwrap()).unwrap();
            assert_eq!(
                header,
                with(mint.header::<Access>(), "typ", json!(configured))
            );
            assert_eq!(mint.verify::<Access>(&token), Ok(claims));
        }
    }
}

/// `JWT` identifies no kind, so the key and the audience must.
#[test]
fn client_with_typ_jwt_accepts_no_other_kind() {
    let mint = Mint::new();
    let of_spring = |payload: Value| with(payload, "client_id", json!("spring")).to_string();
    let jwt = |header: Value| with(header, "typ", json!("JWT"));
    let (access, refresh) = (Access::payload(), Refresh::payload());
    let is_access = |token: &str| mint.verify::<Access>(token).map(drop);
    let is_refresh = |token: &str| mint.verify::<Refresh>(token).map(drop);

    // Access tokens of this client are valid as such, and as no other kind.
    let valid = mint.forge::<Access>(&jwt(mint.header::<Access>()), &of_spring(access.clone()));
    assert_eq!(is_access(&valid), Ok(()));
    assert_eq!(is_refresh(&valid), Err(TokenRejection::Header));
    assert_eq!(
        mint.verify::<SignUp>(&valid),
        Err(TokenRejection::Malformed)
    );

    // Refresh tokens of this client are like those of other clients. They are never accepted as access
    // tokens: not by their `typ` …
    let valid = mint.forge::<Refresh>(&mint.header::<Refresh>(), &of_spring(refresh.clone()));
    assert_eq!(is_refresh(&valid), Ok(()));
    assert_eq!(is_access(&valid), Err(TokenRejection::Header));
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
    // … nor by their audience, if the published key had signed them.
    let both = Access {
        aud: refresh["aud"].as_str().unwrap().to_owned(),
        client_id: "spring".to_owned(),
        ..Access::sample()
    };
    let signed = mint.tokens.mint(&both, now()).unwrap();
    assert_eq!(is_access(&signed), Err(TokenRejection::Audience));
    assert_eq!(is_refresh(&signed), Err(TokenRejection::Header));

    // A sealed sign-up has no header, whatever its client is.
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

/// With the right claims and the right key, a wrong `typ`, audience or key alone is refused.
#[test]
fn typ_audience_and_key_each_separate_the_kinds() {
    let mint = Mint::new();
    let refresh_typ = with(mint.header::<Refresh>(), "typ", json!("at+jwt"));
    assert!(verify_forged::<Refresh>(&mint, &refresh_typ, &Refresh::payload()).is_err());
    let access_aud = with(Access::payload(), "aud", Refresh::payload()["aud"].clone());
    assert!(verify_forged::<Access>(&mint, &mint.header::<Access>(), &access_aud).is_err());
    let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": mint.secret_kid()});
    assert!(
        mint.verify::<Access>(&mint.forge::<Refresh>(&header, &Access::payload().to_string()))
            .is_err()
    );
    // A token of one client with the audience of another.
    let phone = with(Access::payload(), "client_id", json!("phone"));
    assert_eq!(
        verify_forged::<Access>(&mint, &mint.header::<Access>(), &phone),
        Err(TokenRejection::Audience)
    );
}

#[test]
fn unacceptable_tokens_are_not_minted() {
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
