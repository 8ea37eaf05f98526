//! Whether a proof was used before.

use crate::spent::SpendError;

/// The earlier uses of a proof that this node knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofUse {
    /// This is the first use here.
    First,
    /// The proof was used before.
    Repeated,
    /// No more proofs can be remembered.
    Unknown,
}

impl ProofUse {
    /// Returns the earlier uses of a proof that was to be remembered.
    pub fn of(spent: Result<(), SpendError>) -> Self {
        match spent {
            Ok(()) => Self::First,
            Err(SpendError::Before) => Self::Repeated,
            Err(SpendError::Full | SpendError::Unavailable) => {
                tracing::warn!("too many proofs are used at once: this one is not remembered");
                Self::Unknown
            }
        }
    }
}
