use proptest::prelude::*;

use super::*;
use crate::{
    blocking::Threads,
    config::{HashCost, PasswordConfig},
    entropy::Entropy,
    identity::StoredVerifier,
    network::Network,
    password::{Hasher, HashingError, PasswordCheck, PresentedPassword},
};

mod limits;
mod properties;
mod secrets;
mod sources;
mod unicode;
mod vectors;

/// The password of most vectors.
const PASSWORD: &str = "correct horse";

const COST: HashCost = HashCost {
    memory_kib: 8,
    iterations: 1,
    parallelism: 1,
};

/// Encodes instead of sealing.
#[derive(Debug)]
struct TestSealer;

impl SecretSealer for TestSealer {
    fn seal(&self, secrets: &HashSecrets) -> Result<String, SecretsUnavailable> {
        let text = serde_json::to_vec(secrets).unwrap();
        Ok(format!("m1.{}", fields::hex(&text)))
    }

    fn open<'a>(&'a self, sealed: &'a str) -> OpenedSecrets<'a> {
        let opened = || {
            let text = fields::from_hex(sealed.strip_prefix("m1.")?).ok()?;
            serde_json::from_slice(&text).ok()
        };
        let opened = opened().ok_or(SecretsUnavailable);
        Box::pin(std::future::ready(opened))
    }
}

fn hasher_settings() -> PasswordConfig {
    PasswordConfig {
        min_length: 15,
        cost: COST,
        workers: 1,
        queue: 4,
        queue_timeout: std::time::Duration::from_mins(1),
    }
}

fn hasher() -> Hasher {
    Hasher::sealing_by(
        &hasher_settings(),
        Entropy::system(),
        Threads::Separate,
        TestSealer,
    )
    .unwrap()
}

/// Stores a hash and returns the stored text.
async fn store(hasher: &Hasher, hash: ForeignHash) -> StoredVerifier {
    let place = hasher.reserve(Network::UNKNOWN).unwrap();
    hash.into_verifier(&place).await.unwrap()
}

async fn check(
    hasher: &Hasher,
    password: &str,
    verifier: &StoredVerifier,
) -> Result<PasswordCheck, HashingError> {
    let password = PresentedPassword::parse(password).unwrap();
    let place = hasher.reserve(Network::UNKNOWN).unwrap();
    place.check(password, Some(verifier)).await
}

/// Stores the hash and asserts which passwords are right, and that the stored text is read and stored as itself.
async fn assert_checks(what: &str, hash: ForeignHash, right: &[&str], wrong: &[&str]) {
    let hasher = hasher();
    let is_weak = hash.is_weak();
    let stored = store(&hasher, hash).await;
    let text = stored.expose();
    assert_eq!(text.contains("$signet-wrapped$"), is_weak, "{what}: {text}");
    let again = ForeignHash::parse(text).unwrap_or_else(|error| panic!("{what}: {text}: {error}"));
    assert!(!again.is_weak(), "{what}");
    assert_eq!(store(&hasher, again).await, stored, "{what}: {text}");
    for password in right {
        let checked = check(&hasher, password, &stored).await;
        assert_eq!(
            checked,
            Ok(PasswordCheck::RightButOutdated),
            "{what}: {password:?}: {text}"
        );
    }
    for password in wrong {
        let before = hasher.work();
        let checked = check(&hasher, password, &stored).await;
        assert_eq!(
            checked,
            Ok(PasswordCheck::Wrong),
            "{what}: {password:?}: {text}"
        );
        assert!(hasher.work() - before >= COST.work(), "{what}: {text}");
    }
}

/// Returns the reason why a text is refused.
fn refusal(text: &str) -> Option<HashRefusal> {
    ForeignHash::parse(text).err()
}
