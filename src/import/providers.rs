//! The providers of accounts: their names at the source, and the names under which Signet stores them.

use std::collections::BTreeMap;

use super::{ImportRefusal, refusal::RowRefusal};
use crate::{
    config::{ProviderConfig, ProviderKind},
    identity::{AccountKind, External},
};

/// The providers whose accounts are the same at every service, and their names at the sources.
const WELL_KNOWN: [(&str, AccountKind, &[&str]); 3] = [
    (
        "google",
        AccountKind::Oidc,
        &["google", "google.com", "google-oauth2", "google_oauth2"],
    ),
    ("github", AccountKind::Oauth, &["github", "github.com"]),
    ("apple", AccountKind::Oidc, &["apple", "apple.com"]),
];

/// The most characters of a name in a cause.
const MAX_SHOWN: usize = 100;

/// The stored names of providers, by their names at the source.
#[derive(Debug, Default)]
pub struct ProviderNames(BTreeMap<String, (AccountKind, String)>);

/// The accounts of the provider are stored by a name that is different for each user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "accounts of Microsoft cannot be imported: files of other services do not name the tenant of each user"
)]
pub struct ProviderWithoutName;

impl ProviderNames {
    /// Maps a name at the source to a configured provider. It has precedence over a well-known name.
    ///
    /// # Errors
    /// The provider is Microsoft with several tenants.
    pub fn map(
        &mut self,
        name: &str,
        provider: &ProviderConfig,
    ) -> Result<(), ProviderWithoutName> {
        let stored_as = provider.stored_as().ok_or(ProviderWithoutName)?;
        let kind = match provider.kind {
            ProviderKind::GitHub => AccountKind::Oauth,
            ProviderKind::Google
            | ProviderKind::Apple
            | ProviderKind::Microsoft
            | ProviderKind::Oidc => AccountKind::Oidc,
        };
        self.0.insert(name.to_owned(), (kind, stored_as.to_owned()));
        Ok(())
    }

    /// Returns the account of a provider with that name at the source.
    ///
    /// # Errors
    /// The provider is unknown, or the ID is empty.
    pub(super) fn account(&self, name: &str, id: Option<String>) -> Result<External, RowRefusal> {
        let provider_account_id = id.ok_or_else(|| {
            RowRefusal::malformed(format!(
                "the ID of an account of {} is missing",
                shown(name)
            ))
        })?;
        let well_known = || {
            let mut all = WELL_KNOWN.into_iter();
            let is_same = |other: &&str| other.eq_ignore_ascii_case(name);
            all.find(|(.., names)| names.iter().any(&is_same))
                .map(|(stored_as, kind, _)| (kind, stored_as.to_owned()))
        };
        let found = self.0.get(name).cloned().or_else(well_known);
        let (kind, provider) = found.ok_or_else(|| {
            let cause = format!("{}: name it with --provider", shown(name));
            RowRefusal::new(ImportRefusal::UnknownProvider, cause)
        })?;
        Ok(External {
            kind,
            provider,
            provider_account_id,
        })
    }
}

/// Returns a name from a file as it is shown in a cause.
fn shown(name: &str) -> String {
    name.chars().take(MAX_SHOWN).collect()
}
