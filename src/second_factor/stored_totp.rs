//! The stored secret of an authenticator app: sealed, with its user and the last step that was used.

use serde::{Deserialize, Serialize};

use super::TotpSecret;
use crate::{identity::UserId, token::StoredSecret};

/// The content of the sealed row.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredTotp {
    /// The user. A row that was copied to another user is refused.
    pub sub: UserId,
    /// The secret.
    pub secret: TotpSecret,
    /// The last step that was used. Codes of this step and of earlier ones are refused.
    pub last_step: i64,
}

impl StoredSecret for StoredTotp {
    const LABEL: &'static str = "totp";
}

/// Shows no secret.
impl std::fmt::Debug for StoredTotp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredTotp")
            .field("sub", &self.sub)
            .finish_non_exhaustive()
    }
}
