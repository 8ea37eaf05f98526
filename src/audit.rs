//! The audit trail: one line of log for every act that matters to security.
//!
//! Each says `act` and `outcome`, and whom it concerns: `user.id`, `sid`, `client_id`, or the
//! `reason` of a refusal. Network and request id are those of the span that it happens in; what an
//! operator does on a command line has no network, and says `by` instead. Never an address, a name
//! or a token.

/// The target of every event, so that a filter or a collector can pick them out.
pub const TARGET: &str = "signet::audit";

/// What somebody did, or tried to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// Confirmed a link and became a user.
    SignUp,
    /// Opened a link: only refusals are worth a line.
    Link,
    /// Logged in.
    Login,
    /// Continued a login.
    Refresh,
    /// Presented an access token: only refusals are worth a line.
    Access,
    /// Tried something more often than it may be tried.
    Limit,
    /// Ended the login of this browser.
    Logout,
    /// Changed the own record.
    RecordChange,
    /// Set or changed the password.
    PasswordChange,
    /// Set the password by a mailed link.
    PasswordReset,
    /// Confirmed another address.
    AddressChange,
    /// Got another way in.
    AccountLink,
    /// Gave a way in up.
    AccountUnlink,
    /// Deleted a user with everything that is theirs.
    UserDelete,
    /// Made a user.
    UserCreate,
    /// Shut a user out.
    UserDisable,
    /// Let a user in again.
    UserEnable,
    /// Changed what a user may do.
    RoleChange,
    /// Ended every session of everybody.
    LogoutEverybody,
    /// Ended every session of one person.
    LogoutEverywhere,
    /// Had a password hashed anew, with the present parameters.
    Rehash,
    /// Wrote keys and secrets.
    KeysGenerate,
    /// Wrote successors of what has signed for long enough.
    KeysRotate,
    /// Removed keys and secrets that verified nothing any more.
    KeysPrune,
    /// Found other keys and secrets in the folder than before.
    KeysChange,
}

impl AuditAction {
    /// Its name in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Link => "link",
            Self::Login => "login",
            Self::Refresh => "refresh",
            Self::Access => "access",
            Self::Limit => "limit",
            Self::Logout => "logout",
            Self::RecordChange => "record_change",
            Self::PasswordChange => "password_change",
            Self::PasswordReset => "password_reset",
            Self::AddressChange => "address_change",
            Self::AccountLink => "account_link",
            Self::AccountUnlink => "account_unlink",
            Self::UserDelete => "user_delete",
            Self::UserCreate => "user_create",
            Self::UserDisable => "user_disable",
            Self::UserEnable => "user_enable",
            Self::RoleChange => "role_change",
            Self::LogoutEverybody => "logout_everybody",
            Self::LogoutEverywhere => "logout_everywhere",
            Self::Rehash => "rehash",
            Self::KeysGenerate => "keys_generate",
            Self::KeysRotate => "keys_rotate",
            Self::KeysPrune => "keys_prune",
            Self::KeysChange => "keys_change",
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was not, for a reason on the asking side.
    Refused,
}

impl AuditOutcome {
    /// Its name in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// Who acted where nobody came over the network.
pub const COMMAND_LINE: &str = "command line";

/// Records an act and its outcome, with further fields as `tracing` takes them.
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
