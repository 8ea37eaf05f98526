//! `signet users invite`, `email` and `password`: the commands that mail a user.

use chrono::{DateTime, Utc};
use clap::Args;

use super::{
    find, logout_notice, password, role_warning,
    services::{MailNeed, UserServices, open},
};
use crate::{
    cli::{CommandContext, CommandFailure, preview, print_result},
    client::Clients,
    identity::{EmailAddress, PersonName, Role, User},
    internal::InternalError,
    locale::Locale,
    mail::MailContext,
    profile, provider, store,
    token::LinkRejection,
};

#[derive(Debug, Args)]
pub(in crate::cli) struct InviteArgs {
    /// Email
    email: EmailAddress,
    /// Full name
    #[arg(long)]
    name: Option<PersonName>,
    /// Role
    #[arg(long, default_value_t)]
    role: Role,
    #[command(flatten)]
    mail: MailArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct EmailArgs {
    /// User ID or email
    user: String,
    /// New email
    new: EmailAddress,
    /// Mark the new email as verified
    #[arg(long)]
    verified: bool,
    #[command(flatten)]
    mail: MailArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PasswordArgs {
    /// User ID or email
    user: String,
    /// Mail a link with which the user sets a password; change nothing
    #[arg(long = "mail")]
    by_mail: bool,
    #[command(flatten)]
    mail: MailArgs,
}

/// The options of a mail.
#[derive(Debug, Args)]
pub(super) struct MailArgs {
    /// Client whose app the email leads to [default: the only public client, else the hosted pages]
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Language of the email: en, de, es or zh
    #[arg(long, value_name = "TAG", default_value = "en", value_parser = preview::language)]
    language: Locale,
}

impl MailArgs {
    /// Returns the context of the mail: the named client, the only public client, or the issuer. The links lead to the
    /// app of a public client that has one, and to a hosted page otherwise.
    ///
    /// # Errors
    /// The named client is not configured, or no client is.
    pub(super) fn context<'a>(
        &self,
        clients: &'a Clients,
    ) -> Result<MailContext<'a>, CommandFailure> {
        let named = self.client.as_deref();
        let chosen = clients.choose(named).ok();
        let any = clients.iter().next().filter(|_| named.is_none());
        let Some(client) = chosen.or(any) else {
            let named = named.unwrap_or_default();
            return Err(CommandFailure::usage(format!(
                "--client: {named} is not the client_id of a configured client"
            )));
        };
        Ok(MailContext {
            client,
            locale: self.language,
            request: None,
            // The app of a confidential client cannot confirm links: the routes for that serve public clients.
            is_at_issuer: chosen.is_none_or(|client| client.authentication.is_confidential()),
        })
    }
}

/// Mails a sign-up link. Nothing is stored before the link is confirmed.
pub(super) async fn invite(
    context: &CommandContext,
    arguments: InviteArgs,
    now: DateTime<Utc>,
) -> Result<(), CommandFailure> {
    let InviteArgs {
        email,
        name,
        role,
        mail,
    } = arguments;
    let mail = mail.context(&context.config.clients)?;
    let services = open(context, MailNeed::Link).await?;
    if services.store.user_by_email(&email).await?.is_some() {
        return Err(email_taken());
    }
    let result = format!("A sign-up link was mailed to {email}.");
    let invited_role = role.clone();
    let invitation = provider::Invitation { email, name, role };
    services.sign_ups.invite(invitation, mail, now).await?;
    services.finish_mail().await?;
    print_result(result);
    role_warning::log(&context.config, &invited_role);
    Ok(())
}

/// Changes the email of a user, and notifies the old email and the clients.
pub(super) async fn set_email(
    context: &CommandContext,
    arguments: EmailArgs,
    now: DateTime<Utc>,
) -> Result<(), CommandFailure> {
    let EmailArgs {
        user,
        new,
        verified,
        mail,
    } = arguments;
    let mail = mail.context(&context.config.clients)?;
    let services = open(context, MailNeed::Notice).await?;
    let user = find_enabled(&services, &user).await?;
    if user.email == new {
        return Err(CommandFailure::usage(format!(
            "{new} is the email of this user already"
        )));
    }
    let result = format!(
        "{} has the email {new}; all sessions have ended.",
        user.email
    );
    let setting = services
        .profiles
        .set_email_as_operator(&user, (new, verified), mail, now);
    let (removed, removes_passkeys) = setting.await?;
    print_result(result);
    if !removed.is_empty() {
        print_result(format!("Unlinked: {}.", removed.join(", ")));
    }
    if removes_passkeys {
        print_result("Passkeys of the last 7 days were removed.");
    }
    services.finish_mail().await?;
    logout_notice::send(context, user.id).await;
    Ok(())
}

/// Sets the password of a user, and notifies the user and the clients; or mails a link that sets a password.
pub(super) async fn set_password(
    context: &CommandContext,
    arguments: PasswordArgs,
    now: DateTime<Utc>,
) -> Result<(), CommandFailure> {
    let PasswordArgs {
        user,
        by_mail,
        mail,
    } = arguments;
    let mail = mail.context(&context.config.clients)?;
    let need = if by_mail {
        MailNeed::Link
    } else {
        MailNeed::Notice
    };
    let services = open(context, need).await?;
    let user = find_enabled(&services, &user).await?;
    let (id, email) = (user.id, user.email.clone());
    if by_mail {
        let mailing = services
            .profiles
            .mail_password_link_as_operator(&user, mail, now);
        mailing.await?;
        services.finish_mail().await?;
        print_result(format!(
            "A link that sets a password was mailed to {email}."
        ));
        return Ok(());
    }
    let password = password::read(context, &email, user.name.as_ref())?;
    let setting = services
        .profiles
        .set_password_as_operator(user, password, mail, now);
    setting.await?;
    print_result(format!(
        "{email} has a new password; all sessions have ended."
    ));
    services.finish_mail().await?;
    logout_notice::send(context, id).await;
    Ok(())
}

async fn find_enabled(services: &UserServices, user: &str) -> Result<User, CommandFailure> {
    let user = find(&services.store, user).await?;
    if user.is_active {
        Ok(user)
    } else {
        Err(CommandFailure::usage(format!(
            "{0} is disabled: run `signet users enable {0}` first",
            user.email
        )))
    }
}

pub(super) fn email_taken() -> CommandFailure {
    CommandFailure::usage("a user with this email already exists")
}

impl From<profile::Error> for CommandFailure {
    fn from(error: profile::Error) -> Self {
        match error {
            profile::Error::Link(LinkRejection::Taken) => email_taken(),
            profile::Error::Ended => Self::new(
                "the user was changed, disabled or deleted in the meantime, and nothing was changed: try again",
            ),
            profile::Error::Weak(weak) => password::unusable(weak),
            profile::Error::Internal(fault) => fault.into(),
            other => Self::new(other),
        }
    }
}

impl From<provider::Error> for CommandFailure {
    fn from(error: provider::Error) -> Self {
        match error {
            provider::Error::Internal(fault) => fault.into(),
            other => Self::new(other),
        }
    }
}

impl From<InternalError> for CommandFailure {
    fn from(fault: InternalError) -> Self {
        match fault {
            InternalError::Store(error) => store::Error::into(error),
            other => Self::new(other),
        }
    }
}
