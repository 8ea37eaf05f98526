//! A mint with its own keys, and a forger who has got hold of them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    client::Algorithm,
    config::{Config, Flags, Issuer, Sources},
    entropy::Entropy,
    identity::{Epoch, Role, UserId},
    keyring::{self, Keyring, SigningKey},
    token::{
        Access, Form, Kind, Refresh, Rejected, SignUp, Tokens,
        kind::{Context, Registered},
    },
};

pub(super) const ISSUER: &str = "https://auth.example.com";
pub(super) const LEEWAY: i64 = 30;

pub(super) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
}

pub(super) fn seconds(n: i64) -> TimeDelta {
    TimeDelta::seconds(n)
}

pub(super) struct Mint {
    pub(super) tokens: Tokens,
    _folder: tempfile::TempDir,
}

impl Mint {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = Entropy::system();
        keyring::generate(folder.path(), Algorithm::ALL, &entropy, now()).unwrap();
        Self::of_folder(folder)
    }

    pub(super) fn of_folder(folder: tempfile::TempDir) -> Self {
        let text = format!(
            "issuer = '{ISSUER}'\nkeys.folder = '{}'\n\
             [[clients]]\nclient_id = 'web'\naudience = 'https://api.example.com'\n\
             [[clients]]\nclient_id = 'phone'",
            folder.path().display()
        );
        let sources = Sources::new(("signet.toml", &text), [], Flags::default()).unwrap();
        let config = Config::load(sources).unwrap();
        let leeway = config.tokens.leeway;
        let (keyring, _) = Keyring::load(&config.keys, &config.issuer, leeway, now()).unwrap();
        let issuer = Issuer::parse(ISSUER).unwrap();
        let tokens = Tokens::new(issuer, config.clients, keyring, Entropy::system(), leeway);
        Self {
            tokens,
            _folder: folder,
        }
    }

    pub(super) fn key(&self) -> &SigningKey {
        self.tokens
            .keyring()
            .signing(Algorithm::Es256, now())
            .unwrap()
    }

    pub(super) fn secret_kid(&self) -> String {
        self.tokens
            .keyring()
            .secret(now())
            .unwrap()
            .kid()
            .to_owned()
    }

    /// A token of that header and payload, signed as its kind should be.
    pub(super) fn forge<K: Kind>(&self, header: &Value, payload: &str) -> String {
        self.forge_text::<K>(&header.to_string(), payload)
    }

    pub(super) fn forge_text<K: Kind>(&self, header: &str, payload: &str) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let message = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(payload.as_bytes())
        );
        let signature = if let Form::Published { .. } = K::FORM {
            encode(self.key().sign(message.as_bytes()).unwrap().as_ref())
        } else {
            let secret = self.tokens.keyring().secret(now()).unwrap();
            encode(secret.sign_refresh(message.as_bytes()).as_ref())
        };
        format!("{message}.{signature}")
    }

    /// Whatever JSON, sealed as a sign-up.
    pub(super) fn seal(&self, payload: &Value) -> String {
        self.tokens
            .mint(&AnySignUp(payload.clone()), now())
            .unwrap()
    }

    /// The header that a token of that kind has.
    pub(super) fn header<K: Kind>(&self) -> Value {
        match K::FORM {
            Form::Published { typ } => json!({"alg": "ES256", "typ": typ, "kid": self.key().kid()}),
            Form::Derived { typ } => json!({"alg": "HS256", "typ": typ, "kid": self.secret_kid()}),
            Form::Sealed { .. } => unreachable!("sealed tokens have no header"),
        }
    }

    pub(super) fn verify<K: Kind>(&self, token: &str) -> Result<K, Rejected> {
        self.tokens.verify(token, now())
    }
}

/// Claims of every kind that are good at [`now`].
pub(super) trait Sample: Kind + PartialEq + std::fmt::Debug {
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
            amr: vec!["pwd".to_owned()],
            scope: "read write".parse().unwrap(),
            roles: vec![Role::default()],
            epoch: epoch(),
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
            amr: vec!["pwd".to_owned()],
            epoch: epoch(),
            scope: "read".parse().unwrap(),
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
            client_id: "web".to_owned(),
            iat: now(),
            exp: now() + seconds(3600),
        }
    }
}

/// The claims of [`SignUp`], sealed for another purpose.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct OtherPurpose(pub(super) SignUp);

impl Kind for OtherPurpose {
    const FORM: Form = Form::Sealed { purpose: "other" };
    const LENIENT_EXPIRY: bool = false;

    fn registered(&self) -> Registered<'_> {
        self.0.registered()
    }

    fn check(&self, context: Context<'_>) -> Result<(), Rejected> {
        self.0.check(context)
    }

    fn client_id(&self) -> &str {
        self.0.client_id()
    }
}

/// Anything at all under the key of sign-ups.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct AnySignUp(Value);

impl Kind for AnySignUp {
    const FORM: Form = SignUp::FORM;
    const LENIENT_EXPIRY: bool = false;

    fn registered(&self) -> Registered<'_> {
        unreachable!("only ever minted")
    }

    fn check(&self, _: Context<'_>) -> Result<(), Rejected> {
        unreachable!("only ever minted")
    }

    fn client_id(&self) -> &str {
        unreachable!("only ever minted")
    }
}

impl Sample for OtherPurpose {
    fn sample() -> Self {
        Self(SignUp::sample())
    }
}
