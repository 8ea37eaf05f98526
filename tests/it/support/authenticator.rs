//! An authenticator in this process, whose flags, counter and client data a test controls. It can answer wrongly.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RsaKeyPair,
    },
};
use ciborium::{Value, cbor};
use serde_json::{Value as Json, json};
use signet::{
    client::CodeChallenge,
    identity::UserId,
    passkey::{AssertionResponse, RegistrationResponse, encode},
};

use super::{ApiClient, TestService, answer::Answer, oauth_client::VERIFIER};

/// User presence.
pub const UP: u8 = 0x01;
/// User verification.
pub const UV: u8 = 0x04;
/// Backup eligibility.
pub const BE: u8 = 0x08;
/// Backup state.
pub const BS: u8 = 0x10;
/// Attested credential data follow.
pub const AT: u8 = 0x40;
/// Extensions follow.
pub const ED: u8 = 0x80;

enum Key {
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(Box<RsaKeyPair>),
}

/// An authenticator with one passkey.
pub struct Authenticator {
    key: Key,
    /// The credential ID.
    pub id: Vec<u8>,
    /// The RP ID that the passkey belongs to.
    pub rp_id: String,
    /// The flags of its answers, without AT and ED.
    pub flags: u8,
    /// The counter of its answers.
    pub count: u32,
    /// The origin in the client data.
    pub origin: String,
}

/// The answer to a registration.
#[derive(Clone)]
pub struct Created {
    pub id: Vec<u8>,
    pub client_data: Vec<u8>,
    pub attestation_object: Vec<u8>,
}

/// The answer to a login.
#[derive(Clone)]
pub struct Asserted {
    pub id: Vec<u8>,
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
}

impl Created {
    pub fn response(&self) -> RegistrationResponse<'_> {
        RegistrationResponse {
            id: &self.id,
            client_data: &self.client_data,
            attestation_object: &self.attestation_object,
        }
    }
}

impl Asserted {
    pub fn response(&self) -> AssertionResponse<'_> {
        AssertionResponse {
            id: &self.id,
            client_data: &self.client_data,
            authenticator_data: &self.authenticator_data,
            signature: &self.signature,
            user_handle: self.user_handle.as_deref(),
        }
    }
}

impl Authenticator {
    fn with(key: Key) -> Self {
        Self {
            key,
            id: vec![7; 32],
            rp_id: "auth.example.com".to_owned(),
            flags: UP | UV,
            count: 0,
            origin: "https://auth.example.com".to_owned(),
        }
    }

    pub fn ed25519() -> Self {
        Self::with(Key::EdDsa(Ed25519KeyPair::generate().unwrap()))
    }

    pub fn p256() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self::with(Key::Es256(key))
    }

    pub fn rsa(size: KeySize) -> Self {
        Self::with(Key::Rs256(Box::new(RsaKeyPair::generate(size).unwrap())))
    }

    pub fn alg(&self) -> i64 {
        match self.key {
            Key::EdDsa(_) => -8,
            Key::Es256(_) => -7,
            Key::Rs256(_) => -257,
        }
    }

    /// The public key in COSE.
    pub fn cose_key(&self) -> Value {
        let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
        let built = match &self.key {
            Key::EdDsa(key) => {
                cbor!({1 => 1, 3 => -8, -1 => 6, -2 => bytes(key.public_key().as_ref())})
            }
            Key::Es256(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = (bytes(&point[1..33]), bytes(&point[33..]));
                cbor!({1 => 2, 3 => -7, -1 => 1, -2 => x, -3 => y})
            }
            Key::Rs256(key) => {
                let key = key.public_key();
                let n = bytes(key.modulus().big_endian_without_leading_zero());
                let e = bytes(key.exponent().big_endian_without_leading_zero());
                cbor!({1 => 3, 3 => -257, -1 => n, -2 => e})
            }
        };
        built.unwrap()
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::EdDsa(key) => key.sign(message).as_ref().to_vec(),
            Key::Es256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                let signed = key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
                signed.unwrap();
                signature
            }
        }
    }

    /// The client data of a ceremony.
    pub fn client_data(&self, ceremony: &str, challenge: &str) -> Vec<u8> {
        let origin = &self.origin;
        let data = json!({"type": ceremony, "challenge": challenge, "origin": origin, "crossOrigin": false});
        data.to_string().into_bytes()
    }

    /// The authenticator data, with these flags and this end.
    pub fn data(&self, flags: u8, end: &[u8]) -> Vec<u8> {
        let hash = digest(&SHA256, self.rp_id.as_bytes());
        [hash.as_ref(), &[flags], &self.count.to_be_bytes(), end].concat()
    }

    /// The authenticator data of a registration.
    pub fn created_data(&self) -> Vec<u8> {
        self.data(self.flags | AT, &self.attested(&self.cose_key()))
    }

    /// The attested credential data with that key.
    pub fn attested(&self, key: &Value) -> Vec<u8> {
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        [&[9; 16], length.as_slice(), &self.id, &to_cbor(key)].concat()
    }

    /// The answer to a registration, with that authenticator data.
    pub fn created_with(&self, client_data: Vec<u8>, data: &[u8]) -> Created {
        let none = cbor!({}).unwrap();
        let attestation_object = attestation_object("none", &none, data);
        Created {
            id: self.id.clone(),
            client_data,
            attestation_object,
        }
    }

    /// Creates the passkey.
    pub fn create(&self, challenge: &str) -> Created {
        let client_data = self.client_data("webauthn.create", challenge);
        self.created_with(client_data, &self.created_data())
    }

    /// Signs that authenticator data and client data.
    pub fn asserted_with(&self, client_data: Vec<u8>, data: Vec<u8>) -> Asserted {
        let hash = digest(&SHA256, &client_data);
        let signature = self.sign(&[data.as_slice(), hash.as_ref()].concat());
        Asserted {
            id: self.id.clone(),
            client_data,
            authenticator_data: data,
            signature,
            user_handle: None,
        }
    }

    /// Answers a login.
    pub fn assert(&self, challenge: &str) -> Asserted {
        let client_data = self.client_data("webauthn.get", challenge);
        self.asserted_with(client_data, self.data(self.flags, &[]))
    }
}

/// Passkeys in JSON, as browsers write and read them.
impl Authenticator {
    /// The answer to the options of a registration.
    pub fn registration_json(&self, options: &Json) -> Json {
        let created = self.create(options["challenge"].as_str().unwrap());
        let id = encode(&created.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": true}},
            "response": {
                "clientDataJSON": encode(&created.client_data),
                "attestationObject": encode(&created.attestation_object),
                "transports": ["internal"],
            },
        })
    }

    /// The answer to the options of a login, for the user with that handle.
    pub fn login_json(&self, options: &Json, handle: &str) -> Json {
        let asserted = self.assert(options["challenge"].as_str().unwrap());
        let id = encode(&asserted.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(&asserted.client_data),
                "authenticatorData": encode(&asserted.authenticator_data),
                "signature": encode(&asserted.signature),
                "userHandle": handle,
            },
        })
    }

    /// Asks for the options of a registration and adds the passkey. The client keeps the new tokens.
    pub async fn add_to(&self, client: &mut ApiClient<'_>) -> Answer {
        let begun = client.post("/passkeys/registration", json!({})).await;
        begun.assert_status(200);
        let credential = self.registration_json(&begun.json()["options"]);
        let body = json!({"challenge": begun.json()["challenge"], "credential": credential});
        let added = client.post("/me/passkeys", body).await;
        if added.status == 201 {
            client.keep(&added);
        }
        added
    }

    /// Answers a new challenge for the user with that id. The body is that of a login.
    pub async fn login_body(&self, service: &TestService, user: UserId) -> Json {
        self.login_body_for(service, user, json!({})).await
    }

    /// As `login_body`, at one of several clients.
    pub async fn login_body_at(
        &self,
        service: &TestService,
        user: UserId,
        client_id: &str,
    ) -> Json {
        let client = json!({"client_id": client_id});
        self.login_body_for(service, user, client).await
    }

    async fn login_body_for(&self, service: &TestService, user: UserId, mut body: Json) -> Json {
        body["code_challenge"] = json!(CodeChallenge::to(VERIFIER).as_str());
        let begun = service
            .anon()
            .post("/passkeys/challenge", body.clone())
            .await;
        begun.assert_status(200);
        let body = body.as_object_mut().unwrap();
        body.remove("code_challenge");
        let credential = self.login_json(&begun.json()["options"], &encode(&user.to_bytes()));
        body.insert("challenge".to_owned(), begun.json()["challenge"].clone());
        body.insert("code_verifier".to_owned(), json!(VERIFIER));
        body.insert("credential".to_owned(), credential);
        json!(body)
    }

    /// Logs in as the user with that id.
    pub async fn log_in(&self, service: &TestService, user: UserId) -> Answer {
        let body = self.login_body(service, user).await;
        service.anon().post("/login/passkey", body).await
    }

    /// Logs in as the user with that id. The client keeps the tokens.
    pub async fn logged_in<'a>(&self, service: &'a TestService, user: UserId) -> ApiClient<'a> {
        let mut client = service.anon();
        client.keep(self.log_in(service, user).await.assert_status(200));
        client
    }
}

/// An attestation object.
pub fn attestation_object(format: &str, statement: &Value, data: &[u8]) -> Vec<u8> {
    let data = Value::Bytes(data.to_vec());
    let object = cbor!({"fmt" => format, "attStmt" => statement, "authData" => data});
    to_cbor(&object.unwrap())
}

/// The bytes of an item.
pub fn to_cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}
