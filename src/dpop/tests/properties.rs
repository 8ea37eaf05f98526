//! Properties of all proofs.

use proptest::prelude::*;

use super::fixture::{ClientKey, claims, verify, with};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_byte_of_a_proof_can_be_changed(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let proof = ClientKey::new().sign(&claims("a"));
        let mut forged = proof.clone().into_bytes();
        let at = at.index(forged.len());
        forged[at] = byte;
        let forged = String::from_utf8(forged).unwrap();
        prop_assert_eq!(verify(&forged).is_ok(), forged == proof);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,200}", header in ".{0,80}", claims in ".{0,80}") {
        let _ = verify(&text);
        let _ = verify(&ClientKey::new().sign_texts(&header, &claims));
    }

    #[test]
    fn proofs_differ_by_their_key_and_their_jti(jti in "[a-z]{1,8}", other in "[a-z]{1,8}") {
        let (key, second) = (ClientKey::new(), ClientKey::new());
        let id = |key: &ClientKey, jti: &str| verify(&key.sign(&claims(jti))).unwrap().identifier();
        prop_assert_eq!(id(&key, &jti) == id(&key, &other), jti == other);
        prop_assert_ne!(id(&key, &jti), id(&second, &jti));
        let later = verify(&key.sign(&with(claims(&jti), "iat", 1)));
        prop_assert_eq!(later.unwrap().identifier(), id(&key, &jti));
    }
}
