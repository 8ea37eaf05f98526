//! Accounts of kind `import`: the identifiers of users in the services that they were imported from.

use super::{AccountKind, External};

/// The start of the column `provider` of these accounts. The name of the source follows.
const PROVIDER_PREFIX: &str = "import:";

impl External {
    /// Returns the identity of a user whom the source calls `id`. It is no login method.
    pub fn imported(source: &str, id: String) -> Self {
        Self {
            kind: AccountKind::Import,
            provider: format!("{PROVIDER_PREFIX}{source}"),
            provider_account_id: id,
        }
    }
}
