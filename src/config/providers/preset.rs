//! Presets for well-known providers: settings that need not be configured.

use super::ProviderKind;

/// A value of the setting `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preset {
    Google,
    GitHub,
    Apple,
    Microsoft,
    GitLab,
    Discord,
    Oidc,
}

impl Preset {
    pub(super) const ALL: &[Self] = &[
        Self::Google,
        Self::GitHub,
        Self::Apple,
        Self::Microsoft,
        Self::GitLab,
        Self::Discord,
        Self::Oidc,
    ];

    /// Returns the name in the configuration, and in the column `provider` of accounts.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::GitHub => "github",
            Self::Apple => "apple",
            Self::Microsoft => "microsoft",
            Self::GitLab => "gitlab",
            Self::Discord => "discord",
            Self::Oidc => "oidc",
        }
    }

    /// Returns the display name.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Google => Some("Google"),
            Self::GitHub => Some("GitHub"),
            Self::Apple => Some("Apple"),
            Self::Microsoft => Some("Microsoft"),
            Self::GitLab => Some("GitLab"),
            Self::Discord => Some("Discord"),
            Self::Oidc => None,
        }
    }

    pub(super) const fn kind(self) -> ProviderKind {
        match self {
            Self::Google => ProviderKind::Google,
            Self::GitHub => ProviderKind::GitHub,
            Self::Apple => ProviderKind::Apple,
            Self::Microsoft => ProviderKind::Microsoft,
            Self::GitLab | Self::Discord | Self::Oidc => ProviderKind::Oidc,
        }
    }

    /// Returns the issuer, if it is the same for all clients.
    pub(super) const fn issuer(self) -> Option<&'static str> {
        match self {
            Self::Google => Some("https://accounts.google.com"),
            Self::GitHub => Some("https://github.com"),
            Self::Apple => Some("https://appleid.apple.com"),
            Self::GitLab => Some("https://gitlab.com"),
            Self::Discord => Some("https://discord.com"),
            Self::Microsoft | Self::Oidc => None,
        }
    }

    /// Returns the name under which accounts of this issuer are stored, whatever `kind` configures
    /// it.
    pub(super) fn of_issuer(issuer: &str) -> Option<&'static str> {
        let mut all = Self::ALL.iter();
        let found = all.find(|preset| preset.issuer() == Some(issuer));
        found.map(|preset| preset.as_str())
    }

    /// Returns the scopes that are requested by default.
    pub(super) const fn scopes(self) -> &'static [&'static str] {
        match self {
            // Apple always returns an ID token, and supports only two scopes.
            Self::Apple => &["name", "email"],
            Self::GitHub => &["read:user", "user:email"],
            Self::Discord => &["openid", "identify", "email"],
            Self::Google | Self::Microsoft | Self::GitLab | Self::Oidc => {
                &["openid", "email", "profile"]
            }
        }
    }

    /// Returns whether the provider returns an ID token only if `openid` is requested (OpenID
    /// Connect Core §3.1.2.1).
    pub(super) const fn needs_openid(self) -> bool {
        !matches!(self, Self::Apple | Self::GitHub)
    }

    /// Returns whether the provider verifies the emails of all users, and documents so.
    pub(super) const fn verifies_addresses(self) -> bool {
        matches!(self, Self::Google | Self::GitHub | Self::Apple)
    }
}
