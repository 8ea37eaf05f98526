//! The signature counter (WebAuthn §6.1.1).

/// The change of the counter at a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterChange {
    /// The authenticator has no counter: both values are 0.
    None,
    /// The counter has risen to this value.
    Risen(u32),
    /// The counter has not risen: the authenticator may have been cloned.
    NotRisen,
}

impl CounterChange {
    /// Compares the stored counter and that of a login.
    pub(super) fn of(stored: u32, presented: u32) -> Self {
        if stored == 0 && presented == 0 {
            Self::None
        } else if presented > stored {
            Self::Risen(presented)
        } else {
            Self::NotRisen
        }
    }
}
