//! The proof that a request presents, before it is verified.

#[cfg(feature = "service")]
use super::Proof;
use super::{ProofRejection, ProofTarget};

/// The header `DPoP` of a request, and the request that the proof must be made for. Cheap for a request without the
/// header.
#[derive(Debug, Clone, Default)]
pub struct PresentedProof(Option<Box<ProofHeader>>);

#[derive(Debug, Clone)]
struct ProofHeader {
    text: Result<String, ProofRejection>,
    method: String,
    url: String,
}

impl PresentedProof {
    /// Reads the lines of the header `DPoP`. `request` returns the method and the URL of the request; it is called if
    /// the request has the header.
    pub fn new<'a>(
        lines: impl IntoIterator<Item = &'a [u8]>,
        request: impl FnOnce() -> (String, String),
    ) -> Self {
        let mut lines = lines.into_iter();
        let Some(line) = lines.next() else {
            return Self(None);
        };
        let text = if lines.next().is_some() {
            Err(ProofRejection::Several)
        } else {
            let text = str::from_utf8(line).map_err(|_| ProofRejection::Malformed);
            text.map(str::to_owned)
        };
        let (method, url) = request();
        Self(Some(Box::new(ProofHeader { text, method, url })))
    }

    /// Returns whether the request has the header.
    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Verifies the only proof, with the access token that the request presents.
    ///
    /// # Errors
    /// The request has no proof, or several, or the proof is refused.
    #[cfg(feature = "service")]
    pub fn verify(&self, access_token: Option<&str>) -> Result<Proof, ProofRejection> {
        let (text, target) = self.only()?;
        Proof::verify(
            text,
            ProofTarget {
                access_token,
                ..target
            },
        )
    }

    /// Returns the only proof, and the request that it must be made for.
    ///
    /// # Errors
    /// The request has no proof, or several.
    pub fn only(&self) -> Result<(&str, ProofTarget<'_>), ProofRejection> {
        let header = self.0.as_deref().ok_or(ProofRejection::Missing)?;
        let text = header.text.as_deref().map_err(|error| *error)?;
        let target = ProofTarget {
            method: &header.method,
            url: &header.url,
            access_token: None,
        };
        Ok((text, target))
    }
}
