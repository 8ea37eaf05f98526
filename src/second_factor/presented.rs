//! The codes that a request presents.

/// The reason why a text is no code of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCode {
    /// The text does not have six digits.
    #[error("must have 6 digits")]
    Totp,
    /// The text does not have the characters of a recovery code.
    #[error("must have the form XXXX-XXXX-XXXX-XXXX of A-Z and 2-7")]
    RecoveryCode,
}

/// A proof of a second factor.
#[derive(Debug, Clone)]
pub enum PresentedFactor {
    /// A code of an authenticator app.
    Totp(TotpCode),
    /// A recovery code.
    RecoveryCode(RecoveryCode),
}

/// A code of an authenticator app: six digits.
#[derive(Clone)]
pub struct TotpCode(String);

impl TotpCode {
    /// Parses a code. Spaces and hyphens do not matter.
    ///
    /// # Errors
    /// The text does not have six digits.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        let code = compact(text).ok_or(InvalidCode::Totp)?;
        if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(code))
        } else {
            Err(InvalidCode::Totp)
        }
    }

    /// Returns the digits.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A recovery code: 16 characters of base32.
#[derive(Clone)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// Parses a code. Case, spaces and hyphens do not matter.
    ///
    /// # Errors
    /// The text does not have 16 characters of base32.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        let code = compact(text).ok_or(InvalidCode::RecoveryCode)?;
        let code = code.to_ascii_uppercase();
        if code.len() == 16 && code.bytes().all(|byte| super::ALPHABET.contains(&byte)) {
            Ok(Self(code))
        } else {
            Err(InvalidCode::RecoveryCode)
        }
    }

    /// Returns the characters without hyphens.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Removes spaces and hyphens from a code. `None` if the text is longer than any code.
pub fn compact(text: &str) -> Option<String> {
    let is_short = text.len() <= 64;
    is_short.then(|| text.chars().filter(|it| !matches!(it, ' ' | '-')).collect())
}

/// Shows no content, because a code is a secret.
impl std::fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpCode([secret])")
    }
}

/// Shows no content, because a code is a secret.
impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode([secret])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_hyphens_and_case_do_not_matter() {
        for text in ["123456", "123 456", " 123-456 "] {
            assert_eq!(TotpCode::parse(text).unwrap().as_str(), "123456");
        }
        for text in [
            "ABCD-EFGH-2345-6789",
            "12345",
            "1234567",
            "12345a",
            "१२३४५६",
            "",
        ] {
            assert!(TotpCode::parse(text).is_err(), "{text}");
        }
        for text in ["ABCD-EFGH-2345-67YZ", "abcdefgh 234567yz"] {
            assert_eq!(
                RecoveryCode::parse(text).unwrap().as_str(),
                "ABCDEFGH234567YZ"
            );
        }
        for text in ["123456", "ABCD-EFGH-2345-67Y", "ABCD-EFGH-2345-0189", ""] {
            assert!(RecoveryCode::parse(text).is_err(), "{text}");
        }
        assert!(TotpCode::parse(&format!("{}123456", " ".repeat(60))).is_err());
    }
}
