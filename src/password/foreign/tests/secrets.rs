//! Secret parameters: a pepper, and the signer key of Firebase.

use super::*;

/// bcrypt 5.0.0 of `correct horsepepper`.
const PEPPERED: &str = "$2b$04$0jqywF/lHlmxZRC/btISKektVL3TvN9QK9op76M8y6g9ZulXXsbM.";

#[tokio::test]
async fn pepper_is_appended_and_sealed() {
    let hash = ForeignHash::parse(PEPPERED).unwrap().with_pepper("pepper");
    let stored = store(&hasher(), hash).await;
    let text = stored.expose();
    assert!(text.starts_with("$signet-sealed$m1."), "{text}");
    assert!(text.ends_with(PEPPERED), "{text}");
    assert!(!text.contains("pepper"), "{text}");

    let hash = ForeignHash::parse(PEPPERED).unwrap().with_pepper("pepper");
    assert_checks(
        "pepper",
        hash,
        &[PASSWORD],
        &["correct horsepepper", "pepper"],
    )
    .await;
    let hash = ForeignHash::parse(PEPPERED).unwrap().with_pepper("");
    assert_checks("no pepper", hash, &["correct horsepepper"], &[PASSWORD]).await;
    // A weak hash is wrapped, and its pepper is sealed. hashlib's MD5 of `correct horse`.
    let weak = ForeignHash::parse("3cb4e732631f47e6eb961f34554b7cde").unwrap();
    assert_checks(
        "weak",
        weak.with_pepper("horse"),
        &["correct "],
        &[PASSWORD],
    )
    .await;
}

#[tokio::test]
async fn secrets_that_cannot_be_opened_are_a_fault_of_the_service() {
    let unavailable = Err(HashingError::Secrets(SecretsUnavailable));
    let text = format!("$signet-sealed$m2.00{PEPPERED}");
    let verifier = StoredVerifier::new(text);
    assert_eq!(check(&hasher(), PASSWORD, &verifier).await, unavailable);

    let settings = hasher_settings();
    let without = Hasher::new(&settings, Entropy::system()).unwrap();
    assert_eq!(check(&without, PASSWORD, &verifier).await, unavailable);
    let place = without.reserve(Network::UNKNOWN).unwrap();
    let hash = ForeignHash::parse(PEPPERED).unwrap().with_pepper("pepper");
    let stored = hash.into_verifier(&place).await;
    assert_eq!(stored, Err(HashingError::Secrets(SecretsUnavailable)));
}

/// A sealed text is split and joined again by the code that seals it by another key.
#[tokio::test]
async fn sealed_text_is_resealed() {
    let hash = ForeignHash::parse(PEPPERED).unwrap().with_pepper("pepper");
    let stored = store(&hasher(), hash).await;
    let sealed = SealedVerifier::parse(&stored).unwrap();
    assert!(sealed.sealed().starts_with("m1."));
    let other = sealed.with("m2.00");
    assert_eq!(other.expose(), format!("$signet-sealed$m2.00{PEPPERED}"));
    let plain = StoredVerifier::new(PEPPERED.to_owned());
    assert!(SealedVerifier::parse(&plain).is_none());
}

#[test]
fn debug_output_has_no_secret() {
    let hash = ForeignHash::parse(PEPPERED).unwrap().with_pepper("pepper");
    assert_eq!(format!("{hash:?}"), "ForeignHash([secret])");
    assert_eq!(
        format!("{:?}", hash.unsealed().unwrap()),
        "HashSecrets([secret])"
    );
}

#[test]
fn firebase_without_its_key_is_malformed() {
    let text = "$signet-firebase$ln=4,r=8,p=1$42xEC+ixf3L2lw$JTg/o0DD06Ss2GMn/PvNHYeZYJYh9wiZ+fEwzYDptLnSOmLJ9a5lDpSQfTfOTApI4Wow6aogZOQ93egJ5UiQ6A";
    assert_eq!(refusal(text), Some(HashRefusal::Malformed));
    assert_eq!(refusal(&format!("$signet-sealed$m1.00{text}")), None);
}
