//! The keys of passkeys: the offered algorithms, their sizes and their curves.

use aws_lc_rs::rsa::KeySize;
use ciborium::{Value, cbor};
use signet::passkey::{CounterChange, PasskeyRejection, refuse_unknown};

use super::{CHALLENGE, confirmed, expected, registered, stored};
use crate::support::authenticator::{
    AT, Authenticator, BE, BS, Created, ED, UP, UV, attestation_object, to_cbor,
};

fn authenticators() -> [Authenticator; 3] {
    let rsa = Authenticator::rsa(KeySize::Rsa2048);
    [Authenticator::ed25519(), Authenticator::p256(), rsa]
}

/// The answer of an authenticator that registers that key.
fn with_key(authenticator: &Authenticator, key: &Value) -> Created {
    let client_data = authenticator.client_data("webauthn.create", &CHALLENGE.encode());
    let data = authenticator.data(authenticator.flags | AT, &authenticator.attested(key));
    authenticator.created_with(client_data, &data)
}

/// The key with another value of a parameter, or without it.
fn changed(key: &Value, label: i64, value: Option<Value>) -> Value {
    let mut entries = key.as_map().unwrap().clone();
    entries.retain(|(found, _)| *found != Value::from(label));
    entries.extend(value.map(|value| (Value::from(label), value)));
    Value::Map(entries)
}

/// An unknown passkey costs the verification of a signature, as a known one does: no earlier check refuses the answer.
#[test]
fn unknown_passkey_of_each_algorithm_is_refused_at_its_signature() {
    for mut authenticator in authenticators() {
        for flags in [UP | UV, UP | UV | BE, UP | UV | BE | BS] {
            authenticator.flags = flags;
            let mut asserted = authenticator.assert(&CHALLENGE.encode());
            for handle in [None, Some(vec![1; 16])] {
                asserted.user_handle = handle;
                let refused = refuse_unknown(&expected(), asserted.response());
                assert_eq!(refused, PasskeyRejection::Signature);
            }
            // A malformed answer costs less, as that of a known passkey does.
            asserted.client_data.pop();
            let refused = refuse_unknown(&expected(), asserted.response());
            assert_eq!(refused, PasskeyRejection::ClientData);
        }
    }
}

#[test]
fn passkey_of_each_algorithm_is_registered_and_logs_in() {
    for authenticator in authenticators() {
        let created = registered(&authenticator.create(&CHALLENGE.encode())).unwrap();
        assert_eq!(created.algorithm.cose(), authenticator.alg());
        assert_eq!(
            (created.id, created.aaguid),
            (authenticator.id.clone(), [9; 16])
        );
        let passkey = stored(&authenticator);
        let login = confirmed(&authenticator.assert(&CHALLENGE.encode()), &passkey).unwrap();
        assert_eq!(login.counter, CounterChange::None);
        assert!(login.flags.is_user_verified());
    }
}

#[test]
fn self_attestation_is_verified_and_other_attestation_is_refused() {
    for authenticator in authenticators() {
        let client_data = authenticator.client_data("webauthn.create", &CHALLENGE.encode());
        let data = authenticator.created_data();
        let signed = authenticator.asserted_with(client_data.clone(), data.clone());
        let sig = Value::Bytes(signed.signature.clone());
        let alg = authenticator.alg();
        let attested = |format: &str, statement: Value| {
            let mut created = authenticator.created_with(client_data.clone(), &data);
            created.attestation_object = attestation_object(format, &statement, &data);
            registered(&created).map(drop)
        };
        let own = cbor!({"alg" => alg, "sig" => sig}).unwrap();
        assert_eq!(attested("packed", own.clone()), Ok(()));
        let refused = Err(PasskeyRejection::Attestation);
        let other = cbor!({"alg" => -35, "sig" => sig}).unwrap();
        assert_eq!(attested("packed", other), refused);
        let mut broken = signed.signature;
        broken[5] ^= 1;
        let broken = cbor!({"alg" => alg, "sig" => Value::Bytes(broken)}).unwrap();
        assert_eq!(attested("packed", broken), refused);
        let certified = cbor!({"alg" => alg, "sig" => sig, "x5c" => []}).unwrap();
        assert_eq!(attested("packed", certified), refused);
        for format in ["none", "fido-u2f", "tpm", "apple"] {
            assert_eq!(attested(format, own.clone()), refused, "{format}");
        }
        assert_eq!(attested("none", Value::Null), refused);
    }
}

#[test]
fn keys_of_other_kinds_and_unusable_keys_are_refused() {
    let [ed25519, p256, rsa] = authenticators();
    let bytes = |bytes: Vec<u8>| Some(Value::Bytes(bytes));
    let unusable = PasskeyRejection::PublicKey;
    let mut off_curve = [0; 32];
    off_curve[0] = 2;
    let p521 = vec![1; 66];
    let cases = [
        (
            &ed25519,
            3,
            Some(Value::from(-35)),
            PasskeyRejection::Algorithm,
        ),
        (&ed25519, 3, Some(Value::from(-7)), unusable),
        (
            &ed25519,
            3,
            Some(Value::from("EdDSA")),
            PasskeyRejection::Algorithm,
        ),
        (&ed25519, 3, None, PasskeyRejection::Algorithm),
        (&ed25519, 1, None, unusable),
        (&ed25519, 1, Some(Value::from(2)), unusable),
        (&ed25519, -1, Some(Value::from(4)), unusable),
        (&ed25519, -2, bytes(off_curve.to_vec()), unusable),
        (&ed25519, -2, bytes(vec![0; 32]), unusable),
        (&ed25519, -2, bytes(vec![3; 31]), unusable),
        (&p256, 3, Some(Value::from(-8)), unusable),
        (&p256, -1, Some(Value::from(3)), unusable),
        (&p256, -2, bytes(vec![0; 32]), unusable),
        (&p256, -3, bytes(vec![1; 32]), unusable),
        (&p256, -3, Some(Value::Bool(true)), unusable),
        (&p256, -2, bytes(p521), unusable),
        (&rsa, -1, bytes(vec![0xff; 255]), unusable),
        (
            &rsa,
            -1,
            bytes([vec![0], vec![0xff; 256]].concat()),
            unusable,
        ),
        (
            &rsa,
            -1,
            bytes([vec![0x7f], vec![0xff; 255]].concat()),
            unusable,
        ),
        (&rsa, -1, bytes(vec![0xff; 1025]), unusable),
        (&rsa, -1, bytes(vec![0xfe; 256]), unusable),
        (&rsa, -2, bytes(vec![1]), unusable),
        (&rsa, -2, bytes(vec![2]), unusable),
        (&rsa, -2, bytes(vec![]), unusable),
    ];
    for (number, (authenticator, label, value, expected)) in cases.into_iter().enumerate() {
        let key = changed(&authenticator.cose_key(), label, value);
        let found = registered(&with_key(authenticator, &key)).unwrap_err();
        assert_eq!(found, expected, "{number}");
    }
}

#[test]
fn repeated_and_nested_members_of_a_key_are_refused() {
    let authenticator = Authenticator::p256();
    let mut entries = authenticator.cose_key().into_map().unwrap();
    entries.push((Value::from(3), Value::from(-7)));
    let found = registered(&with_key(&authenticator, &Value::Map(entries)));
    assert_eq!(found, Err(PasskeyRejection::AuthenticatorData));
    let found = registered(&with_key(&authenticator, &Value::Array(vec![])));
    assert_eq!(found, Err(PasskeyRejection::PublicKey));
}

#[test]
fn extensions_are_read_and_bytes_after_them_are_refused() {
    let authenticator = Authenticator::p256();
    let passkey = stored(&authenticator);
    let client_data = authenticator.client_data("webauthn.get", &CHALLENGE.encode());
    let with_end = |flags: u8, end: &[u8]| {
        let data = authenticator.data(authenticator.flags | flags, end);
        let asserted = authenticator.asserted_with(client_data.clone(), data);
        confirmed(&asserted, &passkey).map(drop)
    };
    let extensions = to_cbor(&cbor!({"credProtect" => 2}).unwrap());
    assert_eq!(with_end(ED, &extensions), Ok(()));
    let refused = Err(PasskeyRejection::AuthenticatorData);
    assert_eq!(with_end(0, &extensions), refused);
    assert_eq!(with_end(ED, &[]), refused);
    assert_eq!(with_end(ED, &to_cbor(&Value::from(1))), refused);
    assert_eq!(with_end(ED, &[extensions, vec![0]].concat()), refused);
}

#[test]
fn flags_of_backups_are_consistent() {
    let mut authenticator = Authenticator::p256();
    let challenge = CHALLENGE.encode();
    authenticator.flags |= BS;
    let refused = Err(PasskeyRejection::Backup);
    assert_eq!(
        registered(&authenticator.create(&challenge)).map(drop),
        refused
    );
    authenticator.flags |= BE;
    let passkey = stored(&authenticator);
    assert!(passkey.is_backup_eligible && passkey.is_backed_up);
    let login = |flags: u8| {
        let data = authenticator.data(flags, &[]);
        let client_data = authenticator.client_data("webauthn.get", &challenge);
        confirmed(&authenticator.asserted_with(client_data, data), &passkey).map(drop)
    };
    assert_eq!(login(authenticator.flags), Ok(()));
    assert_eq!(login(authenticator.flags & !BS), Ok(()));
    assert_eq!(login(authenticator.flags & !BE), refused);
    assert_eq!(login(authenticator.flags & !BE & !BS), refused);
}

#[test]
fn counter_is_compared_with_the_stored_one() {
    let mut authenticator = Authenticator::ed25519();
    authenticator.count = 5;
    let passkey = stored(&authenticator);
    for (count, change) in [
        (6, CounterChange::Risen(6)),
        (u32::MAX, CounterChange::Risen(u32::MAX)),
        (5, CounterChange::NotRisen),
        (4, CounterChange::NotRisen),
        (0, CounterChange::NotRisen),
    ] {
        authenticator.count = count;
        let login = confirmed(&authenticator.assert(&CHALLENGE.encode()), &passkey);
        assert_eq!(login.unwrap().counter, change, "{count}");
    }
}
