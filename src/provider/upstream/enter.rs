//! From an account to its user: found, joined, made, or asked for an address.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    AuthorizationResponse, Begun, Dialect, Error, LoginState, Refused, Trouble, Upstream,
    Upstreams,
    address::Pending,
    person::{Claimed, Profile, Proven},
};
use crate::{
    audit::{Act, audit},
    client::Intent,
    identity::{Account, AuthMethod, EmailAddress, External, User, UserId, Verified},
    store::{Created, NewUser},
};

/// How often the database is looked at again where others have changed it meanwhile.
const TRIES: usize = 3;

/// Errors of a provider that are handed on: what a client can do something about (RFC 6749
/// §4.1.2.1, OpenID Connect Core §3.1.2.6).
const HANDED_ON: &[&str] = &[
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "login_required",
    "temporarily_unavailable",
];

/// What came of a login at a provider.
#[derive(Debug)]
pub enum Entered {
    /// This person is here, now.
    Person(Verified),
    /// This account is somebody's who wants to link it.
    Account(External),
    /// Nobody vouches for an address. The token is what the person goes on with.
    AddressNeeded {
        /// Seals all of it.
        token: String,
        /// The address that the provider claims, if it does.
        claimed: Option<EmailAddress>,
    },
    /// The address has a user who has not joined this account: the person has to log in as usual and
    /// link it.
    LogInAndLink,
    /// The provider said no, or not what was asked: an error of RFC 6749 §4.1.2.1 or OpenID Connect
    /// Core §3.1.2.6.
    Declined(&'static str),
}

/// Whose an account is.
pub(super) enum Found {
    /// This person's.
    Person(Verified),
    /// A new one, of somebody whose address has a user already.
    LogInAndLink,
    /// A new one, and nobody vouches for an address.
    Unproven(Box<Unproven>),
}

/// A new account whose address nobody vouches for.
pub(super) struct Unproven {
    account: External,
    profile: Profile,
    auth_time: DateTime<Utc>,
    claimed: Option<EmailAddress>,
}

impl Upstreams {
    /// Ends a login in the browser in which it began.
    pub async fn land(
        &self,
        provider: &Upstream,
        begun: Begun,
        response: &AuthorizationResponse,
        now: DateTime<Utc>,
    ) -> Result<Entered, Error> {
        provider.check_issuer(response).await?;
        if let Some(error) = &response.error {
            let known = HANDED_ON.iter().find(|known| *known == error);
            return Ok(Entered::Declined(known.copied().unwrap_or("server_error")));
        }
        let proven = self.prove(provider, &begun, response, now).await?;
        let Begun(state) = begun;
        self.spend(&state, now)?;
        let LoginState {
            max_age,
            binding,
            request,
            ..
        } = state.says;
        if !self.is_recent(proven.auth_time, max_age, now) {
            return Ok(Entered::Declined("login_required"));
        }
        if request.intent == Intent::Link {
            return Ok(Entered::Account(proven.account));
        }
        let unproven = match self.enter(provider, proven, now).await? {
            Found::Person(verified) => return Ok(Entered::Person(verified)),
            Found::LogInAndLink => return Ok(Entered::LogInAndLink),
            Found::Unproven(unproven) => *unproven,
        };
        let pending = Pending {
            provider: provider.id().to_owned(),
            account: unproven.account,
            profile: unproven.profile,
            auth_time: unproven.auth_time,
            binding,
            request,
        };
        // Where there is no mail, nobody is asked for an address.
        self.mailer.check()?;
        Ok(Entered::AddressNeeded {
            token: self.seal_pending(pending, now)?,
            claimed: unproven.claimed,
        })
    }

    /// Whether the person has been there as lately as was asked for: then the provider has to say
    /// when (OpenID Connect Core §3.1.3.7).
    fn is_recent(
        &self,
        auth_time: Option<DateTime<Utc>>,
        max_age: Option<u32>,
        now: DateTime<Utc>,
    ) -> bool {
        max_age.is_none_or(|max_age| {
            let since = now - self.tokens.leeway() - TimeDelta::seconds(max_age.into());
            auth_time.is_some_and(|auth_time| auth_time >= since)
        })
    }

    /// The user of an account. One read where there is one.
    pub(super) async fn enter(
        &self,
        provider: &Upstream,
        proven: Proven,
        now: DateTime<Utc>,
    ) -> Result<Found, Error> {
        let Proven {
            account,
            auth_time,
            said,
        } = proven;
        // Without a word of the provider, the person is here now. Nobody was here later than that.
        let auth_time = auth_time.map_or(now, |auth_time| auth_time.min(now));
        let person = |user| verified(user, auth_time).map(Found::Person);
        if let Some(user) = self.known(&account).await? {
            return person(user);
        }
        let (profile, claimed) = self.describe(provider, said).await?;
        let email = match claimed {
            Some(Claimed {
                email,
                is_proven: true,
            }) => email,
            claimed => {
                return Ok(Found::Unproven(Box::new(Unproven {
                    account,
                    profile,
                    auth_time,
                    claimed: claimed.map(|claimed| claimed.email),
                })));
            }
        };
        // Others may be making, joining or deleting the same at the same time.
        for _ in 0..TRIES {
            match self.store.user_by_email(&email).await? {
                Some(user) if !user.is_active => return Err(Refused::Disabled.into()),
                Some(user) if user.email_verified.is_none() => {
                    return Ok(Found::LogInAndLink);
                }
                Some(user) => {
                    let joined = Account::external(&account, user.id, now, &self.entropy)?;
                    if self.store.join_account_if_verified(&joined, &email).await? {
                        audit!(Act::AccountLink, Done, user.id = %user.id);
                        return person(user);
                    }
                }
                None => {
                    let id = UserId::new(now, &self.entropy)?;
                    if let Some(user) = self.make(id, &email, &account, &profile, now).await? {
                        return person(user);
                    }
                }
            }
            if let Some(user) = self.known(&account).await? {
                return person(user);
            }
        }
        Err(Error::Busy)
    }

    /// Makes the user of an account whose address is proven, unless there is one.
    pub(super) async fn make(
        &self,
        id: UserId,
        email: &EmailAddress,
        account: &External,
        profile: &Profile,
        now: DateTime<Utc>,
    ) -> Result<Option<User>, Error> {
        let name = profile.name.clone();
        let mut user = User::new(id, email.clone(), name, now, &self.entropy)?;
        user.image.clone_from(&profile.image);
        let new = NewUser::with_external(user, account, now, &self.entropy)?;
        match self.store.create_user(&new).await? {
            Created::Taken => Ok(None),
            Created::Created => {
                audit!(Act::SignUp, Done, user.id = %new.user.id);
                Ok(Some(new.user))
            }
        }
    }

    pub(super) async fn known(&self, account: &External) -> Result<Option<User>, Error> {
        let (provider, id) = (&account.provider, &account.provider_account_id);
        Ok(self.store.user_by_account(provider, id).await?)
    }
}

impl Upstream {
    /// Whether the provider itself answers (RFC 9207 §2.4), as far as it says.
    async fn check_issuer(&self, response: &AuthorizationResponse) -> Result<(), Error> {
        let Dialect::OpenId(discovery) = &self.dialect else {
            return Ok(());
        };
        let metadata = discovery.metadata().await.map_err(Trouble::from)?;
        let is_good = match &response.iss {
            Some(iss) => *iss == metadata.issuer,
            None => !metadata.authorization_response_iss_parameter_supported,
        };
        if is_good {
            Ok(())
        } else {
            Err(Refused::Issuer.into())
        }
    }
}

/// The person of an account, unless shut out.
pub(super) fn verified(user: User, auth_time: DateTime<Utc>) -> Result<Verified, Error> {
    if user.is_active {
        let methods = vec![AuthMethod::Provider];
        Ok(Verified::new(user, methods, auth_time))
    } else {
        Err(Refused::Disabled.into())
    }
}
