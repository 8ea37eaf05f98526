//! Builds the services from the handles that they share.

use crate::{
    admin::AdminService,
    clock::Clock,
    config::Config,
    connect::Resolver,
    entropy::Entropy,
    fetch::{self, NetworkAccess},
    limits::Limits,
    mail::Mailer,
    password::{Hasher, PasswordPolicy},
    profile::{LoginMethods, ProfileService},
    provider::{LoginLinkProvider, PasswordProvider, SignUpProvider, UpstreamParts, Upstreams},
    store::Store,
    token::Tokens,
};

/// The handles that services share.
pub(super) struct Services<'a> {
    pub(super) config: &'a Config,
    pub(super) clock: &'a Clock,
    pub(super) entropy: &'a Entropy,
    pub(super) store: &'a Store,
    pub(super) tokens: &'a Tokens,
    pub(super) hasher: &'a Hasher,
    pub(super) limits: &'a Limits,
    pub(super) mailer: Mailer,
    pub(super) policy: PasswordPolicy,
}

impl Services<'_> {
    /// # Errors
    /// Providers are configured, and this machine has no root certificates.
    pub(super) fn upstreams(&self) -> Result<Upstreams, fetch::Error> {
        let parts = UpstreamParts {
            tokens: self.tokens.clone(),
            store: self.store.clone(),
            entropy: self.entropy.clone(),
            mailer: self.mailer.clone(),
            limits: self.limits.clone(),
            clock: self.clock.clone(),
            reach: if self.config.is_loopback() {
                NetworkAccess::Loopback
            } else {
                NetworkAccess::Public
            },
            resolver: Resolver::system(),
            link_lifetime: self.config.tokens.sign_up_lifetime,
        };
        Upstreams::new(&self.config.providers, parts)
    }

    pub(super) fn passwords(&self) -> PasswordProvider {
        PasswordProvider {
            store: self.store.clone(),
            hasher: self.hasher.clone(),
            limits: self.limits.clone(),
        }
    }

    pub(super) fn login_links(&self) -> LoginLinkProvider {
        LoginLinkProvider {
            store: self.store.clone(),
            limits: self.limits.clone(),
            tokens: self.tokens.clone(),
            mailer: self.mailer.clone(),
            entropy: self.entropy.clone(),
        }
    }

    pub(super) fn sign_ups(&self) -> SignUpProvider {
        SignUpProvider {
            store: self.store.clone(),
            hasher: self.hasher.clone(),
            limits: self.limits.clone(),
            policy: self.policy.clone(),
            tokens: self.tokens.clone(),
            mailer: self.mailer.clone(),
            entropy: self.entropy.clone(),
            lifetime: self.config.tokens.sign_up_lifetime,
        }
    }

    pub(super) fn administration(&self) -> AdminService {
        AdminService {
            store: self.store.clone(),
            hasher: self.hasher.clone(),
            limits: self.limits.clone(),
            policy: self.policy.clone(),
            entropy: self.entropy.clone(),
            recent: self.config.tokens.recent_login,
        }
    }

    pub(super) fn profiles(&self) -> ProfileService {
        let providers = self.config.providers.clone();
        ProfileService {
            limits: self.limits.clone(),
            store: self.store.clone(),
            hasher: self.hasher.clone(),
            policy: self.policy.clone(),
            login_methods: LoginMethods::by(move |provider| {
                let configured = providers.of_account(provider);
                configured.map(|it| it.name.clone())
            }),
            entropy: self.entropy.clone(),
            recent: self.config.tokens.recent_login,
            tokens: self.tokens.clone(),
            mailer: self.mailer.clone(),
        }
    }
}
