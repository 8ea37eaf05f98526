//! The stored texts: `$signet-sealed$SECRETS` if there are secret parameters, and the text of the scheme.

use super::{ForeignHash, HashRefusal, HashSecrets, Proof, Secrets, bcrypt::Bcrypt};
use crate::password::phc::HashFailed;

/// The start of a text with sealed parameters.
pub(super) const SEALED: &str = "$signet-sealed$";

/// Splits the sealed parameters from the text of the scheme.
pub(super) fn split_sealed(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(SEALED)?;
    let end = rest.find('$')?;
    rest.split_at_checked(end)
}

/// Reads a stored text.
///
/// # Errors
/// [`HashRefusal::UnknownHash`] if the text has another form.
pub(super) fn parse(text: &str) -> Result<ForeignHash, HashRefusal> {
    let Some((sealed, text)) = split_sealed(text) else {
        return parse_scheme(text);
    };
    let mut hash = parse_scheme(text)?;
    hash.secrets = Secrets::Sealed(sealed.to_owned());
    Ok(hash)
}

fn parse_scheme(text: &str) -> Result<ForeignHash, HashRefusal> {
    Bcrypt::parse_stored(text)
}

impl ForeignHash {
    /// Reads a stored text.
    ///
    /// # Errors
    /// The text has another form, or its parameters exceed the limits.
    pub(in crate::password) fn parse_stored(text: &str) -> Result<Self, HashRefusal> {
        parse(text)
    }

    /// Returns the sealed parameters, which have to be opened before a password can be checked.
    pub(in crate::password) fn sealed(&self) -> Option<&str> {
        match &self.secrets {
            Secrets::Sealed(sealed) => Some(sealed),
            Secrets::Open(_) => None,
        }
    }

    /// Sets the opened parameters.
    pub(in crate::password) fn open(&mut self, secrets: HashSecrets) {
        self.secrets = Secrets::Open(secrets);
    }

    /// Returns the parameters that have to be sealed, if there are any.
    pub(in crate::password) fn unsealed(&self) -> Option<&HashSecrets> {
        match &self.secrets {
            Secrets::Open(secrets) if !secrets.is_empty() => Some(secrets),
            _ => None,
        }
    }

    /// Returns the text to store, with the sealed parameters.
    ///
    /// # Errors
    /// The hash is weak and is not wrapped yet.
    pub(in crate::password) fn text(&self, sealed: Option<&str>) -> Result<String, HashFailed> {
        let text = match &self.proof {
            Proof::Digest(_) if self.is_weak() => return Err(HashFailed),
            Proof::Digest(digest) => self.scheme.text(digest),
            Proof::Wrapped(_) => return Err(HashFailed),
        };
        let sealed = sealed.or_else(|| self.sealed());
        Ok(match sealed {
            Some(sealed) => format!("{SEALED}{sealed}{text}"),
            None => text,
        })
    }
}
