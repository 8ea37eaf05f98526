//! Users with password hashes of other systems, as an import leaves them.

use signet::{
    identity::{CredentialKind, StoredVerifier},
    network::Network,
    password::ForeignHash,
};

use super::TestService;

/// The stored password of a user.
pub async fn stored(service: &TestService, email: &str) -> StoredVerifier {
    let email = email.parse().unwrap();
    let found = service.app.store.user_with_password(&email);
    found.await.unwrap().unwrap().verifier.unwrap()
}

/// Signs a user up and replaces the password by this hash. Returns the stored text.
pub async fn user_with(service: &TestService, email: &str, hash: ForeignHash) -> StoredVerifier {
    let ada = service.signed_up(email).await;
    let place = service.app.hasher.reserve(Network::UNKNOWN).unwrap();
    let verifier = hash.into_verifier(&place).await.unwrap();
    let id = ada.claims()["sub"].as_str().unwrap().parse().unwrap();
    let old = stored(service, email).await;
    let (kind, now) = (CredentialKind::Password, service.clock.now());
    let change = (&old, &verifier);
    let replaced = service.app.store.replace_verifier(id, kind, change, now);
    assert!(replaced.await.unwrap());
    verifier
}
