//! Client authentication at the token endpoint (RFC 6749 §2.3, OpenID Connect Core §9).

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use url::Url;

/// A method of client authentication (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientAuthMethod {
    /// A public client (RFC 6749 §2.1): it holds no secret.
    None,
    /// The secret in the `Authorization` header (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// The secret in the form.
    ClientSecretPost,
    /// A JWT that the client signs with its private key (RFC 7523 §2.2).
    PrivateKeyJwt,
}

impl ClientAuthMethod {
    /// Every method.
    pub const ALL: &[Self] = &[
        Self::None,
        Self::ClientSecretBasic,
        Self::ClientSecretPost,
        Self::PrivateKeyJwt,
    ];

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// The credentials of a client and the methods by which it may present them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAuthentication {
    /// The accepted methods. `none` is never combined with another one.
    pub methods: Vec<ClientAuthMethod>,
    /// The hashes of the client's secrets: two while a secret is being replaced.
    pub secret_hashes: Vec<SecretHash>,
    /// The public keys of `private_key_jwt`.
    pub keys: Option<ClientKeys>,
}

impl ClientAuthentication {
    /// The authentication of a public client.
    pub fn none() -> Self {
        Self {
            methods: vec![ClientAuthMethod::None],
            secret_hashes: Vec::new(),
            keys: None,
        }
    }

    /// Returns whether the client has to authenticate (RFC 6749 §2.1).
    pub fn is_confidential(&self) -> bool {
        self.methods != [ClientAuthMethod::None]
    }

    /// Returns whether the client may use that method.
    pub fn accepts(&self, method: ClientAuthMethod) -> bool {
        self.methods.contains(&method)
    }

    /// Returns whether the secret is one of the client's. All SHA-256 digests are compared, each in constant
    /// time.
    #[cfg(feature = "service")]
    pub fn has_secret(&self, presented: &str) -> bool {
        use aws_lc_rs::constant_time::verify_slices_are_equal;

        let presented = SecretHash::of(presented);
        let hashes = self.secret_hashes.iter();
        let equal = hashes.filter(|hash| verify_slices_are_equal(&hash.0, &presented.0).is_ok());
        equal.count() > 0
    }
}

/// The source of the public keys of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientKeys {
    /// The key set itself (RFC 7517 §5), as JSON.
    Inline(String),
    /// The URL of the key set.
    Uri(Url),
}

/// The text is not the hash of a client secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be sha256:<43 characters of base64url>, as `signet clients secret` prints it")]
pub struct InvalidSecretHash;

/// The SHA-256 of a client secret. A secret has 256 random bits, so a fast hash protects it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    const PREFIX: &str = "sha256:";

    /// Hashes a secret.
    #[cfg(feature = "service")]
    pub fn of(secret: &str) -> Self {
        use aws_lc_rs::digest::{SHA256, digest};

        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
        Self(hash)
    }
}

impl FromStr for SecretHash {
    type Err = InvalidSecretHash;

    fn from_str(text: &str) -> Result<Self, InvalidSecretHash> {
        let hash = text.strip_prefix(Self::PREFIX).ok_or(InvalidSecretHash)?;
        let hash = URL_SAFE_NO_PAD.decode(hash);
        let hash = hash.ok().and_then(|hash| hash.try_into().ok());
        hash.map(Self).ok_or(InvalidSecretHash)
    }
}

impl fmt::Display for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash")
    }
}

#[cfg(test)]
#[cfg(feature = "service")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hash_of_a_secret_has_one_spelling() {
        let hash = SecretHash::of("abc");
        let text = "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
        assert_eq!(hash.to_string(), text);
        assert_eq!(text.parse(), Ok(hash));
        for wrong in [
            "",
            "sha256:",
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
            "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=",
            "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa",
            "sha512:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
        ] {
            assert_eq!(
                wrong.parse::<SecretHash>(),
                Err(InvalidSecretHash),
                "{wrong}"
            );
        }
    }

    #[test]
    fn either_of_two_secrets_is_accepted_and_no_other() {
        let authentication = ClientAuthentication {
            methods: vec![ClientAuthMethod::ClientSecretBasic],
            secret_hashes: vec![SecretHash::of("old"), SecretHash::of("new")],
            keys: None,
        };
        assert!(authentication.has_secret("old"));
        assert!(authentication.has_secret("new"));
        assert!(!authentication.has_secret("other"));
        assert!(!authentication.has_secret(""));
        assert!(!ClientAuthentication::none().has_secret(""));
    }

    proptest! {
        #[test]
        fn parsing_a_hash_never_panics(text in "(sha256:)?.{0,60}") {
            if let Ok(hash) = text.parse::<SecretHash>() {
                prop_assert_eq!(hash.to_string(), text);
            }
        }
    }
}
