//! The owners of the budgets of an attempt.

use aws_lc_rs::hmac;

use super::{BudgetScope, ChargedCaller, table::OwnerKey};
use crate::{identity::EmailAddress, network::Network};

/// The keys of a caller's budgets. A key does not identify the caller without the secret key of the
/// process.
#[derive(Debug)]
pub(super) struct BudgetOwners {
    pub(super) network: Option<OwnerKey>,
    pub(super) site: Option<OwnerKey>,
    pub(super) pair: Option<OwnerKey>,
    pub(super) user: Option<OwnerKey>,
    pub(super) email: Option<OwnerKey>,
}

impl BudgetOwners {
    /// Returns the caller's key for a budget of that scope, if there is one.
    pub(super) fn key(&self, scope: BudgetScope) -> Option<OwnerKey> {
        match scope {
            BudgetScope::Network => self.network,
            BudgetScope::Site => self.site,
            BudgetScope::Pair => self.pair,
            BudgetScope::User => self.user,
            BudgetScope::Email => self.email,
            BudgetScope::Global => Some(OwnerKey::default()),
        }
    }

    /// Computes the keys of a caller with this key.
    pub(super) fn of(caller: ChargedCaller<'_>, key: &hmac::Key) -> Self {
        let ChargedCaller {
            network,
            email,
            user,
            has_link,
            client_id,
        } = caller;
        let unshared = (!network.may_be_shared()).then_some(network);
        let site = unshared
            .map(Network::site)
            .filter(|site| site.has_many_networks());
        let network = unshared.map(|network| network.to_string());
        let network = network.as_deref();
        let email = email.map(EmailAddress::as_str);
        let keyed = |subject: Option<&str>, target: Option<&str>| owner_key(key, subject, target);
        Self {
            network: network.map(|network| keyed(Some(network), client_id)),
            site: site.map(|site| keyed(Some(&site.to_string()), client_id)),
            pair: network.and(email).map(|email| keyed(network, Some(email))),
            user: user.map(|user| keyed(Some(&user.to_string()), has_link.then_some("link"))),
            email: email.map(|email| keyed(None, Some(email))),
        }
    }
}

/// Computes the key of a network, site, user or kind of notice, alone or with an email or a client.
pub(super) fn owner_key(key: &hmac::Key, subject: Option<&str>, target: Option<&str>) -> OwnerKey {
    let mut context = hmac::Context::with_key(key);
    context.update(subject.unwrap_or_default().as_bytes());
    context.update(b"\0");
    context.update(target.unwrap_or_default().as_bytes());
    let mut owner_key = OwnerKey::default();
    owner_key
        .iter_mut()
        .zip(context.sign().as_ref())
        .for_each(|(to, from)| *to = *from);
    owner_key
}
