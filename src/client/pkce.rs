//! Proof Key for Code Exchange (RFC 7636), only with S256: the client that redeems a code presents
//! the secret whose digest was in its authorization request.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// The only method (§4.2). With `plain` the secret would be visible to every reader of the request.
pub const CODE_CHALLENGE_METHOD: &str = "S256";

/// The text is not a code challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the SHA-256 of the code_verifier in 43 characters of base64url")]
pub struct InvalidCodeChallenge;

/// A code challenge: the SHA-256 of a secret (§4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Parses a code challenge.
    ///
    /// # Errors
    /// The text is not the base64url encoding of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidCodeChallenge> {
        let digest = URL_SAFE_NO_PAD.decode(text);
        if digest.is_ok_and(|digest| digest.len() == SHA256.output_len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidCodeChallenge)
        }
    }

    /// Returns the challenge of a secret.
    pub fn to(secret: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest(&SHA256, secret.as_bytes())))
    }

    /// Returns whether `verifier` is the secret of this challenge (§4.6). A malformed
    /// `code_verifier` (§4.1) never is. Digests are compared, so the duration reveals nothing about
    /// the secret.
    pub fn is_met_by(&self, verifier: &str) -> bool {
        Self::is_verifier(verifier) && *self == Self::to(verifier)
    }

    /// Returns whether a text is a well-formed `code_verifier` (§4.1).
    pub fn is_verifier(text: &str) -> bool {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
    }

    /// Returns the base64url text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CodeChallenge {
    type Error = InvalidCodeChallenge;

    fn try_from(text: String) -> Result<Self, InvalidCodeChallenge> {
        Self::parse(&text)
    }
}

impl From<CodeChallenge> for String {
    fn from(CodeChallenge(text): CodeChallenge) -> Self {
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_rfc_7636_verifies() {
        // RFC 7636 appendix B.
        let challenge =
            CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(challenge.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    }

    proptest! {
        #[test]
        fn only_the_secret_of_a_challenge_verifies(
            secret in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}|\\PC{0,130}",
        ) {
            let challenge = CodeChallenge::to(&secret);
            prop_assert_eq!(CodeChallenge::parse(challenge.as_str()), Ok(challenge.clone()));
            prop_assert!(challenge.is_met_by(&secret));
            prop_assert_eq!(challenge.is_met_by(&other), secret == other);
        }

        #[test]
        fn malformed_verifiers_never_verify(
            secret in "[a-z]{0,42}|[a-z]{129,140}|[a-z]{42}[^A-Za-z0-9._~-]",
        ) {
            prop_assert!(!CodeChallenge::to(&secret).is_met_by(&secret));
        }

        #[test]
        fn only_encoded_digests_are_challenges(text in "\\PC{0,60}|[A-Za-z0-9_-]{42,44}=?") {
            let is_one = URL_SAFE_NO_PAD.decode(&text).is_ok_and(|bytes| bytes.len() == 32);
            prop_assert_eq!(CodeChallenge::parse(&text).is_ok(), is_one);
        }
    }
}
