//! The outcomes of logins for which the service of `migration.verify_url` was asked.

use prometheus_client::encoding::EncodeLabelSet;

/// The outcome of a login for which the service that users move from was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationOutcome {
    /// The service has verified the password, and the user was created.
    Created,
    /// The service refuses the email or the password.
    Refused,
    /// The service has not answered the question.
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OutcomeLabel {
    outcome: &'static str,
}

impl MigrationOutcome {
    pub(super) const ALL: [Self; 3] = [Self::Created, Self::Refused, Self::Failed];

    pub(super) const fn label(self) -> OutcomeLabel {
        let outcome = match self {
            Self::Created => "created",
            Self::Refused => "refused",
            Self::Failed => "failed",
        };
        OutcomeLabel { outcome }
    }
}
