//! The audit log: one log line for each security-relevant action.
//!
//! Each line has `act` and `outcome`, and the fields that apply: `user.id`, `sid`, `client_id`, and the `reason` of
//! a refusal. The network and the request id come from the surrounding span. Actions on the command line have no
//! network; they have `by` instead. No line contains an email, a name or a token.

/// The target of every audit event, by which filters and collectors select them.
pub const TARGET: &str = "signet::audit";

/// An action that was done or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// A sign-up was confirmed with a mailed link.
    SignUp,
    /// A mailed link was opened. Only refusals are logged.
    Link,
    /// A user logged in.
    Login,
    /// A session was refreshed.
    Refresh,
    /// A client authenticated. Only refusals are logged.
    ClientAuthentication,
    /// A client obtained a token for itself.
    ClientCredentials,
    /// A client exchanged an access token.
    TokenExchange,
    /// An access token was presented. Only refusals are logged.
    Access,
    /// A request for tokens, or with a bound access token, had no valid proof of possession. Only refusals are logged.
    Proof,
    /// A rate limit was exceeded.
    Limit,
    /// A login was ended.
    Logout,
    /// A user changed their profile.
    RecordChange,
    /// A user set or changed their password.
    PasswordChange,
    /// A password was set with a mailed link.
    PasswordReset,
    /// A user confirmed a new email.
    AddressChange,
    /// An account of a provider was linked to a user.
    AccountLink,
    /// An account of a provider was unlinked from a user.
    AccountUnlink,
    /// A user was deleted with all their data.
    UserDelete,
    /// Users of another system were imported.
    UsersImport,
    /// All users were exported with their password hashes.
    UsersExport,
    /// A user was created, by an admin or on the command line.
    UserCreate,
    /// A sign-up link was mailed on the command line. The user exists once the link is confirmed.
    UserInvite,
    /// A link that sets a password was mailed on the command line.
    PasswordLink,
    /// A user was disabled.
    UserDisable,
    /// A user was enabled.
    UserEnable,
    /// The role of a user was changed.
    RoleChange,
    /// All sessions of all users were ended.
    LogoutEverybody,
    /// All sessions of one user were ended.
    LogoutEverywhere,
    /// A second factor was added.
    FactorAdd,
    /// A second factor was removed.
    FactorRemove,
    /// Recovery codes were created.
    RecoveryCodesCreate,
    /// A recovery code was used.
    RecoveryCodeUse,
    /// All second factors of a user were removed.
    FactorsReset,
    /// The stored secrets of authenticator apps were sealed again.
    KeysReseal,
    /// The counter of a passkey did not rise: the authenticator may have been cloned.
    PasskeyCloned,
    /// A password was hashed again with the current parameters.
    Rehash,
    /// Keys and secrets were created.
    KeysGenerate,
    /// Successors of keys and secrets that are due for rotation were created.
    KeysRotate,
    /// Keys and secrets that no longer verify any token were removed.
    KeysPrune,
    /// The keys and secrets in the folder have changed.
    KeysChange,
}

impl AuditAction {
    /// Returns the name in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Link => "link",
            Self::Login => "login",
            Self::Refresh => "refresh",
            Self::ClientAuthentication => "client_authentication",
            Self::ClientCredentials => "client_credentials",
            Self::TokenExchange => "token_exchange",
            Self::Access => "access",
            Self::Proof => "proof",
            Self::Limit => "limit",
            Self::Logout => "logout",
            Self::RecordChange => "record_change",
            Self::PasswordChange => "password_change",
            Self::PasswordReset => "password_reset",
            Self::AddressChange => "address_change",
            Self::AccountLink => "account_link",
            Self::AccountUnlink => "account_unlink",
            Self::UserDelete => "user_delete",
            Self::UsersImport => "users_import",
            Self::UsersExport => "users_export",
            Self::UserCreate => "user_create",
            Self::UserInvite => "user_invite",
            Self::PasswordLink => "password_link",
            Self::UserDisable => "user_disable",
            Self::UserEnable => "user_enable",
            Self::RoleChange => "role_change",
            Self::LogoutEverybody => "logout_everybody",
            Self::LogoutEverywhere => "logout_everywhere",
            Self::FactorAdd => "factor_add",
            Self::FactorRemove => "factor_remove",
            Self::RecoveryCodesCreate => "recovery_codes_create",
            Self::RecoveryCodeUse => "recovery_code_use",
            Self::FactorsReset => "factors_reset",
            Self::KeysReseal => "keys_reseal",
            Self::PasskeyCloned => "passkey_cloned",
            Self::Rehash => "rehash",
            Self::KeysGenerate => "keys_generate",
            Self::KeysRotate => "keys_rotate",
            Self::KeysPrune => "keys_prune",
            Self::KeysChange => "keys_change",
        }
    }
}

/// The outcome of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOutcome {
    /// The action was done.
    Done,
    /// The action was refused for a reason on the side of the client.
    Refused,
}

impl AuditOutcome {
    /// Returns the name in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// The value of `by` for actions on the command line.
pub const COMMAND_LINE: &str = "command line";

/// Logs an action and its outcome, with further fields in the syntax of `tracing`.
macro_rules! audit {
    ($act:expr, $outcome:ident, $($fields:tt)+) => {
        tracing::info!(
            target: crate::audit::TARGET,
            act = crate::audit::AuditAction::as_str($act),
            outcome = crate::audit::AuditOutcome::$outcome.as_str(),
            $($fields)+
        )
    };
}
pub(crate) use audit;
