//! A mint with its own keys, which can also forge tokens with these keys.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    blocking::Threads,
    client::{Acr, Algorithm},
    config::{Config, FlagSettings, SettingSources},
    entropy::Entropy,
    identity::{Epoch, Role, UserId},
    json::UniqueMembers,
    keyring::{self, Keyring, SigningKey},
    metrics::Metrics,
    rotation::Rotation,
    token::{
        Access, Refresh, SignUp, TokenForm, TokenKind, TokenRejection, Tokens,
        kind::{RegisteredClaims, VerifyContext},
    },
};

pub(crate) const ISSUER: &str = "https://auth.example.com";
pub(crate) const LEEWAY: i64 = 30;

pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
}

pub(crate) fn seconds(n: i64) -> TimeDelta {
    TimeDelta::seconds(n)
}

/// All tests share this key, because generating an RSA key is slow.
const RSA_KEY: &str = include_str!("../../../tests/golden/0.1.0/20260101T000000Z.rs256.pem");

/// Holds keys of every algorithm. The client `web` uses one of them, `phone` the default. Tokens of
/// `spring` differ from those of `web` only in `typ`.
pub(crate) struct Mint {
    pub(crate) tokens: Tokens,
    pub(crate) algorithm: Algorithm,
    folder: tempfile::TempDir,
}

impl Mint {
    pub(crate) fn new() -> Self {
        Self::of(Algorithm::Es256)
    }

    /// Returns one mint for each algorithm.
    pub(crate) fn each() -> impl Iterator<Item = Self> {
        Algorithm::ALL.iter().copied().map(Self::of)
    }

    pub(crate) fn of(algorithm: Algorithm) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = Entropy::system();
        let quick = [Algorithm::Es256, Algorithm::EdDsa];
        keyring::generate(folder.path(), &quick, &entropy, now()).unwrap();
        Self::write_rsa_key(folder.path(), RSA_KEY);
        Self::of_folder(folder, algorithm)
    }

    pub(crate) fn write_rsa_key(folder: &Path, pem: &str) {
        let path = folder.join("20260101T000000Z.rs256.pem");
        fs::write(&path, pem).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(crate) fn of_folder(folder: tempfile::TempDir, algorithm: Algorithm) -> Self {
        let clients = format!(
            "[[clients]]\nclient_id = 'web'\naudience = 'https://api.example.com'\n\
             algorithm = '{algorithm}'\n[[clients]]\nclient_id = 'phone'\n\
             [[clients]]\nclient_id = 'spring'\naudience = 'https://api.example.com'\n\
             algorithm = '{algorithm}'\ntyp = 'JWT'"
        );
        Self::configured(folder, algorithm, ISSUER, &clients)
    }

    pub(crate) fn configured(
        folder: tempfile::TempDir,
        algorithm: Algorithm,
        issuer: &str,
        clients: &str,
    ) -> Self {
        let text = format!(
            "issuer = '{issuer}'\nkeys.folder = '{}'\n{clients}",
            folder.path().display()
        );
        let sources =
            SettingSources::new(("signet.toml", &text), [], FlagSettings::default()).unwrap();
        let config = Config::load(sources).unwrap();
        let leeway = config.tokens.leeway;
        let (keyring, _) = Keyring::load(&config.keys, &config.issuer, leeway, now()).unwrap();
        let tokens = Tokens::new(
            config.issuer,
            config.clients,
            Rotation::new(keyring, Threads::Separate),
            Entropy::system(),
            leeway,
            Metrics::default(),
        );
        Self {
            tokens,
            algorithm,
            folder,
        }
    }

    pub(crate) fn key(&self) -> Arc<SigningKey> {
        self.key_of(self.algorithm)
    }

    pub(crate) fn key_of(&self, algorithm: Algorithm) -> Arc<SigningKey> {
        self.tokens.keyring().signing(algorithm, now()).unwrap()
    }

    /// Reads the private key of that algorithm from its file.
    pub(crate) fn pkcs8(&self, algorithm: Algorithm) -> Vec<u8> {
        let name = format!("20260101T000000Z.{}.pem", algorithm.file_tag());
        let text = fs::read(self.folder.path().join(name)).unwrap();
        pem::parse(text).unwrap().into_contents()
    }

    pub(crate) fn secret_kid(&self) -> String {
        self.tokens
            .keyring()
            .secret(now())
            .unwrap()
            .kid()
            .to_owned()
    }

    /// Signs this header and payload with the key of the kind.
    pub(crate) fn forge<K: TokenKind>(&self, header: &Value, payload: &str) -> String {
        self.forge_text::<K>(&header.to_string(), payload)
    }

    pub(crate) fn forge_text<K: TokenKind>(&self, header: &str, payload: &str) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let message = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(payload.as_bytes())
        );
        let signature = if K::FORM == TokenForm::Published {
            encode(&self.key().sign(message.as_bytes()).unwrap())
        } else {
            let secret = self.tokens.keyring().secret(now()).unwrap();
            encode(secret.sign_refresh(message.as_bytes()).as_ref())
        };
        format!("{message}.{signature}")
    }

    /// Seals any JSON as a sign-up.
    pub(crate) fn seal(&self, payload: &Value) -> String {
        self.tokens
            .mint(&AnySignUp(payload.clone()), now())
            .unwrap()
    }

    /// Returns the header of a valid token of that kind.
    pub(crate) fn header<K: TokenKind>(&self) -> Value {
        match K::FORM {
            TokenForm::Published => {
                json!({"alg": self.algorithm.as_str(), "typ": "at+jwt", "kid": self.key().kid()})
            }
            TokenForm::Identity => {
                json!({"alg": self.algorithm.as_str(), "typ": "JWT", "kid": self.key().kid()})
            }
            TokenForm::Logout => unreachable!("logout tokens are not verified"),
            TokenForm::Derived { typ } => {
                json!({"alg": "HS256", "typ": typ, "kid": self.secret_kid()})
            }
            TokenForm::Sealed { .. } => unreachable!("sealed tokens have no header"),
        }
    }

    pub(crate) fn verify<K: TokenKind>(&self, token: &str) -> Result<K, TokenRejection> {
        self.tokens.verify(token, now())
    }
}

/// Claims of every kind that are valid at [`now`].
pub(crate) trait Sample: TokenKind + PartialEq + std::fmt::Debug {
    fn sample() -> Self;

    fn payload() -> Value {
        serde_json::to_value(Self::sample()).unwrap()
    }
}

fn user() -> UserId {
    "0190163d-8694-739b-aea5-966c26f8ad91".parse().unwrap()
}

fn epoch() -> Epoch {
    serde_json::from_str("4711").unwrap()
}

impl Sample for Access {
    fn sample() -> Self {
        Self {
            iss: ISSUER.to_owned(),
            sub: user(),
            aud: "https://api.example.com".to_owned(),
            exp: now() + seconds(300),
            iat: now(),
            jti: "access".to_owned(),
            client_id: "web".to_owned(),
            sid: "login".to_owned(),
            auth_time: now(),
            acr: Acr::OneFactor,
            amr: vec!["pwd".to_owned()],
            scope: "read write".parse().unwrap(),
            roles: vec![Role::default()],
            epoch: epoch(),
            cnf: None,
            session_jkt: None,
            extra: UniqueMembers::default(),
        }
    }
}

impl Sample for Refresh {
    fn sample() -> Self {
        Self {
            iss: ISSUER.to_owned(),
            aud: format!("{ISSUER}/refresh"),
            sub: user(),
            client_id: "web".to_owned(),
            sid: "login".to_owned(),
            jti: "refresh".to_owned(),
            iat: now(),
            exp: now() + seconds(3600),
            abs_exp: now() + seconds(7200),
            auth_time: now(),
            acr: Acr::OneFactor,
            amr: vec!["pwd".to_owned()],
            epoch: epoch(),
            scope: "read".parse().unwrap(),
            resource: None,
            cnf: None,
        }
    }
}

impl Sample for SignUp {
    fn sample() -> Self {
        Self {
            iss: ISSUER.to_owned(),
            sub: user(),
            email: "ada@example.com".parse().unwrap(),
            name: Some("Ada".parse().unwrap()),
            role: None,
            client_id: "web".to_owned(),
            login: None,
            iat: now(),
            exp: now() + seconds(3600),
        }
    }
}

/// The purposes of sealed tokens, and one that does not exist.
pub(crate) const PURPOSES: [&str; 6] = [
    "other",
    "code",
    "login-state",
    "pending-address",
    "account-link",
    "native-login",
];

/// The claims of [`SignUp`], sealed for another purpose, so that only the key differs.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Other<const N: usize>(pub(crate) SignUp);
pub(crate) type OtherPurpose = Other<0>;

impl<const N: usize> TokenKind for Other<N> {
    const FORM: TokenForm = TokenForm::Sealed {
        purpose: PURPOSES[N],
    };
    const EXPIRY_HAS_LEEWAY: bool = false;

    fn registered(&self) -> RegisteredClaims<'_> {
        self.0.registered()
    }

    fn check(&self, context: VerifyContext<'_>) -> Result<(), TokenRejection> {
        self.0.check(context)
    }

    fn client_id(&self) -> Option<&str> {
        self.0.client_id()
    }
}

/// Any JSON, sealed with the key of sign-ups.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct AnySignUp(Value);

impl TokenKind for AnySignUp {
    const FORM: TokenForm = SignUp::FORM;
    const EXPIRY_HAS_LEEWAY: bool = false;

    fn registered(&self) -> RegisteredClaims<'_> {
        unreachable!("only ever minted")
    }

    fn check(&self, _: VerifyContext<'_>) -> Result<(), TokenRejection> {
        unreachable!("only ever minted")
    }

    fn client_id(&self) -> Option<&str> {
        unreachable!("only ever minted")
    }
}

impl<const N: usize> Sample for Other<N> {
    fn sample() -> Self {
        Self(SignUp::sample())
    }
}
