//! Login by a mailed link, or by the code beside it. A login changes nothing in the user's row that the link could be bound to, so
//! the link is bound to an epoch that its use replaces. Of several open links the first that is used wins,
//! and all others are invalidated.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Error;
use crate::{
    admission::{self, MailRequest, RequestedMail},
    client::{AuthorizationRequest, CodeChallenge, Scope},
    coordination::SpentMarks,
    entropy::Entropy,
    identity::{AuthMethod, Epoch, FirstFactor, User, UserId},
    limits::Limits,
    mail::{MailContext, MailKind, Mailer},
    network::Network,
    store::Store,
    token::{LinkRejection, SealedPurpose, SealedToken, TokenForm, TokenKind, Tokens},
};

/// The size of two epochs of 16 digits in a JSON array.
const MAX_EPOCHS: usize = 35;

/// The claims of a login link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginLink {
    sub: UserId,
    session_epoch: Epoch,
    link_epoch: Epoch,
    /// The PKCE-like challenge of the secret that the requester keeps.
    code_challenge: CodeChallenge,
    /// The requested scope. Without one, all scopes of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The authorization request, if the login page requested the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<AuthorizationRequest>,
    /// Set if the login page of the issuer requested the link, for no client.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_at_issuer: bool,
}

impl LoginLink {
    /// Returns spaces that fill the epochs up to one size: numbers have fewer digits or more.
    pub(super) fn padding(&self) -> String {
        let epochs = serde_json::json!([self.session_epoch, self.link_epoch]).to_string();
        " ".repeat(MAX_EPOCHS.saturating_sub(epochs.len()))
    }

    /// Returns whether this is the secret of the request.
    pub(super) fn is_requested_with(&self, code_verifier: Option<&str>) -> bool {
        code_verifier.is_some_and(|verifier| self.code_challenge.is_met_by(verifier))
    }

    /// Returns whether a hosted page requested the link, whose secret is in a cookie of the browser.
    pub fn is_of_page(&self) -> bool {
        self.is_at_issuer || self.request.is_some()
    }
}

impl SealedPurpose for LoginLink {
    const PURPOSE: &'static str = "login-link";
}

/// The answer to a request for a login link. It does not tell whether the email has an account.
#[derive(Debug)]
pub struct RequestedLink {
    /// The outcome for logs and metrics.
    pub mail: MailRequest,
    /// The sealed challenge, with which the requester can use the code of the mail.
    pub challenge: String,
    /// The time for which the link and the code are valid.
    pub expires_in: TimeDelta,
}

/// Logs users in by a link mailed to them, or by the code beside it.
#[derive(Debug, Clone)]
pub struct LoginLinkProvider {
    /// The user store.
    pub store: Store,
    /// The limits of mails and link confirmations.
    pub limits: Limits,
    /// The tokens of mailed links.
    pub tokens: Tokens,
    /// The mailer of the links.
    pub mailer: Mailer,
    /// The source of epochs and codes.
    pub entropy: Entropy,
    /// Set if a code is mailed beside each link.
    pub mails_codes: bool,
    /// The tries of codes at this node.
    pub tried_codes: SpentMarks,
}

impl LoginLinkProvider {
    pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(10);

    /// The sealed token of the link, and how long it is valid.
    pub const KIND: (TokenForm, TimeDelta) = (SealedToken::<LoginLink>::FORM, Self::LIFETIME);

    /// Requests a login link. The link is mailed if the email belongs to an active user and has been
    /// verified; any other email gets another mail. Work and outcome are the same for both, and nothing is
    /// written.
    ///
    /// # Errors
    /// A limit is reached, or the service fails.
    pub async fn request(
        &self,
        mail: RequestedMail<'_>,
        code_challenge: CodeChallenge,
        scope: Option<Scope>,
        now: DateTime<Utc>,
    ) -> Result<RequestedLink, Error> {
        let request = (&code_challenge, scope.as_ref());
        let mut challenge = None;
        let sending = async {
            challenge = Some(self.mail_link(&mail, request, now).await?);
            Ok(())
        };
        let (limits, mailer) = (&self.limits, &self.mailer);
        let requesting =
            admission::request_mail(limits, mailer, &mail, Error::is_internal, sending);
        let requested = requesting.await?;
        let challenge = if let Some(challenge) = challenge {
            challenge
        } else {
            // No mail is sent, and the code is dropped.
            let link = self.link_of(None, &mail.context, request, now)?;
            let client_id = &mail.context.client.client_id;
            self.create_code((link, 0), client_id, now)?.1
        };
        Ok(RequestedLink {
            mail: requested,
            challenge,
            expires_in: Self::LIFETIME,
        })
    }

    /// Mails the link and its code, and returns the challenge of the code.
    async fn mail_link(
        &self,
        mail: &RequestedMail<'_>,
        request: (&CodeChallenge, Option<&Scope>),
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let RequestedMail { to, context, .. } = mail;
        let user = self.store.user_by_email(to).await?;
        // An unverified email may belong to another person, who has to reset the password first.
        let may_log_in = |user: &User| user.is_active && user.email_verified.is_some();
        let user = user.filter(may_log_in);
        let link = self.link_of(user.as_ref(), context, request, now)?;
        let client_id = &context.client.client_id;
        let token = self
            .tokens
            .seal(link.clone(), client_id, Self::LIFETIME, now)?;
        let mails = u8::from(self.mails_codes);
        let (code, challenge) = self.create_code((link, mails), client_id, now)?;
        let issuer = self.tokens.issuer();
        let path = "/login/link/confirm";
        let kind = match user {
            None => MailKind::NoAccount {
                page: context.front(issuer),
            },
            Some(_) => MailKind::LogIn {
                link: match context.request {
                    // The login page keeps the secret in a cookie, which no app can present.
                    Some(_) => context.own_link(issuer, path, &token),
                    None => context.link(issuer, path, &token),
                },
                lifetime: Self::LIFETIME,
                code: self.mails_codes.then(|| code.shown()),
            },
        };
        self.mailer.send(context.message(to.clone(), kind));
        Ok(challenge)
    }

    /// Returns the claims of a link for that user. Without one, they have the same size and fit no user.
    fn link_of(
        &self,
        user: Option<&User>,
        context: &MailContext<'_>,
        (code_challenge, scope): (&CodeChallenge, Option<&Scope>),
        now: DateTime<Utc>,
    ) -> Result<LoginLink, Error> {
        let (sub, session_epoch, link_epoch) = if let Some(user) = user {
            (user.id, user.session_epoch, user.link_epoch)
        } else {
            let epoch = Epoch::fresh(&self.entropy)?;
            (UserId::new(now, &self.entropy)?, epoch, epoch)
        };
        Ok(LoginLink {
            sub,
            session_epoch,
            link_epoch,
            code_challenge: code_challenge.clone(),
            scope: scope.cloned(),
            request: context.request.cloned(),
            is_at_issuer: context.is_at_issuer,
        })
    }

    /// Opens a login link within the limit of confirmations, for a caller that presents the secret of the
    /// request. A link that is opened elsewhere stays valid.
    ///
    /// # Errors
    /// The link is refused, a limit is reached, or the service fails. A fault of the service is not charged.
    pub async fn open(
        &self,
        token: &str,
        code_verifier: Option<&str>,
        network: Network,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<LoginLink>, Error> {
        let opening = async {
            let link = self.tokens.unseal::<LoginLink>(token, now).await?;
            if link.claims.is_requested_with(code_verifier) {
                Ok(link)
            } else {
                Err(LinkRejection::Elsewhere.into())
            }
        };
        admission::open_link(&self.limits, network, Error::is_internal, opening).await
    }

    /// Uses an opened link and returns its user. One compare-and-swap, which one of several concurrent uses
    /// wins.
    ///
    /// # Errors
    /// The link has been used or invalidated, or the service fails.
    pub async fn verify(&self, link: &LoginLink, now: DateTime<Utc>) -> Result<FirstFactor, Error> {
        let fresh = Epoch::fresh(&self.entropy)?;
        let spent = self
            .store
            .spend_link(link.sub, link.session_epoch, link.link_epoch, fresh);
        let user = spent.await?.ok_or(LinkRejection::Used)?;
        Ok(FirstFactor::new(user, AuthMethod::Mail, now))
    }
}
