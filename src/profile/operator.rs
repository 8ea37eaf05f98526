//! Changes of an account by the operator, on the command line. The operator needs neither a session nor the
//! password of the user, and the user is notified as of own changes.

use chrono::{DateTime, Utc};

use super::{Error, ProfileService};
use crate::{
    admission::RequestedMail,
    audit::{AuditAction, COMMAND_LINE, audit},
    identity::{EmailAddress, User},
    limits::ChargedCaller,
    mail::{MailContext, MailKind},
    network::Network,
    password::PresentedPassword,
    store::EmailChangeOutcome,
    token::LinkRejection,
};

impl ProfileService {
    /// Sets the password of an enabled user, ends every session and notifies the user.
    ///
    /// # Errors
    /// The user has changed since it was read or is disabled, the password is too weak, or the service fails.
    pub async fn set_password_as_operator(
        &self,
        user: User,
        new: PresentedPassword,
        context: MailContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let admission = {
            let caller = ChargedCaller::at(Network::UNKNOWN).acting_for(user.id);
            self.admit(caller).await?
        };
        let set = self.set_password(user, new, &admission, now).await;
        admission
            .settle(set.as_ref().is_err_and(Error::is_internal))
            .await;
        let user = set?;
        audit!(AuditAction::PasswordChange, Done, user.id = %user.id, by = COMMAND_LINE);
        self.notify_password_set(&user, context, (Vec::new(), false))
            .await;
        Ok(())
    }

    /// Mails the link to an enabled user that sets a new password. Writes nothing.
    ///
    /// # Errors
    /// The service fails.
    pub async fn mail_password_link_as_operator(
        &self,
        user: &User,
        context: MailContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mail = RequestedMail {
            to: user.email.clone(),
            network: Network::UNKNOWN,
            context,
        };
        self.mail_reset_link(&mail, now).await?;
        audit!(AuditAction::PasswordLink, Done, user.id = %user.id, by = COMMAND_LINE);
        Ok(())
    }

    /// Changes the email of an enabled user, ends every session and notifies the old email. The new email gets no
    /// mail. It is verified only if the operator vouches for it: otherwise the user cannot log in by mailed links
    /// until a reset of the password verifies it.
    ///
    /// Provider accounts and passkeys that the thief of a session may have added are removed, as by a change that the
    /// user confirms. Returns the names of their providers, and whether passkeys were removed.
    ///
    /// # Errors
    /// Another user has the email, the user has changed since it was read or is disabled, or the service fails.
    pub async fn set_email_as_operator(
        &self,
        user: &User,
        (email, is_verified): (EmailAddress, bool),
        context: MailContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<(Vec<String>, bool), Error> {
        let login = (user.id, user.session_epoch);
        let changing = self.replace_email(login, email.clone(), is_verified, now);
        let (removed, removes_passkeys) = match changing.await? {
            EmailChangeOutcome::Done(removed) => self.removed(user.id, &removed),
            EmailChangeOutcome::Taken => return Err(LinkRejection::Taken.into()),
            EmailChangeOutcome::Ended => return Err(Error::Ended),
        };
        audit!(AuditAction::AddressChange, Done, user.id = %user.id, by = COMMAND_LINE);
        let notice = MailKind::AddressChanged {
            new: email,
            page: context.security_page(self.tokens.issuer()),
            removed: removed.clone(),
            removes_passkeys,
        };
        self.notify(&user.email, context.locale, notice).await;
        Ok((removed, removes_passkeys))
    }
}
