//! The single-use tokens of each provider.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::coordination::{Coordination, SpentMarks};

/// The tokens that were used, by the ID of the provider. Each provider has its own limit, so that one provider
/// takes no space of another. A cheap handle.
#[derive(Debug, Clone, Default)]
pub struct SpentByProvider {
    all: Arc<Mutex<BTreeMap<String, SpentMarks>>>,
    coordination: Coordination,
}

impl SpentByProvider {
    /// Returns the used tokens of all providers, which nodes with a common server share.
    pub fn new(coordination: &Coordination) -> Self {
        Self {
            all: Arc::default(),
            coordination: coordination.clone(),
        }
    }

    /// Returns the used tokens of a provider.
    pub(super) fn of(&self, provider_id: &str) -> SpentMarks {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || SpentMarks::new(&format!("provider {provider_id}"), &self.coordination);
        all.entry(provider_id.to_owned())
            .or_insert_with(new)
            .clone()
    }
}
