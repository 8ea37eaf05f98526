//! Nonces of nodes with common and with different secrets.

use std::{fs, os::unix::fs::PermissionsExt};

use chrono::TimeDelta;
use proptest::prelude::*;

use super::fixture::now;
use crate::{
    client::Algorithm,
    dpop::Nonces,
    entropy::Entropy,
    keyring::{self, KeyKind},
    token::tests::fixture::{ISSUER, Mint, seconds},
};

fn nonces(mint: &Mint) -> Nonces {
    Nonces::new(mint.tokens.keyring().clone())
}

/// A mint with a copy of the secret of another one, and this issuer.
fn with_secret_of(mint: &Mint, issuer: &str) -> Mint {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(mint.tokens.keyring().folder()).unwrap() {
        let path = entry.unwrap().path();
        let copy = folder.path().join(path.file_name().unwrap());
        fs::copy(&path, &copy).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)).unwrap();
    }
    Mint::configured(folder, Algorithm::Es256, issuer, "")
}

#[test]
fn nonces_are_accepted_for_two_steps_and_one_step_ahead() {
    let nonces = nonces(&Mint::new());
    let nonce = nonces.current(now()).unwrap();
    assert_eq!(nonces.current(now() + seconds(59)).unwrap(), nonce);
    assert_ne!(nonces.current(now() + seconds(60)).unwrap(), nonce);
    for (offset, is_replaced) in [
        (-61, None),
        (-60, Some(false)),
        (0, Some(false)),
        (59, Some(false)),
        (60, Some(true)),
        (179, Some(true)),
        (180, None),
    ] {
        let found = nonces.find(&nonce, now() + seconds(offset));
        assert_eq!(found.map(|it| it.is_replaced), is_replaced, "{offset}");
        if let Some(found) = found {
            assert_eq!(found.until, now() + seconds(180));
        }
    }
}

#[test]
fn nonces_of_other_nodes_are_accepted_and_those_of_other_issuers_are_not() {
    let first = Mint::new();
    let nonce = nonces(&first).current(now()).unwrap();
    let second = with_secret_of(&first, ISSUER);
    assert!(nonces(&second).find(&nonce, now()).is_some());
    let elsewhere = with_secret_of(&first, "https://auth.example.org");
    assert!(nonces(&elsewhere).find(&nonce, now()).is_none());
    assert!(nonces(&Mint::new()).find(&nonce, now()).is_none());
}

#[test]
fn nonces_survive_a_rotation_of_the_secret() {
    let mint = Mint::new();
    let nonces = nonces(&mint);
    let rotated = now() + seconds(30);
    let folder = mint.tokens.keyring().folder();
    keyring::write_successors(folder, &[KeyKind::Secret], rotated, &Entropy::system()).unwrap();
    let before = nonces.current(now()).unwrap();
    mint.tokens.keyring().reload(now()).unwrap();
    assert_eq!(nonces.current(now()).unwrap(), before);
    let after = nonces.current(rotated).unwrap();
    assert_ne!(after, before);
    for nonce in [before, after] {
        assert!(nonces.find(&nonce, rotated).is_some());
    }
}

proptest! {
    #[test]
    fn other_texts_are_no_nonces(text in ".{0,60}", offset in 0_i64..1_000_000) {
        let nonces = nonces(&Mint::new());
        let at = now() + TimeDelta::seconds(offset);
        prop_assert!(nonces.find(&text, at).is_none());
        let nonce = nonces.current(at).unwrap();
        prop_assert!(nonces.find(nonce.get(1..).unwrap(), at).is_none());
        prop_assert!(nonces.find(&(nonce.clone() + "A"), at).is_none());
        prop_assert!(nonces.find(&nonce, at).is_some());
    }
}
