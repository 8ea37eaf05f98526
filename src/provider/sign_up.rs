//! Sign-up by a mailed link. Nothing is stored until the address is proven, and whoever opens the
//! link chooses the password.

use chrono::{DateTime, TimeDelta, Utc};

use super::Error;
use crate::{
    audit::{Act, audit},
    entropy::Entropy,
    identity::{AuthMethod, EmailAddress, PersonName, User, UserId, Verified},
    mail::{Asked, Mailer, Says},
    network::Network,
    password::{Checked, Hasher, Policy, PresentedPassword},
    store::{Created, NewUser, Store},
    token::{LinkRefused, SignUp, Tokens},
};

/// Verifies that a person reads a mailbox, and makes a user of them.
#[derive(Debug, Clone)]
pub struct SignUpProvider {
    /// Where users are stored.
    pub store: Store,
    /// What hashes the chosen password.
    pub hasher: Hasher,
    /// What judges it.
    pub policy: Policy,
    /// What seals the link.
    pub tokens: Tokens,
    /// What sends it.
    pub mailer: Mailer,
    /// Where ids come from.
    pub entropy: Entropy,
    /// How long the link is good.
    pub lifetime: TimeDelta,
}

impl SignUpProvider {
    /// Mails a link to a new address, and something else to one that has a user. The same work
    /// and the same answer for both.
    pub async fn request(
        &self,
        email: EmailAddress,
        name: Option<PersonName>,
        asked: Asked<'_>,
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
            None => Says::ConfirmSignUp {
                link: asked.link(issuer, "/signup/confirm", &token),
                good_for: self.lifetime,
            },
            Some(_) => Says::AlreadySignedUp {
                page: asked.front(issuer),
            },
        };
        self.mailer.send(asked.message(email, says));
        Ok(())
    }

    /// What an opened link says.
    pub async fn open(&self, token: &str, now: DateTime<Utc>) -> Result<SignUp, Error> {
        let link = self.tokens.verify_or_catch_up(token, now).await;
        link.map_err(|rejected| LinkRefused::Token(rejected).into())
    }

    /// Makes the user of an opened link, with the password its opener chose. The same link and
    /// password once more, after a lost answer, is a login.
    pub async fn confirm(
        &self,
        link: &SignUp,
        password: PresentedPassword,
        network: Network,
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let name = link.name.as_ref();
        self.policy.judge(&password, &link.email, name).await?;
        let verifier = self.hasher.hash(password.clone(), network).await?;
        let user = User::new(
            link.sub,
            link.email.clone(),
            link.name.clone(),
            now,
            &self.entropy,
        )?;
        let new = NewUser::with_password(user, verifier, now, &self.entropy)?;
        let user = match self.store.create_user(&new).await? {
            Created::Created => {
                audit!(Act::SignUp, Done, user.id = %new.user.id);
                new.user
            }
            Created::Taken => self.confirmed_before(link, password, network).await?,
        };
        Ok(Verified::new(user, vec![AuthMethod::Password], now))
    }

    async fn confirmed_before(
        &self,
        link: &SignUp,
        password: PresentedPassword,
        network: Network,
    ) -> Result<User, Error> {
        let found = self.store.user_with_password(&link.email).await?;
        let found = found
            .filter(|found| found.user.id == link.sub)
            .ok_or(LinkRefused::Taken)?;
        let checked = self
            .hasher
            .check(password, found.verifier.as_ref(), network)
            .await?;
        match checked {
            Checked::Right | Checked::RightButOutdated if found.user.is_active => Ok(found.user),
            _ => Err(LinkRefused::Used.into()),
        }
    }
}
