//! The changes of a user that the pages offer.

use crate::identity::User;

/// A change of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserAct {
    Role,
    Disable,
    Enable,
    LogOut,
    ResetFactors,
    Delete,
}

impl UserAct {
    pub(super) const ALL: [Self; 6] = [
        Self::Role,
        Self::LogOut,
        Self::ResetFactors,
        Self::Disable,
        Self::Enable,
        Self::Delete,
    ];

    /// The name in the path.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::LogOut => "logout",
            Self::ResetFactors => "reset-factors",
            Self::Delete => "delete",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }

    /// Returns whether the page of the user offers the change.
    pub(super) fn fits(self, user: &User, is_own: bool) -> bool {
        match self {
            Self::LogOut | Self::ResetFactors => true,
            Self::Enable => !user.is_active,
            Self::Disable => user.is_active && !is_own,
            Self::Role | Self::Delete => !is_own,
        }
    }

    /// The key of the text on the page of the user after the change.
    pub(super) const fn done(self) -> Option<&'static str> {
        match self {
            Self::Role => Some("page-admin-role-done"),
            Self::Disable => Some("page-admin-disabled-done"),
            Self::Enable => Some("page-admin-enabled-done"),
            Self::LogOut => Some("page-admin-log-out-done"),
            Self::ResetFactors => Some("page-admin-reset-factors-done"),
            Self::Delete => None,
        }
    }
}
