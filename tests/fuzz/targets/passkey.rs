//! Reads the answers of authenticators. The first byte selects the ceremony and the field; the rest is its value.
//! Nothing panics, and an answer that is accepted is accepted again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use signet::passkey::{
    AssertionResponse, Expected, PasskeyChallenge, RegistrationResponse, StoredPasskey,
    UserVerification, encode, refuse_unknown, verify_assertion, verify_registration,
};

const CLIENT_DATA: &[u8] = br#"{"type":"webauthn.create","challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","origin":"https://example.org"}"#;

const LOGIN_DATA: &[u8] = br#"{"type":"webauthn.get","challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","origin":"https://example.org"}"#;

fuzz_target!(|input: &[u8]| {
    let Some((selector, value)) = input.split_first() else {
        return;
    };
    let challenge = PasskeyChallenge::new([0; 32]);
    let expected = Expected {
        challenge: &challenge,
        rp_id: "example.org",
        origins: &["https://example.org"],
        user_verification: UserVerification::Preferred,
    };
    // A value that holds both parts of an answer, the first with its length before it.
    let (length, rest) = value.split_at_checked(2).unwrap_or((&[0, 0], &[]));
    let length = usize::from(length[0]) << 8 | usize::from(length[1]);
    let (first, second) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    match selector % 4 {
        0 => {
            let response = RegistrationResponse {
                id: first,
                client_data: CLIENT_DATA,
                attestation_object: second,
            };
            let registered = verify_registration(&expected, response);
            if let Ok(registered) = &registered {
                assert_eq!(registered.id, first);
            }
            assert_eq!(registered, verify_registration(&expected, response));
        }
        1 => {
            let response = RegistrationResponse {
                id: b"",
                client_data: value,
                attestation_object: b"",
            };
            assert!(verify_registration(&expected, response).is_err());
        }
        2 => {
            let passkey = passkey(first);
            let response = AssertionResponse {
                id: first,
                client_data: LOGIN_DATA,
                authenticator_data: second,
                signature: second,
                user_handle: None,
            };
            assert!(verify_assertion(&expected, response, &passkey, b"").is_err());
            let refused = refuse_unknown(&expected, response);
            assert_eq!(refused, refuse_unknown(&expected, response));
        }
        _ => {
            let text = String::from_utf8_lossy(value);
            if let Ok(passkey) = StoredPasskey::parse(&text) {
                let again = passkey.to_text().map(|text| StoredPasskey::parse(&text));
                assert_eq!(again, Ok(Ok(passkey)));
            }
        }
    }
});

/// A passkey with that credential ID, whose public key is the generator of P-256.
fn passkey(id: &[u8]) -> StoredPasskey {
    let key = "pQECAyYgASFYIGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWIlggT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";
    let text = format!(
        r#"{{"v":1,"id":"{}","key":"{key}","alg":-7,"count":0,"be":true,"bs":true,"aaguid":"AAAAAAAAAAAAAAAAAAAAAA",
            "rp_id":"auth.example.com","name":"Passkey","uv":true}}"#,
        encode(id)
    );
    StoredPasskey::parse(&text).expect("a passkey")
}
