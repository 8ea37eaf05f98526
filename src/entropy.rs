//! The one source of randomness.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The source could not deliver. Our trouble, never the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random source is unavailable")]
pub struct EntropyError;

type FillFn = dyn Fn(&mut [u8]) -> Result<(), EntropyError> + Send + Sync;

/// A cheap handle that fills buffers with unpredictable bytes.
#[derive(Clone)]
pub struct Entropy(Arc<FillFn>);

impl Entropy {
    /// The operating system's generator.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that asks the operating system for randomness"
        )]
        Self::from_fn(|buffer| getrandom::fill(buffer).map_err(|_| EntropyError))
    }

    /// A source that asks `fill` for every buffer.
    pub fn from_fn(
        fill: impl Fn(&mut [u8]) -> Result<(), EntropyError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(fill))
    }

    /// `N` fresh bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], EntropyError> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }

    /// 256 fresh bits as 43 characters of base64url: what a `code_verifier` is made of (RFC 7636
    /// §7.1).
    pub fn secret(&self) -> Result<String, EntropyError> {
        Ok(URL_SAFE_NO_PAD.encode(self.bytes::<32>()?))
    }

    /// 128 fresh bits as 22 characters of base64url: what a `jti` or a `sid` is made of.
    pub fn identifier(&self) -> Result<String, EntropyError> {
        let [identifier] = self.identifiers()?;
        Ok(identifier)
    }

    /// `N` identifiers, of bytes that are fetched by one call.
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
    fn a_hundred_thousand_identifiers_are_all_different() {
        let entropy = Entropy::system();
        let identifiers: HashSet<_> = (0..100_000)
            .map(|_| entropy.identifier().unwrap())
            .collect();
        assert_eq!(identifiers.len(), 100_000);
        assert!(identifiers.iter().all(|identifier| identifier.len() == 22));
    }
}
