//! From an account to its user: found, joined by address, or made.

use chrono::{DateTime, Utc};

use super::{
    Error, Refused, Upstream, Upstreams,
    claims::{Claimed, Profile, Proven},
};
use crate::{
    audit::{Act, audit},
    identity::{Account, AuthMethod, EmailAddress, External, User, UserId, Verified},
    locale::Locale,
    mail::{Message, Says},
    store::{Created, NewUser},
};

/// How often the database is looked at again where others have changed it meanwhile.
const TRIES: usize = 2;

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
    pub(super) account: External,
    pub(super) profile: Profile,
    pub(super) auth_time: DateTime<Utc>,
    pub(super) claimed: Option<EmailAddress>,
}

impl Upstreams {
    /// The user of an account. One read where there is one.
    pub(super) async fn enter(
        &self,
        provider: &Upstream,
        proven: Proven,
        locale: Locale,
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
        let found = self.enter_by_address(provider, &account, &profile, (email, locale), now);
        match found.await? {
            Some(user) => person(user),
            None => Ok(Found::LogInAndLink),
        }
    }

    /// The user of an account that is new here, by the address that its provider vouches for: made,
    /// or joined. None where the address has a user whom neither is for.
    async fn enter_by_address(
        &self,
        provider: &Upstream,
        account: &External,
        profile: &Profile,
        (email, locale): (EmailAddress, Locale),
        now: DateTime<Utc>,
    ) -> Result<Option<User>, Error> {
        // Others may be making, joining or deleting the same at the same time.
        for _ in 0..TRIES {
            match self.store.user_by_email(&email).await? {
                Some(user) if !user.is_active => return Err(Refused::Disabled.into()),
                Some(user) if user.email_verified.is_none() => return Ok(None),
                Some(user) => {
                    let joined = Account::external(account, user.id, now, &self.entropy)?;
                    if self.store.join_account_if_verified(&joined, &email).await? {
                        audit!(Act::AccountLink, Done, user.id = %user.id, provider = provider.id());
                        self.tell(provider, &email, locale);
                        return Ok(Some(user));
                    }
                }
                None => {
                    let id = UserId::new(now, &self.entropy)?;
                    if let Some(user) = self.make(id, &email, account, profile, now).await? {
                        return Ok(Some(user));
                    }
                }
            }
            if let Some(user) = self.known(account).await? {
                return Ok(Some(user));
            }
        }
        // Its user has another account of this provider, or has changed this very moment.
        Ok(None)
    }

    /// Tells the owner of an address what has joined it.
    fn tell(&self, provider: &Upstream, email: &EmailAddress, locale: Locale) {
        let says = Says::AccountJoined {
            provider: provider.name().to_owned(),
            page: self.tokens.issuer().as_str().to_owned(),
        };
        if self.mailer.check().is_ok() && self.limits.may_tell(says.name(), email) {
            self.mailer.send(Message {
                to: email.clone(),
                locale,
                says,
            });
        }
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

/// The person of an account, unless shut out.
pub(super) fn verified(user: User, auth_time: DateTime<Utc>) -> Result<Verified, Error> {
    if user.is_active {
        let methods = vec![AuthMethod::Provider];
        Ok(Verified::new(user, methods, auth_time))
    } else {
        Err(Refused::Disabled.into())
    }
}
