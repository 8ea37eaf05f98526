//! Row identifiers: UUID version 7 (RFC 9562 §5.7) from the injected clock and randomness.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::entropy::{Entropy, EntropyError};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "service", derive(sqlx::Type), sqlx(transparent))]
        pub struct $name(Uuid);

        impl $name {
            /// The identifier that sorts before all others.
            pub const BEFORE_ALL: Self = Self(Uuid::nil());

            /// Returns a new identifier: 48 bits of time, 74 of randomness.
            ///
            /// # Errors
            /// The operating system returns no randomness.
            pub fn new(now: DateTime<Utc>, entropy: &Entropy) -> Result<Self, EntropyError> {
                let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
                let random = entropy.bytes::<10>()?;
                Ok(Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// The id of a user: the `sub` of every token. It is opaque to clients and never reassigned.
    UserId
}

impl UserId {
    /// Returns the 16 bytes of the id: the user handle of passkeys (WebAuthn §5.4.3).
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// Reads the bytes of an id. `None` if they are not 16.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }
}

id! {
    /// The id of an account.
    AccountId
}
id! {
    /// The id of a credential.
    CredentialId
}
