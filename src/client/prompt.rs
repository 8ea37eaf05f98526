//! The parameter `prompt` of an authorization request (OpenID Connect Core §3.1.2.1).

/// A value of `prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// No page may be shown.
    None,
    /// The user authenticates anew.
    Login,
    /// The user consents. No page asks for consent, because the operator configures every client.
    Consent,
    /// The user chooses an account.
    SelectAccount,
    /// The user creates an account (Initiating User Registration via OpenID Connect 1.0).
    Create,
}

impl Prompt {
    /// All values.
    pub const ALL: &[Self] = &[
        Self::None,
        Self::Login,
        Self::Consent,
        Self::SelectAccount,
        Self::Create,
    ];

    /// The value in requests and in the metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
            Self::Create => "create",
        }
    }

    /// Returns whether an identity provider is requested to do the same.
    const fn concerns_provider(self) -> bool {
        matches!(self, Self::Login | Self::Consent | Self::SelectAccount)
    }
}

/// The reason why `prompt` is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrompt {
    /// A value is unknown.
    #[error("prompt must be none, login, consent, select_account or create")]
    Unknown,
    /// `none` stands beside another value.
    #[error("prompt=none excludes other values")]
    NoneWithOthers,
}

/// The values of `prompt` in a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompts(Vec<Prompt>);

impl Prompts {
    /// Parses the space-delimited values.
    ///
    /// # Errors
    /// A value is unknown, or `none` is not the only one.
    pub fn parse(text: &str) -> Result<Self, InvalidPrompt> {
        let mut prompts = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let prompt = Prompt::ALL.iter().find(|it| it.as_str() == word);
            let prompt = *prompt.ok_or(InvalidPrompt::Unknown)?;
            if !prompts.contains(&prompt) {
                prompts.push(prompt);
            }
        }
        if prompts.len() > 1 && prompts.contains(&Prompt::None) {
            return Err(InvalidPrompt::NoneWithOthers);
        }
        Ok(Self(prompts))
    }

    /// Returns whether the request has this value.
    pub fn contains(&self, prompt: Prompt) -> bool {
        self.0.contains(&prompt)
    }

    /// Returns whether no page may be shown.
    pub fn is_silent(&self) -> bool {
        self.contains(Prompt::None)
    }

    /// Returns the values that are sent to the identity provider, if there is one.
    pub fn for_provider(&self) -> Option<String> {
        let words = self.0.iter().filter(|it| it.concerns_provider());
        let words: Vec<_> = words.map(|prompt| prompt.as_str()).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_a_space_delimited_set_in_which_none_stands_alone() {
        let two = Prompts::parse("login  select_account login").unwrap();
        assert_eq!(two.for_provider().as_deref(), Some("login select_account"));
        assert!(two.contains(Prompt::Login) && !two.is_silent());
        assert!(Prompts::parse("none none").unwrap().is_silent());
        assert_eq!(Prompts::parse("create").unwrap().for_provider(), None);
        assert_eq!(
            Prompts::parse("none login"),
            Err(InvalidPrompt::NoneWithOthers)
        );
        for unknown in ["None", "login,consent", "x"] {
            assert_eq!(Prompts::parse(unknown), Err(InvalidPrompt::Unknown));
        }
    }
}
