//! The age of proofs, their single use, and the keys that tokens are bound to.

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use serde_json::Value;

use super::fixture::{ClientKey, claims, now, with};
use crate::{
    client::{Client, ClientDpop, DpopMode, KeyThumbprint},
    config::NoncePolicy,
    coordination::SpentMarks,
    dpop::{
        PossessionError, PresentedProof, ProofError, ProofRejection, ProofVerifier, TokenBinding,
    },
    metrics::Metrics,
    token::tests::fixture::{Mint, seconds},
};

fn verifier_of(mint: &Mint, policy: NoncePolicy, seen: SpentMarks) -> ProofVerifier {
    let keyring = mint.tokens.keyring().clone();
    ProofVerifier::new(keyring, policy, seen, Metrics::default())
}

fn verifier() -> ProofVerifier {
    verifier_of(&Mint::new(), NoncePolicy::WhenNeeded, SpentMarks::default())
}

/// Verifies a new proof with these claims: the nonce for the next proof, or the nonce of the refusal.
fn send(
    verifier: &ProofVerifier,
    key: &ClientKey,
    claims: &Value,
    now: DateTime<Utc>,
) -> Result<Option<String>, String> {
    let thumbprint = KeyThumbprint::parse(&key.thumbprint()).unwrap();
    let presented = key.presents(claims);
    let verified = verifier.of_key(&thumbprint, &presented, None, now);
    match verified.now_or_never().unwrap() {
        Ok(possession) => {
            assert_eq!(possession.key.unwrap().as_str(), key.thumbprint());
            Ok(possession.next_nonce)
        }
        Err(PossessionError::Proof(ProofError::UseNonce { nonce, .. })) => Err(nonce),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn clock_of_the_client_matters_only_without_a_nonce() {
    let (verifier, key) = (verifier(), ClientKey::new());
    for (number, offset) in [-600, -61, -60, 0, 60, 61, 600].into_iter().enumerate() {
        let claims = with(
            claims(&format!("a{number}")),
            "iat",
            now().timestamp() + offset,
        );
        let sent = send(&verifier, &key, &claims, now());
        if (-60..=60).contains(&offset) {
            assert_eq!(sent, Ok(None), "{offset}");
            continue;
        }
        let nonce = sent.unwrap_err();
        let claims = with(with(claims, "jti", format!("b{number}")), "nonce", nonce);
        assert_eq!(send(&verifier, &key, &claims, now()), Ok(None), "{offset}");
    }
}

#[test]
fn next_nonce_is_sent_if_the_step_has_moved() {
    let (verifier, key) = (verifier(), ClientKey::new());
    let old = with(claims("a"), "iat", 0);
    let nonce = send(&verifier, &key, &old, now()).unwrap_err();
    let with_nonce = |jti| with(with(old.clone(), "jti", jti), "nonce", nonce.clone());
    let later = now() + seconds(60);
    assert_eq!(send(&verifier, &key, &with_nonce("b"), now()), Ok(None));
    let next = send(&verifier, &key, &with_nonce("c"), later);
    let next = next.unwrap().unwrap();
    assert_ne!(next, nonce);
    let too_late = now() + seconds(180);
    let newest = send(&verifier, &key, &with_nonce("d"), too_late).unwrap_err();
    assert_ne!(newest, next);
}

#[test]
fn policy_always_asks_for_a_nonce() {
    let (mint, key) = (Mint::new(), ClientKey::new());
    let verifier = verifier_of(&mint, NoncePolicy::Always, SpentMarks::default());
    let nonce = send(&verifier, &key, &claims("a"), now()).unwrap_err();
    let invented = with(claims("b"), "nonce", "invented");
    assert_eq!(send(&verifier, &key, &invented, now()), Err(nonce.clone()));
    let claims = with(claims("c"), "nonce", nonce);
    assert_eq!(send(&verifier, &key, &claims, now()), Ok(None));
}

#[test]
fn repeated_proof_is_refused_as_long_as_it_would_be_fresh() {
    let (verifier, key) = (verifier(), ClientKey::new());
    let ahead = with(claims("a"), "iat", now().timestamp() + 60);
    assert_eq!(send(&verifier, &key, &ahead, now()), Ok(None));
    for offset in [0, 1, 60, 120, 600] {
        let repeated = send(&verifier, &key, &ahead, now() + seconds(offset));
        assert!(repeated.is_err(), "{offset}");
    }
    let nonce = send(&verifier, &key, &ahead, now()).unwrap_err();
    let with_nonce = with(with(ahead, "jti", "b"), "nonce", nonce);
    assert_eq!(send(&verifier, &key, &with_nonce, now()), Ok(None));
    for offset in [0, 59, 119, 179, 180] {
        let repeated = send(&verifier, &key, &with_nonce, now() + seconds(offset));
        assert!(repeated.is_err(), "{offset}");
    }
}

#[test]
fn refused_proof_is_not_used_up() {
    let (verifier, key) = (verifier(), ClientKey::new());
    let early = with(claims("a"), "iat", now().timestamp() + 90);
    assert!(send(&verifier, &key, &early, now()).is_err());
    assert_eq!(send(&verifier, &key, &early, now() + seconds(30)), Ok(None));
}

#[tokio::test]
async fn full_memory_accepts_only_nonces_of_the_present_step() {
    let (mint, key, seen) = (Mint::new(), ClientKey::new(), SpentMarks::default());
    let verifier = verifier_of(&mint, NoncePolicy::WhenNeeded, seen.clone());
    let until = now() + seconds(3600);
    let mut number = 0;
    while seen.spend(&number.to_string(), until, now()).await.is_ok() {
        number += 1;
    }
    let nonce = send(&verifier, &key, &claims("a"), now()).unwrap_err();
    let with_nonce = with(claims("a"), "nonce", nonce);
    assert_eq!(send(&verifier, &key, &with_nonce, now()), Ok(None));
    let later = now() + seconds(60);
    assert!(send(&verifier, &key, &with_nonce, later).is_err());
}

fn client(mint: &Mint, mode: DpopMode, required_from: Option<DateTime<Utc>>) -> Client {
    let web = mint.tokens.clients().get("web").unwrap();
    let dpop = ClientDpop {
        mode,
        required_from,
        ..ClientDpop::default()
    };
    Client {
        dpop,
        ..web.clone()
    }
}

#[test]
fn new_tokens_are_bound_as_the_mode_of_the_client_says() {
    let (mint, key) = (Mint::new(), ClientKey::new());
    let verifier = verifier_of(&mint, NoncePolicy::WhenNeeded, SpentMarks::default());
    let bound = |mode, presented: &PresentedProof| {
        let client = client(&mint, mode, None);
        let possession = verifier.of_new_tokens(&client, presented, now());
        let possession = possession.now_or_never().unwrap();
        possession.map(|possession| possession.key.is_some())
    };
    let none = PresentedProof::default();
    assert_eq!(bound(DpopMode::Off, &none), Ok(false));
    assert_eq!(bound(DpopMode::Off, &key.presents(&claims("a"))), Ok(false));
    assert_eq!(bound(DpopMode::Allowed, &none), Ok(false));
    assert_eq!(
        bound(DpopMode::Allowed, &key.presents(&claims("b"))),
        Ok(true)
    );
    let missing = Err(ProofError::Invalid(ProofRejection::Missing));
    assert_eq!(bound(DpopMode::Required, &none), missing);
    assert_eq!(
        bound(DpopMode::Required, &key.presents(&claims("c"))),
        Ok(true)
    );
}

/// The whole table: the mode of the client, the token, and the proof.
#[test]
fn successors_need_the_proof_of_the_key_in_every_mode() {
    let (mint, key, other) = (Mint::new(), ClientKey::new(), ClientKey::new());
    let verifier = verifier_of(&mint, NoncePolicy::WhenNeeded, SpentMarks::default());
    let thumbprint = KeyThumbprint::parse(&key.thumbprint()).unwrap();
    let mut number = 0;
    let mut outcome = |client: &Client, is_bound: bool, by: Option<&ClientKey>| {
        number += 1;
        let proof = by.map(|key| key.presents(&claims(&number.to_string())));
        let token = TokenBinding {
            key: is_bound.then_some(&thumbprint),
            issued_at: now(),
        };
        let presented = proof.unwrap_or_default();
        let possession = verifier.of_successors(client, token, &presented, now());
        match possession.now_or_never().unwrap() {
            Ok(possession) if possession.key.is_some() => "bound",
            Ok(_) => "unbound",
            Err(PossessionError::OtherKey) => "other key",
            Err(PossessionError::Unbound) => "refused",
            Err(PossessionError::Proof(ProofError::Invalid(ProofRejection::Missing))) => "no proof",
            Err(error) => panic!("{error}"),
        }
    };
    let before = now() + seconds(1);
    for (mode, from, unbound) in [
        (DpopMode::Off, None, ["unbound", "unbound"]),
        (DpopMode::Allowed, None, ["unbound", "bound"]),
        (DpopMode::Required, None, ["refused", "refused"]),
        (DpopMode::Required, Some(now()), ["refused", "refused"]),
        (DpopMode::Required, Some(before), ["no proof", "bound"]),
    ] {
        let client = client(&mint, mode, from);
        let found = [None, Some(&key)].map(|by| outcome(&client, false, by));
        assert_eq!(found, unbound, "{mode:?} {from:?}");
        let found = [None, Some(&key), Some(&other)].map(|by| outcome(&client, true, by));
        assert_eq!(found, ["no proof", "bound", "other key"], "{mode:?}");
    }
}
