//! The test vectors of Web Authentication Level 3 §16. The RP ID is `example.org`.

use signet::passkey::{
    AssertionResponse, Expected, PasskeyChallenge, PasskeyName, PasskeyRejection,
    RegistrationResponse, StoredPasskey, UserVerification, encode, verify_assertion,
    verify_registration,
};

/// A registration and a login, in hexadecimal.
struct Vector {
    challenge: &'static str,
    client_data: &'static str,
    attestation_object: &'static str,
    id: &'static str,
    login_challenge: &'static str,
    login_client_data: &'static str,
    authenticator_data: &'static str,
    signature: &'static str,
}

/// §16.2: ES256 without attestation.
const NONE_ES256: Vector = Vector {
    challenge: "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
    client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d",
    attestation_object: "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
    id: "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
    login_challenge: "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
    login_client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
    authenticator_data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
    signature: "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
};

/// §16.3: ES256 with self attestation.
const SELF_ES256: Vector = Vector {
    challenge: "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
    client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d",
    attestation_object: "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
    id: "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
    login_challenge: "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b",
    login_client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a36456853576f6d58477a696d433151227d",
    authenticator_data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000",
    signature: "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
};

/// §16.4: ES256 in a frame of another origin.
const CROSS_ORIGIN: Vector = Vector {
    challenge: "3be5aacd03537142472340ab5969f240f1d87716e20b6807ac230655fa4b3b49",
    client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a224f2d57717a514e5463554a484930437257576e7951504859647862694332674872434d475666704c4f306b222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a747275652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a207a5a7175457444523944577170573574425754467567227d",
    attestation_object: "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b54500000000883f4f6014f19c09d87aa38123be48d000206e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57a501020326200121582022200a473f90b11078851550d03b4e44a2279f8c4eca27b3153dedfe03e4e97d225820cbd0be95e746ad6f5a8191be11756e4c0420e72f65b466d39bc56b8b123a9c6e",
    id: "6e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57",
    login_challenge: "",
    login_client_data: "",
    authenticator_data: "",
    signature: "",
};

/// §16.11: the login with an Ed25519 key. Its registration has a certificate, which is refused here.
const LOGIN_EDDSA: Vector = Vector {
    challenge: "",
    client_data: "",
    attestation_object: "",
    id: "ce9f840ed96599580cd140fbc7bb3230633f50f61041aff73308ae71caa8a2bd",
    login_challenge: "895957e01c633a698348a2d8a31a54b7db27e8c1c43b2080d79ae2190267bfd2",
    login_client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a2269566c583442786a4f6d6d44534b4c596f7870557439736e364d48454f7943413135726947514a6e763949222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
    authenticator_data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50100000000",
    signature: "f5c59c7e46c34f6f8cc197101ddf9934fa2595f68eb1913a637e8419eb9ba4cfdfc48f85393bc0d40b011f0d6fecb097d6607525713223a0dc0d453993dae00b",
};

const EDDSA_KEY: &str =
    "a401010327200621582044e06ddd331c36a8dc667bab52bcae63486c916aa5e339e6acebaa84934bf832";

fn hex(text: &str) -> Vec<u8> {
    let digits = (0..text.len()).step_by(2);
    let bytes = digits.map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap());
    bytes.collect()
}

fn challenge(text: &str) -> PasskeyChallenge {
    PasskeyChallenge::new(hex(text).try_into().unwrap())
}

fn expected(challenge: &PasskeyChallenge, user_verification: UserVerification) -> Expected<'_> {
    Expected {
        challenge,
        rp_id: "example.org",
        origins: &["https://example.org"],
        user_verification,
    }
}

impl Vector {
    fn register(&self, uv: UserVerification) -> Result<StoredPasskey, PasskeyRejection> {
        let (client_data, object) = (hex(self.client_data), hex(self.attestation_object));
        let response = RegistrationResponse {
            id: &hex(self.id),
            client_data: &client_data,
            attestation_object: &object,
        };
        let challenge = challenge(self.challenge);
        let registered = verify_registration(&expected(&challenge, uv), response)?;
        let (rp_id, name) = ("example.org".to_owned(), PasskeyName::default());
        Ok(StoredPasskey::new(registered, rp_id, name, Vec::new()))
    }

    fn log_in(&self, passkey: &StoredPasskey) -> Result<(), PasskeyRejection> {
        let response = AssertionResponse {
            id: &hex(self.id),
            client_data: &hex(self.login_client_data),
            authenticator_data: &hex(self.authenticator_data),
            signature: &hex(self.signature),
            user_handle: None,
        };
        let challenge = challenge(self.login_challenge);
        let expected = expected(&challenge, UserVerification::Preferred);
        verify_assertion(&expected, response, passkey, &[]).map(drop)
    }
}

#[test]
fn registrations_and_logins_with_es256_are_verified() {
    for vector in [NONE_ES256, SELF_ES256] {
        let passkey = vector.register(UserVerification::Preferred).unwrap();
        assert_eq!(passkey.alg, -7);
        assert_eq!(vector.log_in(&passkey), Ok(()));
    }
    let verified = SELF_ES256.register(UserVerification::Required).unwrap();
    let unverified = NONE_ES256.register(UserVerification::Required);
    assert_eq!(unverified, Err(PasskeyRejection::UserVerification));
    assert_eq!(
        NONE_ES256.log_in(&verified),
        Err(PasskeyRejection::CredentialId)
    );
}

#[test]
fn login_with_ed25519_is_verified() {
    let mut passkey = NONE_ES256.register(UserVerification::Preferred).unwrap();
    (passkey.id, passkey.public_key) = (hex(LOGIN_EDDSA.id), hex(EDDSA_KEY));
    passkey.is_backup_eligible = false;
    assert_eq!(LOGIN_EDDSA.log_in(&passkey), Ok(()));
    assert_eq!(encode(&passkey.id).len(), 43);
}

#[test]
fn registration_in_a_frame_of_another_origin_is_refused() {
    let registered = CROSS_ORIGIN.register(UserVerification::Preferred);
    assert_eq!(registered, Err(PasskeyRejection::CrossOrigin));
}
