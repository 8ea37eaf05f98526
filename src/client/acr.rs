//! Authentication context classes (OpenID Connect Core §2, §3.1.2.1).

use serde::{Deserialize, Serialize};

/// The strength of a login: a value of `acr`, weakest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Acr {
    /// One factor. The strength of a token without the claim.
    #[default]
    #[serde(rename = "1fa")]
    OneFactor,
    /// Several factors.
    #[serde(rename = "mfa")]
    MultiFactor,
    /// A method that resists phishing.
    #[serde(rename = "phr")]
    PhishingResistant,
}

impl Acr {
    /// All values.
    pub const ALL: &[Self] = &[Self::OneFactor, Self::MultiFactor, Self::PhishingResistant];

    /// The values that a login can reach with the methods of today.
    pub const REACHABLE: &[&str] = &[
        Self::OneFactor.as_str(),
        Self::MultiFactor.as_str(),
        Self::PhishingResistant.as_str(),
    ];

    /// The value in requests, tokens and metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneFactor => "1fa",
            Self::MultiFactor => "mfa",
            Self::PhishingResistant => "phr",
        }
    }

    /// Returns the value of a login by these methods (RFC 8176).
    pub fn of(amr: &[String]) -> Self {
        let has = |value: &str| amr.iter().any(|method| method == value);
        if has("pop") && has("user") {
            Self::PhishingResistant
        } else if has("mfa") {
            Self::MultiFactor
        } else {
            Self::OneFactor
        }
    }

    /// Returns the weakest of the space-delimited values of `acr_values`. Unknown values are ignored, because
    /// the parameter requests voluntary claims (§3.1.2.1). `None` if no value is known.
    pub fn weakest(acr_values: &str) -> Option<Self> {
        let known = |word: &str| Self::ALL.iter().copied().find(|it| it.as_str() == word);
        acr_values.split(' ').filter_map(known).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weakest_known_value_suffices() {
        assert_eq!(Acr::weakest("phr mfa"), Some(Acr::MultiFactor));
        assert_eq!(Acr::weakest("urn:x phr"), Some(Acr::PhishingResistant));
        assert_eq!(Acr::weakest("phr  1fa"), Some(Acr::OneFactor));
        assert_eq!(Acr::weakest("PHR 2fa"), None);
    }
}
