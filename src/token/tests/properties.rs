//! What holds for every token, tried on random ones.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::fixture::{LEEWAY, Mint, Other, OtherPurpose, Sample, now, seconds};
use crate::{
    client::Scope,
    identity::Role,
    json::UniqueMembers,
    token::{
        Access, Refresh, SignUp, TokenForm, TokenKind,
        claims::{is_over, is_to_come},
        kind::RegisteredClaims,
    },
};

fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (1_i64..100_000_000).prop_map(|offset| now() + seconds(offset))
}

fn past() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..100_000_000).prop_map(|offset| now() - seconds(offset))
}

/// Times that no clock tells, and some that clocks do.
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

/// Whatever times are signed by us: what comes through the door has none that lies beyond its bounds.
fn bounds<K: Sample>(mint: &Mint, times: [i64; 4]) -> Result<(), TestCaseError> {
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

fn comes_back<K: Sample>(mint: &Mint, claims: &K) -> Result<(), TestCaseError> {
    let token = mint.tokens.mint(claims, now()).unwrap();
    let back = mint.verify::<K>(&token);
    prop_assert_eq!(back.as_ref(), Ok(claims));
    Ok(())
}

fn breaks<K: Sample>(mint: &Mint, claims: &K, at: usize, flip: u8) -> Result<(), TestCaseError> {
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

fn passes_nowhere_else<K: Sample, Other: TokenKind>(
    mint: &Mint,
    claims: &K,
) -> Result<(), TestCaseError> {
    let token = mint.tokens.mint(claims, now()).unwrap();
    prop_assert!(mint.verify::<Other>(&token).is_err());
    Ok(())
}

fn never_panics(mint: &Mint, text: &str) {
    let _ = mint.verify::<Access>(text);
    let _ = mint.verify::<Refresh>(text);
    let _ = mint.verify::<SignUp>(text);
}

#[test]
fn every_time_of_every_kind_is_bounded() {
    let mint = Mint::new();
    let times = [extreme(), extreme(), extreme(), extreme()];
    proptest!(ProptestConfig::with_cases(512), |(times in times)| {
        bounds::<Access>(&mint, times)?;
        bounds::<Refresh>(&mint, times)?;
        bounds::<SignUp>(&mint, times)?;
        // One at a time, the others as they should be.
        let good = [0, 60, 0, 120].map(|offset| now().timestamp() + offset);
        for (at, time) in times.into_iter().enumerate() {
            let mut one = good;
            one[at] = time;
            bounds::<Access>(&mint, one)?;
            bounds::<Refresh>(&mint, one)?;
            bounds::<SignUp>(&mint, one)?;
        }
    });
}

#[test]
fn a_login_is_recent_for_so_long_and_none_is_that_is_yet_to_come() {
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
            is_to_come(time, now(), seconds(within));
            is_over(time, now(), seconds(within));
        }
    });
}

#[test]
fn minting_and_verifying_gives_the_claims_back() {
    let mints: Vec<_> = Mint::each().collect();
    let mint = Mint::new();
    proptest!(|(access in access(), refresh in refresh(), sign_up in sign_up())| {
        for mint in &mints {
            comes_back(mint, &access)?;
        }
        comes_back(&mint, &refresh)?;
        comes_back(&mint, &sign_up)?;
    });
}

#[test]
fn any_changed_byte_is_refused() {
    let mints: Vec<_> = Mint::each().collect();
    let mint = Mint::new();
    proptest!(ProptestConfig::with_cases(512), |(
        access in access(), refresh in refresh(), sign_up in sign_up(),
        at in any::<usize>(), flip in 1_u8..128,
    )| {
        for mint in &mints {
            breaks(mint, &access, at, flip)?;
        }
        breaks(&mint, &refresh, at, flip)?;
        breaks(&mint, &sign_up, at, flip)?;
    });
}

#[test]
fn kinds_and_purposes_never_cross() {
    let mint = Mint::new();
    proptest!(ProptestConfig::with_cases(64), |(access in access(), refresh in refresh(), sign_up in sign_up())| {
        passes_nowhere_else::<_, Refresh>(&mint, &access)?;
        passes_nowhere_else::<_, SignUp>(&mint, &access)?;
        passes_nowhere_else::<_, Access>(&mint, &refresh)?;
        passes_nowhere_else::<_, SignUp>(&mint, &refresh)?;
        passes_nowhere_else::<_, Access>(&mint, &sign_up)?;
        passes_nowhere_else::<_, Refresh>(&mint, &sign_up)?;
        passes_nowhere_else::<_, OtherPurpose>(&mint, &sign_up)?;
        passes_nowhere_else::<_, SignUp>(&mint, &Other::<0>(sign_up))?;
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
        never_panics(&mint, &text);
        never_panics(&mint, &format!("{kid}.{text}"));
        never_panics(&mint, &String::from_utf8_lossy(&bytes));
        // Whatever it says, signed by us.
        let payload = String::from_utf8_lossy(&bytes);
        let header = mint.header::<Access>();
        let _ = mint.verify::<Access>(&mint.forge::<Access>(&header, &payload));
        let _ = mint.verify::<Refresh>(&mint.forge_text::<Refresh>(&text, &payload));
    });
}
