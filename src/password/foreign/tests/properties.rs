//! Arbitrary texts.

use super::*;

/// Texts that resemble hashes.
fn resembling() -> impl Strategy<Value = String> {
    let head = prop_oneof![
        "\\$2[abxy]\\$[0-9]{1,3}\\$[./A-Za-z0-9]{50,56}",
        "\\$argon2(id|i|d)\\$(v=1[69]\\$)?m=[0-9]{1,10},t=[0-9]{1,10},p=[0-9]{1,6}\\$[A-Za-z0-9+/]{0,30}\\$[A-Za-z0-9+/]{0,60}",
        "\\$pbkdf2-sha(1|256|512)\\$i=[0-9]{1,11}(,l=[0-9]{1,3})?\\$[A-Za-z0-9+/]{0,30}\\$[A-Za-z0-9+/]{0,90}",
        "\\$(scrypt|signet-firebase)\\$ln=[0-9]{1,6},r=[0-9]{1,11},p=[0-9]{1,11}\\$[A-Za-z0-9+/]{0,30}\\$[A-Za-z0-9+/]{0,60}",
        "(pbkdf2_sha256|scrypt|md5|argon2)\\$[0-9]{1,11}\\$[a-z]{0,9}\\$[A-Za-z0-9+/]{40,44}=?",
        "\\$[156P]\\$(rounds=[0-9]{1,11}\\$)?[./a-zA-Z0-9]{0,16}\\$?[./A-Za-z0-9]{20,90}",
        "\\$(md5|sha1|hmac-md5)\\$(pf=[A-Za-z0-9+/]{0,30}\\$)?[A-Za-z0-9+/]{0,30}={0,2}\\$[A-Za-z0-9+/]{0,60}",
        "[0-9a-f]{0,40}:[0-9a-f]{0,140}",
        "\\PC{0,80}",
    ];
    let prefix = "(\\$signet-sealed\\$[a-z0-9.]{0,9}|\\$signet-wrapped)?";
    (prefix, head).prop_map(|(prefix, head)| prefix + &head)
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in resembling(), other in "\\PC{0,60}") {
        let _ = ForeignHash::parse(&text);
        let _ = ForeignHash::aspnet(&text);
        let _ = ForeignHash::aspnet(&base64(text.as_bytes()));
        let _ = ForeignHash::keycloak(&text, &other);
        let _ = ForeignHash::auth0_custom(&text);
        let _ = FirebaseParameters::parse(&text);
    }

    /// Any accepted text is stored as a text that is accepted as well, and has the same parameters.
    #[test]
    fn stored_text_is_a_fixed_point(text in resembling()) {
        if let Ok(hash) = ForeignHash::parse(&text) && !hash.is_weak() {
            let sealed = hash.unsealed().map(|_| "m1.00");
            let stored = hash.text(sealed).unwrap();
            let again = ForeignHash::parse(&stored).unwrap();
            prop_assert_eq!(again.text(None).unwrap(), stored);
        }
    }

    #[test]
    fn accepted_parameters_never_exceed_the_limits(
        m in prop_oneof![8..2000_u32, 200_000..2_000_000_u32, any::<u32>()],
        t in prop_oneof![1..100_u32, any::<u32>()],
        ln in 0..80_u32,
        r in prop_oneof![0..40_u32, any::<u32>()],
        p in prop_oneof![0..40_u32, any::<u32>()],
        i in prop_oneof![0..4_000_000_u32, any::<u32>()],
        cost in 0..40_u32,
    ) {
        let end = "c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        if ForeignHash::parse(&format!("$argon2i$v=19$m={m},t={t},p={p}${end}")).is_ok() {
            prop_assert!(m <= 1024 * 1024 && t <= 64 && p <= 255);
            prop_assert!(t <= 20 || m <= 256 * 1024);
        }
        if ForeignHash::parse(&format!("$scrypt$ln={ln},r={r},p={p}${end}")).is_ok() {
            let n = if ln < 64 { 1_u128 << ln } else { u128::from(ln) };
            prop_assert!(n * u128::from(r) * u128::from(p) * 128 <= 128 * 1024 * 1024);
        }
        if ForeignHash::parse(&format!("$pbkdf2-sha1$i={i}${end}")).is_ok() {
            prop_assert!((1..=2_000_000).contains(&i));
        }
        let bcrypt = format!("$2b${cost:02}$RmFHpbKdeKTNEs2z68qZJecUDUKiqf5Fo8KcytspT3IQjiOwiLsNi");
        prop_assert_eq!(ForeignHash::parse(&bcrypt).is_ok(), (4..=14).contains(&cost));
    }
}

fn base64(bytes: &[u8]) -> String {
    fields::base64(bytes)
}
