//! Sign-up by a mailed link. Nothing is stored before the link is opened, which verifies the email. The
//! password is chosen then.

use chrono::{DateTime, TimeDelta, Utc};

use super::Error;
use crate::{
    admission::{self, MailRequest, RequestedMail},
    audit::{AuditAction, COMMAND_LINE, audit},
    client::CodeChallenge,
    entropy::Entropy,
    identity::{
        AuthMethod, EmailAddress, FirstFactor, PersonName, Role, User, UserAtLogin, UserId,
    },
    limits::{Attempt, ChargedCaller, LimitedAction, Limits, Receipt},
    mail::{MailContext, MailKind, Mailer},
    network::Network,
    password::{Hasher, PasswordCheck, PasswordPolicy, PresentedPassword, QueuePlace},
    store::{CreateOutcome, NewUser, Store},
    token::{LinkRejection, SignUp, SignUpLogin, Tokens},
};

/// The page of a mailed link.
const PAGE: &str = "/signup/confirm";

/// Creates users whose email was verified by a mailed link.
#[derive(Debug, Clone)]
pub struct SignUpProvider {
    /// The user store.
    pub store: Store,
    /// The password hasher.
    pub hasher: Hasher,
    /// The limits of mails, link confirmations and password checks.
    pub limits: Limits,
    /// The policy of new passwords.
    pub policy: PasswordPolicy,
    /// The tokens of mailed links.
    pub tokens: Tokens,
    /// The mailer of the links.
    pub mailer: Mailer,
    /// The source of IDs.
    pub entropy: Entropy,
    /// The lifetime of a link.
    pub lifetime: TimeDelta,
}

/// The details of an invited user.
#[derive(Debug)]
pub struct Invitation {
    /// The email, to which the link is mailed.
    pub email: EmailAddress,
    /// The name.
    pub name: Option<PersonName>,
    /// The role. The sealed link carries it, because nothing is stored before the link is confirmed.
    pub role: Role,
}

/// The details that a sign-up link carries.
#[derive(Debug, Default)]
struct LinkDetails {
    name: Option<PersonName>,
    role: Option<Role>,
    code_challenge: Option<CodeChallenge>,
}

/// An opened sign-up link, through which a password may be chosen.
#[derive(Debug)]
#[must_use]
pub struct OpenedSignUp {
    link: SignUp,
    network: Network,
    opening: Receipt,
    attempt: Attempt,
}

impl OpenedSignUp {
    /// The client that requested the link.
    pub fn client_id(&self) -> &str {
        &self.link.client_id
    }

    /// Returns the login that the sign-up continues in the browser with this login cookie. `None` if an app
    /// requested the link, or another browser.
    pub fn login_in(&self, login_cookie: Option<&str>) -> Option<SignUpLogin> {
        let login = self.link.login.as_ref()?;
        let is_here = login.code_challenge.is_met_by(login_cookie?);
        is_here.then(|| login.clone())
    }
}

impl SignUpProvider {
    /// Requests a sign-up: mails a link to the email. An email that has a user gets another mail. Work and
    /// outcome are the same for both, and nothing is written. A hosted page passes the challenge of the secret
    /// in the login cookie, so that the sign-up ends with a login in the same browser.
    ///
    /// # Errors
    /// A limit is reached, or the service fails.
    pub async fn request(
        &self,
        mail: RequestedMail<'_>,
        name: Option<PersonName>,
        code_challenge: Option<CodeChallenge>,
        now: DateTime<Utc>,
    ) -> Result<MailRequest, Error> {
        let details = LinkDetails {
            name,
            role: None,
            code_challenge,
        };
        let sending = async { self.mail_link(&mail, details, now).await.map(drop) };
        admission::request_mail(
            &self.limits,
            &self.mailer,
            &mail,
            Error::is_internal,
            sending,
        )
        .await
    }

    /// Mails a sign-up link for the operator, without limits. The user has the role of the invitation once the
    /// link is confirmed. An email that has a user gets the mail that says so.
    ///
    /// # Errors
    /// The service fails.
    pub async fn invite(
        &self,
        invitation: Invitation,
        context: MailContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Invitation { email, name, role } = invitation;
        let mail = RequestedMail {
            to: email,
            network: Network::UNKNOWN,
            context,
        };
        let details = LinkDetails {
            name,
            role: Some(role.clone()),
            code_challenge: None,
        };
        let id = self.mail_link(&mail, details, now).await?;
        audit!(AuditAction::UserInvite, Done, user.id = %id, %role, by = COMMAND_LINE);
        Ok(())
    }

    /// Mails a sign-up link. Returns the ID of the future user.
    async fn mail_link(
        &self,
        mail: &RequestedMail<'_>,
        details: LinkDetails,
        now: DateTime<Utc>,
    ) -> Result<UserId, Error> {
        let RequestedMail { to, context, .. } = mail;
        let LinkDetails {
            name,
            role,
            code_challenge,
        } = details;
        let claims = SignUp {
            iss: self.tokens.issuer().as_str().to_owned(),
            sub: UserId::new(now, &self.entropy)?,
            email: to.clone(),
            name,
            role,
            client_id: context.client.client_id.clone(),
            login: code_challenge.map(|code_challenge| SignUpLogin {
                code_challenge,
                request: context.request.cloned(),
            }),
            iat: now,
            exp: now + self.lifetime,
        };
        let token = self.tokens.mint(&claims, now)?;
        let issuer = self.tokens.issuer();
        let kind = match self.store.user_by_email(to).await? {
            None => MailKind::ConfirmSignUp {
                link: match context.request {
                    // The hosted page keeps the secret in a cookie, which no app can present.
                    Some(_) => context.own_password_link(issuer, PAGE, &token, to),
                    None => context.password_link(issuer, PAGE, &token, to),
                },
                lifetime: self.lifetime,
            },
            Some(_) => MailKind::AlreadySignedUp {
                page: context.front(issuer),
            },
        };
        self.mailer.send(context.message(to.clone(), kind));
        Ok(claims.sub)
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
        let opening = self.limits.charge(LimitedAction::Confirm, caller).await?;
        let link = match self.tokens.verify_or_catch_up::<SignUp>(token, now).await {
            Ok(link) => link,
            Err(rejected) => {
                let error = Error::from(rejected);
                opening.settle(error.is_internal()).await;
                return Err(error);
            }
        };
        let caller = caller.naming(&link.email).with_link_of(link.sub);
        let attempt = self.limits.check(LimitedAction::Login, caller).await?;
        Ok(OpenedSignUp {
            link,
            network,
            opening,
            attempt,
        })
    }

    /// Creates the user of an opened link, with the chosen password. The same link and password sent again,
    /// after a lost response, log in.
    ///
    /// # Errors
    /// The password or the link is refused, a limit is reached, or the service fails. A failure of the
    /// service is not charged.
    pub async fn confirm(
        &self,
        opened: OpenedSignUp,
        password: PresentedPassword,
        now: DateTime<Utc>,
    ) -> Result<FirstFactor, Error> {
        let OpenedSignUp {
            link,
            network,
            opening,
            attempt,
        } = opened;
        let verified = self
            .choose_password(&link, password, (network, attempt), now)
            .await;
        opening
            .settle(verified.as_ref().is_err_and(Error::is_internal))
            .await;
        verified
    }

    async fn choose_password(
        &self,
        link: &SignUp,
        password: PresentedPassword,
        (network, attempt): (Network, Attempt),
        now: DateTime<Utc>,
    ) -> Result<FirstFactor, Error> {
        let (place, receipt) =
            admission::admit_attempt::<Error>(attempt, &self.hasher, network).await?;
        let verified = self.create_user(link, password, place, now).await;
        match &verified {
            Ok(_) | Err(Error::Weak(_)) => receipt.forgive().await,
            Err(error) => receipt.settle(error.is_internal()).await,
        }
        verified
    }

    async fn create_user(
        &self,
        link: &SignUp,
        password: PresentedPassword,
        place: QueuePlace,
        now: DateTime<Utc>,
    ) -> Result<FirstFactor, Error> {
        let name = link.name.as_ref();
        let rules = (&self.policy, &link.email, name);
        let verifier = place.judge_and_hash(password.clone(), rules).await??;
        let mut user = User::new(
            link.sub,
            link.email.clone(),
            link.name.clone(),
            now,
            &self.entropy,
        )?;
        user.role = link.role.clone().unwrap_or_default();
        let new = NewUser::with_password(user, verifier, now, &self.entropy)?;
        let user = match self.store.create_user(&new).await? {
            CreateOutcome::Created => {
                audit!(AuditAction::SignUp, Done, user.id = %new.user.id);
                UserAtLogin::created(new.user)
            }
            CreateOutcome::Taken => self.confirmed_before(link, password, place).await?,
        };
        Ok(FirstFactor::new(user, AuthMethod::Password, now))
    }

    async fn confirmed_before(
        &self,
        link: &SignUp,
        password: PresentedPassword,
        place: QueuePlace,
    ) -> Result<UserAtLogin, Error> {
        let found = self.store.user_with_password(&link.email).await?;
        let found = found
            .filter(|found| found.user.id == link.sub)
            .ok_or(LinkRejection::Taken)?;
        let checked = place.check(password, found.verifier.as_ref()).await?;
        match checked {
            PasswordCheck::Right | PasswordCheck::RightButOutdated if found.user.is_active => {
                Ok(UserAtLogin {
                    user: found.user,
                    factors: found.factors,
                })
            }
            _ => Err(LinkRejection::Used.into()),
        }
    }
}
