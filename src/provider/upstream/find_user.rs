//! Finds the user of a provider account, by account or by email, or creates one.

use chrono::{DateTime, Utc};

use super::{
    Error, ProviderLoginRejection, Upstream, Upstreams,
    claims::{ClaimedEmail, ProviderProfile, VerifiedIdentity},
};
use crate::{
    audit::{AuditAction, audit},
    identity::{
        Account, AuthMethod, EmailAddress, External, FirstFactor, User, UserAtLogin, UserId,
    },
    locale::Locale,
    mail::{self, MailKind, Message},
    store::{CreateOutcome, NewUser, UserWithPassword},
};

/// The number of lookups if concurrent requests change the same user.
const ATTEMPTS: usize = 2;

/// The result of looking up the user of an account.
pub(super) enum UserLookup {
    /// The user exists or was created.
    Person(Box<FirstFactor>),
    /// The account is new, and its email belongs to a user already.
    LogInAndLink,
    /// The account is new and has no verified email.
    Unverified(Box<UnverifiedAccount>),
}

/// A new account without a verified email.
pub(super) struct UnverifiedAccount {
    pub(super) account: External,
    pub(super) profile: ProviderProfile,
    pub(super) auth_time: DateTime<Utc>,
    pub(super) claimed: Option<EmailAddress>,
}

/// The language of the mail about a new login method, the client that requested the login, and the only user who
/// may log in.
#[derive(Clone, Copy)]
pub(super) struct LookupContext<'a> {
    pub(super) locale: Locale,
    pub(super) client_id: &'a str,
    /// The `sub` of the ID token hint.
    pub(super) hinted: Option<&'a str>,
}

impl LookupContext<'_> {
    /// Checks that a user, or a new user, may log in. Called before anything is written.
    ///
    /// # Errors
    /// The user is not that of the ID token hint.
    fn check_hint(self, user: Option<&User>) -> Result<(), ProviderLoginRejection> {
        let is_hinted =
            |hinted: &str| user.is_some_and(|user| user.id.to_string().as_str() == hinted);
        if self.hinted.is_none_or(is_hinted) {
            Ok(())
        } else {
            Err(ProviderLoginRejection::OtherUser)
        }
    }
}

impl Upstreams {
    /// Finds the user of an account, with one read if the account is known, or creates the user.
    pub(super) async fn find_or_create_user(
        &self,
        provider: &Upstream,
        identity: VerifiedIdentity,
        context: LookupContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<UserLookup, Error> {
        let VerifiedIdentity {
            account,
            auth_time,
            claims,
        } = identity;
        // If the provider states no time, the login happens now. A time in the future is replaced by now.
        let auth_time = auth_time.map_or(now, |auth_time| auth_time.min(now));
        let person = |user| {
            let first = verified(user, auth_time)?;
            Ok(UserLookup::Person(Box::new(first)))
        };
        if let Some(user) = self.find_user(&account).await? {
            context.check_hint(Some(&user.user))?;
            return person(user);
        }
        let (profile, claimed) = self.fetch_profile(provider, claims).await?;
        let email = match claimed {
            Some(ClaimedEmail {
                email,
                is_verified: true,
            }) => email,
            claimed => {
                // Only a new user can result.
                context.check_hint(None)?;
                return Ok(UserLookup::Unverified(Box::new(UnverifiedAccount {
                    account,
                    profile,
                    auth_time,
                    claimed: claimed.map(|claimed| claimed.email),
                })));
            }
        };
        let found =
            self.find_or_create_by_email(provider, &account, &profile, (email, context), now);
        match found.await? {
            Some(user) => person(user),
            None => Ok(UserLookup::LogInAndLink),
        }
    }

    /// Adds a new account to the user with its verified email, or creates the user. Returns `None` if the email
    /// belongs to a user whom the account must not join.
    async fn find_or_create_by_email(
        &self,
        provider: &Upstream,
        account: &External,
        profile: &ProviderProfile,
        (email, context): (EmailAddress, LookupContext<'_>),
        now: DateTime<Utc>,
    ) -> Result<Option<UserAtLogin>, Error> {
        // Concurrent requests may create, join or delete the same user.
        for _ in 0..ATTEMPTS {
            let owner = self.store.user_with_password(&email).await?;
            let owner =
                owner.map(|UserWithPassword { user, factors, .. }| UserAtLogin { user, factors });
            context.check_hint(owner.as_ref().map(|owner| &owner.user))?;
            match owner {
                Some(UserAtLogin { user, .. }) if !user.is_active => {
                    return Err(ProviderLoginRejection::Disabled.into());
                }
                Some(UserAtLogin { user, .. }) if user.email_verified.is_none() => return Ok(None),
                // A mailbox is one factor: it must not add an account that counts as two.
                Some(UserAtLogin { factors, .. }) if factors.has_any() => {
                    return Ok(None);
                }
                Some(owner) => {
                    let user = &owner.user;
                    let joined = Account::external(account, user.id, now, &self.entropy)?;
                    if self.store.join_account_if_verified(&joined, &email).await? {
                        audit!(AuditAction::AccountLink, Done, user.id = %user.id, provider = provider.id());
                        self.notify_owner(provider, &email, context).await;
                        return Ok(Some(owner));
                    }
                }
                None => {
                    let id = UserId::new(now, &self.entropy)?;
                    if let Some(user) = self.create_user(id, &email, account, profile, now).await? {
                        return Ok(Some(UserAtLogin::created(user)));
                    }
                }
            }
            if let Some(user) = self.find_user(account).await? {
                return Ok(Some(user));
            }
        }
        // The user has another account of this provider, or was changed at the same time.
        Ok(None)
    }

    /// Mails the owner of an email that an account was added.
    async fn notify_owner(
        &self,
        provider: &Upstream,
        email: &EmailAddress,
        context: LookupContext<'_>,
    ) {
        let LookupContext {
            locale, client_id, ..
        } = context;
        let kind = MailKind::AccountJoined {
            provider: provider.name().to_owned(),
            page: mail::security_page(self.tokens.issuer(), locale, Some(client_id)),
        };
        if self.mailer.check().is_ok() && self.limits.may_notify(kind.name(), email).await {
            self.mailer.send(Message {
                to: email.clone(),
                locale,
                kind,
            });
        }
    }

    /// Creates the user of an account with a verified email. Returns `None` if the email or account has a user.
    pub(super) async fn create_user(
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

    pub(super) async fn find_user(&self, account: &External) -> Result<Option<UserAtLogin>, Error> {
        let (provider, id) = (&account.provider, &account.provider_account_id);
        Ok(self.store.user_of_account(provider, id).await?)
    }
}

/// Returns the first factor of a user whom the provider has verified.
///
/// # Errors
/// The user is disabled.
pub(super) fn verified(user: UserAtLogin, auth_time: DateTime<Utc>) -> Result<FirstFactor, Error> {
    if user.user.is_active {
        Ok(FirstFactor::new(user, AuthMethod::Provider, auth_time))
    } else {
        Err(ProviderLoginRejection::Disabled.into())
    }
}
