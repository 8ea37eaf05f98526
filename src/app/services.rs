//! Builds the services from the handles that they share.

use std::sync::Arc;

use crate::{
    admin::AdminService,
    backchannel_logout::BackchannelLogout,
    clock::Clock,
    config::Config,
    coordination::{Coordination, SpentMarks},
    dpop::ProofVerifier,
    entropy::Entropy,
    fetch::Fetcher,
    limits::Limits,
    mail::Mailer,
    metrics::Metrics,
    oauth::{
        ClientAuthenticator, ClientCredentialsGrant, ClientKeySetError, ClientKeySets, Codes,
        SingleSignOn, TokenExchangeGrant,
    },
    password::{Hasher, PasswordPolicy},
    profile::{LoginMethods, ProfileService},
    provider::{
        LoginLinkProvider, Migration, PasskeyProvider, PasswordProvider, SignUpProvider,
        SpentByProvider, UpstreamParts, Upstreams,
    },
    second_factor::SecondFactors,
    session::Sessions,
    store::Store,
    token::Tokens,
};

/// The handles that services share.
pub(super) struct Services {
    pub(super) config: Arc<Config>,
    pub(super) clock: Clock,
    pub(super) entropy: Entropy,
    pub(super) store: Store,
    pub(super) tokens: Tokens,
    pub(super) hasher: Hasher,
    pub(super) limits: Limits,
    pub(super) mailer: Mailer,
    pub(super) fetcher: Option<Fetcher>,
    pub(super) policy: PasswordPolicy,
    pub(super) backchannel_logout: BackchannelLogout,
    pub(super) spent: SpentState,
    pub(super) metrics: Metrics,
}

/// The single-use tokens that were used.
#[derive(Debug, Clone)]
pub(super) struct SpentState {
    codes: SpentMarks,
    assertions: SpentMarks,
    proofs: SpentMarks,
    passkeys: SpentMarks,
    passkey_offers: SpentMarks,
    login_codes: SpentMarks,
    by_provider: SpentByProvider,
}

impl SpentState {
    pub(super) fn new(coordination: &Coordination) -> Self {
        let marks = |kind| SpentMarks::new(kind, coordination);
        Self {
            codes: marks("code"),
            assertions: marks("assertion"),
            proofs: marks("proof"),
            passkeys: marks("passkey"),
            passkey_offers: marks("passkey offer"),
            login_codes: marks("login code"),
            by_provider: SpentByProvider::new(coordination),
        }
    }
}

impl Services {
    pub(super) fn codes(&self, sessions: Sessions) -> Codes {
        let spent = self.spent.codes.clone();
        Codes::new(self.tokens.clone(), sessions, self.store.clone(), spent)
    }

    pub(super) fn upstreams(&self) -> Upstreams {
        let parts = UpstreamParts {
            tokens: self.tokens.clone(),
            store: self.store.clone(),
            entropy: self.entropy.clone(),
            mailer: self.mailer.clone(),
            limits: self.limits.clone(),
            clock: self.clock.clone(),
            fetcher: self.fetcher.clone(),
            link_lifetime: self.config.tokens.sign_up_lifetime,
            spent: self.spent.by_provider.clone(),
        };
        Upstreams::new(&self.config.providers, parts)
    }

    /// # Errors
    /// The inline key set of a client is unusable.
    pub(super) fn client_authenticator(&self) -> Result<ClientAuthenticator, ClientKeySetError> {
        let clients = &self.config.clients;
        Ok(ClientAuthenticator {
            tokens: self.tokens.clone(),
            keys: ClientKeySets::new(clients, self.fetcher.as_ref(), &self.clock)?,
            limits: self.limits.clone(),
            used: self.spent.assertions.clone(),
        })
    }

    pub(super) fn proofs(&self) -> ProofVerifier {
        let keyring = self.tokens.keyring().clone();
        let (nonce, seen) = (self.config.dpop.nonce, self.spent.proofs.clone());
        ProofVerifier::new(keyring, nonce, seen, self.metrics.clone())
    }

    pub(super) fn client_credentials(&self) -> ClientCredentialsGrant {
        ClientCredentialsGrant {
            tokens: self.tokens.clone(),
            proofs: self.proofs(),
            entropy: self.entropy.clone(),
        }
    }

    pub(super) fn token_exchange(&self) -> TokenExchangeGrant {
        TokenExchangeGrant {
            tokens: self.tokens.clone(),
            store: self.store.clone(),
            proofs: self.proofs(),
            entropy: self.entropy.clone(),
        }
    }

    pub(super) fn single_sign_on(&self) -> SingleSignOn {
        SingleSignOn {
            tokens: self.tokens.clone(),
            store: self.store.clone(),
            entropy: self.entropy.clone(),
            config: self.config.sso.clone(),
        }
    }

    pub(super) fn passwords(&self) -> PasswordProvider {
        PasswordProvider {
            store: self.store.clone(),
            hasher: self.hasher.clone(),
            limits: self.limits.clone(),
            entropy: self.entropy.clone(),
            migration: self.migration(),
        }
    }

    fn migration(&self) -> Option<Migration> {
        let config = self.config.migration.as_ref()?;
        let fetcher = self.fetcher.as_ref()?.separate();
        Some(Migration::new(config, fetcher, self.metrics.clone()))
    }

    pub(super) fn login_links(&self) -> LoginLinkProvider {
        LoginLinkProvider {
            store: self.store.clone(),
            limits: self.limits.clone(),
            tokens: self.tokens.clone(),
            mailer: self.mailer.clone(),
            entropy: self.entropy.clone(),
            mails_codes: self.config.mail.login_codes,
            tried_codes: self.spent.login_codes.clone(),
        }
    }

    pub(super) fn second_factors(&self) -> SecondFactors {
        SecondFactors {
            store: self.store.clone(),
            tokens: self.tokens.clone(),
            limits: self.limits.clone(),
            mailer: self.mailer.clone(),
        }
    }

    pub(super) fn passkeys(&self) -> PasskeyProvider {
        PasskeyProvider {
            store: self.store.clone(),
            limits: self.limits.clone(),
            tokens: self.tokens.clone(),
            entropy: self.entropy.clone(),
            config: self.config.passkeys.clone(),
            spent: self.spent.passkeys.clone(),
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
            require_acr: self.config.admin.require_acr,
            backchannel_logout: Some(self.backchannel_logout.clone()),
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
            service_name: self.config.service_name().to_owned(),
            entropy: self.entropy.clone(),
            recent: self.config.tokens.recent_login,
            tokens: self.tokens.clone(),
            mailer: self.mailer.clone(),
            passkeys: self.config.passkeys.clone(),
            spent_offers: self.spent.passkey_offers.clone(),
            backchannel_logout: self.backchannel_logout.clone(),
        }
    }
}
