//! The walls between kinds, between services, and around what is minted at all.

use serde_json::json;

use super::{
    fixture::{Mint, OtherPurpose, Sample, now, seconds},
    forged::{is_good, with},
};
use crate::{
    client::Algorithm,
    token::{Access, Refresh, Rejected, SignUp, Tokens},
};

#[test]
fn what_is_too_long_is_refused_before_it_is_decoded() {
    let mint = Mint::new();
    let token = mint.tokens.mint(&Access::sample(), now()).unwrap();
    let padded = format!("{token}{}", "A".repeat(Tokens::MAX_BYTES));
    assert_eq!(mint.verify::<Access>(&padded), Err(Rejected::TooLong));
    assert_eq!(
        mint.verify::<SignUp>(&".".repeat(1_000_000)),
        Err(Rejected::TooLong)
    );
}

#[test]
fn another_services_key_is_unknown() {
    let (ours, theirs) = (Mint::new(), Mint::new());
    let access = theirs.tokens.mint(&Access::sample(), now()).unwrap();
    assert_eq!(ours.verify::<Access>(&access), Err(Rejected::UnknownKey));
    let (one, other) = (Mint::of(Algorithm::EdDsa), Mint::of(Algorithm::EdDsa));
    let access = other.tokens.mint(&Access::sample(), now()).unwrap();
    assert_eq!(one.verify::<Access>(&access), Err(Rejected::UnknownKey));
    // Both secrets began in the same second, so they share a `kid` and differ in the key.
    let refresh = theirs.tokens.mint(&Refresh::sample(), now()).unwrap();
    assert_eq!(ours.verify::<Refresh>(&refresh), Err(Rejected::Signature));
    let sign_up = theirs.tokens.mint(&SignUp::sample(), now()).unwrap();
    assert_eq!(ours.verify::<SignUp>(&sign_up), Err(Rejected::Signature));
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
    assert_eq!(verify("m20260101T003000Z"), Rejected::KeyNewerThanHeld);
    // The clock of the node that began to use it may be ahead.
    assert_eq!(verify("m20260101T010030Z"), Rejected::KeyNewerThanHeld);
    assert_eq!(verify("m20260101T010031Z"), Rejected::UnknownKey);
    assert_eq!(verify("m20251231T235959Z"), Rejected::UnknownKey);
    assert_eq!(verify("m20260101T0030"), Rejected::UnknownKey);
}

/// Every kind at every consumer: only the diagonal passes.
#[test]
fn no_kind_passes_as_another() {
    fn row<K: Sample>(mint: &Mint) -> [bool; 4] {
        let token = mint.tokens.mint(&K::sample(), now()).unwrap();
        [
            mint.verify::<Access>(&token).is_ok(),
            mint.verify::<Refresh>(&token).is_ok(),
            mint.verify::<SignUp>(&token).is_ok(),
            mint.verify::<OtherPurpose>(&token).is_ok(),
        ]
    }
    let mint = Mint::new();
    let matrix = [
        row::<Access>(&mint),
        row::<Refresh>(&mint),
        row::<SignUp>(&mint),
        row::<OtherPurpose>(&mint),
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
        Err(Rejected::Audience)
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
