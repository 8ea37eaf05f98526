//! Properties of all tokens, tested with random ones.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::fixture::{LEEWAY, Mint, Other, OtherPurpose, Sample, now, seconds};
use crate::{
    client::{Acr, Scope},
    identity::Role,
    json::UniqueMembers,
    token::{
        Access, Refresh, SignUp, TokenForm, TokenKind,
        claims::{is_expired, is_in_future},
        kind::RegisteredClaims,
    },
};

fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (1_i64..100_000_000).prop_map(|offset| now() + seconds(offset))
}

fn past() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..100_000_000).prop_map(|offset| now() - seconds(offset))
}

/// Generates extreme times, and times near the present.
fn extreme() -> impl Strategy<Value = i64> {
    let edges = [
        i64::MIN,
        i64::MAX,
        DateTime::<Utc>::MIN_UTC.timestamp(),
        DateTime::<Utc>::MAX_UTC.timestamp(),
        0,
    ];
    prop_oneof![
        any::<i64>(),
        proptest::sample::select(edges.to_vec()),
        (-400_000_000_i64..400_000_000).prop_map(|offset| now().timestamp() + offset),
    ]
}

/// Asserts that accepted tokens have only times within the bounds, whatever times were signed.
fn assert_bounded_times<K: Sample>(mint: &Mint, times: [i64; 4]) -> Result<(), TestCaseError> {
    let mut payload = K::payload();
    for (name, time) in ["iat", "exp", "auth_time", "abs_exp"].iter().zip(times) {
        if let Some(claim) = payload.get_mut(*name) {
            *claim = json!(time);
        }
    }
    let token = match K::FORM {
        TokenForm::Sealed { .. } => mint.seal(&payload),
        _ => mint.forge::<K>(&mint.header::<K>(), &payload.to_string()),
    };
    if let Ok(claims) = mint.verify::<K>(&token) {
        let RegisteredClaims {
            iat,
            exp,
            auth_time,
            abs_exp,
            ..
        } = claims.registered();
        for past in [Some(iat), auth_time].into_iter().flatten() {
            prop_assert!(past <= now() + seconds(LEEWAY));
        }
        for end in [Some(exp), abs_exp].into_iter().flatten() {
            prop_assert!(end > now() - seconds(LEEWAY) && end <= now() + TimeDelta::days(3660));
        }
    }
    Ok(())
}

fn scope() -> impl Strategy<Value = Scope> {
    proptest::collection::btree_set("[!#-\\[\\]-~]{1,12}", 0..5).prop_map(|words| {
        words
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
            .parse()
            .unwrap()
    })
}

fn access() -> impl Strategy<Value = Access> {
    let texts = (
        "\\PC{0,40}",
        "\\PC{0,40}",
        proptest::collection::vec("\\PC{0,8}", 0..4),
        proptest::collection::btree_map("x\\PC{0,8}", "\\PC{0,8}", 0..3),
    );
    (time(), past(), scope(), "[a-z0-9_-]{1,32}", texts).prop_map(
        |(exp, auth_time, scope, role, (jti, sid, amr, extra))| Access {
            exp,
            auth_time,
            jti,
            sid,
            acr: Acr::MultiFactor,
            amr,
            scope,
            roles: vec![Role::parse(&role).unwrap()],
            extra: UniqueMembers(
                extra
                    .into_iter()
                    .map(|(name, text)| (name, json!({ "a": [text, -1, true, null] })))
                    .collect(),
            ),
            ..Access::sample()
        },
    )
}

fn refresh() -> impl Strategy<Value = Refresh> {
    ((time(), time()), scope(), "\\PC{0,40}", "\\PC{0,40}").prop_map(
        |((exp, abs_exp), scope, jti, sid)| Refresh {
            sid,
            jti,
            exp,
            abs_exp,
            scope,
            ..Refresh::sample()
        },
    )
}

fn sign_up() -> impl Strategy<Value = SignUp> {
    (time(), "[a-z0-9.+]{1,20}", "[a-z]{1,10}").prop_filter_map("address", |(exp, local, host)| {
        let email = format!("{local}@{host}.example").parse().ok()?;
        Some(SignUp {
            email,
            exp,
            ..SignUp::sample()
        })
    })
}

fn assert_round_trip<K: Sample>(mint: &Mint, claims: &K) -> Result<(), TestCaseError> {
    let token = mint.tokens.mint(claims, now()).unwrap();
    let back = mint.verify::<K>(&token);
    prop_assert_eq!(back.as_ref(), Ok(claims));
    Ok(())
}

fn assert_changed_byte_is_rejected<K: Sample>(
    mint: &Mint,
    claims: &K,
    at: usize,
    flip: u8,
) -> Result<(), TestCaseError> {
    let token = mint.tokens.mint(claims, now()).unwrap();
    let mut bytes = token.into_bytes();
    let at = at % bytes.len();
    bytes[at] ^= flip;
    if let Ok(changed) = String::from_utf8(bytes) {
        prop_assert!(
            mint.verify::<K>(&changed).is_err(),
            "byte {} of {}",
            at,
            changed
        );
    }
    Ok(())
}

fn assert_rejected_as<K: Sample, Other: TokenKind>(
    mint: &Mint,
    claims: &K,
) -> Result<(), TestCaseError> {
    let token = mint.tokens.mint(claims, now()).unwrap();
    prop_assert!(mint.verify::<Other>(&token).is_err());
    Ok(())
}

fn verify_as_every_kind(mint: &Mint, text: &str) {
    let _ = mint.verify::<Access>(text);
    let _ = mint.verify::<Refresh>(text);
    let _ = mint.verify::<SignUp>(text);
}

#[test]
fn every_time_of_every_kind_is_bounded() {
    let mint = Mint::new();
    let times = [extreme(), extreme(), extreme(), extreme()];
    proptest!(ProptestConfig::with_cases(512), |(times in times)| {
        assert_bounded_times::<Access>(&mint, times)?;
        assert_bounded_times::<Refresh>(&mint, times)?;
        assert_bounded_times::<SignUp>(&mint, times)?;
        // One extreme time, and the others valid.
        let valid = [0, 60, 0, 120].map(|offset| now().timestamp() + offset);
        for (at, time) in times.into_iter().enumerate() {
            let mut one = valid;
            one[at] = time;
            assert_bounded_times::<Access>(&mint, one)?;
            assert_bounded_times::<Refresh>(&mint, one)?;
            assert_bounded_times::<SignUp>(&mint, one)?;
        }
    });
}

#[test]
fn login_is_recent_within_the_limit_and_never_in_the_future() {
    let is_recent = |auth_time: DateTime<Utc>, within: TimeDelta| {
        let session = Access {
            auth_time,
            ..Access::sample()
        };
        session.is_recent(within, now())
    };
    for (offset, recent) in [
        (0, true),
        (-600, true),
        (-601, false),
        (60, true),
        (61, false),
        (86_400, false),
    ] {
        let auth_time = now() + seconds(offset);
        assert_eq!(is_recent(auth_time, seconds(600)), recent, "{offset}");
    }
    proptest!(|(time in extreme(), within in 0_i64..315_360_000)| {
        let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
        for time in DateTime::from_timestamp(time, 0).into_iter().chain(ends) {
            let ago = (now() - time).num_seconds();
            prop_assert_eq!(is_recent(time, seconds(within)), (-60..=within).contains(&ago));
            is_in_future(time, now(), seconds(within));
            is_expired(time, now(), seconds(within));
        }
    });
}

#[test]
fn minted_token_verifies_with_the_same_claims() {
    let mints: Vec<_> = Mint::each().collect();
    let mint = Mint::new();
    proptest!(|(access in access(), refresh in refresh(), sign_up in sign_up())| {
        for mint in &mints {
            assert_round_trip(mint, &access)?;
        }
        assert_round_trip(&mint, &refresh)?;
        assert_round_trip(&mint, &sign_up)?;
    });
}

#[test]
fn any_changed_byte_is_rejected() {
    let mints: Vec<_> = Mint::each().collect();
    let mint = Mint::new();
    proptest!(ProptestConfig::with_cases(512), |(
        access in access(), refresh in refresh(), sign_up in sign_up(),
        at in any::<usize>(), flip in 1_u8..128,
    )| {
        for mint in &mints {
            assert_changed_byte_is_rejected(mint, &access, at, flip)?;
        }
        assert_changed_byte_is_rejected(&mint, &refresh, at, flip)?;
        assert_changed_byte_is_rejected(&mint, &sign_up, at, flip)?;
    });
}

#[test]
fn token_is_rejected_as_any_other_kind_or_purpose() {
    let mint = Mint::new();
    proptest!(ProptestConfig::with_cases(64), |(access in access(), refresh in refresh(), sign_up in sign_up())| {
        assert_rejected_as::<_, Refresh>(&mint, &access)?;
        assert_rejected_as::<_, SignUp>(&mint, &access)?;
        assert_rejected_as::<_, Access>(&mint, &refresh)?;
        assert_rejected_as::<_, SignUp>(&mint, &refresh)?;
        assert_rejected_as::<_, Access>(&mint, &sign_up)?;
        assert_rejected_as::<_, Refresh>(&mint, &sign_up)?;
        assert_rejected_as::<_, OtherPurpose>(&mint, &sign_up)?;
        assert_rejected_as::<_, SignUp>(&mint, &Other::<0>(sign_up))?;
    });
}

#[test]
fn arbitrary_bytes_never_panic() {
    let mint = Mint::new();
    let kid = mint.secret_kid();
    proptest!(ProptestConfig::with_cases(512), |(
        text in "\\PC{0,200}|[A-Za-z0-9_.-]{0,200}|[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,90}",
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    )| {
        verify_as_every_kind(&mint, &text);
        verify_as_every_kind(&mint, &format!("{kid}.{text}"));
        verify_as_every_kind(&mint, &String::from_utf8_lossy(&bytes));
        // Arbitrary content, signed with valid keys.
        let payload = String::from_utf8_lossy(&bytes);
        let header = mint.header::<Access>();
        let _ = mint.verify::<Access>(&mint.forge::<Access>(&header, &payload));
        let _ = mint.verify::<Refresh>(&mint.forge_text::<Refresh>(&text, &payload));
    });
}
