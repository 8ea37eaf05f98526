//! The only source of randomness.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The random source failed. The server is at fault, never the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random source is unavailable")]
pub struct EntropyError;

type FillFn = dyn Fn(&mut [u8]) -> Result<(), EntropyError> + Send + Sync;

/// A source of unpredictable bytes that is cheap to clone.
#[derive(Clone)]
pub struct Entropy(Arc<FillFn>);

impl Entropy {
    /// Returns the operating system's generator.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that asks the operating system for randomness"
        )]
        Self::from_fn(|buffer| getrandom::fill(buffer).map_err(|_| EntropyError))
    }

    /// Creates a source that calls `fill` for every buffer.
    pub fn from_fn(
        fill: impl Fn(&mut [u8]) -> Result<(), EntropyError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(fill))
    }

    /// Returns `N` random bytes.
    ///
    /// # Errors
    /// The random source fails.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], EntropyError> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }

    /// Returns 256 random bits as 43 characters of base64url, the recommended form of a `code_verifier`
    /// (RFC 7636 §7.1).
    ///
    /// # Errors
    /// The random source fails.
    pub fn secret(&self) -> Result<String, EntropyError> {
        Ok(URL_SAFE_NO_PAD.encode(self.bytes::<32>()?))
    }

    /// Returns 128 random bits as 22 characters of base64url, for a `jti` or a `sid`.
    ///
    /// # Errors
    /// The random source fails.
    pub fn identifier(&self) -> Result<String, EntropyError> {
        let [identifier] = self.identifiers()?;
        Ok(identifier)
    }

    /// Returns `N` identifiers whose bytes are read in one call.
    ///
    /// # Errors
    /// The random source fails.
    pub fn identifiers<const N: usize>(&self) -> Result<[String; N], EntropyError> {
        let mut bytes = [[0; 16]; N];
        (self.0)(bytes.as_flattened_mut())?;
        Ok(bytes.map(|bytes| URL_SAFE_NO_PAD.encode(bytes)))
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn identifiers_do_not_repeat() {
        let entropy = Entropy::system();
        let identifiers: HashSet<_> = (0..100_000)
            .map(|_| entropy.identifier().unwrap())
            .collect();
        assert_eq!(identifiers.len(), 100_000);
        assert!(identifiers.iter().all(|identifier| identifier.len() == 22));
    }
}
