//! Hostile CBOR and JSON: too deep, too long, repeated or of another shape.

use ciborium::{Value, cbor};
use serde_json::json;
use signet::passkey::{
    MAX_CREDENTIAL_ID, PasskeyName, PasskeyRejection, Registered, StoredPasskey,
};

use super::{CHALLENGE, ORIGIN, confirmed, registered, stored};
use crate::support::authenticator::{AT, Authenticator, Created, attestation_object, to_cbor};

fn attestation_of(object: Vec<u8>) -> Result<Registered, PasskeyRejection> {
    let authenticator = Authenticator::p256();
    let mut created = authenticator.create(&CHALLENGE.encode());
    created.attestation_object = object;
    registered(&created)
}

#[test]
fn cbor_bombs_are_refused() {
    let refused = Err(PasskeyRejection::AttestationObject);
    let deep = |levels: usize| [vec![0x81; levels], vec![0]].concat();
    // Headers that announce 2^64 − 1 bytes, items and entries, and indefinite lengths.
    let announced = |major: u8| [vec![(major << 5) | 0x1b], vec![0xff; 8]].concat();
    let bombs = [
        vec![],
        deep(3),
        deep(100_000),
        announced(2),
        announced(3),
        announced(4),
        announced(5),
        vec![0x9a, 0xff, 0xff, 0xff, 0xff],
        [vec![0x98, 0xff], vec![0; 255]].concat(),
        [vec![0x99, 0x01, 0xff], vec![0x80; 511]].concat(),
        vec![0x5f, 0x41, 0, 0xff],
        vec![0x9f, 0xff],
        vec![0xbf, 0xff],
        vec![0xc0, 0],
        vec![0x1c],
    ];
    for (number, bomb) in bombs.into_iter().enumerate() {
        assert_eq!(attestation_of(bomb.clone()).map(drop), refused, "{number}");
        // The same inside an attestation object.
        let inside = [b"\xa1\x63fmt".as_slice(), &bomb].concat();
        assert_eq!(attestation_of(inside).map(drop), refused, "{number}");
    }
}

#[test]
fn attestation_object_has_its_members_once_and_of_their_types() {
    let refused = Err(PasskeyRejection::AttestationObject);
    let data = Value::Bytes(Authenticator::p256().created_data());
    let none = || cbor!({}).unwrap();
    let objects = [
        cbor!({"attStmt" => none(), "authData" => data}),
        cbor!({"fmt" => "none", "authData" => data}),
        cbor!({"fmt" => "none", "attStmt" => none()}),
        cbor!({"fmt" => 1, "attStmt" => none(), "authData" => data}),
        cbor!({"fmt" => "none", "attStmt" => none(), "authData" => "text"}),
        cbor!({"fmt" => "none", "fmt" => "none", "attStmt" => none(), "authData" => data}),
        cbor!([]),
    ];
    for object in objects {
        let object = to_cbor(&object.unwrap());
        assert_eq!(attestation_of(object).map(drop), refused);
    }
    let valid = Authenticator::p256().create(&CHALLENGE.encode());
    let longer = [valid.attestation_object, vec![0]].concat();
    assert_eq!(attestation_of(longer).map(drop), refused);
}

#[test]
fn truncated_answers_are_refused() {
    let authenticator = Authenticator::ed25519();
    let data = authenticator.created_data();
    let passkey = stored(&authenticator);
    for length in 0..data.len() {
        let none = cbor!({}).unwrap();
        let object = attestation_object("none", &none, &data[..length]);
        let found = attestation_of(object).unwrap_err();
        assert_eq!(found, PasskeyRejection::AuthenticatorData, "{length}");
    }
    let asserted = authenticator.assert(&CHALLENGE.encode());
    for length in 0..asserted.authenticator_data.len() {
        let data = asserted.authenticator_data[..length].to_vec();
        let asserted = authenticator.asserted_with(asserted.client_data.clone(), data);
        let found = confirmed(&asserted, &passkey).unwrap_err();
        assert_eq!(found, PasskeyRejection::AuthenticatorData, "{length}");
    }
}

#[test]
fn credential_id_has_1_to_1023_bytes_and_is_that_of_the_answer() {
    let mut authenticator = Authenticator::p256();
    let create = |authenticator: &Authenticator| {
        registered(&authenticator.create(&CHALLENGE.encode())).map(drop)
    };
    for length in [1, 16, MAX_CREDENTIAL_ID] {
        authenticator.id = vec![3; length];
        assert_eq!(create(&authenticator), Ok(()), "{length}");
    }
    authenticator.id = vec![3; MAX_CREDENTIAL_ID + 1];
    assert_eq!(
        create(&authenticator),
        Err(PasskeyRejection::AuthenticatorData)
    );
    authenticator.id = vec![];
    assert_eq!(create(&authenticator), Err(PasskeyRejection::CredentialId));
    authenticator.id = vec![3; 16];
    let created = authenticator.create(&CHALLENGE.encode());
    let other = Created {
        id: vec![4; 16],
        ..created
    };
    assert_eq!(
        registered(&other).map(drop),
        Err(PasskeyRejection::CredentialId)
    );
    // An answer without a credential.
    let data = authenticator.data(authenticator.flags & !AT, &[]);
    let none = cbor!({}).unwrap();
    let without = attestation_of(attestation_object("none", &none, &data));
    assert_eq!(without.map(drop), Err(PasskeyRejection::NoCredential));
}

#[test]
fn client_data_has_its_members_once_and_is_bounded() {
    let authenticator = Authenticator::p256();
    let challenge = CHALLENGE.encode();
    let with = |client_data: &str| {
        let data = authenticator.created_data();
        let client_data = client_data.as_bytes().to_vec();
        registered(&authenticator.created_with(client_data, &data)).map(drop)
    };
    let right = json!({"type": "webauthn.create", "challenge": challenge, "origin": ORIGIN});
    let right = right.to_string();
    assert_eq!(with(&right), Ok(()));
    let inner = &right[1..right.len() - 1];
    let more = |member: &str| with(&format!("{{{inner},{member}}}"));
    assert_eq!(more("\"crossOrigin\":false,\"future\":{\"a\":[1]}"), Ok(()));
    let crossed = Err(PasskeyRejection::CrossOrigin);
    assert_eq!(more("\"crossOrigin\":true"), crossed);
    assert_eq!(more("\"topOrigin\":\"https://example.com\""), crossed);
    let refused = Err(PasskeyRejection::ClientData);
    let repeated = [
        "\"type\":\"webauthn.create\"",
        "\"\\u0074ype\":\"webauthn.get\"",
        "\"origin\":\"https://evil.example\"",
        "\"crossOrigin\":false,\"crossOrigin\":false",
        "\"future\":1,\"future\":2",
        "\"crossOrigin\":\"false\"",
        "\"crossOrigin\":null",
    ];
    for member in repeated {
        assert_eq!(more(member), refused, "{member}");
    }
    let long = format!("\"future\":\"{}\"", "a".repeat(4096));
    assert_eq!(more(&long), refused);
    for text in [
        "",
        "[]",
        "{}",
        "null",
        &right[1..],
        &format!("\u{feff}{right}"),
    ] {
        assert_eq!(with(text), refused, "{text}");
    }
}

#[test]
fn stored_form_round_trips_and_later_forms_are_not_read() {
    let passkey = stored(&Authenticator::p256());
    let text = passkey.to_text().unwrap();
    assert_eq!(StoredPasskey::parse(&text), Ok(passkey));
    assert!(text.starts_with("{\"v\":1,"), "{text}");
    for broken in [
        text.replace("\"v\":1", "\"v\":2"),
        text.replace("\"v\":1,", ""),
        text.replace("\"count\":0", "\"count\":-1"),
        text.replace("\"name\":\"Passkey\"", "\"name\":\"\""),
        String::new(),
    ] {
        assert!(StoredPasskey::parse(&broken).is_err(), "{broken}");
    }
}

#[test]
fn names_have_1_to_64_characters() {
    for name in ["a", " Ada’s phone ", &"ü".repeat(64)] {
        assert_eq!(PasskeyName::parse(name).unwrap().as_str(), name.trim());
    }
    for name in ["", "  ", "a\nb", "a\u{202e}b", &"a".repeat(65)] {
        assert!(PasskeyName::parse(name).is_err(), "{name:?}");
    }
}
