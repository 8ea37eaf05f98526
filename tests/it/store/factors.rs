//! Second factors in the store: every change is one transaction, and concurrent changes follow one another.

use futures_util::future::join_all;
use rstest_reuse::apply;
use signet::{
    entropy::Entropy,
    identity::{Credential, CredentialKind, EnrolledFactors, Epoch, StoredVerifier, User},
    store::{FactorChange, Store},
};

use super::{fresh, migrated, new_user, now};
use crate::support::{Engine, both_engines};

async fn ada(store: &Store) -> User {
    let new = new_user("ada@example.com");
    store.create_user(&new).await.unwrap();
    new.user
}

fn factor(user: &User, kind: CredentialKind, verifier: &str) -> Credential {
    let verifier = StoredVerifier::new(verifier.to_owned());
    Credential::new(user.id, kind, verifier, now(), &Entropy::system()).unwrap()
}

async fn adds_totp(store: &Store, user: &User, epochs: (Epoch, Epoch)) -> FactorChange {
    let totp = factor(user, CredentialKind::Totp, "sealed");
    store.add_totp_if(epochs, &totp, now()).await.unwrap()
}

/// The factors that the read of a login finds.
async fn found(store: &Store, user: &User) -> EnrolledFactors {
    let found = store.user_with_password(&user.email).await.unwrap();
    found.unwrap().factors
}

#[apply(both_engines)]
#[tokio::test]
async fn login_read_finds_the_factors(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = ada(&store).await;
    let (has_totp, has_recovery_codes) = (true, true);
    assert_eq!(found(&store, &ada).await, EnrolledFactors::default());
    let codes = |verifier| factor(&ada, CredentialKind::RecoveryCodes, verifier);
    let sets = async |epoch, verifier| {
        let codes = codes(verifier);
        store
            .set_recovery_codes_if(epoch, &codes, now())
            .await
            .unwrap()
    };
    // Recovery codes need another factor.
    assert_eq!(sets(ada.session_epoch, "[1]").await, FactorChange::Refused);
    let epoch = fresh();
    let epochs = (ada.session_epoch, epoch);
    assert_eq!(adds_totp(&store, &ada, epochs).await, FactorChange::Done);
    assert_eq!(adds_totp(&store, &ada, epochs).await, FactorChange::Ended);
    let second = adds_totp(&store, &ada, (epoch, fresh())).await;
    assert_eq!(second, FactorChange::Refused);
    assert_eq!(sets(ada.session_epoch, "[1]").await, FactorChange::Ended);
    for (verifier, has_codes) in [("[1]", true), ("[]", false), ("[2]", true)] {
        assert_eq!(sets(epoch, verifier).await, FactorChange::Done);
        let expected = EnrolledFactors {
            has_totp,
            has_passkey: false,
            has_recovery_codes: has_codes && has_recovery_codes,
        };
        assert_eq!(found(&store, &ada).await, expected, "{verifier}");
    }
    let stored = store.user_and_factors(ada.id).await.unwrap().unwrap();
    assert_eq!(stored.totp.unwrap().verifier.expose(), "sealed");
    assert_eq!(stored.recovery_codes.unwrap().verifier.expose(), "[2]");
    let rows = store.totp_rows(None, 10).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.user_id).collect::<Vec<_>>(),
        [ada.id]
    );
    assert!(store.totp_rows(Some(ada.id), 10).await.unwrap().is_empty());
    // The codes go with the last factor.
    let removed = store.remove_totp_if(ada.id, (epoch, fresh()), now());
    assert_eq!(removed.await.unwrap(), FactorChange::Done);
    let left = store.user_and_factors(ada.id).await.unwrap().unwrap();
    assert!(left.totp.is_none() && left.recovery_codes.is_none());
    let epoch = left.user.session_epoch;
    let again = store.remove_totp_if(ada.id, (epoch, fresh()), now());
    assert_eq!(again.await.unwrap(), FactorChange::Refused);
}

/// The read of a login counts passkeys of the present RP ID and of a version that this release reads.
#[apply(both_engines)]
#[tokio::test]
async fn passkey_counts_for_its_rp_id(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = ada(&store).await;
    let mut epoch = ada.session_epoch;
    for (rp_id, of_rp_id) in [("a_b.example", true), ("a-b.example", false)] {
        for (version, is_read) in [(1, true), (2, false)] {
            let text = format!(
                r#"{{"v":{version},"id":"AA","rp_id":"{rp_id}","name":"\",\"rp_id\":\"x.example\",\""}}"#
            );
            let passkey = factor(&ada, CredentialKind::Passkey, &text);
            let next = fresh();
            let added = store.add_passkey_if(epoch, next, &passkey).await;
            assert!(added.unwrap());
            epoch = next;
            let counts = async |rp_id| {
                let store = store.clone().with_passkeys_of(rp_id);
                found(&store, &ada).await.has_passkey
            };
            assert_eq!(counts(Some("a_b.example")).await, of_rp_id && is_read);
            for other in [None, Some("x.example"), Some("b.example"), Some("example")] {
                assert!(!counts(other).await, "{other:?}");
            }
            let removed = store.reset_factors(ada.id, epoch, now());
            assert!(removed.await.unwrap());
        }
    }
}

/// Recovery codes that an edited database left without a factor may be those of someone else.
#[apply(both_engines)]
#[tokio::test]
async fn first_factor_removes_recovery_codes_without_a_factor(engine: Engine) {
    let (database, store) = migrated(engine).await;
    let ada = ada(&store).await;
    let epochs = (ada.session_epoch, ada.session_epoch);
    for is_passkey in [false, true] {
        adds_totp(&store, &ada, epochs).await;
        let codes = factor(&ada, CredentialKind::RecoveryCodes, "[1]");
        let set = store.set_recovery_codes_if(epochs.0, &codes, now());
        assert_eq!(set.await.unwrap(), FactorChange::Done);
        let gone = "DELETE FROM credentials WHERE type = 'totp'";
        database.execute(gone).await;
        assert!(found(&store, &ada).await.has_recovery_codes);
        if is_passkey {
            let passkey = factor(&ada, CredentialKind::Passkey, "{}");
            let added = store.add_passkey_if(epochs.0, epochs.1, &passkey);
            assert!(added.await.unwrap());
        } else {
            let added = adds_totp(&store, &ada, epochs).await;
            assert_eq!(added, FactorChange::Done);
        }
        assert!(!found(&store, &ada).await.has_recovery_codes);
        store.remove_totp_if(ada.id, epochs, now()).await.unwrap();
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn reset_removes_every_factor_and_keeps_the_password(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = ada(&store).await;
    let epochs = (ada.session_epoch, ada.session_epoch);
    adds_totp(&store, &ada, epochs).await;
    let before = store.user_and_password(ada.id).await.unwrap().unwrap();
    let epoch = fresh();
    assert!(store.reset_factors(ada.id, epoch, now()).await.unwrap());
    let after = store.user_and_password(ada.id).await.unwrap().unwrap();
    assert_eq!(after.factors, EnrolledFactors::default());
    assert_eq!(after.user.session_epoch, epoch);
    assert_eq!(after.verifier, before.verifier);
    store.delete_user(ada.id).await.unwrap();
    assert!(!store.reset_factors(ada.id, fresh(), now()).await.unwrap());
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_twenty_concurrent_enrolments_succeeds(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = ada(&store).await;
    let adds = (0..20).map(|_| adds_totp(&store, &ada, (ada.session_epoch, fresh())));
    let added = join_all(adds).await;
    let done = added.iter().filter(|it| **it == FactorChange::Done);
    assert_eq!(done.count(), 1, "{added:?}");
    assert_eq!(store.totp_rows(None, 10).await.unwrap().len(), 1);
}
