//! Sign-up by a mailed link. Nothing is stored until the address is proven, and whoever opens the
//! link chooses the password.

use chrono::{DateTime, TimeDelta, Utc};

use super::Error;
use crate::{
    audit::{AuditAction, audit},
    entropy::Entropy,
    identity::{AuthMethod, EmailAddress, PersonName, User, UserId, Verified},
    limits::{Attempt, ChargedCaller, LimitedAction, Limits, Receipt},
    mail::{MailContext, MailKind, Mailer},
    network::Network,
    password::{Hasher, PasswordCheck, PasswordPolicy, PresentedPassword, QueuePlace},
    store::{CreateOutcome, NewUser, Store},
    token::{LinkRejection, SignUp, Tokens},
};

/// Verifies that a person reads a mailbox, and makes a user of them.
#[derive(Debug, Clone)]
pub struct SignUpProvider {
    /// Where users are stored.
    pub store: Store,
    /// What hashes the chosen password.
    pub hasher: Hasher,
    /// The limits of link confirmations and password checks.
    pub limits: Limits,
    /// What judges it.
    pub policy: PasswordPolicy,
    /// What seals the link.
    pub tokens: Tokens,
    /// What sends it.
    pub mailer: Mailer,
    /// Where ids come from.
    pub entropy: Entropy,
    /// How long the link is good.
    pub lifetime: TimeDelta,
}

/// An opened link, whose opener may choose a password.
#[derive(Debug)]
#[must_use]
pub struct OpenedSignUp {
    link: SignUp,
    network: Network,
    opening: Receipt,
    attempt: Attempt,
}

impl OpenedSignUp {
    /// The client that asked for the link.
    pub fn client_id(&self) -> &str {
        &self.link.client_id
    }
}

impl SignUpProvider {
    /// Mails a link to a new address, and something else to one that has a user. The same work
    /// and the same answer for both.
    pub async fn request(
        &self,
        email: EmailAddress,
        name: Option<PersonName>,
        asked: MailContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.mailer.check()?;
        let claims = SignUp {
            iss: self.tokens.issuer().as_str().to_owned(),
            sub: UserId::new(now, &self.entropy)?,
            email: email.clone(),
            name,
            client_id: asked.client.client_id.clone(),
            iat: now,
            exp: now + self.lifetime,
        };
        let token = self.tokens.mint(&claims, now)?;
        let issuer = self.tokens.issuer();
        let says = match self.store.user_by_email(&email).await? {
            None => MailKind::ConfirmSignUp {
                link: asked.link(issuer, "/signup/confirm", &token),
                good_for: self.lifetime,
            },
            Some(_) => MailKind::AlreadySignedUp {
                page: asked.front(issuer),
            },
        };
        self.mailer.send(asked.message(email, says));
        Ok(())
    }

    /// Opens a sign-up link within the limit of confirmations. A used link still accepts its password as
    /// a login, so the limits of logins apply as well.
    ///
    /// # Errors
    /// The link is refused, a limit is reached, or the service fails. A failure of the service is not
    /// charged.
    pub async fn open(
        &self,
        token: &str,
        network: Network,
        now: DateTime<Utc>,
    ) -> Result<OpenedSignUp, Error> {
        let caller = ChargedCaller::at(network);
        let opening = self.limits.charge(LimitedAction::Confirm, caller)?;
        let link = match self.tokens.verify_or_catch_up::<SignUp>(token, now).await {
            Ok(link) => link,
            Err(rejected) => {
                let refused = LinkRejection::Token(rejected);
                opening.settle(refused.is_ours());
                return Err(refused.into());
            }
        };
        let caller = caller.naming(&link.email).with_link_of(link.sub);
        let attempt = self.limits.check(LimitedAction::Login, caller)?;
        Ok(OpenedSignUp {
            link,
            network,
            opening,
            attempt,
        })
    }

    /// Makes the user of an opened link, with the password its opener chose. The same link and
    /// password once more, after a lost answer, is a login.
    ///
    /// # Errors
    /// The password or the link is refused, a limit is reached, or the service fails. A failure of the
    /// service is not charged.
    pub async fn confirm(
        &self,
        opened: OpenedSignUp,
        password: PresentedPassword,
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let OpenedSignUp {
            link,
            network,
            opening,
            attempt,
        } = opened;
        let verified = self.choose(&link, password, (network, attempt), now).await;
        opening.settle(verified.as_ref().is_err_and(Error::is_ours));
        verified
    }

    async fn choose(
        &self,
        link: &SignUp,
        password: PresentedPassword,
        (network, attempt): (Network, Attempt),
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let place = self.hasher.reserve(network)?;
        let receipt = attempt.charge()?;
        let verified = self.make(link, password, place, now).await;
        match &verified {
            Ok(_) | Err(Error::Weak(_)) => receipt.forgive(),
            Err(error) => receipt.settle(error.is_ours()),
        }
        verified
    }

    async fn make(
        &self,
        link: &SignUp,
        password: PresentedPassword,
        place: QueuePlace,
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let name = link.name.as_ref();
        let rules = (&self.policy, &link.email, name);
        let verifier = place.judge_and_hash(password.clone(), rules).await??;
        let user = User::new(
            link.sub,
            link.email.clone(),
            link.name.clone(),
            now,
            &self.entropy,
        )?;
        let new = NewUser::with_password(user, verifier, now, &self.entropy)?;
        let user = match self.store.create_user(&new).await? {
            CreateOutcome::Created => {
                audit!(AuditAction::SignUp, Done, user.id = %new.user.id);
                new.user
            }
            CreateOutcome::Taken => self.confirmed_before(link, password, place).await?,
        };
        Ok(Verified::new(user, vec![AuthMethod::Password], now))
    }

    async fn confirmed_before(
        &self,
        link: &SignUp,
        password: PresentedPassword,
        place: QueuePlace,
    ) -> Result<User, Error> {
        let found = self.store.user_with_password(&link.email).await?;
        let found = found
            .filter(|found| found.user.id == link.sub)
            .ok_or(LinkRejection::Taken)?;
        let checked = place.check(password, found.verifier.as_ref()).await?;
        match checked {
            PasswordCheck::Right | PasswordCheck::RightButOutdated if found.user.is_active => {
                Ok(found.user)
            }
            _ => Err(LinkRejection::Used.into()),
        }
    }
}
