//! The options of an import, which the readers of all sources share.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::{ImportRefusal, ImportSource, ProviderNames, refusal::RowRefusal, row::SourceRow};
use crate::{
    identity::External,
    password::{FirebaseParameters, ForeignHash, HashRefusal},
};

/// The options of an import.
#[derive(Debug)]
pub struct ImportOptions {
    /// The source.
    pub source: ImportSource,
    /// The present time.
    pub now: DateTime<Utc>,
    /// The names of providers.
    pub providers: ProviderNames,
    /// Weak hashes are imported.
    pub allows_weak: bool,
    /// The hash parameters of the Firebase project.
    pub hash_config: Option<FirebaseParameters>,
    /// The pepper of Devise.
    pub pepper: Option<SecretString>,
    /// Nothing is written.
    pub is_dry_run: bool,
}

impl ImportOptions {
    /// Returns whether hashes have secret parameters, which are sealed.
    pub fn has_secrets(&self) -> bool {
        self.hash_config.is_some() || self.pepper.is_some()
    }

    /// Returns the account that has the user's ID at the source.
    pub(super) fn source_account(&self, id: String) -> External {
        External::imported(self.source.as_str(), id)
    }

    /// Returns a time of the row, but none in the future. The present time if it is absent.
    ///
    /// # Errors
    /// The value is no time.
    pub(super) fn past(&self, row: &SourceRow, column: &str) -> Result<DateTime<Utc>, RowRefusal> {
        Ok(row
            .time(column)?
            .map_or(self.now, |time| time.min(self.now)))
    }

    /// Reads a hash that describes itself. An absent text is no hash.
    ///
    /// # Errors
    /// The hash is refused.
    pub(super) fn hash(&self, text: Option<&str>) -> Result<Option<ForeignHash>, RowRefusal> {
        text.map(|text| self.allowed(ForeignHash::parse(text)))
            .transpose()
    }

    /// Refuses a weak hash unless it is allowed.
    ///
    /// # Errors
    /// The hash is refused.
    pub(super) fn allowed(
        &self,
        hash: Result<ForeignHash, HashRefusal>,
    ) -> Result<ForeignHash, RowRefusal> {
        let hash = hash?;
        if hash.is_weak() && !self.allows_weak {
            return Err(ImportRefusal::WeakHash.into());
        }
        Ok(hash)
    }
}
