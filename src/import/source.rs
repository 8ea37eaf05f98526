//! The systems from which users are imported.

/// A system from which users are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportSource {
    /// Auth0.
    Auth0,
    /// Firebase Authentication.
    Firebase,
    /// Supabase Auth.
    Supabase,
    /// Keycloak.
    Keycloak,
    /// Django.
    Django,
    /// Devise, of Ruby on Rails.
    Devise,
    /// `WordPress`.
    WordPress,
    /// Better Auth.
    BetterAuth,
    /// ASP.NET Core Identity.
    Aspnet,
    /// Clerk.
    Clerk,
    /// Ory Kratos.
    Kratos,
    /// The export of Signet, which is also the form for systems that are not listed.
    Signet,
}

impl ImportSource {
    /// All sources.
    pub const ALL: [Self; 12] = [
        Self::Auth0,
        Self::Firebase,
        Self::Supabase,
        Self::Keycloak,
        Self::Django,
        Self::Devise,
        Self::WordPress,
        Self::BetterAuth,
        Self::Aspnet,
        Self::Clerk,
        Self::Kratos,
        Self::Signet,
    ];

    /// Returns the name on the command line and in accounts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth0 => "auth0",
            Self::Firebase => "firebase",
            Self::Supabase => "supabase",
            Self::Keycloak => "keycloak",
            Self::Django => "django",
            Self::Devise => "devise",
            Self::WordPress => "wordpress",
            Self::BetterAuth => "better-auth",
            Self::Aspnet => "aspnet",
            Self::Clerk => "clerk",
            Self::Kratos => "kratos",
            Self::Signet => "signet",
        }
    }

    /// Returns the source with that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == name)
    }
}
