//! The single-use tokens of each provider.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::token::SpentTokens;

/// The tokens that were used, by the ID of the provider. Each provider has its own limit, so that one provider
/// takes no space of another. A cheap handle.
#[derive(Debug, Clone, Default)]
pub struct SpentByProvider(Arc<Mutex<BTreeMap<String, SpentTokens>>>);

impl SpentByProvider {
    /// Returns the used tokens of a provider.
    pub(super) fn of(&self, provider_id: &str) -> SpentTokens {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(provider_id.to_owned()).or_default().clone()
    }
}
