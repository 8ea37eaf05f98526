//! Valid and defective ID tokens.

use serde_json::{Map, Value, json};

use super::{
    CLIENT_ID, Defect, NATIVE_CLIENT_ID,
    keys::{StubKey, at_hash, encode},
};

/// The inputs of an ID token.
pub struct IdToken<'a> {
    pub keys: &'a Keys,
    pub defect: Option<Defect>,
    /// A second URL of keys, which the service must not request.
    pub other_keys: &'a str,
    pub access_token: Option<&'a str>,
    pub claims: Map<String, Value>,
}

/// The keys of the provider and of an attacker.
pub struct Keys {
    /// The last key signs.
    pub own: Vec<StubKey>,
    pub forged: StubKey,
    pub rsa: StubKey,
}

impl Keys {
    pub fn signing(&self) -> &StubKey {
        self.own.last().unwrap()
    }
}

impl IdToken<'_> {
    /// Signs the token. Returns `None` for the defect of a missing token.
    pub fn sign(mut self) -> Option<String> {
        use Defect as D;
        let defect = self.defect;
        if let Some(access_token) = self.access_token {
            self.claims
                .entry("at_hash")
                .or_insert_with(|| at_hash(access_token).into());
        }
        self.apply_defect();
        let mut payload = Value::Object(self.claims.clone()).to_string();
        match defect {
            Some(D::NoIdToken) => return None,
            Some(D::MemberTwice) => {
                payload = payload.replacen('{', "{\"sub\":\"somebody-else\",", 1);
            }
            Some(D::NoJson) => payload = payload.replacen('{', "", 1),
            _ => {}
        }
        let header = self.header().to_string();
        let message = format!("{}.{}", encode(header), encode(payload));
        let signed = format!("{message}.{}", encode(self.signature(message.as_bytes())));
        Some(match defect {
            Some(D::FiveParts) => format!("{signed}.{}.{}", encode("nonce"), encode("tag")),
            _ => signed,
        })
    }

    fn header(&self) -> Value {
        use Defect as D;
        let key = self.keys.signing();
        let mut header = json!({"alg": key.alg(), "typ": "JWT", "kid": key.kid});
        match self.defect {
            Some(D::AlgNone) => header["alg"] = json!("none"),
            Some(D::AlgHs256) => header["alg"] = json!("HS256"),
            Some(D::AlgOfAnotherKey) => header["alg"] = json!("RS256"),
            Some(D::KidUnknown) => header["kid"] = json!("unheard-of"),
            Some(D::KidMissing | D::KidMissingOfOneKey) => {
                header.as_object_mut().unwrap().remove("kid");
            }
            Some(D::Crit) => {
                header["crit"] = json!(["exp"]);
                header["exp"] = json!(4_102_444_800_u64);
            }
            Some(D::TypAccessToken) => header["typ"] = json!("at+jwt"),
            Some(D::JwkInHeader) => {
                header["jwk"] = self.keys.forged.jwk();
                header["kid"] = json!(self.keys.forged.kid);
            }
            Some(D::JkuInHeader) => {
                header["jku"] = json!(self.other_keys);
                header["kid"] = json!(self.keys.forged.kid);
            }
            _ => {}
        }
        header
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        use Defect as D;
        let key = self.keys.signing();
        match self.defect {
            Some(D::AlgNone) => Vec::new(),
            Some(D::AlgHs256) => key.hmac_by_public_key(message),
            Some(D::AlgOfAnotherKey) => self.keys.rsa.sign(message),
            Some(D::SignatureOfAnotherKey | D::JwkInHeader | D::JkuInHeader) => {
                self.keys.forged.sign(message)
            }
            Some(D::SignatureBad) => {
                let mut signature = key.sign(message);
                signature[7] ^= 1;
                signature
            }
            _ => key.sign(message),
        }
    }

    fn apply_defect(&mut self) {
        use Defect as D;
        let claims = &self.claims;
        let issuer = claims["iss"].as_str().unwrap().to_owned();
        let client_id = claims["aud"].clone();
        let now = claims["iat"].as_i64().unwrap();
        let (name, value) = match self.defect {
            Some(D::IssOther) => ("iss", json!("https://provider.example.com")),
            Some(D::IssArray) => ("iss", json!([issuer])),
            Some(D::IssMissing) => ("iss", Value::Null),
            Some(D::IssTrailingSlash) => ("iss", json!(issuer + "/")),
            Some(D::AudOther) => ("aud", json!("somebody-else")),
            Some(D::AudWithStranger) => {
                self.claims.insert("azp".to_owned(), client_id.clone());
                ("aud", json!([client_id, "somebody-else"]))
            }
            Some(D::AudMissing) => ("aud", Value::Null),
            Some(D::AudArrayOfOne) => ("aud", json!([client_id])),
            Some(D::AzpOther) => ("azp", json!("somebody-else")),
            Some(D::AzpMissing) => ("aud", json!([CLIENT_ID, NATIVE_CLIENT_ID])),
            Some(D::ExpPast) => {
                self.claims.insert("iat".to_owned(), json!(now - 600));
                ("exp", json!(now - 61))
            }
            Some(D::ExpMissing) => ("exp", Value::Null),
            Some(D::ExpString) => ("exp", json!((now + 600).to_string())),
            Some(D::IatMissing) => ("iat", Value::Null),
            Some(D::IatFuture) => ("iat", json!(now + 120)),
            Some(D::NonceMissing) => ("nonce", Value::Null),
            Some(D::NonceOther) => ("nonce", json!(encode([7; 32]))),
            Some(D::NonceEmpty) => ("nonce", json!("")),
            Some(D::AtHashOther) => ("at_hash", json!(at_hash("another access token"))),
            Some(D::SubMissing) => ("sub", Value::Null),
            Some(D::SubEmpty) => ("sub", json!("")),
            Some(D::SubNumber) => ("sub", json!(4711)),
            Some(D::SubTooLong) => ("sub", json!("s".repeat(256))),
            Some(D::TooLong) => ("picture", json!("x".repeat(128 * 1024))),
            _ => return,
        };
        if value.is_null() {
            self.claims.remove(name);
        } else {
            self.claims.insert(name.to_owned(), value);
        }
    }
}
