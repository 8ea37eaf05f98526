//! Login by a mailed link. It changes nothing that it could be bound to, so it is bound to a value that
//! using it replaces: of several open links the first that is used wins, and all others die.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Error;
use crate::{
    client::{AuthorizationRequest, CodeChallenge, Scope},
    entropy::Entropy,
    identity::{AuthMethod, EmailAddress, Epoch, User, UserId, Verified},
    mail::{MailContext, MailKind, Mailer},
    store::Store,
    token::{LinkRejection, SealedPurpose, SealedToken, TokenForm, TokenKind, Tokens},
};

/// Who is let in, and who may open the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginLink {
    sub: UserId,
    session_epoch: Epoch,
    link_epoch: Epoch,
    /// What whoever asked has kept the secret of, as in PKCE.
    code_challenge: CodeChallenge,
    /// The scope asked for; without, everything the client may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// What a page of ours answers, where one asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<AuthorizationRequest>,
}

impl SealedPurpose for LoginLink {
    const PURPOSE: &'static str = "login-link";
}

/// Verifies that a person reads the mailbox of a user.
#[derive(Debug, Clone)]
pub struct LoginLinkProvider {
    /// Where users are stored.
    pub store: Store,
    /// What seals the link.
    pub tokens: Tokens,
    /// What sends it.
    pub mailer: Mailer,
    /// Where epochs come from.
    pub entropy: Entropy,
}

impl LoginLinkProvider {
    const LIFETIME: TimeDelta = TimeDelta::minutes(10);

    /// What is sealed here, and how long it is good.
    pub const KIND: (TokenForm, TimeDelta) = (SealedToken::<LoginLink>::FORM, Self::LIFETIME);

    /// Mails a link to whoever has shown before to read that mailbox, and something else to all others.
    /// The same work and the same answer for both. Nothing is written.
    pub async fn request(
        &self,
        email: EmailAddress,
        code_challenge: CodeChallenge,
        scope: Option<Scope>,
        asked: MailContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.mailer.check()?;
        let user = self.store.user_by_email(&email).await?;
        // An address that nobody has proved may be another's: who reads it sets a password first.
        let is_known = |user: &User| user.is_active && user.email_verified.is_some();
        let user = user.filter(is_known);
        let (sub, session_epoch, link_epoch) = if let Some(user) = &user {
            (user.id, user.session_epoch, user.link_epoch)
        } else {
            let epoch = Epoch::fresh(&self.entropy)?;
            (UserId::new(now, &self.entropy)?, epoch, epoch)
        };
        let link = LoginLink {
            sub,
            session_epoch,
            link_epoch,
            code_challenge,
            scope,
            request: asked.request.cloned(),
        };
        let client_id = &asked.client.client_id;
        let token = self.tokens.seal(link, client_id, Self::LIFETIME, now)?;
        let issuer = self.tokens.issuer();
        let path = "/login/link/confirm";
        let says = match user {
            None => MailKind::NoAccount {
                page: asked.front(issuer),
            },
            Some(_) => MailKind::LogIn {
                link: match asked.request {
                    // What a page of ours has kept, no app can show.
                    Some(_) => asked.own_link(issuer, path, &token),
                    None => asked.link(issuer, path, &token),
                },
                good_for: Self::LIFETIME,
            },
        };
        self.mailer.send(asked.message(email, says));
        Ok(())
    }

    /// What an opened link says, where it was asked for: to whoever has the secret. Elsewhere it stays
    /// as good as it is.
    pub async fn open(
        &self,
        token: &str,
        code_verifier: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<LoginLink>, Error> {
        let link = self.tokens.unseal::<LoginLink>(token, now).await;
        let link = link.map_err(LinkRejection::Token)?;
        let challenge = &link.says.code_challenge;
        if code_verifier.is_some_and(|verifier| challenge.is_met_by(verifier)) {
            Ok(link)
        } else {
            Err(LinkRejection::Elsewhere.into())
        }
    }

    /// Lets in whoever has opened a link: one compare-and-swap, which one of many at once wins.
    pub async fn verify(&self, link: &LoginLink, now: DateTime<Utc>) -> Result<Verified, Error> {
        let fresh = Epoch::fresh(&self.entropy)?;
        let spent = self
            .store
            .spend_link(link.sub, link.session_epoch, link.link_epoch, fresh);
        let user = spent.await?.ok_or(LinkRejection::Used)?;
        Ok(Verified::new(user, vec![AuthMethod::Mail], now))
    }
}
