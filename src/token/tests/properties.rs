//! What holds for every token, tried on random ones.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::fixture::{Mint, Other, OtherPurpose, Sample, now, seconds};
use crate::{
    client::Scope,
    identity::Role,
    json::Members,
    token::{Access, Kind, Refresh, SignUp},
};

fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (1_i64..100_000_000).prop_map(|offset| now() + seconds(offset))
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
    (time(), time(), scope(), "[a-z0-9_-]{1,32}", texts).prop_map(
        |(exp, auth_time, scope, role, (jti, sid, amr, extra))| Access {
            exp,
            auth_time,
            jti,
            sid,
            amr,
            scope,
            roles: vec![Role::parse(&role).unwrap()],
            extra: Members(
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

fn passes_nowhere_else<K: Sample, Other: Kind>(
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
