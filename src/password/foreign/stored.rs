//! The stored texts: `$signet-sealed$SECRETS` if there are secret parameters, and the text of the scheme.

use super::{
    ForeignHash, HashProof, HashRefusal, HashSecrets, SecretState, argon2_variants::Argon2Scheme,
    bcrypt::Bcrypt, crypt::Crypt, limits, pbkdf2::Pbkdf2, scheme::HashScheme, scrypt::Scrypt,
};
use crate::{
    config::HashCost,
    identity::StoredVerifier,
    password::phc::{HashFailed, StoredHash},
};

/// The start of a text with sealed parameters.
const SEALED: &str = "$signet-sealed$";

/// The start of a weak hash that is wrapped in Argon2id, before the text of its scheme.
const WRAPPED: &str = "$signet-wrapped";

const ARGON2ID: &str = "$argon2id$";

/// The highest cost of a wrapped hash. The limits of other systems' parameters apply before it.
const LIMIT: HashCost = HashCost {
    memory_kib: u32::MAX,
    iterations: u32::MAX,
    parallelism: u32::MAX,
};

/// Splits the sealed parameters from the text of the scheme.
fn split_sealed(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(SEALED)?;
    let end = rest.find('$')?;
    rest.split_at_checked(end)
}

/// Reads a stored text.
///
/// # Errors
/// [`HashRefusal::UnknownHash`] if the text has another form.
pub(super) fn parse(text: &str) -> Result<ForeignHash, HashRefusal> {
    if text.len() > limits::MAX_TEXT {
        return Err(HashRefusal::Malformed);
    }
    let Some((sealed, text)) = split_sealed(text) else {
        let hash = parse_scheme(text)?;
        if hash.scheme.needs_secrets() {
            return Err(HashRefusal::Malformed);
        }
        return Ok(hash);
    };
    let mut hash = parse_scheme(text)?;
    hash.secrets = SecretState::Sealed(sealed.to_owned());
    Ok(hash)
}

fn parse_scheme(text: &str) -> Result<ForeignHash, HashRefusal> {
    if let Some(rest) = text.strip_prefix(WRAPPED) {
        return parse_wrapped(rest);
    }
    let mut read = Bcrypt::parse_stored(text);
    for parse in [
        Argon2Scheme::parse,
        Pbkdf2::parse,
        Scrypt::parse,
        Crypt::parse,
    ] {
        if matches!(read, Err(HashRefusal::UnknownHash)) {
            read = parse(text);
        }
    }
    read
}

/// Reads the text of a weak scheme, whose digest is replaced by a PHC string of Argon2id.
fn parse_wrapped(text: &str) -> Result<ForeignHash, HashRefusal> {
    let start = text.find(ARGON2ID).ok_or(HashRefusal::Malformed)?;
    let parts = text.split_at_checked(start);
    let (head, phc) = parts.ok_or(HashRefusal::Malformed)?;
    let scheme = HashScheme::parse_weak_head(head)?;
    // The limits are those of this module, and the digest is compared as a password of the service is.
    Argon2Scheme::parse(phc)?;
    let hash = StoredHash::parse(phc, LIMIT).ok_or(HashRefusal::Malformed)?;
    Ok(ForeignHash {
        scheme,
        proof: HashProof::Wrapped(Box::new(hash), phc.to_owned()),
        secrets: SecretState::Open(HashSecrets::default()),
    })
}

/// A stored verifier with sealed parameters, for the code that seals them again by another key.
pub struct SealedVerifier<'a> {
    sealed: &'a str,
    rest: &'a str,
}

impl<'a> SealedVerifier<'a> {
    /// The start of every stored text with sealed parameters.
    pub const PREFIX: &'static str = SEALED;

    /// Splits a verifier. Returns `None` if it has no sealed parameters.
    pub fn parse(verifier: &'a StoredVerifier) -> Option<Self> {
        let (sealed, rest) = split_sealed(verifier.expose())?;
        Some(Self { sealed, rest })
    }

    /// Returns the sealed parameters.
    pub const fn sealed(&self) -> &'a str {
        self.sealed
    }

    /// Returns the same verifier with the parameters as sealed by another key.
    pub fn with(&self, sealed: &str) -> StoredVerifier {
        StoredVerifier::new(format!("{SEALED}{sealed}{}", self.rest))
    }
}

impl ForeignHash {
    /// Reads a stored text.
    ///
    /// # Errors
    /// The text has another form, or its parameters exceed the limits.
    pub(in crate::password) fn parse_stored(text: &str) -> Result<Self, HashRefusal> {
        let hash = parse(text)?;
        // A weak hash that is not wrapped was not stored by this service.
        let is_stored = !hash.is_weak();
        is_stored.then_some(hash).ok_or(HashRefusal::WeakHash)
    }

    /// Returns the sealed parameters, which have to be opened before a password can be checked.
    pub(in crate::password) fn sealed(&self) -> Option<&str> {
        match &self.secrets {
            SecretState::Sealed(sealed) => Some(sealed),
            SecretState::Open(_) => None,
        }
    }

    /// Sets the opened parameters.
    pub(in crate::password) fn open(&mut self, secrets: HashSecrets) {
        self.secrets = SecretState::Open(secrets);
    }

    /// Returns the parameters that have to be sealed, if there are any.
    pub(in crate::password) fn unsealed(&self) -> Option<&HashSecrets> {
        match &self.secrets {
            SecretState::Open(secrets) if !secrets.is_empty() => Some(secrets),
            _ => None,
        }
    }

    /// Returns the text to store, with the sealed parameters.
    ///
    /// # Errors
    /// The hash is weak and is not wrapped yet.
    pub(in crate::password) fn text(&self, sealed: Option<&str>) -> Result<String, HashFailed> {
        let text = match &self.proof {
            HashProof::Digest(_) if self.is_weak() => return Err(HashFailed),
            HashProof::Digest(digest) => self.scheme.text(digest),
            HashProof::Wrapped(_, phc) => format!("{WRAPPED}{}{phc}", self.scheme.head()),
        };
        let sealed = sealed.or_else(|| self.sealed());
        Ok(match sealed {
            Some(sealed) => format!("{SEALED}{sealed}{text}"),
            None => text,
        })
    }
}
