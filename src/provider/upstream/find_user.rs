//! From an account to its user: found, joined by address, or made.

use chrono::{DateTime, Utc};

use super::{
    Error, ProviderLoginRejection, Upstream, Upstreams,
    claims::{ClaimedEmail, ProviderProfile, VerifiedIdentity},
};
use crate::{
    audit::{AuditAction, audit},
    identity::{Account, AuthMethod, EmailAddress, External, User, UserId, Verified},
    locale::Locale,
    mail::{MailKind, Message},
    store::{CreateOutcome, NewUser},
};

/// How often the database is looked at again where others have changed it meanwhile.
const TRIES: usize = 2;

/// Whose an account is.
pub(super) enum UserLookup {
    /// This person's.
    Person(Verified),
    /// A new one, of somebody whose address has a user already.
    LogInAndLink,
    /// A new one, and nobody vouches for an address.
    Unproven(Box<UnverifiedAccount>),
}

/// A new account whose address nobody vouches for.
pub(super) struct UnverifiedAccount {
    pub(super) account: External,
    pub(super) profile: ProviderProfile,
    pub(super) auth_time: DateTime<Utc>,
    pub(super) claimed: Option<EmailAddress>,
}

impl Upstreams {
    /// The user of an account. One read where there is one.
    pub(super) async fn find_or_create_user(
        &self,
        provider: &Upstream,
        proven: VerifiedIdentity,
        locale: Locale,
        now: DateTime<Utc>,
    ) -> Result<UserLookup, Error> {
        let VerifiedIdentity {
            account,
            auth_time,
            said,
        } = proven;
        // Without a word of the provider, the person is here now. Nobody was here later than that.
        let auth_time = auth_time.map_or(now, |auth_time| auth_time.min(now));
        let person = |user| verified(user, auth_time).map(UserLookup::Person);
        if let Some(user) = self.known(&account).await? {
            return person(user);
        }
        let (profile, claimed) = self.fetch_profile(provider, said).await?;
        let email = match claimed {
            Some(ClaimedEmail {
                email,
                is_proven: true,
            }) => email,
            claimed => {
                return Ok(UserLookup::Unproven(Box::new(UnverifiedAccount {
                    account,
                    profile,
                    auth_time,
                    claimed: claimed.map(|claimed| claimed.email),
                })));
            }
        };
        let found =
            self.find_or_create_by_email(provider, &account, &profile, (email, locale), now);
        match found.await? {
            Some(user) => person(user),
            None => Ok(UserLookup::LogInAndLink),
        }
    }

    /// The user of an account that is new here, by the address that its provider vouches for: made,
    /// or joined. None where the address has a user whom neither is for.
    async fn find_or_create_by_email(
        &self,
        provider: &Upstream,
        account: &External,
        profile: &ProviderProfile,
        (email, locale): (EmailAddress, Locale),
        now: DateTime<Utc>,
    ) -> Result<Option<User>, Error> {
        // Others may be making, joining or deleting the same at the same time.
        for _ in 0..TRIES {
            match self.store.user_by_email(&email).await? {
                Some(user) if !user.is_active => {
                    return Err(ProviderLoginRejection::Disabled.into());
                }
                Some(user) if user.email_verified.is_none() => return Ok(None),
                Some(user) => {
                    let joined = Account::external(account, user.id, now, &self.entropy)?;
                    if self.store.join_account_if_verified(&joined, &email).await? {
                        audit!(AuditAction::AccountLink, Done, user.id = %user.id, provider = provider.id());
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
        let says = MailKind::AccountJoined {
            provider: provider.name().to_owned(),
            page: self.tokens.issuer().as_str().to_owned(),
        };
        if self.mailer.check().is_ok() && self.limits.may_tell(says.name(), email) {
            self.mailer.send(Message {
                to: email.clone(),
                locale,
                kind: says,
            });
        }
    }

    /// Makes the user of an account whose address is proven, unless there is one.
    pub(super) async fn make(
        &self,
        id: UserId,
        email: &EmailAddress,
        account: &External,
        profile: &ProviderProfile,
        now: DateTime<Utc>,
    ) -> Result<Option<User>, Error> {
        let name = profile.name.clone();
        let mut user = User::new(id, email.clone(), name, now, &self.entropy)?;
        user.image.clone_from(&profile.image);
        let new = NewUser::with_external(user, account, now, &self.entropy)?;
        match self.store.create_user(&new).await? {
            CreateOutcome::Taken => Ok(None),
            CreateOutcome::Created => {
                audit!(AuditAction::SignUp, Done, user.id = %new.user.id);
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
        Err(ProviderLoginRejection::Disabled.into())
    }
}
