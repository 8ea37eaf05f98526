//! Stub of Apple, where the client secret is a token signed by the client.

use std::{fs, os::unix::fs::PermissionsExt};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    openid::{Dialect, OpenIdStub},
    token,
};

pub const TEAM_ID: &str = "DEF123GHIJ";
pub const KEY_ID: &str = "ABC123DEFG";
/// The maximum lifetime of a client secret: six months.
const LONGEST: i64 = 15_777_000;

/// A developer team with its registered key.
pub struct AppleTeam {
    folder: TempDir,
    public_key: Vec<u8>,
}

impl AppleTeam {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let document = pair.to_pkcs8v1().unwrap();
        let file = folder.path().join(format!("AuthKey_{KEY_ID}.p8"));
        let text = pem::encode(&pem::Pem::new("PRIVATE KEY", document.as_ref()));
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        Self {
            folder,
            public_key: pair.public_key().as_ref().to_vec(),
        }
    }

    pub fn settings(&self) -> String {
        let folder = self.folder.path().display();
        format!(
            "team_id = '{TEAM_ID}'\nkey_id = '{KEY_ID}'\n\
             private_key_file = '{folder}/AuthKey_{KEY_ID}.p8'\n"
        )
    }

    /// Checks a client secret by Apple's documentation.
    pub fn verify(
        &self,
        secret: &str,
        client_id: &str,
        audience: &str,
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        let (message, signature) = secret.rsplit_once('.').ok_or("no JWT")?;
        if message.split('.').count() != 2 {
            return Err("no JWT".to_owned());
        }
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|it| it.to_string())?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.public_key);
        key.verify(message.as_bytes(), &signature)
            .map_err(|_| "not signed by the key of the team")?;
        let (header, claims) = (token::header(secret), token::claims(secret));
        let time = |name: &str| claims[name].as_i64().ok_or(format!("{name} is no number"));
        let (iat, exp, now) = (time("iat")?, time("exp")?, now.timestamp());
        for (what, said, expected) in [
            ("alg", &header["alg"], json!("ES256")),
            ("kid", &header["kid"], json!(KEY_ID)),
            ("iss", &claims["iss"], json!(TEAM_ID)),
            ("sub", &claims["sub"], json!(client_id)),
            ("aud", &claims["aud"], json!(audience)),
            ("iat in the past", &Value::from(iat <= now), json!(true)),
            ("exp to come", &Value::from(exp > now), json!(true)),
            (
                "exp within six months",
                &Value::from(exp - now <= LONGEST),
                json!(true),
            ),
        ] {
            if *said != expected {
                return Err(format!("{what}: {said}, not {expected}"));
            }
        }
        Ok(())
    }
}

/// Starts a stub of Apple.
pub fn start() -> OpenIdStub {
    OpenIdStub::with_dialect(Dialect::Apple(AppleTeam::new()))
}
