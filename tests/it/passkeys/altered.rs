//! Every field of both answers, changed: each change is refused.

use signet::passkey::{
    Expected, PasskeyRejection, UserVerification, verify_assertion, verify_registration,
};

use super::{CHALLENGE, HANDLE, ORIGIN, RP_ID, confirmed, expected, registered, stored};
use crate::support::authenticator::{Asserted, Authenticator, Created, UP, UV};

/// A field of an answer.
type Field = fn(&mut Asserted) -> &mut Vec<u8>;

#[test]
fn every_changed_bit_of_a_login_is_refused() {
    for authenticator in [Authenticator::ed25519(), Authenticator::p256()] {
        let passkey = stored(&authenticator);
        let mut asserted = authenticator.assert(&CHALLENGE.encode());
        asserted.user_handle = Some(HANDLE.to_vec());
        confirmed(&asserted, &passkey).unwrap();
        let fields: [Field; 5] = [
            |it| &mut it.id,
            |it| &mut it.client_data,
            |it| &mut it.authenticator_data,
            |it| &mut it.signature,
            |it| it.user_handle.as_mut().unwrap(),
        ];
        for (number, field) in fields.into_iter().enumerate() {
            let length = field(&mut asserted).len();
            for bit in 0..length * 8 {
                let mut changed = asserted.clone();
                field(&mut changed)[bit / 8] ^= 1 << (bit % 8);
                assert!(confirmed(&changed, &passkey).is_err(), "{number} {bit}");
            }
            let mut longer = asserted.clone();
            field(&mut longer).push(b' ');
            assert!(confirmed(&longer, &passkey).is_err(), "{number}");
            let mut shorter = asserted.clone();
            field(&mut shorter).pop();
            assert!(confirmed(&shorter, &passkey).is_err(), "{number}");
        }
    }
}

#[test]
fn changed_bits_of_a_registration_are_refused_or_stored_as_they_are() {
    // Without attestation nothing is signed: a change of key, counter or model is another answer of the same person.
    let authenticator = Authenticator::p256();
    let created = authenticator.create(&CHALLENGE.encode());
    let before = registered(&created).unwrap();
    let check = |changed: &Created, what: &str| {
        if let Ok(after) = registered(changed) {
            assert_ne!(after, before, "{what}");
        }
    };
    for bit in 0..created.client_data.len() * 8 {
        let mut changed = created.clone();
        changed.client_data[bit / 8] ^= 1 << (bit % 8);
        let found = registered(&changed).map(drop);
        // The names of members that are not required may change.
        let is_optional = found.is_ok() && changed.client_data != created.client_data;
        assert!(found.is_err() || is_optional, "{bit}");
        if found.is_ok() {
            let text = String::from_utf8_lossy(&changed.client_data).into_owned();
            assert!(!text.contains("\"crossOrigin\""), "{text}");
        }
    }
    for bit in 0..created.attestation_object.len() * 8 {
        let mut changed = created.clone();
        changed.attestation_object[bit / 8] ^= 1 << (bit % 8);
        check(&changed, "attestation object");
    }
    for bit in 0..created.id.len() * 8 {
        let mut changed = created.clone();
        changed.id[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(registered(&changed), Err(PasskeyRejection::CredentialId));
    }
}

#[test]
fn answers_to_another_challenge_ceremony_origin_or_relying_party_are_refused() {
    let mut authenticator = Authenticator::ed25519();
    let passkey = stored(&authenticator);
    let challenge = CHALLENGE.encode();
    let other = signet::passkey::PasskeyChallenge::new([2; 32]).encode();
    let login = |authenticator: &Authenticator, ceremony: &str, challenge: &str| {
        let data = authenticator.data(authenticator.flags, &[]);
        let client_data = authenticator.client_data(ceremony, challenge);
        confirmed(&authenticator.asserted_with(client_data, data), &passkey).map(drop)
    };
    let create = |authenticator: &Authenticator, ceremony: &str, challenge: &str| {
        let data = authenticator.created_data();
        let client_data = authenticator.client_data(ceremony, challenge);
        registered(&authenticator.created_with(client_data, &data)).map(drop)
    };
    let (get, new) = ("webauthn.get", "webauthn.create");
    assert_eq!(login(&authenticator, get, &challenge), Ok(()));
    assert_eq!(create(&authenticator, new, &challenge), Ok(()));
    for other in [&other, "", &challenge[1..], &format!("{challenge}=")] {
        assert_eq!(
            login(&authenticator, get, other),
            Err(PasskeyRejection::Challenge)
        );
        assert_eq!(
            create(&authenticator, new, other),
            Err(PasskeyRejection::Challenge)
        );
    }
    for other in ["payment.get", "", "WEBAUTHN.GET"] {
        assert_eq!(
            login(&authenticator, other, &challenge),
            Err(PasskeyRejection::Ceremony)
        );
    }
    assert_eq!(
        login(&authenticator, new, &challenge),
        Err(PasskeyRejection::Ceremony)
    );
    assert_eq!(
        create(&authenticator, get, &challenge),
        Err(PasskeyRejection::Ceremony)
    );
    for origin in [
        "https://evil.example",
        "https://badauth.example.com",
        "https://auth.example.com.evil.example",
        "https://auth.example.com:8443",
        "https://auth.example.com/",
        "http://auth.example.com",
        "https://AUTH.example.com",
        "https://x.auth.example.com",
        "",
    ] {
        authenticator.origin = origin.to_owned();
        assert_eq!(
            login(&authenticator, get, &challenge),
            Err(PasskeyRejection::Origin)
        );
        assert_eq!(
            create(&authenticator, new, &challenge),
            Err(PasskeyRejection::Origin)
        );
    }
    authenticator.origin = ORIGIN.to_owned();
    for rp_id in ["example.com", "auth.example.co", ""] {
        authenticator.rp_id = rp_id.to_owned();
        assert_eq!(
            login(&authenticator, get, &challenge),
            Err(PasskeyRejection::RelyingParty)
        );
        assert_eq!(
            create(&authenticator, new, &challenge),
            Err(PasskeyRejection::RelyingParty)
        );
    }
}

#[test]
fn user_must_be_present_and_verified_where_it_is_required() {
    let mut authenticator = Authenticator::p256();
    let passkey = stored(&authenticator);
    let challenge = CHALLENGE.encode();
    for (flags, expected) in [
        (UP | UV, Ok(())),
        (UP, Err(PasskeyRejection::UserVerification)),
        (UV, Err(PasskeyRejection::UserPresence)),
        (0, Err(PasskeyRejection::UserPresence)),
    ] {
        authenticator.flags = flags;
        let login = confirmed(&authenticator.assert(&challenge), &passkey);
        assert_eq!(login.map(drop), expected, "{flags}");
        let created = registered(&authenticator.create(&challenge));
        assert_eq!(created.map(drop), expected, "{flags}");
    }
    authenticator.flags = UP;
    let preferred = Expected {
        user_verification: UserVerification::Preferred,
        ..expected()
    };
    let asserted = authenticator.assert(&challenge);
    let login = verify_assertion(&preferred, asserted.response(), &passkey, &HANDLE).unwrap();
    assert!(!login.flags.is_user_verified());
}

#[test]
fn only_the_given_origins_count_and_any_of_them_does() {
    let mut authenticator = Authenticator::p256();
    let origins = [
        ORIGIN,
        "https://app.example.com",
        "android:apk-key-hash:AAAA",
    ];
    let given = Expected {
        origins: &origins,
        ..expected()
    };
    for origin in origins {
        authenticator.origin = origin.to_owned();
        let created = authenticator.create(&CHALLENGE.encode());
        assert!(
            verify_registration(&given, created.response()).is_ok(),
            "{origin}"
        );
        let nobody = Expected {
            origins: &[],
            ..expected()
        };
        let found = verify_registration(&nobody, created.response());
        assert_eq!(found, Err(PasskeyRejection::Origin), "{origin}");
    }
    assert_eq!(authenticator.rp_id, RP_ID);
}

#[test]
fn passkey_of_another_user_or_another_passkey_is_refused() {
    let authenticator = Authenticator::p256();
    let passkey = stored(&authenticator);
    let mut asserted = authenticator.assert(&CHALLENGE.encode());
    asserted.user_handle = Some(vec![6; 16]);
    assert_eq!(
        confirmed(&asserted, &passkey),
        Err(PasskeyRejection::UserHandle)
    );
    asserted.user_handle = None;
    assert!(confirmed(&asserted, &passkey).is_ok());
    let other = stored(&Authenticator::p256());
    assert_eq!(
        confirmed(&asserted, &other),
        Err(PasskeyRejection::Signature)
    );
    asserted.id = vec![8; 32];
    assert_eq!(
        confirmed(&asserted, &passkey),
        Err(PasskeyRejection::CredentialId)
    );
}
